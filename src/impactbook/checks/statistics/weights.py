"""Weighted shares: how many people a weighted sample is worth, and the interval that follows.

Weights enter by three sums that engines can count in one pass: of weights inside a group, of all
weights, and of all squared weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from impactbook.checks.statistics.intervals import LEVEL, Interval, wilson_effective


@dataclass(frozen=True)
class WeightedShare:
    """A weighted share, the effective number behind it, and Wilson's interval with that number."""

    share: float
    effective: float
    interval: Interval


def effective_size(total: float, squares: float) -> float:
    """Kish's effective sample size: (sum w)^2 / sum w^2, at most the number counted.

    Kish, Survey Sampling (1965), section 11.7. Equal weights give the number itself. Raises
    ValueError unless both sums are finite and above 0.

    >>> effective_size(total=4.0, squares=4.0), effective_size(total=1 + 1 + 2, squares=1 + 1 + 4)
    (4.0, 2.6666666666666665)
    """
    if not (0 < total < math.inf and 0 < squares < math.inf):
        raise ValueError("weights need a finite sum above 0")
    return total * total / squares


def weighted_share(
    inside: float, total: float, squares: float, level: float = LEVEL
) -> WeightedShare:
    """The share of the weight `total` that is `inside` a group, and its interval.

    `squares` is the sum of all squared weights, inside and outside. Wilson's interval with Kish's
    effective size (`intervals.wilson_effective`).

    >>> found = weighted_share(inside=10, total=40, squares=40)
    >>> found.share, found.effective
    (0.25, 40.0)
    """
    effective = effective_size(total, squares)
    # Sums of floats may differ in the last digit from their total.
    share = min(1.0, max(0.0, inside / total))
    return WeightedShare(share, effective, wilson_effective(share, effective, level))
