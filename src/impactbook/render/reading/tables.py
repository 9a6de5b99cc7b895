"""Shapes of tables: filling in spans, aligning numbers, splitting what is wider than a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from impactbook.language import Language, say
from impactbook.render.blocks import Align, Run, Runs, Table, plain_text, runs

PAGE = 96
"""Characters of table text that fit on a line of a page."""

_NUMBER = re.compile(r"[-+−]?[\d.,'’\u00a0\u202f ]*\d(?:[eE][-+]?\d+)?\s?%?|nan|NaN|<NA>|–|-|inf")
_PADDING = 2.4
_UNNAMED = 7
"""Characters of the name that a column without one gets ("Column 12", over two lines)."""


def grid(rows: Sequence[Sequence[tuple[list[Run], int, int]]]) -> list[list[list[Run]]]:
    """Rows of (content, columns spanned, rows spanned) as rows of equally many cells.

    What spans several rows is repeated in each, so that every row can be read on its own; what
    spans several columns likewise.
    """
    placed: dict[tuple[int, int], list[Run]] = {}
    for y, row in enumerate(rows):
        x = 0
        for content, wide, high in row:
            while (y, x) in placed:
                x += 1
            for down in range(min(high, len(rows) - y)):
                for across in range(wide):
                    placed.setdefault((y + down, x + across), content)
            x += wide
    width = max((x for _, x in placed), default=-1) + 1
    return [[placed.get((y, x), []) for x in range(width)] for y in range(len(rows))]


def columns_of(rows: Sequence[Sequence[Runs]], width: int) -> list[Align]:
    """Columns of numbers to the right, others to the left."""
    return ["right" if _numeric(rows, index) else "left" for index in range(width)]


def _numeric(rows: Sequence[Sequence[Runs]], index: int) -> bool:
    texts = [plain_text(row[index]).strip() for row in rows if index < len(row)]
    told = [text for text in texts if text]
    return bool(told) and all(_NUMBER.fullmatch(text) for text in told)


def with_one_head(table: Table, leading: int) -> Table:
    """The table with its `leading` columns, which head the rows together, as one column."""
    if leading < 2 or leading >= len(table.header):
        return table
    return replace(
        table,
        header=[_with_slashes(table.header[:leading]), *table.header[leading:]],
        rows=[[_with_slashes(row[:leading]), *row[leading:]] for row in table.rows],
        align=["left", *table.align[leading:]],
    )


def _with_slashes(cells: Sequence[Runs]) -> list[Run]:
    told = [list(cell) for cell in cells if plain_text(cell).strip()]
    return [run for n, cell in enumerate(told) for run in ([Run(" / ")] if n else []) + cell]


def fitting(table: Table, language: Language) -> list[Table]:
    """The table, or several of its columns each if it is wider than a page.

    Each part repeats the first column and says which part it is.
    """
    widths = [_width(table, index) for index in range(len(table.header))]
    if sum(widths) <= PAGE or len(widths) < 3:
        return [table]
    parts: list[list[int]] = [[]]
    room = PAGE - widths[0]
    for index in range(1, len(widths)):
        if parts[-1] and sum(widths[i] for i in parts[-1]) + widths[index] > room:
            parts.append([])
        parts[-1].append(index)
    if len(parts) == 1:
        return [table]
    return [
        _part(table, [0, *part], number + 1, len(parts), language)
        for number, part in enumerate(parts)
    ]


def _width(table: Table, index: int) -> float:
    """The room a column needs at least: its longest word."""
    cells = [table.header[index], *(row[index] for row in table.rows if index < len(row))]
    words = [word for cell in cells for word in plain_text(cell).split()]
    least = 1 if plain_text(table.header[index]).strip() else _UNNAMED
    return min(max([least, *(len(word) for word in words)]), 70) + _PADDING


def _part(table: Table, kept: Sequence[int], number: int, total: int, language: Language) -> Table:
    said = say("exporter", "part", language, number=number, total=total)
    name = plain_text(table.caption) or say("exporter", "table", language)
    return replace(
        table,
        caption=runs(f"{name}, {said}"),
        header=[table.header[i] for i in kept],
        rows=[[row[i] if i < len(row) else [] for i in kept] for row in table.rows],
        align=[table.align[i] for i in kept] if len(table.align) > max(kept) else (),
        widths=None,
    )
