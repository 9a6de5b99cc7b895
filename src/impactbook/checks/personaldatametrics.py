"""The metric that looks for personal data in free texts, on any engine, in batches.

The engine skips texts that cannot hold any; the rest are verified here one by one and forgotten.
Importing this module registers the metric with Great Expectations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from great_expectations.execution_engine.sparkdf_execution_engine import SparkDFExecutionEngine
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from impactbook.checks.dialects import fetch, fetch_batches, matches, selectable
from impactbook.checks.personaldata import CANDIDATE, Tally

PERSONAL_DATA = "impactbook.personal_data"


@dataclass(frozen=True)
class Found:
    """How many texts there are, and per kind how many hold it, with the persons behind them.

    `people` is empty where nobody is told apart; then each text is a person's.
    """

    texts: int
    rows: Mapping[str, int]
    people: Mapping[str, int]


def count_personal_data(
    engine: Any, source: Any, text: str, *, person: str | None, region: str
) -> Found:
    """Count the texts that hold personal data; candidates are streamed, none is kept."""
    column: sa.ColumnElement[Any] = sa.column(text)
    ((texts,),) = fetch(engine, sa.select(sa.func.count(column)).select_from(source))
    who: sa.ColumnElement[Any] = sa.null() if person is None else sa.column(person)
    query = sa.select(column, who).select_from(source).where(matches(column, CANDIDATE))
    tally = Tally()
    for batch in fetch_batches(engine, query):
        tally.add(((str(row[0]), row[1]) for row in batch), region=region)
    rows: dict[str, int] = {}
    for kind, count in tally.rows.items():
        rows[kind] = count
    people: dict[str, int] = {}
    if person is not None:
        people = {kind: len(ids) for kind, ids in tally.people.items()}
    return Found(int(texts or 0), rows, people)


class PersonalData(TableMetricProvider):
    """Texts of `text` with personal data in them: `Found`."""

    metric_name = PERSONAL_DATA
    value_keys = ("text", "person", "region")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Found:
        return _found(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Found:
        return _found(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _found(engine: Any, domain: dict[str, Any], given: dict[str, Any]) -> Found:
    return count_personal_data(
        engine,
        selectable(engine, domain),
        given["text"],
        person=given["person"],
        region=given["region"],
    )
