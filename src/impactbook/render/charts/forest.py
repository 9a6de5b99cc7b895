"""The forest plot of representation: per group its number per 100 expected, with the interval.

The scale is logarithmic, so half and double lie equally far from "as expected". A marker's shape
says the verdict; a group without a published number keeps its line and says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from impactbook.language import Language, number, say
from impactbook.model.evidence import Verdict
from impactbook.render.blocks import Run, Table, runs
from impactbook.render.charts.drawing import (
    ACCENT,
    INK,
    LINE,
    PAGE_WIDTH,
    QUIET,
    WASH,
    Canvas,
    Chart,
    lines,
    text_width,
)

Band = tuple[float, float]

LOOKS: dict[Verdict, tuple[str, bool, str]] = {
    "ok": ("o", True, "#2f6b3a"),
    "attention": ("^", True, "#8a5a00"),
    "fail": ("D", True, "#9b1c1c"),
    "not_enough_data": ("o", False, QUIET),
    "not_measured": ("s", False, QUIET),
    "suppressed": ("s", False, QUIET),
    "": ("o", True, ACCENT),
}
"""Shape, filled, colour of a marker: told apart without the colour."""
_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
_NAMES_END, _PLOT_START, _PLOT_END = 43.0, 47.0, 122.0
_TOP, _ROW, _LINE = 9.0, 7.6, 3.6


@dataclass(frozen=True)
class ForestRow:
    """One group: actual / expected (1.0 is as expected), its interval, its verdict.

    `value` is None where no number is published.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict


def representation_forest(
    rows: Sequence[ForestRow], band: Band, language: Language, title: str
) -> Chart:
    """The forest plot of one attribute; `band` holds the agreed lowest and highest ratio."""
    alt = _alt(rows, band, language, title)
    return Chart(_drawn(rows, band, language, title, alt), alt, _table(rows, language, title))


def per_hundred(ratio: float, language: Language) -> str:
    """A ratio as people read it: 32 for 0.324; below ten with one decimal.

    >>> per_hundred(0.324, "de"), per_hundred(0.0181, "de")
    ('32', '1,8')
    """
    hundred = ratio * 100
    return number(hundred, language, 1 if 0 < hundred < 9.95 else 0)


@dataclass(frozen=True)
class _Scale:
    """Ratios to millimetres; what lies outside is drawn at the edge with an arrow."""

    lowest: float
    highest: float

    def x(self, ratio: float) -> float:
        inside = min(max(ratio, self.lowest), self.highest)
        part = math.log(inside / self.lowest) / math.log(self.highest / self.lowest)
        return _PLOT_START + part * (_PLOT_END - _PLOT_START)

    def ticks(self) -> list[int]:
        return [tick for tick in _TICKS if self.lowest <= tick / 100 <= self.highest]


def _scale(rows: Sequence[ForestRow], band: Band) -> _Scale:
    shown = [band[0], band[1], 0.5, 2.0]
    shown += [x for row in rows for x in (row.value, row.low, row.high) if x and row.value]
    lowest = max(min(shown) * 0.88, 0.009)
    return _Scale(lowest, min(max(shown) * 1.14, 100.0))


def _drawn(
    rows: Sequence[ForestRow], band: Band, language: Language, title: str, alt: str
) -> bytes:
    labels = [lines(row.label, _NAMES_END - 1) for row in rows]
    heights = [_ROW + _LINE * (len(label) - 1) for label in labels]
    bottom = _TOP + sum(heights) + 1
    verdicts = list(dict.fromkeys(row.verdict for row in rows if row.value is not None))
    scale = _scale(rows, band)
    canvas = Canvas(bottom + 12 + (7 if verdicts else 0))
    _frame(canvas, scale, band, bottom, language)
    top = _TOP
    for row, label, height in zip(rows, labels, heights, strict=True):
        middle = top + height / 2
        canvas.line((0, top), (PAGE_WIDTH, top), color="#e1e5ea", thick=0.5)
        for index, words in enumerate(label):
            offset = (index - (len(label) - 1) / 2) * _LINE
            canvas.text(_NAMES_END, middle + offset, words, side="right")
        _estimate(canvas, scale, row, middle, language)
        top += height
    canvas.line((0, top), (PAGE_WIDTH, top), color="#e1e5ea", thick=0.5)
    verdict_legend(canvas, verdicts, bottom + 14, language)
    return canvas.svg(title, alt)


def _frame(canvas: Canvas, scale: _Scale, band: Band, bottom: float, language: Language) -> None:
    low, high = scale.x(band[0]), scale.x(band[1])
    canvas.box(low, _TOP, high - low, bottom - _TOP, fill=WASH, edge=LINE, thick=0.5)
    expected = scale.x(1.0)
    canvas.line((expected, _TOP), (expected, bottom), thick=0.9, dashed=True, color=QUIET)
    words = _say("forest-band", language, **_between(band[0], band[1], language))
    half = text_width(words, 7.5) / 2
    middle = min(max((low + high) / 2, half), PAGE_WIDTH - half)
    canvas.text(middle, _TOP - 3, words, size=7.5, color=QUIET, side="center")
    canvas.line((_PLOT_START, bottom), (_PLOT_END, bottom), thick=0.7)
    for tick in scale.ticks():
        x = scale.x(tick / 100)
        canvas.line((x, bottom), (x, bottom + 1), thick=0.7)
        words = number(tick, language)
        canvas.text(x, bottom + 3.2, words, size=7.5, side="center", bold=tick == 100)
    middle = (_PLOT_START + _PLOT_END) / 2
    canvas.text(
        middle, bottom + 7.6, _say("forest-axis", language), size=7.5, color=QUIET, side="center"
    )


