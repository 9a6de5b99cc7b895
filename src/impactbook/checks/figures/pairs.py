"""All pairs of the compared attributes: how many combinations are empty or thin, and which most.

Each pair has four figures; of the thin combinations of all pairs only those are named that should
hold most, so that the record stays readable. Association between attributes stands in `proxies`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations, islice

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    make_figure,
    not_measured,
)
from impactbook.checks.figures.intersections import (
    MIN_CELL,
    Cross,
    Expected,
    cell_figure,
    expected_figure,
    intersection_figures,
)
from impactbook.checks.published import PublishedTables
from impactbook.checks.tables import Axes, Key, Level, TableUnit, key_order
from impactbook.model.evidence import Figure, Verdict, worst

MOST_NAMED = 20
"""How many thin combinations are named, over all pairs together."""


def pair_figures(
    context: FigureContext,
    tables: PublishedTables,
    attributes: Sequence[str],
    *,
    unit: TableUnit,
    min_cell: int = MIN_CELL,
    judged: bool = False,
    impossible: Collection[Mapping[str, str]] = (),
    where: Mapping[str, Level] | None = None,
    named: int = MOST_NAMED,
) -> CheckFigures:
    """Coverage of every pair of `attributes`, as `intersection_figures` tells it for one.

    `pairs` counts the pairs that could be measured (an attribute with one group has none), of all
    pairs; `pairs_with_thin_cells` those with a cell that surely is thin. The thin cells named by
    `cell_count` and `expected_count` are, over all pairs, those that would hold most if the two
    attributes were independent; those in `impossible` (groups by attribute) are left out. Without
    `judged` the verdict is empty: the figures inform.
    """
    pairs = list(combinations(attributes, 2))
    if not pairs:
        return not_measured("one_column_only")
    answers = {
        pair: intersection_figures(
            context,
            tables,
            pair,
            unit=unit,
            min_cell=min_cell,
            impossible=_within(impossible, pair),
            where=where,
            named=0,
        )
        for pair in pairs
    }
    measured = {pair: answer for pair, answer in answers.items() if answer.figures}
    if not measured:
        return CheckFigures((), "not_measured", next(a.problem for a in answers.values()))
    thin = [pair for pair, answer in measured.items() if answer.verdict == "attention"]
    counted = {"pairs": len(measured), "pairs_with_thin_cells": len(thin)}
    figures = [
        make_figure(
            context,
            metric,
            unit=unit,
            axes=tuple(attributes),
            conditions=context.within(where),
            value=float(number),
            numerator=number,
            denominator=len(pairs) if metric == "pairs" else len(measured),
        )
        for metric, number in counted.items()
    ]
    for answer in measured.values():
        figures += [figure if judged else unjudged(figure) for figure in answer.figures]
    for pair, key in _most_missing(
        tables, list(measured), unit, min_cell, impossible, where, named
    ):
        common = {"unit": unit, "axes": pair, "conditions": context.within(where)}
        table = tables.slice(unit, pair, where)
        count = None if table is None else table.count(key)
        expected = Expected.of(tables, pair, unit, where)
        figures.append(cell_figure(context, key, count, common))
        figures.append(expected_figure(context, key, expected, common))
    verdict: Verdict = worst([answer.verdict for answer in answers.values()]) if judged else ""
    return CheckFigures(tuple(figures), verdict)


def _within(impossible: Collection[Mapping[str, str]], pair: Axes) -> tuple[Mapping[str, str], ...]:
    """The impossible combinations that two attributes alone decide."""
    return tuple(one for one in impossible if one and set(one) <= set(pair))


def unjudged(figure: Figure) -> Figure:
    """The same figure without a verdict; one that is not shown still says so."""
    hidden = figure.verdict == "suppressed" or (
        figure.value is None and figure.metric == "min_cell_count"
    )
    verdict: Verdict = "suppressed" if hidden else ""
    return figure.model_copy(update={"verdict": verdict})


def _most_missing(
    tables: PublishedTables,
    pairs: Sequence[Axes],
    unit: TableUnit,
    min_cell: int,
    impossible: Collection[Mapping[str, str]],
    where: Mapping[str, Level] | None,
    most: int,
) -> list[tuple[Axes, Key]]:
    """Thin cells of all pairs, first those that should hold most; unknown expectations last."""
    found: list[tuple[float, Axes, Key]] = []
    for pair in pairs:
        table = tables.slice(unit, pair, where)
        if table is not None:
            cross = Cross.of(pair, table.counts, _within(impossible, pair))
            expected = Expected.of(tables, pair, unit, where)
            found += [(n, pair, key) for n, key in _thin_cells(cross, expected, min_cell, most)]
    found.sort(key=lambda one: (-one[0], one[1], key_order(one[2])))
    return [(pair, key) for _, pair, key in found[:most]]


def _thin_cells(
    cross: Cross, expected: Expected, min_cell: int, most: int
) -> list[tuple[float, Key]]:
    """The thin cells of one pair with their expected counts, 0 where masked counts hide them.

    A cross of two attributes with 1,000 groups each has a million cells, hence the arrays.
    """
    import numpy as np

    first, second = cross.levels
    counts = np.zeros((len(first), len(second)))
    rows, columns = ({level: n for n, level in enumerate(levels)} for levels in cross.levels)
    for key, count in cross.counts.items():
        counts[rows[key[0]], columns[key[1]]] = count or 0
    shares = [
        np.array([told.get(level) or 0.0 for level in levels])
        for told, levels in zip(expected.shares, cross.levels, strict=True)
    ]
    worth = np.outer(*shares) * (expected.total or 0)
    thin = np.flatnonzero(counts.ravel() < min_cell)
    order = thin[np.argsort(-worth.ravel()[thin], kind="stable")]
    named = (
        (float(worth.ravel()[at]), (first[at // len(second)], second[at % len(second)]))
        for at in map(int, order)
    )
    return list(islice((one for one in named if cross.can_exist(one[1])), most))
