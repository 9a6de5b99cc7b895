"""A table of Spark's catalogue, or files that Spark reads, here or on a cluster.

Where no session of Spark runs, one is started in this process: two threads, no web page, no
messages, nothing sent anywhere. Whoever hands a session over keeps it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from impactbook.checks import dialects
from impactbook.checks.gx_spark import SparkBatches, asked, open_spark_batches
from impactbook.checks.gx_sql import quiet
from impactbook.checks.malformed import Malformed
from impactbook.checks.prepare import views_of
from impactbook.checks.source import ROWS
from impactbook.checks.sources.content import (
    Cells,
    content_of,
    refuse_bad_columns,
    refuse_changed,
    refuse_no_rows,
)
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset, Source, Spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_FIELD = "source.spark"
_GIVEN = "given"
_SILENCE = """status = off
appender.nothing.type = Null
appender.nothing.name = nothing
rootLogger.level = off
rootLogger.appenderRef.nothing.ref = nothing
"""


class SparkRows:
    """Rows in Spark (see `sources.RowSource`)."""

    rows_of: dict[str, int] = {}
    malformed: Malformed | None = None
    dialect = "spark"

    def __init__(
        self,
        batches: SparkBatches,
        cells: Cells,
        rows: int,
        fingerprint: str,
        name: str,
    ) -> None:
        self.batches = batches
        self.columns = cells.names
        self.typed = cells.typed
        self.rows = rows
        self.fingerprint = fingerprint
        self.label = name
        self.engine = (
            f"spark {batches.engine.spark.version}; pyspark {version('pyspark')}; "
            f"great_expectations {version('great_expectations')}"
        )

    def prepare(self, declaration: Dataset) -> None:
        """Make the views `groups` and `plausible`; raises `InputError` for an unusable format."""
        views = views_of(self.table(ROWS), declaration, has_splits=False)
        for name, select in views.items():
            self.batches.add_view(name, select)

    def table(self, view: str) -> sa.FromClause:
        """One of the views, as something to select from."""
        return dialects.view(self.batches.engine, {}, view)

    def fetch(self, statement: Any) -> list[tuple[Any, ...]]:
        """Run one statement and return all its rows; raises `InputError` when it cannot be run."""
        with suppress(
            Exception
        ):  # Spark has no common class of errors, and their texts hold raw rows
            return dialects.fetch(self.batches.engine, statement)
        raise _wrong(
            "the rows could not be read", "run again while nobody writes to them", self.label
        )


@contextmanager
def open_spark(
    source: Source, *, folder: Path, needed: Sequence[str], name: str, session: SparkSession | None
) -> Iterator[SparkRows]:
    """Open the table or files; `needed` are the columns that must exist.

    Files are relative to `folder` unless the path is absolute or an address (`s3a://...`). Raises
    `InputError` when there is no Spark or no Java, when the table, the files, a column or rows are
    absent, and when the rows changed before the context ends.
    """
    wanted = source.spark
    assert wanted is not None  # noqa: S101 - `open_any` asks for nothing else
    called = "the table" if wanted.table is not None else "the data"
    with quiet(), _session(session) as active:
        frame = _frame(active, wanted, source, folder, name)
        cells = _cells(frame)
        columns = cells.names
        refuse_bad_columns(columns, needed, name=name, field=_FIELD, called=called)
        with open_spark_batches(active) as batches:
            texts: sa.Select[Any] = sa.select(*cells.as_text(source.decimal))
            texts = texts.select_from(sa.table(_GIVEN))
            batches.add_frame(ROWS, _asked(active, texts, frame, name))
            rows = dialects.view(batches.engine, {}, ROWS)
            before = _content(batches, rows, columns, name)
            refuse_no_rows(before, name=name, field=_FIELD, called=called)
            yield SparkRows(batches, cells, before.rows, before.fingerprint, name)
            after = _content(batches, rows, columns, name)
            refuse_changed(before, after, name=name, field=_FIELD, called=called)


def _cells(frame: DataFrame) -> Cells:
    """The columns and their types."""
    kinds = dict(frame.dtypes)
    number = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")
    return Cells.of(
        frame.columns,
        (name for name, kind in kinds.items() if kind == "string"),
        (name for name, kind in kinds.items() if kind.startswith(number)),
    )


def _content(batches: SparkBatches, rows: sa.FromClause, columns: Sequence[str], name: str) -> Any:
    with suppress(Exception):  # see `SparkRows.fetch`
        return content_of(batches.engine, rows, columns)
    raise _wrong(
        "the rows cannot be read", "check the files, their format and your permission", name
    )


def _asked(session: Any, statement: sa.Select[Any], frame: DataFrame, name: str) -> DataFrame:
    with suppress(Exception):  # see `SparkRows.fetch`
        return asked(session, statement, {_GIVEN: frame})
    raise _wrong(
        "a column holds what cannot be read as text", "leave lists, maps and structures out", name
    )


def _frame(
    session: SparkSession, wanted: Spark, source: Source, folder: Path, name: str
) -> DataFrame:
    with suppress(Exception):  # see `SparkRows.fetch`
        if wanted.table is not None:
            return session.table(wanted.table)
        path = str(wanted.path)
        if "://" not in path and not Path(path).is_absolute():
            path = str(folder / path)
        reader = session.read.format(wanted.format)
        if wanted.format == "csv":
            reader = reader.options(
                header=True,
                sep=source.delimiter or ",",
                quote='"' if source.quoting is not False else "",
                escape='"',
                encoding=source.encoding,
                multiLine=True,
                mode="FAILFAST",
            )
        elif wanted.format == "json":
            reader = reader.options(primitivesAsString=True, mode="FAILFAST")
        return reader.load(path)
    if wanted.table is not None:
        raise _wrong(
            "Spark has no such table", "correct its name, with catalogue and schema", name, ".table"
        )
    raise _wrong(
        f"Spark cannot read the path as {wanted.format}",
        "correct the path or the format",
        name,
        ".path",
    )


@contextmanager
def _session(given: SparkSession | None) -> Iterator[SparkSession]:
    """The session that was given or runs already, else one of our own for as long as it is used."""
    if given is not None:
        yield given
        return
    _refuse_absent()
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        yield running
        return
    started = local_session()
    try:
        yield started
    finally:
        stop(started)


def _refuse_absent() -> None:
    """Raise `InputError` where Spark or Java is not installed."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        raise _wrong(
            "Spark is not installed", "pip install 'impactbook[spark]', and Java 17 or later"
        ) from None
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java") or (home and shutil.which("java", path=str(Path(home) / "bin")))
    if not java:
        raise _wrong(
            "Spark needs Java, and there is none", "install Java 17 or later, or set JAVA_HOME"
        )


