"""How many more people settle a verdict, and how many people a weighted sample is worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactbook.checks import statistics as s

BAND = (0.8, 1.25)


@given(
    st.integers(0, 300),
    st.integers(0, 700),
    st.floats(0.02, 0.9),
    st.sampled_from([0.95, 0.99375]),
)
def test_the_number_needed_is_the_first_that_is_enough(
    k: int, others: int, share: float, level: float
) -> None:
    """Checked by its definition: m settles it, and no smaller number does."""
    n = k + others
    more = s.people_needed(k, n, share, BAND, level)

    def inside(m: int) -> bool:
        if n + m == 0:
            return False
        interval = s.wilson(k + m, n + m, level)
        return BAND[0] * share <= interval.low and interval.high <= BAND[1] * share

    if more is None:
        assert not any(inside(m) for m in range(0, 3000, 7))
    else:
        assert inside(more)
        assert not any(inside(m) for m in range(max(0, more - 300), more))


def test_more_people_of_a_group_that_is_too_frequent_cannot_help() -> None:
    assert s.people_needed(90, 100, 0.5, BAND) is None


def test_a_group_that_is_there_already_needs_nobody() -> None:
    # Wilson of 500/1000 is 0.469 to 0.531: 0.94 to 1.06 times one half
    assert s.people_needed(500, 1000, 0.5, BAND) == 0


def test_a_group_is_settled_only_with_enough_people_in_all() -> None:
    # With 10 of 20 the interval of one half is 0.30 to 0.70; too few whatever it says.
    assert s.people_needed(500, 1000, 0.5, BAND, min_people=1200) == 200 or (
        s.people_needed(500, 1000, 0.5, BAND, min_people=1200) is None
    )
    # (n + m) * 0.01 >= 5 needs 500 in all, so 100 more, of which all belong to the group: too many.
    assert s.people_needed(4, 400, 0.01, BAND, min_expected=5) is None


@pytest.mark.parametrize(("k", "n", "share"), [(3, 2, 0.5), (-1, 2, 0.5), (1, 2, 0.0), (1, 2, 1.5)])
def test_counts_that_cannot_be_are_refused(k: int, n: int, share: float) -> None:
    with pytest.raises(ValueError, match="comparison"):
        s.people_needed(k, n, share, BAND)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=30), st.data())
def test_weights_never_count_for_more_people_than_there_are(
    weights: list[float], data: st.DataObject
) -> None:
    inside = data.draw(st.integers(0, len(weights)))
    total, squares = sum(weights), sum(weight**2 for weight in weights)
    found = s.weighted_share(sum(weights[:inside]), total, squares)
    assert 1 - 1e-9 <= found.effective <= len(weights) + 1e-6
    assert found.interval.low <= found.share <= found.interval.high


def test_equal_weights_give_the_plain_interval() -> None:
    # 30 of 100 people, each of weight 2.5: (250)^2 / (100 * 6.25) = 100
    found = s.weighted_share(inside=75, total=250, squares=625)
    assert found.effective == 100
    assert found.interval == s.wilson(30, 100)


def test_unequal_weights_by_hand() -> None:
    # weights 1, 1, 2: 16/6 = 2.67 people
    assert s.effective_size(4, 6) == pytest.approx(16 / 6)


@pytest.mark.parametrize(("total", "squares"), [(0, 1), (-1, 1), (float("nan"), 1), (1, 0)])
def test_weights_without_a_sum_are_refused(total: float, squares: float) -> None:
    with pytest.raises(ValueError, match="weights"):
        s.effective_size(total, squares)


@pytest.mark.parametrize(("share", "n"), [(1.2, 10), (0.5, 0), (0.5, float("inf"))])
def test_a_weighted_share_that_cannot_be_is_refused(share: float, n: float) -> None:
    with pytest.raises(ValueError, match="weighted share"):
        s.wilson_effective(share, n)
