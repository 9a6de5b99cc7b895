"""A pandas frame, copied as text into a private DuckDB database and checked there like a file.

The copy is made once: whoever changes the frame meanwhile changes nothing of what is checked.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from impactbook.checks.dialects import view_sql
from impactbook.checks.gx_duckdb import open_batches
from impactbook.checks.source import ROWS
from impactbook.checks.sources.content import (
    Cells,
    content_of,
    refuse_bad_columns,
    refuse_no_rows,
)
from impactbook.checks.sources.duckdb import duckdb_engine
from impactbook.checks.sources.sql import SQLRows
from impactbook.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_FIELD = "source.frame"
_CALLED = "the frame"
_GIVEN = "given"


@contextmanager
def open_frame(
    frame: pd.DataFrame, *, decimal: str, needed: Sequence[str], name: str
) -> Iterator[SQLRows]:
    """Open a pandas frame; `needed` are the columns that must exist.

    `decimal` is the decimal mark of numbers that stand in texts. The index is not read. Categories
    count as their values; NaN, NaT, None and NA are missing. Raises `InputError` when a column is absent, unnamed, named twice, or holds what is no single
    value, and when there are no rows.
    """
    columns = tuple(str(column) for column in frame.columns)
    refuse_bad_columns(columns, needed, name=name, field=_FIELD, called=_CALLED)
    with tempfile.TemporaryDirectory(prefix="impactbook-") as private:
        database = Path(private) / "frame.duckdb"
        _copy(frame.set_axis(list(columns), axis=1).reset_index(drop=True), database, decimal, name)
        with open_batches(database) as batches:
            content = content_of(batches.engine, sa.table(ROWS), columns)
            refuse_no_rows(content, name=name, field=_FIELD, called=_CALLED)
            yield SQLRows(
                batches=batches,
                columns=columns,
                typed=_cells(frame, columns).typed,
                rows=content.rows,
                fingerprint=content.fingerprint,
                engine=duckdb_engine(),
                label=name,
            )


def _copy(frame: pd.DataFrame, database: Path, decimal: str, name: str) -> None:
    """Write the table `rows`, every cell as text."""
    import duckdb

    plain = frame.assign(**{column: _plain(frame[column], name) for column in frame.columns})
    cells = _cells(frame, tuple(frame.columns))
    select: sa.Select[Any] = sa.select(*cells.as_text(decimal)).select_from(sa.table(_GIVEN))
    with duckdb.connect(str(database)) as connection:
        try:
            connection.register(_GIVEN, plain)
            text = view_sql(ROWS, select)
            connection.execute(text.replace("CREATE OR REPLACE VIEW", "CREATE TABLE", 1))
            connection.unregister(_GIVEN)
            return
        except duckdb.Error:
            pass
    raise InputError(
        "the frame holds values that cannot be read as text",
        file=name or None,
        field=_FIELD,
        remedy="convert its columns with `astype`",
    )


def _cells(frame: pd.DataFrame, columns: tuple[str, ...]) -> Cells:
    """The columns and their types; categories have the type of their values."""
    import pandas as pd
    from pandas.api import types

    numbers, texts = [], []
    for name, (_, column) in zip(columns, frame.items(), strict=True):
        kind = column.dtype
        if isinstance(kind, pd.CategoricalDtype):
            kind = kind.categories.dtype
        if types.is_numeric_dtype(kind) and not types.is_bool_dtype(kind):
            numbers.append(name)
        elif types.is_string_dtype(kind) or types.is_object_dtype(kind):
            texts.append(name)
    return Cells.of(columns, texts, numbers)


def _plain(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """A column as an engine can read it: categories as their values, objects as text."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if column.dtype == object:
        return column.map(
            lambda value: _text(value, str(column.name), name), na_action=None
        ).astype("str")
    # DuckDB cannot read a view that runs backwards over its values (`frame.iloc[::-1]`).
    return column.copy()


def _text(value: Any, column: str, name: str) -> str | None:
    """One cell of a column of mixed values as text, as `dialects.text_of` writes it."""
    import numpy as np
    import pandas as pd

    if isinstance(value, list | tuple | dict | set | np.ndarray | bytes):
        raise InputError(
            "the column holds lists or other values that are not single ones",
            file=name or None,
            field=f"columns.{column}",
            remedy="give it a column per value, or set its role to `ignore` and drop it",
        )
    if pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else str(number)
    return str(value).removesuffix(" 00:00:00") if hasattr(value, "isoformat") else str(value)
