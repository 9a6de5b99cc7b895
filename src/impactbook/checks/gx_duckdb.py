"""A Great Expectations data source for DuckDB that returns what was counted.

The stock SQL data source hands its connection back before it fetches, and DuckDB then drops the
pending result: every query comes back empty and a check can pass on nothing. Here the engine keeps
one open connection. The data source has a type name of its own, so that a native one may take its
place one day. Importing this module imports Great Expectations.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import builtins

import great_expectations as gx
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    import sqlalchemy
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context.data_context.ephemeral_data_context import (
        EphemeralDataContext,
    )

_NOISY_LOGGERS = ("great_expectations", "sqlalchemy", "duckdb_engine", "py.warnings")
_SILENT = logging.CRITICAL + 1


class QueryFailedError(Exception):
    """A query could not be answered; says which kind of error it was and nothing of the data."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"the query could not be answered ({kind})")


class ImpactbookDuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Runs queries on one connection that stays open until `close_connection`."""

    @contextmanager
    def get_connection(self) -> Generator[sqlalchemy.Connection, None, None]:
        """The one open connection; it is not returned to a pool, so results stay readable."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection

    def execute_query(self, query: Any) -> Any:
        """Run one query; an error ends its transaction and leaves without the engine's message.

        Raises `QueryFailedError`. DuckDB's messages print raw values, and an open failed
        transaction would make all later queries fail too.
        """
        try:
            return super().execute_query(query)
        except SQLAlchemyError as error:
            kind = type(getattr(error, "orig", None) or error).__name__
            if self._connection is not None:
                with contextlib.suppress(SQLAlchemyError):
                    self._connection.rollback()
        raise QueryFailedError(kind)

    def close_connection(self) -> None:
        """Close the connection and let go of the database file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        # SQLAlchemy remembers DuckDB's type objects here for as long as the program runs.
        self.engine.dialect._type_memos.clear()
        self.engine.dispose()


class ImpactbookDuckDBDatasource(SQLDatasource):
    """The fluent data source behind `context.data_sources.add_impactbook_duckdb`."""

    # The default is the type name under which Great Expectations registers the class.
    type: Literal["impactbook_duckdb"] = "impactbook_duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> builtins.type[SqlAlchemyExecutionEngine]:
        """The engine that keeps its connection."""
        return ImpactbookDuckDBExecutionEngine


@contextmanager
def open_batches(database: Path) -> Iterator[Batches]:
    """The views of a DuckDB database file as Great Expectations batches, quietly.

    While the context lasts, the loggers of the libraries are silent: they print SQL and raw values
    with every error. Nothing is written outside the database.
    """
    with quiet():
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(
            globally=False, metric_calculations=False
        )
        source = context.data_sources.add_impactbook_duckdb(
            name="impactbook", connection_string=f"duckdb:///{database}"
        )
        try:
            yield Batches(context, source)
        finally:
            source.get_execution_engine().close_connection()
            source.get_engine().dispose()
            context.data_sources.delete(source.name)


class Batches:
    """Hands out one batch definition per view of the database."""

    def __init__(self, context: EphemeralDataContext, source: ImpactbookDuckDBDatasource) -> None:
        self.context = context
        self._source = source
        self._views: dict[str, BatchDefinition[Any]] = {}

    def of(self, view: str) -> BatchDefinition[Any]:
        """The whole of one view."""
        if view not in self._views:
            asset = self._source.add_table_asset(name=view, table_name=view)
            self._views[view] = asset.add_batch_definition_whole_table(view)
        return self._views[view]


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the loggers and warnings of Great Expectations and what it stands on."""
    known = logging.Logger.manager.loggerDict
    loggers = [
        logging.getLogger(name)
        for name in {*_NOISY_LOGGERS, *known}
        if name.split(".")[0] in {noisy.split(".")[0] for noisy in _NOISY_LOGGERS}
    ]
    levels = {logger: logger.level for logger in loggers}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(_SILENT)
        try:
            yield
        finally:
            for logger, level in levels.items():
                logger.setLevel(level)


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
