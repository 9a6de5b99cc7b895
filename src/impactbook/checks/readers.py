"""How DuckDB reads one file: the columns it has, and the SQL for its rows, every cell as text.

The header is read before anything else (`header`), so that empty and repeated names are refused and
the engine is told the columns instead of guessing them. Typed cells of Parquet become text in one
fixed way. Errors are put into words by `trouble`.
"""

# ruff: noqa: S608 - names and values are quoted by `checks.sql`
from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from impactbook.checks.header import (
    Header,
    distinct,
    first_bytes,
    first_text,
    header_of,
    refuse_other_files,
)
from impactbook.checks.locate import SourceFile
from impactbook.checks.sql import identifier, literal
from impactbook.checks.trouble import unreadable
from impactbook.checks.zstd import refuse_cut_zstd
from impactbook.errors import InputError
from impactbook.model.dataset import Source

if TYPE_CHECKING:
    import duckdb

SPLIT = "split"
"""The column that names each row's split when a source lists files per split."""

_ENGINE_LINE_ENDS = {"\r\n": "\\r\\n", "\n": "\\n", "\r": "\\r"}
_NO_SINGLE_VALUES = ("[]", "STRUCT", "MAP", "UNION", "BLOB", "BIT", "VARIANT", "GEOMETRY")
_MOST_LINES = 10_000


@dataclass(frozen=True)
class FileReader:
    """The SQL that reads one file, and the columns it finds there.

    `values` says how each column becomes text. `typed` are the columns that hold numbers, dates or
    truth values by the file's own schema. `header` says how a delimited file is cut; None for other
    formats.
    """

    columns: tuple[str, ...]
    sql: str
    values: Mapping[str, str]
    typed: frozenset[str] = frozenset()
    header: Header | None = None

    def select(self, columns: Sequence[str], *, split: str | None) -> str:
        """The rows of this file with `columns` as text, and the split's name if there is one."""
        chosen = [f"{self.values[name]} AS {identifier(name)}" for name in columns]
        if split is not None:
            chosen.append(f"{literal(split)} AS {identifier(SPLIT)}")
        return f"SELECT {', '.join(chosen)} FROM {self.sql}"


def file_reader(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    source: Source,
    needed: Sequence[str],
) -> FileReader:
    """How to read one file; raises `InputError` when its header is bad or misses a column."""
    if file.packing == "zstd":
        refuse_cut_zstd(file)
    if file.format == "parquet":
        reader = _parquet_reader(connection, file, source, needed)
    elif file.format == "jsonl":
        reader = _jsonl_reader(connection, file, source, needed)
    else:
        reader = text_reader(file, source, _header(connection, file, source, needed))
    _require_columns(reader.columns, needed, file)
    if file.split is not None and SPLIT in needed:
        raise InputError(
            f"the column {SPLIT!r} is declared, and `source.splits` gives it as well",
            field=f"columns.{SPLIT}",
            remedy="remove the column from `columns`, or list the files under `source.files`",
        )
    return reader


# --- delimited text -------------------------------------------------------------------------


def text_reader(
    file: SourceFile, source: Source, header: Header, *, skip_malformed: bool = False
) -> FileReader:
    """How to read a delimited file; `skip_malformed` leaves out rows with other fields."""
    columns = header.names
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    quote = literal('"' if header.quoting else "")
    options = [
        _sql_path(file.path),
        "auto_detect = false",
        "header = true",
        f"delim = {literal(header.delimiter)}",
        f"quote = {quote}",
        f"escape = {quote}",
        f"compression = {literal(file.packing)}",
        f"encoding = {literal(source.encoding)}",
        "hive_partitioning = false",
        f"columns = {{{types}}}",
    ]
    if header.line_end:
        # Left to itself the engine refuses a plain line feed inside quotes in a file with CR LF.
        options.append(f"new_line = '{_ENGINE_LINE_ENDS[header.line_end]}'")
    if skip_malformed:
        options.append("ignore_errors = true")
    sql = f"read_csv({', '.join(options)})"
    return FileReader(columns, sql, {name: identifier(name) for name in columns}, header=header)


