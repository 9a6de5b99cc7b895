"""How many groups, and how evenly people spread over them: entropy, Simpson, Hill numbers.

Each value is plug-in arithmetic on counts; intervals come from `resampling`. Groups nobody belongs
to do not count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from impactbook.checks.statistics.intervals import LEVEL, Interval, z_of
from impactbook.checks.statistics.resampling import REPLICATES, bootstrap_intervals

if TYPE_CHECKING:
    from impactbook.checks.statistics.resampling import Array, Statistic


def richness(counts: Sequence[int]) -> int:
    """How many groups have anybody in them."""
    return sum(1 for count in counts if count)


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


def diversity_intervals(
    counts: Sequence[int],
    level: float = LEVEL,
    *,
    groups: int | None = None,
    replicates: int = REPLICATES,
) -> dict[str, Interval]:
    """Bootstrap intervals of `hill_0`, `hill_1`, `hill_2`, `normalised_entropy` and `simpson`.

    All from the same replicates of the groups that occur (`resampling.spanning_interval`), within
    what so many groups allow. Orders 1 and 2 are those of the entropy and of Simpson's measure,
    whose bias adds up. The interval of order 0 tells how many of these groups collecting again in
    this way would find; groups never seen are in no interval. `groups` is their number where some
    stand together in the counts. With fewer than about five people a group the intervals of orders
    1 and 2 are too narrow: nobody can tell from so few how many rare groups there are. Raises
    ValueError when nothing was counted.
    """
    import numpy as np

    present = [count for count in counts if count]
    groups = max(groups or 0, len(present))
    if not present:
        raise ValueError("nothing was counted")

    def shares(tables: Array) -> Array:
        result: Array = tables / tables.sum(axis=1, keepdims=True)
        return result

    def entropy(tables: Array) -> Array:
        p = shares(tables)
        result: Array = -(p * np.log(np.where(p > 0, p, 1))).sum(axis=1)
        return result

    def squares(tables: Array) -> Array:
        result: Array = (shares(tables) ** 2).sum(axis=1)
        return result

    asked: dict[str, Statistic] = {
        "hill_0": lambda tables: (tables > 0).sum(axis=1).astype(float),
        "shannon": entropy,
        "simpson": lambda tables: 1 - squares(tables),
    }
    bounds = {
        "hill_0": (1.0, float(groups)),
        "shannon": (0.0, math.log(groups)),
        "simpson": (0.0, 1 - 1 / groups),
    }
    found = bootstrap_intervals(present, asked, level=level, bounds=bounds, replicates=replicates)
    nats, unlike = found.pop("shannon"), found["simpson"]
    found["hill_1"] = Interval(math.exp(nats.low), math.exp(nats.high), level)
    found["hill_2"] = Interval(1 / (1 - unlike.low), 1 / (1 - unlike.high), level)
    if groups > 1:
        most = math.log(groups)
        found["normalised_entropy"] = Interval(nats.low / most, nats.high / most, level)
    return found


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


def _shares(counts: Sequence[int]) -> list[float]:
    n = sum(counts)
    if n == 0:
        raise ValueError("nothing was counted")
    return [count / n for count in counts if count]
