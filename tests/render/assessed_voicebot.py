"""A small assessed voicebot for the tests of the record's chapters: counts set by hand.

1,411 speakers: 65 women, 331 men, 5 others, 1,010 without a value. The reference is 50.678311 %
women, so women reach (65 / 396) / 0.50678311 = 0.32389 and men (331 / 396) / 0.49321689 = 1.69471.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from impactbook.assess import Inputs, record_content
from impactbook.checks.figures.common import FigureContext
from impactbook.checks.figures.representation import representation_figures
from impactbook.checks.figures.shares import share_figures
from impactbook.checks.suppression import publish
from impactbook.checks.tables import Table, Tables
from impactbook.frameworks.loader import load_pack
from impactbook.language import Language
from impactbook.model.assessment import Assessment
from impactbook.model.config import GatePolicy
from impactbook.model.evidence import CheckResult, DatasetEvidence, DatasetLabels, Figure
from impactbook.model.framework import Pack
from impactbook.render.record.view import RecordView

DAY = dt.date(2026, 11, 23)
CONTENT = "c" * 64
SEX = {"female": 0.50678311, "male": 0.49321689}

PACK = """
schema: impactbook/framework/1
id: small
version: 1.0.0
as_of: 2026-11-01
title: {de: Kleiner Rahmen, en: Small framework}
description: {de: Zum Testen, en: For tests}
sources:
  - {id: law, title: Law, citation: {de: "DSGVO, Art. 13", en: "GDPR, Art. 13"}, confidence: H}
groups:
  - id: openness
    kind: principle
    title: {de: Offenheit, en: Openness}
    aim: {de: Menschen wissen Bescheid., en: People know.}
scales:
  done:
    - {id: in-place, label: {de: umgesetzt, en: in place}, meaning: {de: m, en: m}, effect: none}
    - {id: planned, label: {de: geplant, en: planned}, meaning: {de: m, en: m}, effect: conditions}
questions:
"""

QUESTION = """
  - id: {id}
    group: openness
    title: {{de: "{de}", en: "{en}"}}
    question: {{de: "Ist das geregelt: {de}?", en: "Is this settled: {en}?"}}
    why: {{de: w, en: w}}
    good_evidence: {{de: g, en: g}}
    example: {{de: b, en: b}}
    scale: done
    covers: ["ai-act:50(1)"]
    sources: [law]
    effect_unanswered: conditions
    asks: [owner]
