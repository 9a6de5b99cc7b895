"""Tests of fit and of many p values: the right one is used, and each is right by hand."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactbook.checks import statistics as s


def test_chi_square_is_used_where_every_expected_count_is_five() -> None:
    # expected 5 and 5: (8-5)^2/5 + (2-5)^2/5 = 3.6
    found = s.goodness_of_fit([8, 2], [0.5, 0.5])
    assert found.method == "chi_square"
    assert found.statistic == pytest.approx(3.6)
    assert found.beside is not None
    # G = 2 (8 ln(8/5) + 2 ln(2/5))
    assert found.beside.statistic == pytest.approx(2 * (8 * math.log(1.6) + 2 * math.log(0.4)))


def test_few_people_are_tested_exactly() -> None:
    # 4 of 4 heads: only 4:0 and 0:4 are as far from 2:2; p = 2/16
    found = s.goodness_of_fit([4, 0], [0.5, 0.5])
    assert (found.method, found.enumerated) == ("exact_multinomial", 5)
    assert found.p == pytest.approx(1 / 8)


def test_too_many_tables_are_simulated_and_agree_with_the_exact_test() -> None:
    shares = [0.9, *[0.1 / 6] * 6]
    found = s.goodness_of_fit([55, 1, 1, 1, 1, 1, 0], shares)
    assert s.number_of_tables(60, 7) > 200_000
    assert (found.method, found.simulated) == ("monte_carlo", 100_000)
    few = s.exact_multinomial([8, 2, 0], [0.6, 0.3, 0.1])
    drawn = s.monte_carlo([8, 2, 0], [0.6, 0.3, 0.1])
    # five standard errors of a simulated share of 100,000
    assert abs(drawn.p - few.p) < 5 * math.sqrt(few.p * (1 - few.p) / 100_000)
    assert s.monte_carlo([8, 2, 0], [0.6, 0.3, 0.1]) == drawn


def test_the_smallest_simulated_p_value_is_not_zero() -> None:
    assert s.monte_carlo([0, 50], [0.99, 0.01]).p == 1 / 100_001


def test_somebody_where_the_reference_has_nobody_refutes_it() -> None:
    found = s.goodness_of_fit([5, 5, 1], [0.5, 0.5, 0.0])
    assert (found.statistic, found.p) == (math.inf, 0.0)
    assert s.goodness_of_fit([5, 5, 0], [0.5, 0.5, 0.0]).statistic == 0


@pytest.mark.parametrize(
    ("observed", "shares"),
    [
        ([0, 0], [0.5, 0.5]),
        ([3], [1.0]),
        ([1, 2], [0.5, 0.6]),
        ([1, -1], [0.5, 0.5]),
        ([1, 2], [1.0]),
    ],
)
def test_counts_and_shares_that_cannot_be_are_refused(
    observed: list[int], shares: list[float]
) -> None:
    with pytest.raises(ValueError, match=r"test of fit|shorter|longer"):
        s.goodness_of_fit(observed, shares)


@given(st.lists(st.integers(0, 6), min_size=2, max_size=4).filter(any), st.data())
def test_the_exact_test_adds_up_the_tables_one_by_one(
    counts: list[int], data: st.DataObject
) -> None:
    """The same by the definition: every sequence of people, one probability each."""
    weights = data.draw(st.lists(st.integers(1, 5), min_size=len(counts), max_size=len(counts)))
    shares, n = [weight / sum(weights) for weight in weights], min(sum(counts), 6)
    observed = _first(counts, n)
    reached = s.exact_multinomial(observed, shares).statistic
    total = 0.0
    for people in product(range(len(shares)), repeat=n):
        table = [people.count(group) for group in range(len(shares))]
        statistic = sum((k - n * p) ** 2 / (n * p) for k, p in zip(table, shares, strict=True))
        if statistic >= reached - 1e-9:
            total += math.prod(shares[group] for group in people)
    assert s.exact_multinomial(observed, shares).p == pytest.approx(total, abs=1e-9)


def _first(counts: list[int], n: int) -> list[int]:
    """The first n of the people counted."""
    left, found = n, []
    for count in counts:
        found.append(min(count, left))
        left -= found[-1]
    return found


def test_two_shares_by_hand() -> None:
    # pooled 30/200 = 0.15; z = (0.2 - 0.1)/sqrt(0.15 * 0.85 * 0.02) = 1.980295
    found = s.two_proportion_z(20, 100, 10, 100)
    assert found.z == pytest.approx(0.1 / math.sqrt(0.15 * 0.85 * 0.02))
    assert found.p == pytest.approx(0.0476703, abs=1e-6)
    assert s.two_proportion_z(0, 10, 0, 20) == s.ZTest(0.0, 1.0)
    with pytest.raises(ValueError, match="two shares"):
        s.two_proportion_z(1, 0, 1, 2)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_adjusted_p_values_keep_their_order_and_their_bounds(p_values: list[float]) -> None:
    raw = sorted(p_values)
    bonferroni, holm, hochberg = s.bonferroni(raw), s.holm(raw), s.benjamini_hochberg(raw)
    assert hochberg == sorted(hochberg)
    assert holm == sorted(holm)
    for p, b, h, bh in zip(raw, bonferroni, holm, hochberg, strict=True):
        assert p <= bh <= h + 1e-12
        assert h <= b <= 1


def test_benjamini_hochberg_by_hand() -> None:
    # sorted 0.01, 0.02, 0.3: 0.3*3/3, min(0.3, 0.02*3/2), min(0.03, 0.01*3/1)
    assert s.benjamini_hochberg([0.3, 0.01, 0.02]) == pytest.approx([0.3, 0.03, 0.03])
