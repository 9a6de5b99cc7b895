"""A first declaration for a data file nobody has declared yet, for a person to correct.

Roles are guessed from names and from how values are spread. The proposal quotes values only of
columns that look categorical, and only those that are frequent; free text is never quoted. How
guesses are made stands in `checks.guessing`; here they are written down. It loads and can be
checked as it is, except where the law demands an answer first (Art. 9 GDPR).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from impactbook.checks.guessing.asked import Columns, check_lines
from impactbook.checks.guessing.comparisons import has_population
from impactbook.checks.guessing.profile import FREQUENT
from impactbook.checks.guessing.reading import Seen, look
from impactbook.checks.guessing.roles import GuessedColumn, guess_columns
from impactbook.checks.guessing.text import Explanations, invited, listed, quoted
from impactbook.language import LANGUAGES, Language
from impactbook.model.dataset import ColumnRole

_FEW_VALUES = 20
_LISTED_ROLES: frozenset[ColumnRole] = frozenset(
    {"protected", "proxy", "label", "language", "dialect", "split", "feature", "prediction"}
)


def declare(file: Path, *, folder: Path | None = None, language: Language | None = None) -> str:
    """A commented declaration in YAML for `file`, ready to be corrected and saved.

    `folder` is where the declaration will stand (`data_checks/`): the file is named relative to it,
    and the population of Germany is proposed if it is among its references. Without it the path is
    absolute. Comments are in both languages unless `language` names one. Raises `InputError` when
    the file does not exist, cannot be read as a table, or seems to have no header.
    """
    seen = look(file)
    columns = Columns(guess_columns(seen.profiles), seen.rows)
    explain = Explanations(LANGUAGES if language is None else (language,))
    written_in: Language = "de" if language is None else language
    return "\n".join(_lines(file, folder, seen, columns, explain, written_in)) + "\n"


def _lines(
    file: Path,
    folder: Path | None,
    seen: Seen,
    columns: Columns,
    explain: Explanations,
    language: Language,
) -> Iterable[str]:
    yield "# yaml-language-server: $schema=../.impactbook/schemas/dataset.json"
    yield from explain("proposal")
    if any(column.special is not None for column in columns.all):
        yield from explain("special_first")
    yield "schema: impactbook/dataset/1"
    yield f"language: {language}"
    yield f"title: {quoted(file.name.split('.')[0] or file.name)}"
    yield from explain("licence")
    yield from invited(["licence: LICENCE", "attribution: ORIGIN"])
    yield "purpose: training"
    yield ""
    yield from _source(folder, seen, explain)
    yield ""
    yield from _unit(columns, explain)
    yield ""
    yield from explain("roles")
    yield "columns:"
    for column in columns.all:
        yield from _column(column, explain)
    yield ""
    yield from _legal_bases(columns.all, explain)
    yield ""
    yield from _hypotheses(columns, explain)
    yield "checks:"
    yield from check_lines(columns, explain, has_population=has_population(folder))


def _source(folder: Path | None, seen: Seen, explain: Explanations) -> Iterable[str]:
    source = seen.source
    yield "source:"
    yield from explain("source", indent=2)
    if seen.splits:
        named = ", ".join(
            f"{split}: [{quoted(_path_from(folder, path))}]" for split, path in seen.splits.items()
        )
        yield from explain("splits", indent=2, splits=f"splits: {{ {named} }}")
    yield f"  files: [{quoted(_path_from(folder, source.files[0]))}]"
    if source.delimiter is not None:
        yield f"  delimiter: {quoted(source.delimiter)}"
    if source.quoting is not None:
        yield f"  quoting: {str(source.quoting).lower()}"
    if source.decimal != ".":
        yield f"  decimal: {quoted(source.decimal)}"
    if source.encoding != "utf-8":
        yield f"  encoding: {source.encoding}"
    if seen.malformed:
        yield from explain("malformed", indent=2, count=_told(seen.malformed))


def _told(count: int) -> str:
    """A count of rows as it may be printed: small ones are not."""
    return str(count) if count >= FREQUENT else f"< {FREQUENT}"


def _path_from(folder: Path | None, file: str) -> str:
    """The file as seen from the declaration's folder; absolute where no such path exists."""
    if folder is None:
        return file
    try:
        return Path(os.path.relpath(file, folder.resolve())).as_posix()
    except ValueError:  # another drive on Windows
        return file


