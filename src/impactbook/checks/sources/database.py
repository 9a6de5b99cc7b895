"""A table or a query of any database that SQLAlchemy reaches, read only and from one snapshot.

The address comes from an environment variable and is neither stored nor shown: messages of drivers
carry it, so none of them is repeated. Where the database has snapshots (PostgreSQL) all questions
are answered from one; elsewhere a digest before and after tells whether the table changed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from impactbook.checks.gx_sql import (
    KeptConnectionEngine,
    QueryFailedError,
    open_sql_batches,
    quiet,
)
from impactbook.checks.source import ROWS
from impactbook.checks.sources.content import (
    Cells,
    Content,
    content_of,
    refuse_bad_columns,
    refuse_changed,
    refuse_no_rows,
)
from impactbook.checks.sources.sql import SQLRows
from impactbook.errors import InputError
from impactbook.model.dataset import Database

_FIELD = "source.database"
_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_SECONDS = 15
"""How long a server may take to answer at all."""

_READ_ONLY = {
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
_TEXTS = frozenset({25, 1043})
_NUMBERS = frozenset({20, 21, 23, 700, 701, 1700})
"""How PostgreSQL's drivers number the types: text and varchar; integers, floats and numeric."""

_REFUSED = re.compile(
    r"password authentication|no password supplied|access denied|login failed|authentication failed"
    r"|role .* does not exist",
    re.IGNORECASE,
)
_NO_DATABASE = re.compile(r"(unknown database|database .* does not exist)", re.IGNORECASE)


@contextmanager
def open_database(
    database: Database, *, decimal: str, needed: Sequence[str], name: str
) -> Iterator[SQLRows]:
    """Open the table or query; `needed` are the columns that must exist.

    `decimal` is the decimal mark of numbers that stand in texts. Raises `InputError` when the
    variable is not set, its address cannot be used, the driver is not installed, the database
    cannot be reached or refuses, the table, a column or rows are absent, and, where there are no
    snapshots, when the table changed before the context ends.
    """
    called = "the query" if database.table is None else "the table"
    with quiet():
        engine = _engine(database, name)
        with open_sql_batches(engine) as batches:
            asking: KeptConnectionEngine = batches.engine
            server = _server(asking, database, name)
            raw = _raw(database, name)
            cells = _cells(asking, raw, called, name)
            refuse_bad_columns(cells.names, needed, name=name, field=_FIELD, called=called)
            texts: sa.Select[Any] = sa.select(*cells.as_text(decimal))
            batches.add_view(ROWS, texts.select_from(raw))
            rows = batches.selectable(ROWS)
            before = _content(asking, rows, cells, called, name)
            refuse_no_rows(before, name=name, field=_FIELD, called=called)
            yield SQLRows(
                batches=batches,
                columns=cells.names,
                typed=cells.typed,
                rows=before.rows,
                fingerprint=before.fingerprint,
                engine=f"{server}; {_library(engine)}",
                label=name,
            )
            if engine.dialect.name != "postgresql":
                asking.end_transaction()
                after = _content(asking, rows, cells, called, name)
                refuse_changed(before, after, name=name, field=_FIELD, called=called)


def _engine(database: Database, name: str) -> sa.Engine:
    """SQLAlchemy's engine for the address in the environment; connects to nothing yet."""
    address = os.environ.get(database.url_from, "").strip()
    if not address:
        raise _wrong(
            f"the environment variable {database.url_from} is not set",
            "set it to the address of the database, such as postgresql+psycopg://user@host/name",
            name,
        )
    try:
        url = sa.make_url(address)
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, hide_parameters=True, **_options(url))
    except ImportError as error:
        module = (error.name or "").split(".")[0]
    except (NoSuchModuleError, ArgumentError, ValueError):
        module = ""
    else:
        statement = _READ_ONLY.get(url.get_backend_name())
        if statement is not None:
            _always_read_only(engine, statement)
        return engine
    if module:
        extra = "impactbook[postgresql]" if module in ("psycopg", "psycopg2") else module
        raise _wrong(f"the driver {module} is not installed", f"pip install '{extra}'", name)
    raise _wrong(
        f"the environment variable {database.url_from} does not hold an address of SQLAlchemy",
        "write it as dialect+driver://user:password@host/database, and install that driver",
        name,
    )


