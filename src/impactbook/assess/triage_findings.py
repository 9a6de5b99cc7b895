"""Findings from triage: prohibited practices, unanswered questions, facts not stated yet.

Which rules touch a feature is decided in `frameworks.triage`; here that becomes what the gate
weighs. A duty that merely applies is no finding: whether it is met is what the questions ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from impactbook.assess.people_findings import REQUIRED_FACTS, finding
from impactbook.frameworks.triage import Outcome
from impactbook.frameworks.triage_words import fact_name, text_of, you_said
from impactbook.model.assessment import Assessment
from impactbook.model.base import Text, Translated
from impactbook.model.config import GatePolicy
from impactbook.model.framework import LegalStatus
from impactbook.model.outcome import Effect, Finding

PROHIBITED = "prohibited_practice"
"""The code of a finding that makes the gate `prohibited`, whatever the policy says."""

_EFFECTS: tuple[Effect, ...] = ("blocks", "conditions", "informs")
_OF_STATUS: Mapping[LegalStatus, Effect] = {
    "in-force": "blocks",
    "disputed": "conditions",
    "draft": "informs",
    "not-yet-applicable": "informs",
}
"""What an open point of a rule does: only duties in force hold a feature back."""


def triage_findings(
    assessment: Assessment, outcomes: Sequence[Outcome], policy: GatePolicy
) -> Iterator[Finding]:
    """What is prohibited, what a person still has to answer, and what nobody has stated yet.

    A fact that several rules ask for is one finding, with the gravest of their effects.
    """
    for one in outcomes:
        if one.result == "prohibited":
            yield _prohibited(one)
        elif one.result == "needs_human_answer" and one.question is not None:
            yield _question(one, policy)
        elif one.result == "applies":
            yield from _open_points(one, policy)
    yield from _missing_facts(outcomes, policy)
    yield from _unclaimed(assessment, outcomes)


def _prohibited(one: Outcome) -> Finding:
    reason = Translated(de=you_said(one, "de"), en=you_said(one, "en"))
    return finding(
        PROHIBITED, "feature", "blocks", one.rule.id, values={**_named(one), "because": reason}
    )


def _question(one: Outcome, policy: GatePolicy) -> Finding:
    effect = _weighed(_OF_STATUS[one.status], policy)
    values = {**_named(one), "question": _both(one.question)}
    return finding("triage_question_open", "feature", effect, one.rule.id, values=values)


def _open_points(one: Outcome, policy: GatePolicy) -> Iterator[Finding]:
    """What is still to be shown beside a rule that applies: before going live, not after it."""
    for place, note in enumerate(one.open_points, start=1):
        subject = one.rule.id if place == 1 else f"{one.rule.id}-{place}"
        effect = _weighed("conditions", policy)
        values = {**_named(one), "text": _both(note.text)}
        yield finding("triage_point_open", "feature", effect, subject, values=values)


def _missing_facts(outcomes: Sequence[Outcome], policy: GatePolicy) -> Iterator[Finding]:
    """Facts that rules wait for; those every assessment must state are found elsewhere."""
    asked: dict[str, list[Outcome]] = {}
    for one in outcomes:
        for name in one.missing:
            if name not in REQUIRED_FACTS:
                asked.setdefault(name, []).append(one)
    for name, waiting in asked.items():
        gravest = min((_OF_STATUS[one.status] for one in waiting), key=_EFFECTS.index)
        values: dict[str, Text | int | float] = {
            "fact": Translated(de=fact_name(name, "de"), en=fact_name(name, "en")),
            "rules": len(waiting),
        }
        effect = _weighed(gravest, policy)
        yield finding("triage_fact_missing", "feature", effect, name, values=values)


def _unclaimed(assessment: Assessment, outcomes: Sequence[Outcome]) -> Iterator[Finding]:
    """Answers to rules that do not exist: a slip of the pen, or an older set of rules."""
    known = {one.rule.id for one in outcomes}
    for name in sorted(set(assessment.triage) - known):
        yield finding("triage_answer_unclaimed", "feature", "conditions", name, values={"id": name})


def _weighed(effect: Effect, policy: GatePolicy) -> Effect:
    """The effect under the policy, which may soften an open duty but never a prohibition."""
    if policy.unanswered_duties == "ignore":
        return "informs"
    if policy.unanswered_duties == "condition" and effect == "blocks":
        return "conditions"
    return effect


def _named(one: Outcome) -> dict[str, Text | int | float]:
    return {
        "framework": _both(one.framework_title),
        "article": _both(one.rule.article),
        "rule": _both(one.rule.title),
    }


def _both(text: Translated | None) -> Translated:
    """A text of a rule in both languages, each on one line."""
    if text is None:
        return Translated(de="", en="")
    return Translated(de=text_of(text, "de"), en=text_of(text, "en"))