def _unit(columns: Columns, explain: Explanations) -> Iterable[str]:
    person = columns.person
    persons = person is not None and columns.counts_persons
    if person is not None and persons:
        yield from explain("unit_person", column=quoted(person.name))
        yield "unit: person"
    else:
        yield from explain("unit_row")
        yield "unit: row"
    yield from explain("counted")
    example = "{ de: Anrufenden, en: callers }" if persons else "{ de: Anrufe, en: calls }"
    yield f"# counted: {example}"


# --- one column -------------------------------------------------------------------------------


def _column(column: GuessedColumn, explain: Explanations) -> Iterable[str]:
    yield f"  {quoted(column.name)}:"
    yield f"    role: {column.role}"
    if column.note:
        yield from explain(f"note-{column.note}", indent=4)
    if column.special is not None:
        yield from _special_category(column, explain)
    if column.consent is not None:
        yield from _consent(column)
    dates = column.profile.dates
    dated = column.role in ("time", "retention_date", "consent") or column.born is not None
    if dates is not None and dated and dates.date_format is not None:
        yield f"    date_format: {quoted(dates.date_format)}"
    if column.missing:
        yield from explain("missing", indent=4)
        counts = ", ".join(str(value.rows) for value in column.missing)
        yield f"    missing: {listed(value.text for value in column.missing)}  ## {counts}"
    yield from _values(column, explain)


def _values(column: GuessedColumn, explain: Explanations) -> Iterable[str]:
    """Bands, plausible bounds, or the values that may occur."""
    profile = column.profile
    if column.role not in _LISTED_ROLES:
        return
    if column.bands:
        yield "    bands:"
        for name, band in column.bands.items():
            yield f"      {quoted(name)}: {band}"
    elif profile.is_number and profile.distinct > _FEW_VALUES:
        yield from explain("numbers", indent=4)
        yield "    # minimum: 0"
    elif profile.all_frequent and 0 < len(column.groups) <= _FEW_VALUES:
        yield f"    allowed: {listed(column.groups)}"
    elif column.role in ("protected", "proxy") and not column.is_grouping and profile.known:
        yield from explain("many", indent=4, count=profile.distinct)


def _special_category(column: GuessedColumn, explain: Explanations) -> Iterable[str]:
    """What the law asks for, left for a person to fill in; the check is refused until then."""
    yield from explain("special", indent=4)
    yield "    special_category:"
    yield f"      kind: {column.special}"
    yield from explain("special_fields", indent=6)
    yield from invited(["ground:", "purpose:", "may_run: []", "delete_by:"], indent=6)


def _consent(column: GuessedColumn) -> Iterable[str]:
    consent = column.consent
    if consent is None:
        return
    yield "    consent:"
    yield f"      purpose: {consent.purpose}"
    yield f"      part: {consent.part}"
    if consent.part == "status":
        yield f"      given: {listed(consent.given)}"
        yield f"      withdrawn: {listed(consent.withdrawn)}"


# --- what the data cannot tell ------------------------------------------------------------------


def _legal_bases(columns: Sequence[GuessedColumn], explain: Explanations) -> Iterable[str]:
    """One basis for every purpose that a column on consent names, else for training."""
    purposes = dict.fromkeys(
        column.consent.purpose for column in columns if column.consent is not None
    )
    basis = "consent" if purposes else "legitimate_interests"
    lines = ["legal_bases:"]
    for purpose in purposes or ("training",):
        lines += [f"  - purpose: {purpose}", f"    basis: {basis}", "    data_subjects: callers"]
    yield from explain("legal_bases")
    yield from invited(lines)


def _hypotheses(columns: Columns, explain: Explanations) -> Iterable[str]:
    """An example on the first group of the first attribute that people are compared by."""
    named = [(column.name, column.groups[0]) for column in columns.compared if column.groups]
    if not named:
        return
    attribute, group = named[0]
    yield from explain("hypotheses")
    yield from invited(
        [
            "hypotheses:",
            "  - id: example",
            "    statement: STATEMENT",
            "    metric: share",
            f"    attribute: {quoted(attribute)}",
            f"    group: {quoted(group)}",
            "    expected: at_least",
            "    value: 0.4",
        ]
    )
    yield ""
