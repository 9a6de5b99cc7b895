"""Published tables: slices, and what published numbers tell about a sum."""

from __future__ import annotations

from impactbook.checks.published import PublishedTable
from impactbook.checks.ranges import Range
from impactbook.checks.suppression import publish
from impactbook.checks.tables import MISSING, Table, Tables

SEX_BY_SPLIT = Table(
    ("sex", "split"),
    "row",
    {("f", "train"): 12, ("f", "test"): 8, ("m", "train"): 20, (MISSING, "test"): 5},
)


def test_a_slice_has_the_total_of_its_part() -> None:
    part = publish(Tables.of(SEX_BY_SPLIT), 1).slice("row", ("sex",), {"split": "test"})
    assert part is not None
    assert part.counts == {("f",): 8, (MISSING,): 5}
    assert part.total == 13
    assert part.levels("sex") == ("f", MISSING)


def test_there_is_no_slice_of_what_was_not_counted() -> None:
    tables = publish(Tables.of(SEX_BY_SPLIT), 1)
    assert tables.slice("row", ("age",)) is None
    assert tables.slice("person", ("sex",)) is None


def test_what_is_told_about_sums_by_hand() -> None:
    # 100 in all, 60 told, so 40 in three masked cells of at least 1
    table = PublishedTable(
        ("x",), "row", {("a",): 60, ("b",): None, ("c",): None, ("d",): None}, 100
    )
    assert table.range([("a",)]) == Range(60, 60)
    assert table.range([("b",)]) == Range(1, 38)
    assert table.range([("b",), ("c",)]) == Range(2, 39)
    assert table.range([("b",), ("c",), ("d",)]).exact == 40
    assert table.range([("a",), ("b",), ("c",), ("d",)]).exact == 100
    assert table.range([]).exact == 0
    assert table.range([("empty",)]).exact == 0


def test_nothing_limits_a_masked_cell_without_a_told_total() -> None:
    table = PublishedTable(("x",), "row", {("a",): None, ("b",): None}, None)
    assert table.range([("a",)]) == Range(1, None)
    assert table.range([("a",)]).exact is None
    assert table.masked == (("a",), ("b",))
