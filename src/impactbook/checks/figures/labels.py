"""Labels before training: how often each group has the positive label, and how far groups differ.

These are shares of labels in the data, not decisions of a system. Rows without a label, or persons
whose labels disagree, are not counted. How even many classes are stands in `classes`, how each
group differs from all others in `label_distances`.
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
    people_per_row,
)
from impactbook.checks.figures.weighted import as_unweighted, effective_said
from impactbook.checks.published import PublishedTables
from impactbook.checks.ranges import Range
from impactbook.checks.statistics import (
    LEVEL,
    Interval,
    bonferroni_level,
    katz,
    miettinen_nurminen,
    newcombe,
    wilson,
)
from impactbook.checks.tables import CONFLICTING, MISSING, Key, Level, TableUnit, key_order
from impactbook.model.evidence import Figure, Verdict

FOUR_FIFTHS = 0.8
"""29 CFR 1607.4(D), the United States' rule of thumb: a screening threshold, no legal finding."""

MIN_GROUP = 30
"""Smaller groups are shown and not judged."""

_NO_LABEL: tuple[Level, ...] = (MISSING, CONFLICTING)


@dataclass(frozen=True)
class _Group:
    """Positive labels and all known labels of one group, as far as they are published.

    `per_row` is how many independent people one row stands for. `weights` says that shares are
    weighted: `weighted_share` and Kish's `effective` number then follow from published sums, or are
    None where one of these is masked.
    """

    key: Key
    positive: Range
    known: Range
    unknown: Range
    per_row: float = 1.0
    weights: bool = False
    weighted_share: float | None = None
    effective: float | None = None

    @property
    def counts(self) -> tuple[int, int] | None:
        """(positive, known) when both are told, weights included, and somebody has a label."""
        k, n = self.positive.exact, self.known.exact
        hidden = self.weights and (self.weighted_share is None or not self.effective)
        return None if k is None or not n or hidden else (k, n)

    @property
    def share(self) -> float:
        """The share of the positive label, weighted if there are weights."""
        k, n = self.counts or (0, 1)
        return k / n if self.weighted_share is None else self.weighted_share

    @property
    def people(self) -> tuple[float, float]:
        """(positive, known) as of independent people: what intervals are computed from."""
        k, n = self.counts or (0, 1)
        if self.effective is None:
            return k * self.per_row, n * self.per_row
        people = self.effective * self.per_row
        return self.share * people, people


def label_share_figures(
    context: FigureContext,
    tables: PublishedTables,
    attributes: Sequence[str],
    label: str,
    positive: str,
    *,
    unit: TableUnit,
    threshold_low: float = FOUR_FIFTHS,
    min_group: int = MIN_GROUP,
    where: Mapping[str, Level] | None = None,
) -> CheckFigures:
    """`label_share` of the positive label per group, and the smallest and largest compared.

    label_share = positive / known labels, with Wilson's 95 % interval. For one attribute those
    without a value are a group too (`missing`); for several, only groups with all values count.
    `label_share_ratio` = smallest / largest share and `label_share_difference` = largest -
    smallest, each over `groups=all` and over `groups=n>=<min_group>`; of equals the first by name.

    The verdict stands at the ratio over `groups=n>=<min_group>`: its interval (Katz on the log
    scale, or Miettinen and Nurminen's score interval if a count is 0) at the Bonferroni level over
    all pairs of groups lies above the threshold (`ok`), below (`fail`) or on it (`attention`).
    The condition names the label and its positive value. With `attributes=()` only the overall
    `label_share` is given, and nothing is judged. Where rows belong to fewer persons, intervals are
    those of so many people (`common.people_per_row`); where the tables carry weights, shares are
    weighted and intervals use Kish's effective number (`statistics.weighted_share`), and the
    unweighted figures stand beside under `weights=none`, unjudged. The method then names the
    `effective_n`.
    """
    axes = tuple(attributes)
    margin = tables.slice(unit, axes, where)
    if margin is None or tables.slice(unit, (*axes, label), where) is None:
        return not_measured("no_such_column")
    conditions = {**context.within(where), "label": label, "positive": positive}
    asked = _Asked(context, unit, axes, conditions, threshold_low, min_group)
    weights = margin.weights is not None
    groups = _groups(tables, asked, label, positive, where=where, weights=weights)
    if not any(group.known.low for group in groups):
        return not_measured("no_rows")
    answer = _compared(asked, groups)
    if not weights:
        return answer
    plain = replace(asked, conditions={**conditions, "weights": "none"})
    counted = _groups(tables, asked, label, positive, where=where, weights=False)
    beside = [as_unweighted(figure) for figure in _compared(plain, counted).figures]
    return replace(answer, figures=(*answer.figures, *beside))