"""

QUESTIONS = (
    ("notice", "Hinweis auf die Maschine", "Notice of the machine", ""),
    ("handover", "Übergabe an Menschen", "Handover to people", ""),
    ("consent", "Einwilligung", "Consent", ""),
    ("chat-log", "Chatprotokoll", "Chat log", "    applies: {channels: [chat]}\n"),
)


def small_pack() -> Pack:
    """Four questions: one to be answered well, one badly, one left open, one for chats only."""
    questions = (QUESTION.format(id=i, de=de, en=en) + more for i, de, en, more in QUESTIONS)
    return load_pack(PACK + "".join(questions), "small.yaml")


ASSESSMENT: dict[str, Any] = {
    "schema": "impactbook/assessment/1",
    "language": "de",
    "feature": {
        "title": {"de": "Telefonassistent", "en": "Phone assistant"},
        "purpose": "Der Assistent nimmt Zählerstände am Telefon entgegen.",
        "channels": ["voice"],
        "acts_on": ["callers"],
        "automation": "decides-with-review",
        "sourcing": "own-build",
        "languages": ["de"],
        "regions": ["DE"],
        "stage": "pilot",
        "volume": {"contacts_per_month": 42000},
        "datasets": {"training": ["speech"]},
    },
    "roles": [
        {"role": "owner", "title": "Leitung Service", "person": "Maren Petersen"},
        {"role": "data-protection-officer", "person": "Katrin Oldenburg"},
        {"role": "assessor", "person": "Selin Aydin"},
        {"role": "oversight", "person": "Thomas Wieczorek"},
        {"role": "complaint-handling"},
    ],
    "stakeholders": [
        {
            "id": "callers",
            "name": {"de": "Anrufende", "en": "Callers"},
            "involvement": [
                {
                    "method": "survey",
                    "date": dt.date(2026, 6, 17),
                    "people": 312,
                    "said": "Ich will wissen, dass da kein Mensch ist.",
                    "changed": "Der Hinweis steht jetzt im ersten Satz.",
                }
            ],
        },
        {
            "id": "elderly",
            "name": {"de": "Ältere Anrufende", "en": "Elderly callers"},
            "vulnerable": True,
            "involvement": [
                {
                    "method": "workshop",
                    "date": dt.date(2026, 7, 8),
                    "people": 14,
                    "said": "Ich sage die Zahl dreimal, dann legt das Ding auf.",
                    "dissent": "Zuerst soll immer ein Mensch abheben.",
                }
            ],
        },
        {
            "id": "stuttering",
            "name": "Menschen, die stottern",
            "vulnerable": True,
            "not_involved_because": "Der Verband konnte keinen Termin anbieten.",
        },
    ],
    "impacts": [
        {
            "id": "not-understood",
            "title": "Anrufende werden nicht verstanden",
            "affects": ["callers", "elderly"],
            "interest": "Zugang zu Leistungen",
            "mechanism": "Die Erkennung hat ihre Stimmen kaum gehört.",
            "reversibility": "reversible",
            "scale": "some",
            "ratings": [
                {"by": "owner", "severity": "limited", "likelihood": "limited"},
                {
                    "by": "elderly",
                    "severity": "severe",
                    "likelihood": "significant",
                    "people": 14,
                    "reason": "Danach ruft man nicht mehr an.",
                    "with_safeguards": {"severity": "limited", "likelihood": "significant"},
                },
            ],
            "evidence": ["speech/representation_ratio/gender/female/"],
        },
        {"id": "waiting", "title": "Wer Hilfe braucht, wartet länger", "affects": ["callers"]},
    ],
    "safeguards": [
        {
            "id": "handover",
            "title": "Nach zwei Versuchen übernimmt ein Mensch",
            "reduces": ["not-understood"],
            "owner": "owner",
            "due": dt.date(2026, 12, 15),
            "state": "in-progress",
        }
    ],
    "answers": {
        "notice": {
            "value": "in-place",
            "rationale": "Der erste Satz nennt die Maschine.",
            "evidence": ["announcement"],
            "by": "owner",
            "on": dt.date(2026, 10, 5),
        },
        "handover": {"value": "planned", "rationale": "Der Übergang wird gebaut.", "by": "owner"},
    },
    "attachments": [
        {"id": "announcement", "file": "ansage-final-mp.txt", "description": "Text der Ansage"}
    ],
    "decision": {
        "outcome": "no-go",
        "on": dt.date(2026, 11, 12),
        "decided_by": ["owner"],
        "reasons": "Für Ältere ist nicht gezeigt, dass sie verstanden werden.",
        "conditions": [
            {
                "id": "voices",
                "text": "Aufnahmen von 400 Menschen über 60 liegen vor.",
                "due": "before-go-live",
                "owner": "owner",
            },
            {
                "id": "measure",
                "text": "Die Fehlerrate nach Alter wird monatlich gemessen.",
                "due": dt.date(2027, 3, 31),
            },
        ],
        "next_review": dt.date(2027, 2, 15),
    },
    "signoffs": [
        {
            "role": "owner",
            "person": "Maren Petersen",
            "on": dt.date(2026, 11, 12),
            "digest": CONTENT,
        },
        {
            "role": "data-protection-officer",
            "person": "Katrin Oldenburg",
            "on": dt.date(2026, 11, 2),
            "digest": "d" * 64,
        },
    ],
}


def speech_figures(limit: int = 1) -> tuple[Figure, ...]:
    """Shares and representation ratios of the 1,411 speakers."""
    counts = {("female",): 65, ("male",): 331, ("other",): 5, (None,): 1010}
    tables = publish(Tables.of(Table(("gender",), "person", counts)).with_margins(), limit)
    context = FigureContext("speech", "training_data", limit)
    shares = share_figures(context, tables, "gender", unit="person")
    ratios = representation_figures(
        context, tables, "gender", unit="person", reference=SEX, no_reference=("other",)
    )
    return (*shares.figures, *ratios.figures)


def speech_evidence(figures: Sequence[Figure]) -> DatasetEvidence:
    """One failed check, one that the data cannot answer."""
    return DatasetEvidence(
        dataset="speech",
        title={"de": "Sprachaufnahmen", "en": "Voice recordings"},
        fingerprint="a" * 64,
        declaration="b" * 64,
        engine="duckdb",
        rows=12191,
        persons=1411,
        unit="person",
        suppression_limit=5,
        labels=DatasetLabels(
            counted={"de": "Sprechenden", "en": "speakers"},
            attributes={"gender": {"de": "Geschlecht", "en": "sex"}},
            groups={
                "gender": {
                    "female": {"de": "Frauen", "en": "women"},
                    "male": {"de": "Männer", "en": "men"},
                }
            },
        ),
        checks=(
            CheckResult(
                check="representation",
                expectation="expect_group_representation_to_match_reference",
                attribute="gender",
                verdict="fail",
                rows_seen=12191,
                figures=tuple(f.id for f in figures if f.metric == "representation_ratio"),
            ),
            CheckResult(
                check="representation",
                expectation="expect_group_representation_to_match_reference",
                attribute="dialect",
                verdict="not_measured",
                problem="not_in_data",
                because="Zum Dialekt wurde nichts erfasst.",
            ),
        ),
        figures=tuple(figures),
    )


def content(assessment: dict[str, Any], language: Language, **evidence: Any) -> dict[str, Any]:
    """The record's content as JSON, every internal field disclosed."""
    from impactbook.records.disclosures import to_json

    found = record_content(
        Inputs(
            feature="phone-assistant",
            assessment=Assessment.model_validate(assessment),
            content=CONTENT,
            packs=(small_pack(),),
            evidence=evidence.get("evidence", ()),
            policy=GatePolicy(),
            as_of=DAY,
            language=language,
        )
    )
    made: dict[str, Any] = to_json(found)
    return made


