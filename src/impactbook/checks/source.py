"""From a declaration's files to a temporary DuckDB database with one view over all rows.

The view `rows` reads the files where they are, every column as text, so no raw data is copied.
The engine's own messages carry whole raw lines; here they become a file, a line number and a kind
of trouble, and the original error is dropped. Finding files stands in `locate`, what an error
means in `trouble`.
"""

from __future__ import annotations

import csv
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from impactbook.checks.locate import SourceFile, locate
from impactbook.checks.sql import identifier, literal
from impactbook.checks.trouble import unreadable
from impactbook.errors import InputError
from impactbook.model.dataset import Source

if TYPE_CHECKING:
    import duckdb

SPLIT = "split"
"""The column that names each row's split when a source lists files per split."""

ROWS = "rows"
"""The view over all files, every column as text."""

_ENCODINGS = {"utf-8": "utf-8", "latin-1": "latin-1", "utf-16": "utf-16"}
_DELIMITERS = ",;\t|"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class _Stamp:
    """What the file system says about a file; differs once somebody writes to it."""

    size: int
    modified: int
    changed: int
    inode: int


@dataclass(frozen=True)
class OpenSource:
    """A readable source: its temporary database, its columns, and what was counted.

    `rows` and `rows_of` (per split) are counted file by file, apart from every check, so that a
    check which saw other rows can be told. `fingerprint` is the SHA-256 over the files' names and
    bytes in order.
    """

    database: Path
    files: tuple[SourceFile, ...]
    columns: tuple[str, ...]
    rows: int
    rows_of: Mapping[str, int]
    fingerprint: str

    @property
    def has_splits(self) -> bool:
        """Whether the view `rows` carries the column `split`."""
        return bool(self.rows_of)

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to the temporary database; only one may be open at a time."""
        connection = _connect(self.database)
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def open_source(
    source: Source, *, folder: Path, needed: Sequence[str] = (), declaration: str = ""
) -> Iterator[OpenSource]:
    """Open the files of `source`, relative to `folder`, for as long as the context lasts.

    `needed` are the columns that must exist in every file; `declaration` is the name of the file
    that lists the source, for messages. Raises `InputError` when a file is absent, empty, without
    rows, misses or repeats a column, has ragged rows, another encoding or cannot be read, and when
    a file changes before the context ends. The temporary database is private to the user and is
    removed at the end, also after an error.
    """
    files = locate(source, folder=folder, declaration=declaration)
    before = [_stamp(file) for file in files]
    fingerprint = _fingerprint(files)
    with tempfile.TemporaryDirectory(prefix="impactbook-") as private:
        database = Path(private) / "source.duckdb"
        connection = _connect(database)
        try:
            readers = [_reader(connection, file, source, needed) for file in files]
            counts = [
                _count(connection, reader, file, source)
                for reader, file in zip(readers, files, strict=True)
            ]
            columns = _common_columns(readers, needed)
            _create_view(connection, files, readers, columns)
        finally:
            connection.close()
        yield OpenSource(
            database=database,
            files=files,
            columns=columns,
            rows=sum(counts),
            rows_of=_per_split(files, counts),
            fingerprint=fingerprint,
        )
        _refuse_changed(files, before, fingerprint)


def _connect(database: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect(str(database))
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    return connection


# --- the files' bytes -----------------------------------------------------------------------


def _stamp(file: SourceFile) -> _Stamp:
    try:
        state = file.path.stat()
    except OSError as error:
        raise _not_readable(file, error) from None
    return _Stamp(state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)


def _fingerprint(files: Sequence[SourceFile]) -> str:
    """SHA-256 over each file's split, name, length and bytes, in the order they are read."""
    digest = hashlib.sha256()
    for file in files:
        try:
            with file.path.open("rb") as handle:
                size = os.fstat(handle.fileno()).st_size
                header = f"{file.split or ''}\0{file.path.name}\0{size}\0"
                digest.update(header.encode("utf-8", "surrogateescape"))
                while block := handle.read(_BLOCK):
                    digest.update(block)
        except OSError as error:
            raise _not_readable(file, error) from None
        if size == 0:
            raise InputError(
                "the file is empty", file=file.name, remedy="give a file with a header and rows"
            )
    return digest.hexdigest()


def _refuse_changed(files: Sequence[SourceFile], before: list[_Stamp], fingerprint: str) -> None:
    """Notice a file that somebody wrote to while it was read; a mere `touch` is let go."""
    changed = [file for file, stamp in zip(files, before, strict=True) if _stamp(file) != stamp]
    if changed and _fingerprint(files) != fingerprint:
        raise InputError(
            "the file changed while it was read",
            file=changed[0].name,
            remedy="wait until it is complete and run again",
        )


