"""Periods and splits: names of periods in SQL, ratios to all data, first breach, too few people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import duckdb_engine
import pytest
import sqlalchemy as sa
from counted_by_hand import CONTEXT, one
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine.default import DefaultDialect

from impactbook.checks.figures.periods import Parts, over_time_figures, period_figures
from impactbook.checks.periodaxes import (
    Period,
    PeriodAxis,
    first_seen,
    iso_text,
    period_axes,
    period_of,
)
from impactbook.checks.published import PublishedTables
from impactbook.checks.statistics import wilson
from impactbook.checks.suppression import publish
from impactbook.checks.tables import MISSING, Key, Table, Tables
from impactbook.model.dataset import Dataset

AXIS = "called:month"
MONTHS = Parts(AXIS, "period")


def answers(statement: sa.Select[Any]) -> list[tuple[Any, ...]]:
    """What DuckDB answers."""
    dialect = duckdb_engine.Dialect(paramstyle="qmark")
    text = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    with duckdb.connect() as connection:
        return connection.execute(str(text)).fetchall()


def told(day: str | None, period: Period) -> str | None:
    """The period of one date."""
    days = sa.values(sa.column("day", sa.String()), name="days").data([(day,), ("2024-01-01",)])
    ((name,), _) = answers(sa.select(period_of(days.c.day, period)))
    return None if name is None else str(name)


@pytest.mark.parametrize(
    ("day", "period", "name"),
    [
        ("2024-03-31", "year", "2024"),
        ("2024-03-31", "quarter", "2024-Q1"),
        ("2024-04-01", "quarter", "2024-Q2"),
        ("2024-12-31", "quarter", "2024-Q4"),
        ("2024-03-31", "month", "2024-03"),
        ("2024-03-31 23:59:59", "month", "2024-03"),
        ("2021-01-03", "week", "2020-W53"),  # a Sunday; the year began on a Friday
        ("2018-12-31", "week", "2019-W01"),  # a Monday; its Thursday is 3 January
        ("2024-02-29", "week", "2024-W09"),
    ],
)
def test_periods_have_names_that_sort(day: str, period: Period, name: str) -> None:
    assert told(day, period) == name


def weeks_of(days: list[date], text: str) -> list[tuple[str, str]]:
    """Each day with its week, by DuckDB, the week being written as `text`."""
    values = ", ".join(f"('{day.isoformat()}')" for day in days)
    with duckdb.connect() as connection:
        asked = f"SELECT day, {text} FROM (VALUES {values}) AS days (day)"
        return connection.execute(asked).fetchall()


def week_text(dialect: Any) -> str:
    week = period_of(sa.column("day", sa.String()), "week")
    return str(week.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


BY_DUCKDB = week_text(duckdb_engine.Dialect(paramstyle="qmark"))
WORKED_OUT = week_text(DefaultDialect())


@pytest.mark.parametrize("text", [BY_DUCKDB, WORKED_OUT], ids=["duckdb", "any other engine"])
@settings(max_examples=10, deadline=None)
@given(days=st.lists(st.dates(date(1900, 1, 1), date(2150, 12, 31)), min_size=20, max_size=60))
def test_weeks_are_those_of_iso_8601(text: str, days: list[date]) -> None:
    """Compared with Python's own calendar: where the engine knows weeks, and where none does."""
    for day, week in weeks_of(days, text):
        year, number, _ = date.fromisoformat(day).isocalendar()
        assert week == f"{year}-W{number:02d}", day


@pytest.mark.parametrize("period", ["year", "quarter", "month", "week"])
def test_a_date_that_is_missing_has_no_period(period: Period) -> None:
    assert told(None, period) is None


def test_a_person_counts_in_the_period_in_which_they_first_appear() -> None:
    """Anna calls in February and March, somebody without a name in March."""
    rows = sa.values(sa.column("who", sa.String()), sa.column("day", sa.String()), name="r").data(
        [("anna", "2024-03-01"), ("anna", "2024-02-01"), (None, "2024-03-09")]
    )
    period = first_seen(period_of(rows.c.day, "month"), rows.c.who)
    assert sorted(answers(sa.select(rows.c.day, period))) == [
        ("2024-02-01", "2024-02"),
        ("2024-03-01", "2024-02"),
        ("2024-03-09", "2024-03"),
    ]


def test_a_declaration_names_the_period_axes_it_needs() -> None:
    declared = Dataset.model_validate(
        {
            "schema": "impactbook/dataset/1",
            "title": "Calls",
            "source": {"files": ["calls.csv"]},
            "columns": {"called": {"role": "time"}, "sex": {"role": "protected"}},
            "checks": {
                "periods": {"period": "week"},
                "representation": [
                    {
                        "attribute": "sex",
                        "reference": "people",
                        "column": "sex",
                        "map": {"f": ["f"]},
                        "over_time": "year",
                    }
                ],
            },
        }
    )
    assert period_axes(declared) == (PeriodAxis("called", "year"), PeriodAxis("called", "week"))


