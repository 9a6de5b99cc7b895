"""From a declaration's files to a temporary DuckDB database with one view over all rows.

The view `rows` reads the files where they are, every column as text, so opening copies no
raw data (`sources.duckdb` keeps few rows in memory while they are counted).
The engine's own messages carry whole raw lines; here they become a file, a line number and a kind
of trouble, and the original error is dropped. Finding files stands in `locate`, reading one of
them in `header`, `readers` and `filecounts`, rows with other fields in `malformed`, cells that are
not what the declaration says in `cells`, what an error means in `trouble`.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from impactbook.checks.filecounts import CountedFile, count_file, damage_of
from impactbook.checks.locate import SourceFile, locate
from impactbook.checks.malformed import Malformed
from impactbook.checks.readers import SPLIT, FileReader, file_reader
from impactbook.checks.sql import identifier
from impactbook.checks.trouble import known_trouble, not_readable
from impactbook.checks.wholeness import Inspection
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset, Source

if TYPE_CHECKING:
    import duckdb

    from impactbook.checks.cells import Question

ROWS = "rows"
"""The view over all files, every column as text."""

MEMORY = "1500MB"
"""How much memory the engine takes by default before it writes to the private folder."""

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
    bytes in order. `malformed` are the rows left out because they have more or fewer fields than
    the header. `settings` are those of the engine, for whoever opens `database` as well.
    """

    database: Path
    files: tuple[SourceFile, ...]
    columns: tuple[str, ...]
    rows: int
    rows_of: Mapping[str, int]
    fingerprint: str
    malformed: Malformed | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

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

        connection = _connect(self.database, self.settings)
        try:
            yield connection
            return
        except duckdb.Error as error:
            message = str(error)
        finally:
            connection.close()
        named = [file for file in self.files if str(file.path) in message]
        file = (named or list(self.files))[0]
        known = known_trouble(message, file=file) if named or len(self.files) == 1 else None
        raise known or InputError(
            "the files could not be read a second time",
            file=file.name,
            remedy="run again while nobody writes to them",
        )


@contextmanager
def open_source(
    source: Source,
    *,
    folder: Path,
    needed: Sequence[str] = (),
    declaration: str = "",
    dataset: Dataset | None = None,
    memory: str = MEMORY,
) -> Iterator[OpenSource]:
    """Open the files of `source`, relative to `folder`, for as long as the context lasts.

    `needed` are the columns that must exist in every file; `declaration` is the name of the file
    that lists the source, for messages; `dataset`, if given, is the whole declaration, and cells
    that contradict it are refused (see `cells`). Raises `InputError` when a file is absent, empty,
    without rows, misses or repeats a column, has too many malformed rows, another encoding or
    cannot be read, and when a file changes before the context ends. The temporary database is
    private to the user and is removed at the end, also after an error. Delimited text is read once
    here, Parquet not at all beyond its metadata; `memory` bounds what the engine keeps of it.
    """
    files = locate(source, folder=folder, declaration=declaration)
    questions = _questions(dataset, needed)
    with (
        tempfile.TemporaryDirectory(prefix="impactbook-") as private,
        _unchanged(files) as watched,
    ):
        database = Path(private) / "source.duckdb"
        settings = _settings(Path(private), memory)
        connection = _connect(database, settings)
        try:
            readers = [file_reader(connection, file, source, needed) for file in files]
            seen = [
                Inspection(file, source, reader.header)
                for file, reader in zip(files, readers, strict=True)
            ]
            watched.fingerprint = fingerprint_of(files, seen)
            opened = [
                count_file(connection, file, source, reader, inspection, questions)
                for file, reader, inspection in zip(files, readers, seen, strict=True)
            ]
            readers = [one.reader for one in opened]
            columns = _common_columns(readers, needed)
            _create_view(connection, files, readers, columns)
        finally:
            connection.close()
        _refuse_bad_cells(questions, opened, declaration)
        failed: InputError | None = None
        try:
            yield OpenSource(
                database=database,
                files=files,
                columns=columns,
                rows=sum(one.rows for one in opened),
                rows_of=_per_split(files, [one.rows for one in opened]),
                fingerprint=watched.fingerprint,
                malformed=_all_malformed(opened),
                settings=settings,
            )
        except InputError as error:
            failed = error
        if failed is not None:
            raise _damage(database, settings, files, readers, failed) or failed


def _settings(private: Path, memory: str) -> dict[str, str]:
    """The engine's settings: bounded memory, spills to the private folder, fetches nothing."""
    return {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": memory,
        # Rows are only counted, and keeping their order costs memory.
        "preserve_insertion_order": "false",
        "temp_directory": str(private / "spilled"),
    }


