"""What values say as whole words: not known, a sex, a split, a language, consent, yes."""

from __future__ import annotations

from collections.abc import Iterable

from impactbook.checks.guessing.vocabulary import (
    GIVEN,
    LANGUAGES,
    MISSING_WORDS,
    OTHER_SEXES,
    POSITIVE,
    SEXES,
    SPLITS,
    WITHDRAWN,
)


def is_missing(value: str) -> bool:
    """Whether a whole value usually stands for "not known".

    >>> is_missing(" N/A "), is_missing("unknown caller")
    (True, False)
    """
    return value.strip().lower() in MISSING_WORDS


def sex_of(value: str) -> str | None:
    """`female` or `male` where a value is a usual word for it, else None.

    >>> sex_of("Frau"), sex_of(" M "), sex_of("divers")
    ('female', 'male', None)
    """
    word = value.strip().lower()
    return next((sex for sex, words in SEXES.items() if word in words), None)


def are_sexes(values: Iterable[str]) -> bool:
    """Whether values are words for both sexes, and at most for others beside them.

    >>> are_sexes(["Frau", "Herr"]), are_sexes(["m", "s", "l"])
    (True, False)
    """
    told = [value.strip().lower() for value in values]
    found = {sex_of(value) for value in told if value not in OTHER_SEXES}
    return found == {"female", "male"}


def are_splits(values: Iterable[str]) -> bool:
    """Whether values are usual names of at least two splits."""
    told = {value.strip().lower() for value in values}
    return len(told) > 1 and told <= SPLITS


def are_languages(values: Iterable[str]) -> bool:
    """Whether values are codes or names of at least two languages."""
    told = {value.strip().lower() for value in values}
    return len(told) > 1 and told <= LANGUAGES


def means_consent(value: str) -> bool:
    """Whether a status means that consent was given."""
    return value.strip().lower() in GIVEN


def means_withdrawn(value: str) -> bool:
    """Whether a status means that consent was withdrawn."""
    return value.strip().lower() in WITHDRAWN


def likely_positive(values: Iterable[str]) -> str | None:
    """The value of a label that says "yes", if one does."""
    return next((value for value in values if value.strip().lower() in POSITIVE), None)
