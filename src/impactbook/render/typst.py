"""Documents as PDF: archival (PDF/A-3a) and accessible (PDF/UA-1), made by Typst in memory.

The template is fixed; the document travels as JSON and is shown as text, never as markup. Nothing
is read from the network, nor from the disk but for pictures in a fresh folder; no system font is
used, and every warning is an error, so the same document gives the same bytes everywhere.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import tempfile
import warnings
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from impactbook.errors import ImpactbookError
from impactbook.language import phrases
from impactbook.render.blocks import (
    BulletList,
    Callout,
    Document,
    Figure,
    Heading,
    Quote,
    Table,
    to_json,
)
from impactbook.render.inert import inert
from impactbook.render.outline import Levels, address, complete, described
from impactbook.render.sizes import share_of_line

_UNSHOWN = re.compile(r"the text `\"(?P<text>.+?)\"` could not be displayed")
_RETRIES = 30


class PDFError(ImpactbookError):
    """The PDF engine refused the document (exit code 1)."""

    exit_code = 1


def to_pdf(document: Document) -> bytes:
    """The document as PDF/A-3a and PDF/UA-1; the same document gives the same bytes.

    Raises `PDFError` when the engine refuses or warns.
    """
    template = (
        resources.files("impactbook.render").joinpath("templates", "document.typ").read_bytes()
    )
    pictures: dict[str, bytes] = {}
    data = _data(document, pictures)
    attached = {f"attached-{i}": item.content for i, item in enumerate(document.attachments)}
    compiled = _compile(template, data, {**pictures, **attached}, document.timestamp)
    # Without a line end after %%EOF an appended signature would break PDF/A (6.1.9).
    return compiled.rstrip(b"\n") + b"\n"


def _compile(
    template: bytes, data: dict[str, Any], binary: dict[str, bytes], timestamp: int
) -> bytes:
    import typst

    with tempfile.TemporaryDirectory(prefix="impactbook-") as empty:
        texts = _texts(binary, Path(empty))
        for _ in range(_RETRIES):
            try:
                files: Any = {
                    "main.typ": template,
                    "document.json": json.dumps(data, ensure_ascii=False).encode("utf-8"),
                    **texts,
                }
                made, told = typst.compile_with_warnings(
                    files,
                    root=empty,
                    font_paths=typst.Fonts(include_system_fonts=False),
                    ignore_system_fonts=True,
                    package_path=empty,
                    package_cache_path=empty,
                    format="pdf",
                    pdf_standards=["a-3a", "ua-1"],
                    timestamp=timestamp,
                )
            except typst.TypstError as error:
                unshown = _UNSHOWN.search(str(error))
                if unshown is None:
                    raise PDFError(f"the PDF engine refused: {_first_line(error)}") from None
                data = _without(data, unshown["text"])
                continue
            if told:
                raise PDFError(f"the PDF engine warned: {_first_line(told[0])}")
            return bytes(made)
    raise PDFError("the PDF engine found too many characters that no font can show.")


def _texts(binary: dict[str, bytes], root: Path) -> dict[str, bytes]:
    """The files that are text; the others go to `root`, since the engine takes text in memory."""
    texts = {}
    for name, content in binary.items():
        try:
            content.decode("utf-8")
            texts[name] = content
        except UnicodeDecodeError:
            (root / name).write_bytes(content)
    return texts


def _first_line(error: object) -> str:
    return str(getattr(error, "message", error)).splitlines()[0][:300]


def _without(data: Any, text: str) -> Any:
    """The data with a text that no font could show replaced by its code points."""
    shown = "".join(f"[U+{ord(character):04X}]" for character in text)
    if isinstance(data, dict):
        return {key: _without(value, text) for key, value in data.items()}
    if isinstance(data, list):
        return [_without(value, text) for value in data]
    return data.replace(text, shown) if isinstance(data, str) else data


def _data(document: Document, pictures: dict[str, bytes]) -> dict[str, Any]:
    """Everything the template reads, as JSON; pictures go to `pictures` by file name."""
    words = {key: texts[document.language] for key, texts in phrases("document").items()}
    moment = dt.datetime.fromtimestamp(document.timestamp, dt.UTC)
    title = inert(document.title.strip()) or words["untitled"]
    cover = document.cover
    headings = [block for block in document.blocks if isinstance(block, Heading)]
    starts = bool(document.blocks) and isinstance(document.blocks[0], Heading)
    return {
        "title": title,
        "subtitle": inert(document.subtitle),
        "language": document.language,
        "authors": [inert(name) for name in document.authors],
        "keywords": [inert(word) for word in document.keywords],
        "date": [
            moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second,
        ],
        "words": words,
        "cover": _inert(to_json(cover)) if cover else None,
        "front": 1 if cover else 0,
        "titled": not starts,
        "contents": cover is not None and len(headings) > 3,
        "watermark": words["draft"] if document.draft else "",
        "running": title,
        "running-right": _running(document),
        "running-foot": inert(document.subtitle),
        "attached": [
            {
                "name": inert(item.name),
                "file": f"attached-{index}",
                "mime": item.mime,
                "description": inert(item.description),
                "relationship": item.relationship,
            }
            for index, item in enumerate(document.attachments)
        ],
        "blocks": _blocks(document.blocks, document, pictures, Levels()),
    }  # fmt: skip


def _running(document: Document) -> str:
    return inert(document.cover.version) if document.cover else ""


def _blocks(
    blocks: Sequence[Any], document: Document, pictures: dict[str, bytes], levels: Levels
) -> list[dict[str, Any]]:
    return [_block(block, document, pictures, levels) for block in blocks]


def _block(
    block: Any, document: Document, pictures: dict[str, bytes], levels: Levels
) -> dict[str, Any]:
    if isinstance(block, Figure):
        return _figure(block, document, pictures)
    if isinstance(block, Heading):
        shown = _inert(to_json(block))
        anchor = re.sub(r"[^a-z0-9-]+", "-", block.id.lower()).strip("-")
        return {**shown, "level": levels.next(block.level), "anchor": _once(anchor, pictures)}
    if isinstance(block, BulletList):
        items = [_blocks(item, document, pictures, levels) for item in block.items]
        return {"type": "BulletList", "items": items, "ordered": block.ordered}
    if isinstance(block, Callout | Quote):
        inner = _blocks(block.blocks, document, pictures, levels)
        return {**_inert(_without_blocks(block)), "blocks": inner}
    if isinstance(block, Table):
        return _table(block, document)
    plain: dict[str, Any] = _inert(to_json(block))
    return plain


# Longer than a SHA-256 digest, which people copy and must get back as it is.
_LONG = re.compile(r"\S{70,}")
_PUNCTUATION = r",;.(){}\[\]=+/_:-"
_BREAK_AFTER = re.compile(rf"(?<=[{_PUNCTUATION}])(?=\S)|(?<=[^\s{_PUNCTUATION}]{{70}})(?=\S)")


def breakable(text: str) -> str:
    """Text whose overlong words may break at punctuation, so that no line leaves the page.

    >>> breakable("short words") == "short words"
    True
    """
    return _LONG.sub(lambda word: _BREAK_AFTER.sub("\u200b", word[0]), text)


def _once(anchor: str, seen: dict[str, bytes]) -> str:
    """An anchor, or nothing when the document has it already."""
    key = f"anchor:{anchor}"
    if not anchor or key in seen:
        return ""
    seen[key] = b""
    return anchor


def _without_blocks(block: Callout | Quote) -> Any:
    shown = to_json(block)
    return {key: value for key, value in shown.items() if key != "blocks"}


def _table(block: Table, document: Document) -> dict[str, Any]:
    """A table whose header is complete and whose rows are as wide as its header."""
    header, rows = complete(block, document.language)
    widths = block.widths if block.widths and len(block.widths) == len(header) else None
    full = dataclasses.replace(block, header=header, rows=rows, widths=widths)
    shown: dict[str, Any] = _inert(to_json(full))
    return shown


def _figure(block: Figure, document: Document, pictures: dict[str, bytes]) -> dict[str, Any]:
    name = f"picture-{sum(1 for key in pictures if key.startswith('picture-'))}.{block.format}"
    pictures[name] = block.image
    alt = described(block, document.language)
    if not block.alt.strip():
        warnings.warn(f"a picture has no alternative text; used: {alt}", stacklevel=2)
    return {
        "type": "Figure",
        "file": name,
        "alt": inert(alt),
        "caption": _inert(to_json(block.caption)),
        "width": share_of_line(block.image, block.format),
    }


_NAMES = ("type", "kind", "link", "lang", "align", "gate_kind")


def _inert(value: Any) -> Any:
    """JSON whose texts may be printed; names that the template chooses by stay as they are."""
    if isinstance(value, dict):
        return {
            key: (address(item) if key == "link" else item if key in _NAMES else _inert(item))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_inert(item) for item in value]
    return breakable(inert(value)) if isinstance(value, str) else value
