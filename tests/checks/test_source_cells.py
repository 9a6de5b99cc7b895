"""Cells that contradict the declaration: other numbers, two kinds of dates, weights, polarity."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
from declared import figure
from hypothesis import example, given, settings
from hypothesis import strategies as st
from source_files import SECRET, check, check_refused, declared

from impactbook.checks.cells import (
    expressions_of,
    questions_of,
    refuse,
    refuse_bad_cells,
    shown_format,
)
from impactbook.checks.source import ROWS, open_source
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset

NUMBERS: dict[str, Any] = {"sex": "protected", "n": {"role": "feature", "minimum": 0}}
DATES: dict[str, Any] = {"sex": "protected", "t": {"role": "time"}}
WEIGHTS: dict[str, Any] = {"sex": "protected", "w": {"role": "weight"}}
LABEL: dict[str, Any] = {
    "sex": "protected",
    "y": {"role": "label", "allowed": ["yes", "no"], "missing": ["unknown"]},
}


def table(name: str, *cells: str, often: int = 1) -> str:
    """A semicolon file with the column `name` beside `sex`; all cells come `often` times."""
    rows = [f"{'fm'[place % 2]};{cell}" for place, cell in enumerate(cells * often)]
    return "\n".join([f"sex;{name}", *rows, ""])


def parquet(folder: Path, sql: str) -> None:
    """Write the answer to a query as `data.parquet`."""
    duckdb.sql(f"COPY ({sql}) TO '{folder / 'data.parquet'}' (FORMAT parquet)")


# --- numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "decimal", "mark"),
    [
        ("1,5", ".", ","),
        ("1.234,56", ".", ","),
        ("1.234.567", ".", ","),
        ("1 234", ".", ","),
        ("1\u00a0234,5", ".", ","),
        ("1'234.50", ".", ","),
        ("1,234.56", ".", ","),
        ("-1,5", ".", ","),
        ("1.5", ",", "."),
        ("1,234.56", ",", "."),
    ],
)
def test_numbers_in_another_notation_are_refused_with_counts_and_the_option(
    tmp_path: Path, cell: str, decimal: str, mark: str
) -> None:
    """Ten of 30 cells; left alone they would be no numbers, or other ones."""
    content = table("n", cell, "2", "3", often=10)
    said = check_refused(tmp_path, declared(NUMBERS, delimiter=";", decimal=decimal), content)
    assert "test.yaml, columns.n: 10 of 30 values are numbers written otherwise" in said
    assert f'set `source.decimal: "{mark}"`' in said
    assert cell not in said


@pytest.mark.parametrize(
    "column",
    [
        {"role": "protected", "bands": {"low": {"below": 2}, "high": {"from": 2}}},
        {"role": "feature", "maximum": 9},
        {"role": "score"},
        {"role": "duration"},
    ],
)
def test_every_column_that_needs_numbers_is_looked_at(
    tmp_path: Path, column: Mapping[str, Any]
) -> None:
    """Bands, ranges, scores, durations; a plain feature may be any text."""
    content = table("n", "1,5", "2", often=20)
    columns = {"sex": "protected", "n": column}
    assert "20 of 40 values" in check_refused(tmp_path, declared(columns, delimiter=";"), content)
    free = declared({"sex": "protected", "n": "feature"}, delimiter=";")
    assert check(tmp_path, free, content).evidence.rows == 40


def test_the_declared_decimal_mark_is_read(tmp_path: Path) -> None:
    """1.001,5 is a thousand and one and a half: within the range, and in the upper band."""
    columns = {
        "sex": "protected",
        "n": {"role": "protected", "bands": {"low": {"below": 100}, "high": {"from": 100}}},
    }
    content = table("n", "1.001,5", "99,9", "7", often=10)
    dataset = declared(columns, delimiter=";", decimal=",")
    evidence = check(tmp_path, dataset, content).evidence
    assert figure(evidence, "share", attribute="n", group="high").numerator == 10
    assert figure(evidence, "share", attribute="n", group="low").numerator == 20


@pytest.mark.parametrize(("others", "is_refused"), [(5, False), (6, True)])
def test_a_few_numbers_in_another_notation_are_counted_as_no_numbers(
    tmp_path: Path, others: int, is_refused: bool
) -> None:
    """Up to five of a thousand are left to the check of ranges, which fails on them."""
    content = table("n", *["1 000"] * others, *["5"] * (1000 - others))
    dataset = declared(NUMBERS, delimiter=";")
    if is_refused:
        assert "6 of 1,000 values" in check_refused(tmp_path, dataset, content)
        return
    invalid = figure(check(tmp_path, dataset, content).evidence, "invalid_share", attribute="n")
    assert (invalid.numerator, invalid.denominator, invalid.verdict) == (5, 1000, "fail")


def test_text_that_is_no_number_at_all_is_left_to_the_check_of_ranges(tmp_path: Path) -> None:
    """A word is a wrong value, not another notation."""
    content = table("n", "many", "5", often=10)
    evidence = check(tmp_path, declared(NUMBERS, delimiter=";"), content).evidence
    assert figure(evidence, "invalid_share", attribute="n").numerator == 10


# --- dates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "date_format", "says"),
    [
        (
            ["2024-01-02", "2024-01-03T10:00:00", "31.12.2024"],
            None,
            "2 dates are written YYYY-MM-DD and 1 DD.MM.YYYY",
        ),
        (["12/31/2024", "2024-01-02"], None, "1 date is written YYYY-MM-DD and 1 MM/DD/YYYY"),
        (["31/12/2024", "2024-01-02"], None, "and 1 DD/MM/YYYY"),
        (["05/06/2024", "2024-01-02"], None, "and 1 DD/MM/YYYY or MM/DD/YYYY"),
        (["31.12.2024"], None, "1 date is written DD.MM.YYYY and none YYYY-MM-DD"),
        (["31.12.2024", "2024-01-02"], "%d.%m.%Y", "is written DD.MM.YYYY and 1 YYYY-MM-DD"),
        (["01/31/2024", "31/01/2024"], "%d/%m/%Y", "is written DD/MM/YYYY and 1 MM/DD/YYYY"),
    ],
)
@pytest.mark.parametrize("role", ["time", "retention_date", "consent", "bands"])
def test_dates_in_two_formats_are_refused_with_both_and_their_numbers(
    tmp_path: Path, cells: list[str], date_format: str | None, says: str, role: str
) -> None:
    """Every column that holds dates by its role or its bands."""
    column: dict[str, Any] = {"role": role}
    if role == "consent":
        column["consent"] = {"purpose": "training", "part": "date"}
    if role == "bands":
        column = {"role": "protected", "bands": {"new": {"from": "2024-01-01"}}}
    if date_format:
        column["date_format"] = date_format
    dataset = declared({"sex": "protected", "t": column}, delimiter=";")
    said = check_refused(tmp_path, dataset, table("t", *cells))
    assert "test.yaml, columns.t: " in said
    assert says in said
    assert "state it as `date_format`" in said


@pytest.mark.parametrize("cells", [["2024-01-02", "", "soon"], ["may", "jun"], ["1", "31"]])
def test_times_that_are_no_dates_of_another_format_are_not_refused(
    tmp_path: Path, cells: list[str]
) -> None:
    """Names of months and days of the month are times as well; single odd values are no format."""
    content = table("t", *cells, often=4)
    assert check(tmp_path, declared(DATES, delimiter=";"), content).evidence.rows in (8, 12)


def test_a_declared_token_of_missing_dates_is_no_date(tmp_path: Path) -> None:
    """01.01.1900 stands for "unknown" here."""
    columns = {"sex": "protected", "t": {"role": "time", "missing": ["01.01.1900"]}}
    content = table("t", "2024-01-02", "01.01.1900")
    assert check(tmp_path, declared(columns, delimiter=";"), content).evidence.rows == 2


# --- weights --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["1", "-1"], "of 2 weights 1 is negative"),
        (["1", ""], "of 2 weights 1 is missing or NaN"),
        (["1", "NaN", "inf", "x"], "of 4 weights 3 are no finite number"),
        (["", "-2", "NaN", "1"], "1 is missing or NaN, 1 is no finite number and 1 is negative"),
        (["0", "0.0"], "the weights add up to zero"),
        (["1,5", "2"], "of 2 weights 1 is no finite number"),
    ],
)
def test_bad_weights_are_refused_with_counts(tmp_path: Path, cells: list[str], says: str) -> None:
    """Negative, missing, NaN, text, or all zero."""
    said = check_refused(tmp_path, declared(WEIGHTS, delimiter=";"), table("w", *cells))
    assert said.startswith("test.yaml, columns.w: ")
    assert says in said


def test_good_weights_pass(tmp_path: Path) -> None:
    """Zero among others, and the declared decimal mark."""
    dataset = declared(WEIGHTS, delimiter=";", decimal=",")
    assert check(tmp_path, dataset, table("w", "0", "1,5", often=5)).evidence.rows == 10


@pytest.mark.parametrize(
    ("values", "says"),
    [("('1.0'), ('NaN')", "1 is missing or NaN"), ("(1.0), (-2.0)", "1 is negative")],
)
def test_weights_of_parquet_are_looked_at_though_their_type_is_a_number(
    tmp_path: Path, values: str, says: str
) -> None:
    """A type does not keep numbers from being negative."""
    parquet(tmp_path, f"SELECT 'f' AS sex, w::DOUBLE AS w FROM (VALUES {values}) t(w)")
    assert says in check_refused(tmp_path, declared(WEIGHTS, name="data.parquet"))


# --- polarity -------------------------------------------------------------------------------

ASKED = {"labels": [{"label": "y", "positive": "yes", "attributes": ["sex"]}]}


def test_a_positive_label_that_never_occurs_is_refused(tmp_path: Path) -> None:
    """The labels are 0 and 1; the sentence names declared values only."""
    content = table("y", "0", "1", SECRET, often=10)
    assert check_refused(tmp_path, declared(LABEL, ASKED, delimiter=";"), content) == (
        "test.yaml, checks.labels[0].positive: the positive label 'yes' never occurs in the column "
        "'y'; name the label as it stands in the data (declared there: 'no')."
    )


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_the_positive_label_may_be_a_merged_value(tmp_path: Path, form: str) -> None:
    """`values` turns 1 into "yes", in text and in numbers of Parquet and JSON Lines."""
    label = {"role": "label", "values": {"1": "yes", "0": "no"}}
    dataset = declared({"sex": "protected", "y": label}, ASKED, name=f"data.{form}")
    for number, is_fine in ((1, True), (2, False)):
        rows = f"SELECT 'f' AS sex, {number}::INTEGER AS y UNION ALL SELECT 'm', 0"
        kind = {"csv": "csv, HEADER", "jsonl": "json"}.get(form, form)
        duckdb.sql(f"COPY ({rows}) TO '{tmp_path / f'data.{form}'}' (FORMAT {kind})")
        if is_fine:
            assert check(tmp_path, dataset).evidence.rows == 2
        else:
            assert "never occurs" in check_refused(tmp_path, dataset)


def test_a_positive_label_that_is_declared_missing_does_not_occur(tmp_path: Path) -> None:
    """Rows with it are unknown, so no share could be positive."""
    checks = {"labels": [{"label": "y", "positive": "unknown", "attributes": ["sex"]}]}
    content = table("y", "unknown", "no", often=5)
    assert "never occurs" in check_refused(
        tmp_path, declared(LABEL, checks, delimiter=";"), content
    )


# --- attributes -----------------------------------------------------------------------------


def test_an_attribute_of_a_hundred_thousand_values_is_refused(tmp_path: Path) -> None:
    """It is no grouping of people; the sentence says what to do."""
    content = "sex,y\n" + "".join(f"v{place},1\n" for place in range(100_000))
    said = check_refused(tmp_path, declared({"sex": "protected"}), content)
    assert "test.yaml, columns.sex: the attribute has" in said
    assert "more than the 1,000 that can be compared as groups" in said


@pytest.mark.parametrize(
    ("cells", "problem"), [(["f"], "one_group_only"), (["", " "], "no_values")]
)
def test_an_attribute_with_one_value_or_none_is_not_measured(
    tmp_path: Path, cells: list[str], problem: str
) -> None:
    """No error: the rest of the data can be checked."""
    content = "sex,y\n" + "".join(f"{cell},{y}\n" for cell in cells for y in (0, 1))
    checks = {"labels": [{"label": "y", "positive": "1", "attributes": ["sex"]}]}
    columns = {"sex": "protected", "y": "label"}
    evidence = check(tmp_path, declared(columns, checks), content).evidence
    (shares,) = [one for one in evidence.checks if (one.check, one.attribute) == ("shares", "sex")]
    assert (shares.verdict, shares.problem) == ("not_measured", problem)


# --- the questions themselves ---------------------------------------------------------------


def asked_of(opened_folder: Path, dataset: Dataset) -> None:
    """Ask all questions of the view `rows`, as for a source that is no file."""
    with (
        open_source(dataset.source, folder=opened_folder) as opened,
        opened.connect() as connection,
    ):
        import duckdb_engine

        dialect = duckdb_engine.Dialect(paramstyle="qmark")

        def fetch(statement: Any) -> list[tuple[Any, ...]]:
            text = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            return connection.execute(str(text)).fetchall()

        refuse_bad_cells(fetch, sa.table(ROWS), dataset, declaration="test.yaml")


@pytest.mark.parametrize(
    ("columns", "checks", "content", "says"),
    [
        (NUMBERS, {}, table("n", "1,5", "2"), "columns.n: 1 of 2 values are numbers"),
        (DATES, {}, table("t", "31.12.2024", "2024-01-01"), "columns.t: 1 date is written"),
        (WEIGHTS, {}, table("w", "-1", "2"), "columns.w: of 2 weights 1 is negative"),
        (LABEL, ASKED, table("y", "no", "no"), "labels[0].positive: the positive label"),
    ],
)
def test_any_engine_can_be_asked_in_one_statement(
    tmp_path: Path, columns: dict[str, Any], checks: dict[str, Any], content: str, says: str
) -> None:
    """`refuse_bad_cells` needs a function that runs statements, and rows of text."""
    dataset = declared(columns, checks, delimiter=";")
    (tmp_path / "data.csv").write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        asked_of(tmp_path, dataset)
    assert f"test.yaml, {'checks.' if checks else ''}{says}" in str(caught.value)


@pytest.mark.parametrize(
    ("weights", "says"),
    [([1.0, -1.0], "1 is negative"), ([1.0, float("nan")], "1 is missing or NaN")],
)
def test_a_pandas_frame_is_asked_as_well(weights: list[float], says: str) -> None:
    """Rows that come from no file get the same questions."""
    import pandas as pd

    from impactbook.checks.evidence import check_frame

    dataset = declared(WEIGHTS)
    source = {"frame": True}
    framed = Dataset.model_validate(
        {**dataset.model_dump(by_alias=True, exclude_defaults=True), "source": source}
    )
    with pytest.raises(InputError) as caught:
        check_frame(pd.DataFrame({"sex": ["f", "m"], "w": weights}), framed)
    assert f"columns.w: of 2 weights {says}" in str(caught.value)


def test_nothing_is_asked_where_nothing_is_declared(tmp_path: Path) -> None:
    """No question, no statement; a type that is no text answers some of them."""
    assert questions_of(declared({"sex": "protected"})) == ()
    everything = declared({**NUMBERS, **DATES, **WEIGHTS, **LABEL}, ASKED)
    assert [one.column for one in questions_of(everything)] == ["n", "t", "w", "y"]
    typed = questions_of(everything, typed=("n", "t", "w", "y"))
    assert [one.column for one in typed] == ["w", "y"]
    assert [one.column for one in questions_of(everything, columns=("t",))] == ["t"]
    refuse((), {})
    assert expressions_of(()) == {}


PARTS = st.sampled_from(["1", "23", "456", ".", ",", " ", "-", "e5", "'", "\u00a0", "x"])


@settings(max_examples=60, deadline=None)
@given(cells=st.lists(st.lists(PARTS, max_size=5).map("".join), min_size=1, max_size=12))
@example(cells=["1.234", "1.234,5", "1 234", "1e5", "1,"])
def test_no_number_is_taken_for_another_notation(cells: list[str]) -> None:
    """What Python reads as a number is known and never "otherwise"; the rest at most once."""
    (question,) = questions_of(declared({"n": {"role": "score"}}))
    import duckdb_engine

    compiled = {
        name: str(
            count.compile(
                dialect=duckdb_engine.Dialect(paramstyle="qmark"),
                compile_kwargs={"literal_binds": True},
            )
        )
        for name, count in question.counts().items()
    }
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (n VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?)", [[cell] for cell in cells])
        found = connection.execute(
            f"SELECT {compiled['known']}, {compiled['other']} FROM t"
        ).fetchone()
    known = [cell.strip() for cell in cells if cell.strip()]
    plain = sum(_is_number(cell) for cell in known)
    assert found is not None
    assert found[0] == len(known)
    assert 0 <= found[1] <= len(known) - plain


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("date_format", "shown"),
    [("%d.%m.%y", "DD.MM.YY"), ("%Y/%m/%d %H:%M:%S", "YYYY/MM/DD hh:mm:ss"), ("%b", "%b")],
)
def test_formats_are_shown_as_people_write_them(date_format: str, shown: str) -> None:
    """Directives without letters of their own stay as they are."""
    assert shown_format(date_format) == shown
