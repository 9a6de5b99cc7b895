"""A first declaration for a data file nobody has declared yet, for a person to correct.

Roles are guessed from names and from how values are spread. The proposal quotes values only of
columns that look categorical, and only those that are frequent; free text is never quoted.
"""

# ruff: noqa: S608 - names and values are quoted by `checks.sql`
from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from impactbook.checks.guessed_reference import (
    ADULT,
    AGE_BANDS,
    band_name,
    comparison,
    has_population,
    quoted,
    range_of,
)
from impactbook.checks.guessed_roles import is_age, missing_tokens, role_by_name
from impactbook.checks.locate import tells_format
from impactbook.checks.source import ROWS, open_source
from impactbook.checks.sql import identifier
from impactbook.errors import InputError
from impactbook.language import LANGUAGES, say
from impactbook.model.dataset import ColumnRole, Source

if TYPE_CHECKING:
    import duckdb

    from impactbook.checks.source import OpenSource

_FREQUENT = 5
_FEW_VALUES = 20
_MOST_LISTED = 40
_LONG_TEXT = 40.0
_ENCODINGS = ("utf-8", "utf-16", "latin-1")
_LISTED_ROLES: frozenset[ColumnRole] = frozenset(
    {"protected", "proxy", "label", "language", "split", "feature", "prediction"}
)
_WITH_MISSING: frozenset[ColumnRole] = frozenset({"protected", "proxy", "language", "feature"})
_MOST_CLASSES = 1000
_WIDTH = 100
_YES = frozenset(["yes", "y", "ja", "j", "true", "wahr", "1"])


@dataclass(frozen=True)
class Profile:
    """How one column is filled: `values` are its frequent values, if it has few in all."""

    name: str
    known: int
    distinct: int
    numbers: int
    mean_length: float
    values: tuple[str, ...]
    all_frequent: bool

    @property
    def is_number(self) -> bool:
        """Whether (nearly) every known value is a number."""
        return self.known > 0 and self.numbers >= 0.99 * self.known


