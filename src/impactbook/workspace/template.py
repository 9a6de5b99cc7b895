"""Templates of contact-centre features: who is typically affected, how, and what is done about it.

Each kind of feature is one YAML file in `templates/`; groups of people and facts from law and
research, which several of them share, stand once in `_groups.yaml` and `_facts.yaml`. Whoever adds
a template writes such a file and names it in `TEMPLATES`; no code changes. How a template becomes a
commented `assessment.yaml` stands in `scaffold`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal, TypeVar, cast

from pydantic import Field

from impactbook.errors import InputError
from impactbook.language import Language
from impactbook.model.base import Identifier, Model, Prose
from impactbook.model.feature import ActsOn, Automation, Channel
from impactbook.model.legal_facts import LegalFacts
from impactbook.workspace.reading import nearest, parse, read_yaml

TEMPLATES: tuple[str, ...] = (
    "voicebot",
    "chatbot",
    "call-routing",
    "agent-assist",
    "quality-scoring",
    "sentiment",
    "outbound-scoring",
    "speech-analytics",
)
"""The names that `impactbook new --template` knows, as they are listed to a person."""

NEUTRAL = "neutral"
"""The template behind a scaffold for which no template was chosen."""

_M = TypeVar("_M", bound=Model)


class Both(Model):
    """A text in both languages; neither may be missing."""

    de: Prose
    en: Prose

    def text(self, language: Language) -> str:
        """The text in one language, on one line."""
        return " ".join((self.de if language == "de" else self.en).split())


class Fact(Model):
    """Something a law, an authority or a study says, in our own words, and how sure we are of it.

    `confidence` is H for read in or next to the source; M and L are printed as to be confirmed.
    """

    id: Identifier
    text: Both
    citation: Both
    confidence: Literal["H", "M", "L"]

    def sentence(self, language: Language) -> str:
        """What the source says, followed by the source in brackets."""
        doubt = {"de": "; noch zu bestätigen", "en": "; to be confirmed"}[language]
        mark = "" if self.confidence == "H" else doubt
        return f"{self.text.text(language)} ({self.citation.text(language)}{mark})"


class Group(Model):
    """People with an interest in the feature; `vulnerable_because` gives the documented reason."""

    id: Identifier
    name: Both
    description: Both
    affected: bool = True
    vulnerable_because: Both | None = None


class TypicalImpact(Model):
    """A way in which features of this kind are known to harm people; it carries no rating.

    `facts` names what is documented about it.
    """

    id: Identifier
    title: Both
    affects: tuple[Identifier, ...] = Field(min_length=1)
    interest: Both
    mechanism: Both
    facts: tuple[Identifier, ...] = ()


class ProposedSafeguard(Model):
    """A measure worth discussing; `owner` is the role it would usually fall to."""

    id: Identifier
    title: Both
    reduces: tuple[Identifier, ...] = Field(min_length=1)
    owner: Identifier


class Template(Model):
    """All that is typical of one kind of feature.

    `purpose`, `how_it_works` and `out_of_scope` are examples that a person replaces; `watch` names
    the facts of law that decide early whether the feature may be built at all. `stated` holds the
    facts that the kind of feature implies; the rest stays unknown.
    """

    schema_: Literal["impactbook/template/1"] = Field(alias="schema")
    id: Identifier
    title: Both
    description: Both
    purpose: Both
    how_it_works: Both
    out_of_scope: Both
    channels: tuple[Channel, ...] = ()
    acts_on: tuple[ActsOn, ...] = ()
    automation: Automation | None = None
    stated: LegalFacts = LegalFacts()
    watch: tuple[Identifier, ...] = ()
    groups: tuple[Identifier, ...] = Field(min_length=1)
    impacts: tuple[TypicalImpact, ...] = Field(min_length=1)
    safeguards: tuple[ProposedSafeguard, ...] = Field(min_length=1)


class Groups(Model):
    """The file of groups that templates choose from."""

    schema_: Literal["impactbook/template-groups/1"] = Field(alias="schema")
    groups: tuple[Group, ...]


class Facts(Model):
    """The file of facts that templates cite; `as_of` is the day up to which sources were read."""

    schema_: Literal["impactbook/template-facts/1"] = Field(alias="schema")
    as_of: dt.date
    facts: tuple[Fact, ...]


def template(name: str | None) -> Template:
    """The template of this name, or the neutral one; an unknown name is an `InputError`."""
    if name is not None and name not in TEMPLATES:
        raise InputError(
            f"there is no template {name!r}",
            remedy=nearest(name, list(TEMPLATES)),
            field="template",
        )
    return _load(Template, name or NEUTRAL)


def groups_of(chosen: Template) -> tuple[Group, ...]:
    """The people typically affected by this kind of feature, in the template's order."""
    known = {group.id: group for group in _load(Groups, "_groups").groups}
    return tuple(known[id] for id in chosen.groups)


def facts_named(ids: Iterable[str]) -> tuple[Fact, ...]:
    """The facts with these ids, in the order asked for."""
    known = {fact.id: fact for fact in _load(Facts, "_facts").facts}
    return tuple(known[id] for id in ids)


def facts_as_of() -> dt.date:
    """The day up to which the sources of the facts were looked at."""
    return _load(Facts, "_facts").as_of


def _load(model: type[_M], name: str) -> _M:
    return cast(_M, _read(model, name))


@cache
def _read(model: type[Model], name: str) -> Model:
    path = files("impactbook.workspace").joinpath("templates", f"{name}.yaml")
    data, lines = read_yaml(path.read_bytes(), f"templates/{name}.yaml")
    return parse(model, data, f"templates/{name}.yaml", lines)
