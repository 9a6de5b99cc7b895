"""The statistics behind the figures: intervals, tests of fit, distances, diversity, many tests.

Each takes plain counts, says its formula and source, and touches no table. An interval answers
"what would collecting in the same way give again", not "what is true of the population".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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


@dataclass(frozen=True)
class Fit:
    """A test of fit: statistic, degrees of freedom, upper tail probability."""

    statistic: float
    degrees: int
    p: float


def z_of(level: float) -> float:
    """The two-sided normal quantile: 1.959964 for 0.95."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(k: int, n: int, level: float = LEVEL) -> Interval:
    """Wilson's score interval of a share k/n, without continuity correction.

    (k + z^2/2 +- z sqrt(k(n-k)/n + z^2/4)) / (n + z^2); Wilson, JASA 22 (1927) 209-212. The bounds
    are exactly 0 at k = 0 and 1 at k = n. Raises ValueError unless 0 <= k <= n and n > 0.

    >>> interval = wilson(65, 401)
    >>> round(interval.low, 6), round(interval.high, 6)
    (0.129259, 0.201343)
    """
    _check(k, n)
    z = z_of(level)
    middle, half = k + z * z / 2, z * math.sqrt(k * (n - k) / n + z * z / 4)
    low = 0.0 if k == 0 else (middle - half) / (n + z * z)
    high = 1.0 if k == n else (middle + half) / (n + z * z)
    return Interval(low, high, level)


def clopper_pearson(k: int, n: int, level: float = LEVEL) -> Interval:
    """The exact interval of a share k/n, alpha/2 in each tail.

    Beta quantiles B(alpha/2; k, n-k+1) and B(1-alpha/2; k+1, n-k); Clopper and Pearson, Biometrika
    26 (1934) 404-413. Raises ValueError unless 0 <= k <= n and n > 0.
    """
    from scipy.stats import beta

    _check(k, n)
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(beta.isf(tail, k + 1, n - k))
    return Interval(low, high, level)


def newcombe(k1: int, n1: int, k2: int, n2: int, level: float = LEVEL) -> Interval:
    """The interval of a difference of shares k1/n1 - k2/n2, from the two Wilson intervals.

    d - sqrt((p1-l1)^2 + (u2-p2)^2) to d + sqrt((u1-p1)^2 + (p2-l2)^2), without continuity
    correction; Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10.
    """
    p1, p2 = k1 / n1, k2 / n2
    one, two = wilson(k1, n1, level), wilson(k2, n2, level)
    low = p1 - p2 - math.hypot(p1 - one.low, two.high - p2)
    high = p1 - p2 + math.hypot(one.high - p1, p2 - two.low)
    return Interval(low, high, level)


def katz(k1: int, n1: int, k2: int, n2: int, level: float = LEVEL) -> Interval | None:
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


def miettinen_nurminen(k1: int, n1: int, k2: int, n2: int, level: float = LEVEL) -> Interval | None:
    """The score interval of a ratio of shares, which also answers when k1 is 0; None if k2 is 0.

    All r with (p1 - r p2)^2 <= z^2 V(r), where V = (q1(1-q1)/n1 + r^2 q2(1-q2)/n2) N/(N-1) and q1,
    q2 = q1/r are the likeliest shares with that ratio; Miettinen and Nurminen, Statistics in
    Medicine 4 (1985) 213-226.
    """
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
        variance *= total / (total - 1)
        return (p1 - ratio * p2) ** 2 - z * z * variance

    point = p1 / p2
    start = point if point > 0 else 1e-12
    low = 0.0 if k1 == 0 else _root_below(excess, start)
    return Interval(low, _root_above(excess, start), level)


def chi_square(observed: Sequence[int], expected_shares: Sequence[float]) -> Fit:
    """Pearson's test of fit: sum (O-E)^2/E against chi-square with k-1 degrees of freedom.

    Pearson, Philosophical Magazine 50 (1900) 157-175. Doubtful where an expected count is below 5
    (Cochran, Biometrics 10 (1954) 417-451). Shares are taken as given, without error.
    """
    n = sum(observed)
    expected = [n * share for share in expected_shares]
    statistic = math.fsum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))
    return _fit(statistic, len(observed) - 1)


def g_test(observed: Sequence[int], expected_shares: Sequence[float]) -> Fit:
    """The likelihood-ratio test of fit: 2 sum O ln(O/E), with 0 ln 0 = 0, k-1 degrees of freedom.

    Wilks, Annals of Mathematical Statistics 9 (1938) 60-62.
    """
    n = sum(observed)
    pairs = zip(observed, expected_shares, strict=True)
    statistic = 2 * math.fsum(o * math.log(o / (n * share)) for o, share in pairs if o)
    return _fit(max(0.0, statistic), len(observed) - 1)


def cohens_w(chi_square_statistic: float, n: int) -> float:
    """The size of a misfit, whatever the number counted: sqrt(chi-square / n).

    Cohen, Statistical Power Analysis (2nd ed. 1988), chapter 7: 0.1 small, 0.3 medium, 0.5 large.
    """
    return math.sqrt(chi_square_statistic / n)


def total_variation(p: Sequence[float], q: Sequence[float]) -> float:
    """Half the sum of |p - q|: the share of people who would have to be others."""
    return math.fsum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2


