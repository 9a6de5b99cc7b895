"""Cells of a published table against expected shares: ratio, gap, worst cases and verdict.

A cell is one group, or one combination of groups. Whether the expected shares come from a reference
population, from its margins or from the whole data set is decided in the modules that build a
`Comparison`. Intervals answer "what would collecting in this way give again", not "what is true of
the population": people who volunteered, or who were easy to reach, are no random sample of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any, Literal

from impactbook.checks.figures.common import FigureContext, group_of, make_figure
from impactbook.checks.published import PublishedTable
from impactbook.checks.ranges import Range
from impactbook.checks.statistics import (
    LEVEL,
    Interval,
    bonferroni_level,
    clopper_pearson,
    people_needed,
    wilson,
)
from impactbook.checks.tables import CONFLICTING, MISSING, Key, Level
from impactbook.model.evidence import Figure, Verdict

BAND = (0.8, 1.25)
"""Default tolerance of a ratio: four fifths and its inverse, a screening habit, no legal limit."""

MIN_PEOPLE = 30
"""Below so many people with a known group nothing is judged."""

MIN_EXPECTED = 5
"""Below so many expected in a group it is not judged (Cochran, Biometrics 10 (1954) 417-451)."""

RATIO = "representation_ratio"

IntervalName = Literal["wilson", "clopper_pearson"]

_ANY = 10**9
_UNKNOWN = (MISSING, CONFLICTING)
_INTERVALS = {"wilson": wilson, "clopper_pearson": clopper_pearson}


@dataclass(frozen=True)
class Comparison:
    """What stays the same for all cells that are compared at once.

    `shares` are the expected shares of the cells that are judged. `members` are the cells of the
    denominator (left out: those of `shares`). `at_once` is the number of intervals that shall hold
    together (Bonferroni). With `worst_case` the people whose cell is unknown count: an `ok` that
    they could overturn becomes `attention`. `estimated` says that the shares are no knowledge about
    people but computed with this data; then no verdict is better or worse than `attention`.
    """

    context: FigureContext
    table: PublishedTable
    shares: Mapping[Key, float]
    band: tuple[float, float] = BAND
    min_people: int = MIN_PEOPLE
    interval: IntervalName = "wilson"
    conditions: Mapping[str, Level] = field(default_factory=dict)
    members: tuple[Key, ...] = ()
    at_once: int = 0
    worst_case: bool = True
    estimated: str = ""
    metric: str = RATIO

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The cells of the denominator."""
        return self.members or tuple(self.shares)

    @cached_property
    def known(self) -> Range:
        """How many have a known cell that counts."""
        return self.table.range(self.keys)

    @cached_property
    def level(self) -> float:
        """The level at which one of `at_once` intervals is judged."""
        return bonferroni_level(LEVEL, self.at_once or len(self.shares))

    @cached_property
    def unknown_keys(self) -> tuple[Key, ...]:
        """The cells of people whose place is not known and might be among those compared.

        No value, or values that disagree, on some axis; what is known of them fits some cell.
        """
        partly = [key for key in self.table.counts if any(level in _UNKNOWN for level in key)]
        return tuple(
            key for key in partly if any(self.might_stand(key, cell) for cell in self.keys)
        )

    @cached_property
    def unknown(self) -> Range:
        """How many people's cell is unknown."""
        return self.table.range(self.unknown_keys)

    @staticmethod
    def might_stand(key: Key, cell: Key) -> bool:
        """Whether somebody of whom `key` is known might stand in `cell`."""
        return all(
            known in _UNKNOWN or known == wanted for known, wanted in zip(key, cell, strict=True)
        )

    def might_be(self, cell: Key) -> tuple[Range, Range]:
        """How many of the unknown could stand in `cell`, and how many could not."""
        mine = [key for key in self.unknown_keys if self.might_stand(key, cell)]
        others = [key for key in self.unknown_keys if not self.might_stand(key, cell)]
        return self.table.range(mine), self.table.range(others)

    def limits(self, k: int, n: int, level: float) -> Interval:
        """The interval of a share at one level, of the kind that was asked for."""
        return _INTERVALS[self.interval](k, n, level)

    def figure(self, metric: str, **values: Any) -> Figure:
        """One figure about these axes, under these conditions and those in `conditions`."""
        conditions = {**self.conditions, **values.pop("conditions", {})}
        return make_figure(
            self.context,
            metric,
            unit=self.table.unit,
            axes=values.pop("axes", self.table.axes),
            conditions=conditions,
            **values,
        )


def ratio_figure(asked: Comparison, cell: Key) -> Figure:
    """The ratio of one cell with its plain 95 % interval, and the verdict at the wider level.

    ratio = (k/n) / expected share; the interval is that of k/n divided by the expected share, which
    is taken as given, without error. Without a value where k or n is masked.
    """
    k, n = asked.table.range([cell]).exact, asked.known.exact
    share = asked.shares[cell]
    told: dict[str, Any] = {}
    if k is not None and n:
        told = {
            "value": k / n / share,
            "numerator": k,
            **_over(asked.limits(k, n, LEVEL), share),
        }
    method = f"{asked.interval};bonferroni={asked.level:.7g}"
    return asked.figure(
        asked.metric,
        group=group_of(cell),
        reference=share,
        denominator=n,
        unknown=asked.unknown.exact,
        threshold_low=asked.band[0],
        threshold_high=asked.band[1],
        verdict=verdict_of(asked, cell),
        method=f"{method};{asked.estimated}" if asked.estimated else method,
        **told,
    )


