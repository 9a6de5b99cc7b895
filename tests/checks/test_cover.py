"""Blocks hold every wanted table, stay small, are few, and their cells add up to the tables."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import combinations
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactbook.checks.cover import BlockCells, cover
from impactbook.checks.tables import Axes, Key

AXES = "abcdefgh"
LEVELS = st.fixed_dictionaries({axis: st.integers(1, 40) for axis in AXES})
TABLES = st.lists(
    st.sets(st.sampled_from(AXES), max_size=4).map(lambda names: tuple(sorted(names))), max_size=30
)


@given(TABLES, LEVELS, st.integers(10, 5000))
def test_every_table_lies_in_its_block_and_blocks_stay_small(
    tables: list[Axes], levels: dict[str, int], most: int
) -> None:
    """A block over the limit is one of the wanted tables itself."""
    found = cover(tables, levels, most_cells=most)
    assert set(found.home) == set(tables)
    for axes, home in found.home.items():
        assert home in found.blocks
        assert set(axes) <= set(home)
        assert axes in found.tables_in(home)
    wanted = {frozenset(axes) for axes in tables}
    for block in found.blocks:
        cells = prod(levels[axis] + 1 for axis in block)
        assert cells <= most or frozenset(block) in wanted


@given(st.permutations(list(combinations("abcde", 2))))
def test_the_order_of_tables_changes_neither_number_nor_size_of_blocks(tables: list[Axes]) -> None:
    """Five axes of 3 + 1 levels have 4^5 = 1024 joint cells: one block holds all ten pairs."""
    (block,) = cover(tables, dict.fromkeys("abcde", 3)).blocks
    assert sorted(block) == list("abcde")


def test_the_pairs_of_nine_axes_need_eight_blocks() -> None:
    """36 pairs; blocks of four axes hold 6 pairs each, so no fewer than 6 could do."""
    levels = dict(zip("abcdefghi", (3, 7, 12, 6, 2, 5, 8, 4, 2), strict=True))
    found = cover(list(combinations(levels, 2)), levels)
    assert len(found.blocks) <= 8


def test_many_attributes_are_covered_in_time() -> None:
    """780 pairs of 40 attributes with 10 + 1 levels: 11^3 = 1331 cells, three pairs a block."""
    found = cover(list(combinations([f"a{place}" for place in range(40)], 2)), {}, most_cells=9)
    assert len(found.blocks) < 780
    assert {len(block) for block in found.blocks} <= {2, 3}


CELLS = st.dictionaries(
    st.tuples(*(st.sampled_from(["x", "y", None]) for _ in range(3))), st.integers(0, 10**12)
)


@given(CELLS)
def test_a_blocks_cells_add_up_to_its_tables(counted: dict[Key, int]) -> None:
    """Against a count in plain Python, for each of the eight tables inside three axes."""
    block = BlockCells(("a", "b", "c"), list(counted), {"n": list(counted.values())})
    for size in range(4):
        for places in combinations(range(3), size):
            expected: Counter[Key] = Counter()
            for key, count in counted.items():
                expected[tuple(key[place] for place in places)] += count
            found = block.table(tuple("abc"[place] for place in places))["n"]
            assert found == dict(expected)
            assert all(type(count) is int for count in found.values())


def test_sums_of_decimals_are_exact() -> None:
    """0.1 + 0.2 is 0.3, which binary fractions would miss."""
    block = BlockCells(("a",), [("x",), ("y",)], {"w": [Decimal("0.1"), Decimal("0.2")]})
    assert block.table(())["w"] == {(): Decimal("0.3")}


def test_blocks_with_more_joint_levels_than_numbers_are_summed_all_the_same() -> None:
    """9 axes of 400 levels have 400^9 > 2^62 joint cells; 400 of them are there, once each."""
    keys: list[Key] = [tuple(f"{level}" for _ in range(9)) for level in range(400)]
    axes = tuple("abcdefghi")
    found = BlockCells(axes, keys, {"n": [1] * 400}).table(axes)["n"]
    assert found == dict.fromkeys(keys, 1)


@pytest.mark.parametrize("tables", [[], [()]])
def test_nothing_but_the_total_is_one_block_or_none(tables: list[Axes]) -> None:
    """No table, no block; the grand total is a block without axes."""
    assert cover(tables, {}).blocks == tuple(tables)
