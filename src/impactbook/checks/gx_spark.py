"""Statements of SQLAlchemy on Spark: a dialect that writes Spark's SQL, and how it is run.

Values never stand in the text: they are handed over as named parameters, so that nothing a person
wrote is ever read as SQL. The frames that a statement names are temporary views for as long as
Spark reads the statement, and nothing stays behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql import compiler, visitors

from impactbook.checks import dialects

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class _SparkPreparer(compiler.IdentifierPreparer):
    """Every name stands in backticks."""

    def __init__(self, dialect: Any) -> None:
        super().__init__(dialect, initial_quote="`", escape_quote="`")

    def _requires_quotes(self, value: str) -> bool:
        return True


class _SparkTypes(compiler.GenericTypeCompiler):
    """The names of types in Spark."""

    def visit_string(self, type_: Any, **kw: Any) -> str:
        return "STRING"

    visit_text = visit_unicode = visit_VARCHAR = visit_TEXT = visit_string  # noqa: N815

    def visit_double(self, type_: Any, **kw: Any) -> str:
        return "DOUBLE"

    visit_float = visit_DOUBLE = visit_FLOAT = visit_REAL = visit_double  # noqa: N815
    visit_DOUBLE_PRECISION = visit_double  # noqa: N815


class _SparkCompiler(compiler.SQLCompiler):
    """Writes statements as Spark reads them."""

    def visit_is_distinct_from_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"NOT ({self.process(binary.left, **kw)} <=> {self.process(binary.right, **kw)})"

    def visit_is_not_distinct_from_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"({self.process(binary.left, **kw)} <=> {self.process(binary.right, **kw)})"

    def visit_try_cast(self, cast: Any, **kw: Any) -> str:
        return (
            f"TRY_CAST({self.process(cast.clause, **kw)} AS {self.process(cast.typeclause, **kw)})"
        )


class SparkDialect(DefaultDialect):
    """Spark's SQL for SQLAlchemy; it compiles and never connects."""

    name = "spark"
    statement_compiler = _SparkCompiler
    type_compiler_cls = _SparkTypes
    preparer: Any = _SparkPreparer
    supports_native_boolean = True
    supports_statement_cache = False
    default_paramstyle = "named"

    def __init__(self) -> None:
        super().__init__(paramstyle="named")


_DIALECT = SparkDialect()


def spark_sql(statement: sa.Executable) -> tuple[str, dict[str, Any]]:
    """The text of a statement in Spark's SQL, and its parameters by name."""
    compiled = statement.compile(  # type: ignore[attr-defined]
        dialect=_DIALECT, compile_kwargs={"render_postcompile": True}
    )
    return str(compiled), dict(compiled.params)


def asked(session: Any, statement: sa.Executable, frames: Mapping[str, Any]) -> DataFrame:
    """What Spark answers to a statement in which `frames` stand under the names of their tables.

    Nothing is computed before the result is collected.
    """
    tables = {one.name for one in visitors.iterate(statement) if isinstance(one, sa.TableClause)}  # type: ignore[arg-type]
    used = [name for name in frames if name in tables]
    text, parameters = spark_sql(statement)
    try:
        for name in used:
            frames[name].createOrReplaceTempView(name)
        # The names are looked up here, once: the views may go as soon as the plan is made.
        answer: DataFrame = session.sql(text, args=parameters)
        return answer
    finally:
        if not _plans_late(session):
            for name in used:
                session.catalog.dropTempView(name)


def _plans_late(session: Any) -> bool:
    """Whether names are looked up when rows are asked for, as over Spark Connect."""
    return ".connect." in type(session).__module__


class SparkBatches:
    """Hands out one batch definition per view; views are frames that Spark has not computed yet."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._frames: dict[str, DataFrame] = {}
        self._views: dict[str, _View] = {}

    @property
    def engine(self) -> Any:
        """The execution engine of Great Expectations that all batches share."""
        return self._source.get_execution_engine()

    def add_frame(self, name: str, frame: DataFrame) -> None:
        """Let batches and statements read a frame under a name."""
        self._frames[name] = frame
        dialects.put_beside(self.engine, name, frame)

    def add_view(self, name: str, select: sa.Select[Any]) -> None:
        """Let batches and statements read `select` under a name."""
        frames = dialects.frames_of(self.engine)
        self.add_frame(name, asked(self.engine.spark, select, frames))

    def of(self, view: str) -> _View:
        """The whole of one view."""
        if view not in self._views:
            asset = self._source.add_dataframe_asset(name=view)
            definition = asset.add_batch_definition_whole_dataframe(view)
            self._views[view] = _View(definition, self._frames[view])
        return self._views[view]


class _View:
    """A batch definition that knows its frame."""

    def __init__(self, definition: Any, frame: DataFrame) -> None:
        self._definition = definition
        self._frame = frame

    def get_batch(self) -> Any:
        """The batch."""
        return self._definition.get_batch(batch_parameters={"dataframe": self._frame})


@contextmanager
def open_spark_batches(session: SparkSession) -> Iterator[SparkBatches]:
    """Frames of a session of Spark as batches of Great Expectations, quietly."""
    from impactbook.checks.gx_sql import quiet, silent_context

    with quiet():
        context = silent_context()
        # Nothing is kept in Spark's memory beyond a query: a user's session is not ours to fill.
        source = context.data_sources.add_spark(name="impactbook", persist=False)
        source._spark = session
        try:
            yield SparkBatches(source)
        finally:
            context.data_sources.delete(source.name)
