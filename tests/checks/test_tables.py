"""Counted tables: levels, margins, other orders of axes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactbook.checks.suppression import publish
from impactbook.checks.tables import (
    CONFLICTING,
    MISSING,
    OTHER_VALUES,
    Key,
    Table,
    Tables,
    level_order,
)

SEX_BY_SPLIT = Table(
    ("sex", "split"),
    "row",
    {("f", "train"): 12, ("f", "test"): 8, ("m", "train"): 20, (MISSING, "test"): 5},
)


def test_levels_are_values_first_then_ours_and_missing_last() -> None:
    levels = [MISSING, "b", CONFLICTING, "a", OTHER_VALUES]
    assert sorted(levels, key=level_order)[:2] == ["a", "b"]
    assert sorted(levels, key=level_order)[-1] is MISSING


def test_a_level_that_only_empty_cells_have_is_not_observed() -> None:
    table = Table(("sex",), "row", {("f",): 3, ("x",): 0})
    assert table.levels("sex") == ("f",)
    assert table.count(("x",)) == table.count(("never heard of",)) == 0


@pytest.mark.parametrize(
    ("axes", "counts"),
    [(("a", "a"), {("x", "x"): 1}), (("a",), {("x", "y"): 1}), (("a",), {("x",): -1})],
)
def test_a_table_that_cannot_be_is_refused(axes: tuple[str, ...], counts: dict[Key, int]) -> None:
    with pytest.raises(ValueError, match=r"axis|axes"):
        Table(axes, "row", counts)


def test_margins_add_up() -> None:
    # f: 12 + 8, m: 20, missing: 5; 45 in all
    tables = Tables.of(SEX_BY_SPLIT).with_margins()
    sex, total = tables.get("row", ("sex",)), tables.get("row", ())
    assert sex is not None
    assert total is not None
    assert sex.counts == {("f",): 20, ("m",): 20, (MISSING,): 5}
    assert total.counts == {(): 45}
    assert tables.get("person", ()) is None


def test_a_counted_margin_is_kept_and_not_summed_again() -> None:
    # 3 speakers in each split may be the same 3: only the counted margin knows
    clips = Table(("split",), "row", {("train",): 30, ("test",): 20}, {("train",): 3, ("test",): 3})
    counted = Table((), "row", {(): 50}, {(): 4})
    tables = Tables.of(clips, counted).with_margins()
    total = tables.get("row", ())
    assert total is counted
    summed = clips.without("split")
    assert summed.people_in(()) == 3


def test_tables_are_found_by_axes_in_any_order() -> None:
    turned = Tables.of(SEX_BY_SPLIT).get("row", ("split", "sex"))
    assert turned is not None
    assert turned.axes == ("split", "sex")
    assert turned.count(("train", "f")) == 12
    published = publish(Tables.of(SEX_BY_SPLIT), 1).get("row", ("split", "sex"))
    assert published is not None
    assert published.count(("test", "f")) == 8


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcd"), st.sampled_from("uvw")), st.integers(0, 40), min_size=1
    )
)
def test_every_way_to_a_margin_gives_the_same(counts: dict[Key, int]) -> None:
    table = Table(("one", "two"), "row", counts)
    direct = table.without("two").without("one")
    other = table.without("one").without("two")
    assert direct.count(()) == other.count(()) == table.total
