"""Canada's questionnaire, imported, gives what its own engine and rules give on 30 sets of answers."""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from impactbook.frameworks import load_pack
from impactbook.frameworks.questionnaires import evaluate_answers, problems_of_answers
from impactbook.frameworks.surveyjs import ImportedPack, import_surveyjs, shipped_declarations
from impactbook.model.scoring import Scoring

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "canada_aia"
ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}

needs_files = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason="the questionnaire and its scored answers lie outside the repository",
)


@cache
def pack() -> ImportedPack:
    content = (FOLDER / "survey-enfr.json").read_bytes()
    return import_surveyjs(content, "survey-enfr.json", on=dt.date(2026, 11, 24))


def cases() -> list[dict[str, Any]]:
    path = FOLDER / "cases.json"
    return json.loads(path.read_bytes()) if path.is_file() else []


@needs_files
def test_the_shipped_declaration_is_joined_by_itself() -> None:
    """It names this very file; source, licence and author stand in the pack."""
    done = pack()
    assert done.declaration == shipped_declarations()["canada-aia"]
    stated = done.pack.imported
    assert stated is not None
    assert (stated.licence, stated.attribution) == ("MIT", "© 2019 Government of Canada")
    assert done.pack.sources[0].confidence == "H"
    assert not done.notices


@needs_files
def test_everything_of_the_file_is_there() -> None:
    """18 pages; 130 + 16 + 16 + 120 + 13 questions and 4 notes; English whole, French all but two texts."""
    form = pack().questionnaire
    kinds = [element.type for _, element in form.placed()]
    counted = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    assert len(form.pages) == 18
    assert counted == {
        "note": 4, "panel": 17, "text": 13, "dropdown": 16, "radiogroup": 130, "checkbox": 16,
        "comment": 120,
    }  # fmt: skip
    assert load_pack(pack().text, "canada-aia.yaml") == pack().pack


@needs_files
@pytest.mark.parametrize("case", cases(), ids=lambda case: f"seed-{case['seed']}")
def test_visible_questions_scores_and_level_are_those_of_the_tool(case: dict[str, Any]) -> None:
    """The set of visible questions, both scores, both maxima, total and level are equal."""
    done = pack()
    assert done.pack.scoring is not None
    result = evaluate_answers(done.questionnaire, done.pack.scoring, case["answers"])
    assert set(result.visible) == set(case["visible"])
    assert result.points == {"raw": case["raw"], "mitigation": case["mitigation"]}
    assert result.maxima == {"raw": case["max_raw"], "mitigation": case["max_mitigation"]}
    assert (result.total, result.scored_questions) == (case["total"], case["scored_questions"])
    assert result.level is not None
    assert ROMAN[result.level.id] == case["level"]
    assert not list(problems_of_answers(case["answers"], done.questionnaire, "case"))


@needs_files
def test_the_cases_reach_every_level_and_the_deduction() -> None:
    """Thirty cases that all stayed in one level would show little."""
    assert {case["level"] for case in cases()} == {1, 2, 3, 4}
    assert any(case["total"] < case["raw"] for case in cases())
    assert len(cases()) == 30


def test_the_declared_deduction_rounds_as_the_tool_for_every_score() -> None:
    """The tool rounds 0.85 times the score in floating point, halves up; the fractions agree from 0 to 167."""
    scoring: Scoring = shipped_declarations()["canada-aia"].scoring
    assert scoring.deduction is not None
    for raw in range(168):
        lowered = raw * (1 - Fraction(scoring.deduction.lowers_by_percent, 100))
        assert int(lowered + Fraction(1, 2)) == int(0.85 * raw + 0.5)


def test_the_declared_levels_are_the_published_ones() -> None:
    """Up to 25, 50 and 75 % of the maximum, limits inclusive, and all above."""
    levels = shipped_declarations()["canada-aia"].scoring.levels
    assert [(level.id, level.up_to_percent) for level in levels] == [
        ("I", 25), ("II", 50), ("III", 75), ("IV", None),
    ]  # fmt: skip
