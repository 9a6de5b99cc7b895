"""Documents as HTML: one file that loads nothing, runs nothing, and reads well with any device.

The blocks and their order are those of the PDF. Pictures are part of the page as `data:` images,
in which no script can run; everything people typed is escaped. `fragment` is the same for a cell of
a notebook.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files

from impactbook.language import Language, say
from impactbook.render.blocks import (
    Block,
    BulletList,
    Callout,
    Code,
    Cover,
    Document,
    Figure,
    Heading,
    KeyValues,
    PageBreak,
    Paragraph,
    Preformatted,
    Quote,
    Run,
    Runs,
    Table,
    plain_text,
)
from impactbook.render.inert import undeceiving
from impactbook.render.outline import Anchors, Levels, address, complete, described

_MARKS = {"info": "i", "ok": "✓", "attention": "!", "fail": "×", "open": "?"}
_MIMES = {"svg": "image/svg+xml", "png": "image/png", "jpeg": "image/jpeg"}


def to_html(document: Document) -> str:
    """The document as one self-contained page; the same document gives the same text."""
    titled = document.cover is not None or not _starts_with_heading(document.blocks)
    writer = _Writer(document.language, deeper=1 if titled else 0)
    body = writer.blocks(document.blocks)
    style = _css("blocks") + _css("page")
    title = _text(document.title.strip()) or _word("untitled", document.language)
    end = _end(document)
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{document.language}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{title}</title>",
            *(f'<meta name="author" content="{_text(name)}">' for name in document.authors),
            f"<style>{style}</style>",
            "</head>",
            f'<body class="impactbook"{_draft(document)}>',
            f'<a class="skip" href="#content">{_word("skip", document.language)}</a>',
            _banner(document, title) if titled else "",
            _contents(writer.headings, document) if document.cover else "",
            '<main id="content" tabindex="-1">',
            body,
            "</main>",
            end,
            "</body>",
            "</html>",
            "",
        ]
    )


def fragment(blocks: Sequence[Block], language: Language) -> str:
    """Blocks as a piece of HTML with its own style, for the output of a notebook's cell."""
    writer = _Writer(language, deeper=1, anchored=False)
    style = f"<style>{_css('blocks')}</style>"
    return f'{style}<div class="impactbook" lang="{language}">{writer.blocks(blocks)}</div>'


class _Writer:
    """Blocks as HTML; keeps the outline of the document while it writes."""

    def __init__(self, language: Language, *, deeper: int, anchored: bool = True) -> None:
        self.language, self.deeper, self.anchored = language, deeper, anchored
        self.levels, self.anchors = Levels(), Anchors()
        self.headings: list[tuple[int, str, str]] = []

    def blocks(self, blocks: Sequence[Block]) -> str:
        return "\n".join(self.block(block) for block in blocks)

    def block(self, block: Block) -> str:
        match block:
            case Heading():
                return self.heading(block)
            case Paragraph():
                return f"<p{_lang(block.lang)}>{_runs(block.runs)}</p>"
            case BulletList():
                name = "ol" if block.ordered else "ul"
                items = "".join(f"<li>{self.blocks(item)}</li>" for item in block.items)
                return f"<{name}>{items}</{name}>" if items else ""
            case Table():
                return self.table(block)
            case Figure():
                return self.figure(block)
            case Callout():
                return self.callout(block)
            case KeyValues():
                pairs = "".join(
                    f"<div><dt>{_runs(name)}</dt><dd>{_runs(value)}</dd></div>"
                    for name, value in block.pairs
                )
                return f"<dl>{pairs}</dl>" if pairs else ""
            case Quote():
                return self.quote(block)
            case Code():
                return f"<pre><code>{_text(block.text)}</code></pre>"
            case Preformatted():
                return f"<pre>{_text(block.text)}</pre>"
            case PageBreak():
                return '<div class="page-break"></div>'

    def heading(self, block: Heading) -> str:
        level = self.levels.next(block.level)
        anchor = self.anchors.next(block.id) if self.anchored else ""
        if self.anchored and not anchor:
            anchor = self.anchors.next(f"section-{len(self.headings) + 1}")
        self.headings.append((level, anchor, plain_text(block.runs)))
        id = f' id="{anchor}"' if anchor else ""
        name = f"h{level + self.deeper}"
        return f"<{name}{id}>{_runs(block.runs)}</{name}>"

    def table(self, block: Table) -> str:
        header, rows = complete(block, self.language)
        aligned = [
            f' class="{side}"' if side != "left" else ""
            for side in (*block.align, *(["left"] * len(header)))
        ]
        head = "".join(
            f'<th scope="col"{look}>{_runs(cell)}</th>'
            for cell, look in zip(header, aligned, strict=False)
        )
        body = "\n".join(
            "<tr>" + "".join(
                _cell(cell, look, heads=block.row_headers and index == 0)
                for index, (cell, look) in enumerate(zip(row, aligned, strict=False))
            ) + "</tr>"
            for row in rows
        )  # fmt: skip
        caption = f"<caption>{_runs(block.caption)}</caption>" if block.caption else ""
        name = plain_text(block.caption) or _word("table", self.language)
        note = f'<p class="note">{_runs(block.note)}</p>' if block.note else ""
        return (
            f'<div class="scroll" role="group" tabindex="0" aria-label="{_text(name)}"><table>'
            f"{caption}<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>{note}"
        )

    def figure(self, block: Figure) -> str:
        data = base64.b64encode(block.image).decode("ascii")
        alt = _text(described(block, self.language))
        source = f"data:{_MIMES[block.format]};base64,{data}"
        caption = f"<figcaption>{_runs(block.caption)}</figcaption>" if block.caption else ""
        numbers = ""
        if block.table is not None:
            summary = _word("table-of-numbers", self.language)
            table = self.table(block.table)
            numbers = f"<details><summary>{summary}</summary>{table}</details>"
        image = f'<img alt="{alt}" src="{source}">'
        if block.format == "svg":
            name = _text(plain_text(block.caption)) or _word("picture-name", self.language)
            image = f'<div class="scroll chart" role="group" tabindex="0" aria-label="{name}">{image}</div>'
        return f"<figure>{image}{caption}{numbers}</figure>"

    def callout(self, block: Callout) -> str:
        kind = _word(f"kind-{block.kind}", self.language)
        return (
            f'<div class="callout {block.kind}" role="note"><p class="callout-title">'
            f'{_mark(block.kind)}<span class="kind">{kind}:</span> {_runs(block.title)}</p>'
            f"{self.blocks(block.blocks)}</div>"
        )

    def quote(self, block: Quote) -> str:
        by = f"<figcaption>— {_runs(block.attribution)}</figcaption>" if block.attribution else ""
        said = self.blocks(block.blocks)
        return (
            f'<figure class="quote"><blockquote{_lang(block.lang)}>{said}</blockquote>{by}</figure>'
        )


