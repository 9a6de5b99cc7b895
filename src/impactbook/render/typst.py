"""Documents as PDF: archival (PDF/A-3a) and accessible (PDF/UA-1), made by Typst in memory.

The template is fixed; the document travels as JSON and is shown as text, never as markup. Nothing
is read from the network, nor from the disk but for pictures in a fresh folder; no system font is
used, and every warning is an error, so the same document gives the same bytes everywhere.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from impactbook.errors import ImpactbookError
from impactbook.render.blocks import Document
from impactbook.render.inert import Unshown, covered
from impactbook.render.row_headers import with_row_headers
from impactbook.render.typst_data import Prepared, prepared

_UNSHOWN = re.compile(r'the text `"((?:\\.|[^"\\])*)"` could not be displayed')
_ESCAPED = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|(.))")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_RETRIES = 12
_ONE_PICTURE = """#set document(title: "-", date: datetime(year: 2000, month: 1, day: 1))
#image("{name}", alt: "-")
"""


class PDFError(ImpactbookError):
    """The PDF engine refused the document (exit code 1)."""

    exit_code = 1


class _Refused(Exception):
    """What the engine said, in full."""


def to_pdf(document: Document) -> bytes:
    """The document as PDF/A-3a and PDF/UA-1; the same document gives the same bytes.

    A picture that cannot be drawn is told by its alternative text, a character without a glyph by
    its code point. Raises `PDFError` when the engine refuses for any other reason.
    """
    try:
        made, data = _made(document)
    except RecursionError:
        raise PDFError("the document is nested too deeply to be printed.") from None
    # Without a line end after %%EOF an appended signature would break PDF/A (6.1.9).
    return with_row_headers(made, data.row_headers).rstrip(b"\n") + b"\n"


def _made(document: Document) -> tuple[bytes, Prepared]:
    """The PDF as the engine makes it, tried again without what it could not show."""
    template = files("impactbook.render").joinpath("templates", "document.typ").read_bytes()
    unshown, broken = Unshown(), None
    for _ in range(_RETRIES):
        data = prepared(document, unshown=unshown, broken=broken or frozenset())
        try:
            return _compiled(template, data, document.timestamp), data
        except _Refused as refused:
            learnt = _learnt(unshown, str(refused))
            if broken is None:
                broken = _broken(data.pictures)
            elif learnt == unshown:
                raise PDFError(f"the PDF engine refused: {_first_line(refused)}") from None
            unshown = learnt
    raise PDFError("the PDF engine found too many characters that no font can show.")


def _compiled(template: bytes, data: Prepared, timestamp: int) -> bytes:
    content = json.dumps(data.data, ensure_ascii=False).encode("utf-8")
    return _compile(
        {"main.typ": template, "document.json": content, **data.pictures, **data.attached},
        timestamp,
    )


def _compile(sources: Mapping[str, bytes], timestamp: int) -> bytes:
    """Typst on files in memory (pictures in a fresh folder); raises `_Refused` if it complains."""
    import typst

    with tempfile.TemporaryDirectory(prefix="impactbook-") as empty:
        files_in_memory: Any = _texts(sources, Path(empty))
        try:
            made, told = typst.compile_with_warnings(
                files_in_memory,
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
            raise _Refused(f"{error.message}\n{error.diagnostic}") from None
    if told:
        raise _Refused(f"{told[0].message}\n{told[0].diagnostic}")
    return bytes(made)


def _texts(sources: Mapping[str, bytes], root: Path) -> dict[str, bytes]:
    """The files that are text; the others go to `root`, since the engine takes text in memory."""
    texts = {}
    for name, content in sources.items():
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            (root / name).write_bytes(content)
        else:
            texts[name] = content
    return texts


def _broken(pictures: Mapping[str, bytes]) -> frozenset[str]:
    """The pictures that the engine cannot draw, each tried alone."""
    return frozenset(name for name, image in pictures.items() if not _drawn(name, image))


def _drawn(name: str, image: bytes) -> bool:
    source = _ONE_PICTURE.format(name=name).encode("utf-8")
    try:
        _compile({"main.typ": source, name: image}, timestamp=0)
    except _Refused:
        return False
    return True


def _learnt(known: Unshown, refusal: str) -> Unshown:
    """What a refusal says about texts that no font can show.

    The engine may name a letter that is fine by itself when the marks on it are not: the marks go
    first, the letter only if it is named again.
    """
    named = {_unescaped(found) for found in _UNSHOWN.findall(refusal)}
    letters = {n for n in named if len(n) == 1 and ord(n) in covered()} - known.letters
    return Unshown(known.letters | letters, known.texts | (named - letters))


def _unescaped(shown: str) -> str:
    r"""A text as the engine quotes it, without its escapes.

    >>> _unescaped(r"\u{20dd}\"") == "\u20dd\""
    True
    """
    return _ESCAPED.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else _CONTROLS.get(found[2], found[2]),
        shown,
    )


def _first_line(error: object) -> str:
    return str(error).splitlines()[0][:300]
