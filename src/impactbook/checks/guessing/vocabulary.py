"""The words that guesses rest on, German and English, in lower case; no code but these lists.

First come words in names of columns (for `names`), then whole values (for `values`). German puts words together
(`Einwilligungsdatum`), so some roles are also told by parts of words (`ROLE_STEMS`).
"""

from __future__ import annotations

from collections.abc import Mapping

from impactbook.checks.figures.missing import SUSPICIOUS
from impactbook.model.dataset import ColumnRole

ROLE_WORDS: Mapping[ColumnRole, frozenset[str]] = {
    "person_id": frozenset([
        "speaker", "user", "customer", "client", "caller", "person", "kunde", "kunden", "kundin",
        "sprecher", "sprecherin", "sprechende", "anrufer", "anruferin", "anrufende", "patient",
        "member", "participant", "respondent", "proband", "versicherte", "versicherter",
        "mitglied", "personid", "userid", "customerid", "clientid", "speakerid", "callerid",
        "kundennummer", "kundennr", "kdnr", "kundenid", "sprecherid", "entity", "defendant",
        "applicant", "bewerber", "bewerberin", "personennummer", "matrikelnummer",
    ]),
    "annotator": frozenset([
        "annotator", "annotators", "rater", "labeler", "labeller", "coder", "crowdworker",
        "worker", "annotierende", "annotatorin", "bewerter", "bewerterin", "kodierer",
        "kodiererin", "codierer",
    ]),
    "protected": frozenset([
        "age", "ages", "alter", "agegroup", "altersgruppe", "altersklasse", "altersstufe", "sex",
        "gender", "geschlecht", "anrede", "salutation", "race", "ethnicity", "ethnie",
        "nationality", "nationalität", "nationalitaet", "staatsangehörigkeit",
        "staatsangehoerigkeit", "citizenship", "staatsbürgerschaft", "religion", "konfession",
        "disability", "behinderung", "marital", "familienstand", "orientation", "pregnancy",
        "schwangerschaft", "senior", "seniorcitizen", "foreigner", "ausländer", "auslaender",
        "migrationshintergrund", "hautfarbe", "birthdate", "geburtsdatum", "geburtstag", "dob",
        "birthyear", "geburtsjahr", "jahrgang",
    ]),
    "proxy": frozenset([
        "accent", "akzent", "region", "land", "country", "state", "bundesland", "plz", "zip",
        "zipcode", "postcode", "postleitzahl", "city", "stadt", "ort", "wohnort", "district",
        "kreis", "vorwahl", "education", "bildung", "schulabschluss", "abschluss", "job", "beruf",
        "occupation", "profession", "employment", "income", "einkommen", "gehalt", "salary",
        "name", "vorname", "nachname", "firstname", "lastname", "surname", "birthplace",
        "geburtsort", "herkunft", "origin", "muttersprache", "erstsprache", "mothertongue",
        "neighbourhood", "stadtteil",
    ]),
    "label": frozenset([
        "label", "labels", "target", "class", "category", "intent", "outcome", "y", "ziel",
        "klasse", "kategorie", "anliegen", "churn", "kündigung", "kuendigung", "gekündigt",
        "gekuendigt", "abwanderung", "understood", "verstanden", "resolved", "gelöst", "geloest",
        "approved", "bewilligt", "hired", "eingestellt", "converted", "zielvariable",
    ]),
    "prediction": frozenset([
        "prediction", "predicted", "predictions", "pred", "vorhersage", "vorhergesagt",
        "prognose", "decision", "entscheidung",
    ]),
    "score": frozenset([
        "score", "scores", "probability", "prob", "wahrscheinlichkeit", "confidence", "konfidenz",
        "propensity",
    ]),
    "split": frozenset([
        "split", "fold", "subset", "partition", "aufteilung", "teilmenge", "datensatzteil",
    ]),
    "language": frozenset(["language", "lang", "locale", "sprache"]),
    "dialect": frozenset(["dialect", "dialekt", "mundart", "variety"]),
    "time": frozenset([
        "date", "time", "timestamp", "datetime", "datum", "zeit", "uhrzeit", "zeitstempel",
        "zeitpunkt", "created", "erstellt", "recorded", "day", "month", "year", "tag", "monat",
        "jahr",
    ]),
    "duration": frozenset([
        "duration", "dauer", "length", "länge", "laenge", "seconds", "sekunden",
    ]),
    "retention_date": frozenset([
        "retention", "expires", "expiry", "löschdatum", "loeschdatum", "löschfrist",
        "loeschfrist", "aufbewahrungsfrist",
    ]),
    "consent": frozenset(["consent", "optin", "einwilligung", "einverständnis", "zustimmung"]),
    "weight": frozenset([
        "weight", "weights", "gewicht", "gewichtung", "gewichte", "hochrechnungsfaktor",
    ]),
    "text": frozenset([
        "text", "sentence", "transcript", "transcription", "utterance", "message", "comment",
        "note", "nachricht", "satz", "transkript", "transkription", "äußerung", "aeusserung",
        "kommentar", "notiz", "bemerkung", "freitext", "body", "content", "anfrage", "query",
        "question", "frage",
    ]),
}  # fmt: skip
"""Whole words of a column's name that suggest a role."""

