"""Rows with too many or too few fields: counted line by line when the engine stumbles over a file.

The engine can skip such rows but counts them only by keeping every one of them in memory, so they
are counted here with Python's csv module, in bounded memory; both must find the same good rows.
What is not a matter of fields (encoding, quotation marks, line ends) is refused with its line.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from impactbook.checks.header import Header, codec_of, opened
from impactbook.checks.locate import SourceFile
from impactbook.checks.trouble import (
    CLOSE_IT,
    UNCLOSED,
    columns_in_words,
    damaged,
    not_encoded,
)
from impactbook.errors import InputError
from impactbook.model.dataset import Source

LONGEST_LINE = 2_000_000
"""The longest line in bytes that the engine reads."""

_LINE_ENDS = {"\r\n": "CR LF", "\n": "LF", "\r": "CR"}
_NOT_IN_LATIN_1 = re.compile("[\x80-\x9f]")


@dataclass(frozen=True)
class Malformed:
    """How many rows have another number of fields than the header; the first one's file and line."""

    count: int
    file: str
    line: int


@dataclass(frozen=True)
class RowsFound:
    """What a file holds: good rows, malformed ones, and the first of these with its fields.

    `padded` is the line of the first row whose surplus fields are all empty; the engine cannot be
    told to leave such a row out.
    """

    good: int
    malformed: int
    line: int | None
    fields: int
    padded: int | None

    @property
    def share(self) -> float:
        """Malformed rows / all rows."""
        return self.malformed / (self.good + self.malformed) if self.malformed else 0.0


def count_rows(
    file: SourceFile,
    source: Source,
    header: Header,
    lines_by_engine: Callable[[], Iterator[str]],
) -> RowsFound:
    """Count good and malformed rows of a delimited file.

    Blank lines are no rows, unless the file has one column. `lines_by_engine` yields the lines of a
    zstd file, which Python cannot unpack by itself. Raises `InputError` for a quotation mark that
    does not end, wrong encoding, mixed line ends, and a line that is too long.
    """
    lines = _Lines(file, source, header, lines_by_engine)
    good = malformed = fields = 0
    first: int | None = None
    padded: int | None = None
    width = len(header.names)
    for line, row in _records(lines, file, header):
        if line == 1 or (not row and width > 1):
            continue
        if len(row) == width or (not row and width == 1):
            good += 1
            continue
        malformed += 1
        if first is None:
            first, fields = line, len(row)
        if padded is None and len(row) > width and not any(row[width:]):
            padded = line
    return RowsFound(good, malformed, first, fields, padded)


def refuse_too_many(found: RowsFound, file: SourceFile, source: Source, header: Header) -> None:
    """Raise `InputError` when more rows are malformed than `source.bad_rows_limit` lets pass.

    A row with surplus empty fields is refused always: it could be left out by nobody.
    """
    if found.share <= source.bad_rows_limit:
        if found.padded is None:
            return
        raise InputError(
            f"the row ends in more empty fields than the header has columns ({len(header.names)})",
            file=file.name,
            line=found.padded,
            remedy="remove the delimiters at its end, or set in quotation marks the one in a text",
        )
    total, noun = found.good + found.malformed, "row" if found.malformed == 1 else "rows"
    raise InputError(
        f"the row has {columns_in_words(found.fields)} and the header {len(header.names)} "
        f"({found.malformed:,} such {noun} among {total:,}, and the limit is "
        f"{source.bad_rows_limit:.4g} of all rows)",
        file=file.name,
        line=found.line,
        remedy="correct the rows, the delimiter or the quotation marks, "
        "or raise `source.bad_rows_limit`",
    )


class _Lines:
    """The lines of a file with their ends; remembers the end of the last one handed out."""

    def __init__(
        self,
        file: SourceFile,
        source: Source,
        header: Header,
        lines_by_engine: Callable[[], Iterator[str]],
    ) -> None:
        self._file, self._source = file, source
        self._by_engine = lines_by_engine
        self._expected = header.line_end
        self.count = 0
        self._end = ""

    def __iter__(self) -> Iterator[str]:
        if self._file.packing == "zstd":
            for line in self._by_engine():
                self.count += 1
                yield line
            return
        latin = self._source.encoding == "latin-1"
        try:
            with _text(self._file, self._source) as text:
                while line := text.readline(LONGEST_LINE + 1):
                    self.count += 1
                    if len(line) > LONGEST_LINE:
                        raise _too_long(self._file, self.count)
                    if latin and _NOT_IN_LATIN_1.search(line):
                        raise not_encoded("latin-1", file=self._file, line=self.count)
                    self._end = line[len(line.rstrip("\r\n")) :]
                    yield line
            return
        except UnicodeDecodeError:
            pass
        raise not_encoded(
            self._source.encoding, file=self._file, line=_first_wrong_line(self._file, self._source)
        )

    def refuse_other_end(self) -> None:
        """Raise `InputError` when the line just read ends otherwise than the first line."""
        if self._end and self._expected and self._end != self._expected:
            raise InputError(
                f"the line ends in {_LINE_ENDS[self._end]} and the first line in "
                f"{_LINE_ENDS[self._expected]}",
                file=self._file.name,
                line=self.count,
                remedy="save the file again with one kind of line end",
            )


def _records(lines: _Lines, file: SourceFile, header: Header) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of its first line, in physical lines."""
    with _field_limit(LONGEST_LINE):
        reader = csv.reader(
            lines,
            delimiter=header.delimiter,
            quoting=csv.QUOTE_MINIMAL if header.quoting else csv.QUOTE_NONE,
            strict=True,
        )
        while True:
            start = reader.line_num + 1
            try:
                row = next(reader, None)
            except csv.Error:
                break
            if row is None:
                return
            lines.refuse_other_end()
            yield start, row
    raise InputError(UNCLOSED, file=file.name, line=start, remedy=CLOSE_IT)


@contextmanager
def _field_limit(limit: int) -> Iterator[None]:
    """Bound what csv keeps of one field: an open quotation mark would swallow the whole file."""
    before = csv.field_size_limit(limit)
    try:
        yield
    finally:
        csv.field_size_limit(before)


@contextmanager
def _text(file: SourceFile, source: Source) -> Iterator[io.TextIOWrapper]:
    try:
        with opened(file) as content:
            yield io.TextIOWrapper(content, encoding=codec_of(source), newline="")
        return
    except (OSError, EOFError, zlib.error):
        pass
    raise damaged(file)


def _first_wrong_line(file: SourceFile, source: Source) -> int | None:
    """The first line that cannot be decoded; None in UTF-16, whose lines cannot be told apart."""
    if source.encoding == "utf-16":
        return None
    place = 1
    with opened(file) as content:
        while line := content.readline(LONGEST_LINE):
            try:
                line.decode(source.encoding)
            except UnicodeDecodeError:
                return place
            place += line.endswith(b"\n")
    return None


def _too_long(file: SourceFile, line: int) -> InputError:
    return InputError(
        "a line is longer than 2 million bytes",
        file=file.name,
        line=line,
        remedy="check the line ends and quotation marks",
    )
