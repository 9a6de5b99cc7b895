"""The constructs mean the same on DuckDB, PostgreSQL and Spark, and mostly on SQLite."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from impactbook.checks import dialects
from impactbook.checks.dialects import (
    BLANKS,
    date_or_null,
    folded,
    matches,
    number_or_null,
    part,
    replaced,
    row_number,
    text_of,
    trimmed,
    words,
)
from impactbook.checks.gx_duckdb import open_batches
from impactbook.checks.gx_sql import open_sql_batches
from impactbook.errors import InputError

TEXT = sa.column("v", sa.String())


@pytest.fixture(
    scope="module",
    params=[
        "duckdb",
        pytest.param("postgresql", marks=pytest.mark.engines),
        pytest.param("spark", marks=pytest.mark.engines),
    ],
)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """An execution engine of Great Expectations of each kind."""
    if request.param == "duckdb":
        with open_batches(tmp_path_factory.mktemp("dialects") / "x.duckdb") as batches:
            yield batches.engine
    elif request.param == "postgresql":
        address = request.getfixturevalue("postgres")
        with open_sql_batches(sa.create_engine(address)) as batches:
            yield batches.engine
    else:
        from impactbook.checks.gx_spark import open_spark_batches

        with open_spark_batches(request.getfixturevalue("spark")) as frames:
            yield frames.engine


@pytest.fixture(scope="module")
def sqlite() -> Iterator[Any]:
    with open_sql_batches(sa.create_engine("sqlite://")) as batches:
        yield batches.engine


def ask(engine: Any, expression: sa.ColumnElement[Any], values: Sequence[Any]) -> list[Any]:
    """What an expression on the column `v` gives for each value, in order."""
    one_by_one = [
        sa.select(sa.literal(place).label("place"), sa.literal(value, sa.String()).label("v"))
        for place, value in enumerate(values)
    ]
    if dialects.dialect_name(engine) == "spark":
        frame = engine.spark.createDataFrame(list(enumerate(values)), "place int, v string")
        given: Any = dialects.put_beside(engine, f"given {id(frame)}", frame)
    else:
        given = sa.union_all(*one_by_one).subquery("given")
    query = sa.select(sa.column("place"), expression).select_from(given)
    return [row[1] for row in sorted(dialects.fetch(engine, query), key=lambda row: int(row[0]))]


BLANK_CASES = ["a", " a ", "\ta\n", "\u00a0a b\u3000", "", " \u2003\r\n", None, "Ä\x85", "\x1ca"]


def test_every_unicode_blank_is_trimmed(engine: Any) -> None:
    """As Python's `str.strip` does, on all engines."""
    expected = [None if one is None else one.strip() for one in BLANK_CASES]
    assert ask(engine, trimmed(TEXT), BLANK_CASES) == expected
    assert all(blank.isspace() for blank in BLANKS)


def test_blanks_are_those_of_python() -> None:
    """No character that Python calls a space is left out."""
    assert set(BLANKS) == {chr(code) for code in range(0x11000) if chr(code).isspace()}


def test_case_is_folded_beyond_ascii(engine: Any) -> None:
    """Umlauts, Cyrillic and Greek letters, also in a database whose locale is C."""
    given = ["  ÄÖÜ ", "Straße", "ΟΔΟΣ", "ПРИВЕТ", "İstanbul", "\u1e9e"]
    expected = ["äöü", "straße", "οδοσ", "привет", "istanbul", "ß"]
    assert ask(engine, folded(TEXT), given) == expected


def test_patterns_mean_the_same(engine: Any) -> None:
    """Found anywhere; groups; all replaced; quotes, backslashes and percent signs are themselves."""
    given = ["a1b22", "x", "50 %", "it's \\ok", None]
    assert ask(engine, matches(TEXT, "[0-9]{2}"), given) == [True, False, True, False, None]
    assert ask(engine, replaced(TEXT, "[0-9]+", "#"), given) == [
        "a#b#",
        "x",
        "# %",
        "it's \\ok",
        None,
    ]
    assert ask(engine, part(TEXT, "^([a-z])([0-9])", 2), given)[0] == "1"
    assert ask(engine, matches(TEXT, r"'s \\"), given)[3] is True


WORDS = [
    ("two words", 2),
    ("", 0),
    (" \u2003", 0),
    ("\tone\n", 1),
    ("a\u00a0b  c", 3),
    (None, None),
]


