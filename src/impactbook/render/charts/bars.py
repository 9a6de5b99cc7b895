"""Horizontal bars from 0 to 100 per cent: shares of groups, and missing values per column.

The figures stand beside the bars; a share that is not published has no bar and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from impactbook.language import Language, number, percent, say
from impactbook.render.blocks import Align, Run, Table, runs
from impactbook.render.charts.drawing import (
    ACCENT,
    INK,
    LINE,
    QUIET,
    WASH,
    Canvas,
    Chart,
    lines,
)

_NAMES_END, _START, _END = 48.0, 51.0, 125.0
_ROW, _LINE = 6.6, 3.6
_ALIGN: tuple[Align, ...] = ("left", "right", "right", "right", "right")


@dataclass(frozen=True)
class ShareRow:
    """One group: `share` of `total` between 0 and 1, None where it is not published.

    `reference` is a share to compare with, such as the population's.
    """

    label: str
    share: float | None
    count: int | None = None
    total: int | None = None
    reference: float | None = None


@dataclass(frozen=True)
class MissingRow:
    """One column: how many of `total` values are `missing`; None where it is not published."""

    label: str
    missing: int | None
    total: int | None


def share_bars(rows: Sequence[ShareRow], language: Language) -> Chart:
    """Bars of shares, with a line at the figure to compare with where there is one."""
    alt = _alt(rows, "shares-alt", language)
    columns = ["column-group", "column-share", "column-count", "column-total"]
    if any(row.reference is not None for row in rows):
        columns.append("column-reference")
    table = _table(rows, columns, "shares-title", language)
    return Chart(_drawn(rows, "shares-title", alt, language), alt, table)


def missing_bars(rows: Sequence[MissingRow], language: Language) -> Chart:
    """Bars of the missing values' share per column."""
    shares = [
        ShareRow(
            row.label,
            row.missing / row.total if row.missing is not None and row.total else None,
            row.missing,
            row.total,
        )
        for row in rows
    ]
    alt = _alt(shares, "missing-alt", language)
    columns = ["column-column", "column-share", "column-missing", "column-total"]
    table = _table(shares, columns, "missing-title", language)
    return Chart(_drawn(shares, "missing-title", alt, language), alt, table)


def _drawn(rows: Sequence[ShareRow], title: str, alt: str, language: Language) -> bytes:
    labels = [lines(row.label, _NAMES_END - 1) for row in rows]
    heights = [_ROW + _LINE * (len(label) - 1) for label in labels]
    compared = any(row.reference is not None for row in rows)
    bottom = 2 + sum(heights)
    canvas = Canvas(bottom + 6 + (6 if compared else 0))
    for part in (0, 0.25, 0.5, 0.75, 1):
        x = _x(part)
        canvas.line((x, 1), (x, bottom), color=LINE, thick=0.5)
        words = percent(part, language, 0)
        canvas.text(x, bottom + 3, words, size=7.5, color=QUIET, side="center")
    top = 2.0
    for row, label, height in zip(rows, labels, heights, strict=True):
        middle = top + height / 2
        for index, words in enumerate(label):
            offset = (index - (len(label) - 1) / 2) * _LINE
            canvas.text(_NAMES_END, middle + offset, words, side="right")
        if row.share is not None:
            canvas.box(_START, middle - 2, _END - _START, 4, fill=WASH)
            canvas.box(_START, middle - 2, _x(row.share) - _START, 4, fill=ACCENT)
        if row.reference is not None:
            x = _x(row.reference)
            canvas.line((x, middle - 3), (x, middle + 3), color="#ffffff", thick=3.2)
            canvas.line((x, middle - 3), (x, middle + 3), color=INK, thick=1.6)
        canvas.text(_END + 3, middle, _figures(row, language), size=8)
        top += height
    if compared:
        canvas.line((_START, bottom + 7), (_START, bottom + 11), color=INK, thick=1.6)
        canvas.text(_START + 3, bottom + 9, _say("shares-reference", language), size=7.5,
                    color=QUIET)  # fmt: skip
    return canvas.svg(_say(title, language), alt)


def _x(share: float) -> float:
    return _START + min(max(share, 0.0), 1.0) * (_END - _START)


def _figures(row: ShareRow, language: Language) -> str:
    if row.share is None:
        return _say("forest-hidden", language)
    counted = "" if row.count is None else f" ({number(row.count, language)})"
    return percent(row.share, language) + counted


def _alt(rows: Sequence[ShareRow], start: str, language: Language) -> str:
    sentences = [_say(start, language)]
    sentences += [_sentence(row, language) for row in rows]
    if not rows:
        sentences.append(_say("bars-alt-empty", language))
    return " ".join(sentences)


def _sentence(row: ShareRow, language: Language) -> str:
    if row.share is None:
        return _say("bars-alt-hidden", language, label=row.label)
    values = {"label": row.label, "share": percent(row.share, language)}
    counts = {"count": _count(row.count, language), "total": _count(row.total, language)}
    if row.reference is None:
        return _say("shares-alt-row", language, **values, **counts)
    reference = percent(row.reference, language)
    return _say("shares-alt-row-reference", language, **values, **counts, reference=reference)


def _table(
    rows: Sequence[ShareRow], columns: Sequence[str], title: str, language: Language
) -> Table:
    body: list[list[list[Run]]] = []
    for row in rows:
        cells = [
            row.label,
            "–" if row.share is None else percent(row.share, language),
            _count(row.count, language),
            _count(row.total, language),
            "–" if row.reference is None else percent(row.reference, language),
        ]
        body.append([runs(cell) for cell in cells[: len(columns)]])
    return Table(
        caption=runs(_say(title, language)),
        header=[runs(_say(key, language)) for key in columns],
        rows=body,
        row_headers=True,
        align=_ALIGN[: len(columns)],
    )


def _count(value: int | None, language: Language) -> str:
    return "–" if value is None else number(value, language)


def _say(key: str, language: Language, **values: object) -> str:
    return say("charts", key, language, **values)
