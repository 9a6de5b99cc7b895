"""How large a picture is printed: in its own size, but never wider or higher than a page allows."""

from __future__ import annotations

import io
import re
from typing import Literal

LINE_MM, HIGHEST_MM = 163.0, 195.0
_DOTS_PER_INCH = 96.0
_MM = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6}
_PIXEL_MM = 25.4 / _DOTS_PER_INCH
_LENGTH = re.compile(r"\s*(\d*\.?\d+)\s*(mm|cm|in|pt|pc|px|)\s*$")


def share_of_line(image: bytes, format: Literal["svg", "png", "jpeg"]) -> float:
    """The width to print a picture in, as a share of the line; 1.0 where its size is unknown."""
    size = _svg_size(image) if format == "svg" else _raster_size(image)
    if size is None or min(size) <= 0:
        return 1.0
    width, height = size
    shown = min(width, LINE_MM, HIGHEST_MM * width / height)
    # What nearly fills the line fills it.
    return round(1.0 if shown > 0.97 * LINE_MM else shown / LINE_MM, 4)


def _svg_size(image: bytes) -> tuple[float, float] | None:
    start = re.search(rb"<svg\b[^>]*>", image)
    if start is None:
        return None
    tag = start[0].decode("utf-8", "replace")
    width, height = _attribute(tag, "width"), _attribute(tag, "height")
    if width and height:
        return width, height
    box = re.search(r"""\bviewBox=["']([^"']+)["']""", tag)
    numbers = box[1].replace(",", " ").split() if box else []
    try:
        _, _, wide, high = (float(number) for number in numbers)
    except ValueError:
        return None
    return wide * _PIXEL_MM, high * _PIXEL_MM


def _attribute(tag: str, name: str) -> float | None:
    found = re.search(rf"""\s{name}=["']([^"']+)["']""", tag)
    length = _LENGTH.match(found[1]) if found else None
    return float(length[1]) * _MM.get(length[2], _PIXEL_MM) if length else None


def _raster_size(image: bytes) -> tuple[float, float] | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(image)) as opened:
            dots = opened.info.get("dpi", (_DOTS_PER_INCH, _DOTS_PER_INCH))
            across, down = (float(d) if d and d > 1 else _DOTS_PER_INCH for d in dots)
            return opened.width / across * 25.4, opened.height / down * 25.4
    except (OSError, ValueError, TypeError):
        return None
