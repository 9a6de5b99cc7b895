"""Markdown of a notebook as blocks, with GitHub's tables; mathematics is shown as it was typed.

HTML inside Markdown is read for its text. Footnotes are shown plainly, where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from impactbook.render.blocks import (
    Align,
    Block,
    BulletList,
    Code,
    Heading,
    Paragraph,
    Quote,
    Run,
    Table,
    plain_text,
)
from impactbook.render.reading.markup import html_blocks
from impactbook.render.reading.pictures import Pictures

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

_MATH = re.compile(
    r"\$\$(?P<block>.+?)\$\$"
    r"|\$(?P<inline>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?!\d)",
    re.DOTALL,
)
_STYLES: dict[str, dict[str, Any]] = {"strong": {"bold": True}, "em": {"italic": True}, "s": {}}
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def markdown_blocks(text: str, pictures: Pictures) -> list[Block]:
    """What a Markdown text says, as blocks."""
    from markdown_it.tree import SyntaxTreeNode

    tree = SyntaxTreeNode(_parser().parse(text))
    return [block for node in tree.children for block in _block(node, pictures)]


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.inline.ruler.before("escape", "math", _math)
    _leave_footnotes(parser)
    return parser


def _math(state: Any, silent: bool) -> bool:
    """An inline rule: $...$ and $$...$$ are mathematics, kept as typed."""
    if state.src[state.pos] != "$":
        return False
    found = _MATH.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        token = state.push("math", "", 0)
        token.content = (found["block"] or found["inline"]).strip()
    state.pos = found.end()
    return True


def _leave_footnotes(parser: MarkdownIt) -> None:
    """A line such as "[^1]: text" stays text; CommonMark would take it for a link's address."""
    rule: Any = next(item for item in parser.block.ruler.__rules__ if item.name == "reference")
    original = rule.fn

    def reference(state: Any, start: int, end: int, silent: bool) -> bool:
        place = state.bMarks[start] + state.tShift[start]
        if state.src.startswith("[^", place):
            return False
        return bool(original(state, start, end, silent))

    parser.block.ruler.at("reference", reference, {"alt": rule.alt})


def _block(node: SyntaxTreeNode, pictures: Pictures) -> list[Block]:
    match node.type:
        case "heading":
            told = [part for part in _inline(node, pictures) if isinstance(part, Run)]
            return [Heading(int(node.tag[1]), told)] if plain_text(told).strip() else []
        case "paragraph":
            return _paragraphs(_inline(node, pictures))
        case "bullet_list" | "ordered_list":
            items = [_inside(item, pictures) for item in node.children]
            return [BulletList([item for item in items if item], node.type == "ordered_list")]
        case "blockquote":
            return [Quote(_inside(node, pictures))]
        case "fence" | "code_block":
            words = node.info.split()
            return [Code(node.content.rstrip("\n"), words[0] if words else "")]
        case "table":
            return [_table(node, pictures)]
        case "html_block":
            return html_blocks(node.content, pictures)
        case _:
            return []


def _inside(node: SyntaxTreeNode, pictures: Pictures) -> list[Block]:
    return [block for child in node.children for block in _block(child, pictures)]


def _paragraphs(parts: Iterator[Run | Block]) -> list[Block]:
    """Text as paragraphs, pictures between them as blocks of their own."""
    blocks: list[Block] = []
    told: list[Run] = []
    for part in parts:
        if isinstance(part, Run):
            told.append(part)
            continue
        blocks += [Paragraph(told)] if plain_text(told).strip() else []
        blocks.append(part)
        told = []
    return [*blocks, Paragraph(told)] if plain_text(told).strip() else blocks


def _inline(node: SyntaxTreeNode, pictures: Pictures) -> Iterator[Run | Block]:
    for child in node.children:
        if child.type == "inline":
            for piece in child.children:
                for part in _part(piece, Run(""), pictures):
                    if not isinstance(part, Run) or part.text:
                        yield part


def _part(node: SyntaxTreeNode, look: Run, pictures: Pictures) -> Iterator[Run | Block]:
    """One piece of a line, with the look of what it stands in."""
    match node.type:
        case "text":
            yield replace(look, text=node.content)
        case "code_inline":
            yield replace(look, text=node.content, code=True)
        case "math":
            yield replace(look, text=node.content, code=True, math=True)
        case "softbreak":
            yield replace(look, text=" ")
        case "hardbreak":
            yield Run("\n")
        case "html_inline":
            yield from _html(node.content, pictures)
        case "image":
            source, title = str(node.attrs.get("src", "")), str(node.attrs.get("title", ""))
            yield pictures.named(source, _alt(node), title)
        case _:
            if node.type == "link":
                look = replace(look, link=str(node.attrs.get("href", "")))
            look = replace(look, **_STYLES.get(node.type, {}))
            for child in node.children:
                yield from _part(child, look, pictures)


def _html(content: str, pictures: Pictures) -> Iterator[Run | Block]:
    """A single HTML tag in a line: a line break or a picture; others only style."""
    if _BREAK.fullmatch(content):
        yield Run("\n")
    elif content[:4].lower() == "<img":
        yield from html_blocks(content, pictures)


def _alt(node: SyntaxTreeNode) -> str:
    return "".join(child.content for child in node.children) or node.content


def _table(node: SyntaxTreeNode, pictures: Pictures) -> Table:
    rows = [row for part in node.children for row in part.children]
    cells = [[_cell(cell, pictures) for cell in row.children] for row in rows]
    align = [_side(cell) for cell in rows[0].children]
    return Table(caption=[], header=cells[0], rows=cells[1:], align=align)


def _cell(node: SyntaxTreeNode, pictures: Pictures) -> list[Run]:
    return [part for part in _inline(node, pictures) if isinstance(part, Run)]


def _side(cell: SyntaxTreeNode) -> Align:
    style = str(cell.attrs.get("style", ""))
    return "right" if "right" in style else "center" if "center" in style else "left"
