"""Whether a question applies to a feature: a closed set of operators, evaluated three-valued.

Nothing in a pack is ever executed. A fact the team has not stated yet leaves the result unknown;
an unknown result counts as applying, so that no question disappears because a fact is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from impactbook.language import Language, phrases, say
from impactbook.model.feature import Feature
from impactbook.model.framework import Expression

Facts = Mapping[str, frozenset[str]]
"""Fact name -> the feature's values. An absent name is "not stated", an empty set "none"."""

DUTIES = "duties"
"""The fact that is not stated but found by triage: rules that apply or need a human answer."""

Truth = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Reason:
    """One fact that decided the result: the values asked for, and those stated (None: not yet)."""

    fact: str
    asked: frozenset[str]
    stated: frozenset[str] | None

    def say(self, language: Language) -> str:
        """The reason as one sentence, naming what the team said about the fact."""
        if self.fact == DUTIES:
            return self._say_duties(language)
        fact = say("frameworks", f"fact-{self.fact}", language)
        asked = _listed(self.asked, "or", language)
        if self.stated is None:
            return say("frameworks", "not-stated", language, fact=fact, asked=asked)
        key = "because" if self.asked & self.stated else "because-not"
        stated = _listed(self.stated, "and", language)
        return say("frameworks", key, language, fact=fact, asked=asked, stated=stated)

    def _say_duties(self, language: Language) -> str:
        """Of the many duties triage may find, only those the question is about."""
        if self.stated is None:
            asked = _listed(self.asked, "or", language)
            return say("frameworks", "duties-not-judged", language, asked=asked)
        found = self.asked & self.stated
        key = "duties-found" if found else "duties-not-found"
        joint: Literal["and", "or"] = "and" if found else "or"
        return say("frameworks", key, language, asked=_listed(found or self.asked, joint, language))


@dataclass(frozen=True)
class Applicability:
    """The result for one question: `truth`, and the facts that decided it.

    Without an expression the question is asked of every feature and there are no reasons.
    """

    truth: Truth
    reasons: tuple[Reason, ...] = ()

    @property
    def applies(self) -> bool:
        """True unless the stated facts rule the question out."""
        return self.truth != "no"

    def because(self, language: Language) -> list[str]:
        """Why, as sentences in this language; one sentence even where no fact decided."""
        if not self.reasons:
            return [say("frameworks", "always", language)]
        return [reason.say(language) for reason in self.reasons]


def applies(expression: Expression | None, facts: Facts) -> Applicability:
    """Evaluate an expression over the facts of a feature (Kleene's strong three-valued logic).

    A fact is "yes" when the feature's values and the values asked for share at least one, "no"
    when they share none, "unknown" when the fact is not stated. The reasons are the facts that
    decided: those of the parts that make an `any` true or an `all` false, otherwise of all parts
    that have the resulting truth.

    >>> voice = Expression.model_validate({"channels": ["voice"]})
    >>> applies(voice, {"channels": frozenset({"chat"})}).applies
    False
    >>> applies(voice, {}).truth
    'unknown'
    """
    if expression is None:
        return Applicability("yes")
    truth, reasons = _evaluate(expression, facts)
    return Applicability(truth, tuple(dict.fromkeys(reasons)))


def facts_of(feature: Feature) -> dict[str, frozenset[str]]:
    """The facts of a feature that questions may depend on; what is left out is not stated.

    Datasets are a list that grows: none declared at all means "not stated", not "has none".
    """
    found: dict[str, Iterable[str]] = {
        "channels": feature.channels,
        "acts_on": feature.acts_on,
        "automation": _one(feature.automation),
        "sourcing": _one(feature.sourcing),
        "stage": _one(feature.stage),
        "languages": feature.languages,
        "regions": feature.regions,
        "has": [
            *(["training-data"] if feature.datasets.training else []),
            *(["evaluation-data"] if feature.datasets.evaluation else []),
        ],
    }
    return {name: frozenset(values) for name, values in found.items() if values}


_NEGATED: Mapping[Truth, Truth] = {"yes": "no", "no": "yes", "unknown": "unknown"}


def _evaluate(expression: Expression, facts: Facts) -> tuple[Truth, list[Reason]]:
    """The truth of an expression and the facts that decided it."""
    if not expression.parts:
        reason = Reason(expression.operator, expression.values, facts.get(expression.operator))
        return _truth_of_fact(reason), [reason]
    results = [_evaluate(part, facts) for part in expression.parts]
    if expression.operator == "not":
        return _NEGATED[results[0][0]], results[0][1]
    truth = _joined(expression.operator, [result[0] for result in results])
    return truth, [reason for part, reasons in results if part == truth for reason in reasons]


def _truth_of_fact(reason: Reason) -> Truth:
    """Whether the values asked for and the values stated meet."""
    if reason.stated is None:
        return "unknown"
    return "yes" if reason.asked & reason.stated else "no"


def _joined(operator: str, truths: list[Truth]) -> Truth:
    """The truth of `all` or `any` over its parts; `all` is decided by a "no", `any` by a "yes"."""
    deciding: Truth = "no" if operator == "all" else "yes"
    if deciding in truths:
        return deciding
    return "unknown" if "unknown" in truths else _NEGATED[deciding]


def _one(value: str | None) -> tuple[str, ...]:
    """A single value as a collection; empty when it is not stated."""
    return () if value is None else (value,)


def _listed(values: frozenset[str], joint: Literal["and", "or"], language: Language) -> str:
    """Values in words, sorted by their id so that every run says the same."""
    if not values:
        return say("frameworks", "nothing", language)
    known = phrases("frameworks")
    names = [
        say("frameworks", f"value-{value}", language) if f"value-{value}" in known else value
        for value in sorted(values)
    ]
    *first, last = names
    return f"{', '.join(first)} {say('frameworks', joint, language)} {last}" if first else last
