"""`evidence/figures.csv`: every published figure as one row, for spreadsheets and scripts.

RFC 4180 with `\\n` as line end, UTF-8, columns in the order of `FIGURE_COLUMNS`. Numbers are
written with as many digits as are needed to read the same number back. Text that a spreadsheet
would run as a formula gets a leading apostrophe, which reading takes away again; numbers never.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from impactbook.errors import RecordError
from impactbook.model.evidence import FIGURE_COLUMNS, Figure

# What spreadsheets take for the start of a formula (OWASP, "CSV Injection"). Text that already
# starts with apostrophes before such a character gets one more, so that reading is unambiguous.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_QUOTED = re.compile(r'[",\r\n]|^\s|\s$')


def write_figures(figures: Iterable[Figure]) -> bytes:
    """The bytes of `figures.csv`; raises `RecordError` for a number that is not finite."""
    rows = [",".join(FIGURE_COLUMNS)]
    rows += [",".join(_cell(figure, column) for column in FIGURE_COLUMNS) for figure in figures]
    return ("\n".join(rows) + "\n").encode("utf-8")


def read_figures(content: bytes, name: str = "evidence/figures.csv") -> tuple[Figure, ...]:
    """The figures in the bytes of a `figures.csv`; exactly what was written comes back.

    Raises `RecordError` with the row's number when a row is not a figure.
    """
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise RecordError(f"{name}: is not a table in UTF-8 with commas.") from None
    if not rows or tuple(rows[0]) != FIGURE_COLUMNS:
        raise RecordError(f"{name}: the columns are not those of a figures table.")
    return tuple(_figure(row, f"{name}, row {number}") for number, row in enumerate(rows[1:], 1))


def guarded(text: str) -> str:
    """Text as a cell that no spreadsheet runs.

    >>> guarded("=1+1"), guarded("voice")
    ("'=1+1", 'voice')
    """
    return "'" + text if _FORMULA.match(text) else text


def _cell(figure: Figure, column: str) -> str:
    value = getattr(figure, column)
    if value is None:
        return ""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise RecordError(f"{figure.id}, {column}: is not a finite number.")
        return repr(value)
    if isinstance(value, int):
        return str(value)
    text = guarded(str(value))
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _figure(row: list[str], where: str) -> Figure:
    if len(row) != len(FIGURE_COLUMNS):
        raise RecordError(f"{where}: has {len(row)} columns instead of {len(FIGURE_COLUMNS)}.")
    values: dict[str, Any] = {}
    for column, cell in zip(FIGURE_COLUMNS, row, strict=True):
        if Figure.model_fields[column].annotation in (float | None, int | None):
            values[column] = cell or None
        else:
            values[column] = cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
    try:
        return Figure.model_validate(values)
    except ValidationError as error:
        columns = ", ".join(str(item["loc"][0]) for item in error.errors())
        raise RecordError(f"{where}: {columns} cannot be read.") from None
