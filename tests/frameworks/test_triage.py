"""Which duties touch a feature: the decision table case by case, and the eight kinds of feature.

The expected rows were worked out from the fact sheet's articles by hand, not from the program.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from impactbook.errors import InputError, InputErrors
from impactbook.frameworks.rulebook import load_rules, shipped_rules
from impactbook.frameworks.triage import Outcome, evaluate, triage
from impactbook.frameworks.triage_words import because, fact_name, since, you_said
from impactbook.language import LANGUAGES, phrases
from impactbook.model.assessment import Assessment
from impactbook.model.feature import Feature
from impactbook.model.legal_facts import LEGAL_FACT_VALUES, LegalFacts
from impactbook.model.triage import FACT_VALUES, Condition, TriageAnswer
from impactbook.workspace.template import TEMPLATES, template

DAY = dt.date(2026, 11, 24)

HARMLESS: dict[str, Any] = {
    "input": ["text"],
    "infers": [],
    "analysed_side": "none",
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
    "works_council": True,
    "consumers": True,
}
"""Every fact stated, none of them special: a private German company with a works council."""

FEATURE_FACTS: dict[str, Any] = {
    "channels": ["voice"],
    "acts_on": ["callers"],
    "automation": "recommends",
    "sourcing": "bought",
    "regions": ["DE"],
}
EMOTION = {"infers": ["emotion"], "input": ["voice"]}
CALLERS = {**EMOTION, "analysed_side": "callers", "agents_shown_excluded": False}
SCORING = {"worker_use": ["evaluation"]}


def feature(stated: dict[str, Any]) -> Feature:
    """A feature that states every fact harmlessly but for those given; None leaves one unstated."""
    own = {key: stated.get(key, value) for key, value in FEATURE_FACTS.items()}
    legal = {key: value for key, value in {**HARMLESS, **stated}.items() if key in HARMLESS}
    kept = {key: value for key, value in own.items() if value is not None}
    return Feature.model_validate({**kept, "facts": legal})


def outcomes(stated: dict[str, Any], on: dt.date = DAY, **more: Any) -> dict[str, Outcome]:
    return {one.rule.id: one for one in triage(feature(stated), shipped_rules(), on, **more)}


# --- the decision table -----------------------------------------------------------------------

CASES: list[tuple[str, dict[str, Any], str]] = [
    # Art. 4: whoever provides or uses AI in the EU; elsewhere not.
    ("ai-act-4", {}, "applies"),
    ("ai-act-4", {"regions": ["US"]}, "does_not"),
    ("ai-act-4", {"regions": ["AT"]}, "applies"),
    ("ai-act-4", {"regions": None}, "needs_human_answer"),
    # Art. 5(1)(a), (b): retention, collections and upsell flows are screened by a person.
    ("ai-act-5-1-a-b", {"goals": ["service"]}, "does_not"),
    ("ai-act-5-1-a-b", {"goals": ["retention"]}, "needs_human_answer"),
    ("ai-act-5-1-a-b", {"goals": ["service", "collections"]}, "needs_human_answer"),
    # Art. 5(1)(f) with Art. 3(39): agents or a mixed recording, biometric input only.
    ("ai-act-5-1-f", {**EMOTION, "analysed_side": "agents"}, "prohibited"),
    ("ai-act-5-1-f", {**EMOTION, "analysed_side": "mixed"}, "prohibited"),
    ("ai-act-5-1-f", CALLERS, "does_not"),
    (
        "ai-act-5-1-f",
        {"infers": ["emotion"], "input": ["text"], "analysed_side": "mixed"},
        "does_not",
    ),
    ("ai-act-5-1-f", {"infers": ["personality"], "input": ["voice"]}, "does_not"),
    (
        "ai-act-5-1-f",
        {**EMOTION, "analysed_side": "agents", "emotion_ground": "medical"},
        "needs_human_answer",
    ),
    (
        "ai-act-5-1-f",
        {**EMOTION, "analysed_side": "mixed", "emotion_ground": "safety"},
        "needs_human_answer",
    ),
    (
        "ai-act-5-1-f",
        {**EMOTION, "analysed_side": "agents", "emotion_ground": None},
        "prohibited",
    ),
    ("ai-act-5-1-f", {**EMOTION, "analysed_side": None, "acts_on": ["agents"]}, "prohibited"),
    (
        "ai-act-5-1-f",
        {**EMOTION, "analysed_side": None, "acts_on": ["callers", "agents"]},
        "needs_human_answer",
    ),
    ("ai-act-5-1-f", {"infers": None, "input": ["voice"], "analysed_side": "agents"},
     "needs_human_answer"),
    # Annex III 1(a): voice login is excluded, recognising people is for a person to judge.
    ("ai-act-annex-3-1-a", {"voiceprint": "verification"}, "does_not"),
    ("ai-act-annex-3-1-a", {"voiceprint": "identification"}, "needs_human_answer"),
    # Annex III 1(c): customers' emotions from the voice, not from text.
    ("ai-act-annex-3-1-c", CALLERS, "applies"),
    ("ai-act-annex-3-1-c", {**EMOTION, "analysed_side": "mixed"}, "applies"),
    ("ai-act-annex-3-1-c", {**EMOTION, "analysed_side": "agents"}, "does_not"),
    ("ai-act-annex-3-1-c", {**CALLERS, "input": ["text"]}, "does_not"),
    # Annex III 4(b): scoring, monitoring, routing by traits; training alone is none of these.
    ("ai-act-annex-3-4-b", SCORING, "applies"),
    ("ai-act-annex-3-4-b", {"worker_use": ["task-allocation"]}, "applies"),
    ("ai-act-annex-3-4-b", {"worker_use": ["training"]}, "does_not"),
    ("ai-act-annex-3-4-b", {"worker_use": None}, "needs_human_answer"),
    # Annex III 5(a)-(d); fraud detection is outside 5(b).
    ("ai-act-annex-3-5-a", {"essential_services": ["public-benefits"]}, "applies"),
    ("ai-act-annex-3-5-b", {"essential_services": ["credit"]}, "applies"),
    ("ai-act-annex-3-5-b", {"essential_services": ["fraud-detection"]}, "does_not"),
    ("ai-act-annex-3-5-c", {"essential_services": ["life-or-health-insurance"]}, "applies"),
    ("ai-act-annex-3-5-d", {"essential_services": ["emergency-calls"]}, "applies"),
    # Art. 6(3): for a person, but never where people are profiled.
    ("ai-act-6-3", SCORING, "needs_human_answer"),
    ("ai-act-6-3", {**SCORING, "profiling": True}, "does_not"),
    ("ai-act-6-3", {}, "does_not"),
    # Art. 10 and 12-15 bind providers of high-risk systems.
    ("ai-act-10", {**SCORING, "sourcing": "own-build"}, "applies"),
    ("ai-act-10", SCORING, "does_not"),
    ("ai-act-12-15", {**SCORING, "sourcing": "hybrid"}, "applies"),
    # Art. 26: deployers of high-risk systems.
    ("ai-act-26-1-6", SCORING, "applies"),
    ("ai-act-26-1-6", {}, "does_not"),
    ("ai-act-26-1-6", {"voiceprint": "identification"}, "needs_human_answer"),
    ("ai-act-26-7", SCORING, "applies"),
    ("ai-act-26-7", {"essential_services": ["credit"]}, "does_not"),
    ("ai-act-26-9", {**SCORING, "personal_data": []}, "does_not"),
    ("ai-act-26-11", SCORING, "applies"),
    ("ai-act-26-11", {**SCORING, "automation": "informs"}, "does_not"),
    # Art. 27: public bodies, private providers of public services, 5(b) and (c); nobody else.
    ("ai-act-27", SCORING, "does_not"),
    ("ai-act-27", {**SCORING, "organisation": "public-body"}, "applies"),
    ("ai-act-27", {**SCORING, "organisation": "public-service-provider"}, "applies"),
    ("ai-act-27", {"organisation": "public-body"}, "does_not"),
    ("ai-act-27", {"essential_services": ["credit"]}, "applies"),
    ("ai-act-27", {"essential_services": ["life-or-health-insurance"]}, "applies"),
    ("ai-act-27", {"essential_services": ["emergency-calls"]}, "does_not"),
    # Art. 49, 72/73, 86.
    ("ai-act-49", {**SCORING, "sourcing": "own-build"}, "applies"),
    ("ai-act-49", SCORING, "does_not"),
    ("ai-act-72-73", SCORING, "applies"),
    ("ai-act-86", {**SCORING, "significant_effect": True}, "applies"),
    ("ai-act-86", {"significant_effect": True}, "does_not"),
    # Art. 50.
    ("ai-act-50-1", {"converses_with": ["callers"]}, "applies"),
    ("ai-act-50-1", {"converses_with": ["agents"]}, "needs_human_answer"),
    ("ai-act-50-1", {"converses_with": []}, "does_not"),
    ("ai-act-50-2", {"generates": ["voice"]}, "applies"),
    ("ai-act-50-3", CALLERS, "applies"),
    ("ai-act-50-3", {**CALLERS, "input": ["text"]}, "does_not"),
    ("ai-act-50-3", {"infers": ["personal-traits"], "input": ["voice"]}, "applies"),
    ("ai-act-50-4", {"generates": ["cloned-voice"]}, "applies"),
    ("ai-act-50-4", {"generates": ["voice"]}, "needs_human_answer"),
    ("ai-act-50-4", {"generates": ["text"]}, "does_not"),
    # Art. 4a.
    ("ai-act-4a", {"special_category_tests": True}, "applies"),
    ("ai-act-4a", {}, "does_not"),
    # GDPR.
    ("gdpr-5-6", {}, "applies"),
    ("gdpr-5-6", {"regions": ["NO"]}, "applies"),
    ("ai-act-4", {"regions": ["NO"]}, "does_not"),
    ("gdpr-13-14", {"personal_data": []}, "does_not"),
    ("gdpr-13-14", {"personal_data": None}, "needs_human_answer"),
    ("gdpr-9", {"voiceprint": "verification"}, "applies"),
    ("gdpr-9", {"personal_data": ["special-categories"]}, "applies"),
    ("gdpr-22", {"significant_effect": True, "automation": "decides-alone"}, "applies"),
    ("gdpr-22", {"significant_effect": True, "automation": "recommends"}, "needs_human_answer"),
    ("gdpr-22", {"significant_effect": True, "automation": "informs"}, "does_not"),
    ("gdpr-22", {"automation": "decides-alone"}, "does_not"),
    ("gdpr-15-1-h", {"significant_effect": True, "automation": "decides-alone"}, "applies"),
    ("dsk-11", {"converses_with": ["callers"]}, "applies"),
    ("dsk-11", {"converses_with": ["callers"], "regions": ["FR"]}, "does_not"),
    ("dsk-11", {"infers": ["emotion"]}, "applies"),
    ("dsk-13", {"infers": ["personality"], "input": ["voice"]}, "applies"),
    ("dsk-13", {"infers": ["personality"], "input": ["text"]}, "does_not"),
    ("dsk-8", SCORING, "applies"),
    ("gdpr-35", {"profiling": True, "regions": ["FR"]}, "needs_human_answer"),
    ("gdpr-35-7-9", SCORING, "applies"),
    ("gdpr-35-7-9", {}, "does_not"),
    ("bdsg-38", SCORING, "applies"),
    ("bdsg-38", {"converses_with": ["callers"], "regions": ["FR"]}, "does_not"),
    ("edpb-28-2024", {"sourcing": "bought"}, "applies"),
    # German labour law: objective suitability to monitor is enough.
    ("betrvg-87-1-6", {"acts_on": ["agents"]}, "applies"),
    ("betrvg-87-1-6", SCORING, "applies"),
    ("betrvg-87-1-6", {}, "needs_human_answer"),
    ("betrvg-87-1-6", {"works_council": False, "acts_on": ["agents"]}, "does_not"),
    ("betrvg-87-1-6", {"works_council": None}, "needs_human_answer"),
    ("betrvg-90-1-3", {}, "applies"),
    ("betrvg-90-1-3", {"regions": ["AT"]}, "does_not"),
    ("betrvg-80-3", {}, "applies"),
    ("betrvg-95-2a", {"worker_use": ["selection"]}, "applies"),
    ("betrvg-95-2a", SCORING, "does_not"),
    ("bdsg-26", {"acts_on": ["agents"]}, "applies"),
    # Recording, marketing calls, devices.
    ("stgb-201", {"recording": "stored-audio"}, "applies"),
    ("stgb-201", {"recording": "live-transcription"}, "needs_human_answer"),
    ("stgb-201", {"recording": "none"}, "does_not"),
    ("uwg-7a", {"marketing_calls": True}, "applies"),
    ("tdddg-25", {"stores_on_device": True}, "applies"),
    # Accessibility: whether the service is covered is for a person.
    ("bfsg", {}, "needs_human_answer"),
    ("bfsg", {"consumers": False}, "does_not"),
    ("en-301-549", {"converses_with": ["callers"]}, "needs_human_answer"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "stated", "expected"), CASES)
def test_decision_table(rule: str, stated: dict[str, Any], expected: str) -> None:
    """One stated fact at a time decides whether a rule touches the feature."""
    assert outcomes(stated)[rule].result == expected


def test_the_table_reaches_every_rule() -> None:
    """A rule without a case would be untested."""
    every = {rule.id for rules in shipped_rules() for rule in rules.rules}
    assert {rule for rule, _, _ in CASES} == every


# --- the eight kinds of feature, plausibly filled in ---------------------------------------------

ALWAYS = {"ai-act-4", "gdpr-5-6", "gdpr-13-14", "edpb-28-2024", "betrvg-90-1-3", "betrvg-80-3"}
"""A bought feature that handles personal data in a German company with a works council."""
DPIA = {"gdpr-35-7-9", "bdsg-38"}
WORKERS = {"betrvg-87-1-6", "bdsg-26"}
HIGH_RISK = {"ai-act-26-1-6", "ai-act-26-9", "ai-act-72-73"}

KINDS: dict[str, tuple[dict[str, Any], set[str], set[str]]] = {
    "voicebot": (
        {"acts_on": ["callers"], "converses_with": ["callers"], "generates": ["voice"],
         "recording": "stored-audio"},
        {"ai-act-50-1", "ai-act-50-2", "dsk-11", "stgb-201", *DPIA},
        {"ai-act-50-4", "betrvg-87-1-6", "bfsg", "en-301-549"},
    ),
    "chatbot": (
        {"converses_with": ["callers"], "generates": ["text"], "stores_on_device": True},
        {"ai-act-50-1", "ai-act-50-2", "dsk-11", "tdddg-25", *DPIA},
        {"betrvg-87-1-6", "bfsg", "en-301-549"},
    ),
    "call-routing": (
        {"input": ["text", "records"], "worker_use": ["task-allocation"], "profiling": True},
        {"ai-act-annex-3-4-b", "ai-act-26-7", "ai-act-26-11", "dsk-11", "dsk-8",
         *HIGH_RISK, *DPIA, *WORKERS},
        {"gdpr-35", "bfsg"},
    ),
    "agent-assist": (
        {"converses_with": ["agents"], "generates": ["text"], "recording": "live-transcription"},
        {"ai-act-50-2", *WORKERS},
        {"ai-act-50-1", "stgb-201", "bfsg"},
    ),
    "quality-scoring": (
        {"worker_use": ["evaluation", "training"], "profiling": True, "significant_effect": True,
         "recording": "stored-audio"},
        {"ai-act-annex-3-4-b", "ai-act-26-7", "ai-act-26-11", "ai-act-86", "dsk-8", "stgb-201",
         *HIGH_RISK, *DPIA, *WORKERS},
        {"gdpr-22", "gdpr-15-1-h", "gdpr-35", "bfsg"},
    ),
    "sentiment": (
        CALLERS,
        {"ai-act-annex-3-1-c", "ai-act-26-7", "ai-act-50-3", "dsk-11", "dsk-13",
         *HIGH_RISK, *DPIA, *WORKERS},
        {"ai-act-5-1-a-b", "ai-act-6-3", "gdpr-35", "bfsg"},
    ),
    "outbound-scoring": (
        {"input": ["records"], "goals": ["sales"], "profiling": True, "marketing_calls": True},
        {"uwg-7a", "dsk-11", *DPIA},
        {"ai-act-5-1-a-b", "gdpr-35", "betrvg-87-1-6", "bfsg"},
    ),
    "speech-analytics": (
        {"recording": "stored-audio"},
        {"stgb-201", *WORKERS},
        {"bfsg"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_filled_in_plausibly(name: str) -> None:
    """Each kind of feature: what applies and what a person answers; everything else does not."""
    chosen, (stated, expected, asked) = template(name), KINDS[name]
    typical = {
        "channels": list(chosen.channels),
        "acts_on": list(chosen.acts_on),
        "automation": chosen.automation,
    }
    found = outcomes({**typical, **stated})
    by_result = {
        result: {id for id, one in found.items() if one.result == result}
        for result in ("applies", "needs_human_answer", "prohibited")
    }
    assert by_result["applies"] == ALWAYS | expected
    assert by_result["needs_human_answer"] == asked
    assert by_result["prohibited"] == set()


def test_from_callers_to_agents() -> None:
    """One fact changed: high risk with a notice becomes a prohibited practice."""
    before = outcomes(CALLERS)
    after = outcomes({**CALLERS, "analysed_side": "agents"})
    changed = {id for id in before if before[id].result != after[id].result}
    assert before["ai-act-5-1-f"].result == "does_not"
    assert after["ai-act-5-1-f"].result == "prohibited"
    assert {"ai-act-5-1-f", "ai-act-annex-3-1-c", "ai-act-26-1-6", "betrvg-87-1-6"} <= changed


# --- dates, missing facts, open points, answers ----------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "stated", "on", "status", "first"),
    [
        ("ai-act-annex-3-1-c", CALLERS, DAY, "not-yet-applicable", dt.date(2027, 12, 2)),
        ("ai-act-annex-3-1-c", CALLERS, dt.date(2027, 12, 2), "in-force", dt.date(2027, 12, 2)),
        ("ai-act-50-3", CALLERS, DAY, "in-force", dt.date(2026, 8, 2)),
        ("ai-act-50-3", CALLERS, dt.date(2026, 8, 1), "not-yet-applicable", dt.date(2026, 8, 2)),
        ("ai-act-50-2", {"generates": ["voice"]}, DAY, "in-force", dt.date(2026, 8, 2)),
        ("ai-act-50-2", {"generates": ["voice"], "older_generator": True}, DAY,
         "not-yet-applicable", dt.date(2026, 12, 2)),
        ("ai-act-50-2", {"generates": ["voice"], "older_generator": None}, DAY,
         "in-force", dt.date(2026, 8, 2)),
        ("ai-act-5-1-f", CALLERS, DAY, "in-force", dt.date(2025, 2, 2)),
        ("ai-act-4a", {}, DAY, "in-force", dt.date(2026, 7, 27)),
        ("ai-act-86", {}, dt.date(2028, 1, 1), "disputed", dt.date(2026, 8, 2)),
        ("bfsg", {}, DAY, "in-force", dt.date(2025, 6, 28)),
    ],
)  # fmt: skip
def test_since_when(
    rule: str, stated: dict[str, Any], on: dt.date, status: str, first: dt.date
) -> None:
    """The status follows the day asked for; what is disputed stays disputed."""
    found = outcomes(stated, on)[rule]
    assert (found.status, found.since) == (status, first)


def test_nothing_stated_rules_nothing_out() -> None:
    """A feature about which nothing is known gets no "does not apply" and no "applies"."""
    found = triage(Feature(), shipped_rules(), DAY)
    assert {one.result for one in found} == {"needs_human_answer"}
    assert all(one.missing for one in found if not one.depends_on)


@given(st.sets(st.sampled_from(sorted(HARMLESS))))
def test_forgetting_facts_never_turns_a_duty_into_none(forgotten: set[str]) -> None:
    """With facts left out, a result only stays or becomes open; a prohibition may stand."""
    whole = outcomes(CALLERS)
    less = outcomes({**CALLERS, **dict.fromkeys(forgotten)})
    for id, one in less.items():
        if one.result == "does_not":
            assert whole[id].result == "does_not", id


def test_proof_that_agents_are_excluded_is_an_open_point_until_shown() -> None:
    """Customers' emotions: without the proof, or without a word on it, the point is open."""
    for shown, points in ((False, 1), (None, 1), (True, 0)):
        found = outcomes({**CALLERS, "agents_shown_excluded": shown})["ai-act-annex-3-1-c"]
        assert len(found.open_points) == points, shown


