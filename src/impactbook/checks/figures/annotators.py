"""Do the people who labelled agree, for every group alike, and did many of them label?

Items are counted in published tables by how they were labelled. Annotators are people too: how
much a single one of them labelled is told only as the rounded largest share, and nothing when they
are few.
"""

from __future__ import annotations

import math
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
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.statistics import (
    Interval,
    Scale,
    entropy_interval,
    hill,
    krippendorff_alpha,
    wilson,
)
from impactbook.checks.tables import CONFLICTING, KNOWN, MISSING, OTHER_VALUES, Key
from impactbook.model.evidence import Figure, Verdict, worst

LABELLED = "labelled"
"""The axis of items by how they were labelled: `ONCE`, `ALIKE` or `TORN`."""

ONCE, ALIKE, TORN = "once", "alike", "torn"
"""One label only; two or more that are all the same; two or more that differ."""

SPREAD_FROM = 20
"""Over fewer annotators the effective number would tell how much single ones of them labelled."""

_SPREAD = "effective_number_of_annotators"


@dataclass(frozen=True)
class PublishedAnnotations:
    """What may be told of annotations.

    `items` holds tables of items over `LABELLED`, alone and crossed with attributes. `patterns`
    maps how often an item was given each label (in the order of `labels`) to the number of such
    items; None where few items agree, or disagree, or have some label, or where there are
    `too_many_labels`. `annotators` is their number and `loads` how many labels each gave, without
    saying who; None where they are few. `alone` says that one annotator gave all labels. `left_out`
    are rows without item, label or annotator.
    """

    items: PublishedTables
    labels: tuple[str, ...]
    patterns: Mapping[tuple[int, ...], int] | None
    annotators: int | None
    loads: tuple[int, ...] | None
    left_out: int | None
    too_many_labels: bool = False
    alone: bool = False


def annotator_figures(
    context: FigureContext,
    found: PublishedAnnotations,
    label: str,
    by: Sequence[str],
    *,
    scale: Scale,
    alpha_low: float,
    share_high: float,
    order: Sequence[str] = (),
    classes: PublishedTable | None = None,
) -> CheckFigures:
    """All figures about who labelled `label` and how far they agree.

    `order` names the labels from low to high, for the scale `ordinal`. `krippendorff_alpha` and the
    largest share of one annotator are judged, the rest informs. `classes` is the published table of
    the label, where there is one. Nobody can agree with a single annotator: then nothing is
    measured.
    """
    items = found.items.get("row", (LABELLED,))
    if items is None or not items.cells():
        return not_measured("no_values")
    if found.alone:
        return not_measured("one_annotator")
    concentration = _concentration(context, found, label, share_high)
    placed, problem = label_values(found.labels, scale, order)
    if found.too_many_labels:
        problem = "too_many_values"
    if hides_classes(classes):
        found = replace(found, patterns=None)
    alpha = alpha_figure(
        context, found, items, label, scale=scale, placed=placed, alpha_low=alpha_low
    )
    figures = [
        alpha,
        *concentration,
        *_by_group(context, items, label, None, found.left_out),
    ]
    for attribute in by:
        crossed = found.items.get("row", (attribute, LABELLED))
        if crossed is None:
            continue
        for level in crossed.levels(attribute):
            part = found.items.slice("row", (LABELLED,), {attribute: level})
            if part is not None and level not in (MISSING, CONFLICTING):
                figures += _by_group(context, part, label, (attribute, (level,)), None)
    # How evenly the work is spread informs and is never judged, told or not.
    verdicts: list[Verdict] = [
        figure.verdict
        for figure in (alpha, *concentration)
        if figure.verdict and figure.metric != _SPREAD
    ]
    return CheckFigures(tuple(figures), worst(verdicts), problem)


def hides_classes(classes: PublishedTable | None) -> bool:
    """Whether a label's published table holds back how often some class was given.

    Agreement depends on the frequency of every class: together with the told ones and with the
    share of items that differ it would give small ones back. A table that only tells known from
    missing labels has no classes.
    """
    if classes is None:
        return False
    masked = {level for (level,) in classes.masked} - {MISSING, KNOWN}
    return bool(masked) or OTHER_VALUES in classes.levels(*classes.axes)


