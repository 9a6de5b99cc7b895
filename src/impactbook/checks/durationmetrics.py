"""The metric of durations of recordings by group, over rows and over persons.

Sums are whole milliseconds, so that every engine gives the same. Nothing here is published:
`expectations.texts` tells what the published tables allow. Importing this module registers the
metric with Great Expectations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from great_expectations.execution_engine.sparkdf_execution_engine import (
    SparkDFExecutionEngine,
)
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from impactbook.checks import dialects
from impactbook.checks.figures.durations import Durations, PersonHours
from impactbook.checks.figures.quality import Counted
from impactbook.checks.tables import CONFLICTING, Level
from impactbook.checks.textmetrics import ByGroup, Column, by_each, grouped, part_of, parts_of
from impactbook.checks.textsql import random_part

DURATIONS = "impactbook.durations"

LONGEST_HOURS = 24.0
"""Longer recordings are taken for mistakes where the declaration states no maximum."""

_MS = {"milliseconds": 1, "seconds": 1000, "minutes": 60_000, "hours": 3_600_000}


def _milliseconds(
    duration: str, unit: str, decimal: str, bounds: tuple[float | None, float | None]
) -> tuple[Column, Column]:
    """The duration in whole milliseconds within bounds, and whether it had to be bounded."""
    low = max(0.0, bounds[0] or 0.0)
    longest = LONGEST_HOURS * _MS["hours"] / _MS[unit]
    high = max(low, bounds[1] if bounds[1] is not None else longest)
    number = dialects.number_or_null(sa.column(duration), decimal=decimal)
    inside = sa.case((number < low, low), (number > high, high), else_=number)
    # Half a millisecond up on every engine: their own rounding differs.
    whole = sa.func.floor(sa.func.coalesce(inside, low) * _MS[unit] + 0.5)
    out = sa.or_(number.is_(None), number < low, number > high)
    return sa.cast(whole, sa.BigInteger), out


def count_durations(
    engine: Any,
    source: Any,
    duration: str,
    *,
    by: str | None,
    person: str | None,
    unit: str,
    decimal: str,
    bounds: tuple[float | None, float | None],
) -> dict[Level, Durations]:
    """Sums of durations by group of `by`; what is no number or out of bounds is bounded."""
    column: Column = sa.column(duration)
    milliseconds, out = _milliseconds(duration, unit, decimal, bounds)
    who: Column = sa.null() if person is None else sa.cast(sa.column(person), sa.String)
    part = sa.literal("") if person is None else part_of(sa.cast(column, sa.String), person)
    chosen = [*grouped(by), part.label("part")]
    flags = [milliseconds.label("ms"), sa.case((out, 1), else_=0).label("out"), who.label("p")]
    query = sa.select(*chosen, *flags).select_from(source)
    rows = query.where(column.is_not(None)).subquery("r")
    group = [] if by is None else [rows.c.g]
    exact: Column = sa.cast(rows.c.ms, sa.Numeric(18, 0))
    sums = [sa.func.count(), sa.func.sum(rows.c.ms), sa.func.sum(exact * exact)]
    sums.append(sa.func.sum(rows.c.out))
    keys = [*group, rows.c.part]
    answer = dialects.fetch(engine, sa.select(*keys, *sums).group_by(*keys))
    people: dict[Level, int] = {}
    if person is not None:
        behind = sa.func.count(sa.distinct(sa.case((rows.c.out == 1, rows.c.p))))
        for row in dialects.fetch(engine, sa.select(*group, behind).group_by(*group)):
            people[None if by is None else row[0]] = int(row[-1] or 0)
    found: dict[Level, dict[str, tuple[int, ...]]] = defaultdict(dict)
    for row in answer:
        level: Level = None if by is None else row[0]
        found[level][str(row[-5])] = tuple(int(value or 0) for value in row[-4:])
    return {
        level: _together(parts, None if person is None else people.get(level, 0))
        for level, parts in found.items()
    }


def _together(parts: Mapping[str, tuple[int, ...]], people: int | None) -> Durations:
    """The sums of all parts; without persons there is one part, which tells nothing by itself."""
    rows, milliseconds, squares, bounded = (sum(sums) for sums in zip(*parts.values(), strict=True))
    apart = parts_of(parts) if people is not None else ()
    return Durations(rows, milliseconds, Counted(bounded, people), squares, apart)


def count_person_hours(
    engine: Any,
    source: Any,
    duration: str,
    *,
    by: str | None,
    person: str,
    unit: str,
    decimal: str,
    bounds: tuple[float | None, float | None],
) -> dict[Level, PersonHours]:
    """Sums of durations per person, by the person's group; persons without recordings count too.

    A person's group is the only known value of their rows; rows that disagree are `CONFLICTING`.
    """
    milliseconds, _ = _milliseconds(duration, unit, decimal, bounds)
    known = sa.case((sa.column(duration).is_not(None), milliseconds), else_=0)
    who: Column = sa.cast(sa.column(person), sa.String)
    query = sa.select(*grouped(by), who.label("p"), known.label("ms")).select_from(source)
    rows = query.where(sa.column(person).is_not(None)).subquery("r")
    group: list[Column] = []
    if by is not None:
        low, high = sa.func.min(rows.c.g), sa.func.max(rows.c.g)
        group = [low.label("low"), high.label("high")]
    each = sa.select(*group, random_part(rows.c.p).label("part"), sa.func.sum(rows.c.ms).label("s"))
    persons = each.group_by(rows.c.p).subquery("persons")
    keys = [*([] if by is None else [persons.c.low, persons.c.high]), persons.c.part]
    summed = sa.select(*keys, sa.func.count(), sa.func.sum(persons.c.s)).group_by(*keys)
    found: dict[Level, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in dialects.fetch(engine, summed):
        level: Level = None
        if by is not None:
            level = row[0] if row[0] == row[1] else CONFLICTING
        sums = found[level][str(row[-3])]
        sums[0] += int(row[-2])
        sums[1] += int(row[-1] or 0)
    return {
        level: PersonHours(
            sum(n for n, _ in parts.values()), sum(ms for _, ms in parts.values()), parts_of(parts)
        )
        for level, parts in found.items()
    }


class DurationsByGroup(TableMetricProvider):
    """Sums of `duration`: `rows` and `persons` -> attribute -> group -> sums.

    Persons are only counted where these are the `unit`.
    """

    metric_name = DURATIONS
    value_keys = ("duration", "by", "person", "unit", "duration_unit", "decimal", "bounds")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, ByGroup]:
        return _durations(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, ByGroup]:
        return _durations(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _durations(engine: Any, domain: dict[str, Any], given: Mapping[str, Any]) -> dict[str, ByGroup]:
    source, person = dialects.selectable(engine, domain), given["person"]
    low, high = given["bounds"]
    how: dict[str, Any] = {
        "unit": given["duration_unit"],
        "decimal": given["decimal"],
        "bounds": (low, high),
    }
    found = {
        "rows": by_each(
            given["by"],
            lambda name: count_durations(
                engine, source, given["duration"], by=name, person=person, **how
            ),
        )
    }
    if given["unit"] == "person" and person is not None:
        found["persons"] = by_each(
            given["by"],
            lambda name: count_person_hours(
                engine, source, given["duration"], by=name, person=person, **how
            ),
        )
    return found
