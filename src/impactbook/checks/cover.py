"""Few blocks of attributes that hold many tables: which to count, and the tables inside them.

Counting costs one hash per row and table. A block of four or five attributes with few joint cells
holds ten tables at the price of one or two, so rows are grouped by blocks only, and the tables are
sums over a block's cells. Pure arithmetic: nothing here knows an engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from impactbook.checks.tables import Axes, Key, Level

MOST_CELLS = 2_000
"""So many joint cells a block may have: beyond, its hash table leaves the processor's cache and
grouping by it costs more than the tables it saves (measured on DuckDB with 10 million rows)."""

_SAFE = 2**62  # keys of cells are numbered within 64 bits


@dataclass(frozen=True)
class Cover:
    """The blocks that are counted, and in which of them each wanted table lies."""

    blocks: tuple[Axes, ...]
    home: Mapping[Axes, Axes]

    def tables_in(self, block: Axes) -> tuple[Axes, ...]:
        """The wanted tables that are summed up from one block."""
        return tuple(axes for axes, home in self.home.items() if home == block)


def cover(
    tables: Iterable[Axes], levels: Mapping[str, int], *, most_cells: int = MOST_CELLS
) -> Cover:
    """Choose blocks of axes so that every table lies inside one of them.

    `levels` says how many levels each axis has, about; the missing level is counted on top. No
    block has more joint cells than `most_cells`, except a table that by itself has more: it is its
    own block. Greedy set cover (Chvatal, Math. Oper. Res. 4 (1979) 233-235): from the largest table
    left, the block grows by the axes that complete most further tables per doubling of its cells.
    The choice depends on the arguments alone, and changes no result, only its cost.

    >>> pairs = [("a", "b"), ("a", "c"), ("b", "c"), ("c", "d")]
    >>> cover(pairs, {"a": 3, "b": 3, "c": 3, "d": 900}, most_cells=100).blocks
    (('c', 'd'), ('a', 'b', 'c'))
    """
    wanted = tuple(dict.fromkeys(tables))
    order = tuple(dict.fromkeys(axis for axes in wanted for axis in axes))
    bit = {axis: 1 << place for place, axis in enumerate(order)}
    cells = {bit[axis]: max(levels.get(axis, 1), 1) + 1 for axis in order}
    sets = {axes: sum(bit[axis] for axis in axes) for axes in wanted}
    chosen = _blocks(_largest(sets.values()), cells, most_cells)
    named = {block: tuple(axis for axis in order if bit[axis] & block) for block in chosen}
    home = {}
    for axes, members in sets.items():
        around = [block for block in chosen if members & ~block == 0]
        home[axes] = named[min(around, key=lambda block: (_size(block, cells), named[block]))]
    return Cover(tuple(named.values()), home)


def _largest(sets: Iterable[int]) -> list[int]:
    """The sets that lie in no other one."""
    found: list[int] = []
    for one in sorted(set(sets), key=lambda members: (-members.bit_count(), members)):
        if not any(one & ~other == 0 for other in found):
            found.append(one)
    return found


def _blocks(tables: Sequence[int], cells: Mapping[int, int], most_cells: int) -> list[int]:
    blocks: list[int] = []
    left = sorted(tables, key=lambda members: (-_size(members, cells), members))
    while left:
        block = left[0]
        while (more := _extension(block, left, cells, most_cells)) is not None:
            block |= more
        blocks.append(block)
        left = [members for members in left if members & ~block]
    return blocks


def _extension(
    block: int, left: Sequence[int], cells: Mapping[int, int], most_cells: int
) -> int | None:
    """The axes that bring most further tables into a block for their cells, if any still fit."""
    outside = [members & ~block for members in left if members & ~block]
    room = most_cells / _size(block, cells)
    fitting = [extra for extra in dict.fromkeys(outside) if _size(extra, cells) <= room]
    if not fitting:
        return None
    fewest = min(extra.bit_count() for extra in fitting)

    def worth(extra: int) -> tuple[float, int]:
        gained = sum(1 for members in outside if members & ~extra == 0)
        return gained / math.log2(_size(extra, cells)), -extra

    return max((extra for extra in fitting if extra.bit_count() == fewest), key=worth)


def _size(members: int, cells: Mapping[int, int]) -> int:
    """How many joint cells some axes have; axes are the bits of `members`."""
    size = 1
    while members:
        lowest = members & -members
        size *= cells[lowest]
        members ^= lowest
    return size


@dataclass(frozen=True)
class BlockCells:
    """The counted cells of one block: a key per cell, and one number of each measure per cell.

    Sums over cells are exact for whole numbers below 2**53 and for `decimal.Decimal`.
    """

    axes: Axes
    keys: Sequence[Key]
    measures: Mapping[str, Sequence[Any]]

    def table(self, axes: Axes) -> dict[str, dict[Key, Any]]:
        """The sums of each measure by the levels of some of the block's axes.

        >>> block = BlockCells(("a", "b"), [("x", "u"), ("x", None)], {"n": [3, 4]})
        >>> block.table(("a",))
        {'n': {('x',): 7}}
        """
        places = [self.axes.index(axis) for axis in axes]
        groups, first = self._groups(places)
        keys = [tuple(self.keys[at][place] for place in places) for at in first]
        return {
            name: dict(zip(keys, self._sums(name, groups, len(keys)), strict=True))
            for name in self.measures
        }

    @cached_property
    def _codes(self) -> list[tuple[Any, int]]:
        """Per axis the number of each cell's level, and how many levels there are."""
        import numpy as np

        coded = []
        for place in range(len(self.axes)):
            number: dict[Level, int] = {}
            codes = [number.setdefault(key[place], len(number)) for key in self.keys]
            coded.append((np.array(codes, dtype=np.int64), max(len(number), 1)))
        return coded

    def _groups(self, places: Sequence[int]) -> tuple[Any, list[int]]:
        """To which cell of the table each cell of the block belongs, and the first one of each."""
        import numpy as np

        numbered, size = np.zeros(len(self.keys), dtype=np.int64), 1
        for place in places:
            codes, levels = self._codes[place]
            if size * levels > _SAFE:
                known, numbered = np.unique(numbered, return_inverse=True)
                size = len(known)
            numbered, size = numbered * levels + codes, size * levels
        _, first, groups = np.unique(numbered, return_index=True, return_inverse=True)
        return groups, [int(at) for at in first]

    @cached_property
    def _whole(self) -> dict[str, Any]:
        """The measures that are whole numbers, as arrays."""
        import numpy as np

        return {
            name: np.array(values, dtype=np.int64)
            for name, values in self.measures.items()
            if all(isinstance(value, int) for value in values)
        }

    def _sums(self, name: str, groups: Any, size: int) -> list[Any]:
        import numpy as np

        if name in self._whole:
            sums = np.zeros(size, dtype=np.int64)
            np.add.at(sums, groups, self._whole[name])
            whole: list[Any] = sums.tolist()
            return whole
        exact: list[Any] = [0] * size
        for group, value in zip(groups, self.measures[name], strict=True):
            exact[group] += value
        return exact
