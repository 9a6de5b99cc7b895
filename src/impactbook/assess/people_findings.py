"""Findings about what people wrote: facts, roles, groups heard, decision, sign-offs, dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from impactbook.model.assessment import Assessment
from impactbook.model.base import Text
from impactbook.model.config import GatePolicy
from impactbook.model.decision import Condition
from impactbook.model.outcome import Area, Effect, Finding
from impactbook.model.people import Stakeholder

REQUIRED_FACTS: tuple[str, ...] = (
    "title",
    "purpose",
    "sourcing",
    "channels",
    "acts_on",
    "automation",
    "languages",
    "regions",
    "stage",
)


def finding(
    code: str,
    area: Area,
    effect: Effect,
    subject: str = "",
    *,
    evidence: tuple[str, ...] = (),
    values: Mapping[str, Text | int | float] | None = None,
) -> Finding:
    """A finding with its stable id: the code, and the subject where it has one."""
    return Finding(
        id=f"{code}:{subject}" if subject else code,
        code=code,
        area=area,
        effect=effect,
        subject=subject,
        values=dict(values or {}),
        evidence=evidence,
    )


def feature_findings(assessment: Assessment) -> Iterator[Finding]:
    """Facts about the feature that are not stated yet."""
    for name in REQUIRED_FACTS:
        if not getattr(assessment.feature, name):
            yield finding("feature_fact_missing", "feature", "blocks", name, values={"field": name})


def role_findings(assessment: Assessment, policy: GatePolicy) -> Iterator[Finding]:
    """Required roles that are not there, or have no person."""
    filled = {role.role: role.person is not None for role in assessment.roles}
    for role in policy.required_roles:
        if role not in filled:
            yield finding("role_missing", "roles", "blocks", role, values={"role": role})
        elif not filled[role]:
            yield finding("role_unfilled", "roles", "blocks", role, values={"role": role})


def stakeholder_findings(assessment: Assessment, policy: GatePolicy) -> Iterator[Finding]:
    """Affected groups that were not heard, and dissent that remains."""
    if not assessment.stakeholders:
        yield finding("no_stakeholders", "stakeholders", "blocks")
    for group in assessment.stakeholders:
        if group.affected and not group.involvement:
            yield _unheard(group, policy)
        if any(occasion.dissent for occasion in group.involvement):
            values = {"group": group.name}
            yield finding("dissent_remains", "stakeholders", "informs", group.id, values=values)


def _unheard(group: Stakeholder, policy: GatePolicy) -> Finding:
    if group.not_involved_because is not None:
        values: dict[str, Text | int | float] = {
            "group": group.name,
            "reason": group.not_involved_because,
        }
        return finding(
            "group_not_heard_reason", "stakeholders", "conditions", group.id, values=values
        )
    effect: Effect = "blocks" if policy.affected_groups_heard else "conditions"
    return finding(
        "group_not_heard", "stakeholders", effect, group.id, values={"group": group.name}
    )


def decision_findings(assessment: Assessment, as_of: dt.date) -> Iterator[Finding]:
    """A decision that is missing or a no, conditions still open, a review that is due."""
    decision = assessment.decision
    if decision.outcome is None:
        yield finding("no_decision", "decision", "blocks")
        return
    if decision.outcome == "no-go":
        yield finding("decision_no_go", "decision", "blocks")
    for condition in decision.conditions:
        open_one = _open_condition(condition, as_of)
        if open_one is not None:
            yield open_one
    if decision.next_review is None:
        yield finding("review_missing", "decision", "conditions")
    elif decision.next_review < as_of:
        due = decision.next_review.isoformat()
        yield finding("review_overdue", "decision", "blocks", values={"due": due})


def condition_met(condition: Condition) -> bool:
    """A condition counts as met only with its evidence."""
    return condition.met and condition.evidence is not None


def _open_condition(condition: Condition, as_of: dt.date) -> Finding | None:
    if condition_met(condition):
        return None
    values: dict[str, Text | int | float] = {"condition": condition.text}
    if condition.due == "before-go-live":
        return finding(
            "condition_open_before", "decision", "conditions", condition.id, values=values
        )
    values["due"] = condition.due.isoformat()
    if condition.due < as_of:
        return finding("condition_overdue", "decision", "blocks", condition.id, values=values)
    return finding("condition_later", "decision", "conditions", condition.id, values=values)


def signoff_findings(assessment: Assessment, content: str, policy: GatePolicy) -> Iterator[Finding]:
    """Sign-offs that are missing, or were given to another content than the present one."""
    current = {item.role for item in assessment.signoffs if item.digest == content}
    given = {item.role for item in assessment.signoffs}
    for role in policy.required_signoffs:
        if role not in given:
            yield finding("signoff_missing", "signoffs", "blocks", role, values={"role": role})
    for role in sorted(given - current):
        effect: Effect = "blocks" if role in policy.required_signoffs else "conditions"
        yield finding("signoff_stale", "signoffs", effect, role, values={"role": role})
