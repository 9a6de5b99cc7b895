"""Intervals by resampling: the same for the same counts, and as wide as they ought to be."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from impactbook.checks import statistics as s

Array: TypeAlias = NDArray[np.float64]


def first_share(tables: Array) -> Array:
    result: Array = tables[:, 0] / tables.sum(axis=1)
    return result


def test_the_same_counts_give_the_same_limits_in_another_process() -> None:
    program = (
        "from impactbook.checks.statistics import diversity_intervals as d;"
        "print(repr(d([130, 76, 63, 44, 9, 1])))"
    )
    run = [sys.executable, "-c", program]
    said = [
        subprocess.run(
            run, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        )
        for seed in ("1", "2")
    ]
    assert said[0].stdout == said[1].stdout == f"{s.diversity_intervals([130, 76, 63, 44, 9, 1])}\n"


def test_other_counts_draw_other_tables() -> None:
    assert s.seed_of([3, 4]) != s.seed_of([4, 3])
    assert s.seed_of([[1, 2], [3, 4]]) != s.seed_of([1, 2, 3, 4])


@pytest.mark.parametrize("method", ["percentile", "basic", "bca", "spanning"])
def test_a_share_has_nearly_its_normal_interval(method: str) -> None:
    # 300 of 1,000: 0.3 +- 1.96 sqrt(0.21/1000) = 0.3 +- 0.0284
    found = s.bootstrap_interval([300, 700], first_share, method=method)  # type: ignore[arg-type]
    assert found.low == pytest.approx(0.3 - 0.0284, abs=0.004)
    assert found.high == pytest.approx(0.3 + 0.0284, abs=0.004)


@given(
    st.lists(st.integers(0, 300), min_size=2, max_size=8).filter(lambda c: sum(map(bool, c)) > 1)
)
@settings(max_examples=30, deadline=None)
def test_every_measure_of_diversity_lies_in_its_interval(counts: list[int]) -> None:
    found = s.diversity_intervals(counts, replicates=200)
    values = {
        "hill_0": float(s.richness(counts)),
        "hill_1": s.hill(counts, 1),
        "hill_2": s.hill(counts, 2),
        "simpson": s.simpson(counts),
        "normalised_entropy": s.normalised_entropy(counts),
    }
    for name, value in values.items():
        assert value is not None
        assert found[name].low - 1e-9 <= value <= found[name].high + 1e-9
    assert found["hill_2"].high <= s.richness(counts) + 1e-9
    assert found["normalised_entropy"].high <= 1 + 1e-9


def test_a_rare_group_may_not_be_found_again() -> None:
    # One of 405 people: (404/405)^405 = 0.37 that nobody of the group is drawn.
    found = s.diversity_intervals([200, 204, 1])["hill_0"]
    assert (found.low, found.high) == (2, 3)


def covered(truth: list[float], n: int, times: int) -> dict[str, float]:
    """How often the intervals of samples of n hold the value of the whole population."""
    people = [round(share * 1_000_000) for share in truth]
    values = {
        "hill_1": s.hill(people, 1),
        "hill_2": s.hill(people, 2),
        "simpson": s.simpson(people),
    }
    source = np.random.default_rng(7)
    hits = dict.fromkeys(values, 0)
    for _ in range(times):
        drawn = source.multinomial(n, truth).tolist()
        found = s.diversity_intervals(drawn, groups=len(truth), replicates=400)
        for name, value in values.items():
            hits[name] += found[name].low <= value <= found[name].high
    return {name: hit / times for name, hit in hits.items()}


@pytest.mark.parametrize(
    ("truth", "n"),
    [([0.5, 0.3, 0.15, 0.05], 80), ([0.02] * 40 + [0.2], 120), ([0.25] * 4, 60)],
)
def test_intervals_of_diversity_hold_the_population_about_as_often_as_they_say(
    truth: list[float], n: int
) -> None:
    # 150 samples at 95 %: fewer than 90 % would be three standard errors too few
    for name, share in covered(truth, n, times=150).items():
        assert share >= 0.9, (name, share)


def test_a_distance_begins_at_zero_where_the_reference_is_not_refuted() -> None:
    reference = [1 / 20] * 20
    drawn = np.random.default_rng(3).multinomial(400, reference).tolist()
    found = s.fit_sizes(drawn, reference)
    assert found.total_variation > 0.05
    for interval in found.intervals.values():
        assert interval.low == 0
    far = s.fit_sizes([65, 331], [0.507, 0.493])
    assert far.intervals["total_variation"].low > 0.3
    assert far.intervals["cohens_w"].low <= far.cohens_w <= far.intervals["cohens_w"].high


def test_distances_between_samples_of_one_population_rarely_leave_zero() -> None:
    """At 95 % the interval of a distance that is not there may leave 0 in 2.5 % of samples."""
    source, left = np.random.default_rng(11), 0
    for _ in range(120):
        one, two = source.multinomial(200, [0.1] * 10), source.multinomial(60, [0.1] * 10)
        found = s.label_distance_intervals(one.tolist(), two.tolist(), replicates=300)
        left += found["total_variation"].low > 0
    # 120 * 0.025 = 3 expected; more than 9 has a probability below 0.2 %
    assert left <= 9


def test_an_infinite_divergence_has_no_interval() -> None:
    found = s.label_distance_intervals([10, 20, 5], [6, 9, 0])
    assert "kullback_leibler" not in found
    assert found["total_variation"].low <= s.total_variation(
        [10 / 35, 20 / 35, 5 / 35], [0.4, 0.6, 0]
    )


def test_nothing_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="somebody counted"):
        s.replicates_of([0, 0])
    with pytest.raises(ValueError, match="nothing was counted"):
        s.diversity_intervals([0, 0])


def test_fewer_independent_people_give_wider_intervals() -> None:
    drawn = s.replicates_of([300, 700], weight=0.1)
    assert drawn.sum(axis=1).tolist() == [100.0] * len(drawn)
    assert drawn[:, 0].std() == pytest.approx(math.sqrt(100 * 0.21), rel=0.1)


def test_large_groups_get_the_interval_that_resampling_would_give() -> None:
    others, group = [20_000, 9_000, 6_000], [3_000, 2_500, 1_500]
    large = s.label_distance_intervals(others, group)
    tenth = s.label_distance_intervals([k // 10 for k in others], [k // 10 for k in group])
    for name in s.LABEL_DISTANCES:
        wide, narrow = tenth[name].high - tenth[name].low, large[name].high - large[name].low
        # a tenth of the people: sqrt(10) = 3.2 times as wide, and as wide as their bias beside
        assert 3 < wide / narrow < 3.9, name
    alike = s.label_distance_intervals([20_000, 9_000], [4_010, 1_790])
    assert all(interval.low == 0 for interval in alike.values())
