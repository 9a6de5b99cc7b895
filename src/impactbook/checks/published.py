"""Contingency tables as they may be published: masked cells are told apart from empty ones.

`suppression.publish` turns counted `Tables` into `PublishedTables`, and every figure is arithmetic
on those alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TypeVar

from impactbook.checks.ranges import Range, range_of
from impactbook.checks.tables import (
    Axes,
    Key,
    Level,
    Place,
    TableUnit,
    key_order,
    level_order,
    reordered,
)

_T = TypeVar("_T")


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
            return PublishedWeights(reordered(sums.cells, self.axes, axes))

        counts = reordered(self.counts, self.axes, axes)
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
        >>> from impactbook.checks.tables import Table, Tables
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


def _sum_of(sums: Mapping[Key, float], keys: Iterable[Key]) -> float:
    # In a fixed order: floating point sums depend on it.
    return sum(sums.get(key, 0.0) for key in sorted(keys, key=key_order))


def _below(cells: Mapping[Key, _T], first: Key) -> dict[Key, _T]:
    """The cells that begin with the levels `first`, without these."""
    width = len(first)
    return {key[width:]: value for key, value in cells.items() if key[:width] == first}
