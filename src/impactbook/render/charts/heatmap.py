"""The heat map of risks: every rating in its field of severity and likelihood.

Ratings stand side by side and nothing is averaged. Each field names its level, taken from
`assess.levels`; an impact that raters see in different fields has a dashed outline in each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from impactbook.assess.levels import LEVEL_MATRIX
from impactbook.language import Language, say
from impactbook.model.config import Level
from impactbook.model.impacts import LIKELIHOODS, SEVERITIES
from impactbook.render.blocks import Table, runs
from impactbook.render.charts.drawing import (
    INK,
    PAGE_WIDTH,
    PAPER,
    QUIET,
    Canvas,
    Chart,
    Side,
    lines,
    text_width,
)
from impactbook.render.charts.forest import listed

# Each step is darker than the one before, in colour and in grey: fill and ink.
_SHADES: dict[Level, tuple[str, str]] = {
    "low": ("#fbf7ea", INK),
    "medium": ("#f6d88f", INK),
    "high": ("#e28f3c", INK),
    "very-high": ("#8c2d04", PAPER),
}
_LEFT, _TOP = 36.0, 2.0
_FIELD = (PAGE_WIDTH - _LEFT) / 4
_NAME, _CHIP, _GAP = 7.0, 5.4, 1.4


MOST_TOLD = 10
"""Ratings that the description tells one by one."""
_LEVELS = sorted(
    {level for row in LEVEL_MATRIX for level in row},
    key=lambda level: max(
        x + y for y, row in enumerate(LEVEL_MATRIX) for x, cell in enumerate(row) if cell == level
    ),
)


@dataclass(frozen=True)
class HeatPoint:
    """A rating of one impact: steps from 1 (lowest) to 4, `by` whom."""

    label: str
    severity: int
    likelihood: int
    by: str

    def __post_init__(self) -> None:
        if not (1 <= self.severity <= 4 and 1 <= self.likelihood <= 4):
            raise ValueError("severity and likelihood have steps from 1 to 4")

    @property
    def level(self) -> Level:
        """The risk level of the field."""
        return LEVEL_MATRIX[self.severity - 1][self.likelihood - 1]


def risk_heatmap(points: Sequence[HeatPoint], language: Language) -> Chart:
    """All ratings in a grid of four by four: severity upwards, likelihood to the right."""
    disputed = _disputed(points)
    alt = _alt(points, disputed, language)
    return Chart(_drawn(points, disputed, language, alt), alt, _table(points, language))


def _disputed(points: Sequence[HeatPoint]) -> list[str]:
    """Impacts that stand in more than one field, in the order of the points."""
    fields: dict[str, set[tuple[int, int]]] = {}
    for point in points:
        fields.setdefault(point.label, set()).add((point.severity, point.likelihood))
    return [label for label, where in fields.items() if len(where) > 1]


def _in_field(points: Sequence[HeatPoint], severity: int, likelihood: int) -> list[str]:
    found = (p.label for p in points if (p.severity, p.likelihood) == (severity, likelihood))
    return list(dict.fromkeys(found))


def _drawn(
    points: Sequence[HeatPoint], disputed: Sequence[str], language: Language, alt: str
) -> bytes:
    chip = min(max([7.0, *(text_width(p.label, 8, True) + 2.6 for p in points)]), _FIELD - 2 * _GAP)
    in_a_row = max(1, int((_FIELD - _GAP) // (chip + _GAP)))
    heights = {s: _height(points, s, in_a_row) for s in range(1, 5)}
    grid = sum(heights.values())
    canvas = Canvas(_TOP + grid + 16 + (6 if disputed else 0))
    middle = _TOP + grid / 2
    words = _say("heatmap-severity", language)
    canvas.text(2.5, middle, words, bold=True, turned=True, side="center")
    top = _TOP
    for severity in (4, 3, 2, 1):
        height = heights[severity]
        words = severity_words(severity, language)
        _words_in(canvas, words, _LEFT - 2, top + height / 2, _LEFT - 9, "right")
        for likelihood in range(1, 5):
            left = _LEFT + (likelihood - 1) * _FIELD
            level = LEVEL_MATRIX[severity - 1][likelihood - 1]
            fill, ink = _SHADES[level]
            canvas.box(left, top, _FIELD, height, fill=fill, edge=PAPER, thick=1.6)
            canvas.text(left + 2, top + 3.6, _level_words(level, language), size=7, color=ink)
            for index, label in enumerate(_in_field(points, severity, likelihood)):
                x = left + _GAP + (index % in_a_row) * (chip + _GAP)
                y = top + _NAME + (index // in_a_row) * (_CHIP + _GAP)
                _chip(canvas, label, x, y, chip, dashed=label in disputed)
        top += height
    for likelihood in range(1, 5):
        middle = _LEFT + (likelihood - 0.5) * _FIELD
        words = likelihood_words(likelihood, language)
        _words_in(canvas, words, middle, top + 5, _FIELD - 2, "center")
    words = _say("heatmap-likelihood", language)
    canvas.text(_LEFT + 2 * _FIELD, top + 12, words, bold=True, side="center")
    if disputed:
        canvas.box(_LEFT, top + 17, 7, 4, edge=INK, thick=1.1, dashed=True, rounded=1.2)
        canvas.text(_LEFT + 9, top + 19, _say("heatmap-disputed", language), size=7.5, color=QUIET)
    return canvas.svg(_say("heatmap-title", language), alt)


def _height(points: Sequence[HeatPoint], severity: int, in_a_row: int) -> float:
    most = max(len(_in_field(points, severity, likelihood)) for likelihood in range(1, 5))
    return max(16.0, _NAME + ceil(most / in_a_row) * (_CHIP + _GAP) + 0.6)


def _chip(canvas: Canvas, label: str, x: float, y: float, width: float, *, dashed: bool) -> None:
    canvas.box(x, y, width, _CHIP, edge=INK, thick=1.1 if dashed else 0.8, dashed=dashed,
               rounded=1.4)  # fmt: skip
    words = lines(label.replace(" ", "\u00a0"), width - 1.4, size=8, bold=True)[0]
    canvas.text(x + width / 2, y + _CHIP / 2, words, size=8, bold=True, side="center")


def _words_in(canvas: Canvas, words: str, x: float, y: float, room: float, side: Side) -> None:
    broken = lines(words, room, size=8)
    for index, line in enumerate(broken):
        offset = (index - (len(broken) - 1) / 2) * 3.6
        canvas.text(x, y + offset, line, size=8, side=side)


def severity_words(step: int, language: Language) -> str:
    """A step of severity with its number, such as "4 · severe"."""
    name = say("record", f"severity-{SEVERITIES[step - 1]}", language)
    return _say("step", language, number=step, name=name)


def likelihood_words(step: int, language: Language) -> str:
    """A step of likelihood with its number."""
    name = say("record", f"likelihood-{LIKELIHOODS[step - 1]}", language)
    return _say("step", language, number=step, name=name)


def _level_words(level: Level, language: Language) -> str:
    words = _say("heatmap-level", language, level=say("record", f"level-{level}", language))
    return words[0].upper() + words[1:]


def _alt(points: Sequence[HeatPoint], disputed: Sequence[str], language: Language) -> str:
    """Every rating in words; of many, the highest of each impact: nobody listens to pages of them."""
    sentences = [_say("heatmap-alt", language)]
    if len(points) <= MOST_TOLD:
        sentences += [_point_words("heatmap-alt-point", point, language) for point in points]
    else:
        sentences += [_highest_words(label, points, language) for label in _labels(points)]
        sentences.append(_say("heatmap-alt-others", language))
    if disputed:
        sentences.append(_say("heatmap-alt-disputed", language, labels=listed(disputed, language)))
    if not points:
        sentences.append(_say("heatmap-alt-empty", language))
    return " ".join(sentences)


def _labels(points: Sequence[HeatPoint]) -> list[str]:
    return list(dict.fromkeys(point.label for point in points))


def _highest_words(label: str, points: Sequence[HeatPoint], language: Language) -> str:
    """The rating of an impact that decides its level: the first of those with the highest."""
    own = [point for point in points if point.label == label]
    highest = max(own, key=lambda point: (_LEVELS.index(point.level), point.severity))
    key = "heatmap-alt-highest" if len(own) > 1 else "heatmap-alt-only"
    return _point_words(key, highest, language)


def _point_words(key: str, point: HeatPoint, language: Language) -> str:
    return _say(
        key,
        language,
        label=point.label,
        severity=severity_words(point.severity, language),
        likelihood=likelihood_words(point.likelihood, language),
        level=say("record", f"level-{point.level}", language),
        by=point.by,
    )


def _table(points: Sequence[HeatPoint], language: Language) -> Table:
    header = (
        "column-impact",
        "column-by",
        "heatmap-severity",
        "heatmap-likelihood",
        "column-level",
    )
    return Table(
        caption=runs(_say("heatmap-caption", language)),
        header=[runs(_say(key, language)) for key in header],
        rows=[
            [
                runs(point.label),
                runs(point.by),
                runs(severity_words(point.severity, language)),
                runs(likelihood_words(point.likelihood, language)),
                runs(say("record", f"level-{point.level}", language)),
            ]
            for point in points
        ],
        row_headers=True,
        align=("left",) * 5,
    )


def _say(key: str, language: Language, **values: object) -> str:
    return say("charts", key, language, **values)