@dataclass(frozen=True)
class _Asked:
    """What stays the same for all groups."""

    context: FigureContext
    unit: TableUnit
    axes: tuple[str, ...]
    conditions: Mapping[str, Level]
    threshold_low: float
    min_group: int

    @property
    def common(self) -> dict[str, Any]:
        """What all figures are named after."""
        return {"unit": self.unit, "axes": self.axes, "conditions": self.conditions}


def _compared(asked: _Asked, groups: Sequence[_Group]) -> CheckFigures:
    """The shares of all groups, and the extreme ones compared and judged."""
    shares = [_share_figure(asked.context, group, asked.common) for group in groups]
    if not asked.axes:
        return CheckFigures(tuple(shares), "")
    if len(groups) < 2:
        return CheckFigures(tuple(shares), "not_measured", "one_group_only")
    least = asked.min_group
    large = [group for group in groups if (group.known.high or least) >= least]
    compared = _comparison(asked.context, groups, asked.common, name="all")
    verdict = _verdict(large, asked.threshold_low, least)
    compared += _comparison(
        asked.context,
        large,
        asked.common,
        name=f"n>={least}",
        judged={"threshold_low": asked.threshold_low, "verdict": verdict},
        min_group=least,
    )
    return CheckFigures((*shares, *compared), verdict)


def _groups(
    tables: PublishedTables,
    asked: _Asked,
    label: str,
    positive: str,
    *,
    where: Mapping[str, Level] | None,
    weights: bool,
) -> list[_Group]:
    """Every group with somebody in it; of intersections only those with all values."""
    margin = tables.slice(asked.unit, asked.axes, where)
    counts = {} if margin is None else margin.counts
    found, per_row = [], people_per_row(tables, asked.unit)
    for key in sorted((k for k, count in counts.items() if count != 0), key=key_order):
        if len(key) > 1 and (MISSING in key or CONFLICTING in key):
            continue
        inside = {**(where or {}), **dict(zip(asked.axes, key, strict=True))}
        labels = tables.slice(asked.unit, (label,), inside)
        if labels is None:
            continue
        known = [cell for cell in labels.cells() if cell[0] not in _NO_LABEL]
        group = _Group(
            key,
            labels.range([(positive,)]),
            labels.range(known),
            labels.range([(level,) for level in _NO_LABEL]),
            per_row,
            weights,
        )
        if weights:
            mine, total = labels.weight((positive,)), labels.weight_of(known)
            share = None if mine is None or not total else min(1.0, mine / total)
            group = replace(group, weighted_share=share, effective=labels.effective(known))
        found.append(group)
    return [group for group in found if group.known.high != 0]


def _share_figure(context: FigureContext, group: _Group, common: dict[str, Any]) -> Figure:
    named: dict[str, Any] = {"group": group_of(group.key), "unknown": group.unknown.exact}
    if group.counts is None:
        return make_figure(
            context,
            "label_share",
            **common,
            **named,
            denominator=group.known.exact,
            verdict="suppressed",
        )
    k, n = group.counts
    interval = wilson(*group.people)
    return make_figure(
        context,
        "label_share",
        **common,
        **named,
        value=group.share,
        numerator=k,
        denominator=n,
        method="wilson" + _of_people(group),
        **interval_values(interval),
    )


