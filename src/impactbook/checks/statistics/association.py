"""How much one column tells about another, from the counts of their two-way table.

Cramer's V (plain and bias-corrected), mutual information and Theil's U. None of them says why two
columns go together, nor that somebody uses the one for the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from impactbook.checks.statistics.fit import Fit, chi_square_tail
from impactbook.checks.statistics.intervals import LEVEL, Interval, z_of
from impactbook.checks.statistics.resampling import (
    REPLICATES,
    bootstrap_intervals,
    people_behind,
)

if TYPE_CHECKING:
    from impactbook.checks.statistics.resampling import Array, Statistic

LARGE = 10_000
"""From so many people on, and `LARGE_PER_CELL` a cell, the delta method replaces the bootstrap."""

LARGE_PER_CELL = 100


@dataclass(frozen=True)
class Association:
    """What one two-way table of `n` people says about the association of its rows and columns.

    `effective` is how many independent people they count for (`n` unless said otherwise).
    `u_rows` is Theil's U(rows | columns), the share of the rows' uncertainty that knowing the
    column takes away, `u_columns` the reverse. `intervals` are named like the fields; `method`
    says how they were found.
    """

    n: int
    effective: int
    rows: int
    columns: int
    test: Fit
    cramers_v: float
    cramers_v_corrected: float
    mutual_information: float
    u_rows: float
    u_columns: float
    method: str = ""
    intervals: Mapping[str, Interval] = field(default_factory=lambda: MappingProxyType({}))


def independence_test(table: Sequence[Sequence[int]]) -> Fit:
    """Pearson's chi-square test of independence, never with Yates' correction.

    sum (O - E)^2 / E with E = row * column / n, (r-1)(c-1) degrees of freedom; rows and columns
    without anybody are left out. Pearson 1900. Raises ValueError below two rows or columns.
    """
    told = _present(table)
    n = math.fsum(math.fsum(row) for row in told)
    across = [math.fsum(column) for column in zip(*told, strict=True)]
    statistic = math.fsum(
        (count - math.fsum(row) * column / n) ** 2 / (math.fsum(row) * column / n)
        for row in told
        for count, column in zip(row, across, strict=True)
    )
    return _fit(statistic, (len(told) - 1) * (len(across) - 1))


def cramers_v(table: Sequence[Sequence[int]]) -> float:
    """Cramer's V = sqrt(chi2 / (n min(r-1, c-1))), from 0 to 1; biased upwards in small samples.

    Cramer, Mathematical Methods of Statistics (1946), section 21.9.
    """
    told = _present(table)
    n = sum(sum(row) for row in told)
    least = min(len(told), len(told[0])) - 1
    return math.sqrt(independence_test(told).statistic / n / least)


def cramers_v_corrected(table: Sequence[Sequence[int]]) -> float:
    """Cramer's V without most of its bias, from 0 to 1.

    sqrt(phi2+ / min(r~-1, c~-1)), phi2+ = max(0, phi2 - (r-1)(c-1)/(n-1)), r~ = r - (r-1)^2/(n-1),
    c~ likewise; Bergsma, Journal of the Korean Statistical Society 42 (2013) 323-328. 0 where the
    sample is too small for its number of rows or columns.
    """
    told = _present(table)
    n, rows, columns = sum(sum(row) for row in told), len(told), len(told[0])
    phi2 = independence_test(told).statistic / n
    return _corrected(phi2, rows, columns, n)


def mutual_information(table: Sequence[Sequence[int]]) -> float:
    """How many nats one column tells about the other: sum p ln(p / (p_row p_column)), 0 or more.

    Shannon 1948; Cover and Thomas, Elements of Information Theory (2nd ed. 2006), section 2.3.
    """
    told = _present(table)
    n = math.fsum(math.fsum(row) for row in told)
    across = [math.fsum(column) for column in zip(*told, strict=True)]
    return max(
        0.0,
        math.fsum(
            count / n * math.log(count * n / (math.fsum(row) * column))
            for row in told
            for count, column in zip(row, across, strict=True)
            if count
        ),
    )


def theils_u(table: Sequence[Sequence[int]]) -> float:
    """Theil's U(rows | columns) = I / H(rows): the uncertainty about the row the column removes.

    From 0 (knows nothing) to 1 (tells the row for sure); not symmetric: turn the table round for
    the other direction. Theil, Applied Economic Forecasting (1966); "uncertainty coefficient" in
    Press et al., Numerical Recipes (3rd ed. 2007), section 14.4.
    """
    told = _present(table)
    return min(1.0, mutual_information(told) / _entropy(told))


def association_of(
    table: Sequence[Sequence[int]],
    level: float = LEVEL,
    *,
    weight: float = 1.0,
    replicates: int = REPLICATES,
) -> Association:
    """All measures of one table of counts, with intervals.

    Below `LARGE` people, or `LARGE_PER_CELL` a cell, intervals come from the bootstrap of all cells
    (`resampling.spanning_interval`), else from the delta method (Bishop, Fienberg and Holland,
    Discrete Multivariate Analysis (1975), section 14.6), which agrees there. Either way they begin
    at 0 where independence is not refuted.

    Where rows are not independent, `weight` is the number of independent people that one row counts
    for (persons / rows if all rows of a person are alike): test, bias correction and intervals use
    n * weight, as if each cell held so much less. Raises ValueError below two rows or columns with
    anybody in them.
    """
    told = _present(table)
    turned = [list(column) for column in zip(*told, strict=True)]
    n = sum(sum(row) for row in told)
    size = people_behind(n, weight)
    plain = independence_test(told)
    phi2 = plain.statistic / n
    information, entropies = mutual_information(told), (_entropy(told), _entropy(turned))
    values = {
        "cramers_v": math.sqrt(phi2 / (min(len(told), len(turned)) - 1)),
        "cramers_v_corrected": _corrected(phi2, len(told), len(turned), size),
        "mutual_information": information,
        "u_rows": min(1.0, information / entropies[0]),
        "u_columns": min(1.0, information / entropies[1]),
    }
    test = _fit(phi2 * size, plain.degrees)
    if size >= max(LARGE, LARGE_PER_CELL * len(told) * len(turned)):
        intervals = _delta_intervals(told, values, test.p, size, level)
        method = "delta_method"
    else:
        intervals = _bootstrap_intervals(told, weight, level, replicates)
        method = "bootstrap"
    return Association(
        n,
        size,
        len(told),
        len(turned),
        test,
        **values,
        method=method,
        intervals=MappingProxyType(intervals),
    )


def _fit(statistic: float, degrees: int) -> Fit:
    return Fit(statistic, degrees, chi_square_tail(statistic, degrees))


def _present(table: Sequence[Sequence[int]]) -> list[list[int]]:
    """The table without empty rows and columns."""
    columns = [at for at in range(len(table[0]) if table else 0) if any(row[at] for row in table)]
    told = [[row[at] for at in columns] for row in table if any(row)]
    if len(told) < 2 or len(columns) < 2:
        raise ValueError("an association needs two rows and two columns with anybody in them")
    return told


def _entropy(told: Sequence[Sequence[int]]) -> float:
    """The entropy of the rows in nats."""
    n = sum(sum(row) for row in told)
    return -math.fsum(sum(row) / n * math.log(sum(row) / n) for row in told)


def _corrected(phi2: float, rows: int, columns: int, n: float) -> float:
    """Bergsma's V from the mean square contingency of n people; 0 where n is too small for it."""
    least = _corrected_least(rows, columns, n)
    corrected = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1)) if n > 1 else 0.0
    return min(1.0, math.sqrt(corrected / least)) if least > 0 else 0.0


