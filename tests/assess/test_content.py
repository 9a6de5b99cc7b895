"""From one assessment to findings, gate and actions: what is missing is named, never passed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from impactbook.assess import Inputs, assess, may_go_live, record_content
from impactbook.frameworks.loader import load_pack
from impactbook.model.assessment import Assessment
from impactbook.model.config import GatePolicy
from impactbook.model.evidence import CheckResult, DatasetEvidence
from impactbook.model.framework import Pack

DAY = dt.date(2026, 11, 23)
CONTENT = "c" * 64

DECIDED: dict[str, Any] = {
    "outcome": "go",
    "on": DAY,
    "decided_by": ["owner"],
    "reasons": "see minutes",
    "next_review": dt.date(2027, 5, 1),
}

COMPLETE: dict[str, Any] = {
    "schema": "impactbook/assessment/1",
    "language": "en",
    "feature": {
        "title": "Voice bot",
        "purpose": "Understand callers",
        "sourcing": "bought",
        "channels": ["voice"],
        "acts_on": ["callers"],
        "automation": "recommends",
        "languages": ["de"],
        "regions": ["DE"],
        "stage": "pilot",
        "datasets": {"training": ["calls"]},
    },
    "roles": [
        {"role": role, "person": "N. N."}
        for role in (
            "owner",
            "assessor",
            "data-protection-officer",
            "oversight",
            "complaint-handling",
        )
    ],
    "stakeholders": [
        {
            "id": "callers",
            "name": "Callers",
            "involvement": [{"method": "survey", "date": dt.date(2026, 10, 1), "people": 12}],
        }
    ],
    "impacts": [
        {
            "id": "misunderstood",
            "title": "Callers are misunderstood",
            "affects": ["callers"],
            "ratings": [{"by": "callers", "severity": "limited", "likelihood": "limited"}],
        }
    ],
    "answers": {"q-1": {"value": "yes", "rationale": "see report"}},
    "decision": DECIDED,
    "signoffs": [
        {"role": "owner", "person": "N. N.", "on": DAY, "digest": CONTENT},
        {"role": "data-protection-officer", "person": "M. M.", "on": DAY, "digest": CONTENT},
    ],
}

PACK = """
schema: impactbook/framework/1
id: test-pack
version: 1.0.0
as_of: 2026-11-23
title: {de: Test, en: Test}
description: {de: Test, en: Test}
sources: [{id: s, title: T, citation: C, confidence: H}]
groups: [{id: g, kind: principle, title: {de: G, en: G}, aim: {de: A, en: A}}]
scales:
  yn:
    - {id: "yes", label: {de: ja, en: "yes"}, meaning: {de: m, en: m}, effect: none}
    - {id: "no", label: {de: nein, en: "no"}, meaning: {de: m, en: m}, effect: blocks}
bullets: [{id: b, group: g, text: {de: t, en: t}}]
questions:
  - id: q-1
    group: g
    title: {de: Frage, en: Question}
    question: {de: F, en: Q}
    why: {de: w, en: w}
    good_evidence: {de: e, en: e}
    example: {de: x, en: x}
    scale: yn
    covers: [b]
    sources: [s]
    effect_unanswered: conditions
    asks: [owner]
