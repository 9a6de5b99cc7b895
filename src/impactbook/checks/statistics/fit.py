"""Tests of fit: could people drawn from the reference population have given these counts?

`goodness_of_fit` chooses the test: chi-square where every expected count is 5 or more, else exact
by enumeration, else by simulation. All take reference shares as given, without error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

Method = Literal["chi_square", "g_test", "exact_multinomial", "monte_carlo"]

MIN_EXPECTED = 5
"""Below so many expected in a group the chi-square distribution is a poor guide (Cochran 1954)."""

MOST_TABLES = 200_000
"""The most tables `goodness_of_fit` enumerates before it simulates instead."""

SIMULATED = 100_000
"""How many tables a simulated test draws."""

_SEED = 20_231_231
_AT_ONCE = 20_000
_TIE = 1e-9
"""Relative difference below which two tables count as equally extreme (rounding, not chance)."""


@dataclass(frozen=True)
class Fit:
    """A test of fit: statistic, degrees of freedom, p value, and how the p value was found.

    `beside` is the likelihood-ratio (G) test of the same counts, where `goodness_of_fit` gives it.
    `simulated` is the number of tables drawn by a Monte Carlo test, `enumerated` by an exact one.
    """

    statistic: float
    degrees: int
    p: float
    method: Method = "chi_square"
    beside: Fit | None = None
    simulated: int | None = None
    enumerated: int | None = None


def chi_square(observed: Sequence[int], expected_shares: Sequence[float]) -> Fit:
    """Pearson's test of fit: sum (O-E)^2/E against chi-square with k-1 degrees of freedom.

    Pearson, Philosophical Magazine 50 (1900) 157-175. Doubtful where an expected count is below 5
    (Cochran, Biometrics 10 (1954) 417-451). Shares are taken as given, without error.
    """
    return _fit(_pearson(observed, expected_shares), len(observed) - 1, "chi_square")


def g_test(observed: Sequence[int], expected_shares: Sequence[float]) -> Fit:
    """The likelihood-ratio test of fit: 2 sum O ln(O/E), with 0 ln 0 = 0, k-1 degrees of freedom.

    Wilks, Annals of Mathematical Statistics 9 (1938) 60-62.
    """
    n = sum(observed)
    pairs = zip(observed, expected_shares, strict=True)
    statistic = 2 * math.fsum(o * math.log(o / (n * share)) for o, share in pairs if o)
    return _fit(max(0.0, statistic), len(observed) - 1, "g_test")


def cohens_w(chi_square_statistic: float, n: int) -> float:
    """The size of a misfit, whatever the number counted: sqrt(chi-square / n).

    Cohen, Statistical Power Analysis (2nd ed. 1988), chapter 7: 0.1 small, 0.3 medium, 0.5 large.
    """
    return math.sqrt(chi_square_statistic / n)


def exact_multinomial(
    observed: Sequence[int],
    expected_shares: Sequence[float],
    *,
    by: Literal["probability", "chi_square"] = "chi_square",
) -> Fit:
    """The exact test of fit: the probability of all tables at least as extreme as this one.

    Extreme by `chi_square`: a statistic at least as large; by `probability`: a table at most as
    likely (Radlow and Alf, JASA 70 (1975) 811-813, compare both). All C(n+k-1, k-1) tables are
    enumerated: see `number_of_tables` before calling. Raises ValueError when nothing was counted or
    a share is not above 0.

    >>> round(exact_multinomial([5, 3, 2], [0.2, 0.3, 0.5], by="probability").p, 10)
    0.0420302125
    """
    import numpy as np
    from scipy.special import gammaln

    _check(observed, expected_shares)
    n, size = sum(observed), len(observed)
    statistic = _pearson(observed, expected_shares)
    shares = np.asarray(expected_shares, dtype=float)

    def log_probability(tables: Array) -> Array:
        return np.asarray(
            gammaln(n + 1) - gammaln(tables + 1).sum(axis=1) + tables @ np.log(shares)
        )

    limit = float(log_probability(np.asarray([observed], dtype=float))[0]) + _TIE
    p = 0.0
    for tables in _all_tables(n, size):
        logs = log_probability(tables)
        if by == "probability":
            extreme = logs <= limit
        else:
            extreme = _pearson_of(tables, shares * n) >= statistic * (1 - _TIE) - _TIE
        p += float(np.exp(logs[extreme]).sum())
    return Fit(
        statistic,
        size - 1,
        min(1.0, p),
        "exact_multinomial",
        enumerated=number_of_tables(n, size),
    )


def monte_carlo(
    observed: Sequence[int], expected_shares: Sequence[float], *, simulated: int = SIMULATED
) -> Fit:
    """The simulated test of fit: (1 + tables at least as extreme) / (1 + tables drawn).

    Tables are drawn from the reference by a generator with a fixed seed, so the same counts give
    the same p value; extreme is a chi-square at least as large. The smallest possible p value is
    1 / (simulated + 1). Davison and Hinkley, Bootstrap Methods (1997), section 4.2.
    """
    import numpy as np

    _check(observed, expected_shares)
    statistic, n = _pearson(observed, expected_shares), sum(observed)
    shares = np.asarray(expected_shares, dtype=float)
    shares /= shares.sum()
    source = np.random.default_rng(_SEED)
    extreme, left = 0, simulated
    while left:
        drawn = source.multinomial(n, shares, size=min(left, _AT_ONCE)).astype(float)
        reached = _pearson_of(drawn, shares * n) >= statistic * (1 - _TIE) - _TIE
        extreme += int(reached.sum())
        left -= len(drawn)
    p = (1 + extreme) / (simulated + 1)
    return Fit(statistic, len(observed) - 1, p, "monte_carlo", simulated=simulated)


def goodness_of_fit(observed: Sequence[int], expected_shares: Sequence[float]) -> Fit:
    """The test of fit that suits the counts; `method` names it, `beside` is the G test.

    1. Chi-square where every expected count is at least 5 (Cochran 1954).
    2. The exact multinomial test, ordered by chi-square, where at most 200,000 tables exist.
    3. The Monte Carlo test of 100,000 tables with a fixed seed.

    A group with reference share 0 and nobody in it is left out; with somebody in it the reference
    cannot have given these counts: the statistic is infinite and p is 0. Raises ValueError when
    nothing was counted, a share is negative, shares do not sum to 1, or fewer than two groups are
    left.

    >>> goodness_of_fit([60, 40], [0.5, 0.5]).method
    'chi_square'
    >>> goodness_of_fit([5, 3, 2], [0.2, 0.3, 0.5]).method
    'exact_multinomial'
    """
    pairs = list(zip(observed, expected_shares, strict=True))
    if any(o and not share for o, share in pairs):
        return Fit(math.inf, len(pairs) - 1, 0.0)
    counts = [o for o, share in pairs if share]
    shares = [share for _, share in pairs if share]
    _check(counts, shares)
    n, beside = sum(counts), g_test(counts, shares)
    if min(shares) * n >= MIN_EXPECTED:
        found = chi_square(counts, shares)
    elif number_of_tables(n, len(counts)) <= MOST_TABLES:
        found = exact_multinomial(counts, shares)
    else:
        found = monte_carlo(counts, shares)
    return replace(found, beside=beside)


def number_of_tables(n: int, groups: int) -> int:
    """In how many ways n people can spread over some groups: C(n + groups - 1, groups - 1).

    >>> number_of_tables(10, 3)
    66
    """
    return math.comb(n + groups - 1, groups - 1)


def _check(observed: Sequence[int], shares: Sequence[float]) -> None:
    if len(observed) != len(shares) or len(observed) < 2:
        raise ValueError("a test of fit needs a share for each of two or more groups")
    if min(observed) < 0 or sum(observed) == 0:
        raise ValueError("a test of fit needs counts of 0 or more, and somebody counted")
    if not all(0 < share < math.inf for share in shares) or abs(math.fsum(shares) - 1) > 1e-6:
        raise ValueError("a test of fit needs shares above 0 that sum to 1")


def _pearson(observed: Sequence[int], shares: Sequence[float]) -> float:
    n = sum(observed)
    pairs = zip(observed, shares, strict=True)
    return math.fsum((o - n * share) ** 2 / (n * share) for o, share in pairs)


def _pearson_of(tables: Array, expected: Array) -> Array:
    result: Array = ((tables - expected) ** 2 / expected).sum(axis=1)
    return result


def _all_tables(n: int, groups: int) -> Any:
    """All tables of n people over some groups, some thousands at a time (stars and bars)."""
    import numpy as np

    bars = combinations(range(n + groups - 1), groups - 1)
    while chunk := list(islice(bars, _AT_ONCE)):
        places = np.asarray(chunk, dtype=np.int64)
        ends = np.full((len(chunk), 1), n + groups - 1)
        starts = np.full((len(chunk), 1), -1)
        yield (np.diff(np.hstack([starts, places, ends]), axis=1) - 1).astype(float)


def chi_square_tail(statistic: float, degrees: int) -> float:
    """The probability of at least this statistic under the chi-square distribution."""
    from scipy.special import chdtrc

    return float(chdtrc(degrees, statistic))


def _fit(statistic: float, degrees: int, method: Method) -> Fit:
    return Fit(statistic, degrees, chi_square_tail(statistic, degrees), method)
