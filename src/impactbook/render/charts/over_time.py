"""Representation over time: one small picture per group, all on the same scales.

Each shows the number per 100 expected in every period, with its interval, against the agreed
range. A period that lies outside has the marker of `outside`, and the first one its name; a period
without a published number has an empty square at the bottom edge.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from impactbook.language import Language, number, say
from impactbook.model.evidence import Verdict
from impactbook.render.blocks import Align, Run, Table, runs
from impactbook.render.charts.drawing import (
    INK,
    LINE,
    QUIET,
    WASH,
    Canvas,
    Chart,
    lines,
    text_width,
)
from impactbook.render.charts.forest import (
    LOOKS,
    Band,
    listed,
    per_hundred,
    verdict_legend,
    verdict_words,
)

MOST_GROUPS, MOST_PERIODS = 12, 60
"""More than this is no picture for one page; the numbers then stand in the annex alone."""

_PANEL, _GAP, _HEIGHT, _TOP = 78.0, 7.0, 34.0, 8.0
_INSIDE_TOP, _INSIDE_BOTTOM, _AXIS = 8.0, 28.0, 8.0
_TICKS = (5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class Moment:
    """One group in one period: actual / expected (None if not published), interval, verdict."""

    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict


@dataclass(frozen=True)
class GroupOverTime:
    """One group and its moments by period."""

    label: str
    moments: Mapping[str, Moment]


def over_time(
    groups: Sequence[GroupOverTime],
    periods: Sequence[str],
    band: Band,
    language: Language,
    title: str,
) -> Chart | None:
    """The small pictures of all groups; None when there is nothing to see or too much.

    `periods` are the names of the periods in their order.
    """
    moments = [moment for group in groups for moment in group.moments.values()]
    if len(periods) < 2 or len(periods) > MOST_PERIODS or len(groups) > MOST_GROUPS:
        return None
    if all(moment.value is None for moment in moments):
        return None
    alt = _alt(groups, periods, band, language, title)
    drawn = _drawn(groups, periods, band, language, title, alt)
    return Chart(drawn, alt, _table(groups, periods, language, title))


@dataclass(frozen=True)
class _Panel:
    """The frame of one group: its left and top edge, and the scales that all share."""

    x: float
    y: float
    lowest: float
    highest: float
    periods: Sequence[str]

    def at(self, period: int) -> float:
        """The middle of one period in millimetres."""
        start, room = self.x + _AXIS, _PANEL - _AXIS
        return start + (period + 0.5) * room / len(self.periods)

    def height(self, ratio: float) -> float:
        """Where a ratio lies, on a logarithmic scale, cut off at both ends."""
        inside = min(max(ratio, self.lowest), self.highest)
        part = math.log(inside / self.lowest) / math.log(self.highest / self.lowest)
        return self.y + _INSIDE_BOTTOM - part * (_INSIDE_BOTTOM - _INSIDE_TOP)


def first_outside(group: GroupOverTime, periods: Sequence[str]) -> str | None:
    """The first period in which a group lies outside the agreed range."""
    outside = (p for p in periods if p in group.moments and group.moments[p].verdict == "fail")
    return next(outside, None)


def _drawn(
    groups: Sequence[GroupOverTime],
    periods: Sequence[str],
    band: Band,
    language: Language,
    title: str,
    alt: str,
) -> bytes:
    lowest, highest = _ends(groups, band)
    bottom = _TOP + _HEIGHT * math.ceil(len(groups) / 2)
    canvas = Canvas(bottom + 10)
    words = _say("over-time-axis", language, **_between(*band, language))
    canvas.text(0, 3, words, size=7.5, color=QUIET)
    for place, group in enumerate(groups):
        x = (place % 2) * (_PANEL + _GAP)
        panel = _Panel(x, _TOP + _HEIGHT * (place // 2), lowest, highest, periods)
        _frame(canvas, panel, band, language)
        _group(canvas, panel, group, language)
    shown = [m.verdict for group in groups for m in group.moments.values() if m.value is not None]
    verdict_legend(canvas, list(dict.fromkeys(shown)), bottom + 4, language)
    return canvas.svg(title, alt)


def _ends(groups: Sequence[GroupOverTime], band: Band) -> tuple[float, float]:
    """The ends of the scale: all values and what lies near of their intervals."""
    shown = [0.5, 2.0, *band]
    for group in groups:
        for moment in group.moments.values():
            shown += [x for x in (moment.value, moment.low, moment.high) if x and moment.value]
    return max(min(shown) * 0.9, 0.05), min(max(shown) * 1.1, 10.0)


def _frame(canvas: Canvas, panel: _Panel, band: Band, language: Language) -> None:
    left, right = panel.x + _AXIS, panel.x + _PANEL
    low, high = panel.height(band[0]), panel.height(band[1])
    canvas.box(left, high, right - left, low - high, fill=WASH, edge=LINE, thick=0.4)
    middle = panel.height(1.0)
    canvas.line((left, middle), (right, middle), color=QUIET, thick=0.8, dashed=True)
    canvas.line((left, panel.y + _INSIDE_BOTTOM), (right, panel.y + _INSIDE_BOTTOM), thick=0.6)
    ticks = [t for t in _TICKS if panel.lowest <= t / 100 <= panel.highest]
    for tick in [t for t in ticks if t in (20, 50, 100, 200, 500)]:
        y = panel.height(tick / 100)
        canvas.text(left - 1.2, y, number(tick, language), size=6.5, color=QUIET, side="right")
    room, ended = (right - left), left - 99.0
    for place, period in enumerate(panel.periods):
        wide = text_width(period, 6.5)
        x = min(max(panel.at(place), left + wide / 2), left + room - wide / 2)
        if x - wide / 2 > ended + 2:
            y = panel.y + _INSIDE_BOTTOM + 2.6
            canvas.text(x, y, period, size=6.5, color=QUIET, side="center")
            ended = x + wide / 2


def _group(canvas: Canvas, panel: _Panel, group: GroupOverTime, language: Language) -> None:
    """One group's title, intervals, line and markers; the first one outside is named."""
    first = first_outside(group, panel.periods)
    told = "" if first is None else _say("over-time-first", language, period=first)
    room = _PANEL - _AXIS - (text_width(told, 7) + 3 if told else 0)
    name = lines(group.label, room, bold=True)
    words = name[0] + (" …" if len(name) > 1 else "")
    canvas.text(panel.x + _AXIS, panel.y + 3.5, words, bold=True)
    if told:
        canvas.text(panel.x + _PANEL, panel.y + 3.5, told, size=7, color=INK, side="right")
    before: tuple[float, float] | None = None
    spots = []
    for place, period in enumerate(panel.periods):
        moment = group.moments.get(period)
        x = panel.at(place)
        if moment is None or moment.value is None:
            before = None
            if moment is not None:
                spots.append((x, panel.y + _INSIDE_BOTTOM - 1.2, LOOKS["suppressed"]))
            continue
        here = (x, panel.height(moment.value))
        look = LOOKS[moment.verdict]
        if moment.low is not None and moment.high is not None:
            ends = (x, panel.height(moment.low)), (x, panel.height(moment.high))
            canvas.line(*ends, color=look[2], thick=1.2)
        if before is not None:
            canvas.line(before, here, color=LINE, thick=0.9)
        before = here
        spots.append((*here, look))
    for x, y, (shape, filled, color) in spots:
        canvas.marker(x, y, shape, color=color, filled=filled, size=3.6)


