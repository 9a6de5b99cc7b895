"""Words by which roles, missing values, sexes and statuses are guessed, German and English.

Names of columns are taken apart into words (`ageGroup`, `age_group`, `Alters-Gruppe`). A word of
`_WORDS` must stand there whole; one of `_STEMS` may be part of a longer one, as German puts words
together (`Einwilligungsdatum`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from impactbook.checks.figures.missing import SUSPICIOUS
from impactbook.model.dataset import ColumnRole

_WORDS: Mapping[ColumnRole, frozenset[str]] = {
    "person_id": frozenset(
        ["speaker", "user", "customer", "client", "caller", "person", "kunde", "kunden", "kundin", "sprecher", "sprecherin", "sprechende", "anrufer", "anruferin", "anrufende", "patient", "member", "participant", "respondent", "proband", "versicherte", "versicherter", "mitglied", "personid", "userid", "customerid", "clientid", "speakerid", "callerid", "kundennummer", "kundennr", "kdnr", "kundenid", "sprecherid", "entity", "defendant", "applicant", "bewerber", "bewerberin", "personennummer", "matrikelnummer"]
    ),
    "annotator": frozenset(
        ["annotator", "annotators", "rater", "labeler", "labeller", "coder", "crowdworker", "worker", "annotierende", "annotatorin", "bewerter", "bewerterin", "kodierer", "kodiererin", "codierer"]
    ),
    "protected": frozenset(
        ["age", "ages", "alter", "agegroup", "altersgruppe", "altersklasse", "altersstufe", "sex", "gender", "geschlecht", "anrede", "salutation", "race", "ethnicity", "ethnie", "nationality", "nationalität", "nationalitaet", "staatsangehörigkeit", "staatsangehoerigkeit", "citizenship", "staatsbürgerschaft", "religion", "konfession", "disability", "behinderung", "marital", "familienstand", "orientation", "pregnancy", "schwangerschaft", "senior", "seniorcitizen", "foreigner", "ausländer", "auslaender", "migrationshintergrund", "hautfarbe", "birthdate", "geburtsdatum", "geburtstag", "dob", "birthyear", "geburtsjahr", "jahrgang"]
    ),
    "proxy": frozenset(
        ["accent", "akzent", "region", "land", "country", "state", "bundesland", "plz", "zip", "zipcode", "postcode", "postleitzahl", "city", "stadt", "ort", "wohnort", "district", "kreis", "vorwahl", "education", "bildung", "schulabschluss", "abschluss", "job", "beruf", "occupation", "profession", "employment", "income", "einkommen", "gehalt", "salary", "name", "vorname", "nachname", "firstname", "lastname", "surname", "birthplace", "geburtsort", "herkunft", "origin", "muttersprache", "erstsprache", "mothertongue", "neighbourhood", "stadtteil"]
    ),
    "label": frozenset(
        ["label", "labels", "target", "class", "category", "intent", "outcome", "y", "ziel", "klasse", "kategorie", "anliegen", "churn", "kündigung", "kuendigung", "gekündigt", "gekuendigt", "abwanderung", "understood", "verstanden", "resolved", "gelöst", "geloest", "approved", "bewilligt", "hired", "eingestellt", "converted", "zielvariable"]
    ),
    "prediction": frozenset(
        ["prediction", "predicted", "predictions", "pred", "vorhersage", "vorhergesagt", "prognose", "decision", "entscheidung"]
    ),
    "score": frozenset(
        ["score", "scores", "probability", "prob", "wahrscheinlichkeit", "confidence", "konfidenz", "propensity"]
    ),
    "split": frozenset(["split", "fold", "subset", "partition", "aufteilung", "teilmenge", "datensatzteil"]),
    "language": frozenset(["language", "lang", "locale", "sprache"]),
    "dialect": frozenset(["dialect", "dialekt", "mundart", "variety"]),
    "time": frozenset(
        ["date", "time", "timestamp", "datetime", "datum", "zeit", "uhrzeit", "zeitstempel", "zeitpunkt", "created", "erstellt", "recorded", "day", "month", "year", "tag", "monat", "jahr"]
    ),
    "duration": frozenset(["duration", "dauer", "length", "länge", "laenge", "seconds", "sekunden"]),
    "retention_date": frozenset(
        ["retention", "expires", "expiry", "löschdatum", "loeschdatum", "löschfrist", "loeschfrist", "aufbewahrungsfrist"]
    ),
    "consent": frozenset(["consent", "optin", "einwilligung", "einverständnis", "zustimmung"]),
    "weight": frozenset(
        ["weight", "weights", "gewicht", "gewichtung", "gewichte", "hochrechnungsfaktor"]
    ),
    "text": frozenset(
        ["text", "sentence", "transcript", "transcription", "utterance", "message", "comment", "note", "nachricht", "satz", "transkript", "transkription", "äußerung", "aeusserung", "kommentar", "notiz", "bemerkung", "freitext", "body", "content", "anfrage", "query", "question", "frage"]
    ),
}  # fmt: skip
_STEMS: Mapping[ColumnRole, tuple[str, ...]] = {
    "consent": ("consent", "einwilligung", "einverständnis", "einverstaendnis", "opt_in"),
    "retention_date": (
        "retention", "löschfrist", "loeschfrist", "löschdatum", "loeschdatum", "aufbewahr",
        "delete_by", "delete_after", "deletion_date", "löschen_am", "loeschen_am", "keep_until",
    ),
    "annotator": ("annotator",),
    "protected": (
        "geschlecht", "altersgruppe", "familienstand", "marital", "staatsangehörig", "nationalit",
        "personal_status", "foreign_worker", "date_of_birth", "year_of_birth", "senior_citizen",
    ),
    "proxy": ("postleitzahl", "bundesland", "first_language", "mother_tongue", "native_language"),
    "duration": ("duration", "dauer"),
    "text": ("transkript", "transcript", "freitext", "utterance"),
    "time": ("datum", "timestamp", "zeitstempel"),
    "weight": ("gewichtung", "hochrechnung", "sample_weight"),
}  # fmt: skip

# Stems are asked before whole words, and these roles in this order: a "transcription consent" is
# about consent, an "annotation date" about time.
_ORDER: tuple[ColumnRole, ...] = (
    "consent", "retention_date", "split", "annotator", "protected", "dialect", "proxy",
    "prediction", "score", "label", "language", "duration", "weight", "time", "text", "person_id",
)  # fmt: skip
_IDS = frozenset(["id", "ids", "nr", "no", "nummer", "number", "uuid", "guid", "key"])
_ROWS = frozenset(
    [
        "row",
        "record",
        "call",
        "chat",
        "session",
        "ticket",
        "zeile",
        "anruf",
        "fall",
        "vorgang",
        "case",
    ]
)
_FILES = frozenset(
    [
        "path",
        "file",
        "filename",
        "filepath",
        "pfad",
        "datei",
        "dateiname",
        "url",
        "uri",
        "link",
        "audio",
        "wav",
        "clip",
    ]
)
_CONTACTS = frozenset(
    [
        "email",
        "mail",
        "telefon",
        "telefonnummer",
        "phone",
        "mobile",
        "handy",
        "rufnummer",
        "iban",
        "konto",
    ]
)
_STAFF = frozenset(
    ["agent", "mitarbeiter", "mitarbeiterin", "beschäftigte", "employee", "operator"]
)
_FAMILY = frozenset(
    ["partner", "dependents", "dependants", "married", "verheiratet", "kinder", "children"]
)
_ITEMS = frozenset(
    [
        "item",
        "utterance",
        "clip",
        "sample",
        "example",
        "message",
        "text",
        "satz",
        "äußerung",
        "sentence",
        "call",
        "anruf",
        "chat",
        "record",
        "document",
        "turn",
        "segment",
    ]
)

MISSING_WORDS: frozenset[str] = frozenset(SUSPICIOUS) - {
    "-1", "-9", "-99", "-999", "-9999", "99", "999", "9999", "99999",
} | frozenset(
    ["nicht angegeben", "ohne angabe", "undisclosed", "do_not_wish_to_say",
     "prefer not to say", "weiß nicht", "weiss nicht", "don't know", "not available"]
)  # fmt: skip
"""Tokens that usually stand for "not known", in lower case; numbers are judged by the others."""

_SEXES: Mapping[str, frozenset[str]] = {
    "female": frozenset(
        [
            "f",
            "female",
            "w",
            "weiblich",
            "frau",
            "frauen",
            "woman",
            "women",
            "weibl.",
            "fem",
            "mrs",
            "ms",
        ]
    ),
    "male": frozenset(
        [
            "m",
            "male",
            "männlich",
            "maennlich",
            "mann",
            "männer",
            "man",
            "men",
            "männl.",
            "herr",
            "mr",
        ]
    ),
}
_OTHER_SEXES = frozenset(
    [
        "d",
        "divers",
        "diverse",
        "other",
        "x",
        "nonbinary",
        "non-binary",
        "andere",
        "anderes",
        "inter",
    ]
)
_GIVEN = frozenset(
    [
        "yes",
        "y",
        "ja",
        "j",
        "true",
        "wahr",
        "1",
        "given",
        "granted",
        "erteilt",
        "accepted",
        "agreed",
        "zugestimmt",
        "eingewilligt",
        "opt-in",
        "optin",
        "consented",
        "vorhanden",
        "liegt_vor",
    ]
)
_WITHDRAWN = frozenset(["withdrawn", "revoked", "widerrufen", "zurückgezogen", "zurueckgezogen"])
_YES = frozenset(
    [
        "yes",
        "y",
        "ja",
        "j",
        "true",
        "wahr",
        "1",
        "positive",
        "positiv",
        "success",
        "erfolg",
        "approved",
        "bewilligt",
    ]
)
_PURPOSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("transcription", ("transcri", "transkri", "verschrift")),
    ("recording", ("record", "aufnahme", "aufzeichn", "mitschnitt")),
    ("training", ("train", "learn", "lern", "ki", "ai", "model")),
    ("advertising", ("market", "werb", "advert", "newsletter")),
    ("analysis", ("analy", "auswert", "quality", "qualität", "qualitaet")),
)
_SPLITS = frozenset(
    [
        "train",
        "training",
        "test",
        "testing",
        "dev",
        "development",
        "valid",
        "validation",
        "val",
        "eval",
        "evaluation",
        "holdout",
    ]
)
_CODES = frozenset(
    [
        "de",
        "en",
        "fr",
        "tr",
        "es",
        "it",
        "pl",
        "ru",
        "ar",
        "uk",
        "nl",
        "pt",
        "cs",
        "ro",
        "sq",
        "hr",
        "sr",
        "el",
        "fa",
        "da",
        "sv",
        "de-de",
        "de-at",
        "de-ch",
        "en-us",
        "en-gb",
        "deutsch",
        "english",
        "englisch",
        "german",
        "türkisch",
        "turkish",
        "french",
        "französisch",
    ]
)


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
    if len(words) > 1 and words[-1] in _IDS:
        stem = set(words[:-1])
        people: tuple[ColumnRole, ...] = ("annotator", "person_id")
        for role in people:
            if stem & _WORDS[role]:
                return role
        return "ignore" if stem & (_ROWS | _ITEMS | _STAFF) else None
    for role in _ORDER:
        if any(stem in joined for stem in _STEMS.get(role, ())):
            return role
    for role in _ORDER:
        # A single word in a longer name does not make it somebody's id: "customer segment".
        found = set() if role == "person_id" else set(words) & _WORDS[role]
        if whole in _WORDS[role] or found:
            return role
    return None


def names_file(name: str) -> bool:
    """Whether a column's name says that it holds paths or addresses of files."""
    return bool(set(words_of(name)) & _FILES)