def _header(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    source: Source,
    needed: Sequence[str],
) -> Header:
    if file.packing == "zstd":
        text = next(lines_by_engine(connection, file, source), "")
    else:
        content = first_bytes(file)
        refuse_other_files(content, file)
        text = first_text(content, file, source)
    return header_of(text, file, source, needed)


def lines_by_engine(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, source: Source
) -> Iterator[str]:
    """The lines of a file in order, without their ends, as the engine unpacks them.

    Lenient: rows are of no interest here, and the whole file is read strictly elsewhere.
    """
    import duckdb

    sql = f"SELECT line FROM {lines_of(file, source)}"
    try:
        cursor = connection.cursor().execute(sql)
        while lines := cursor.fetchmany(_MOST_LINES):
            for (line,) in lines:
                yield line or ""
        return
    except (duckdb.Error, UnicodeError) as error:
        message = str(error)
    raise unreadable(message, file=file, encoding=source.encoding)


def lines_of(file: SourceFile, source: Source) -> str:
    """The SQL that reads a file line by line into the column `line`, whatever it holds."""
    return (
        f"read_csv({_sql_path(file.path)}, auto_detect = false, header = false, "
        f"delim = {literal(chr(31))}, quote = '', escape = '', hive_partitioning = false, "
        f"compression = {literal(file.packing)}, strict_mode = false, parallel = false, "
        f"encoding = {literal(source.encoding)}, columns = {{'line': 'VARCHAR'}})"
    )


# --- JSON Lines -----------------------------------------------------------------------------


def _jsonl_reader(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    source: Source,
    needed: Sequence[str],
) -> FileReader:
    start = _start_of_json(file)
    columns = _keys(connection, file, source, start)
    names = distinct(columns, file)
    reads = f"compression = {literal(file.packing)}, hive_partitioning = false"

    def read(kind: str, chosen: Sequence[str]) -> str:
        types = ", ".join(f"{literal(name)}: '{kind}'" for name in chosen)
        return (
            f"read_json({_sql_path(file.path)}, format = 'newline_delimited', records = 'true', "
            f"{reads}, columns = {{{types}}})"
        )

    values = {name: identifier(key) for name, key in zip(names, columns, strict=True)}
    asked = [name for name in needed if name in values]
    if asked:
        keys = [columns[names.index(name)] for name in asked]
        nested = ", ".join(f"bool_or(left({identifier(key)}, 1) IN ('[', '{{'))" for key in keys)
        found = query(connection, f"SELECT {nested} FROM {read('JSON', keys)}", file, source)
        for name, is_nested in zip(asked, found[0], strict=True):
            if is_nested:
                raise _no_single_values(name, "lists or objects", file)
    return FileReader(names, read("VARCHAR", columns), values)


def _start_of_json(file: SourceFile) -> bytes:
    if file.packing == "zstd":
        return b""
    content = first_bytes(file)
    refuse_other_files(content, file)
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(
            "the file starts with a byte order mark, which JSON Lines must not have",
            file=file.name,
            line=1,
            remedy="save it as UTF-8 without a byte order mark",
        )
    return content


def _keys(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, source: Source, start: bytes
) -> tuple[str, ...]:
    """All keys of all objects: those of the first object in its order, then the others by name."""
    # The engine's own detection of types would keep the whole file in memory.
    sql = (
        "SELECT DISTINCT unnest(json_keys(json)) AS key FROM "
        f"read_ndjson_objects({_sql_path(file.path)}, compression = {literal(file.packing)}, "
        "hive_partitioning = false)"
    )
    found = {str(row[0]) for row in query(connection, sql, file, source)}
    if not found:
        raise InputError(
            "the file holds no object with a name in it",
            file=file.name,
            remedy="write one object per line",
        )
    first = [key for key in _first_keys(start) if key in found]
    return (*first, *sorted(found.difference(first)))


def _first_keys(start: bytes) -> list[str]:
    line = start.strip().partition(b"\n")[0]
    try:
        first = json.loads(line)
    except (ValueError, RecursionError):
        return []
    return list(first) if isinstance(first, dict) else []


# --- Parquet --------------------------------------------------------------------------------


