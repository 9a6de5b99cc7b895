"""Counting persons: one row for each, and the distinct persons behind rows.

All of it is one statement over `seen`, one row per person and combination of raw values. Levels are
numbered there: whole numbers are compared and kept in a fraction of the time and memory of texts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from impactbook.checks.counting import (
    WEIGHT,
    Wanted,
    in_blocks,
    not_empty,
    tables_of,
    weights,
)
from impactbook.checks.cover import Cover, cover
from impactbook.checks.dialects import text_of
from impactbook.checks.distinct import DistinctPart
from impactbook.checks.groupedcolumns import GroupedColumns
from impactbook.checks.levelnumbers import LevelNumbers, look_up
from impactbook.checks.rawcolumns import Columns
from impactbook.checks.scan import Answer, Fetch, Part, ask, ordered
from impactbook.checks.tables import Axes, Key, Table

_SAMPLED_ROWS = 30_000
_MOSTLY_STEADY = 0.9
"""An axis is taken as varying when more than a tenth of the persons seen twice vary on it."""

_FEW_TABLES = 8
"""For so few tables it is not looked up which axes vary."""


@dataclass(frozen=True)
class Conflicts:
    """Persons whose rows disagree on some attribute; and with a blank counted as a value."""

    known: int
    with_blanks: int


def count_persons(
    fetch: Fetch, view: Columns, wanted: Wanted, *, grouping_sets: bool
) -> tuple[list[Table], Conflicts]:
    """Count tables over rows with the persons behind them, over persons, and who contradicts.

    A person's level on an axis is the only known value of their rows; rows that disagree make them
    `CONFLICTING`, and rows without a value say nothing. Rows without a person id are no person. The
    weight of a person is the mean over their rows.

    1. Rows add up over `seen`.
    2. One row per person tells the tables of persons, and who is steady: has one level in all rows,
       on every axis that does not vary for many persons anyway.
    3. A steady person stands in one cell of every table without a varying axis; in a table with
       some (a label, a split), in one cell for each combination of these that they have. So steady
       people add up, block by block.
    4. The others are counted distinctly, table by table.
    """
    names = ordered((*wanted.rows, *wanted.persons))
    grouped = GroupedColumns.of(view, wanted.profile, wanted.known, names)
    of_person = [name for name in names if view.raw(name) == view.raw(str(wanted.person))]
    numbered = grouped.without(of_person)
    numbers = look_up(fetch, numbered, wanted.read, grouping_sets=grouping_sets)
    plan = _Plan(view, wanted, grouped, numbers, names, _varying_axes(fetch, view, wanted))
    seen = plan.seen()
    in_rows = plan.cover(wanted.rows)
    in_persons = plan.cover((*wanted.persons, *plan.moved_by(frozenset())))
    persons = plan.persons(seen, in_persons.blocks)
    parts = [
        plan.part(seen, in_rows.blocks, plan.sums(seen, sa.func.sum(seen.c.n))),
        plan.part(persons, in_persons.blocks, plan.of_persons(persons)),
        plan.unsteady(seen, persons),
    ]
    moving = {
        varying: plan.cover(plan.moved_by(varying), plan.varying) for varying in plan.variations()
    }
    parts += [plan.steady(seen, persons, varying, one) for varying, one in moving.items()]
    rows, each, few, *moved = ask(fetch, parts, grouping_sets=grouping_sets)
    people = {axes: plan.people(few, axes) for axes in wanted.rows}
    still = {axes: in_persons.home[axes] for axes in plan.moved_by(frozenset())}
    for axes, cells in in_blocks(still, each, numbers.read_person, numbers.followed):
        people[axes] = _added(people[axes], cells.table(axes)["steady"])
    for answer, one in zip(moved, moving.values(), strict=True):
        for axes, cells in in_blocks(one.home, answer, numbers.read, numbers.followed):
            people[axes] = _added(people[axes], cells.table(axes)["people"])
    of_persons = {axes: in_persons.home[axes] for axes in wanted.persons}
    tables = [
        *(
            replace(table, people=people[table.axes])
            for table in tables_of("row", in_rows.home, rows, numbers.read, numbers.followed)
        ),
        *tables_of("person", of_persons, each, numbers.read_person, numbers.followed),
    ]
    return tables, _conflicts(each, in_persons, numbers)


@dataclass(frozen=True)
class _Plan:
    """The sources of the statement, and which tables are counted over which."""

    view: Columns
    wanted: Wanted
    grouped: GroupedColumns
    numbers: LevelNumbers
    names: Axes
    varying: frozenset[str]

    def variations(self) -> list[frozenset[str]]:
        """The combinations of varying axes that some table of rows has."""
        found = dict.fromkeys(self.varying.intersection(axes) for axes in self.wanted.rows)
        return [varying for varying in found if varying]

    def moved_by(self, varying: frozenset[str]) -> tuple[Axes, ...]:
        """The tables of rows that have just these varying axes."""
        rows = self.wanted.rows
        return tuple(axes for axes in rows if self.varying.intersection(axes) == varying)

    def cover(self, tables: Sequence[Axes], apart: Collection[str] = ()) -> Cover:
        """The blocks in which some tables are counted, once rows are put together.

        An axis that follows from another one is not counted beside it; from those `apart` it must
        not be taken.
        """

        def lead(axis: str) -> str:
            found = self.numbers.follows.get(axis, (axis, None))[0]
            return axis if found in apart else found

        led = {axes: tuple(dict.fromkeys(map(lead, axes))) for axes in tables}
        only_known = dict.fromkeys(self.wanted.known, 1)
        found = cover(led.values(), {**self.wanted.profile.groups, **only_known})
        return Cover(found.blocks, {axes: found.home[one] for axes, one in led.items()})

    def part(
        self, source: Any, sets: tuple[Axes, ...], measures: Mapping[str, sa.ColumnElement[Any]]
    ) -> Part:
        """A part of the statement; the columns of its source are numbers of levels, or texts."""
        return Part(source, self.names, sets, measures, self.kinds)

    @property
    def kinds(self) -> tuple[sa.types.TypeEngine[Any], ...]:
        """The types of the columns of levels."""
        return tuple(sa.Integer() if self.numbers.has(name) else sa.String() for name in self.names)

    def seen(self) -> Any:
        """One row per person and combination of levels, with how many rows it stands for."""
        who = str(self.wanted.person)
        raw = self.view.raw(who)
        words = self.numbers.words(self.grouped)
        texts = [self.grouped.column[name] for name in self.names if self._is_text(name)]
        by = {
            raw or "p": sa.column(raw) if raw else self.view.cell(who),
            **{f"impactbook word {place}": word for place, word in enumerate(words)},
            **{self.grouped.called(name): self.grouped.cell(name) for name in texts},
        }
        chosen = [cell.label(name) for name, cell in by.items()]
        weighed = weights(self.view, self.wanted)
        rows = sa.select(*chosen, *(one.label("impactbook w") for one in weighed))
        source = rows.select_from(self.view.source).subquery("r")
        counted = [sa.func.count().label("impactbook n")]
        if weighed:
            weight = source.c["impactbook w"]
            counted += [sa.func.sum(weight).label("impactbook w")]
            counted += [sa.func.sum(weight * weight).label("impactbook w2")]
        keys = [source.c[name] for name in by]
        together = sa.select(*keys, *counted).group_by(*keys).subquery("together")
        levels = [self._level(together, name).label(f"a{at}") for at, name in enumerate(self.names)]
        kept = [
            together.c[f"impactbook {one}"].label(one) for one in ("n", "w", "w2")[: len(counted)]
        ]
        person = self.view.cell(who) if raw else together.c.p
        return sa.select(person.label("p"), *levels, *kept).select_from(together).cte("seen")

    def _is_text(self, axis: str) -> bool:
        """Whether rows are put together by the text of an axis; those of the person need not be."""
        return not self.numbers.has(axis) and not self._is_of_person(axis)

    def _is_of_person(self, axis: str) -> bool:
        raw = self.view.raw(axis)
        return raw is not None and raw == self.view.raw(str(self.wanted.person))

    def _level(self, together: Any, axis: str) -> sa.ColumnElement[Any]:
        level: sa.ColumnElement[Any]
        if self.numbers.has(axis):
            place, number = self.numbers.place(axis)
            level = number(together.c[f"impactbook word {place}"])
        elif self._is_of_person(axis):
            level = self.grouped.level(axis, self.view.cell(axis))
        else:
            level = together.c[self.grouped.called(self.grouped.column[axis])]
        return level

    def persons(self, seen: Any, blocks: Sequence[Axes]) -> Any:
        """One row per person: levels (see `LevelNumbers.read_person`), and what their rows do."""
        used = ordered(blocks)
        levels = [
            self.numbers.agreed(name, self._column(seen, name)).label(self._column(seen, name).name)
            for name in used
        ]
        # An axis that follows from a fixed one is as steady as that.
        fixed = [
            name
            for name in ordered(self.wanted.rows)
            if name not in self.varying
            and self.numbers.follows.get(name, (name,))[0] in {name, *self.varying}
        ]
        differ = [_differ(self._column(seen, name)) for name in self.wanted.agreeing]
        partly = [_partly(self._column(seen, name)) for name in self.wanted.agreeing]
        unsteady = [
            sa.or_(_differ(column), _partly(column))
            for column in (self._column(seen, name) for name in fixed)
        ]
        flags: list[sa.Label[Any]] = [
            (1 - _flag(unsteady)).label("steady"),
            _flag(differ).label("conflicting"),
            _flag([*differ, *partly]).label("partly"),
        ]
        if self.wanted.weight is not None:
            mean = sa.cast(sa.func.sum(seen.c.w) / sa.func.sum(seen.c.n), WEIGHT)
            flags += [mean.label("w"), (mean * mean).label("w2")]
        known = sa.select(seen.c.p, *levels, *flags).where(seen.c.p.is_not(None))
        return known.group_by(seen.c.p).cte("persons")

    def of_persons(self, persons: Any) -> dict[str, sa.ColumnElement[Any]]:
        """What is measured over persons."""
        flags = ("steady", "conflicting", "partly")
        return {
            **self.sums(persons, sa.func.count()),
            **{name: sa.func.sum(persons.c[name]) for name in flags},
        }

    def unsteady(self, seen: Any, persons: Any) -> Part:
        """The people who are not steady, counted distinctly in every table of rows."""
        chosen = self._of(seen, persons, self.names, steady=0).subquery("unsteady")
        return DistinctPart(
            chosen, self.names, self.wanted.rows, {"people": chosen.c.p}, self.kinds
        )

    def steady(self, seen: Any, persons: Any, varying: frozenset[str], chosen: Cover) -> Part:
        """The steady people in tables with some varying axes: once for each level of these."""
        names = ordered(chosen.blocks)
        once = self._of(seen, persons, names, steady=1).distinct().subquery()
        return self.part(once, chosen.blocks, {"people": sa.func.count()})

    def _of(self, seen: Any, persons: Any, names: Axes, *, steady: int) -> sa.Select[Any]:
        levels = [self._column(seen, name) for name in names]
        joined = seen.join(persons, seen.c.p == persons.c.p)
        chosen = sa.select(seen.c.p, *levels).select_from(joined)
        return chosen.where(persons.c.steady == steady)

    def _column(self, seen: Any, name: str) -> sa.ColumnElement[Any]:
        column: sa.ColumnElement[Any] = seen.c[f"a{self.names.index(name)}"]
        return column

    def sums(self, source: Any, counted: sa.ColumnElement[Any]) -> dict[str, sa.ColumnElement[Any]]:
        """Counts, and sums of weights where there are any."""
        if self.wanted.weight is None:
            return {"n": counted}
        squares = sa.func.sum(source.c.w2)
        return {"n": counted, "weight": sa.func.sum(source.c.w), "square": squares}

    def people(self, answer: Answer, axes: Axes) -> dict[Key, int]:
        """The people counted distinctly in one table."""
        return not_empty(answer.cells(axes, self.numbers.read).table(axes)["people"])


def _differ(value: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.func.min(value) < sa.func.max(value)


def _partly(value: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether some rows have a value and others have none."""
    return sa.and_(sa.func.count(value) > 0, sa.func.count(value) < sa.func.count())