"""


def evidence(verdict: str = "ok", *, required: bool = True) -> DatasetEvidence:
    check = CheckResult.model_validate(
        {
            "check": "representation",
            "expectation": "expect_group_representation_to_match_reference",
            "attribute": "age",
            "required": required,
            "verdict": verdict,
            "rows_seen": 100,
        }
    )
    return DatasetEvidence(
        dataset="calls",
        title="Calls",
        fingerprint="f" * 64,
        declaration="d" * 64,
        engine="duckdb",
        rows=100,
        unit="row",
        suppression_limit=5,
        checks=(check,),
        figures=(),
    )


def pack() -> Pack:
    return load_pack(PACK, "test-pack.yaml")


def inputs(
    changes: dict[str, Any] | None = None,
    *,
    found: DatasetEvidence | None = None,
    policy: GatePolicy | None = None,
    as_of: dt.date = DAY,
) -> Inputs:
    return Inputs(
        feature="voicebot",
        assessment=Assessment.model_validate({**COMPLETE, **(changes or {})}),
        content=CONTENT,
        packs=(pack(),),
        evidence=(found or evidence(),),
        policy=policy or GatePolicy(),
        as_of=as_of,
        language="en",
    )


def codes(given: Inputs) -> set[str]:
    return {finding.code for finding in assess(given).findings}


def gate(given: Inputs) -> str:
    return str(record_content(given)["gate"]["status"])


def test_a_complete_assessment_passes_without_a_finding() -> None:
    assert assess(inputs()).findings == ()
    assert gate(inputs()) == "pass"


CHANGES: list[tuple[dict[str, Any], str, str]] = [
    ({"feature": {**COMPLETE["feature"], "purpose": None}}, "feature_fact_missing", "blocked"),
    ({"feature": {**COMPLETE["feature"], "datasets": {}}}, "no_datasets", "blocked"),
    (
        {"feature": {**COMPLETE["feature"], "datasets": {"training": ["other"]}}},
        "dataset_missing",
        "blocked",
    ),
    ({"roles": COMPLETE["roles"][:-1]}, "role_missing", "blocked"),
    ({"roles": [{"role": "owner"}, *COMPLETE["roles"][1:]]}, "role_unfilled", "blocked"),
    (
        {"stakeholders": [{"id": "callers", "name": "Callers"}]},
        "group_not_heard",
        "blocked",
    ),
    (
        {"stakeholders": [{"id": "callers", "name": "C", "not_involved_because": "no access"}]},
        "group_not_heard_reason",
        "conditional",
    ),
    ({"impacts": []}, "no_impacts", "blocked"),
    ({"impacts": [{"id": "a", "title": "A"}]}, "impact_not_rated", "blocked"),
    ({"answers": {}}, "question_open", "conditional"),
    ({"answers": {"q-1": {"value": "no", "rationale": "r"}}}, "question_negative", "blocked"),
    ({"answers": {"q-1": {"value": "perhaps", "rationale": "r"}}}, "question_open", "conditional"),
    ({"answers": {"q-1": {"value": "yes"}}}, "answer_without_reason", "conditional"),
    (
        {"answers": {**COMPLETE["answers"], "q-9": {"value": "yes"}}},
        "answer_unknown_question",
        "conditional",
    ),
    ({"decision": {}}, "no_decision", "blocked"),
    (
        {"decision": {**DECIDED, "outcome": "no-go"}},
        "decision_no_go",
        "blocked",
    ),
    ({"decision": {**DECIDED, "next_review": None}}, "review_missing", "conditional"),
    ({"decision": {**DECIDED, "decided_by": []}}, "decision_without_people", "blocked"),
    (
        {"decision": {**DECIDED, "on": DAY + dt.timedelta(days=1)}},
        "decision_without_people",
        "blocked",
    ),
    ({"decision": {**DECIDED, "reasons": None}}, "decision_without_reasons", "blocked"),
    (
        {"decision": {**DECIDED, "outcome": "go-with-conditions"}},
        "conditions_missing",
        "blocked",
    ),
    (
        {"signoffs": [{**item, "person": None} for item in COMPLETE["signoffs"]]},
        "signoff_missing",
        "blocked",
    ),
    (
        {"signoffs": [{**item, "on": dt.date(2099, 1, 1)} for item in COMPLETE["signoffs"]]},
        "signoff_missing",
        "blocked",
    ),
    (
        {
            "stakeholders": [
                {
                    "id": "callers",
                    "name": "Callers",
                    "involvement": [{"method": "survey", "date": dt.date(2099, 1, 1)}],
                }
            ]
        },
        "date_in_future",
        "blocked",
    ),
    (
        {
            "stakeholders": [
                {
                    "id": "callers",
                    "name": "Callers",
                    "involvement": [{"method": "survey", "date": DAY, "people": 0}],
                }
            ]
        },
        "group_not_heard",
        "blocked",
    ),
    (
        {"impacts": [{**COMPLETE["impacts"][0], "affects": []}]},
        "impact_affects_nobody",
        "conditional",
    ),
    (
        {
            "impacts": [
                {
                    **COMPLETE["impacts"][0],
                    "ratings": [
                        {"by": "callers", "severity": "severe", "likelihood": "negligible"}
                    ],
                }
            ]
        },
        "reversibility_missing",
        "conditional",
    ),
    (
        {"decision": {**DECIDED, "next_review": dt.date(2026, 11, 22)}},
        "review_overdue",
        "blocked",
    ),
    ({"signoffs": COMPLETE["signoffs"][:1]}, "signoff_missing", "blocked"),
    (
        {"signoffs": [{**COMPLETE["signoffs"][0], "digest": "0" * 64}, COMPLETE["signoffs"][1]]},
        "signoff_stale",
        "blocked",
    ),
    (
        {"safeguards": [{"id": "s", "title": "S", "state": "in-place", "owner": "owner"}]},
        "safeguard_unproven",
        "conditional",
    ),
    ({"safeguards": [{"id": "s", "title": "S"}]}, "safeguard_without_owner", "conditional"),
    (
        {"safeguards": [{"id": "s", "title": "S", "owner": "owner", "due": dt.date(2026, 11, 22)}]},
        "safeguard_overdue",
        "conditional",
    ),
]


@pytest.mark.parametrize(
    ("change", "code", "status"), CHANGES, ids=[f"{at}-{c[1]}" for at, c in enumerate(CHANGES)]
)
def test_each_gap_is_found_and_decides_the_gate(
    change: dict[str, Any], code: str, status: str
) -> None:
    given = inputs(change)
    assert code in codes(given)
    assert gate(given) == status


@pytest.mark.parametrize(
    ("verdict", "required", "status"),
    [
        ("ok", True, "pass"),
        ("fail", True, "blocked"),
        ("fail", False, "conditional"),
        ("not_measured", True, "blocked"),
        ("not_measured", False, "conditional"),
        ("not_enough_data", True, "conditional"),
        ("attention", True, "conditional"),
        ("suppressed", True, "conditional"),
    ],
)
def test_a_check_that_did_not_hold_or_did_not_run_never_passes(
    verdict: str, required: bool, status: str
) -> None:
    assert gate(inputs(found=evidence(verdict, required=required))) == status


def test_a_review_is_due_on_its_day_and_overdue_the_day_after() -> None:
    due = {"decision": {**DECIDED, "next_review": DAY}}
    assert "review_overdue" not in codes(inputs(due))
    assert "review_overdue" in codes(inputs(due, as_of=DAY + dt.timedelta(days=1)))


def condition(due: Any, **more: Any) -> dict[str, Any]:
    item = {"id": "c", "text": "Collect more voices", "due": due, **more}
    decision = {**DECIDED, "outcome": "go-with-conditions"}
    return {"decision": {**decision, "conditions": [item]}}


@pytest.mark.parametrize(
    ("due", "more", "status", "live"),
    [
        ("before-go-live", {}, "conditional", False),
        ("before-go-live", {"met": True}, "conditional", False),
        ("before-go-live", {"met": True, "evidence": "minutes"}, "pass", True),
        (dt.date(2027, 2, 1), {}, "conditional", True),
        (dt.date(2026, 11, 1), {}, "blocked", False),
    ],
)
def test_conditions_hold_back_until_met_with_evidence(
    due: Any, more: dict[str, Any], status: str, live: bool
) -> None:
    content = record_content(inputs(condition(due, **more)))
    assert content["gate"]["status"] == status
    assert may_go_live(content) is live


def test_disagreement_between_raters_is_a_finding_and_both_stay() -> None:
    ratings = [
        {"by": "owner", "severity": "negligible", "likelihood": "limited"},
        {"by": "callers", "severity": "significant", "likelihood": "limited"},
    ]
    change = {"impacts": [{**COMPLETE["impacts"][0], "ratings": ratings}]}
    found = {finding.code: finding for finding in assess(inputs(change)).findings}
    assert found["raters_disagree"].values["low_by"] == "owner"
    assert found["raters_disagree"].values["high_by"] == "callers"
    content = record_content(inputs(change))
    assert content["impacts"][0]["level"]["by"] == {"owner": "low", "callers": "medium"}


def test_an_impact_no_affected_group_rated_is_named() -> None:
    ratings = [{"by": "owner", "severity": "limited", "likelihood": "limited"}]
    change = {"impacts": [{**COMPLETE["impacts"][0], "ratings": ratings}]}
    assert "affected_did_not_rate" in codes(inputs(change))


def test_a_cited_figure_that_does_not_exist_is_named() -> None:
    change = {"impacts": [{**COMPLETE["impacts"][0], "evidence": ["calls/share/age/x/"]}]}
    assert "evidence_cited_missing" in codes(inputs(change))


def test_blocking_findings_come_first_and_everything_open_becomes_an_action() -> None:
    change = {"answers": {}, "roles": COMPLETE["roles"][:-1]}
    content = record_content(inputs(change))
    effects = [finding["effect"] for finding in content["findings"]]
    assert effects == sorted(effects, key=["blocks", "conditions", "informs"].index)
    assert {action["finding"] for action in content["actions"]} == {
        finding["id"] for finding in content["findings"]
    }


def test_an_empty_assessment_is_blocked_with_everything_missing_named() -> None:
    empty = Assessment.model_validate({"schema": "impactbook/assessment/1"})
    given = Inputs("x", empty, CONTENT, (pack(),), (), GatePolicy(), DAY, "de")
    found = codes(given)
    assert gate(given) == "blocked"
    assert {
        "feature_fact_missing",
        "role_missing",
        "no_stakeholders",
        "no_impacts",
        "no_datasets",
        "no_decision",
        "signoff_missing",
        "question_open",
    } <= found


def test_every_finding_has_its_sentence_in_both_languages() -> None:
    from impactbook.language import LANGUAGES, phrases

    known = phrases("findings")
    for change, code, _ in CHANGES:
        for finding in assess(inputs(change)).findings:
            assert finding.code in known, code
            for language in LANGUAGES:
                assert known[finding.code][language]