def label_values(
    labels: Sequence[str], scale: Scale, order: Sequence[str] = ()
) -> tuple[tuple[float, ...] | None, str]:
    """What each label is on a scale of measurement, or None and a short code of the problem.

    Names need no value and stand for their place. On an ordinal scale it is the place in `order`,
    else among the labels as numbers; on the others the number itself.

    >>> label_values(("10", "9"), "ordinal"), label_values(("low", "high"), "ordinal")
    (((1.0, 0.0), ''), (None, 'labels_without_order'))
    """
    if scale == "nominal":
        return tuple(float(place) for place in range(len(labels))), ""
    numbers = [_number(label) for label in labels]
    if scale == "ordinal":
        if set(labels) <= set(order):
            return tuple(float(list(order).index(label)) for label in labels), ""
        if None in numbers:
            return None, "labels_without_order"
        ranks = sorted(number for number in numbers if number is not None)
        return tuple(float(ranks.index(n)) for n in numbers if n is not None), ""
    told = tuple(number for number in numbers if number is not None)
    if len(told) < len(labels) or (scale == "ratio" and min(told, default=0) < 0):
        return None, "labels_are_no_numbers"
    return told, ""


def _number(label: str) -> float | None:
    try:
        number = float(label)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def alpha_figure(
    context: FigureContext,
    found: PublishedAnnotations,
    items: PublishedTable,
    label: str,
    *,
    scale: Scale,
    placed: tuple[float, ...] | None,
    alpha_low: float,
) -> Figure:
    """`krippendorff_alpha`: agreement beyond chance, with the bootstrap interval over items.

    1 is perfect agreement, 0 chance (see `statistics.krippendorff_alpha`; Krippendorff, Content
    Analysis, 3rd ed. 2013, chapter 12). The denominator counts the items with two or more labels,
    `unknown` those with one. Judged by its interval: at or above `alpha_low` `ok`, below `fail`,
    else `attention`. Where every label given is the same, alpha is not defined. It is not told when
    few items agree, few disagree or some class is rare or masked: it would give their number away.
    Told with three decimals where anything may be masked at all. `placed` are the labels' values on
    the scale (`label_values`).
    """
    common: dict[str, Any] = {
        "unit": "rating",
        "axes": (label,),
        "conditions": {"level": scale},
        "unknown": items.range([(ONCE,)]).exact,
        "threshold_low": alpha_low,
    }
    if placed is None or found.too_many_labels:
        return make_figure(context, "krippendorff_alpha", **common, verdict="not_measured")
    twice = items.range([(ALIKE,), (TORN,)])
    if twice.exact == 0:
        return make_figure(context, "krippendorff_alpha", **common, verdict="not_enough_data")
    common["denominator"] = twice.exact
    if found.patterns is None or twice.exact is None:
        return make_figure(context, "krippendorff_alpha", **common, verdict="suppressed")
    agreement = krippendorff_alpha(
        _in_order(found.patterns, placed), scale=scale, values=sorted(set(placed))
    )
    if agreement.alpha is None or agreement.units < context.limit:
        return make_figure(context, "krippendorff_alpha", **common, verdict="not_enough_data")
    return make_figure(
        context,
        "krippendorff_alpha",
        **common,
        **_rounded(agreement.alpha, agreement.interval, 3 if context.limit > 1 else None),
        method="bootstrap",
        verdict=_at_least(agreement.interval, alpha_low),
    )


def _rounded(value: float, around: Interval | None, decimals: int | None) -> dict[str, Any]:
    """A value and its interval with so many decimals; with all of them for None."""
    told = {"value": value, **interval_values(around)}
    if decimals is None:
        return told
    return {name: one if name == "ci_level" else round(one, decimals) for name, one in told.items()}


def _in_order(
    patterns: Mapping[tuple[int, ...], int], placed: Sequence[float]
) -> dict[tuple[int, ...], int]:
    """The patterns by value, lowest first; labels of one value (`1` and `1.0`) are one."""
    places = {value: place for place, value in enumerate(sorted(set(placed)))}
    found: dict[tuple[int, ...], int] = {}
    for pattern, items in patterns.items():
        counts = [0] * len(places)
        for value, count in zip(placed, pattern, strict=True):
            counts[places[value]] += count
        found[tuple(counts)] = found.get(tuple(counts), 0) + items
    # The bootstrap draws by place: in whatever order an engine counted, the interval is the same.
    return {pattern: found[pattern] for pattern in sorted(found)}


