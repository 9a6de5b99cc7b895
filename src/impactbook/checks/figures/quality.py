"""Size and state of the data: rows, persons, and persons whose rows contradict each other.

Most counts come from published tables. Those that no table holds are handed in as `Counted`, with
the number of persons behind them, and are published through it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impactbook.checks.figures.common import (
    SPLIT,
    CheckFigures,
    FigureContext,
    make_figure,
    not_measured,
)
from impactbook.checks.figures.shares import Portion, share_of_cell
from impactbook.checks.published import PublishedTables
from impactbook.checks.tables import CONFLICTING, MISSING, Level, TableUnit
from impactbook.model.evidence import Figure, Verdict, worst

MAX_MISSING = 0.2
"""Default limit of `missing_share`: our own habit; what is tolerable depends on the use."""


@dataclass(frozen=True)
class Counted:
    """A count that stands in no table, and the distinct persons behind it.

    `people=None`: each thing counted is a person, as in a row table without persons. `people=0`:
    nobody stands behind it (texts nobody can be known by, columns), so it is never masked.
    """

    count: int
    people: int | None = None

    def published(self, limit: int) -> int | None:
        """The count, or None when 1 to limit - 1 persons stand behind it."""
        people = self.count if self.people is None else self.people
        return None if self.count and 1 <= people < limit else self.count


def size_figures(
    context: FigureContext,
    tables: PublishedTables,
    *,
    columns: int | None = None,
    split: str | None = None,
) -> CheckFigures:
    """`rows` and `persons`, in all and per level of the axis `split`, and `columns`."""
    figures: list[Figure] = []
    metrics: tuple[tuple[str, TableUnit], ...] = (("rows", "row"), ("persons", "person"))
    for metric, unit in metrics:
        whole = tables.get(unit, ())
        if whole is not None:
            figures.append(count_figure(context, metric, unit, tables.total(unit), {}))
        parts = None if split is None else tables.get(unit, (split,))
        if split is not None and parts is not None:
            figures += [
                count_figure(context, metric, unit, parts.count(key), {SPLIT: key[0]})
                for key in parts.cells()
                if key != (MISSING,)
            ]
    if columns is not None:
        figures.append(count_figure(context, "columns", "row", columns, {}))
    return CheckFigures(tuple(figures), "")


def missing_figures(
    context: FigureContext,
    tables: PublishedTables,
    columns: Sequence[str],
    *,
    unit: TableUnit = "row",
    threshold: float = MAX_MISSING,
    where: Mapping[str, Level] | None = None,
) -> CheckFigures:
    """`missing_share` of each column: rows without a value / all rows, with Wilson's interval.

    Judged by the share itself, which is a fact about this data set: up to `threshold` `ok`, above
    `attention`. A masked count is judged where its bounds leave no doubt. A column without a table
    is `not_measured`.
    """
    figures: list[Figure] = []
    verdicts: list[Verdict] = []
    for column in columns:
        table = tables.slice(unit, (column,), where)
        if table is None or not table.cells():
            figure = make_figure(
                context,
                "missing_share",
                unit=unit,
                axes=(column,),
                conditions=context.within(where),
                verdict="not_measured",
            )
        else:
            gap = Portion(table, (MISSING,), table.cells(), context.within(where), group="")
            share = share_of_cell(context, gap, "missing_share")
            missing, rows = table.range([(MISSING,)]), table.range(table.cells()).exact
            verdict = _at_most(missing.low, missing.high, rows, threshold)
            figure = share.model_copy(update={"threshold_high": threshold, "verdict": verdict})
        figures.append(figure)
        verdicts.append(figure.verdict)
    return CheckFigures(tuple(figures), worst(verdicts), "" if columns else "no_such_column")


def _at_most(low: int, high: int | None, rows: int | None, threshold: float) -> Verdict:
    """`ok` or `attention` as far as the bounds of the count tell, else `suppressed`."""
    if not rows:
        return "suppressed"
    if high is not None and high <= threshold * rows:
        return "ok"
    return "attention" if low > threshold * rows else "suppressed"


def conflicting_figures(
    context: FigureContext,
    tables: PublishedTables,
    attributes: Sequence[str],
    *,
    where: Mapping[str, Level] | None = None,
) -> CheckFigures:
    """`conflicting_persons` per attribute: persons whose rows disagree, of all persons.

    Each is counted once; any is `attention`, also a masked count.
    """
    figures: list[Figure] = []
    for attribute in attributes:
        table = tables.slice("person", (attribute,), where)
        if table is None:
            continue
        count = table.range([(CONFLICTING,)]).exact
        values: dict[str, Any] = {}
        if count is not None:
            values = {"value": float(count), "numerator": count}
        figures.append(
            make_figure(
                context,
                "conflicting_persons",
                unit="person",
                axes=(attribute,),
                conditions=context.within(where),
                denominator=table.total,
                threshold_high=0.0,
                verdict="ok" if count == 0 else "attention",
                **values,
            )
        )
    if not figures:
        return not_measured("no_such_column")
    return CheckFigures(tuple(figures), worst([figure.verdict for figure in figures]))


def count_figure(
    context: FigureContext,
    metric: str,
    unit: TableUnit,
    count: int | None,
    conditions: Mapping[str, Level],
    whole: int | None = None,
) -> Figure:
    """A count as a figure, out of `whole` if that is given; None is `suppressed`."""
    values: dict[str, Any] = {"verdict": "suppressed"}
    if count is not None:
        values = {"value": float(count), "numerator": count}
    return make_figure(
        context, metric, unit=unit, conditions=conditions, denominator=whole, **values
    )


def counted_total(
    tables: PublishedTables, unit: TableUnit, where: Mapping[str, Level] | None
) -> int | None:
    """How many rows or persons there are under `where`; None when masked or not counted."""
    table = tables.slice(unit, (), where)
    return None if table is None else table.count(())