def _extremes(groups: Sequence[_Group]) -> tuple[_Group, _Group]:
    """The groups with the smallest and the largest share; of equals the first by name."""
    smallest = min(groups, key=lambda group: (group.share, key_order(group.key)))
    largest = min(groups, key=lambda group: (-group.share, key_order(group.key)))
    return smallest, largest


def _ratio_interval(low: _Group, high: _Group, level: float) -> tuple[Interval | None, str]:
    """Katz's interval of the ratio, or the score interval if a count is 0."""
    (k1, n1), (k2, n2) = low.people, high.people
    found = katz(k1, n1, k2, n2, level)
    if found is not None:
        return found, "katz"
    return miettinen_nurminen(k1, n1, k2, n2, level), "miettinen_nurminen"


def _comparison(
    context: FigureContext,
    groups: Sequence[_Group],
    common: Mapping[str, Any],
    *,
    name: str,
    judged: Mapping[str, Any] | None = None,
    min_group: int = 0,
) -> list[Figure]:
    """The ratio and the difference of the extreme groups; no value while one group is hidden."""
    told = {**common, "conditions": {**common["conditions"], "groups": name}}
    verdicts = dict(judged or {})
    hidden = any(group.counts is None or group.known.low < min_group for group in groups)
    if hidden or len(groups) < 2:
        empty: dict[str, Any] = {} if len(groups) < 2 else {"verdict": "suppressed"}
        return [
            make_figure(context, "label_share_ratio", **told, **{**empty, **verdicts}),
            make_figure(context, "label_share_difference", **told, **empty),
        ]
    low, high = _extremes(groups)
    n1, n2 = (low.counts or (0, 1))[1], (high.counts or (0, 1))[1]
    figures = []
    if high.share > 0:
        interval, method = _ratio_interval(low, high, LEVEL)
        figures.append(
            make_figure(
                context,
                "label_share_ratio",
                **told,
                group=f"{group_of(low.key)} / {group_of(high.key)}",
                value=low.share / high.share,
                denominator=n1 + n2,
                method=method + _of_people(low, high) + _bonferroni(groups, judged),
                **interval_values(interval),
                **verdicts,
            )
        )
    else:
        figures.append(make_figure(context, "label_share_ratio", **told, **verdicts))
    figures.append(
        make_figure(
            context,
            "label_share_difference",
            **told,
            group=f"{group_of(high.key)} / {group_of(low.key)}",
            value=high.share - low.share,
            denominator=n1 + n2,
            method="newcombe" + _of_people(low, high),
            **interval_values(newcombe(*high.people, *low.people)),
        )
    )
    return figures


def _of_people(*groups: _Group) -> str:
    """What the method says where rows stand for fewer people, or have weights."""
    if all(group.per_row == 1 and group.effective is None for group in groups):
        return ""
    people = sum(group.people[1] for group in groups)
    weighted = any(group.effective is not None for group in groups)
    return f";effective_n={effective_said(people) if weighted else f'{people:.0f}'}"


def _level(groups: Sequence[_Group]) -> float:
    return bonferroni_level(LEVEL, len(groups) * (len(groups) - 1) // 2)


def _bonferroni(groups: Sequence[_Group], judged: Mapping[str, Any] | None) -> str:
    return f";bonferroni={_level(groups):.7g}" if judged else ""


def _verdict(groups: Sequence[_Group], threshold: float, min_group: int) -> Verdict:
    """Judge the extreme groups; a `fail` among the told ones stands whatever is hidden."""
    told = [group for group in groups if group.counts and group.known.low >= min_group]
    verdict: Verdict = "not_enough_data"
    if len(told) >= 2:
        low, high = _extremes(told)
        interval, _ = _ratio_interval(low, high, _level(groups))
        if interval is not None:
            verdict = "attention"
            if interval.high < threshold:
                verdict = "fail"
            elif interval.low >= threshold:
                verdict = "ok"
    return verdict if verdict == "fail" or len(told) == len(groups) else "suppressed"