def _corrected_least(rows: int, columns: int, n: float) -> float:
    if n <= 1:
        return 0.0
    return min(size - 1 - (size - 1) ** 2 / (n - 1) for size in (rows, columns))


def _bootstrap_intervals(
    told: Sequence[Sequence[int]], weight: float, level: float, replicates: int
) -> dict[str, Interval]:
    import numpy as np

    n = people_behind(sum(sum(row) for row in told), weight)
    if n < 2:
        return {}
    rows, columns = len(told), len(told[0])
    least, corrected = min(rows, columns) - 1, _corrected_least(rows, columns, n)
    noise = (rows - 1) * (columns - 1) / (n - 1)

    def phi2(tables: Array) -> Array:
        expected = tables.sum(axis=2)[:, :, None] * tables.sum(axis=1)[:, None, :] / n
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(expected > 0, (tables - expected) ** 2 / expected, 0.0)
        result: Array = terms.sum(axis=(1, 2)) / n
        return result

    def information(tables: Array) -> Array:
        down, across = entropy(tables.sum(axis=2)), entropy(tables.sum(axis=1))
        both = entropy(tables.reshape(len(tables), -1))
        result: Array = np.maximum(0.0, down + across - both)
        return result

    def entropy(counts: Array) -> Array:
        p = counts / n
        result: Array = -(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=1)
        return result

    def share(tables: Array, axis: int) -> Array:
        whole = entropy(tables.sum(axis=axis))
        with np.errstate(divide="ignore", invalid="ignore"):
            result: Array = np.where(whole > 0, information(tables) / whole, np.nan)
        return result

    asked: dict[str, Statistic] = {
        "cramers_v": lambda tables: np.sqrt(phi2(tables) / least),
        "mutual_information": information,
        "u_rows": lambda tables: share(tables, 2),
        "u_columns": lambda tables: share(tables, 1),
    }
    if corrected > 0:
        asked["cramers_v_corrected"] = lambda tables: np.sqrt(
            np.maximum(0.0, phi2(tables) - noise) / corrected
        )
    counts = np.asarray(told, dtype=float)
    independent = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum() ** 2
    return bootstrap_intervals(
        told,
        asked,
        level=level,
        null_shares=independent,
        weight=weight,
        bounds={name: (0.0, math.inf if name == "mutual_information" else 1.0) for name in asked},
        replicates=replicates,
    )


