"""Two-way tables as networks: how far one masked cell can move while every line keeps its sum.

In a table of two columns a change that keeps all sums is a flow: less in one cell of a line is more
in another. So what an attacker cannot exclude is found here by a few searches, without a linear
program, and in whole numbers. Used by `Masking` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Whole: TypeAlias = NDArray[np.int64]
Marks: TypeAlias = NDArray[np.bool_]

UNLIMITED = 2**40
"""More than any count: the room of a cell that nothing limits from above."""

_FEW_CELLS = 250_000
"""Tables of so many pairs of cells at most are searched for rectangles all at once."""


@dataclass(frozen=True)
class Room:
    """How much each cell of a two-way table may fall (`down`) and rise (`up`) by itself.

    `free_rows` and `free_columns` are lines whose sums are masked: they may exchange people with
    each other. The lines not marked keep their sums.
    """

    down: Whole
    up: Whole
    free_rows: Marks
    free_columns: Marks


def rectangles(room: Room) -> Whole:
    """For each cell the most that it can rise by one rectangle: two cells fall, two cells rise.

    A lower bound of `rise`, for all cells at once; zeros where the table is too large for that.
    """
    rows, columns = room.down.shape
    found = np.zeros((rows, columns), dtype=np.int64)
    if (rows * columns) ** 2 > _FEW_CELLS or min(rows, columns) < 2:
        return found
    for row in range(rows):
        for column in range(columns):
            others = np.minimum.outer(room.down[:, column], room.down[row])
            others = np.minimum(others, room.up)
            others[row], others[:, column] = 0, 0
            found[row, column] = min(int(others.max()), int(room.up[row, column]))
    return found


def rise(room: Room, row: int, column: int, need: int) -> tuple[int, Marks, Marks]:
    """How much one cell can rise, up to `need`; and which lines limit it when that is less.

    The lines are marked rows and columns: a cell between a marked and an unmarked line that had
    room would let the cell rise further (Ford and Fulkerson, 1956: the smallest cut).
    """
    return _shift(room, row, column, min(need, int(room.up[row, column])), rising=True)


def fall(room: Room, row: int, column: int, need: int) -> int:
    """How much one cell can fall, up to `need`."""
    return _shift(room, row, column, min(need, int(room.down[row, column])), rising=False)[0]


def _shift(
    room: Room, row: int, column: int, need: int, *, rising: bool
) -> tuple[int, Marks, Marks]:
    # Rising by one leaves its row with one too many, which goes on to a column with one too few,
    # and so on until its own column is reached; falling goes the same ways from the column.
    down, up = room.down.copy(), room.up.copy()
    down[row, column] = up[row, column] = 0
    moved = 0
    while True:
        path, rows, columns = _path(room, down, up, row, column, rising=rising)
        if moved >= need or not path:
            return moved, rows, columns
        step = need - moved
        for at, is_fall in path:
            step = min(step, int((down if is_fall else up)[at]))
        for at, is_fall in path:
            sign = 1 if is_fall else -1
            down[at] -= sign * step
            up[at] += sign * step
        moved += step


_Step: TypeAlias = tuple[tuple[int, int], bool]
"""A cell on the way, and whether it falls."""


def _path(
    room: Room, down: Whole, up: Whole, row: int, column: int, *, rising: bool
) -> tuple[list[_Step], Marks, Marks]:
    """A shortest way from a cell's row to its column (or back), and the lines that are reached."""
    rows, columns = _Lines.of(room.free_rows), _Lines.of(room.free_columns)
    (rows if rising else columns).start(row if rising else column)
    goal, end = (columns, column) if rising else (rows, row)
    while not goal.reached[end] and (rows.new.any() or columns.new.any()):
        rows.exchange()
        columns.exchange()
        from_rows, from_columns = rows.new, columns.new
        columns.enter((down > 0).T, from_rows)
        rows.enter(up > 0, from_columns)
    if not goal.reached[end]:
        return [], rows.reached, columns.reached
    steps: list[_Step] = []
    in_column, at = rising, end
    while True:
        lines = columns if in_column else rows
        before = int(lines.before[at])
        if before >= 0:
            steps.append(((before, at), True) if in_column else ((at, before), False))
            at, in_column = before, not in_column
        elif at == lines.started:
            return steps, rows.reached, columns.reached
        else:
            at = lines.door


@dataclass
class _Lines:
    """The rows, or the columns, that a search has reached, and from where.

    `door` is the first line with a masked sum that was reached: from there all such lines are.
    """

    free: Marks
    reached: Marks
    new: Marks
    before: Whole
    door: int = -1
    started: int = -1

    @classmethod
    def of(cls, free: Marks) -> _Lines:
        none = np.zeros(len(free), dtype=bool)
        return cls(free, none, none.copy(), np.full(len(free), -1, dtype=np.int64))

    def start(self, line: int) -> None:
        self.started = line
        self.reached[line] = self.new[line] = True

    def exchange(self) -> None:
        """From one line with a masked sum to all others."""
        if self.door < 0 and (self.new & self.free).any():
            self.door = int(np.argmax(self.new & self.free))
            self.new = self.new | (self.free & ~self.reached)
            self.reached = self.reached | self.new

    def enter(self, open_cells: Marks, sources: Marks) -> None:
        """From `sources`, lines of the other kind, through open cells (own lines first)."""
        through = open_cells & sources
        self.new = through.any(axis=1) & ~self.reached
        self.before[self.new] = through[self.new].argmax(axis=1)
        self.reached = self.reached | self.new
