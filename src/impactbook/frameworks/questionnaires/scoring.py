"""Points, totals and levels of a questionnaire, computed as the pack's `scoring` declares.

Sums and shares are exact fractions, so a level's limit is never missed by a rounding of the
machine; only a declared rounding rounds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from impactbook.frameworks.questionnaires.comparing import is_empty, shown
from impactbook.frameworks.questionnaires.evaluating import Answers
from impactbook.frameworks.questionnaires.visibility import visible_elements
from impactbook.model.questionnaire import Choice, Element, Page, Questionnaire
from impactbook.model.scoring import Deduction, Level, Points, Scoring

_TRAILING = re.compile(r"\d{1,9}(\.\d{1,6})?")


@dataclass(frozen=True)
class Evaluation:
    """What one set of answers comes to.

    `visible` names what is seen. `points` and `maxima` stand by kind. `total` is the points of the
    kind that makes the total, lowered where `deducted`. `level` is None while no scored question
    that is seen has an answer, or where nothing can be scored. `scored_questions` counts all that
    can give points; `open_questions` names those of them that are seen and have no answer, so as
    long as it names any, total and level are not final.
    """

    visible: tuple[str, ...]
    points: Mapping[str, Points]
    maxima: Mapping[str, Points]
    total: Points
    deducted: bool
    level: Level | None
    scored_questions: int
    open_questions: tuple[str, ...]


def evaluate_answers(
    questionnaire: Questionnaire, scoring: Scoring, answers: Answers
) -> Evaluation:
    """Visible questions, points, total and level of a set of answers.

    An answer that is none of a question's choices gives no points; `problems_of_answers` names it.
    """
    seen = list(visible_elements(questionnaire, answers))
    seen_ids = {id(element) for element in seen}
    scored = scored_questions(questionnaire, scoring)
    visible = [(element, kind) for element, kind in scored if id(element) in seen_ids]
    counting = visible if scoring.hidden_answers == "left-out" else scored
    limited = scored if scoring.maximum_over == "all-questions" else visible

    points = {kind.id: Fraction(0) for kind in scoring.kinds}
    maxima = dict(points)
    for element, kind in counting:
        points[kind] += _points_of(element, answers.get(element.key), scoring)
    for element, kind in limited:
        maxima[kind] += _highest(element, scoring)
    total, deducted = _total(scoring, points, maxima)
    answered = any(not is_empty(answers.get(element.key)) for element, _ in counting)
    return Evaluation(
        visible=tuple(dict.fromkeys(element.name for element in seen)),
        points={kind: _plain(value) for kind, value in points.items()},
        maxima={kind: _plain(value) for kind, value in maxima.items()},
        total=_plain(total),
        deducted=deducted,
        level=_level(scoring, total, maxima[scoring.total_of]) if answered else None,
        scored_questions=len(scored),
        open_questions=tuple(
            element.name for element, _ in visible if is_empty(answers.get(element.key))
        ),
    )


def scored_questions(
    questionnaire: Questionnaire, scoring: Scoring
) -> tuple[tuple[Element, str], ...]:
    """Every question that can give points, with the id of its kind, in reading order."""
    return tuple(
        (element, kind)
        for around, element in questionnaire.placed()
        if element.type in scoring.counted_types
        and (kind := kind_of(element, around, scoring)) is not None
    )


def kind_of(element: Element, around: tuple[Page | Element, ...], scoring: Scoring) -> str | None:
    """The kind of a question: by its name, else by the end of its name, else by what is around it.

    The innermost name with a declared end decides, also where that end means "not scored".
    """
    for kind in scoring.kinds:
        if element.name in kind.questions:
            return kind.id
    for part in (element, *reversed(around)):
        for suffixes, found in (
            (scoring.unscored_suffixes, None),
            *((kind.suffixes, kind.id) for kind in scoring.kinds),
        ):
            if part.name.endswith(suffixes):
                return found
    return scoring.otherwise


def score_of(element: Element, choice: Choice, scoring: Scoring) -> Fraction:
    """The score of one choice of a question: as declared, as the file states it, or from its value."""
    rule, value = scoring.choice_scores, shown(choice.value)
    stated = rule.points.get(element.name, {}).get(value, choice.score)
    if stated is not None:
        return Fraction(str(stated))
    if rule.after is None or rule.after not in value:
        return Fraction(0)
    trailing = value.rpartition(rule.after)[2]
    return Fraction(trailing) if _TRAILING.fullmatch(trailing) else Fraction(0)


def chosen(element: Element, answer: Any) -> tuple[Choice, ...]:
    """The choices an answer names, each once; 1 and "1" are the same choice, as in the form."""
    given = answer if isinstance(answer, list) else [answer]
    named = {shown(value) for value in given if not is_empty(value)}
    return tuple(choice for choice in element.choices if shown(choice.value) in named)


def _points_of(element: Element, answer: Any, scoring: Scoring) -> Fraction:
    """A checkbox adds what is chosen; of other questions one choice counts."""
    if element.type != "checkbox" and isinstance(answer, list):
        return Fraction(0)
    return sum((score_of(element, item, scoring) for item in chosen(element, answer)), Fraction(0))


def _highest(element: Element, scoring: Scoring) -> Fraction:
    """The most a question can give: of a checkbox all that adds, of other questions the best choice."""
    scores = [score_of(element, choice, scoring) for choice in element.choices]
    if element.type == "checkbox":
        return sum((score for score in scores if score > 0), Fraction(0))
    return max(scores, default=Fraction(0))


def _total(
    scoring: Scoring, points: Mapping[str, Fraction], maxima: Mapping[str, Fraction]
) -> tuple[Fraction, bool]:
    """The total, and whether the declared deduction lowered it."""
    total, rule = points[scoring.total_of], scoring.deduction
    if rule is None or not _applies(rule, points, maxima):
        return total, False
    lowered = total * (1 - _share(rule.lowers_by_percent))
    if rule.rounding == "half-up":
        lowered = Fraction(math.floor(lowered + Fraction(1, 2)))
    return lowered, True


def _applies(
    rule: Deduction, points: Mapping[str, Fraction], maxima: Mapping[str, Fraction]
) -> bool:
    """Whether enough points of the rule's kind were reached; of nothing, nothing is reached."""
    reach = maxima[rule.kind] * _share(rule.of_percent_of_maximum)
    return reach > 0 and points[rule.kind] >= reach * _share(rule.at_least_percent)


def _level(scoring: Scoring, total: Fraction, maximum: Fraction) -> Level | None:
    """The first level whose limit the total keeps; none where the maximum is nothing."""
    if maximum <= 0:
        return None
    for level in scoring.levels:
        if level.up_to_percent is not None and total > maximum * _share(level.up_to_percent):
            continue
        if level.below_percent is not None and total >= maximum * _share(level.below_percent):
            continue
        return level
    return None


def _share(percentage: Points) -> Fraction:
    return Fraction(str(percentage)) / 100


def _plain(value: Fraction) -> Points:
    return value.numerator if value.denominator == 1 else float(value)