def _delta_intervals(
    told: Sequence[Sequence[int]],
    values: Mapping[str, float],
    p_of_independence: float,
    n: float,
    level: float,
) -> dict[str, Interval]:
    """Normal intervals from the derivatives by each cell's share, for n people."""
    import numpy as np

    counts = np.asarray(told, dtype=float)
    p = counts / counts.sum()
    down, across = p.sum(axis=1, keepdims=True), p.sum(axis=0, keepdims=True)
    ratio = p / (down * across)
    # Derivatives of phi2 = sum p^2/(p_row p_column) - 1 and of I, by each cell's share.
    of_phi2 = 2 * ratio - (p * ratio / down).sum(axis=1, keepdims=True)
    of_phi2 = of_phi2 - (p * ratio / across).sum(axis=0, keepdims=True)
    of_information = np.log(np.where(p > 0, ratio, 1.0))
    unrelated = p_of_independence > 1 - level

    def half(slope: Array) -> float:
        mean = float((p * slope).sum())
        variance = float((p * slope**2).sum()) - mean**2
        return z_of(level) * math.sqrt(max(0.0, variance) / n)

    def around(value: float, slope: Array, most: float = 1.0) -> Interval:
        low = 0.0 if unrelated else max(0.0, value - half(slope))
        return Interval(low, min(most, value + half(slope)), level)

    def of_share(value: float, margin: Array) -> Array:
        entropy = -float((margin * np.log(margin)).sum())
        result: Array = (of_information + value * np.log(margin)) / entropy
        return result

    def root(value: float, least: float) -> Interval:
        squared = around(value**2 * least, of_phi2, least)
        return Interval(math.sqrt(squared.low / least), math.sqrt(squared.high / least), level)

    rows, columns = counts.shape
    return {
        "cramers_v": root(values["cramers_v"], min(rows, columns) - 1),
        "cramers_v_corrected": root(
            values["cramers_v_corrected"], _corrected_least(rows, columns, n)
        ),
        "mutual_information": around(values["mutual_information"], of_information, math.inf),
        "u_rows": around(values["u_rows"], of_share(values["u_rows"], down)),
        "u_columns": around(values["u_columns"], of_share(values["u_columns"], across)),
    }
