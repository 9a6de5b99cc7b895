"""Size and state of the data: rows, persons, missing values, duplicates, overlap of splits.

Most counts come from published tables. Those that no table holds (duplicates, overlap) are handed
in as `Counted`, with the number of persons behind them, and are masked here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    encode_name,
    interval_values,
    make_figure,
    not_measured,
)
from impactbook.checks.figures.shares import share_of_cell
from impactbook.checks.statistics import LEVEL, Interval, wilson, z_of
from impactbook.checks.tables import (
    CONFLICTING,
    MISSING,
    Level,
    PublishedTables,
    TableUnit,
)
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
            figures.append(_count(context, metric, unit, tables.total(unit), {}))
        parts = None if split is None else tables.get(unit, (split,))
        if split is not None and parts is not None:
            figures += [
                _count(context, metric, unit, parts.count(key), {split: key[0]})
                for key in parts.cells()
                if key != (MISSING,)
            ]
    if columns is not None:
        figures.append(_count(context, "columns", "row", columns, {}))
    return CheckFigures(tuple(figures), "")


def _count(
    context: FigureContext,
    metric: str,
    unit: TableUnit,
    count: int | None,
    conditions: Mapping[str, Level],
) -> Figure:
    values: dict[str, Any] = {"verdict": "suppressed"}
    if count is not None:
        values = {"value": float(count), "numerator": count}
    return make_figure(context, metric, unit=unit, conditions=conditions, **values)


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
                conditions=where,
                verdict="not_measured",
            )
        else:
            share = share_of_cell(
                context,
                table,
                "missing_share",
                (MISSING,),
                table.cells(),
                where=where,
                group="",
            )
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


def duplicate_figures(
    context: FigureContext,
    tables: PublishedTables,
    *,
    duplicates: Mapping[str, Counted],
    threshold: float = 0.0,
    where: Mapping[str, Level] | None = None,
) -> CheckFigures:
    """`duplicates` and `duplicate_share`: rows beyond the first of their kind, of all rows.

    `duplicates` names each way of comparing (`exact`, `case_folded`); it becomes the condition
    `matching`. The share is judged by its value: up to `threshold` `ok`, above `attention`.
    """
    if not duplicates:
        return not_measured("no_such_column")
    rows = _rows(tables, "row", where)
    if rows == 0:
        return not_measured("no_rows")
    figures: list[Figure] = []
    for matching, counted in duplicates.items():
        conditions = {**(where or {}), "matching": matching}
        count = counted.published(tables.limit)
        figures.append(_count(context, "duplicates", "row", count, conditions))
        figures.append(
            _judged_share(context, "duplicate_share", "row", count, rows, threshold, conditions)
        )
    return CheckFigures(
        tuple(figures), worst([f.verdict for f in figures if f.metric == "duplicate_share"])
    )


def overlap_figures(
    context: FigureContext,
    tables: PublishedTables,
    *,
    split: str,
    first: str,
    second: str,
    overlaps: Mapping[str, Counted],
    unit: TableUnit = "row",
) -> CheckFigures:
    """`split_overlap`: how much of the split `second` also stands in the split `first`.

    value = count of `second`'s rows (or persons) found in `first`; `overlaps` names each way of
    comparing, which becomes the condition `matching`. The group is `first / second`. Any overlap
    is `attention`, also a masked one: it is more than none.
    """
    if not overlaps:
        return not_measured("no_such_column")
    whole = _rows(tables, unit, {split: second})
    figures: list[Figure] = []
    for matching, counted in overlaps.items():
        count = counted.published(tables.limit)
        values: dict[str, Any] = {}
        if count is not None:
            values = {"value": float(count), "numerator": count}
        figures.append(
            make_figure(
                context,
                "split_overlap",
                unit=unit,
                axes=(split,),
                group=" / ".join(encode_name(name) for name in (first, second)),
                conditions={"matching": matching},
                denominator=whole,
                threshold_high=0.0,
                verdict="ok" if count == 0 else "attention",
                **values,
            )
        )
    return CheckFigures(tuple(figures), worst([figure.verdict for figure in figures]))


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
                conditions=where,
                denominator=table.total,
                threshold_high=0.0,
                verdict="ok" if count == 0 else "attention",
                **values,
            )
        )
    if not figures:
        return not_measured("no_such_column")
    return CheckFigures(tuple(figures), worst([figure.verdict for figure in figures]))


def mean_words_figures(
    context: FigureContext,
    tables: PublishedTables,
    column: str,
    *,
    mean: float,
    deviation: float,
    people: int | None = None,
    where: Mapping[str, Level] | None = None,
) -> CheckFigures:
    """`mean_words`: words per text, split at white space, with the normal 95 % interval.

    mean +- z s / sqrt(n), s being the standard deviation (n - 1). `people` are the distinct persons
    behind the texts (None: one each); few of them suppress the mean.
    """
    rows = _rows(tables, "row", where)
    if rows == 0:
        return not_measured("no_rows")
    common: dict[str, Any] = {"unit": "word", "axes": (column,), "conditions": where}
    if rows is None or Counted(rows, people).published(tables.limit) is None:
        figure = make_figure(context, "mean_words", **common, verdict="suppressed")
    else:
        half = z_of(LEVEL) * deviation / math.sqrt(rows)
        figure = make_figure(
            context,
            "mean_words",
            **common,
            value=mean,
            denominator=rows,
            method="normal",
            **interval_values(Interval(mean - half, mean + half)),
        )
    return CheckFigures((figure,), "")


def _rows(
    tables: PublishedTables, unit: TableUnit, where: Mapping[str, Level] | None
) -> int | None:
    """How many rows or persons there are under `where`; None when masked or not counted."""
    table = tables.slice(unit, (), where)
    return None if table is None else table.count(())


def _judged_share(
    context: FigureContext,
    metric: str,
    unit: TableUnit,
    count: int | None,
    whole: int | None,
    threshold: float,
    conditions: Mapping[str, Level],
) -> Figure:
    """A share of all rows that should stay below a threshold."""
    common: dict[str, Any] = {
        "unit": unit,
        "conditions": conditions,
        "denominator": whole,
        "threshold_high": threshold,
    }
    if count is None or not whole:
        # A masked count is at least one: above a threshold of zero that is enough to know.
        verdict: Verdict = "attention" if count is None and threshold == 0 else "suppressed"
        return make_figure(context, metric, **common, verdict=verdict)
    return make_figure(
        context,
        metric,
        **common,
        value=count / whole,
        numerator=count,
        method="wilson",
        **interval_values(wilson(count, whole)),
        verdict="ok" if count <= threshold * whole else "attention",
    )
