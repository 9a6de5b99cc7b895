"""A document as the data that the PDF template reads: every text inert, nothing left to chance.

Whatever would make the engine refuse is settled here: empty blocks are left out, nesting has an
end, languages, links and attachments' names are brought into a form that the standards allow.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from impactbook.language import phrases
from impactbook.render.allowed import (
    file_names,
    language_of,
    link_to,
    mime_type,
    place_of,
    relationship,
    relative_widths,
)
from impactbook.render.blocks import (
    Attachment,
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
from impactbook.render.formulas import drawn
from impactbook.render.inert import Unshown, inert
from impactbook.render.keeping import (
    Json,
    box_stays_whole,
    keep_together,
    longest,
    row_stays_whole,
    table_stays_whole,
)
from impactbook.render.long_words import pieces
from impactbook.render.outline import Anchors, Levels, complete, described
from impactbook.render.typography import bound

_DEEPEST = 6  # nested lists, boxes and quotes; beyond it a line has no room left
_DEEPEST_HEADING = 6  # PDF knows H1 to H6
_LONG_IN_TEXT, _LONG_IN_TABLE, _LONG_IN_TITLE = 24, 12, 20
_BOLD_HEADER = 80  # characters; longer row headers are sentences and not set in bold
_CONTENTS_FROM, _CONTENTS_DEEP_UNTIL = 4, 90
_RUNNING = 100


@dataclass(frozen=True)
class Prepared:
    """What the engine gets, and for every table in order whether its rows have headers."""

    data: Json
    pictures: dict[str, bytes]
    attached: dict[str, bytes]
    row_headers: list[bool] = field(default_factory=list)


def prepared(document: Document, *, unshown: Unshown, broken: frozenset[str]) -> Prepared:
    """The document as data; pictures named in `broken` are told in words instead."""
    writer = _Writer(document, unshown, broken)
    blocks = writer.blocks(document.blocks)
    data = {
        **_frame(document, writer, blocks),
        "attached": _attached(document.attachments, writer),
        "blocks": blocks,
    }
    contents = {f"attached-{i}": item.content for i, item in enumerate(document.attachments)}
    return Prepared(data, writer.pictures, contents, writer.row_headers)


def _frame(document: Document, writer: _Writer, blocks: list[Json]) -> Json:
    """All that is not a block: title, cover, what runs along, which words the template says."""
    moment = dt.datetime.fromtimestamp(document.timestamp, dt.UTC)
    title = writer.text(document.title).strip() or writer.words["untitled"]
    version = writer.text(document.cover.version) if document.cover else ""
    listed = [b for b in blocks if b["type"] == "Heading" and b["level"] <= 2]
    return {
        "title": title,
        "title-pieces": pieces(title, _LONG_IN_TITLE),
        "title-long": _has_long_word(title),
        "subtitle": writer.text(document.subtitle),
        "language": document.language,
        "authors": [writer.text(name) for name in document.authors if name.strip()],
        "keywords": [writer.text(word) for word in document.keywords if word.strip()],
        "date": [
            moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second,
        ],
        "words": writer.words,
        "cover": _cover(document.cover, writer) if document.cover else None,
        "titled": not blocks or blocks[0]["type"] != "Heading",
        "contents": document.cover is not None and len(listed) >= _CONTENTS_FROM,
        "contents-depth": 2 if len(listed) <= _CONTENTS_DEEP_UNTIL else 1,
        "watermark": writer.words["draft"] if document.draft else "",
        "running": _shortened(title),
        "running-right": version,
        "running-foot": _shortened(writer.text(document.subtitle)),
    }  # fmt: skip


def _cover(cover: Cover, writer: _Writer) -> Json:
    return {
        "organisation": writer.text(cover.organisation),
        "gate": writer.text(cover.gate),
        "gate-kind": cover.gate_kind,
        "facts": [
            {"name": writer.words[key], "pieces": pieces(writer.text(value), _LONG_IN_TEXT)}
            for key, value in (
                ("decision", cover.decision), ("version", cover.version), ("date", cover.date),
            )
            if value.strip()
        ],
    }  # fmt: skip


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _RUNNING else line[: _RUNNING - 1].rstrip() + "…"


def _has_long_word(text: str) -> bool:
    return any(len(word) > _LONG_IN_TITLE for word in text.split())


def _attached(attachments: Sequence[Attachment], writer: _Writer) -> list[Json]:
    names = file_names([writer.text(item.name) for item in attachments])
    return [
        {
            "name": name,
            "file": f"attached-{index}",
            "mime": mime_type(item.mime),
            "description": writer.text(item.description).strip() or writer.words["attached-file"],
            "relationship": relationship(item.relationship),
        }
        for index, (name, item) in enumerate(zip(names, attachments, strict=True))
    ]


class _Writer:
    """Blocks as JSON; keeps what the whole document needs to know while it writes."""

    def __init__(self, document: Document, unshown: Unshown, broken: frozenset[str]) -> None:
        self.language, self.unshown, self.broken = document.language, unshown, broken
        self.words = {key: texts[self.language] for key, texts in phrases("document").items()}
        self.levels, self.anchors = Levels(_DEEPEST_HEADING), Anchors()
        known = Anchors()
        self.targets = {known.next(heading.id) for heading in _headings(document.blocks)} - {""}
        self.pictures: dict[str, bytes] = {}
        self.row_headers: list[bool] = []
        self._pictures_met = 0

    def text(self, text: str) -> str:
        """A text as it may be printed."""
        return self.unshown.replaced(inert(text))

    def runs(self, content: Runs, *, longest: int = _LONG_IN_TEXT) -> list[Json]:
        """Runs with safe links; runs without text are left out."""
        return [self._run(run, longest) for run in content if run.text]

    def _run(self, run: Run, longest: int) -> Json:
        text = self.text(run.text if run.code else bound(run.text))
        # A bookmark shows no picture, so in a title mathematics stays text.
        formula = self._formula(run) if run.math and longest != _LONG_IN_TITLE else None
        if run.link is not None:
            # The engine fails on a link whose text ends in, or is nothing but, invisible characters.
            text = text.replace("\u00ad", "").replace("\u200b", "")
        visible = bool(text.strip())
        anchor = place_of(run.link) if visible else None
        return {
            "text": text,
            "pieces": pieces(text, longest),
            "bold": run.bold,
            "italic": run.italic or run.math,
            "code": run.code,
            "lang": language_of(run.lang),
            "link": link_to(run.link) if visible else None,
            "target": anchor if anchor in self.targets else None,
            **({"formula": formula} if formula else {}),
        }

    def _formula(self, run: Run) -> Json | None:
        """Mathematics as a picture in the line; None for what is printed as it was typed."""
        made = drawn(run.text)
        name = f"formula-{sha256(run.text.encode('utf-8')).hexdigest()[:16]}.svg"
        if made is None or name in self.broken:
            return None
        self.pictures[name] = made.svg
        alt = self.words["formula"].format(text=self.text(run.text))
        return {"file": name, "height": made.height, "depth": made.depth, "alt": alt}

    def blocks(self, blocks: Sequence[Block], depth: int = 0) -> list[Json]:
        """All that has something to show; page breaks only outside of lists, boxes and quotes."""
        shown = [json for block in blocks for json in self._block(block, depth)]
        keep_together(shown)
        return shown

    def _block(self, block: Block, depth: int) -> list[Json]:
        match block:
            case Heading():
                return self._heading(block)
            case Paragraph():
                content = self.runs(block.runs)
                return [_paragraph(content, language_of(block.lang))] if content else []
            case BulletList():
                return self._list(block, depth)
            case Table():
                return self._table(block)
            case Figure():
                return self._figure(block, depth)
            case Callout():
                return self._callout(block, depth)
            case KeyValues():
                pairs = [[self.runs(name), self.runs(value)] for name, value in block.pairs]
                pairs = [pair for pair in pairs if pair[0] or pair[1]]
                return [{"type": "KeyValues", "pairs": pairs, "sticky": False}] if pairs else []
            case Quote():
                return self._quote(block, depth)
            case Code() | Preformatted():
                text = self.text(block.text).rstrip()
                code = isinstance(block, Code)
                return [{"type": "Preformatted", "text": text, "code": code}] if text else []
            case PageBreak():
                return [{"type": "PageBreak"}] if depth == 0 else []

    def _heading(self, block: Heading) -> list[Json]:
        if not _titled(block):
            return []
        content = self.runs(block.runs, longest=_LONG_IN_TITLE)
        return [
            {
                "type": "Heading",
                "level": self.levels.next(block.level),
                "runs": content,
                "anchor": self.anchors.next(block.id),
                "long": _has_long_word(plain_text(block.runs)),
            }
        ]

    def _list(self, block: BulletList, depth: int) -> list[Json]:
        if depth >= _DEEPEST:
            return [json for item in block.items for json in self._dashed(item, depth)]
        items = [self.blocks(item, depth + 1) for item in block.items]
        items = [item for item in items if item]
        return [{"type": "BulletList", "items": items, "ordered": block.ordered}] if items else []

    def _dashed(self, item: Sequence[Block], depth: int) -> list[Json]:
        """A list's item where no list fits any more: its blocks after a dash."""
        shown = self.blocks(item, depth)
        if shown and shown[0]["type"] == "Paragraph":
            shown[0]["runs"].insert(0, self._run(Run("– "), _LONG_IN_TEXT))
        return shown

    def _table(self, block: Table) -> list[Json]:
        """A table whose header is complete and whose rows are as wide as its header."""
        if not block.header and not block.rows:
            return []
        header, rows = complete(block, self.language)
        self.row_headers.append(block.row_headers)
        return [
            {
                "type": "Table",
                "caption": self.runs(block.caption),
                "header": [self.runs(cell, longest=_LONG_IN_TABLE) for cell in header],
                "rows": [
                    {
                        "cells": [self.runs(cell, longest=_LONG_IN_TABLE) for cell in row],
                        "kept": row_stays_whole(row),
                    }
                    for row in rows
                ],
                "bold-rows": block.row_headers and longest([r[0] for r in rows]) <= _BOLD_HEADER,
                "align": [str(side) for side in block.align],
                "widths": relative_widths(block.widths, len(header)),
                "note": self.runs(block.note or ()),
                "kept": table_stays_whole(rows),
            }
        ]

    def _figure(self, block: Figure, depth: int) -> list[Json]:
        name = f"picture-{self._pictures_met}.{block.format}"
        self._pictures_met += 1
        alt = self.text(described(block, self.language))
        if not block.alt.strip():
            warnings.warn(f"a picture has no alternative text; used: {alt}", stacklevel=2)
        numbers = self._numbers(block)
        if name in self.broken:
            told = Callout("attention", [Run(self.words["picture-broken"])], [
                Paragraph([Run(described(block, self.language))]), Paragraph(block.caption),
            ])  # fmt: skip
            return [*self._callout(told, depth), *numbers]
        self.pictures[name] = block.image
        shown = {"type": "Figure", "file": name, "alt": alt, "caption": self.runs(block.caption)}
        return [shown, *numbers]

    def _numbers(self, block: Figure) -> list[Json]:
        """What the picture shows, as a small table below it."""
        if block.table is None:
            return []
        caption = block.table.caption or [Run(self.words["table-of-numbers"])]
        shown = self._table(dataclasses.replace(block.table, caption=caption))
        return [{**table, "small": True} for table in shown]

    def _callout(self, block: Callout, depth: int) -> list[Json]:
        title = self.runs(block.title)
        kind = self.words[f"kind-{block.kind}"]
        if depth >= _DEEPEST:
            label = Run(f"{kind}: {plain_text(block.title)}", bold=True)
            return [_paragraph(self.runs([label])), *self.blocks(block.blocks, depth)]
        inner = self.blocks(block.blocks, depth + 1)
        named = f"{kind}: " if title else kind
        shown = {"type": "Callout", "kind": block.kind, "label": named, "title": title}
        return [{**shown, "blocks": inner, "kept": box_stays_whole(inner)}]

    def _quote(self, block: Quote, depth: int) -> list[Json]:
        inner = self.blocks(block.blocks, depth + (depth < _DEEPEST))
        by = self.runs(block.attribution)
        if not inner:
            return []
        if depth >= _DEEPEST:
            return [*inner, _paragraph(by)] if by else inner
        shown = {"type": "Quote", "blocks": inner, "attribution": by}
        return [{**shown, "lang": language_of(block.lang), "kept": box_stays_whole(inner)}]


def _paragraph(content: list[Json], lang: list[str] | None = None) -> Json:
    return {"type": "Paragraph", "runs": content, "lang": lang, "sticky": False}


def _titled(heading: Heading) -> bool:
    return bool(plain_text(heading.runs).strip())


def _headings(blocks: Sequence[Block]) -> Iterator[Heading]:
    """All headings that are printed, wherever they stand."""
    for block in blocks:
        match block:
            case Heading():
                if _titled(block):
                    yield block
            case BulletList():
                for item in block.items:
                    yield from _headings(item)
            case Callout() | Quote():
                yield from _headings(block.blocks)
