"""Masking small counts of people, so that nothing published gives them back.

`merge_rare` takes rare values' names away, `publish` masks: first every cell with 1 to limit - 1
people, then further cells until no masked count follows from the published ones. All tables of a
dataset are masked together, because a cell missing in one is often a difference of two others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from impactbook.checks.tables import (
    OTHER_VALUES,
    SENTINELS,
    Key,
    Level,
    PublishedTable,
    PublishedTables,
    Table,
    Tables,
    TableUnit,
    key_order,
)

_EXACT = 1e-6
"""How far from an integer a linear program's solution may be and still count as that integer."""


def merge_rare(tables: Tables, limit: int, listed: Mapping[str, Collection[str]]) -> Tables:
    """Put all rare values that the declaration does not list into the one level `OTHER_VALUES`.

    A value is rare on an axis when fewer than `limit` people have it (in rows or as persons,
    whichever is more). It is then merged in every table, so that its name is published nowhere.
    Persons behind merged row cells may overlap, so the larger cell's count stands for both: a
    lower bound, which masks rather too much than too little. A limit of 1 changes nothing.

    >>> one = Tables.of(Table(("accent",), "row", {("de",): 90, ("xy",): 2, ("zz",): 1}))
    >>> merged = merge_rare(one, 5, {"accent": ["de"]}).get("row", ("accent",))
    >>> merged.counts == {("de",): 90, (OTHER_VALUES,): 3}
    True
    """
    if limit <= 1:
        return tables
    seen: dict[str, dict[str, int]] = defaultdict(dict)
    for table in tables.with_margins():
        if len(table.axes) == 1:
            people = seen[table.axes[0]]
            for key in table.counts:
                if key[0] is not None:
                    people[key[0]] = max(people.get(key[0], 0), table.people_in(key))
    rare = {
        axis: {
            level
            for level, count in people.items()
            if count < limit and level not in listed.get(axis, ()) and level not in SENTINELS
        }
        for axis, people in seen.items()
    }
    return Tables.of(*(_merged(table, rare) for table in tables))


def publish(tables: Tables, limit: int) -> PublishedTables:
    """Publish all tables of a dataset with small counts of people masked.

    1. Every cell with 1 to `limit` - 1 people is masked; 0 is told.
    2. Wherever a table's cells add up to a published margin, one masked cell alone would be a
       difference; so the smallest further cell is masked too, and more of them until the hidden sum
       leaves every small cell at least `limit` possible values (Cox, JASA 75, 1980).
    3. The attacker is played: a linear program over all published sums (masked cells are 1 or more)
       asks how large each small cell might be. Where that is less than `limit`, more is masked.

    Every margin of every table is published as well. Raises ValueError when tables of one unit do
    not add up to each other: they were not counted over the same rows or persons.

    >>> sex = Table(("sex",), "person", {("f",): 65, ("m",): 331, ("other",): 3})
    >>> publish(Tables.of(sex), 5).get("person", ("sex",)).counts == {
    ...     ("f",): None, ("m",): 331, ("other",): None}
    True
    """
    closed = tables.with_margins()
    state = _Masking.of(closed, limit)
    if limit > 1:
        state.close(state.equations_of_masked())
        extra = 1
        while weak := state.audit():
            for cell in weak:
                state.widen(cell, extra)
            extra *= 2
    return PublishedTables(
        limit,
        MappingProxyType({place: state.published(table) for place, table in closed.tables.items()}),
    )


def _merged(table: Table, rare: Mapping[str, set[str]]) -> Table:
    def place(key: Key) -> Key:
        return tuple(
            OTHER_VALUES if level in rare.get(axis, ()) else level
            for axis, level in zip(table.axes, key, strict=True)
        )

    counts: dict[Key, int] = defaultdict(int)
    people: dict[Key, int] = defaultdict(int)
    for key, count in table.counts.items():
        counts[place(key)] += count
        people[place(key)] = max(people[place(key)], table.people_in(key))
    return Table(table.axes, table.unit, dict(counts), table.people and dict(people))


@dataclass(frozen=True)
class _Equation:
    """The cells of one line of a table, and the margin they add up to (indices of cells)."""

    inner: tuple[int, ...]
    margin: int


