"""How far apart two distributions are: distances between shares, and label disparities of groups.

The label disparities follow Amazon SageMaker Clarify's definitions (Das et al., "Fairness Measures
for Machine Learning in Finance", 2021): d is the group asked about, a the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from impactbook.checks.statistics.fit import chi_square, cohens_w
from impactbook.checks.statistics.intervals import LEVEL, Interval
from impactbook.checks.statistics.resampling import REPLICATES, bootstrap_intervals

if TYPE_CHECKING:
    from impactbook.checks.statistics.resampling import Array, Statistic

_ROOT_OF_LN_2 = math.sqrt(math.log(2))


def total_variation(p: Sequence[float], q: Sequence[float]) -> float:
    """Half the sum of |p - q|: the share of people who would have to be others."""
    return math.fsum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2


def jensen_shannon(p: Sequence[float], q: Sequence[float]) -> float:
    """The Jensen-Shannon distance: square root of the divergence in bits, from 0 to 1.

    Lin, IEEE Transactions on Information Theory 37 (1991) 145-151; the root is a metric (Endres and
    Schindelin, same journal 49 (2003) 1858-1860).
    """
    return math.sqrt(jensen_shannon_divergence(p, q)) / _ROOT_OF_LN_2


def jensen_shannon_divergence(p: Sequence[float], q: Sequence[float]) -> float:
    """The Jensen-Shannon divergence in nats, (KL(p||m) + KL(q||m)) / 2 with m = (p + q)/2.

    Clarify's JS: no root, natural logarithm; from 0 to ln 2. Lin 1991.
    """
    parts = []
    for a, b in zip(p, q, strict=True):
        middle = (a + b) / 2
        parts += [a * math.log(a / middle) if a else 0.0, b * math.log(b / middle) if b else 0.0]
    return max(0.0, math.fsum(parts) / 2)


def kullback_leibler(p: Sequence[float], q: Sequence[float]) -> float:
    """The divergence KL(p||q) = sum p ln(p/q) in nats, 0 ln 0 = 0; infinite where only q is 0.

    Kullback and Leibler, Annals of Mathematical Statistics 22 (1951) 79-86. Not symmetric.
    """
    if any(a and not b for a, b in zip(p, q, strict=True)):
        return math.inf
    return max(0.0, math.fsum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a))


def lp_norm(p: Sequence[float], q: Sequence[float], order: int = 2) -> float:
    """The p norm of the difference, (sum |p - q|^order)^(1/order); Clarify's LP with order 2."""
    total = math.fsum(abs(a - b) ** order for a, b in zip(p, q, strict=True))
    return float(total ** (1 / order))


def kolmogorov_smirnov(p: Sequence[float], q: Sequence[float]) -> float:
    """The largest |p - q| of any one label value: Clarify's KS, not cumulative.

    For ordered values Kolmogorov and Smirnov compare cumulated shares; labels have no order, so
    Clarify compares value by value.
    """
    return max(abs(a - b) for a, b in zip(p, q, strict=True))


def class_imbalance(others: int, group: int) -> float:
    """Clarify's CI = (n_a - n_d)/(n_a + n_d): 1 when nobody belongs to the group, 0 when half do."""
    return (others - group) / (others + group)


def difference_in_proportions(
    positive_others: int, others: int, positive_group: int, group: int
) -> float:
    """Clarify's DPL = q_a - q_d, the positive shares' difference; below 0 the group has more."""
    return positive_others / others - positive_group / group


def demographic_disparity(
    negative_group: int, negative: int, positive_group: int, positive: int
) -> float:
    """The group's share among negative labels minus its share among positive ones.

    Clarify's DD: above 0 the group is more frequent among negative labels. A side without anybody
    counts as share 0.
    """
    below = negative_group / negative if negative else 0.0
    above = positive_group / positive if positive else 0.0
    return below - above


@dataclass(frozen=True)
class Stratum:
    """Label counts within one level of the conditioning column: all, and of the group."""

    negative_group: int
    negative: int
    positive_group: int
    positive: int


