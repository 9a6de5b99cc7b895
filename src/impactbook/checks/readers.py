"""How DuckDB reads one file: the columns it has, and the SQL for its rows, every cell as text.

The header is read before anything else, so that empty and repeated names are refused and the
engine is told the columns instead of guessing them. Errors are put into words by `trouble`.
"""

# ruff: noqa: S608 - names and values are quoted by `checks.sql`
from __future__ import annotations

import codecs
import csv
import gzip
import zlib
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

_DELIMITERS = ",;\t|"
_FIRST_BYTES = 1 << 20


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
    """How to read one file; raises `InputError` when its header is bad or misses a column."""
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
    line = _first_line(connection, file, source)
    # Left to itself the engine refuses a plain line feed inside quotes in a file with CR LF.
    line_end = "new_line = '\\r\\n', " if line.endswith("\r") else ""
    line = line.rstrip("\r")
    delimiter = source.delimiter or ("\t" if file.format == "tsv" else _delimiter(line))
    columns = _header(line, delimiter, quoting, file)
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    quote = literal('"' if quoting else "")
    sql = (
        f"read_csv({_sql_path(file.path)}, auto_detect = false, header = true, "
        f"delim = {literal(delimiter)}, quote = {quote}, escape = {quote}, {line_end}"
        f"encoding = {literal(source.encoding)}, "
        f"hive_partitioning = false, columns = {{{types}}})"
    )
    return FileReader(columns, sql, {name: identifier(name) for name in columns})


def _first_line(connection: duckdb.DuckDBPyConnection, file: SourceFile, source: Source) -> str:
    """The header as it stands, a carriage return at its end included."""
    if file.path.suffix.lower() == ".zst":
        line = _first_line_by_engine(connection, file, source)
    else:
        line = _decoded(_first_bytes(file), file, source)
    if not line.strip():
        raise InputError(
            "the file has no header line", file=file.name, remedy="name the columns in line 1"
        )
    return line


def _first_bytes(file: SourceFile) -> bytes:
    try:
        if file.path.suffix.lower() == ".gz":
            with gzip.open(file.path) as packed:
                return packed.read(_FIRST_BYTES)
        with file.path.open("rb") as plain:
            return plain.read(_FIRST_BYTES)
    except (OSError, EOFError, zlib.error):
        pass
    raise unreadable("gzip", file=file, encoding="")


def _decoded(content: bytes, file: SourceFile, source: Source) -> str:
    """The first line of `content`; `replace` lets the engine find wrong bytes further down."""
    line = content.partition(b"\n")[0]
    try:
        if source.encoding == "utf-16":
            decoder = codecs.getincrementaldecoder("utf-16")("replace")
            return decoder.decode(content).partition("\n")[0]
        return line.decode("utf-8-sig" if source.encoding == "utf-8" else source.encoding)
    except UnicodeError:
        pass
    raise InputError(
        f"the text is not encoded as {source.encoding}",
        file=file.name,
        line=1,
        remedy="save the file as UTF-8, or state `source.encoding`",
    )


def _first_line_by_engine(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, source: Source
) -> str:
    # Lenient, since rows are of no interest here: the whole file is read strictly later.
    sql = (
        f"SELECT line FROM read_csv({_sql_path(file.path)}, auto_detect = false, header = false, "
        f"delim = {literal(chr(31))}, quote = '', escape = '', hive_partitioning = false, "
        f"strict_mode = false, encoding = {literal(source.encoding)}, "
        "columns = {'line': 'VARCHAR'}) LIMIT 1"
    )
    found = query(connection, sql, file, source)
    return str(found[0][0] or "") if found else ""


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
    """Ask about one file; an error of the engine becomes an `InputError` without its message."""
    import duckdb

    try:
        return connection.execute(sql).fetchall()
    except (duckdb.Error, UnicodeError) as error:
        message = str(error)
    # Raised out here, the sentence has no context: the raw line is gone for good.
    raise unreadable(message, file=file, encoding=source.encoding)
