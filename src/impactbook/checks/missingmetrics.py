"""The metric that looks for disguised missing values in columns that no table counts by value.

One query per look, over all such columns together; only values from a fixed list of tokens are ever
named. Importing this module registers the metric with Great Expectations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from great_expectations.execution_engine.sparkdf_execution_engine import SparkDFExecutionEngine
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from impactbook.checks.dialects import fetch, folded, number_or_null, selectable, view
from impactbook.checks.figures.missing import Suspicion

SUSPECTED = "impactbook.suspected_missing"


def count_suspected(
    engine: Any,
    source: Any,
    columns: Mapping[str, Sequence[str]],
    *,
    person: str | None,
) -> list[Suspicion]:
    """Count the rows of each column that hold one of its tokens (lower case, without outer blanks).

    A number among the tokens counts only where it is the smallest or the largest number of the
    column: 99 may be an age, but not beside ages up to 104.
    """
    if not columns:
        return []
    found = _counted(engine, source, columns, person)
    numbers = [one for one in found if _number(one.token) is not None]
    extremes = _extremes(engine, source, sorted({one.column for one in numbers}))
    return [
        one
        for one in found
        if (number := _number(one.token)) is None or number in extremes.get(one.column, ())
    ]


def _counted(
    engine: Any, source: Any, columns: Mapping[str, Sequence[str]], person: str | None
) -> list[Suspicion]:
    parts = []
    for name, tokens in columns.items():
        value = folded(sa.cast(sa.column(name), sa.String))
        who: list[sa.ColumnElement[Any]] = [] if person is None else [sa.column(person).label("p")]
        rows = (
            sa.select(value.label("v"), *who)
            .select_from(source)
            .where(value.in_(sorted(set(tokens))))
            .subquery()
        )
        counted = [sa.func.count().label("n")]
        if person is not None:
            counted.append(sa.func.count(sa.distinct(rows.c.p)).label("people"))
        parts.append(sa.select(sa.literal(name).label("c"), rows.c.v, *counted).group_by(rows.c.v))
    answer = fetch(engine, parts[0] if len(parts) == 1 else sa.union_all(*parts))
    found = [
        Suspicion(str(row[0]), str(row[1]), int(row[2]), None if person is None else int(row[3]))
        for row in answer
    ]
    return sorted(found, key=lambda one: (one.column, one.token))


def _extremes(engine: Any, source: Any, columns: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """The smallest and the largest number of each column; used here and never told."""
    if not columns:
        return {}
    numbers = [number_or_null(sa.cast(sa.column(name), sa.String)) for name in columns]
    ends = [end(number) for number in numbers for end in (sa.func.min, sa.func.max)]
    (row,) = fetch(engine, sa.select(*ends).select_from(source))
    return {
        name: tuple(float(end) for end in row[2 * at : 2 * at + 2] if end is not None)
        for at, name in enumerate(columns)
    }


def _number(token: str) -> float | None:
    try:
        return float(token)
    except ValueError:
        return None


class SuspectedMissing(TableMetricProvider):
    """Values that look like missing ones: list of `Suspicion`.

    `tokens` maps columns to the values looked for; those in `counted` are left to the tables."""

    metric_name = SUSPECTED
    value_keys = ("tokens", "counted", "person", "view")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> list[Suspicion]:
        return _suspected(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> list[Suspicion]:
        return _suspected(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _suspected(engine: Any, domain: dict[str, Any], given: dict[str, Any]) -> list[Suspicion]:
    source = view(engine, domain, given["view"]) if given["view"] else selectable(engine, domain)
    asked = {
        name: tokens for name, tokens in given["tokens"].items() if name not in given["counted"]
    }
    return count_suspected(engine, source, asked, person=given["person"])
