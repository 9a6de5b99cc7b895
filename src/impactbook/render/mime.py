"""Blocks as a notebook output: HTML for people, and the blocks themselves for the exporter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from impactbook.language import Language
from impactbook.render.blocks import Block, to_json
from impactbook.render.html import fragment

BLOCKS_MIME = "application/vnd.impactbook.blocks+json"


def blocks_to_mime(blocks: Sequence[Block], language: Language) -> dict[str, Any]:
    """A mime bundle that shows blocks in a notebook and lets the exporter read them back."""
    return {
        "text/html": fragment(blocks, language),
        "text/plain": "impactbook",
        BLOCKS_MIME: to_json(list(blocks)),
    }
