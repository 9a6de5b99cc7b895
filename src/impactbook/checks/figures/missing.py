"""Who is missing more often, and which values look like missing ones in disguise.

How much of each column is missing stands in `quality.missing_figures`. Values are only ever named
from our own list of tokens or from the declaration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    encode_name,
    group_name,
    interval_values,
    make_figure,
    not_measured,
)
from impactbook.checks.knownaxes import known_axis
from impactbook.checks.published import PublishedTables
from impactbook.checks.statistics import (
    holm,
    katz,
    newcombe,
    two_proportion_z,
    wilson,
)
from impactbook.checks.tables import CONFLICTING, MISSING, TableUnit
from impactbook.model.evidence import Figure, Verdict

MIN_GROUP = 30
"""Smaller groups are shown and not compared."""

SUSPICIOUS: tuple[str, ...] = (
    "unknown", "unknwon", "unbekannt", "na", "n/a", "n.a.", "nan", "null", "none", "nil", "missing",
    "fehlt", "keine angabe", "k.a.", "k. a.", "no answer", "not stated", "not specified",
    "unspecified", "undefined", "tbd", "-", "--", "---", "?", "??", "???", ".", "..", "#n/a",
    "#na", "(null)", "-1", "-9", "-99", "-999", "-9999", "99", "999", "9999", "99999",
    "1900-01-01", "1970-01-01", "0000-00-00", "1899-12-30", "01.01.1900", "01.01.1970",
    "9999-12-31", "31.12.9999",
)  # fmt: skip
"""Tokens that often stand for "not known", in lower case; a declaration may add others."""


@dataclass(frozen=True)
class _Group:
    name: str
    missing: int
    rows: int

    @property
    def share(self) -> float:
        return self.missing / self.rows


def missing_by_group_figures(
    context: FigureContext,
    tables: PublishedTables,
    column: str,
    attribute: str,
    *,
    unit: TableUnit = "row",
) -> CheckFigures:
    """`missing_share` of `column` per group of `attribute`, and the extremes compared.

    Each share has Wilson's 95 % interval and, against all other groups together, a two-sided p of
    the pooled z test adjusted by Holm over the groups. `missing_share_difference` (Newcombe) and
    `missing_share_ratio` (Katz; absent if the smallest share is 0) compare the groups of at least
    30 with the largest and the smallest share. Nothing is judged: how much is tolerable
    depends on why values are missing. While one group is masked, only the told ones are given.
    """
    axis = known_axis(column)
    margin = tables.get(unit, (attribute,))
    if margin is None or tables.get(unit, (attribute, axis)) is None:
        return not_measured("no_such_column")
    common: dict[str, Any] = {
        "unit": unit,
        "axes": (attribute,),
        "conditions": {"column": column},
    }
    told: list[_Group] = []
    figures: list[Figure] = []
    for level in margin.levels(attribute):
        part = tables.slice(unit, (axis,), {attribute: level})
        if part is None or not part.cells() or level == CONFLICTING:
            continue
        k, n = part.range([(MISSING,)]).exact, part.range(part.cells()).exact
        if k is None or not n:
            figures.append(
                make_figure(
                    context,
                    "missing_share",
                    **common,
                    group=group_name(level),
                    denominator=n,
                    verdict="suppressed",
                )
            )
        else:
            told.append(_Group(group_name(level), k, n))
    for group, adjusted in zip(told, _adjusted(told), strict=True):
        figures.append(
            make_figure(
                context,
                "missing_share",
                **common,
                group=group.name,
                value=group.share,
                numerator=group.missing,
                denominator=group.rows,
                method="wilson",
                p_adjusted=adjusted,
                **interval_values(wilson(group.missing, group.rows)),
            )
        )
    return CheckFigures((*figures, *_compared(context, common, told)), "")


def _adjusted(groups: Sequence[_Group]) -> list[float | None]:
    """Holm-adjusted p of each group against all others; None where there is nobody to compare."""
    missing, rows = sum(g.missing for g in groups), sum(g.rows for g in groups)
    if len(groups) < 2 or missing in (0, rows):
        return [None] * len(groups)
    tested = [
        two_proportion_z(g.missing, g.rows, missing - g.missing, rows - g.rows).p for g in groups
    ]
    return list(holm(tested))


def _compared(
    context: FigureContext, common: Mapping[str, Any], told: Sequence[_Group]
) -> list[Figure]:
    """The largest and the smallest share compared; nothing when all are alike."""
    large = [group for group in told if group.rows >= MIN_GROUP]
    high = max(large, key=lambda group: (group.share, group.name), default=None)
    low = min(large, key=lambda group: (group.share, group.name), default=None)
    if high is None or low is None or high.share == low.share:
        return []
    named: dict[str, Any] = {
        **common,
        "group": f"{high.name} / {low.name}",
        "denominator": high.rows + low.rows,
    }
    figures = [
        make_figure(
            context,
            "missing_share_difference",
            **named,
            value=high.share - low.share,
            method="newcombe",
            **interval_values(newcombe(high.missing, high.rows, low.missing, low.rows)),
        )
    ]
    if low.missing:
        figures.append(
            make_figure(
                context,
                "missing_share_ratio",
                **named,
                value=high.share / low.share,
                method="katz",
                **interval_values(katz(high.missing, high.rows, low.missing, low.rows)),
            )
        )
    return figures


@dataclass(frozen=True)
class Suspicion:
    """A value of one column that may stand for "not known": how many rows and persons have it."""

    column: str
    token: str
    rows: int
    people: int | None = None


def suspected_figures(
    context: FigureContext,
    suspicions: Sequence[tuple[str, str, int | None]],
    *,
    rows: int | None,
) -> CheckFigures:
    """`suspected_missing_share` of each suspicious value: rows that hold it / all rows.

    `suspicions` are (column, value, published count or None where it is masked).

    Each is `attention` until somebody declares the value as missing, or as a value that is allowed:
    representation, labels and associations are wrong as long as it counts as a group.
    """
    figures = []
    for column, token, count in suspicions:
        verdict: Verdict = "attention"
        told: dict[str, Any] = {}
        if count is not None and rows:
            told = {
                "value": count / rows,
                "numerator": count,
                "method": "wilson",
                **interval_values(wilson(count, rows)),
            }
        figures.append(
            make_figure(
                context,
                "suspected_missing_share",
                unit="row",
                axes=(column,),
                group=encode_name(token),
                denominator=rows,
                threshold_high=0.0,
                verdict=verdict,
                **told,
            )
        )
    return CheckFigures(tuple(figures), "attention" if figures else "ok")
