"""Values, fields and things of `model.changes` as people call them: labels, dates, names behind ids.

Names come from the newer record; a thing that is no longer in it keeps the title it had, or its id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from impactbook.language import language_name, phrases, region_name, say
from impactbook.model.changes import FieldChange, ItemChange
from impactbook.render.blocks import Run
from impactbook.render.record.findings import problem
from impactbook.render.record.parts import Cell, cell
from impactbook.render.record.view import RecordView
from impactbook.render.sentences import say_or

AREA = "diff"
LONGEST = 240
"""Characters of a text that are shown; the whole of it stands in the two records."""

_LABELS = {
    "severity": "severity",
    "severity_after": "severity",
    "likelihood": "likelihood",
    "likelihood_after": "likelihood",
    "inherent": "level",
    "residual": "level",
    "outcome": "outcome",
    "status": "gate",
    "state": "state",
    "reversibility": "reversibility",
    "scale": "scale",
    "automation": "automation",
    "sourcing": "sourcing",
    "stage": "stage",
    "channels": "channel",
    "acts_on": "acts_on",
    "purpose": "purpose",
}
_LEGAL = "facts."
_DATES = ("on", "due", "next_review", "go_live")
_ROLES = ("owner", "by", "decided_by")
_DIGESTS = ("fingerprint", "declaration", "sha256")
_NAMED: Mapping[str, Callable[[RecordView, str], str]] = {
    **dict.fromkeys(_LABELS, lambda view, value: value),
    **dict.fromkeys(_DATES, lambda view, value: view.date(value)),
    **dict.fromkeys(_ROLES, lambda view, value: view.role(value)),
    **dict.fromkeys(_DIGESTS, lambda view, value: f"{value[:12]}…"),
    "affects": lambda view, value: view.who(value),
    "reduces": lambda view, value: view.title(view.impacts, value),
    "datasets.training": lambda view, value: view.title(view.datasets, value),
    "datasets.evaluation": lambda view, value: view.title(view.datasets, value),
    "verdict": lambda view, value: say_or("figures", f"verdict-{value}", view.language, value),
    "problem": lambda view, value: problem(view, value),
    "unit": lambda view, value: say_or("figures", f"{value}s", view.language, value),
    "language": lambda view, value: language_name(value, view.language),
    "languages": lambda view, value: language_name(value, view.language),
    "regions": lambda view, value: region_name(value, view.language),
    "applies": lambda view, value: say_or(AREA, f"applies-{value}", view.language, value),
}


def told(view: RecordView, key: str, **values: object) -> str:
    """A phrase about changes in the view's language."""
    return say(AREA, key, view.language, **values)


def field_name(view: RecordView, field: str) -> str:
    """How a field is called; an unknown one keeps its own name."""
    if field.startswith(_LEGAL):
        name = field.removeprefix(_LEGAL)
        return say_or("triage", f"fact-{name}", view.language, name)
    return say_or(AREA, f"field-{field}", view.language, field)


def value_cell(view: RecordView, field: str, value: Any, label: Any = None) -> Cell:
    """A field's value as runs: its label where a pack gives one, a text in its language, a name."""
    if label is not None:
        return view.text(_plain_mapping(label))
    if isinstance(value, Mapping):
        return view.text(_shortened(value)) if set(value) <= {"de", "en"} else cell(_code(value))
    if isinstance(value, list | tuple):
        return cell(shorten(view.listed([_word(view, field, item) for item in value]))) or cell("–")
    return cell(shorten(_word(view, field, value)))


def thing_name(view: RecordView, change: ItemChange) -> Cell:
    """What a change is about: its title, and for what belongs to something else also what it is."""
    name = _titled(view, change)
    first, *others = change.id.split("/")
    if change.part == "rating" and others:
        words = {"thing": name, "who": cell(view.who(others[0].partition("#")[0]))}
        return view.sentence(AREA, "of-rater", words)
    if change.part == "involvement" and len(others) == 2:
        method = view.label("method", others[1].partition("#")[0])
        words = {"thing": name, "method": cell(method), "date": cell(view.date(others[0]))}
        return view.sentence(AREA, "of-occasion", words)
    if change.part == "check" and others:
        return view.sentence(
            AREA, "of-check", {"thing": name, "check": _check(view, first, others)}
        )
    return name


def _titled(view: RecordView, change: ItemChange) -> Cell:
    if change.part in ("role", "signoff"):
        return cell(view.role(change.id))
    if change.part != "feature" and change.title is not None:
        return view.text(_shortened(_plain_mapping(change.title)))
    key = f"thing-{change.part}"
    if key in phrases(AREA):
        return cell(told(view, key))
    return [Run(change.id, code=True)]


def _check(view: RecordView, dataset: str, parts: list[str]) -> Cell:
    check, attribute = parts[0], "/".join(parts[1:])
    named = say_or("figures", f"check-{check}", view.language, check)
    where = view.labels(dataset).attribute(attribute) if attribute else ""
    return cell(f"{named} ({where})" if where else named)


def _word(view: RecordView, field: str, value: Any) -> str:
    """One plain value in words."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return view.say("yes" if value else "no")
    if isinstance(value, int | float):
        return view.number(value)
    if field in _LABELS:
        return view.label(_LABELS[field], value)
    if isinstance(value, str):
        name = _NAMED.get(field)
        return name(view, value) if name else value
    return _code(value)


def _code(value: Any) -> str:
    """A value of another kind, as it stands in the record."""
    return shorten(str(value))


def _plain_mapping(text: Any) -> Any:
    """A text with its languages as JSON, without the languages it is not written in."""
    found = text.model_dump() if hasattr(text, "model_dump") else dict(text)
    return {language: words for language, words in found.items() if words}


def _shortened(text: Mapping[str, Any]) -> dict[str, str]:
    return {language: shorten(str(words)) for language, words in text.items() if words}


def shorten(words: str) -> str:
    """A text on one line, cut between words where it is too long.

    >>> shorten("one  two"), len(shorten("word " * 100)) <= LONGEST + 2
    ('one two', True)
    """
    line = " ".join(words.split())
    if len(line) <= LONGEST:
        return line
    start = line[:LONGEST]
    return f"{start.rpartition(' ')[0] or start} …"


def fields_in_words(view: RecordView, fields: Sequence[FieldChange], side: str) -> Cell:
    """Several fields of a thing that is new or gone: "Severity: severe; likelihood: limited"."""
    runs: Cell = []
    for field in fields:
        value, label = getattr(field, side), getattr(field, f"{side}_label")
        if value in (None, "", [], {}):
            continue
        start = "; " if runs else ""
        runs.append(Run(f"{start}{field_name(view, field.field)}: "))
        runs += value_cell(view, field.field, value, label)
    return runs
