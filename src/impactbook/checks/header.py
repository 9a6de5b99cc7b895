"""What the first bytes of a text file tell: its encoding, line ends, delimiter and column names.

The engine is told all of this instead of guessing it. A file that is something else than declared
(another encoding, another delimiter, quoted names where quoting is off, an Excel workbook) is
refused here with the option that helps; names in the header are never listed in messages, since a
file without header has values there.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from impactbook.checks.locate import SourceFile
from impactbook.checks.trouble import damaged, not_encoded, not_readable
from impactbook.errors import InputError
from impactbook.model.dataset import Source

FIRST_BYTES = 1 << 20
"""How much of a file is looked at before it is read."""

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_LINE_END = re.compile(r"\r\n|\n|\r")
_QUOTED = re.compile(r'\A\s*".*"\s*\Z', re.DOTALL)
_OTHER_FILES: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "an Excel workbook or another ZIP archive", "save the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the table as CSV"),
    (b"\x1f\x8b", "compressed with gzip", "let its name end in .gz"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "let its name end in .zst"),
    (b"PAR1", "a Parquet file", "correct `source.format` or the file's ending"),
)


@dataclass(frozen=True)
class Header:
    """How the text of a file is cut into cells, and what its columns are called.

    `names` are without surrounding blanks; `line_end` is what ends line 1 (empty: nothing does).
    """

    names: tuple[str, ...]
    delimiter: str
    quoting: bool
    line_end: str


def opened(file: SourceFile) -> BinaryIO:
    """The bytes of a file, unpacked if it is gzip (not if it is zstd)."""
    if file.packing == "gzip":
        return cast(BinaryIO, gzip.open(file.path))
    return file.path.open("rb")


def first_bytes(file: SourceFile) -> bytes:
    """The beginning of a file, unpacked if it is gzip; raises `InputError` if it is damaged."""
    try:
        with opened(file) as content:
            return content.read(FIRST_BYTES)
    except OSError as error:
        # gzip's own complaints are OSErrors without a number.
        trouble = not_readable(file, error) if error.errno else damaged(file)
    except (EOFError, zlib.error):
        trouble = damaged(file)
    raise trouble


def refuse_other_files(content: bytes, file: SourceFile) -> None:
    """Refuse what its first bytes show to be no text at all."""
    for mark, kind, remedy in _OTHER_FILES:
        if content.startswith(mark):
            raise InputError(
                f"the file is {kind}, not {file.format}", file=file.name, remedy=remedy
            )


def first_text(content: bytes, file: SourceFile, source: Source) -> str:
    """The beginning of a text file, decoded as declared; raises `InputError` if that cannot be.

    Wrong characters behind the header are left to the engine, which reads every byte.
    """
    _refuse_other_encoding(content, file, source)
    text = codecs.getincrementaldecoder(codec_of(source))("replace").decode(content)
    text = text.removeprefix("\ufeff")
    line = _LINE_END.split(text, maxsplit=1)[0]
    if "\ufffd" in line and source.encoding == "utf-8":
        raise not_encoded(source.encoding, file=file, line=1)
    if "\x00" in text:
        raise null_bytes(file, line=text[: text.index("\x00")].count("\n") + 1)
    return text


def codec_of(source: Source) -> str:
    """Python's name of the declared encoding; a byte order mark becomes U+FEFF or goes away."""
    # Python's own "utf-16" refuses text without a mark.
    return {"utf-8": "utf-8-sig", "utf-16": "utf-16-le"}.get(source.encoding, source.encoding)


def null_bytes(file: SourceFile, *, line: int | None) -> InputError:
    """The sentence for a text with null bytes in it."""
    return InputError(
        "the text holds null bytes",
        file=file.name,
        line=line,
        remedy="save the file again as plain UTF-8 text",
    )


def _refuse_other_encoding(content: bytes, file: SourceFile, source: Source) -> None:
    """Refuse text whose first bytes show another encoding than the declared one."""
    if content.startswith(codecs.BOM_UTF16_BE) or _is_utf16(content, zeros_first=True):
        raise InputError(
            "the text is encoded as big-endian UTF-16, which is not read",
            file=file.name,
            remedy="save the file as UTF-8",
        )
    if source.encoding != "utf-16" and (
        content.startswith(codecs.BOM_UTF16_LE) or _is_utf16(content, zeros_first=False)
    ):
        raise InputError(
            f"the text is encoded as UTF-16, not as {source.encoding}",
            file=file.name,
            field="source.encoding",
            remedy="add `encoding: utf-16` to the source, or save the file as UTF-8",
        )
    if source.encoding == "latin-1" and _is_utf8(content):
        raise InputError(
            "the text is encoded as UTF-8, not as latin-1",
            file=file.name,
            field="source.encoding",
            remedy="remove `source.encoding`",
        )


