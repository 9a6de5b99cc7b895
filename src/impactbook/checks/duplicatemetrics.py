"""The metrics about what stands twice: repeated rows and texts, contradicting labels, leakage.

What is asked of the engine stands in `duplicatecounting`. Importing this module registers the
metrics with Great Expectations.
"""

from __future__ import annotations

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
from impactbook.checks.duplicatecounting import (
    Column,
    count_label_conflicts,
    count_repeats,
    count_shared,
    find_near,
    ways_of_comparing,
)
from impactbook.checks.figures.duplicates import LabelConflicts, RepeatsBySplit
from impactbook.checks.figures.overlaps import SharedRows
from impactbook.checks.near import NearTexts

REPEATED = "impactbook.repeated_rows"
SHARED = "impactbook.shared_rows"
LABEL_CONFLICTS = "impactbook.conflicting_labels"
NEAR = "impactbook.near_texts"


class RepeatedRows(TableMetricProvider):
    """Repeated rows over `columns`, or texts of `text`: matching -> `RepeatsBySplit`."""

    metric_name = REPEATED
    value_keys = ("text", "columns", "split", "person", "view")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, RepeatsBySplit]:
        return _repeated(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, RepeatsBySplit]:
        return _repeated(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _repeated(
    engine: Any, domain: dict[str, Any], given: Mapping[str, Any]
) -> dict[str, RepeatsBySplit]:
    source = dialects.view(engine, domain, given["view"])
    split, person = given["split"], given["person"]
    if given["text"] is not None:
        ways = ways_of_comparing(given["text"]).items()
        return {
            way: count_repeats(engine, source, keys=[key], split=split, person=person)
            for way, key in ways
        }
    keys: list[Column] = [sa.column(name) for name in given["columns"]]
    if not keys:
        return {}
    return {"exact": count_repeats(engine, source, keys=keys, split=split, person=person)}


class RowsShared(TableMetricProvider):
    """What stands in more than one split: matching -> tuple of `SharedRows`.

    The ways of comparing the texts of `text`, and `persons` for the ids of `person`.
    """

    metric_name = SHARED
    value_keys = ("text", "split", "person")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, tuple[SharedRows, ...]]:
        return _shared(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, tuple[SharedRows, ...]]:
        return _shared(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _shared(
    engine: Any, domain: dict[str, Any], given: Mapping[str, Any]
) -> dict[str, tuple[SharedRows, ...]]:
    text, split, person = given["text"], given["split"], given["person"]
    if split is None:
        return {}
    source = dialects.selectable(engine, domain)
    ways: dict[str, Column] = {} if text is None else ways_of_comparing(text)
    if person is not None:
        ways["persons"] = sa.column(person)
    return {
        way: count_shared(engine, source, key=key, split=split, person=person)
        for way, key in ways.items()
    }


class ConflictingLabels(TableMetricProvider):
    """Texts of `text` with more than one label: label -> matching -> `LabelConflicts`."""

    metric_name = LABEL_CONFLICTS
    value_keys = ("text", "labels", "person")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, dict[str, LabelConflicts]]:
        return _conflicting(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, dict[str, LabelConflicts]]:
        return _conflicting(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _conflicting(
    engine: Any, domain: dict[str, Any], given: Mapping[str, Any]
) -> dict[str, dict[str, LabelConflicts]]:
    if given["text"] is None:
        return {}
    source = dialects.selectable(engine, domain)
    return {
        label: {
            way: count_label_conflicts(engine, source, key=key, label=label, person=given["person"])
            for way, key in ways_of_comparing(given["text"]).items()
        }
        for label in given["labels"]
    }


class TextsThatAreNear(TableMetricProvider):
    """Texts of `text` that are nearly the same, from the similarity `near` on: `NearTexts` or None."""

    metric_name = NEAR
    value_keys = ("text", "split", "person", "near")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> NearTexts | None:
        return _near(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> NearTexts | None:
        return _near(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _near(engine: Any, domain: dict[str, Any], given: Mapping[str, Any]) -> NearTexts | None:
    if given["text"] is None or given["near"] is None:
        return None
    return find_near(
        engine,
        dialects.selectable(engine, domain),
        text=given["text"],
        split=given["split"],
        person=given["person"],
        near=float(given["near"]),
    )
