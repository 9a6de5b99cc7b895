"""Representation: intervals, gaps, people needed, tests of fit, weights; figures worked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from counted_by_hand import CONTEXT, one
from hypothesis import given, settings
from hypothesis import strategies as st

from impactbook.checks.figures import CheckFigures, representation_figures
from impactbook.checks.published import PublishedTables
from impactbook.checks.statistics import clopper_pearson, wilson
from impactbook.checks.suppression import publish
from impactbook.checks.tables import CONFLICTING, MISSING, Key, Table, Tables
from impactbook.model.evidence import Figure

RATIO = "representation_ratio"


def by_sex(limit: int = 1, **counts: int) -> PublishedTables:
    named = {"unknown": MISSING, "conflicting": CONFLICTING}
    cells: dict[Key, int] = {(named.get(level, level),): n for level, n in counts.items()}
    return publish(Tables.of(Table(("sex",), "person", cells)), limit)


def represented(tables: PublishedTables, **told: Any) -> CheckFigures:
    reference: Mapping[str, float] = told.pop("reference", {"f": 0.5, "m": 0.5})
    return representation_figures(
        CONTEXT, tables, "sex", unit="person", reference=reference, **told
    )


def test_the_gap_is_share_minus_reference_with_the_interval_of_the_share() -> None:
    """65 of 396 against 0.5: 0.164141 - 0.5; Wilson's limits less 0.5."""
    found = represented(by_sex(f=65, m=331))
    gap, interval = one(found, "representation_gap", "f"), wilson(65, 396)
    assert gap.value == pytest.approx(65 / 396 - 0.5)
    assert gap.ci_low == pytest.approx(interval.low - 0.5)
    assert gap.ci_high == pytest.approx(interval.high - 0.5)
    assert (gap.numerator, gap.denominator, gap.reference) == (65, 396, 0.5)
    assert gap.verdict == ""
    # The gaps of all groups cancel out.
    assert gap.value + (one(found, "representation_gap", "m").value or 0) == pytest.approx(0)


def test_the_exact_interval_is_used_where_it_is_asked_for() -> None:
    found = represented(by_sex(f=65, m=331), interval="clopper_pearson")
    figure, interval = one(found, RATIO, "f", ""), clopper_pearson(65, 396)
    assert figure.ci_low == pytest.approx(interval.low / 0.5)
    assert figure.ci_high == pytest.approx(interval.high / 0.5)
    assert figure.method == "clopper_pearson;bonferroni=0.975"
    wide = one(found, RATIO, "f", "interval=bonferroni")
    assert wide.ci_low == pytest.approx(clopper_pearson(65, 396, 0.975).low / 0.5)


def test_the_exact_interval_can_leave_open_what_wilson_decides() -> None:
    """50 of 114 against a share whose 0.8 lies between the two upper limits at the same level."""
    k, n, level = 50, 114, 0.975
    limits = wilson(k, n, level).high, clopper_pearson(k, n, level).high
    share = sum(limits) / 2 / 0.8
    reference = {"f": share, "m": 1 - share}
    assert limits[0] / share < 0.8 < limits[1] / share
    counted = by_sex(f=k, m=n - k)
    decided = represented(counted, reference=reference)
    open_ = represented(counted, reference=reference, interval="clopper_pearson")
    assert one(decided, RATIO, "f", "").verdict == "fail"
    assert one(open_, RATIO, "f", "").verdict == "attention"


def needed(figures: CheckFigures, group: str) -> list[Figure]:
    return [f for f in figures.figures if f.metric == "people_needed" and f.group == group]


def test_so_many_more_people_settle_an_open_verdict_and_one_fewer_does_not() -> None:
    """41 of 100 against 0.5 straddles 0.8; adding the people named must give `ok`."""
    found = represented(by_sex(f=41, m=59))
    assert one(found, RATIO, "f", "").verdict == "attention"
    (figure,) = needed(found, "f")
    more = int(figure.value or 0)
    assert more > 0
    assert one(represented(by_sex(f=41 + more, m=59)), RATIO, "f", "").verdict == "ok"
    before = represented(by_sex(f=40 + more, m=59))
    assert one(before, RATIO, "f", "").verdict == "attention"
    assert (figure.numerator, figure.denominator) == (41, 100)


