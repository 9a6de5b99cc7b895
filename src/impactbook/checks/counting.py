"""Which statement counts which tables: rows in blocks, people behind rows, one row per person.

`count` plans one statement (`checks.scan`) for all tables of a suite, with as few groupings as
`checks.cover` finds, and sums its answer up to tables. Nothing is masked here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from impactbook.checks.cover import Cover, cover
from impactbook.checks.dialects import text_of
from impactbook.checks.profile import Profile
from impactbook.checks.rawcolumns import Columns
from impactbook.checks.scan import Answer, Fetch, Part, Shown, ask, ordered
from impactbook.checks.tables import CONFLICTING, KNOWN, Axes, Key, Level, Table, TableUnit

_WEIGHT: sa.Numeric[Decimal] = sa.Numeric(18, 6)
"""Sums of decimals are the same whatever the order in which an engine adds them."""

_SAMPLED_ROWS = 100_000
_MOSTLY_STEADY = 0.9
"""An axis is taken as varying when more than a tenth of the persons seen twice vary on it."""

_FEW_TABLES = 8
"""For so few tables it is not looked up which axes vary."""


@dataclass(frozen=True)
class Wanted:
    """What is to be counted: tables over rows and over persons, their margins included.

    Axes in `known` are only told as known or missing. `person` and `weight` name columns.
    """

    rows: tuple[Axes, ...]
    persons: tuple[Axes, ...] = ()
    known: frozenset[str] = frozenset()
    person: str | None = None
    weight: str | None = None
    profile: Profile = field(default_factory=Profile)

    def cover(self, tables: Sequence[Axes]) -> Cover:
        """The blocks in which some tables are counted."""
        return cover(tables, {**self.profile.groups, **dict.fromkeys(self.known, 1)})

    def read(self, axis: str, value: Any) -> Level:
        """A level as counted over rows; our own word for known stands for SQL's."""
        if value is None:
            return None
        return KNOWN if axis in self.known else str(value)

    def read_person(self, axis: str, value: Any) -> Level:
        """A level as counted over persons, see `_persons`."""
        if value is None or value == "!":
            return None if value is None else CONFLICTING
        return self.read(axis, value[1:])


def count(fetch: Fetch, view: Columns, wanted: Wanted, *, grouping_sets: bool) -> list[Table]:
    """Count all wanted tables over the rows of a view.

    A person's level on an axis is the only known value of their rows; rows that disagree make them
    `CONFLICTING`, and rows without a value say nothing. Rows without a person id are no person. The
    weight of a person is the mean over their rows.
    """
    if wanted.person is None:
        return _over_rows(fetch, view, wanted, grouping_sets)
    return _over_persons(fetch, view, wanted, grouping_sets)


