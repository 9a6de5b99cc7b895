"""Two small SurveyJS files as strangers write them, and one with scores for the tests here."""

from __future__ import annotations

import json
from typing import Any

GERMAN: dict[str, Any] = {
    "locale": "de",
    "title": "Selbstauskunft KI-Projekt",
    "pages": [
        {
            "name": "Allgemein",
            "elements": [
                {"type": "boolean", "name": "liveBetrieb", "title": "Ist das System im Betrieb?",
                 "labelTrue": "Ja, bereits", "labelFalse": "Noch nicht"},
                {"type": "tagbox", "name": "kanaele", "title": "Welche Kanäle?",
                 "choices": ["Telefon", "Chat", {"value": "mail", "text": "E-Mail"}],
                 "showOtherItem": True, "otherText": "Andere"},
                {"type": "comment", "name": "kanaele.details", "title": "Welche anderen?",
                 "visibleIf": "{kanaele} contains 'other'"},
                {"type": "rating", "name": "reife", "title": "Wie reif ist das Vorhaben?", "rateMax": 5},
                {"type": "text", "name": "warum", "title": "Warum schon jetzt?",
                 "visibleIf": "{reife} >= 4 and {liveBetrieb} = true", "requiredIf": "{reife} = 5"},
                {"type": "image", "name": "bild", "imageLink": "https://example.org/x.png"},
            ],
        }
    ],
}  # fmt: skip

OLD_ENGLISH: dict[str, Any] = {
    "questions": [
        {"type": "html", "name": "intro", "html": "<h2>Welcome</h2><p>Read <a href='https://example.org/g'>this</a> &amp; go on.</p><script>alert(1)</script>"},
        {"type": "dropdown", "name": "size", "title": {"default": "How many people?", "es": "¿Cuántas personas?"},
         "choices": [{"value": 1, "text": "few", "score": 0}, {"value": 2, "text": "some", "score": 2.5}, {"value": 3, "text": "many", "score": 5}]},
        {"type": "panel", "name": "outer", "visibleIf": "{size} > 1", "elements": [
            {"type": "panel", "name": "inner", "title": "Care", "elements": [
                {"type": "radiogroup", "name": "review", "title": "Reviewed?", "choices": ["yes", "no"], "hasNone": True,
                 "visibleIf": "{ROLE} anyof ['lead', 'owner']"},
            ]},
        ]},
        {"type": "checkbox", "name": "who", "valueName": "role", "title": "Roles", "choices": ["lead", "owner", "guest"], "isRequired": True},
        {"type": "text", "name": "secret", "title": "Never seen", "visible": False},
    ]
}  # fmt: skip

SCORED: dict[str, Any] = {
    "pages": [
        {
            "name": "risk",
            "elements": [
                {"type": "panel", "name": "harm-R", "elements": [
                    {"type": "radiogroup", "name": "reach", "title": {"default": "Reach", "de": "Reichweite"},
                     "choices": ["a-0", "b-2", "c-6"]},
                    {"type": "checkbox", "name": "groups", "title": "Groups", "visibleIf": "{reach} <> 'a-0'",
                     "choices": ["x-1", "y-3", "z"]},
                    {"type": "radiogroup", "name": "remark-N", "title": "Not scored", "choices": ["q-9", "r-8"]},
                ]},
            ],
        },
        {
            "name": "care",
            "elements": [
                {"type": "dropdown", "name": "review-M", "title": "Review", "choices": ["no-0", "yes-4"]},
            ],
        },
    ]
}  # fmt: skip

SCORING = """\
schema: impactbook/scoring/1
id: reach-and-care
version: 1.0.0
as_of: 2026-11-24
rules_from: made for these tests
scoring:
  choice_scores: {after: "-"}
  kinds:
    - {id: risk, title: {de: Risiko, en: Risk}, suffixes: ["-R"]}
    - {id: care, title: {de: Sorgfalt, en: Care}, suffixes: ["-M"]}
  unscored_suffixes: ["-N"]
  total_of: risk
  deduction: {kind: care, at_least_percent: 80, lowers_by_percent: 15}
  levels:
    - {id: low, up_to_percent: 50, title: {de: niedrig, en: low}}
    - {id: high, title: {de: hoch, en: high}}
"""


def as_file(survey: dict[str, Any]) -> bytes:
    """A survey as the bytes of its file, one value a line."""
    return json.dumps(survey, ensure_ascii=False, indent=1).encode("utf-8")
