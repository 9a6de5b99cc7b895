"""Which role each column seems to have, from its name and from its values.

A name alone does not decide where values can contradict it: dates must be dates, weights numbers,
consent a status. `guess_columns` looks at all columns together, since some roles are given once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from impactbook.checks.guessing.ages import (
    AGE_BANDS,
    OLDEST,
    Ages,
    ages_of,
    are_decades,
    band_name,
    decades_of_birth,
)
from impactbook.checks.guessing.look import NEGATIVE_CODES
from impactbook.checks.guessing.names import (
    names_age,
    names_birth,
    names_contact,
    names_family,
    names_file,
    names_id,
    names_withdrawal,
    purpose_of,
    role_by_name,
)
from impactbook.checks.guessing.profile import Profile, Value
from impactbook.checks.guessing.text import range_of
from impactbook.checks.guessing.values import (
    are_languages,
    are_sexes,
    are_splits,
    is_missing,
    means_consent,
    means_withdrawn,
)
from impactbook.checks.prepare import MOST_GROUPS
from impactbook.checks.special_categories import looks_special
from impactbook.model.columns import SpecialKind
from impactbook.model.dataset import ColumnRole, Consent

MOST_COMPARED = 100
"""An attribute with more groups is not proposed for comparison before somebody merged them."""

_LONG_TEXT = 20.0
_WHOLE = re.compile("-?[0-9]{1,5}")
_FEWEST_STEPS = 3
_FEW = 20
_MOST_LABELS = 20
_YEARS = (1900, 2100)
_BODY_WEIGHT = (30.0, 130.0)
_WITH_MISSING: frozenset[ColumnRole] = frozenset(
    {"protected", "proxy", "language", "dialect", "feature", "person_id", "annotator", "duration",
     "score", "time", "retention_date", "split"}
)  # fmt: skip
_ONCE: tuple[ColumnRole, ...] = ("weight", "retention_date", "duration")
_WITHDRAWN_WORDS = ("withdrawn", "Withdrawn", "revoked", "widerrufen", "Widerrufen")


@dataclass(frozen=True)
class GuessedColumn:
    """One column with its guessed role, and what else its declaration would say.

    `bands` are ranges in YAML by name, `ages` the ages of these groups at the end of the reference
    population's year, `note` the key of a comment for the reader.
    """

    profile: Profile
    role: ColumnRole
    missing: tuple[Value, ...] = ()
    bands: Mapping[str, str] = field(default_factory=dict)
    ages: Mapping[str, Ages] = field(default_factory=dict)
    born: tuple[int, int] | None = None
    consent: Consent | None = None
    special: SpecialKind | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """The column's name."""
        return self.profile.name

    @property
    def groups(self) -> tuple[str, ...]:
        """The bands, else the frequent values that stand for something known."""
        if self.bands:
            return tuple(self.bands)
        unknown = {value.text for value in self.missing}
        return tuple(text for text in self.profile.texts if text not in unknown)

    @property
    def is_grouping(self) -> bool:
        """Whether people can be compared by it: bands, or a few different values."""
        return bool(self.bands) or 1 < self.profile.distinct <= MOST_COMPARED


def guess_columns(profiles: Sequence[Profile]) -> list[GuessedColumn]:
    """A role for every column, in the order of the file."""
    columns = [_column(profile) for profile in profiles]
    columns = _one_person(columns)
    columns = _durations_of_speech(columns)
    for role in _ONCE:
        columns = _only_first(columns, role)
    return _with_a_label(columns)


def _column(profile: Profile) -> GuessedColumn:
    """The first rule that knows a role decides; what nobody knows is a feature."""
    for rule in _RULES:
        found = rule(profile)
        if found is not None:
            return _completed(found)
    return _completed(GuessedColumn(profile, "feature"))


def _completed(column: GuessedColumn) -> GuessedColumn:
    """Missing values and bands, which follow from the role."""
    profile = column.profile
    if column.role in _WITH_MISSING:
        tokens = tuple(value for value in profile.values if is_missing(value.text))
        column = replace(column, missing=(*tokens, *(profile.codes or _below_a_scale(profile))))
    if column.role in ("protected", "proxy", "language", "dialect") and not column.bands:
        many = profile.distinct > MOST_GROUPS
        column = replace(column, role="feature", note="many_values") if many else column
    return column


def _below_a_scale(profile: Profile) -> tuple[Value, ...]:
    """The negative code beside the steps of a scale that starts at 1, such as -1 beside 1 to 5.

    A scale through 0, such as -1, 0, 1 for the tone of a call, and two steps only, such as -1 and 1
    for no and yes, have no code.
    """
    if not profile.all_frequent or not all(_WHOLE.fullmatch(text) for text in profile.texts):
        return ()
    below = tuple(value for value in profile.values if int(value.text) < 1)
    steps = len(profile.values) - len(below)
    is_code = len(below) == 1 and below[0].text in NEGATIVE_CODES
    return below if is_code and steps >= _FEWEST_STEPS else ()