@dataclass(frozen=True)
class GuessedColumn:
    """One column with the role it seems to have and the values that seem to be missing ones."""

    profile: Profile
    role: ColumnRole
    missing: tuple[str, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The frequent values that stand for something known."""
        return tuple(value for value in self.profile.values if value not in self.missing)

    @property
    def has_bands(self) -> bool:
        """Whether these are ages in numbers, to be cut into bands."""
        return self.role == "protected" and self.profile.is_number and is_age(self.profile.name)

    @property
    def is_grouping(self) -> bool:
        """Whether people can be compared by it: ages, or a few different values."""
        return self.has_bands or 1 < self.profile.distinct <= _MOST_LISTED


def declare(file: Path, *, folder: Path | None = None) -> str:
    """A commented declaration in YAML for `file`, ready to be corrected and saved.

    `folder` is where the declaration will stand (`data_checks/`): the file is named relative to it,
    and the population of Germany is proposed if it is among its references. Without it the path is
    absolute. Raises `InputError` when the file does not exist, cannot be read as a table, or seems
    to have no header.
    """
    _refuse_what_is_no_table(file)
    source, profiles, rows = _look(file)
    columns = [_guessed(profile, rows) for profile in profiles]
    return "\n".join(_lines(file, folder, source, columns, rows)) + "\n"


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


def _look(file: Path) -> tuple[Source, list[Profile], int]:
    """Profile all columns, trying one encoding after the other."""
    found: InputError | None = None
    for encoding in _ENCODINGS:
        source = Source(files=(file.resolve().as_posix(),), encoding=encoding)
        try:
            with open_source(source, folder=file.resolve().parent) as opened:
                _refuse_numbers_in_header(opened, file)
                with opened.connect() as connection:
                    person = _person_column(opened.columns)
                    profiles = [_profile(connection, name, person) for name in opened.columns]
                return source, profiles, opened.rows
        except InputError as error:
            found = found or error
            if "encoded" not in error.problem:
                break
    raise found or InputError("the file cannot be read", file=file.name, remedy="check it")


def _refuse_numbers_in_header(opened: OpenSource, file: Path) -> None:
    for place, name in enumerate(opened.columns, start=1):
        if re.fullmatch(r"\s*[-+]?[\d.,]+\s*", name):
            raise InputError(
                f"the header has a number in place of the name of column {place}",
                file=file.name,
                line=1,
                remedy="add a line with the columns' names at the top",
            )


def _person_column(columns: Sequence[str]) -> str | None:
    return next((name for name in columns if role_by_name(name) == "person_id"), None)


def _profile(connection: duckdb.DuckDBPyConnection, name: str, person: str | None) -> Profile:
    """One column at a glance; a value is frequent when enough people (else rows) have it."""
    column, rows = identifier(name), identifier(ROWS)
    people = "count(*)" if person is None else f"count(DISTINCT {identifier(person)})"
    counted = connection.execute(
        f"SELECT count({column}), count(DISTINCT {column}), count(TRY_CAST({column} AS DOUBLE)), "
        f"coalesce(avg(length({column})), 0) FROM {rows}"
    ).fetchone()
    known, distinct, numbers, length = counted or (0, 0, 0, 0.0)
    values: list[tuple[str, int]] = []
    if distinct <= _MOST_LISTED:
        values = connection.execute(
            f"SELECT {column}, {people} FROM {rows} WHERE {column} IS NOT NULL "
            f"GROUP BY {column} ORDER BY {column}"
        ).fetchall()
    frequent = tuple(value for value, count in values if count >= _FREQUENT)
    complete = bool(values) and len(frequent) == len(values)
    return Profile(name, known, distinct, numbers, float(length), frequent, complete)


def _guessed(profile: Profile, rows: int) -> GuessedColumn:
    role = role_by_name(profile.name) or _role_by_values(profile, rows)
    if role == "person_id" and profile.distinct < 2:
        role = "feature"
    if role == "label" and profile.mean_length > _LONG_TEXT and profile.distinct > _MOST_LISTED:
        role = "text"
    if role == "label" and profile.distinct > _MOST_CLASSES:
        role = "feature"
    missing = missing_tokens(profile.values) if role in _WITH_MISSING else ()
    return GuessedColumn(profile, role, missing)


def _role_by_values(profile: Profile, rows: int) -> ColumnRole:
    """Long and many different values are texts; anything else is a feature."""
    many = profile.distinct > max(_MOST_LISTED, rows // 2)
    if not profile.is_number and many and profile.mean_length > _LONG_TEXT / 2:
        return "text"
    return "feature"


# --- writing the proposal -------------------------------------------------------------------


def _lines(
    file: Path, folder: Path | None, source: Source, columns: Sequence[GuessedColumn], rows: int
) -> Iterable[str]:
    yield "# yaml-language-server: $schema=../.impactbook/schemas/dataset.json"
    yield from _comment("proposal")
    yield "schema: impactbook/dataset/1"
    yield f"title: {quoted(file.name.split('.')[0] or file.name)}"
    yield from _comment("licence")
    yield "# licence: LICENCE"
    yield "# attribution: ORIGIN"
    yield ""
    yield "source:"
    yield from _comment("source", indent=2)
    yield f"  files: [{quoted(_path_from(folder, source.files[0]))}]"
    if source.encoding != "utf-8":
        yield f"  encoding: {source.encoding}"
    yield ""
    yield from _unit(columns, rows)
    yield ""
    yield from _comment("roles")
    yield "columns:"
    for column in columns:
        yield from _column(column)
    yield ""
    yield "checks:"
    yield from _checks(columns, has_population(folder))


def _path_from(folder: Path | None, file: str) -> str:
    """The file as seen from the declaration's folder; absolute where no such path exists."""
    if folder is None:
        return file
    try:
        return Path(os.path.relpath(file, folder.resolve())).as_posix()
    except ValueError:  # another drive on Windows
        return file


def _unit(columns: Sequence[GuessedColumn], rows: int) -> Iterable[str]:
    persons = [column for column in columns if column.role == "person_id"]
    if len(persons) == 1 and persons[0].profile.distinct < rows:
        yield from _comment("unit_person", column=quoted(persons[0].profile.name))
        yield "unit: person"
    else:
        yield from _comment("unit_row")
        yield "unit: row"


def _column(column: GuessedColumn) -> Iterable[str]:
    profile = column.profile
    yield f"  {quoted(profile.name)}:"
    yield f"    role: {column.role}"
    if column.missing:
        yield from _comment("missing", indent=4)
        yield f"    missing: [{', '.join(quoted(value) for value in column.missing)}]"
    if column.role not in _LISTED_ROLES:
        return
    left = column.groups
    if column.has_bands:
        yield "    bands:"
        for low, high in AGE_BANDS:
            yield f"      {quoted(band_name(low, high))}: {range_of(low, high)}"
    elif profile.is_number and profile.distinct > _FEW_VALUES:
        yield from _comment("numbers", indent=4)
        yield "    # minimum: 0"
    elif profile.all_frequent and 0 < len(left) <= _FEW_VALUES:
        yield f"    allowed: [{', '.join(quoted(value) for value in left)}]"
    elif profile.distinct > _MOST_LISTED and column.role in ("protected", "proxy"):
        yield from _comment("many", indent=4, count=profile.distinct)


def _checks(columns: Sequence[GuessedColumn], known: bool) -> Iterable[str]:
    compared = [c for c in columns if c.role == "protected" and c.is_grouping]
    names = [quoted(column.profile.name) for column in compared]
    texts = [c for c in columns if c.role == "text"]
    yield from _representation(compared, known)
    if len(names) >= 2:
        yield "  intersections:"
        yield f"    - attributes: [{', '.join(names[:2])}]"
    yield from _labels([c for c in columns if c.role == "label"], names)
    yield "  missing:"
    yield "    threshold: 0.2"
    yield "  duplicates:"
    if len(texts) == 1:
        yield f"    text: {quoted(texts[0].profile.name)}"
    yield "    threshold: 0.01"


def _labels(labels: Sequence[GuessedColumn], names: Sequence[str]) -> Iterable[str]:
    if not labels:
        return
    yield from _comment("labels", indent=2)
    yield "  labels:"
    for column in labels:
        yield f"    - label: {quoted(column.profile.name)}"
        if names and column.profile.distinct <= _FEW_VALUES:
            likely = [value for value in column.groups if value.strip().casefold() in _YES]
            positive = next(map(quoted, [*likely, *column.groups]), "VALUE")
            yield f"      # positive: {positive}"
            yield f"      attributes: [{', '.join(names)}]"


# --- the part on representation, commented out until somebody has read it -----------------------


def _representation(compared: Sequence[GuessedColumn], known: bool) -> Iterable[str]:
    """Comparisons for every protected column, or the place to say that there is none.

    `known` says that the population of Germany is among the references.
    """
    yield from _comment("representation", indent=2)
    if not compared:
        yield from _comment("not_in_data", indent=2)
        lines = [
            line
            for name in ("age", "gender")
            for line in (f"  - attribute: {name}", "    not_in_data: REASON")
        ]
    else:
        lines = [
            line
            for c in compared
            for line in comparison(
                c.profile.name, c.groups, has_bands=c.has_bands, has_population=known
            )
        ]
        if any(mark in " ".join(lines) for mark in ("VALUE]", "COLUMN")):
            yield from _comment("placeholders", indent=2)
        if any(f"from: {ADULT}" in line for line in lines):
            yield from _comment("adults", indent=2)
    yield "  # representation:"
    for line in lines:
        yield f"  # {line}"


def _comment(key: str, *, indent: int = 0, **values: object) -> Iterable[str]:
    """An explanation in both languages; `##` tells it from lines that may be uncommented."""
    start = f"{' ' * indent}## "
    for language in LANGUAGES:
        yield from textwrap.wrap(
            say("declaration", key, language, **values),
            _WIDTH,
            initial_indent=start,
            subsequent_indent=start,
            break_long_words=False,
            break_on_hyphens=False,
        )
