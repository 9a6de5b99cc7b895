"""The same comparison with weights: weighted shares, and intervals by the effective number.

Weights say for how many each row or person stands. They enter shares as sums, and intervals through
Kish's effective sample size: unequal weights make a sample worth fewer people than it counts.
"""

from __future__ import annotations

import math
from typing import Any

from impactbook.checks.figures.common import group_of
from impactbook.checks.figures.comparison import MIN_EXPECTED, Comparison, ratio_figure
from impactbook.checks.statistics import LEVEL, Interval, wilson_effective
from impactbook.checks.tables import Key
from impactbook.model.evidence import Figure, Verdict


def weighted_figures(asked: Comparison) -> list[Figure]:
    """Ratio with verdict, Bonferroni interval, gap and worst cases of each cell, all weighted.

    Empty when the table carries no weights. With W the weight of a cell and T that of all cells
    compared, ratio = (W/T) / expected share; the interval is Wilson's with the share W/T and Kish's
    effective number of those compared (`statistics.wilson_effective`; the method names it).
    Numerator and denominator stay the numbers counted. The verdict follows the rules of
    `comparison.verdict_of`, the effective number taking the place of the number counted; it is
    `suppressed` where one of the cells compared is masked.
    """
    if asked.table.weights is None:
        return []
    return [figure for cell in asked.shares for figure in _cell(asked, cell)]


def ratio_of(asked: Comparison, cell: Key) -> Figure:
    """The ratio of one cell with its verdict: weighted where the table carries weights."""
    return ratio_figure(asked, cell) if asked.table.weights is None else _cell(asked, cell)[0]


def effective_said(effective: float) -> str:
    """Kish's effective number with three digits, rounded down: never more than were counted.

    >>> effective_said(299.9999999999), effective_said(1238.9), effective_said(2.6667)
    ('300', '1230', '2.66')
    """
    number = float(f"{effective:.9g}")
    unit = 10.0 ** (math.floor(math.log10(number)) - 2) if number > 0 else 1.0
    return f"{math.floor(float(f'{number / unit:.9g}')) * unit:.10g}"


def as_unweighted(figure: Figure) -> Figure:
    """A figure without weights beside the weighted one: it informs and is not judged."""
    judged = figure.verdict in ("ok", "attention", "fail", "not_enough_data")
    if figure.threshold_low is None and figure.threshold_high is None and not judged:
        return figure
    verdict: Verdict = "" if judged else figure.verdict
    return figure.model_copy(
        update={"verdict": verdict, "threshold_low": None, "threshold_high": None}
    )


def _cell(asked: Comparison, cell: Key) -> list[Figure]:
    share = asked.shares[cell]
    mine, total = asked.table.weight(cell), asked.table.weight_of(asked.keys)
    effective = asked.table.effective(asked.keys)
    counted: dict[str, Any] = {
        "group": group_of(cell),
        "reference": share,
        "numerator": asked.table.range([cell]).exact,
        "denominator": asked.known.exact,
        "unknown": asked.unknown.exact,
    }
    judged = {"threshold_low": asked.band[0], "threshold_high": asked.band[1]}
    if mine is None or not total or not effective:
        return [asked.figure(asked.metric, **counted, **judged, verdict="suppressed")]
    part = min(1.0, mine / total)
    plain = wilson_effective(part, effective, LEVEL)
    wide = wilson_effective(part, effective, asked.level)
    method = f"wilson;effective_n={effective_said(effective)}"
    worst_cases = _worst_cases(asked, cell, mine, total)
    verdict = _verdict(asked, share, wide, effective, worst_cases)
    figures = [
        asked.figure(
            asked.metric,
            **counted,
            **judged,
            value=part / share,
            **_over(plain, share),
            method=f"{method};bonferroni={asked.level:.7g}",
            verdict=verdict,
        ),
        asked.figure(
            asked.metric,
            **counted,
            value=part / share,
            **_over(wide, share),
            method=method,
            conditions={"interval": "bonferroni"},
        ),
        asked.figure(
            "representation_gap",
            **counted,
            value=part - share,
            ci_low=plain.low - share,
            ci_high=plain.high - share,
            ci_level=plain.level,
            method=method,
        ),
    ]
    if asked.unknown.exact and worst_cases is not None:
        for name, bound in zip(("all_unknown_out", "all_unknown_in"), worst_cases, strict=True):
            figures.append(
                asked.figure(
                    asked.metric,
                    group=group_of(cell),
                    reference=share,
                    value=bound / share,
                    method="weighted",
                    conditions={"bound": name},
                )
            )
    return figures


def _worst_cases(
    asked: Comparison, cell: Key, mine: float, total: float
) -> tuple[float, float] | None:
    """The smallest and largest weighted share of a cell, whoever the unknown people are."""
    unknown = asked.table.weight_of(asked.unknown_keys)
    inside = asked.table.weight_of(
        [key for key in asked.unknown_keys if asked.might_stand(key, cell)]
    )
    if unknown is None or inside is None:
        return None
    return mine / (total + unknown), (mine + inside) / (total + unknown)


def _verdict(
    asked: Comparison,
    share: float,
    interval: Interval,
    effective: float,
    worst_cases: tuple[float, float] | None,
) -> Verdict:
    low, high = asked.band[0] * share, asked.band[1] * share
    if effective < max(1, asked.min_people) or effective * share < MIN_EXPECTED:
        return "not_enough_data"
    if interval.high < low or interval.low > high:
        return "attention" if asked.estimated else "fail"
    if not asked.worst_case:
        worst_cases = (interval.low, interval.high)
    if worst_cases is None:
        return "suppressed"
    inside = min(interval.low, worst_cases[0]) >= low and max(interval.high, worst_cases[1]) <= high
    return "ok" if inside and not asked.estimated else "attention"


def _over(interval: Interval, share: float) -> dict[str, float]:
    return {
        "ci_low": interval.low / share,
        "ci_high": interval.high / share,
        "ci_level": interval.level,
    }