def voicebot_record(language: Language, *, version: str | None = "1.0.0") -> dict[str, Any]:
    """The whole record of the voicebot as a dict."""
    evidence = (speech_evidence(speech_figures()),)
    return {
        **content(ASSESSMENT, language, evidence=evidence),
        "schema": "impactbook/record/1",
        "version": version,
        "created": "2026-11-23T14:00:00Z",
        "attachments": [
            {
                "id": "announcement",
                "file": {"sealed": "e" * 64},
                "description": "Text der Ansage",
                "path": "attachments/announcement.txt",
                "sha256": "f" * 64,
                "size": 120,
            }
        ],
        "provenance": {
            "inputs": {"assessment.yaml": "1" * 64, "speech": "a" * 64},
            "notebooks": {"impact_assessment.ipynb": "2" * 64},
            "packages": {"impactbook": "0.1.0", "duckdb": "2.0.0"},
            "git_commit": None,
            "engine": "duckdb",
            "ledger_head": None,
        },
        "previous": None,
    }


def voicebot_view(language: Language, **changes: Any) -> RecordView:
    """The voicebot as its chapters see it; `changes` replace top-level parts of the record."""
    record = {**voicebot_record(language), **changes}
    return RecordView(record, speech_figures(), {}, language)


def empty_view(language: Language) -> RecordView:
    """A record of an assessment in which nothing is written yet."""
    record = content({"schema": "impactbook/assessment/1", "language": "de"}, language)
    return RecordView(record, (), {}, language)
