"""Which cells to mask: the sums among all cells of a dataset's tables, and the attacker's view.

`Masking` holds the cells, their sums and the masks; `_Attack` plays the attacker on one group of
masked cells by linear programming. Used by `suppression.publish` alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from impactbook.checks.tables import Key, Level, PublishedTable, Table, Tables, TableUnit, key_order

_EXACT = 1e-6
"""How far from an integer a linear program's solution may be and still count as that integer."""

_PROOFS_AT_ONCE = 5
"""After so many proofs more is masked before asking again: one mask often breaks many proofs."""


@dataclass(frozen=True)
class Equation:
    """The cells of one line of a table, and the margin they add up to (indices of cells)."""

    inner: tuple[int, ...]
    margin: int


@dataclass
class Masking:
    """All cells of all tables, the sums among them, and which are masked by now.

    `target` is how large an attacker must think a primary cell might be. `twins` are the same cell
    counted in rows and in persons: they are masked together, for each limits the other.
    """

    counts: list[int] = field(default_factory=list)
    names: list[tuple[TableUnit, frozenset[tuple[str, Level]]]] = field(default_factory=list)
    order: list[tuple[object, ...]] = field(default_factory=list)
    index: dict[tuple[TableUnit, frozenset[tuple[str, Level]]], int] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    member_of: list[list[int]] = field(default_factory=list)
    twins: dict[int, int] = field(default_factory=dict)
    target: dict[int, int] = field(default_factory=dict)
    masked: set[int] = field(default_factory=set)
    proven: set[int] = field(default_factory=set)
    limit: int = 1

    @classmethod
    def of(cls, closed: Tables, limit: int) -> Masking:
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
            self.equations.append(Equation(tuple(inner), margin))

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
        if len(hidden) == len(equation.inner):
            return most < 2  # all are 1, and everybody could tell
        return most < needed

    def _next_choice(self, numbers: Iterable[int]) -> int | None:
        """The next cell to mask in these equations, an inner one before a margin."""
        equations = [self.equations[number] for number in numbers]
        inner = {c for eq in equations for c in eq.inner} - self.masked
        margins = {eq.margin for eq in equations} - self.masked
        return min(inner or margins, key=self._cost, default=None)

    def _crossing_choice(self, proof: Iterable[int]) -> int | None:
        """The next inner cell to mask that lies where attributes meet, if there is one.

        Counts of single attributes are what readers need most: they are margins here.
        """
        inner = {cell for number in proof for cell in self.equations[number].inner}
        crossing = {cell for cell in inner - self.masked if len(self.names[cell][1]) > 1}
        return min(crossing, key=self._cost, default=None)

    def _cost(self, cell: int) -> tuple[int, int, tuple[object, ...]]:
        """Low for a cell that hides no margin with it, touches few new lines, and is small.

        A line with its first masked cell needs a second one.
        """
        lines = [self.equations[number] for number in self.member_of[cell]]
        alone = sum(1 for eq in lines if eq.inner == (cell,) and eq.margin not in self.masked)
        untouched = sum(
            1 for eq in lines if eq.margin not in self.masked and self.masked.isdisjoint(eq.inner)
        )
        return alone, untouched, self.order[cell]

    def has_crossing_choice(self, proof: Iterable[int]) -> bool:
        """Whether these equations have a cell left to mask where attributes meet."""
        return self._crossing_choice(proof) is not None

    def widen(self, proofs: Sequence[list[int]], extra: int) -> None:
        """Mask further cells in the equations that prove a bound on some small cell.

        Up to `extra` cells where attributes meet for each proof; only where no proof has any left,
        one count of a single attribute or a total.
        """
        before = len(self.masked)
        for proof in proofs:
            for _ in range(extra):
                choice = self._crossing_choice(proof)
                if choice is None:
                    break
                self.close(self._mask(choice))
        if len(self.masked) == before:
            choice = self._next_choice(proofs[0])
            if choice is None:
                raise ValueError("the published sums contradict each other")
            self.close(self._mask(choice))

    def audit(self) -> list[list[int]]:
        """Per small cell that published sums narrow down too much: the equations that do so."""
        proofs: list[list[int]] = []
        for component in self._components():
            open_cells = [c for c in component if c in self.target and c not in self.proven]
            if open_cells:
                proofs += _Attack.on(self, component).proofs(open_cells)
        return proofs

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

    state: Masking
    place: dict[int, int]
    numbers: list[int]
    equal_rows: list[tuple[dict[int, float], float]]
    upper_rows: list[tuple[dict[int, float], float]]

    @classmethod
    def on(cls, state: Masking, component: list[int]) -> _Attack:
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
        return cls(state, place, numbers, equal, upper)

    def proofs(self, open_cells: list[int]) -> list[list[int]]:
        """For those of `open_cells` that no solution brings to their target: the equations why.

        A solution found once stays one when more is masked, so a proven cell is never asked again.
        """
        waiting, stalled = list(open_cells), False
        found: list[list[int]] = []
        while waiting and len(found) < _PROOFS_AT_ONCE:
            if not stalled:
                left = self._unproven(waiting, self._largest(waiting)[0])
                stalled, waiting = len(left) == len(waiting), left
                continue
            first = waiting[0]
            solution, proof = self._largest([first])
            waiting = self._unproven(waiting, solution)
            stalled = first in waiting
            if stalled:
                waiting.remove(first)
                if self.state.has_crossing_choice(proof) or not self._movable(first):
                    found.append(proof)
                else:
                    self.state.proven.add(first)
        return found

    def _movable(self, cell: int) -> bool:
        """Whether some solution has another count than the true one in this cell."""
        count, at = self.state.counts[cell], self.place[cell]
        return any(abs(self._solve({at: sign})[0][at] - count) > 1 - _EXACT for sign in (-1.0, 1.0))

    def _unproven(self, cells: list[int], solution: list[float]) -> list[int]:
        target = self.state.target
        left = []
        for cell in cells:
            if solution[self.place[cell]] >= target[cell] - _EXACT:
                self.state.proven.add(cell)
            else:
                left.append(cell)
        return left

    def _largest(self, cells: list[int]) -> tuple[list[float], list[int]]:
        """A solution that brings `cells` as near to their targets as they go together."""
        width = len(self.place)
        helpers = {cell: width + at for at, cell in enumerate(cells)}
        below = [({helpers[c]: 1.0, self.place[c]: -1.0}, 0.0) for c in cells]
        most = [float(self.state.target[c]) for c in cells]
        return self._solve(dict.fromkeys(helpers.values(), -1.0), below, most)

    def _solve(
        self,
        cost: Mapping[int, float],
        more_rows: Sequence[tuple[dict[int, float], float]] = (),
        helpers_up_to: Sequence[float] = (),
    ) -> tuple[list[float], list[int]]:
        """The masked cells where `cost` is least, and the equations that allow no less.

        These are the ones with a dual value: together they prove the bound, so masking a told cell
        of one of them breaks the proof.
        """
        import numpy as np
        from scipy.optimize import linprog

        width = len(self.place) + len(helpers_up_to)
        weights = np.zeros(width)
        for column, weight in cost.items():
            weights[column] = weight
        equal_matrix, equal_right = _sparse(self.equal_rows, width)
        upper_matrix, upper_right = _sparse([*self.upper_rows, *more_rows], width)
        # The attacker knows no upper bound; this one only keeps the program bounded.
        large = 10.0 * (max(self.state.counts) + self.state.limit)
        bounds = [(1.0, large)] * len(self.place) + [(None, most) for most in helpers_up_to]
        found = linprog(
            weights,
            A_ub=upper_matrix,
            b_ub=upper_right,
            A_eq=equal_matrix,
            b_eq=equal_right,
            bounds=bounds,
            method="highs",
        )
        if found.x is None:
            raise ValueError("the published sums contradict each other")
        duals = zip(self.numbers, found.eqlin.marginals, strict=True)
        solution = [float(value) for value in found.x[: len(self.place)]]
        return solution, [number for number, dual in duals if abs(dual) > _EXACT]


def _sparse(rows: list[tuple[dict[int, float], float]], width: int) -> tuple[object, list[float]]:
    from scipy.sparse import csr_array

    data = [value for row, _ in rows for value in row.values()]
    across = [column for row, _ in rows for column in row]
    down = [number for number, (row, _) in enumerate(rows) for _ in row]
    return csr_array((data, (down, across)), shape=(len(rows), width)), [right for _, right in rows]
