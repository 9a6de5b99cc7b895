"""Points, maximum, deduction and level of a questionnaire, with sums worked out by hand."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from foreign_surveys import OLD_ENGLISH, SCORED, SCORING, as_file
from pydantic import ValidationError

from impactbook.errors import InputError, InputErrors
from impactbook.frameworks.questionnaires import Evaluation, evaluate_answers, read_answers
from impactbook.frameworks.surveyjs import import_surveyjs, load_declaration
from impactbook.model.scoring import Scoring

DAY = dt.date(2026, 11, 24)
DECLARATION = load_declaration(SCORING.encode(), "scoring.yaml")
PACK = import_surveyjs(as_file(SCORED), "survey.json", on=DAY, declaration=DECLARATION)


def changed(**keys: Any) -> Scoring:
    """The scoring of these tests with some keys changed."""
    return Scoring.model_validate({**DECLARATION.scoring.model_dump(exclude_none=True), **keys})


def scored(answers: dict[str, Any], scoring: Scoring = DECLARATION.scoring) -> Evaluation:
    return evaluate_answers(PACK.questionnaire, scoring, answers)


@pytest.mark.parametrize(
    ("answers", "risk", "care", "total", "level"),
    [
        # 6 of reach; hidden only where reach is a-0, so 1 + 3 of groups: 10
        ({"reach": "c-6", "groups": ["x-1", "y-3"]}, 10, 0, 10, "high"),
        # 2 + 3 = 5, which is 50 % of 10: the limit belongs to the lower level
        ({"reach": "b-2", "groups": ["y-3"]}, 5, 0, 5, "low"),
        # a choice without a number adds 0; a value is counted once; 2 + 3 + 0
        ({"reach": "b-2", "groups": ["y-3", "z", "y-3"]}, 5, 0, 5, "low"),
        # care 4 of 4 reaches 80 % of its maximum (3.2): 10 x 0.85 = 8.5, halves up: 9
        ({"reach": "c-6", "groups": ["x-1", "y-3"], "review-M": "yes-4"}, 10, 4, 9, "high"),
        # 6 x 0.85 = 5.1, rounded to 5: one level lower than the 6 without the deduction
        ({"reach": "c-6", "review-M": "yes-4"}, 6, 4, 5, "low"),
        ({"reach": "c-6", "review-M": "no-0"}, 6, 0, 6, "high"),
        # groups is hidden while reach is a-0, so its 3 points do not count
        ({"reach": "a-0", "groups": ["y-3"]}, 0, 0, 0, "low"),
        # what is no choice, and what is marked as not scored, gives nothing
        ({"reach": "z-99", "remark-N": "q-9"}, 0, 0, 0, "low"),
        ({"reach": ["c-6"]}, 0, 0, 0, "low"),
    ],
)
def test_points_total_and_level(
    answers: dict[str, Any], risk: int, care: int, total: int, level: str
) -> None:
    """Maximum: risk 6 + (1 + 3 + 0) = 10, care 4, over three scored questions, hidden ones too."""
    result = scored(answers)
    assert (result.points, result.total) == ({"risk": risk, "care": care}, total)
    assert result.maxima == {"risk": 10, "care": 4}
    assert result.scored_questions == 3
    assert result.level is not None
    assert result.level.id == level
    assert result.deducted is (care == 4)


def test_nothing_answered_gives_no_level() -> None:
    """An empty form is not "low": what is open is named, and there is no level."""
    for answers in ({}, {"remark-N": "q-9"}, {"groups": [], "reach": ""}):
        result = scored(answers)
        assert result.level is None
        assert result.open_questions[0] == "reach"
    assert scored({"reach": "a-0"}).open_questions == ("review-M",)


def test_hidden_answers_and_the_visible_maximum_are_a_choice_of_the_declaration() -> None:
    """Counted, the hidden 3 points are there; over what is seen, the maximum is 6."""
    answers = {"reach": "a-0", "groups": ["y-3"]}
    assert scored(answers, changed(hidden_answers="counted")).points["risk"] == 3
    assert scored(answers, changed(maximum_over="visible-questions")).maxima == {
        "risk": 6,
        "care": 4,
    }


def test_points_can_be_declared_by_question_and_value() -> None:
    """A table goes before the number in the value, and a question can be named for a kind."""
    table = changed(
        choice_scores={"after": "-", "points": {"reach": {"b-2": 2.5}}},
        kinds=[
            {"id": "risk", "title": {"en": "Risk"}, "suffixes": ["-R"]},
            {"id": "care", "title": {"en": "Care"}, "questions": ["remark-N"]},
        ],
        deduction=None,
    )
    result = scored({"reach": "b-2", "remark-N": "r-8", "review-M": "yes-4"}, table)
    assert result.points == {"risk": 2.5, "care": 8}
    assert result.maxima == {"risk": 10, "care": 9}


def test_scores_stated_in_the_file_and_one_kind_for_all() -> None:
    """A file whose choices state `score` needs only a kind; a limit can leave itself out."""
    scoring = Scoring.model_validate(
        {
            "choice_scores": {},
            "counted_types": ["dropdown"],
            "kinds": [{"id": "points", "title": {"en": "Points"}}],
            "otherwise": "points",
            "total_of": "points",
            "levels": [
                {"id": "a", "title": {"en": "A"}, "below_percent": 50},
                {"id": "b", "title": {"en": "B"}},
            ],
        }
    )
    form = import_surveyjs(as_file(OLD_ENGLISH), "survey.json", on=DAY).questionnaire
    result = evaluate_answers(form, scoring, {"size": 2})
    # 2.5 of 5 is 50 %, which is no longer below 50 %.
    assert (result.points["points"], result.maxima["points"]) == (2.5, 5)
    assert result.level is not None
    assert result.level.id == "b"


@pytest.mark.parametrize(
    ("keys", "part"),
    [
        ({"total_of": "luck"}, "total_of names the kind 'luck'; known are: risk, care"),
        ({"levels": [{"id": "a", "title": {"en": "A"}, "up_to_percent": 5}]}, "the last one has none"),
        ({"levels": [{"id": "a", "title": {"en": "A"}, "up_to_percent": 50},
                     {"id": "b", "title": {"en": "B"}, "up_to_percent": 50},
                     {"id": "c", "title": {"en": "C"}}]}, "not in rising order"),
        ({"levels": [{"id": "a", "title": {"en": "A"}, "up_to_percent": 5, "below_percent": 6},
                     {"id": "c", "title": {"en": "C"}}]}, "has two limits"),
        ({"levels": [{"id": "a", "title": {"en": "A"}, "up_to_percent": 5},
                     {"id": "a", "title": {"en": "A"}}]}, "names 'a' more than once"),
        ({"deduction": {"kind": "care", "at_least_percent": 101, "lowers_by_percent": 1}}, "less than"),
    ],
)  # fmt: skip
def test_a_scoring_that_does_not_fit_together_is_refused(keys: dict[str, Any], part: str) -> None:
    """Levels must cover everything once, and every kind named must exist."""
    with pytest.raises(ValidationError, match=part):
        changed(**keys)


@pytest.mark.parametrize(
    ("points", "part"),
    [
        ({"raech": {"a-0": 1}}, "there is no question 'raech' in the questionnaire; did you mean 'reach'"),
        ({"reach": {"a-1": 1}}, "the question 'reach' has no choice 'a-1'"),
    ],
)  # fmt: skip
def test_a_table_that_names_what_is_not_there_is_refused(points: Any, part: str) -> None:
    """A slip in a name would otherwise score nothing without a word."""
    wrong = DECLARATION.model_copy(update={"scoring": changed(choice_scores={"points": points})})
    with pytest.raises(InputError, match=part):
        import_surveyjs(as_file(SCORED), "survey.json", on=DAY, declaration=wrong)


def test_answers_that_nothing_accounts_for_are_named_and_never_quoted() -> None:
    """Unknown questions and values that are no choice; a remark beside a question is fine."""
    given = {"reach": "secret", "groups": "x-1", "reahc": "a-0", "review-M-Comment": "fine"}
    with pytest.raises(InputErrors) as caught:
        read_answers(json.dumps(given).encode(), PACK.questionnaire, "answers.json")
    said = [str(error) for error in caught.value.errors]
    assert len(said) == 3
    assert "did you mean 'reach'" in said[2]
    assert "secret" not in "".join(said)
    for content in (b"[]", b"{", b"\xff", b"[" * 100_000):
        with pytest.raises(InputError, match="no JSON object of answers"):
            read_answers(content, PACK.questionnaire, "answers.json")
    good = {"reach": "c-6", "groups": ["x-1"], "remark-N": None}
    assert read_answers(json.dumps(good).encode(), PACK.questionnaire, "a") == good


def test_the_declaration_of_the_guide_is_a_declaration() -> None:
    """What a reader copies from the page on importing is read without a mistake."""
    page = Path(__file__).resolve().parents[2] / "docs" / "frameworks" / "import.md"
    (block,) = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    declaration = load_declaration(block.encode(), "import.md")
    assert [kind.id for kind in declaration.scoring.kinds] == ["raw", "mitigation"]