def calls(counts: Mapping[Key, int], limit: int = 1) -> PublishedTables:
    return publish(Tables.of(Table((AXIS, "sex"), "row", counts)), limit)


STEADY: dict[Key, int] = {
    ("2024-01", "f"): 500,
    ("2024-01", "m"): 500,
    ("2024-02", "f"): 500,
    ("2024-02", "m"): 500,
}


def test_shares_that_stay_alike_are_ok_in_every_period() -> None:
    found = period_figures(CONTEXT, calls(STEADY), "sex", MONTHS, unit="row")
    ratio = one(found, "share_ratio_to_all", "f", "period=2024-02")
    assert (ratio.value, ratio.reference, ratio.denominator) == (1.0, 0.5, 1000)
    # Four intervals at once: 1 - 0.05 / 4
    assert ratio.method == "wilson;bonferroni=0.9875"
    assert ratio.ci_low == pytest.approx(wilson(500, 1000).low / 0.5)
    assert one(found, "rows", "", "period=2024-01").value == 1000
    assert one(found, "share", "f", "period=2024-01").value == 0.5
    assert one(found, "breaches").value == 0
    assert not [f for f in found.figures if f.metric == "first_breach"]
    assert found.verdict == "ok"


def test_the_first_breach_is_named_with_its_period_and_group() -> None:
    """Women fall from 500 to 200 to 100 of 1,000: 800 of 3,000 in all; 200/1000 is 0.75 of that."""
    counts: dict[Key, int] = {
        ("2024-01", "f"): 500,
        ("2024-01", "m"): 500,
        ("2024-02", "f"): 200,
        ("2024-02", "m"): 800,
        ("2024-03", "f"): 100,
        ("2024-03", "m"): 900,
    }
    found = period_figures(CONTEXT, calls(counts), "sex", MONTHS, unit="row")
    first = one(found, "first_breach")
    assert (first.attribute, first.group) == (f"{AXIS}*sex", "2024-01 / f")
    assert first.value == pytest.approx(0.5 / (800 / 3000))
    late = one(found, "share_ratio_to_all", "f", "period=2024-03")
    assert late.value == pytest.approx(0.1 / (800 / 3000))
    assert late.verdict == "fail"
    # January f 1.88 and m 0.68, March f 0.38; March m 1.23 straddles or is inside
    assert one(found, "breaches").value == 3
    assert found.verdict == "fail"


def test_a_period_with_too_few_is_not_judged() -> None:
    counts: dict[Key, int] = {**STEADY, ("2024-03", "f"): 5, ("2024-03", "m"): 24}
    found = period_figures(CONTEXT, calls(counts), "sex", MONTHS, unit="row")
    assert one(found, "share_ratio_to_all", "f", "period=2024-03").verdict == "not_enough_data"
    assert found.verdict == "ok"  # the periods that can be judged are alike


def test_rows_without_a_date_are_in_all_data_and_in_no_period() -> None:
    counts: dict[Key, int] = {**STEADY, (MISSING, "f"): 50, (MISSING, "m"): 50}
    found = period_figures(CONTEXT, calls(counts), "sex", MONTHS, unit="row")
    assert {f.condition for f in found.figures if f.metric == "rows"} == {
        "period=2024-01",
        "period=2024-02",
    }
    assert one(found, "share_ratio_to_all", "f", "period=2024-02").reference == 0.5


def test_without_periods_or_values_nothing_is_measured() -> None:
    undated = calls({(MISSING, "f"): 50, (MISSING, "m"): 50})
    assert period_figures(CONTEXT, undated, "sex", MONTHS, unit="row").problem == "no_periods"
    unknown = calls({("2024-01", MISSING): 50})
    assert period_figures(CONTEXT, unknown, "sex", MONTHS, unit="row").problem == "no_values"
    alone = calls({("2024-01", "f"): 50})
    assert period_figures(CONTEXT, alone, "sex", MONTHS, unit="row").problem == "one_group_only"
    elsewhere = Parts("other", "split")
    missing = period_figures(CONTEXT, calls(STEADY), "sex", elsewhere, unit="row")
    assert (missing.verdict, missing.problem) == ("not_measured", "no_such_column")