# --- rules, each for one kind of column --------------------------------------------------------


def _nothing_to_group(profile: Profile) -> GuessedColumn | None:
    """Lists, addresses of people, paths of recordings: read by no check."""
    if profile.mostly(profile.nested):
        return GuessedColumn(profile, "ignore", note="nested")
    many = profile.distinct > max(_FEW, 0.2 * profile.told)
    if profile.mostly(profile.addresses) or (names_contact(profile.name) and many):
        return GuessedColumn(profile, "ignore", note="contact")
    if profile.mostly(profile.recordings) or (names_file(profile.name) and many):
        return GuessedColumn(profile, "ignore", note="files")
    return None


def _consent(profile: Profile) -> GuessedColumn | None:
    if role_by_name(profile.name) != "consent":
        return None
    purpose, withdrawal = purpose_of(profile.name), names_withdrawal(profile.name)
    if profile.dates is not None:
        if not profile.dates.is_clean:
            return GuessedColumn(profile, "feature", note="mixed_dates")
        part = "withdrawal_date" if withdrawal else "date"
        consent = Consent.model_validate({"purpose": purpose, "part": part})
        return GuessedColumn(profile, "consent", consent=consent, note="consent")
    given = tuple(text for text in profile.texts if means_consent(text))
    if withdrawal or not given:
        return GuessedColumn(profile, "feature", note="no_consent")
    told = tuple(text for text in profile.texts if means_withdrawn(text))
    consent = Consent(purpose=purpose, given=given, withdrawn=told or _WITHDRAWN_WORDS)
    return GuessedColumn(profile, "consent", consent=consent, note="consent")


def _dates(profile: Profile) -> GuessedColumn | None:
    """Days: of birth, of deletion, else of collection."""
    if profile.dates is None:
        return None
    if not profile.dates.is_clean:
        return GuessedColumn(profile, "feature", note="mixed_dates")
    if names_birth(profile.name):
        return _born(profile, profile.dates.first.year, profile.dates.last.year, days=True)
    named = role_by_name(profile.name)
    return GuessedColumn(profile, "retention_date" if named == "retention_date" else "time")


def _born(profile: Profile, first: int, last: int, *, days: bool) -> GuessedColumn:
    """Years or days of birth, cut into decades."""
    end = "-01-01" if days else ""
    decades = decades_of_birth(first, last)
    bands = {name: range_of(f"{low}{end}", f"{high}{end}") for name, low, high in decades}
    return GuessedColumn(profile, "protected", bands=bands, born=(first, last))


def _numbers_with_a_meaning(profile: Profile) -> GuessedColumn | None:
    """Ages, years of birth and weights."""
    if not profile.is_number or profile.low is None or profile.high is None:
        return None
    low, high = profile.low, profile.high
    if names_birth(profile.name) and _YEARS[0] <= low <= high <= _YEARS[1]:
        return _born(profile, int(low), int(high), days=False)
    if names_age(profile.name) and low >= 0 and 10 < high <= OLDEST:
        bands = {band_name(*ages): range_of(*ages) for ages in AGE_BANDS}
        ages = {band_name(*ages): ages for ages in AGE_BANDS}
        return GuessedColumn(profile, "protected", bands=bands, ages=ages)
    if role_by_name(profile.name) == "weight":
        is_body = _BODY_WEIGHT[0] <= (profile.average or 0.0) <= _BODY_WEIGHT[1]
        complete = profile.known == profile.rows and not profile.tokens
        good = low >= 0 < high and complete and not profile.codes
        return GuessedColumn(profile, "weight") if good and not is_body else None
    return None


def _split(profile: Profile) -> GuessedColumn | None:
    few = 1 < profile.distinct <= 10
    named = role_by_name(profile.name) == "split" and few
    if named or (few and are_splits(profile.texts)):
        return GuessedColumn(profile, "split")
    return None


def _protected(profile: Profile) -> GuessedColumn | None:
    """Special categories, sexes, groups of ages, and what is protected by name."""
    named = role_by_name(profile.name)
    if profile.dates is not None or named == "text":
        return None
    few = 0 < profile.distinct <= MOST_COMPARED
    told = tuple(text for text in profile.texts if not is_missing(text))
    special = looks_special(profile.name, told if named != "label" else ())
    if special is not None and not _is_text(profile):
        return GuessedColumn(profile, "protected", special=special)
    ages = [ages_of(text) for text in told]
    grouped_ages = bool(ages) and None not in ages and names_age(profile.name)
    if few and (are_sexes(told) or are_decades(told) or grouped_ages):
        return GuessedColumn(profile, "protected")
    if names_family(profile.name) and profile.distinct == 2:
        return GuessedColumn(profile, "protected")
    return GuessedColumn(profile, "protected") if named == "protected" else None


