"""A surface to draw charts on, in millimetres from the top left corner.

Matplotlib draws letters as outlines, so a chart looks the same everywhere and needs no font. The
same drawing gives the same bytes: no date, no random ids, no settings of whoever runs it.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any, Literal

from impactbook.render.blocks import Table
from impactbook.render.inert import inert

INK, QUIET, LINE, WASH, PAPER = "#1a1f2b", "#4b5563", "#b9c0ca", "#e8edf3", "#ffffff"
ACCENT = "#1f4e79"
# The width of a page's text; what is drawn so is printed in its own size.
PAGE_WIDTH = 163.0
_MM_PER_INCH = 25.4
_MM_PER_POINT = _MM_PER_INCH / 72
_SETTINGS: Any = {
    "svg.hashsalt": "impactbook",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans"],
    "axes.unicode_minus": False,
    "text.usetex": False,
    "text.parse_math": False,
    "path.simplify": False,
}

Side = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Chart:
    """A picture, its description in full sentences, and the same numbers as a table."""

    svg: bytes
    alt: str
    table: Table


class Canvas:
    """A drawing of a given size in millimetres; `y` grows downwards."""

    def __init__(self, height: float, width: float = PAGE_WIDTH) -> None:
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        self.width, self.height = width, height
        self._drawn = 0
        with _settings():
            self._figure = Figure(figsize=(width / _MM_PER_INCH, height / _MM_PER_INCH))
            FigureCanvasSVG(self._figure)
            self._axes = self._figure.add_axes((0, 0, 1, 1))
            self._axes.set_xlim(0, width)
            self._axes.set_ylim(height, 0)
            self._axes.axis("off")

    def _next(self) -> int:
        """The depth of the next mark: what is drawn later lies on top."""
        self._drawn += 1
        return self._drawn

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 8.5,
        bold: bool = False,
        color: str = INK,
        side: Side = "left",
        turned: bool = False,
    ) -> None:
        """Words at a point, their middle at `y`; what cannot be shown is replaced visibly."""
        self._axes.text(
            x, y, inert(words), fontsize=size, fontweight="bold" if bold else "normal",
            color=color, ha=side, va="center_baseline" if not turned else "center",
            rotation=90 if turned else 0, parse_math=False, zorder=self._next(),
        )  # fmt: skip

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        *,
        color: str = INK,
        thick: float = 1.0,
        dashed: bool = False,
    ) -> None:
        """A straight line, its thickness in points."""
        self._axes.plot(
            [start[0], end[0]], [start[1], end[1]], color=color, linewidth=thick,
            linestyle=(0, (3, 2)) if dashed else "-", solid_capstyle="butt", zorder=self._next(),
        )  # fmt: skip

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = PAPER,
        edge: str | None = None,
        thick: float = 0.6,
        dashed: bool = False,
        rounded: float = 0.0,
    ) -> None:
        """A rectangle from its top left corner."""
        from matplotlib.patches import FancyBboxPatch, Rectangle

        look: dict[str, Any] = {
            "facecolor": fill,
            "edgecolor": edge or "none",
            "linewidth": thick if edge else 0,
            "linestyle": (0, (2.2, 1.4)) if dashed else "-",
            "zorder": self._next(),
        }
        patch: Rectangle | FancyBboxPatch
        if rounded:
            style = f"round,pad=0,rounding_size={rounded}"
            patch = FancyBboxPatch((x, y), width, height, boxstyle=style, **look)
        else:
            patch = Rectangle((x, y), width, height, **look)
        self._axes.add_patch(patch)

    def marker(
        self, x: float, y: float, shape: str, *, color: str = INK, filled: bool = True, size: float
    ) -> None:
        """One of matplotlib's markers, `size` in points."""
        self._axes.plot(
            [x], [y], marker=shape, markersize=size, linestyle="none", markeredgewidth=1.2,
            markeredgecolor=color, markerfacecolor=color if filled else PAPER, zorder=self._next(),
        )  # fmt: skip

    def svg(self, title: str, description: str) -> bytes:
        """The drawing as SVG with a title and a description for those who cannot see it."""
        buffer = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        with _settings():
            self._figure.savefig(buffer, format="svg", facecolor=PAPER, metadata=nothing)
        drawn = re.sub(r"<\?xml.*?\?>\s*|<!DOCTYPE.*?>\s*", "", buffer.getvalue(), flags=re.DOTALL)
        told = f"<title>{_xml(title)}</title>\n<desc>{_xml(description)}</desc>\n"
        start = drawn.index(">", drawn.index("<svg")) + 1
        text = f'{drawn[: start - 1]} role="img">\n {told}{drawn[start:].lstrip()}'
        return text.encode("utf-8")


def _xml(text: str) -> str:
    return escape(inert(text), quote=False)


def _settings() -> Any:
    """Matplotlib's own defaults and ours, whatever the user's settings say."""
    import contextlib

    import matplotlib
    import matplotlib.style

    stack = contextlib.ExitStack()
    stack.enter_context(matplotlib.style.context("default"))
    stack.enter_context(matplotlib.rc_context(_SETTINGS))
    return stack


@cache
def text_width(words: str, size: float = 8.5, bold: bool = False) -> float:
    """The width of words in millimetres."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    look = FontProperties(family=["DejaVu Sans"], size=size, weight="bold" if bold else "normal")
    width, _, _ = TextToPath().get_text_width_height_descent(inert(words), look, ismath=False)
    return float(width) * _MM_PER_POINT


def lines(words: str, room: float, *, size: float = 8.5, bold: bool = False) -> list[str]:
    """Words broken into lines no wider than `room` millimetres; a word too long is cut.

    >>> lines("one two", 1000)
    ['one two']
    """
    broken: list[str] = []
    for word in words.split():
        longer = f"{broken[-1]} {word}" if broken else word
        if broken and text_width(longer, size, bold) <= room:
            broken[-1] = longer
        else:
            broken.append(_cut(word, room, size, bold))
    return broken or [""]


def _cut(word: str, room: float, size: float, bold: bool) -> str:
    if text_width(word, size, bold) <= room:
        return word
    kept = len(word)
    while kept > 1 and text_width(word[:kept] + "…", size, bold) > room:
        kept -= 1
    return word[:kept] + "…"
