"""Words by which a column's role, missing values, sexes and ages are guessed, German and English.

A guess only fills in a proposal that a person reads; nothing is measured by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from impactbook.model.dataset import ColumnRole

_WORDS: Mapping[ColumnRole, frozenset[str]] = {
    "person_id": frozenset(
        [
            "speaker",
            "user",
            "customer",
            "client",
            "caller",
            "kunde",
            "kunden",
            "kundin",
            "kundennummer",
            "person",
            "personid",
            "userid",
            "customerid",
            "clientid",
            "speakerid",
            "callerid",
            "anrufer",
        ]
    ),
    "annotator": frozenset(
        ["annotator", "rater", "labeler", "labeller", "annotatorin", "bewerter"]
    ),
    "protected": frozenset(
        [
            "age",
            "alter",
            "altersgruppe",
            "sex",
            "gender",
            "geschlecht",
            "race",
            "ethnicity",
            "ethnie",
            "nationality",
            "nationalität",
            "staatsangehörigkeit",
            "religion",
            "disability",
            "behinderung",
            "marital",
            "familienstand",
            "orientation",
            "pregnancy",
            "schwangerschaft",
            "agegroup",
        ]
    ),
    "proxy": frozenset(
        [
            "accent",
            "akzent",
            "dialect",
            "dialekt",
            "region",
            "land",
            "country",
            "plz",
            "zip",
            "postcode",
            "postleitzahl",
            "city",
            "ort",
            "education",
            "bildung",
            "job",
            "beruf",
            "occupation",
            "profession",
            "income",
            "einkommen",
            "name",
            "vorname",
            "nachname",
            "firstname",
            "lastname",
            "surname",
            "birthplace",
            "geburtsort",
        ]
    ),
    "label": frozenset(
        [
            "label",
            "labels",
            "target",
            "class",
            "category",
            "intent",
            "outcome",
            "y",
            "ziel",
            "klasse",
            "kategorie",
            "anliegen",
        ]
    ),
    "prediction": frozenset(["prediction", "predicted", "pred", "vorhersage", "prognose"]),
    "score": frozenset(["score", "probability", "prob", "wahrscheinlichkeit"]),
    "split": frozenset(["split", "fold", "subset", "partition"]),
    "language": frozenset(["language", "lang", "locale", "sprache"]),
    "time": frozenset(
        [
            "date",
            "time",
            "timestamp",
            "datetime",
            "datum",
            "zeit",
            "uhrzeit",
            "zeitstempel",
            "month",
            "day",
            "year",
            "monat",
            "tag",
            "jahr",
        ]
    ),
    "weight": frozenset(["weight", "gewicht", "gewichtung"]),
    "text": frozenset(
        [
            "text",
            "sentence",
            "transcript",
            "utterance",
            "message",
            "comment",
            "note",
            "nachricht",
            "satz",
            "transkript",
            "kommentar",
            "notiz",
            "bemerkung",
            "freitext",
            "body",
            "content",
        ]
    ),
}
_OF_PEOPLE: tuple[ColumnRole, ...] = ("person_id", "annotator")
_MISSING = frozenset(
    [
        "unknown",
        "unbekannt",
        "n/a",
        "na",
        "nan",
        "none",
        "null",
        "-",
        "--",
        "?",
        ".",
        "missing",
        "fehlt",
        "k.a.",
        "k. a.",
        "keine angabe",
        "nicht angegeben",
        "not stated",
        "not specified",
        "undefined",
        "unspecified",
        "do_not_wish_to_say",
    ]
)

_AGES = frozenset(["age", "ages", "alter", "agegroup", "altersgruppe"])
_SEXES: Mapping[str, frozenset[str]] = {
    "female": frozenset(["f", "female", "w", "weiblich", "frau", "frauen", "woman", "women"]),
    "male": frozenset(["m", "male", "männlich", "mann", "männer", "man", "men"]),
}


def role_by_name(name: str) -> ColumnRole | None:
    """The role that a column's name suggests, or None.

    >>> role_by_name("client_id"), role_by_name("ageGroup"), role_by_name("balance")
    ('person_id', 'protected', None)
    """
    words = _words(name)
    if len(words) > 1 and words[-1] in {"id", "nr", "no", "nummer", "number"}:
        stem = set(words[:-1])
        for role in _OF_PEOPLE:
            if stem & _WORDS[role]:
                return role
        return "ignore" if stem & {"row", "record", "call", "zeile", "anruf"} else None
    for role, known in _WORDS.items():
        whole = "".join(words) in known
        if whole or (role not in _OF_PEOPLE and set(words) & known):
            return role
    return None


def missing_tokens(values: Iterable[str]) -> tuple[str, ...]:
    """Those of the (frequent) values that usually stand for "not known".

    >>> missing_tokens(["yes", "unknown", "N/A"])
    ('unknown', 'N/A')
    """
    return tuple(value for value in values if value.strip().casefold() in _MISSING)


def is_age(name: str) -> bool:
    """Whether a column's name says that it holds ages.

    >>> is_age("customerAge"), is_age("Altersgruppe"), is_age("image")
    (True, True, False)
    """
    return bool({*_words(name), "".join(_words(name))} & _AGES)


def is_sex(name: str) -> bool:
    """Whether a column's name says that it holds people's sex or gender."""
    return bool(set(_words(name)) & {"sex", "gender", "geschlecht"})


def sex_of(value: str) -> str | None:
    """`female` or `male` where a value is a usual word for it, else None.

    >>> sex_of("Frau"), sex_of(" M "), sex_of("divers")
    ('female', 'male', None)
    """
    word = value.strip().casefold()
    return next((sex for sex, words in _SEXES.items() if word in words), None)


def ages_of(value: str) -> tuple[int | None, int | None] | None:
    """The ages that a group of ages is named after: the first in it, the first above it.

    >>> ages_of("25-34"), ages_of("unter 25"), ages_of("65+"), ages_of("twenties")
    ((25, 35), (None, 25), (65, None), None)
    """
    text = value.strip().casefold()
    if found := re.fullmatch(r"(\d{1,3})\s*(?:-|–|to|bis)\s*(\d{1,3})", text):
        return int(found[1]), int(found[2]) + 1
    if found := re.fullmatch(r"(?:<|under|unter)\s*(\d{1,3})", text):
        return None, int(found[1])
    if found := re.fullmatch(r"(?:>=|≥|ab)?\s*(\d{1,3})\s*\+?", text):
        return (int(found[1]), None) if not text.isdigit() else None
    return None


def _words(name: str) -> list[str]:
    apart = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", name)
    return [word.casefold() for word in re.split(r"[\W_]+", apart) if word]
