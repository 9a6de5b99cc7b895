"""How even the classes of a label are, for labels with many classes such as a chatbot's intents.

Every class has its count, and the thinnest are named, for these are what a model learns worst.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    group_of,
    interval_values,
    make_figure,
    not_measured,
)
from impactbook.checks.figures.diversity import evenness_figures, spread_of
from impactbook.checks.figures.shares import Portion, share_of_cell
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.statistics import imbalance_interval
from impactbook.checks.tables import CONFLICTING, MISSING, Key, Level, TableUnit, key_order
from impactbook.model.evidence import Figure, Verdict

THINNEST = 10
"""How many of the smallest classes are named."""

MOST_COUNTED = 200
"""Up to so many classes each has its count among the figures; beyond, only the thinnest."""


def label_balance_figures(
    context: FigureContext,
    tables: PublishedTables,
    label: str,
    *,
    unit: TableUnit,
    max_imbalance: float | None = None,
    thinnest: int = THINNEST,
    where: Mapping[str, Level] | None = None,
) -> CheckFigures:
    """How even the classes of one label are.

    `classes` that occur, `class_count` of each (of the thinnest only beyond `MOST_COUNTED`; the
    count itself, so without an interval), `largest_class` and `smallest_class` (value: their count;
    of equals the first by name), `imbalance_ratio` = largest / smallest with a delta-method
    interval, `normalised_entropy` (1: all equal), `effective_number_of_groups` = exp(entropy) and
    `gini_simpson` with bootstrap intervals, and the `label_share` of the `thinnest` smallest
    classes. With `max_imbalance` the ratio is judged by its value: at most that `ok`, else
    `attention`. While a class is masked, largest, smallest and ratio are not told, and evenness is
    computed with the masked classes put together.
    """
    table = tables.slice(unit, (label,), where)
    if table is None:
        return not_measured("no_such_column")
    without_class = [(MISSING,), (CONFLICTING,)]
    classes = [key for key in table.cells() if key not in without_class]
    if not classes:
        return not_measured("no_rows")
    common: dict[str, Any] = {"unit": unit, "axes": (label,), "conditions": context.within(where)}
    counted: dict[str, Any] = {
        "denominator": table.range(classes).exact,
        "unknown": table.range(without_class).exact,
    }
    told = {key: count for key in classes if (count := table.range([key]).exact) is not None}
    figures = [make_figure(context, "classes", **common, **counted, value=float(len(classes)))]
    # Masked classes come first, by name, as they may be the thinnest.
    thin_first = sorted(classes, key=lambda key: (told.get(key, 0), key_order(key)))
    named = classes if len(classes) <= MOST_COUNTED else thin_first[:thinnest]
    figures += _class_counts(context, table, named, common, counted)
    inside, unknown = context.within(where), counted["unknown"]
    for key in thin_first[:thinnest]:
        thin = Portion(table, key, classes, inside, unknown)
        figures.append(share_of_cell(context, thin, "label_share"))
    if len(classes) < 2:
        return CheckFigures(tuple(figures), "not_measured", "one_group_only")
    if len(told) < len(classes):
        for metric in ("largest_class", "smallest_class", "imbalance_ratio"):
            figures.append(make_figure(context, metric, **common, **counted, verdict="suppressed"))
        figures += evenness_figures(context, spread_of(table, classes), common, counted)
        return CheckFigures(tuple(figures), "suppressed" if max_imbalance is not None else "")
    largest = min(told, key=lambda key: (-told[key], key_order(key)))
    smallest = min(told, key=lambda key: (told[key], key_order(key)))
    for metric, key in (("largest_class", largest), ("smallest_class", smallest)):
        count = told[key]
        figures.append(
            make_figure(
                context,
                metric,
                **common,
                **counted,
                group=group_of(key),
                value=float(count),
                numerator=count,
            )
        )
    ratio = told[largest] / told[smallest]
    verdict: Verdict = ""
    if max_imbalance is not None:
        verdict = "ok" if ratio <= max_imbalance else "attention"
    figures.append(
        make_figure(
            context,
            "imbalance_ratio",
            **common,
            **counted,
            group=f"{group_of(largest)} / {group_of(smallest)}",
            value=ratio,
            method="delta_method",
            **interval_values(imbalance_interval(told[largest], told[smallest])),
            threshold_high=max_imbalance,
            verdict=verdict,
        )
    )
    figures += evenness_figures(context, spread_of(table, classes), common, counted)
    return CheckFigures(tuple(figures), verdict)


def _class_counts(
    context: FigureContext,
    table: PublishedTable,
    classes: Sequence[Key],
    common: Mapping[str, Any],
    counted: Mapping[str, Any],
) -> list[Figure]:
    figures = []
    for key in classes:
        count = table.range([key]).exact
        values: dict[str, Any] = {"verdict": "suppressed"}
        if count is not None:
            values = {"value": float(count), "numerator": count}
        figures.append(
            make_figure(context, "class_count", **common, **counted, group=group_of(key), **values)
        )
    return figures
