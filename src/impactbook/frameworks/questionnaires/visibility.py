"""Which parts of a questionnaire a person sees after a set of answers."""

from __future__ import annotations

from collections.abc import Iterator

from impactbook.frameworks.questionnaires.evaluating import Answers, is_true
from impactbook.frameworks.questionnaires.parser import parse_condition
from impactbook.model.questionnaire import Element, Page, Questionnaire


def visible_elements(questionnaire: Questionnaire, answers: Answers) -> Iterator[Element]:
    """Every question and note that is seen, in reading order; panels and pages count by what they hold.

    A hidden question keeps its answer, and conditions still see it, as in the form itself.
    """
    for around, element in questionnaire.placed():
        parts = (*around, element)
        if element.type != "panel" and all(_is_seen(part, answers) for part in parts):
            yield element


def visible_names(questionnaire: Questionnaire, answers: Answers) -> tuple[str, ...]:
    """The names of all questions and notes that are seen, each once, in reading order."""
    return tuple(dict.fromkeys(e.name for e in visible_elements(questionnaire, answers)))


def _is_seen(part: Page | Element, answers: Answers) -> bool:
    """What a part says of itself; a condition goes before the fixed word `hidden`."""
    if part.visible_if is None:
        return not part.hidden
    return is_true(parse_condition(part.visible_if), answers)
