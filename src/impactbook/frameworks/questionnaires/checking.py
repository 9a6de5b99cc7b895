"""What a questionnaire and its scoring refer to and does not exist, and conditions that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from impactbook.errors import InputError
from impactbook.frameworks.questionnaires.comparing import shown
from impactbook.frameworks.questionnaires.expressions import variables
from impactbook.frameworks.questionnaires.parser import parse_condition
from impactbook.frameworks.questionnaires.scoring import scored_questions
from impactbook.model.questionnaire import Element, Page, Questionnaire
from impactbook.model.scoring import Scoring


@dataclass(frozen=True)
class LooseEnd:
    """Something wrong at a place within a pack: the path of keys and positions, and the sentence."""

    path: tuple[str | int, ...]
    problem: str
    remedy: str


def loose_ends(questionnaire: Questionnaire, scoring: Scoring | None) -> Iterator[LooseEnd]:
    """Unreadable conditions, choices given twice, and a scoring that no question fits."""
    for at, page in enumerate(questionnaire.pages):
        yield from _of_part(page, ("questionnaire", "pages", at))
    if scoring is not None:
        yield from _of_scoring(questionnaire, scoring)


def unknown_names(questionnaire: Questionnaire) -> tuple[str, ...]:
    """Names that conditions ask for and no question answers to, sorted; such an answer is never there."""
    known = {question.key.lower() for question in questionnaire.questions}
    parts: list[Page | Element] = [*questionnaire.pages, *(e for _, e in questionnaire.placed())]
    asked = {
        name
        for part in parts
        if part.visible_if is not None
        for name in variables(parse_condition(part.visible_if))
    }
    return tuple(sorted(name for name in asked if not _leads_to(name.lower(), known)))


def _leads_to(name: str, known: set[str]) -> bool:
    """Whether a name is known, or begins with a known one before a dot or bracket."""
    ends = [at for at, sign in enumerate(name) if sign in ".["]
    return name in known or any(name[:end] in known for end in ends)


def _of_part(part: Page | Element, path: tuple[str | int, ...]) -> Iterator[LooseEnd]:
    """The condition of a page or element, its choices, and everything within it."""
    if part.visible_if is not None:
        try:
            parse_condition(part.visible_if)
        except InputError as error:
            yield LooseEnd((*path, "visible_if"), error.problem, error.remedy)
    if isinstance(part, Element):
        yield from _repeated_choices(part, path)
    for at, element in enumerate(part.elements):
        yield from _of_part(element, (*path, "elements", at))


def _repeated_choices(element: Element, path: tuple[str | int, ...]) -> Iterator[LooseEnd]:
    seen: set[str] = set()
    for at, choice in enumerate(element.choices):
        value = shown(choice.value)
        if value in seen:
            yield LooseEnd(
                (*path, "choices", at), f"the choice {value[:60]!r} stands twice", "keep one"
            )
        seen.add(value)


def _of_scoring(questionnaire: Questionnaire, scoring: Scoring) -> Iterator[LooseEnd]:
    """Questions and values that the scoring names, and whether anything is scored at all."""
    questions = {question.name: question for question in questionnaire.questions}
    for at, kind in enumerate(scoring.kinds):
        for name in kind.questions:
            if name not in questions:
                yield _unknown_question(("scoring", "kinds", at, "questions"), name, questions)
    for name, points in scoring.choice_scores.points.items():
        path = ("scoring", "choice_scores", "points", name)
        if name not in questions:
            yield _unknown_question(path, name, questions)
            continue
        values = [shown(choice.value) for choice in questions[name].choices]
        for value in points:
            if value not in values:
                yield LooseEnd(
                    (*path, value),
                    f"the question {name!r} has no choice {value[:60]!r}",
                    _nearest(value, values),
                )
    if not scored_questions(questionnaire, scoring):
        yield LooseEnd(
            ("scoring",),
            "no question of the questionnaire is scored by it",
            "correct the kinds, their suffixes or the counted types",
        )


def _unknown_question(
    path: tuple[str | int, ...], name: str, questions: dict[str, Element]
) -> LooseEnd:
    return LooseEnd(
        path,
        f"there is no question {name[:60]!r} in the questionnaire",
        _nearest(name, list(questions)),
    )


def _nearest(word: str, known: list[str]) -> str:
    """A remedy that names the closest known word; a questionnaire has too many to list."""
    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else "correct or remove it"