def names_contact(name: str) -> bool:
    """Whether a column's name says that it holds ways to reach a person."""
    return bool({*words_of(name), "".join(words_of(name))} & _CONTACTS)


def names_id(name: str) -> bool:
    """Whether a column's name says that it numbers something.

    >>> names_id("uuid"), names_id("item_id"), names_id("idea")
    (True, True, False)
    """
    words = words_of(name)
    return bool(words) and (words[-1] in _IDS or words == ["index"])


def names_item(name: str) -> bool:
    """Whether a column's name says that it tells items apart which several people may label."""
    words = words_of(name)
    whole = "".join(words)
    of_item = bool(set(words[:-1]) & _ITEMS) and words[-1] in _IDS
    return of_item or whole in {"item", "itemid"}


def names_family(name: str) -> bool:
    """Whether a column's name asks for a partner or children; protected if yes or no answers it."""
    return bool(set(words_of(name)) & _FAMILY)


def names_birth(name: str) -> bool:
    """Whether a column's name says that it holds days or years of birth."""
    words = {*words_of(name), "".join(words_of(name))}
    known = {"birth", "birthdate", "birthday", "birthyear", "dob", "geburtsdatum", "geburtstag",
             "geburtsjahr", "jahrgang", "geboren", "born"}  # fmt: skip
    return bool(words & known)


