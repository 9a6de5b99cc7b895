"""What a question pack is: groups, answer scales, questions, and when a question applies.

A pack is data, written as YAML and read by `frameworks.loader`; nothing here knows one particular
pack. When a question applies is said in a closed set of operators over the facts of a feature;
`frameworks.applicability` evaluates them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic_core import core_schema

from impactbook.model.base import Identifier, Model, Text, Translated
from impactbook.model.feature import (
    ActsOn,
    Automation,
    Channel,
    LanguageTag,
    Region,
    Sourcing,
    Stage,
)
from impactbook.model.questionnaire import Imported, Questionnaire
from impactbook.model.scoring import Scoring

FRAMEWORK_SCHEMA = "impactbook/framework/1"

Confidence = Literal["H", "M", "L"]
"""How sure we are of a fact: H read in or next to its source; M and L are still to be confirmed."""

Effect = Literal["none", "informs", "conditions", "blocks"]
"""What an answer does to the gate: nothing, a remark, a condition, or it blocks."""

UnansweredEffect = Literal["informs", "conditions", "blocks"]

Role = Literal[
    "owner",
    "data-protection-officer",
    "works-council",
    "oversight",
    "complaint-handling",
    "assessor",
]
"""Who of the named people should answer a question."""

LegalStatus = Literal["in-force", "not-yet-applicable", "draft", "disputed"]

Reference = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}(:[^\s:][^:]{0,99})?$")
]
"""A bullet of the pack (`privacy-consent`) or a place elsewhere (`ai-act:26(7)`)."""

ForeignReference = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}:[^\s:][^:]{0,99}$")
]
"""A place in a law or standard: `ai-act:26(7)`."""

SemanticVersion = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
WebAddress = Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=500)]

DataAtHand = Literal["training-data", "evaluation-data"]

MAX_DEPTH = 8


@dataclass(frozen=True)
class NotEmpty:
    """Marks a list or mapping that must hold something.

    Unlike a minimum length it stays silent while an item within is wrong, so that one mistake
    gives one sentence.
    """

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Check after the items have been checked."""
        return core_schema.no_info_after_validator_function(_refuse_empty, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Say the same in the JSON Schema."""
        written = handler(schema)
        keyword = "minItems" if written.get("type") == "array" else "minProperties"
        return {**written, keyword: 1}


def _refuse_empty(value: Any) -> Any:
    if not value:
        raise ValueError("is empty; give at least one")
    return value


def _exactly_one_property(schema: dict[str, Any]) -> None:
    """Say in the JSON Schema what the validator demands: one key, no null."""
    schema["minProperties"] = schema["maxProperties"] = 1
    for name, keyword in list(schema["properties"].items()):
        choices = [choice for choice in keyword["anyOf"] if choice.get("type") != "null"]
        schema["properties"][name] = choices[0]


def _absent(value: object) -> bool:
    """Whether a part that came to the format later is not used: older packs keep their digests."""
    return not value


class Expression(Model):
    """When a question applies: one operator (`all`, `any`, `not`) or one fact with its values.

    A fact holds when the feature's values for it and the values named here share at least one.
    Exactly one key is given; facts are joined with `all` or `any`, so that nobody has to guess.
    `duties` asks whether triage found one of these rules to touch the feature, or left it open.

    >>> Expression.model_validate({"not": {"channels": ["voice"]}}).operator
    'not'
    """

    model_config = ConfigDict(json_schema_extra=_exactly_one_property)

    all: Annotated[tuple[Expression, ...], NotEmpty()] | None = None
    any: Annotated[tuple[Expression, ...], NotEmpty()] | None = None
    not_: Expression | None = Field(default=None, alias="not")
    channels: Annotated[tuple[Channel, ...], NotEmpty()] | None = None
    acts_on: Annotated[tuple[ActsOn, ...], NotEmpty()] | None = None
    automation: Annotated[tuple[Automation, ...], NotEmpty()] | None = None
    sourcing: Annotated[tuple[Sourcing, ...], NotEmpty()] | None = None
    stage: Annotated[tuple[Stage, ...], NotEmpty()] | None = None
    languages: Annotated[tuple[LanguageTag, ...], NotEmpty()] | None = None
    regions: Annotated[tuple[Region, ...], NotEmpty()] | None = None
    has: Annotated[tuple[DataAtHand, ...], NotEmpty()] | None = None
    duties: Annotated[tuple[Identifier, ...], NotEmpty()] | None = Field(
        default=None, exclude_if=_absent
    )

    @model_validator(mode="after")
    def _has_one_key(self) -> Expression:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"holds {len(given)} keys instead of one; join several with `all` or `any`"
            )
        if self.depth > MAX_DEPTH:
            raise ValueError(f"is nested deeper than {MAX_DEPTH} levels; make it simpler")
        return self

    @property
    def operator(self) -> str:
        """The one key that is given, as written in the file."""
        name = next(n for n in type(self).model_fields if getattr(self, n) is not None)
        return "not" if name == "not_" else name

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The expressions that the operator joins; empty for a fact."""
        return self.all or self.any or ((self.not_,) if self.not_ is not None else ())

    @property
    def values(self) -> frozenset[str]:
        """The values a fact is compared with; empty for an operator."""
        return frozenset() if self.parts else frozenset(getattr(self, self.operator))

    @property
    def depth(self) -> int:
        """How many levels of keys there are; a single fact has one."""
        return 1 + max((part.depth for part in self.parts), default=0)


FACT_NAMES: tuple[str, ...] = tuple(
    name for name in Expression.model_fields if name not in ("all", "any", "not_")
)
"""The facts of a feature that an expression may ask for."""


class Source(Model):
    """Where a statement comes from, and how sure we are of it."""

    id: Identifier
    title: Text
    citation: Text
    url: WebAddress | None = None
    confidence: Confidence


class Group(Model):
    """A principle, a strategy or a set of legal duties that questions belong to, and its aim."""

    id: Identifier
    kind: Literal["principle", "strategy", "duty"]
    title: Translated
    aim: Translated


class Option(Model):
    """One possible answer: its label, what it means exactly, and what it does to the gate."""

    id: Identifier
    label: Translated
    meaning: Translated
    effect: Effect


class Bullet(Model):
    """One demand of the text behind the pack, in our own words; `result` marks a stated outcome."""

    id: Identifier
    group: Identifier
    text: Translated
    result: bool = False


class LegalNote(Model):
    """What the law asks here; with confidence M or L it is shown as still to be confirmed."""

    text: Translated
    sources: Annotated[tuple[Identifier, ...], NotEmpty()]
    confidence: Confidence
    status: LegalStatus = "in-force"
    applies_from: dt.date | None = None


class Question(Model):
    """One question, why it matters in a contact centre, what proves an answer, and an example.

    Without `applies` it is asked of every feature. `effect_unanswered` is what leaving it open
    does to the gate; what an answer does stands with the option chosen.
    """

    id: Identifier
    group: Identifier
    title: Translated
    question: Translated
    why: Translated
    good_evidence: Translated
    example: Translated
    scale: Identifier
    applies: Expression | None = None
    covers: Annotated[tuple[Reference, ...], NotEmpty()]
    sources: Annotated[tuple[Identifier, ...], NotEmpty()]
    effect_unanswered: UnansweredEffect
    asks: Annotated[tuple[Role, ...], NotEmpty()]
    legal_note: LegalNote | None = None


class Provision(Model):
    """One article or rule of the framework: what the record shows as answered, evidenced or open.

    Questions of the pack serve it by naming it under `covers`. `served_by` names questions of other
    packs that ask the same: their one answer serves here too, so nobody answers twice. With
    confidence M or L the provision is shown as still to be confirmed.
    """

    id: ForeignReference
    group: Identifier
    title: Translated
    sources: Annotated[tuple[Identifier, ...], NotEmpty()]
    confidence: Confidence
    status: LegalStatus = "in-force"
    applies_from: dt.date | None = None
    served_by: tuple[Identifier, ...] = ()


class Change(Model):
    """What one version of a pack changed."""

    version: SemanticVersion
    date: dt.date
    text: Text


class Pack(Model):
    """A question pack as its YAML file states it; references between its parts are checked on load.

    `as_of` is the day up to which its sources were looked at; `provisions` are the articles whose
    coverage the record shows. A pack asks `questions` of its own,
    or holds the `questionnaire` of others with how it was `imported` and how it is scored.
    """

    schema_: Literal["impactbook/framework/1"] = Field(alias="schema")
    id: Identifier
    version: SemanticVersion
    as_of: dt.date
    title: Translated
    description: Translated
    sources: Annotated[tuple[Source, ...], NotEmpty()]
    groups: Annotated[tuple[Group, ...], NotEmpty()] = ()
    scales: Annotated[dict[Identifier, tuple[Option, ...]], NotEmpty()] = {}
    bullets: tuple[Bullet, ...] = ()
    provisions: tuple[Provision, ...] = Field(default=(), exclude_if=_absent)
    questions: Annotated[tuple[Question, ...], NotEmpty()] = ()
    imported: Imported | None = None
    questionnaire: Questionnaire | None = None
    scoring: Scoring | None = None
    changelog: tuple[Change, ...] = ()

    @model_validator(mode="after")
    def _asks_something(self) -> Pack:
        if not self.questions and self.questionnaire is None:
            raise ValueError("asks nothing; give `questions` or a `questionnaire`")
        for part in ("groups", "scales"):
            if self.questions and not getattr(self, part):
                raise ValueError(f"has `questions` but no `{part}`; give at least one")
        if self.scoring is not None and self.questionnaire is None:
            raise ValueError("has a scoring but no `questionnaire`; remove it or give one")
        return self

    def question(self, id: str) -> Question:
        """The question with this id; a KeyError when the pack has none."""
        for question in self.questions:
            if question.id == id:
                return question
        raise KeyError(id)

    def options(self, question: Question) -> tuple[Option, ...]:
        """The possible answers to one of this pack's questions."""
        return self.scales[question.scale]
