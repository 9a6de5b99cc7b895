"""Text made harmless for print: what deceives or cannot be shown becomes visible.

Bidirectional overrides can make a sentence read differently from what it says; emoji, private-use
and control characters have no glyph in the fonts that are embedded. Each becomes a replacement
such as `[U+202E]`. The record itself keeps the original text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_DECEIVING = frozenset(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F, 0xFEFF]
)
_SPACES = {"\t": "    ", "\r": "", "\u2028": "\n", "\u2029": "\n"}
# Hebrew letters and points, and the letters of Vietnamese, come from Libertinus Serif, which is part
# of the PDF engine and has them in all its faces.
_LIBERTINUS = frozenset([*range(0x05B0, 0x05BE), *range(0x05D0, 0x05EB), *range(0x1EA0, 0x1EFA)])
_MARKS = "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u20d0-\u20ff]+"
_NO_GLYPH_NEEDED = frozenset([0x0A, 0x20, 0xA0, 0xAD, 0x200B, 0x202F, 0x2009, 0x2011])


def inert(text: str) -> str:
    """The text as it may be printed, composed (NFC), each unprintable character replaced.

    >>> inert("pay\\u202eload \\U0001f600")
    'pay[U+202E]load [U+1F600]'
    """
    if text.isascii() and text.isprintable():
        return text
    for found, replacement in _SPACES.items():
        text = text.replace(found, replacement)
    composed = unicodedata.normalize("NFC", text)
    for character in set(composed) - _printable():
        composed = composed.replace(character, _code_points(character))
    return composed


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
        marked = [f"(?<={re.escape(letter)}){_MARKS}" for letter in sorted(self.letters)]
        longest_first = sorted(self.texts, key=lambda part: (-len(part), part))
        whole = [re.escape(part) for part in longest_first]
        return re.sub("|".join([*marked, *whole]), lambda found: _code_points(found[0]), text)


def undeceiving(text: str) -> str:
    """The text as a browser may show it: what deceives or is not meant to be seen is replaced.

    Unlike `inert`, it leaves every character that has some look, such as emoji.

    >>> undeceiving("pay\\u202eload \\U0001f600")
    'pay[U+202E]load \U0001f600'
    """
    if text.isascii() and text.isprintable():
        return text
    for found, replacement in _SPACES.items():
        text = text.replace(found, replacement)
    composed = unicodedata.normalize("NFC", text)
    for character in set(composed):
        if _deceives(character):
            composed = composed.replace(character, _code_points(character))
    return composed


@cache
def _deceives(character: str) -> bool:
    if ord(character) in _NO_GLYPH_NEEDED:
        return False
    unseen = unicodedata.category(character) in ("Cc", "Co", "Cs", "Cn")
    return unseen or ord(character) in _DECEIVING


@cache
def _printable() -> frozenset[str]:
    return frozenset(map(chr, (_NO_GLYPH_NEEDED | _LIBERTINUS | covered()) - _DECEIVING))


@cache
def covered() -> frozenset[int]:
    """Code points that the last fallback font of the PDF engine (DejaVu Sans Mono) can show."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    # The font lies beside matplotlib; importing all of that would take longer than anything else.
    package = find_spec("matplotlib")
    data = Path(package.origin if package and package.origin else "").with_name("mpl-data")
    path = data / "fonts" / "ttf" / "DejaVuSansMono.ttf"
    with TTFont(path, lazy=True) as font:
        codes = frozenset(font.getBestCmap())
    private = {code for code in codes if unicodedata.category(chr(code)) in ("Co", "Cc", "Cf")}
    return codes - private


def _code_points(text: str) -> str:
    return "".join(f"[U+{ord(character):04X}]" for character in text)
