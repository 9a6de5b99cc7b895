"""Two-way tables that no larger table refines: their small cells are settled by flows.

Where a change within one such table keeps all its lines, nobody else notices it, so what the search
finds is possible whatever else is published. A masked count of a single column may change as well
when every table of that column lets two of its levels exchange people. Used by `Masking.audit`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from impactbook.checks.flows import (
    UNLIMITED,
    Cell,
    Limit,
    Marks,
    Room,
    Whole,
    exchange,
    fall,
    rectangles,
    rise,
)
from impactbook.checks.tables import Key, Table, Tables, TableUnit

if TYPE_CHECKING:
    from impactbook.checks.masking import Masking

Kind: TypeAlias = Literal["own", "both"]
"""Whether a change touches one unit alone, or persons and their rows alike."""

_PARTNERS = 3
"""How many other levels are tried as the one that gives people to a small level."""


@dataclass(frozen=True)
class Proof:
    """Why a small cell follows too nearly: told cells, one of which has to be masked.

    `crossing` are cells where attributes meet, `others` single attributes and totals, the cheapest
    first.
    """

    crossing: frozenset[int]
    others: tuple[int, ...] = ()


@dataclass
class Plane:
    """One two-way table: the numbers of its cells (-1 where nobody is) and of its two margins."""

    state: Masking
    unit: TableUnit
    axes: tuple[str, str]
    cells: Whole
    margins: tuple[Whole, Whole]
    twin: Plane | None = None

    @classmethod
    def of(cls, state: Masking, table: Table) -> Plane:
        """Find the cells of one table among all."""
        first, second = table.axes
        levels = table.levels(first), table.levels(second)

        def number(axes: tuple[str, ...], key: Key) -> int:
            return state.index.get((table.unit, frozenset(zip(axes, key, strict=True))), -1)

        cells = [[number(table.axes, (a, b)) for b in levels[1]] for a in levels[0]]
        margins = [[number((first,), (a,)) for a in levels[0]]]
        margins.append([number((second,), (b,)) for b in levels[1]])
        rows, columns = (np.array(line, dtype=np.int64) for line in margins)
        grid = np.array(cells, dtype=np.int64).reshape(len(rows), len(columns))
        return cls(state, table.unit, (first, second), grid, (rows, columns))

    @cached_property
    def places(self) -> Mapping[int, Cell]:
        """Where each cell stands."""
        found = zip(*np.nonzero(self.cells >= 0), strict=True)
        return {int(self.cells[at]): (int(at[0]), int(at[1])) for at in found}

    @cached_property
    def counts(self) -> Whole:
        """The true counts, zero where nobody is."""
        counts = np.array(self.state.counts, dtype=np.int64)
        return np.where(self.cells >= 0, counts[self.cells], 0)

    @cached_property
    def twins(self) -> Whole:
        """What the other unit counts in the same cells; -1 where that limits nothing."""
        found = np.full(self.cells.shape, -1, dtype=np.int64)
        for cell, at in self.places.items():
            twin = self.state.twins.get(cell)
            if twin is not None and self.state.row_holds_person(cell, twin):
                found[at] = self.state.counts[twin]
        return found

    def room(self, kind: Kind, hidden: Marks) -> Room:
        """How far the masked cells may go without any margin changing.

        Alone, a row cell may fall to the persons in it, and a person cell rise to its rows. When
        both units change alike, every cell has to be in both.
        """
        masked = (self.cells >= 0) & hidden[self.cells]
        if kind == "both":
            masked = masked & (self.twins >= 0)
        floor = np.maximum(1, self.twins) if self.unit == "row" else 1
        top = np.full(self.cells.shape, UNLIMITED)
        if self.unit == "person" and kind == "own":
            top = np.where(self.twins >= 0, self.twins - self.counts, UNLIMITED)
        return Room(np.where(masked, self.counts - floor, 0), np.where(masked, top, 0))

    def widest(self, hidden: Marks, least: Whole) -> Room:
        """The room if all of this table were masked, and masked margins as free as can be.

        `least` is how small each margin may be at all. No other table could allow more. So what
        does not fit in here, single attributes and totals stand for; and these are what readers
        need most.
        """
        here = self.cells >= 0
        inside = Room(np.where(here, self.counts - 1, 0), np.where(here, UNLIMITED, 0))
        counts = np.array(self.state.counts, dtype=np.int64)
        sums = []
        for line in self.margins:
            falls = np.where(hidden[line], counts[line] - least[line], 0)
            # What one of them gains the others lose: the total is told.
            rises = np.where(hidden[line], falls.sum() - falls, 0)
            sums.append(np.stack([rises, falls]))
        return _with_sums(inside, sums[0], sums[1])


def _with_sums(inside: Room, rows: Whole, columns: Whole) -> Room:
    """A room with one more column and row: how far each line's sum may rise and fall."""
    down = np.zeros((len(rows[0]) + 1, len(columns[0]) + 1), dtype=np.int64)
    up = down.copy()
    down[:-1, :-1], up[:-1, :-1] = inside.down, inside.up
    down[:-1, -1], up[:-1, -1] = rows
    down[-1, :-1], up[-1, :-1] = columns
    return Room(down, up)


