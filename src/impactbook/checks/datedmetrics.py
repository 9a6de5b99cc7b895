"""The metrics of rules with a date: consent in time, withdrawal, retention, age of the data.

Each is one aggregate query on any engine; dates are compared as dates, and the day they are
compared with is an argument, never the clock. Importing this module registers the metrics with
Great Expectations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from great_expectations.execution_engine.sparkdf_execution_engine import SparkDFExecutionEngine
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from impactbook.checks.dialects import date_or_null, day_of, fetch, selectable

BROKEN = "impactbook.dated_rules"
AGES = "impactbook.ages"


@dataclass(frozen=True)
class DateColumn:
    """A column of dates and how they are written (None: ISO 8601)."""

    name: str
    format: str | None = None

    def expression(self) -> sa.ColumnElement[Any]:
        """The date, or NULL where it is missing or no date."""
        return date_or_null(sa.column(self.name), self.format)


@dataclass(frozen=True)
class Broken:
    """Rows to which a rule applies (its dates are known), rows that break it, persons behind these.

    `unreadable` are rows that hold something in place of the date that is none. `people` is None
    where nobody is told apart; then each row is a person.
    """

    known: int
    rows: int
    people: int | None
    unreadable: int = 0
    unreadable_people: int | None = None


@dataclass(frozen=True)
class Day:
    """How many rows and persons one day has."""

    day: dt.date
    rows: int
    people: int | None


def count_broken(
    engine: Any,
    source: Any,
    rules: Mapping[str, Mapping[str, Any]],
    *,
    as_of: dt.date,
    person: str | None,
) -> dict[str, Broken]:
    """Count for every rule the rows it applies to and those that break it, in one query.

    A rule is `{"kind": ..., "column": [name, format]}`: `after` (the date lies after the one in
    `other`), `past` (on or before `as_of`; with `days`, at least so many days before).
    """
    if not rules:
        return {}
    chosen: list[sa.ColumnElement[Any]] = []
    for rule in rules.values():
        known, broken = _conditions(rule, as_of)
        chosen.append(sa.func.sum(sa.case((known, 1), else_=0)))
        written: sa.ColumnElement[Any] = sa.column(rule["column"][0])
        no_date = sa.and_(written.is_not(None), DateColumn(*rule["column"]).expression().is_(None))
        for condition in (broken, no_date):
            chosen.append(sa.func.sum(sa.case((condition, 1), else_=0)))
            if person is not None:
                chosen.append(sa.func.count(sa.distinct(sa.case((condition, sa.column(person))))))
    (row,) = fetch(engine, sa.select(*chosen).select_from(source))
    width = 3 if person is None else 5
    found = {}
    for place, name in enumerate(rules):
        told = [int(n or 0) for n in row[place * width : (place + 1) * width]]
        if person is None:
            found[name] = Broken(told[0], told[1], None, told[2])
        else:
            found[name] = Broken(*told)
    return found


def _conditions(
    rule: Mapping[str, Any], as_of: dt.date
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    day = DateColumn(*rule["column"]).expression()
    if rule["kind"] == "after":
        other = DateColumn(*rule["other"]).expression()
        return sa.and_(day.is_not(None), other.is_not(None)), day > other
    limit = as_of - dt.timedelta(days=int(rule.get("days", 0)))
    return day.is_not(None), day <= _date(limit)


def _date(day: dt.date) -> sa.ColumnElement[Any]:
    return day_of(day)


def count_days(engine: Any, source: Any, column: DateColumn, *, person: str | None) -> list[Day]:
    """How many rows and persons each day has, oldest first."""
    who: list[sa.ColumnElement[Any]] = [] if person is None else [sa.column(person).label("p")]
    days = sa.select(column.expression().label("d"), *who).select_from(source).subquery("days")
    counted = [sa.func.count()]
    if person is not None:
        counted.append(sa.func.count(sa.distinct(days.c.p)))
    query = sa.select(days.c.d, *counted).where(days.c.d.is_not(None)).group_by(days.c.d)
    found = [
        Day(_day(row[0]), int(row[1]), None if person is None else int(row[2]))
        for row in fetch(engine, query)
    ]
    return sorted(found, key=lambda day: day.day)


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)[:10])


class DatedRules(TableMetricProvider):
    """How often each of `rules` (see `count_broken`) is broken: name -> `Broken`."""

    metric_name = BROKEN
    value_keys = ("rules", "as_of", "person")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, Broken]:
        return _broken(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, Broken]:
        return _broken(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _broken(engine: Any, domain: dict[str, Any], given: dict[str, Any]) -> dict[str, Broken]:
    return count_broken(
        engine,
        selectable(engine, domain),
        given["rules"],
        as_of=dt.date.fromisoformat(given["as_of"]),
        person=given["person"],
    )


class Ages(TableMetricProvider):
    """The days of `age_of` (name and format) with the rows and persons of each: list of `Day`."""

    metric_name = AGES
    value_keys = ("age_of", "person")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> list[Day]:
        return _days(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> list[Day]:
        return _days(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _days(engine: Any, domain: dict[str, Any], given: Mapping[str, Any]) -> list[Day]:
    column: Sequence[Any] | None = given["age_of"]
    if column is None:
        return []
    source = selectable(engine, domain)
    return count_days(engine, source, DateColumn(*column), person=given["person"])
