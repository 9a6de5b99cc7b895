"""Pictures of a notebook: only what the notebook or its folder holds, and only what can be decoded.

Nothing is fetched. What cannot be shown is named in the text instead of breaking the document.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, unquote_to_bytes
from xml.etree import ElementTree

from impactbook.language import Language, say
from impactbook.render.blocks import Block, Figure, Paragraph, Run, runs

LARGEST_FILE = 25_000_000
LARGEST_PICTURE = 60_000_000
"""Pixels; a picture with more is left out."""

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_SHOWN_AS_THEY_ARE = {"PNG": "png", "JPEG": "jpeg"}
_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Pictures:
    """Where a cell's pictures come from: its attachments, and the notebook's own folder."""

    language: Language
    folder: Path | None = None
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    undescribed: str = ""

    def named(self, source: str, alt: str, title: str = "") -> Block:
        """The picture that Markdown or HTML names, or a line that says it is not included."""
        content = self._content(source)
        block = self.shown(content, alt, title) if content else None
        if block is not None:
            return block
        name = alt or ("data:" if source.startswith("data:") else source) or "?"
        words = say("exporter", "picture-left-out", self.language, name=name)
        return Paragraph(runs(words, italic=True))

    def shown(self, content: bytes, alt: str, title: str = "") -> Figure | None:
        """A picture with a description, None when it cannot be shown.

        One without `alt` gets its own words (those of an SVG), else those of the place it stands
        in, and a warning says which.
        """
        found = picture(content, alt.strip(), title)
        if found is None or found.alt:
            return found
        told = _own_words(found) or title or self.undescribed
        warnings.warn(f"a picture has no alternative text; used: {told}", stacklevel=2)
        return replace(found, alt=told)

    def in_words(self, alt: str) -> Run:
        """A picture where only text can stand, such as a cell."""
        key = "picture-in-text" if alt.strip() else "picture-in-text-unnamed"
        return Run(say("exporter", key, self.language, name=alt.strip()), italic=True)

    def _content(self, source: str) -> bytes | None:
        if source.startswith("attachment:"):
            bundle = self.attachments.get(unquote(source.removeprefix("attachment:")), {})
            return next((decoded(text) for text in bundle.values()), None)
        if source.startswith("data:"):
            return _data(source)
        if _ADDRESS.match(source) or source.startswith("//"):
            return None
        return _file(self.folder, unquote(source.split("#")[0].split("?")[0]))


def _file(folder: Path | None, name: str) -> bytes | None:
    """A file inside the folder; links that lead out of it count as outside."""
    if folder is None or not name:
        return None
    try:
        home = folder.resolve()
        path = (home / name).resolve()
        if not path.is_relative_to(home) or not path.is_file():
            return None
        return path.read_bytes() if path.stat().st_size <= LARGEST_FILE else None
    except (OSError, ValueError, RuntimeError):
        return None


def _data(address: str) -> bytes | None:
    head, _, body = address.partition(",")
    return decoded(body) if head.endswith(";base64") else unquote_to_bytes(body)


def decoded(text: str | bytes) -> bytes | None:
    """The bytes of base64 text, None when it is not."""
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return None


def picture(content: bytes, alt: str, caption: str = "") -> Figure | None:
    """A picture as a block, None when it is none that can be shown."""
    if b"<svg" in content[:4000]:
        drawn = content if _is_usable_svg(content) else None
        return Figure(drawn, "svg", alt, runs(caption)) if drawn else None
    raster = _raster(content)
    return Figure(raster[0], raster[1], alt, runs(caption)) if raster else None


def _own_words(found: Figure) -> str:
    """What an SVG calls itself: its title and description."""
    if found.format != "svg":
        return ""
    root = ElementTree.fromstring(found.image)  # noqa: S314
    told = (root.findtext(f"{_SVG}{name}") or "" for name in ("title", "desc"))
    return ". ".join(text for one in told if (text := " ".join(one.split()).rstrip(".")))


def _is_usable_svg(content: bytes) -> bool:
    """True for a well-formed SVG; embedded HTML and entities are refused."""
    if b"<!ENTITY" in content:
        return False
    try:
        root = ElementTree.fromstring(content)  # noqa: S314
    except (ElementTree.ParseError, ValueError):
        return False
    return root.tag == f"{_SVG}svg" and root.find(f".//{_SVG}foreignObject") is None


def _raster(content: bytes) -> tuple[bytes, Literal["png", "jpeg"]] | None:
    """PNG and JPEG as they are; other formats and colour spaces become PNG."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > LARGEST_PICTURE:
                return None
            image.load()
            known = _SHOWN_AS_THEY_ARE.get(image.format or "")
            if known and image.mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
                return content, "jpeg" if known == "jpeg" else "png"
            changed = io.BytesIO()
            transparent = image.mode in ("RGBA", "LA", "PA", "P")
            image.convert("RGBA" if transparent else "RGB").save(changed, "PNG")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return changed.getvalue(), "png"
