"""Blocks as plain lines, so that tests can look for what a reader would read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from impactbook.render.blocks import (
    Block,
    BulletList,
    Callout,
    Figure,
    Heading,
    KeyValues,
    Paragraph,
    Quote,
    Run,
    Table,
    plain_text,
)


def lines(blocks: Iterable[Block]) -> list[str]:
    """Every text of the blocks, one line per paragraph, row, pair or heading."""
    return [line.replace("\u00a0", " ") for block in blocks for line in _lines(block)]


def text(blocks: Iterable[Block]) -> str:
    return "\n".join(lines(blocks))


def runs_of(blocks: Iterable[Block]) -> list[Run]:
    """All runs outside tables and figures."""
    found: list[Run] = []
    for block in blocks:
        if isinstance(block, Paragraph | Heading):
            found += block.runs
        elif isinstance(block, BulletList):
            found += [run for item in block.items for run in runs_of(item)]
        elif isinstance(block, Callout | Quote):
            found += runs_of(block.blocks)
        elif isinstance(block, KeyValues):
            found += [run for _, value in block.pairs for run in value]
    return found


def callouts(blocks: Iterable[Block]) -> list[tuple[str, str]]:
    return [(b.kind, plain_text(b.title)) for b in blocks if isinstance(b, Callout)]


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Heading | Paragraph):
        yield plain_text(block.runs)
    elif isinstance(block, BulletList):
        for item in block.items:
            yield from lines(item)
    elif isinstance(block, Table):
        yield plain_text(block.caption)
        for row in (block.header, *block.rows):
            yield " | ".join(plain_text(cell) for cell in row)
        if block.note:
            yield plain_text(block.note)
    elif isinstance(block, Callout):
        yield plain_text(block.title)
        yield from lines(block.blocks)
    elif isinstance(block, Quote):
        yield from lines(block.blocks)
        yield plain_text(block.attribution)
    elif isinstance(block, KeyValues):
        for name, value in block.pairs:
            yield f"{plain_text(name)}: {plain_text(value)}"
    elif isinstance(block, Figure):
        yield block.alt