@dataclass
class Planes:
    """All two-way tables that nothing refines, and which levels may exchange people in all of them.

    `partners` names, for a masked level of a single column, another one from which `step` people
    can come in every table of that column. `caps` is how high a small cell could be at all.
    """

    state: Masking
    step: int
    planes: list[Plane] = field(default_factory=list)
    of_axis: dict[tuple[TableUnit, str], list[Plane]] = field(default_factory=dict)
    refined: set[tuple[TableUnit, str]] = field(default_factory=set)
    partners: dict[tuple[int, Kind], int] = field(default_factory=dict)
    caps: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, state: Masking, closed: Tables, limit: int) -> Planes:
        """Find them among all tables."""
        found = cls(state, limit - 1)
        all_axes = {frozenset(table.axes) for table in closed}
        all_axes |= {frozenset(b.axes) for group in state.linked.groups for b in group}
        for table in sorted(closed, key=lambda table: (table.unit, table.axes)):
            own = frozenset(table.axes)
            if len(own) < 2:
                continue
            if len(own) > 2 or any(own < other for other in all_axes):
                found.refined |= {(table.unit, axis) for axis in own}
            elif table.total:
                plane = Plane.of(state, table)
                found.planes.append(plane)
                for axis in table.axes:
                    found.of_axis.setdefault((table.unit, axis), []).append(plane)
        where = {(plane.unit, frozenset(plane.axes)): plane for plane in found.planes}
        for plane in found.planes:
            other: TableUnit = "person" if plane.unit == "row" else "row"
            plane.twin = where.get((other, frozenset(plane.axes)))
        return found

    def settle(self, hidden: Marks) -> tuple[dict[int, Proof], dict[int, Proof]]:
        """Look at all open small cells; those that have room are added to `state.proven`.

        Returned are proofs for cells that surely have none; and those that may have some in ways
        not looked at here, with the told cells that would help.
        """
        proofs: dict[int, Proof] = {}
        perhaps: dict[int, Proof] = {}
        for plane in self.planes:
            total = self.state.index.get((plane.unit, frozenset()), -1)
            if total >= 0 and not hidden[total]:
                perhaps |= self._sums(plane, hidden)
        for plane in self.planes:
            waiting = [c for c in plane.places if self.state.is_open(c)]
            if waiting and not hidden[self.state.index[plane.unit, frozenset()]]:
                found, left = self._cells(plane, waiting, hidden)
                proofs |= found
                perhaps |= left
        return proofs, perhaps

    # --- masked counts of single columns ---

    def _sums(self, plane: Plane, hidden: Marks) -> dict[int, Proof]:
        """Find partners for the small levels of one table's columns."""
        found: dict[int, Proof] = {}
        for side, axis in enumerate(plane.axes):
            if self.of_axis[plane.unit, axis][0] is not plane:
                continue
            for cell in plane.margins[side].tolist():
                if self.state.is_open(cell):
                    helpful = self._find_partner(plane, side, cell, hidden)
                    if helpful is None:
                        self.state.proven.add(cell)
                    else:
                        found[cell] = helpful
        return found

    def _find_partner(self, plane: Plane, side: int, cell: int, hidden: Marks) -> Proof | None:
        """None when one is found, else the told cells that would help the largest partner."""
        counts = self.state.counts
        others = [c for c in plane.margins[side].tolist() if hidden[c] and c != cell]
        others.sort(key=lambda other: (-counts[other], self.state.order[other]))
        helpful: Proof | None = None
        for kind in self._kinds(plane.unit):
            for partner in others[:_PARTNERS]:
                limits = self._exchanges(plane.unit, plane.axes[side], cell, partner, kind, hidden)
                if limits is None:
                    continue
                told = [p.crossing for p in limits]
                if not told:
                    self.partners[cell, kind] = partner
                    return None
                helpful = helpful or Proof(frozenset().union(*told))
        return helpful or Proof(frozenset())

    def _exchanges(
        self, unit: TableUnit, axis: str, up: int, down: int, kind: Kind, hidden: Marks
    ) -> list[Proof] | None:
        """Per table of a column that does not let two levels exchange: the told cells in the way.

        None when this cannot be told from two-way tables, or when the sums of the other unit
        forbid it.
        """
        units: tuple[TableUnit, ...] = (unit,) if kind == "own" else ("person", "row")
        if any((one, axis) in self.refined for one in units) or not self._sums_allow(
            up, down, kind
        ):
            return None
        found: list[Proof] = []
        for one in units:
            for plane in self.of_axis.get((one, axis), []):
                if kind == "both" and one == "row" and plane.twin is not None:
                    continue  # changed together with the table of persons
                side = plane.axes.index(axis)
                line = {cell: at for at, cell in enumerate(plane.margins[side].tolist())}
                here = [c if one == unit else self.state.twins.get(c, -1) for c in (up, down)]
                if here[0] not in line or here[1] not in line:
                    return None
                only_rows = kind == "both" and plane.twin is None
                room = plane.room("own" if only_rows else kind, hidden)
                ends = line[here[0]], line[here[1]]
                limit = exchange(room, *ends, self.step, rows=side == 0)
                if limit.moved < self.step:
                    found.append(Proof(self._told(plane, limit)))
        return found

    def _sums_allow(self, up: int, down: int, kind: Kind) -> bool:
        state = self.state
        if kind == "both":
            pairs = [(cell, state.twins.get(cell)) for cell in (up, down)]
            return all(
                twin is not None and state.row_holds_person(cell, twin) for cell, twin in pairs
            )
        rows = state.names[up][0] == "row"
        limiting = down if rows else up
        twin = state.twins.get(limiting)
        if twin is None or not state.row_holds_person(limiting, twin):
            return True
        return abs(state.counts[limiting] - state.counts[twin]) >= self.step

    def _kinds(self, unit: TableUnit) -> tuple[Kind, ...]:
        return ("own", "both") if unit == "person" else ("own",)

    # --- cells where two columns meet ---

    def _cells(
        self, plane: Plane, waiting: list[int], hidden: Marks
    ) -> tuple[dict[int, Proof], dict[int, Proof]]:
        """Settle the open cells of one table: proofs, and those that other tables may help."""
        state = self.state
        kinds = self._kinds(plane.unit) if plane.twin is not None else ("own",)
        rooms = {kind: plane.room(kind, hidden) for kind in kinds}
        quick = np.max([rectangles(room) for room in rooms.values()], axis=0)
        alone = plane.twin is None and not any(hidden[line].any() for line in plane.margins)
        proofs: dict[int, Proof] = {}
        perhaps: dict[int, Proof] = {}
        for cell in waiting:
            at = plane.places[cell]
            need = self.caps.get(cell, state.target[cell]) - state.counts[cell]
            if 0 < need <= quick[at]:
                state.proven.add(cell)
                continue
            mine = [self._with_partners(plane, at, kind, rooms[kind]) for kind in rooms]
            if not _has_room(mine, at, need):
                need = self._cap(plane, cell, hidden) - state.counts[cell]
            if _has_room(mine, at, need):
                state.proven.add(cell)
                continue
            told = self._told(plane, rise(mine[0], at, max(1, need)))
            if alone and need > 0:
                proofs[cell] = Proof(told)
            else:
                perhaps[cell] = Proof(told)
        return proofs, perhaps

    def _with_partners(self, plane: Plane, at: Cell, kind: Kind, room: Room) -> Room:
        """The room of a cell whose own lines may take people from their partners."""
        sums = []
        for side, line in enumerate(plane.margins):
            change = np.zeros((2, len(line)), dtype=np.int64)
            partner = self.partners.get((int(line[at[side]]), kind))
            if partner is not None:
                change[0, at[side]] = self.step
                change[1, line.tolist().index(partner)] = self.step
            sums.append(change)
        return _with_sums(room, sums[0], sums[1])

    def _cap(self, plane: Plane, cell: int, hidden: Marks) -> int:
        if cell not in self.caps:
            count, most = self.state.counts[cell], self.state.target[cell]
            room = plane.widest(hidden, self._least)
            moved = rise(room, plane.places[cell], max(0, most - count)).moved
            self.caps[cell] = min(most, count + moved)
        return self.caps[cell]

    @cached_property
    def _least(self) -> Whole:
        """How small each single attribute's count may be: each of its cells holds one at least."""
        found = np.ones(len(self.state.counts), dtype=np.int64)
        for plane in self.planes:
            for side, line in enumerate(plane.margins):
                held = (plane.cells >= 0).sum(axis=1 - side)
                found[line] = np.maximum(found[line], held)
        return found

    def _told(self, plane: Plane, limit: Limit) -> frozenset[int]:
        """The told cells that stand in the way of a change."""
        rows, columns = plane.cells.shape
        between = limit.between[:rows, :columns] & (plane.cells >= 0)
        return frozenset(_numbers(plane, between)) - self.state.masked


def _numbers(plane: Plane, marks: Marks) -> Iterator[int]:
    return (int(cell) for cell in plane.cells[marks])


def _has_room(rooms: list[Room], at: Cell, need: int) -> bool:
    """Whether a cell can rise by `need`, or, where nothing is needed, move at all."""
    if need > 0:
        return any(rise(room, at, need).moved >= need for room in rooms)
    return any(rise(room, at, 1).moved or fall(room, at, 1).moved for room in rooms)
