"""Rows from anywhere, opened for checking: files, a pandas frame, a database, Spark.

`open_any` chooses by what the declaration says; what it opens is a `RowSource`, the same for all
engines: raw rows with every cell as text, views of groups, and batches for Great Expectations. How
each kind is opened stands in a module of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from impactbook.checks.source import ROWS
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset, Source

if TYPE_CHECKING:
    import pandas as pd
    import sqlalchemy as sa
    from pyspark.sql import SparkSession

    from impactbook.checks.gx_sql import Batches
    from impactbook.checks.malformed import Malformed

__all__ = ["RowSource", "open_any"]


class RowSource(Protocol):
    """Rows that can be asked, whatever engine they are in.

    `rows` and `rows_of` (per split, where the source lists files per split) are counted apart from
    every check, so that a check which saw other rows can be told. `fingerprint` changes when the
    data does. `engine` names what counted, with versions, for the evidence.
    """

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the data has, in order."""

    @property
    def rows(self) -> int:
        """How many rows there are."""

    @property
    def rows_of(self) -> Mapping[str, int]:
        """How many rows each split has; empty unless files are listed per split."""

    @property
    def malformed(self) -> Malformed | None:
        """The rows of files that were left out because they have too many or too few fields."""

    @property
    def typed(self) -> frozenset[str]:
        """The columns whose type says what they hold; dates among them read as ISO 8601."""

    @property
    def fingerprint(self) -> str:
        """A digest of the data."""

    @property
    def engine(self) -> str:
        """The engine and its version."""

    @property
    def dialect(self) -> str:
        """The SQL dialect: `duckdb`, `postgresql`, `spark`, ..."""

    @property
    def batches(self) -> Batches:
        """The views as batches of Great Expectations."""

    def prepare(self, declaration: Dataset) -> None:
        """Make the views `groups` and `plausible`; raises `InputError` for an unusable format."""

    def table(self, view: str) -> sa.FromClause:
        """One of the views, as something to select from."""

    def fetch(self, statement: Any) -> list[tuple[Any, ...]]:
        """Run one statement and return all its rows.

        Raises `InputError` without a word of the engine's own message.
        """


@contextmanager
def open_any(
    declaration: Dataset,
    *,
    folder: Path,
    needed: Sequence[str] = (),
    name: str = "",
    frame: pd.DataFrame | None = None,
    spark: SparkSession | None = None,
) -> Iterator[RowSource]:
    """Open the source that a declaration names, for as long as the context lasts.

    Files are relative to `folder`; `needed` are the columns that must exist; `name` is the
    declaration's file name, for messages. `frame` holds the rows of a declaration with
    `source.frame: true`; `spark` is the session to use, where one runs already. Raises
    `InputError` for whatever is absent, empty or cannot be reached.
    """
    source = declaration.source
    if (frame is not None) != source.frame:
        raise InputError(
            "the declaration expects a pandas frame and none was given"
            if source.frame
            else "a pandas frame was given and the declaration names another source",
            file=name or None,
            field="source.frame",
            remedy="check it from Python with `check_frame(frame, declaration)`"
            if source.frame
            else "write `source: {frame: true}`, or leave the frame out",
        )
    if source.has_files:
        from impactbook.checks.sources.duckdb import open_files

        with open_files(declaration, folder=folder, needed=needed, name=name) as read:
            yield read
        return
    with _open_typed(source, folder, needed, name, frame, spark) as opened:
        from impactbook.checks.cells import refuse_bad_cells

        rows = opened.table(ROWS)
        refuse_bad_cells(opened.fetch, rows, declaration, typed=opened.typed, declaration=name)
        yield opened


@contextmanager
def _open_typed(
    source: Source,
    folder: Path,
    needed: Sequence[str],
    name: str,
    frame: pd.DataFrame | None,
    spark: SparkSession | None,
) -> Iterator[RowSource]:
    """Open a table, in which columns have types."""
    decimal = source.decimal
    if source.database is not None:
        from impactbook.checks.sources.database import open_database

        with open_database(source.database, decimal=decimal, needed=needed, name=name) as found:
            yield found
    elif frame is not None:
        from impactbook.checks.sources.frame import open_frame

        with open_frame(frame, decimal=decimal, needed=needed, name=name) as held:
            yield held
    else:
        from impactbook.checks.sources.spark import open_spark

        with open_spark(source, folder=folder, needed=needed, name=name, session=spark) as asked:
            yield asked
