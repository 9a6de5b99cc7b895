"""The metric of persons whose rows contradict each other, which no contingency table holds.

What stands twice is counted in `duplicatecounting`, texts are measured in `textmetrics`. Importing
this module registers the metric with Great Expectations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from great_expectations.validator.metric_configuration import MetricConfiguration

from impactbook.checks import dialects
from impactbook.checks.contingency import CONTINGENCY, CountedTables, Counting
from impactbook.checks.personcounting import Conflicts

__all__ = ["CONFLICTS", "ConflictingPersons", "Conflicts", "count_conflicts"]

CONFLICTS = "impactbook.conflicting_persons"


def count_conflicts(
    engine: Any, source: Any, *, attributes: Sequence[str], person: str
) -> Conflicts:
    """Persons whose rows disagree on any of `attributes`, each counted once."""
    who: sa.ColumnElement[Any] = sa.column(person)
    differ, partly = [], []
    for name in attributes:
        value = dialects.text_of(sa.column(name))
        differ.append(sa.func.min(value) != sa.func.max(value))
        partly.append(sa.func.count(value).between(1, sa.func.count() - 1))
    persons = (
        sa.select(_flag(sa.or_(*differ), "d"), _flag(sa.or_(*differ, *partly), "b"))
        .select_from(source)
        .where(who.is_not(None))
        .group_by(who)
        .subquery("persons")
    )
    query = sa.select(sa.func.sum(persons.c.d), sa.func.sum(persons.c.b)).select_from(persons)
    ((known, with_blanks),) = dialects.fetch(engine, query)
    return Conflicts(int(known or 0), int(with_blanks or 0))


def _flag(condition: sa.ColumnElement[bool], name: str) -> sa.Label[int]:
    return sa.case((condition, 1), else_=0).label(name)


class ConflictingPersons(TableMetricProvider):
    """Persons whose rows disagree on any of `attributes`: `Conflicts`.

    Where the tables of `counting` were counted with the same attributes, they tell.
    """

    metric_name = CONFLICTS
    value_keys = ("attributes", "person", "view", "counting")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Conflicts:
        return _conflicts(execution_engine, metric_domain_kwargs, metric_value_kwargs, metrics)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Conflicts:
        return _conflicts(execution_engine, metric_domain_kwargs, metric_value_kwargs, metrics)

    @classmethod
    def _get_evaluation_dependencies(
        cls,
        metric: MetricConfiguration,
        configuration: Any = None,
        execution_engine: Any = None,
        runtime_configuration: Any = None,
    ) -> dict[str, MetricConfiguration]:
        if not _told_by_counting(metric.metric_value_kwargs):
            return {}
        return {
            CONTINGENCY: MetricConfiguration(
                metric_name=CONTINGENCY,
                metric_domain_kwargs=metric.metric_domain_kwargs,
                metric_value_kwargs={"counting": metric.metric_value_kwargs["counting"]},
            )
        }


def _told_by_counting(given: Mapping[str, Any]) -> bool:
    """Whether the tables are counted with a look at these very attributes."""
    counting = Counting.from_json(given["counting"] or {})
    same = set(counting.agreeing) == set(given["attributes"]) and counting.agreeing != ()
    return same and counting.person == given["person"] and counting.persons != ()


def _conflicts(
    engine: Any, domain: dict[str, Any], given: Mapping[str, Any], metrics: Mapping[str, Any]
) -> Conflicts:
    counted = metrics.get(CONTINGENCY)
    if isinstance(counted, CountedTables) and counted.conflicts is not None:
        return counted.conflicts
    return count_conflicts(
        engine,
        dialects.view(engine, domain, given["view"]),
        attributes=given["attributes"],
        person=given["person"],
    )
