"""Raking to margins: known results, margins met, odds ratios kept, and tables that cannot settle."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactbook.checks.raking import Cell, rake

HALF = {"f": 0.5, "m": 0.5}
AGES = {"old": 0.3, "young": 0.7}


def test_a_table_without_association_becomes_the_product_of_its_margins() -> None:
    """All cells alike: each becomes the product, 0.5 * 0.3 and 0.5 * 0.7."""
    counts: dict[Cell, int] = dict.fromkeys(
        [("f", "old"), ("f", "young"), ("m", "old"), ("m", "young")], 10
    )
    raked = rake(counts, [HALF, AGES])
    assert raked.converged
    assert raked.shares["f", "old"] == pytest.approx(0.15)
    assert raked.shares["m", "young"] == pytest.approx(0.35)


def test_a_table_with_association_by_hand() -> None:
    """Odds ratio 4, both margins 1/2: p^2 / (1/2 - p)^2 = 4, so p = 1/3."""
    counts: dict[Cell, int] = {
        ("f", "old"): 40,
        ("f", "young"): 10,
        ("m", "old"): 20,
        ("m", "young"): 20,
    }
    raked = rake(counts, [HALF, {"old": 0.5, "young": 0.5}])
    assert raked.shares["f", "old"] == pytest.approx(1 / 3, abs=1e-9)
    assert raked.shares["f", "young"] == pytest.approx(1 / 6, abs=1e-9)


def test_an_empty_cell_starts_as_half_a_person() -> None:
    """With 0 the old could not be 0.3 of all: (f, old) 10 alone would have to be 0.3 and f 0.5."""
    counts: dict[Cell, int] = {("f", "old"): 10, ("f", "young"): 10, ("m", "young"): 10}
    raked = rake(counts, [HALF, AGES])
    assert raked.converged
    assert 0 < raked.shares["m", "old"] < raked.shares["f", "old"]


def test_a_table_that_does_not_settle_in_time_says_so() -> None:
    counts: dict[Cell, int] = {("f", "old"): 10**9, ("m", "young"): 10**9}
    raked = rake(counts, [{"f": 0.9, "m": 0.1}, {"old": 0.1, "young": 0.9}], most_rounds=3)
    assert not raked.converged
    assert raked.off > 1e-3
    assert raked.rounds == 3


def test_equal_weights_are_worth_everybody_and_unequal_ones_fewer() -> None:
    """f 10 and m 30 to halves: weights 2 and 2/3; (20 + 20)^2 / (10 * 4 + 30 * 4/9) = 30."""
    counts: dict[Cell, int] = {("f", "x"): 5, ("f", "y"): 5, ("m", "x"): 15, ("m", "y"): 15}
    halves = {"x": 0.5, "y": 0.5}
    assert rake(counts, [HALF, halves]).effective_size(counts) == pytest.approx(30)
    as_is = rake(counts, [{"f": 0.25, "m": 0.75}, halves])
    assert as_is.effective_size(counts) == pytest.approx(40)


@pytest.mark.parametrize(
    "margins",
    [
        [{"f": 0.5, "m": 0.4}, AGES],
        [{"f": 1.5, "m": -0.5}, AGES],
        [{"f": 1.0, "m": 0.0}, AGES],
        [{}, AGES],
    ],
)
def test_margins_that_are_no_shares_are_refused(margins: list[dict[str, float]]) -> None:
    with pytest.raises(ValueError, match="margins of shares"):
        rake({("f", "old"): 1}, margins)


def test_nobody_cannot_be_raked() -> None:
    with pytest.raises(ValueError, match="somebody"):
        rake({("f", "old"): 0}, [HALF, AGES])


@given(
    counts=st.lists(st.integers(1, 500), min_size=8, max_size=8),
    first=st.floats(0.05, 0.95),
    second=st.floats(0.05, 0.95),
    third=st.floats(0.05, 0.95),
)
def test_margins_are_met_and_odds_ratios_kept(
    counts: list[int], first: float, second: float, third: float
) -> None:
    """The two properties that define raking, in three dimensions (Deming and Stephan 1940)."""
    margins = [{"a": one, "b": 1 - one} for one in (first, second, third)]
    keys = [(x, y, z) for x in "ab" for y in "ab" for z in "ab"]
    told: dict[Cell, int] = dict(zip(keys, counts, strict=True))
    raked = rake(told, margins)
    assert raked.converged
    assert math.fsum(raked.shares.values()) == pytest.approx(1)
    for place, margin in enumerate(margins):
        reached = sum(share for key, share in raked.shares.items() if key[place] == "a")
        assert reached == pytest.approx(margin["a"], abs=1e-9)

    def odds(of: dict[Cell, float]) -> float:
        ends = [of[key] ** (-1) ** key.count("b") for key in keys]
        return float(math.prod(ends))

    assert odds(dict(raked.shares)) == pytest.approx(odds(dict(told)), rel=1e-6)
