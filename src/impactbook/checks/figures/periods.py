"""Do the shares of groups stay alike over time and over splits? Ratios to all data, first breach.

Each part (a month, the training split) is compared with the share of the same group in all data,
which is taken as given although the part belongs to it: a part that is most of the data hardly
differs from it by construction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from impactbook.checks.figures.common import CheckFigures, FigureContext, not_measured
from impactbook.checks.figures.comparison import (
    BAND,
    MIN_PEOPLE,
    Comparison,
    IntervalName,
)
from impactbook.checks.figures.shares import Portion, shares_of_cell
from impactbook.checks.figures.weighted import ratio_of
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.tables import CONFLICTING, MISSING, SENTINELS, Key, Level, TableUnit
from impactbook.model.evidence import Figure, Verdict, worst

RATIO_TO_ALL = "share_ratio_to_all"
_UNKNOWN = (MISSING, CONFLICTING)


@dataclass(frozen=True)
class Parts:
    """How the data is taken apart: the axis in the tables, and its name in `condition`."""

    axis: str
    condition: str


def period_figures(
    context: FigureContext,
    tables: PublishedTables,
    attribute: str,
    parts: Parts,
    *,
    unit: TableUnit,
    band: tuple[float, float] = BAND,
    min_people: int = MIN_PEOPLE,
) -> CheckFigures:
    """Each group's share in each part, its ratio to the share in all data, and the first breach.

    - `rows` or `persons`: how many each part holds (`period=2024-03`), the unknown groups included.
    - `share`: k/n among known values of the part, with Wilson's interval.
    - `share_ratio_to_all`: that share over the share in all data, with Wilson's 95 % interval over
      it. The verdict comes from the interval at the Bonferroni level over all groups and parts:
      inside `band` `ok`, outside `fail`, straddling `attention`; `not_enough_data` when the part
      holds fewer than `min_people` known values or fewer than 5 of the group are expected.
    - `breaches`: how many ratios lie outside for sure, with the worst verdict. No interval: it
      counts verdicts.
    - `first_breach`, only if there is one: the ratio that left the band first, in the order of the
      parts' names; the attribute names axis and attribute, the group part and group.

    The intervals say what collecting in this way again would give. Where persons are counted, a
    person stands in the part in which they first appear, or in none if they are in several splits.
    """
    whole, crossed = tables.get(unit, (attribute,)), tables.get(unit, (attribute, parts.axis))
    if whole is None or crossed is None:
        return not_measured("no_such_column")
    names = [str(name) for name in crossed.levels(parts.axis) if _named(name)]
    members = tuple(key for key in whole.cells() if key[0] not in _UNKNOWN)
    shares = _shares(whole, members)
    if not members:
        return not_measured("no_values")
    if len(members) < 2:
        return not_measured("one_group_only")
    if not names:
        return not_measured("no_periods")
    sliced = [(name, tables.slice(unit, (attribute,), {parts.axis: name})) for name in names]
    asked = Comparison(
        context,
        whole,
        shares,
        band=band,
        min_people=min_people,
        members=members,
        at_once=max(1, len(shares) * len(names)),
        worst_case=False,
        metric=RATIO_TO_ALL,
    )
    compared = [
        replace(asked, table=table, conditions={parts.condition: name})
        for name, table in sliced
        if table is not None
    ]
    ratios = [ratio_of(part, cell) for part in compared for cell in shares]
    if not ratios:
        hidden = asked.figure(RATIO_TO_ALL, verdict="suppressed")
        return CheckFigures((hidden,), "suppressed")
    told = [figure for part in compared for figure in _told(part)]
    judged: list[Verdict] = [f.verdict for f in ratios if f.verdict in ("ok", "attention", "fail")]
    verdict = worst(judged) if judged else worst([figure.verdict for figure in ratios])
    return CheckFigures((*told, *ratios, *_breaches(asked, parts, ratios)), verdict)


def over_time_figures(
    context: FigureContext,
    tables: PublishedTables,
    attribute: str,
    axis: str,
    *,
    unit: TableUnit,
    reference: Mapping[str, float],
    band: tuple[float, float] = BAND,
    min_people: int = MIN_PEOPLE,
    interval: IntervalName = "wilson",
) -> CheckFigures:
    """`representation_ratio` of each group in each period (`period=2024-03`), and the first breach.

    As `representation_figures`, with the Bonferroni level over all groups and periods and with the
    worst cases of those whose group is unknown in that period. A period too thin to be judged is
    named as such and does not stand for the whole: the verdict returned is `fail` or `attention`
    where some period is, else `ok`, and `not_enough_data` if none could be judged.
    """
    crossed = tables.get(unit, (attribute, axis))
    whole = tables.get(unit, (attribute,))
    if crossed is None or whole is None:
        return not_measured("no_such_column")
    names = [str(name) for name in crossed.levels(axis) if _named(name)]
    total = sum(reference.values())
    shares: dict[Key, float] = {
        (group,): share / total for group, share in reference.items() if share > 0
    }
    if not names or len(shares) < 2:
        return not_measured("no_periods" if not names else "one_group_only")
    asked = Comparison(
        context, whole, shares, band, min_people, interval, at_once=len(shares) * len(names)
    )
    ratios = []
    for name in names:
        table = tables.slice(unit, (attribute,), {axis: name})
        if table is not None:
            part = replace(asked, table=table, conditions={"period": name})
            ratios += [ratio_of(part, cell) for cell in shares]
    judged: list[Verdict] = [f.verdict for f in ratios if f.verdict in ("ok", "attention", "fail")]
    verdict = worst(judged) if judged else worst([figure.verdict for figure in ratios])
    breaches = _breaches(asked, Parts(axis, "period"), ratios)
    return CheckFigures((*ratios, *breaches), verdict)


def _named(level: Level) -> bool:
    return level is not None and level not in SENTINELS


def _shares(whole: PublishedTable, members: Sequence[Key]) -> dict[Key, float]:
    """The share of each group in all data, weighted if it is; a masked one cannot be compared."""
    named = [key for key in members if _named(key[0])]
    if whole.weights is not None:
        weight = whole.weight_of(members)
        heavy = {key: whole.weight(key) for key in named}
        return {key: mine / weight for key, mine in heavy.items() if mine and weight}
    total = whole.range(members).exact
    told = {key: whole.range([key]).exact for key in named}
    return {key: count / total for key, count in told.items() if count and total}


def _told(part: Comparison) -> Iterable[Figure]:
    """How many a part holds, and each group's share in it."""
    n = part.table.total
    counted = {} if n is None else {"value": float(n), "numerator": n}
    yield part.figure(
        "persons" if part.table.unit == "person" else "rows",
        axes=(),
        verdict="suppressed" if n is None else "",
        **counted,
    )
    for cell in part.shares:
        portion = Portion(
            part.table, cell, part.members, part.conditions, unknown=part.unknown.exact
        )
        yield from shares_of_cell(part.context, portion, "share")


def _breaches(asked: Comparison, parts: Parts, ratios: Sequence[Figure]) -> Iterable[Figure]:
    """The number of ratios surely outside the band, and the first of them."""
    outside = [figure for figure in ratios if figure.verdict == "fail"]
    judged = [figure for figure in ratios if figure.verdict in ("ok", "attention", "fail")]
    by = {"by": parts.axis, "of": asked.metric}
    if not judged:
        return
    yield asked.figure(
        "breaches",
        value=float(len(outside)),
        numerator=len(outside),
        denominator=len(judged),
        threshold_high=0.0,
        conditions=by,
        method=f"{asked.metric};outside_the_band",
        verdict="fail" if outside else worst([figure.verdict for figure in judged]),
    )
    if outside:
        first = outside[0]
        part = first.condition.split(";")[0].partition("=")[2]
        yield asked.figure(
            "first_breach",
            axes=(parts.axis, *asked.table.axes),
            group=f"{part} / {first.group}",
            conditions=by,
            **{
                name: getattr(first, name)
                for name in (
                    "value", "numerator", "denominator", "unknown", "reference", "ci_low",
                    "ci_high", "ci_level", "method", "threshold_low", "threshold_high",
                )
            },
        )  # fmt: skip
