"""Bounds from three tables that meet in a circle, where the circle is too large for a program.

Of three columns whose three tables are all published, the attacker bounds every cell of their
unpublished crossing: it holds at most what is left in each of the three lines it stands in, and at
least what the others leave over (the shuttle algorithm; Buzzigoli and Giusti 1999; Dobra and
Fienberg 2000). So a city that tells its country gives away what one of the two tables masks. Used
by `Masking.audit` for circles that `linked` does not hold whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from impactbook.checks.published import PublishedTable
from impactbook.checks.tables import OTHER_VALUES, Level, Table, TableUnit

if TYPE_CHECKING:
    from impactbook.checks.masking import Masking

Numbers: TypeAlias = NDArray[np.float64]
Cells: TypeAlias = NDArray[np.int64]

_SWEEPS = 12
"""How often the bounds are passed on at most; they only become wider by stopping early."""

_CELLS = 4_000_000
"""So many cells of crossings in all are bounded; circles beyond are left out."""


@dataclass
class Face:
    """The published table of two columns: bounds of its cells, and how levels stand in it.

    `cells` are the numbers of the published cells (-1: nobody, or a coarse table). `first` and
    `second` put levels of a column (across) into lines of this table (down). `narrowed` names, by
    its place among all columns, the third one that narrowed a cell last (-1: none).
    """

    axes: tuple[str, str]
    cells: Cells
    low: Numbers
    high: Numbers
    narrowed: Cells
    first: Numbers
    second: Numbers

    def turned(self, axes: tuple[str, str]) -> Face:
        """The same table with its columns in this order; its bounds stay the same objects."""
        if axes == self.axes:
            return self
        cells, low, high, narrowed = self.cells.T, self.low.T, self.high.T, self.narrowed.T
        return Face(axes, cells, low, high, narrowed, self.second, self.first)

    def sums(self, inside: Numbers) -> Numbers:
        """What the cells of the columns' full crossing add up to in the cells of this table."""
        found: Numbers = self.first @ inside @ self.second.T
        return found

    def spread(self, cells: Numbers) -> Numbers:
        """The cell of this table that each cell of the full crossing belongs to."""
        found: Numbers = self.first.T @ cells @ self.second
        return found


