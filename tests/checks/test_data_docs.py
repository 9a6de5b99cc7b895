"""Our expectations in somebody else's suite: Data Docs, stock data sources, and the page about it."""

from __future__ import annotations

import contextlib
import html
import inspect
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import great_expectations as gx
import pytest
import sqlalchemy as sa
from great_expectations.core import ExpectationValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

from impactbook.checks import expectations as ours
from impactbook.checks import gx_duckdb
from impactbook.checks.expectations import rendering

PAGE = Path(__file__).resolve().parents[2] / "docs" / "checks" / "expectations.md"
EVIL = "<b>old</b>"
PEOPLE = [("f", EVIL)] * 40 + [("m", EVIL)] * 60 + [("f", "new")] * 12 + [("m", "new")] * 50


def asked() -> list[Expectation]:
    """New ones each time: an expectation belongs to one suite."""
    return [
        ours.ExpectIntersectionsToBeCovered(attributes=["sex", "age"]),
        ours.ExpectGroupRepresentationToMatchReference(
            attribute="sex", reference={"f": 0.7, "m": 0.3}
        ),
        ours.ExpectAttributePairsToBeCovered(attributes=["sex", "age"], judged=True),
        ours.ExpectNoLeakageBetweenSplits(text="age"),
        ours.ExpectGroupSharesToBeCounted(attribute="sex"),
    ]


