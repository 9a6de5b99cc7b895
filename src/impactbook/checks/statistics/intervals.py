"""Confidence intervals of shares, of their differences and of their ratios, from counts.

Counts need not be whole where rows stand for fewer independent people than there are rows.

An interval answers "what would collecting in the same way give again", not "what is true of the
population". Intervals by resampling stand in `resampling`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

LEVEL = 0.95
"""The confidence level of every interval that says no other."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval and its level."""

    low: float
    high: float
    level: float = LEVEL


def z_of(level: float) -> float:
    """The two-sided normal quantile: 1.959964 for 0.95."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(k: float, n: float, level: float = LEVEL) -> Interval:
    """Wilson's score interval of a share k/n, without continuity correction.

    (k + z^2/2 +- z sqrt(k(n-k)/n + z^2/4)) / (n + z^2); Wilson, JASA 22 (1927) 209-212. The bounds
    are exactly 0 at k = 0 and 1 at k = n. Raises ValueError unless 0 <= k <= n and n > 0.

    >>> interval = wilson(65, 401)
    >>> round(interval.low, 6), round(interval.high, 6)
    (0.129259, 0.201343)
    """
    _check(k, n)
    return _score(k, n, level)


def wilson_effective(share: float, n_effective: float, level: float = LEVEL) -> Interval:
    """Wilson's interval of a weighted share, with an effective number instead of a count.

    Wilson's formula with k = share * n_effective, both of which need not be whole; Korn and
    Graubard, Survey Methodology 24 (1998) 193-201, use effective counts in this way. The effective
    number comes from `weights.effective_size`. Raises ValueError unless 0 <= share <= 1 and
    n_effective > 0.

    >>> wilson_effective(0.25, 40) == wilson(10, 40)
    True
    """
    if not 0 <= share <= 1 or not 0 < n_effective < math.inf:
        raise ValueError("a weighted share needs 0 <= share <= 1 and an effective number above 0")
    return _score(share * n_effective, n_effective, level)


def _score(k: float, n: float, level: float) -> Interval:
    z = z_of(level)
    middle, half = k + z * z / 2, z * math.sqrt(max(0.0, k * (n - k) / n) + z * z / 4)
    low = 0.0 if k == 0 else (middle - half) / (n + z * z)
    high = 1.0 if k == n else (middle + half) / (n + z * z)
    return Interval(low, high, level)


def clopper_pearson(k: int, n: int, level: float = LEVEL) -> Interval:
    """The exact interval of a share k/n, alpha/2 in each tail.

    Beta quantiles B(alpha/2; k, n-k+1) and B(1-alpha/2; k+1, n-k); Clopper and Pearson, Biometrika
    26 (1934) 404-413. Raises ValueError unless 0 <= k <= n and n > 0.
    """
    from scipy.special import betainccinv, betaincinv

    _check(k, n)
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betainccinv(k + 1, n - k, tail))
    return Interval(low, high, level)


def newcombe(k1: float, n1: float, k2: float, n2: float, level: float = LEVEL) -> Interval:
    """The interval of a difference of shares k1/n1 - k2/n2, from the two Wilson intervals.

    d - sqrt((p1-l1)^2 + (u2-p2)^2) to d + sqrt((u1-p1)^2 + (p2-l2)^2), without continuity
    correction; Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10.
    """
    p1, p2 = k1 / n1, k2 / n2
    one, two = wilson(k1, n1, level), wilson(k2, n2, level)
    low = p1 - p2 - math.hypot(p1 - one.low, two.high - p2)
    high = p1 - p2 + math.hypot(one.high - p1, p2 - two.low)
    return Interval(low, high, level)


def katz(k1: float, n1: float, k2: float, n2: float, level: float = LEVEL) -> Interval | None:
    """The interval of a ratio of shares (k1/n1) / (k2/n2) on the log scale; None if a count is 0.

    ln r +- z sqrt(1/k1 - 1/n1 + 1/k2 - 1/n2), nothing added to the counts; Katz, Baptista, Azen and
    Pike, Biometrics 34 (1978) 469-474.
    """
    _check(k1, n1)
    _check(k2, n2)
    if k1 == 0 or k2 == 0:
        return None
    ratio = (k1 / n1) / (k2 / n2)
    spread = z_of(level) * math.sqrt(1 / k1 - 1 / n1 + 1 / k2 - 1 / n2)
    return Interval(ratio * math.exp(-spread), ratio * math.exp(spread), level)


def miettinen_nurminen(
    k1: float, n1: float, k2: float, n2: float, level: float = LEVEL
) -> Interval | None:
    """The score interval of a ratio of shares, which also answers when k1 is 0; None if k2 is 0.

    All r with (p1 - r p2)^2 <= z^2 V(r), where V = (q1(1-q1)/n1 + r^2 q2(1-q2)/n2) N/(N-1) and q1,
    q2 = q1/r are the likeliest shares with that ratio; Miettinen and Nurminen, Statistics in
    Medicine 4 (1985) 213-226.
    """
    return _score_of_ratio(k1, n1, k2, n2, level, (n1 + n2) / max(1.0, n1 + n2 - 1))


def koopman(k1: float, n1: float, k2: float, n2: float, level: float = LEVEL) -> Interval | None:
    """The score interval of a ratio of shares without the factor N/(N-1); None if k2 is 0.

    As `miettinen_nurminen`, with V = q1(1-q1)/n1 + r^2 q2(1-q2)/n2; Koopman, Biometrics 40 (1984)
    513-517.
    """
    return _score_of_ratio(k1, n1, k2, n2, level, 1.0)


def _score_of_ratio(
    k1: float, n1: float, k2: float, n2: float, level: float, factor: float
) -> Interval | None:
    _check(k1, n1)
    _check(k2, n2)
    if k2 == 0:
        return None
    p1, p2, total = k1 / n1, k2 / n2, n1 + n2
    z = z_of(level)

    def excess(ratio: float) -> float:
        a = total * ratio
        b = -(n1 * ratio + k1 + n2 + k2 * ratio)
        q2 = (-b - math.sqrt(max(0.0, b * b - 4 * a * (k1 + k2)))) / (2 * a)
        q1 = ratio * q2
        variance = q1 * (1 - q1) / n1 + ratio * ratio * q2 * (1 - q2) / n2
        return (p1 - ratio * p2) ** 2 - z * z * variance * factor

    point = p1 / p2
    start = point if point > 0 else 1e-12
    low = 0.0 if k1 == 0 else _root_below(excess, start)
    return Interval(low, _root_above(excess, start), level)


def bonferroni_level(level: float, comparisons: int) -> float:
    """The level each of several intervals needs so that all hold at `level`: 1 - (1 - level)/m.

    Dunn, JASA 56 (1961) 52-64.

    >>> bonferroni_level(0.95, 8)
    0.99375
    """
    return round(1 - (1 - level) / max(1, comparisons), 12)


def _check(k: float, n: float) -> None:
    if not 0 <= k <= n or n == 0:
        raise ValueError("a share needs 0 <= k <= n and n > 0")


def _root_above(excess: Callable[[float], float], start: float) -> float:
    from scipy.optimize import brentq

    high = max(start, 1e-6) * 2
    while excess(high) <= 0:
        high *= 2
    return float(brentq(excess, start, high, xtol=1e-15, rtol=1e-13))


def _root_below(excess: Callable[[float], float], start: float) -> float:
    from scipy.optimize import brentq

    low = start / 2
    while excess(low) <= 0:
        low /= 2
    return float(brentq(excess, low, start, xtol=1e-15, rtol=1e-13))
