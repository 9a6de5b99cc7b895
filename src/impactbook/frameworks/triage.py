"""Triage: which rules touch a feature, which do not, and what a person has to answer.

Rules are data (`frameworks/rules`), conditions are evaluated three-valued: a fact that nobody has
stated leaves the result open and is named; it never makes a duty disappear. The result in words
stands in `frameworks.triage_words`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from impactbook.frameworks.applicability import Facts, Reason, Truth, facts_of
from impactbook.model.base import Translated
from impactbook.model.feature import Feature
from impactbook.model.framework import LegalStatus
from impactbook.model.legal_facts import LegalFacts, stated_values
from impactbook.model.triage import EEA, EU, Condition, Note, Rule, RuleSet, TriageAnswer

Result = Literal["applies", "does_not", "needs_human_answer", "prohibited"]

EU_COUNTRIES = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
    ]
)
EEA_COUNTRIES = EU_COUNTRIES | {"IS", "LI", "NO"}


@dataclass(frozen=True)
class Outcome:
    """What one rule means for a feature on a day.

    `reasons` are the stated facts that decided, `depends_on` the rules above that it follows.
    `missing` names facts that must be stated first; `question` is asked of a person and stays
    beside their `answer`. `status` and `since` are those of the day asked for.
    """

    framework: str
    framework_title: Translated
    rule: Rule
    result: Result
    status: LegalStatus
    since: dt.date | None
    reasons: tuple[Reason, ...] = ()
    depends_on: tuple[Rule, ...] = ()
    missing: tuple[str, ...] = ()
    question: Translated | None = None
    answer: TriageAnswer | None = None
    notes: tuple[Note, ...] = ()

    @property
    def open_points(self) -> tuple[Note, ...]:
        """What is still to be shown although the rule's result stands."""
        return tuple(note for note in self.notes if note.open)


def triage(
    feature: Feature,
    rules: Iterable[RuleSet],
    on: dt.date,
    *,
    answers: Mapping[str, TriageAnswer] | None = None,
) -> tuple[Outcome, ...]:
    """What every rule means for the feature on this day, in the order of the rules.

    An answer (by rule id, given on or before the day) settles a question that a rule leaves to a
    person; it settles neither a missing fact nor a rule that decides alone.
    """
    facts, given = triage_facts(feature), answers or {}
    found: list[Outcome] = []
    for rule_set in rules:
        decided: dict[str, Outcome] = {}
        for rule in rule_set.rules:
            decided[rule.id] = _outcome(rule_set, rule, facts, decided, on, given.get(rule.id))
        found += decided.values()
    return tuple(found)


def triage_facts(feature: Feature) -> dict[str, frozenset[str]]:
    """Every stated fact of a feature as a set of values; an absent name is "not stated".

    A region also stands for its country, and for `EU` and `EEA` where the country is a member.
    """
    facts = facts_of(feature)
    if "regions" in facts:
        countries = {region.partition("-")[0] for region in facts["regions"]}
        areas = {name for name, members in _AREAS.items() if countries & members}
        facts["regions"] = facts["regions"] | countries | areas
    return {**facts, **stated_values(feature.facts or LegalFacts())}


_AREAS: Mapping[str, frozenset[str]] = {EU: EU_COUNTRIES, EEA: EEA_COUNTRIES}


def evaluate(condition: Condition, facts: Facts) -> tuple[Truth, tuple[Reason, ...]]:
    """The truth of a condition (Kleene's strong three-valued logic) and the facts that decided it.

    `unknown` is the one operator that is never unknown itself: it holds while the fact is not
    stated.

    >>> evaluate(Condition(fact="infers", is_="emotion"), {})[0]
    'unknown'
    """
    if condition.unknown is not None:
        stated = facts.get(condition.unknown)
        reason = Reason(condition.unknown, frozenset(), stated)
        return ("yes" if stated is None else "no"), (reason,)
    if condition.fact is not None:
        reason = Reason(condition.fact, condition.asked, facts.get(condition.fact))
        return _met(reason), (reason,)
    results = [evaluate(part, facts) for part in condition.parts]
    if condition.not_ is not None:
        return _NEGATED[results[0][0]], results[0][1]
    truth = _joined([one[0] for one in results], deciding="no" if condition.all else "yes")
    decisive = (reason for part, reasons in results if part == truth for reason in reasons)
    return truth, tuple(dict.fromkeys(decisive))


_NEGATED: Mapping[Truth, Truth] = {"yes": "no", "no": "yes", "unknown": "unknown"}
_TRUTH_OF: Mapping[Result, Truth] = {
    "applies": "yes",
    "prohibited": "yes",
    "does_not": "no",
    "needs_human_answer": "unknown",
}


