"""How a statement is run: on a database through SQLAlchemy, or on Spark.

`fetch` runs one on an execution engine of Great Expectations; `selectable` and `view` say what it may
select from. Nothing here imports Great Expectations or Spark.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa

GROUPING_SETS: Final = frozenset(
    {"duckdb", "postgresql", "spark", "snowflake", "bigquery", "redshift", "databricks", "oracle",
     "mssql", "trino", "hive"}
)  # fmt: skip
"""The dialects that count several tables in one `GROUP BY GROUPING SETS`."""

_BESIDE: WeakKeyDictionary[Any, dict[str, sa.FromClause]] = WeakKeyDictionary()
_FRAMES: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


def fetch(engine: Any, statement: sa.Executable) -> list[tuple[Any, ...]]:
    """Run one statement on an execution engine of Great Expectations and return all its rows.

    Rows are read before the connection is given back: DuckDB drops a result that is read later.
    Our own engines (`gx_sql.KeptConnectionEngine`) raise `QueryFailedError` without raw values.
    """
    if is_spark(engine):
        from impactbook.checks.gx_spark import asked

        return [tuple(row) for row in asked(engine.spark, statement, frames_of(engine)).collect()]
    if hasattr(engine, "fetch_rows"):
        found: list[tuple[Any, ...]] = engine.fetch_rows(statement)
        return found
    with engine.get_connection() as connection:
        return [tuple(row) for row in connection.execute(statement).fetchall()]


def fetch_batches(
    engine: Any, statement: sa.Executable, size: int = 10_000
) -> Iterator[list[tuple[Any, ...]]]:
    """Run one statement and hand its rows out in lists of at most `size`, for long answers.

    No other statement may run on the same engine until the last list was taken.
    """
    if is_spark(engine):
        from impactbook.checks.gx_spark import asked

        rows = asked(engine.spark, statement, frames_of(engine)).toLocalIterator()
        while part := [tuple(row) for row in itertools.islice(rows, size)]:
            yield part
        return
    if hasattr(engine, "fetch_parts"):
        yield from engine.fetch_parts(statement, size)
        return
    with engine.get_connection() as connection:
        streamed = connection.execute(statement, execution_options={"stream_results": True})
        for rows_read in streamed.partitions(size):
            yield [tuple(row) for row in rows_read]


def selectable(engine: Any, domain: Mapping[str, Any]) -> sa.FromClause:
    """The rows of the batch that a metric is asked about, as something to select from."""
    rows = engine.get_domain_records(dict(domain))
    return put_beside(engine, f"batch {id(rows)}", rows) if is_spark(engine) else rows


def view(engine: Any, domain: Mapping[str, Any], name: str | None) -> sa.FromClause:
    """What stands beside the batch under `name` (see `put_beside`); the batch itself for None.

    A name that nobody put there is a table or view of the database itself.
    """
    if name is None:
        return selectable(engine, domain)
    found = _BESIDE.get(engine, {}).get(name)
    return sa.table(name) if found is None else found


def put_beside(engine: Any, name: str, rows: Any) -> sa.FromClause:
    """Let statements on `engine` select from `rows` under `name`: a selectable or a Spark frame.

    Returns what to select from.
    """
    known = _BESIDE.setdefault(engine, {})
    if isinstance(rows, sa.FromClause):
        known[name] = rows
    elif name not in known:
        unique = f"impactbook_{uuid.uuid4().hex}"
        _FRAMES.setdefault(engine, {})[unique] = rows
        known[name] = sa.table(unique)
    return known[name]


def frames_of(engine: Any) -> Mapping[str, Any]:
    """The Spark frames that statements on this engine may name, by the name of their table."""
    return _FRAMES.get(engine, {})


def is_spark(engine: Any) -> bool:
    """Whether an execution engine runs on Spark; all others speak SQL through SQLAlchemy."""
    return hasattr(engine, "spark")


def dialect_name(engine: Any) -> str:
    """The name of the engine's SQL dialect: `duckdb`, `postgresql`, `spark`, ..."""
    return "spark" if is_spark(engine) else str(engine.engine.dialect.name)


def has_grouping_sets(engine: Any) -> bool:
    """Whether several tables can be counted in one `GROUP BY GROUPING SETS`."""
    return dialect_name(engine) in GROUPING_SETS


def evaluated_once(select: sa.Select[Any], dialect: str) -> sa.Select[Any]:
    """A view whose columns are computed once for each row, however often a query names them.

    PostgreSQL writes the expression of a column into every place that names it; an offset of zero
    rows keeps it from doing so. Other engines compute common expressions once by themselves.
    """
    return select.offset(0) if dialect in ("postgresql", "redshift") else select
