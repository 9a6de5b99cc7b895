"""Which cells to mask: the sums among all cells of a dataset's tables, and the attacker's view.

`Masking` holds the cells, their sums and the masks, and asks `planes`, `attack` and `circles` what
an attacker could tell of the masked cells. Used by `suppression.publish` alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import NoReturn

from impactbook.checks.attack import Attack
from impactbook.checks.circles import Circles
from impactbook.checks.linked import Linked
from impactbook.checks.planes import Planes, Proof
from impactbook.checks.published import PublishedTable, PublishedWeights
from impactbook.checks.tables import Key, Level, Table, Tables, TableUnit, key_order

_LARGE = 600
"""In components of more cells a linear program takes long: there the flows' word is taken."""


_WORK = 2_000_000
"""So many entries of linear programs in all are affordable: some seconds' work."""


class NothingToMask(ValueError):
    """A small cell follows from what is published, and nothing that tells it can be masked."""


class TooLarge(Exception):
    """The attacker's view of some tables is too large to be computed: they are withdrawn.

    `axes` names single columns or crossings whose small cells are not known to be protected.
    """

    def __init__(self, axes: Iterable[tuple[TableUnit, frozenset[str]]]) -> None:
        super().__init__()
        self.axes = frozenset(axes)


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

    closed: Tables
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
    whole: bool = True
    work: int = 0
    coarse: tuple[PublishedTable, ...] = ()

    @cached_property
    def planes(self) -> Planes:
        """The two-way tables that no larger table refines."""
        return Planes.of(self, self.closed, self.limit)

    @cached_property
    def linked(self) -> Linked:
        """The circles among the tables, where they are small enough to be looked at whole."""
        return Linked.of(self.closed, self.index, self.coarse, look=self.whole)

    def hold_against(self, coarse: Sequence[PublishedTable]) -> None:
        """Protect the small cells once more, from a reader who knows these coarse tables too."""
        self.coarse = tuple(coarse)
        for known in ("linked", "planes"):
            self.__dict__.pop(known, None)
        if any(block.known for group in self.linked.groups for block in group):
            self.proven.clear()
        self.protect()

    @classmethod
    def of(cls, closed: Tables, limit: int, *, whole: bool = True) -> Masking:
        """Number the non-empty cells, write down their sums, and mask the small ones."""
        state = cls(closed, limit=limit, whole=whole)
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

    def protect(self) -> None:
        """Mask further cells until no small cell follows from what is left."""
        self.close(self.equations_of_masked())
        extra = 1
        while proofs := self.audit():
            self.widen(proofs, extra)
            extra *= 2

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

    def gives_away_any(self) -> bool:
        """Whether some equation gives a masked cell back by itself."""
        return any(self._gives_away(number) for number in self.equations_of_masked())

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

    def _cost(self, cell: int) -> tuple[int, int, tuple[object, ...]]:
        """Low for a cell that hides no margin with it, touches few new lines, and is small.

        A line with its first masked cell needs a second one.
        """
        lines = [self.equations[number] for number in self.member_of[cell]]
        alone = self.stands_alone(cell)
        untouched = sum(
            1 for eq in lines if eq.margin not in self.masked and self.masked.isdisjoint(eq.inner)
        )
        return alone, untouched, self.order[cell]

    def stands_alone(self, cell: int) -> int:
        """In how many lines with a told margin this is the only cell: that margin tells it."""
        lines = (self.equations[number] for number in self.member_of[cell])
        return sum(1 for eq in lines if eq.inner == (cell,) and eq.margin not in self.masked)

    def proof_from(self, numbers: Iterable[int]) -> Proof:
        """The told cells of some equations: masking one of them may break what they prove.

        A number below zero is a published cell that is a sum over an unpublished crossing.
        """
        numbers = list(numbers)
        equations = [self.equations[number] for number in numbers if number >= 0]
        inner = {c for eq in equations for c in eq.inner}
        inner = (inner | {-1 - number for number in numbers if number < 0}) - self.masked
        margins = {eq.margin for eq in equations} - self.masked - inner
        crossing = {cell for cell in inner if len(self.names[cell][1]) > 1}
        crossing = crossing or {cell for cell in margins if len(self.names[cell][1]) > 1}
        alone = sorted(inner - crossing, key=self._cost)
        others = sorted(margins - crossing, key=self._cost)
        return Proof(frozenset(crossing), (*alone, *others))

    def widen(self, proofs: Sequence[Proof], extra: int) -> None:
        """Mask further cells among those that prove a bound on some small cell.

        Up to `extra` cells where attributes meet for each proof; only where no proof has any left,
        one count of a single attribute or a total: those are what readers need most.
        """
        before = len(self.masked)
        for proof in proofs:
            for _ in range(extra):
                choice = min(proof.crossing - self.masked, key=self._cost, default=None)
                if choice is None:
                    break
                self.close(self._mask(choice))
        if len(self.masked) == before:
            choice = next((c for proof in proofs for c in proof.others), None)
            if choice is None:
                raise NothingToMask
            self.close(self._mask(choice))

    def row_holds_person(self, one: int, other: int) -> bool:
        """Whether of two twins the row cell counts no less than the person cell.

        A person has at least one row. Where blanks break that rule nobody can use it.
        """
        row, person = (one, other) if self.names[one][0] == "row" else (other, one)
        return self.counts[row] >= self.counts[person]

    def audit(self) -> list[Proof]:
        """Per small cell that published sums narrow down too much: what does so.

        Tables of two columns that nothing refines are settled one by one; what they leave open is
        asked of all published sums together.
        """
        import numpy as np

        hidden = np.zeros(len(self.counts), dtype=bool)
        hidden[list(self.masked)] = True
        certain, perhaps = self.planes.settle(hidden)
        proofs = list(certain.values())
        if any(self.is_open(cell) and cell not in certain for cell in self.target):
            for component in self._components():
                asked = [c for c in component if self.is_open(c) and c not in certain]
                helped = [perhaps[c] for c in asked if c in perhaps and perhaps[c].crossing]
                if self._is_one_line(component):
                    self.proven.update(asked)
                elif len(component) > _LARGE and helped:
                    proofs += helped
                elif asked:
                    proofs += Attack.on(self, component).proofs(asked)
        return proofs or self._circle_proofs()

    def _is_one_line(self, component: Sequence[int]) -> bool:
        """Whether masked cells hang together by one sum alone: then `close` has done all."""
        equations = {number for cell in component for number in self.member_of[cell]}
        alone = not any(cell in self.twins or self.linked.beside(cell) for cell in component)
        return alone and len(equations) == 1

    def _circle_proofs(self) -> list[Proof]:
        """The same for circles of tables that are too large to be looked at whole.

        A cell that single columns alone would bound as narrowly stays: readers need those most.
        """
        found: list[Proof] = []
        for unit in ("person", "row") if self.linked.too_large else ():
            circles = Circles.of(self, unit)
            if not circles.circles:
                continue
            narrow = {
                cell: (low, high)
                for cell, (low, high) in circles.room().items()
                if cell in self.target and (high < self.target[cell] or low == high)
            }
            resigned = Circles.of(self, unit, resigned=True).room() if narrow else {}
            for cell, (low, high) in sorted(narrow.items()):
                crossing, alone = circles.tells(cell)
                if low == high and not crossing and not alone:
                    raise TooLarge([(unit, frozenset(axis for axis, _ in self.names[cell][1]))])
                if low == high or (high < resigned[cell][1] and crossing):
                    found.append(Proof(crossing, alone))
        return found

    def spend(self, entries: int) -> None:
        """Count the work of a linear program; raises `TooLarge` when it becomes too much."""
        self.work += entries
        if self.work > _WORK:
            self.give_up()

    def give_up(self) -> NoReturn:
        """Raise `TooLarge` for all cells that are still open."""
        names = [self.names[cell] for cell in self.target if self.is_open(cell)]
        raise TooLarge((unit, frozenset(axis for axis, _ in levels)) for unit, levels in names)

    def is_open(self, cell: int) -> bool:
        """Whether a small cell may still follow from what is published."""
        return cell in self.target and cell not in self.proven

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
                near |= self.linked.beside(cell) & self.masked
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
        return PublishedTable(
            table.axes,
            table.unit,
            MappingProxyType(counts),
            told,
            _told_weights(table.weights, counts),
            _told_weights(table.squares, counts),
        )


def _told_weights(
    sums: Mapping[Key, float] | None, counts: Mapping[Key, int | None]
) -> PublishedWeights | None:
    """The weights of told cells alone (see `PublishedWeights`).

    Rounded to nine digits, so that the order of adding on an engine does not show.
    """
    if sums is None:
        return None
    told = {key: float(f"{sums.get(key, 0.0):.9g}") for key, n in counts.items() if n is not None}
    return PublishedWeights(told)
