"""Is consent there where it is the basis: for all, and for every group?

Consent is a fact about this data set, so coverage is judged by its value; the interval says what
collecting in the same way again would give. A status that is not stated counts as no consent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    group_name,
    interval_values,
    make_figure,
    not_measured,
)
from impactbook.checks.figures.quality import Counted
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.ranges import Range
from impactbook.checks.statistics import wilson
from impactbook.checks.tables import CONFLICTING, MISSING, Key, Level, TableUnit
from impactbook.model.columns import GIVEN, NOT_STATED, WITHDRAWN
from impactbook.model.evidence import Figure, Verdict, worst


def consent_figures(
    context: FigureContext,
    tables: PublishedTables,
    column: str,
    *,
    purpose: str,
    unit: TableUnit,
    by: Sequence[str] = (),
    given: Sequence[str] = (GIVEN,),
    withdrawn: Sequence[str] = (WITHDRAWN,),
    coverage_low: float | None = None,
) -> CheckFigures:
    """`consent_coverage` for one purpose: with consent / all, overall and per group of `by`.

    `given` and `withdrawn` are the levels that mean so; any other means no consent. A person has consented when all of their rows say so. `unknown` counts those whose status is not
    stated or contradicts itself; they are in the denominator. With `coverage_low` (consent is the
    declared basis, Art. 6(1)(a) GDPR) each share is judged: at least that much is `ok`, less
    `fail`; without it nothing is judged. `consent_withdrawn` counts those who withdrew and are
    still there (Art. 7(3), Art. 17(1)(b) GDPR): with `coverage_low` any of them is a `fail`.
    """
    table = tables.get(unit, (column,))
    if table is None:
        return not_measured("no_such_column")
    if not table.cells():
        return not_measured("no_rows")
    named: dict[str, Any] = {"unit": unit, "conditions": {"purpose": purpose}}
    agreed = [(level,) for level in given]
    figures = [_coverage(context, table, agreed, ((), ""), named, coverage_low)]
    for attribute in by:
        crossed = tables.get(unit, (attribute, column))
        margin = tables.get(unit, (attribute,))
        if crossed is None or margin is None:
            continue
        for level in margin.levels(attribute):
            if level == CONFLICTING:
                continue
            part = tables.slice(unit, (column,), {attribute: level})
            if part is not None and part.cells():
                who = ((attribute,), group_name(level))
                figures.append(_coverage(context, part, agreed, who, named, coverage_low))
    gone = table.range([(level,) for level in withdrawn])
    figures.append(_withdrawn(context, table, gone, named, judged=coverage_low is not None))
    if coverage_low is None:
        return CheckFigures(tuple(figures), "")  # a masked count judges nothing either
    return CheckFigures(tuple(figures), worst([f.verdict for f in figures if f.verdict] or [""]))


def _coverage(
    context: FigureContext,
    table: PublishedTable,
    agreed: Sequence[Key],
    who: tuple[tuple[str, ...], str],
    named: Mapping[str, Any],
    coverage_low: float | None,
) -> Figure:
    given, everybody = table.range(agreed), table.range(table.cells())
    unknown = table.range([(NOT_STATED,), (MISSING,), (CONFLICTING,)])
    k, n = given.exact, everybody.exact
    judged: dict[str, Any] = {}
    if coverage_low is not None:
        verdict = coverage_verdict(given, everybody, coverage_low)
        judged = {"threshold_low": coverage_low, "verdict": verdict}
    axes, group = who
    common = {**named, "axes": axes, "group": group, "denominator": n, "unknown": unknown.exact}
    if k is None or not n:
        return make_figure(
            context, "consent_coverage", **common, **{"verdict": "suppressed", **judged}
        )
    return make_figure(
        context,
        "consent_coverage",
        **common,
        value=k / n,
        numerator=k,
        method="wilson",
        **interval_values(wilson(k, n)),
        **judged,
    )


def coverage_verdict(given: Range, everybody: Range, coverage_low: float) -> Verdict:
    """`ok` or `fail` where every count that may be hidden agrees, else `suppressed`.

    >>> coverage_verdict(Range(90, 90), Range(100, 100), 1.0)
    'fail'
    >>> coverage_verdict(Range(96, 99), Range(100, 100), 0.95), coverage_verdict(
    ...     Range(90, 99), Range(100, 100), 0.95)
    ('ok', 'suppressed')
    """
    n = everybody.exact
    if not n:
        return "suppressed"
    if given.low >= coverage_low * n:
        return "ok"
    if given.high is not None and given.high < coverage_low * n:
        return "fail"
    return "suppressed"


def _withdrawn(
    context: FigureContext,
    table: PublishedTable,
    count: Range,
    named: Mapping[str, Any],
    *,
    judged: bool,
) -> Figure:
    """How many withdrew; a masked count is at least one."""
    everybody = table.range(table.cells()).exact
    told: dict[str, Any] = {}
    if count.exact is not None:
        told = {"value": float(count.exact), "numerator": count.exact}
    verdict: Verdict = "" if count.exact is not None else "suppressed"
    if judged:
        verdict = "ok" if count.exact == 0 else "fail"
        told["threshold_high"] = 0.0
    return make_figure(
        context, "consent_withdrawn", **named, denominator=everybody, verdict=verdict, **told
    )


def counted_figure(
    context: FigureContext,
    metric: str,
    counted: Counted,
    *,
    unit: TableUnit,
    whole: int | None,
    unknown: int | None,
    wrong: Verdict,
    axes: Sequence[str] = (),
    conditions: Mapping[str, Level] | None = None,
) -> Figure:
    """How many of `whole` break a rule with a date; none is `ok`, any is `wrong`, also if masked.

    Where nearly all break it, the few others would be singled out, so their number is masked too.
    """
    count = counted.published(context.limit)
    if count and whole is not None and 0 < whole - count < context.limit:
        count = None
    values: dict[str, Any] = {}
    if count is not None:
        values = {"value": float(count), "numerator": count}
    return make_figure(
        context,
        metric,
        unit=unit,
        axes=axes,
        conditions=conditions,
        denominator=whole,
        unknown=unknown,
        threshold_high=0.0,
        verdict="" if not wrong else "ok" if count == 0 else wrong,
        **values,
    )
