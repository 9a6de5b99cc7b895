"""The content of a record: one pure function from what people wrote and what was measured.

The notebook shows this content, the draft prints it, the record seals it; so all three can only
say the same. Versions, hashes and provenance are added by `records`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impactbook.assess.actions import actions
from impactbook.assess.evidence_findings import cited_findings, data_findings, framework_findings
from impactbook.assess.gate import judge, sort_findings
from impactbook.assess.impact_findings import impact_findings, safeguard_findings
from impactbook.assess.levels import impact_level
from impactbook.assess.people_findings import (
    decision_findings,
    feature_findings,
    role_findings,
    signoff_findings,
    stakeholder_findings,
)
from impactbook.assess.triage_content import triage_content
from impactbook.assess.triage_findings import triage_findings
from impactbook.frameworks.applicability import DUTIES, facts_of
from impactbook.frameworks.coverage import Coverage, coverage
from impactbook.frameworks.legal import legal_remark
from impactbook.frameworks.sharing import Article, articles
from impactbook.frameworks.triage import Outcome, triage
from impactbook.language import LANGUAGES, Language
from impactbook.model.assessment import Assessment
from impactbook.model.config import GatePolicy
from impactbook.model.evidence import DatasetEvidence
from impactbook.model.framework import Pack, Question
from impactbook.model.outcome import Finding, ImpactLevel, JudgedSignOff
from impactbook.model.triage import RuleSet


@dataclass(frozen=True)
class Inputs:
    """Everything a judgement rests on; `content` is the digest that sign-offs must name.

    `rules` are the triage rules; without any, triage is not asked.
    """

    feature: str
    assessment: Assessment
    content: str
    packs: tuple[Pack, ...]
    evidence: tuple[DatasetEvidence, ...]
    policy: GatePolicy
    as_of: dt.date
    language: Language
    rules: tuple[RuleSet, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """What follows from the inputs: levels, coverage, which duties apply, findings."""

    levels: tuple[ImpactLevel, ...]
    coverages: Mapping[str, Coverage]
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...] = ()


def assess(inputs: Inputs) -> Judgement:
    """Derive levels, coverage and findings; the same inputs give the same judgement."""
    assessment, policy = inputs.assessment, inputs.policy
    vulnerable = {group.id: group.vulnerable for group in assessment.stakeholders}
    levels = tuple(
        impact_level(impact, assessment.safeguards, vulnerable) for impact in assessment.impacts
    )
    outcomes = triage(assessment.feature, inputs.rules, inputs.as_of, answers=assessment.triage)
    facts = dict(facts_of(assessment.feature))
    if inputs.rules:
        facts[DUTIES] = frozenset(one.rule.id for one in outcomes if one.result != "does_not")
    chosen = {question: answer.value for question, answer in assessment.answers.items()}
    coverages = {pack.id: coverage(pack, facts, chosen) for pack in inputs.packs}
    found = [
        *(triage_findings(assessment, outcomes, policy) if inputs.rules else ()),
        *data_findings(assessment, inputs.evidence, policy),
        *impact_findings(assessment, levels, policy),
        *stakeholder_findings(assessment, policy, inputs.as_of),
        *decision_findings(assessment, inputs.as_of),
        *signoff_findings(assessment, inputs.content, policy, inputs.as_of),
        *role_findings(assessment, policy),
        *feature_findings(assessment),
        *framework_findings(assessment, inputs.packs, coverages, policy),
        *safeguard_findings(assessment, inputs.as_of),
        *cited_findings(assessment, inputs.evidence),
    ]
    return Judgement(levels, coverages, sort_findings(_distinct(found)), outcomes)


def _distinct(findings: Sequence[Finding]) -> list[Finding]:
    """The same findings with ids that are distinct: a second one on a subject gets a number."""
    seen: Counter[str] = Counter()
    named = []
    for item in findings:
        seen[item.id] += 1
        times = seen[item.id]
        named.append(item if times == 1 else item.model_copy(update={"id": f"{item.id}#{times}"}))
    return named


def record_content(inputs: Inputs) -> dict[str, Any]:
    """The content part of `record.json`; models stay models, so internal fields stay marked.

    Keys: feature, as_of, language, assessment, stakeholders, ballots, impacts, frameworks,
    evidence (without figures, which stand in `evidence/figures.csv`), findings, actions,
    decision, gate.
    """
    assessment, judged = inputs.assessment, assess(inputs)
    evidenced = frozenset(id for id, answer in assessment.answers.items() if answer.evidence)
    served = articles(inputs.packs, judged.coverages, evidenced)
    return {
        "feature": {"id": inputs.feature, **_stated(assessment.feature)},
        "as_of": inputs.as_of.isoformat(),
        "language": inputs.language,
        "assessment": {
            "language": assessment.language,
            "digest": inputs.content,
            "roles": list(assessment.roles),
            "safeguards": list(assessment.safeguards),
            "answers": dict(assessment.answers),
            "signoffs": [
                JudgedSignOff(**dict(item), stale=item.digest != inputs.content)
                for item in assessment.signoffs
            ],
            **(
                {"triage": triage_content(inputs.rules, judged.outcomes, assessment.triage)}
                if inputs.rules
                else {}
            ),
        },
        "stakeholders": list(assessment.stakeholders),
        "ballots": [],
        "impacts": [
            {**_stated(impact), "level": _stated(found)}
            for impact, found in zip(assessment.impacts, judged.levels, strict=True)
        ],
        "frameworks": [
            _framework(
                pack, judged.coverages[pack.id], served[pack.id], assessment, inputs.language
            )
            for pack in inputs.packs
        ],
        "evidence": [
            item.model_dump(mode="json", by_alias=True, exclude={"figures"})
            for item in inputs.evidence
        ],
        "findings": [_stated(item) for item in judged.findings],
        "actions": [_stated(item) for item in actions(assessment, judged.findings)],
        "decision": _stated(assessment.decision),
        "gate": _stated(judge(judged.findings)),
    }


def _stated(model: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = model.model_dump(mode="json", by_alias=True)
    return dumped


def _plain(text: Any) -> Any:
    return text if text is None or isinstance(text, str) else _stated(text)


def _framework(
    pack: Pack,
    found: Coverage,
    served: Sequence[Article],
    assessment: Assessment,
    language: Language,
) -> dict[str, Any]:
    return {
        "id": pack.id,
        "version": pack.version,
        "title": _stated(pack.title),
        "as_of": pack.as_of.isoformat(),
        "groups": [_stated(group) for group in pack.groups],
        "questions": [
            {
                "id": asked.question.id,
                "group": asked.question.group,
                "title": _stated(asked.question.title),
                "question": _stated(asked.question.question),
                "applies": asked.applicability.truth,
                "because": asked.applicability.because(language),
                "state": asked.state,
                "answer": _answer(pack, asked.question, asked.answer),
                "sources": _sources(pack, asked.question),
                "legal": _legal(asked.question),
            }
            for asked in found.questions
        ],
        "coverage": {
            part.id: {
                "answered": len(part.answered),
                "open": len(part.open),
                "not_applicable": len(part.not_applicable),
            }
            for part in found.groups
        },
        **({"provisions": [_article(one) for one in served]} if served else {}),
    }


def _article(article: Article) -> dict[str, Any]:
    """One article of a framework: its state, and the questions that serve it, by state."""
    provision = article.provision
    return {
        "id": provision.id,
        "group": provision.group,
        "title": _stated(provision.title),
        "remark": {language: legal_remark(provision, language) for language in LANGUAGES},
        "state": article.state,
        "evidenced": list(article.evidenced),
        "answered": list(article.answered),
        "open": list(article.open),
        "not_applicable": list(article.not_applicable),
    }


def _answer(pack: Pack, question: Question, chosen: str | None) -> dict[str, Any] | None:
    option = next((item for item in pack.options(question) if item.id == chosen), None)
    if option is None:
        return None
    return {"value": option.id, "label": _stated(option.label), "effect": option.effect}


def _legal(question: Question) -> dict[str, Any] | None:
    """What the law asks here, with status and confidence in words of both languages."""
    note = question.legal_note
    if note is None:
        return None
    remark = {language: legal_remark(note, language) for language in LANGUAGES}
    return {"text": _plain(note.text), "remark": remark}


def _sources(pack: Pack, question: Question) -> list[Any]:
    cited = {source.id: source.citation for source in pack.sources}
    return [_plain(cited[name]) for name in question.sources]
