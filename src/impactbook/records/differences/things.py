"""The things a record speaks of, by part and id, each with the fields that are compared.

Internal fields (names of people, names of attachments) are not among them, nor is what follows
from other parts (actions, coverage, the gate's reasons). Texts are marked with their language, so
that two records written in different languages can be told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from impactbook.language import Language, phrases
from impactbook.model.changes import Part

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Thing:
    """One thing of a record: its name, its fields as JSON, and labels of closed choices in words."""

    id: str
    title: Any = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A record as the readers below see it; whatever is absent is empty."""

    record: Json

    @property
    def written_in(self) -> Language:
        """The language of plain texts that people wrote."""
        told = self.part("assessment").get("language") or self.record.get("language")
        return "en" if told == "en" else "de"

    def part(self, name: str) -> Json:
        """A top-level object."""
        found = self.record.get(name)
        return found if isinstance(found, Mapping) else {}

    def items(self, name: str) -> list[Json]:
        """A top-level list of objects."""
        return _objects(self.record.get(name))

    def written(self, name: str) -> list[Json]:
        """A list of objects of the assessment."""
        return _objects(self.part("assessment").get(name))

    def text(self, value: Any) -> Any:
        """A text with its language; nothing for no text."""
        return {self.written_in: value} if isinstance(value, str) and value else value or None

    def fields(self, thing: Json, plain: str, texts: str = "") -> dict[str, Any]:
        """Fields of a thing by name; those of `texts` are texts of people."""
        told = {name: thing.get(name) for name in plain.split()}
        return told | {name: self.text(thing.get(name)) for name in texts.split()}


Reader = Callable[[Source], Iterable[Thing]]


def _objects(value: Any) -> list[Json]:
    return [item for item in value or () if isinstance(item, Mapping)]


@dataclass(frozen=True)
class _Each:
    """A reader of things that lie in one list, each under its own id.

    `plain` and `texts` name the fields that are compared, `title` the one that people are shown.
    """

    items: Callable[[Source], Iterable[Json]]
    plain: str
    texts: str = ""
    title: str = ""
    id: str = "id"

    def __call__(self, source: Source) -> Iterator[Thing]:
        for one in self.items(source):
            told = source.fields(one, self.plain, self.texts)
            yield Thing(str(one.get(self.id)), source.text(one.get(self.title)), told)


def _gate(source: Source) -> Iterator[Thing]:
    yield Thing("gate", None, {"status": source.part("gate").get("status")})


def _decision(source: Source) -> Iterator[Thing]:
    taken = source.part("decision")
    yield Thing(
        "decision", None, source.fields(taken, "outcome on decided_by next_review", "reasons")
    )


def _levels(source: Source) -> Iterator[Thing]:
    for impact in source.items("impacts"):
        level = impact.get("level") or {}
        told = source.fields(level, "inherent residual")
        yield Thing(str(impact.get("id")), source.text(impact.get("title")), told)


def _ratings(source: Source) -> Iterator[Thing]:
    for impact in source.items("impacts"):
        for rating in _objects(impact.get("ratings")):
            after = rating.get("with_safeguards") or {}
            told = source.fields(rating, "severity likelihood people on", "reason")
            told["severity_after"] = after.get("severity")
            told["likelihood_after"] = after.get("likelihood")
            name = f"{impact.get('id')}/{rating.get('by')}"
            yield Thing(name, source.text(impact.get("title")), told)


def _questions_of(source: Source) -> Iterator[Json]:
    for pack in source.items("frameworks"):
        yield from _objects(pack.get("questions"))


def _answers(source: Source) -> Iterator[Thing]:
    asked = {str(question.get("id")): question for question in _questions_of(source)}
    answers = source.part("assessment").get("answers")
    for name, answer in (answers if isinstance(answers, Mapping) else {}).items():
        question = asked.get(name, {})
        chosen = question.get("answer") or {}
        known = chosen.get("value") == answer.get("value")
        yield Thing(
            name,
            question.get("title"),
            source.fields(answer, "value evidence by on", "rationale"),
            {"value": chosen.get("label")} if known else {},
        )


def _questions(source: Source) -> Iterator[Thing]:
    for one in _questions_of(source):
        yield Thing(str(one.get("id")), one.get("title"), source.fields(one, "applies"))


def _frameworks(source: Source) -> Iterator[Thing]:
    for one in source.items("frameworks"):
        yield Thing(str(one.get("id")), one.get("title"), source.fields(one, "version"))


def _triage(source: Source) -> Iterator[Thing]:
    """What each legal rule meant, with the result and the standing in words."""
    held = source.part("assessment").get("triage")
    for one in _objects(held.get("outcomes") if isinstance(held, Mapping) else None):
        title = {
            language: f"{one['article'].get(language)}: {words}"
            for language, words in one["title"].items()
        }
        told = {"result": one.get("result"), "standing": one.get("standing")}
        result = f"result-{one.get('result')}"
        yield Thing(str(one.get("id")), title, told, {"result": _in_words(result)})


def _in_words(key: str) -> dict[str, str] | None:
    """A phrase about triage in both languages; None for one that this version does not know."""
    known = phrases("triage").get(key)
    return None if known is None else dict(known)