def test_words_are_runs_between_blanks(engine: Any) -> None:
    """Whatever the blanks are; NULL has none."""
    assert ask(engine, words(TEXT), [text for text, _ in WORDS]) == [count for _, count in WORDS]


def test_words_need_no_regular_expressions(sqlite: Any) -> None:
    """SQLite has none, and counts the same."""
    assert ask(sqlite, words(TEXT), [text for text, _ in WORDS]) == [count for _, count in WORDS]
    assert ask(sqlite, trimmed(TEXT), BLANK_CASES[:4]) == ["a", "a", "a", "a b"]


NUMBERS = [
    ("12", 12.0), (" -3.5\t", -3.5), ("+.5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("", None),
    ("1,5", None), ("1_000", None), ("1d", None), ("0x10", None), ("nan", None), ("Infinity", None),
    ("-inf", None), ("1 000", None), ("１２", None), ("--1", None), ("1e", None), (None, None),
    ("1.2.3", None), ("true", None),
]  # fmt: skip


def test_a_number_is_what_everybody_calls_one(engine: Any) -> None:
    """No names of infinities, no underscores, no suffixes of programming languages."""
    found = ask(engine, number_or_null(TEXT), [text for text, _ in NUMBERS])
    assert found == [number for _, number in NUMBERS]


def test_numbers_on_sqlite(sqlite: Any) -> None:
    """The general way, with SQLAlchemy's regular expressions."""
    found = ask(sqlite, number_or_null(TEXT), [text for text, _ in NUMBERS])
    assert found == [number for _, number in NUMBERS]


def test_numbers_with_a_comma(engine: Any) -> None:
    """A point groups three digits and is nothing else: 1.234,5 is a number, 1.5 is none."""
    given = ["1.234,5", "0,5", "12", "1.5", "1.234", "12.34,5", "-1.000.000", None]
    expected = [1234.5, 0.5, 12.0, None, 1234.0, None, -1000000.0, None]
    assert ask(engine, number_or_null(TEXT, decimal=","), given) == expected


DAYS = [
    ("2024-02-29", dt.date(2024, 2, 29)),
    ("2023-02-29", None),
    ("2023-13-01", None),
    ("2023-00-10", None),
    ("2023-04-31", None),
    (" 2023-04-30T23:59:59+02:00 ", dt.date(2023, 4, 30)),
    ("2023-04-30 10:00", dt.date(2023, 4, 30)),
    ("2023-4-3", None),
    ("30.04.2023", None),
    ("2023-04-30x", None),
    ("", None),
    (None, None),
]


def test_days_are_read_and_days_that_are_none_are_not(engine: Any) -> None:
    """29 February exists in leap years only; a wrong day ends no query."""
    assert ask(engine, date_or_null(TEXT), [text for text, _ in DAYS]) == [day for _, day in DAYS]


@pytest.mark.parametrize(
    ("date_format", "given", "expected"),
    [
        ("%d.%m.%Y", ["1.2.2024", "31.12.1999", "31.11.1999", "1/2/2024"],
         [dt.date(2024, 2, 1), dt.date(1999, 12, 31), None, None]),
        ("%m/%d/%y", ["02/01/24", "02/01/68", "02/01/69", "13/01/24"],
         [dt.date(2024, 2, 1), dt.date(2068, 2, 1), dt.date(1969, 2, 1), None]),
        ("%d %B %Y", ["3 March 2020", "3 mar 2020", "3 März 2020"],
         [dt.date(2020, 3, 3), dt.date(2020, 3, 3), None]),
        ("%Y%m%d %H:%M", ["20240131 10:15", "2024131 10:15", "20240131"],
         [dt.date(2024, 1, 31), None, None]),
    ],
)  # fmt: skip
def test_declared_formats_of_dates(
    engine: Any, date_format: str, given: list[str], expected: list[dt.date | None]
) -> None:
    """As `strptime` reads them, English names of months included."""
    assert ask(engine, date_or_null(TEXT, date_format), given) == expected


@pytest.mark.parametrize("bad", ["%d.%m", "%Y-%m-%d %Y", "%Q-%m-%d", "%Y-%j-%d", "%Y-%m-%d%"])
def test_a_date_format_that_tells_no_day_is_refused(bad: str) -> None:
    """One sentence, before anything is asked."""
    with pytest.raises(InputError, match="date format cannot be used"):
        date_or_null(TEXT, bad)


def test_cells_of_typed_tables_are_the_same_text(engine: Any) -> None:
    """1 not 1.0, true not True, ISO days, midnight is the day alone, NaN is missing."""
    kinds = {
        "whole": "CAST(1.0 AS DOUBLE PRECISION)",
        "large": "CAST(12345678.0 AS DOUBLE PRECISION)",
        "fraction": "CAST(0.1 AS DOUBLE PRECISION)",
        "amount": "CAST(12345678.9 AS DOUBLE PRECISION)",
        "small": "CAST(0.0005 AS DOUBLE PRECISION)",
        "zero": "CAST(0 AS DOUBLE PRECISION)",
        "nan": "CAST('NaN' AS DOUBLE PRECISION)",
        "integer": "42",
        "money": "CAST(1.50 AS DECIMAL(10, 2))",
        "even": "CAST(3 AS DECIMAL(10, 2))",
        "truth": "(1 = 1)",
        "lie": "(1 = 0)",
        "day": "CAST('2024-01-31' AS DATE)",
        "midnight": "CAST('2024-01-31 00:00:00' AS TIMESTAMP)",
        "noon": "CAST('2024-01-31 12:30:00' AS TIMESTAMP)",
        "text": "'1.0'",
    }
    spark = dialects.dialect_name(engine) == "spark"
    selected = [
        sa.literal_column(sql.replace("DOUBLE PRECISION", "DOUBLE") if spark else sql).label(name)
        for name, sql in kinds.items()
    ]
    given = sa.select(*selected).subquery("given")
    query = sa.select(*(text_of(sa.column(name)) for name in kinds)).select_from(given)
    (found,) = dialects.fetch(engine, query)
    assert dict(zip(kinds, found, strict=True)) == {
        "whole": "1",
        "large": "12345678",
        "fraction": "0.1",
        "amount": "12345678.9",
        "small": "0.0005",
        "zero": "0",
        "nan": None,
        "integer": "42",
        "money": "1.50",
        "even": "3",
        "truth": "true",
        "lie": "false",
        "day": "2024-01-31",
        "midnight": "2024-01-31",
        "noon": "2024-01-31 12:30:00",
        "text": "1.0",
    }


def test_the_number_of_a_row_tells_rows_apart(engine: Any) -> None:
    """`a, bc` is not `ab, c`, and NULL is not the empty text; the same row has the same number."""
    cells = [sa.func.substr(TEXT, 1, 2), sa.func.substr(TEXT, 3), TEXT]
    numbers = ask(engine, row_number(cells), ["abc", "abd", "", None, "abc"])
    assert len(set(numbers)) == 4
    assert numbers[0] == numbers[4]
    moved = [
        ask(
            engine,
            row_number([sa.func.substr(TEXT, 1, cut), sa.func.substr(TEXT, cut + 1)]),
            ["abc"],
        )
        for cut in (1, 2)
    ]
    assert moved[0] != moved[1]


def test_long_answers_come_in_parts(engine: Any) -> None:
    """2,500 rows in lists of a thousand, all of them once."""
    numbers = sa.literal_column("1")
    if dialects.dialect_name(engine) == "spark":
        rows: Any = dialects.put_beside(engine, "many", engine.spark.range(2500))
    else:
        last = "generate_series(0, 2499)"
        text = f"SELECT number AS id FROM {last} AS given(number)"
        rows = sa.text(text).columns(sa.column("id")).subquery("many")
    query = sa.select(sa.column("id"), numbers).select_from(rows)
    parts = list(dialects.fetch_batches(engine, query, 1000))
    assert [len(one) for one in parts] == [1000, 1000, 500]
    assert {int(row[0]) for one in parts for row in one} == set(range(2500))


def test_a_name_that_nobody_registered_is_a_table(engine: Any) -> None:
    """`view` falls back to the database's own tables."""
    assert str(dialects.view(engine, {}, "elsewhere")) == "elsewhere"


def test_infinity_is_above_every_number(engine: Any) -> None:
    """And its opposite below."""
    for above in (True, False):
        (found,) = ask(engine, dialects.infinite(above=above), ["x"])
        assert found == (math.inf if above else -math.inf)
