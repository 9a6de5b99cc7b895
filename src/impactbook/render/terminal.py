"""Blocks as text for a terminal: plain in a pipe, with bold headings where there is a screen.

Texts of people and data cannot steer the terminal: control characters, bidirectional overrides and
the like are shown as code points.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

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
    Runs,
    Table,
    plain_text,
)
from impactbook.render.inert import undeceiving

if TYPE_CHECKING:
    from rich.console import RenderableType

_MARKS = {1: "=", 2: "-"}


def to_terminal(blocks: Sequence[Block], *, width: int) -> str:
    """The blocks as lines of at most `width` characters, with a final newline.

    Tables are drawn in columns; a cell too long for its column goes on below.
    """
    from rich.console import Console, Group
    from rich.padding import Padding
    from rich.text import Text

    def drawn(block: Block) -> Iterator[RenderableType]:
        match block:
            case Heading():
                words = _line(block.runs)
                yield Text(words)
                if block.level in _MARKS:
                    yield Text(_MARKS[block.level] * min(len(words), width))
            case Paragraph():
                yield Text(_line(block.runs))
            case BulletList():
                for index, item in enumerate(block.items, 1):
                    mark = f"{index}. " if block.ordered else "- "
                    yield _hanging(mark, [part for one in item for part in drawn(one)])
            case Table():
                yield from _table(block)
            case KeyValues():
                for name, value in block.pairs:
                    yield Text(f"{_line(name)}: {_line(value)}")
            case Callout():
                yield Text(_line(block.title))
                yield from (part for one in block.blocks for part in drawn(one))
            case Quote():
                inside = [part for one in block.blocks for part in drawn(one)]
                inside += [Text(f"— {_line(block.attribution)}")] if block.attribution else []
                yield Padding(Group(*inside), (0, 0, 0, 4))
            case Figure():
                yield Text(undeceiving(block.alt or plain_text(block.caption)))
            case Code() | Preformatted():
                yield from (Text(undeceiving(line)) for line in block.text.splitlines())
            case PageBreak():
                return

    target = io.StringIO()
    console = Console(
        file=target, width=width, color_system=None, force_terminal=False, highlight=False,
        legacy_windows=False,
    )  # fmt: skip
    for index, block in enumerate(blocks):
        if index and not isinstance(block, PageBreak):
            console.print()
        for part in drawn(block):
            console.print(part, soft_wrap=False)
    lines = [line.rstrip() for line in target.getvalue().splitlines()]
    return "\n".join(lines).rstrip("\n") + "\n"


def _line(runs: Runs) -> str:
    return " ".join(undeceiving(plain_text(runs)).split())


def _hanging(mark: str, parts: Sequence[RenderableType]) -> RenderableType:
    """A mark and what belongs to it, further lines below the first."""
    from rich.console import Group
    from rich.table import Table as Grid

    grid = Grid.grid(padding=0)
    grid.add_column(width=len(mark), no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(mark, Group(*parts))
    return grid


def _table(block: Table) -> Iterator[RenderableType]:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as Drawn
    from rich.text import Text

    if block.caption:
        yield Text(f"{_line(block.caption)}:")
    table = Drawn(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    widths = [*(block.widths or ()), *[1.0] * len(block.header)][: len(block.header)]
    for head, share in zip(block.header, widths, strict=True):
        table.add_column(Text(_line(head)), overflow="fold", ratio=round(share * 10))
    for row in block.rows:
        table.add_row(*(Text(_line(cell)) for cell in row))
    table.expand = True
    yield table
    if block.note:
        yield Text(_line(block.note))