def test_too_few_to_judge_names_how_many_would_do() -> None:
    found = represented(by_sex(f=8, m=10))
    assert one(found, RATIO, "f", "").verdict == "not_enough_data"
    (figure,) = needed(found, "f")
    # Alone they cannot: with 10 men, women would be too many before they are enough.
    assert figure.value is None
    assert figure.method == "none_alone"


def test_a_group_that_is_too_frequent_needs_others_and_the_figure_says_so() -> None:
    found = represented(by_sex(f=59, m=41))
    assert one(found, RATIO, "f", "").verdict == "attention"
    assert [figure.method for figure in needed(found, "f")] == ["none_alone"]


def test_a_verdict_that_is_clear_needs_nobody() -> None:
    assert not needed(represented(by_sex(f=500, m=500)), "f")
    assert not needed(represented(by_sex(f=100, m=900)), "f")
    # Only the unknown leave this one open: more people would not tell who they are.
    unknown = represented(by_sex(f=500, m=500, unknown=1000))
    assert one(unknown, RATIO, "f", "").verdict == "attention"
    assert not needed(unknown, "f")


def test_conflicting_persons_are_counted_once_among_the_unknown() -> None:
    """500 of 1,000 known; 3 conflicting and 7 missing: 10 unknown, 500/1010 and 510/1010."""
    found = represented(by_sex(f=500, m=500, unknown=7, conflicting=3))
    assert one(found, RATIO, "f", "").unknown == 10
    low = one(found, RATIO, "f", "bound=all_unknown_out")
    high = one(found, RATIO, "f", "bound=all_unknown_in")
    assert low.value == pytest.approx(500 / 1010 / 0.5)
    assert high.value == pytest.approx(510 / 1010 / 0.5)
    assert found.verdict == "ok"


def test_a_fail_stays_whatever_the_unknown_might_be() -> None:
    """10 of 1,000 fails; 10,000 unknown could all be women, and it still fails."""
    found = represented(by_sex(f=10, m=990, unknown=10_000))
    assert one(found, RATIO, "f", "").verdict == "fail"
    assert (one(found, RATIO, "f", "bound=all_unknown_in").value or 0) > 1


def test_the_g_test_stands_beside_chi_square() -> None:
    """60 and 40 against halves: chi-square 2 * 100/50 = 4; G = 2 (60 ln 1.2 + 40 ln 0.8)."""
    found = represented(by_sex(f=60, m=40))
    assert one(found, "goodness_of_fit_chi_square").value == pytest.approx(4.0)
    assert one(found, "goodness_of_fit_p").value == pytest.approx(0.0455003, rel=1e-5)
    # 2 * (60 * 0.1823216 + 40 * -0.2231436) = 4.0271
    assert one(found, "goodness_of_fit_g").value == pytest.approx(4.0271, abs=1e-4)
    assert one(found, "goodness_of_fit_g_p").method == "g_test;df=1"
    assert not [f for f in found.figures if f.metric == "goodness_of_fit_exact_p"]


def test_thin_counts_get_an_exact_test() -> None:
    """2 of 10 against 0.4: P(X <= 2) + P(X >= 6) by chi-square at least as large.

    P(0..2) = 0.006047 + 0.040311 + 0.120932, P(6..10) = 0.111477 + 0.042467 + 0.010617 + 0.001573
    + 0.000105; |x - 4| >= 2 takes in 2 and 6 alike: 0.333528.
    """
    found = represented(by_sex(f=2, m=8), reference={"f": 0.4, "m": 0.6})
    exact = one(found, "goodness_of_fit_exact_p")
    assert exact.value == pytest.approx(0.333528, abs=2e-6)
    assert exact.method == "exact_multinomial"
    assert one(found, "goodness_of_fit_p").method == "chi_square;df=1;expected_below_5=1"


