"""Special categories of personal data (Art. 9 GDPR): recognised, and refused without a ground.

A column that holds them is checked only if the declaration says on which exception, for what, by
whom and until when. Testing for bias with such data rests on conditions of its own (Art. 4a of the
AI Act as amended): no other data would do, access is limited, and the data is deleted. Nothing is
read here but the declaration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from impactbook.checks.prepare import used_columns
from impactbook.errors import InputError
from impactbook.model.columns import Column, SpecialCategory, SpecialKind
from impactbook.model.dataset import Dataset

_WORDS: Mapping[SpecialKind, tuple[str, ...]] = {
    "racial_or_ethnic_origin": (
        "race", "racial", "ethnic", "ethnicity", "ethnie", "ethnische", "hautfarbe", "skin colour",
        "skin color", "migrationshintergrund", "migration background", "indigenous",
    ),
    "political_opinions": (
        "political", "politics", "politisch", "parteizugehoerigkeit", "partei", "party membership",
        "wahlverhalten", "voting",
    ),
    "religious_or_philosophical_beliefs": (
        "religion", "religious", "religioes", "konfession", "confession", "faith", "glaube",
        "kirche", "kirchensteuer", "church", "weltanschauung", "denomination",
    ),
    "trade_union_membership": (
        "union member", "union membership", "trade union", "gewerkschaft",
        "gewerkschaftsmitglied", "gewerkschaftszugehoerigkeit",
    ),
    "genetic_data": ("genetic", "genetisch", "genom", "genome", "dna"),
    "biometric_data": (
        "biometric", "biometrisch", "voiceprint", "voice print", "stimmabdruck", "faceprint",
        "gesichtsabdruck", "fingerabdruck", "speaker embedding",
    ),
    "health": (
        "health", "gesundheit", "disability", "disabled", "behinderung", "schwerbehinderung",
        "schwerbehindert", "krankheit", "krank", "illness", "disease", "diagnosis", "diagnose",
        "pregnancy", "pregnant", "schwanger", "schwangerschaft", "medication", "medikament",
        "speech impairment", "sprechstoerung", "hearing impairment", "hoerminderung", "stutter",
        "pflegegrad",
    ),
    "sex_life_or_sexual_orientation": (
        "sexual orientation", "sexuelle orientierung", "sexuality", "sexualitaet", "lgbt", "lgbtq",
        "homosexual", "homosexuell",
    ),
}  # fmt: skip
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def looks_special(name: str, groups: Iterable[str] = ()) -> SpecialKind | None:
    """The special category that a column's name or the names of its groups suggest, or None.

    >>> looks_special("Religionszugehörigkeit"), looks_special("is_disabled"), looks_special("age")
    ('religious_or_philosophical_beliefs', 'health', None)
    """
    for text in (name, *groups):
        words = _words(text)
        for kind, known in _WORDS.items():
            if any(_holds(words, word) for word in known):
                return kind
    return None


def _words(text: str) -> str:
    """A name as words between blanks: camel case and signs taken apart, umlauts written out."""
    apart = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", text)
    plain = apart.casefold().translate(_UMLAUTS)
    return f" {' '.join(re.findall('[a-z0-9]+', plain))} "


def _holds(words: str, known: str) -> bool:
    """Whether a word stands there whole, or begins one (German puts words together).

    Short words must stand whole: "race" is not "racetrack".
    """
    return f" {known} " in words or (len(known) >= 7 and f" {known}" in words)


def special_columns(declaration: Dataset) -> dict[str, SpecialCategory]:
    """The columns that the declaration says hold special categories."""
    return {
        name: column.special_category
        for name, column in declaration.columns.items()
        if isinstance(column.special_category, SpecialCategory)
    }


def refuse_undeclared(declaration: Dataset, *, file: str) -> None:
    """Refuse a check of special categories without ground, purpose, people and day of deletion.

    Raises `InputError` naming the first column and field that are missing, and for a column whose
    name or groups suggest a special category while the declaration is silent on it.
    """
    for name, column in used_columns(declaration).items():
        if isinstance(column.special_category, SpecialCategory):
            for field in column.special_category.left_out:
                raise InputError(
                    f"the column holds data on {_said(column.special_category.kind)} "
                    f"(Art. 9 GDPR) and may not be checked before {field!r} is stated",
                    file=file,
                    field=f"columns.{name}.special_category.{field}",
                    remedy="state ground, purpose, may_run and delete_by, or leave the column out "
                    "with `role: ignore`",
                )
        elif column.special_category is None:
            kind = looks_special(name, _named_groups(column))
            if kind is not None:
                raise InputError(
                    f"the column looks like data on {_said(kind)}, a special category of personal "
                    "data (Art. 9 GDPR), and the declaration does not say so",
                    file=file,
                    field=f"columns.{name}.special_category",
                    remedy="state kind, ground, purpose, may_run and delete_by, or write "
                    "`special_category: no` if it is none",
                )


def _named_groups(column: Column) -> tuple[str, ...]:
    """The groups that a declaration names; single values say little about a free text."""
    if column.role in ("text", "label", "prediction"):
        return ()
    return (*column.values.values(), *column.labels)


def _said(kind: SpecialKind) -> str:
    return kind.replace("_", " ")


def days_to_deletion(category: SpecialCategory, as_of: date) -> int | None:
    """Days from `as_of` to the day of deletion; negative when it has passed, None when unstated."""
    return None if category.delete_by is None else (category.delete_by - as_of).days
