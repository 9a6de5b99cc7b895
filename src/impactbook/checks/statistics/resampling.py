"""Bootstrap intervals from counts: people are drawn again and again from the counts as they are.

Only counts are needed, never rows, so 2,000 replicates of a small table take milliseconds. The seed
follows from the counts: the same data gives the same bytes.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from impactbook.checks.statistics.intervals import LEVEL, Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

REPLICATES = 2_000
"""How many tables are drawn; limits of a 95 % interval then rest on 50 tables in each tail."""

Counts: TypeAlias = Sequence[int] | Sequence[Sequence[int]] | Sequence[Sequence[Sequence[int]]]
Sampled = Literal["total", "rows"]
"""What is fixed when drawing again: the `total` of all cells, or the total of each of the `rows`."""

Statistic: TypeAlias = "Callable[[Array], Array]"
"""A statistic of many tables at once: from (replicates, *shape of the counts) to (replicates,)."""


def seed_of(counts: Counts) -> int:
    """A seed that follows from the counts and their order alone."""
    import numpy as np

    told = np.asarray(counts, dtype=np.int64)
    text = f"{told.shape}:{','.join(map(str, told.ravel().tolist()))}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def replicates_of(
    counts: Counts,
    *,
    sampled: Sampled = "total",
    shares: Any = None,
    weight: float = 1.0,
    replicates: int = REPLICATES,
) -> Array:
    """Tables drawn from the multinomial distribution of the counts: (replicates, *shape).

    With `shares` they are drawn from these shares instead (a null hypothesis). Each has as many
    people as the counts, times `weight` where rows do not stand for as many independent people.
    Efron, Annals of Statistics 7 (1979) 1-26. Raises ValueError when nothing was counted.
    """
    import numpy as np

    told = np.asarray(counts, dtype=np.int64)
    if told.size == 0 or told.sum() <= 0 or told.min() < 0:
        raise ValueError("resampling needs counts of 0 or more, and somebody counted")
    source = np.random.default_rng(seed_of(counts) + (shares is not None))
    cells = told if shares is None else np.asarray(shares, dtype=float)
    if sampled == "rows":
        totals = [people_behind(int(row.sum()), weight) for row in told]
        per_row = cells / np.maximum(cells.sum(axis=1, keepdims=True), 1e-300)
        # A row without anybody draws nobody, whatever its shares.
        per_row[told.sum(axis=1) == 0] = 1 / told.shape[1]
        return source.multinomial(totals, per_row, size=(replicates, len(totals))).astype(float)
    people = people_behind(int(told.sum()), weight)
    drawn = source.multinomial(people, cells.ravel() / cells.sum(), size=replicates)
    return drawn.reshape(replicates, *told.shape).astype(float)


def people_behind(rows: int, weight: float) -> int:
    """How many independent people some rows stand for: a whole number, one at least if any.

    >>> people_behind(200, 0.05), people_behind(3, 0.05), people_behind(0, 0.05)
    (10, 1, 0)
    """
    return max(1, round(rows * weight)) if rows else 0


def percentile_interval(drawn: Array, level: float = LEVEL) -> Interval:
    """The middle `level` of the replicates; Efron 1979. Misses the value where there is bias."""
    low, high = _quantiles(drawn, level)
    return Interval(low, high, level)


def basic_interval(value: float, drawn: Array, level: float = LEVEL) -> Interval:
    """The percentile interval turned over at the value, 2 v - q: it takes the bias away once.

    Davison and Hinkley, Bootstrap Methods (1997), section 5.2.
    """
    low, high = _quantiles(drawn, level)
    return Interval(2 * value - high, 2 * value - low, level)


def bca_interval(
    value: float, drawn: Array, left_out: Array, weights: Array, level: float = LEVEL
) -> Interval:
    """The bias-corrected and accelerated interval; Efron, JASA 82 (1987) 171-185.

    `left_out` are the values with one person less in each cell and `weights` the counts of those
    cells (all people of a cell give the same jackknife value). Degenerate where nearly all
    replicates lie on one side of the value; `bootstrap_interval` does not depend on it there.
    """
    import numpy as np

    normal = NormalDist()
    below = (float((drawn < value).sum()) + float((drawn == value).sum()) / 2) / len(drawn)
    middle = normal.inv_cdf(min(max(below, 1 / (len(drawn) + 1)), len(drawn) / (len(drawn) + 1)))
    centred = np.average(left_out, weights=weights) - left_out
    squares = float((weights * centred**2).sum())
    speed = float((weights * centred**3).sum()) / (6 * squares**1.5) if squares > 0 else 0.0
    ends = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        moved = middle + normal.inv_cdf(tail)
        ends.append(normal.cdf(middle + moved / (1 - speed * moved)))
    low, high = (float(end) for end in np.quantile(drawn, ends))
    return Interval(low, high, level)


def spanning_interval(
    value: float, drawn: Array, level: float = LEVEL, *, null: Array | None = None
) -> Interval:
    """From the lower of the percentile and basic limits to the upper, the value always inside.

    Entropies are drawn too low and distances too high, because each replicate adds noise to a
    table that holds noise already. The percentile interval then lies on one side of the value and
    the basic one on the other; spanning both is too wide rather than too narrow, and equals both
    where there is no bias. `null` are the values drawn where there is no difference at all: if the
    value is not beyond their upper limit, "no difference" was not refuted, and the interval begins
    at 0.
    """
    plain, turned = percentile_interval(drawn, level), basic_interval(value, drawn, level)
    low, high = min(value, plain.low, turned.low), max(value, plain.high, turned.high)
    if null is not None and value <= percentile_interval(null, level).high:
        low = min(low, 0.0)
    return Interval(low, high, level)


def bootstrap_intervals(
    counts: Counts,
    statistics: Mapping[str, Statistic],
    *,
    level: float = LEVEL,
    sampled: Sampled = "total",
    null_shares: Any = None,
    weight: float = 1.0,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    replicates: int = REPLICATES,
) -> dict[str, Interval]:
    """`spanning_interval` of several statistics of the same counts, all from the same replicates.

    `weight` is how many independent people one counted row stands for (`replicates_of`).
    `null_shares` are the shares of all cells under "no difference"; with them the interval of a
    distance begins at 0 where that was not refuted. Limits outside a statistic's `bounds`, its
    possible values, are moved to them. Replicates for which a statistic is not defined (nan) are left out; where it
    has no finite value at all, it has no interval and stays out of the result.
    """
    import numpy as np

    table = np.asarray(counts, dtype=float)[np.newaxis]
    table = table * (people_behind(int(table.sum()), weight) / max(1.0, table.sum()))
    drawn = replicates_of(counts, sampled=sampled, weight=weight, replicates=replicates)
    null = None
    if null_shares is not None:
        null = replicates_of(
            counts, sampled=sampled, shares=null_shares, weight=weight, replicates=replicates
        )
    found = {}
    for name, statistic in statistics.items():
        value = float(statistic(table)[0])
        values = _finite(statistic(drawn))
        nulls = None if null is None else _finite(statistic(null))
        if not math.isfinite(value) or not len(values) or (nulls is not None and not len(nulls)):
            continue
        interval = spanning_interval(value, values, level, null=nulls)
        least, most = (bounds or {}).get(name, (-math.inf, math.inf))
        low, high = max(least, interval.low), min(most, interval.high)
        found[name] = Interval(min(low, value), max(high, value), level)
    return found


def bootstrap_interval(
    counts: Counts,
    statistic: Statistic,
    *,
    method: Literal["spanning", "percentile", "basic", "bca"] = "spanning",
    level: float = LEVEL,
    bounds: tuple[float, float] = (-math.inf, math.inf),
    replicates: int = REPLICATES,
) -> Interval:
    """The interval of one statistic of counts by resampling, limits kept within `bounds`.

    >>> def spread(tables):  # Gini-Simpson of many tables at once
    ...     shares = tables / tables.sum(axis=1, keepdims=True)
    ...     return 1 - (shares**2).sum(axis=1)
    >>> interval = bootstrap_interval([300, 100], spread)
    >>> 0.32 < interval.low < 0.375 < interval.high < 0.43
    True
    """
    import numpy as np

    table = np.asarray(counts, dtype=float)
    value = float(statistic(table[np.newaxis])[0])
    drawn = statistic(replicates_of(counts, replicates=replicates))
    if method == "percentile":
        found = percentile_interval(drawn, level)
    elif method == "basic":
        found = basic_interval(value, drawn, level)
    elif method == "bca":
        cells = np.flatnonzero(table)
        fewer = np.repeat(table[np.newaxis], len(cells), axis=0)
        fewer.reshape(len(cells), -1)[np.arange(len(cells)), cells] -= 1
        found = bca_interval(value, drawn, statistic(fewer), table.ravel()[cells], level)
    else:
        found = spanning_interval(value, drawn, level)
    return Interval(max(bounds[0], found.low), min(bounds[1], found.high), level)


def _quantiles(drawn: Array, level: float) -> tuple[float, float]:
    import numpy as np

    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _finite(values: Array) -> Array:
    import numpy as np

    return values[np.isfinite(values)]