def _names(profile: Profile) -> GuessedColumn | None:
    """What a name says, where the values do not speak against it."""
    named = role_by_name(profile.name)
    if named is None:
        return _by_values(profile)
    accepted = _ACCEPTED.get(named)
    if accepted is not None and not accepted(profile):
        return _by_values(profile)
    if named == "score" and profile.distinct <= 2:
        return GuessedColumn(profile, "prediction")
    if named == "text" and _is_class(profile):
        return GuessedColumn(profile, "label", note="few_texts")
    if (
        named == "label"
        and profile.distinct > MOST_COMPARED
        and profile.mean_length > 2 * _LONG_TEXT
    ):
        return GuessedColumn(profile, "text")
    if named == "proxy" and profile.distinct > max(MOST_COMPARED, 0.5 * profile.told):
        note = "" if profile.is_number else "identifying"
        return GuessedColumn(profile, "feature" if not note else "ignore", note=note)
    return GuessedColumn(profile, named)


def _by_values(profile: Profile) -> GuessedColumn | None:
    told = [text for text in profile.texts if not is_missing(text)]
    if are_languages(told):
        return GuessedColumn(profile, "language")
    if _is_text(profile):
        return GuessedColumn(profile, "text")
    nearly_all = profile.distinct > 0.9 * profile.told > 20
    if names_id(profile.name) and nearly_all:
        return GuessedColumn(profile, "ignore", note="row_number")
    return None


def _is_text(profile: Profile) -> bool:
    """Long and many different values."""
    many = profile.distinct > max(MOST_COMPARED // 2, profile.told // 4)
    return not profile.is_number and many and profile.mean_length > _LONG_TEXT


def _is_class(profile: Profile) -> bool:
    """A few values that come again and again: classes to tell apart, such as single words."""
    return profile.distinct <= MOST_COMPARED and profile.told >= 20 * profile.distinct


def _is_label(profile: Profile) -> bool:
    return 1 < profile.distinct <= MOST_GROUPS and not _is_measure(profile)


def _is_measure(profile: Profile) -> bool:
    return profile.is_number and profile.distinct > _MOST_LABELS


_ACCEPTED: Mapping[ColumnRole, Callable[[Profile], bool]] = {
    "consent": lambda profile: False,
    "retention_date": lambda profile: False,
    "time": lambda profile: False,
    "weight": lambda profile: False,
    "split": lambda profile: False,
    "protected": lambda profile: False,
    "person_id": lambda profile: profile.distinct > 1,
    "duration": lambda profile: profile.is_number and (profile.low or 0) >= 0,
    "score": lambda profile: profile.is_number,
    "prediction": lambda profile: not _is_measure(profile),
    "label": _is_label,
    "text": lambda profile: not profile.is_number,
}
"""What values must be like for a name to count; roles decided before are never given by name."""

_RULES: tuple[Callable[[Profile], GuessedColumn | None], ...] = (
    _nothing_to_group,
    _consent,
    _dates,
    _numbers_with_a_meaning,
    _split,
    _protected,
    _names,
)


# --- columns together ----------------------------------------------------------------------------


def _one_person(columns: list[GuessedColumn]) -> list[GuessedColumn]:
    """One column tells persons apart: the first whose values come again, else the first."""
    persons = [column for column in columns if column.role == "person_id"]
    if len(persons) < 2:
        return columns
    repeated = [one for one in persons if one.profile.distinct < one.profile.told]
    kept = (repeated or persons)[0]
    return [
        replace(column, role="ignore", missing=(), note="second_person")
        if column.role == "person_id" and column is not kept
        else column
        for column in columns
    ]


def _durations_of_speech(columns: list[GuessedColumn]) -> list[GuessedColumn]:
    """A duration counts hours of speech only beside texts or recordings, else it is a feature."""
    spoken = any(
        column.role == "text" or column.note in ("files", "few_texts") for column in columns
    )
    return [
        _completed(GuessedColumn(column.profile, "feature"))
        if column.role == "duration" and not spoken
        else column
        for column in columns
    ]


def _only_first(columns: list[GuessedColumn], role: ColumnRole) -> list[GuessedColumn]:
    found, kept = False, []
    for column in columns:
        if column.role == role and found:
            column = GuessedColumn(column.profile, "feature")
        found = found or column.role == role
        kept.append(column)
    return kept


def _with_a_label(columns: list[GuessedColumn]) -> list[GuessedColumn]:
    """Without a label by name: the last column, if it has few values and means nothing else."""
    if not columns or any(column.role in ("label", "prediction") for column in columns):
        return columns
    *others, last = columns
    few = 1 < last.profile.distinct <= _MOST_LABELS
    if last.role != "feature" or last.note or not few:
        return columns
    return [*others, GuessedColumn(last.profile, "label", note="last_column")]