def jensen_shannon(p: Sequence[float], q: Sequence[float]) -> float:
    """The Jensen-Shannon distance: square root of the divergence in bits, from 0 to 1.

    Lin, IEEE Transactions on Information Theory 37 (1991) 145-151; the root is a metric (Endres and
    Schindelin, same journal 49 (2003) 1858-1860).
    """
    parts = []
    for a, b in zip(p, q, strict=True):
        middle = (a + b) / 2
        parts += [a * math.log2(a / middle) if a else 0.0, b * math.log2(b / middle) if b else 0.0]
    return math.sqrt(max(0.0, math.fsum(parts) / 2))


def shannon(counts: Sequence[int]) -> float:
    """Shannon's entropy in nats, -sum p ln p; Bell System Technical Journal 27 (1948) 379-423."""
    return max(0.0, -math.fsum(p * math.log(p) for p in _shares(counts)))


def normalised_entropy(counts: Sequence[int]) -> float | None:
    """Entropy over its largest value ln k, k being the groups that occur; None below two groups.

    1: all groups equally large. Pielou, Journal of Theoretical Biology 13 (1966) 131-144.
    """
    groups = len(_shares(counts))
    return shannon(counts) / math.log(groups) if groups > 1 else None


def hill(counts: Sequence[int], order: int) -> float:
    """Hill's number: how many equally large groups would be as diverse.

    Order 0 counts the groups, 1 is exp(entropy), 2 is 1 / sum p^2; Hill, Ecology 54 (1973) 427-432.
    """
    shares = _shares(counts)
    if order == 1:
        return math.exp(shannon(counts))
    return float(math.fsum(p**order for p in shares) ** (1 / (1 - order)))


def effective_number_of_groups(counts: Sequence[int]) -> float:
    """Hill's number of order 1: 8 groups of which one dominates may count like 2.5."""
    return hill(counts, 1)


def simpson(counts: Sequence[int]) -> float:
    """The chance that two drawn with replacement differ: 1 - sum p^2 (Gini-Simpson).

    Simpson, Nature 163 (1949) 688.
    """
    return 1 - math.fsum(p * p for p in _shares(counts))


def entropy_interval(counts: Sequence[int], level: float = LEVEL) -> Interval:
    """The interval of the entropy in nats: H +- z sqrt((sum p ln^2 p - H^2) / n), in 0 to ln k.

    The delta method (Basharin, Theory of Probability 4 (1959) 333-336). It ignores the bias of
    about (k-1)/(2n) and is too narrow where all groups are nearly equal.
    """
    shares, n, entropy = _shares(counts), sum(counts), shannon(counts)
    variance = max(0.0, math.fsum(p * math.log(p) ** 2 for p in shares) - entropy**2) / n
    half = z_of(level) * math.sqrt(variance)
    most = math.log(len(shares))
    return Interval(max(0.0, entropy - half), min(most, entropy + half), level)


def simpson_interval(counts: Sequence[int], level: float = LEVEL) -> Interval:
    """The interval of `simpson`: D +- z sqrt(4 (sum p^3 - (sum p^2)^2) / n), in 0 to 1 - 1/k.

    Simpson, Nature 163 (1949) 688, leading term of the variance.
    """
    shares, n = _shares(counts), sum(counts)
    squares = math.fsum(p * p for p in shares)
    variance = max(0.0, 4 * (math.fsum(p**3 for p in shares) - squares**2)) / n
    half = z_of(level) * math.sqrt(variance)
    return Interval(
        max(0.0, 1 - squares - half), min(1 - 1 / len(shares), 1 - squares + half), level
    )


def imbalance_ratio(counts: Sequence[int]) -> float:
    """The largest class over the smallest that occurs: 1 is balanced."""
    present = [count for count in counts if count]
    return max(present) / min(present)


def imbalance_interval(largest: int, smallest: int, level: float = LEVEL) -> Interval:
    """The interval of the ratio of two cells of one multinomial: ln r +- z sqrt(1/a + 1/b).

    The delta method; the classes are taken as named beforehand, not as found to be the extremes.
    """
    ratio, spread = largest / smallest, z_of(level) * math.sqrt(1 / largest + 1 / smallest)
    return Interval(ratio * math.exp(-spread), ratio * math.exp(spread), level)


def bonferroni_level(level: float, comparisons: int) -> float:
    """The level each of several intervals needs so that all hold at `level`: 1 - (1 - level)/m.

    >>> bonferroni_level(0.95, 8)
    0.99375
    """
    return round(1 - (1 - level) / max(1, comparisons), 12)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values, step-down; Holm, Scandinavian Journal of Statistics 6 (1979) 65-70.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, p_values[at] * (len(p_values) - rank)))
        adjusted[at] = largest
    return adjusted


def _check(k: int, n: int) -> None:
    if not 0 <= k <= n or n == 0:
        raise ValueError("a share needs 0 <= k <= n and n > 0")


def _shares(counts: Sequence[int]) -> list[float]:
    n = sum(counts)
    if n == 0:
        raise ValueError("nothing was counted")
    return [count / n for count in counts if count]


def _fit(statistic: float, degrees: int) -> Fit:
    from scipy.stats import chi2

    return Fit(statistic, degrees, float(chi2.sf(statistic, degrees)))


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
