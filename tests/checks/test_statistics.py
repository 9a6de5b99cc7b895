"""The statistics: against independently computed reference values, and against sums by hand."""

from __future__ import annotations

import csv
import math
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactbook.checks import statistics as s

REFERENCE = Path(__file__).resolve().parents[2] / "../shared/data/expected_statistics.csv"
needs_reference = pytest.mark.skipif(
    not REFERENCE.exists(), reason="the shared reference values are not here"
)


@cache
def reference_rows() -> tuple[dict[str, str], ...]:
    with REFERENCE.open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def rows_of(*metrics: str) -> list[dict[str, str]]:
    found = [row for row in reference_rows() if row["metric"] in metrics]
    assert found, metrics
    return found


def meets(got: float, wanted: str, row: dict[str, str]) -> bool:
    tolerance, value = float(row["tolerance"]), float(wanted)
    return abs(got - value) <= (tolerance * abs(value) if value else tolerance)


def two_by_two(row: dict[str, str]) -> tuple[int, int, int, int]:
    found = re.search(r"x1/n1=(\d+)/(\d+), x2/n2=(\d+)/(\d+)", row["method"])
    assert found
    k1, n1, k2, n2 = (int(number) for number in found.groups())
    return k1, n1, k2, n2


@needs_reference
@pytest.mark.parametrize(
    ("metric", "interval"),
    [("share_wilson95", s.wilson), ("share_clopper_pearson95", s.clopper_pearson)],
)
def test_intervals_of_shares_meet_every_reference_row(metric: str, interval: object) -> None:
    for row in rows_of(metric):
        got = interval(int(row["numerator"]), int(row["denominator"]))  # type: ignore[operator]
        assert meets(got.low, row["ci_low"], row), row
        assert meets(got.high, row["ci_high"], row), row


@needs_reference
def test_newcombe_meets_every_reference_row() -> None:
    for row in rows_of("rate_difference_newcombe95"):
        got = s.newcombe(*two_by_two(row))
        assert meets(got.low, row["ci_low"], row), row
        assert meets(got.high, row["ci_high"], row), row


@needs_reference
@pytest.mark.parametrize(
    ("metric", "interval"),
    [
        ("rate_ratio_katz95", s.katz),
        ("rate_ratio_miettinen_nurminen95", s.miettinen_nurminen),
    ],
)
def test_intervals_of_ratios_meet_every_reference_row(metric: str, interval: object) -> None:
    for row in rows_of(metric):
        got = interval(*two_by_two(row))  # type: ignore[operator]
        assert meets(got.low, row["ci_low"], row), row
        assert meets(got.high, row["ci_high"], row), row


def counts_against_reference(attribute: str) -> tuple[list[int], list[float]]:
    ratios = [r for r in rows_of("representation_ratio") if r["attribute"] == attribute]
    share = {r["group"]: r for r in rows_of("reference_share") if r["attribute"] == attribute}
    shares = [
        int(share[r["group"]]["numerator"]) / int(share[r["group"]]["denominator"]) for r in ratios
    ]
    return [int(r["numerator"]) for r in ratios], shares


@needs_reference
@pytest.mark.parametrize("attribute", ["speaker sex vs Destatis", "speaker age 19+ vs Destatis"])
def test_fit_and_distances_meet_the_reference_rows(attribute: str) -> None:
    observed, expected = counts_against_reference(attribute)
    n = sum(observed)
    shares = [k / n for k in observed]
    chi, g = s.chi_square(observed, expected), s.g_test(observed, expected)
    got = {
        "gof_chi2": chi.statistic,
        "gof_chi2_p": chi.p,
        "gof_G": g.statistic,
        "gof_G_p": g.p,
        "cohens_w": s.cohens_w(chi.statistic, n),
        "total_variation": s.total_variation(shares, expected),
        "js_distance_base2": s.jensen_shannon(shares, expected),
    }
    for metric, value in got.items():
        (row,) = [r for r in rows_of(metric) if r["attribute"] == attribute]
        assert meets(value, row["value"], row), (metric, value, row["value"])
        assert int(row["numerator"]) == n


def column(file: str, name: str, delimiter: str) -> list[int]:
    counted: dict[str, int] = {}
    with (REFERENCE.parent / file).open(newline="", encoding="utf-8") as source:
        for row in csv.DictReader(source, delimiter=delimiter):
            counted[row[name]] = counted.get(row[name], 0) + 1
    return list(counted.values())


