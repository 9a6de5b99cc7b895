"""What programs printed: colours and cursor movements removed, very long texts shortened."""

from __future__ import annotations

import re

from impactbook.language import Language, number, say

MOST_LINES = 400

_CODES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles and links
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|\x1b[ -/]*[0-~]"  # character sets, keypad, and all others of ECMA-48
    r"|\x1b"
)
_LINE_ENDS = str.maketrans({"\v": "\n", "\f": "\n"})
_MOVES = re.compile(r"[\r\b]")


def printed(text: str) -> str:
    """Printed text as a terminal would leave it: what was written over is gone.

    >>> printed("\\x1b[31mred\\x1b[0m\\n10 %\\r100 %")
    'red\\n100 %'
    """
    plain = _CODES.sub("", text).replace("\r\n", "\n").translate(_LINE_ENDS)
    return "\n".join(_overwritten(line) for line in plain.split("\n")).rstrip("\n")


def _overwritten(line: str) -> str:
    """A line after its carriage returns and backspaces.

    >>> _overwritten("10 %\\r 9 %\\rab\\bc")
    'ac %'
    """
    if not _MOVES.search(line):
        return line
    shown: list[str] = []
    place = 0
    for character in line:
        if character == "\r":
            place = 0
        elif character == "\b":
            place = max(place - 1, 0)
        else:
            shown[place : place + 1] = [character]
            place += 1
    return "".join(shown)


def shortened(text: str, language: Language) -> str:
    """The text up to `MOST_LINES` lines, and how many were left out."""
    lines = text.split("\n")
    if len(lines) <= MOST_LINES:
        return text
    left = number(len(lines) - MOST_LINES, language)
    said = say("exporter", "lines-left-out", language, number=left)
    return "\n".join([*lines[:MOST_LINES], said])
