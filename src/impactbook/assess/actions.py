"""The action list: open safeguards, open conditions, and findings that nobody has taken on yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from impactbook.assess.people_findings import condition_met
from impactbook.model.assessment import Assessment
from impactbook.model.outcome import Action, Finding

_HAVE_ACTIONS = ("safeguard_", "condition_", "residual_risk_high", "decision_no_go")


def actions(assessment: Assessment, findings: Sequence[Finding]) -> tuple[Action, ...]:
    """Everything still to be done, with owner and date where the assessment names them."""
    return (
        *_safeguards(assessment),
        *_conditions(assessment),
        *_from_findings(assessment, findings),
    )


def _safeguards(assessment: Assessment) -> Iterator[Action]:
    for item in assessment.safeguards:
        if item.state not in ("in-place", "rejected"):
            yield Action(
                id=f"safeguard:{item.id}",
                source="safeguard",
                text=item.title,
                owner=item.owner,
                due=item.due,
            )


def _conditions(assessment: Assessment) -> Iterator[Action]:
    for item in assessment.decision.conditions:
        yield Action(
            id=f"condition:{item.id}",
            source="condition",
            text=item.text,
            owner=item.owner,
            due=item.due,
            done=condition_met(item),
        )


def _from_findings(assessment: Assessment, findings: Sequence[Finding]) -> Iterator[Action]:
    """What findings ask for; an answer that asks for action belongs to the role that gave it."""
    for item in findings:
        if item.effect != "informs" and not item.code.startswith(_HAVE_ACTIONS):
            answer = assessment.answers.get(item.subject) if item.area == "framework" else None
            owner = answer.by if answer is not None else None
            yield Action(id=f"finding:{item.id}", source="finding", finding=item.id, owner=owner)
