"""Counting shared files with the csv module alone, so that tests do not lean on the engines."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from impactbook.checks.figures import CheckFigures, FigureContext
from impactbook.checks.tables import Table, TableUnit
from impactbook.model.evidence import Figure

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"
CONTEXT = FigureContext(source="sample", kind="training_data", limit=1)


@cache
def rows_of(file: str, delimiter: str = ",", quoted: bool = True) -> tuple[dict[str, str], ...]:
    with (SHARED / file).open(newline="", encoding="utf-8") as source:
        quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
        return tuple(csv.DictReader(source, delimiter=delimiter, quoting=quoting))


def count(rows: Iterable[Mapping[str, str]], axes: Sequence[str], unit: TableUnit = "row") -> Table:
    """A table of rows; the empty string is missing."""
    return Table(
        tuple(axes), unit, Counter(tuple(row[axis] or None for axis in axes) for row in rows)
    )


@cache
def expected(dataset: str) -> tuple[dict[str, str], ...]:
    rows = rows_of("expected_figures.csv")
    return tuple(row for row in rows if row["dataset"] == dataset)


def expected_value(dataset: str, metric: str, group: str, file: str = "") -> dict[str, str]:
    (row,) = [
        row
        for row in expected(dataset)
        if row["metric"] == metric and row["group"] == group and row["file"].endswith(file)
    ]
    return row


def meets(figure: Figure, row: Mapping[str, str]) -> bool:
    """Whether value, numerator and denominator of a figure are those of an expected row."""
    tolerance, value = float(row["tolerance"]), float(row["value"])
    assert figure.value is not None
    near = abs(figure.value - value) <= max(tolerance * abs(value), tolerance)
    for column in ("numerator", "denominator"):
        if row[column]:
            near = near and getattr(figure, column) == float(row[column])
    return near


def one(
    found: CheckFigures, metric: str, group: str | None = None, condition: str | None = None
) -> Figure:
    """The only figure with this metric, and this group and condition if given."""
    (figure,) = [
        figure
        for figure in found.figures
        if figure.metric == metric
        and (group is None or figure.group == group)
        and (condition is None or figure.condition == condition)
    ]
    return figure
