"""What a notebook cell shows: the same blocks as PDF and HTML, as a display object.

The exporter finds the blocks again in the cell's output; a browser shows the HTML beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from impactbook.language import Language
from impactbook.render.blocks import Block


class Shown:
    """Blocks that a notebook displays when they are a cell's last value.

    >>> from impactbook.render.blocks import Paragraph, runs
    >>> "text/html" in show([Paragraph(runs("Hallo"))], "de")._repr_mimebundle_()
    True
    """

    def __init__(self, blocks: Sequence[Block], language: Language) -> None:
        self.blocks, self.language = tuple(blocks), language

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What IPython asks for: all forms of the blocks."""
        from impactbook.render.mime import blocks_to_mime

        return dict(blocks_to_mime(self.blocks, self.language))


def show(blocks: Sequence[Block], language: Language) -> Shown:
    """The display object for some blocks, such as a chapter of the record."""
    return Shown(blocks, language)
