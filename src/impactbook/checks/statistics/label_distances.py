"""How far apart the labels of two groups are: all distances at once, with their intervals.

The distances themselves stand in `distances`; here they are drawn again together, or, for large
groups, spread by their derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from impactbook.checks.statistics.association import independence_test
from impactbook.checks.statistics.distances import (
    directed_divergences,
    jensen_shannon_divergence,
    kolmogorov_smirnov,
    kullback_leibler,
    lp_norm,
    symmetric_divergences,
    total_variation,
)
from impactbook.checks.statistics.fit import chi_square_tail
from impactbook.checks.statistics.intervals import LEVEL, Interval, z_of
from impactbook.checks.statistics.resampling import REPLICATES, bootstrap_intervals

if TYPE_CHECKING:
    from impactbook.checks.statistics.resampling import Array, Statistic

LARGE = 10_000
"""From so many people on, and `LARGE_CELL` in each cell, the delta method replaces the bootstrap."""

LARGE_CELL = 100


LABEL_DISTANCES: dict[str, Callable[[Sequence[float], Sequence[float]], float]] = {
    "kullback_leibler": kullback_leibler,
    "jensen_shannon_divergence": jensen_shannon_divergence,
    "lp_norm": lp_norm,
    "total_variation": total_variation,
    "kolmogorov_smirnov": kolmogorov_smirnov,
}
"""The distances between two groups' labels: functions of the others' shares and the group's."""

_MOST: dict[str, float] = {
    "kullback_leibler": math.inf,
    "jensen_shannon_divergence": math.log(2),
    "lp_norm": math.sqrt(2),
    "total_variation": 1.0,
    "kolmogorov_smirnov": 1.0,
}
"""The largest value each of them can have."""


def label_distance_intervals(
    others: Sequence[int],
    group: Sequence[int],
    level: float = LEVEL,
    *,
    weight: float = 1.0,
    replicates: int = REPLICATES,
) -> dict[str, Interval]:
    """Intervals of all `LABEL_DISTANCES` between the labels of two groups, of fixed sizes.

    Below `LARGE` people, or `LARGE_CELL` in some cell, both groups are drawn again
    (`resampling.spanning_interval`), else the delta method is used, which agrees there. An interval
    begins at 0 where it is not refuted that both groups have the same shares. Kullback-Leibler has
    no interval where it is infinite. `weight` is how many independent people one row stands for.
    Raises ValueError when one group is empty.
    """
    if not sum(others) or not sum(group):
        raise ValueError("two groups with labels are compared")
    present = [pair for pair in zip(others, group, strict=True) if any(pair)]
    people, thinnest = weight * (sum(others) + sum(group)), weight * min(map(min, present))
    if people >= LARGE and thinnest >= LARGE_CELL and len(present) > 1:
        return _delta_intervals([a for a, _ in present], [d for _, d in present], weight, level)
    return _bootstrap(others, group, weight, level, replicates)


def _bootstrap(
    others: Sequence[int], group: Sequence[int], weight: float, level: float, replicates: int
) -> dict[str, Interval]:
    import numpy as np

    pooled = np.asarray([others, group], dtype=float).sum(axis=0)

    def difference(tables: Array) -> Array:
        shares = tables / tables.sum(axis=2, keepdims=True)
        result: Array = np.abs(shares[:, 0] - shares[:, 1])
        return result

    def divergence(tables: Array) -> Array:
        shares = tables / tables.sum(axis=2, keepdims=True)
        return symmetric_divergences(shares[:, 0], shares[:, 1])

    def directed(tables: Array) -> Array:
        shares = tables / tables.sum(axis=2, keepdims=True)
        return directed_divergences(shares[:, 0], shares[:, 1])

    asked: dict[str, Statistic] = {
        "kullback_leibler": directed,
        "jensen_shannon_divergence": divergence,
        "lp_norm": lambda tables: np.sqrt((difference(tables) ** 2).sum(axis=1)),
        "total_variation": lambda tables: difference(tables).sum(axis=1) / 2,
        "kolmogorov_smirnov": lambda tables: difference(tables).max(axis=1),
    }
    return bootstrap_intervals(
        [list(others), list(group)],
        asked,
        level=level,
        sampled="rows",
        null_shares=np.asarray([pooled, pooled]),
        weight=weight,
        bounds={name: (0.0, most) for name, most in _MOST.items()},
        replicates=replicates,
    )


def _delta_intervals(
    others: Sequence[int], group: Sequence[int], weight: float, level: float
) -> dict[str, Interval]:
    """Normal intervals from the derivatives of each distance by the shares of both groups.

    Var = Var_a(derivative)/n_a + Var_d(derivative)/n_d; Bishop, Fienberg and Holland, Discrete
    Multivariate Analysis (1975), section 14.6.
    """
    import numpy as np

    counts = np.asarray([others, group], dtype=float)
    sizes = counts.sum(axis=1)
    p, q = counts / sizes[:, None]
    test = independence_test([others, group])
    unrelated = chi_square_tail(test.statistic * weight, test.degrees) > 1 - level
    difference, middle = p - q, (p + q) / 2
    signs = np.sign(difference)
    largest = np.where(np.arange(len(p)) == np.abs(difference).argmax(), signs, 0.0)
    length = math.sqrt(float((difference**2).sum())) or 1.0
    slopes: dict[str, tuple[Array, Array]] = {
        "kullback_leibler": (np.log(p / q), -p / q),
        "jensen_shannon_divergence": (np.log(p / middle) / 2, np.log(q / middle) / 2),
        "lp_norm": (difference / length, -difference / length),
        "total_variation": (signs / 2, -signs / 2),
        "kolmogorov_smirnov": (largest, -largest),
    }

    def spread(shares: Array, slope: Array) -> float:
        mean = float((shares * slope).sum())
        return float((shares * (slope - mean) ** 2).sum())

    found = {}
    for name, (of_others, of_group) in slopes.items():
        value = LABEL_DISTANCES[name](p.tolist(), q.tolist())
        variance = spread(p, of_others) / sizes[0] + spread(q, of_group) / sizes[1]
        half = z_of(level) * math.sqrt(variance / weight)
        low = 0.0 if unrelated else max(0.0, value - half)
        found[name] = Interval(low, min(_MOST[name], value + half), level)
    return found
