"""Tables that share columns in a circle, and what they tell about each other.

Sex x label, sex x split and label x split are three tables, yet one set of people: not every filling
of the masked cells of each belongs to a set of people that has them all. Where tables overlap
without a circle, every filling does (Vorob'ev 1962); where they go round, the attacker counts in the
crossing of all columns of the circle. A `Block` is such a crossing, of which nothing is published
but its margins. Used by `Masking` and `Attack`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from math import prod

from impactbook.checks.published import PublishedTable
from impactbook.checks.tables import OTHER_VALUES, Key, Level, Table, Tables, TableUnit, key_order

_MOST = 800
"""So many unpublished cells in all are looked at; beyond, tables are only held against their sums."""

_LISTED = 200_000
"""A crossing with more cells than this is not even listed."""

Name = tuple[TableUnit, frozenset[tuple[str, Level]]]


@dataclass(eq=False)
class Block:
    """The unpublished crossing of some columns, and which published cell sums which of its cells.

    `links` maps the numbers of published cells to the places of the crossing's cells they hold,
    `known` lists sums of coarse tables in the same way, with their counts; `joined` holds, for columns shared with another block and published nowhere, the places in
    either that hold the same people.
    """

    unit: TableUnit
    axes: tuple[str, ...]
    keys: list[Key]
    links: dict[int, list[int]] = field(default_factory=dict)
    known: list[tuple[int, list[int]]] = field(default_factory=list)
    joined: list[tuple[Block, list[int], list[int]]] = field(default_factory=list)


@dataclass(frozen=True)
class Linked:
    """The circles among all tables, in groups that share people in columns published nowhere.

    `too_large`: there are circles that are not looked at whole; they are left to `circles`.
    """

    groups: tuple[tuple[Block, ...], ...]
    too_large: bool

    @classmethod
    def of(
        cls,
        closed: Tables,
        index: Mapping[Name, int],
        coarse: Sequence[PublishedTable] = (),
        *,
        look: bool = True,
    ) -> Linked:
        """Find them; `coarse` are coarsened tables that are published beside.

        Where these make the circles too large, they alone are left to `circles`; without `look`
        all are.
        """
        blocks = _blocks_of(closed, index, coarse) if look else None
        too_large = blocks is None
        if blocks is None and coarse and look:
            blocks = _blocks_of(closed, index, ())
        return cls(_grouped(blocks or []), too_large)

    def around(self, cells: Iterable[int]) -> list[Block]:
        """The circles that some of these cells belong to, and those joined to them."""
        near = {number for cell in cells for number in self._groups_of.get(cell, ())}
        return [block for number in sorted(near) for block in self.groups[number]]

    def beside(self, cell: int) -> set[int]:
        """The published cells of all circles that one cell belongs to."""
        numbers = self._groups_of.get(cell, ())
        return {one for number in numbers for block in self.groups[number] for one in block.links}

    @cached_property
    def _groups_of(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number, group in enumerate(self.groups):
            for cell in dict.fromkeys(cell for block in group for cell in block.links):
                found.setdefault(cell, []).append(number)
        return found


def _grouped(blocks: Iterable[Block]) -> tuple[tuple[Block, ...], ...]:
    found: list[list[Block]] = []
    for block in blocks:
        near = [group for group in found if any(_are_joined(block, one) for one in group)]
        rest = [group for group in found if not any(group is one for one in near)]
        found = [*rest, [*(one for group in near for one in group), block]]
    return tuple(tuple(group) for group in found)


def _are_joined(one: Block, other: Block) -> bool:
    return any(a is other for a, _, _ in one.joined) or any(a is one for a, _, _ in other.joined)


def _blocks_of(
    closed: Tables, index: Mapping[Name, int], coarse: Sequence[PublishedTable]
) -> list[Block] | None:
    """The circles of each unit; None when they are too large to be looked at."""
    found: list[Block] = []
    units: tuple[TableUnit, ...] = ("person", "row")
    for unit in units:
        tables = [table for table in closed if table.unit == unit and table.axes]
        merged = [table for table in coarse if table.unit == unit]
        names = {frozenset(table.axes) for table in tables}
        alone = names | {frozenset(table.axes) for table in merged}
        mine: list[Block] = []
        for clique in _cliques(alone):
            if any(clique <= other for other in alone):
                continue
            block = _block(unit, clique, tables, index)
            if block is None or len(block.keys) + sum(len(b.keys) for b in found + mine) > _MOST:
                return None
            for table in merged:
                if clique.issuperset(table.axes):
                    _know(block, table)
            mine.append(block)
        _join(mine, names)
        found += mine
    return found


def _know(block: Block, coarse: PublishedTable) -> None:
    """Note the sums of a coarse table: its merged level holds all levels that it does not name."""
    at = [block.axes.index(axis) for axis in coarse.axes]
    named = [set(coarse.levels(axis)) - {OTHER_VALUES} for axis in coarse.axes]
    inside: dict[Key, list[int]] = {}
    for number, key in enumerate(block.keys):
        levels = zip(at, named, strict=True)
        cell = tuple(key[i] if key[i] in alone else OTHER_VALUES for i, alone in levels)
        inside.setdefault(cell, []).append(number)
    for cell in sorted({*inside, *coarse.counts}, key=key_order):
        block.known.append((coarse.count(cell) or 0, inside.get(cell, [])))


def _cliques(names: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Sets of columns that hold every table, and that overlap without a circle.

    One column after the other is taken out, always the one whose neighbours lack the fewest links
    among each other, and these links are added (minimum fill; Rose 1972).
    """
    near: dict[str, set[str]] = {}
    for axes in names:
        for axis in axes:
            near.setdefault(axis, set()).update(axes - {axis})
    found: list[frozenset[str]] = []
    while near:
        axis = min(near, key=lambda one: (_lacking(near, one), len(near[one]), one))
        around = near.pop(axis)
        clique = frozenset({axis, *around})
        if not any(clique <= other for other in found):
            found.append(clique)
        for one in around:
            near[one] |= around - {one}
            near[one].discard(axis)
    return found


