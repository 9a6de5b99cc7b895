"""Two-way tables as networks: how far one masked cell can move while every line keeps its sum.

In a table of two columns a change that keeps all sums is a flow: less in one cell of a line is more
in another. So what an attacker cannot exclude is found here by a few searches, without a linear
program, and in whole numbers. Used by `planes` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Whole: TypeAlias = NDArray[np.int64]
Marks: TypeAlias = NDArray[np.bool_]
Cell: TypeAlias = tuple[int, int]

UNLIMITED = 2**40
"""More than any count: the room of a cell that nothing limits from above."""

_PAIRS_OF_CELLS = 250_000
"""Tables of so many pairs of cells at most are searched for rectangles all at once."""


@dataclass(frozen=True)
class Room:
    """How much each cell of a two-way table may fall (`down`) and rise (`up`) by itself.

    All lines keep their sums. Where a line's sum is masked and may change, it stands as one more
    cell of its line, in a column (or row) of its own: that cell falls when the sum rises.
    """

    down: Whole
    up: Whole


@dataclass(frozen=True)
class Limit:
    """How far a change went, and the lines it reached: the smallest cut (Ford and Fulkerson, 1956).

    Only a cell between a reached and another line could let it go further.
    """

    moved: int
    rows: Marks
    columns: Marks

    @property
    def between(self) -> Marks:
        """The cells between a line that was reached and one that was not."""
        found: Marks = self.rows[:, None] != self.columns[None, :]
        return found


def rectangles(room: Room) -> Whole:
    """For each cell the most that it can rise by one rectangle: two cells fall, two cells rise.

    A lower bound of `rise`, for all cells at once; zeros where the table is too large for that.
    """
    rows, columns = room.down.shape
    found = np.zeros((rows, columns), dtype=np.int64)
    if (rows * columns) ** 2 > _PAIRS_OF_CELLS or min(rows, columns) < 2:
        return found
    for row in range(rows):
        # others[i, j, c]: (row, j) and (i, c) fall, (i, j) rises, so that (row, c) may
        others = np.minimum(room.down[row][None, :, None], room.down[:, None, :])
        others = np.minimum(others, room.up[:, :, None])
        others[row] = 0
        others[:, np.arange(columns), np.arange(columns)] = 0
        found[row] = np.minimum(others.max(axis=(0, 1)), room.up[row])
    return found


def rise(room: Room, cell: Cell, need: int) -> Limit:
    """How much one cell can rise, up to `need`."""
    # Its row then has one too many and its column one too few: from the one to the other.
    row, column = cell
    need = min(need, int(room.up[cell]))
    return _flow(room, _Line(row, True), _Line(column, False), need, without=cell)


def fall(room: Room, cell: Cell, need: int) -> Limit:
    """How much one cell can fall, up to `need`."""
    row, column = cell
    need = min(need, int(room.down[cell]))
    return _flow(room, _Line(column, False), _Line(row, True), need, without=cell)


def exchange(room: Room, up: int, down: int, need: int, *, rows: bool) -> Limit:
    """How much of the sum of one line can go to another one, up to `need`.

    `up` and `down` are the rows (or else the columns) whose sums rise and fall.
    """
    start, end = (down, up) if rows else (up, down)
    return _flow(room, _Line(start, rows), _Line(end, rows), need)


@dataclass(frozen=True)
class _Line:
    at: int
    is_row: bool


_Step: TypeAlias = tuple[Cell, bool]
"""A cell on the way, and whether it falls."""


def _flow(room: Room, start: _Line, end: _Line, need: int, without: Cell | None = None) -> Limit:
    """Send as much as possible from one line to another, way after way (Edmonds and Karp, 1972).

    From a row with one too many a cell falls, which leaves its column with one too few; there a
    cell rises, which leaves its row with one too many.
    """
    down, up = room.down.copy(), room.up.copy()
    if without is not None:
        down[without] = up[without] = 0
    moved = 0
    while True:
        way, rows, columns = _way(down, up, start, end)
        if moved >= need or not way:
            return Limit(moved, rows, columns)
        step = need - moved
        for at, falls in way:
            step = min(step, int((down if falls else up)[at]))
        for at, falls in way:
            sign = 1 if falls else -1
            down[at] -= sign * step
            up[at] += sign * step
        moved += step


def _way(down: Whole, up: Whole, start: _Line, end: _Line) -> tuple[list[_Step], Marks, Marks]:
    """A shortest way from one line to another, and the lines that were reached."""
    can_fall, can_rise = down > 0, up > 0
    before = [np.full(down.shape[at], -1) for at in (0, 1)]
    reached = [np.zeros(down.shape[at], dtype=bool) for at in (0, 1)]
    new = [line.copy() for line in reached]
    side, goal = (0 if line.is_row else 1 for line in (start, end))
    reached[side][start.at] = new[side][start.at] = True
    while not reached[goal][end.at] and (new[0].any() or new[1].any()):
        into = [can_rise & new[1], (can_fall & new[0][:, None]).T]
        for at in (0, 1):
            new[at] = into[at].any(axis=1) & ~reached[at]
            before[at][new[at]] = into[at][new[at]].argmax(axis=1)
            reached[at] |= new[at]
    steps: list[_Step] = []
    if reached[goal][end.at]:
        at, side_now = end.at, goal
        while (at, side_now) != (start.at, side):
            source = int(before[side_now][at])
            steps.append(((at, source), False) if side_now == 0 else ((source, at), True))
            at, side_now = source, 1 - side_now
    return steps, reached[0], reached[1]
