"""Krippendorff's alpha: how much people who labelled the same things agree, beyond chance.

Only how often each value was given to a unit enters, never who gave it; units with the same counts
stand together, so a million units are a few patterns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from impactbook.checks.statistics.intervals import LEVEL, Interval
from impactbook.checks.statistics.resampling import REPLICATES, percentile_interval, replicates_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

Scale = Literal["nominal", "ordinal", "interval", "ratio"]
"""The scale of measurement: names, an order, differences, or ratios to a true zero."""

_AT_ONCE = 200


@dataclass(frozen=True)
class Agreement:
    """Alpha with its interval, the units with two or more values, and the values on them.

    `alpha` is None where it is not defined: no unit has two values, or all values are the same.
    """

    alpha: float | None
    units: int
    values: int
    interval: Interval | None = None


def krippendorff_alpha(
    patterns: Mapping[tuple[int, ...], int],
    *,
    scale: Scale = "nominal",
    values: Sequence[float] | None = None,
    level: float = LEVEL,
    replicates: int = REPLICATES,
) -> Agreement:
    """Krippendorff's alpha from how often each value was given: 1 - observed / expected disagreement.

    `patterns` maps the counts of one unit, value by value in their order, to the number of units
    with these counts. `values` are the values' numbers for the scales `interval` and `ratio`
    (default 0, 1, 2, ...). 1 is perfect agreement, 0 chance, below 0 worse than chance. Units with
    fewer than two values are left out. Krippendorff, Content Analysis (3rd ed. 2013), chapter 12;
    the interval is the percentile interval over units drawn again (Zapf et al., BMC Medical
    Research Methodology 16 (2016) 93). Raises ValueError for patterns of different lengths,
    negative counts, or values below 0 on the ratio scale.

    >>> both_alike, torn = {(2, 0): 4, (0, 2): 4}, {(1, 1): 8}
    >>> krippendorff_alpha(both_alike).alpha
    1.0
    >>> krippendorff_alpha(torn).alpha < 0
    True
    """
    import numpy as np

    told = {pattern: number for pattern, number in patterns.items() if number and sum(pattern) >= 2}
    _check(patterns, scale, values)
    if not told:
        return Agreement(None, 0, 0)
    counts = np.asarray(list(told), dtype=float)
    numbers = np.asarray(list(told.values()), dtype=float)
    units = int(numbers.sum())
    pairable = int((counts.sum(axis=1) * numbers).sum())
    domain = np.asarray(values if values is not None else range(counts.shape[1]), dtype=float)
    given = (counts.T @ numbers) > 0
    if given.sum() < 2:
        return Agreement(None, units, pairable)
    alpha = _by_package(counts, numbers, domain, scale)
    drawn = _alphas(
        counts, replicates_of([int(n) for n in numbers], replicates=replicates), domain, scale
    )
    drawn = drawn[np.isfinite(drawn)]
    interval = None
    if len(drawn):
        found = percentile_interval(drawn, level)
        interval = Interval(min(found.low, alpha), max(found.high, alpha), level)
    return Agreement(alpha, units, pairable, interval)


def _check(
    patterns: Mapping[tuple[int, ...], int], scale: Scale, values: Sequence[float] | None
) -> None:
    lengths = {len(pattern) for pattern in patterns} | (
        {len(values)} if values is not None else set()
    )
    if len(lengths) > 1:
        raise ValueError("all patterns, and the values, need one entry for each value")
    if any(min(pattern, default=0) < 0 for pattern in patterns) or any(
        number < 0 for number in patterns.values()
    ):
        raise ValueError("counts of values are 0 or more")
    if scale == "ratio" and values is not None and min(values) < 0:
        raise ValueError("a ratio scale has no values below 0")


def _by_package(counts: Array, numbers: Array, domain: Array, scale: Scale) -> float:
    """Alpha by the package `krippendorff`, which takes one row a unit.

    It is linear in the units, so a pattern's counts enter once for each number of units: patterns
    are repeated while that is small, else alpha is computed by our own sums (a test compares both).
    """
    import krippendorff
    import numpy as np

    if numbers.sum() > 100_000:
        return float(_alphas(counts, numbers[np.newaxis], domain, scale)[0])
    rows = np.repeat(counts, numbers.astype(int), axis=0)
    return float(
        krippendorff.alpha(value_counts=rows, value_domain=domain, level_of_measurement=scale)
    )


def _alphas(counts: Array, drawn: Array, domain: Array, scale: Scale) -> Array:
    """Alpha of many draws of units: (draws, patterns) numbers of units; nan where undefined."""
    import numpy as np

    size = counts.sum(axis=1)
    values = drawn @ counts
    total = values.sum(axis=1)
    if scale == "ordinal":
        parts = [
            _ordinal(counts, drawn[at : at + _AT_ONCE]) for at in range(0, len(drawn), _AT_ONCE)
        ]
        observed, expected = (np.concatenate(part) for part in zip(*parts, strict=True))
    else:
        squares = _squares(domain, scale)
        # Ordered pairs within a unit weigh 1/(m - 1): a unit's values count as m in all.
        within = ((counts @ squares) * counts).sum(axis=1) / (size - 1)
        observed = drawn @ within
        expected = ((values @ squares) * values).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Array = np.where(expected > 0, 1 - observed * (total - 1) / expected, np.nan)
    return result


def _squares(domain: Array, scale: Scale) -> Array:
    """The squared differences between values."""
    import numpy as np

    difference = domain[:, None] - domain[None, :]
    if scale == "nominal":
        return np.where(difference != 0, 1.0, 0.0)
    if scale == "ratio":
        both = domain[:, None] + domain[None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            difference = np.where(both > 0, difference / both, 0.0)
    result: Array = difference**2
    return result


def _ordinal(counts: Array, drawn: Array) -> tuple[Array, Array]:
    """Observed and expected sums on the ordinal scale, whose differences depend on the ranks.

    delta(c, k) = sum of n from c to k - (n_c + n_k)/2, so differences of mid-ranks.
    """
    import numpy as np

    values = drawn @ counts
    middle = np.cumsum(values, axis=1) - values / 2
    squares = (middle[:, :, None] - middle[:, None, :]) ** 2
    size = counts.sum(axis=1)
    pairs = np.einsum("pc,pk,p->pck", counts, counts, 1 / (size - 1))
    coincidences = np.tensordot(drawn, pairs, axes=1)
    observed = (coincidences * squares).sum(axis=(1, 2))
    expected = (values[:, :, None] * values[:, None, :] * squares).sum(axis=(1, 2))
    return observed, expected
