"""What triage does to the gate: prohibitions first, duties in force block, later ones only inform."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from impactbook.assess import Inputs, may_go_live, record_content
from impactbook.frameworks.rulebook import shipped_rules
from impactbook.model.assessment import Assessment
from impactbook.model.config import GatePolicy

DAY = dt.date(2026, 11, 24)

CALLERS: dict[str, Any] = {
    "input": ["voice"],
    "infers": ["emotion"],
    "analysed_side": "callers",
    "agents_shown_excluded": True,
    "emotion_ground": "none",
    "voiceprint": "none",
    "worker_use": [],
    "essential_services": [],
    "significant_effect": False,
    "profiling": False,
    "converses_with": [],
    "goals": ["service"],
    "generates": [],
    "older_generator": False,
    "organisation": "private",
    "personal_data": ["ordinary"],
    "special_category_tests": False,
    "recording": "none",
    "marketing_calls": False,
    "stores_on_device": False,
    "works_council": False,
    "consumers": False,
}
"""Callers' emotions from their voice; every fact is stated."""


def content(facts: dict[str, Any], policy: dict[str, Any] | None = None, **more: Any) -> Any:
    """A record's content for a feature with these facts, the rest of the assessment empty."""
    assessment = Assessment.model_validate(
        {
            "schema": "impactbook/assessment/1",
            "feature": {"acts_on": ["callers"], "regions": ["DE"], "sourcing": "bought",
                        "automation": "informs", "channels": ["voice"], "facts": facts},
            "roles": [{"role": "owner"}],
            **more,
        }
    )  # fmt: skip
    settings = GatePolicy.model_validate(policy or {})
    return record_content(
        Inputs("f", assessment, "c" * 64, (), (), settings, DAY, "en", shipped_rules())
    )


def effects(found: Any) -> dict[str, str]:
    """The findings of triage by id, with their effect."""
    told = {one["id"]: one["effect"] for one in found["findings"]}
    return {id: effect for id, effect in told.items() if id.startswith(("triage", "prohibited"))}


def test_a_prohibited_practice_decides_alone() -> None:
    """Whatever else blocks: the gate names the prohibition, its article and what was said."""
    found = content({**CALLERS, "analysed_side": "agents"})
    assert found["gate"]["status"] == "prohibited"
    assert found["gate"]["reasons"] == ["prohibited_practice:ai-act-5-1-f"]
    assert not may_go_live(found)
    values = found["findings"][0]["values"]
    assert values["article"] == {"de": "Art. 5 Abs. 1 Buchst. f", "en": "Art. 5(1)(f)"}
    assert values["because"]["de"].startswith("Weil Sie angegeben haben: ")
    assert "agents" in values["because"]["en"]


def test_no_policy_softens_a_prohibition() -> None:
    """Ignoring unanswered duties leaves the prohibition as it is."""
    facts = {**CALLERS, "analysed_side": "mixed"}
    assert content(facts, {"unanswered_duties": "ignore"})["gate"]["status"] == "prohibited"


def test_only_questions_in_force_block() -> None:
    """Art. 5 and Art. 35 GDPR ask today; Art. 6(3) applies from December 2027 and only informs."""
    assert effects(content(CALLERS)) == {
        "triage_question_open:ai-act-5-1-a-b": "blocks",
        "triage_question_open:gdpr-35": "blocks",
        "triage_question_open:ai-act-6-3": "informs",
    }


@pytest.mark.parametrize(
    ("policy", "expected"), [("block", "blocks"), ("condition", "conditions"), ("ignore", "informs")]
)  # fmt: skip
def test_the_policy_says_what_an_open_duty_does(policy: str, expected: str) -> None:
    """The setting `unanswered_duties` weighs a question on a duty in force."""
    found = effects(content(CALLERS, {"unanswered_duties": policy}))
    assert found["triage_question_open:gdpr-35"] == expected


def test_an_answer_settles_its_question_and_a_wrong_id_is_named() -> None:
    """The answer is kept in the record; one that belongs to no rule sets a condition."""
    given = {"applies": True, "because": "see minutes", "by": "owner", "on": DAY}
    found = content(CALLERS, triage={"gdpr-35": given, "gdpr-53": given})
    told = effects(found)
    assert "triage_question_open:gdpr-35" not in told
    assert told["triage_answer_unclaimed:gdpr-53"] == "conditions"
    results = {one["id"]: one["result"] for one in found["assessment"]["triage"]["outcomes"]}
    assert results["gdpr-35"] == "applies"


def test_proof_that_agents_are_excluded_is_asked_before_going_live() -> None:
    """Callers' emotions without that proof: one open point, which sets a condition."""
    told = effects(content({**CALLERS, "agents_shown_excluded": None}))
    assert told["triage_point_open:ai-act-annex-3-1-c"] == "conditions"


def test_a_missing_fact_is_one_finding_however_many_rules_wait() -> None:
    """`works_council` decides four rules in force; `essential_services` only later ones."""
    facts = {**CALLERS, "works_council": None, "essential_services": None}
    found = content(facts)
    told = effects(found)
    assert told["triage_fact_missing:works_council"] == "blocks"
    assert told["triage_fact_missing:essential_services"] == "informs"
    one = next(f for f in found["findings"] if f["id"] == "triage_fact_missing:works_council")
    assert one["values"]["rules"] >= 3