def _cell(cell: Runs, look: str, *, heads: bool) -> str:
    if heads:
        return f'<th scope="row"{look}>{_runs(cell)}</th>'
    return f"<td{look}>{_runs(cell)}</td>"


def _runs(content: Runs) -> str:
    return "".join(_run(run) for run in content)


def _run(run: Run) -> str:
    shown = _text(run.text).replace("\n", "<br>")
    if run.code:
        shown = f"<code>{shown}</code>"
    if run.bold:
        shown = f"<strong>{shown}</strong>"
    if run.italic or run.math:
        shown = f"<em>{shown}</em>"
    if run.lang:
        shown = f"<span{_lang(run.lang)}>{shown}</span>"
    link = address(run.link)
    if link:
        shown = f'<a href="{escape(link)}" rel="noopener noreferrer">{shown}</a>'
    return shown


def _text(text: str) -> str:
    return escape(undeceiving(text))


def _lang(lang: str | None) -> str:
    return f' lang="{escape(lang)}"' if lang else ""


def _word(key: str, language: Language) -> str:
    return escape(say("document", key, language))


def _mark(kind: str) -> str:
    return f'<span class="mark" aria-hidden="true">{_MARKS[kind]}</span>'


def _draft(document: Document) -> str:
    """What a printed draft says on every sheet."""
    return f' data-draft="{_word("draft", document.language)}"' if document.draft else ""


def _starts_with_heading(blocks: Sequence[Block]) -> bool:
    return bool(blocks) and isinstance(blocks[0], Heading)


def _banner(document: Document, title: str) -> str:
    subtitle = f'<p class="subtitle">{_text(document.subtitle)}</p>' if document.subtitle else ""
    cover = document.cover
    parts = [subtitle, f"<h1>{title}</h1>"]
    if cover is not None:
        parts += _cover(cover, document.language)
    if document.draft:
        note = _word("draft-note", document.language)
        parts.append(f'<p class="draft-note">{note}</p>')
    return '<header class="banner">' + "\n".join(part for part in parts if part) + "</header>"


def _cover(cover: Cover, language: Language) -> list[str]:
    facts = [
        ("decision", cover.decision), ("version", cover.version), ("date", cover.date),
    ]  # fmt: skip
    pairs = "".join(
        f"<div><dt>{_word(key, language)}</dt><dd>{_text(value)}</dd></div>"
        for key, value in facts
        if value
    )
    organisation = f'<p class="organisation">{_text(cover.organisation)}</p>'
    return [
        organisation if cover.organisation else "",
        f'<div class="callout gate {cover.gate_kind}"><p>{_word("gate", language)}</p>'
        f'<p class="answer">{_mark(cover.gate_kind)}{_text(cover.gate)}</p></div>',
        f"<dl>{pairs}</dl>",
    ]


def _contents(headings: Sequence[tuple[int, str, str]], document: Document) -> str:
    """Links to the chapters and their sections; nothing where there is little to find."""
    chapters: list[tuple[str, list[str]]] = []
    for level, anchor, text in headings:
        link = f'<a href="#{anchor}">{_text(text)}</a>'
        if level == 1:
            chapters.append((link, []))
        elif level == 2:
            chapters[-1][1].append(f"<li>{link}</li>")
    if len(chapters) < 2:
        return ""
    items = "".join(
        f"<li>{link}{'<ul>' + ''.join(below) + '</ul>' if below else ''}</li>"
        for link, below in chapters
    )
    name = _word("contents", document.language)
    return f'<nav class="contents" aria-label="{name}"><h2>{name}</h2><ul>{items}</ul></nav>'


def _end(document: Document) -> str:
    """Which files the PDF of the same document holds."""
    if not document.attachments:
        return ""
    items = "".join(
        f"<li><code>{_text(item.name)}</code>: {_text(item.description)}</li>"
        for item in document.attachments
    )
    name = _word("attached-in-pdf", document.language)
    return f'<footer class="end"><p>{name}</p><ul>{items}</ul></footer>'


def _policy(style: str) -> str:
    """Allows nothing but this page's own style and the pictures it holds."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _css(name: str) -> str:
    template = files("impactbook.render").joinpath("templates", f"{name}.css")
    return template.read_text(encoding="utf-8")
