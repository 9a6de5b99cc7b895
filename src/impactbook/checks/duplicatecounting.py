"""Counting what stands twice, in SQL of any engine: rows, texts, labels of one text, splits.

Each count comes with the distinct persons behind it; what of it may be told is decided in `figures`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from impactbook.checks import dialects
from impactbook.checks.figures.duplicates import LabelConflicts, Repeats, RepeatsBySplit
from impactbook.checks.figures.overlaps import SharedRows
from impactbook.checks.figures.quality import Counted
from impactbook.checks.near import NearTexts, Occurrence, near_texts

Column = sa.ColumnElement[Any]


def ways_of_comparing(text: str) -> dict[str, Column]:
    """How texts of a column are compared, from strict to loose: what is the same in each way.

    `exact`; `case_folded`: without regard to case and outer white space; `whitespace`: inner white
    space counts as one space as well.
    """
    column: Column = sa.column(text)
    spaced = dialects.replaced(column, f"[{dialects.BLANKS}]+", " ")
    return {
        "exact": column,
        "case_folded": dialects.folded(column),
        "whitespace": dialects.folded(spaced),
    }


@dataclass(frozen=True)
class _Rows:
    """Rows to compare: the keys that must be equal, and perhaps split and person."""

    engine: Any
    rows: sa.Subquery
    width: int
    has_split: bool
    has_person: bool

    @classmethod
    def of(
        cls,
        engine: Any,
        source: Any,
        keys: Sequence[Column],
        split: str | None,
        person: str | None,
    ) -> _Rows:
        chosen = [key.label(f"k{place}") for place, key in enumerate(keys)]
        if split is not None:
            chosen.append(sa.column(split).label("s"))
        if person is not None:
            chosen.append(sa.column(person).label("p"))
        query = sa.select(*chosen).select_from(source)
        if len(keys) == 1:
            # A missing text repeats nothing.
            query = query.where(keys[0].is_not(None))
        return cls(engine, query.subquery("r"), len(keys), split is not None, person is not None)

    def keys(self, of: Any = None) -> list[Column]:
        source = self.rows if of is None else of
        return [source.c[f"k{place}"] for place in range(self.width)]

    def kinds(self, *extra: Column, having: Column, by_split: bool = False) -> sa.Subquery:
        """The kinds of rows for which `having` holds."""
        group = [*self.keys(), *([self.rows.c.s] if by_split else [])]
        return sa.select(*group, *extra).group_by(*group).having(having).subquery("kinds")

    def people_of(self, kinds: sa.Subquery, by_split: bool = False) -> list[tuple[Any, ...]]:
        """The distinct persons behind the rows of some kinds (in each split)."""
        same = [
            mine.is_not_distinct_from(theirs)
            for mine, theirs in zip(self.keys(), self.keys(kinds), strict=True)
        ]
        if by_split:
            same.append(self.rows.c.s == kinds.c.s)
        persons = sa.func.count(sa.distinct(self.rows.c.p))
        query = sa.select(*([kinds.c.s] if by_split else []), persons)
        query = query.select_from(self.rows.join(kinds, sa.and_(*same)))
        return self.fetch(query.group_by(kinds.c.s) if by_split else query)

    def fetch(self, statement: sa.Executable) -> list[tuple[Any, ...]]:
        return dialects.fetch(self.engine, statement)


def count_repeats(
    engine: Any,
    source: Any,
    *,
    keys: Sequence[Column],
    split: str | None = None,
    person: str | None = None,
) -> RepeatsBySplit:
    """Rows of `source` with equal keys: in all rows and, with `split`, within each split.

    Rows where a single key (a text) is missing repeat nothing; a split that is missing is none.
    """
    rows = _Rows.of(engine, source, keys, split, person)
    whole = _repeats(rows)
    if split is None:
        return RepeatsBySplit(whole, {}, None if person is None else 0)
    names = [str(name) for (name,) in rows.fetch(sa.select(rows.rows.c.s).distinct()) if name]
    parts = _repeats_by_split(rows)
    nothing = Repeats(0, 0, None if person is None else 0)
    several = rows.kinds(having=sa.func.count(sa.distinct(rows.rows.c.s)) > 1)
    across = None if person is None else int(rows.people_of(several)[0][0] or 0)
    return RepeatsBySplit(whole, {name: parts.get(name, nothing) for name in sorted(names)}, across)


def _repeats(rows: _Rows) -> Repeats:
    kinds = rows.kinds(sa.func.count().label("n"), having=sa.func.count() > 1)
    ((extra, inside),) = rows.fetch(sa.select(sa.func.sum(kinds.c.n - 1), sa.func.sum(kinds.c.n)))
    people = int(rows.people_of(kinds)[0][0] or 0) if rows.has_person else None
    return Repeats(int(extra or 0), int(inside or 0), people)


def _repeats_by_split(rows: _Rows) -> dict[str, Repeats]:
    kinds = rows.kinds(sa.func.count().label("n"), having=sa.func.count() > 1, by_split=True)
    counted = sa.select(kinds.c.s, sa.func.sum(kinds.c.n - 1), sa.func.sum(kinds.c.n))
    answer = rows.fetch(counted.where(kinds.c.s.is_not(None)).group_by(kinds.c.s))
    people: Mapping[Any, Any] = {}
    if rows.has_person:
        people = {row[0]: row[1] for row in rows.people_of(kinds, by_split=True)}
    return {
        str(name): Repeats(
            int(extra), int(inside), int(people.get(name, 0)) if rows.has_person else None
        )
        for name, extra, inside in answer
    }


def count_shared(
    engine: Any, source: Any, *, key: Column, split: str, person: str | None
) -> tuple[SharedRows, ...]:
    """For each ordered pair of splits, the rows of the second whose key stands in the first too."""
    rows = _Rows.of(engine, source, [key], split, person).rows
    kept = sa.select(rows.c.s.label("s"), rows.c.k0.label("k")).distinct().subquery("kept")
    people = sa.func.count(sa.distinct(rows.c.p)) if person is not None else sa.null()
    query = (
        sa.select(kept.c.s, rows.c.s, sa.func.count(), people)
        .select_from(rows.join(kept, sa.and_(kept.c.k == rows.c.k0, kept.c.s != rows.c.s)))
        .group_by(kept.c.s, rows.c.s)
    )
    found = [
        SharedRows(str(row[0]), str(row[1]), int(row[2]), None if person is None else int(row[3]))
        for row in dialects.fetch(engine, query)
    ]
    return tuple(sorted(found, key=lambda one: (one.first, one.second)))


def count_label_conflicts(
    engine: Any, source: Any, *, key: Column, label: str, person: str | None
) -> LabelConflicts:
    """Distinct texts that occur with more than one label; a missing label says nothing."""
    chosen = [key.label("k"), sa.column(label).label("l")]
    if person is not None:
        chosen.append(sa.column(person).label("p"))
    query = sa.select(*chosen).select_from(source)
    rows = query.where(key.is_not(None), sa.column(label).is_not(None)).subquery("r")
    labels = sa.func.count(sa.distinct(rows.c.l))
    texts = sa.select(rows.c.k, labels.label("n")).group_by(rows.c.k).subquery("texts")
    torn = sa.func.sum(sa.case((texts.c.n > 1, 1), else_=0))
    ((conflicts, distinct),) = dialects.fetch(
        engine, sa.select(torn, sa.func.count()).select_from(texts)
    )
    if person is None:
        return LabelConflicts(Counted(int(conflicts or 0)), Counted(int(distinct)))
    behind = sa.select(
        sa.func.count(sa.distinct(sa.case((texts.c.n > 1, rows.c.p)))),
        sa.func.count(sa.distinct(rows.c.p)),
    ).select_from(rows.join(texts, texts.c.k == rows.c.k))
    ((torn_people, people),) = dialects.fetch(engine, behind)
    return LabelConflicts(
        Counted(int(conflicts or 0), int(torn_people or 0)),
        Counted(int(distinct), int(people or 0)),
    )


def find_near(
    engine: Any, source: Any, *, text: str, split: str | None, person: str | None, near: float
) -> NearTexts:
    """Texts that are nearly the same (`checks.near`), streamed out of the engine in batches."""

    def told(name: str | None) -> Column:
        return sa.null() if name is None else sa.column(name)

    column: Column = sa.column(text)
    query = sa.select(column, told(split), told(person)).select_from(source)

    def batches() -> Iterator[list[Occurrence]]:
        for batch in dialects.fetch_batches(engine, query.where(column.is_not(None))):
            yield [
                (str(row[0]), *(None if value is None else str(value) for value in row[1:3]))  # type: ignore[misc]
                for row in batch
            ]

    return near_texts(batches(), threshold=near, has_persons=person is not None)
