"""The metrics that read rows: contingency tables, each kind in one query, and their publication.

`impactbook.contingency` counts all one-, two- and three-way tables that a suite needs by grouping
sets; `impactbook.published_tables` masks small counts and is all that expectations about people
ever see. Importing this module registers the metrics with Great Expectations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.validator.metric_configuration import MetricConfiguration

from impactbook.checks.suppression import merge_rare, publish
from impactbook.checks.tables import (
    CONFLICTING,
    KNOWN,
    Axes,
    Key,
    Level,
    PublishedTables,
    Table,
    Tables,
    TableUnit,
    all_subsets,
)

CONTINGENCY = "impactbook.contingency"
PUBLISHED = "impactbook.published_tables"


@dataclass(frozen=True)
class Counting:
    """Which tables to count: over rows, over persons, and whose rows belong together.

    `person` names the column that tells persons apart; with it, row tables also carry the persons
    behind each cell. `known` are columns of which only known or missing is counted, so that no
    free text is ever grouped. Every margin of a listed table is counted too.
    """

    rows: tuple[Axes, ...] = ()
    persons: tuple[Axes, ...] = ()
    known: tuple[str, ...] = ()
    person: str | None = None

    @property
    def axes(self) -> tuple[str, ...]:
        """All axes whose groups are counted."""
        return _ordered((*self.rows, *self.persons))

    def as_json(self) -> dict[str, Any]:
        """The form in which it is an argument of a metric."""
        return {
            "rows": [list(axes) for axes in self.rows],
            "persons": [list(axes) for axes in self.persons],
            "known": list(self.known),
            "person": self.person,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Counting:
        """Read what `as_json` wrote."""
        return cls(
            rows=tuple(tuple(axes) for axes in value.get("rows", ())),
            persons=tuple(tuple(axes) for axes in value.get("persons", ())),
            known=tuple(value.get("known", ())),
            person=value.get("person"),
        )


@dataclass
class _Query:
    """One query by grouping sets over some axes of a selectable, and how to read its answer."""

    unit: TableUnit
    sets: tuple[Axes, ...]
    axes: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.axes = tuple(dict.fromkeys(axis for axes in self.sets for axis in axes))

    def select(self, source: sa.Subquery, person: str | None) -> sa.Select[Any]:
        """The query; columns of `source` are named a0, a1, ... in the order of `axes`."""
        column = {axis: source.c[f"a{place}"] for place, axis in enumerate(self.axes)}
        grouped = [
            sa.func.grouping(column[axis]).label(f"g_{column[axis].name}") for axis in self.axes
        ]
        counted: list[sa.ColumnElement[Any]] = [sa.func.count().label("n")]
        if person is not None:
            counted.append(sa.func.count(sa.distinct(source.c.p)).label("people"))
        sets = [sa.tuple_(*(column[axis] for axis in axes)) for axes in self.sets]
        chosen = [*grouped, *column.values(), *counted]
        query = sa.select(*chosen).select_from(source)
        return query.group_by(sa.func.grouping_sets(*sets)) if self.axes else query

    def tables(self, answer: Iterable[Sequence[Any]], person: str | None) -> list[Table]:
        """The tables in the query's answer; a set without any row is a table of zeros."""
        width = len(self.axes)
        counts: dict[Axes, dict[Key, int]] = {axes: {} for axes in self.sets}
        people: dict[Axes, dict[Key, int]] = {axes: {} for axes in self.sets}
        for row in answer:
            grouped_away, levels = row[:width], row[width : 2 * width]
            kept = [place for place in range(width) if not grouped_away[place]]
            axes = tuple(self.axes[place] for place in kept)
            key = tuple(levels[place] for place in kept)
            counts[axes][key] = int(row[2 * width])
            if person is not None:
                people[axes][key] = int(row[2 * width + 1])
        return [
            Table(axes, self.unit, counts[axes], people[axes] if person is not None else None)
            for axes in self.sets
        ]


def _closed(tables: Iterable[Axes], order: Sequence[str]) -> tuple[Axes, ...]:
    """All margins of all tables, axes in one fixed order, without repetition."""
    place = {axis: number for number, axis in enumerate(order)}
    found: dict[Axes, None] = {(): None}
    for axes in tables:
        for margin in all_subsets(tuple(sorted(axes, key=place.__getitem__))):
            found[margin] = None
    return tuple(sorted(found, key=lambda axes: (len(axes), [place[axis] for axis in axes])))


def _ordered(tables: Iterable[Axes]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(axis for axes in tables for axis in axes))


def count_tables(engine: SqlAlchemyExecutionEngine, selectable: Any, counting: Counting) -> Tables:
    """Count all tables: one query over rows, and a second one over persons if any is wanted.

    A person's group on an axis is the only known value of their rows; rows that disagree make them
    `CONFLICTING`, and rows without a value say nothing. Rows without a person id are no person.
    """
    found = _row_tables(engine, selectable, counting)
    if counting.persons and counting.person is not None:
        found += _person_tables(engine, selectable, counting)
    return Tables.of(*found)


