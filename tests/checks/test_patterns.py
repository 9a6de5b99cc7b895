"""The search for maximal uncovered patterns: against the reference list, brute force, and the clock."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pytest
from counted_by_hand import CONTEXT, SHARED, count, one, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from impactbook.checks.bounds import masked_ranges
from impactbook.checks.figures.intersections import intersection_figures
from impactbook.checks.figures.patterns import (
    JointShares,
    Population,
    pattern_figures,
    ranked,
)
from impactbook.checks.patterns import Coverage, maximal_uncovered_patterns
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.ranges import Range
from impactbook.checks.suppression import publish
from impactbook.checks.tables import MISSING, Key, Table, Tables

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")
STATISTICS = "expected_statistics.csv"
CASES: dict[str, tuple[str, tuple[str, ...], str, str]] = {
    "bank_marketing": (
        "bank_marketing/bank-full.csv",
        ("age_band", "marital", "education", "job"),
        ";",
        "age_band x marital x education x job",
    ),
    "compas": (
        "compas/compas_for_aequitas.csv",
        ("race", "sex", "age_cat"),
        ",",
        "race x sex x age_cat",
    ),
}


def age_band(age: str) -> str:
    """The bands of the reference file."""
    edges = [(25, "<25"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (65, "55-64")]
    return next((name for below, name in edges if int(age) < below), "65+")


@cache
def counted(case: str, axes: tuple[str, ...]) -> PublishedTables:
    file, _, delimiter, _ = CASES[case]
    rows: Sequence[Mapping[str, str]] = rows_of(file, delimiter)
    if "age_band" in axes:
        rows = [{**row, "age_band": age_band(row["age"])} for row in rows]
    return publish(Tables.of(count(rows, axes)), 1)


def expected(case: str, metric: str) -> dict[str, dict[str, str]]:
    """The rows of the reference file by group."""
    return {
        row["group"]: row
        for row in rows_of(STATISTICS)
        if row["dataset"] == case and row["metric"] == metric and row["attribute"] == CASES[case][3]
    }


def searched(case: str) -> Coverage:
    axes = CASES[case][1]
    found = maximal_uncovered_patterns(counted(case, axes), axes, unit="row", threshold=30)
    assert found is not None
    return found


@needs_shared
@pytest.mark.parametrize("case", CASES)
def test_every_maximal_uncovered_pattern_of_the_reference_file_is_found_and_no_other(
    case: str,
) -> None:
    """Answers all rows `mup_tau30`: the pattern and its coverage."""
    axes = CASES[case][1]
    found = {
        " | ".join("X" if group == "*" else group for group in pattern.key(axes)): (
            pattern.coverage.exact
        )
        for pattern in searched(case)
    }
    assert found == {
        group: float(row["value"]) for group, row in expected(case, "mup_tau30").items()
    }


@needs_shared
@pytest.mark.parametrize("case", CASES)
def test_the_number_of_maximal_uncovered_patterns_per_level_is_the_reference(case: str) -> None:
    """Answers all rows `mup_count_tau30`: bank 263 patterns, compas 9."""
    found = searched(case)
    wanted = {
        group: float(row["value"]) for group, row in expected(case, "mup_count_tau30").items()
    }
    levels = {f"level {k}": found.of_order(k) for k in range(len(found.attributes) + 1)}
    assert {"all": found.number, **levels} == wanted
    assert found.order == len(found.attributes)
    assert not found.undecided


@needs_shared
@pytest.mark.parametrize("case", CASES)
def test_the_number_of_uncovered_patterns_is_the_reference(case: str) -> None:
    """Answers `patterns_uncovered_tau30`: of all prod(levels + 1) patterns."""
    row = expected(case, "patterns_uncovered_tau30")["all"]
    found = pattern_figures(
        CONTEXT, counted(case, CASES[case][1]), CASES[case][1], unit="row", named=1000
    )
    figure = one(found, "patterns_below_30")
    assert figure.value == float(row["value"])
    assert (figure.numerator, figure.denominator) == (
        float(row["numerator"]),
        float(row["denominator"]),
    )
    named = [f.numerator for f in found.figures if f.metric == "uncovered_pattern"]
    wanted = [float(r["value"]) for r in expected(case, "mup_tau30").values()]
    assert sorted(n for n in named if n is not None) == sorted(wanted)


@needs_shared
def test_cells_of_intersections_are_those_of_the_reference_file() -> None:
    """Answers all rows `cells_possible`, `cells_empty`, `cells_below_30`, `cells_nonempty_below_30`."""
    rows = [row for row in rows_of(STATISTICS) if row["metric"].startswith("cells_")]
    assert len(rows) == 12
    for row in rows:
        axes = tuple(row["attribute"].split(" x "))
        found = intersection_figures(CONTEXT, counted(row["dataset"], axes), axes, unit="row")
        if row["metric"] == "cells_nonempty_below_30":
            below, empty = one(found, "cells_below_30").value, one(found, "cells_empty").value
            assert below is not None
            assert empty is not None
            assert below - empty == float(row["value"])
        else:
            assert one(found, row["metric"]).value == float(row["value"])


# against brute force

AXES = ("a", "b", "c")
LEVELS: dict[str, list[str | None]] = {
    "a": ["a1", "a2", MISSING],
    "b": ["b1", "b2", "b3"],
    "c": ["c1", "c2"],
}
CELLS: list[Key] = list(itertools.product(*LEVELS.values()))
COUNTS = st.lists(st.integers(0, 12), min_size=len(CELLS), max_size=len(CELLS))


def brute_force(counts: Mapping[Key, int], threshold: int) -> dict[tuple[str, ...], int]:
    """All maximal uncovered patterns by trying every pattern, over the levels that occur."""
    seen = [sorted({k[at] for k, n in counts.items() if n and k[at]}) for at in range(3)]
    patterns = list(itertools.product(*([*levels, "*"] for levels in seen)))
    covered = {
        pattern: sum(
            n
            for key, n in counts.items()
            if all(p in ("*", level) for p, level in zip(pattern, key, strict=True))
        )
        for pattern in patterns
    }
    parents = {
        pattern: [(*pattern[:at], "*", *pattern[at + 1 :]) for at in range(3) if pattern[at] != "*"]
        for pattern in patterns
    }
    return {
        pattern: n
        for pattern, n in covered.items()
        if n < threshold and all(covered[parent] >= threshold for parent in parents[pattern])
    }


@settings(max_examples=60, deadline=None)
@given(numbers=COUNTS, threshold=st.integers(1, 40))
def test_the_search_finds_what_trying_every_pattern_finds(
    numbers: list[int], threshold: int
) -> None:
    """Missing values belong to the open attribute, as in "whatever the accent"."""
    counts = dict(zip(CELLS, numbers, strict=True))
    tables = publish(Tables.of(Table(AXES, "row", counts)), 1)
    found = maximal_uncovered_patterns(tables, AXES, unit="row", threshold=threshold)
    assert found is not None
    assert {p.key(AXES): p.coverage.exact for p in found} == brute_force(counts, threshold)
    assert found.undecided == 0


@settings(max_examples=40, deadline=None)
@given(numbers=COUNTS, threshold=st.integers(1, 40))
def test_with_masked_counts_only_sure_patterns_are_named_and_none_is_forgotten(
    numbers: list[int], threshold: int
) -> None:
    """What is named is true of the hidden counts; what is true is named or counted as undecided."""
    counts = dict(zip(CELLS, numbers, strict=True))
    tables = publish(Tables.of(Table(AXES, "row", counts)), 5)
    found = maximal_uncovered_patterns(tables, AXES, unit="row", threshold=threshold)
    assert found is not None
    truth = brute_force(counts, threshold)
    named = {pattern.key(AXES): pattern.coverage for pattern in found}
    assert named.keys() <= truth.keys()
    assert len(truth.keys() - named.keys()) <= found.undecided
    for key, coverage in named.items():
        assert coverage.high is not None
        assert coverage.low <= truth[key] <= coverage.high < threshold


@settings(max_examples=40, deadline=None)
@given(numbers=COUNTS)
def test_ranges_of_masked_cells_hold_the_hidden_count(numbers: list[int]) -> None:
    """And a small count never follows from the margins."""
    counts = dict(zip(CELLS, numbers, strict=True))
    tables = publish(Tables.of(Table(AXES, "row", counts)), 5)
    for key, told in masked_ranges(tables, AXES, unit="row").items():
        assert told.low <= counts[key]
        assert told.high is None or counts[key] <= told.high
        assert counts[key] >= 5 or told.exact is None


def published(counts: Mapping[Key, int], axes: tuple[str, ...] = ("sex", "age")) -> PublishedTables:
    return publish(Tables.of(Table(axes, "person", counts)), 1)


def test_a_masked_count_whose_line_is_small_is_surely_uncovered() -> None:
    """By hand: f/old and f/new are masked and add up to 12, so each is at most 11 of 12."""
    table = PublishedTable(
        ("sex", "age"),
        "person",
        {("f", "old"): None, ("f", "new"): None, ("m", "old"): 40, ("m", "new"): 50},
        102,
    )
    margins = {
        ("sex",): PublishedTable(("sex",), "person", {("f",): 12, ("m",): 90}, 102),
        ("age",): PublishedTable(("age",), "person", {("old",): None, ("new",): None}, 102),
        (): PublishedTable((), "person", {(): 102}, 102),
    }
    tables = PublishedTables(
        5,
        {
            ("person", frozenset(axes)): one
            for axes, one in {**margins, ("sex", "age"): table}.items()
        },
    )
    found = maximal_uncovered_patterns(tables, ("sex", "age"), unit="person", threshold=12)
    assert found is not None
    # Not `f` (12 people); under it both ages hold 1 to 11, and each age surely holds over 40.
    assert {p.key(("sex", "age")): p.coverage for p in found} == {
        ("f", "old"): Range(1, 11),
        ("f", "new"): Range(1, 11),
    }


def test_declared_groups_that_nobody_belongs_to_are_patterns() -> None:
    """Who is missing altogether is the first thing to know."""
    tables = published({("f", "old"): 40, ("m", "old"): 40, ("f", "new"): 40, ("m", "new"): 40})
    found = maximal_uncovered_patterns(
        tables, ("sex", "age"), unit="person", threshold=30, groups={"sex": ["f", "m", "x"]}
    )
    assert found is not None
    assert [p.key(("sex", "age")) for p in found] == [("x", "*")]


def test_impossible_combinations_are_no_gap() -> None:
    """Neither the combination itself nor a special case of it is reported."""
    tables = published({("f", "old"): 40, ("m", "old"): 40, ("f", "new"): 40})
    asked = {"unit": "person", "threshold": 30}
    found = maximal_uncovered_patterns(tables, ("sex", "age"), **asked)  # type: ignore[arg-type]
    assert found is not None
    assert found.number == 1
    excused = maximal_uncovered_patterns(
        tables,
        ("sex", "age"),
        impossible=[{"sex": "m", "age": "new"}],
        **asked,  # type: ignore[arg-type]
    )
    assert excused is not None
    assert (excused.number, excused.undecided) == (0, 0)


def test_fewer_rows_than_the_threshold_are_one_pattern_that_says_all() -> None:
    """Where nothing is covered, nothing more special is said."""
    found = maximal_uncovered_patterns(
        published({("f", "old"): 3}), ("sex", "age"), unit="person", threshold=30
    )
    assert found is not None
    assert [p.groups for p in found] == [{}]


def test_a_table_that_was_not_counted_is_not_searched() -> None:
    """Neither unit nor attribute is invented."""
    tables = published({("f", "old"): 40})
    asked = maximal_uncovered_patterns(tables, ("sex", "age"), unit="row", threshold=30)
    assert asked is None


def random_pairs(attributes: int, levels: int, rows: int) -> tuple[PublishedTables, np.ndarray]:
    """All pairs of attributes, skewed, as they would be published without a limit."""
    random = np.random.default_rng(7)
    weights = 1 / np.arange(1, levels + 1)
    data = random.choice(levels, size=(rows, attributes), p=weights / weights.sum())
    tables = []
    for i, j in itertools.combinations(range(attributes), 2):
        cells = Counter(zip(data[:, i].tolist(), data[:, j].tolist(), strict=True))
        counts = {(str(a), str(b)): n for (a, b), n in cells.items()}
        tables.append(Table((f"x{i}", f"x{j}"), "row", counts))
    return publish(Tables.of(*tables), 1), data


def test_twelve_attributes_of_ten_values_answer_over_their_pairs() -> None:
    """66 tables of 100 cells; the joint cross of 10 to the 12 cells is never made."""
    tables, data = random_pairs(12, 10, 20_000)
    names = tuple(f"x{i}" for i in range(12))
    started = time.perf_counter()
    found = maximal_uncovered_patterns(tables, names, unit="row", threshold=100)
    took = time.perf_counter() - started
    assert found is not None
    assert (found.order, found.truncated) == (2, False)
    # All values are covered (the rarest has about 1/10 / 2.93 of 20,000 = 683 rows), so the maximal
    # patterns are exactly the thin cells of the pairs.
    thin = 0
    for i, j in itertools.combinations(range(12), 2):
        cells = np.zeros((10, 10), dtype=int)
        np.add.at(cells, (data[:, i], data[:, j]), 1)
        thin += int((cells < 100).sum())
    assert found.number == thin > 0
    assert took < 30, "seconds were promised; the bound is generous for a busy machine"


def test_a_budget_ends_the_search_at_a_full_level_and_says_so() -> None:
    """No level is searched half."""
    tables, _ = random_pairs(4, 5, 2_000)
    names = tuple(f"x{i}" for i in range(4))
    found = maximal_uncovered_patterns(tables, names, unit="row", threshold=30, budget=25)
    assert found is not None
    # Level 1 has 20 candidates, level 2 has 6 pairs with up to 25 each.
    assert (found.order, found.truncated) == (1, True)
    figures = pattern_figures(CONTEXT, tables, names, unit="row", order=1)
    assert one(figures, "pattern_order_searched").value == 1


@pytest.mark.slow
def test_a_million_thin_cells_are_ranked_without_being_listed() -> None:
    """Two attributes of 1,000 groups with 60 rows each: nearly all of 1,000,000 cells are thin."""
    counts: dict[Key, int] = {
        (f"a{i}", f"b{(i * 7 + step) % 1000}"): 1 for i in range(1000) for step in range(60)
    }
    tables = publish(Tables.of(Table(("a", "b"), "row", counts)), 1)
    found = maximal_uncovered_patterns(tables, ("a", "b"), unit="row", threshold=30)
    assert found is not None
    assert found.number == 1_000_000
    best = ranked(found, tables, Population(), "row", most=5)
    # Every group has 60 of 60,000 rows: 0.001 times 0.001.
    assert [share for _, share, _ in best] == pytest.approx([1e-6] * 5)


# ranking

CROSS: dict[Key, int] = {
    ("f", "old"): 40,
    ("f", "new"): 10,
    ("m", "old"): 20,
    ("m", "new"): 30,
}


def shares(population: Population) -> dict[str, tuple[float | None, str]]:
    found = pattern_figures(
        CONTEXT, published(CROSS), ("sex", "age"), unit="person", population=population
    )
    return {
        f.group: (f.value, f.method.removesuffix(";below=30"))
        for f in found.figures
        if f.metric == "uncovered_pattern"
    }


def test_patterns_are_ranked_by_the_joint_reference_first() -> None:
    """Uncovered below 30 are f/new and m/old; the reference gives them 10 % and 40 %."""
    joint = JointShares(
        ("age", "sex"),
        {("old", "f"): 0.2, ("new", "f"): 0.1, ("old", "m"): 0.4, ("new", "m"): 0.3},
    )
    told = shares(Population({"sex": {"f": 0.9, "m": 0.1}}, (joint,)))
    assert list(told.items()) == [
        ("m / old", (pytest.approx(0.4), "joint_reference")),
        ("f / new", (pytest.approx(0.1), "joint_reference")),
    ]


def test_without_a_joint_reference_shares_are_multiplied() -> None:
    """f/new = 0.6 x 0.75 = 0.45, m/old = 0.4 x 0.25 = 0.1, stated as independence."""
    told = shares(Population({"sex": {"f": 6, "m": 4}, "age": {"old": 1, "new": 3}}))
    assert list(told.items()) == [
        ("f / new", (pytest.approx(0.45), "independent_references")),
        ("m / old", (pytest.approx(0.1), "independent_references")),
    ]


def test_without_any_reference_the_data_s_own_margins_rank() -> None:
    """Of 100: f 50, old 60, so f/new = 0.5 x 0.4 = 0.2 and m/old = 0.5 x 0.6 = 0.3."""
    told = shares(Population())
    assert list(told.items()) == [
        ("m / old", (pytest.approx(0.3), "independent_data")),
        ("f / new", (pytest.approx(0.2), "independent_data")),
    ]


def test_reference_and_data_are_mixed_where_one_attribute_has_no_reference() -> None:
    """f/new = 0.9 (reference) x 0.4 (data) = 0.36."""
    told = shares(Population({"sex": {"f": 0.9, "m": 0.1}}))
    assert told["f / new"] == (pytest.approx(0.36), "references_and_data")


def test_a_group_without_a_reference_has_no_share_and_comes_last() -> None:
    """Nothing is guessed about whom it stands for."""
    told = shares(Population({"sex": {"m": 1.0}, "age": {"old": 1, "new": 3}}))
    assert list(told) == ["m / old", "f / new"]
    assert told["f / new"] == (None, "unknown")


def test_a_masked_pattern_is_told_as_fewer_than_and_never_as_a_number() -> None:
    """Both ages of f are masked; f has 63 people, m 74."""
    table = PublishedTable(
        ("sex", "age"),
        "person",
        {("f", "old"): None, ("f", "new"): None, ("m", "old"): 70, ("m", "new"): 4},
        137,
    )
    margins = {
        ("sex",): {("f",): 63, ("m",): 74},
        ("age",): {("old",): None, ("new",): None},
        (): {(): 137},
    }
    every = {
        ("person", frozenset(axes)): PublishedTable(axes, "person", counts, 137)
        for axes, counts in margins.items()
    }
    tables = PublishedTables(5, {**every, ("person", frozenset(table.axes)): table})
    found = pattern_figures(CONTEXT, tables, ("sex", "age"), unit="person", min_cell=63)
    # f/old and f/new hold 1 to 62 each, so both are surely below 63; m/new is told. Old has at least
    # 71 (70 and one), new has 5 to 66: whether it is covered is open, so m/new and f/new are undecided.
    named = {f.group: f.numerator for f in found.figures if f.metric == "uncovered_pattern"}
    assert named == {"f / old": None}
    assert one(found, "undecided_patterns").value == 3
    assert one(found, "uncovered_patterns", None, "below=63").verdict == "attention"
