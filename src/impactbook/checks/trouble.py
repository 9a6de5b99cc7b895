"""What went wrong when a file was read, said without a single value from it.

DuckDB's messages print the whole raw line. Only numbers and fixed phrases are taken from them:
the line, the counts of columns, and which of a few known kinds of trouble it is.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

from impactbook.checks.locate import SourceFile
from impactbook.errors import InputError

_LINE = re.compile(r"\A[A-Za-z ]*Error: CSV Error on Line: (\d+)\n")
_JSON_LINE = re.compile(r"\A[A-Za-z ]*Error: JSON transform error in file .*?, in line (\d+): ")
_RAGGED = re.compile(r"^Expected Number of Columns: (\d+) Found: (\d+)$", re.MULTILINE)

_ENCODING = re.compile(
    r"^Invalid unicode|not (valid )?utf-?8|File is not (latin-1|utf-16) encoded|"
    r"invalid UTF-8 encoding",
    re.MULTILINE | re.IGNORECASE,
)

_PACKED = re.compile(r"\A.*(gzip|zstd|compress)", re.IGNORECASE)
_DUPLICATE_KEY = re.compile(r"has duplicate key \"")
_DAMAGED_PARQUET = re.compile(
    r"\A.*(Parquet|compress|Thrift|TProtocol|page|Invalid string encoding|snappy)", re.IGNORECASE
)

UNCLOSED = "a quotation mark is opened and never closed, or stands inside a value"
CLOSE_IT = "close it, double it, or set `source.quoting: false` if the mark is a letter here"

_KINDS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE | re.IGNORECASE), problem, remedy)
    for pattern, problem, remedy in (
        (
            r"^Value with unterminated quote",
            UNCLOSED,
            CLOSE_IT,
        ),
        (
            r"^(.*Error: )?Maximum line size",
            "a line is longer than 2 million bytes",
            "check the line ends and quotation marks",
        ),
        (
            r"\A.*reached an invalid state",
            "the lines do not all end alike, or quotation marks are out of place",
            "save the file again with one kind of line end",
        ),
        (
            r"\A.*(magic bytes|footer)",
            "the file is not Parquet, or is cut off",
            "correct `source.format`, or write the file again",
        ),
        (
            r"\A.*duplicate key",
            "an object of the line names one field twice",
            "give every field a name of its own",
        ),
        (
            r"\A.*Out of Memory",
            "the computer has too little memory for it",
            "check a part of the rows",
        ),
    )
)


def unreadable(message: str, *, file: SourceFile, encoding: str) -> InputError:
    """The sentence for a person; `message` is the engine's and is only searched, never shown."""
    line = _line(message)
    if _ENCODING.search(message):
        if file.format == "jsonl":
            return not_encoded("utf-8", file=file, line=_first_bad_json_line(file.path) or line)
        return not_encoded(encoding, file=file, line=line)
    if ragged := _RAGGED.search(message):
        expected, found = ragged.groups()
        return InputError(
            f"the row has {columns_in_words(int(found))} and the header {expected}",
            file=file.name,
            line=line,
            remedy="correct the row, the delimiter or the quotation marks",
        )
    if file.format == "jsonl" and not _DUPLICATE_KEY.search(message):
        return InputError(
            "the line holds no JSON object",
            file=file.name,
            line=_first_bad_json_line(file.path) or line,
            remedy="write one object per line",
        )
    return known_trouble(message, file=file) or InputError(
        f"the file cannot be read as {file.format}",
        file=file.name,
        line=line,
        remedy="correct `source.format`, `delimiter`, `quoting` or `encoding`",
    )


def known_trouble(message: str, *, file: SourceFile) -> InputError | None:
    """The sentence for a kind of trouble that the engine's message names; None for any other."""
    if file.packing != "none" and _PACKED.search(message):
        return damaged(file)
    for pattern, problem, remedy in _KINDS:
        if pattern.search(message):
            return InputError(problem, file=file.name, line=_line(message), remedy=remedy)
    if file.format == "parquet" and _DAMAGED_PARQUET.search(message):
        return InputError("the Parquet file is damaged", file=file.name, remedy="write it again")
    return None


def not_encoded(encoding: str, *, file: SourceFile, line: int | None) -> InputError:
    """The sentence for bytes that are no letters in the encoding declared (or assumed)."""
    if file.format == "jsonl":
        remedy = "save the file as UTF-8, which JSON Lines must be"
    elif encoding == "utf-8":
        remedy = "save the file as UTF-8, or state `source.encoding` (latin-1 or utf-16)"
    elif encoding == "utf-16":
        remedy = "save the file as UTF-8 (emoji and other rare letters are not read in UTF-16)"
    else:
        remedy = "save the file as UTF-8 (it may hold letters that Latin-1 lacks, such as €)"
    return InputError(
        f"the text is not encoded as {encoding}", file=file.name, line=line, remedy=remedy
    )


def not_readable(file: SourceFile, error: OSError) -> InputError:
    """The sentence for a file that the system does not let us read."""
    return InputError(
        f"the file cannot be read ({(error.strerror or 'input/output error').lower()})",
        file=file.name,
        remedy="check the path and your permission to read it",
    )


def damaged(file: SourceFile) -> InputError:
    """The sentence for a file that breaks off or whose bytes are not what they were."""
    if file.packing == "none":
        return InputError(
            "the file could not be read to its end",
            file=file.name,
            remedy="check the disk and run again",
        )
    return InputError(
        "the compressed file is damaged or cut off",
        file=file.name,
        remedy="compress it again, or give it uncompressed",
    )


def columns_in_words(count: int) -> str:
    """A number of columns as people say it.

    >>> columns_in_words(1), columns_in_words(3)
    ('1 column', '3 columns')
    """
    return "1 column" if count == 1 else f"{count} columns"


def _line(message: str) -> int | None:
    found = _LINE.match(message) or _JSON_LINE.match(message)
    return int(found.group(1)) if found else None


def _first_bad_json_line(path: Path) -> int | None:
    """Find the line ourselves: the engine's count is off for some malformed lines."""
    if path.suffix.lower() == ".zst":
        return None
    try:
        for place, text in enumerate(_lines(path), start=1):
            if text.strip() and not isinstance(json.loads(text), dict):
                return place
    except (ValueError, RecursionError):
        return place
    except OSError:
        return None
    return None


def _lines(path: Path) -> Iterator[bytes]:
    if path.suffix.lower() == ".gz":
        with gzip.open(path) as packed:
            yield from packed
    else:
        with path.open("rb") as plain:
            yield from plain