def _is_utf16(content: bytes, *, zeros_first: bool) -> bool:
    """Whether every second byte of the first 100 letters is zero, as in UTF-16 without a mark."""
    start = content[:200]
    zeros, letters = (start[0::2], start[1::2]) if zeros_first else (start[1::2], start[0::2])
    return len(start) >= 8 and not any(zeros) and all(letters)


def _is_utf8(content: bytes) -> bool:
    """Whether the text has letters beyond ASCII and all of them are UTF-8."""
    if content.isascii():
        return False
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(content)
    except UnicodeDecodeError:
        return False
    return True


def header_of(text: str, file: SourceFile, source: Source, needed: Sequence[str]) -> Header:
    """How to cut the file, from its first line; `needed` helps to tell delimiters apart.

    Raises `InputError` when there is no header, a name is empty or stands twice, or the header fits
    another delimiter or other quoting than declared.
    """
    line, line_end = _first_line(text)
    if not line.strip():
        raise InputError(
            "the file has no header line", file=file.name, remedy="name the columns in line 1"
        )
    quoting = source.quoting if source.quoting is not None else file.format == "csv"
    delimiter = _delimiter(line, quoting, file, source, needed)
    names = _names(line, delimiter, quoting)
    if names is None:
        raise InputError(
            "the header has a quotation mark that does not end",
            file=file.name,
            line=1,
            remedy="keep the header on one line",
        )
    if not quoting:
        _refuse_quoted_names(names, file, needed)
    return Header(distinct(names, file), delimiter, quoting, line_end)


def _first_line(text: str) -> tuple[str, str]:
    found = _LINE_END.search(text)
    return (text[: found.start()], found.group()) if found else (text, "")


def _delimiter(
    line: str, quoting: bool, file: SourceFile, source: Source, needed: Sequence[str]
) -> str:
    """The declared delimiter, else the one that fits the header best.

    A delimiter fits better when it yields more of the needed columns; then when it occurs more
    often outside quotation marks. Raises `InputError` when another one fits better than the
    declared one (or than the tab in TSV).
    """
    outside = "".join(line.split('"')[::2]) if quoting else line

    def fit(mark: str) -> tuple[int, int]:
        names = [name.strip() for name in _names(line, mark, quoting) or ()]
        return len(set(needed).intersection(names)), outside.count(mark)

    declared = source.delimiter or ("\t" if file.format == "tsv" else None)
    best = max(_DELIMITERS, key=fit)
    if declared is None:
        return best
    (known, count), (best_known, best_count) = fit(declared), fit(best)
    if best_known > known or (known == 0 and best_count > count == 0):
        raise InputError(
            f"the names in the header are separated by {_DELIMITERS[best]}, "
            f"not by {_DELIMITERS.get(declared, repr(declared))}",
            file=file.name,
            field="source.delimiter",
            remedy=f'add `delimiter: "{_escaped(best)}"` to the source',
        )
    return declared


def _escaped(mark: str) -> str:
    return "\\t" if mark == "\t" else mark


def _names(line: str, delimiter: str, quoting: bool) -> list[str] | None:
    """The cells of the header; None when a quotation mark does not end."""
    if not quoting:
        return line.split(delimiter)
    if delimiter == '"':
        return None
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        return None


def _refuse_quoted_names(names: Sequence[str], file: SourceFile, needed: Sequence[str]) -> None:
    """Refuse a header in quotation marks where quoting is off and the names are other ones."""
    if all(_QUOTED.match(name) for name in names) and not set(needed) & set(names):
        raise InputError(
            "the names in the header stand in quotation marks, and quoting is off",
            file=file.name,
            field="source.quoting",
            remedy="add `quoting: true` to the source",
        )


def distinct(names: Sequence[str], file: SourceFile) -> tuple[str, ...]:
    """The names without surrounding blanks; refuses empty and repeated ones.

    DuckDB does not tell `Age` from `age`, so neither do we.
    """
    line = None if file.format in ("parquet", "jsonl") else 1
    stripped = tuple(name.strip() for name in names)
    seen: dict[str, int] = {}
    for place, name in enumerate(stripped, start=1):
        if not name:
            raise InputError(
                f"column {place} has no name",
                file=file.name,
                line=line,
                remedy="name every column in the header",
            )
        first = seen.setdefault(name.casefold(), place)
        if first != place:
            raise InputError(
                f"columns {first} and {place} have the same name",
                file=file.name,
                line=line,
                remedy="give every column a name of its own",
            )
    return stripped
