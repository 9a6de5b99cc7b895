"""From a declaration's files to a temporary DuckDB database with one view over all rows.

The view `rows` reads the files where they are, every column as text, so no raw data is copied.
The engine's own messages carry whole raw lines; here they become a file, a line number and a kind
of trouble, and the original error is dropped. Finding files stands in `locate`, reading one of
them in `readers`, what an error means in `trouble`.
"""

# ruff: noqa: S608 - names and values are quoted by `checks.sql`
from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from impactbook.checks.locate import SourceFile, locate
from impactbook.checks.readers import SPLIT, FileReader, file_reader, query
from impactbook.checks.sql import identifier
from impactbook.errors import InputError
from impactbook.model.dataset import Source

if TYPE_CHECKING:
    import duckdb

ROWS = "rows"
"""The view over all files, every column as text."""

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
        """A connection to the temporary database; only one may be open at a time.

        An error of the engine leaves as `InputError` without its message.
        """
        import duckdb

        connection = _connect(self.database)
        try:
            yield connection
            return
        except duckdb.Error:
            pass
        finally:
            connection.close()
        raise InputError(
            "the files could not be read a second time",
            file=self.files[0].name,
            remedy="run again while nobody writes to them",
        )


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
    fingerprint = fingerprint_of(files)
    with tempfile.TemporaryDirectory(prefix="impactbook-") as private:
        database = Path(private) / "source.duckdb"
        connection = _connect(database)
        try:
            readers = [file_reader(connection, file, source, needed) for file in files]
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


def _stamp(file: SourceFile) -> _Stamp:
    try:
        state = file.path.stat()
    except OSError as error:
        raise _not_readable(file, error) from None
    return _Stamp(state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)


def fingerprint_of(files: Sequence[SourceFile]) -> str:
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
    if changed and fingerprint_of(files) != fingerprint:
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


def _count(
    connection: duckdb.DuckDBPyConnection, reader: FileReader, file: SourceFile, source: Source
) -> int:
    """Count the rows of one file, parsing every cell so that a bad row is found here."""
    cells = ", ".join(f"count({reader.values[name]})" for name in reader.columns)
    found = query(connection, f"SELECT count(*), {cells} FROM {reader.sql}", file, source)
    rows = int(str(found[0][0]))
    if rows == 0:
        raise InputError(
            "the file has a header but no rows", file=file.name, remedy="give a file with rows"
        )
    return rows


def _common_columns(readers: Sequence[FileReader], needed: Sequence[str]) -> tuple[str, ...]:
    """The columns that all files share, in the order of the first."""
    shared = set(readers[0].columns).intersection(*(reader.columns for reader in readers[1:]))
    return tuple(name for name in readers[0].columns if name in shared or name in needed)


def _create_view(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[SourceFile],
    readers: Sequence[FileReader],
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