def _damage(
    database: Path,
    settings: Mapping[str, str],
    files: Sequence[SourceFile],
    readers: Sequence[FileReader],
    failed: InputError,
) -> InputError | None:
    """The damaged Parquet file behind an error that names a file of data.

    Parquet is not read to its end when it is opened, so its damage shows in the midst of the checks.
    """
    if failed.file not in {file.name for file in files}:
        return None
    connection = _connect(database, settings)
    try:
        for file, reader in zip(files, readers, strict=True):
            found = damage_of(connection, file, reader) if file.format == "parquet" else None
            if found is not None:
                return found
    finally:
        connection.close()
    return None


def _connect(database: Path, settings: Mapping[str, str]) -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect(str(database), config=dict(settings))
    connection.execute("SET enable_progress_bar = false")
    return connection


# --- files that change ----------------------------------------------------------------------


@dataclass
class _Watched:
    """Files while they are read, and their fingerprint once it is known."""

    fingerprint: str = ""


@contextmanager
def _unchanged(files: Sequence[SourceFile]) -> Iterator[_Watched]:
    """Raises `InputError` when the files have another fingerprint at the end.

    A file that changed is the better explanation of whatever went wrong in between.
    """
    before = [_stamp(file) for file in files]
    for file, stamp in zip(files, before, strict=True):
        if stamp.size == 0:
            raise _empty(file)
    watched = _Watched()
    failed: Exception | None = None
    try:
        yield watched
    except Exception as error:  # any trouble at all may come from the change
        failed = error
    changed = [file for file, stamp in zip(files, before, strict=True) if _differs(file, stamp)]
    if changed and not _has_fingerprint(files, watched.fingerprint):
        raise InputError(
            "the file changed while it was read",
            file=changed[0].name,
            remedy="wait until it is complete and run again",
        ) from None
    if failed is not None:
        raise failed


def _stamp(file: SourceFile) -> _Stamp:
    try:
        state = file.path.stat()
    except OSError as error:
        raise not_readable(file, error) from None
    return _Stamp(state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)


def _differs(file: SourceFile, stamp: _Stamp) -> bool:
    try:
        return _stamp(file) != stamp
    except InputError:
        return True


def _has_fingerprint(files: Sequence[SourceFile], fingerprint: str) -> bool:
    """Whether the bytes are still the same; a mere `touch` is let go."""
    try:
        return fingerprint_of(files) == fingerprint
    except InputError:
        return False


def fingerprint_of(
    files: Sequence[SourceFile], inspections: Sequence[Inspection] | None = None
) -> str:
    """SHA-256 over each file's split, name, length and bytes, in the order they are read.

    `inspections`, one per file, look through the same bytes and raise `InputError` for what they
    find.
    """
    digest = hashlib.sha256()
    looking: Sequence[Inspection | None] = inspections or [None] * len(files)
    for file, inspection in zip(files, looking, strict=True):
        _digest_file(digest, file, inspection)
        if inspection is not None:
            inspection.end()
    return digest.hexdigest()


def _digest_file(digest: hashlib._Hash, file: SourceFile, inspection: Inspection | None) -> None:
    """Add one file to a digest; an inspection looks through the same bytes."""
    try:
        with file.path.open("rb") as handle:
            size = os.fstat(handle.fileno()).st_size
            header = f"{file.split or ''}\0{file.path.name}\0{size}\0"
            digest.update(header.encode("utf-8", "surrogateescape"))
            while block := handle.read(_BLOCK):
                digest.update(block)
                if inspection is not None:
                    inspection.feed(block)
    except OSError as error:
        raise not_readable(file, error) from None
    if size == 0:
        raise _empty(file)


def _empty(file: SourceFile) -> InputError:
    return InputError(
        "the file is empty", file=file.name, remedy="give a file with a header and rows"
    )


# --- the files together ---------------------------------------------------------------------


def _all_malformed(files: Sequence[CountedFile]) -> Malformed | None:
    """The malformed rows of all files, with the place of the first."""
    found = [file.malformed for file in files if file.malformed is not None]
    if not found:
        return None
    return Malformed(sum(one.count for one in found), found[0].file, found[0].line)


def _refuse_bad_cells(
    questions: Sequence[Question], files: Sequence[CountedFile], declaration: str
) -> None:
    """Add up what the files answered; raise `InputError` for cells that contradict it."""
    if questions:
        from impactbook.checks.cells import refuse

        found: dict[str, float] = {}
        for file in files:
            for key, count in file.cells.items():
                found[key] = found.get(key, 0.0) + count
        refuse(questions, found, declaration=declaration)


def _questions(dataset: Dataset | None, needed: Sequence[str]) -> tuple[Question, ...]:
    if dataset is None:
        return ()
    from impactbook.checks.cells import questions_of

    return questions_of(dataset, columns=needed)


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
