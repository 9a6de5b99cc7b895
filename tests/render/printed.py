"""What a PDF shows: its text with the place of each piece, and its tags, read with pikepdf alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf

Matrix = tuple[float, float, float, float, float, float]
_SAME: Matrix = (1, 0, 0, 1, 0, 0)
_MAPPED = re.compile(r"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>")


@dataclass(frozen=True)
class Piece:
    """A run of glyphs: its text, the page it stands on and where it starts and ends (points)."""

    text: str
    page: int
    left: float
    right: float


def opened(pdf: bytes) -> pikepdf.Pdf:
    """The PDF for a closer look."""
    return pikepdf.open(BytesIO(pdf))


def shown_text(pdf: bytes) -> str:
    """All text in the order in which it is drawn, without any spacing that layout adds."""
    return "".join(piece.text for piece in pieces_of(pdf))


def pieces_of(pdf: bytes) -> list[Piece]:
    """Every run of glyphs of every page; rotated text (the watermark) is left out."""
    with opened(pdf) as document:
        return [
            piece
            for number, page in enumerate(document.pages, 1)
            for piece in _page_pieces(page, number)
        ]


def _page_pieces(page: Any, number: int) -> Iterator[Piece]:
    fonts = {name: _Font(font) for name, font in page.Resources.get("/Font", {}).items()}
    matrix, stack, placed = _SAME, [], _SAME
    font, size = None, 1.0
    for operands, operator in pikepdf.parse_content_stream(page):
        match str(operator):
            case "q":
                stack.append(matrix)
            case "Q":
                matrix = stack.pop()
            case "cm":
                matrix = _times(_numbers(operands), matrix)
            case "Tf":
                font, size = fonts[str(operands[0])], float(operands[1])
            case "Tm":
                placed = _numbers(operands)
            case "Tj" | "TJ" if font is not None:
                items = operands[0] if str(operator) == "TJ" else [operands[0]]
                a, b, _, _, left, _ = _times(placed, matrix)
                text, width = font.read(list(items))
                if abs(b) < 1e-6:
                    yield Piece(text, number, left, left + width * size * a)


class _Font:
    def __init__(self, font: Any) -> None:
        content = font.ToUnicode.read_bytes().decode("latin-1")
        self.letters = {
            int(code, 16): bytes.fromhex(text).decode("utf-16-be")
            for code, text in _MAPPED.findall(content)
        }
        inner = font.DescendantFonts[0]
        self.default = float(inner.get("/DW", 1000))
        self.widths = dict(_widths(list(inner.get("/W", []))))

    def read(self, items: list[Any]) -> tuple[str, float]:
        """The text of shown glyphs, and its width in units of the font's size."""
        text, width = "", 0.0
        for item in items:
            if not isinstance(item, pikepdf.String):
                width -= float(item) / 1000
                continue
            raw = bytes(item)
            for code in (int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)):
                text += self.letters.get(code, "")
                width += self.widths.get(code, self.default) / 1000
        return text, width


def _widths(listed: list[Any]) -> Iterator[tuple[int, float]]:
    while listed:
        first, second = int(listed.pop(0)), listed.pop(0)
        if isinstance(second, pikepdf.Array):
            yield from ((first + index, float(width)) for index, width in enumerate(second))
        else:
            width = float(listed.pop(0))
            yield from ((code, width) for code in range(first, int(second) + 1))


def _numbers(operands: Any) -> Matrix:
    a, b, c, d, e, f = (float(operand) for operand in operands)
    return (a, b, c, d, e, f)


def _times(one: Matrix, two: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = two
    return (
        a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j,
        e * g + f * i + k, e * h + f * j + m,
    )  # fmt: skip


def tags(pdf: bytes, kind: str) -> list[dict[str, Any]]:
    """The structure elements of one kind, such as "TH", in reading order."""
    with opened(pdf) as document:
        return [
            {
                "scope": str(attributes.get("/Scope", "")),
                "headers": [str(id) for id in attributes.get("/Headers", [])],
                "id": str(element.get("/ID", "")),
                "lang": str(element.get("/Lang", "")),
                "alt": str(element.get("/Alt", "")),
            }
            for element in _elements(document.Root.StructTreeRoot)
            if f"/{kind}" == element.S
            for attributes in [_attributes(element)]
        ]


def _attributes(element: Any) -> dict[str, Any]:
    given = element.get("/A", pikepdf.Array())
    every = list(given) if isinstance(given, pikepdf.Array) else [given]
    return {key: value for one in every for key, value in one.items()}


def _elements(parent: Any) -> Iterator[Any]:
    kids = parent.get("/K")
    for kid in list(kids) if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from _elements(kid)