def _row_tables(
    engine: SqlAlchemyExecutionEngine, selectable: Any, counting: Counting
) -> list[Table]:
    listed = [*counting.rows, *((name,) for name in counting.known)]
    sets = _closed(listed, _ordered(listed))
    query = _Query("row", sets)
    full = {axis for axes in counting.rows for axis in axes}
    columns: list[sa.ColumnElement[Any]] = []
    for place, axis in enumerate(query.axes):
        text = sa.cast(sa.column(axis), sa.String)
        told = text if axis in full else sa.case((text.is_(None), None), else_=_KNOWN_IN_SQL)
        columns.append(told.label(f"a{place}"))
    if counting.person is not None:
        columns.append(sa.column(counting.person).label("p"))
    source = sa.select(*(columns or [sa.literal(1).label("one")])).select_from(selectable)
    answer = engine.execute_query(query.select(source.subquery("r"), counting.person)).fetchall()
    rows = [_named_known(row, query, full) for row in answer]
    return query.tables(rows, counting.person)


_KNOWN_IN_SQL: sa.ColumnElement[str] = sa.literal_column("'known'")


def _named_known(row: Sequence[Any], query: _Query, full: set[str]) -> list[Any]:
    """Put our own level in place of the word that SQL used (SQL has no null characters)."""
    width, values = len(query.axes), list(row)
    for place, axis in enumerate(query.axes):
        if axis not in full and values[width + place] is not None:
            values[width + place] = KNOWN
    return values


def _person_tables(
    engine: SqlAlchemyExecutionEngine, selectable: Any, counting: Counting
) -> list[Table]:
    sets = _closed(counting.persons, _ordered(counting.persons))
    query = _Query("person", sets)
    source = person_rows(selectable, str(counting.person), query.axes)
    answer = engine.execute_query(query.select(source, None)).fetchall()
    width = len(query.axes)
    rows = [
        [
            *row[:width],
            *(_person_level(level) for level in row[width : 2 * width]),
            *row[2 * width :],
        ]
        for row in answer
    ]
    return query.tables(rows, None)


def person_rows(selectable: Any, person: str, axes: Sequence[str]) -> sa.Subquery:
    """One row per person; on each axis `=value`, `!` where rows disagree, NULL where none knows."""
    who: sa.ColumnElement[Any] = sa.column(person)
    columns: list[sa.ColumnElement[Any]] = [who.label("p")]
    for place, axis in enumerate(axes):
        text = sa.cast(sa.column(axis), sa.String)
        low, high = sa.func.min(text), sa.func.max(text)
        agreed = sa.literal_column("'='").op("||")(low)
        level = sa.case(
            (low.is_(None), None), (low == high, agreed), else_=sa.literal_column("'!'")
        )
        columns.append(level.label(f"a{place}"))
    query = sa.select(*columns).select_from(selectable).where(who.is_not(None)).group_by(who)
    return query.subquery("persons")


def _person_level(level: str | None) -> Level:
    if level is None:
        return None
    return CONFLICTING if level == "!" else level[1:]


def table_domain(engine: SqlAlchemyExecutionEngine, domain: dict[str, Any]) -> Any:
    """The rows of the batch, as something to select from."""
    selectable, _, _ = engine.get_compute_domain(domain, domain_type=MetricDomainTypes.TABLE)
    return selectable


class Contingency(TableMetricProvider):
    """Counts the tables that `counting` (`Counting.as_json`) asks for; returns `Tables`."""

    metric_name = CONTINGENCY
    value_keys = ("counting",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Tables:
        selectable = table_domain(execution_engine, metric_domain_kwargs)
        counting = Counting.from_json(metric_value_kwargs["counting"])
        return count_tables(execution_engine, selectable, counting)


class PublishedContingency(TableMetricProvider):
    """The counted tables with rare groups merged and small counts masked: `PublishedTables`.

    `limit` is the suppression limit, `listed` the groups of each axis that may be named however
    rare they are.
    """

    metric_name = PUBLISHED
    value_keys = ("counting", "limit", "listed")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> PublishedTables:
        limit = int(metric_value_kwargs["limit"])
        listed = {
            axis: frozenset(groups)
            for axis, groups in (metric_value_kwargs.get("listed") or {}).items()
        }
        counted: Tables = metrics[CONTINGENCY]
        return publish(merge_rare(counted, limit, listed), limit)

    @classmethod
    def _get_evaluation_dependencies(
        cls,
        metric: MetricConfiguration,
        configuration: Any = None,
        execution_engine: Any = None,
        runtime_configuration: Any = None,
    ) -> dict[str, MetricConfiguration]:
        return {
            CONTINGENCY: MetricConfiguration(
                metric_name=CONTINGENCY,
                metric_domain_kwargs=metric.metric_domain_kwargs,
                metric_value_kwargs={"counting": metric.metric_value_kwargs["counting"]},
            )
        }