@dataclass
class _Masking:
    """All cells of all tables, the sums among them, and which are masked by now.

    `target` is how large an attacker must think a primary cell might be. `twins` are the same cell
    counted in rows and in persons: they are masked together, for each limits the other.
    """

    counts: list[int] = field(default_factory=list)
    names: list[tuple[TableUnit, frozenset[tuple[str, Level]]]] = field(default_factory=list)
    order: list[tuple[object, ...]] = field(default_factory=list)
    index: dict[tuple[TableUnit, frozenset[tuple[str, Level]]], int] = field(default_factory=dict)
    equations: list[_Equation] = field(default_factory=list)
    member_of: list[list[int]] = field(default_factory=list)
    twins: dict[int, int] = field(default_factory=dict)
    target: dict[int, int] = field(default_factory=dict)
    masked: set[int] = field(default_factory=set)
    proven: set[int] = field(default_factory=set)
    limit: int = 1

    @classmethod
    def of(cls, closed: Tables, limit: int) -> _Masking:
        """Number the non-empty cells, write down their sums, and mask the small ones."""
        state = cls(limit=limit)
        # In a fixed order, whatever order the engine counted in: same data, same masks.
        ordered = sorted(closed, key=lambda table: (table.unit, len(table.axes), table.axes))
        for table in ordered:
            for key in sorted(table.counts, key=key_order):
                if table.count(key):
                    state._add(table, key)
        for table in ordered:
            for at in range(len(table.axes)):
                state._add_equations(table, at)
        for (unit, levels), cell in state.index.items():
            twin = state.index.get(("person" if unit == "row" else "row", levels))
            if twin is not None:
                state.twins[cell] = twin
        for cell in state.target:
            state._mask(cell)
        return state

    def _add(self, table: Table, key: Key) -> None:
        cell, count, people = len(self.counts), table.count(key), table.people_in(key)
        name = (table.unit, frozenset(zip(table.axes, key, strict=True)))
        self.counts.append(count)
        self.names.append(name)
        self.order.append((count, len(table.axes), table.unit, table.axes, key_order(key)))
        self.index[name] = cell
        self.member_of.append([])
        if people < self.limit:
            # Rows of few people may be many: there the range must be as wide as for a small count.
            self.target[cell] = max(self.limit, count + self.limit - 1 if count > people else 0)

    def _add_equations(self, table: Table, at: int) -> None:
        lines: dict[frozenset[tuple[str, Level]], list[int]] = defaultdict(list)
        for key in sorted(table.counts, key=key_order):
            if table.count(key):
                whole = tuple(zip(table.axes, key, strict=True))
                cell = self.index[(table.unit, frozenset(whole))]
                lines[frozenset(whole[:at] + whole[at + 1 :])].append(cell)
        for rest, inner in lines.items():
            margin = self.index.get((table.unit, rest))
            if margin is None or sum(self.counts[cell] for cell in inner) != self.counts[margin]:
                raise ValueError("tables of one unit do not add up to each other")
            for cell in (*inner, margin):
                self.member_of[cell].append(len(self.equations))
            self.equations.append(_Equation(tuple(inner), margin))

    def _mask(self, cell: int) -> list[int]:
        """Mask a cell and its twin; returns the equations that now need another look."""
        touched: list[int] = []
        for one in (cell, self.twins.get(cell, cell)):
            if one not in self.masked:
                self.masked.add(one)
                touched += self.member_of[one]
        return touched

    def equations_of_masked(self) -> list[int]:
        """The equations that hold a masked cell."""
        return sorted({number for cell in self.masked for number in self.member_of[cell]})

    def close(self, waiting: Iterable[int]) -> None:
        """Mask further cells until no equation gives a masked cell back by itself."""
        queue = list(waiting)
        while queue:
            number = queue.pop()
            while self._gives_away(number):
                choice = self._next_choice([number])
                if choice is None:
                    break
                queue += self._mask(choice)

    def _gives_away(self, number: int) -> bool:
        equation = self.equations[number]
        hidden = [cell for cell in equation.inner if cell in self.masked]
        margin_hidden = equation.margin in self.masked
        if len(hidden) + margin_hidden < 2:
            return bool(hidden) or margin_hidden
        if margin_hidden:
            return False
        needed = max((self.target.get(cell, 0) for cell in hidden), default=0)
        most = sum(self.counts[cell] for cell in hidden) - (len(hidden) - 1)
        return most < needed

    def _next_choice(self, numbers: Iterable[int]) -> int | None:
        """The next cell to mask in these equations.

        An inner cell before a margin; one that leaves the fewest lines with a first masked cell
        (each of them would need a second); then the smallest.
        """
        equations = [self.equations[number] for number in numbers]
        inner = {c for eq in equations for c in eq.inner} - self.masked
        margins = {eq.margin for eq in equations} - self.masked
        for candidates in (inner, margins):
            if candidates:
                return min(candidates, key=lambda cell: (self._untouched(cell), self.order[cell]))
        return None

    def _untouched(self, cell: int) -> int:
        equations = [self.equations[number] for number in self.member_of[cell]]
        return sum(
            1
            for eq in equations
            if eq.margin not in self.masked and not any(c in self.masked for c in eq.inner)
        )

    def widen(self, cell: int, extra: int) -> None:
        """Mask `extra` further cells around a cell that the published sums still give away."""
        for _ in range(extra):
            choice = self._next_choice(self.member_of[cell])
            if choice is None:
                choice = self._next_choice(self.equations_of_masked())
            if choice is None:
                self.proven.add(cell)  # nothing in reach is published any more
                return
            self.close(self._mask(choice))

    def audit(self) -> list[int]:
        """The small cells that published sums still narrow down too much, by linear programming."""
        weak: list[int] = []
        for component in self._components():
            open_cells = [c for c in component if c in self.target and c not in self.proven]
            if open_cells:
                weak += _Attack.on(self, component).weak(open_cells)
        return weak

    def _components(self) -> list[list[int]]:
        """Masked cells that hang together through equations or as twins."""
        seen: set[int] = set()
        found: list[list[int]] = []
        for start in sorted(self.masked):
            if start in seen:
                continue
            seen.add(start)
            group, waiting = [], [start]
            while waiting:
                cell = waiting.pop()
                group.append(cell)
                near = {
                    other
                    for number in self.member_of[cell]
                    for other in (*self.equations[number].inner, self.equations[number].margin)
                    if other in self.masked
                }
                if cell in self.twins:
                    near.add(self.twins[cell])
                waiting += sorted(near - seen)
                seen |= near
            found.append(sorted(group))
        return found

    def published(self, table: Table) -> PublishedTable:
        """One table as everybody may see it."""
        counts: dict[Key, int | None] = {}
        for key in sorted(table.counts, key=key_order):
            if table.count(key):
                cell = self.index[(table.unit, frozenset(zip(table.axes, key, strict=True)))]
                counts[key] = None if cell in self.masked else self.counts[cell]
        total = self.index.get((table.unit, frozenset()))
        told = 0 if total is None else None if total in self.masked else self.counts[total]
        return PublishedTable(table.axes, table.unit, MappingProxyType(counts), told)


