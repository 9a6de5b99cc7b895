"""What programs printed: colours and cursor movements removed, very long texts shortened."""

from __future__ import annotations

import re

from impactbook.language import Language, number, say

MOST_LINES = 400

_CODES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles and links
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|\x1b[@-Z\\-_]"
)


def printed(text: str) -> str:
    """Printed text as a terminal would leave it: what a carriage return overwrote is gone.

    >>> printed("\\x1b[31mred\\x1b[0m\\n10 %\\r100 %")
    'red\\n100 %'
    """
    plain = _CODES.sub("", text).replace("\r\n", "\n")
    return "\n".join(_overwritten(line) for line in plain.split("\n")).rstrip("\n")


def _overwritten(line: str) -> str:
    parts = [part for part in line.split("\r") if part]
    return parts[-1] if parts else ""


def shortened(text: str, language: Language) -> str:
    """The text up to `MOST_LINES` lines, and how many were left out."""
    lines = text.split("\n")
    if len(lines) <= MOST_LINES:
        return text
    left = number(len(lines) - MOST_LINES, language)
    said = say("exporter", "lines-left-out", language, number=left)
    return "\n".join([*lines[:MOST_LINES], said])