def answer(applies: bool, on: dt.date = DAY) -> TriageAnswer:
    return TriageAnswer(applies=applies, because="see minutes", by="owner", on=on)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(True), "prohibited"),
        (answer(False), "does_not"),
        (answer(False, dt.date(2026, 12, 1)), "needs_human_answer"),
    ],
)
def test_a_person_answers_whether_a_medical_ground_carries(
    given: TriageAnswer, expected: str
) -> None:
    """The answer settles the question from its day on, either way."""
    stated = {**EMOTION, "analysed_side": "agents", "emotion_ground": "medical"}
    found = outcomes(stated, answers={"ai-act-5-1-f": given})["ai-act-5-1-f"]
    assert found.result == expected


def test_nobody_answers_a_prohibition_or_a_missing_fact_away() -> None:
    """An answer to a rule that asks no question changes nothing."""
    said = {"ai-act-5-1-f": answer(False)}
    plain = outcomes({**EMOTION, "analysed_side": "agents"}, answers=said)
    assert plain["ai-act-5-1-f"].result == "prohibited"
    open_ = outcomes({**EMOTION, "analysed_side": "agents", "infers": None}, answers=said)
    assert open_["ai-act-5-1-f"].missing == ("infers",)


# --- words ---------------------------------------------------------------------------------------


