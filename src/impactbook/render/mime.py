"""Blocks as a notebook output: HTML for people, and the blocks themselves for the exporter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from impactbook.language import Language
from impactbook.render.blocks import (
    Block,
    BulletList,
    Callout,
    Figure,
    Heading,
    KeyValues,
    Paragraph,
    Quote,
    Table,
    plain_text,
    to_json,
)
from impactbook.render.html import fragment

BLOCKS_MIME = "application/vnd.impactbook.blocks+json"


def blocks_to_mime(blocks: Sequence[Block], language: Language) -> dict[str, Any]:
    """A mime bundle that shows blocks in a notebook and lets the exporter read them back."""
    return {
        "text/html": fragment(blocks, language),
        "text/plain": "\n".join(_lines(blocks)),
        BLOCKS_MIME: to_json(list(blocks)),
    }


def _lines(blocks: Sequence[Block]) -> Iterator[str]:
    """The text of blocks line by line, for a terminal or a front end without HTML."""
    for block in blocks:
        if isinstance(block, Heading | Paragraph):
            yield plain_text(block.runs)
        elif isinstance(block, BulletList):
            for item in block.items:
                yield from (f"- {line}" for line in _lines(item))
        elif isinstance(block, Table):
            for row in (block.header, *block.rows):
                yield " | ".join(plain_text(cell) for cell in row)
        elif isinstance(block, Callout):
            yield plain_text(block.title)
            yield from _lines(block.blocks)
        elif isinstance(block, KeyValues):
            yield from (f"{plain_text(name)}: {plain_text(value)}" for name, value in block.pairs)
        elif isinstance(block, Quote):
            yield from _lines(block.blocks)
        elif isinstance(block, Figure):
            yield block.alt
