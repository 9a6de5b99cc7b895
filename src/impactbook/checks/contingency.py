"""The metrics that count groups: all contingency tables in one scan, and their publication.

`impactbook.contingency` counts every table that a suite needs in one statement (`checks.scan`);
`impactbook.published_tables` masks small counts and is all that expectations about people ever see.
Importing this module registers the metrics with Great Expectations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from great_expectations.execution_engine.sparkdf_execution_engine import SparkDFExecutionEngine
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.validator.metric_configuration import MetricConfiguration

from impactbook.checks import dialects
from impactbook.checks.counting import Wanted, count_rows, tens_of_weights
from impactbook.checks.heldweights import hold_weights
from impactbook.checks.personcounting import Conflicts, count_persons
from impactbook.checks.profile import Profile, profile_columns
from impactbook.checks.published import PublishedTables
from impactbook.checks.rawcolumns import taken_apart
from impactbook.checks.scan import closed, ordered
from impactbook.checks.suppression import merge_rare, publish
from impactbook.checks.tables import Axes, Place, Table, Tables, TableUnit

CONTINGENCY = "impactbook.contingency"
PUBLISHED = "impactbook.published_tables"

_FEW_TABLES = 8
"""Up to so many tables, margins included, are counted without looking up their levels first."""


@dataclass(frozen=True)
class Counting:
    """Which tables to count: over rows, over persons, and whose rows belong together.

    `person` names the column that tells persons apart; with it, row tables also carry the persons
    behind each cell. `known` are columns of which only known or missing is counted, so that no
    free text is ever grouped. Every margin of a listed table is counted too. `coarse` are tables
    over rows that feed one figure each: they are counted like `rows`, and published only with small
    levels put together (`suppression.publish`). `weight` names a column of weights to sum up in
    every cell. `profile` says how many levels each axis has, about: it decides what is counted
    together and changes no result. `only_known` are columns (free texts) of which only known or
    missing is counted wherever a table names them. `agreeing` are the axes on which the rows of one
    person should agree; who contradicts themselves is counted on the way. `beside` are tables that
    nobody asked for by name: where many of their cells are small they are not published, because
    protecting these would cost masks in the tables that were asked for.
    """

    rows: tuple[Axes, ...] = ()
    persons: tuple[Axes, ...] = ()
    known: tuple[str, ...] = ()
    person: str | None = None
    coarse: tuple[Axes, ...] = ()
    weight: str | None = None
    profile: Profile = field(default_factory=Profile)
    only_known: tuple[str, ...] = ()
    agreeing: tuple[str, ...] = ()
    beside: tuple[Axes, ...] = ()

    @property
    def axes(self) -> tuple[str, ...]:
        """All axes whose groups are counted."""
        listed = ordered((*self.rows, *self.persons, *self.coarse))
        return tuple(axis for axis in listed if axis not in self.only_known)

    def apart(self, counted: Tables) -> tuple[Tables, tuple[Table, ...]]:
        """The tables to show cell by cell, and those to show coarsened.

        A margin of a coarse table is shown when it is a single column or also asked for.
        """
        listed = (*self.rows, *((name,) for name in self.known))
        shown: set[tuple[TableUnit, frozenset[str]]] = {
            ("row", frozenset(axes)) for axes in closed(listed)
        }
        kept = [
            table
            for table in counted
            if table.unit == "person"
            or len(table.axes) <= 1
            or (table.unit, frozenset(table.axes)) in shown
        ]
        coarse = (counted.get("row", axes) for axes in dict.fromkeys(self.coarse))
        return Tables.of(*kept), tuple(table for table in coarse if table is not None)

    def kept_back(self, counted: Tables, limit: int) -> frozenset[Place]:
        """The tables `beside` in which over a third of the cells with somebody in are small."""
        asides = {frozenset(axes) for axes in self.beside}
        return frozenset(
            place
            for place, table in counted.tables.items()
            if place[1] in asides and _has_many_small(table, limit)
        )

    def as_json(self) -> dict[str, Any]:
        """The form in which it is an argument of a metric."""
        return {
            "rows": [list(axes) for axes in self.rows],
            "persons": [list(axes) for axes in self.persons],
            "known": list(self.known),
            "person": self.person,
            "coarse": [list(axes) for axes in self.coarse],
            "weight": self.weight,
            "profile": self.profile.as_json(),
            "only_known": list(self.only_known),
            "agreeing": list(self.agreeing),
            "beside": [list(axes) for axes in self.beside],
        }

    def as_text(self) -> str:
        """The same as one text, which is copied and compared in no time."""
        return json.dumps(self.as_json(), ensure_ascii=False)

    @classmethod
    def from_json(cls, given: Mapping[str, Any] | str) -> Counting:
        """Read what `as_json` or `as_text` wrote."""
        value = json.loads(given) if isinstance(given, str) else given
        return cls(
            rows=tuple(tuple(axes) for axes in value.get("rows", ())),
            persons=tuple(tuple(axes) for axes in value.get("persons", ())),
            known=tuple(value.get("known", ())),
            person=value.get("person"),
            coarse=tuple(tuple(axes) for axes in value.get("coarse", ())),
            weight=value.get("weight"),
            profile=Profile.from_json(value.get("profile", {})),
            only_known=tuple(value.get("only_known", ())),
            agreeing=tuple(value.get("agreeing", ())),
            beside=tuple(tuple(axes) for axes in value.get("beside", ())),
        )


@dataclass(frozen=True)
class CountedTables(Tables):
    """Tables with what was counted beside them: persons who contradict themselves on `agreeing`."""

    conflicts: Conflicts | None = None


def count_tables(engine: Any, selectable: Any, counting: Counting) -> Tables:
    """Count all tables of `counting` in one statement over the rows (`counting.count`).

    How many levels each axis has is looked up first where `counting.profile` does not tell and there
    is something to choose between.
    """

    def fetch(statement: Any) -> Sequence[Sequence[Any]]:
        return dialects.fetch(engine, statement)

    rows = closed((*counting.rows, *counting.coarse, *((name,) for name in counting.known)))
    persons = closed(counting.persons) if counting.persons and counting.person else ()
    grouped = {axis for axes in (*counting.rows, *counting.coarse, *persons) for axis in axes}
    view = taken_apart(selectable)
    profile = counting.profile
    if not profile.groups and len(rows) + len(persons) > _FEW_TABLES:
        asked = tuple(sorted(grouped - set(counting.only_known)))
        dialect = dialects.dialect_name(engine)
        profile = profile_columns(fetch, view, asked, dialect=dialect)
    wanted = Wanted(
        rows=rows,
        persons=persons,
        known=(frozenset(counting.known) - grouped) | frozenset(counting.only_known),
        person=counting.person,
        weight=counting.weight,
        tens=tens_of_weights(fetch, view, counting.weight),
        profile=profile,
        agreeing=counting.agreeing if persons else (),
    )
    sets = dialects.has_grouping_sets(engine)
    if wanted.person is None:
        return Tables.of(*count_rows(fetch, view, wanted, grouping_sets=sets))
    tables, conflicts = count_persons(fetch, view, wanted, grouping_sets=sets)
    return CountedTables(Tables.of(*tables).tables, conflicts if persons else None)


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
        return _counted(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: SparkDFExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Tables:
        return _counted(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _counted(engine: Any, domain: dict[str, Any], given: dict[str, Any]) -> Tables:
    counting = Counting.from_json(given["counting"])
    return count_tables(engine, dialects.selectable(engine, domain), counting)


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
        return _published(metric_value_kwargs, metrics[CONTINGENCY])

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: SparkDFExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> PublishedTables:
        return _published(metric_value_kwargs, metrics[CONTINGENCY])

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


def _published(given: dict[str, Any], counted: Tables) -> PublishedTables:
    limit = int(given["limit"])
    listed = {axis: frozenset(groups) for axis, groups in (given.get("listed") or {}).items()}
    counting = Counting.from_json(given["counting"])
    shown, coarse = counting.apart(merge_rare(counted, limit, listed))
    withheld = counting.kept_back(shown, limit)
    kept = [table for place, table in shown.tables.items() if place not in withheld]
    published = hold_weights(publish(Tables.of(*kept), limit, coarse))
    return replace(published, withdrawn=published.withdrawn | withheld)


def _has_many_small(table: Table, limit: int) -> bool:
    held = [table.people_in(key) for key, count in table.counts.items() if count]
    return 3 * sum(people < limit for people in held) > len(held)