def _involvement(source: Source) -> Iterator[Thing]:
    for group in source.items("stakeholders"):
        for one in _objects(group.get("involvement")):
            told = source.fields(one, "people", "said changed dissent")
            name = f"{group.get('id')}/{one.get('date')}/{one.get('method')}"
            yield Thing(name, source.text(group.get("name")), told)


def _findings(source: Source) -> Iterator[Thing]:
    for one in source.items("findings"):
        told = {name: one.get(name) for name in ("code", "effect", "subject", "values")}
        yield Thing(str(one.get("id")), None, {"finding": told})


def _checks(source: Source) -> Iterator[Thing]:
    for dataset in source.items("evidence"):
        for one in _objects(dataset.get("checks")):
            name = "/".join(
                str(part)
                for part in (dataset.get("dataset"), one.get("check"), one.get("attribute") or "")
            )
            told = source.fields(one, "verdict problem required")
            yield Thing(name, source.text(dataset.get("title")), told)


def _feature(source: Source) -> Iterator[Thing]:
    """The feature's facts; an object among them (volume, datasets) is taken apart."""
    told: dict[str, Any] = {}
    for name, value in source.part("feature").items():
        if name == "id":
            continue
        if isinstance(value, Mapping) and not set(value) <= {"de", "en"}:
            told |= {f"{name}.{key}": item for key, item in value.items()}
        else:
            told[name] = source.text(value) if name in _FEATURE_TEXTS else value
    title = source.text(source.part("feature").get("title"))
    labels = {
        name: _fact_in_words(name.removeprefix("facts."), value)
        for name, value in told.items()
        if name.startswith("facts.")
    }
    yield Thing(str(source.part("feature").get("id")), title, told, labels)


def _fact_in_words(name: str, value: Any) -> dict[str, str] | None:
    """A legal fact's values as people call them; None where nothing is stated."""
    if value is None:
        return None
    values = value if isinstance(value, list | tuple) else [value]
    keys = [_value_key(name, one) for one in values] or ["none"]
    told = [_in_words(key) for key in keys]
    if any(one is None for one in told):
        return None
    languages = told[0] or {}
    return {code: ", ".join((one or {})[code] for one in told) for code in languages}


def _value_key(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"value-{name}.{value}"


_FEATURE_TEXTS = ("title", "purpose", "how_it_works", "out_of_scope")


def _ballots(source: Source) -> Iterator[Thing]:
    """Ballots hold internal text, so only their number is compared."""
    yield Thing("ballots", None, {"count": len(source.record.get("ballots") or ())})


def _record(source: Source) -> Iterator[Thing]:
    yield Thing("record", None, {"language": source.record.get("language")})


def _versions(name: str) -> Reader:
    def read(source: Source) -> Iterator[Thing]:
        held = source.part("provenance").get(name)
        for key, value in (held if isinstance(held, Mapping) else {}).items():
            yield Thing(str(key), None, {"version": value})

    return read


READERS: Mapping[Part, Reader] = {
    "gate": _gate,
    "decision": _decision,
    "condition": _Each(
        lambda source: _objects(source.part("decision").get("conditions")),
        "due owner met",
        "text evidence",
        title="text",
    ),
    "finding": _findings,
    "level": _levels,
    "impact": _Each(
        lambda source: source.items("impacts"),
        "affects reversibility scale evidence",
        "title interest mechanism",
        title="title",
    ),
    "rating": _ratings,
    "safeguard": _Each(
        lambda source: source.written("safeguards"),
        "state owner due reduces",
        "title evidence",
        title="title",
    ),
    "answer": _answers,
    "question": _questions,
    "framework": _frameworks,
    "triage": _triage,
    "stakeholder": _Each(
        lambda source: source.items("stakeholders"),
        "affected vulnerable",
        "name description not_involved_because",
        title="name",
    ),
    "involvement": _involvement,
    "dataset": _Each(
        lambda source: source.items("evidence"),
        "fingerprint declaration rows persons unit purpose suppression_limit",
        title="title",
        id="dataset",
    ),
    "check": _checks,
    "feature": _feature,
    "role": _Each(
        lambda source: source.written("roles"),
        "",
        "title responsibility unit",
        title="title",
        id="role",
    ),
    "signoff": _Each(lambda source: source.written("signoffs"), "on stale", "remark", id="role"),
    "attachment": _Each(
        lambda source: source.items("attachments"), "sha256", "description", title="description"
    ),
    "ballots": _ballots,
    "record": _record,
    "notebook": _versions("notebooks"),
    "package": _versions("packages"),
}
"""How each part is read, in the order in which people are told."""


def things(record: Json, part: Part) -> dict[str, Thing]:
    """All things of one part by id, in the record's order; a second one of an id gets a number."""
    seen: Counter[str] = Counter()
    found = {}
    for thing in READERS[part](Source(record)):
        seen[thing.id] += 1
        name = thing.id if seen[thing.id] == 1 else f"{thing.id}#{seen[thing.id]}"
        found[name] = thing
    return found