ROLE_STEMS: Mapping[ColumnRole, tuple[str, ...]] = {
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
"""Parts of a column's name that suggest a role, wherever they stand in it."""

ROLE_ORDER: tuple[ColumnRole, ...] = (
    "consent", "retention_date", "split", "annotator", "protected", "dialect", "proxy",
    "prediction", "score", "label", "language", "duration", "weight", "time", "text", "person_id",
)  # fmt: skip
"""Which role is asked first: a "transcription consent" is about consent, not about a text."""

IDS = frozenset(["id", "ids", "nr", "no", "nummer", "number", "uuid", "guid", "key"])
"""The last word where a column numbers something."""

ROWS = frozenset([
    "row", "record", "call", "chat", "session", "ticket", "zeile", "anruf", "fall", "vorgang",
    "case",
])  # fmt: skip
"""What a row is about: numbers of it are ignored."""

FILES = frozenset([
    "path", "file", "filename", "filepath", "pfad", "datei", "dateiname", "url", "uri", "link",
    "audio", "wav", "clip",
])  # fmt: skip
"""Paths and addresses of files."""

CONTACTS = frozenset([
    "email", "mail", "telefon", "telefonnummer", "phone", "mobile", "handy", "rufnummer", "iban",
    "konto",
])  # fmt: skip
"""Ways to reach a person."""

STAFF = frozenset(["agent", "mitarbeiter", "mitarbeiterin", "beschäftigte", "employee", "operator"])
"""People at work: numbers of theirs tell no customers apart."""

FAMILY = frozenset([
    "partner", "dependents", "dependants", "married", "verheiratet", "kinder", "children",
])  # fmt: skip
"""A partner or children."""

ITEMS = frozenset([
    "item", "utterance", "clip", "sample", "example", "message", "text", "satz", "äußerung",
    "sentence", "call", "anruf", "chat", "record", "document", "turn", "segment",
])  # fmt: skip
"""What several people may label."""

BIRTH = frozenset([
    "birth", "birthdate", "birthday", "birthyear", "dob", "geburtsdatum", "geburtstag",
    "geburtsjahr", "jahrgang", "geboren", "born",
])  # fmt: skip
"""Days or years of birth."""

WITHDRAWAL = ("withdraw", "revoke", "widerruf", "opt_out")
"""Parts of a name that is about withdrawing consent."""

SENIOR = frozenset(["senior", "seniorcitizen", "senioren"])
"""People from 65 up."""

AGE = frozenset(["age", "ages", "alter", "agegroup", "altersgruppe", "altersklasse"])
"""Ages and groups of ages."""

SEX = frozenset(["sex", "gender", "geschlecht", "anrede", "salutation"])
"""People's sex or gender."""

LAND = frozenset(["land", "bundesland", "state", "region"])
"""States, such as those of Germany."""

PURPOSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("transcription", ("transcri", "transkri", "verschrift")),
    ("recording", ("record", "aufnahme", "aufzeichn", "mitschnitt")),
    ("training", ("train", "learn", "lern", "ki", "ai", "model")),
    ("advertising", ("market", "werb", "advert", "newsletter")),
    ("analysis", ("analy", "auswert", "quality", "qualität", "qualitaet")),
)
"""Parts of words in a name of a consent column, by the purpose they speak of."""

DURATION_UNITS: Mapping[str, frozenset[str]] = {
    "milliseconds": frozenset(["ms", "millis", "milliseconds", "millisekunden"]),
    "minutes": frozenset(["min", "minutes", "minuten"]),
    "hours": frozenset(["h", "hours", "stunden"]),
}
"""Words of a name that tell in which unit durations are."""

MISSING_WORDS: frozenset[str] = frozenset(SUSPICIOUS) - {
    "-1", "-9", "-99", "-999", "-9999", "99", "999", "9999", "99999",
} | frozenset(
    ["nicht angegeben", "ohne angabe", "undisclosed", "do_not_wish_to_say",
     "prefer not to say", "weiß nicht", "weiss nicht", "don't know", "not available"]
)  # fmt: skip
"""Tokens that usually stand for "not known", in lower case; numbers are judged by the others."""

SEXES: Mapping[str, frozenset[str]] = {
    "female": frozenset([
        "f", "female", "w", "weiblich", "frau", "frauen", "woman", "women", "weibl.", "fem",
        "mrs", "ms",
    ]),
    "male": frozenset([
        "m", "male", "männlich", "maennlich", "mann", "männer", "man", "men", "männl.", "herr",
        "mr",
    ]),
}  # fmt: skip
"""Values that stand for a sex, in lower case."""

OTHER_SEXES = frozenset([
    "d", "divers", "diverse", "other", "x", "nonbinary", "non-binary", "andere", "anderes",
    "inter",
])  # fmt: skip
"""Values beside them that stand for neither."""

AFFIRMED = frozenset(["yes", "y", "ja", "j", "true", "wahr", "1"])
"""Values that say "yes"."""

GIVEN = AFFIRMED | frozenset([
    "given", "granted", "erteilt", "accepted", "agreed", "zugestimmt", "eingewilligt", "opt-in",
    "optin", "consented", "vorhanden", "liegt_vor",
])  # fmt: skip
"""Statuses of a consent that was given."""

POSITIVE = AFFIRMED | frozenset([
    "positive", "positiv", "success", "erfolg", "approved", "bewilligt",
])  # fmt: skip
"""Values of a label that say "yes"."""

WITHDRAWN = frozenset(["withdrawn", "revoked", "widerrufen", "zurückgezogen", "zurueckgezogen"])
"""Statuses of a consent that was withdrawn."""

SPLITS = frozenset([
    "train", "training", "test", "testing", "dev", "development", "valid", "validation", "val",
    "eval", "evaluation", "holdout",
])  # fmt: skip
"""Names of splits."""

LANGUAGES = frozenset([
    "de", "en", "fr", "tr", "es", "it", "pl", "ru", "ar", "uk", "nl", "pt", "cs", "ro", "sq",
    "hr", "sr", "el", "fa", "da", "sv", "de-de", "de-at", "de-ch", "en-us", "en-gb", "deutsch",
    "english", "englisch", "german", "türkisch", "turkish", "french", "französisch",
])  # fmt: skip
"""Codes and names of languages."""
