"""The same data gives the same figures on DuckDB, PostgreSQL and Spark, and what must fail fails."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import sqlalchemy as sa
from declared import dataset, reference
from great_expectations.expectations.expectation import Expectation

from impactbook.checks import DatasetRun, run_checks
from impactbook.checks import expectations as ours
from impactbook.checks.gx_duckdb import open_batches
from impactbook.checks.gx_sql import quiet, silent_context
from impactbook.checks.validate import raised
from impactbook.model.dataset import Dataset
from impactbook.records.figures import write_figures
from impactbook.workspace.reading import parse, read_yaml

ROOT = Path(__file__).resolve().parents[2]
AS_OF = dt.date(2026, 11, 23)
VARIABLE = "IMPACTBOOK_TEST_ROWS"
ENGINES = [
    "duckdb",
    pytest.param("postgresql", marks=pytest.mark.engines),
    pytest.param("spark", marks=pytest.mark.engines),
]

Validate = Callable[[str, Expectation], Any]


# --- what must fail -------------------------------------------------------------------------

# 200 rows: 180 men, 20 women; all men are 40, all women 20. `item` is labelled by two who never
# agree; half of the women and none of the men gave consent; everything was to be deleted long ago.
PEOPLE = pd.DataFrame(
    [
        {
            "id": f"p{number // 2}" if sex == "m" else "torn",
            "sex": sex,
            "age": "40" if sex == "m" else "20",
            "y": "yes" if number < 40 else "no",
            "text": "Hello you" if sex == "m" else None,
            "letter": f"write to p{number}@example.org" if number == 1 else "no address",
            "split": "train" if number >= 40 else "test",
            "month": "2024-01" if number < 100 else "2024-02",
            "item": f"i{number // 2}",
            "annotator": "a" if number % 2 else "b",
            "label": "yes" if number % 2 else "no",
            "consent": "given" if sex == "f" and number % 2 else "not given",
            "kept_until": "2020-01-31",
            "status": "unknown" if number % 3 == 0 else "known",
            "nothing": None,
            "text:known": "known" if sex == "m" else None,
            "one": "x",
        }
        for number, sex in enumerate(["m"] * 180 + ["f"] * 20)
    ],
    dtype="str",
)
PEOPLE.loc[190:, "sex"] = "m"  # ten rows of the person `torn` disagree with the others
PEOPLE["id"] = [*PEOPLE["id"][:180], *["torn"] * 20]

SPLIT: dict[str, Any] = {"split": "split", "splits": ["train", "test"]}
HALF = {"f": 0.5, "m": 0.5}
MUST_FAIL: dict[str, tuple[Expectation, set[str]]] = {
    "ExpectAnnotatorsToAgree": (
        ours.ExpectAnnotatorsToAgree(item="item", label="label", annotator="annotator", limit=1),
        {"fail", "attention"},
    ),
    "ExpectAttributePairsToBeCovered": (
        ours.ExpectAttributePairsToBeCovered(attributes=["sex", "age"], judged=True),
        {"attention"},
    ),
    "ExpectConsentCoverage": (
        ours.ExpectConsentCoverage(column="consent", purpose="training"),
        {"fail"},
    ),
    "ExpectDatedRulesToBeKept": (
        ours.ExpectDatedRulesToBeKept(
            rules={"kept_past_retention": {"kind": "past", "column": ["kept_until", None], "days": 1}},
            as_of="2026-11-23",
        ),
        {"fail"},
    ),
    "ExpectDuplicateShareToBeBelow": (
        ours.ExpectDuplicateShareToBeBelow(text="text"),
        {"attention"},
    ),
    "ExpectDurationsToBeCounted": (
        ours.ExpectDurationsToBeCounted(duration="nothing"),
        {"not_measured"},
    ),
    "ExpectGroupRepresentationToMatchReference": (
        ours.ExpectGroupRepresentationToMatchReference(attribute="sex", reference=HALF),
        {"fail"},
    ),
    "ExpectGroupSharesToBeCounted": (
        ours.ExpectGroupSharesToBeCounted(attribute="one"),
        {"not_measured"},
    ),
    "ExpectGroupSharesToStayAlike": (
        ours.ExpectGroupSharesToStayAlike(attribute="sex", over_time="month"),
        {"attention", "fail"},
    ),
    "ExpectIntersectionsToBeCovered": (
        ours.ExpectIntersectionsToBeCovered(attributes=["sex", "age"]),
        {"attention"},
    ),
    "ExpectJointRepresentationToMatchReference": (
        ours.ExpectJointRepresentationToMatchReference(
            attributes=["sex", "split"],
            reference=[
                (["f", "test"], 0.25), (["f", "train"], 0.25),
                (["m", "test"], 0.25), (["m", "train"], 0.25),
            ],
        ),
        {"fail"},
    ),
    "ExpectLabelBalanceAcrossGroups": (
        ours.ExpectLabelBalanceAcrossGroups(label="y", positive="yes", attributes=["split"]),
        {"fail"},
    ),
    "ExpectMissingSharesToBeBelow": (
        ours.ExpectMissingSharesToBeBelow(columns=["text"], threshold=0.05),
        {"attention"},
    ),
    "ExpectMissingSharesToBeCounted": (
        ours.ExpectMissingSharesToBeCounted(attribute="sex", columns=[]),
        {"not_measured"},
    ),
    "ExpectNoDisguisedMissingValues": (
        ours.ExpectNoDisguisedMissingValues(tokens={"status": ["unknown"]}),
        {"attention"},
    ),
    "ExpectNoLeakageBetweenSplits": (
        ours.ExpectNoLeakageBetweenSplits(text="text", **SPLIT),
        {"attention"},
    ),
    "ExpectNoPersonalDataInTexts": (
        ours.ExpectNoPersonalDataInTexts(text="letter", limit=1),
        {"attention"},
    ),
    "ExpectNoStrongProxies": (
        ours.ExpectNoStrongProxies(attributes=["sex"], columns=["age"]),
        {"attention"},
    ),
    "ExpectPersonsToAgreeWithThemselves": (
        ours.ExpectPersonsToAgreeWithThemselves(
            attributes=["sex"], unit="person", person="id", limit=1
        ),
        {"attention"},
    ),
    "ExpectRowsToBeCounted": (
        # Rows are only counted, so what must fail is a column that is not there.
        ours.ExpectRowsToBeCounted(unit="person", person="absent"),
        {"exception"},
    ),
    "ExpectTextLengthsToBeCounted": (
        ours.ExpectTextLengthsToBeCounted(text="nothing"),
        {"not_measured"},
    ),
    "ExpectTextsNotToBeEmpty": (
        ours.ExpectTextsNotToBeEmpty(text="text"),
        {"attention"},
    ),
    "ExpectVocabularyToBeCounted": (
        ours.ExpectVocabularyToBeCounted(text="nothing"),
        {"not_measured"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=ENGINES)
def validate(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Validate]:
    """Validates an expectation on a table, as anyone's own suite would.

    On DuckDB through our data source, elsewhere through the stock ones of Great Expectations.
    """
    with ExitStack() as stack:
        if request.param == "duckdb":
            path = tmp_path_factory.mktemp("engines") / "x.duckdb"
            with duckdb.connect(str(path)) as connection:
                connection.register("given", PEOPLE)
                connection.execute("CREATE TABLE people AS SELECT * FROM given")
                connection.execute("CREATE TABLE nobody AS SELECT * FROM given WHERE false")
            batches = stack.enter_context(open_batches(path))
            yield lambda table, asked: batches.of(table).get_batch().validate(asked)
            return
        stack.enter_context(quiet())
        sources = silent_context().data_sources
        if request.param == "postgresql":
            address = request.getfixturevalue("postgres")
            _write(address, "people", PEOPLE)
            _write(address, "nobody", PEOPLE.iloc[:0])
            source = sources.add_postgres("stock", connection_string=address)
            tables = {name: source.add_table_asset(name) for name in ("people", "nobody")}
            found = {n: t.add_batch_definition_whole_table(n) for n, t in tables.items()}
            yield lambda table, asked: found[table].get_batch().validate(asked)
            source.get_execution_engine().close()
            return
        session = request.getfixturevalue("spark")
        stock = sources.add_spark("stock", persist=False)
        schema = ", ".join(f"`{name}` string" for name in PEOPLE.columns)
        rows = [[None if pd.isna(v) else v for v in row] for row in PEOPLE.to_numpy()]
        frames = {
            "people": session.createDataFrame(rows, schema),
            "nobody": session.createDataFrame([], schema),
        }
        assets = {name: stock.add_dataframe_asset(name) for name in frames}
        whole = {n: a.add_batch_definition_whole_dataframe(n) for n, a in assets.items()}

        def on_spark(table: str, asked: Expectation) -> Any:
            return whole[table].get_batch({"dataframe": frames[table]}).validate(asked)

        yield on_spark


def test_every_expectation_has_data_that_must_fail() -> None:
    """Whoever adds one adds its case here."""
    assert set(MUST_FAIL) == set(ours.__all__)


@pytest.mark.parametrize("name", sorted(MUST_FAIL))
def test_an_expectation_fails_on_data_that_must_fail(validate: Validate, name: str) -> None:
    """On every engine, with the same verdict; and the engine saw the 200 rows."""
    asked, verdicts = MUST_FAIL[name]
    result = validate("people", asked)
    assert not result.success
    if verdicts == {"exception"}:
        assert raised(result)
        return
    details = result.result["details"]
    assert details["verdict"] in verdicts, details["problem"]
    assert details["rows_seen"] == 200


@pytest.mark.parametrize("name", sorted(MUST_FAIL))
def test_nothing_is_measured_where_nobody_is(validate: Validate, name: str) -> None:
    """An empty table is neither a pass nor a finding about anybody, on any engine."""
    asked = MUST_FAIL[name][0]
    if name == "ExpectRowsToBeCounted":
        asked = ours.ExpectRowsToBeCounted()
    result = validate("nobody", asked)
    details = result.result["details"]
    assert not result.success
    assert (details["verdict"], details["problem"]) == ("not_measured", "no_rows")


# --- the same figures -----------------------------------------------------------------------


def _write(address: str, name: str, rows: pd.DataFrame) -> None:
    """Write a table of texts to PostgreSQL."""
    engine = sa.create_engine(address)
    columns = ", ".join('"' + column.replace('"', '""') + '" text' for column in rows.columns)
    with engine.begin() as connection:
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')
        connection.exec_driver_sql(f'CREATE TABLE "{name}" ({columns})'.replace("%", "%%"))
        cursor = connection.connection.cursor()
        with cursor.copy(f'COPY "{name}" FROM STDIN') as copy:
            for row in rows.itertuples(index=False):
                copy.write_row([None if pd.isna(cell) else cell for cell in row])
    engine.dispose()


def _run(
    request: pytest.FixtureRequest | None,
    engine: str,
    declaration: Dataset,
    rows: pd.DataFrame,
    folder: Path,
    references: Path,
) -> DatasetRun:
    """Check the same rows on one of the engines."""
    source: dict[str, Any] = {"frame": True}
    more: dict[str, Any] = {"frame": rows}
    if engine == "postgresql":
        assert request is not None
        address = request.getfixturevalue("postgres")
        _write(address, "the rows", rows)
        os.environ[VARIABLE] = address
        source, more = {"database": {"url_from": VARIABLE, "table": "the rows"}}, {}
    elif engine == "spark":
        assert request is not None
        rows.to_parquet(folder / "rows.parquet", index=False)
        source = {"spark": {"path": "rows.parquet"}}
        more = {"spark": request.getfixturevalue("spark")}
    told = declaration.model_dump(mode="json", by_alias=True)
    kept = {key: told["source"][key] for key in ("decimal",)}
    swapped = Dataset.model_validate({**told, "source": {**kept, **source}})
    return run_checks(
        "same", swapped, folder=folder, limit=5, references=references, as_of=AS_OF, **more
    )


def _same(found: DatasetRun, expected: DatasetRun) -> None:
    """Byte for byte, and everything was measured: no check ended in an exception."""
    problems = {one.problem for one in (*found.evidence.checks, *expected.evidence.checks)}
    assert not problems & {"exception", "rows_not_counted", "row_count_differs"}
    assert write_figures(found.evidence.figures) == write_figures(expected.evidence.figures)
    assert found.evidence.checks == expected.evidence.checks


@cache
def _calls() -> pd.DataFrame:
    """360 calls of 120 people with everything in them that dialects might take differently."""
    jobs = ["clerk", " clerk ", "Ärztin", "ÄRZTIN", "unknown", "", "it's \\ 50 %", "\u2003", None]
    rows = []
    for number in range(360):
        person = number % 120
        rows.append(
            {
                "person": f"p{person:03}",
                "sex": ["f", "m", "f", "F", None][person % 5],
                "age": ["34", " 17 ", "61,5", "", "n/a", "1e1", "70"][person % 7],
                "born": ["31.12.1959", "1.1.1960", "29.02.1999", "24.12.2000"][person % 4],
                "job": jobs[number % 9],
                "income": ["1.234,50", "900", "12,5", "nan"][number % 4],
                "text": [
                    f"Call {number % 50} of a customer",
                    "call  1 OF a customer ",
                    "reach me at ada@example.org or +49 30 901820",
                    None,
                ][number % 4],
                "y": "yes" if number % 3 == 0 else "no",
                "split": "train" if number % 4 else "test",
                "recorded": f"2024-{1 + number % 6:02}-{1 + number % 28:02}",
                "agreed": ["ja", "nein", "widerrufen", None][number % 4],
                "agreed_on": f"2024-{1 + number % 5:02}-15",
                "keep": f"{2023 + number % 6}-06-30",
                "seconds": ["3,5", "12", "", "4e1"][number % 4],
                "weight": ["1", "2.5", "0.75"][number % 3],
                "annotator": f"a{number % 3}",
                "item": f"i{number // 3}",
            }
        )
    return pd.DataFrame(rows, dtype="str")


def _calls_declared(folder: Path) -> Dataset:
    reference(folder / "references", "sex,n\nfemale,51\nmale,49\n", 100)
    young, old = {"below": 40}, {"from": 40}
    return dataset(
        {
            "person": "person_id",
            "sex": {"role": "protected", "values": {"f": "female", "F": "female", "m": "male"}},
            "age": {"role": "protected", "missing": ["n/a"], "bands": {"young": young, "old": old}},
            "born": {
                "role": "proxy",
                "date_format": "%d.%m.%Y",
                "bands": {"before": {"below": "1960-01-01"}, "since": {"from": "1960-01-01"}},
            },
            "job": {"role": "proxy", "missing": ["unknown"]},
            "income": {"role": "feature", "minimum": 0, "maximum": 1000},
            "text": "text",
            "y": "label",
            "split": "split",
            "recorded": "time",
            "agreed": {
                "role": "consent",
                "consent": {"purpose": "training", "given": ["ja"], "withdrawn": ["widerrufen"]},
            },
            "agreed_on": {"role": "consent", "consent": {"purpose": "training", "part": "date"}},
            "keep": "retention_date",
            "seconds": "duration",
            "annotator": "annotator",
            "item": "ignore",
        },
        {
            "representation": [
                {
                    "attribute": "sex",
                    "reference": "people",
                    "column": "sex",
                    "map": {"female": ["female"], "male": ["male"]},
                    "over_time": "quarter",
                }
            ],
            "intersections": [{"attributes": ["sex", "age", "job"]}],
            "pairs": {},
            "labels": [{"label": "y", "positive": "yes", "attributes": ["sex", "age"]}],
            "proxies": {"columns": ["born", "job", "y"]},
            "missing": {"by": ["sex"]},
            "duplicates": {"text": "text"},
            "leakage": {"text": "text"},
            "annotators": {"item": "item", "label": "y", "by": ["sex"]},
            "texts": {"by": ["sex"]},
            "consent": {"by": ["sex"]},
            "retention": {"oldest_days": 900},
            "personal_data": {},
            "periods": {"period": "week"},
        },
        source={"frame": True, "decimal": ","},
        legal_bases=[{"purpose": "training", "basis": "consent"}],
    )


Baseline = Callable[[str, Dataset, pd.DataFrame, Path], DatasetRun]


@pytest.fixture(scope="module")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    """What DuckDB finds, once for all engines that are compared with it."""
    found: dict[str, DatasetRun] = {}

    def run(name: str, declaration: Dataset, rows: pd.DataFrame, references: Path) -> DatasetRun:
        if name not in found:
            folder = tmp_path_factory.mktemp("duckdb")
            found[name] = _run(None, "duckdb", declaration, rows, folder, references)
        return found[name]

    return run


@pytest.fixture(params=[name for name in ENGINES if name != "duckdb"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("unit", ["row", pytest.param("person", marks=pytest.mark.slow)])
def test_the_same_calls_give_the_same_figures(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    engine: str,
    unit: str,
    on_duckdb: Baseline,
) -> None:
    """Every family of checks at once: blanks, umlauts, dates, decimals, periods, persons."""
    declaration = _calls_declared(tmp_path).model_copy(update={"unit": unit})
    references = tmp_path / "references"
    expected = on_duckdb(unit, declaration, _calls(), references)
    found = _run(request, engine, declaration, _calls(), tmp_path, references)
    _same(found, expected)


def _sample(name: str) -> tuple[Dataset, pd.DataFrame]:
    """The declaration of a sample, and its rows with the split as a column."""
    folder = ROOT / "data_checks"
    data, _ = read_yaml((folder / f"{name}.yaml").read_bytes(), name)
    assert isinstance(data, dict)
    parts = [(None, file) for file in data["source"].get("files", ())]
    parts += [(s, f) for s, files in data["source"].get("splits", {}).items() for f in files]
    frames = []
    for split, file in parts:
        tabs = file.endswith(".tsv")
        separator = "\t" if tabs else str(data["source"].get("delimiter", ","))
        rows = pd.read_csv(
            folder / file,
            sep=separator,
            dtype="str",
            keep_default_na=False,
            quoting=3 if tabs else 0,
        )
        frames.append(rows if split is None else rows.assign(split=split))
    if parts[0][0] is not None:
        data["columns"]["split"] = {"role": "split"}
    data["source"] = {"frame": True}
    return parse(Dataset, data, name), pd.concat(frames, ignore_index=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["bank-telefonkampagne", "voicebot-sprachdaten", "chat-intents-banking77"]
)
def test_the_samples_give_the_same_figures(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    engine: str,
    name: str,
    on_duckdb: Baseline,
) -> None:
    """Their declarations with the source swapped, over all of their rows."""
    declaration, rows = _sample(name)
    references = ROOT / "data_checks" / "references"
    expected = on_duckdb(name, declaration, rows, references)
    assert expected.evidence.rows == len(rows)
    _same(_run(request, engine, declaration, rows, tmp_path, references), expected)


def test_a_frame_gives_the_figures_of_its_file(tmp_path: Path, on_duckdb: Baseline) -> None:
    """Written to CSV and read again, the calls have the same figures."""
    declaration = _calls_declared(tmp_path)
    references = tmp_path / "references"
    expected = on_duckdb("row", declaration, _calls(), references)
    _calls().to_csv(tmp_path / "data.csv", index=False)
    told = declaration.model_dump(mode="json", by_alias=True)
    told["source"] = {"files": ["data.csv"], "decimal": ","}
    found = run_checks(
        "same",
        Dataset.model_validate(told),
        folder=tmp_path,
        limit=5,
        references=references,
        as_of=AS_OF,
    )
    _same(found, expected)
