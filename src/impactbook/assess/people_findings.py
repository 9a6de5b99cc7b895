"""Findings about what people wrote: facts, roles, groups heard, decision, sign-offs, dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from impactbook.model.assessment import Assessment
from impactbook.model.base import Text
from impactbook.model.config import GatePolicy
from impactbook.model.decision import Condition, Decision
from impactbook.model.outcome import Area, Effect, Finding
from impactbook.model.people import Involvement, Stakeholder

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


def stakeholder_findings(
    assessment: Assessment, policy: GatePolicy, as_of: dt.date
) -> Iterator[Finding]:
    """Affected groups that were not heard, and dissent that remains.

    An occasion counts once it has taken place, and only if somebody was there.
    """
    if not assessment.stakeholders:
        yield finding("no_stakeholders", "stakeholders", "blocks")
    for group in assessment.stakeholders:
        if group.affected and not any(_heard(occasion, as_of) for occasion in group.involvement):
            yield _unheard(group, policy)
        for occasion in group.involvement:
            if occasion.date > as_of:
                yield _future(group.name, f"stakeholders/{group.id}", "stakeholders", occasion.date)
        if any(occasion.dissent for occasion in group.involvement):
            values = {"group": group.name}
            yield finding("dissent_remains", "stakeholders", "informs", group.id, values=values)


def _heard(occasion: Involvement, as_of: dt.date) -> bool:
    return occasion.date <= as_of and occasion.people != 0


def _future(subject: Text, id: str, area: Area, day: dt.date) -> Finding:
    values: dict[str, Text | int | float] = {"subject": subject, "due": day.isoformat()}
    return finding("date_in_future", area, "conditions", f"{id}/{day}", values=values)


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
    yield from _unaccounted(decision, as_of)
    for condition in decision.conditions:
        open_one = _open_condition(condition, as_of)
        if open_one is not None:
            yield open_one
    if decision.next_review is None:
        yield finding("review_missing", "decision", "conditions")
    elif decision.next_review < as_of:
        due = decision.next_review.isoformat()
        yield finding("review_overdue", "decision", "blocks", values={"due": due})


def _unaccounted(decision: Decision, as_of: dt.date) -> Iterator[Finding]:
    """A decision that nobody made, that has no reasons, or that lacks the conditions it speaks of."""
    if not decision.decided_by or decision.on is None or decision.on > as_of:
        yield finding("decision_without_people", "decision", "blocks")
    if decision.reasons is None:
        yield finding("decision_without_reasons", "decision", "blocks")
    if decision.outcome == "go-with-conditions" and not decision.conditions:
        yield finding("conditions_missing", "decision", "blocks")


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


def signoff_findings(
    assessment: Assessment, content: str, policy: GatePolicy, as_of: dt.date
) -> Iterator[Finding]:
    """Sign-offs that are missing, or were given to another content than the present one.

    A sign-off names a person and a day that has come; one without does not count.
    """
    counted = [item for item in assessment.signoffs if item.person and item.on <= as_of]
    current = {item.role for item in counted if item.digest == content}
    given = {item.role for item in counted}
    for role in policy.required_signoffs:
        if role not in given:
            yield finding("signoff_missing", "signoffs", "blocks", role, values={"role": role})
    for role in sorted(given - current):
        effect: Effect = "blocks" if role in policy.required_signoffs else "conditions"
        yield finding("signoff_stale", "signoffs", effect, role, values={"role": role})
