"""What stands in several splits: rows, texts or persons that training and test share.

How many are shared is handed in with the persons behind them, and is published here or nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from impactbook.checks.figures.duplicates import told_in_turn
from impactbook.checks.figures.quality import Counted, counted_total
from impactbook.checks.published import PublishedTables
from impactbook.checks.statistics import wilson
from impactbook.checks.tables import CONFLICTING, TableUnit
from impactbook.model.evidence import Figure, worst


@dataclass(frozen=True)
class SharedRows:
    """Rows of the split `second` whose text or person stands in `first` too; persons behind them."""

    first: str
    second: str
    rows: int
    people: int | None = None


def overlap_figures(
    context: FigureContext,
    tables: PublishedTables,
    *,
    split: str,
    first: str,
    second: str,
    overlaps: Mapping[str, Counted],
    unit: TableUnit = "row",
    threshold: float = 0.0,
    splits: int = 2,
) -> CheckFigures:
    """`split_overlap`: how much of the split `second` also stands in the split `first`.

    value = count of `second`'s rows (or persons) found in `first`; `split_overlap_share` = the same
    over all of `second`, with Wilson's 95 % interval. `overlaps` names each way of comparing, from
    strict to loose, which becomes the condition `matching`; the group is `first / second`. An
    overlap above the share `threshold` of `second` is `attention`, also a masked one: it is more
    than none. `splits` says how many splits there are.
    """
    if not overlaps:
        return not_measured("no_such_column")
    figures: list[Figure] = []
    for matching, count in told_in_turn(overlaps, tables.limit).items():
        whole = counted_total(tables, unit, {split: second})
        if unit == "person":
            whole = _persons_in(tables, split, second, count, splits)
        figures += _overlap(
            context,
            count,
            whole,
            threshold,
            unit=unit,
            axes=(split,),
            group=" / ".join(encode_name(name) for name in (first, second)),
            conditions={"matching": matching},
        )
    judged = [figure.verdict for figure in figures if figure.metric == "split_overlap"]
    return CheckFigures(tuple(figures), worst(judged))


def _persons_in(
    tables: PublishedTables, split: str, name: str, shared: int | None, splits: int
) -> int | None:
    """The persons with rows in one split, from those in it alone and those in several.

    A person in several splits is `CONFLICTING` there. With two splits these are the shared ones;
    with more it is not told which splits they are in, so the sum is known only if there are none.
    """
    table = tables.get("person", (split,))
    if table is None:
        return None
    alone, several = table.count((name,)), table.range([(CONFLICTING,)]).exact
    if several == 0:
        return alone
    return alone + shared if splits == 2 and alone is not None and shared is not None else None


def _overlap(
    context: FigureContext,
    count: int | None,
    whole: int | None,
    threshold: float,
    **named: Any,
) -> list[Figure]:
    most = threshold * whole if whole else 0.0
    within = count is not None and count <= most
    values: dict[str, Any] = {}
    shares: dict[str, Any] = {"verdict": "suppressed"}
    if count is not None:
        values = {"value": float(count), "numerator": count}
    if count is not None and whole:
        interval = interval_values(wilson(count, whole))
        shares = {"value": count / whole, "numerator": count, "method": "wilson", **interval}
    return [
        make_figure(
            context,
            "split_overlap",
            **named,
            denominator=whole,
            threshold_high=most,
            verdict="ok" if within else "attention",
            **values,
        ),
        make_figure(context, "split_overlap_share", **named, denominator=whole, **shares),
    ]
