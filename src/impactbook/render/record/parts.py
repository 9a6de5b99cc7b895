"""The small blocks that chapters are made of: headings, paragraphs of people's words, tables.

Everything here is about form; what is said comes from the chapters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from impactbook.model.evidence import Verdict
from impactbook.render.blocks import (
    Align,
    Block,
    BulletList,
    Callout,
    CalloutKind,
    Figure,
    Heading,
    KeyValues,
    Paragraph,
    Quote,
    Run,
    Table,
)
from impactbook.render.record.view import RecordView

if TYPE_CHECKING:
    from impactbook.render.charts import Chart

Cell = list[Run]

_KIND_OF_VERDICT: dict[Verdict, CalloutKind] = {
    "ok": "ok",
    "attention": "attention",
    "fail": "fail",
    "not_enough_data": "open",
    "not_measured": "open",
    "suppressed": "info",
    "": "info",
}


def cell(text: str, *, bold: bool = False, code: bool = False, italic: bool = False) -> Cell:
    """Plain text as runs."""
    return [Run(text, bold=bold, code=code, italic=italic)] if text else []


def joined(parts: Iterable[Cell], between: str = " ") -> Cell:
    """Several texts one after the other."""
    runs: Cell = []
    for part in parts:
        if part and runs:
            runs.append(Run(between))
        runs += part
    return runs


def heading(level: int, text: str | Cell, id: str) -> Heading:
    """A heading with an id that stays the same in every language and version."""
    return Heading(level, cell(text) if isinstance(text, str) else text, id)


def paragraph(text: str) -> Paragraph:
    """Our own words as a paragraph."""
    return Paragraph(cell(text))


def prose(view: RecordView, text: Any) -> list[Block]:
    """A text of a person as paragraphs; blank lines separate them."""
    words, language = view.passage(text)
    lang = None if language == view.language else language
    parts = [part.strip() for part in re.split(r"\n\s*\n", words)]
    return [Paragraph(cell(" ".join(part.split())), lang=lang) for part in parts if part]


def quote(view: RecordView, text: Any, attribution: str) -> list[Block]:
    """What people said, as a quotation; nothing for no text."""
    _, language = view.passage(text)
    lang = None if language == view.language else language
    blocks = prose(view, text)
    return [Quote(blocks, cell(attribution), lang=lang)] if blocks else []


def bullets(items: Iterable[Cell | list[Block]], *, ordered: bool = False) -> list[Block]:
    """A list of texts; nothing for no items."""
    listed: list[list[Block]] = []
    for item in items:
        runs = [part for part in item if isinstance(part, Run)]
        listed.append([Paragraph(runs)] if runs else [p for p in item if not isinstance(p, Run)])
    listed = [item for item in listed if item]
    return [BulletList(listed, ordered)] if listed else []


def callout(kind: CalloutKind, title: str, text: str | Sequence[Block] = "") -> Callout:
    """A box that says by its shape and label how it is meant."""
    blocks = [paragraph(text)] if isinstance(text, str) and text else []
    return Callout(kind, cell(title), blocks if isinstance(text, str) else list(text))


def missing(view: RecordView, key: str) -> Callout:
    """The box that stands where a part is not written yet."""
    return callout("open", view.say("missing-title"), view.say(key))


def verdict_kind(verdict: Verdict) -> CalloutKind:
    """The kind of box for a verdict."""
    return _KIND_OF_VERDICT[verdict]


def facts(pairs: Iterable[tuple[str, Cell | str]]) -> list[Block]:
    """Names and values; pairs without a value are left out, and so is a list without pairs."""
    told = [(name, cell(value) if isinstance(value, str) else value) for name, value in pairs]
    kept = [(cell(name), value) for name, value in told if value]
    return [KeyValues(kept)] if kept else []


def chart_block(chart: Chart, caption: str) -> Figure:
    """A chart with its caption; the chapter prints the same numbers as a table of its own."""
    return Figure(chart.svg, "svg", chart.alt, cell(caption))


def table(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[Cell | str]],
    *,
    align: str = "",
    note: str = "",
    widths: Sequence[float] | None = None,
) -> list[Block]:
    """A table with row headers; `align` has a letter (l, r, c) per column. Nothing without rows."""
    if not rows:
        return []
    names: dict[str, Align] = {"l": "left", "r": "right", "c": "center"}
    return [
        Table(
            caption=cell(caption),
            header=[cell(name) for name in header],
            rows=[[cell(c) if isinstance(c, str) else c for c in row] for row in rows],
            row_headers=True,
            align=[names[letter] for letter in (align or "l" * len(header))],
            note=cell(note) if note else None,
            widths=list(widths) if widths else None,
        )
    ]
