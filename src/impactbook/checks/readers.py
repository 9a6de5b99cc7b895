"""How DuckDB reads one file: the columns it has, and the SQL for its rows, every cell as text.

The header is read before anything else, so that empty and repeated names are refused and the
engine is told the columns instead of guessing them. Errors are put into words by `trouble`.
"""

# ruff: noqa: S608 - names and values are quoted by `checks.sql`
from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from impactbook.checks.locate import SourceFile
from impactbook.checks.sql import identifier, literal
from impactbook.checks.trouble import unreadable
from impactbook.errors import InputError
from impactbook.model.dataset import Source

if TYPE_CHECKING:
    import duckdb

SPLIT = "split"
"""The column that names each row's split when a source lists files per split."""

_ENCODINGS = {"utf-8": "utf-8", "latin-1": "latin-1", "utf-16": "utf-16"}
_DELIMITERS = ",;\t|"
_FIRST_BYTES = 1 << 16


@dataclass(frozen=True)
class FileReader:
    """The SQL that reads one file, and the columns it finds there."""

    columns: tuple[str, ...]
    sql: str
    values: Mapping[str, str]

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
    if file.format == "parquet":
        reader = _parquet_reader(connection, file, source)
    elif file.format == "jsonl":
        reader = _jsonl_reader(connection, file, source)
    else:
        reader = _text_reader(connection, file, source)
    _require_columns(reader.columns, needed, file)
    if file.split is not None and SPLIT in needed:
        raise InputError(
            f"the column {SPLIT!r} is declared, and `source.splits` gives it as well",
            field=f"columns.{SPLIT}",
            remedy="remove the column from `columns`, or list the files under `source.files`",
        )
    return reader


def _text_reader(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, source: Source
) -> FileReader:
    quoting = source.quoting if source.quoting is not None else file.format == "csv"
    line = _header_line(connection, file, source)
    delimiter = source.delimiter or ("\t" if file.format == "tsv" else _delimiter(line))
    columns = _header(line, delimiter, quoting, file)
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    quote = literal('"' if quoting else "")
    sql = (
        f"read_csv({_sql_path(file.path)}, auto_detect = false, header = true, "
        f"delim = {literal(delimiter)}, quote = {quote}, escape = {quote}, "
        f"encoding = {literal(_ENCODINGS[source.encoding])}, {_line_end(file, source)}"
        f"hive_partitioning = false, columns = {{{types}}})"
    )
    return FileReader(columns, sql, {name: identifier(name) for name in columns})


def _header_line(connection: duckdb.DuckDBPyConnection, file: SourceFile, source: Source) -> str:
    """The first line as it stands, decoded and decompressed by the engine."""
    sql = (
        f"SELECT line FROM read_csv({_sql_path(file.path)}, auto_detect = false, header = false, "
        f"delim = {literal(chr(31))}, quote = '', escape = '', hive_partitioning = false, "
        f"encoding = {literal(_ENCODINGS[source.encoding])}, {_line_end(file, source)}"
        "columns = {'line': 'VARCHAR'}) LIMIT 1"
    )
    found = query(connection, sql, file, source)
    if not found or found[0][0] is None:
        raise InputError(
            "the file has no header line", file=file.name, remedy="name the columns in line 1"
        )
    return str(found[0][0])


def _line_end(file: SourceFile, source: Source) -> str:
    """Tell the engine about CR LF where the header ends so.

    Left to itself it refuses texts with a plain line feed inside quotes in such a file.
    """
    if file.path.suffix.lower() == ".zst":
        return ""
    try:
        opened = gzip.open if file.path.suffix.lower() == ".gz" else open
        with opened(file.path, "rb") as handle:
            start = handle.read(_FIRST_BYTES).decode(_ENCODINGS[source.encoding], "replace")
    except (OSError, EOFError):
        return ""
    return "new_line = '\\r\\n', " if start.partition("\n")[0].endswith("\r") else ""


def _delimiter(line: str) -> str:
    """The separator that occurs most often outside quotes in the header; a comma in doubt."""
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=lambda mark: (outside.count(mark), -_DELIMITERS.index(mark)))


def _header(line: str, delimiter: str, quoting: bool, file: SourceFile) -> tuple[str, ...]:
    """The columns' names; never shown in messages, since a file without header has values there."""
    if not quoting:
        return _distinct(line.split(delimiter), file)
    try:
        names = next(csv.reader([line], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        raise InputError(
            "the header has a quotation mark that does not end",
            file=file.name,
            line=1,
            remedy="keep the header on one line",
        ) from None
    return _distinct(names, file)


def _distinct(names: Sequence[str], file: SourceFile) -> tuple[str, ...]:
    """Refuse empty and repeated names (DuckDB does not tell `Age` from `age`)."""
    seen: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if not name.strip():
            raise InputError(
                f"column {place} has no name",
                file=file.name,
                line=1,
                remedy="name every column in the header",
            )
        first = seen.setdefault(name.casefold(), place)
        if first != place:
            raise InputError(
                f"columns {first} and {place} have the same name",
                file=file.name,
                line=1,
                remedy="give every column a name of its own",
            )
    return tuple(names)


def _jsonl_reader(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, source: Source
) -> FileReader:
    path = _sql_path(file.path)
    described = query(
        connection,
        f"DESCRIBE SELECT * FROM read_json_auto({path}, format = 'newline_delimited', "
        "records = 'true', sample_size = -1, map_inference_threshold = -1, "
        "hive_partitioning = false)",
        file,
        source,
    )
    columns = _distinct([str(row[0]) for row in described], file)
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    sql = (
        f"read_json({path}, format = 'newline_delimited', records = 'true', "
        f"hive_partitioning = false, columns = {{{types}}})"
    )
    return FileReader(columns, sql, {name: identifier(name) for name in columns})


def _parquet_reader(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, source: Source
) -> FileReader:
    sql = f"read_parquet({_sql_path(file.path)}, hive_partitioning = false)"
    described = query(connection, f"DESCRIBE SELECT * FROM {sql}", file, source)
    columns = _distinct([str(row[0]) for row in described], file)
    return FileReader(
        columns, sql, {name: f"CAST({identifier(name)} AS VARCHAR)" for name in columns}
    )


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
    import duckdb

    try:
        return connection.execute(sql).fetchall()
    except (duckdb.Error, UnicodeError) as error:
        message = str(error)
    # Raised out here, the sentence has no context: the raw line is gone for good.
    raise unreadable(message, file=file, encoding=source.encoding)
