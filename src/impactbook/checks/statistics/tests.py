"""Tests of two shares, and what to do with many p values at once.

Intervals are corrected by their level (`intervals.bonferroni_level`), p values here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ZTest:
    """A normal test: the standardised difference and its two-sided p value."""

    z: float
    p: float


def two_proportion_z(k1: float, n1: float, k2: float, n2: float) -> ZTest:
    """Do two shares k1/n1 and k2/n2 differ? Pooled, without continuity correction, two-sided.

    z = (p1 - p2) / sqrt(p (1-p) (1/n1 + 1/n2)), p = (k1 + k2)/(n1 + n2); z^2 is Pearson's
    chi-square of the 2 x 2 table. Where nobody or everybody is counted in both, z is 0 and p is 1.
    Raises ValueError unless 0 <= k <= n and n > 0 on both sides.

    >>> round(two_proportion_z(0, 15, 5, 20).p, 6)
    0.03647
    """
    if not (0 <= k1 <= n1 and 0 <= k2 <= n2 and n1 and n2):
        raise ValueError("two shares need 0 <= k <= n and n > 0")
    pooled = (k1 + k2) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    if variance == 0:
        return ZTest(0.0, 1.0)
    z = (k1 / n1 - k2 / n2) / math.sqrt(variance)
    return ZTest(z, math.erfc(abs(z) / math.sqrt(2)))


def bonferroni(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values, each times their number and at most 1; Dunn, JASA 56 (1961) 52-64.

    >>> bonferroni([0.01, 0.04, 0.5])
    [0.03, 0.12, 1.0]
    """
    return [min(1.0, p * len(p_values)) for p in p_values]


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


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values that bound the share of false alarms, step-up.

    Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289-300; for
    independent or positively dependent tests.

    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    [0.03, 0.04, 0.04]
    """
    number, smallest = len(p_values), 1.0
    adjusted = [1.0] * number
    order = sorted(range(number), key=p_values.__getitem__)
    for rank, at in reversed(list(enumerate(order, start=1))):
        smallest = min(smallest, p_values[at] * (number / rank))
        adjusted[at] = smallest
    return adjusted
