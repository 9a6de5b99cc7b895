"""A Great Expectations data source over one open connection of SQLAlchemy, read quietly.

The connection stays open from the first question to the last: results stay readable (a stock data
source hands it back before it fetches), and where the database has snapshots, all questions are
answered from one. The address never enters Great Expectations. Views are selectables that this data
source knows by name, so nothing is written to the database. Importing this module imports Great
Expectations.
"""

from __future__ import annotations

import contextlib
import logging
import os
import uuid
import warnings
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import builtins

from impactbook.checks.silence import importing

with importing():
    import great_expectations as gx

import sqlalchemy as sa
from great_expectations.core.batch import BatchMarkers
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource, TableAsset
from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from sqlalchemy.exc import SQLAlchemyError

from impactbook.checks import dialects

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context.data_context.ephemeral_data_context import (
        EphemeralDataContext,
    )

__all__ = [
    "Batches",
    "Definition",
    "ImpactbookSQLDatasource",
    "KeptConnectionEngine",
    "QueryFailedError",
    "SQLBatches",
    "SQLDatasource",
    "SqlAlchemyExecutionEngine",
    "ViewAsset",
    "open_sql_batches",
    "quiet",
    "silent_context",
]

_NOISY_LOGGERS = (
    "great_expectations", "sqlalchemy", "duckdb_engine", "py.warnings", "psycopg", "py4j", "pyspark",
)  # fmt: skip
_SILENT = logging.CRITICAL + 1
_LOADED = "19700101T000000.000000Z"
"""When a batch was loaded: it must be said, nobody reads it, and the clock is not ours to ask."""


class QueryFailedError(Exception):
    """A query could not be answered; says which kind of error it was and nothing of the data."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"the query could not be answered ({kind})")


class KeptConnectionEngine(SqlAlchemyExecutionEngine):
    """Runs queries on one connection that stays open until `close_connection`.

    `views` are selectables that batches may name like tables.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.views: dict[str, sa.FromClause] = {}

    @contextmanager
    def get_connection(self) -> Generator[sa.Connection, None, None]:
        """The one open connection; it is not returned to a pool, so results stay readable."""
        yield self.connect()

    def execute_query(self, query: Any) -> Any:
        """Run one query; an error ends its transaction and leaves without the engine's message.

        Raises `QueryFailedError`. The messages print raw values, and an open failed transaction
        would make all later queries fail too.
        """
        try:
            return super().execute_query(query)
        except SQLAlchemyError as error:
            kind = self._after(error)
        raise QueryFailedError(kind)

    def fetch_rows(self, statement: sa.Executable) -> list[tuple[Any, ...]]:
        """All rows that a statement returns; raises `QueryFailedError`."""
        try:
            return [tuple(row) for row in self.connect().execute(statement).fetchall()]
        except SQLAlchemyError as error:
            kind = self._after(error)
        raise QueryFailedError(kind)

    def fetch_parts(
        self, statement: sa.Executable, size: int
    ) -> Generator[list[tuple[Any, ...]], None, None]:
        """The rows that a statement returns, in lists of at most `size`; as `fetch_rows`."""
        try:
            options = {"stream_results": True}
            for part in (
                self.connect().execute(statement, execution_options=options).partitions(size)
            ):
                yield [tuple(row) for row in part]
            return
        except SQLAlchemyError as error:
            kind = self._after(error)
        raise QueryFailedError(kind)

    def _after(self, error: SQLAlchemyError) -> str:
        """End the failed transaction; returns which kind of error it was."""
        with contextlib.suppress(SQLAlchemyError):
            self.end_transaction()
        return type(getattr(error, "orig", None) or error).__name__

    def connect(self) -> sa.Connection:
        """The one open connection, with SQLAlchemy's own errors."""
        if self._connection is None:
            self._connection = self.engine.connect()
        return self._connection

    def end_transaction(self) -> None:
        """Let the next statement see what others have written since the first one."""
        if self._connection is not None:
            self._connection.rollback()

    def make_view(self, name: str, select: sa.Select[Any]) -> sa.FromClause:
        """`select` as something short to select from; writes nothing to the database."""
        return dialects.written_view(name, select, self.engine.dialect)

    def get_batch_data_and_markers(self, batch_spec: Any) -> Any:
        """A batch of one of the `views`, or of a table of the database."""
        name = batch_spec.get("table_name")
        known = self.views.get(name)
        if known is None:
            return super().get_batch_data_and_markers(batch_spec)
        data = SqlAlchemyBatchData(
            execution_engine=self,
            selectable=known,
            create_temp_table=False,
            source_table_name=str(name),
        )
        # It would be wrapped into an anonymous alias, of which nobody knows how it was made.
        data._selectable = known
        return data, BatchMarkers({"ge_load_time": _LOADED})

    def get_inspector(self) -> Any:
        """Tells the columns of views as well as those of tables."""
        return _Inspector(super().get_inspector, self.views, self.engine.dialect)

    def close_connection(self) -> None:
        """Close the connection; a transaction that is open is rolled back."""
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None
        self.engine.dispose()