def _options(url: sa.URL) -> dict[str, Any]:
    """What PostgreSQL is asked for: one snapshot, read only, and times written in one way."""
    if url.get_backend_name() != "postgresql":
        return {}
    given: dict[str, Any] = {"connect_timeout": _SECONDS}
    if "options" not in url.query:
        given["options"] = "-c timezone=UTC -c datestyle=ISO"
    known = url.get_driver_name() in ("psycopg", "psycopg2")
    return {"execution_options": _SNAPSHOT, "connect_args": given if known else {}}


def _always_read_only(engine: sa.Engine, statement: str) -> None:
    @sa.event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        if engine.dialect.name == "sqlite":
            _teach_sqlite(connection)
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()


def _teach_sqlite(connection: Any) -> None:
    """Give SQLite the functions on texts that other databases have."""

    def extract(text: str | None, regex: str, group: int) -> str | None:
        found = None if text is None else re.search(regex, text)
        return found.group(group) if found else None

    def replace(text: str | None, regex: str, by: str) -> str | None:
        return None if text is None else re.sub(regex, lambda _: by, text)

    def lower(text: str | None) -> str | None:
        return None if text is None else str(text).lower()

    connection.create_function("regexp_extract", 3, extract, deterministic=True)
    connection.create_function("regexp_replace", 3, replace, deterministic=True)
    connection.create_function("lower", 1, lower, deterministic=True)


def _server(asking: KeptConnectionEngine, database: Database, name: str) -> str:
    """Connect; the server's kind and version."""
    try:
        connection = asking.connect()
        known = connection.dialect.server_version_info or ()
        return f"{connection.dialect.name} {'.'.join(map(str, known))}".strip()
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error)
    if _REFUSED.search(said):
        problem, remedy = "refuses the user or the password", "correct both in the address"
    elif _NO_DATABASE.search(said):
        problem, remedy = "does not have the database that the address names", "correct the name"
    else:
        problem, remedy = "cannot be reached", "check host, port and network, and that it runs"
    raise _wrong(f"the database at the address in {database.url_from} {problem}", remedy, name)


def _raw(database: Database, name: str) -> sa.FromClause:
    """The table or query as something to select from."""
    if database.table is not None:
        return sa.table(database.table, schema=database.table_schema)
    query = str(database.query).strip().rstrip(";").rstrip()
    if not re.match(r"(select|with)\b", query, re.IGNORECASE):
        raise _wrong("the query does not begin with SELECT", "write one SELECT", name, ".query")
    # SQLAlchemy would take a word after a colon for a value to fill in.
    text = sa.text(query.replace("\\", "\\\\").replace(":", "\\:"))
    return text.columns().subquery("asked")


def _cells(asking: KeptConnectionEngine, raw: sa.FromClause, called: str, name: str) -> Cells:
    """The columns and their types, found without reading a row."""
    query = sa.select(sa.text("*")).select_from(raw).where(sa.false())
    try:
        with asking.connect().execute(query) as answer:
            described = getattr(answer.cursor, "description", None) or ()
            kinds = {str(one[0]): one[1] for one in described}
            names = tuple(map(str, answer.keys()))
            if asking.engine.dialect.name != "postgresql":
                return Cells(names)
            return Cells.of(
                names,
                (one for one in names if kinds.get(one) in _TEXTS),
                (one for one in names if kinds.get(one) in _NUMBERS),
            )
    except SQLAlchemyError:
        asking.end_transaction()
    raise _wrong(
        f"{called} cannot be read: it is not there, or this user may not read it",
        "correct the name and the schema, or ask for the right to SELECT"
        if called == "the table"
        else "try the query in the database's own client",
        name,
        ".table" if called == "the table" else ".query",
    )


def _content(
    asking: KeptConnectionEngine, rows: sa.FromClause, cells: Cells, called: str, name: str
) -> Content:
    try:
        return content_of(asking, rows, cells.names)
    except QueryFailedError:
        pass
    raise _wrong(
        f"the rows of {called} cannot be read to their end",
        "try it in the database's own client, and run again while nobody changes it",
        name,
        ".table" if called == "the table" else ".query",
    )


def _library(engine: sa.Engine) -> str:
    """What stands between us and the database, with versions."""
    said = [f"sqlalchemy {sa.__version__}", f"great_expectations {version('great_expectations')}"]
    with suppress(PackageNotFoundError):
        said.insert(0, f"{engine.dialect.driver} {version(engine.dialect.driver)}")
    return "; ".join(said)


def _wrong(problem: str, remedy: str, name: str, part: str = ".url_from") -> InputError:
    return InputError(problem, file=name or None, field=_FIELD + part, remedy=remedy)