def _estimate(canvas: Canvas, scale: _Scale, row: ForestRow, y: float, language: Language) -> None:
    """One group's interval, marker and numbers; without a value only that there is none."""
    start = _PLOT_END + 3
    if row.value is None:
        canvas.text(start, y, _without_value(row, language), size=8, color=QUIET)
        return
    shape, filled, color = LOOKS[row.verdict]
    if row.low is not None and row.high is not None:
        canvas.line((scale.x(row.low), y), (scale.x(row.high), y), color=color, thick=1.6)
        for end, arrow, outside in (
            (row.low, "<", row.low < scale.lowest),
            (row.high, ">", row.high > scale.highest),
        ):
            x = scale.x(end)
            if outside:
                beyond = x - 2.4 if arrow == "<" else x + 2.4
                canvas.marker(beyond, y, arrow, color=color, size=4)
            else:
                canvas.line((x, y - 1), (x, y + 1), color=color, thick=1.2)
    canvas.marker(scale.x(row.value), y, shape, color=color, filled=filled, size=6)
    value = per_hundred(row.value, language)
    canvas.text(start, y, value, bold=True)
    if row.low is not None and row.high is not None:
        interval = _say("interval", language, **_between(row.low, row.high, language))
        room = text_width(value, bold=True) + 1.6
        canvas.text(start + max(room, 8.0), y, f"({interval})", size=7.5, color=QUIET)


def verdict_legend(
    canvas: Canvas, verdicts: Sequence[Verdict], y: float, language: Language
) -> None:
    """What the shapes of the markers mean, in one line."""
    x = _PLOT_START
    for verdict in verdicts:
        shape, filled, color = LOOKS[verdict]
        words = verdict_words(verdict, language)
        canvas.marker(x + 1.5, y, shape, color=color, filled=filled, size=5.5)
        canvas.text(x + 4.5, y, words, size=7.5, color=INK)
        x += text_width(words, 7.5) + 10


def verdict_words(verdict: Verdict, language: Language) -> str:
    """What a verdict is called in print."""
    return say("figures", f"verdict-{verdict}", language)


def _alt(rows: Sequence[ForestRow], band: Band, language: Language, title: str) -> str:
    sentences = [_say("forest-alt", language, title=title, **_between(band[0], band[1], language))]
    for row in rows:
        if row.value is None:
            continue
        values = {
            "label": row.label,
            "value": per_hundred(row.value, language),
            "verdict": verdict_words(row.verdict, language),
        }
        if row.low is None or row.high is None:
            sentences.append(_say("forest-alt-row", language, **values))
        else:
            between = _between(row.low, row.high, language)
            sentences.append(_say("forest-alt-row-interval", language, **values, **between))
    unknown = [
        f"{row.label} ({_without_value(row, language)})" for row in rows if row.value is None
    ]
    if unknown:
        sentences.append(_say("forest-alt-unknown", language, labels=listed(unknown, language)))
    if not rows:
        sentences.append(_say("forest-alt-empty", language))
    return " ".join(sentences)


def _table(rows: Sequence[ForestRow], language: Language, title: str) -> Table:
    header = ("column-group", "column-per-hundred", "column-interval", "column-verdict")
    body: list[list[list[Run]]] = []
    for row in rows:
        known = row.value is not None
        interval = known and row.low is not None and row.high is not None
        body.append(
            [
                runs(row.label),
                runs(per_hundred(row.value, language) if row.value is not None else "–"),
                runs(
                    _say("interval", language, **_between(row.low or 0, row.high or 0, language))
                    if interval
                    else "–"
                ),
                runs(
                    verdict_words(row.verdict, language) if known else _without_value(row, language)
                ),
            ]
        )
    return Table(
        caption=runs(_say("forest-caption", language, title=title)),
        header=[runs(_say(key, language)) for key in header],
        rows=body,
        row_headers=True,
        align=("left", "right", "right", "left"),
    )


def _without_value(row: ForestRow, language: Language) -> str:
    """Why there is no number; a verdict that was judged on a bound still names itself."""
    if row.verdict in ("not_measured", "not_enough_data"):
        return verdict_words(row.verdict, language)
    return _say("forest-hidden", language)


def listed(names: Sequence[str], language: Language) -> str:
    """Names in a row with "and" before the last.

    >>> listed(["a", "b", "c"], "en")
    'a, b and c'
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {_say('and', language)} {names[-1]}"


def _between(low: float, high: float, language: Language) -> dict[str, str]:
    return {"low": per_hundred(low, language), "high": per_hundred(high, language)}


def _say(key: str, language: Language, **values: object) -> str:
    return say("charts", key, language, **values)
