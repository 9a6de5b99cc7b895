"""Where attributes meet: which combinations are empty, thin or well covered.

Cells are the full cross of the levels that occur; rows or persons without a value on one of the
attributes are left out, and so are persons whose rows disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    group_of,
    make_figure,
    not_measured,
)
from impactbook.checks.tables import (
    CONFLICTING,
    MISSING,
    Axes,
    Key,
    Level,
    PublishedTable,
    PublishedTables,
    Range,
    TableUnit,
    key_order,
)
from impactbook.model.evidence import Figure, Verdict

MIN_CELL = 30
"""Below so many a cell is thin: Asudeh, Jin and Jagadish, ICDE 2019, use thresholds about 30."""

THINNEST = 10
"""How many thin cells are named."""


def intersection_figures(
    context: FigureContext,
    tables: PublishedTables,
    attributes: Sequence[str],
    *,
    unit: TableUnit,
    min_cell: int = MIN_CELL,
    structural: Collection[tuple[str, ...]] = (),
    where: Mapping[str, Level] | None = None,
) -> CheckFigures:
    """Coverage of the cells where two or more attributes meet.

    - `cells_possible`: the full cross of observed levels; `cells_empty` of them hold nobody.
    - `cells_below_<min_cell>`: cells with fewer than `min_cell`, the empty ones counted.
    - `min_cell_count`: the smallest non-empty cell; of equals the first by name.
    - `cell_count`: up to ten thin cells by name: empty ones, then masked ones (by name, never by
      what they hide), then the smallest.

    The verdict is `attention` if a cell that could exist (not in `structural`) is surely thin,
    `suppressed` if masked cells leave it open, else `ok`.
    """
    axes = tuple(attributes)
    whole = tables.slice(unit, axes, where)
    if whole is None:
        return not_measured("no_such_column")
    cells, counts = _cross_of_values(whole)
    if not cells:
        return not_measured("no_rows")
    if any(len({key[at] for key in cells}) < 2 for at in range(len(axes))):
        return not_measured("one_group_only")
    ranges = {key: _range_of_cell(tables, axes, key, counts[key], unit, where) for key in cells}
    excused = set(structural)
    possible = [key for key in cells if key not in excused]
    verdict = _verdict([ranges[key] for key in possible], min_cell)
    common: dict[str, Any] = {"unit": unit, "axes": axes, "conditions": where}
    below = _number_below(ranges.values(), min_cell)
    empty = sum(1 for key in cells if counts[key] == 0)
    figures = [
        make_figure(context, "cells_possible", **common, value=float(len(cells))),
        make_figure(context, "cells_empty", **common, value=float(empty)),
        make_figure(
            context,
            f"cells_below_{min_cell}",
            **common,
            value=below,
            verdict="suppressed" if below is None else "",
        ),
        make_figure(
            context,
            "min_cell_count",
            **common,
            **_smallest(counts),
            threshold_low=float(min_cell),
            verdict=verdict,
        ),
    ]
    thin = [key for key in possible if counts[key] is None or (counts[key] or 0) < min_cell]
    for key in sorted(thin, key=lambda key: _thinnest_first(key, counts[key]))[:THINNEST]:
        figures.append(_cell_figure(context, key, counts[key], common))
    return CheckFigures(tuple(figures), verdict)


def _cross_of_values(whole: PublishedTable) -> tuple[list[Key], dict[Key, int | None]]:
    """All combinations of levels that occur among those with a value on every attribute."""
    told = {
        key: count
        for key, count in whole.counts.items()
        if count != 0 and MISSING not in key and CONFLICTING not in key
    }
    values = PublishedTable(whole.axes, whole.unit, told, None)
    cells = list(values.cells())
    return cells, {key: values.count(key) for key in cells}


def _range_of_cell(
    tables: PublishedTables,
    axes: Axes,
    key: Key,
    count: int | None,
    unit: TableUnit,
    where: Mapping[str, Level] | None,
) -> Range:
    """What the lines through a cell, one along each axis, tell about its count."""
    if count is not None:
        return Range(count, count)
    highest: int | None = None
    for at, axis in enumerate(axes):
        others = {name: key[i] for i, name in enumerate(axes) if i != at}
        line = tables.slice(unit, (axis,), {**(where or {}), **others})
        high = None if line is None else line.range([(key[at],)]).high
        if high is not None:
            highest = high if highest is None else min(high, highest)
    return Range(1, highest)


def _verdict(ranges: Iterable[Range], min_cell: int) -> Verdict:
    cells = list(ranges)
    if any(cell.high is not None and cell.high < min_cell for cell in cells):
        return "attention"
    return "ok" if all(cell.low >= min_cell for cell in cells) else "suppressed"


def _number_below(ranges: Iterable[Range], min_cell: int) -> float | None:
    """How many cells are thin; None when a masked cell may or may not be."""
    surely = [cell.high is not None and cell.high < min_cell for cell in ranges]
    perhaps = [cell.low < min_cell for cell in ranges]
    return float(sum(surely)) if surely == perhaps else None


def _smallest(counts: Mapping[Key, int | None]) -> dict[str, Any]:
    """The smallest non-empty cell; nothing is told when a masked one may be smaller."""
    told = [(count, key_order(key), key) for key, count in counts.items() if count]
    if None in counts.values() or not told:
        return {}
    count, _, key = min(told)
    return {"value": float(count), "numerator": count, "group": group_of(key)}


def _thinnest_first(key: Key, count: int | None) -> tuple[int, int, object]:
    if count is None:
        return 1, 0, key_order(key)
    return (0 if count == 0 else 2), count, key_order(key)


def _cell_figure(
    context: FigureContext, key: Key, count: int | None, common: dict[str, Any]
) -> Figure:
    told: dict[str, Any] = {"verdict": "suppressed"}
    if count is not None:
        told = {"value": float(count), "numerator": count}
    return make_figure(context, "cell_count", **common, group=group_of(key), **told)