def names_senior(name: str) -> bool:
    """Whether a column's name asks for people from 65 up (yes or no)."""
    words = set(words_of(name))
    return bool(words & {"senior", "seniorcitizen", "senioren"})


def is_age(name: str) -> bool:
    """Whether a column's name says that it holds ages.

    >>> is_age("customerAge"), is_age("Altersgruppe"), is_age("age_cat"), is_age("image")
    (True, True, True, False)
    """
    words = {*words_of(name), "".join(words_of(name))}
    return bool(words & {"age", "ages", "alter", "agegroup", "altersgruppe", "altersklasse"})


def is_sex(name: str) -> bool:
    """Whether a column's name says that it holds people's sex or gender."""
    words = set(words_of(name))
    return bool(words & {"sex", "gender", "geschlecht", "anrede", "salutation"})


def is_land(name: str) -> bool:
    """Whether a column's name says that it holds states, such as those of Germany."""
    return bool({*words_of(name)} & {"land", "bundesland", "state", "region"})


def is_missing(value: str) -> bool:
    """Whether a whole value usually stands for "not known".

    >>> is_missing(" N/A "), is_missing("unknown caller")
    (True, False)
    """
    return value.strip().lower() in MISSING_WORDS


def missing_tokens(values: Iterable[str]) -> tuple[str, ...]:
    """Those of the (frequent) values that usually stand for "not known".

    >>> missing_tokens(["yes", "unknown", "N/A"])
    ('unknown', 'N/A')
    """
    return tuple(value for value in values if is_missing(value))


