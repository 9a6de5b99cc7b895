"""Published tables as arrays of bounds: what every count may be, given all sums that are published.

A masked count is a range. The cells of a line add up to a cell of the margin, which narrows the
ranges of both; every count that fits all published sums stays inside. `patterns` searches here.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeAlias

from impactbook.checks.published import PublishedTables
from impactbook.checks.ranges import Range
from impactbook.checks.tables import CONFLICTING, MISSING, Axes, Level, TableUnit, level_order

if TYPE_CHECKING:
    import numpy as np

    Numbers: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_NO_GROUP = frozenset({MISSING, CONFLICTING})
_UNKNOWN = math.inf
_LARGEST_CODE = 2**62


@dataclass(frozen=True)
class Found:
    """The maximal uncovered patterns that fix the attributes `axes`.

    `places` gives for each of these attributes the numbers of the groups in `Space.levels`, one
    per pattern; `low` and `high` bound each pattern's coverage.
    """

    axes: Axes
    places: Mapping[str, Numbers]
    low: Numbers
    high: Numbers

    def __len__(self) -> int:
        return int(self.low.size)


Known: TypeAlias = dict[Axes, Mapping[tuple[Level, ...], int | None]]


def masked_ranges(
    tables: PublishedTables,
    axes: Sequence[str],
    *,
    unit: TableUnit,
    where: Mapping[str, Level] | None = None,
) -> dict[tuple[Level, ...], Range]:
    """What the table over `axes` and all its margins tell about each of its masked cells."""
    names = tuple(axes)
    known = known_tables(tables, names, unit, dict(where or {}))
    masked = [key for key, count in known.get(names, {}).items() if count is None]
    if not masked:
        return {}
    levels = {name: levels_of(known, name, ()) for name in names}
    space = Space.of(known, levels, threshold=1, impossible=())
    if names not in space.cells:
        return {key: Range(1, None) for key in masked}
    low, high = space.cells[names].bounds(space.codes(names, masked))
    return {
        key: Range(int(least), None if math.isinf(most) else int(most))
        for key, least, most in zip(masked, low, high, strict=True)
    }


def known_tables(
    tables: PublishedTables, names: Axes, unit: TableUnit, where: Mapping[str, Level]
) -> Known:
    """The published counts of every combination of attributes that has a table with all margins."""
    found: Known = {}
    for size in range(len(names) + 1):
        of_size: Known = {}
        for axes in combinations(names, size):
            if all(axes[:at] + axes[at + 1 :] in found for at in range(size)):
                table = tables.slice(unit, axes, where)
                if table is not None:
                    of_size[axes] = table.counts
        if not of_size:
            break
        found |= of_size
    return found


def levels_of(known: Known, name: str, further: Collection[str]) -> tuple[Level, ...]:
    """All levels of one attribute: those with a group first, then rows and persons without."""
    seen: set[Level] = {key[0] for key, count in known.get((name,), {}).items() if count != 0}
    for axes, counts in known.items():
        if name in axes and len(axes) > 1:
            at = axes.index(name)
            seen.update(key[at] for key, count in counts.items() if count != 0)
    grouped = sorted({*further, *(level for level in seen if level not in _NO_GROUP)},
                     key=level_order)  # fmt: skip
    return (*grouped, *sorted(seen & _NO_GROUP, key=level_order))


@dataclass
class Cells:
    """Counts of one combination of attributes: codes of the cells that are not surely empty.

    A code is the cell's place in the full cross of levels; `low` and `high` bound its count.
    """

    codes: Numbers
    low: Numbers
    high: Numbers

    def bounds(self, codes: Numbers) -> tuple[Numbers, Numbers]:
        """The bounds of cells by their codes; a cell that is not listed holds nobody."""
        import numpy as np

        if not self.codes.size:
            nobody = np.zeros(codes.shape)
            return nobody, nobody.copy()
        at = np.minimum(np.searchsorted(self.codes, codes), self.codes.size - 1)
        here = self.codes[at] == codes
        return np.where(here, self.low[at], 0.0), np.where(here, self.high[at], 0.0)

    def has_all(self, codes: Numbers) -> bool:
        """Whether cells with all these codes are listed."""
        import numpy as np

        return bool(codes.size and np.isin(codes, self.codes).all())


@dataclass
class Space:
    """All tables as arrays, with what their sums tell about masked cells."""

    levels: Mapping[str, tuple[Level, ...]]
    threshold: int
    impossible: tuple[Mapping[str, str], ...]
    cells: dict[Axes, Cells] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        known: Known,
        levels: Mapping[str, tuple[Level, ...]],
        threshold: int,
        impossible: Collection[Mapping[str, str]],
    ) -> Space:
        """Read the tables; what no integer can number is left out, and the search ends before."""
        space = cls(levels, threshold, tuple(one for one in impossible if one))
        for axes, counts in known.items():
            if math.prod(len(levels[name]) for name in axes) < _LARGEST_CODE:
                space.cells[axes] = space._as_arrays(axes, counts)
        if any((cells.low != cells.high).any() for cells in space.cells.values()):
            space._tighten()
        return space

    def groups_of(self, name: str) -> int:
        """How many levels of an attribute are groups; they have the first numbers."""
        return sum(1 for level in self.levels[name] if level not in _NO_GROUP)

    def _weights(self, axes: Axes) -> list[int]:
        """What one step along each axis adds to a code."""
        weights, step = [], 1
        for name in reversed(axes):
            weights.append(step)
            step *= len(self.levels[name])
        return weights[::-1]

    def codes(self, axes: Axes, keys: Sequence[tuple[Level, ...]]) -> Numbers:
        """The codes of some cells."""
        import numpy as np

        place = [{level: n for n, level in enumerate(self.levels[name])} for name in axes]
        steps = list(zip(self._weights(axes), place, strict=True))
        told = [
            sum(step * at[level] for (step, at), level in zip(steps, key, strict=True))
            for key in keys
        ]
        return np.array(told, dtype=np.int64)

    def _as_arrays(self, axes: Axes, counts: Mapping[tuple[Level, ...], int | None]) -> Cells:
        import numpy as np

        told = {key: count for key, count in counts.items() if count != 0}
        codes = self.codes(axes, list(told))
        low = np.array([1.0 if n is None else n for n in told.values()], dtype=float)
        high = np.array([_UNKNOWN if n is None else n for n in told.values()], dtype=float)
        order = np.argsort(codes)
        return Cells(codes[order], low[order], high[order])

    def _without(self, axes: Axes, codes: Numbers, at: int) -> Numbers:
        """The codes in the table without the axis at one place."""
        weights = self._weights(axes)
        size, step = len(self.levels[axes[at]]), weights[at]
        rest: Numbers = codes // (step * size) * step + codes % step
        return rest

    def _tighten(self, sweeps: int = 3) -> None:
        """Bound masked cells by the sums of their lines, and sums by their cells.

        For every table and axis the cells of a line add up to a cell of the margin, so
        cell <= margin - the least that the others hold, and so on. Each step keeps every count that
        fits all published sums; few sweeps suffice, more would only tighten further.
        """
        larger = sorted((axes for axes in self.cells if axes), key=len)
        for _ in range(sweeps):
            for axes in (*larger, *reversed(larger)):
                for at in range(len(axes)):
                    margin = axes[:at] + axes[at + 1 :]
                    if margin in self.cells:
                        self._tighten_lines(axes, at, self.cells[margin])

    def _tighten_lines(self, axes: Axes, at: int, margin: Cells) -> None:
        import numpy as np

        cells = self.cells[axes]
        rest = self._without(axes, cells.codes, at)
        if not margin.has_all(rest):
            return
        line, lines = np.searchsorted(margin.codes, rest), margin.codes.size
        endless = np.isinf(cells.high)
        told_high = np.where(endless, 0.0, cells.high)
        least, most = np.bincount(line, cells.low, lines), np.bincount(line, told_high, lines)
        without_end = np.bincount(line, endless, lines)
        summed = (np.bincount(line, minlength=lines) > 0) & (without_end == 0)
        margin.low = np.maximum(margin.low, least)
        margin.high = np.where(summed, np.minimum(margin.high, most), margin.high)
        others_endless = without_end[line] - endless > 0
        others_most = np.where(others_endless, _UNKNOWN, most[line] - told_high)
        others_least = least[line] - cells.low
        cells.high = np.minimum(cells.high, margin.high[line] - others_least)
        cells.low = np.maximum(cells.low, margin.low[line] - others_most)

    def candidates_in(self, axes: Axes) -> int:
        """How many patterns `_candidates` makes before it looks at all more general ones."""
        if not axes:
            return 1
        return int(self._maybe_covered(axes[:-1]).size) * self.groups_of(axes[-1])

    def _maybe_covered(self, axes: Axes) -> Numbers:
        """The codes of patterns that may be covered and consist of groups only."""
        cells = self.cells[axes]
        codes: Numbers = cells.codes[(cells.high >= self.threshold) & self._of_groups(axes)]
        return codes

    def _of_groups(self, axes: Axes) -> Numbers:
        import numpy as np

        inside = np.ones(self.cells[axes].codes.shape, dtype=bool)
        for name, number in self._numbers(axes, self.cells[axes].codes).items():
            inside &= number < self.groups_of(name)
        return inside

    def _numbers(self, axes: Axes, codes: Numbers) -> dict[str, Numbers]:
        """The number of the level on each axis."""
        steps = zip(axes, self._weights(axes), strict=True)
        return {name: codes // step % len(self.levels[name]) for name, step in steps}

    def _candidates(self, axes: Axes) -> Numbers:
        """Patterns that fix `axes`, none of whose more general ones is surely uncovered."""
        import numpy as np

        if not axes:
            return np.zeros(1, dtype=np.int64)
        heads = self._maybe_covered(axes[:-1])
        tails = np.arange(self.groups_of(axes[-1]), dtype=np.int64)
        codes: Numbers = (heads[:, None] * len(self.levels[axes[-1]]) + tails[None, :]).ravel()
        for at in range(len(axes) - 1):
            margin = self.cells[axes[:at] + axes[at + 1 :]]
            codes = codes[margin.bounds(self._without(axes, codes, at))[1] >= self.threshold]
        return codes[self._possible(axes, codes)]

    def _possible(self, axes: Axes, codes: Numbers) -> Numbers:
        """Which patterns are no special case of an impossible combination."""
        import numpy as np

        numbers = self._numbers(axes, codes)
        possible = np.ones(codes.shape, dtype=bool)
        for combination in self.impossible:
            if set(combination) <= set(axes):
                matched = np.ones(codes.shape, dtype=bool)
                for name, group in combination.items():
                    told = self.levels[name]
                    matched &= numbers[name] == (told.index(group) if group in told else -1)
                possible &= ~matched
        return possible

    def judged(self, axes: Axes) -> tuple[Found, int]:
        """The patterns that fix `axes` and surely are maximal uncovered; how many others may be."""
        import numpy as np

        codes = self._candidates(axes)
        low, high = self.cells[axes].bounds(codes)
        above = np.ones(codes.shape, dtype=bool)
        for at in range(len(axes)):
            margin = self.cells[axes[:at] + axes[at + 1 :]]
            above &= margin.bounds(self._without(axes, codes, at))[0] >= self.threshold
        surely = above & (high < self.threshold)
        maybe = int((~surely & (low < self.threshold)).sum())
        found = Found(axes, self._numbers(axes, codes[surely]), low[surely], high[surely])
        return found, maybe

    def uncovered(self, looked: Sequence[Axes]) -> tuple[int | None, int]:
        """How many of all patterns over these combinations are uncovered, and how many there are."""
        total = sum(math.prod(self.groups_of(name) for name in axes) for axes in looked)
        surely = maybe = 0
        for axes in looked:
            inside, cells = self._of_groups(axes), self.cells[axes]
            surely += int((inside & (cells.low >= self.threshold)).sum())
            maybe += int((inside & (cells.high >= self.threshold)).sum())
        return (total - surely if surely == maybe else None), total
