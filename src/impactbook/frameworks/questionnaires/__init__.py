"""Questionnaires within packs: their conditions, what a person sees, and what answers come to.

Pure functions over `model.questionnaire` and `model.scoring`; where a questionnaire came from does
not matter here. `frameworks.surveyjs` imports the files of others.
"""

from impactbook.frameworks.questionnaires.answers import problems_of_answers, read_answers
from impactbook.frameworks.questionnaires.checking import LooseEnd, loose_ends, unknown_names
from impactbook.frameworks.questionnaires.evaluating import Answers, is_true
from impactbook.frameworks.questionnaires.expressions import Expression, variables, written
from impactbook.frameworks.questionnaires.parser import parse_condition
from impactbook.frameworks.questionnaires.scoring import (
    Evaluation,
    evaluate_answers,
    scored_questions,
)
from impactbook.frameworks.questionnaires.visibility import visible_names

__all__ = [
    "Answers",
    "Evaluation",
    "Expression",
    "LooseEnd",
    "evaluate_answers",
    "is_true",
    "loose_ends",
    "parse_condition",
    "problems_of_answers",
    "read_answers",
    "scored_questions",
    "unknown_names",
    "variables",
    "visible_names",
    "written",
]
