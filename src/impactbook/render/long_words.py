"""Where a word that is too long for its line may be parted: figure ids, hashes, addresses.

Words of a language are left to hyphenation. The pieces are set side by side without any character
between them, so what is copied out of the PDF is what was written.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\S+|\s+")
_PART = re.compile(r"[^/_.:=&?,;@+%|~#()\[\]{}\\-]*[/_.:=&?,;@+%|~#()\[\]{}\\-]*")
_CHUNK = 4
_LONGEST_WORD = 40


def pieces(text: str, longest: int) -> list[str]:
    """The text in pieces between which a line may end; words up to `longest` stay whole.

    >>> pieces("see bank/share/age/sixties", 12)
    ['see bank/', 'share/', 'age/', 'sixties']
    """
    if len(text) <= longest:
        return [text]
    parted = [""]
    for token in _TOKEN.findall(text):
        first, *others = _parts(token) if len(token) > longest else [token]
        parted[-1] += first
        parted += others
    return parted


def _parts(token: str) -> list[str]:
    """A long word after its separators, and within what nobody could hyphenate."""
    return [chunk for part in _PART.findall(token) if part for chunk in _chunks(part)]


def _chunks(part: str) -> list[str]:
    """A part every few characters, unless it is short or reads as a word."""
    word = part.rstrip("/_.:=&?,;@+%|~#()[]{}\\-")
    if len(part) <= 2 * _CHUNK or (_is_word(word) and len(word) <= _LONGEST_WORD):
        return [part]
    return [part[start : start + _CHUNK] for start in range(0, len(part), _CHUNK)]


def _is_word(word: str) -> bool:
    """Letters only, capitals only at the front or throughout."""
    return word.isalpha() and (word[1:].islower() or word.isupper())
