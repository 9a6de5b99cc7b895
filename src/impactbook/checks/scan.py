"""One statement that groups rows by many sets of columns at once, and how to read its answer.

Each `Part` groups one source by some sets of axes; all parts are one statement, so that an engine
reads the rows once. Statements are SQLAlchemy Core: grouping sets where the dialect has them, else
one grouped select per set. What is asked stands in `checks.counting`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import sqlalchemy as sa

from impactbook.checks.cover import BlockCells
from impactbook.checks.tables import Axes, Key, Level, all_subsets

Fetch: TypeAlias = Callable[[Any], Sequence[Sequence[Any]]]
"""Runs a statement and returns all its rows."""

_BITS = 30
"""So many axes share one number that tells which of them are grouped away (PostgreSQL's `grouping`
has 32 bits)."""


def closed(tables: Iterable[Axes]) -> tuple[Axes, ...]:
    """All margins of all tables, axes in one fixed order, without repetition.

    >>> closed([("b", "a"), ("a",)])
    ((), ('b',), ('a',), ('b', 'a'))
    """
    listed = [(), *tables]
    place = {axis: at for at, axis in enumerate(ordered(listed))}
    found: dict[Axes, None] = {}
    for axes in listed:
        for margin in all_subsets(tuple(sorted(axes, key=place.__getitem__))):
            found[margin] = None
    return tuple(sorted(found, key=lambda axes: (len(axes), [place[axis] for axis in axes])))


def ordered(tables: Iterable[Axes]) -> tuple[str, ...]:
    """The axes of some tables in the order of their first mention.

    >>> ordered([("b", "a"), ("a", "c")])
    ('b', 'a', 'c')
    """
    return tuple(dict.fromkeys(axis for axes in tables for axis in axes))


@dataclass(frozen=True)
class Part:
    """One grouped select: by which sets of columns, over which source, and what is measured in each.

    The column at place i of `names` is called `a<i>` in the source. `kinds` are the types of the
    columns; text, unless told.
    """

    source: Any
    names: Axes
    sets: tuple[Axes, ...]
    measures: Mapping[str, sa.ColumnElement[Any]]
    kinds: tuple[sa.types.TypeEngine[Any], ...] = ()

    def selects(self, grouping_sets: bool) -> list[sa.Select[Any]]:
        """The part as selects of the same columns: masks of axes, levels, measures."""
        used = {self.names.index(axis) for axis in ordered(self.sets)}
        if not grouping_sets or not used:
            return [self._one_set(axes) for axes in self.sets]
        sets = [sa.tuple_(*self._columns(axes)) for axes in self.sets]
        masks = [self._masked(number, used) for number in range(_masks(len(self.names)))]
        return [self._select(masks, used).group_by(sa.func.grouping_sets(*sets))]

    def _one_set(self, axes: Axes) -> sa.Select[Any]:
        used = {self.names.index(axis) for axis in axes}
        masks = [number_in_sql(mask) for mask in masks_of(used, len(self.names))]
        query = self._select(masks, used)
        return query.group_by(*self._columns(axes)) if axes else query

    def _masked(self, number: int, used: set[int]) -> sa.ColumnElement[Any]:
        """Mask `number` as the engine tells it, set by set."""
        bits = [
            sa.func.grouping(self.source.c[f"a{place}"]) * number_in_sql(bit)
            if place in used
            else number_in_sql(bit)
            for place, bit in _bits_of(number, len(self.names))
        ]
        return sum(bits, start=number_in_sql(0))

    def _columns(self, axes: Axes) -> list[sa.ColumnElement[Any]]:
        return [self.source.c[f"a{self.names.index(axis)}"] for axis in axes]

    def _select(self, masks: Sequence[sa.ColumnElement[Any]], used: set[int]) -> sa.Select[Any]:
        kinds = self.kinds or (sa.String(),) * len(self.names)
        levels = [
            (
                self.source.c[f"a{place}"] if place in used else sa.cast(sa.null(), kinds[place])
            ).label(f"l{place}")
            for place in range(len(self.names))
        ]
        named = [mask.label(f"g{number}") for number, mask in enumerate(masks)]
        measured = [one.label(f"m{at}") for at, one in enumerate(self.measures.values())]
        return sa.select(*named, *levels, *measured).select_from(self.source)


@dataclass(frozen=True)
class Shown:
    """What is shown of the grouped columns: for each output its name, its column, its expression.

    `called` says under which names the expressions know the grouped columns.
    """

    outputs: tuple[tuple[str, str, sa.ColumnElement[Any]], ...]
    called: Mapping[str, str]

    @classmethod
    def plain(cls, names: Axes) -> Shown:
        """The grouped columns themselves."""
        return cls(tuple((name, name, sa.null()) for name in names), {})


@dataclass(frozen=True)
class Answer:
    """The counted cells of one part: for each set of columns, levels and measures of every cell."""

    measures: tuple[str, ...]
    axes: Mapping[Axes, Axes]
    found: Mapping[Axes, list[tuple[Key, tuple[Any, ...]]]]

    def cells(self, block: Axes, read: Callable[[str, Any], Level]) -> BlockCells:
        """The cells of one set; `read(axis, value)` says which level a value stands for."""
        found, axes = self.found[block], self.axes[block]
        columns = []
        for place, axis in enumerate(axes):
            values = [key[place] for key, _ in found]
            level = {value: read(axis, value) for value in dict.fromkeys(values)}
            columns.append([level[value] for value in values])
        return BlockCells(
            axes,
            list(zip(*columns, strict=True)) if columns else [()] * len(found),
            {
                name: [_number(measured[place]) for _, measured in found]
                for place, name in enumerate(self.measures)
            },
        )


def ask(
    fetch: Fetch, parts: Sequence[Part], *, grouping_sets: bool, shown: Shown | None = None
) -> list[Answer]:
    """Run all parts, which share their `names`, as one statement and take its answer apart.

    With `shown`, expressions are looked up once per cell instead of once per row.
    """
    names, width = parts[0].names, max(len(part.measures) for part in parts)
    selects = [
        query.add_columns(
            *(number_in_sql(0).label(f"m{at}") for at in range(len(part.measures), width)),
            number_in_sql(number).label("part"),
        )
        for number, part in enumerate(parts)
        for query in part.selects(grouping_sets)
    ]
    statement = selects[0] if len(selects) == 1 else sa.union_all(*selects)
    if shown is None:
        shown = Shown.plain(names)
    else:
        statement = _looked_up(statement, names, shown)
    readers = [_Reader(names, part.sets, shown) for part in parts]
    answers = [
        Answer(tuple(part.measures), reader.axes, {axes: [] for axes in part.sets})
        for part, reader in zip(parts, readers, strict=True)
    ]
    for row in fetch(statement):
        number = int(row[-1])
        block, key, measured = readers[number].take_apart(row)
        answers[number].found[block].append((key, measured))
    return answers


def _looked_up(statement: Any, names: Axes, shown: Shown) -> sa.Select[Any]:
    """The same rows with expressions of the grouped columns in place of these."""
    grouped = statement.subquery("grouped")
    columns = list(grouped.c)
    first = _masks(len(names))
    masks, levels, rest = (
        columns[:first],
        columns[first : first + len(names)],
        columns[first + len(names) :],
    )
    named = [level.label(shown.called[name]) for name, level in zip(names, levels, strict=True)]
    kept = [column.label(f"impactbook {at}") for at, column in enumerate((*masks, *rest))]
    cells = sa.select(*kept[:first], *named, *kept[first:]).subquery("cells")
    inner = list(cells.c)
    return sa.select(
        *inner[:first],
        *(expression for _, _, expression in shown.outputs),
        *inner[first + len(names) :],
    ).select_from(cells)


class _Reader:
    """Finds the set of columns that a row of the answer belongs to: a mask has a bit per column."""

    def __init__(self, names: Axes, sets: Iterable[Axes], shown: Shown) -> None:
        self._first = _masks(len(names))
        self._rest = self._first + len(shown.outputs)
        self._sets: dict[tuple[int, ...], tuple[Axes, list[int]]] = {}
        self.axes: dict[Axes, Axes] = {}
        for block in sets:
            held = [place for place, (_, column, _) in enumerate(shown.outputs) if column in block]
            mask = masks_of({names.index(name) for name in block}, len(names))
            self._sets[mask] = block, [self._first + place for place in held]
            self.axes[block] = tuple(shown.outputs[place][0] for place in held)

    def take_apart(self, row: Sequence[Any]) -> tuple[Axes, Key, tuple[Any, ...]]:
        """The set of columns, the levels, and the measures of one row."""
        block, places = self._sets[tuple(int(mask) for mask in row[: self._first])]
        return block, tuple(row[place] for place in places), tuple(row[self._rest :])


def _masks(axes: int) -> int:
    return max(1, -(-axes // _BITS))


def _bits_of(number: int, axes: int) -> list[tuple[int, int]]:
    """The places of the axes that mask `number` tells of, each with its bit."""
    first = number * _BITS
    return [(place, 1 << (place - first)) for place in range(first, min(first + _BITS, axes))]


def masks_of(used: set[int], axes: int) -> tuple[int, ...]:
    """The masks of a set of axes, given by their places: a bit is set where one is grouped away."""
    return tuple(
        sum(bit for place, bit in _bits_of(number, axes) if place not in used)
        for number in range(_masks(axes))
    )


def number_in_sql(number: int) -> sa.ColumnElement[int]:
    """A whole number as a literal, which needs no parameter."""
    return sa.literal_column(str(number), sa.Integer)


def _number(value: Any) -> int | Decimal:
    """A count as a whole number, a sum of weights as an exact decimal; nothing counted is zero."""
    if isinstance(value, int):
        return value
    exact = Decimal(0) if value is None else Decimal(str(value))
    return int(exact) if exact == exact.to_integral_value() else exact