def _not_readable(file: SourceFile, error: OSError) -> InputError:
    return InputError(
        f"the file cannot be read ({(error.strerror or 'input/output error').lower()})",
        file=file.name,
        remedy="check the path and your permission to read it",
    )


# --- how DuckDB reads one file --------------------------------------------------------------


@dataclass(frozen=True)
class _Reader:
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


def _reader(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    source: Source,
    needed: Sequence[str],
) -> _Reader:
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
) -> _Reader:
    quoting = source.quoting if source.quoting is not None else file.format == "csv"
    line = _header_line(connection, file, source)
    delimiter = source.delimiter or ("\t" if file.format == "tsv" else _delimiter(line))
    columns = _header(line, delimiter, quoting, file)
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    quote = literal('"' if quoting else "")
    sql = (
        f"read_csv({_sql_path(file.path)}, auto_detect = false, header = true, "
        f"delim = {literal(delimiter)}, quote = {quote}, escape = {quote}, "
        f"encoding = {literal(_ENCODINGS[source.encoding])}, "
        f"hive_partitioning = false, columns = {{{types}}})"
    )
    return _Reader(columns, sql, {name: identifier(name) for name in columns})


def _header_line(connection: duckdb.DuckDBPyConnection, file: SourceFile, source: Source) -> str:
    """The first line as it stands, decoded and decompressed by the engine."""
    sql = (
        f"SELECT line FROM read_csv({_sql_path(file.path)}, auto_detect = false, header = false, "
        f"delim = {literal(chr(31))}, quote = '', escape = '', hive_partitioning = false, "
        f"encoding = {literal(_ENCODINGS[source.encoding])}, "
        "columns = {'line': 'VARCHAR'}) LIMIT 1"
    )
    found = _query(connection, sql, file, source)
    if not found or found[0][0] is None:
        raise InputError(
            "the file has no header line", file=file.name, remedy="name the columns in line 1"
        )
    return str(found[0][0])


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
) -> _Reader:
    path = _sql_path(file.path)
    described = _query(
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
    return _Reader(columns, sql, {name: identifier(name) for name in columns})


def _parquet_reader(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, source: Source
) -> _Reader:
    sql = f"read_parquet({_sql_path(file.path)}, hive_partitioning = false)"
    described = _query(connection, f"DESCRIBE SELECT * FROM {sql}", file, source)
    columns = _distinct([str(row[0]) for row in described], file)
    return _Reader(columns, sql, {name: f"CAST({identifier(name)} AS VARCHAR)" for name in columns})


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


# --- counting and the view ------------------------------------------------------------------


def _count(
    connection: duckdb.DuckDBPyConnection, reader: _Reader, file: SourceFile, source: Source
) -> int:
    """Count the rows of one file, parsing every cell so that a bad row is found here."""
    cells = ", ".join(f"count({reader.values[name]})" for name in reader.columns)
    found = _query(connection, f"SELECT count(*), {cells} FROM {reader.sql}", file, source)
    rows = int(str(found[0][0]))
    if rows == 0:
        raise InputError(
            "the file has a header but no rows", file=file.name, remedy="give a file with rows"
        )
    return rows


def _query(
    connection: duckdb.DuckDBPyConnection, sql: str, file: SourceFile, source: Source
) -> list[tuple[object, ...]]:
    import duckdb

    try:
        return connection.execute(sql).fetchall()
    except (duckdb.Error, UnicodeError) as error:
        message = str(error)
    # Raised out here, the sentence has no context: the raw line is gone for good.
    raise unreadable(message, file=file, encoding=source.encoding)


def _common_columns(readers: Sequence[_Reader], needed: Sequence[str]) -> tuple[str, ...]:
    """The columns that all files share, in the order of the first."""
    shared = set(readers[0].columns).intersection(*(reader.columns for reader in readers[1:]))
    return tuple(name for name in readers[0].columns if name in shared or name in needed)


def _create_view(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[SourceFile],
    readers: Sequence[_Reader],
    columns: Sequence[str],
) -> None:
    kept = [name for name in columns if files[0].split is None or name.casefold() != SPLIT]
    parts = [
        reader.select(kept, split=file.split) for reader, file in zip(readers, files, strict=True)
    ]
    connection.execute(f"CREATE VIEW {identifier(ROWS)} AS {' UNION ALL '.join(parts)}")


def _per_split(files: Sequence[SourceFile], counts: Sequence[int]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for file, count in zip(files, counts, strict=True):
        if file.split is not None:
            rows[file.split] = rows.get(file.split, 0) + count
    return rows
