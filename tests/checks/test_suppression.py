"""Suppression: what is masked, what stays, and that an attacker cannot work the small counts out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pytest
from counted_by_hand import SHARED, count, rows_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, linprog, milp

from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.suppression import merge_rare, publish
from impactbook.checks.tables import CONFLICTING, MISSING, OTHER_VALUES, Key, Table, Tables

Cell = tuple[str, frozenset[tuple[str, str | None]]]


def one_way(axis: str, **counts: int) -> Table:
    return Table((axis,), "person", {(level,): n for level, n in counts.items()})


def published(tables: Tables, axes: tuple[str, ...], limit: int = 5) -> PublishedTable:
    found = publish(tables, limit).get("person", axes)
    assert found is not None
    return found


def test_a_limit_of_one_masks_nothing() -> None:
    found = published(Tables.of(one_way("sex", f=1, m=2)), ("sex",), limit=1)
    assert found.counts == {("f",): 1, ("m",): 2}
    assert found.total == 3


def test_zero_is_told_and_one_to_four_are_not() -> None:
    found = published(Tables.of(one_way("band", none=0, one=1, four=4, five=5, many=90)), ("band",))
    assert found.count(("none",)) == 0
    assert found.counts == {("one",): None, ("four",): None, ("five",): None, ("many",): 90}
    assert found.total == 100


def test_one_small_cell_takes_the_next_smallest_with_it() -> None:
    # 3 alone would be 399 - 65 - 331; hidden now 3 + 65 = 68, so either may be 1 to 67
    found = published(Tables.of(one_way("sex", other=3, f=65, m=331)), ("sex",))
    assert found.masked == (("f",), ("other",))
    assert found.range([("other",)]).high == 67


def test_two_small_cells_that_sum_to_little_take_a_third() -> None:
    # 1 + 2 = 3 hidden would leave 1..2 for each: fewer than five possible values
    found = published(Tables.of(one_way("x", a=1, b=2, c=60, d=70)), ("x",))
    assert found.masked == (("a",), ("b",), ("c",))


def test_a_total_of_few_people_is_masked_with_all_its_parts() -> None:
    found = published(Tables.of(one_way("sex", f=1, m=2)), ("sex",))
    assert found.total is None
    assert found.masked == (("f",), ("m",))


def test_a_cell_missing_in_one_table_cannot_be_had_from_another() -> None:
    # Sex is published with 3 "other"; the table by split would give train 1 + test 2.
    counts = {("f", "train"): 40, ("f", "test"): 25, ("m", "train"): 200, ("m", "test"): 131}
    counts |= {("other", "train"): 1, ("other", "test"): 2}
    tables = publish(Tables.of(Table(("sex", "split"), "person", counts)), 5)
    both = tables.get("person", ("sex", "split"))
    assert both is not None
    assert {key[1] for key in both.masked if key[0] == "other"} == {"train", "test"}
    # every line with a masked cell has a second one
    for split in ("train", "test"):
        assert sum(1 for key in both.masked if key[1] == split) >= 2


def test_a_total_stays_when_its_parts_are_all_masked_and_more_than_one_value_is_possible() -> None:
    # 1 + 2 + 3 = 6: each may be 1 to 4, never 5; but hiding the 6 would cost more than it protects
    found = published(Tables.of(one_way("x", a=1, b=2, c=3)), ("x",))
    assert found.total == 6
    assert found.masked == (("a",), ("b",), ("c",))


def test_a_total_goes_when_it_would_tell_every_part() -> None:
    # five groups, five people: each group has one
    found = published(Tables.of(one_way("x", a=1, b=1, c=1, d=1, e=1)), ("x",))
    assert found.total is None


def test_counts_of_single_attributes_outlive_those_where_attributes_meet() -> None:
    # "mid" is rare with everyone; sex and age alone need not pay for the cells where they meet
    counts: dict[Key, int] = {
        (sex, age): n
        for (sex, age), n in zip(
            [(s, a) for s in "fmx" for a in ("old", "mid", "young")],
            [40, 3, 30, 50, 2, 70, 6, 1, 9],
            strict=True,
        )
    }
    tables = publish(Tables.of(Table(("sex", "age"), "person", counts)), 5)
    for axis in ("sex", "age"):
        alone = tables.get("person", (axis,))
        assert alone is not None
        assert not alone.masked


def test_rows_are_masked_by_the_people_behind_them() -> None:
    # 200 clips of 2 speakers are 2 people
    clips = Table(
        ("sex",),
        "row",
        {("f",): 200, ("m",): 900, ("x",): 50},
        {("f",): 2, ("m",): 80, ("x",): 9},
    )
    found = publish(Tables.of(clips), 5).get("row", ("sex",))
    assert found is not None
    assert found.counts == {("f",): None, ("m",): 900, ("x",): None}


def test_a_cell_hidden_among_persons_is_hidden_among_rows() -> None:
    # Otherwise "3 rows" would say: at most 3 persons.
    persons = Table(("sex",), "person", {("f",): 4, ("m",): 60, ("x",): 7})
    rows = Table(
        ("sex",),
        "row",
        {("f",): 4, ("m",): 60, ("x",): 7},
        {("f",): 4, ("m",): 60, ("x",): 7},
    )
    tables = publish(Tables.of(persons, rows), 5)
    masks = [set(table.masked) for table in tables if table.axes == ("sex",)]
    assert masks[0] == masks[1] == {("f",), ("x",)}


def test_all_margins_are_published_too() -> None:
    table = Table(("a", "b"), "row", {("x", "u"): 50, ("x", "v"): 60, ("y", "u"): 70})
    tables = publish(Tables.of(table), 5)
    assert tables.total("row") == 180
    margin = tables.get("row", ("a",))
    assert margin is not None
    assert margin.counts == {("x",): 110, ("y",): 70}


def test_tables_of_different_people_are_refused() -> None:
    sums_to_ten, sums_to_nine = one_way("a", x=6, y=4), one_way("b", u=5, v=4)
    whole = Table((), "person", {(): 10})
    with pytest.raises(ValueError, match="add up"):
        publish(Tables.of(sums_to_ten, sums_to_nine, whole), 5)


def test_masks_do_not_depend_on_the_order_of_counting() -> None:
    counts: dict[Key, int] = {
        (a, b): 1 + (i * 7 + j * 5) % 23 for i, a in enumerate("pqrs") for j, b in enumerate("uvwx")
    }
    backwards = dict(reversed(list(counts.items())))
    one = publish(Tables.of(Table(("a", "b"), "row", counts)), 5)
    two = publish(Tables.of(Table(("a", "b"), "row", backwards)), 5)
    assert [dict(table.counts) for table in one] == [dict(table.counts) for table in two]


def test_inputs_come_out_unchanged() -> None:
    counts: dict[Key, int] = {("f",): 2, ("m",): 50}
    publish(Tables.of(Table(("sex",), "row", counts)), 5)
    assert counts == {("f",): 2, ("m",): 50}


def test_rare_unlisted_values_lose_their_names_everywhere() -> None:
    # "zz" and "yy" occur 2 + 3 times; "at" occurs 4 times and is listed; missing stays missing
    accents = {("de",): 90, ("at",): 4, ("zz",): 2, ("yy",): 3, (MISSING,): 2}
    by_sex = {
        ("de", "f"): 90,
        ("at", "f"): 4,
        ("zz", "f"): 2,
        ("yy", "m"): 3,
        (MISSING, "f"): 2,
    }
    tables = Tables.of(Table(("accent",), "row", accents), Table(("accent", "sex"), "row", by_sex))
    merged = merge_rare(tables, 5, {"accent": {"de", "at"}, "sex": {"f", "m"}})
    alone, both = merged.get("row", ("accent",)), merged.get("row", ("accent", "sex"))
    assert alone is not None
    assert both is not None
    assert alone.counts == {("de",): 90, ("at",): 4, (OTHER_VALUES,): 5, (MISSING,): 2}
    assert both.count((OTHER_VALUES, "m")) == 3
    assert not {"zz", "yy"} & set(both.levels("accent"))


def test_the_same_rare_value_is_kept_when_nothing_is_suppressed() -> None:
    tables = Tables.of(one_way("accent", zz=1))
    assert merge_rare(tables, 1, {}) is tables


def test_conflicting_persons_are_never_merged() -> None:
    table = Table(("sex",), "person", {("f",): 50, (CONFLICTING,): 2})
    merged = merge_rare(Tables.of(table), 5, {}).get("person", ("sex",))
    assert merged is not None
    assert merged.count((CONFLICTING,)) == 2


def test_rows_of_one_person_do_not_make_a_value_frequent() -> None:
    # 300 clips in the accent "zz", all by one speaker
    clips = Table(("accent",), "row", {("de",): 900, ("zz",): 300}, {("de",): 60, ("zz",): 1})
    merged = merge_rare(Tables.of(clips), 5, {}).get("row", ("accent",))
    assert merged is not None
    assert merged.levels("accent") == ("de", OTHER_VALUES)
    assert merged.people_in((OTHER_VALUES,)) == 1


class Attacker:
    """Knows all published numbers, that masked cells hold one or more, and how tables add up."""

    def __init__(self, tables: PublishedTables) -> None:
        self.told: dict[Cell, int | None] = {
            (table.unit, frozenset(zip(table.axes, key, strict=True))): n
            for table in tables
            for key, n in table.counts.items()
        }
        self.hidden = [cell for cell, n in self.told.items() if n is None]
        self.at = {cell: i for i, cell in enumerate(self.hidden)}
        rows, right = [], []
        self.full_lines: set[Cell] = set()
        for table in tables:
            for axis in table.axes:
                lines: dict[Cell, list[Cell]] = {}
                for key in table.counts:
                    cell = (table.unit, frozenset(zip(table.axes, key, strict=True)))
                    rest = frozenset(pair for pair in cell[1] if pair[0] != axis)
                    lines.setdefault((table.unit, rest), []).append(cell)
                for margin, inner in lines.items():
                    if all(self.told[cell] is None for cell in inner):
                        self.full_lines |= {margin, *inner}
                    row, known = np.zeros(len(self.hidden)), 0.0
                    for cell, sign in [(margin, -1), *((cell, 1) for cell in inner)]:
                        value = self.told[cell]
                        if value is None:
                            row[self.at[cell]] += sign
                        else:
                            known += sign * value
                    if row.any():
                        rows.append(row)
                        right.append(-known)
                    else:
                        assert known == 0
        self.sums, self.right = np.array(rows), np.array(right)
        pairs = []
        for (unit, levels), i in self.at.items():
            rows_of_same = self.at.get(("row", levels))
            if unit == "person" and rows_of_same is not None:
                row = np.zeros(len(self.hidden))
                row[i], row[rows_of_same] = 1, -1
                pairs.append(row)
        self.persons_below_rows = np.array(pairs) if pairs else None

    def bound(self, cell: Cell, sign: int) -> float:
        cost = np.zeros(len(self.hidden))
        cost[self.at[cell]] = sign
        found = linprog(
            cost,
            A_eq=self.sums if len(self.sums) else None,
            b_eq=self.right if len(self.sums) else None,
            A_ub=self.persons_below_rows,
            b_ub=None
            if self.persons_below_rows is None
            else np.zeros(len(self.persons_below_rows)),
            bounds=(1, None),
        )
        return float("inf") * -sign if found.status == 3 else float(found.x[self.at[cell]])

    def whole_number(self, cell: Cell, sign: int) -> float:
        """The same in whole numbers, up to a count nobody reaches here."""
        cost = np.zeros(len(self.hidden))
        cost[self.at[cell]] = sign
        limits = [LinearConstraint(self.sums, self.right, self.right)] if len(self.sums) else []
        if self.persons_below_rows is not None:
            limits.append(LinearConstraint(self.persons_below_rows, -np.inf, 0))
        found = milp(
            cost,
            constraints=limits,
            integrality=np.ones(len(self.hidden)),
            bounds=(1, 100_000),
            options={"presolve": False},  # with it HiGHS now and then misses the best solution
        )
        return float(round(found.x[self.at[cell]]))


@st.composite
def people(draw: st.DrawFn) -> list[tuple[dict[str, str | None], int]]:
    """A small population with two or three attributes, each person with one to four rows."""
    sizes = draw(st.lists(st.integers(2, 4), min_size=2, max_size=3))
    seed = draw(st.integers(0, 2**32 - 1))
    number = draw(st.integers(1, 120))
    skew = draw(st.sampled_from([0.3, 1.0, 3.0]))
    random = np.random.default_rng(seed)
    shares = [random.dirichlet([skew] * size) for size in sizes]
    names: list[str | None] = ["p", "q", "r", None]
    return [
        (
            {
                f"axis{i}": names[int(random.choice(len(share), p=share))]
                for i, share in enumerate(shares)
            },
            int(random.integers(1, 5)),
        )
        for _ in range(number)
    ]


def tables_of(persons: list[tuple[dict[str, str | None], int]], whole: bool, rows: bool) -> Tables:
    names = tuple(persons[0][0])
    wanted = list(combinations(names, 2)) + ([names] if whole else [])
    found = []
    for axes in wanted:
        for subset in [axes, *((name,) for name in axes), ()]:
            here: Mapping[Key, int] = Counter(
                tuple(person[a] for a in subset) for person, _ in persons
            )
            found.append(Table(tuple(subset), "person", here))
            clips: Counter[Key] = Counter()
            for person, number in persons:
                clips[tuple(person[a] for a in subset)] += number
            if rows:
                found.append(Table(tuple(subset), "row", clips, here))
    return Tables.of(*found)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(persons=people(), whole=st.booleans(), rows=st.booleans(), limit=st.sampled_from([3, 5]))
def test_an_attacker_with_all_sums_cannot_pin_a_small_cell(
    persons: list[tuple[dict[str, str | None], int]], whole: bool, rows: bool, limit: int
) -> None:
    tables = tables_of(persons, whole, rows).with_margins()
    attacker = Attacker(publish(tables, limit))
    small = {
        (table.unit, frozenset(zip(table.axes, key, strict=True))): n
        for table in tables
        for key, n in table.counts.items()
        if 0 < table.people_in(key) < limit
    }
    assert small.keys() <= attacker.at.keys()
    for cell, count_of_cell in small.items():
        low, high = attacker.bound(cell, 1), attacker.bound(cell, -1)
        assert low <= count_of_cell + 1e-6
        assert high > low + 1 - 1e-6
        if cell[0] == "person" and len(cell[1]) > 1 and cell not in attacker.full_lines:
            assert high >= limit - 1e-6
    for cell in list(small)[:3]:
        assert attacker.whole_number(cell, -1) > attacker.whole_number(cell, 1)


@settings(max_examples=30, deadline=None)
@given(persons=people(), limit=st.sampled_from([1, 3, 5]))
def test_told_counts_are_the_true_ones_and_bounds_hold(
    persons: list[tuple[dict[str, str | None], int]], limit: int
) -> None:
    tables = tables_of(persons, True, False).with_margins()
    for table in publish(tables, limit):
        true = tables.get(table.unit, table.axes)
        assert true is not None
        for key in table.cells():
            told = table.count(key)
            assert told is None or told == true.count(key)
            bounds = table.range([key])
            assert bounds.low <= true.count(key)
            assert bounds.high is None or true.count(key) <= bounds.high


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not here")
def test_a_real_table_of_many_cells_is_quick_and_stays_useful() -> None:
    rows = [
        {**row, "decade": str(int(row["age"]) // 10)}
        for row in rows_of("bank_marketing/bank-full.csv", ";")
    ]
    names = ("decade", "marital", "education", "job")
    wanted = [(*pair, "y") for pair in combinations(names, 2)]
    tables = Tables.of(*(count(rows, axes) for axes in wanted))
    start = time.perf_counter()
    found = publish(tables, 5)
    assert time.perf_counter() - start < 5
    masked = sum(len(table.masked) for table in found)
    cells = sum(len(table.counts) for table in found)
    small = sum(0 < n < 5 for table in tables.with_margins() for n in table.counts.values())
    assert small <= masked < 0.5 * cells
    # single attributes of 45,211 calls keep every count but those of the two oldest decades
    assert not any(table.masked for table in found if table.axes in (("job",), ("marital",)))
