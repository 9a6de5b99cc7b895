"""A document as the data that the PDF template reads: every text inert, nothing left to chance.

Whatever would make the engine refuse is settled here: empty blocks are left out, nesting has an
end, languages, links and attachments' names are brought into a form that the standards allow.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote as percent_encoded

from impactbook.language import phrases
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
from impactbook.render.inert import inert
from impactbook.render.long_words import pieces
from impactbook.render.outline import Anchors, Levels, address, complete, described

Json = dict[str, Any]

_DEEPEST = 6  # nested lists, boxes and quotes; beyond it a line has no room left
_LONG_IN_TEXT, _LONG_IN_TABLE, _LONG_IN_TITLE = 24, 12, 20
_LINE = 88  # characters that fit in a line of running text
_KEPT_LINES = 14  # boxes and quotes up to here do not break over pages
_KEPT_CELL = 300  # characters; a row whose cells are no longer does not break over pages
_KEPT_ROWS = 5
_CONTENTS_FROM, _CONTENTS_DEEP_UNTIL = 4, 90
_RUNNING = 84
_LONGEST_LINK = 2000
_RELATIONSHIPS = ("source", "data", "alternative", "supplement", "unspecified")
_MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
_LANGUAGE = re.compile(r"(?P<lang>[a-z]{2,3})(-[a-z0-9]{1,8})*", re.IGNORECASE)


@dataclass(frozen=True)
class Unshown:
    """Texts that no font of the engine could show, learnt from its refusals.

    `letters` are fine alone, but not with the marks that follow them; `texts` not at all.
    """

    letters: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()

    def replaced(self, text: str) -> str:
        """The text with what cannot be shown as code points.

        >>> Unshown(frozenset("x"), frozenset("y")).replaced("x x\\u0301 y")
        'x x[U+0301] [U+0079]'
        """
        if not self.letters and not self.texts:
            return text
        marked = [f"(?<={re.escape(letter)})[\\u0300-\\u036f\\u0483-\\u0489\\u0591-\\u05bd\\u20d0-\\u20ff]+" for letter in self.letters]  # fmt: skip
        whole = sorted((re.escape(part) for part in self.texts), key=len, reverse=True)
        return re.sub("|".join([*marked, *whole]), lambda found: _code_points(found[0]), text)


def _code_points(text: str) -> str:
    return "".join(f"[U+{ord(character):04X}]" for character in text)


@dataclass(frozen=True)
class Prepared:
    """What the engine gets, and for every table in order whether its rows have headers."""

    data: Json
    pictures: dict[str, bytes]
    attached: dict[str, bytes]
    row_headers: list[bool] = field(default_factory=list)


def prepared(
    document: Document,
    *,
    unshown: Unshown = Unshown(),  # noqa: B008  # frozen, so it can be shared
    broken: frozenset[str] = frozenset(),
) -> Prepared:
    """The document as data; pictures named in `broken` are told in words instead."""
    writer = _Writer(document, unshown, broken)
    blocks = writer.blocks(document.blocks)
    attached = _attached(document.attachments, writer)
    data = {
        **_frame(document, writer, blocks),
        "attached": attached,
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
    """Names are unique and safe as file names; types are ones that a reader can parse."""
    shown: list[Json] = []
    taken: set[str] = set()
    for index, item in enumerate(attachments):
        name = _free_name(_file_name(writer.text(item.name)) or "attachment", taken)
        taken.add(name.lower())
        mime = item.mime.split(";")[0].strip().lower()
        shown.append(
            {
                "name": name,
                "file": f"attached-{index}",
                "mime": mime if _MIME.fullmatch(mime) else "application/octet-stream",
                "description": writer.text(item.description).strip()
                or writer.words["attached-file"],
                "relationship": item.relationship
                if item.relationship in _RELATIONSHIPS
                else "unspecified",
            }
        )
    return shown


def _file_name(name: str) -> str:
    """A name that stays in the folder it is saved to.

    >>> _file_name("../../etc/passwd"), _file_name("notebooks/a.ipynb")
    ('etc-passwd', 'notebooks-a.ipynb')
    """
    return re.sub(r'[\s/\\:*?"<>|\x00-\x1f]+', "-", name).strip(".-")


def _free_name(name: str, taken: set[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (name, "")
    candidates = (f"{stem}-{number}{ending}" for number in range(2, len(taken) + 3))
    return next(c for c in (name, *candidates) if c.lower() not in taken)


class _Writer:
    """Blocks as JSON; keeps what the whole document needs to know while it writes."""

    def __init__(self, document: Document, unshown: Unshown, broken: frozenset[str]) -> None:
        self.language, self.unshown, self.broken = document.language, unshown, broken
        self.words = {key: texts[self.language] for key, texts in phrases("document").items()}
        self.levels, self.anchors = Levels(), Anchors()
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
        text = self.text(run.text)
        anchor = _anchor(run.link)
        return {
            "text": text,
            "pieces": pieces(text, longest),
            "bold": run.bold,
            "italic": run.italic or run.math,
            "code": run.code,
            "lang": language_of(run.lang),
            "link": _link(run.link),
            "target": anchor if anchor in self.targets else None,
        }

    def blocks(self, blocks: Sequence[Block], depth: int = 0) -> list[Json]:
        """All that has something to show; page breaks only outside of lists, boxes and quotes."""
        shown = [json for block in blocks for json in self._block(block, depth)]
        for json, following in zip(shown, shown[1:], strict=False):
            if json["type"] == "Paragraph":
                json["sticky"] = _introduces(json, following)
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
                return [{"type": "KeyValues", "pairs": pairs}] if pairs else []
            case Quote():
                return self._quote(block, depth)
            case Code() | Preformatted():
                text = self.text(block.text).rstrip()
                return [{"type": "Preformatted", "text": text}] if text else []
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
        fit = [_longest(row) <= _KEPT_CELL for row in rows]
        return [
            {
                "type": "Table",
                "caption": self.runs(block.caption),
                "header": [self.runs(cell, longest=_LONG_IN_TABLE) for cell in header],
                "rows": [
                    {
                        "cells": [self.runs(cell, longest=_LONG_IN_TABLE) for cell in row],
                        "kept": kept,
                    }
                    for row, kept in zip(rows, fit, strict=True)
                ],
                "row-headers": block.row_headers,
                "align": [str(side) for side in block.align],
                "widths": _widths(block.widths, len(header)),
                "note": self.runs(block.note or ()),
                "kept": len(rows) <= _KEPT_ROWS and all(fit),
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
        label = f"{kind}: " if title else kind
        shown = {"type": "Callout", "kind": block.kind, "label": label, "title": title}
        return [{**shown, "blocks": inner, "kept": _lines(inner) <= _KEPT_LINES}]

    def _quote(self, block: Quote, depth: int) -> list[Json]:
        inner = self.blocks(block.blocks, depth + (depth < _DEEPEST))
        by = self.runs(block.attribution)
        if not inner:
            return []
        if depth >= _DEEPEST:
            return [*inner, _paragraph(by)] if by else inner
        shown = {"type": "Quote", "blocks": inner, "attribution": by}
        return [{**shown, "lang": language_of(block.lang), "kept": _lines(inner) <= _KEPT_LINES}]


def _paragraph(content: list[Json], lang: list[str] | None = None) -> Json:
    return {"type": "Paragraph", "runs": content, "lang": lang, "sticky": False}


def _introduces(paragraph: Json, following: Json) -> bool:
    """Whether a short line announces what follows and must not stay behind alone on a page."""
    text = "".join(run["text"] for run in paragraph["runs"]).rstrip()
    return text.endswith(":") and len(text) <= _LINE and following["type"] != "PageBreak"


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


def _anchor(link: str | None) -> str:
    """The anchor that a link to a place in the same document means; nothing for other links."""
    return Anchors().next(link[1:]) if link and link.startswith("#") else ""


def _link(link: str | None) -> str | None:
    """An address in the seven-bit characters that PDF/A asks for."""
    safe = address(link)
    if safe is None:
        return None
    encoded = percent_encoded(safe, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")
    return encoded if len(encoded) <= _LONGEST_LINK else None


def language_of(tag: str | None) -> list[str] | None:
    """A language tag as language and region; None for what is no such tag.

    >>> language_of("de-AT"), language_of("en"), language_of("zz-!!")
    (['de', 'AT'], ['en', ''], None)
    """
    found = _LANGUAGE.fullmatch((tag or "").strip().replace("_", "-"))
    if found is None:
        return None
    regions = [part for part in found[0].split("-")[1:] if len(part) == 2 and part.isalpha()]
    return [found["lang"].lower(), regions[0].upper() if regions else ""]


def _widths(widths: Sequence[float] | None, columns: int) -> list[float] | None:
    """Relative widths, one a column; None where they cannot be meant."""
    if widths is None or len(widths) != columns:
        return None
    usable = all(math.isfinite(width) and 0 < width < 1e6 for width in widths)
    return [float(width) for width in widths] if usable else None


def _longest(row: Sequence[Runs]) -> int:
    return max((len(plain_text(cell)) for cell in row), default=0)


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
            return float(_KEPT_LINES)


def _length(content: Sequence[Json]) -> int:
    return sum(len(run["text"]) + _LINE * run["text"].count("\n") for run in content)
