"""Shares per group as dots with intervals: missing values by group, consent by group and purpose.

Several questions (one column, one purpose) stand below each other on one scale. A marker's shape
says the verdict; a group without a published number keeps its line and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from impactbook.language import Language, percent, say
from impactbook.model.evidence import Verdict
from impactbook.render.blocks import Run, Table, runs
from impactbook.render.charts.drawing import (
    INK,
    LINE,
    PAGE_WIDTH,
    QUIET,
    Canvas,
    Chart,
    lines,
    text_width,
)
from impactbook.render.charts.forest import LOOKS, listed, verdict_legend, verdict_words

MOST_ROWS = 60
"""More rows than this are no picture for one page; the numbers then stand in the annex alone."""

_NAMES_END, _PLOT_START, _PLOT_END = 50.0, 54.0, 122.0
_ROW, _HEAD, _LINE, _TOP = 6.4, 7.0, 3.6, 3.0
_HIGHEST = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)

Subject = Literal["missing", "consent"]


@dataclass(frozen=True)
class DotRow:
    """One group: a share between 0 and 1 and its interval; `value` is None if not published."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    verdict: Verdict = ""


@dataclass(frozen=True)
class DotPanel:
    """One question with its groups; `limit` is the agreed lowest share, where there is one."""

    title: str
    rows: Sequence[DotRow]
    limit: float | None = None


def share_dots(
    panels: Sequence[DotPanel], subject: Subject, language: Language, title: str
) -> Chart | None:
    """The dots of all panels; None without any number, or with more rows than fit on a page."""
    rows = [row for panel in panels for row in panel.rows]
    if len(rows) > MOST_ROWS or all(row.value is None for row in rows):
        return None
    alt = _alt(panels, subject, language, title)
    return Chart(
        _drawn(panels, subject, language, title, alt), alt, _table(panels, language, title)
    )


def _highest(panels: Sequence[DotPanel]) -> float:
    """The right end of the scale: all that is shown fits, and small shares stay apart."""
    shown = [panel.limit or 0.0 for panel in panels]
    shown += [
        part or 0.0
        for panel in panels
        for row in panel.rows
        if row.value is not None
        for part in (row.value, row.high)
    ]
    return next((end for end in _HIGHEST if max(shown) <= end), 1.0)


def _drawn(
    panels: Sequence[DotPanel], subject: Subject, language: Language, title: str, alt: str
) -> bytes:
    placed = list(_placed(panels))
    bottom = max(end for _, _, _, end in placed) + 1
    verdicts = [
        verdict
        for verdict in dict.fromkeys(
            r.verdict for p in panels for r in p.rows if r.value is not None
        )
        if verdict
    ]
    highest = _highest(panels)
    canvas = Canvas(bottom + 12 + (7 if verdicts else 0))
    _frame(canvas, highest, bottom, subject, language)
    for panel, row, top, end in placed:
        middle = (top + end) / 2
        if row is None:
            canvas.line((0, top), (PAGE_WIDTH, top), color=LINE, thick=0.6)
            canvas.text(0, middle, panel.title, bold=True)
            continue
        if panel.limit is not None:
            x = _x(panel.limit, highest)
            canvas.line((x, top), (x, end), color=INK, thick=1.0, dashed=True)
        name = lines(row.label, _NAMES_END - 1)
        for place, words in enumerate(name):
            offset = (place - (len(name) - 1) / 2) * _LINE
            canvas.text(_NAMES_END, middle + offset, words, side="right")
        _estimate(canvas, row, middle, highest, language)
    verdict_legend(canvas, verdicts, bottom + 14, language)
    return canvas.svg(title, alt)


def _placed(
    panels: Sequence[DotPanel],
) -> Iterator[tuple[DotPanel, DotRow | None, float, float]]:
    """Each panel's title (None) and rows with top and bottom in millimetres."""
    y = _TOP
    for panel in panels:
        yield panel, None, y, y + _HEAD
        y += _HEAD
        for row in panel.rows:
            height = _ROW + _LINE * (len(lines(row.label, _NAMES_END - 1)) - 1)
            yield panel, row, y, y + height
            y += height
        y += 1.5