def _met(reason: Reason) -> Truth:
    if reason.stated is None:
        return "unknown"
    return "yes" if reason.asked & reason.stated else "no"


def _joined(truths: list[Truth], *, deciding: Truth) -> Truth:
    """`any` is decided by one "yes", `all` by one "no"; otherwise one "unknown" keeps it open."""
    if deciding in truths:
        return deciding
    return "unknown" if "unknown" in truths else _NEGATED[deciding]


def _outcome(
    rule_set: RuleSet,
    rule: Rule,
    facts: Facts,
    decided: Mapping[str, Outcome],
    on: dt.date,
    answer: TriageAnswer | None,
) -> Outcome:
    """One rule: first whether it holds, then what follows, then what a person said."""
    since = _first_day(rule, facts)
    found = Outcome(rule_set.id, rule_set.title, rule, "does_not", _status(rule, since, on), since)
    scope, when, followed = _conditions(rule_set, rule, facts, decided)
    truth = _joined([scope[0], when[0], followed[0]], deciding="no")
    told = [part for part in (scope, when) if part[0] == truth and (truth != "yes" or part is when)]
    found = replace(
        found,
        reasons=tuple(dict.fromkeys(reason for part in told for reason in part[1])),
        depends_on=followed[1] if followed[0] == truth else (),
    )
    if truth == "no":
        return found
    found = replace(found, notes=_notes(rule, facts))
    if truth == "unknown":
        return replace(found, result="needs_human_answer", missing=_missing(found.reasons))
    return _settled(_decided(found, facts), answer, on)


_Judged = tuple[Truth, tuple[Reason, ...]]


def _conditions(
    rule_set: RuleSet, rule: Rule, facts: Facts, decided: Mapping[str, Outcome]
) -> tuple[_Judged, _Judged, tuple[Truth, tuple[Rule, ...]]]:
    """The scope of the rules, the rule's own condition, and the rules it follows."""
    when: _Judged = ("yes", ()) if rule.when is None else evaluate(rule.when, facts)
    return evaluate(rule_set.scope, facts), when, _followed(rule, decided)


def _followed(rule: Rule, decided: Mapping[str, Outcome]) -> tuple[Truth, tuple[Rule, ...]]:
    """Whether one of the rules above holds that this one follows, and those that decided."""
    if not rule.follows:
        return "yes", ()
    above = [decided[name] for name in rule.follows]
    truth = _joined([_TRUTH_OF[one.result] for one in above], deciding="yes")
    return truth, tuple(one.rule for one in above if _TRUTH_OF[one.result] == truth)


def _decided(found: Outcome, facts: Facts) -> Outcome:
    """What follows from a rule that holds.

    Its exception gives it to a person. A prohibition stands while the exception's fact is not
    stated: nobody has claimed a ground. Any other rule is then open until the fact is.
    """
    rule = found.rule
    if rule.unless is not None:
        excepted, why = evaluate(rule.unless.when, facts)
        reasons = tuple(dict.fromkeys((*found.reasons, *why)))
        if excepted == "yes":
            asked = rule.unless.question
            return replace(found, result="needs_human_answer", question=asked, reasons=reasons)
        if excepted == "unknown" and rule.outcome != "prohibited":
            missing = _missing(why)
            return replace(found, result="needs_human_answer", missing=missing, reasons=reasons)
    return replace(found, result=rule.outcome, question=rule.question)


def _settled(found: Outcome, answer: TriageAnswer | None, on: dt.date) -> Outcome:
    """The outcome after a person's answer, where there was a question and the answer is not later."""
    if found.question is None or answer is None or answer.on > on:
        return found
    result: Result = found.rule.confirmed if answer.applies else "does_not"
    return replace(found, result=result, answer=answer)


def _missing(reasons: Iterable[Reason]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason.fact for reason in reasons if reason.stated is None))


def _notes(rule: Rule, facts: Facts) -> tuple[Note, ...]:
    """Remarks whose condition holds; an open point also while nobody has stated the fact."""
    shown = []
    for note in rule.notes:
        truth = "yes" if note.when is None else evaluate(note.when, facts)[0]
        if truth == "yes" or (note.open and truth == "unknown"):
            shown.append(note)
    return tuple(shown)


def _first_day(rule: Rule, facts: Facts) -> dt.date | None:
    """The day from which the rule applies; the later one only for features it surely fits."""
    if rule.later is not None and evaluate(rule.later.when, facts)[0] == "yes":
        return rule.later.applies_from
    return rule.applies_from


def _status(rule: Rule, since: dt.date | None, on: dt.date) -> LegalStatus:
    """The status on a day: what was draft or disputed stays so, the rest goes by the first day."""
    if rule.status in ("draft", "disputed") or since is None:
        return rule.status
    return "in-force" if since <= on else "not-yet-applicable"
