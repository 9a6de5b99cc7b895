"""Coarse tables: no small cell is left, and their margins are told by single columns anyway."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from impactbook.checks.coarsening import coarsen
from impactbook.checks.published import PublishedTables
from impactbook.checks.suppression import publish
from impactbook.checks.tables import OTHER_VALUES, Key, Table, Tables


def rows(counts: dict[Key, int], people: dict[Key, int] | None = None) -> Table:
    return Table(("sex", "job"), "row", counts, people)


def published(table: Table, *shown: Table, limit: int = 5) -> PublishedTables:
    return publish(Tables.of(*shown), limit, [table])


def test_the_smallest_level_of_a_small_cell_is_merged_until_none_is_left() -> None:
    # y holds 2 + 20 = 22 rows, z 30 + 0; through the small cell (f, y) go f (72) and y (22): y
    # is renamed; then the small cell (f, others) asks for one more: z (30) before x (49).
    counts: dict[Key, int] = {("f", "x"): 40, ("f", "y"): 2, ("f", "z"): 30}
    counts |= {("m", "x"): 9, ("m", "y"): 20}
    found = coarsen(rows(counts), 5, "sex")
    assert found is not None
    assert found.counts == {
        ("f", "x"): 40,
        ("f", OTHER_VALUES): 32,
        ("m", "x"): 9,
        ("m", OTHER_VALUES): 20,
    }


def test_nothing_is_left_to_compare_when_one_level_would_remain() -> None:
    counts: dict[Key, int] = {("f", "x"): 40, ("f", "y"): 2, ("m", "x"): 9, ("m", "y"): 20}
    assert coarsen(rows(counts), 5, "sex") is None


def test_rows_of_few_people_are_small() -> None:
    # 200 rows of 2 people
    counts: dict[Key, int] = {("f", "x"): 200, ("f", "y"): 40, ("m", "x"): 90, ("m", "y"): 60}
    people: dict[Key, int] = {("f", "x"): 2, ("f", "y"): 40, ("m", "x"): 90, ("m", "y"): 60}
    assert coarsen(rows(counts, people), 5, "sex") is None
    assert coarsen(rows(counts), 5, "sex") is not None


def test_masked_levels_of_single_columns_stand_together() -> None:
    """x has 3 people and is masked with the next smallest, v: only their sum is told anywhere."""
    counts: dict[Key, int] = {("f", "x"): 3, ("f", "v"): 20, ("f", "w"): 40, ("f", "u"): 50}
    counts |= {("m", "v"): 25, ("m", "w"): 60, ("m", "u"): 70}
    found = published(rows(counts)).coarse("row", ("sex", "job"))
    assert found is not None
    assert found.counts == {
        ("f", "u"): 50,
        ("f", "w"): 40,
        ("f", OTHER_VALUES): 23,
        ("m", "u"): 70,
        ("m", "w"): 60,
        ("m", OTHER_VALUES): 25,
    }
    assert found.total == 268


def test_a_table_that_is_also_shown_is_made_from_its_shown_cells() -> None:
    """The column with masked cells is the row's told margin less its told cells: nothing new."""
    counts: dict[Key, int] = {("f", "x"): 3, ("f", "y"): 20, ("f", "z"): 50, ("f", "w"): 30}
    counts |= {("m", "x"): 40, ("m", "y"): 30, ("m", "z"): 60, ("m", "w"): 35}
    tables = published(rows(counts), rows(counts))
    shown = tables.get("row", ("sex", "job"))
    assert shown is not None
    merged = {key[1] for key in shown.masked}
    found = tables.coarse("row", ("job", "sex"))
    assert found is not None
    assert None not in found.counts.values()
    assert found.count((OTHER_VALUES, "f")) == sum(
        n for key, n in counts.items() if key[0] == "f" and key[1] in merged
    )


def test_a_coarse_table_is_not_shown_cell_by_cell_and_its_columns_are() -> None:
    counts: dict[Key, int] = {("f", "x"): 40, ("f", "y"): 12, ("m", "x"): 9, ("m", "y"): 20}
    tables = published(rows(counts))
    assert tables.get("row", ("sex", "job")) is None
    assert tables.get("row", ("job",)) is not None
    assert tables.coarse("person", ("sex", "job")) is None


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shown=st.booleans(), limit=st.sampled_from([1, 3, 5]))
def test_all_cells_are_told_and_large_and_margins_follow(
    seed: int, shown: bool, limit: int
) -> None:
    """Each margin is a sum that the published tables of single columns tell; order is nothing."""
    random = np.random.default_rng(seed)
    shares = [random.dirichlet([0.7] * int(random.integers(2, 7))) for _ in range(2)]
    counts: Counter[Key] = Counter()
    for _ in range(int(random.integers(20, 400))):
        first, second = (int(random.choice(len(share), p=share)) for share in shares)
        counts["abcdef"[first], "uvwxyz"[second]] += 1
    table = rows(dict(counts))
    backwards = rows(dict(reversed(list(counts.items()))))
    tables = published(table, *([table] if shown else []), limit=limit)
    found = tables.coarse("row", ("sex", "job"))
    again = published(backwards, *([backwards] if shown else []), limit=limit)
    assert found == again.coarse("row", ("sex", "job"))
    if found is None:
        return
    assert found.total == sum(counts.values())
    assert sum(n or 0 for n in found.counts.values()) == found.total
    for count in found.counts.values():
        assert count is not None
        assert shown or count >= limit
    for side, axis in enumerate(found.axes):
        alone = tables.get("row", (axis,))
        assert alone is not None
        named = set(found.levels(axis)) - {OTHER_VALUES}
        for line in found.levels(axis):
            inside = [(line,)] if line in named else [k for k in alone.counts if k[0] not in named]
            told = sum(n or 0 for key, n in found.counts.items() if key[side] == line)
            assert alone.range(inside).exact == told
