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
    from impactbook.checks.linked import Block
    from impactbook.checks.masking import Masking

_EXACT = 1e-6
"""How far from an integer a linear program's solution may be and still count as that integer."""

_PROOFS_AT_ONCE, _SHARE_AT_ONCE = 5, 10
"""After so many proofs, or for one cell in so many, more is masked before asking again: one mask
often breaks many proofs."""

_WHOLE = 400
"""Up to so many variables solutions are looked for in whole numbers."""

_STEPS, _BRANCHINGS = 50_000, 200
"""How many steps one program may take, and how many branchings one in whole numbers."""

_FAILURES = 2
"""After so many programs for many cells at once that help none, each cell is asked for alone."""

Row = tuple[Mapping[int, float], float]


class Contradiction(ValueError):
    """No counts at all fit what is said to be published."""


@dataclass
class Attack:
    """Equalities and inequalities of the masked cells of one component, and what they allow.

    `place` numbers the masked cells as variables, after which come the cells of unpublished
    crossings. `numbers` says what each equality is: an equation, or (-1 - its number) a published
    cell that is a sum over a crossing, or None for sums that masking cannot take back; `lowest` and `highest` are the least and greatest
    counts that some solution gave them so far; the true counts are one. `tried` are cells that
    were asked to move together with others. `only_in_parts`: the best solution of the last program
    was not in whole numbers.
    """

    state: Masking
    place: dict[int, int]
    numbers: list[int | None]
    equal_rows: list[Row]
    upper_rows: list[Row]
    lowest: list[float] = field(default_factory=list)
    highest: list[float] = field(default_factory=list)
    tried: set[int] = field(default_factory=set)
    starts: dict[int, int] = field(default_factory=dict)
    crossed: int = 0
    only_in_parts: bool = False

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
        found = cls(state, place, list(numbers), equal, upper, list(true), list(true))
        blocks = state.linked.around(component)
        found._cross(blocks)
        found._twins_of(blocks)
        return found

    def _cross(self, blocks: Sequence[Block]) -> None:
        """Add the cells of unpublished crossings, zero or more, and what is known of their sums."""
        state = self.state
        for block in blocks:
            self.starts[id(block)] = len(self.place) + self.crossed
            self.crossed += len(block.keys)
        for block in blocks:
            at = self.starts[id(block)]
            for cell, inside in block.links.items():
                row = dict.fromkeys((at + number for number in inside), 1.0)
                if cell in state.masked:
                    row[self.place[cell]] = -1.0
                self.equal_rows.append((row, 0.0 if cell in state.masked else state.counts[cell]))
                self.numbers.append(-1 - cell)
            for count, inside in block.known:
                row = dict.fromkeys((at + number for number in inside), 1.0)
                self.equal_rows.append((row, float(count)))
                self.numbers.append(None)
            for other, mine, theirs in block.joined:
                row = dict.fromkeys((at + number for number in mine), 1.0)
                row |= dict.fromkeys((self.starts[id(other)] + number for number in theirs), -1.0)
                self.equal_rows.append((row, 0.0))
                self.numbers.append(None)

    def _twins_of(self, blocks: Sequence[Block]) -> None:
        """In a crossing, too, a person has a row; unless rows with blanks contradict that."""
        before = len(self.upper_rows)
        rows = {block.axes: block for block in blocks if block.unit == "row"}
        for block in blocks:
            if block.unit == "person" and block.axes in rows:
                other = rows[block.axes]
                place = {key: self.starts[id(other)] + at for at, key in enumerate(other.keys)}
                for at, key in enumerate(block.keys):
                    if key in place:
                        pair = {self.starts[id(block)] + at: 1.0, place[key]: -1.0}
                        self.upper_rows.append((pair, 0.0))
        if len(self.upper_rows) > before and not self._fits():
            del self.upper_rows[before:]

    def proofs(self, open_cells: list[int]) -> list[Proof]:
        """For those of `open_cells` that no solution brings to their target: why.

        A solution found once stays one when more is masked, so a proven cell is never asked again.
        A cell whose target only single attributes and totals stand against is proven when it can
        move at all.
        """
        goals = {cell: self._goal(cell) for cell in open_cells}
        found: list[Proof] = []
        waiting = self._together(open_cells, goals)
        enough = max(_PROOFS_AT_ONCE, len(waiting) // _SHARE_AT_ONCE)
        while waiting and len(found) < enough:
            first = waiting[0]
            # As far as the target: a full line would hide what else limits the cell.
            numbers = self._largest([first], {first: float(self.state.target[first])})
            waiting = self._left(waiting, goals)
            if first not in waiting:
                continue
            waiting.remove(first)
            proof = self.state.proof_from(numbers)
            if self.only_in_parts and not proof.crossing:
                # Parts of people would do, whole ones do not; no dual value says why.
                proof = self.state.proof_from(n for n in self.numbers if n is not None)
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
            single = len(state.names[equation.margin][1]) < 2
            told = equation.margin not in state.masked and single
            if cell != equation.margin and told and state.masked.issuperset(equation.inner):
                most = min(most, state.counts[equation.margin] - len(equation.inner) + 1.0)
        return most

    def _together(self, cells: list[int], goals: Mapping[int, float]) -> list[int]:
        """The cells that are left when as many as possible are brought to their goals at once.

        Cells compete for what is left of their lines: so each time others come first.
        """
        import numpy as np

        random = np.random.default_rng(0)
        waiting, failures = self._left(cells, goals), 0
        while waiting and failures < _FAILURES:
            first = random.uniform(1.0, 2.0, len(waiting)) if len(waiting) < len(cells) else None
            self._largest(waiting, goals, first)
            left = self._left(waiting, goals)
            failures = failures + 1 if len(left) == len(waiting) else 0
            waiting = left
        return waiting

    def _left(self, cells: Sequence[int], goals: Mapping[int, float]) -> list[int]:
        """The cells not at their goals yet; those that are, are proven if they can move."""
        target = self.state.target
        reached = [cell for cell in cells if self._reached(cell, goals[cell])]
        unsure = [cell for cell in reached if goals[cell] < target[cell]]
        self._move_together([cell for cell in unsure if cell not in self.tried])
        self.tried |= set(unsure)
        proven = set(reached) - {cell for cell in unsure if not self._has_moved(cell)}
        self.state.proven |= proven
        return [cell for cell in cells if cell not in proven]

    def _reached(self, cell: int, goal: float) -> bool:
        return self.highest[self.place[cell]] >= goal - _EXACT

    def _move_together(self, cells: Sequence[int]) -> None:
        """Try to move these cells from their true counts, all at once."""
        waiting = [cell for cell in cells if not self._has_moved(cell)]
        while len(waiting) > 1:
            for sign in (-1.0, 1.0):
                self._solve({self.place[cell]: sign for cell in waiting})
            left = [cell for cell in waiting if not self._has_moved(cell)]
            if len(left) == len(waiting):
                break
            waiting = left

    def _moves(self, cell: int) -> bool:
        """Whether some solution has another whole count than the true one in this cell."""
        for sign in (-1.0, 1.0):
            if not self._has_moved(cell):
                self._solve({self.place[cell]: sign})
        return self._has_moved(cell)

    def _has_moved(self, cell: int) -> bool:
        at, count = self.place[cell], self.state.counts[cell]
        return max(self.highest[at] - count, count - self.lowest[at]) > 1 - _EXACT

    def _largest(
        self,
        cells: list[int],
        goals: Mapping[int, float],
        first: Iterable[float] | None = None,
    ) -> list[int]:
        """Bring `cells` as near to their goals as they go together; the equations that limit it.

        `first` says how much each of them matters.
        """
        width = len(self.place) + self.crossed
        helpers = {cell: width + at for at, cell in enumerate(cells)}
        below = [({helpers[c]: 1.0, self.place[c]: -1.0}, 0.0) for c in cells]
        most = [goals[c] for c in cells]
        weights = [1.0] * len(cells) if first is None else first
        cost = {at: -weight for at, weight in zip(helpers.values(), weights, strict=True)}
        return self._solve(cost, below, most)

    @cached_property
    def _equal(self) -> tuple[Any, list[float]]:
        return _sparse(self.equal_rows, len(self.place) + self.crossed)

    @cached_property
    def _size(self) -> int:
        return sum(len(row) for row, _ in self.equal_rows)

    @cached_property
    def _largest_count(self) -> float:
        # The attacker knows no upper bound; this one only keeps the program bounded.
        return 10.0 * (max(self.state.counts) + self.state.limit)

    def _fits(self) -> bool:
        """Whether anything at all is possible."""
        try:
            self._solve({})
        except Contradiction:
            return False
        return True

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

        cells = len(self.place) + self.crossed
        width = cells + len(helpers_up_to)
        self.state.spend(self._size)
        weights = np.zeros(width)
        weights[list(cost)] = list(cost.values())
        equal, right = self._equal
        equal = equal.copy()
        equal.resize((equal.shape[0], width))
        upper, upper_right = _sparse([*self.upper_rows, *more_rows], width)
        bounds = np.empty((width, 2))
        bounds[: len(self.place)] = 1.0, self._largest_count
        bounds[len(self.place) : cells] = 0.0, self._largest_count
        bounds[cells:, 0] = -np.inf
        bounds[cells:, 1] = helpers_up_to
        limits = {"A_ub": upper, "b_ub": upper_right, "A_eq": equal, "b_eq": right}
        steps = {"maxiter": _STEPS}
        found = linprog(weights, **limits, bounds=bounds, options=steps, method="highs")
        if found.status == 1:
            self.state.give_up()
        if found.x is None:
            raise Contradiction("the published sums contradict each other")
        solution, self.only_in_parts = found.x, False
        if cells <= _WHOLE and not _is_whole(solution[:cells]):
            solution = _in_whole_numbers(weights, limits, bounds, np.arange(width) < cells)
            self.only_in_parts = True
        if solution is not None:
            told = solution[: len(self.place)].tolist()
            self.lowest = list(map(min, self.lowest, told))
            self.highest = list(map(max, self.highest, told))
        duals = zip(self.numbers, found.eqlin.marginals, strict=True)
        return [number for number, dual in duals if number is not None and abs(dual) > _EXACT]


def _in_whole_numbers(weights: Any, limits: Mapping[str, Any], bounds: Any, whole: Any) -> Any:
    """A good solution in whole numbers, or None when none is found in a few branchings."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    constraints = [LinearConstraint(limits["A_eq"], limits["b_eq"], limits["b_eq"])]
    if limits["A_ub"].shape[0]:
        constraints.append(LinearConstraint(limits["A_ub"], -np.inf, limits["b_ub"]))
    # HiGHS's presolve takes feasible programs in whole numbers for infeasible now and then. A limit
    # in time would give other masks on another day.
    return milp(
        weights,
        constraints=constraints,
        bounds=Bounds(bounds[:, 0], bounds[:, 1]),
        integrality=whole,
        options={"presolve": False, "node_limit": _BRANCHINGS},
    ).x


def _is_whole(solution: Any) -> bool:
    return bool((abs(solution - solution.round()) < _EXACT).all())


def _sparse(rows: Iterable[Row], width: int) -> tuple[Any, list[float]]:
    from scipy.sparse import csr_array

    rows = list(rows)
    data = [value for row, _ in rows for value in row.values()]
    across = [column for row, _ in rows for column in row]
    down = [number for number, (row, _) in enumerate(rows) for _ in row]
    return csr_array((data, (down, across)), shape=(len(rows), width)), [right for _, right in rows]
