"""Contingency tables as they are counted, and how their cells are named.

An engine fills `Table`; nothing here is shown to anybody before `suppression.publish` made a
`published.PublishedTable` of it. Labels, predictions and splits are axes like any attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Literal, TypeAlias, TypeVar

Level: TypeAlias = str | None
Key: TypeAlias = tuple[Level, ...]
Axes: TypeAlias = tuple[str, ...]
TableUnit: TypeAlias = Literal["row", "person"]
Place: TypeAlias = tuple[TableUnit, frozenset[str]]
"""Where a table is found: what it counts, and its axes in any order."""

_T = TypeVar("_T")

MISSING: None = None
"""The level of a row or person without a value."""

CONFLICTING = "\x00conflicting"
"""The level of a person whose rows disagree on this axis; the person is counted once."""

OTHER_VALUES = "\x00other values"
"""The level that holds all values too rare to be named (`suppression.merge_rare`)."""

KNOWN = "\x00known"
"""The level "has some value" in a table that only tells known from missing."""

SENTINELS = frozenset({CONFLICTING, OTHER_VALUES, KNOWN})


def level_order(level: Level) -> tuple[int, str]:
    """A sort key for levels: values by code point, then our own levels, missing last.

    >>> sorted([None, "b", OTHER_VALUES, "a"], key=level_order) == ["a", "b", OTHER_VALUES, None]
    True
    """
    if level is None:
        return 2, ""
    return int(level in SENTINELS), level


def key_order(key: Key) -> tuple[tuple[int, str], ...]:
    """A sort key for cells: level by level."""
    return tuple(level_order(level) for level in key)


@dataclass(frozen=True)
class Table:
    """Counts by the levels of some axes; `axes=()` with the one key `()` is the grand total.

    `unit` says what `counts` counts. `people` gives the distinct persons behind each cell of a row
    table; without it every row is treated as a person. `weights` and `squares` are the sums of the
    declared weights and of their squares in each cell, in one unit of ours for all tables (a power
    of ten near the mean weight). Cells that are not listed are zero.

    >>> sex = Table(("sex",), "person", {("f",): 65, ("m",): 331, (None,): 1010})
    >>> sex.total, sex.count(("x",)), sex.levels("sex")
    (1406, 0, ('f', 'm', None))
    """

    axes: Axes
    unit: TableUnit
    counts: Mapping[Key, int]
    people: Mapping[Key, int] | None = None
    weights: Mapping[Key, float] | None = None
    squares: Mapping[Key, float] | None = None

    def __post_init__(self) -> None:
        if len(set(self.axes)) != len(self.axes):
            raise ValueError("an axis stands twice in one table")
        for counted in (self.counts, self.people or {}):
            for key, count in counted.items():
                if len(key) != len(self.axes) or count < 0:
                    raise ValueError("a cell does not fit its table's axes, or is negative")

    @property
    def total(self) -> int:
        """The sum over all cells."""
        return sum(self.counts.values())

    def count(self, key: Key) -> int:
        """What was counted in one cell; a cell that is not listed is zero."""
        return self.counts.get(key, 0)

    def people_in(self, key: Key) -> int:
        """How many persons stand behind one cell."""
        return (self.counts if self.people is None else self.people).get(key, 0)

    def levels(self, axis: str) -> tuple[Level, ...]:
        """The levels of one axis that some non-empty cell has, in `level_order`."""
        at = self.axes.index(axis)
        seen = {key[at] for key, count in self.counts.items() if count}
        return tuple(sorted(seen, key=level_order))

    def reordered(self, axes: Axes) -> Table:
        """The same table with its axes in another order."""
        if axes == self.axes:
            return self

        def turned(cells: Mapping[Key, _T] | None) -> dict[Key, _T] | None:
            return None if cells is None else reordered(cells, self.axes, axes)

        counts = reordered(self.counts, self.axes, axes)
        return Table(
            axes, self.unit, counts, turned(self.people), turned(self.weights), turned(self.squares)
        )

    def without(self, axis: str) -> Table:
        """The margin: this table summed over one axis.

        Persons behind rows do not add up (one person may stand behind several cells), so `people`
        becomes the largest cell's: a lower bound, which masks rather too much than too little.
        """
        at = self.axes.index(axis)
        axes = self.axes[:at] + self.axes[at + 1 :]
        return self.summed(axes, lambda key: key[:at] + key[at + 1 :])

    def summed(self, axes: Axes, place: Callable[[Key], Key]) -> Table:
        """Cells put together: each cell is added to the one that `place` names.

        Persons behind rows do not add up, so `people` becomes the largest cell's, as in `without`.
        """
        counts: dict[Key, int] = {}
        people: dict[Key, int] = {}
        for key, count in self.counts.items():
            to = place(key)
            counts[to] = counts.get(to, 0) + count
            people[to] = max(people.get(to, 0), self.people_in(key))
        return Table(
            axes,
            self.unit,
            counts,
            None if self.people is None else people,
            _summed(self.weights, place),
            _summed(self.squares, place),
        )


@dataclass(frozen=True)
class Tables:
    """All tables of one dataset before publication, found by unit and axes in any order."""

    tables: Mapping[Place, Table]

    @classmethod
    def of(cls, *tables: Table) -> Tables:
        """Collect tables; of two with the same unit and axes the later one stands."""
        return cls(
            MappingProxyType({(table.unit, frozenset(table.axes)): table for table in tables})
        )

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables.values())

    def get(self, unit: TableUnit, axes: Axes) -> Table | None:
        """The table with these axes, in this order, or None when it was not counted."""
        found = self.tables.get((unit, frozenset(axes)))
        return None if found is None else found.reordered(axes)

    def with_margins(self) -> Tables:
        """The same collection with every margin of every table, down to the grand total.

        Two published tables tell their common margins anyway; here these become tables of their
        own, so that suppression sees them. Tables that were counted are kept as they are.
        """
        found = dict(self.tables)
        largest_first = sorted(found.values(), key=lambda table: (-len(table.axes), table.axes))
        while largest_first:
            table = largest_first.pop(0)
            for axis in table.axes:
                margin = table.without(axis)
                place = (table.unit, frozenset(margin.axes))
                if place not in found:
                    found[place] = margin
                    largest_first.append(margin)
                    largest_first.sort(key=lambda other: (-len(other.axes), other.axes))
        return Tables(MappingProxyType(found))


def all_subsets(axes: Axes) -> tuple[Axes, ...]:
    """All margins' axes of a table, the grand total `()` first, the table itself last."""
    return tuple(names for size in range(len(axes) + 1) for names in combinations(axes, size))


def reordered(counts: Mapping[Key, _T], old: Axes, new: Axes) -> dict[Key, _T]:
    """Cells by keys whose levels stand in another order."""
    order = [old.index(axis) for axis in new]
    return {tuple(key[at] for at in order): count for key, count in counts.items()}


def _summed(
    sums: Mapping[Key, float] | None, place: Callable[[Key], Key]
) -> dict[Key, float] | None:
    if sums is None:
        return None
    found: dict[Key, float] = {}
    for key in sorted(sums, key=key_order):
        found[place(key)] = found.get(place(key), 0.0) + sums[key]
    return found
