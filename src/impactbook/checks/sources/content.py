"""What is the same for tables of all engines: a digest of their rows, and columns that are absent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa

from impactbook.checks.dialects import (
    DIGESTED,
    dialect_name,
    fetch,
    fetch_batches,
    row_number,
    text_of,
)
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset


@dataclass(frozen=True)
class Cells:
    """The columns of a table, and what their types say where these are known.

    `texts` are texts already, `numbers` numbers; `typed` are all columns whose type says what they
    hold, so that nothing needs to be guessed of their cells.
    """

    names: tuple[str, ...]
    texts: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    typed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Sequence[str], texts: Iterable[str], numbers: Iterable[str]) -> Cells:
        """Where all types are known: whatever is no text is typed."""
        told = frozenset(texts)
        return cls(tuple(names), told, frozenset(numbers), frozenset(names) - told)

    def as_text(self, decimal: str) -> list[sa.ColumnElement[Any]]:
        """Every column as text under its name; numbers with the declared decimal mark."""
        return [self._cell(name, decimal).label(name) for name in self.names]

    def _cell(self, name: str, decimal: str) -> sa.ColumnElement[Any]:
        if name in self.texts:
            return sa.column(name, sa.String())
        text: sa.ColumnElement[Any] = text_of(sa.column(name))
        swapped = decimal != "." and name in self.numbers
        return sa.func.replace(text, ".", decimal) if swapped else text


def as_read(declaration: Dataset, typed: frozenset[str]) -> Dataset:
    """The declaration for columns that hold dates by their type: they are read as ISO 8601."""
    columns = {
        name: column.model_copy(update={"date_format": None}) if name in typed else column
        for name, column in declaration.columns.items()
    }
    return declaration.model_copy(update={"columns": columns})


@dataclass(frozen=True)
class Content:
    """How many rows a table has, and a digest of them that does not depend on their order."""

    rows: int
    fingerprint: str


def content_of(engine: Any, rows: sa.FromClause, columns: Sequence[str]) -> Content:
    """Read all rows once; cells are texts.

    The digest is the SHA-256 over the columns' names, the number of rows and the sum of a number
    for each row (`dialects.row_number`): other data give another one, on the same engine.
    """
    cells = [sa.column(name, sa.String()) for name in columns]
    if dialect_name(engine) in DIGESTED:
        query = sa.select(sa.func.count(), sa.func.sum(row_number(cells))).select_from(rows)
        ((count, total),) = fetch(engine, query)
    else:
        count, total = _streamed(engine, sa.select(*cells).select_from(rows))
    told = json.dumps([list(columns), int(count), str(int(total or 0))])
    return Content(int(count), hashlib.sha256(told.encode()).hexdigest())


def _streamed(engine: Any, query: Any) -> tuple[int, int]:
    """The same by reading the rows, for engines without MD5."""
    count = total = 0
    for batch in fetch_batches(engine, query):
        count += len(batch)
        for row in batch:
            digest = hashlib.md5(json.dumps(row, default=str).encode(), usedforsecurity=False)
            total += int.from_bytes(digest.digest()[:8])
    return count, total


def refuse_bad_columns(
    columns: Sequence[str], needed: Sequence[str], *, name: str, field: str, called: str
) -> None:
    """Raise `InputError` when a name is empty or stands twice, or a needed column is absent.

    `field` is the field of the declaration `name` that says where the rows are, and `called` how
    the source is called in the sentence ("the table").
    """
    seen: set[str] = set()
    for place, column in enumerate(columns, start=1):
        if not column.strip() or column in seen:
            raise InputError(
                f"column {place} of {called} has "
                + ("the name of another column" if column in seen else "no name"),
                file=name or None,
                field=field,
                remedy="give every column a name of its own",
            )
        seen.add(column)
    for column in needed:
        if column not in seen:
            near = get_close_matches(column, columns, n=1, cutoff=0.75)
            hint = f"did you mean {near[0]!r}? Correct" if near else "correct"
            raise InputError(
                f"there is no column {column!r} in {called}",
                file=name or None,
                field=f"columns.{column}",
                remedy=f"{hint} the name in the declaration, or add the column",
            )


def refuse_no_rows(content: Content, *, name: str, field: str, called: str) -> None:
    """Raise `InputError` when there is nothing to check."""
    if content.rows == 0:
        raise InputError(
            f"{called} has no rows",
            file=name or None,
            field=field,
            remedy="name one with rows",
        )


def refuse_changed(before: Content, after: Content, *, name: str, field: str, called: str) -> None:
    """Raise `InputError` when the rows are others than at the beginning."""
    if before != after:
        raise InputError(
            f"{called} changed while it was read",
            file=name or None,
            field=field,
            remedy="wait until nobody writes to it and run again",
        )