def test_masked_cells_tell_nothing_but_a_verdict_that_holds_anyway() -> None:
    """3 women among 1,000 in February are masked, and fewer than 0.8 of half whatever they are."""
    counts: dict[Key, int] = {
        ("2024-01", "f"): 500,
        ("2024-01", "m"): 500,
        ("2024-02", "f"): 3,
        ("2024-02", "m"): 997,
    }
    found = period_figures(CONTEXT, calls(counts, 5), "sex", MONTHS, unit="row")
    figure = one(found, "share_ratio_to_all", "f", "period=2024-02")
    assert (figure.value, figure.numerator) == (None, None)
    values = [f for f in found.figures if f.condition == "period=2024-02" and f.group == "f"]
    assert all(f.value is None for f in values)


def test_ratios_over_time_against_a_reference() -> None:
    """200 of 1,000 in February against halves: 0.4, outside; January is as expected."""
    counts: dict[Key, int] = {**STEADY, ("2024-02", "f"): 200, ("2024-02", "m"): 800}
    found = over_time_figures(
        CONTEXT, calls(counts), "sex", AXIS, unit="row", reference={"f": 1.0, "m": 1.0}
    )
    assert one(found, "representation_ratio", "f", "period=2024-01").verdict == "ok"
    february = one(found, "representation_ratio", "f", "period=2024-02")
    assert (february.value, february.verdict) == (pytest.approx(0.4), "fail")
    assert one(found, "first_breach").group == "2024-02 / f"
    assert found.verdict == "fail"


def test_a_thin_period_does_not_undo_the_others_against_a_reference() -> None:
    counts: dict[Key, int] = {**STEADY, ("2024-03", "f"): 5, ("2024-03", "m"): 5}
    found = over_time_figures(
        CONTEXT, calls(counts), "sex", AXIS, unit="row", reference={"f": 1.0, "m": 1.0}
    )
    assert one(found, "representation_ratio", "f", "period=2024-03").verdict == "not_enough_data"
    assert found.verdict == "ok"


def test_weights_enter_the_shares_of_periods_too() -> None:
    """January: women 100 of weight 3, men 300; February 500 and 500: shares 0.5 and 0.5 of 0.5."""
    counts: dict[Key, int] = {**STEADY, ("2024-01", "f"): 100, ("2024-01", "m"): 300}
    weights = {key: float(n) * (3 if key == ("2024-01", "f") else 1) for key, n in counts.items()}
    squares = {
        key: weight * (3 if key == ("2024-01", "f") else 1) for key, weight in weights.items()
    }
    table = Table((AXIS, "sex"), "row", counts, None, weights, squares)
    found = period_figures(CONTEXT, publish(Tables.of(table), 1), "sex", MONTHS, unit="row")
    january = one(found, "share_ratio_to_all", "f", "period=2024-01")
    assert january.value == pytest.approx(1.0)
    assert january.reference == pytest.approx(800 / 1600)
    assert january.method.startswith("wilson;effective_n=300;")


PERIODS: tuple[Period, ...] = ("year", "quarter", "month", "week")
DAYS = ("2021-01-03", "2018-12-31", "2024-02-29", "2024-10-01", "2020-12-28")


def period_names() -> sa.Select[Any]:
    """All periods of some days that come as SQL's own dates; values stand in the statement."""
    days = [sa.select(sa.literal(day, sa.String()).label("day")) for day in DAYS]
    rows = sa.union_all(*days).subquery("days")
    day = iso_text(sa.cast(rows.c.day, sa.Date()))
    return sa.select(rows.c.day, *(period_of(day, period).label(period) for period in PERIODS))


EXPECTED = {
    "2021-01-03": ("2021", "2021-Q1", "2021-01", "2020-W53"),
    "2018-12-31": ("2018", "2018-Q4", "2018-12", "2019-W01"),
    "2024-02-29": ("2024", "2024-Q1", "2024-02", "2024-W09"),
    "2024-10-01": ("2024", "2024-Q4", "2024-10", "2024-W40"),
    "2020-12-28": ("2020", "2020-Q4", "2020-12", "2020-W53"),
}


def test_periods_have_the_same_names_on_duckdb() -> None:
    assert {row[0]: tuple(row[1:]) for row in answers(period_names())} == EXPECTED


@pytest.mark.engines
def test_periods_have_the_same_names_on_postgresql(postgres: str) -> None:
    """Even where the database writes dates in the German way."""
    engine = sa.create_engine(postgres)
    with engine.connect() as connection:
        connection.execute(sa.text("SET datestyle TO 'German'"))
        found = connection.execute(period_names()).all()
    engine.dispose()
    assert {row[0]: tuple(row[1:]) for row in found} == EXPECTED


@pytest.mark.engines
def test_periods_have_the_same_names_on_spark(spark: Any) -> None:
    from impactbook.checks.gx_spark import asked

    found = asked(spark, period_names(), {}).collect()
    assert {row[0]: tuple(row)[1:] for row in found} == EXPECTED
