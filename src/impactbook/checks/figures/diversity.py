"""How many groups there are and how evenly people spread over them.

Diversity says nothing about the population: two even groups may both be the wrong ones. That
question belongs to `representation`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    interval_values,
    make_figure,
    not_measured,
)
from impactbook.checks.statistics import (
    Interval,
    entropy_interval,
    hill,
    normalised_entropy,
    simpson,
    simpson_interval,
)
from impactbook.checks.tables import CONFLICTING, MISSING, Level, PublishedTables, TableUnit
from impactbook.model.evidence import Figure

EVENNESS = ("normalised_entropy", "effective_number_of_groups", "gini_simpson")
"""The metrics of `evenness_figures`."""


def diversity_figures(
    context: FigureContext,
    tables: PublishedTables,
    attribute: str,
    *,
    unit: TableUnit,
    where: Mapping[str, Level] | None = None,
) -> CheckFigures:
    """Number of groups, normalised entropy, Hill numbers and Gini-Simpson over known values.

    `groups` counts the groups with anybody in them. `normalised_entropy` = H / ln k,
    `effective_number_of_groups` = Hill number under `q=0`, `q=1` (exp H; also without condition)
    and `q=2`, `gini_simpson` = 1 - sum p^2; 95 % intervals by the delta method. Nothing is judged.
    While one group is masked only `groups` is told.
    """
    table = tables.slice(unit, (attribute,), where)
    if table is None:
        return not_measured("no_such_column")
    without_value = [(MISSING,), (CONFLICTING,)]
    groups = [key for key in table.cells() if key not in without_value]
    if not groups:
        return not_measured("no_rows")
    common: dict[str, Any] = {"unit": unit, "axes": (attribute,), "conditions": where}
    counted: dict[str, Any] = {
        "denominator": table.range(groups).exact,
        "unknown": table.range(without_value).exact,
    }
    figures = [make_figure(context, "groups", **common, **counted, value=float(len(groups)))]
    if len(groups) < 2:
        return CheckFigures(tuple(figures), "not_measured", "one_group_only")
    told = [count for key in groups if (count := table.range([key]).exact) is not None]
    if len(told) < len(groups):
        figures += [
            make_figure(context, metric, **common, **counted, verdict="suppressed")
            for metric in EVENNESS
        ]
        return CheckFigures(tuple(figures), "")
    figures += evenness_figures(context, told, common, counted)
    for order in (0, 1, 2):
        conditions = {**(where or {}), "q": str(order)}
        figures.append(
            make_figure(
                context,
                "effective_number_of_groups",
                **{**common, "conditions": conditions},
                **counted,
                value=hill(told, order),
                method="hill",
            )
        )
    return CheckFigures(tuple(figures), "")


def evenness_figures(
    context: FigureContext,
    counts: Sequence[int],
    common: Mapping[str, Any],
    counted: Mapping[str, Any],
) -> list[Figure]:
    """The three measures of evenness of two or more told counts, with delta-method intervals."""
    entropy, gini = entropy_interval(counts), simpson_interval(counts)
    most = math.log(sum(1 for count in counts if count))
    per_metric: tuple[tuple[float | None, Interval], ...] = (
        (
            normalised_entropy(counts),
            Interval(entropy.low / most, entropy.high / most, entropy.level),
        ),
        (hill(counts, 1), Interval(math.exp(entropy.low), math.exp(entropy.high), entropy.level)),
        (simpson(counts), gini),
    )
    return [
        make_figure(
            context,
            metric,
            **common,
            **counted,
            value=value,
            method="delta_method",
            **interval_values(interval),
        )
        for metric, (value, interval) in zip(EVENNESS, per_metric, strict=True)
    ]
