"""Is each group there as often as in the population? Representation ratios and tests of fit.

Ratio = share among people with a known group that the reference knows / share in the reference.
The reference is taken as given, without error. Groups without a reference figure are left out of
the ratios' denominator; `shares` shows them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    group_name,
    make_figure,
    not_measured,
)
from impactbook.checks.statistics import (
    LEVEL,
    Interval,
    bonferroni_level,
    chi_square,
    cohens_w,
    jensen_shannon,
    total_variation,
    wilson,
)
from impactbook.checks.tables import (
    CONFLICTING,
    MISSING,
    OTHER_VALUES,
    Key,
    Level,
    PublishedTable,
    PublishedTables,
    Range,
    TableUnit,
)
from impactbook.model.evidence import Figure, Verdict, worst

BAND = (0.8, 1.25)
"""Default tolerance of a ratio: four fifths and its inverse, a screening habit, no legal limit."""

MIN_PEOPLE = 30
"""Below so many people with a known group nothing is judged."""

MIN_EXPECTED = 5
"""Below so many expected in a group it is not judged (Cochran, Biometrics 10 (1954) 417-451)."""

_ANY = 10**9
_FIT_METRICS = (
    "total_variation_distance",
    "jensen_shannon_distance",
    "goodness_of_fit_p",
    "cohens_w",
)


@dataclass(frozen=True)
class _Question:
    """What stays the same for all groups of one attribute."""

    context: FigureContext
    table: PublishedTable
    shares: Mapping[str, float]
    band: tuple[float, float]
    min_people: int
    conditions: Mapping[str, Level]

    @property
    def keys(self) -> list[Key]:
        return [(group,) for group in self.shares]

    @property
    def known(self) -> Range:
        return self.table.range(self.keys)

    @property
    def unknown(self) -> Range:
        """People whose group is not known: no value, or values that disagree."""
        return self.table.range([(MISSING,), (CONFLICTING,)])

    def figure(self, metric: str, **values: Any) -> Figure:
        conditions = {**self.conditions, **values.pop("conditions", {})}
        return make_figure(
            self.context,
            metric,
            unit=self.table.unit,
            axes=self.table.axes,
            conditions=conditions,
            **values,
        )


def representation_figures(
    context: FigureContext,
    tables: PublishedTables,
    attribute: str,
    *,
    unit: TableUnit,
    reference: Mapping[str, float],
    no_reference: Collection[str] = (),
    band: tuple[float, float] = BAND,
    min_people: int = MIN_PEOPLE,
    where: Mapping[str, Level] | None = None,
) -> CheckFigures:
    """`representation_ratio` per group, its worst-case bounds, distances and a test of fit.

    `reference` gives each of our groups its share (or count) of the population; shares are taken
    over the groups given, and a group of share 0 has no ratio. A group of the data that is neither
    there nor in `no_reference` raises ValueError. For each group, with k of n people whose group the reference knows:

    - `representation_ratio` = (k/n) / reference, with Wilson's 95 % interval / reference, and again
      under `interval=bonferroni` with the interval at the Bonferroni level over the groups.
    - The verdict comes from the Bonferroni interval: inside the band `ok`, outside `fail`,
      straddling `attention`; `not_enough_data` when n < `min_people` or n * reference < 5.
    - Under `bound=all_unknown_out` and `bound=all_unknown_in`: k/(n+u) and (k+u)/(n+u), u being the
      people whose group is unknown. An `ok` whose bounds leave the band becomes `attention`.

    Every group of the reference must be among the `listed` values of `suppression.merge_rare`, or
    people of a rare group would stand under other values. Masked counts give no value, yet a verdict where every possible count would give the same.
    """
    table = tables.slice(unit, (attribute,), where)
    if table is None:
        return not_measured("no_such_column")
    _refuse_unknown_groups(table, reference, no_reference)
    total = sum(reference.values())
    shares = {group: share / total for group, share in reference.items() if share > 0}
    question = _Question(context, table, shares, band, min_people, dict(where or {}))
    if question.known.high == 0:
        return not_measured("no_rows")
    if len(shares) < 2:
        return not_measured("one_group_only")
    figures: list[Figure] = []
    verdicts: list[Verdict] = []
    for group in shares:
        found = _figures_of_group(question, group)
        verdicts.append(found[0].verdict)
        figures += found
    return CheckFigures((*figures, *_figures_of_fit(question)), worst(verdicts))


def _refuse_unknown_groups(
    table: PublishedTable, reference: Mapping[str, float], no_reference: Collection[str]
) -> None:
    placed = {*reference, *no_reference, MISSING, CONFLICTING, OTHER_VALUES}
    if any(key[0] not in placed for key in table.cells()):
        raise ValueError("a group of the data has no reference and is not listed as having none")


def _figures_of_group(question: _Question, group: str) -> list[Figure]:
    """The ratio with its verdict first, then the Bonferroni interval, then the two bounds."""
    table, share = question.table, question.shares[group]
    part, known, unknown = table.range([(group,)]), question.known, question.unknown
    level = bonferroni_level(LEVEL, len(question.shares))
    low, high = question.band
    named: dict[str, Any] = {
        "group": group_name(group),
        "reference": share,
        "denominator": known.exact,
        "unknown": unknown.exact,
    }
    verdict = _verdict(question, group, level)
    method = f"wilson;bonferroni={level:.7g}"
    judged = {"threshold_low": low, "threshold_high": high, "verdict": verdict, "method": method}
    k, n, u = part.exact, known.exact, unknown.exact
    if k is None or not n:
        return [question.figure("representation_ratio", **named, **judged)]
    plain, wide = wilson(k, n), wilson(k, n, level)
    counted = {**named, "value": k / n / share, "numerator": k}
    figures = [
        question.figure("representation_ratio", **counted, **judged, **_ci(plain, share)),
        question.figure(
            "representation_ratio",
            **counted,
            **_ci(wide, share),
            method="wilson",
            conditions={"interval": "bonferroni"},
        ),
    ]
    if u:
        for name, count in (("all_unknown_out", k), ("all_unknown_in", k + u)):
            figures.append(
                question.figure(
                    "representation_ratio",
                    group=group_name(group),
                    reference=share,
                    value=count / (n + u) / share,
                    numerator=count,
                    denominator=n + u,
                    **_ci(wilson(count, n + u), share),
                    method="wilson",
                    conditions={"bound": name},
                )
            )
    return figures


def _ci(interval: Interval, share: float) -> dict[str, float]:
    return {
        "ci_low": interval.low / share,
        "ci_high": interval.high / share,
        "ci_level": interval.level,
    }


def _verdict(question: _Question, group: str, level: float) -> Verdict:
    """The one verdict that every count allowed by the published ones gives, or `suppressed`.

    Both limits of Wilson's interval grow with k and shrink with the rest, so the extreme counts
    decide when they agree on the sides on which the band is left.
    """
    share = question.shares[group]
    part = question.table.range([(group,)])
    rest = question.table.range([key for key in question.keys if key != (group,)])
    found = {
        _judge(question, k, k + others, unknown, share, level)
        for k, others, unknown in product(_ends(part), _ends(rest), _ends(question.unknown))
    }
    return found.pop()[0] if len(found) == 1 else "suppressed"


def _ends(counts: Range) -> tuple[int, ...]:
    # Without a published upper bound a very large count stands for "any".
    high = _ANY if counts.high is None else counts.high
    return (counts.low,) if counts.low == high else (counts.low, high)


def _judge(
    question: _Question, k: int, n: int, unknown: int, share: float, level: float
) -> tuple[Verdict, bool, bool]:
    """The verdict on one group's counts, and whether the band is left below and above."""
    low, high = question.band
    if n < max(1, question.min_people) or n * share < MIN_EXPECTED:
        return "not_enough_data", False, False
    interval = wilson(k, n, level)
    if interval.high / share < low:
        return "fail", True, False
    if interval.low / share > high:
        return "fail", False, True
    fewest, most = k / (n + unknown) / share, (k + unknown) / (n + unknown) / share
    below = min(interval.low / share, fewest) < low
    above = max(interval.high / share, most) > high
    return "attention" if below or above else "ok", below, above


