"""Mathematics as a picture: what matplotlib reads of TeX, drawn as outlines without any font.

matplotlib knows the common part of TeX's mathematics and needs no TeX. What it does not know
(environments, commands of one's own) stays as it was typed. The TeX text is what is read aloud.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_STYLE = re.compile(r"\\(display|text)style(?![A-Za-z])")
_CLOSE = 79
_SIZE = 100
_LONGEST = 400
_WIDEST = 40.0
"""In em; a line of text is about 46 em long, and a picture cannot be broken."""


@dataclass(frozen=True)
class Formula:
    """A drawing (SVG), its height and how far it reaches below the line, in em of the text around."""

    svg: bytes
    height: float
    depth: float


@lru_cache(maxsize=512)
def drawn(tex: str) -> Formula | None:
    """TeX without its dollar signs as a picture; None for what cannot be read or is too wide.

    The same text gives the same bytes.
    """
    tex = _STYLE.sub("", tex)
    if not tex.strip() or len(tex) > _LONGEST or "$" in tex or not tex.isprintable():
        return None
    # Loaded only for a notebook with mathematics: it takes longer than most notebooks.
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    text, maker = f"${tex}$", TextToPath()
    look = FontProperties(size=_SIZE, math_fontfamily="stix")
    try:
        width, height, depth = maker.get_text_width_height_descent(text, look, ismath=True)
        points, codes = maker.get_text_path(look, text, ismath=True)
    except (ValueError, RecursionError):
        return None
    if not len(points) or not 0 < width <= _WIDEST * _SIZE:
        return None
    path = _path([(float(x), float(y)) for x, y in points], [int(code) for code in codes])
    # Outlines grow upwards from the line, pictures downwards from their top.
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}">'
        f'<path transform="translate(0 {height - depth:.0f}) scale(1 -1)" d="{path}"/></svg>'
    )
    return Formula(svg.encode("ascii"), height / _SIZE, depth / _SIZE)


def _path(points: list[tuple[float, float]], codes: list[int]) -> str:
    """Points and matplotlib's codes (`matplotlib.path.Path`) as the path of an SVG."""
    commands = {1: "M", 2: "L", 3: "Q", 4: "C"}
    written: list[str] = []
    left = 0
    for (x, y), code in zip(points, codes, strict=True):
        if code == _CLOSE:
            written.append("Z")
            continue
        # A curve's control points and its end have its code each.
        begins = left == 0
        if begins:
            left = {3: 2, 4: 3}.get(code, 1)
        written.append(f"{commands[code] if begins else ''}{x:.2f} {y:.2f}")
        left -= 1
    return " ".join(written)