class _Inspector:
    """An inspector of SQLAlchemy that knows our views besides the tables of the database."""

    def __init__(self, real: Any, views: Mapping[str, sa.FromClause], dialect: Any) -> None:
        self._real = real
        self._views = views
        self.dialect = dialect

    def get_columns(self, table_name: str, schema: str | None = None, **rest: Any) -> Any:
        if table_name in self._views:
            columns = self._views[table_name].c
            return [{"name": str(one.name), "type": one.type} for one in columns]
        return self._real().get_columns(table_name, schema=schema, **rest)

    def get_pk_constraint(self, table_name: str, schema: str | None = None, **rest: Any) -> Any:
        if table_name in self._views:
            return {"constrained_columns": []}
        return self._real().get_pk_constraint(table_name, schema=schema, **rest)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real(), name)


class ViewAsset(TableAsset):
    """A table or one of our views; whether it is there is found out when it is read."""

    def test_connection(self) -> None:
        """Views are not in the database, so there is nothing to try."""


class ImpactbookSQLDatasource(SQLDatasource):
    """The fluent data source behind `context.data_sources.add_impactbook_sql`.

    Its connection string is a name under which `handed_over` keeps the engine of SQLAlchemy.
    """

    handed_over: ClassVar[dict[str, sa.Engine]] = {}

    # The default is the type name under which Great Expectations registers the class.
    type: Literal["impactbook_sql"] = "impactbook_sql"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> builtins.type[SqlAlchemyExecutionEngine]:
        """The engine that keeps its connection."""
        return KeptConnectionEngine

    def get_engine(self) -> sa.Engine:
        """The engine that was handed over."""
        return self.handed_over[str(self.connection_string)]

    def get_execution_engine(self) -> KeptConnectionEngine:
        """One execution engine for as long as the data source lives."""
        if not isinstance(self._execution_engine, KeptConnectionEngine):
            self._execution_engine = KeptConnectionEngine(
                engine=self.get_engine(), create_temp_table=False
            )
        return self._execution_engine

    def test_connection(self, test_assets: bool = True) -> None:
        """Whoever handed the engine over has connected already."""


class Definition(Protocol):
    """What a batch is made of."""

    def get_batch(self) -> Any:
        """The batch."""


class Batches(Protocol):
    """Hands out one batch definition per view, on whatever engine."""

    @property
    def engine(self) -> Any:
        """The execution engine of Great Expectations that all batches share."""

    def of(self, view: str) -> Definition:
        """The whole of one view."""


class SQLBatches:
    """Hands out one batch definition per view of a data source."""

    def __init__(self, context: EphemeralDataContext, source: Any) -> None:
        self.context = context
        self._source = source
        self._views: dict[str, BatchDefinition[Any]] = {}

    @property
    def engine(self) -> Any:
        """The execution engine of Great Expectations that all batches share."""
        return self._source.get_execution_engine()

    def of(self, view: str) -> BatchDefinition[Any]:
        """The whole of one view."""
        if view not in self._views:
            asset = self._source.add_table_asset(name=view, table_name=view)
            self._views[view] = asset.add_batch_definition_whole_table(view)
        return self._views[view]

    def add_view(self, name: str, select: sa.Select[Any]) -> None:
        """Let batches and statements read `select` under a name."""
        engine: KeptConnectionEngine = self.engine
        engine.views[name] = engine.make_view(name, select)
        dialects.put_beside(engine, name, engine.views[name])

    def selectable(self, name: str) -> sa.FromClause:
        """A view or table as something to select from."""
        return dialects.view(self.engine, {}, name)


@contextmanager
def open_sql_batches(engine: sa.Engine) -> Iterator[SQLBatches]:
    """The tables that an engine of SQLAlchemy reaches as Great Expectations batches, quietly."""
    token = f"impactbook://{uuid.uuid4().hex}"
    ImpactbookSQLDatasource.handed_over[token] = engine
    try:
        with quiet():
            context = silent_context()
            source = context.data_sources.add_impactbook_sql(
                name="impactbook", connection_string=token
            )
            source._TableAsset = ViewAsset
            try:
                yield SQLBatches(context, source)
            finally:
                source.get_execution_engine().close_connection()
                context.data_sources.delete(source.name)
    finally:
        del ImpactbookSQLDatasource.handed_over[token]


def silent_context() -> EphemeralDataContext:
    """A context of Great Expectations that writes nothing and draws no progress bars."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the loggers and warnings of Great Expectations and what it stands on.

    They print SQL, raw values and addresses with every error.
    """
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
