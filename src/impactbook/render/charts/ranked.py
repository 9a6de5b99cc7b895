"""Ranked bars from 0 to 1: how much each column tells about a protected attribute.

The strongest stands first, with its interval; a dashed line marks from where on somebody has to
look. Bars that reach it have an outline and a mark, so that they stand out without colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from impactbook.language import Language, number, say
from impactbook.model.evidence import Verdict
from impactbook.render.blocks import Run, Table, runs
from impactbook.render.charts.drawing import ACCENT, INK, LINE, QUIET, WASH, Canvas, Chart, lines
from impactbook.render.charts.forest import LOOKS, listed, verdict_legend, verdict_words

MOST_BARS = 30
"""More pairs than this are cut off after the strongest; all of them stand in the annex."""

MOST_TOLD = 10
"""Bars that the description tells one by one; the table has them all."""

_NAMES_END, _START, _END = 58.0, 61.0, 122.0
_ROW, _LINE, _TOP = 6.6, 3.6, 7.0


@dataclass(frozen=True)
class RankedRow:
    """One pair of columns and its association between 0 and 1; None if not published."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict


def ranked_bars(
    rows: Sequence[RankedRow], limit: float, language: Language, title: str
) -> Chart | None:
    """Bars of the strongest associations; None without any number."""
    known = [row for row in rows if row.value is not None]
    if not known:
        return None
    ordered = sorted(known, key=lambda row: (-(row.value or 0.0), row.label))[:MOST_BARS]
    hidden = [row for row in rows if row.value is None][: MOST_BARS - len(ordered)]
    shown = [*ordered, *hidden]
    alt = _alt(shown, limit, language, title)
    return Chart(_drawn(shown, limit, language, title, alt), alt, _table(shown, language, title))


def _drawn(
    rows: Sequence[RankedRow], limit: float, language: Language, title: str, alt: str
) -> bytes:
    names = [lines(row.label, _NAMES_END - 1) for row in rows]
    heights = [_ROW + _LINE * (len(name) - 1) for name in names]
    bottom = _TOP + sum(heights) + 1
    verdicts = list(dict.fromkeys(row.verdict for row in rows if row.value is not None))
    canvas = Canvas(bottom + 19)
    for tenth in range(0, 11, 2):
        x = _x(tenth / 10)
        canvas.line((x, _TOP), (x, bottom), color="#e1e5ea", thick=0.5)
        canvas.text(x, bottom + 3.2, number(tenth / 10, language, 1), size=7.5, side="center")
    words = _say("ranked-axis", language)
    canvas.text((_START + _END) / 2, bottom + 7.6, words, size=7.5, color=QUIET, side="center")
    top = _TOP
    for row, name, height in zip(rows, names, heights, strict=True):
        middle = top + height / 2
        for place, words in enumerate(name):
            offset = (place - (len(name) - 1) / 2) * _LINE
            canvas.text(_NAMES_END, middle + offset, words, side="right")
        _bar(canvas, row, middle, language)
        top += height
    canvas.line((_x(limit), _TOP - 1), (_x(limit), bottom), color=INK, thick=1.0, dashed=True)
    words = _say("ranked-limit", language, limit=number(limit, language, 2))
    canvas.text(_x(limit), _TOP - 3.4, words, size=7.5, color=QUIET, side="center")
    verdict_legend(canvas, verdicts, bottom + 14, language)
    return canvas.svg(title, alt)


def _x(value: float) -> float:
    return _START + min(max(value, 0.0), 1.0) * (_END - _START)


def _bar(canvas: Canvas, row: RankedRow, y: float, language: Language) -> None:
    """One bar with its interval as a line, its mark and its number."""
    if row.value is None:
        canvas.text(_END + 3, y, _say("forest-hidden", language), size=8, color=QUIET)
        return
    shape, filled, color = LOOKS[row.verdict]
    heavy = row.verdict not in ("ok", "")
    canvas.box(
        _START, y - 2, _x(row.value) - _START, 4,
        fill="#f2c14e" if heavy else WASH, edge=INK if heavy else LINE, thick=1.0,
    )  # fmt: skip
    if row.low is not None and row.high is not None:
        canvas.line((_x(row.low), y), (_x(row.high), y), color=ACCENT, thick=1.4)
        for end in (row.low, row.high):
            canvas.line((_x(end), y - 1), (_x(end), y + 1), color=ACCENT, thick=1.2)
    canvas.marker(_END + 5, y, shape, color=color, filled=filled, size=5.5)
    canvas.text(_END + 9, y, number(row.value, language, 2), bold=True)
    if row.low is not None and row.high is not None:
        words = f"({_between(row, language)})"
        canvas.text(_END + 17.5, y, words, size=7.5, color=QUIET)


def _between(row: RankedRow, language: Language) -> str:
    low, high = (number(end or 0.0, language, 2) for end in (row.low, row.high))
    return _say("interval", language, low=low, high=high)


def _alt(rows: Sequence[RankedRow], limit: float, language: Language, title: str) -> str:
    limited = number(limit, language, 2)
    sentences = [_say("ranked-alt", language, title=title, limit=limited)]
    known = [(row, row.value) for row in rows if row.value is not None]
    for row, value in known[:MOST_TOLD]:
        told = f"{row.label}: {number(value, language, 2)}"
        if row.low is not None and row.high is not None:
            told += _say("dots-alt-interval", language, interval=_between(row, language))
        sentences.append(
            told + (f" ({verdict_words(row.verdict, language)})." if row.verdict else ".")
        )
    if len(known) > MOST_TOLD:
        count = number(len(known) - MOST_TOLD, language)
        sentences.append(_say("ranked-alt-more", language, count=count))
    hidden = [row.label for row in rows if row.value is None]
    if hidden:
        sentences.append(_say("forest-alt-unknown", language, labels=listed(hidden, language)))
    return " ".join(sentences)


def _table(rows: Sequence[RankedRow], language: Language, title: str) -> Table:
    body: list[list[list[Run]]] = [
        [
            runs(row.label),
            runs("–" if row.value is None else number(row.value, language, 2)),
            runs("–" if row.low is None or row.high is None else _between(row, language)),
            runs(
                _say("forest-hidden", language)
                if row.value is None
                else (verdict_words(row.verdict, language) if row.verdict else "–")
            ),
        ]
        for row in rows
    ]
    keys = ("column-pair", "column-association", "column-interval", "column-verdict")
    return Table(
        caption=runs(title),
        header=[runs(_say(key, language)) for key in keys],
        rows=body,
        row_headers=True,
        align=("left", "right", "right", "left"),
    )


def _say(key: str, language: Language, **values: object) -> str:
    return say("charts", key, language, **values)
