"""What stays together on a page of the PDF: short tables and boxes, questions and their answers.

The engine breaks pages; here it is only told which blocks it must not break, and which must not
stay behind alone (`sticky`). Lines are estimated from the number of characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from impactbook.render.blocks import Runs, plain_text

Json = dict[str, Any]

_LINE = 88  # characters that fit in a line of running text
_WHOLE_LINES = 14  # boxes and quotes up to here do not break over pages
_WHOLE_CELL = 300  # characters; a row whose cells are no longer does not break over pages
_WHOLE_ROWS, _WHOLE_ROWS_CELL = 8, 120  # tables of so few and so short rows do not break either
_INTRODUCTION = 10  # lines that stay with the box or heading they lead to


def longest(cells: Sequence[Runs]) -> int:
    """How many characters the longest of some cells has."""
    return max((len(plain_text(cell)) for cell in cells), default=0)


def row_stays_whole(row: Sequence[Runs]) -> bool:
    """Whether a row is short enough not to be broken over pages."""
    return longest(row) <= _WHOLE_CELL


def table_stays_whole(rows: Sequence[Sequence[Runs]]) -> bool:
    """Whether a table is short enough not to be broken over pages."""
    return len(rows) <= _WHOLE_ROWS and all(longest(row) <= _WHOLE_ROWS_CELL for row in rows)


def box_stays_whole(blocks: Sequence[Json]) -> bool:
    """Whether what stands in a box or a quote is short enough not to be broken over pages."""
    return _lines(blocks) <= _WHOLE_LINES


def keep_together(blocks: Sequence[Json]) -> None:
    """Mark as `sticky` what must not stay behind at the foot of a page.

    That is a short line that announces what follows, and the few lines between a heading and the
    box, table or picture below it.
    """
    for block, following in pairwise(blocks):
        if block["type"] == "Paragraph":
            block["sticky"] = _introduces(block, following)
    _keep_questions_with_answers(blocks)


def _introduces(paragraph: Json, following: Json) -> bool:
    text = "".join(run["text"] for run in paragraph["runs"]).rstrip()
    return text.endswith(":") and len(text) <= _LINE and following["type"] != "PageBreak"


def _keep_questions_with_answers(blocks: Sequence[Json]) -> None:
    between: list[Json] | None = None
    for block in blocks:
        unbroken = block["type"] == "Table" and block["kept"]
        if block["type"] in ("Heading", "Callout", "Figure") or unbroken:
            if between and _lines(between) <= _INTRODUCTION:
                for json in between:
                    json["sticky"] = True
            between = [] if block["type"] == "Heading" else None
        elif between is not None:
            between = [*between, block] if block["type"] in ("Paragraph", "KeyValues") else None


def _lines(blocks: Sequence[Json]) -> float:
    """About how many lines some blocks take; tables and pictures count as many."""
    return sum(_lines_of(block) for block in blocks)


def _lines_of(block: Json) -> float:
    match block["type"]:
        case "Paragraph":
            return 1.4 + _length(block["runs"]) // _LINE
        case "KeyValues":
            return sum(1.2 + _length([*n, *v]) // _LINE for n, v in block["pairs"])
        case "BulletList":
            return sum(_lines(item) for item in block["items"])
        case "Preformatted":
            return float(1 + block["text"].count("\n"))
        case "Heading":
            return 2.0
        case _:
            return float(_WHOLE_LINES)


def _length(content: Sequence[Json]) -> int:
    return sum(len(run["text"]) + _LINE * run["text"].count("\n") for run in content)