def _lacking(near: Mapping[str, set[str]], axis: str) -> int:
    return sum(two not in near[one] for one, two in combinations(sorted(near[axis]), 2))


def _block(
    unit: TableUnit, axes: frozenset[str], tables: Sequence[Table], index: Mapping[Name, int]
) -> Block | None:
    """The crossing of these columns without the cells that a published zero excludes."""
    order = tuple(sorted(axes))
    inside = [table for table in tables if axes.issuperset(table.axes)]
    inside = [t for t in inside if not any(set(t.axes) < set(other.axes) for other in inside)]
    levels: dict[str, tuple[Level, ...]] = {}
    for table in inside:
        levels |= {axis: table.levels(axis) for axis in table.axes}
    if prod(len(levels[axis]) for axis in order) > _LISTED:
        return None
    places = [[order.index(axis) for axis in table.axes] for table in inside]
    keys = [
        key
        for key in product(*(levels[axis] for axis in order))
        if all(
            table.count(tuple(key[i] for i in at)) for table, at in zip(inside, places, strict=True)
        )
    ]
    block = Block(unit, order, keys)
    for number, key in enumerate(keys):
        for table, at in zip(inside, places, strict=True):
            name = (unit, frozenset((axis, key[i]) for axis, i in zip(table.axes, at, strict=True)))
            block.links.setdefault(index[name], []).append(number)
    return block


def _join(blocks: Sequence[Block], names: Iterable[frozenset[str]]) -> None:
    """Note the people that two blocks share in columns that no published table crosses."""
    published = list(names)
    for at, block in enumerate(blocks):
        for other in blocks[at + 1 :]:
            shared = frozenset(block.axes) & frozenset(other.axes)
            if len(shared) > 1 and not any(shared <= axes for axes in published):
                mine, theirs = _by(block, shared), _by(other, shared)
                for key in sorted({*mine, *theirs}, key=key_order):
                    block.joined.append((other, mine.get(key, []), theirs.get(key, [])))


def _by(block: Block, axes: frozenset[str]) -> dict[Key, list[int]]:
    at = [place for place, axis in enumerate(block.axes) if axis in axes]
    found: dict[Key, list[int]] = {}
    for number, key in enumerate(block.keys):
        found.setdefault(tuple(key[place] for place in at), []).append(number)
    return found