def _flag(conditions: Iterable[sa.ColumnElement[bool]]) -> sa.ColumnElement[int]:
    listed = list(conditions)
    no: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer)
    return sa.case((sa.or_(*listed), sa.literal_column("1")), else_=no) if listed else no


def _added(counts: Mapping[Key, int], more: Mapping[Key, int]) -> dict[Key, int]:
    return not_empty({key: counts.get(key, 0) + more.get(key, 0) for key in {**counts, **more}})


def _conflicts(answer: Answer, chosen: Cover, numbers: LevelNumbers) -> Conflicts:
    """The sums over all persons, from any block."""
    if not chosen.blocks:
        return Conflicts(0, 0)
    totals = answer.cells(chosen.blocks[0], numbers.read_person).table(())
    return Conflicts(*(int(totals[name].get((), 0)) for name in ("conflicting", "partly")))


def _varying_axes(fetch: Fetch, view: Columns, wanted: Wanted) -> frozenset[str]:
    """The axes on which persons vary from row to row, judged by the first rows.

    The answer decides how people are counted, not what comes out.
    """
    names = ordered(wanted.rows)
    if len(wanted.rows) <= _FEW_TABLES:
        return frozenset()
    who = view.cell(str(wanted.person))
    # The raw values that a level is made of do as well, and many axes are made of the same.
    made_of = {name: view.raw(name) or name for name in names}
    cells = {
        one: view.cell(name) if one == name else sa.column(one) for name, one in made_of.items()
    }
    levels = [text_of(cell).label(f"a{at}") for at, cell in enumerate(cells.values())]
    first = sa.select(who.label("p"), *levels).select_from(view.source)
    rows = first.where(who.is_not(None)).limit(_SAMPLED_ROWS).subquery("first_rows")
    changes = [
        _flag([_differ(column), _partly(column)]).label(f"c{at}")
        for at, column in enumerate(rows.c[f"a{place}"] for place in range(len(cells)))
    ]
    twice = sa.select(rows.c.p, *changes).group_by(rows.c.p).having(sa.func.count() > 1)
    persons = twice.subquery("persons_seen_twice")
    sums = [sa.func.sum(persons.c[f"c{place}"]) for place in range(len(cells))]
    answer = fetch(sa.select(sa.func.count(), *sums).select_from(persons))
    if not answer or not answer[0][0]:
        return frozenset()
    most = (1 - _MOSTLY_STEADY) * int(answer[0][0])
    vary = {one for one, n in zip(cells, answer[0][1:], strict=True) if int(n or 0) > most}
    return frozenset(name for name in names if made_of[name] in vary)
