"""Blocks as Markdown for pull requests and wikis (CommonMark with tables as on GitHub).

Texts of people and data are inert: whatever could become markup, a link, HTML or a mention of an
account is escaped, deceiving characters become visible, and line breaks become spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from impactbook.render.blocks import (
    Block,
    BulletList,
    Callout,
    Code,
    Figure,
    Heading,
    KeyValues,
    PageBreak,
    Paragraph,
    Preformatted,
    Quote,
    Run,
    Runs,
    Table,
    plain_text,
)
from impactbook.render.inert import undeceiving

_MARKUP = re.compile(r"[\\`*_{}\[\]<>|~&$]")
_AT_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[+-](?=\s|$)|-(?=-)|=|\d+(?=[.)](?:\s|$)))")
_ADDRESS = re.compile(r"://|(?<=www)\.|(?<=mailto):", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w.])@(?=\w)")
_JOINER = "\u2060"
"""A word joiner: invisible, but it keeps `@name` from being read as a mention."""


def to_markdown(blocks: Sequence[Block]) -> str:
    """The blocks as one Markdown text with a final newline.

    >>> to_markdown([Heading(1, [Run("a_b")]), Paragraph([Run("<b>")])])
    '# a\\\\_b\\n\\n\\\\<b\\\\>\\n'
    """
    parts = [part for block in blocks if (part := "\n".join(_lines(block)))]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    r"""A text on one line that stays text, but for what counts at the start of a line only.

    >>> escaped("*x* | https://example.org @who")
    '\\*x\\* \\| https:\\/\\/example.org @\u2060who'
    """
    line = " ".join(undeceiving(text).split())
    line = _MARKUP.sub(lambda found: f"\\{found[0]}", line)
    line = _ADDRESS.sub(lambda found: found[0].replace("/", "\\/").replace(".", "\\."), line)
    return _MENTION.sub(f"@{_JOINER}", line)


def _started(line: str) -> str:
    """A line of ours that begins with somebody's text: it makes no heading, list or number."""
    return _AT_START.sub(_escaped_start, line)


def _escaped_start(found: re.Match[str]) -> str:
    """What would start a list or heading: a backslash before it, after it for a number."""
    mark = found[2]
    return f"{found[1]}{mark}\\" if mark.isdigit() else f"{found[1]}\\{mark}"


def _runs(runs: Runs) -> str:
    """Runs side by side; a run's own spaces stand outside of its marks, as Markdown wants it."""
    return _started("".join(_run(run) for run in runs).strip())


def _run(run: Run) -> str:
    text = escaped(run.text)
    if not text:
        return " " if run.text else ""
    before, after = (" " if side.isspace() else "" for side in (run.text[0], run.text[-1]))
    mark = "**" if run.bold else "*" if run.italic else ""
    if run.code:
        return f"{before}{_code(run.text)}{after}"
    return f"{before}{mark}{text}{mark}{after}"


def _code(text: str) -> str:
    """An inline listing; the fence is longer than any run of backticks in it."""
    line = " ".join(undeceiving(text).split()).replace("|", "¦")
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{line}{space}{fence}"


def _lines(block: Block) -> Iterator[str]:
    """One block as lines."""
    match block:
        case Heading():
            yield f"{'#' * min(block.level, 6)} {_runs(block.runs)}"
        case Paragraph():
            yield _runs(block.runs)
        case BulletList():
            for index, item in enumerate(block.items, 1):
                mark = f"{index}. " if block.ordered else "- "
                yield from _indented(_inside(item), mark)
        case Table():
            yield from _table(block)
        case KeyValues():
            for name, value in block.pairs:
                yield f"- {_runs(name)}: {_runs(value)}"
        case Callout():
            yield from _quoted([f"**{_runs(block.title)}**", *_inside(block.blocks)])
        case Quote():
            told = [f"— {_runs(block.attribution)}"] if block.attribution else []
            yield from _quoted([*_inside(block.blocks), *told])
        case Figure():
            yield _started(escaped(block.alt or plain_text(block.caption)))
        case Code() | Preformatted():
            yield from (f"    {undeceiving(line)}" for line in block.text.splitlines())
        case PageBreak():
            return


def _inside(blocks: Sequence[Block]) -> list[str]:
    return [line for block in blocks for line in _lines(block)]


def _indented(lines: Sequence[str], mark: str) -> Iterator[str]:
    for index, line in enumerate(lines):
        yield f"{mark if index == 0 else ' ' * len(mark)}{line}"


def _quoted(lines: Sequence[str]) -> Iterator[str]:
    for index, line in enumerate(lines):
        if index:
            yield ">"
        yield f"> {line}"


_ALIGNED = {"left": "---", "right": "---:", "center": ":---:"}


def _table(table: Table) -> Iterator[str]:
    """A table below its caption; cells are on one line each."""
    if table.caption:
        yield f"{_runs(table.caption)}:"
        yield ""
    align = [*table.align, *["left"] * len(table.header)][: len(table.header)]
    yield _cells([_runs(cell) for cell in table.header])
    yield _cells([_ALIGNED[one] for one in align])
    for row in table.rows:
        yield _cells([_runs(cell) for cell in row])
    if table.note:
        yield ""
        yield _runs(table.note)


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