def _frame(
    canvas: Canvas, highest: float, bottom: float, subject: Subject, language: Language
) -> None:
    for quarter in range(5):
        share = highest * quarter / 4
        x = _x(share, highest)
        canvas.line((x, _TOP), (x, bottom), color="#e1e5ea", thick=0.5)
        digits = 0 if round(share * 100, 6) == round(share * 100) else 1
        words = percent(share, language, digits)
        canvas.text(x, bottom + 3.2, words, size=7.5, side="center")
    canvas.line((_PLOT_START, bottom), (_PLOT_END, bottom), thick=0.7)
    middle, words = (_PLOT_START + _PLOT_END) / 2, _say(f"dots-axis-{subject}", language)
    canvas.text(middle, bottom + 7.6, words, size=7.5, color=QUIET, side="center")


def _x(share: float, highest: float) -> float:
    return _PLOT_START + min(max(share / highest, 0.0), 1.0) * (_PLOT_END - _PLOT_START)


def _estimate(canvas: Canvas, row: DotRow, y: float, highest: float, language: Language) -> None:
    start = _PLOT_END + 3
    if row.value is None:
        canvas.text(start, y, _say("forest-hidden", language), size=8, color=QUIET)
        return
    shape, filled, color = LOOKS[row.verdict]
    if row.low is not None and row.high is not None:
        low, high = _x(row.low, highest), _x(row.high, highest)
        canvas.line((low, y), (high, y), color=color, thick=1.6)
        for x in (low, high):
            canvas.line((x, y - 1), (x, y + 1), color=color, thick=1.2)
    canvas.marker(_x(row.value, highest), y, shape, color=color, filled=filled, size=6)
    value = percent(row.value, language, 1)
    canvas.text(start, y, value, bold=True)
    if row.low is not None and row.high is not None:
        room = max(text_width(value, bold=True) + 1.6, 12.0)
        canvas.text(start + room, y, f"({_between(row, language)})", size=7.5, color=QUIET)


def _between(row: DotRow, language: Language) -> str:
    """The interval for reading beside the value: in whole per cent where it is wide enough."""
    digits = 1 if (row.high or 0.0) < 0.1 or (row.low or 0.0) > 0.985 else 0
    low, high = (percent(end or 0.0, language, digits) for end in (row.low, row.high))
    return _say("interval", language, low=low, high=high)


def _alt(panels: Sequence[DotPanel], subject: Subject, language: Language, title: str) -> str:
    sentences = [_say(f"dots-alt-{subject}", language, title=title)]
    for panel in panels:
        if panel.limit is not None:
            limit = percent(panel.limit, language, 0)
            sentences.append(_say("dots-alt-limit", language, panel=panel.title, limit=limit))
        for row in panel.rows:
            if row.value is not None:
                sentences.append(_sentence(panel, row, language))
        hidden = [row.label for row in panel.rows if row.value is None]
        if hidden:
            labels = listed(hidden, language)
            sentences.append(_say("dots-alt-hidden", language, panel=panel.title, labels=labels))
    return " ".join(sentences)


def _sentence(panel: DotPanel, row: DotRow, language: Language) -> str:
    told = _say(
        "dots-alt-row", language, panel=panel.title, label=row.label,
        share=percent(row.value or 0.0, language, 1),
    )  # fmt: skip
    if row.low is not None and row.high is not None:
        told += _say("dots-alt-interval", language, interval=_between(row, language))
    return told + (f" ({verdict_words(row.verdict, language)})." if row.verdict else ".")


def _table(panels: Sequence[DotPanel], language: Language, title: str) -> Table:
    body: list[list[list[Run]]] = []
    for panel in panels:
        for row in panel.rows:
            known = row.value is not None
            interval = known and row.low is not None and row.high is not None
            judged = verdict_words(row.verdict, language) if row.verdict else "–"
            body.append(
                [
                    runs(f"{panel.title}: {row.label}"),
                    runs(percent(row.value, language, 1) if row.value is not None else "–"),
                    runs(_between(row, language) if interval else "–"),
                    runs(judged if known else _say("forest-hidden", language)),
                ]
            )
    keys = ("column-group", "column-share", "column-interval", "column-verdict")
    return Table(
        caption=runs(title),
        header=[runs(_say(key, language)) for key in keys],
        rows=body,
        row_headers=True,
        align=("left", "right", "right", "left"),
    )


def _say(key: str, language: Language, **values: object) -> str:
    return say("charts", key, language, **values)