def test_the_reason_names_what_was_said_and_the_article() -> None:
    """ "Because you said", in both languages, with the facts in words."""
    found = outcomes({**EMOTION, "analysed_side": "mixed"})["ai-act-5-1-f"]
    assert you_said(found, "en") == (
        "Because you said: what is inferred about people: emotions; what is analysed: the sound "
        "of the voice; side of the conversation analysed: a mixed recording."
    )
    assert you_said(found, "de").startswith("Weil Sie angegeben haben: ")
    assert since(found, "de") == "seit 2. Februar 2025"
    assert found.rule.article.en == "Art. 5(1)(f)"


def test_what_is_doubtful_says_so() -> None:
    """Confidence M and L carry "to be confirmed", H does not."""
    found = outcomes({})
    for one in found.values():
        for language, words in (("en", "to be confirmed"), ("de", "zu bestätigen")):
            assert (words in since(one, language)) == (one.rule.confidence != "H"), one.rule.id


def test_every_outcome_can_be_said_in_both_languages() -> None:
    """No placeholder, id or value remains; a missing fact is named."""
    for stated in ({}, CALLERS, dict.fromkeys(HARMLESS), SCORING, {"regions": ["DE-BY", "CH"]}):
        for one in outcomes(stated).values():
            for language in LANGUAGES:
                said = " ".join(because(one, language))
                assert said
                assert not re.search(r"[{}_]|\bNone\b", said), said
                assert all(fact_name(name, language) in said for name in one.missing)