def _at_least(interval: Interval | None, low: float) -> Verdict:
    if interval is None:
        return "not_enough_data"
    if interval.low >= low:
        return "ok"
    return "fail" if interval.high < low else "attention"


def _concentration(
    context: FigureContext, found: PublishedAnnotations, label: str, share_high: float
) -> list[Figure]:
    """`annotators`, `largest_annotator_share` and `effective_number_of_annotators`.

    The largest share is rounded to whole per cent and has no numerator, because it is one person's
    work; it has no interval, for it is a fact about these labels. The effective number is Hill's
    number of order 1, exp(entropy) (Hill, Ecology 54 (1973) 427-432), with the delta method's
    interval, all with one decimal; it is not told of fewer than `SPREAD_FROM` annotators, for few
    loads follow from it. When fewer annotators than the suppression limit labelled everything, that alone is
    `attention`.
    """
    common: dict[str, Any] = {"unit": "person", "axes": (label,)}
    if found.annotators is None or found.loads is None:
        return [
            make_figure(context, "annotators", **common, verdict="attention"),
            make_figure(
                context,
                "largest_annotator_share",
                **common,
                threshold_high=share_high,
                verdict="suppressed",
            ),
            make_figure(context, _SPREAD, **common, verdict="suppressed"),
        ]
    labels = sum(found.loads)
    share = round(max(found.loads) / labels, 2)
    return [
        make_figure(
            context,
            "annotators",
            **common,
            value=float(found.annotators),
            numerator=found.annotators,
        ),
        make_figure(
            context,
            "largest_annotator_share",
            **common,
            value=share,
            threshold_high=share_high,
            method="rounded_share",
            verdict="ok" if share <= share_high else "attention",
        ),
        _spread(context, found.loads, common),
    ]


def _spread(context: FigureContext, loads: Sequence[int], common: dict[str, Any]) -> Figure:
    """`effective_number_of_annotators`; see `_concentration`."""
    if len(loads) < SPREAD_FROM:
        return make_figure(context, _SPREAD, **common, verdict="suppressed")
    entropy = entropy_interval(loads)
    around = Interval(math.exp(entropy.low), math.exp(entropy.high), entropy.level)
    return make_figure(
        context, _SPREAD, **common, **_rounded(hill(loads, 1), around, 1), method="hill"
    )


def _by_group(
    context: FigureContext,
    items: PublishedTable,
    label: str,
    group: tuple[str, Key] | None,
    left_out: int | None,
) -> list[Figure]:
    """`disagreement_share` and `labelled_once_share` of one group of items, or of all.

    disagreement_share = items whose labels differ / items with two or more labels;
    labelled_once_share = items with one label / all items, `unknown` being rows left out. Both with
    Wilson's 95 % interval.
    """
    named: dict[str, Any] = {"unit": "rating", "axes": (label,)}
    if group is not None:
        attribute, level = group
        named |= {
            "axes": (attribute,),
            "group": group_of(level),
            "conditions": {"label": label},
        }
    once, alike, torn = (ONCE,), (ALIKE,), (TORN,)
    asked: tuple[tuple[str, Key, list[Key], int | None], ...] = (
        ("disagreement_share", torn, [alike, torn], items.range([once]).exact),
        ("labelled_once_share", once, [once, alike, torn], left_out),
    )
    figures = []
    for metric, counted, among, unknown in asked:
        k, n = items.range([counted]).exact, items.range(among).exact
        if n == 0:
            continue
        common = {**named, "denominator": n, "unknown": unknown}
        if k is None or n is None:
            figures.append(make_figure(context, metric, **common, verdict="suppressed"))
        else:
            figures.append(
                make_figure(
                    context,
                    metric,
                    **common,
                    value=k / n,
                    numerator=k,
                    method="wilson",
                    **interval_values(wilson(k, n)),
                )
            )
    return figures