@needs_reference
@pytest.mark.parametrize(
    ("file", "attribute", "delimiter"),
    [
        ("bank_marketing/bank-full.csv", "job", ";"),
        ("bank_marketing/bank-full.csv", "education", ";"),
        ("banking77/train.csv", "category", ","),
        ("banking77/test.csv", "category", ","),
    ],
)
def test_diversity_meets_the_reference_rows(file: str, attribute: str, delimiter: str) -> None:
    counts = column(file, attribute, delimiter)
    got = {
        "shannon_nats": s.shannon(counts),
        "shannon_normalised": s.normalised_entropy(counts),
        "gini_simpson": s.simpson(counts),
        "hill_q0": s.hill(counts, 0),
        "hill_q1": s.effective_number_of_groups(counts),
        "hill_q2": s.hill(counts, 2),
    }
    for metric, value in got.items():
        (row,) = [
            r
            for r in rows_of(metric)
            if r["attribute"] == attribute and r["file"] == f"data/{file}"
        ]
        assert value is not None
        assert meets(value, row["value"], row), (metric, value)


@needs_reference
def test_holm_meets_the_reference_rows() -> None:
    raw = [float(row["value"]) for row in rows_of("vs_rest_p_raw")]
    for got, row in zip(s.holm(raw), rows_of("vs_rest_p_holm"), strict=True):
        assert meets(got, row["value"], row), row


def test_wilson_is_exactly_bounded_at_none_and_all() -> None:
    # k = 0, n = 5: upper bound z^2 / (n + z^2) = 3.8415 / 8.8415 = 0.43448
    assert s.wilson(0, 5).low == 0
    assert s.wilson(0, 5).high == pytest.approx(0.434482, abs=1e-6)
    assert s.wilson(5, 5).high == 1


@given(st.integers(1, 400), st.data())
def test_wilson_holds_its_share_and_mirrors_the_rest(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    interval, mirror = s.wilson(k, n), s.wilson(n - k, n)
    assert interval.low <= k / n <= interval.high
    assert interval.low == pytest.approx(1 - mirror.high, abs=1e-12)
    assert s.wilson(k, n, 0.99).high >= interval.high


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_a_share_of_nothing_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="share"):
        s.wilson(k, n)


def test_katz_has_no_interval_with_a_zero_and_the_score_interval_has() -> None:
    assert s.katz(0, 15, 5, 20) is None
    assert s.katz(5, 15, 0, 20) is None
    score = s.miettinen_nurminen(0, 15, 5, 20)
    assert score is not None
    assert score.low == 0 < score.high < 1
    assert s.miettinen_nurminen(5, 15, 0, 20) is None


def test_distances_by_hand() -> None:
    # |0.5-0.2| + |0.3-0.3| + |0.2-0.5| = 0.6; half of it 0.3
    assert s.total_variation([0.5, 0.3, 0.2], [0.2, 0.3, 0.5]) == pytest.approx(0.3)
    # nothing in common: one bit apart
    assert s.jensen_shannon([1, 0], [0, 1]) == pytest.approx(1)
    assert s.jensen_shannon([0.4, 0.6], [0.4, 0.6]) == 0


def test_diversity_by_hand() -> None:
    # shares 1/2, 1/4, 1/4: H = 1.5 ln 2; sum of squares 3/8
    counts = [2, 1, 1, 0]
    assert s.shannon(counts) == pytest.approx(1.5 * math.log(2))
    assert s.normalised_entropy(counts) == pytest.approx(1.5 * math.log(2) / math.log(3))
    assert s.simpson(counts) == pytest.approx(5 / 8)
    assert [s.hill(counts, q) for q in (0, 1, 2)] == pytest.approx([3, 2**1.5, 8 / 3])
    assert s.imbalance_ratio(counts) == 2
    assert s.normalised_entropy([7, 0]) is None


def test_intervals_of_diversity_by_hand() -> None:
    # shares 3/4, 1/4, n = 400: sum p ln^2 p - H^2 = pq (ln 3)^2 = 0.1875 * 1.20695 = 0.226303
    entropy = s.entropy_interval([300, 100])
    half = 1.959964 * math.sqrt(0.226303 / 400)
    assert entropy.high - entropy.low == pytest.approx(2 * half, rel=1e-5)
    # ln(2) +- z sqrt(1/200 + 1/100)
    ratio = s.imbalance_interval(200, 100)
    assert math.log(ratio.high / 2) == pytest.approx(1.959964 * math.sqrt(0.015), rel=1e-5)


def test_holm_is_monotone_and_never_above_one() -> None:
    # sorted 0.01*3, then max(0.03, 0.4*2), then max(0.8, 0.9*1)
    assert s.holm([0.9, 0.01, 0.4]) == pytest.approx([0.9, 0.03, 0.8])
    assert s.holm([0.6, 0.7]) == [1.0, 1.0]
    assert s.holm([]) == []


def test_bonferroni_shares_the_error_out() -> None:
    assert s.bonferroni_level(0.95, 8) == 0.99375
    assert s.bonferroni_level(0.95, 0) == 0.95