def test_every_fact_and_value_has_words() -> None:
    """Facts that rules ask for are shown to people by name, and so are their values."""
    known = phrases("triage")
    for fact, values in FACT_VALUES.items():
        assert f"fact-{fact}" in known
        for value in values or ():
            own = f"value-{fact}.{value}" in known
            assert own or value in known or f"value-{value}" in phrases("frameworks"), (fact, value)


# --- rules and facts as data ------------------------------------------------------------------------


def test_rules_copy_no_claim_and_cite_a_source() -> None:
    """Both languages, an article and a source each; ids are unique over all sets."""
    ids = [rule.id for rules in shipped_rules() for rule in rules.rules]
    assert len(ids) == len(set(ids))
    assert all(rules.as_of == dt.date(2026, 11, 23) for rules in shipped_rules())


RULES = """
schema: impactbook/triage-rules/1
id: own
version: 1.0.0
as_of: 2026-11-23
title: {de: Eigenes, en: Own}
scope: {fact: regions, is: EU}
rules:
  - id: own-1
    article: {de: A, en: A}
    title: {de: T, en: T}
    who: [deployer]
    when: WHEN
    because: {de: B, en: B}
    confidence: H
    source: https://example.org/
"""


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("{fact: mood, is: good}", "asks for the fact 'mood'"),
        ("{fact: infers, is: feelings}", "infers cannot be 'feelings'"),
        ("{fact: infers}", "either `is` or `any_of`"),
        ("{fact: infers, is: emotion, any_of: [emotion]}", "either `is` or `any_of`"),
        ("{is: emotion}", "exactly one of"),
        ("{all: []}", "is empty"),
        ("{eval: 1}", "the key 'eval' is unknown"),
        ("{unknown: infers, fact: infers, is: emotion}", "exactly one of"),
    ],
)
def test_a_condition_that_could_never_hold_is_refused(when: str, sentence: str) -> None:
    """With the file and the rule's place, in one sentence."""
    with pytest.raises((InputError, InputErrors)) as refused:
        load_rules(RULES.replace("WHEN", when), "own.yaml")
    assert sentence in str(refused.value)
    assert "own.yaml, line" in str(refused.value)


