"""What a team states about a feature so that its legal duties can be told (`feature.facts`).

Each fact is a closed choice, a list of choices (an empty list says "none") or yes and no. What
nobody has stated yet is `unknown`; it never counts as "no". Which duties follow stands as data in
the triage rules (`frameworks/rules`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from impactbook.model.base import Model

UNKNOWN = "unknown"

Input = Literal["text", "voice", "image", "records"]
"""What is analysed: words, the sound of the voice, pictures of people, data on file."""

Inference = Literal["emotion", "personality", "personal-traits"]
"""What is inferred about a person; `personal-traits` are age, sex, origin and the like."""

AnalysedSide = Literal["callers", "agents", "mixed", "none"]
"""Whose side of a conversation is analysed; `mixed` is one recording of both."""

EmotionGround = Literal["none", "medical", "safety", "training-only"]
VoicePrint = Literal["none", "verification", "identification"]
WorkerUse = Literal["monitoring", "evaluation", "task-allocation", "selection", "training"]
EssentialService = Literal[
    "public-benefits",
    "credit",
    "life-or-health-insurance",
    "emergency-calls",
    "fraud-detection",
]
Person = Literal["callers", "agents"]
Generated = Literal["text", "voice", "cloned-voice"]
Organisation = Literal["private", "public-body", "public-service-provider"]
PersonalData = Literal["ordinary", "special-categories", "criminal-offences", "children"]
Recording = Literal["none", "stored-audio", "live-transcription"]
Goal = Literal["service", "sales", "retention", "collections"]


@dataclass(frozen=True)
class _OrUnknown:
    """Lets people write `unknown`; it is the same as leaving the fact out."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Read `unknown` as nothing, before anything else is checked."""
        return core_schema.no_info_before_validator_function(_without_unknown, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Say the same in the JSON Schema."""
        choices = handler(schema).get("anyOf", [])
        return {"anyOf": [{"const": UNKNOWN}, *choices]}


def _without_unknown(value: Any) -> Any:
    return None if value == UNKNOWN else value


YesNo = Annotated[bool | None, _OrUnknown()]


class LegalFacts(Model):
    """The facts that decide which duties touch a feature; None is `unknown`.

    `input`, `infers`: what is analysed and inferred about people. `analysed_side`: whose voice;
    `agents_shown_excluded`: whether it is shown that agents' voices are not; `emotion_ground`: a
    medical or safety ground for inferring agents' emotions, or training without any effect on
    their employment. `worker_use`: what results about workers are used for. `essential_services`:
    what the feature decides on or prepares decisions on. `significant_effect`: whether a result
    has legal or similarly serious effects on a person. `older_generator`: whether what generates
    was on the market before 2 August 2026. `special_category_tests`: whether bias is tested with
    special categories of data. `consumers`: whether consumers are served.
    """

    input: Annotated[tuple[Input, ...] | None, _OrUnknown()] = None
    infers: Annotated[tuple[Inference, ...] | None, _OrUnknown()] = None
    analysed_side: Annotated[AnalysedSide | None, _OrUnknown()] = None
    agents_shown_excluded: YesNo = None
    emotion_ground: Annotated[EmotionGround | None, _OrUnknown()] = None
    voiceprint: Annotated[VoicePrint | None, _OrUnknown()] = None
    worker_use: Annotated[tuple[WorkerUse, ...] | None, _OrUnknown()] = None
    essential_services: Annotated[tuple[EssentialService, ...] | None, _OrUnknown()] = None
    significant_effect: YesNo = None
    profiling: YesNo = None
    converses_with: Annotated[tuple[Person, ...] | None, _OrUnknown()] = None
    goals: Annotated[tuple[Goal, ...] | None, _OrUnknown()] = None
    generates: Annotated[tuple[Generated, ...] | None, _OrUnknown()] = None
    older_generator: YesNo = None
    organisation: Annotated[Organisation | None, _OrUnknown()] = None
    personal_data: Annotated[tuple[PersonalData, ...] | None, _OrUnknown()] = None
    special_category_tests: YesNo = None
    recording: Annotated[Recording | None, _OrUnknown()] = None
    marketing_calls: YesNo = None
    stores_on_device: YesNo = None
    works_council: YesNo = None
    consumers: YesNo = None


YES_NO = ("yes", "no")
"""What a rule compares a fact with that is true or false."""

LEGAL_FACT_VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "input": get_args(Input),
        "infers": get_args(Inference),
        "analysed_side": get_args(AnalysedSide),
        "agents_shown_excluded": YES_NO,
        "emotion_ground": get_args(EmotionGround),
        "voiceprint": get_args(VoicePrint),
        "worker_use": get_args(WorkerUse),
        "essential_services": get_args(EssentialService),
        "significant_effect": YES_NO,
        "profiling": YES_NO,
        "converses_with": get_args(Person),
        "goals": get_args(Goal),
        "generates": get_args(Generated),
        "older_generator": YES_NO,
        "organisation": get_args(Organisation),
        "personal_data": get_args(PersonalData),
        "special_category_tests": YES_NO,
        "recording": get_args(Recording),
        "marketing_calls": YES_NO,
        "stores_on_device": YES_NO,
        "works_council": YES_NO,
        "consumers": YES_NO,
    }
)
"""Every legal fact and the values that a rule may compare it with."""

LISTS: frozenset[str] = frozenset(
    [
        "input",
        "infers",
        "worker_use",
        "essential_services",
        "converses_with",
        "goals",
        "generates",
        "personal_data",
    ]
)
"""The facts that may hold several values; an empty list says "none"."""


def stated_values(facts: LegalFacts) -> dict[str, frozenset[str]]:
    """The facts that are stated, as sets of values; an absent name is "not stated".

    >>> stated_values(LegalFacts(infers=(), profiling=True))
    {'infers': frozenset(), 'profiling': frozenset({'yes'})}
    """
    return {
        name: _as_values(getattr(facts, name))
        for name in LEGAL_FACT_VALUES
        if getattr(facts, name) is not None
    }


def _as_values(value: Any) -> frozenset[str]:
    if isinstance(value, bool):
        return frozenset(["yes" if value else "no"])
    return frozenset([value] if isinstance(value, str) else value)
