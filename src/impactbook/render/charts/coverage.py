"""The map of combinations: one field per combination of two attributes, with the number in it.

Empty, thin, masked and impossible fields differ by pattern and outline, so the map reads in grey
and in print; the numbers stand in the fields and in the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from impactbook.language import Language, number, say
from impactbook.render.blocks import Align, Run, Table, runs
from impactbook.render.charts.drawing import (
    INK,
    LINE,
    PAGE_WIDTH,
    PAPER,
    QUIET,
    WASH,
    Canvas,
    Chart,
    lines,
    text_width,
)
from impactbook.render.charts.forest import listed

MOST_COLUMNS = 14
"""With more columns the numbers would no longer fit; the chart is then left out."""

MOST_ROWS = 40
"""More rows than this are no picture for one page."""

Kind = Literal["covered", "thin", "empty", "masked", "impossible"]
_ORDER: tuple[Kind, ...] = ("covered", "thin", "empty", "masked", "impossible")

# What follows "thin" is told apart without colour: a heavy outline, a cross, dots, nothing.
_FILL: Mapping[Kind, str] = {
    "covered": WASH,
    "thin": "#f2c14e",
    "empty": PAPER,
    "masked": "#d5dae1",
    "impossible": PAPER,
}
_NAMED = 8
_RIGHT: tuple[Align, ...] = ("right",)
_NAMES_END, _LINE, _FIELD = 42.0, 3.4, 7.4


@dataclass(frozen=True)
class CoverageMap:
    """The counts of all combinations of two attributes, by row and column number.

    None stands for a masked count; a combination that is not in `counts` cannot exist. `limit` is
    the number below which a field is thin.
    """

    rows: Sequence[str]
    columns: Sequence[str]
    counts: Mapping[tuple[int, int], int | None]
    limit: int

    def kind(self, row: int, column: int) -> Kind:
        """What one field is."""
        if (row, column) not in self.counts:
            return "impossible"
        count = self.counts[row, column]
        if count is None:
            return "masked"
        if count == 0:
            return "empty"
        return "thin" if count < self.limit else "covered"

    def fields(self) -> Iterator[tuple[int, int, Kind]]:
        """All fields, row by row."""
        for row in range(len(self.rows)):
            for column in range(len(self.columns)):
                yield row, column, self.kind(row, column)


def coverage_map(coverage: CoverageMap, language: Language, attribute: str) -> Chart | None:
    """The map of two attributes, the one with more groups downwards; None when it cannot be drawn."""
    if not coverage.rows or not coverage.columns:
        return None
    if len(coverage.columns) > len(coverage.rows):
        turned = {(column, row): count for (row, column), count in coverage.counts.items()}
        coverage = CoverageMap(coverage.columns, coverage.rows, turned, coverage.limit)
    if len(coverage.columns) > MOST_COLUMNS or len(coverage.rows) > MOST_ROWS:
        return None
    title = _say("coverage-title", language, attribute=attribute)
    alt = _alt(coverage, language, title)
    return Chart(_drawn(coverage, language, title, alt), alt, _table(coverage, language, title))


def _drawn(coverage: CoverageMap, language: Language, title: str, alt: str) -> bytes:
    width = min((PAGE_WIDTH - _NAMES_END) / len(coverage.columns), 30.0)
    heads = [lines(name, width - 1, size=7.5) for name in coverage.columns]
    names = [lines(name, _NAMES_END - 3, size=8) for name in coverage.rows]
    top = 2 + _LINE * max(len(head) for head in heads)
    heights = [max(_FIELD, _LINE * len(name) + 1.5) for name in names]
    kinds = [kind for kind in _ORDER if any(kind == k for _, _, k in coverage.fields())]
    bottom = top + sum(heights)
    canvas = Canvas(bottom + 3 + 6 * _legend_rows(kinds, coverage, language))
    for column, head in enumerate(heads):
        for place, words in enumerate(head):
            y = top - 2.2 - _LINE * (len(head) - 1 - place)
            canvas.text(_NAMES_END + (column + 0.5) * width, y, words, size=7.5, side="center")
    y = top
    for row, (name, height) in enumerate(zip(names, heights, strict=True)):
        for place, words in enumerate(name):
            offset = (place - (len(name) - 1) / 2) * _LINE
            canvas.text(_NAMES_END - 2, y + height / 2 + offset, words, size=8, side="right")
        for column in range(len(coverage.columns)):
            kind, count = coverage.kind(row, column), coverage.counts.get((row, column))
            x = _NAMES_END + column * width
            _field(canvas, (x + 0.5, y + 0.5, width - 1, height - 1), kind)
            words = _number(count, kind, language)
            look = {"bold": kind in ("thin", "empty"), "size": 7.5}
            canvas.text(x + width / 2, y + height / 2, words, side="center", **look)  # type: ignore[arg-type]
        y += height
    _legend(canvas, kinds, coverage, bottom + 5, language)
    return canvas.svg(title, alt)


def _field(canvas: Canvas, box: tuple[float, float, float, float], kind: Kind) -> None:
    """One field: heavy outline if thin, corners crossed if empty, dots if masked, else dashed."""
    x, y, width, height = box
    heavy = kind in ("thin", "empty")
    canvas.box(
        x, y, width, height, fill=_FILL[kind], edge=INK if heavy else LINE,
        thick=1.3 if heavy else 0.5, dashed=kind == "impossible",
    )  # fmt: skip
    if kind == "empty":
        # Two corners crossed out, so that the number in the middle stays readable.
        for left, start in ((x, 0.0), (x + width, width)):
            inwards = 1.9 if not start else -1.9
            canvas.line((left, y), (left + inwards, y + 1.9), thick=0.9)
            canvas.line((left, y + height), (left + inwards, y + height - 1.9), thick=0.9)
    if kind == "masked":
        for left in (x + 1.2, x + width - 1.2):
            for high in (y + 1.2, y + height - 1.2):
                canvas.marker(left, high, ".", color=INK, size=2.6)


def _number(count: int | None, kind: Kind, language: Language) -> str:
    if kind in ("impossible", "masked"):
        return "–" if kind == "impossible" else "?"
    return number(count or 0, language)


def _words(kind: Kind, coverage: CoverageMap, language: Language) -> str:
    return _say(f"coverage-{kind}", language, limit=number(coverage.limit, language))


def _legend_places(
    kinds: Sequence[Kind], coverage: CoverageMap, language: Language
) -> list[tuple[Kind, str, float, int]]:
    """Each kind with its words, its left edge and its line."""
    x, line, found = 0.0, 0, []
    for kind in kinds:
        words = _words(kind, coverage, language)
        room = text_width(words, 7.5) + 14
        if x + room > PAGE_WIDTH and x > 0:
            x, line = 0.0, line + 1
        found.append((kind, words, x, line))
        x += room
    return found


def _legend_rows(kinds: Sequence[Kind], coverage: CoverageMap, language: Language) -> int:
    return 1 + max(line for _, _, _, line in _legend_places(kinds, coverage, language))


def _legend(
    canvas: Canvas, kinds: Sequence[Kind], coverage: CoverageMap, y: float, language: Language
) -> None:
    for kind, words, x, line in _legend_places(kinds, coverage, language):
        middle = y + 6 * line
        _field(canvas, (x + 0.5, middle - 2.2, 7, 4.4), kind)
        canvas.text(x + 9.5, middle, words, size=7.5, color=QUIET)


def _alt(coverage: CoverageMap, language: Language, title: str) -> str:
    found: dict[Kind, list[str]] = {kind: [] for kind in _ORDER}
    for row, column, kind in coverage.fields():
        found[kind].append(f"{coverage.rows[row]} / {coverage.columns[column]}")
    told = _say(
        "coverage-alt",
        language,
        title=title,
        cells=number(sum(len(names) for names in found.values()), language),
        empty=number(len(found["empty"]), language),
        thin=number(len(found["thin"]), language),
        masked=number(len(found["masked"]), language),
        limit=number(coverage.limit, language),
    )
    sentences = [told]
    sentences += [
        _say(f"coverage-alt-{kind}", language, labels=_some(found[kind], language))
        for kind in ("empty", "thin", "masked")
        if found[kind]
    ]
    return " ".join(sentences)


def _some(names: Sequence[str], language: Language) -> str:
    """The first names, and how many more there are."""
    if len(names) <= _NAMED + 1:
        return listed(names, language)
    shown = ", ".join(names[:_NAMED])
    count = number(len(names) - _NAMED, language)
    return _say("coverage-alt-more", language, labels=shown, count=count)


def _table(coverage: CoverageMap, language: Language, title: str) -> Table:
    body: list[list[list[Run]]] = [
        [
            runs(name),
            *(runs(_told(coverage, row, col, language)) for col in range(len(coverage.columns))),
        ]
        for row, name in enumerate(coverage.rows)
    ]
    return Table(
        caption=runs(title),
        header=[
            runs(say("charts", "column-group", language)),
            *(runs(name) for name in coverage.columns),
        ],
        rows=body,
        row_headers=True,
        align=("left", *(_RIGHT * len(coverage.columns))),
    )


def _told(coverage: CoverageMap, row: int, column: int, language: Language) -> str:
    kind = coverage.kind(row, column)
    count = number(coverage.counts.get((row, column)) or 0, language)
    return count if kind == "covered" else _say(f"coverage-cell-{kind}", language, count=count)


def _say(key: str, language: Language, **values: object) -> str:
    return say("charts", key, language, **values)