def _parquet_reader(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    source: Source,
    needed: Sequence[str],
) -> FileReader:
    sql = f"read_parquet({_sql_path(file.path)}, hive_partitioning = false)"
    described = query(connection, f"DESCRIBE SELECT * FROM {sql}", file, source)
    columns = [str(row[0]) for row in described]
    types = [str(row[1]) for row in described]
    names = distinct(columns, file)
    for name, kind in zip(names, types, strict=True):
        if name in needed and any(mark in kind for mark in _NO_SINGLE_VALUES):
            raise _no_single_values(name, "bytes" if kind in ("BLOB", "BIT") else "lists", file)
    return FileReader(
        names,
        sql,
        {
            name: text_of(identifier(column), kind)
            for name, column, kind in zip(names, columns, types, strict=True)
        },
        frozenset(name for name, kind in zip(names, types, strict=True) if kind != "VARCHAR"),
    )


def text_of(column: str, kind: str) -> str:
    """A typed column as text, the same on every computer.

    As `dialects.text_of` says it, for a type that is known beforehand: whole numbers have no
    decimal point whatever their type (pandas stores integers with gaps as floats), NaN is missing,
    truth values are `true` and `false`, days are ISO 8601, a time of midnight is the day alone, and
    a point in time with a zone is told in UTC.

    >>> text_of('"sex"', "VARCHAR")
    '"sex"'
    """
    if kind == "VARCHAR":
        return column
    text, zone = f"CAST({column} AS VARCHAR)", ""
    without_zeros = rf"regexp_replace({text}, '\.0+$', '')"
    if kind == "DOUBLE":
        # Much faster than looking at the text of every number.
        whole = f"CAST(CAST({column} AS BIGINT) AS VARCHAR)"
        return (
            f"CASE WHEN isnan({column}) THEN NULL "
            f"WHEN abs({column}) < 1e15 AND {column} = trunc({column}) THEN {whole} "
            f"ELSE {without_zeros} END"
        )
    if kind == "FLOAT":
        return f"CASE WHEN isnan({column}) THEN NULL ELSE {without_zeros} END"
    if kind.startswith("DECIMAL"):
        return without_zeros
    if kind == "TIMESTAMP WITH TIME ZONE":
        column, zone = f"({column} AT TIME ZONE 'UTC')", "+00"
    if kind.startswith("TIMESTAMP"):
        return (
            f"CASE WHEN {column} = date_trunc('day', {column}) "
            f"THEN CAST(CAST({column} AS DATE) AS VARCHAR) "
            f"ELSE CAST({column} AS VARCHAR) || '{zone}' END"
        )
    return text


def _no_single_values(name: str, kind: str, file: SourceFile) -> InputError:
    return InputError(
        f"the cells of the column {name!r} hold {kind}, not single values",
        file=file.name,
        field=f"columns.{name}",
        remedy="write one value per cell, or give the column the role `ignore`",
    )


# --- shared ---------------------------------------------------------------------------------


def _sql_path(path: Path) -> str:
    """A path as literal in which the engine sees no pattern."""
    escaped = "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path))
    return literal(escaped)


def _require_columns(columns: Sequence[str], needed: Sequence[str], file: SourceFile) -> None:
    for name in needed:
        if name not in columns:
            near = get_close_matches(name, columns, n=1, cutoff=0.75)
            hint = f"did you mean {near[0]!r}? Correct" if near else "correct"
            raise InputError(
                f"there is no column {name!r}",
                file=file.name,
                field=f"columns.{name}",
                remedy=f"{hint} the name in the declaration, or add the column to the file",
            )


def query(
    connection: duckdb.DuckDBPyConnection, sql: str, file: SourceFile, source: Source
) -> list[tuple[object, ...]]:
    """Ask about one file; an error of the engine becomes an `InputError` without its message."""
    import duckdb

    try:
        return connection.execute(sql).fetchall()
    except (duckdb.Error, UnicodeError) as error:
        message = str(error)
    # Raised out here, the sentence has no context: the raw line is gone for good.
    raise unreadable(message, file=file, encoding=source.encoding)