@dataclass
class _Attack:
    """What one component's published sums tell: equalities and inequalities of masked cells."""

    state: _Masking
    place: dict[int, int]
    equal_rows: list[tuple[dict[int, float], float]]
    upper_rows: list[tuple[dict[int, float], float]]

    @classmethod
    def on(cls, state: _Masking, component: list[int]) -> _Attack:
        place = {cell: at for at, cell in enumerate(component)}
        numbers = sorted({number for cell in component for number in state.member_of[cell]})
        equal: list[tuple[dict[int, float], float]] = []
        for number in numbers:
            equation = state.equations[number]
            row = {place[c]: 1.0 for c in equation.inner if c in state.masked}
            known = float(sum(state.counts[c] for c in equation.inner if c not in state.masked))
            if equation.margin in state.masked:
                row[place[equation.margin]] = -1.0
                equal.append((row, -known))
            else:
                equal.append((row, state.counts[equation.margin] - known))
        upper: list[tuple[dict[int, float], float]] = []
        for cell in component:
            twin = state.twins.get(cell)
            rows_of = state.names[cell][0] == "row"
            # A person has at least one row. Where blanks break that rule nobody can use it.
            if rows_of and twin is not None and state.counts[cell] >= state.counts[twin]:
                upper.append(({place[twin]: 1.0, place[cell]: -1.0}, 0.0))
        return cls(state, place, equal, upper)

    def weak(self, open_cells: list[int]) -> list[int]:
        """Those of `open_cells` that cannot be as large as their target in any solution.

        A solution found once stays one when more is masked, so a proven cell is never asked again.
        """
        waiting, weak = list(open_cells), []
        while waiting:
            left = self._unproven(waiting, self._largest(waiting))
            if len(left) == len(waiting):
                first, *left = left
                if self._unproven([first], self._largest([first])):
                    weak.append(first)
                else:
                    self.state.proven.add(first)
            waiting = left
        return weak

    def _unproven(self, cells: list[int], solution: list[float]) -> list[int]:
        target = self.state.target
        left = []
        for cell in cells:
            if solution[self.place[cell]] >= target[cell] - _EXACT:
                self.state.proven.add(cell)
            else:
                left.append(cell)
        return left

    def _largest(self, cells: list[int]) -> list[float]:
        """A solution that brings `cells` as near to their targets as they go together."""
        import numpy as np
        from scipy.optimize import linprog

        width = len(self.place)
        helpers = {cell: width + at for at, cell in enumerate(cells)}
        upper = [*self.upper_rows]
        upper += [({helpers[c]: 1.0, self.place[c]: -1.0}, 0.0) for c in cells]
        cost = np.zeros(width + len(cells))
        cost[width:] = -1.0
        bounds = [(1.0, None)] * width + [(None, float(self.state.target[c])) for c in cells]
        equal_matrix, equal_right = _sparse(self.equal_rows, len(cost))
        upper_matrix, upper_right = _sparse(upper, len(cost))
        found = linprog(
            cost,
            A_ub=upper_matrix,
            b_ub=upper_right,
            A_eq=equal_matrix,
            b_eq=equal_right,
            bounds=bounds,
            method="highs",
        )
        if found.x is None:
            raise ValueError("the published sums contradict each other")
        return [float(value) for value in found.x[:width]]


def _sparse(rows: list[tuple[dict[int, float], float]], width: int) -> tuple[object, list[float]]:
    from scipy.sparse import csr_array

    data = [value for row, _ in rows for value in row.values()]
    across = [column for row, _ in rows for column in row]
    down = [number for number, (row, _) in enumerate(rows) for _ in row]
    return csr_array((data, (down, across)), shape=(len(rows), width)), [right for _, right in rows]
