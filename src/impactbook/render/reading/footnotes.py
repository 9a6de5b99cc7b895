"""Footnotes in Markdown (`[^1]` and `[^1]: text`), which CommonMark itself does not know.

Both rules leave what they find in the parser's environment; the reader of Markdown then shows the
notes, numbered in the order in which the text refers to them, below that text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_KEY = "footnotes"
_DEFINED = re.compile(r"\[\^([^\]\s]+)\]:[ \t]*(.*)")
_REFERRED = re.compile(r"\[\^([^\]\s]+)\]")
_STARTS_A_BLOCK = re.compile(r"#{1,6}\s|```|~~~|>|[-*+]\s|\d+[.)]\s|\||<|\[\^")
_INDENT = 4


@dataclass
class Footnotes:
    """The notes of one text: what each label says, and the number it got when it was referred to."""

    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, label: str) -> int:
        """The number of a note; the next free one when it is met first."""
        return self.numbers.setdefault(label, len(self.numbers) + 1)


def footnotes_of(environment: dict[str, Any]) -> Footnotes:
    """The notes that a parser's environment holds."""
    found: Footnotes = environment.setdefault(_KEY, Footnotes())
    return found


def with_footnotes(parser: MarkdownIt) -> MarkdownIt:
    """The parser with both rules; a reference yields a token `footnote_ref` with its number."""
    interrupts: Any = {"alt": ["paragraph", "reference"]}
    parser.block.ruler.before("reference", "footnote", _definition, interrupts)
    parser.inline.ruler.before("link", "footnote_ref", _reference)
    return parser


def _definition(state: Any, start: int, end: int, silent: bool) -> bool:
    """A block rule: a note with its indented paragraphs and the lines that run on."""
    if state.sCount[start] - state.blkIndent >= _INDENT:
        return False
    found = _DEFINED.match(_line(state, start))
    if found is None:
        return False
    if silent:
        return True
    lines, number = [found[2]], start + 1
    while number < end and (said := _continued(state, number, end, bool(lines[-1]))) is not None:
        lines.append(said)
        number += 1
    footnotes_of(state.env).texts.setdefault(found[1], "\n".join(lines).strip())
    state.line = number
    return True


def _continued(state: Any, number: int, end: int, running: bool) -> str | None:
    """What a line adds to the note before it; None when the note has ended."""
    if state.isEmpty(number):
        follows = number + 1 < end and _indented(state, number + 1)
        return "" if follows else None
    if _indented(state, number):
        return str(state.getLines(number, number + 1, state.blkIndent + _INDENT, False))
    line = _line(state, number)
    return line if running and not _STARTS_A_BLOCK.match(line) else None


def _indented(state: Any, number: int) -> bool:
    return not state.isEmpty(number) and state.sCount[number] - state.blkIndent >= _INDENT


def _line(state: Any, number: int) -> str:
    return str(state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]])


def _reference(state: Any, silent: bool) -> bool:
    """An inline rule: a reference to a note that exists; any other stays as it was typed."""
    found = _REFERRED.match(state.src, state.pos)
    notes = footnotes_of(state.env)
    if found is None or found[1] not in notes.texts:
        return False
    if not silent:
        state.push("footnote_ref", "", 0).content = str(notes.number(found[1]))
    state.pos = found.end()
    return True