def cell_figures(asked: Comparison, cell: Key) -> list[Figure]:
    """All figures about one cell: the ratio with its verdict first.

    - the ratio again under `interval=bonferroni`, with the interval that the verdict rests on;
    - `representation_gap`: k/n minus the expected share. This share has no error, so Newcombe's
      interval of a difference (method 10) is Wilson's, moved by it;
    - under `bound=all_unknown_out` and `bound=all_unknown_in` the ratio if nobody, or everybody, of
      those whose cell is unknown and could be this one, stood in it: k/(n+u) and (k+u')/(n+u);
    - `people_needed`: see `needed_figures`.
    """
    first = ratio_figure(asked, cell)
    k, n = first.numerator, asked.known.exact
    if k is None or not n:
        return [first]
    share = asked.shares[cell]
    counted: dict[str, Any] = {
        "group": first.group,
        "reference": share,
        "denominator": n,
        "unknown": first.unknown,
        "numerator": k,
        "method": asked.interval,
    }
    plain, wide = asked.limits(k, n, LEVEL), asked.limits(k, n, asked.level)
    return [
        first,
        asked.figure(
            asked.metric,
            **counted,
            value=first.value,
            **_over(wide, share),
            conditions={"interval": "bonferroni"},
        ),
        asked.figure(
            "representation_gap",
            **counted,
            value=k / n - share,
            ci_low=plain.low - share,
            ci_high=plain.high - share,
            ci_level=plain.level,
        ),
        *_bounds(asked, cell, k, n),
        *needed_figures(asked, cell, first),
    ]


def _over(interval: Interval, share: float) -> dict[str, float]:
    return {
        "ci_low": interval.low / share,
        "ci_high": interval.high / share,
        "ci_level": interval.level,
    }


def _bounds(asked: Comparison, cell: Key, k: int, n: int) -> Iterable[Figure]:
    """The two worst cases, where the unknown people's number is published and not 0."""
    u, mine = asked.unknown.exact, asked.might_be(cell)[0].exact
    if not u or mine is None:
        return
    share = asked.shares[cell]
    for name, count in (("all_unknown_out", k), ("all_unknown_in", k + mine)):
        yield asked.figure(
            asked.metric,
            group=group_of(cell),
            reference=share,
            value=count / (n + u) / share,
            numerator=count,
            denominator=n + u,
            **_over(asked.limits(count, n + u, LEVEL), share),
            method=asked.interval,
            conditions={"bound": name},
        )


def needed_figures(asked: Comparison, cell: Key, ratio: Figure) -> Iterable[Figure]:
    """`people_needed`: how many more people of this cell, and nobody else, would settle it.

    Only where the cell's own interval straddles the band, or too few were counted to judge. Without
    a value, and with the method `none_alone`, where no number of people of this cell alone brings
    the interval inside (they are too many already, or other people are missing as well). Rests on
    Wilson's interval at the level of the verdict. No interval: it is arithmetic on the counts as
    they are, not an estimate. Unknown people stay unknown in it.
    """
    k, n = ratio.numerator, ratio.denominator
    if ratio.verdict not in ("attention", "not_enough_data") or k is None or n is None:
        return
    if asked.estimated:  # no number of people makes an estimated share a known one
        return
    more = people_needed(
        k,
        n,
        asked.shares[cell],
        asked.band,
        asked.level,
        min_people=asked.min_people,
        min_expected=MIN_EXPECTED,
    )
    if more == 0:  # the interval is inside: only the unknown people leave the verdict open
        return
    yield asked.figure(
        "people_needed",
        group=ratio.group,
        value=None if more is None else float(more),
        numerator=k,
        denominator=n,
        unknown=ratio.unknown,
        reference=ratio.reference,
        threshold_low=asked.band[0],
        threshold_high=asked.band[1],
        method="none_alone" if more is None else f"wilson;bonferroni={asked.level:.7g}",
    )


def verdict_of(asked: Comparison, cell: Key) -> Verdict:
    """The one verdict that every count allowed by the published ones gives, or `suppressed`.

    Both limits of an interval grow with k and shrink with the rest, so the extreme counts decide
    when they agree on the sides on which the band is left.
    """
    part = asked.table.range([cell])
    rest = asked.table.range([key for key in asked.keys if key != cell])
    mine, others = asked.might_be(cell) if asked.worst_case else (Range(0, 0), Range(0, 0))
    found = {
        _judge(asked, asked.shares[cell], k, k + more, inside, inside + outside)
        for k, more, inside, outside in product(
            _ends(part), _ends(rest), _ends(mine), _ends(others)
        )
    }
    verdict = found.pop()[0] if len(found) == 1 else "suppressed"
    return "attention" if asked.estimated and verdict in ("ok", "fail") else verdict


def _ends(counts: Range) -> tuple[int, ...]:
    # Without a published upper bound a very large count stands for "any".
    high = _ANY if counts.high is None else counts.high
    return (counts.low,) if counts.low == high else (counts.low, high)


def _judge(
    asked: Comparison, share: float, k: int, n: int, inside: int, unknown: int
) -> tuple[Verdict, bool, bool]:
    """The verdict on one cell's counts, and whether the band is left below and above.

    `inside` of the `unknown` people might stand in this cell.
    """
    low, high = asked.band
    if n < max(1, asked.min_people) or n * share < MIN_EXPECTED:
        return "not_enough_data", False, False
    interval = asked.limits(k, n, asked.level)
    if interval.high / share < low:
        return "fail", True, False
    if interval.low / share > high:
        return "fail", False, True
    fewest, most = k / (n + unknown) / share, (k + inside) / (n + unknown) / share
    below = min(interval.low / share, fewest) < low
    above = max(interval.high / share, most) > high
    return "attention" if below or above else "ok", below, above