def checkpoint(context: Any, batches: Any, questions: Sequence[Expectation]) -> Any:
    """Run a checkpoint of somebody who knows nothing of us."""
    suite = context.suites.add(gx.ExpectationSuite(name="who"))
    for expectation in questions:
        suite.add_expectation(expectation)
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name="people", data=batches, suite=suite)
    )
    return context.checkpoints.add(
        gx.Checkpoint(
            name="people",
            validation_definitions=[definition],
            actions=[gx.checkpoint.UpdateDataDocsAction(name="docs")],
        )
    ).run()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages of Data Docs by kind, as HTML."""
    folder = tmp_path_factory.mktemp("docs")
    with duckdb.connect(str(folder / "people.duckdb")) as database:
        database.execute("CREATE TABLE people (sex VARCHAR, age VARCHAR)")
        database.executemany("INSERT INTO people VALUES (?, ?)", PEOPLE)
    with gx_duckdb.quiet():
        context = gx.get_context(mode="file", project_root_dir=folder / "project")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        source = context.data_sources.add_impactbook_duckdb(
            name="people", connection_string=f"duckdb:///{folder / 'people.duckdb'}"
        )
        asset = source.add_table_asset(name="people", table_name="people")
        result = checkpoint(context, asset.add_batch_definition_whole_table("all"), asked())
    assert not result.success
    found = {}
    for path in sorted((folder / "project").rglob("*.html")):
        kind = next((k for k in ("validations", "expectations") if k in path.parts), "index")
        found[kind] = path.read_text(encoding="utf-8")
    return found


def words(page: str) -> str:
    """What a reader of a page sees."""
    bare = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def test_data_docs_ask_each_question_in_words(pages: dict[str, str]) -> None:
    """The arguments are filled in, the defaults too (30)."""
    for kind in ("expectations", "validations"):
        told = words(pages[kind])
        assert "Expect every combination of groups of sex, age to hold at least 30." in told
        assert "Expect the share of each group of sex to match its share in reference." in told


def test_data_docs_tell_what_came_out_with_its_figures(pages: dict[str, str]) -> None:
    """12 of 162 are young women; the expected number is 162 x 52/162 x 62/162 = 19.9."""
    told = words(pages["validations"])
    assert "attention; 162 rows" in told
    assert "outside; 162 rows" in told
    assert "not measured: " in told
    assert "within range" not in told.split("Table-Level Expectations")[0]
    assert "Figure Of Value Interval Count Result" in told
    assert "smallest combination that occurs sex * age; f / new 12" in told
    assert "19.9" in told
    # Shares that nobody judges succeed and say so.
    assert "not judged; 162 rows" in told


def test_data_docs_escape_what_comes_from_data(pages: dict[str, str]) -> None:
    """A group called `<b>old</b>` is shown, and is no markup."""
    assert EVIL in words(pages["validations"])
    for page in pages.values():
        assert EVIL not in page
        assert "&amp;lt;" not in page


@pytest.mark.parametrize("name", ours.__all__)
def test_every_expectation_has_a_question_for_people(name: str) -> None:
    """One sentence that begins like the class and leaves no code marks."""
    told = rendering.question(getattr(ours, name), None)
    assert told.startswith("Expect ")
    assert told.endswith(".")
    assert "`" not in told


def evil(**details: Any) -> ExpectationValidationResult:
    """A result as an attacker might like it."""
    return ExpectationValidationResult(
        success=False,
        expectation_config=ExpectationConfiguration(
            type="expect_intersections_to_be_covered", kwargs={"attributes": ["a"], "limit": 5}
        ),
        result={"details": {"verdict": "", "problem": "", "figures": [], **details}},
    )


def test_the_observed_value_escapes_a_group_in_its_problem() -> None:
    """The problem `group_without_reference` carries the name of a group."""
    told = rendering.answer(
        evil(verdict="not_measured", problem=f"group_without_reference:{EVIL}", rows_seen=9)
    )
    assert EVIL not in told
    assert "&lt;b&gt;" in told


def test_the_observed_value_does_not_tell_a_small_number_of_rows() -> None:
    """3 rows are 3 people, perhaps."""
    assert "fewer than 5 rows" in rendering.answer(evil(verdict="ok", rows_seen=3))
    assert "0 rows" in rendering.answer(
        evil(verdict="not_measured", problem="no_rows", rows_seen=0)
    )


def test_a_result_without_our_details_is_a_dash() -> None:
    """Great Expectations leaves them out for an exception, or when only success was asked for."""
    bare = ExpectationValidationResult(success=False, result={})
    assert rendering.answer(bare) == "--"
    assert rendering.answer(None) == "--"
    assert rendering.figures_table(bare) == []


def in_table(address: str, table: str = "people") -> None:
    """The same people in a table of any database."""
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE TABLE {table} (sex TEXT, age TEXT)"))
        insert = sa.text(f"INSERT INTO {table} VALUES (:sex, :age)")
        connection.execute(insert, [{"sex": sex, "age": age} for sex, age in PEOPLE])
    engine.dispose()


def verdicts(batches: Any, parameters: Any = None) -> dict[str, tuple[bool, str, int]]:
    """Success, verdict and number of figures of each expectation."""
    suite = gx.ExpectationSuite(name="who", expectations=asked())
    with gx_duckdb.quiet():
        results = batches.get_batch(parameters).validate(suite).results
    return {
        one.expectation_config.type: (
            bool(one.success),
            one.result["details"]["verdict"],
            len(one.result["details"]["figures"]),
        )
        for one in results
    }


def silent_context() -> Any:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def test_a_stock_data_source_of_great_expectations_measures(tmp_path: Path) -> None:
    """SQLite has no grouping sets: the same verdicts come from plain queries."""
    address = f"sqlite:///{tmp_path / 'people.db'}"
    in_table(address)
    source = silent_context().data_sources.add_sqlite("people", connection_string=address)
    asset = source.add_table_asset("people", table_name="people")
    found = verdicts(asset.add_batch_definition_whole_table("all"))
    told = {name: verdict for name, (_, verdict, _) in found.items()}
    assert told == {
        "expect_intersections_to_be_covered": "attention",
        "expect_group_representation_to_match_reference": "fail",
        "expect_attribute_pairs_to_be_covered": "attention",
        "expect_no_leakage_between_splits": "not_measured",
        "expect_group_shares_to_be_counted": "",
    }
    assert not found["expect_intersections_to_be_covered"][0]


@pytest.mark.engines
def test_stock_postgresql_gives_what_sqlite_gives(postgres: str, tmp_path: Path) -> None:
    """`add_postgres` of Great Expectations, as in anybody's project."""
    address = f"sqlite:///{tmp_path / 'people.db'}"
    in_table(address)
    in_table(postgres, "stock_people")
    context = silent_context()
    lite = context.data_sources.add_sqlite("lite", connection_string=address)
    full = context.data_sources.add_postgres("full", connection_string=postgres)
    both = [
        verdicts(
            source.add_table_asset("p", table_name=name).add_batch_definition_whole_table("all")
        )
        for source, name in ((lite, "people"), (full, "stock_people"))
    ]
    assert both[0] == both[1]


