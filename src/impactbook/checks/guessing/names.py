"""What a column's name says: which role it suggests, and what its values are about.

Names are taken apart into words (`ageGroup`, `age_group`, `Alters-Gruppe`). Most words must stand
there whole; a few may be part of a longer one (see `vocabulary`).
"""

from __future__ import annotations

import re

from impactbook.checks.guessing.vocabulary import (
    AGE,
    BIRTH,
    CONTACTS,
    DURATION_UNITS,
    FAMILY,
    FILES,
    IDS,
    ITEMS,
    LAND,
    PURPOSES,
    ROLE_ORDER,
    ROLE_STEMS,
    ROLE_WORDS,
    ROWS,
    SENIOR,
    SEX,
    STAFF,
    WITHDRAWAL,
)
from impactbook.model.dataset import ColumnRole


def words_of(name: str) -> list[str]:
    """A column's name as words in lower case.

    >>> words_of("ageGroup"), words_of("Kunden-ID")
    (['age', 'group'], ['kunden', 'id'])
    """
    apart = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", name)
    return [word.lower() for word in re.split(r"[\W_]+", apart) if word]


def role_by_name(name: str) -> ColumnRole | None:
    """The role that a column's name suggests, or None.

    >>> role_by_name("client_id"), role_by_name("ageGroup"), role_by_name("balance")
    ('person_id', 'protected', None)
    >>> role_by_name("Einwilligung_Aufnahme"), role_by_name("annotator_id")
    ('consent', 'annotator')
    """
    words = words_of(name)
    whole, joined = "".join(words), "_".join(words)
    if len(words) > 1 and words[-1] in IDS:
        stem = set(words[:-1])
        people: tuple[ColumnRole, ...] = ("annotator", "person_id")
        for role in people:
            if stem & ROLE_WORDS[role]:
                return role
        return "ignore" if stem & (ROWS | ITEMS | STAFF) else None
    for role in ROLE_ORDER:
        if any(stem in joined for stem in ROLE_STEMS.get(role, ())):
            return role
    for role in ROLE_ORDER:
        # A single word in a longer name does not make it somebody's id: "customer segment".
        found = set() if role == "person_id" else set(words) & ROLE_WORDS[role]
        if whole in ROLE_WORDS[role] or found:
            return role
    return None


def names_file(name: str) -> bool:
    """Whether a column's name says that it holds paths or addresses of files."""
    return _says(name, FILES)


def names_contact(name: str) -> bool:
    """Whether a column's name says that it holds ways to reach a person."""
    return _says(name, CONTACTS)


def names_family(name: str) -> bool:
    """Whether a column's name asks for a partner or children; protected if yes or no answers it."""
    return _says(name, FAMILY)


def names_birth(name: str) -> bool:
    """Whether a column's name says that it holds days or years of birth."""
    return _says(name, BIRTH)


def names_senior(name: str) -> bool:
    """Whether a column's name asks for people from 65 up (yes or no)."""
    return _says(name, SENIOR)


def names_age(name: str) -> bool:
    """Whether a column's name says that it holds ages.

    >>> [names_age(name) for name in ("customerAge", "Alters-Gruppe", "age_cat", "image")]
    [True, True, True, False]
    """
    return _says(name, AGE)


def names_sex(name: str) -> bool:
    """Whether a column's name says that it holds people's sex or gender."""
    return _says(name, SEX)


def names_land(name: str) -> bool:
    """Whether a column's name says that it holds states, such as those of Germany."""
    return _says(name, LAND)


def names_id(name: str) -> bool:
    """Whether a column's name says that it numbers something.

    >>> names_id("uuid"), names_id("item_id"), names_id("idea")
    (True, True, False)
    """
    words = words_of(name)
    return bool(words) and (words[-1] in IDS or words == ["index"])


def names_item(name: str) -> bool:
    """Whether a column's name says that it tells items apart which several people may label."""
    words = words_of(name)
    of_item = bool(set(words[:-1]) & ITEMS) and words[-1] in IDS
    return of_item or "".join(words) in {"item", "itemid"}


def names_withdrawal(name: str) -> bool:
    """Whether a column's name says that it is about withdrawing consent."""
    joined = "_".join(words_of(name))
    return any(stem in joined for stem in WITHDRAWAL)


def purpose_of(name: str) -> str:
    """The purpose that a column on consent seems to be about; `training` where it does not say.

    >>> purpose_of("consent_recording"), purpose_of("Einwilligung_Werbung"), purpose_of("consent")
    ('recording', 'advertising', 'training')
    """
    for purpose, stems in PURPOSES:
        for word in words_of(name):
            if any(word == stem or (len(stem) > 3 and stem in word) for stem in stems):
                return purpose
    return "training"


def duration_unit(name: str) -> str:
    """The unit that a column's name tells for durations; seconds where it tells none.

    >>> duration_unit("dauer_min"), duration_unit("duration")
    ('minutes', 'seconds')
    """
    told = set(words_of(name))
    return next((unit for unit, words in DURATION_UNITS.items() if told & words), "seconds")


def _says(name: str, known: frozenset[str]) -> bool:
    """Whether a word of a name, or all its words written together, is one of those known."""
    words = words_of(name)
    return not known.isdisjoint([*words, "".join(words)])
