"""How many groups there are and how evenly people spread over them.

Diversity says nothing about the population: two even groups may both be the wrong ones. That
question belongs to `representation`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    interval_values,
    make_figure,
    not_measured,
)
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.statistics import diversity_intervals, hill, shannon, simpson
from impactbook.checks.tables import CONFLICTING, MISSING, Key, Level, TableUnit
from impactbook.model.evidence import Figure

EVENNESS = ("normalised_entropy", "effective_number_of_groups", "gini_simpson")
"""The metrics of `evenness_figures`."""


@dataclass(frozen=True)
class Spread:
    """Published counts of `groups` groups; masked ones stand `together` as one count.

    Putting groups together can only lower every measure of diversity, so what is computed from
    such counts is at most the value of all groups.
    """

    counts: tuple[int, ...]
    groups: int
    together: bool

    @property
    def conditions(self) -> dict[str, Level]:
        """The condition that says so."""
        return {"masked": "together"} if self.together else {}


def spread_of(table: PublishedTable, groups: Collection[Key]) -> Spread | None:
    """The counts of these groups, masked ones put together; None when their sum is not told."""
    told = [count for key in groups if (count := table.count(key))]
    hidden = [key for key in groups if table.count(key) is None]
    if not hidden:
        return Spread(tuple(told), len(told), together=False)
    rest = table.range(hidden).exact
    if rest is None:
        return None
    return Spread((*told, rest), len(told) + len(hidden), together=len(hidden) > 1)


def diversity_figures(
    context: FigureContext,
    tables: PublishedTables,
    attribute: str,
    *,
    unit: TableUnit,
    where: Mapping[str, Level] | None = None,
) -> CheckFigures:
    """Number of groups, normalised entropy, Hill numbers and Gini-Simpson over known values.

    `groups` counts the groups with anybody in them: a count, so it has no interval.
    `normalised_entropy` = H / ln k, `effective_number_of_groups` = Hill number under `q=0`, `q=1`
    (exp H; also without condition) and `q=2`, `gini_simpson` = 1 - sum p^2; 95 % bootstrap
    intervals (`statistics.diversity_intervals`). Nothing is judged. Masked groups are put together
    (condition `masked=together`), and the values are then lower bounds; where even their sum is
    not told, only `groups` is.
    """
    table = tables.slice(unit, (attribute,), where)
    if table is None:
        return not_measured("no_such_column")
    without_value = [(MISSING,), (CONFLICTING,)]
    groups = [key for key in table.cells() if key not in without_value]
    if not groups:
        return not_measured("no_rows")
    common: dict[str, Any] = {
        "unit": unit,
        "axes": (attribute,),
        "conditions": context.within(where),
    }
    counted: dict[str, Any] = {
        "denominator": table.range(groups).exact,
        "unknown": table.range(without_value).exact,
    }
    figures = [make_figure(context, "groups", **common, **counted, value=float(len(groups)))]
    if len(groups) < 2:
        return CheckFigures(tuple(figures), "not_measured", "one_group_only")
    spread = spread_of(table, groups)
    figures += evenness_figures(context, spread, common, counted, orders=(0, 1, 2))
    return CheckFigures(tuple(figures), "")


def evenness_figures(
    context: FigureContext,
    spread: Spread | None,
    common: Mapping[str, Any],
    counted: Mapping[str, Any],
    *,
    orders: Sequence[int] = (),
) -> list[Figure]:
    """The three measures of evenness of two or more groups, and Hill numbers of some `orders`.

    `suppressed` where the counts are not told, or where all groups stand together.
    """
    if spread is None or len(spread.counts) < 2:
        return [
            make_figure(context, metric, **common, **counted, verdict="suppressed")
            for metric in EVENNESS
        ]
    counts, groups = spread.counts, spread.groups
    intervals = diversity_intervals(counts, groups=groups)
    values = {
        "normalised_entropy": shannon(counts) / math.log(groups),
        "simpson": simpson(counts),
        # Of order 0 all groups count, also those that stand together.
        "hill_0": float(groups),
        "hill_1": hill(counts, 1),
        "hill_2": hill(counts, 2),
    }
    asked: list[tuple[str, str, dict[str, Level]]] = [
        ("normalised_entropy", "normalised_entropy", {}),
        ("effective_number_of_groups", "hill_1", {}),
        ("gini_simpson", "simpson", {}),
    ]
    asked += [("effective_number_of_groups", f"hill_{q}", {"q": str(q)}) for q in orders]
    figures = []
    for metric, name, conditions in asked:
        # Which of the groups that stand together would be found again is not known.
        interval = None if name == "hill_0" and spread.together else intervals[name]
        told = {**(common.get("conditions") or {}), **conditions, **spread.conditions}
        figures.append(
            make_figure(
                context,
                metric,
                **{**common, "conditions": told},
                **counted,
                value=values[name],
                method=name if interval is None else f"{name};bootstrap",
                **interval_values(interval),
            )
        )
    return figures