@pytest.mark.engines
def test_stock_spark_gives_what_sqlite_gives(spark: Any, tmp_path: Path) -> None:
    """`add_spark` with a data frame, as in anybody's project."""
    address = f"sqlite:///{tmp_path / 'people.db'}"
    in_table(address)
    context = silent_context()
    lite = context.data_sources.add_sqlite("lite", connection_string=address)
    asset = lite.add_table_asset("people", table_name="people")
    batches = context.data_sources.add_spark("spark").add_dataframe_asset("people")
    frame = spark.createDataFrame(PEOPLE, "sex string, age string")
    whole = batches.add_batch_definition_whole_dataframe("all")
    assert verdicts(whole, {"dataframe": frame}) == verdicts(
        asset.add_batch_definition_whole_table("all")
    )


def test_the_stock_data_source_on_duckdb_does_not_pass(tmp_path: Path) -> None:
    """It hands back empty results; that must never look like a measurement."""
    with duckdb.connect(str(tmp_path / "people.duckdb")) as database:
        database.execute("CREATE TABLE people (sex VARCHAR, age VARCHAR)")
        database.executemany("INSERT INTO people VALUES (?, ?)", PEOPLE)
    address = f"duckdb:///{tmp_path / 'people.duckdb'}"
    source = silent_context().data_sources.add_sql("people", connection_string=address)
    asset = source.add_table_asset("people", table_name="people")
    suite = gx.ExpectationSuite(name="who", expectations=asked())
    with gx_duckdb.quiet():
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        results = batch.validate(suite).results
    for one in results:
        details = (one.result or {}).get("details") or {}
        assert not one.success
        assert details.get("verdict", "not_measured") == "not_measured"


def test_stock_pandas_measures_nothing_and_does_not_pass() -> None:
    """The page says so: a frame goes through DuckDB."""
    import pandas as pd

    source = silent_context().data_sources.add_pandas("frames")
    batches = source.add_dataframe_asset("people").add_batch_definition_whole_dataframe("all")
    frame = pd.DataFrame(PEOPLE, columns=["sex", "age"])
    with gx_duckdb.quiet():
        result = batches.get_batch({"dataframe": frame}).validate(asked()[0])
    assert not result.success
    assert "details" not in (result.result or {})


def fenced(kind: str) -> list[str]:
    found = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [body for name, body in found if name == kind]


def test_the_example_of_the_page_runs_and_says_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copied word by word into an empty folder."""
    monkeypatch.chdir(tmp_path)
    _, example = fenced("python")
    printed = io.StringIO()
    with gx_duckdb.quiet(), contextlib.redirect_stdout(printed):
        exec(compile(example, "example.py", "exec"), {"__name__": "__main__"})  # noqa: S102
    missing = fenced("text")[0].strip()
    assert missing in printed.getvalue()
    assert "expect_group_representation_to_match_reference attention" in printed.getvalue()
    assert list(tmp_path.rglob("*.html"))


def test_the_page_lists_every_expectation_with_its_own_first_sentence() -> None:
    """Who renames or adds one has to say so there."""
    text = PAGE.read_text("utf-8")
    for name in ours.__all__:
        told = inspect.cleandoc(getattr(ours, name).__doc__)
        first = " ".join(re.split(r"(?<=\.)\s", told, maxsplit=1)[0].split())
        assert f"| `{name}` | {first} |\n" in text
