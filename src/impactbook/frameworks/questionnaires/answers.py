"""Reading a set of answers given elsewhere, and what in it no question or choice accounts for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from impactbook.errors import InputError, InputErrors
from impactbook.frameworks.questionnaires.comparing import is_empty, shown
from impactbook.frameworks.questionnaires.evaluating import Answers
from impactbook.model.questionnaire import CHOICE_TYPES, Element, Questionnaire
from impactbook.workspace.reading import nearest

_COMMENT = "-Comment"
"""What SurveyJS adds to a question's name for the remark beside it."""
_SHOWN_AT_ONCE = 20


def read_answers(content: bytes, questionnaire: Questionnaire, name: str) -> dict[str, Any]:
    """The answers in a JSON file, as a SurveyJS form stores them (question -> value).

    Raises `InputError` for a file that is no such object, and one error for each answer that no
    question or choice accounts for (`InputErrors`); answers themselves are never quoted.
    """
    try:
        answers = json.loads(content)
    except (ValueError, RecursionError):
        answers = None
    if not isinstance(answers, dict):
        raise InputError(
            "is no JSON object of answers", remedy='write {"question": "value", ...}', file=name
        )
    found = list(problems_of_answers(answers, questionnaire, name))[:_SHOWN_AT_ONCE]
    if found:
        raise found[0] if len(found) == 1 else InputErrors(found)
    return answers


def problems_of_answers(
    answers: Answers, questionnaire: Questionnaire, name: str
) -> Iterator[InputError]:
    """Answers to questions that do not exist, and answers that are none of the choices."""
    questions = {question.key: question for question in questionnaire.questions}
    for key, answer in answers.items():
        question = questions.get(key)
        if question is None:
            if key.removesuffix(_COMMENT) not in questions:
                yield InputError(
                    f"there is no question {key[:60]!r}",
                    remedy=nearest(key, list(questions)) if len(questions) < 30 else "remove it",
                    file=name,
                )
        elif not _fits(question, answer):
            yield InputError(
                "is answered by something that is none of its choices",
                remedy="give the value of a choice",
                file=name,
                field=key[:60],
            )


def _fits(question: Element, answer: Any) -> bool:
    """Whether an answer is empty, free, or made of the question's choices."""
    if is_empty(answer) or question.type not in CHOICE_TYPES:
        return True
    if isinstance(answer, list) != (question.type == "checkbox"):
        return False
    known = {shown(choice.value) for choice in question.choices}
    return all(shown(item) in known for item in (answer if isinstance(answer, list) else [answer]))