def local_session() -> SparkSession:
    """Start Spark in this process, quietly; `stop` ends it.

    Raises `InputError` where Spark or Java is not installed or does not start.
    """
    _refuse_absent()
    from pyspark.sql import SparkSession

    private = Path(tempfile.mkdtemp(prefix="impactbook-spark-"))
    (private / "log4j2.properties").write_text(_SILENCE, encoding="utf-8")
    options = f"-Dlog4j2.configurationFile=file:{private / 'log4j2.properties'} -Dderby.system.home={private}"
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": options,
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(private / "warehouse"),
        "spark.local.dir": str(private),
    }
    builder = SparkSession.builder.master("local[2]").appName("impactbook")
    for key, value in settings.items():
        builder = builder.config(key, value)
    with suppress(Exception), _mute_children():  # whatever Java says, the remedy is the same
        return builder.getOrCreate()
    shutil.rmtree(private, ignore_errors=True)
    raise _wrong("Spark does not start", "install Java 17 or later, and check JAVA_HOME")


@contextmanager
def _mute_children() -> Iterator[None]:
    """Let programs that are started meanwhile write their errors nowhere, for as long as they run.

    Java's own warnings and Spark's messages, which may hold raw rows, would reach the terminal.
    """
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def stop(session: SparkSession) -> None:
    """Stop a session of `local_session` and remove its private folder."""
    private = Path(session.conf.get("spark.local.dir", "") or "")
    session.stop()
    if private.name.startswith("impactbook-spark-"):
        shutil.rmtree(private, ignore_errors=True)


def _wrong(problem: str, remedy: str, name: str = "", part: str = "") -> InputError:
    return InputError(problem, file=name or None, field=_FIELD + part, remedy=remedy)
