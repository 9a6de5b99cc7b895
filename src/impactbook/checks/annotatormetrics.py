"""The metric of who labelled what: items by how they were labelled, and what may be told of that.

Items, labels and annotators are put together inside the engine; no id of an item or of an annotator
leaves it. The metric publishes its own tables (`publish_annotations`), because items are counted
here, not rows. Importing this module registers it with Great Expectations.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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
from impactbook.checks.figures.annotators import (
    ALIKE,
    LABELLED,
    ONCE,
    TORN,
    PublishedAnnotations,
)
from impactbook.checks.figures.quality import Counted
from impactbook.checks.suppression import merge_rare, publish
from impactbook.checks.tables import CONFLICTING, Key, Level, Table, Tables

ANNOTATIONS = "impactbook.annotations"

MOST_LABELS = 200
"""With more different labels agreement is not computed: numbers need bands, texts are no labels."""

Column = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Annotations:
    """What was counted before publication; see `PublishedAnnotations` for the fields.

    `labels` are the labels that occur, in the order of the entries of each pattern; `too_many` says
    that there are more than `MOST_LABELS` of them, and no pattern was counted.
    """

    tables: Tables
    labels: tuple[str, ...]
    patterns: Mapping[tuple[int, ...], int]
    loads: tuple[int, ...]
    left_out: Counted
    too_many: bool = False


def count_annotations(
    engine: Any,
    source: Any,
    *,
    item: str,
    label: str,
    annotator: str,
    by: Sequence[str] = (),
    person: str | None = None,
) -> Annotations:
    """Count items by how they were labelled, over all and by group of each attribute of `by`.

    A label that an annotator gave to an item repeatedly counts once; two different ones of the same
    annotator both count, and differ. Rows without item, label or annotator are left out. An item's
    group is the only known value of its rows; rows that disagree make it `CONFLICTING`.
    """
    asked = _Asked(engine, source, item, label, annotator, person)
    labels = asked.labels()
    too_many = len(labels) > MOST_LABELS
    tables = [asked.table(None), *(asked.table(name) for name in by)]
    return Annotations(
        Tables.of(*tables),
        labels,
        {} if too_many else asked.patterns(labels),
        asked.loads(),
        asked.left_out(),
        too_many,
    )


@dataclass(frozen=True)
class _Asked:
    """The columns that annotations stand in, and the queries about them."""

    engine: Any
    source: Any
    item: str
    label: str
    annotator: str
    person: str | None

    def _complete(self) -> Column:
        return sa.and_(
            *(sa.column(name).is_not(None) for name in (self.item, self.label, self.annotator))
        )

    def _given(self) -> sa.Subquery:
        """Each label that an annotator gave to an item, once: `i`, `l`, `a`."""
        columns = (("i", self.item), ("l", self.label), ("a", self.annotator))
        chosen = [sa.cast(sa.column(name), sa.String).label(short) for short, name in columns]
        query = sa.select(*chosen).select_from(self.source).where(self._complete())
        return query.distinct().subquery("given")

    def labels(self) -> tuple[str, ...]:
        """The labels that occur, at most one more than `MOST_LABELS`."""
        given = self._given()
        found = dialects.fetch(self.engine, sa.select(given.c.l).distinct().limit(MOST_LABELS + 1))
        return tuple(sorted(str(row[0]) for row in found))

    def patterns(self, labels: Sequence[str]) -> dict[tuple[int, ...], int]:
        """How often an item was given each label -> how many such items."""
        given = self._given()
        counted = [
            sa.func.sum(sa.case((given.c.l == label, 1), else_=0)).label(f"c{place}")
            for place, label in enumerate(labels)
        ]
        if not counted:
            return {}
        items = sa.select(*counted).group_by(given.c.i).subquery("items")
        keys = list(items.c)
        answer = dialects.fetch(self.engine, sa.select(*keys, sa.func.count()).group_by(*keys))
        return {tuple(int(count) for count in row[:-1]): int(row[-1]) for row in answer}

    def loads(self) -> tuple[int, ...]:
        """How many labels each annotator gave, largest first, without saying who."""
        given = self._given()
        each = sa.select(given.c.a, sa.func.count().label("n")).group_by(given.c.a).subquery("each")
        query = sa.select(each.c.n, sa.func.count()).group_by(each.c.n)
        found = [(int(n), int(who)) for n, who in dialects.fetch(self.engine, query)]
        return tuple(n for n, who in sorted(found, reverse=True) for _ in range(who))

    def left_out(self) -> Counted:
        """Rows without item, label or annotator."""
        counted: list[Column] = [sa.func.count()]
        if self.person is not None:
            counted.append(sa.func.count(sa.distinct(sa.column(self.person))))
        query = sa.select(*counted).select_from(self.source).where(sa.not_(self._complete()))
        ((rows, *people),) = dialects.fetch(self.engine, query)
        return Counted(int(rows), int(people[0]) if people else None)

    def table(self, by: str | None) -> Table:
        """Items by how they were labelled, and by group; with the persons behind them."""
        given = self._given()
        labels = sa.func.count(sa.distinct(given.c.l))
        how = sa.case((sa.func.count() == 1, ONCE), (labels == 1, ALIKE), else_=TORN)
        told = sa.select(given.c.i, how.label("how")).group_by(given.c.i).subquery("told")
        names = [(short, name) for short, name in (("g", by), ("p", self.person)) if name]
        columns = [sa.cast(sa.column(name), sa.String).label(short) for short, name in names]
        key: Column = sa.cast(sa.column(self.item), sa.String).label("i")
        rows = sa.select(key, *columns).select_from(self.source).where(self._complete())
        listed = rows.subquery("listed")
        ends = []
        for short, _ in names:
            ends.append(sa.func.min(listed.c[short]).label(f"{short}0"))
            ends.append(sa.func.max(listed.c[short]).label(f"{short}1"))
        items = sa.select(listed.c.i, *ends).group_by(listed.c.i).subquery("items")
        keys = [told.c.how, *([items.c.g0, items.c.g1] if by else [])]
        counted: list[Column] = [sa.func.count()]
        if self.person is not None:
            counted.append(sa.func.count(sa.distinct(items.c.p0)))
        joined = told.join(items, items.c.i == told.c.i)
        answer = dialects.fetch(
            self.engine, sa.select(*keys, *counted).select_from(joined).group_by(*keys)
        )
        return self._table(answer, by)

    def _table(self, answer: Sequence[Sequence[Any]], by: str | None) -> Table:
        counts: dict[Key, int] = {}
        people: dict[Key, int] = {}
        for row in answer:
            key: Key = (str(row[0]),)
            if by is not None:
                key = (_level(row[1], row[2]), *key)
            rest = row[len(key) if by is None else 3 :]
            counts[key] = counts.get(key, 0) + int(rest[0])
            if self.person is not None:
                # A sum over pairs of ends that disagree; persons may overlap, so the largest.
                people[key] = max(people.get(key, 0), int(rest[1]))
        axes = (LABELLED,) if by is None else (by, LABELLED)
        return Table(axes, "row", counts, people if self.person is not None else None)


def _level(low: Any, high: Any) -> Level:
    if low is None:
        return None
    return str(low) if low == high else CONFLICTING


def publish_annotations(
    found: Annotations, limit: int, listed: Mapping[str, Collection[str]]
) -> PublishedAnnotations:
    """What may be told: tables with small counts masked, and the rest where they allow it.

    How often items were given each label is told (for agreement) only where the items that agree
    and the items that differ are both told, and where no label was given to fewer than `limit`
    items: else their number could be computed back. Who labelled how much is told only of at least `limit`
    annotators; that there is one alone is told, because nothing can be measured then.
    """
    named = {**listed, LABELLED: (ONCE, ALIKE, TORN)}
    items = publish(merge_rare(found.tables, limit, named), limit)
    table = items.get("row", (LABELLED,))
    told = table is not None and None not in (table.count((ALIKE,)), table.count((TORN,)))
    rare = any(
        0 < sum(items for pattern, items in found.patterns.items() if pattern[place]) < limit
        for place in range(len(found.labels))
    )
    annotators = Counted(len(found.loads)).published(limit)
    return PublishedAnnotations(
        items=items,
        labels=found.labels,
        patterns=found.patterns if told and not rare and not found.too_many else None,
        annotators=annotators,
        loads=None if annotators is None else found.loads,
        left_out=found.left_out.published(limit),
        too_many_labels=found.too_many,
        alone=len(found.loads) == 1,
    )


class AnnotationsOfItems(TableMetricProvider):
    """How items of `item` were labelled by annotators: `PublishedAnnotations`, or None without one."""

    metric_name = ANNOTATIONS
    value_keys = ("item", "label", "annotator", "by", "person", "limit", "listed")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> PublishedAnnotations | None:
        return _annotations(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> PublishedAnnotations | None:
        return _annotations(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _annotations(
    engine: Any, domain: dict[str, Any], given: Mapping[str, Any]
) -> PublishedAnnotations | None:
    if given["annotator"] is None:
        return None
    found = count_annotations(
        engine,
        dialects.selectable(engine, domain),
        item=given["item"],
        label=given["label"],
        annotator=given["annotator"],
        by=given["by"],
        person=given["person"],
    )
    return publish_annotations(found, int(given["limit"]), given["listed"] or {})