def _alt(
    groups: Sequence[GroupOverTime],
    periods: Sequence[str],
    band: Band,
    language: Language,
    title: str,
) -> str:
    between = _between(*band, language)
    ends = {"first": periods[0], "last": periods[-1], "count": number(len(periods), language)}
    sentences = [_say("over-time-alt", language, title=title, **between, **ends)]
    for group in groups:
        outside = [p for p in periods if p in group.moments and group.moments[p].verdict == "fail"]
        known = [p for p in periods if p in group.moments and group.moments[p].value is not None]
        if outside:
            named = listed(outside, language)
            key = "over-time-alt-outside"
            sentences.append(_say(key, language, label=group.label, periods=named))
        elif known:
            sentences.append(_say("over-time-alt-none", language, label=group.label))
        else:
            sentences.append(_say("bars-alt-hidden", language, label=group.label))
    return " ".join(sentences)


def _table(
    groups: Sequence[GroupOverTime], periods: Sequence[str], language: Language, title: str
) -> Table:
    body: list[list[list[Run]]] = [
        [runs(period), *(runs(_told(group.moments.get(period), language)) for group in groups)]
        for period in periods
    ]
    right: tuple[Align, ...] = ("right",)
    return Table(
        caption=runs(title),
        header=[
            runs(_say("column-period", language)),
            *(runs(group.label) for group in groups),
        ],
        rows=body,
        row_headers=True,
        align=("left", *(right * len(groups))),
    )


def _told(moment: Moment | None, language: Language) -> str:
    if moment is None:
        return "–"
    if moment.value is None:
        return _say("forest-hidden", language)
    words = f" ({verdict_words(moment.verdict, language)})" if moment.verdict == "fail" else ""
    return per_hundred(moment.value, language) + words


def _between(low: float, high: float, language: Language) -> dict[str, str]:
    return {"low": per_hundred(low, language), "high": per_hundred(high, language)}


def _say(key: str, language: Language, **values: object) -> str:
    return say("charts", key, language, **values)
