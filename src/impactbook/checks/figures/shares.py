"""How large each group is: its share among known values, and among all with missing as a group.

The first speaks about those whose value is known, the second about the data set as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    group_of,
    make_figure,
    not_measured,
)
from impactbook.checks.statistics import wilson
from impactbook.checks.tables import (
    CONFLICTING,
    MISSING,
    Key,
    Level,
    PublishedTable,
    PublishedTables,
    TableUnit,
)
from impactbook.model.evidence import Figure


def share_figures(
    context: FigureContext,
    tables: PublishedTables,
    attribute: str,
    *,
    unit: TableUnit,
    where: Mapping[str, Level] | None = None,
) -> CheckFigures:
    """`share` of each group among known values and `share_of_all` with missing as a group.

    share = k / known, share_of_all = k / all; both with Wilson's 95 % interval (see
    `statistics.wilson`). `unknown` counts rows or persons without a value, and persons whose rows
    disagree; these are the groups `missing` and `conflicting` of `share_of_all`. Nothing is judged:
    the verdict is empty.
    """
    table = tables.slice(unit, (attribute,), where)
    if table is None:
        return not_measured("no_such_column")
    groups = table.cells()
    if not groups:
        return not_measured("no_rows")
    without_value = [(MISSING,), (CONFLICTING,)]
    known = [key for key in groups if key not in without_value]
    unknown = table.range(without_value)
    inside = context.within(where)
    figures: list[Figure] = []
    for metric, members, rest in (
        ("share", known, unknown.exact),
        ("share_of_all", list(groups), None),
    ):
        for key in members:
            figures.append(
                share_of_cell(context, table, metric, key, members, where=inside, unknown=rest)
            )
    return CheckFigures(tuple(figures), "")


def share_of_cell(
    context: FigureContext,
    table: PublishedTable,
    metric: str,
    key: Key,
    members: Sequence[Key],
    *,
    where: Mapping[str, Level] | None,
    unknown: int | None = None,
    group: str | None = None,
) -> Figure:
    """One share of the cell `key` among the cells `members`; without a value where it is masked.

    `group` replaces the cell's own name in the column `group`.
    """
    k, n = table.range([key]).exact, table.range(members).exact
    common: dict[str, Any] = {
        "unit": table.unit,
        "axes": table.axes,
        "group": group_of(key) if group is None else group,
        "conditions": where,
        "denominator": n,
        "unknown": unknown,
    }
    if k is None or not n:
        return make_figure(context, metric, **common, verdict="suppressed")
    interval = wilson(k, n)
    return make_figure(
        context,
        metric,
        **common,
        value=k / n,
        numerator=k,
        ci_low=interval.low,
        ci_high=interval.high,
        ci_level=interval.level,
        method="wilson",
    )
