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

_ENCODING = re.compile(r"^Invalid unicode|not (valid )?utf-?8", re.MULTILINE | re.IGNORECASE)

_KINDS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE | re.IGNORECASE), problem, remedy)
    for pattern, problem, remedy in (
        (
            r"^Value with unterminated quote",
            "a quotation mark is opened and never closed",
            "close it, double it, or set `source.quoting: false`",
        ),
        (
            r"^(.*Error: )?Maximum line size",
            "a line is longer than 2 million bytes",
            "check the line ends and quotation marks",
        ),
        (
            r"\A.*reached an invalid state",
            "the lines do not all end alike, or quotation marks are out of place",
            "save the file again as plain CSV",
        ),
        (
            r"\A.*(gzip|zstd|compress)",
            "the compressed file is damaged",
            "compress it again, or give it uncompressed",
        ),
        (r"\A.*magic bytes", "the file is not Parquet", "correct `source.format` or the file"),
        (r"\A.*Parquet", "the Parquet file is damaged", "write it again"),
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
        return InputError(
            f"the text is not encoded as {encoding}",
            file=file.name,
            line=line,
            remedy="save the file as UTF-8, or state `source.encoding`",
        )
    if ragged := _RAGGED.search(message):
        expected, found = ragged.groups()
        return InputError(
            f"the row has {_columns(int(found))} and the header {expected}",
            file=file.name,
            line=line,
            remedy="correct the row, the delimiter or the quotation marks",
        )
    if file.format == "jsonl":
        return InputError(
            "the line holds no JSON object",
            file=file.name,
            line=_first_bad_json_line(file.path) or line,
            remedy="write one object per line",
        )
    for pattern, problem, remedy in _KINDS:
        if pattern.search(message):
            return InputError(problem, file=file.name, line=line, remedy=remedy)
    return InputError(
        f"the file cannot be read as {file.format}",
        file=file.name,
        line=line,
        remedy="correct `source.format`, `delimiter`, `quoting` or `encoding`",
    )


def _columns(count: int) -> str:
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
