"""Markdown of a notebook as blocks, with GitHub's tables; mathematics is kept as typed.

HTML inside Markdown is read for its text. Footnotes stand below the text that refers to them. A
picture in a heading or a cell, where none can stand, is named there and shown below.
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
    Figure,
    Heading,
    Paragraph,
    Preformatted,
    Quote,
    Run,
    Table,
    plain_text,
)
from impactbook.render.reading.footnotes import Footnotes, footnotes_of, with_footnotes
from impactbook.render.reading.markup import html_blocks
from impactbook.render.reading.pictures import Pictures
from impactbook.render.reading.scripts import raised_or_lowered

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

_MATH = re.compile(
    r"\$\$(?P<block>.+?)\$\$"
    r"|\$(?P<inline>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?!\d)"
    r"|\\{1,2}\((?P<round>.+?)\\{1,2}\)|\\{1,2}\[(?P<square>.+?)\\{1,2}\]"
    r"|(?P<environment>\\begin\{(?P<name>[a-zA-Z]+\*?)\}.+?\\end\{(?P=name)\})",
    re.DOTALL,
)
_FORMS = ("block", "inline", "round", "square", "environment")
_SCRIPT = re.compile(r"<(?P<tag>su[bp])>(?P<text>[^<\n]{1,40})</(?P=tag)>", re.IGNORECASE)
_DEEPEST = 100
"""Levels of nesting that are read; the parser would leave out what is deeper without a word."""

_STYLES: dict[str, dict[str, Any]] = {"strong": {"bold": True}, "em": {"italic": True}, "s": {}}
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def markdown_blocks(text: str, pictures: Pictures) -> list[Block]:
    """What a Markdown text says, as blocks; text that is nested without end stays as it was typed."""
    environment: dict[str, Any] = {}
    try:
        blocks = _parsed(text, environment, pictures)
        return blocks + _notes(footnotes_of(environment), environment, pictures)
    except RecursionError:
        return [Preformatted(text)]


def _parsed(text: str, environment: dict[str, Any], pictures: Pictures) -> list[Block]:
    from markdown_it.tree import SyntaxTreeNode

    tokens = _parser().parse(text, environment)
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        raise RecursionError
    tree = SyntaxTreeNode(tokens)
    return [block for node in tree.children for block in _block(node, pictures)]


def _notes(notes: Footnotes, environment: dict[str, Any], pictures: Pictures) -> list[Block]:
    """The footnotes in the order of their numbers; those that nothing refers to come last."""
    blocks: list[Block] = []
    told: set[str] = set()
    while left := [label for label in (*notes.numbers, *notes.texts) if label not in told]:
        told.add(left[0])
        said = _parsed(notes.texts[left[0]], environment, pictures)
        mark = Run(f"[{notes.number(left[0])}] ")
        first = said[0] if said else None
        if isinstance(first, Paragraph):
            blocks += [replace(first, runs=[mark, *first.runs]), *said[1:]]
        else:
            blocks += [Paragraph([mark]), *said]
    return blocks


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST})
    parser.enable(["table", "strikethrough"])
    # Every address is read, or pictures inside of the text would be printed as text; which links
    # may be followed is decided where they are written.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.inline.ruler.before("escape", "math", _math)
    parser.inline.ruler.before("html_inline", "script", _script)
    return with_footnotes(parser)


def _math(state: Any, silent: bool) -> bool:
    """An inline rule: $...$, $$...$$, \\(...\\) and environments are mathematics, kept as typed."""
    if state.src[state.pos] not in "$\\":
        return False
    found = _MATH.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        token = state.push("math", "", 0)
        token.content = next(found[form] for form in _FORMS if found[form]).strip()
    state.pos = found.end()
    return True


def _script(state: Any, silent: bool) -> bool:
    """An inline rule: raised and lowered digits, so that a power does not read as a number."""
    found = _SCRIPT.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("text", "", 0).content = raised_or_lowered(found["text"], found["tag"].lower())
    state.pos = found.end()
    return True


def _block(node: SyntaxTreeNode, pictures: Pictures) -> list[Block]:
    match node.type:
        case "heading":
            parts = list(_inline(node, pictures))
            told = [part for part in parts if isinstance(part, Run)]
            shown = [part for part in parts if not isinstance(part, Run)]
            titled = plain_text(told).strip()
            return [*([Heading(int(node.tag[1]), told)] if titled else []), *shown]
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
            return _table(node, pictures)
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
        case "footnote_ref":
            yield replace(look, text=f"[{node.content}]")
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


def _table(node: SyntaxTreeNode, pictures: Pictures) -> list[Block]:
    """A table, and below it the pictures that its cells hold."""
    rows = [row for part in node.children for row in part.children]
    shown: list[Block] = []
    cells = [[_cell(cell, pictures, shown) for cell in row.children] for row in rows]
    align = [_side(cell) for cell in rows[0].children]
    return [Table(caption=[], header=cells[0], rows=cells[1:], align=align), *shown]


def _cell(node: SyntaxTreeNode, pictures: Pictures, shown: list[Block]) -> list[Run]:
    told: list[Run] = []
    for part in _inline(node, pictures):
        if isinstance(part, Run):
            told.append(part)
        elif isinstance(part, Figure):
            told.append(pictures.in_words(part.alt))
            shown.append(part)
        elif isinstance(part, Paragraph):
            told += part.runs
    return told


def _side(cell: SyntaxTreeNode) -> Align:
    style = str(cell.attrs.get("style", ""))
    return "right" if "right" in style else "center" if "center" in style else "left"
