"""Labels before training: how far the labels of each group are from those of all others.

The measures are those of Amazon SageMaker Clarify's pre-training bias report: d is the group, a all
others with a known group. They describe labels in the data, whoever gave them; no number says
whether a difference is justified. Nothing is judged here: `labels` judges.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    group_name,
    interval_values,
    make_figure,
    not_measured,
    people_per_row,
)
from impactbook.checks.figures.two_groups import (
    MIN_EXPECTED,
    NO_VALUE,
    TwoGroups,
    told_table,
    two_groups,
)
from impactbook.checks.published import PublishedTables
from impactbook.checks.statistics import (
    LABEL_DISTANCES,
    Interval,
    Stratum,
    class_imbalance,
    conditional_demographic_disparity,
    conditional_disparity_interval,
    demographic_disparity,
    difference_in_proportions,
    holm,
    label_distance_intervals,
    newcombe,
    two_proportion_z,
    wilson,
)
from impactbook.checks.tables import CONFLICTING, OTHER_VALUES, Level, TableUnit
from impactbook.model.evidence import Figure

METRICS: Mapping[str, str] = {
    "kullback_leibler": "label_kl_divergence",
    "jensen_shannon_divergence": "label_js_divergence",
    "lp_norm": "label_lp_distance",
    "total_variation": "label_total_variation",
    "kolmogorov_smirnov": "label_ks_distance",
}
"""What each distance of `statistics.LABEL_DISTANCES` is called as a metric."""


def label_distance_figures(
    context: FigureContext,
    tables: PublishedTables,
    attribute: str,
    label: str,
    *,
    unit: TableUnit,
    positive: str | None = None,
    given: str | None = None,
) -> CheckFigures:
    """How each group's labels differ from those of all others with a known group.

    For each group, of n people or rows with a known group and label:

    - `class_imbalance` = (n_a - n_d)/n, with Wilson's interval of n_d/n turned round;
    - `label_total_variation`, `label_js_divergence` (nats, no root), `label_kl_divergence`
      (KL(a||d), nats), `label_lp_distance` (order 2), `label_ks_distance` (largest difference of
      one class) over all classes, with bootstrap intervals (`statistics.label_distance_intervals`);
      a divergence that is infinite, because the group lacks a class, has no value and the method
      `infinite`;
    - with `positive`: `difference_in_proportions_of_labels` = q_a - q_d with Newcombe's interval,
      `demographic_disparity` (share of d among other labels minus share among positive ones) with
      Newcombe's interval, and, with `given`, `conditional_demographic_disparity` within the levels
      of that column with a bootstrap interval.

    `p_adjusted` is Holm's over the groups: of the pooled z test at the difference in proportions,
    of Pearson's test at the total variation. Small or masked classes stand together where the table
    is published so (method `classes_together`); a distance can only be larger than that shown.
    Where rows belong to fewer persons, intervals and tests are those of so many people
    (`common.people_per_row`; method `effective_n`).
    """
    axes = (attribute, label)
    levels = _levels_of(tables, unit, attribute)
    if levels is None or tables.get(unit, (label,)) is None:
        return not_measured("no_such_column")
    if len(levels) < 2:
        return not_measured("one_group_only")
    question = _Question(context, tables, axes, unit, positive, given)
    table = told_table(tables, unit, axes)
    weight = people_per_row(tables, unit)
    groups = [] if table is None else two_groups(table, levels, weight)
    compared = [one for one in groups if len(one.classes) > 1]
    figures: list[Figure] = []
    for one, adjusted in zip(compared, holm([one.p for one in compared]), strict=True):
        figures += _distances(question, one, adjusted)
    if positive is not None:
        figures += _disparities(question, [one for one in compared if positive in one.classes])
    shown = {one.level for one in compared}
    figures += [
        question.figure("label_total_variation", level, verdict="suppressed")
        for level in levels
        if level not in shown
    ]
    return CheckFigures(tuple(figures), "")


def _levels_of(tables: PublishedTables, unit: TableUnit, attribute: str) -> list[str] | None:
    """The named groups of an attribute that anybody belongs to; other values are no group."""
    margin = tables.get(unit, (attribute,))
    if margin is None:
        return None
    return [
        level
        for level in margin.levels(attribute)
        if level is not None and level not in (CONFLICTING, OTHER_VALUES)
    ]


@dataclass(frozen=True)
class _Question:
    """What stays the same for all groups of one attribute."""

    context: FigureContext
    tables: PublishedTables
    axes: tuple[str, str]
    unit: TableUnit
    positive: str | None
    given: str | None

    def figure(self, metric: str, level: str, **values: Any) -> Figure:
        attribute, label = self.axes
        conditions: dict[str, Level] = {"label": label, **values.pop("conditions", {})}
        return make_figure(
            self.context,
            metric,
            unit=self.unit,
            axes=(attribute,),
            group=group_name(level),
            conditions=conditions,
            **values,
        )


def _distances(question: _Question, one: TwoGroups, adjusted: float) -> list[Figure]:
    """Class imbalance and all distances of one group from the others."""
    group, others = one.sizes
    n = group + others
    share = wilson(*one.weighted(group, n))
    figures = [
        question.figure(
            "class_imbalance",
            one.level,
            value=class_imbalance(others, group),
            denominator=n,
            method=f"wilson{one.of_people}",
            **interval_values(Interval(1 - 2 * share.high, 1 - 2 * share.low, share.level)),
        )
    ]
    intervals = label_distance_intervals(one.others, one.group, weight=one.weight)
    together = ";classes_together" if OTHER_VALUES in one.classes else ""
    shares = [k / others for k in one.others], [k / group for k in one.group]
    for name, distance in LABEL_DISTANCES.items():
        value = distance(*shares)
        tested = name == "total_variation"
        doubt = ";expected_below_5" if tested and one.thin else ""
        finite = math.isfinite(value)
        figures.append(
            question.figure(
                METRICS[name],
                one.level,
                value=value if finite else None,
                denominator=n,
                method=("bootstrap" if finite else "infinite") + one.of_people + together + doubt,
                p_adjusted=adjusted if tested else None,
                **interval_values(intervals.get(name) if finite else None),
            )
        )
    return figures


def _disparities(question: _Question, compared: Sequence[TwoGroups]) -> list[Figure]:
    """What depends on which label is the positive one, for each group."""
    positive = str(question.positive)
    wholes = [one.counts(positive) for one in compared]
    tests = [
        two_proportion_z(*_proportions(one, whole)).p
        for one, whole in zip(compared, wholes, strict=True)
    ]
    figures: list[Figure] = []
    for one, whole, p in zip(compared, wholes, holm(tests), strict=True):
        figures += _disparities_of(question, one, whole, p)
    return figures


def _proportions(one: TwoGroups, whole: Stratum) -> tuple[float, float, float, float]:
    """Positive labels and people among the others, and in the group, as of independent people."""
    group, others = one.sizes
    positive_others = whole.positive - whole.positive_group
    k1, n1, k2, n2 = one.weighted(positive_others, others, whole.positive_group, group)
    return k1, n1, k2, n2


def _disparities_of(
    question: _Question, one: TwoGroups, whole: Stratum, adjusted: float
) -> list[Figure]:
    group, others = one.sizes
    conditions: dict[str, Level] = {"positive": str(question.positive)}
    common: dict[str, Any] = {"conditions": conditions, "denominator": group + others}
    doubt = ";expected_below_5" if _thin(one, whole) else ""
    sides = bool(whole.negative and whole.positive)
    figures = [
        question.figure(
            "difference_in_proportions_of_labels",
            one.level,
            **common,
            value=difference_in_proportions(
                whole.positive - whole.positive_group, others, whole.positive_group, group
            ),
            method=f"newcombe;two_proportion_z;holm{one.of_people}{doubt}",
            p_adjusted=adjusted,
            **interval_values(newcombe(*_proportions(one, whole))),
        ),
        question.figure(
            "demographic_disparity",
            one.level,
            **common,
            value=demographic_disparity(
                whole.negative_group, whole.negative, whole.positive_group, whole.positive
            ),
            method=f"newcombe{one.of_people}" if sides else "one_side_empty",
            **interval_values(_disparity_interval(one, whole) if sides else None),
        ),
    ]
    if question.given is not None:
        figures.append(_conditional(question, one, whole, common))
    return figures


def _thin(one: TwoGroups, whole: Stratum) -> bool:
    n = whole.negative + whole.positive
    least = min(one.sizes) * min(whole.negative, whole.positive)
    return least * one.weight < MIN_EXPECTED * n


def _disparity_interval(one: TwoGroups, whole: Stratum) -> Interval:
    k1, n1, k2, n2 = one.weighted(
        whole.negative_group, whole.negative, whole.positive_group, whole.positive
    )
    return newcombe(k1, n1, k2, n2)


def _conditional(
    question: _Question, one: TwoGroups, whole: Stratum, common: Mapping[str, Any]
) -> Figure:
    """The disparity within the levels of the declared column."""
    told = {**common, "conditions": {**common["conditions"], "given": question.given}}
    strata = strata_of(question.tables, question, one.level, whole)
    if strata is None:
        return question.figure(
            "conditional_demographic_disparity", one.level, **told, verdict="suppressed"
        )
    listed, together = strata
    return question.figure(
        "conditional_demographic_disparity",
        one.level,
        **told,
        value=conditional_demographic_disparity(listed),
        method="bootstrap" + one.of_people + (";strata_together" if together else ""),
        **interval_values(conditional_disparity_interval(listed, weight=one.weight)),
    )


def strata_of(
    tables: PublishedTables, question: _Question, level: str, whole: Stratum
) -> tuple[list[Stratum], bool] | None:
    """The label counts within each level of the conditioning column, people without it as one level.

    Levels with a masked cell are put together: what is left of the `whole`, which is told, after
    all told levels. True says so. None when the three columns were not counted together.
    """
    attribute, label = question.axes
    given, positive = str(question.given), question.positive
    table = tables.get(question.unit, (given, attribute, label))
    if table is None:
        return None
    hidden = {key[0] for key in table.masked if key[1] not in NO_VALUE and key[2] not in NO_VALUE}
    found = []
    for stratum in table.levels(given):
        if stratum in hidden:
            continue
        cells = {
            (asked, hit): sum(
                count or 0
                for key, count in table.counts.items()
                if key[0] == stratum
                and key[1] not in NO_VALUE
                and key[2] not in NO_VALUE
                and (key[1] == level) == asked
                and (key[2] == positive) == hit
            )
            for asked in (True, False)
            for hit in (True, False)
        }
        found.append(
            Stratum(
                negative_group=cells[True, False],
                negative=cells[True, False] + cells[False, False],
                positive_group=cells[True, True],
                positive=cells[True, True] + cells[False, True],
            )
        )
    if hidden:
        found.append(
            Stratum(
                whole.negative_group - sum(one.negative_group for one in found),
                whole.negative - sum(one.negative for one in found),
                whole.positive_group - sum(one.positive_group for one in found),
                whole.positive - sum(one.positive for one in found),
            )
        )
    return found, bool(hidden)