@dataclass
class Circles:
    """All two-way tables of one unit, and what they say about each other's masked cells.

    `resigned` asks what would be left if every cell where columns meet were masked.
    """

    state: Masking
    unit: TableUnit
    resigned: bool = False
    levels: dict[str, tuple[Level, ...]] = field(default_factory=dict)
    single: dict[str, Cells] = field(default_factory=dict)
    faces: dict[frozenset[str], Face] = field(default_factory=dict)
    circles: list[tuple[str, str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, state: Masking, unit: TableUnit, *, resigned: bool = False) -> Circles:
        """Find the circles among the tables, and bound all cells of these."""
        found = cls(state, unit, resigned)
        tables = sorted(state.closed, key=lambda table: table.axes)
        for table in tables:
            if table.unit == unit and len(table.axes) == 1:
                (axis,) = table.axes
                found.levels[axis] = table.levels(axis)
                names = [(unit, frozenset(((axis, level),))) for level in found.levels[axis]]
                found.single[axis] = np.array([state.index[name] for name in names], dtype=np.int64)
        for table in tables:
            if table.unit == unit and len(table.axes) == 2:
                found.faces[frozenset(table.axes)] = found._plain(table)
        for merged in state.coarse:
            if merged.unit == unit and frozenset(merged.axes) not in found.faces:
                found.faces[frozenset(merged.axes)] = found._coarse(merged)
        spent = 0
        for three in combinations(sorted(found.levels), 3):
            spent += int(np.prod([len(found.levels[axis]) for axis in three]))
            pairs = combinations(three, 2)
            if spent <= _CELLS and all(frozenset(pair) in found.faces for pair in pairs):
                found.circles.append(three)
        found._bound()
        return found

    # --- what is published ---

    def _bounds_of(self, cells: Cells, *, told: bool) -> tuple[Numbers, Numbers]:
        """The least and greatest count of cells: their own, or one and more where masked."""
        counts = np.array(self.state.counts, dtype=float)
        hidden = np.full(len(counts), not told)
        hidden[list(self.state.masked)] = True
        here = np.where(cells >= 0, counts[cells], 0.0)
        masked = (cells >= 0) & hidden[cells]
        # No attacker knows an upper bound; this one is far above everything that matters.
        return np.where(masked, 1.0, here), np.where(masked, 4.0 * counts.max() + 100.0, here)

    def _plain(self, table: Table) -> Face:
        first, second = table.axes

        def number(a: Level, b: Level) -> int:
            return self.state.index.get((self.unit, frozenset(((first, a), (second, b)))), -1)

        shape = len(self.levels[first]), len(self.levels[second])
        numbers = [number(a, b) for a in self.levels[first] for b in self.levels[second]]
        cells = np.array(numbers, dtype=np.int64).reshape(shape)
        low, high = self._bounds_of(cells, told=not self.resigned)
        none = np.full(shape, -1, dtype=np.int64)
        return Face((first, second), cells, low, high, none, np.eye(shape[0]), np.eye(shape[1]))

    def _coarse(self, table: PublishedTable) -> Face:
        lines = [table.levels(axis) for axis in table.axes]
        first, second = (
            np.array([[float(_holds(line, level, here)) for level in self.levels[axis]]
                      for line in here])
            for axis, here in zip(table.axes, lines, strict=True)
        )  # fmt: skip
        counts = np.array([[float(table.count((a, b)) or 0) for b in lines[1]] for a in lines[0]])
        none = np.full(counts.shape, -1, dtype=np.int64)
        axes = table.axes[0], table.axes[1]
        return Face(axes, none, counts, counts.copy(), none.copy(), first, second)

    # --- bounding ---

    def _bound(self) -> None:
        self._lines()
        waiting = list(self.circles)
        for _ in range(_SWEEPS):
            changed = {pair for three in waiting for pair in self._pass_on(three)}
            if not changed:
                break
            self._lines()
            waiting = [
                three
                for three in self.circles
                if any(frozenset(pair) in changed for pair in combinations(three, 2))
            ]

    def _lines(self) -> None:
        """Narrow each table's bounds by the counts of its single columns."""
        for face in self.faces.values():
            for side, axis in enumerate(face.axes):
                low, high = self._bounds_of(self.single[axis], told=True)
                into = face.first if side == 0 else face.second
                shape = (-1, 1) if side == 0 else (1, -1)
                others_low = face.low.sum(axis=1 - side, keepdims=True) - face.low
                others_high = face.high.sum(axis=1 - side, keepdims=True) - face.high
                np.minimum(face.high, (into @ high).reshape(shape) - others_low, out=face.high)
                np.maximum(face.low, (into @ low).reshape(shape) - others_high, out=face.low)

    def _pass_on(self, three: tuple[str, str, str]) -> list[frozenset[str]]:
        """Bound the crossing of three columns by its tables, and these by it: which changed."""
        pairs = ((three[0], three[1]), (three[0], three[2]), (three[1], three[2]))
        faces = [
            (self.faces[frozenset(pair)].turned(pair), third)
            for pair, third in zip(pairs, (2, 1, 0), strict=True)
        ]
        if all((face.low == face.high).all() for face, _ in faces):
            return []
        low = np.zeros([len(self.levels[axis]) for axis in three])
        high = low + np.inf
        for face, third in faces:
            np.minimum(high, np.expand_dims(face.spread(face.high), third), out=high)
        for face, third in faces:
            least, most = face.sums(low.sum(axis=third)), face.sums(high.sum(axis=third))
            top = np.expand_dims(face.spread(face.high - least), third) + low
            bottom = np.expand_dims(face.spread(face.low - most), third) + high
            high, low = np.minimum(high, top), np.maximum(low, bottom)
        changed = []
        columns = list(self.levels)
        for face, third in faces:
            most, least = face.sums(high.sum(axis=third)), face.sums(low.sum(axis=third))
            narrower = (most < face.high - 0.5) | (least > face.low + 0.5)
            if narrower.any():
                face.narrowed[narrower] = columns.index(three[third])
                np.minimum(face.high, most, out=face.high)
                np.maximum(face.low, least, out=face.low)
                changed.append(frozenset(face.axes))
        return changed

    # --- what follows ---

    def room(self) -> dict[int, tuple[float, float]]:
        """The bounds of every published cell where two columns meet."""
        return {
            cell: (low, high)
            for face in self.faces.values()
            for cell, low, high in zip(
                face.cells.ravel().tolist(),
                face.low.ravel().tolist(),
                face.high.ravel().tolist(),
                strict=True,
            )
            if cell >= 0
        }

    def tells(self, cell: int) -> tuple[frozenset[int], tuple[int, ...]]:
        """The told cells that narrow a masked one: where columns meet, and single ones.

        First those in the lines of the third column that narrowed it, then in its own lines, then
        in those that cross the first, then any of the three tables; a cell that stands alone in
        its line only where there is no other, for its margin would have to be masked with it.
        """
        axes = sorted(axis for axis, _ in self.state.names[cell][1])
        face = self.faces[frozenset(axes)].turned((axes[0], axes[1]))
        i, j = (int(at[0]) for at in np.nonzero(face.cells == cell))
        singles = [int(self.single[axes[0]][i]), int(self.single[axes[1]][j])]
        near: list[Cells] = []
        far: list[Cells] = []
        rest: list[Cells] = [face.cells.ravel()]
        if face.narrowed[i, j] >= 0:
            third = list(self.levels)[int(face.narrowed[i, j])]
            together = np.ones(len(self.levels[third]), dtype=bool)
            for axis, at in ((axes[0], i), (axes[1], j)):
                other = self.faces[frozenset((axis, third))].turned((axis, third))
                if other.cells.shape[0] == len(self.levels[axis]):
                    near.append(other.cells[at])
                    rest.append(other.cells.ravel())
                    far += [other.cells[:, k] for k in np.flatnonzero(other.cells[at] >= 0)]
                    together &= other.cells[at] >= 0
            singles += self.single[third][together].tolist()
        alone = tuple(one for one in singles if one not in self.state.masked)
        for lines in (near, [face.cells[i], face.cells[:, j]], far, rest):
            told = {c for line in lines for c in line.tolist() if c >= 0} - self.state.masked
            in_company = {c for c in told if not self.state.stands_alone(c)}
            if in_company:
                return frozenset(in_company), alone
        return frozenset(), alone


def _holds(line: Level, level: Level, lines: Sequence[Level]) -> bool:
    return line == level or (line == OTHER_VALUES and level not in lines)
