"""The attacker's view: what all published sums together tell about the masked cells.

`Attack` knows every told cell, that masked cells hold one or more, and how cells add up; linear
programs over these find how large a small cell might be. Used by `Masking.audit` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from impactbook.checks.planes import Proof

if TYPE_CHECKING:
    from impactbook.checks.masking import Masking

_EXACT = 1e-6
"""How far from an integer a linear program's solution may be and still count as that integer."""

_PROOFS_AT_ONCE = 5
"""After so many proofs more is masked before asking again: one mask often breaks many proofs."""

_SHAKES, _FEW = 4, 40
"""So many random directions are tried before it is asked cell by cell whether one can move, unless
there are few cells."""

Row = tuple[Mapping[int, float], float]


@dataclass
class Attack:
    """Equalities and inequalities of the masked cells of one component, and what they allow.

    `place` numbers the masked cells as variables; `lowest` and `highest` are the least and greatest
    counts that some solution gave them so far, `stuck` cells that have but one. The true counts are
    a solution.
    """

    state: Masking
    place: dict[int, int]
    numbers: list[int]
    equal_rows: list[Row]
    upper_rows: list[Row]
    lowest: list[float] = field(default_factory=list)
    highest: list[float] = field(default_factory=list)
    stuck: set[int] = field(default_factory=set)
    shaken: bool = False

    @classmethod
    def on(cls, state: Masking, component: list[int]) -> Attack:
        """Write down what is published about the masked cells of `component`."""
        place = {cell: at for at, cell in enumerate(component)}
        numbers = sorted({number for cell in component for number in state.member_of[cell]})
        equal: list[Row] = []
        for number in numbers:
            equation = state.equations[number]
            row = {place[c]: 1.0 for c in equation.inner if c in state.masked}
            known = float(sum(state.counts[c] for c in equation.inner if c not in state.masked))
            if equation.margin in state.masked:
                row[place[equation.margin]] = -1.0
                equal.append((row, -known))
            else:
                equal.append((row, state.counts[equation.margin] - known))
        upper: list[Row] = []
        for cell in component:
            twin = state.twins.get(cell)
            rows_of = state.names[cell][0] == "row"
            if rows_of and twin is not None and state.row_holds_person(cell, twin):
                upper.append(({place[twin]: 1.0, place[cell]: -1.0}, 0.0))
        true = [float(state.counts[cell]) for cell in component]
        return cls(state, place, numbers, equal, upper, list(true), list(true))

    def proofs(self, open_cells: list[int]) -> list[Proof]:
        """For those of `open_cells` that no solution brings to their target: why.

        A solution found once stays one when more is masked, so a proven cell is never asked again.
        A cell whose target only single attributes and totals stand against is proven when it can
        move at all.
        """
        goals = {cell: self._goal(cell) for cell in open_cells}
        found: list[Proof] = []
        waiting = self._together(open_cells, goals)
        while waiting and len(found) < _PROOFS_AT_ONCE:
            first = waiting[0]
            # As far as the target: a full line would hide what else limits the cell.
            numbers = self._largest([first], {first: float(self.state.target[first])})
            left = self._left(waiting, goals)
            if first not in left:
                waiting = self._together(left, goals)
                continue
            waiting = [cell for cell in left if cell != first]
            proof = self.state.proof_from(numbers)
            if proof.crossing or not self._moves(first):
                found.append(proof)
            else:
                self.state.proven.add(first)
        return found

    def _goal(self, cell: int) -> float:
        """The target, or as much as full lines with a told margin leave where that is less."""
        state = self.state
        most = float(state.planes.caps.get(cell, state.target[cell]))
        for number in state.member_of[cell]:
            equation = state.equations[number]
            told = equation.margin not in state.masked
            if cell != equation.margin and told and state.masked.issuperset(equation.inner):
                most = min(most, state.counts[equation.margin] - len(equation.inner) + 1.0)
        return most

    def _together(self, cells: list[int], goals: Mapping[int, float]) -> list[int]:
        """The cells that are left when as many as possible are brought to their goals at once."""
        waiting = self._left(cells, goals)
        while waiting:
            self._largest(waiting, goals)
            left = self._left(waiting, goals)
            if len(left) == len(waiting):
                break
            waiting = left
        return waiting

    def _left(self, cells: Sequence[int], goals: Mapping[int, float]) -> list[int]:
        """The cells not at their goals yet; those that are, are proven if they can move."""
        left = []
        for cell in cells:
            reached = self._reached(cell, goals[cell])
            if reached and (goals[cell] >= self.state.target[cell] or self._moves(cell)):
                self.state.proven.add(cell)
            else:
                left.append(cell)
        return left

    def _reached(self, cell: int, goal: float) -> bool:
        return self.highest[self.place[cell]] >= goal - _EXACT

    def _moves(self, cell: int) -> bool:
        """Whether some solution has another whole count than the true one in this cell."""
        if not self._has_moved(cell) and len(self.place) > _FEW and not self.shaken:
            self._shake()
        if cell not in self.stuck and not self._has_moved(cell):
            for sign in (-1.0, 1.0):
                if not self._has_moved(cell):
                    self._solve({self.place[cell]: sign})
            if not self._has_moved(cell):
                self.stuck.add(cell)
        return cell not in self.stuck

    def _has_moved(self, cell: int) -> bool:
        at, count = self.place[cell], self.state.counts[cell]
        return max(self.highest[at] - count, count - self.lowest[at]) > 1 - _EXACT

    def _shake(self) -> None:
        """Look at a few far corners of all that is possible: most cells that can move, do there."""
        import numpy as np

        self.shaken = True
        random = np.random.default_rng(0)
        for _ in range(_SHAKES):
            signs = random.uniform(-1.0, 1.0, len(self.place))
            self._solve(dict(enumerate(signs)))
            self._solve(dict(enumerate(-signs)))

    def _largest(self, cells: list[int], goals: Mapping[int, float]) -> list[int]:
        """Bring `cells` as near to their goals as they go together; the equations that limit it."""
        width = len(self.place)
        helpers = {cell: width + at for at, cell in enumerate(cells)}
        below = [({helpers[c]: 1.0, self.place[c]: -1.0}, 0.0) for c in cells]
        most = [goals[c] for c in cells]
        return self._solve(dict.fromkeys(helpers.values(), -1.0), below, most)

    @cached_property
    def _equal(self) -> tuple[Any, list[float]]:
        return _sparse(self.equal_rows, len(self.place))

    @cached_property
    def _largest_count(self) -> float:
        # The attacker knows no upper bound; this one only keeps the program bounded.
        return 10.0 * (max(self.state.counts) + self.state.limit)

    def _solve(
        self,
        cost: Mapping[int, float],
        more_rows: Sequence[Row] = (),
        helpers_up_to: Sequence[float] = (),
    ) -> list[int]:
        """Take the solution where `cost` is least into account; the equations that allow no less.

        These are the ones with a dual value: together they prove the bound, so masking a told cell
        of one of them breaks the proof.
        """
        import numpy as np
        from scipy.optimize import linprog

        width = len(self.place) + len(helpers_up_to)
        weights = np.zeros(width)
        weights[list(cost)] = list(cost.values())
        equal, right = self._equal
        equal = equal.copy()
        equal.resize((equal.shape[0], width))
        upper, upper_right = _sparse([*self.upper_rows, *more_rows], width)
        bounds = np.empty((width, 2))
        bounds[: len(self.place)] = 1.0, self._largest_count
        bounds[len(self.place) :, 0] = -np.inf
        bounds[len(self.place) :, 1] = helpers_up_to
        found = linprog(
            weights,
            A_ub=upper,
            b_ub=upper_right,
            A_eq=equal,
            b_eq=right,
            bounds=bounds,
            method="highs",
        )
        if found.x is None:
            raise ValueError("the published sums contradict each other")
        solution = found.x[: len(self.place)].tolist()
        self.lowest = list(map(min, self.lowest, solution))
        self.highest = list(map(max, self.highest, solution))
        duals = zip(self.numbers, found.eqlin.marginals, strict=True)
        return [number for number, dual in duals if abs(dual) > _EXACT]


def _sparse(rows: Iterable[Row], width: int) -> tuple[Any, list[float]]:
    from scipy.sparse import csr_array

    rows = list(rows)
    data = [value for row, _ in rows for value in row.values()]
    across = [column for row, _ in rows for column in row]
    down = [number for number, (row, _) in enumerate(rows) for _ in row]
    return csr_array((data, (down, across)), shape=(len(rows), width)), [right for _, right in rows]