def test_distances_have_intervals_that_hold_their_value_and_start_at_0_when_nothing_is_off() -> (
    None
):
    found = represented(by_sex(f=60, m=40))
    for metric in ("total_variation_distance", "jensen_shannon_distance", "cohens_w"):
        figure = one(found, metric)
        assert figure.ci_low is not None
        assert figure.ci_high is not None
        assert figure.value is not None
        assert figure.ci_low <= figure.value <= figure.ci_high
        assert figure.method.endswith(";bootstrap")
    equal = represented(by_sex(f=50, m=50))
    assert one(equal, "total_variation_distance").ci_low == 0.0
    again = represented(by_sex(f=60, m=40))
    assert again == found


@settings(deadline=None)
@given(f=st.integers(1, 4), rest=st.integers(5, 60), m=st.integers(70, 500))
def test_nothing_published_depends_on_how_a_hidden_sum_is_split(f: int, rest: int, m: int) -> None:
    """Two data sets with the same published table give the same figures, intervals included."""
    hidden, reference = f + rest, {"f": 0.3, "x": 0.3, "m": 0.4}
    one_split = represented(by_sex(5, f=f, x=rest, m=m), reference=reference)
    other = represented(by_sex(5, f=hidden - 1, x=1, m=m), reference=reference)
    assert one_split == other


# weights


def weighted(**groups: tuple[int, float]) -> PublishedTables:
    """Each group's number of people, all with one weight."""
    named = {"unknown": MISSING}
    cells = {(named.get(name, name),): told for name, told in groups.items()}
    counts: dict[Key, int] = {key: n for key, (n, _) in cells.items()}
    weights: dict[Key, float] = {key: n * w for key, (n, w) in cells.items()}
    squares: dict[Key, float] = {key: n * w * w for key, (n, w) in cells.items()}
    table = Table(("sex",), "person", counts, None, weights, squares)
    return publish(Tables.of(table), 1)


def test_weights_enter_shares_and_intervals_and_the_unweighted_stand_beside() -> None:
    """f 100 of weight 3, m 300 of weight 1: share 300/600; Kish 600^2 / (900 + 300) = 300."""
    found = represented(weighted(f=(100, 3.0), m=(300, 1.0)))
    figure = one(found, RATIO, "f", "")
    assert figure.value == pytest.approx(1.0)
    assert (figure.numerator, figure.denominator) == (100, 400)
    assert figure.ci_low == pytest.approx(wilson(150, 300).low / 0.5)
    assert figure.method == "wilson;effective_n=300;bonferroni=0.975"
    assert figure.verdict == "ok"
    plain = one(found, RATIO, "f", "weights=none")
    assert plain.value == pytest.approx(0.5)
    assert (plain.verdict, plain.threshold_low) == ("", None)
    gap = one(found, "representation_gap", "f", "")
    assert gap.value == pytest.approx(0.0)
    # Tests of fit are those of counts and say so.
    assert one(found, "goodness_of_fit_p").condition == "weights=none"
    assert found.verdict == "ok"


def test_weights_can_overturn_the_verdict_of_the_counts() -> None:
    balanced = by_sex(f=500, m=500)
    assert represented(balanced).verdict == "ok"
    assert represented(weighted(f=(500, 1.0), m=(500, 9.0))).verdict == "fail"


def test_unknown_people_count_with_their_weight_in_the_worst_case() -> None:
    """Known 1,000 of weight 1, unknown 10 of weight 100: 500/2000 and 1500/2000 of halves."""
    found = represented(weighted(f=(500, 1.0), m=(500, 1.0), unknown=(10, 100.0)))
    assert one(found, RATIO, "f", "bound=all_unknown_out").value == pytest.approx(0.5)
    assert one(found, RATIO, "f", "bound=all_unknown_in").value == pytest.approx(1.5)
    assert one(found, RATIO, "f", "").verdict == "attention"


def test_a_few_very_heavy_people_are_too_few_to_judge() -> None:
    """10 of weight 1,000 among 1,000 of weight 1: an effective number of about 12."""
    found = represented(weighted(f=(10, 1000.0), m=(1000, 1.0)))
    assert one(found, RATIO, "f", "").verdict == "not_enough_data"
