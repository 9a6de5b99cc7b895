"""Every published figure of a dataset, for the annex: a table per metric, those with few values as a list.

No number that is told is left out. Figures that are masked are counted; combinations in which
nobody is stand together in one row, by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from impactbook.model.evidence import Figure
from impactbook.render.blocks import Block, plain_text
from impactbook.render.record.figure_tables import (
    condition_words,
    count_cell,
    interval_cell,
    value_cell,
    verdict_cell,
)
from impactbook.render.record.parts import Cell, bullets, cell, paragraph, table
from impactbook.render.record.view import RecordView
from impactbook.render.sentences import metric_name

FEW_ROWS = 6
"""Up to so many rows of a metric stand in a list, which spares each of them a table."""

_COLUMNS = ("what", "condition", "value", "count", "unknown", "interval", "verdict")
_RIGHT = frozenset({"value", "count", "unknown", "interval"})
_WORDS = ("what", "condition")
_LINE, _GAP = 137.0, 5.0
"""Letters that fit on a line of a table, and those that the room between two columns takes."""

_BOLD, _MOST_OF_VERDICT = 1.15, 12
"""How wide letters of a header are, and after how many letters a result is broken."""

_IN_ORDER = frozenset(
    {"share", "share_of_all", "share_ratio_to_all", "representation_ratio", "representation_gap"}
)
"""Metrics whose rows stand in the order of their groups; others come as they were ranked."""


@dataclass(frozen=True)
class _Printed:
    """The rows of one metric, and how many of its figures are masked."""

    name: str
    rows: list[list[Cell | str]]
    masked: int


def all_figures(view: RecordView, dataset: str) -> list[Block]:
    """Every published figure of a dataset; metrics with few rows come last, as a list."""
    figures = view.figures_of(dataset)
    metrics = dict.fromkeys(figure.metric for figure in figures)
    printed = [_printed(view, [f for f in figures if f.metric == metric]) for metric in metrics]
    few = [one for one in printed if len(one.rows) <= FEW_ROWS]
    blocks: list[Block] = []
    for one in printed:
        if one not in few:
            alike, rows = _said_once(one.rows)
            caption = f"{one.name} ({alike})" if alike else one.name
            blocks += _table(view, caption, rows, _masked(view, one.masked))
    return [*blocks, *_listed(view, few)]


def _printed(view: RecordView, alike: Sequence[Figure]) -> _Printed:
    """One metric: its rows, those with nobody in them together, and the number of masked ones."""
    masked = [figure for figure in alike if _says_nothing(figure)]
    told = _ordered(view, [figure for figure in alike if figure not in masked])
    rows = [_row(view, together) for together in _nobody_together(told)]
    if alike[0].metric == "uncovered_pattern":
        # Searches over other sets of attributes find the same patterns again.
        rows = list({repr(row): row for row in rows}.values())
    return _Printed(metric_name(alike[0].metric, view.language), rows, len(masked))


def _says_nothing(figure: Figure) -> bool:
    """Whether a figure has no number because of masking, and no verdict that rests on bounds."""
    hidden = figure.value is None and figure.numerator is None
    return hidden and (
        figure.verdict == "suppressed" or (figure.verdict == "" and not figure.method)
    )


def _ordered(view: RecordView, figures: list[Figure]) -> list[Figure]:
    """Groups of one attribute and condition in the order in which people read them."""
    if not figures or figures[0].metric not in _IN_ORDER:
        return figures
    labels = view.labels(figures[0].source)
    parts: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        parts.setdefault((figure.attribute, figure.condition), []).append(figure)
    return [
        figure
        for (attribute, _), part in parts.items()
        for order in [labels.in_order(attribute, (figure.group for figure in part))]
        for figure in sorted(part, key=lambda one: order.index(one.group))
    ]


def _nobody_together(figures: Sequence[Figure]) -> list[list[Figure]]:
    """Combinations that nobody belongs to together, by attribute and condition; others alone."""
    found: dict[object, list[Figure]] = {}
    for place, figure in enumerate(figures):
        nobody = figure.metric == "cell_count" and figure.value == 0 and not figure.verdict
        key = (figure.attribute, figure.condition) if nobody else place
        found.setdefault(key, []).append(figure)
    return list(found.values())


def _row(view: RecordView, together: Sequence[Figure]) -> list[Cell | str]:
    figure = together[0]
    labels = view.labels(figure.source)
    groups = "; ".join(part for one in together if (part := _group_words(view, one)))
    about = " – ".join(part for part in (labels.attribute(figure.attribute), groups) if part)
    return [
        about or view.say("all"),
        condition_words(view, figure),
        value_cell(view, figure),
        count_cell(view, figure),
        view.number(figure.unknown),
        interval_cell(view, figure),
        verdict_cell(view, figure.verdict),
    ]


def _said_once(
    rows: Sequence[list[Cell | str]],
) -> tuple[str, list[list[Cell | str]]]:
    """The conditions that all rows share, for the caption, and the rows without them."""
    at = _COLUMNS.index("condition")
    parts = [_words(row[at]).split("; ") for row in rows]
    shared = [part for part in parts[0] if all(part in others for others in parts)]
    rest = ["; ".join(part for part in some if part not in shared) for some in parts]
    kept = [[*row[:at], words, *row[at + 1 :]] for row, words in zip(rows, rest, strict=True)]
    return "; ".join(part for part in shared if part), kept


def _group_words(view: RecordView, figure: Figure) -> str:
    """The group of a figure; of a comparison both, of a pattern "all" where it says nothing."""
    labels, axes = view.labels(figure.source), figure.attribute.count("*") + 1
    if figure.metric == "uncovered_pattern":
        names = zip(figure.attribute.split("*"), figure.group.split(" / "), strict=False)
        return " / ".join(
            view.say("all") if group == "*" else labels.group(name, group) for name, group in names
        )
    if figure.group.count(" / ") + 1 == 2 * axes:
        return " / ".join(labels.pair(figure.attribute, figure.group))
    return labels.group(figure.attribute, figure.group) if figure.group else ""


def _listed(view: RecordView, few: Sequence[_Printed]) -> list[Block]:
    """Metrics with few rows as a list: each with its values, and how many of it are masked."""
    lines = []
    for one in few:
        told = [_in_words(view, row) for row in one.rows]
        if one.masked:
            told.append(view.say("masked-of-metric", count=view.number(one.masked)))
        # "p-Wert" keeps its small letter.
        name = one.name if one.name[1:2] == "-" else one.name[:1].upper() + one.name[1:]
        lines.append([*cell(f"{name}: ", bold=True), *cell("; ".join(told))])
    if not lines:
        return []
    return [paragraph(view.say("single-figures")), *bullets(lines)]


def _in_words(view: RecordView, row: Sequence[Cell | str]) -> str:
    """One row as words: "Geschlecht 0,31 (– / 396, unbekannt 1.010, 0,27 – 0,35)"."""
    told = dict(zip(_COLUMNS, map(_words, row), strict=True))
    about = ", ".join(told[name] for name in _WORDS if told[name])
    told["interval"] = view.say("interval-of", interval=told["interval"])
    told["unknown"] = view.say("unknown-of", count=told["unknown"])
    where = [f for f, raw in zip(_COLUMNS, row, strict=True) if f not in _WORDS and _says(raw)]
    beside = ", ".join(told[name] for name in where if name != "value")
    return f"{about} {told['value']}" + (f" ({beside})" if beside else "")


def _table(
    view: RecordView,
    caption: str,
    rows: Sequence[Sequence[Cell | str]],
    note: str,
) -> list[Block]:
    """A table without the columns in which nothing stands, each as wide as its words need."""
    told = [at for at in range(len(_COLUMNS)) if any(_says(row[at]) for row in rows)]
    names = [_COLUMNS[at] for at in told]
    header = [view.say(f"column-{name}") for name in names]
    kept = [[row[at] for at in told] for row in rows]
    return table(
        caption,
        header,
        kept,
        align="".join("r" if name in _RIGHT else "l" for name in names),
        note=note,
        widths=_widths(names, header, kept),
    )


def _widths(
    columns: Sequence[str], header: Sequence[str], rows: Sequence[Sequence[Cell | str]]
) -> list[float]:
    """The room of each column: numbers on one line, words share what is left."""
    wanted = dict.fromkeys(columns, 0.0)
    for at, column in enumerate(columns):
        longest = max(len(_words(row[at])) for row in rows)
        shown = min(longest, _MOST_OF_VERDICT) if column == "verdict" else longest
        wanted[column] = max(len(header[at]) * _BOLD, shown) + _GAP
    words = sorted((name for name in columns if name in _WORDS), key=lambda name: wanted[name])
    left = _LINE - sum(wanted[name] for name in columns if name not in _WORDS)
    for place, name in enumerate(words):
        # The shorter one takes what it needs; the longer one has the rest.
        fair = max(left, _LINE / 4) / (len(words) - place)
        wanted[name] = min(wanted[name], fair)
        left -= wanted[name]
    return [wanted[name] for name in columns]


def _words(content: Cell | str) -> str:
    return content if isinstance(content, str) else plain_text(content)


def _says(content: Cell | str) -> bool:
    """Whether a cell holds more than the mark for nothing."""
    return _words(content).strip() not in ("", "–")


def _masked(view: RecordView, count: int) -> str:
    return view.say("masked-figures", count=view.number(count)) if count else ""
