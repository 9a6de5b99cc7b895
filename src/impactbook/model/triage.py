"""Triage rules and what people answer to them: which duties touch a feature, and when.

A rule is data, written as YAML; its conditions are a closed set of operators over the feature's
facts, so nothing in a file is ever executed. `frameworks.triage` evaluates them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from impactbook.model.base import Identifier, Model, Text, Translated
from impactbook.model.feature import ActsOn, Automation, Channel, Sourcing, Stage
from impactbook.model.framework import (
    MAX_DEPTH,
    Change,
    Confidence,
    DataAtHand,
    LegalStatus,
    NotEmpty,
    SemanticVersion,
    WebAddress,
)
from impactbook.model.legal_facts import LEGAL_FACT_VALUES

TRIAGE_SCHEMA = "impactbook/triage-rules/1"

EU, EEA = "EU", "EEA"

FACT_VALUES: Mapping[str, tuple[str, ...] | None] = MappingProxyType(
    {
        "channels": get_args(Channel),
        "acts_on": get_args(ActsOn),
        "automation": get_args(Automation),
        "sourcing": get_args(Sourcing),
        "stage": get_args(Stage),
        "has": get_args(DataAtHand),
        "regions": None,
        **LEGAL_FACT_VALUES,
    }
)
"""Every fact a condition may ask for, with its values.

`regions` is open (None): a country's code, and `EU` or `EEA` for any of their members.
"""

Addressee = Literal["provider", "deployer", "employer", "controller", "everyone"]
RuleOutcome = Literal["applies", "needs_human_answer", "prohibited"]
Confirmed = Literal["applies", "prohibited"]


class Condition(Model):
    """A statement about the feature's facts, true, false or not known yet.

    One of `all`, `any`, `not`, `unknown` (the fact is not stated), or a `fact` with `is` one value
    or `any_of` several: it holds when the feature's values include one of them.

    >>> Condition.model_validate({"fact": "infers", "is": "emotion"}).asked
    frozenset({'emotion'})
    """

    all: Annotated[tuple[Condition, ...], NotEmpty()] | None = None
    any: Annotated[tuple[Condition, ...], NotEmpty()] | None = None
    not_: Condition | None = Field(default=None, alias="not")
    unknown: str | None = None
    fact: str | None = None
    is_: str | None = Field(default=None, alias="is")
    any_of: Annotated[tuple[str, ...], NotEmpty()] | None = None

    @model_validator(mode="after")
    def _is_one_statement(self) -> Condition:
        given = [self.all, self.any, self.not_, self.unknown, self.fact]
        if sum(one is not None for one in given) != 1:
            raise ValueError("holds not exactly one of `all`, `any`, `not`, `unknown`, `fact`")
        if (self.fact is not None) != ((self.is_ is None) != (self.any_of is None)):
            raise ValueError("needs a `fact` together with either `is` or `any_of`")
        if self.depth > MAX_DEPTH:
            raise ValueError(f"is nested deeper than {MAX_DEPTH} levels; make it simpler")
        name = self.fact or self.unknown
        if name is not None:
            _check_fact(name, self.asked)
        return self

    @property
    def asked(self) -> frozenset[str]:
        """The values the fact is compared with; empty where no value is asked for."""
        one = () if self.is_ is None else (self.is_,)
        return frozenset((*one, *(self.any_of or ())))

    @property
    def parts(self) -> tuple[Condition, ...]:
        """The statements that `all`, `any` or `not` join."""
        return self.all or self.any or ((self.not_,) if self.not_ is not None else ())

    @property
    def depth(self) -> int:
        """How many levels there are; a single fact has one."""
        return 1 + max((part.depth for part in self.parts), default=0)


def _check_fact(name: str, asked: frozenset[str]) -> None:
    """Stop at a fact or value that no feature can have: the rule could never hold."""
    if name not in FACT_VALUES:
        raise ValueError(f"asks for the fact {name!r}; there are {', '.join(FACT_VALUES)}")
    known = FACT_VALUES[name]
    wrong = sorted(asked - set(known)) if known is not None else []
    if wrong:
        raise ValueError(f"{name} cannot be {wrong[0]!r}; it is one of {', '.join(known or ())}")


class Unless(Model):
    """A case in which a rule that holds does not decide alone: a person answers the question."""

    when: Condition
    question: Translated


class Note(Model):
    """A remark that is shown while `when` holds; `open` marks a point that is still to be shown.

    An open point is also shown while its condition is not known.
    """

    when: Condition | None = None
    open: bool = False
    text: Translated


class Later(Model):
    """Another first day for features of which `when` holds for certain."""

    when: Condition
    applies_from: dt.date


class Rule(Model):
    """One duty or prohibition, when it touches a feature, and since when.

    It touches a feature when `when` holds and, where `follows` names rules of the same file, one
    of those does. `outcome` is what follows then; `unless` gives it to a person instead. What a
    person confirms becomes `confirmed`. `because` says what the law asks, in our own words;
    `otherwise` what a reader should know where it does not apply. `status` is that of `as_of`.
    """

    id: Identifier
    article: Translated
    title: Translated
    who: Annotated[tuple[Addressee, ...], NotEmpty()]
    when: Condition | None = None
    follows: tuple[Identifier, ...] = ()
    outcome: RuleOutcome = "applies"
    question: Translated | None = None
    unless: Unless | None = None
    confirmed: Confirmed = "applies"
    because: Translated
    otherwise: Translated | None = None
    notes: tuple[Note, ...] = ()
    applies_from: dt.date | None = None
    later: Later | None = None
    status: LegalStatus = "in-force"
    confidence: Confidence
    source: WebAddress

    @model_validator(mode="after")
    def _asks_where_it_must(self) -> Rule:
        if (self.outcome == "needs_human_answer") != (self.question is not None):
            raise ValueError("needs a `question` exactly where `outcome` is needs_human_answer")
        texts = [self.article, self.title, self.because, self.question, self.otherwise]
        texts += [self.unless.question if self.unless else None, *(n.text for n in self.notes)]
        if not all(text.de and text.en for text in texts if text is not None):
            raise ValueError("holds a text in one language only; give `de` and `en`")
        return self


class RuleSet(Model):
    """The rules of one framework; `scope` is a condition that all of them share."""

    schema_: Literal["impactbook/triage-rules/1"] = Field(alias="schema")
    id: Identifier
    version: SemanticVersion
    as_of: dt.date
    title: Translated
    scope: Condition
    rules: Annotated[tuple[Rule, ...], NotEmpty()]
    changelog: tuple[Change, ...] = ()

    @model_validator(mode="after")
    def _refers_to_itself(self) -> RuleSet:
        seen: set[str] = set()
        for rule in self.rules:
            unknown = [id for id in rule.follows if id not in seen]
            if unknown:
                raise ValueError(f"rule {rule.id!r} follows {unknown[0]!r}, no rule above it")
            if rule.id in seen:
                raise ValueError(f"the rule {rule.id!r} stands twice")
            seen.add(rule.id)
        return self


class TriageAnswer(Model):
    """What a person answered to a triage rule that asks one, why, in which role, and when."""

    applies: bool
    because: Text
    by: Identifier
    on: dt.date
