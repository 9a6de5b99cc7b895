"""How a data file must be read so that it can be: encoding, delimiter and quoting are tried.

Each attempt opens the file as a check would, so what is proposed here is known to open. Which one
to try next is told by the field that the refusal names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from impactbook.checks.guessing.look import profiles_of
from impactbook.checks.guessing.names import role_by_name
from impactbook.checks.guessing.profile import Profile
from impactbook.checks.header import Header, first_bytes, first_text, header_of
from impactbook.checks.locate import SourceFile, tells_format
from impactbook.checks.source import OpenSource, open_source
from impactbook.errors import InputError
from impactbook.model.dataset import Source

_ENCODINGS: tuple[Literal["utf-8", "utf-16", "latin-1"], ...] = ("utf-8", "utf-16", "latin-1")
_DELIMITERS = (",", ";", "\t", "|")
_SPLITS = ("train", "training", "dev", "valid", "validation", "val", "test", "eval")
_USUAL = {"csv": (",", True), "tsv": ("\t", False)}


@dataclass(frozen=True)
class Seen:
    """What a first look at a file showed: how it is read, its columns, its rows.

    `splits` are files beside it that seem to be the other splits of the same data, by split;
    `malformed` counts rows that had to be left out.
    """

    source: Source
    profiles: tuple[Profile, ...]
    rows: int
    splits: dict[str, str]
    malformed: int


def look(file: Path) -> Seen:
    """Read a data file that nobody declared.

    Raises `InputError` when it does not exist, cannot be read as a table, or has no header.
    """
    _refuse_what_is_no_table(file)
    found: InputError | None = None
    tried: set[str] = set()
    attempts = [_source(file, encoding=encoding) for encoding in _ENCODINGS]
    while attempts:
        source = attempts.pop(0)
        if source.model_dump_json() in tried:
            continue
        tried.add(source.model_dump_json())
        try:
            return _seen(file, source)
        except InputError as error:
            found = found or error
            others = list(_others(source, error))
            # Bytes that are no text in UTF-8 may be cut into nonsense as UTF-16 before Latin-1 fits.
            if not others and source.encoding == "utf-8" and "encoded" not in error.problem:
                break
            attempts = others + attempts
    raise found or InputError("the file cannot be read", file=file.name, remedy="check it")


def _source(file: Path, **options: Any) -> Source:
    return Source.model_validate({"files": [file.resolve().as_posix()], **options})


def _others(source: Source, error: InputError) -> Iterator[Source]:
    """What else to try after a refusal."""
    if error.field == "source.delimiter":
        for mark in _DELIMITERS:
            yield source.model_copy(update={"delimiter": mark})
    if error.field == "source.quoting":
        yield source.model_copy(update={"quoting": not source.quoting})


def _refuse_what_is_no_table(file: Path) -> None:
    if not file.exists():
        raise InputError("there is no such file", file=file, remedy="correct the path")
    if not file.is_file():
        raise InputError("this is a folder", file=file, remedy="name one data file in it")
    if not tells_format(file):
        raise InputError(
            "the ending tells no format that can be read",
            file=file,
            remedy="save the table as .csv (also .csv.gz), .tsv, .jsonl or .parquet",
        )


def _seen(file: Path, source: Source) -> Seen:
    with open_source(source, folder=file.resolve().parent) as opened:
        _refuse_numbers_in_header(opened, file)
        (located,) = opened.files
        is_text = located.format in ("csv", "tsv")
        with opened.connect() as connection:
            person = next((n for n in opened.columns if role_by_name(n) == "person_id"), None)
            profiles, decimal = profiles_of(
                connection, opened.columns, rows=opened.rows, person=person, is_text=is_text
            )
        malformed = 0 if opened.malformed is None else opened.malformed.count
        written = _written(source, _header(located, source), located.format, decimal)
        splits = _siblings(file.resolve(), located, source, opened.columns)
        return Seen(written, tuple(profiles), opened.rows, splits, malformed)


def _refuse_numbers_in_header(opened: OpenSource, file: Path) -> None:
    for place, name in enumerate(opened.columns, start=1):
        if re.fullmatch(r"\s*[-+]?[\d.,]+\s*", name):
            raise InputError(
                f"the header has a number in place of the name of column {place}",
                file=file.name,
                line=1,
                remedy="add a line with the columns' names at the top",
            )


def _header(file: SourceFile, source: Source) -> Header | None:
    """How the file is cut, where it is delimited text that Python can unpack."""
    if file.format not in ("csv", "tsv") or file.packing == "zstd":
        return None
    return header_of(first_text(first_bytes(file), file, source), file, source, ())


def _written(source: Source, header: Header | None, kind: str, decimal: str) -> Source:
    """The source with what was found out and is not the rule for files with this ending."""
    changes: dict[str, Any] = {"decimal": decimal}
    if header is not None:
        delimiter, quoting = _USUAL[kind]
        changes["delimiter"] = header.delimiter if header.delimiter != delimiter else None
        changes["quoting"] = header.quoting if header.quoting != quoting else None
    return source.model_copy(update=changes)


def _siblings(
    file: Path, located: SourceFile, source: Source, columns: tuple[str, ...]
) -> dict[str, str]:
    """Files beside this one that are named like other splits and have the same columns."""
    own = file.name.split(".", 1)
    if own[0].casefold() not in _SPLITS or len(own) < 2:
        return {}
    found = {}
    for path in sorted(file.parent.iterdir()):
        name = path.name
        stem, _, ending = name.partition(".")
        if stem.casefold() not in _SPLITS or ending != own[1] or not path.is_file():
            continue
        other = SourceFile(path, name, None, located.format)
        try:
            header = _header(other, source)
        except InputError:
            continue
        if header is not None and header.names == columns:
            found[stem.casefold()] = path.as_posix()
    return found if len(found) > 1 else {}
