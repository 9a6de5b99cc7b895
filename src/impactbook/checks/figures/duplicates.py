"""What stands more than once: repeated rows and texts, and texts with contradicting labels.

No contingency table holds these counts; each comes with the persons behind it and is published
here or nowhere. Counts that contain each other (all rows and splits, stricter and looser ways of
comparing) are published so that no small count is left as a difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    interval_values,
    make_figure,
    not_measured,
)
from impactbook.checks.figures.quality import Counted, count_figure, counted_total
from impactbook.checks.published import PublishedTables
from impactbook.checks.statistics import wilson
from impactbook.checks.suppression import publish
from impactbook.checks.tables import MISSING, Key, Level, Table, Tables, TableUnit
from impactbook.model.evidence import Figure, Verdict, worst

WAYS = ("exact", "case_folded", "whitespace", "near")
"""How texts are compared, from strict to loose: what one way finds, all later ways find as well."""


@dataclass(frozen=True)
class Repeats:
    """Rows of one scope that repeat another one.

    `after_first` are rows beyond the first of their kind, `in_groups` all rows of kinds that occur
    more than once, `people` the distinct persons behind the latter (None: each row is one).
    """

    after_first: int
    in_groups: int
    people: int | None = None


@dataclass(frozen=True)
class RepeatsBySplit:
    """Repetitions in all rows and within each split; and persons behind kinds in several splits."""

    whole: Repeats
    parts: Mapping[str, Repeats]
    people_across: int | None = None


@dataclass(frozen=True)
class LabelConflicts:
    """Texts that occur with more than one label, of all texts that occur; persons behind them."""

    texts: Counted
    of: Counted


@dataclass(frozen=True)
class _Told:
    after_first: int
    in_groups: int
    people: int | None


def told_in_turn(counts: Mapping[str, Counted], limit: int) -> dict[str, int | None]:
    """Publish counts of which each contains the one before it, so that no step is small.

    A count is told when it may be (`Counted.published`) and differs from the last told one by
    nothing or by at least `limit` people. The persons behind a step are at least the difference of
    the persons behind both counts; without persons each row of the step is one.

    >>> told_in_turn({"exact": Counted(6), "case_folded": Counted(7), "near": Counted(20)}, 5)
    {'exact': 6, 'case_folded': None, 'near': 20}
    """
    last = Counted(0, 0)
    told: dict[str, int | None] = {}
    for way, counted in counts.items():
        told[way] = counted.published(limit) if _step_is_safe(last, counted, limit) else None
        if told[way] is not None:
            last = counted
    return told


def _step_is_safe(last: Counted, now: Counted, limit: int) -> bool:
    if limit <= 1 or now.count == last.count or now.people == 0:
        return True
    if now.people is None:
        return abs(now.count - last.count) >= limit
    return abs(now.people - (last.people or 0)) >= limit


def repeat_figures(
    context: FigureContext,
    tables: PublishedTables,
    repeats: Mapping[str, RepeatsBySplit],
    *,
    split: str | None = None,
    threshold: float = 0.0,
) -> CheckFigures:
    """Repeated rows by each way of comparing, in all rows and within each level of `split`.

    `duplicates` counts rows beyond the first of their kind, `rows_in_duplicate_groups` all rows of
    such kinds, `duplicate_share` = duplicates / rows with Wilson's 95 % interval (see
    `statistics.wilson`): what collecting in the same way would give, if rows were drawn one by one.
    The way of comparing is the condition `matching`. The share of all rows is judged by its value,
    a fact about this data: up to `threshold` `ok`, above `attention`; splits inform.
    """
    if not repeats:
        return not_measured("no_such_column")
    if counted_total(tables, "row", None) == 0:
        return not_measured("no_rows")
    figures: list[Figure] = []
    last: dict[str | None, _Told] = {}
    for matching, found in repeats.items():
        told = _told_by_scope(found, tables.limit)
        safe = all(_grew_enough(last.get(s), one, tables.limit) for s, one in told.items() if one)
        if safe:
            last |= {scope: one for scope, one in told.items() if one}
        for scope, one in told.items():
            where: dict[str, Level] = {} if scope is None else {str(split): scope}
            figures += _repeated(
                context,
                tables,
                one if safe else None,
                matching=matching,
                where=where,
                threshold=threshold if scope is None else None,
            )
    judged: list[Verdict] = [
        f.verdict for f in figures if f.metric == "duplicate_share" and f.verdict
    ]
    whole: list[Verdict] = [v for v in judged if v != "suppressed"] or judged
    return CheckFigures(tuple(figures), worst(whole))


def _told_by_scope(found: RepeatsBySplit, limit: int) -> dict[str | None, _Told | None]:
    """What may be told of all rows and of each split; None where it may not.

    All rows are the sum of the splits and of what repeats across them, so these are published as
    one table (`suppression.publish`): a split is not told when the others and the sum would give a
    small one away. `in_groups` follows `after_first`, which is never larger.
    """
    rest = found.whole.after_first - sum(part.after_first for part in found.parts.values())
    counts: dict[Key, int] = {(name,): part.after_first for name, part in found.parts.items()}
    counts[MISSING,] = rest
    people: dict[Key, int] | None = None
    whole_people: dict[Key, int] | None = None
    if found.whole.people is not None:
        people = {(name,): part.people or 0 for name, part in found.parts.items()}
        people[MISSING,] = found.people_across or 0
        whole_people = {(): found.whole.people}
    published = publish(
        Tables.of(
            Table((), "row", {(): found.whole.after_first}, whole_people),
            Table(("split",), "row", counts, people),
        ),
        limit,
    )
    table = published.get("row", ("split",))
    shown: dict[str | None, _Told | None] = {}
    for scope, one in ((None, found.whole), *found.parts.items()):
        key: Key = (scope,)
        told = published.total("row") if scope is None else table and table.count(key)
        is_told = told is not None
        shown[scope] = _Told(one.after_first, one.in_groups, one.people) if is_told else None
    return shown


def _grew_enough(last: _Told | None, now: _Told, limit: int) -> bool:
    """Whether a looser way of comparing adds nothing to the last told one, or enough people."""
    before = last or _Told(0, 0, 0)
    pairs = ((before.after_first, now.after_first), (before.in_groups, now.in_groups))
    return all(
        _step_is_safe(Counted(old, before.people), Counted(new, now.people), limit)
        for old, new in pairs
    )


def _repeated(
    context: FigureContext,
    tables: PublishedTables,
    told: _Told | None,
    *,
    matching: str,
    where: Mapping[str, Level],
    threshold: float | None,
) -> list[Figure]:
    conditions = {**context.within(where), "matching": matching}
    rows = counted_total(tables, "row", where)
    counts = (None, None) if told is None else (told.after_first, told.in_groups)
    share = share_below(
        context, "duplicate_share", "row", counts[0], rows, threshold or 0.0, conditions
    )
    if threshold is None:
        verdict: Verdict = "suppressed" if share.value is None else ""
        share = share.model_copy(update={"verdict": verdict, "threshold_high": None})
    return [
        count_figure(context, "duplicates", "row", counts[0], conditions),
        share,
        count_figure(context, "rows_in_duplicate_groups", "row", counts[1], conditions, rows),
    ]


def conflicting_label_figures(
    context: FigureContext,
    tables: PublishedTables,
    label: str,
    conflicts: Mapping[str, LabelConflicts],
) -> CheckFigures:
    """`conflicting_labels`: distinct texts that occur with more than one label.

    Such texts teach that an answer is right and wrong; any is `attention`, also a masked count. The
    denominator counts distinct texts. No interval: it is a fact about this data set.
    """
    told = told_in_turn({way: found.texts for way, found in conflicts.items()}, tables.limit)
    whole = told_in_turn(
        {way: conflicts[way].of for way in reversed(list(conflicts))}, tables.limit
    )
    figures = [
        make_figure(
            context,
            "conflicting_labels",
            unit="row",
            axes=(label,),
            conditions={"matching": way},
            value=None if count is None else float(count),
            numerator=count,
            denominator=whole[way],
            threshold_high=0.0,
            verdict="ok" if count == 0 else "attention",
        )
        for way, count in told.items()
    ]
    if not figures:
        return not_measured("no_such_column")
    return CheckFigures(tuple(figures), worst([figure.verdict for figure in figures]))


def share_below(
    context: FigureContext,
    metric: str,
    unit: TableUnit,
    count: int | None,
    whole: int | None,
    threshold: float,
    conditions: Mapping[str, Level],
) -> Figure:
    """A share of all rows that should stay below a threshold, with Wilson's interval.

    A masked count is at least one: at a threshold of zero that is enough to know.
    """
    common: dict[str, Any] = {
        "unit": unit,
        "conditions": conditions,
        "denominator": whole,
        "threshold_high": threshold,
    }
    if count is None or not whole:
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
