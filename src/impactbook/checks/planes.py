"""Two-way tables that nothing refines: there a small cell's room is found without a linear program.

With one unit and told margins such a table stands alone: what its lines allow is all an attacker
knows of it. With masked margins, or with rows and persons, what is found here is still possible,
but there may be more. Used by `Masking.audit` alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from impactbook.checks.flows import UNLIMITED, Marks, Room, Whole, fall, rectangles, rise
from impactbook.checks.tables import Key, Tables

if TYPE_CHECKING:
    from impactbook.checks.masking import Masking


@dataclass(frozen=True)
class Proof:
    """Why a small cell follows too nearly: told cells, one of which has to be masked.

    `crossing` are cells where attributes meet, `others` single attributes and totals.
    """

    crossing: frozenset[int]
    others: tuple[int, ...] = ()


@dataclass
class Plane:
    """One two-way table: the numbers of its cells (-1 where nobody is) and of its margins."""

    state: Masking
    cells: Whole
    rows: Whole
    columns: Whole
    total: int
    has_twin: bool
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    caps: dict[int, int] = field(default_factory=dict)

    @classmethod
    def all_of(cls, state: Masking, closed: Tables) -> list[Plane]:
        """The two-way tables of which no unit has a larger table."""
        axes = {frozenset(table.axes) for table in closed}
        found = []
        for table in sorted(closed, key=lambda table: (table.unit, table.axes)):
            own = frozenset(table.axes)
            if len(own) == 2 and not any(own < other for other in axes):
                levels = [table.levels(axis) for axis in table.axes]
                cells = [
                    [_number(state, table.unit, table.axes, (a, b)) for b in levels[1]]
                    for a in levels[0]
                ]
                margins = [
                    [_number(state, table.unit, (axis,), (level,)) for level in levels[at]]
                    for at, axis in enumerate(table.axes)
                ]
                if not cells:
                    continue
                total = _number(state, table.unit, (), ())
                other = "person" if table.unit == "row" else "row"
                twin = any(unit == other for unit, names in closed.tables if names == own)
                grid = np.array(cells, dtype=np.int64)
                rows, columns = (np.array(line, dtype=np.int64) for line in margins)
                plane = cls(state, grid, rows, columns, total, twin)
                plane.places = {
                    int(grid[at]): at for at in zip(*np.nonzero(grid >= 0), strict=True)
                }
                found.append(plane)
        return found

    def settle(self, hidden: Marks) -> tuple[list[int], list[Proof]]:
        """Look at the open small cells of this table; `hidden` marks the masked cells of all.

        Cells that have room are added to `proven`. Returned are those that have none as far as this
        table alone can tell, and, where that is certain, why.
        """
        state = self.state
        waiting = [c for c in self.places if c in state.target and c not in state.proven]
        if not waiting:
            return [], []
        rooms = self._rooms(hidden)
        quick = np.max([rectangles(room) for room in rooms], axis=0)
        alone = not self.has_twin and not self._margins(hidden)[0].any()
        alone = alone and not self._margins(hidden)[1].any() and not hidden[self.total]
        left: list[int] = []
        proofs: list[Proof] = []
        for cell in waiting:
            at = self.places[cell]
            goal = self.caps.get(cell, state.target[cell])
            need = goal - state.counts[cell]
            if (need > 0 and quick[at] >= need) or self._has_room(rooms, at, need):
                state.proven.add(cell)
                continue
            need = self._cap(cell, hidden) - state.counts[cell]
            if self._has_room(rooms, at, need):
                state.proven.add(cell)
            elif alone and need > 0:
                proofs.append(Proof(self._cut(rooms[0], at, need)))
            else:
                left.append(cell)
        return left, proofs

    def _has_room(self, rooms: list[Room], at: tuple[int, int], need: int) -> bool:
        """Whether the cell can rise by `need`, or, where nothing is needed, move at all."""
        if need > 0:
            return any(rise(room, *at, need)[0] >= need for room in rooms)
        return any(rise(room, *at, 1)[0] or fall(room, *at, 1) for room in rooms)

    def _cap(self, cell: int, hidden: Marks) -> int:
        """The target, or as much as is left when all of this table and no margin were masked.

        Single attributes and totals are what readers need most; this is what they stand for.
        """
        if cell not in self.caps:
            most, at = self.state.target[cell], self.places[cell]
            if not hidden[self.total]:
                down = np.where(self.cells >= 0, self._counts - 1, 0)
                up = np.where(self.cells >= 0, UNLIMITED, 0)
                room = Room(down, up, *self._margins(hidden))
                count = self.state.counts[cell]
                most = min(most, count + rise(room, *at, max(0, most - count))[0])
            self.caps[cell] = most
        return self.caps[cell]

    def _cut(self, room: Room, at: tuple[int, int], need: int) -> frozenset[int]:
        """The told cells between the lines that limit a cell and the others."""
        _, rows, columns = rise(room, *at, need)
        between = rows[:, None] != columns[None, :]
        return frozenset(self._told(between))

    def _told(self, where: Marks) -> Iterable[int]:
        masked = self.state.masked
        return (int(c) for c in self.cells[where & (self.cells >= 0)] if int(c) not in masked)

    def _margins(self, hidden: Marks) -> tuple[Marks, Marks]:
        return hidden[self.rows], hidden[self.columns]

    @cached_property
    def _counts(self) -> Whole:
        counts = np.array(self.state.counts, dtype=np.int64)
        return np.where(self.cells >= 0, counts[self.cells], 0)

    @cached_property
    def _twins(self) -> Whole:
        """What the other unit counts in the same cells; -1 where that limits nothing."""
        found = np.full(self.cells.shape, -1, dtype=np.int64)
        for cell, at in self.places.items():
            twin = self.state.twins.get(cell)
            if twin is not None and self.state.row_holds_person(cell, twin):
                found[at] = self.state.counts[twin]
        return found

    def _rooms(self, hidden: Marks) -> list[Room]:
        """Changes within this table that leave all margins as they are.

        A row cell may fall to the persons in it, a person cell rise to its rows; or both units
        change alike where every cell is in both.
        """
        masked = (self.cells >= 0) & hidden[self.cells]
        counts, twins = self._counts, self._twins
        told = np.zeros(len(self.rows), bool), np.zeros(len(self.columns), bool)
        if self.state.names[next(iter(self.places))][0] == "row":
            down = np.where(masked, counts - np.maximum(1, twins), 0)
            return [Room(down, np.where(masked, UNLIMITED, 0), *told)]
        up = np.where(twins >= 0, twins - counts, UNLIMITED)
        rooms = [Room(np.where(masked, counts - 1, 0), np.where(masked, up, 0), *told)]
        both = masked & (twins >= 0)
        if both.any():
            rooms.append(Room(np.where(both, counts - 1, 0), np.where(both, UNLIMITED, 0), *told))
        return rooms


def _number(state: Masking, unit: str, axes: tuple[str, ...], key: Key) -> int:
    name = (unit, frozenset(zip(axes, key, strict=True)))
    return state.index.get(name, -1)  # type: ignore[call-overload, no-any-return]
