"""Findings from measured evidence and from framework questions.

A check that did not run is never a pass: what is required and `not_measured` or `fail` blocks,
`not_enough_data` and `attention` allow at best `conditional`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from impactbook.assess.people_findings import finding
from impactbook.frameworks.coverage import Coverage, unclaimed_answers
from impactbook.model.assessment import Assessment
from impactbook.model.base import Text
from impactbook.model.config import GatePolicy
from impactbook.model.evidence import CheckResult, DatasetEvidence, Verdict
from impactbook.model.framework import Pack, UnansweredEffect
from impactbook.model.outcome import Effect, Finding

_CODES: Mapping[Verdict, str] = {
    "fail": "check_failed",
    "attention": "check_attention",
    "not_measured": "check_not_measured",
    "not_enough_data": "check_not_enough_data",
    "suppressed": "check_not_enough_data",
}


def data_findings(
    assessment: Assessment, evidence: Sequence[DatasetEvidence], policy: GatePolicy
) -> Iterator[Finding]:
    """What the checks of the feature's datasets found, and datasets without any evidence."""
    named = (*assessment.feature.datasets.training, *assessment.feature.datasets.evaluation)
    if not named:
        effect: Effect = "blocks" if policy.data_checks else "conditions"
        yield finding("no_datasets", "evidence", effect)
    measured = {item.dataset for item in evidence}
    for dataset in sorted(set(named) - measured):
        values = {"dataset": dataset}
        yield finding("dataset_missing", "evidence", "blocks", dataset, values=values)
    for item in evidence:
        for check in item.checks:
            if check.verdict in _CODES:
                yield _check_finding(item.dataset, check, policy)
        yield from _basis_findings(item)


def _basis_findings(item: DatasetEvidence) -> Iterator[Finding]:
    """Data about people without a declared legal basis, and consent of employees.

    Employees can rarely refuse, so their consent is doubtful as a basis (Recital 43 and Art. 88
    GDPR, section 26(2) BDSG); the works council and another basis should be asked for.
    """
    about_people = item.unit == "person" or any(one.check == "shares" for one in item.checks)
    bases = item.processing.legal_bases
    if about_people and not bases:
        values: dict[str, Text | int | float] = {"dataset": item.dataset}
        yield finding("no_legal_basis", "evidence", "conditions", item.dataset, values=values)
    for basis in bases:
        if basis.basis == "consent" and basis.data_subjects == "employees":
            values = {"dataset": item.dataset, "purpose": basis.purpose}
            subject = f"{item.dataset}/{basis.purpose}"
            yield finding("employee_consent", "evidence", "conditions", subject, values=values)


def _check_finding(dataset: str, check: CheckResult, policy: GatePolicy) -> Finding:
    blocking = check.required and policy.data_checks and check.verdict in ("fail", "not_measured")
    subject = "/".join(part for part in (dataset, check.check, check.attribute) if part)
    values: dict[str, Text | int | float] = {
        "dataset": dataset,
        "check": check.check,
        "attribute": check.attribute,
        "problem": check.problem,
    }
    if check.because is not None:
        values["because"] = check.because
    return finding(
        _CODES[check.verdict],
        "evidence",
        "blocks" if blocking else "conditions",
        subject,
        values={key: value for key, value in values.items() if value != ""},
        evidence=check.figures,
    )


def cited_findings(
    assessment: Assessment, evidence: Sequence[DatasetEvidence]
) -> Iterator[Finding]:
    """Figures that impacts or answers cite although no evidence holds them.

    In an answer, evidence that starts with a dataset's id and a slash is meant as a figure.
    """
    known = {figure.id for item in evidence for figure in item.figures}
    datasets = tuple(f"{item.dataset}/" for item in evidence)
    cited: list[tuple[str, Text, str]] = [
        (impact.id, impact.title, figure)
        for impact in assessment.impacts
        for figure in impact.evidence
    ]
    cited += [
        (question, question, item)
        for question, answer in assessment.answers.items()
        for item in answer.evidence
        if item.startswith(datasets)
    ]
    for subject, title, figure in dict.fromkeys(cited):
        if figure not in known:
            yield finding(
                "evidence_cited_missing",
                "evidence",
                "conditions",
                f"{subject}/{figure}",
                values={"subject": title, "evidence": figure},
            )


def framework_findings(
    assessment: Assessment,
    packs: Sequence[Pack],
    coverages: Mapping[str, Coverage],
    policy: GatePolicy,
) -> Iterator[Finding]:
    """Applicable questions that are open, answers that ask for action, answers to no question."""
    for pack in packs:
        coverage = coverages[pack.id]
        for question in coverage.questions_in("open"):
            effect = _open_effect(question.effect_unanswered, policy)
            values: dict[str, Text | int | float] = {"question": question.title}
            yield finding("question_open", "framework", effect, question.id, values=values)
        for question in coverage.questions_in("answered"):
            answer = assessment.answers[question.id]
            option = next(item for item in pack.options(question) if item.id == answer.value)
            if option.effect != "none":
                values = {"question": question.title, "option": option.label}
                yield finding(
                    "question_negative", "framework", option.effect, question.id, values=values
                )
            if answer.rationale is None:
                values = {"question": question.title}
                yield finding(
                    "answer_without_reason", "framework", "conditions", question.id, values=values
                )
    for unknown in unclaimed_answers(packs, assessment.answers):
        yield finding(
            "answer_unknown_question", "framework", "conditions", unknown,
            values={"question": unknown},
        )  # fmt: skip


def _open_effect(effect: UnansweredEffect, policy: GatePolicy) -> Effect:
    """What an open question does: the pack's effect, or what the workspace's policy sets instead."""
    if policy.unanswered_questions == "ignore":
        return "informs"
    if policy.unanswered_questions == "block":
        return "blocks"
    if policy.unanswered_questions == "condition" and effect == "blocks":
        return "conditions"
    return effect
