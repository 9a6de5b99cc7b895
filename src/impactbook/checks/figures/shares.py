"""How large each group is: its share among known values, and among all with missing as a group.

The first speaks about those whose value is known, the second about the data set as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    group_of,
    interval_values,
    make_figure,
    not_measured,
)
from impactbook.checks.figures.weighted import effective_said
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.statistics import LEVEL, wilson, wilson_effective
from impactbook.checks.tables import CONFLICTING, MISSING, Key, Level, TableUnit
from impactbook.model.evidence import Figure


@dataclass(frozen=True)
class Portion:
    """The cell `key` among the cells `members` of a table.

    `where` are the conditions under which it is told, `unknown` how many have no value; `group`
    replaces the cell's own name in the column `group`.
    """

    table: PublishedTable
    key: Key
    members: Sequence[Key]
    where: Mapping[str, Level] | None
    unknown: int | None = None
    group: str | None = None

    @property
    def counted(self) -> tuple[int | None, int | None]:
        """How many the cell and all members hold; None where that is masked."""
        return self.table.range([self.key]).exact, self.table.range(self.members).exact

    @property
    def columns(self) -> dict[str, Any]:
        """What every figure about it tells."""
        return {
            "unit": self.table.unit,
            "axes": self.table.axes,
            "group": group_of(self.key) if self.group is None else self.group,
            "conditions": self.where,
            "denominator": self.counted[1],
            "unknown": self.unknown,
        }


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
    the verdict is empty. Where the table carries weights, both are weighted (`weighted_share_of_cell`)
    and the unweighted ones stand beside them under `weights=none`.
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
            figures += shares_of_cell(context, Portion(table, key, members, inside, rest), metric)
    return CheckFigures(tuple(figures), "")


def shares_of_cell(context: FigureContext, portion: Portion, metric: str) -> list[Figure]:
    """The share of one cell; with weights the weighted one first, the other under `weights=none`."""
    if portion.table.weights is None:
        return [share_of_cell(context, portion, metric)]
    plain = replace(portion, where={**(portion.where or {}), "weights": "none"})
    return [
        weighted_share_of_cell(context, portion, metric),
        share_of_cell(context, plain, metric),
    ]


def weighted_share_of_cell(context: FigureContext, portion: Portion, metric: str) -> Figure:
    """The share of the members' weight that lies in the cell.

    Wilson's interval with Kish's effective number of the members (`statistics.wilson_effective`;
    Kish, Survey Sampling, 1965, section 11.7). Numerator and denominator stay the numbers counted.
    Without a value where a cell is masked or weights are held back (`heldweights`).
    """
    table, (k, _) = portion.table, portion.counted
    common = {**portion.columns, "numerator": k}
    mine, total = table.weight(portion.key), table.weight_of(portion.members)
    effective = table.effective(portion.members)
    if k is None or mine is None or not total or not effective:
        return make_figure(context, metric, **common, verdict="suppressed")
    part = min(1.0, mine / total)
    return make_figure(
        context,
        metric,
        **common,
        value=part,
        method=f"wilson;effective_n={effective_said(effective)}",
        **interval_values(wilson_effective(part, effective, LEVEL)),
    )


def share_of_cell(context: FigureContext, portion: Portion, metric: str) -> Figure:
    """The share of the cell among the members; without a value where it is masked."""
    k, n = portion.counted
    if k is None or not n:
        return make_figure(context, metric, **portion.columns, verdict="suppressed")
    return make_figure(
        context,
        metric,
        **portion.columns,
        value=k / n,
        numerator=k,
        method="wilson",
        **interval_values(wilson(k, n)),
    )