def sex_of(value: str) -> str | None:
    """`female` or `male` where a value is a usual word for it, else None.

    >>> sex_of("Frau"), sex_of(" M "), sex_of("divers")
    ('female', 'male', None)
    """
    word = value.strip().lower()
    return next((sex for sex, words in _SEXES.items() if word in words), None)


def are_sexes(values: Iterable[str]) -> bool:
    """Whether values are words for both sexes, and at most for others beside them.

    >>> are_sexes(["Frau", "Herr"]), are_sexes(["m", "s", "l"])
    (True, False)
    """
    told = [value.strip().lower() for value in values]
    found = {sex_of(value) for value in told if value not in _OTHER_SEXES}
    return found == {"female", "male"}


def are_splits(values: Iterable[str]) -> bool:
    """Whether values are usual names of at least two splits."""
    told = {value.strip().lower() for value in values}
    return len(told) > 1 and told <= _SPLITS


def are_languages(values: Iterable[str]) -> bool:
    """Whether values are codes or names of at least two languages."""
    told = {value.strip().lower() for value in values}
    return len(told) > 1 and told <= _CODES


def means_consent(value: str) -> bool:
    """Whether a status means that consent was given."""
    return value.strip().lower() in _GIVEN


def means_withdrawn(value: str) -> bool:
    """Whether a status means that consent was withdrawn."""
    return value.strip().lower() in _WITHDRAWN


def names_withdrawal(name: str) -> bool:
    """Whether a column's name says that it is about withdrawing consent."""
    joined = "_".join(words_of(name))
    return any(stem in joined for stem in ("withdraw", "revoke", "widerruf", "opt_out"))


def purpose_of(name: str) -> str:
    """The purpose that a column on consent seems to be about; `training` where it does not say.

    >>> purpose_of("consent_recording"), purpose_of("Einwilligung_Werbung"), purpose_of("consent")
    ('recording', 'advertising', 'training')
    """
    for purpose, stems in _PURPOSES:
        for word in words_of(name):
            if any(word == stem or (len(stem) > 3 and stem in word) for stem in stems):
                return purpose
    return "training"


def likely_positive(values: Iterable[str]) -> str | None:
    """The value of a label that says "yes", if one does."""
    return next((value for value in values if value.strip().lower() in _YES), None)
