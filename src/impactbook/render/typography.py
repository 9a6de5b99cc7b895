"""What must stay on one line in print: numbers with their signs, sections with their numbers."""

from __future__ import annotations

import re

_NO_BREAK = "\u00a0"
_MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_BEFORE_NUMBER = re.compile(
    r"(§§?|\b(?:Art|Abs|Nr|Buchst|Kap|Erwägungsgrund|S|Nos?|Arts?)\.|\bArtikel|\bArticle|\bSection) (?=[\dIVX(a-z])"
)
_AFTER_NUMBER = re.compile(rf"(?<=\d) (?=%|€|(?:EUR|HUF|CAD|Mio|Mrd)\b)|(?<=\d\.) (?={_MONTHS})")


def bound(text: str) -> str:
    """The text with spaces that do not break where a line end would disturb reading.

    >>> bound("§ 87 Abs. 1 Nr. 6, 72 % am 2. August").count("\\u00a0")
    5
    """
    return _AFTER_NUMBER.sub(_NO_BREAK, _BEFORE_NUMBER.sub(rf"\1{_NO_BREAK}", text))
