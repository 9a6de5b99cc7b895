"""What both backends decide alike: heading levels, anchors, links, descriptions, full tables."""

from __future__ import annotations

import re
from typing import Any

from impactbook.language import Language, say
from impactbook.render.blocks import Figure, Run, Runs, Table, plain_text

MAX_LEVEL = 4


class Levels:
    """Heading levels without gaps: the first is 1, none is more than one deeper or below `deepest`.

    >>> levels = Levels()
    >>> [levels.next(wanted) for wanted in (2, 4, 1, 6)]
    [1, 2, 1, 2]
    """

    def __init__(self, deepest: int = MAX_LEVEL) -> None:
        self.last, self.deepest = 0, deepest

    def next(self, wanted: int) -> int:
        """The level to use for a heading that wants to be at `wanted`."""
        self.last = max(1, min(wanted, self.last + 1, self.deepest))
        return self.last


class Anchors:
    """Anchors for headings: safe as an id, each once in a document."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def next(self, wanted: str) -> str:
        """The anchor for a heading's id; nothing for an empty id or one that is taken."""
        anchor = re.sub(r"[^a-z0-9-]+", "-", wanted.lower()).strip("-")
        if not anchor or anchor in self._seen:
            return ""
        self._seen.add(anchor)
        return anchor


def address(link: Any) -> str | None:
    """A link that is safe to follow; None for every other, which is shown as text only.

    >>> address("https://example.org/"), address("javascript:alert(1)")
    ('https://example.org/', None)
    """
    if isinstance(link, str) and re.fullmatch(r"(https?://|mailto:)[^\s]+", link):
        return link
    return None


def described(figure: Figure, language: Language) -> str:
    """A picture's description; one without has its caption's words, or says that it has none."""
    if figure.alt.strip():
        return figure.alt.strip()
    caption = plain_text(figure.caption).strip()
    if caption:
        return say("document", "picture-in", language, text=caption)
    return say("document", "picture", language)


def complete(table: Table, language: Language) -> tuple[list[Runs], list[list[Runs]]]:
    """Header and rows of a table, all equally wide; columns without a name are numbered."""
    width = max([len(table.header), *(len(row) for row in table.rows)], default=1)
    empty: list[Runs] = [()] * width
    header = [*table.header, *empty][:width]
    named = [
        cell or (Run(_column(index, table.row_headers, language)),)
        for index, cell in enumerate(header)
    ]
    return named, [[*row, *empty][:width] for row in table.rows]


def _column(index: int, row_headers: bool, language: Language) -> str:
    if index == 0 and row_headers:
        return say("document", "row", language)
    return say("document", "column", language, number=index + 1)
