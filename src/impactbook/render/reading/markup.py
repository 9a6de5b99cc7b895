"""HTML of a notebook as blocks: text, lists, tables, pictures; scripts and styles are dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from impactbook.render.blocks import (
    Block,
    BulletList,
    Heading,
    Paragraph,
    Preformatted,
    Quote,
    Run,
    Table,
    plain_text,
)
from impactbook.render.reading.pictures import Pictures
from impactbook.render.reading.tables import columns_of, grid

if TYPE_CHECKING:
    from bs4.element import PageElement, Tag

_DROPPED = {"script", "style", "template", "noscript", "head", "title", "svg", "math", "iframe",
            "object", "video", "audio", "form", "button", "select", "input"}  # fmt: skip
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_LOOKS: dict[str, dict[str, Any]] = {
    "b": {"bold": True}, "strong": {"bold": True},
    "i": {"italic": True}, "em": {"italic": True}, "cite": {"italic": True},
    "code": {"code": True}, "kbd": {"code": True}, "samp": {"code": True}, "tt": {"code": True},
}  # fmt: skip
_INLINE = {
    *_LOOKS, "a", "span", "small", "sub", "sup", "u", "s", "del", "ins", "mark", "abbr", "label",
    "font", "q", "time", "var", "bdi", "bdo", "br", "wbr", "big", "strike", "data", "dfn",
}  # fmt: skip


def html_blocks(html: str, pictures: Pictures) -> list[Block]:
    """What a piece of HTML says, as blocks; nothing for HTML that only runs or styles."""
    from bs4 import BeautifulSoup

    reader = _Reader(pictures)
    reader.children(BeautifulSoup(html, "html.parser"))
    return reader.finished()


@dataclass
class _Reader:
    """Collects blocks; text outside any block becomes paragraphs."""

    pictures: Pictures
    blocks: list[Block] = field(default_factory=list)
    loose: list[Run] = field(default_factory=list)

    def finished(self) -> list[Block]:
        """All blocks read so far."""
        self.flush()
        return self.blocks

    def flush(self) -> None:
        """End the paragraph that is being collected."""
        told = tidied(self.loose)
        if told:
            self.blocks.append(Paragraph(told))
        self.loose = []

    def children(self, tag: Tag) -> None:
        """Everything inside a tag."""
        for child in tag.children:
            self.element(child)

    def element(self, element: PageElement) -> None:
        """One text or tag."""
        from bs4.element import NavigableString, PreformattedString, Tag

        if isinstance(element, Tag):
            self.tag(element)
        elif isinstance(element, NavigableString) and not isinstance(element, PreformattedString):
            self.loose.append(Run(str(element)))

    def tag(self, tag: Tag) -> None:
        """One tag: part of the paragraph, or a block of its own."""
        name = tag.name.lower()
        if name in _DROPPED:
            return
        if name in _INLINE and not tag.find(["img", "table", "p", "div", "ul", "ol", "pre"]):
            self.loose += _inline(tag, Run(""))
            return
        self.flush()
        block = self.own_block(tag, name)
        if block is not None:
            self.blocks.append(block)
        else:
            self.children(tag)
            self.flush()

    def own_block(self, tag: Tag, name: str) -> Block | None:
        """The block a tag stands for, None for one that only groups others."""
        if name in _HEADINGS:
            told = tidied(_inline(tag, Run("")))
            return Heading(int(name[1]), told) if told else None
        if name in ("ul", "ol"):
            items = [
                _Reader(self.pictures).read(item) for item in tag.find_all("li", recursive=False)
            ]
            return BulletList([item for item in items if item], ordered=name == "ol")
        if name == "table":
            return html_table(tag)
        if name == "pre":
            return Preformatted(tag.get_text())
        if name == "blockquote":
            return Quote(_Reader(self.pictures).read(tag))
        if name == "img":
            alt, title = str(tag.get("alt") or ""), str(tag.get("title") or "")
            return self.pictures.named(str(tag.get("src") or ""), alt, title)
        return None

    def read(self, tag: Tag) -> list[Block]:
        """The blocks inside a tag."""
        self.children(tag)
        return self.finished()


def _inline(tag: Tag, look: Run) -> list[Run]:
    """The text of a tag as runs that look as its tags say."""
    from bs4.element import NavigableString, PreformattedString, Tag

    name = tag.name.lower()
    if name == "br":
        return [Run("\n")]
    if name in _DROPPED:
        return []
    look = replace(look, **_LOOKS.get(name, {}))
    if name == "a" and tag.get("href"):
        look = replace(look, link=str(tag["href"]))
    found: list[Run] = []
    for child in tag.children:
        if isinstance(child, Tag):
            found += _inline(child, look)
        elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
            found.append(replace(look, text=str(child)))
    return found


def tidied(loose: Sequence[Run]) -> list[Run]:
    """Runs with the white space a browser would show; empty for white space alone."""
    kept: list[Run] = []
    space_before = True
    for run in loose:
        if run.text == "\n" and run == Run("\n"):
            kept.append(run)
            space_before = True
            continue
        words = " ".join(run.text.split())
        starts = run.text[:1].isspace() and not space_before
        ends = run.text[-1:].isspace()
        if not words:
            if starts:
                kept.append(Run(" "))
                space_before = True
            continue
        text = f"{' ' if starts else ''}{words}{' ' if ends else ''}"
        kept.append(replace(run, text=text))
        space_before = ends
    if kept:
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return kept if plain_text(kept).strip() else []


def html_table(tag: Tag) -> Table | None:
    """An HTML table with its spans filled in; None for one without cells."""
    rows = [row for row in tag.find_all("tr") if row.find_parent("table") is tag]
    cells = [list(row.find_all(["td", "th"], recursive=False)) for row in rows]
    filled = grid([[_spanning(cell) for cell in row] for row in cells])
    if not filled or not filled[0]:
        return None
    heads = _header_rows(rows)
    header = [_joined([row[index] for row in filled[:heads]]) for index in range(len(filled[0]))]
    body = [list(row) for row in filled[heads:]]
    first = [row[0] for row in cells[heads:] if row]
    caption = tag.find("caption")
    return Table(
        caption=tidied(_inline(caption, Run(""))) if caption else [],
        header=header,
        rows=body,
        row_headers=bool(first) and all(cell.name == "th" for cell in first),
        align=columns_of(body, len(header)),
    )


def _spanning(cell: Tag) -> tuple[list[Run], int, int]:
    told = tidied(_inline(cell, Run("")))
    return told, _span(cell, "colspan"), _span(cell, "rowspan")


def _span(cell: Tag, name: str) -> int:
    told = str(cell.get(name) or "1").strip()
    return min(max(int(told), 1), 1000) if told.isascii() and told.isdigit() else 1


def _header_rows(rows: Sequence[Tag]) -> int:
    """How many rows head the table: those of its `thead`, else a first row of `th` alone."""
    inside = sum(1 for row in rows if row.parent is not None and row.parent.name == "thead")
    if inside or not rows:
        return inside
    first = rows[0].find_all(["td", "th"], recursive=False)
    return 1 if first and all(cell.name == "th" for cell in first) and len(rows) > 1 else 0


def _joined(cells: Sequence[Sequence[Run]]) -> list[Run]:
    """Several header cells of one column as one: different texts, with a slash between."""
    found: list[Run] = []
    seen: set[str] = set()
    for cell in cells:
        text = plain_text(cell)
        if text and text not in seen:
            found += [Run(" / ")] if found else []
            found += cell
            seen.add(text)
    return found
