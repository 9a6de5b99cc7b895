"""What the standards and the PDF engine allow: languages, links, attachments' names and types.

People and programs write these in many ways; here each becomes the nearest allowed form, or is left
out, so that one odd value never costs a whole document.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from urllib.parse import quote

from impactbook.render.outline import Anchors, address

_LONGEST_LINK = 2000
_RELATIONSHIPS = ("source", "data", "alternative", "supplement", "unspecified")
_MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
_LANGUAGE = re.compile(r"(?P<lang>[a-z]{2,3})(-[a-z0-9]{1,8})*", re.IGNORECASE)


def file_names(names: Sequence[str]) -> list[str]:
    """Names for attached files: each once, and none leaves the folder that it is saved to.

    >>> file_names(["a/b.json", "../a-b.json", ""])
    ['a-b.json', 'a-b-2.json', 'attachment']
    """
    given: list[str] = []
    taken: set[str] = set()
    for wanted in names:
        safe = re.sub(r'[\s/\\:*?"<>|\x00-\x1f]+', "-", wanted).strip(".-")
        given.append(_free(safe or "attachment", taken))
        taken.add(given[-1].lower())
    return given


def _free(name: str, taken: set[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (name, "")
    numbered = (f"{stem}-{number}{ending}" for number in range(2, len(taken) + 3))
    return next(free for free in (name, *numbered) if free.lower() not in taken)


def mime_type(given: str) -> str:
    """A media type without parameters; "application/octet-stream" for what is none.

    >>> mime_type("text/csv; charset=utf-8"), mime_type("nope")
    ('text/csv', 'application/octet-stream')
    """
    bare = given.split(";")[0].strip().lower()
    return bare if _MIME.fullmatch(bare) else "application/octet-stream"


def relationship(given: str) -> str:
    """How an attached file relates to the document, in the words of PDF/A-3."""
    return given if given in _RELATIONSHIPS else "unspecified"


def place_of(link: str | None) -> str:
    """The anchor of a link to a place in the same document (`#id`); empty for other links."""
    return Anchors().next(link[1:]) if link and link.startswith("#") else ""


def link_to(link: str | None) -> str | None:
    """An address elsewhere in the seven-bit characters that PDF asks for; None if it is not safe."""
    safe = address(link)
    if safe is None:
        return None
    encoded = quote(safe, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")
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


def relative_widths(widths: Sequence[float] | None, columns: int) -> list[float] | None:
    """Relative widths, one a column; None where they cannot be meant so."""
    if widths is None or len(widths) != columns:
        return None
    usable = all(math.isfinite(width) and 0 < width < 1e6 for width in widths)
    return [float(width) for width in widths] if usable else None