def conditional_demographic_disparity(strata: Iterable[Stratum]) -> float:
    """The demographic disparity within each stratum, weighted by the people in it: CDDL.

    sum n_i DD_i / n; Wachter, Mittelstadt and Russell, "Why fairness cannot be automated",
    Computer Law & Security Review 41 (2021) 105567. Raises ValueError when nobody was counted.
    """
    listed = list(strata)
    n = sum(stratum.negative + stratum.positive for stratum in listed)
    if n == 0:
        raise ValueError("nothing was counted")
    return (
        math.fsum(
            (one.negative + one.positive)
            * demographic_disparity(
                one.negative_group, one.negative, one.positive_group, one.positive
            )
            for one in listed
        )
        / n
    )


def conditional_disparity_interval(
    strata: Iterable[Stratum],
    level: float = LEVEL,
    *,
    weight: float = 1.0,
    replicates: int = REPLICATES,
) -> Interval | None:
    """The bootstrap interval of `conditional_demographic_disparity`, strata drawn with the people.

    All people are drawn again from the cells stratum x label x group
    (`resampling.spanning_interval`), so strata may grow and shrink. `weight` is how many independent
    people one row stands for. None when nobody was counted.
    """
    import numpy as np

    cells = [
        [
            [one.negative_group, one.negative - one.negative_group],
            [one.positive_group, one.positive - one.positive_group],
        ]
        for one in strata
    ]
    if not cells or not np.asarray(cells).sum():
        return None

    def disparity(tables: Array) -> Array:
        sides = tables.sum(axis=3)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(sides > 0, tables[..., 0] / sides, 0.0)
        weights = sides.sum(axis=2)
        parts = weights * (shares[..., 0] - shares[..., 1])
        result: Array = parts.sum(axis=1) / weights.sum(axis=1)
        return result

    return bootstrap_intervals(
        cells,
        {"cddl": disparity},
        level=level,
        weight=weight,
        bounds={"cddl": (-1.0, 1.0)},
        replicates=replicates,
    ).get("cddl")


@dataclass(frozen=True)
class FitSizes:
    """Three sizes of a misfit against given shares, each with its bootstrap interval."""

    total_variation: float
    jensen_shannon: float
    cohens_w: float
    intervals: dict[str, Interval]


def fit_sizes(
    observed: Sequence[int],
    expected_shares: Sequence[float],
    level: float = LEVEL,
    *,
    replicates: int = REPLICATES,
) -> FitSizes:
    """Total variation, Jensen-Shannon distance and Cohen's w from a reference, with intervals.

    `intervals` are named like the fields (`resampling.spanning_interval`, beginning at 0 where the
    reference itself gives distances as large). Raises ValueError when nothing was counted.
    """
    import numpy as np

    n, expected = sum(observed), np.asarray(expected_shares, dtype=float)
    if n == 0:
        raise ValueError("nothing was counted")
    shares = [k / n for k in observed]
    asked: dict[str, Statistic] = {
        "total_variation": lambda tables: np.abs(tables / n - expected).sum(axis=1) / 2,
        "jensen_shannon": lambda tables: np.sqrt(
            symmetric_divergences(tables / n, expected) / math.log(2)
        ),
        "cohens_w": lambda tables: np.sqrt(((tables / n - expected) ** 2 / expected).sum(axis=1)),
    }
    bounds = {
        "total_variation": (0.0, 1.0),
        "jensen_shannon": (0.0, 1.0),
        # All people in the rarest group is the largest misfit there can be.
        "cohens_w": (0.0, math.sqrt(1 / float(expected.min()) - 1)),
    }
    return FitSizes(
        total_variation(shares, expected_shares),
        jensen_shannon(shares, expected_shares),
        cohens_w(chi_square(observed, expected_shares).statistic, n),
        bootstrap_intervals(
            observed,
            asked,
            level=level,
            null_shares=expected,
            bounds=bounds,
            replicates=replicates,
        ),
    )


def directed_divergences(p: Array, q: Array) -> Array:
    """KL(p||q) of many pairs of shares; nan where it is infinite."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * np.log(p / q), 0.0)
    result: Array = terms.sum(axis=1)
    return np.where(np.isfinite(result), np.maximum(result, 0.0), np.nan)


def symmetric_divergences(p: Array, q: Array) -> Array:
    """The Jensen-Shannon divergence in nats of many pairs of shares."""
    middle = (p + q) / 2
    result: Array = (directed_divergences(p, middle) + directed_divergences(q + 0 * p, middle)) / 2
    return result
