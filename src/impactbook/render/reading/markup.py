"""HTML of a notebook as blocks: text, lists, tables, pictures; scripts and styles are dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from impactbook.render.blocks import (
    Block,
    BulletList,
    Figure,
    Heading,
    Paragraph,
    Preformatted,
    Quote,
    Run,
    Table,
    plain_text,
)
from impactbook.render.reading.pictures import Pictures
from impactbook.render.reading.scripts import raised_or_lowered
from impactbook.render.reading.tables import columns_of, grid, with_one_head

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
_OWN_LINE = {
    "p", "div", "li", "ul", "ol", "dl", "dt", "dd", "pre", "blockquote", "section", "article",
    "table", "tr", "td", "th", "caption", "figure", "figcaption", "details", "summary", "hr",
    *_HEADINGS,
}  # fmt: skip
_INLINE = {
    *_LOOKS, "a", "span", "small", "sub", "sup", "u", "s", "del", "ins", "mark", "abbr", "label",
    "font", "q", "time", "var", "bdi", "bdo", "br", "wbr", "big", "strike", "data", "dfn",
}  # fmt: skip


_LINE_END = Run("\n")


def html_blocks(html: str, pictures: Pictures) -> list[Block]:
    """What a piece of HTML says, as blocks; nothing for HTML that only runs or styles.

    Of HTML that is nested without end, the text alone.
    """
    from bs4 import BeautifulSoup

    reader = _Reader(pictures)
    soup = BeautifulSoup(html, "html.parser")
    try:
        reader.children(soup)
    except RecursionError:
        return [Preformatted(soup.get_text())]
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
            self.loose += _inline(tag, Run(""), self.pictures)
            return
        self.flush()
        block = self.own_block(tag, name)
        if block is not None:
            self.blocks.append(block)
        if isinstance(block, Table) or name in _HEADINGS:
            self.blocks += self.pictures_in(tag)
        elif block is None:
            self.children(tag)
            self.flush()

    def pictures_in(self, tag: Tag) -> list[Block]:
        """The pictures inside of what can only name them."""
        found = (self.picture(image) for image in tag.find_all("img"))
        return [block for block in found if isinstance(block, Figure)]

    def picture(self, tag: Tag) -> Block:
        """One picture, or a line that says it is not included."""
        alt, title = str(tag.get("alt") or ""), str(tag.get("title") or "")
        return self.pictures.named(str(tag.get("src") or ""), alt, title)

    def own_block(self, tag: Tag, name: str) -> Block | None:
        """The block a tag stands for, None for one that only groups others."""
        if name in _HEADINGS:
            told = tidied(_inline(tag, Run(""), None))
            return Heading(int(name[1]), told) if told else None
        if name in ("ul", "ol"):
            items = [
                _Reader(self.pictures).read(item) for item in tag.find_all("li", recursive=False)
            ]
            return BulletList([item for item in items if item], ordered=name == "ol")
        if name == "table":
            return html_table(tag, self.pictures)
        if name == "pre":
            return Preformatted(tag.get_text())
        if name == "blockquote":
            return Quote(_Reader(self.pictures).read(tag))
        if name == "img":
            return self.picture(tag)
        return None

    def read(self, tag: Tag) -> list[Block]:
        """The blocks inside a tag."""
        self.children(tag)
        return self.finished()


def _inline(tag: Tag, look: Run, pictures: Pictures | None) -> list[Run]:
    """The text of a tag as runs that look as its tags say; pictures are named, if that is wanted."""
    from bs4.element import NavigableString, PreformattedString, Tag

    name = tag.name.lower()
    if name == "br":
        return [_LINE_END]
    if name in _DROPPED:
        return []
    if name == "img":
        return [pictures.in_words(str(tag.get("alt") or "")), Run(" ")] if pictures else []
    look = replace(look, **_LOOKS.get(name, {}))
    if name == "a" and tag.get("href"):
        look = replace(look, link=str(tag["href"]))
    found: list[Run] = []
    for child in tag.children:
        if isinstance(child, Tag):
            inner = _inline(child, look, pictures)
            own_line = child.name.lower() in _OWN_LINE
            found += [_LINE_END, *inner, Run(" ")] if own_line else inner
        elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
            text = str(child)
            text = raised_or_lowered(text, name) if name in ("sup", "sub") else text
            found.append(replace(look, text=text))
    return found


def tidied(loose: Sequence[Run]) -> list[Run]:
    """Runs with the white space a browser would show; empty for white space alone."""
    kept: list[Run] = []
    space_before = True
    for run in loose:
        if run == _LINE_END:
            if kept and kept[-2:] != [_LINE_END, _LINE_END]:
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
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return kept if plain_text(kept).strip() else []


def html_table(tag: Tag, pictures: Pictures) -> Table | None:
    """An HTML table with its spans filled in; None for one without cells.

    Several cells that head a row become one, so that each row keeps all its names: pandas writes
    an index of several levels so.
    """
    rows = [row for row in tag.find_all("tr") if row.find_parent("table") is tag]
    cells = [list(row.find_all(["td", "th"], recursive=False)) for row in rows]
    filled = grid([[_spanning(cell, pictures) for cell in row] for row in cells])
    if not filled or not filled[0]:
        return None
    heads = _header_rows(rows)
    header = [_joined([row[index] for row in filled[:heads]]) for index in range(len(filled[0]))]
    body = [list(row) for row in filled[heads:]]
    leading = _leading_heads(cells, heads)
    caption = tag.find("caption")
    table = Table(
        caption=tidied(_inline(caption, Run(""), pictures)) if caption else [],
        header=header,
        rows=body,
        row_headers=leading > 0,
        align=columns_of(body, len(header)),
    )
    return with_one_head(table, leading)


def _leading_heads(cells: Sequence[Sequence[Tag]], header_rows: int) -> int:
    """How many columns on the left are `th` in every row below the header."""
    marked = grid(
        [
            [([Run(cell.name)], _span(cell, "colspan"), _span(cell, "rowspan")) for cell in row]
            for row in cells
        ]
    )[header_rows:]
    every = [[plain_text(cell) == "th" for cell in row] for row in marked]
    width = len(every[0]) if every else 0
    return next((x for x in range(width) if not all(row[x] for row in every)), width)


def _spanning(cell: Tag, pictures: Pictures) -> tuple[list[Run], int, int]:
    told = tidied(_inline(cell, Run(""), pictures))
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
