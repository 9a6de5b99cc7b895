"""Proxies: how much every other column tells about a protected attribute.

A model without the attribute can still learn it from a column that goes along with it. Association
is no proof that it does, nor who is to blame; a column that tells nothing alone may tell in
combination with others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    interval_values,
    make_figure,
    not_measured,
    people_per_row,
)
from impactbook.checks.figures.two_groups import NO_VALUE, told_table
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.statistics import Association, association_of
from impactbook.checks.tables import OTHER_VALUES, Level, TableUnit
from impactbook.model.evidence import Figure, Verdict, worst

ASSOCIATION_HIGH = 0.3
"""Cohen's "medium" effect (Statistical Power Analysis, 1988, chapter 7): a screening habit."""

MIN_PEOPLE = 30
"""Below so many with both values known an association is shown and not judged."""


@dataclass(frozen=True)
class _Pair:
    """One protected attribute, another column, and what their table says (None: not shown)."""

    axes: tuple[str, str]
    found: Association | None
    together: bool = False

    @property
    def strength(self) -> float:
        """What pairs are ordered by; pairs that are not shown come last."""
        return -1.0 if self.found is None else self.found.cramers_v_corrected


def proxy_figures(
    context: FigureContext,
    tables: PublishedTables,
    attributes: Sequence[str],
    columns: Sequence[str],
    *,
    unit: TableUnit,
    threshold: float = ASSOCIATION_HIGH,
    min_people: int = MIN_PEOPLE,
) -> CheckFigures:
    """The association of each of `attributes` with each of `columns`, the strongest first.

    For each pair, over all with both values known (n):

    - `cramers_v_corrected` (Bergsma 2013), from 0 to 1, which is judged: `ok` when its interval
      lies below `threshold`, `attention` when it reaches it, `not_enough_data` under `min_people`;
    - `theils_u` under `given=<column>`: the share of the uncertainty about the attribute that
      knowing the column removes, and the reverse under `given=<attribute>`;
    - `mutual_information` in nats; columns of numbers come in bins.

    Intervals see `statistics.association_of`. Where rows belong to persons, all rows of one person
    may be alike: intervals, bias correction and `min_people` then take only as many rows as there
    are persons (method `effective_n`). Small and masked levels stand together where the table is
    published so (method `levels_together`), which can only weaken an association. A column with
    one value only is left out; a pair that is not shown at all is `suppressed`.
    """
    pairs: list[_Pair] = []
    for axes in _pairs(attributes, columns):
        if any(tables.get(unit, (axis,)) is None for axis in axes):
            continue
        if all(_varies(tables, unit, axis) for axis in axes):
            pairs.append(_measured(tables, unit, axes))
    if not pairs:
        counted = [name for name in attributes if tables.get(unit, (name,)) is not None]
        return not_measured("one_group_only" if counted else "no_such_column")
    order = {attribute: place for place, attribute in enumerate(attributes)}
    pairs.sort(key=lambda pair: (order[pair.axes[0]], -pair.strength, pair.axes[1]))
    figures: list[Figure] = []
    verdicts: list[Verdict] = []
    for pair in pairs:
        verdict = _verdict(pair.found, threshold, min_people)
        verdicts.append(verdict)
        figures += _figures_of_pair(context, unit, pair, threshold, verdict)
    return CheckFigures(tuple(figures), worst(verdicts))


def _pairs(attributes: Sequence[str], columns: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Each pair once, also when a protected attribute stands among the columns."""
    seen: set[frozenset[str]] = set()
    for attribute in attributes:
        for column in columns:
            pair = frozenset((attribute, column))
            if len(pair) == 2 and pair not in seen:
                seen.add(pair)
                yield attribute, column


def _varies(tables: PublishedTables, unit: TableUnit, axis: str) -> bool:
    margin = tables.get(unit, (axis,))
    known = [] if margin is None else [v for v in margin.levels(axis) if v not in NO_VALUE]
    return len(known) > 1


def _measured(tables: PublishedTables, unit: TableUnit, axes: tuple[str, str]) -> _Pair:
    table = told_table(tables, unit, axes)
    if table is None:
        return _Pair(axes, None)
    counts, together = _known_counts(table)
    try:
        return _Pair(axes, association_of(counts, weight=people_per_row(tables, unit)), together)
    except ValueError:  # too little is left when small levels stand together
        return _Pair(axes, None)


def _known_counts(table: PublishedTable) -> tuple[list[list[int]], bool]:
    """The cells of known values, row by row, and whether some levels stand together."""
    first, second = (
        [level for level in table.levels(axis) if level not in NO_VALUE] for axis in table.axes
    )
    counts = [[table.count((one, other)) or 0 for other in second] for one in first]
    return counts, OTHER_VALUES in first or OTHER_VALUES in second


def _verdict(found: Association | None, threshold: float, min_people: int) -> Verdict:
    if found is None:
        return "suppressed"
    interval = found.intervals.get("cramers_v_corrected")
    if found.effective < min_people or interval is None:
        return "not_enough_data"
    return "ok" if interval.high < threshold else "attention"


def _figures_of_pair(
    context: FigureContext, unit: TableUnit, pair: _Pair, threshold: float, verdict: Verdict
) -> list[Figure]:
    common: dict[str, Any] = {"unit": unit, "axes": pair.axes}
    judged: dict[str, Any] = {"threshold_high": threshold, "verdict": verdict}
    if pair.found is None:
        return [make_figure(context, "cramers_v_corrected", **common, **judged)]
    found = pair.found
    attribute, column = pair.axes
    method = found.method + (";levels_together" if pair.together else "")
    if found.effective < found.n:
        method += f";effective_n={found.effective}"
    asked: tuple[tuple[str, str, dict[str, Level], dict[str, Any]], ...] = (
        ("cramers_v_corrected", "cramers_v_corrected", {}, judged),
        ("theils_u", "u_rows", {"given": column}, {}),
        ("theils_u", "u_columns", {"given": attribute}, {}),
        ("mutual_information", "mutual_information", {}, {}),
    )
    return [
        make_figure(
            context,
            metric,
            **common,
            conditions=conditions,
            value=getattr(found, name),
            denominator=found.n,
            method=method,
            **interval_values(found.intervals.get(name)),
            **more,
        )
        for metric, name, conditions, more in asked
    ]
