"""A first declaration for a data file nobody has declared yet, for a person to correct.

Roles are guessed from names and from how values are spread. The proposal quotes values only of
columns that look categorical, and only those that are frequent; free text is never quoted.
"""

# ruff: noqa: S608 - names and values are quoted by `checks.sql`
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from impactbook.checks.guessed_roles import missing_tokens, role_by_name
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
_AGE_BANDS = ((None, 25), (25, 35), (35, 45), (45, 55), (55, 65), (65, None))


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


def declare(file: Path) -> str:
    """A commented declaration in YAML for `file`, ready to be corrected and saved.

    Raises `InputError` when the file cannot be read as a table, or seems to have no header.
    """
    source, profiles, rows = _look(file)
    columns = [_guessed(profile, rows) for profile in profiles]
    return "\n".join(_lines(file, source, columns, rows)) + "\n"


def _look(file: Path) -> tuple[Source, list[Profile], int]:
    """Profile all columns, trying one encoding after the other."""
    found: InputError | None = None
    for encoding in _ENCODINGS:
        source = Source(files=(str(file.resolve()),), encoding=encoding)
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
    file: Path, source: Source, columns: Sequence[GuessedColumn], rows: int
) -> Iterable[str]:
    yield "# yaml-language-server: $schema=../.impactbook/schemas/dataset.json"
    yield from _comment("proposal")
    yield "schema: impactbook/dataset/1"
    yield f"title: {quoted(file.name.split('.')[0] or file.name)}"
    yield from _comment("licence")
    yield ""
    yield "source:"
    yield from _comment("source", indent=2)
    yield f"  files: [{quoted(source.files[0])}]"
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
    yield from _checks(columns)


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
    left = [value for value in profile.values if value not in column.missing]
    if profile.is_number and column.role == "protected":
        yield "    bands:"
        for low, high in _AGE_BANDS:
            yield f"      {_band(low, high)}"
    elif profile.is_number and profile.distinct > _FEW_VALUES:
        yield from _comment("numbers", indent=4)
        yield "    # minimum: 0"
    elif profile.all_frequent and 0 < len(left) <= _FEW_VALUES:
        yield f"    allowed: [{', '.join(quoted(value) for value in left)}]"
    elif profile.distinct > _MOST_LISTED and column.role in ("protected", "proxy"):
        yield from _comment("many", indent=4, count=profile.distinct)


def _band(low: int | None, high: int | None) -> str:
    if low is None:
        return f'"<{high}": {{ below: {high} }}'
    if high is None:
        return f'"{low}+": {{ from: {low} }}'
    return f'"{low}-{high - 1}": {{ from: {low}, below: {high} }}'


def _checks(columns: Sequence[GuessedColumn]) -> Iterable[str]:
    compared = [c for c in columns if c.role == "protected" and _is_grouping(c)]
    names = [quoted(column.profile.name) for column in compared]
    labels = [c for c in columns if c.role == "label" and c.profile.distinct <= 1000]
    texts = [c for c in columns if c.role == "text"]
    yield from _comment("representation", indent=2)
    yield "  representation: []"
    for name in names:
        yield f"  #  - attribute: {name}"
        yield "  #    reference: NAME"
        yield "  #    column: COLUMN"
        yield "  #    map: { GROUP: [VALUE] }"
    if len(names) >= 2:
        yield "  intersections:"
        yield f"    - attributes: [{', '.join(names[:2])}]"
    if labels:
        yield from _comment("labels", indent=2)
        yield "  labels:"
        for column in labels:
            yield f"    - label: {quoted(column.profile.name)}"
            if names and column.profile.distinct <= _FEW_VALUES:
                yield "    #  positive: VALUE"
                yield f"      attributes: [{', '.join(names)}]"
    yield "  missing:"
    yield "    threshold: 0.2"
    yield "  duplicates:"
    if len(texts) == 1:
        yield f"    text: {quoted(texts[0].profile.name)}"
    yield "    threshold: 0.01"


def _is_grouping(column: GuessedColumn) -> bool:
    return column.profile.is_number or 1 < column.profile.distinct <= _MOST_LISTED


def _comment(key: str, *, indent: int = 0, **values: object) -> Iterable[str]:
    for language in LANGUAGES:
        yield f"{' ' * indent}# {say('declaration', key, language, **values)}"


def quoted(text: str) -> str:
    """A text as a YAML scalar in double quotes, whatever it holds.

    >>> quoted('say "yes"')
    '"say \\\\"yes\\\\""'
    """
    escaped = "".join(_escaped(mark) for mark in text)
    return f'"{escaped}"'


def _escaped(mark: str) -> str:
    if mark in '"\\':
        return f"\\{mark}"
    if mark.isprintable():
        return mark
    return f"\\U{ord(mark):08X}"