# --- columns ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Grouped:
    """The columns that rows are grouped by: raw ones with few values, and axes that are not.

    `column` names the grouped column of each axis; several axes may be made of the same one.
    """

    view: Columns
    wanted: Wanted
    names: Axes
    column: Mapping[str, str]

    @classmethod
    def of(cls, view: Columns, wanted: Wanted, axes: Axes) -> _Grouped:
        """Choose the columns that some axes are made of."""
        column = {}
        for axis in axes:
            raw = view.raw(axis)
            late = raw is not None and raw in wanted.profile.raw
            column[axis] = f"raw {raw}" if late else f"axis {axis}"
        return cls(view, wanted, tuple(dict.fromkeys(column.values())), column)

    def columns_of(self, axes: Axes) -> Axes:
        """The grouped columns of a table."""
        return tuple(dict.fromkeys(self.column[axis] for axis in axes))

    def cover(self, tables: Sequence[Axes]) -> Cover:
        """The blocks of grouped columns in which some tables are counted."""
        profile = self.wanted.profile
        levels = {
            column: profile.raw[str(self.view.raw(axis))]
            if column.startswith("raw ")
            else 1
            if axis in self.wanted.known
            else profile.groups.get(axis, 1)
            for axis, column in self.column.items()
        }
        return cover([self.columns_of(axes) for axes in tables], levels)

    def selected(self) -> list[sa.Label[Any]]:
        """The grouped columns as `a0`, `a1`, ... to select from the view's source."""
        axis_of = {column: axis for axis, column in self.column.items()}
        found = []
        for place, name in enumerate(self.names):
            axis = axis_of[name]
            raw = name.startswith("raw ")
            told = (
                sa.column(str(self.view.raw(axis)))
                if raw
                else self._level(axis, self.view.cell(axis))
            )
            found.append(told.label(f"a{place}"))
        return found

    def shown(self, axes: Axes) -> Shown:
        """The levels of axes as expressions of the grouped columns."""
        called = {
            name: name.removeprefix("raw ") if name.startswith("raw ") else f"impactbook {name}"
            for name in self.names
        }
        outputs = []
        for axis in axes:
            name = self.column[axis]
            late = name.startswith("raw ")
            level: sa.ColumnElement[Any] = sa.column(called[name])
            if late:
                level = self._level(axis, self.view.cell(axis))
            outputs.append((axis, name, level))
        return Shown(tuple(outputs), called)

    def _level(self, axis: str, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """An axis as text, or only as known."""
        if axis in self.wanted.known:
            return sa.case((value.is_(None), None), else_=sa.literal_column("'known'"))
        return text_of(value)


# --- rows ---------------------------------------------------------------------------------------


def _over_rows(fetch: Fetch, view: Columns, wanted: Wanted, grouping_sets: bool) -> list[Table]:
    """Blocks of the rows; columns told as known only are counted beside them without grouping."""
    crossed = {axis for axes in wanted.rows if len(axes) > 1 for axis in axes}
    aside = [
        axes[0]
        for axes in wanted.rows
        if len(axes) == 1
        and axes[0] in wanted.known
        and axes[0] not in crossed
        and view.raw(axes[0]) not in wanted.profile.raw
    ]
    tables = tuple(axes for axes in wanted.rows if axes not in {(axis,) for axis in aside})
    grouped = _Grouped.of(view, wanted, ordered(tables))
    chosen = [*grouped.selected(), *_weights(view, wanted)] or [sa.literal_column("1").label("one")]
    rows = sa.select(*chosen).select_from(view.source).subquery("r")
    measures: dict[str, sa.ColumnElement[Any]] = {"n": sa.func.count()}
    if wanted.weight is not None:
        measures |= {"weight": sa.func.sum(rows.c.w), "square": sa.func.sum(rows.c.w * rows.c.w)}
    blocks = grouped.cover(tables)
    (answer,) = ask(
        fetch,
        [Part(rows, grouped.names, blocks.blocks, measures)],
        grouping_sets=grouping_sets,
        shown=grouped.shown(ordered(tables)),
    )
    home = {axes: blocks.home[grouped.columns_of(axes)] for axes in tables}
    found = _tables("row", home, answer, wanted.read)
    return [*found, *_known_aside(fetch, view, aside)]


def _known_aside(fetch: Fetch, view: Columns, names: Sequence[str]) -> list[Table]:
    """Known and missing values of each column: one pass without any grouping."""
    if not names:
        return []
    counted = [sa.func.count(view.cell(name)) for name in names]
    answer = fetch(sa.select(sa.func.count(), *counted).select_from(view.source))
    rows, *known = [int(value or 0) for value in answer[0]] if answer else [0] * (len(names) + 1)
    return [
        Table((name,), "row", _not_empty({(KNOWN,): count, (None,): rows - count}))
        for name, count in zip(names, known, strict=True)
    ]


# --- persons ------------------------------------------------------------------------------------


def _over_persons(fetch: Fetch, view: Columns, wanted: Wanted, grouping_sets: bool) -> list[Table]:
    """The plan, all in one statement over `seen`, one row per person and combination of levels.

    1. Rows add up over `seen`.
    2. One row per person tells the tables of persons, and who is steady: has one level in all rows,
       on every axis that does not vary for many persons anyway.
    3. A steady person stands in one cell of every table without a varying axis, so the people
       behind rows add up over them; the few others are counted apart, table by table.
    4. In tables with a varying axis (a label, a split) all people are counted so.
    """
    names = ordered((*wanted.rows, *wanted.persons))
    varying = _varying_axes(fetch, view, wanted)
    moving = tuple(axes for axes in wanted.rows if varying.intersection(axes))
    fixed = tuple(axes for axes in wanted.rows if axes not in moving)
    seen = _seen(view, names, wanted)
    persons = _persons(seen, names, fixed, wanted)
    unsteady = _of_unsteady(seen, persons, names)
    in_rows = wanted.cover(wanted.rows)
    in_persons = wanted.cover((*wanted.persons, *fixed))
    parts = [
        Part(seen, names, in_rows.blocks, _sums(seen, sa.func.sum(seen.c.n), wanted)),
        Part(
            persons,
            names,
            in_persons.blocks,
            {**_sums(persons, sa.func.count(), wanted), "steady": sa.func.sum(persons.c.steady)},
        ),
        Part(unsteady, names, fixed, {"people": sa.func.count(sa.distinct(unsteady.c.p))}),
        Part(seen, names, moving, {"people": sa.func.count(sa.distinct(seen.c.p))}),
    ]
    rows, each, few, all_in_moving = ask(fetch, parts, grouping_sets=grouping_sets)
    people = {
        axes: _people(answer, axes, wanted)
        for answer, listed in ((few, fixed), (all_in_moving, moving))
        for axes in listed
    }
    for axes, steady in _steady(each, in_persons, fixed, wanted):
        people[axes] = _added(people[axes], steady)
    of_persons = {axes: in_persons.home[axes] for axes in wanted.persons}
    return [
        *(
            replace(table, people=people[table.axes])
            for table in _tables("row", in_rows.home, rows, wanted.read)
        ),
        *_tables("person", of_persons, each, wanted.read_person),
    ]


def _seen(view: Columns, names: Axes, wanted: Wanted) -> Any:
    """One row per person and combination of levels, with how many rows it stands for.

    Rows are put together by raw columns with few values, then their levels are looked up; so two
    rows may tell the same levels.
    """
    grouped = _Grouped.of(view, wanted, names)
    who = view.cell(str(wanted.person)).label("p")
    rows = (
        sa.select(who, *grouped.selected(), *_weights(view, wanted))
        .select_from(view.source)
        .subquery("r")
    )
    by = [rows.c.p, *(rows.c[f"a{place}"] for place in range(len(grouped.names)))]
    counted = [sa.func.count().label("n")]
    if wanted.weight is not None:
        square = sa.func.sum(rows.c.w * rows.c.w).label("w2")
        counted += [sa.func.sum(rows.c.w).label("w"), square]
    together = sa.select(*by, *counted).group_by(*by).subquery("together")
    shown = grouped.shown(names)
    called = [
        together.c[f"a{place}"].label(shown.called[name])
        for place, name in enumerate(grouped.names)
    ]
    kept = ["p", *(str(column.name) for column in counted)]
    cells = sa.select(
        *called, *(together.c[name].label(f"impactbook {name}") for name in kept)
    ).subquery("cells")
    levels = [level.label(f"a{place}") for place, (_, _, level) in enumerate(shown.outputs)]
    return sa.select(*levels, *(cells.c[f"impactbook {name}"].label(name) for name in kept)).cte(
        "seen"
    )


def _persons(seen: Any, names: Axes, fixed: Sequence[Axes], wanted: Wanted) -> Any:
    """One row per person; per axis `=value`, `!` where rows disagree, NULL where none knows."""
    used, steady_on = ordered((*wanted.persons, *fixed)), ordered(fixed)
    chosen: list[sa.ColumnElement[Any]] = []
    for name in used:
        value = seen.c[f"a{names.index(name)}"]
        low, high = sa.func.min(value), sa.func.max(value)
        agreed = sa.literal_column("'='").op("||")(low)
        level = sa.case(
            (low.is_(None), None), (low == high, agreed), else_=sa.literal_column("'!'")
        )
        chosen.append(level.label(value.name))
    unsteady = [_changes(seen.c[f"a{names.index(name)}"]) for name in steady_on]
    steady = sa.case((sa.or_(*unsteady), 0), else_=1) if unsteady else sa.literal_column("1")
    chosen.append(steady.label("steady"))
    if wanted.weight is not None:
        mean = sa.cast(sa.func.sum(seen.c.w) / sa.func.sum(seen.c.n), _WEIGHT)
        chosen += [mean.label("w"), (mean * mean).label("w2")]
    known = sa.select(seen.c.p, *chosen).where(seen.c.p.is_not(None))
    return known.group_by(seen.c.p).cte("persons")


def _of_unsteady(seen: Any, persons: Any, names: Axes) -> Any:
    levels = [seen.c[f"a{place}"] for place in range(len(names))]
    joined = seen.join(persons, seen.c.p == persons.c.p)
    chosen = sa.select(seen.c.p, *levels).select_from(joined).where(persons.c.steady == 0)
    return chosen.subquery("unsteady")


def _changes(value: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether the rows of a group differ in a value; a missing one differs from a known one."""
    known, rows = sa.func.count(value), sa.func.count()
    return sa.or_(sa.func.min(value) < sa.func.max(value), sa.and_(known > 0, known < rows))


def _varying_axes(fetch: Fetch, view: Columns, wanted: Wanted) -> frozenset[str]:
    """The axes on which persons vary from row to row, judged by the first rows.

    The answer decides how people are counted, not what comes out.
    """
    names = ordered(wanted.rows)
    if len(wanted.rows) <= _FEW_TABLES:
        return frozenset(names)
    who = view.cell(str(wanted.person))
    levels = [text_of(view.cell(name)).label(f"a{place}") for place, name in enumerate(names)]
    first = sa.select(who.label("p"), *levels).select_from(view.source)
    rows = first.where(who.is_not(None)).limit(_SAMPLED_ROWS).subquery("first_rows")
    changes = [
        sa.case((_changes(rows.c[f"a{place}"]), 1), else_=0).label(f"c{place}")
        for place in range(len(names))
    ]
    twice = sa.select(rows.c.p, *changes).group_by(rows.c.p).having(sa.func.count() > 1)
    persons = twice.subquery("persons_seen_twice")
    sums = [sa.func.sum(persons.c[f"c{place}"]) for place in range(len(names))]
    answer = fetch(sa.select(sa.func.count(), *sums).select_from(persons))
    if not answer or not answer[0][0]:
        return frozenset()
    most = (1 - _MOSTLY_STEADY) * int(answer[0][0])
    return frozenset(
        name for name, vary in zip(names, answer[0][1:], strict=True) if int(vary or 0) > most
    )


def _people(answer: Answer, axes: Axes, wanted: Wanted) -> dict[Key, int]:
    return _not_empty(answer.cells(axes, wanted.read).table(axes)["people"])


def _steady(
    answer: Answer, chosen: Cover, fixed: Sequence[Axes], wanted: Wanted
) -> list[tuple[Axes, dict[Key, int]]]:
    """The steady persons in each cell of the tables without a varying axis."""
    listed = set(fixed)
    return [
        (axes, _not_empty(cells.table(axes)["steady"]))
        for block in chosen.blocks
        for cells in [answer.cells(block, wanted.read_person)]
        for axes in chosen.tables_in(block)
        if axes in listed
    ]


def _added(counts: Mapping[Key, int], more: Mapping[Key, int]) -> dict[Key, int]:
    return {key: counts.get(key, 0) + more.get(key, 0) for key in {**counts, **more}}


# --- both ---------------------------------------------------------------------------------------


def _weights(view: Columns, wanted: Wanted) -> list[sa.Label[Any]]:
    if wanted.weight is None:
        return []
    return [sa.cast(view.cell(wanted.weight), _WEIGHT).label("w")]


def _sums(
    source: Any, counted: sa.ColumnElement[Any], wanted: Wanted
) -> dict[str, sa.ColumnElement[Any]]:
    if wanted.weight is None:
        return {"n": counted}
    return {"n": counted, "weight": sa.func.sum(source.c.w), "square": sa.func.sum(source.c.w2)}


def _tables(
    unit: TableUnit,
    home: Mapping[Axes, Axes],
    answer: Answer,
    read: Callable[[str, Any], Level],
) -> list[Table]:
    """The tables, each summed up from its block; cells in which nothing was counted are left out."""
    tables = []
    for block in dict.fromkeys(home.values()):
        cells = answer.cells(block, read)
        for axes in (axes for axes, place in home.items() if place == block):
            sums = cells.table(axes)
            counts = _not_empty(sums["n"])
            weights = _decimal(sums.get("weight"), counts)
            squares = _decimal(sums.get("square"), counts)
            tables.append(Table(axes, unit, counts, None, weights, squares))
    return tables


def _decimal(sums: Mapping[Key, Any] | None, counts: Mapping[Key, int]) -> dict[Key, float] | None:
    return None if sums is None else {key: float(sums[key]) for key in counts}


def _not_empty(counts: Mapping[Key, Any]) -> dict[Key, int]:
    return {key: int(count) for key, count in counts.items() if count}