def test_a_rule_follows_only_rules_above_it() -> None:
    """So no rule can follow itself, and every result is there when it is needed."""
    text = RULES.replace("when: WHEN", "follows: [own-2]")
    with pytest.raises((InputError, InputErrors), match="no rule above it"):
        load_rules(text, "own.yaml")


FACTS = st.dictionaries(
    st.sampled_from(sorted(LEGAL_FACT_VALUES)),
    st.sets(st.sampled_from(["yes", "no", "voice", "emotion"])).map(frozenset),
)
ASKED = st.sampled_from(["infers", "input"])
LEAVES = ASKED.flatmap(
    lambda name: st.sampled_from(
        [
            Condition(unknown=name),
            Condition(fact=name, is_={"infers": "emotion", "input": "voice"}[name]),
        ]
    )
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Condition(all=tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Condition(any=tuple(parts))),
        inner.map(lambda part: Condition(not_=part)),
    ),
    max_leaves=6,
).filter(lambda one: one.depth < 6)


@given(CONDITIONS, CONDITIONS, FACTS)
def test_de_morgan(one: Condition, other: Condition, facts: dict[str, frozenset[str]]) -> None:
    """Not (a and b) equals (not a) or (not b), also where something is unknown."""
    left = Condition(not_=Condition(all=(one, other)))
    right = Condition(any=(Condition(not_=one), Condition(not_=other)))
    assert evaluate(left, facts)[0] == evaluate(right, facts)[0]


def test_unknown_is_the_same_as_left_out() -> None:
    """People may write `unknown` for every fact; yes and no are true and false."""
    assert LegalFacts.model_validate(dict.fromkeys(LEGAL_FACT_VALUES, "unknown")) == LegalFacts()
    assert set(LEGAL_FACT_VALUES) == set(LegalFacts.model_fields)
    with pytest.raises(ValidationError):
        LegalFacts.model_validate({"infers": ["mood"]})


def test_a_feature_without_facts_is_written_as_before() -> None:
    """Records of features that state no legal facts keep their bytes."""
    assert "facts" not in Feature().model_dump(mode="json")
    assert Feature(facts=LegalFacts()).model_dump(mode="json")["facts"]["infers"] is None


def test_an_answer_names_a_role_there_is() -> None:
    """Who answered must be among the roles."""
    given = {"x": {"applies": True, "because": "b", "by": "owner", "on": DAY}}
    with pytest.raises(ValidationError, match="names the role 'owner'"):
        Assessment.model_validate({"schema": "impactbook/assessment/1", "triage": given})