def _figures_of_fit(question: _Question) -> Iterable[Figure]:
    """Distances and the test of fit over all groups of the reference.

    Masked groups are put together into one (condition `masked=together`): this is computed from
    what is published, and a distance can only be larger than the one shown.
    """
    n, u = question.known.exact, question.unknown.exact
    cells = _cells_of_fit(question)
    if not n or cells is None or len(cells) < 2:
        for metric in _FIT_METRICS:
            yield question.figure(metric, denominator=n, unknown=u, verdict="suppressed")
        return
    together = any(question.table.count(key) is None for key in question.keys)
    counted: dict[str, Any] = {"denominator": n, "unknown": u}
    if together:
        counted["conditions"] = {"masked": "together"}
    observed, expected = [k for k, _ in cells], [share for _, share in cells]
    shares = [k / n for k in observed]
    fit = chi_square(observed, expected)
    thin = sum(1 for share in expected if n * share < MIN_EXPECTED)
    method = f"chi_square;df={fit.degrees}" + (f";expected_below_5={thin}" if thin else "")
    yield question.figure(
        "total_variation_distance",
        **counted,
        value=total_variation(shares, expected),
        method="half_l1",
    )
    yield question.figure(
        "jensen_shannon_distance",
        **counted,
        value=jensen_shannon(shares, expected),
        method="root_of_divergence_in_bits",
    )
    yield question.figure("goodness_of_fit_p", **counted, value=fit.p, method=method)
    yield question.figure(
        "cohens_w", **counted, value=cohens_w(fit.statistic, n), method="root_of_chi_square_over_n"
    )


def _cells_of_fit(question: _Question) -> list[tuple[int, float]] | None:
    """Observed count and reference share per group, all masked groups as one; None if unknown."""
    told = [(question.table.count(key), question.shares[str(key[0])]) for key in question.keys]
    cells = [(count, share) for count, share in told if count is not None]
    if len(cells) < len(told):
        hidden = [key for key in question.keys if question.table.count(key) is None]
        together = question.table.range(hidden).exact
        if together is None:
            return None
        cells.append((together, sum(share for count, share in told if count is None)))
    return cells
