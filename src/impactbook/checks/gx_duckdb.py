"""A Great Expectations data source for DuckDB that returns what was counted.

The stock SQL data source hands its connection back before it fetches, and DuckDB then drops the
pending result: every query comes back empty and a check can pass on nothing. Here the engine keeps
one open connection. The data source has a type name of its own, so that a native one may take its
place one day. Importing this module imports Great Expectations.
"""

from __future__ import annotations

import atexit
import builtins
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from impactbook.checks.dialects import NamedView, view_sql
from impactbook.checks.gx_sql import (
    Batches,
    KeptConnectionEngine,
    QueryFailedError,
    SqlAlchemyExecutionEngine,
    SQLBatches,
    SQLDatasource,
    ViewAsset,
    quiet,
    silent_context,
)
from impactbook.checks.sql import identifier

__all__ = [
    "Batches",
    "ImpactbookDuckDBDatasource",
    "ImpactbookDuckDBExecutionEngine",
    "QueryFailedError",
    "open_batches",
    "quiet",
]


class ImpactbookDuckDBExecutionEngine(KeptConnectionEngine):
    """Runs queries on one connection that stays open until `close_connection`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._copies_views = False

    def copy_rows(self, name: str) -> None:
        """Keep the rows of a view, and of all views made from now on, as temporary tables.

        For few rows: each statement would read the file and cut its cells anew, which takes longer
        than to count. Temporary tables are kept in memory and go with the connection. Where the
        rows cannot be copied they are read where they are, as without this call.
        """
        quoted = identifier(name)
        self._copies_views = self._try_to_make(
            f"CREATE TEMP TABLE {quoted} AS SELECT * FROM {quoted}"  # noqa: S608 - quoted
        )

    def make_view(self, name: str, select: sa.Select[Any]) -> sa.FromClause:
        """A temporary view of this connection, or a temporary table (see `copy_rows`)."""
        if self._copies_views and self._try_to_make(view_sql(name, select, copied=True)):
            return NamedView(name, select)
        connection = self.connect()
        if self._copies_views:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS temp.{identifier(name)}")
        connection.exec_driver_sql(view_sql(name, select, temporary=True))
        # Otherwise the view would go with the transaction of the first query that fails.
        connection.commit()
        return NamedView(name, select)

    def _try_to_make(self, statement: str) -> bool:
        """Whether a statement worked; its error, which may print rows, is dropped."""
        connection = self.connect()
        try:
            connection.exec_driver_sql(statement)
            connection.commit()
        except sa.exc.SQLAlchemyError:
            self.end_transaction()
            return False
        return True

    def close_connection(self) -> None:
        """Close the connection and let go of the database file."""
        # SQLAlchemy remembers DuckDB's type objects here for as long as the program runs.
        self.engine.dialect._type_memos.clear()
        super().close_connection()


class ImpactbookDuckDBDatasource(SQLDatasource):
    """The fluent data source behind `context.data_sources.add_impactbook_duckdb`."""

    # The default is the type name under which Great Expectations registers the class.
    type: Literal["impactbook_duckdb"] = "impactbook_duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> builtins.type[SqlAlchemyExecutionEngine]:
        """The engine that keeps its connection."""
        return ImpactbookDuckDBExecutionEngine


@contextmanager
def open_batches(
    database: Path, *, settings: Mapping[str, str] | None = None
) -> Iterator[SQLBatches]:
    """The views of a DuckDB database file as Great Expectations batches, quietly.

    `settings` are those of the engine (all connections to one file must have the same). While the
    context lasts, the loggers of the libraries are silent: they print SQL and raw values with
    every error. Nothing is written outside the database.
    """
    with quiet():
        context = silent_context()
        source = context.data_sources.add_impactbook_duckdb(
            name="impactbook",
            connection_string=f"duckdb:///{database}",
            kwargs={"connect_args": {"config": dict(settings)}} if settings else {},
        )
        source._TableAsset = ViewAsset
        try:
            yield SQLBatches(context, source)
        finally:
            source.get_execution_engine().close_connection()
            source.get_engine().dispose()
            context.data_sources.delete(source.name)


def _let_go_of_duckdb() -> None:
    """Empty the modules of duckdb-engine before the interpreter ends.

    SQLAlchemy keeps functions of duckdb-engine, and something in Great Expectations keeps
    SQLAlchemy; DuckDB's binding then complains about leaks on the standard error stream of every
    program that used both.
    """
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "duckdb_engine":
            vars(module).clear()


atexit.register(_let_go_of_duckdb)
