"""Krippendorff's alpha from patterns of counts: as the package gives it, with an honest interval."""

from __future__ import annotations

from collections import Counter

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impactbook.checks import statistics as s
from impactbook.checks.statistics.agreement import _alphas

SCALES: tuple[s.Scale, ...] = ("nominal", "ordinal", "interval", "ratio")


def test_two_coders_and_two_values_by_hand() -> None:
    # 10 units, 8 alike (4 of each value), 2 torn: o_01 = 2 * 2 = 4 of n = 20 values, n_0 = n_1 = 10
    # alpha = 1 - (n - 1) * o / (n_0 n_1 * 2) = 1 - 19 * 4 / 200
    found = s.krippendorff_alpha({(2, 0): 4, (0, 2): 4, (1, 1): 2})
    assert found.alpha == pytest.approx(1 - 19 * 4 / 200)
    assert (found.units, found.values) == (10, 20)


def test_perfect_agreement_is_one_and_stays_one_when_drawn_again() -> None:
    found = s.krippendorff_alpha({(2, 0): 30, (0, 3): 20})
    assert found.alpha == 1
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (1, 1)


@pytest.mark.parametrize("patterns", [{}, {(1, 0): 9}, {(2, 0): 5, (3, 0): 1}, {(2, 0): 0}])
def test_without_two_values_nothing_can_agree(patterns: dict[tuple[int, ...], int]) -> None:
    assert s.krippendorff_alpha(patterns).alpha is None


@pytest.mark.parametrize(
    ("patterns", "values", "scale"),
    [
        ({(1, 1): 2, (1, 1, 1): 2}, None, "nominal"),
        ({(1, 1): 2}, [1, 2, 3], "interval"),
        ({(1, -1): 2}, None, "nominal"),
        ({(1, 1): 2}, [-1, 1], "ratio"),
    ],
)
def test_patterns_that_cannot_be_are_refused(
    patterns: dict[tuple[int, ...], int], values: list[float] | None, scale: s.Scale
) -> None:
    with pytest.raises(ValueError, match=r"value|ratio"):
        s.krippendorff_alpha(patterns, values=values, scale=scale)


@given(
    st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=2, max_size=25),
    st.sampled_from(SCALES),
)
@settings(max_examples=60, deadline=None)
def test_our_sums_equal_the_package_on_every_scale(
    units: list[tuple[int, ...]], scale: s.Scale
) -> None:
    """Replicates are computed by our own sums; the value by the package."""
    pairable = [unit for unit in units if sum(unit) >= 2]
    if len({v for unit in pairable for v, count in enumerate(unit) if count}) < 2:
        return
    domain = np.asarray([1.0, 2.0, 5.0])
    counted = Counter(pairable)
    counts = np.asarray(list(counted), dtype=float)
    drawn = np.asarray([list(counted.values())], dtype=float)
    ours = _alphas(counts, drawn, domain, scale)[0]
    theirs = krippendorff.alpha(
        value_counts=np.asarray(pairable), value_domain=domain, level_of_measurement=scale
    )
    assert ours == pytest.approx(theirs, abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30))
@settings(max_examples=30, deadline=None)
def test_alpha_lies_in_its_interval(units: list[tuple[int, ...]]) -> None:
    patterns: dict[tuple[int, ...], int] = dict(Counter(units))
    found = s.krippendorff_alpha(patterns, replicates=200)
    if found.alpha is None or found.interval is None:
        return
    assert found.interval.low <= found.alpha <= found.interval.high <= 1


def test_more_units_give_a_narrower_interval() -> None:
    pattern: dict[tuple[int, ...], int] = {(2, 0): 40, (0, 2): 30, (1, 1): 15}
    few = s.krippendorff_alpha(pattern).interval
    many = s.krippendorff_alpha({key: 100 * n for key, n in pattern.items()}).interval
    assert few is not None
    assert many is not None
    # sqrt(100) times narrower
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(10, rel=0.15)


def test_a_million_units_are_a_few_patterns() -> None:
    found = s.krippendorff_alpha({(2, 0): 400_000, (0, 2): 400_000, (1, 1): 200_000})
    # n = 2,000,000 and n_0 = n_1 = n/2: 1 - (n - 1) * 400,000 / (n^2 / 2)
    assert found.alpha == pytest.approx(1 - 1_999_999 * 400_000 / 2e12)
