"""Contingency tables: as they are counted, and as they may be published.

An engine fills `Table`; `suppression.publish` turns `Tables` into `PublishedTables`, and every
figure is arithmetic on those alone. Labels, predictions and splits are axes like any attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from types import MappingProxyType
from typing import Literal, TypeAlias, TypeVar

from impactbook.checks.ranges import Range, range_of

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
            return None if cells is None else _reorder(cells, self.axes, axes)

        counts = _reorder(self.counts, self.axes, axes)
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


@dataclass(frozen=True)
class PublishedWeights:
    """Sums of weights (or of their squares) of the told cells, and of no others.

    There is no total: where a cell is masked, the total less the told cells would be its weight,
    and weights that are known beforehand would give its count.
    """

    cells: Mapping[Key, float]


@dataclass(frozen=True)
class PublishedTable:
    """A table as everybody may see it: None stands for a masked cell (1 or more, not told).

    `total` is the published sum over all cells, or None when that is masked too. Cells that are
    not listed are zero, and zeros are always told.

    >>> ages = PublishedTable(("age",), "person", {("60s",): 17, ("70s",): None, ("80s",): None}, 27)
    >>> ages.count(("70s",)) is None, ages.range([("70s",)])
    (True, Range(low=1, high=9))
    >>> ages.range([("70s",), ("80s",)]).exact
    10
    """

    axes: Axes
    unit: TableUnit
    counts: Mapping[Key, int | None]
    total: int | None
    weights: PublishedWeights | None = None
    squares: PublishedWeights | None = None

    def reordered(self, axes: Axes) -> PublishedTable:
        """The same table with its axes in another order."""
        if axes == self.axes:
            return self

        def turned(sums: PublishedWeights | None) -> PublishedWeights | None:
            if sums is None:
                return None
            return PublishedWeights(_reorder(sums.cells, self.axes, axes))

        counts = _reorder(self.counts, self.axes, axes)
        return PublishedTable(
            axes, self.unit, counts, self.total, turned(self.weights), turned(self.squares)
        )

    def count(self, key: Key) -> int | None:
        """The published count of one cell, or None when it is masked."""
        return self.counts.get(key, 0)

    @cached_property
    def masked(self) -> tuple[Key, ...]:
        """The masked cells, in `key_order` (never in the order of what they hide)."""
        return tuple(sorted((k for k, n in self.counts.items() if n is None), key=key_order))

    def levels(self, axis: str) -> tuple[Level, ...]:
        """The levels of one axis that some non-empty cell has (a masked cell is not empty)."""
        at = self.axes.index(axis)
        seen = {key[at] for key, count in self.counts.items() if count != 0}
        return tuple(sorted(seen, key=level_order))

    def cells(self) -> tuple[Key, ...]:
        """All cells of the full cross of levels, the empty ones too, in `key_order`."""
        return tuple(product(*(self.levels(axis) for axis in self.axes)))

    def range(self, keys: Collection[Key]) -> Range:
        """What the published cells and the total tell about the sum over `keys`."""
        return range_of(self.counts, self.total, self._hidden, self._told, keys)

    def weight(self, key: Key) -> float | None:
        """The sum of weights in one cell; None when it is masked or no weights were counted."""
        return self.weight_of([key])

    def weight_of(self, keys: Collection[Key]) -> float | None:
        """The sum of weights over cells; None when one is masked or no weights were counted."""
        return None if self.weights is None else self._adds_up(self.weights, keys)

    def effective(self, keys: Collection[Key]) -> float | None:
        """Kish's effective number over cells: (sum of w)^2 / sum of w^2 (Survey Sampling, 1965).

        It is never more than the number counted (Cauchy and Schwarz; sums are rounded). None when a
        cell is masked, no weights were counted, or all of them are zero.
        """
        if self.weights is None or self.squares is None:
            return None
        weight, square = self._adds_up(self.weights, keys), self._adds_up(self.squares, keys)
        if weight is None or not square:
            return None
        return min(weight**2 / square, float(self.range(keys).low))

    def _adds_up(self, sums: PublishedWeights, keys: Collection[Key]) -> float | None:
        """The sum over cells that are all told, with their weights."""
        inside = set(keys)
        held = any(self.counts.get(key) and key not in sums.cells for key in inside)
        return None if held or inside & self._hidden else _sum_of(sums.cells, inside)

    @cached_property
    def _hidden(self) -> frozenset[Key]:
        return frozenset(self.masked)

    @cached_property
    def _told(self) -> int:
        return sum(count or 0 for count in self.counts.values())


@dataclass(frozen=True)
class PublishedTables:
    """All published tables of one dataset, found by unit and axes in any order.

    `limit` is the suppression limit they were published with (1: nothing is masked). `coarsened`
    holds the tables that are only shown with small levels put together, `withdrawn` names those
    that were counted and are not shown at all.
    """

    limit: int
    tables: Mapping[Place, PublishedTable]
    coarsened: Mapping[Place, PublishedTable] = field(default_factory=dict)
    withdrawn: frozenset[Place] = frozenset()

    def __iter__(self) -> Iterator[PublishedTable]:
        return iter(self.tables.values())

    def get(self, unit: TableUnit, axes: Axes) -> PublishedTable | None:
        """The published table with these axes, in this order, or None when there is none."""
        found = self.tables.get((unit, frozenset(axes)))
        if found is None:
            return None
        return found.reordered(axes)

    def total(self, unit: TableUnit) -> int | None:
        """The published grand total of one unit; None when masked or not counted."""
        found = self.tables.get((unit, frozenset()))
        return None if found is None else found.count(())

    def slice(
        self, unit: TableUnit, axes: Axes, where: Mapping[str, Level] | None = None
    ) -> PublishedTable | None:
        """The published table over `axes` among those with the levels given in `where`.

        >>> from impactbook.checks.suppression import publish
        >>> counted = Tables.of(Table(("split", "sex"), "row", {("train", "f"): 9, ("test", "f"): 7}))
        >>> publish(counted, 5).slice("row", ("sex",), {"split": "train"}).counts
        {('f',): 9}
        """
        fixed = dict(where or {})
        names = tuple(fixed)
        whole = self.get(unit, names + axes)
        margin = self.get(unit, names)
        if whole is None or margin is None:
            return None
        wanted = tuple(fixed.values())
        counts = _below(whole.counts, wanted)

        def sliced(sums: PublishedWeights | None) -> PublishedWeights | None:
            return None if sums is None else PublishedWeights(_below(sums.cells, wanted))

        return PublishedTable(
            axes,
            unit,
            counts,
            margin.count(wanted),
            sliced(whole.weights),
            sliced(whole.squares),
        )

    def coarse(self, unit: TableUnit, axes: Axes) -> PublishedTable | None:
        """The coarsened table with these axes: no masked cell, small levels put together.

        Small and masked levels stand together under `OTHER_VALUES` until every cell that is not
        empty holds at least the limit. None when too little would be left to compare, or when no
        such table was asked for (`suppression.publish`).
        """
        found = self.coarsened.get((unit, frozenset(axes)))
        return None if found is None else found.reordered(axes)

    def is_withdrawn(self, unit: TableUnit, axes: Axes) -> bool:
        """Whether this table was counted and is kept back whole, to protect few people in it."""
        return (unit, frozenset(axes)) in self.withdrawn


def all_subsets(axes: Axes) -> tuple[Axes, ...]:
    """All margins' axes of a table, the grand total `()` first, the table itself last."""
    return tuple(names for size in range(len(axes) + 1) for names in combinations(axes, size))


def _reorder(counts: Mapping[Key, _T], old: Axes, new: Axes) -> dict[Key, _T]:
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


def _sum_of(sums: Mapping[Key, float], keys: Iterable[Key]) -> float:
    # In a fixed order: floating point sums depend on it.
    return sum(sums.get(key, 0.0) for key in sorted(keys, key=key_order))


def _below(cells: Mapping[Key, _T], first: Key) -> dict[Key, _T]:
    """The cells that begin with the levels `first`, without these."""
    width = len(first)
    return {key[width:]: value for key, value in cells.items() if key[:width] == first}
