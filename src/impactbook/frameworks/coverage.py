"""Which questions of a pack apply, which are answered, and what that means per group and bullet.

Pure functions over a pack, the facts of a feature and the options chosen. What an answer does to
the gate is judged in `assess`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from impactbook.frameworks.applicability import Applicability, Facts, applies
from impactbook.model.framework import Pack, Question

State = Literal["answered", "open", "not-applicable"]


@dataclass(frozen=True)
class AskedQuestion:
    """A question, whether it applies and why, the option chosen, and the resulting state."""

    question: Question
    applicability: Applicability
    answer: str | None
    state: State


@dataclass(frozen=True)
class Part:
    """What stands behind one group, bullet or reference elsewhere: question ids by state.

    `state` is `open` while one applicable question is open, `not-applicable` where none applies.
    """

    id: str
    answered: tuple[str, ...]
    open: tuple[str, ...]
    not_applicable: tuple[str, ...]

    @property
    def state(self) -> State:
        """The state of the whole part; without any applicable question it is not answered."""
        if self.open:
            return "open"
        return "answered" if self.answered else "not-applicable"


@dataclass(frozen=True)
class Coverage:
    """The whole picture of one pack for one feature.

    `groups` and `bullets` follow the pack's order; `references` holds what questions cover beyond
    the pack (`ai-act:26(7)`), sorted. `unknown_options` names the questions answered with an
    option that their scale lacks: they count as open, never as answered.
    """

    questions: tuple[AskedQuestion, ...]
    groups: tuple[Part, ...]
    bullets: tuple[Part, ...]
    references: tuple[Part, ...]
    unknown_options: tuple[str, ...]

    def questions_in(self, state: State) -> tuple[Question, ...]:
        """The questions in one state, in the pack's order."""
        return tuple(asked.question for asked in self.questions if asked.state == state)


def applicable_questions(pack: Pack, facts: Facts) -> tuple[tuple[Question, Applicability], ...]:
    """The questions to ask about a feature, each with the reason; unstated facts keep a question."""
    judged = ((question, applies(question.applies, facts)) for question in pack.questions)
    return tuple((question, result) for question, result in judged if result.applies)


def coverage(pack: Pack, facts: Facts, answers: Mapping[str, str]) -> Coverage:
    """Sort every question, group and bullet of a pack into answered, open and not applicable.

    `answers` maps question ids to option ids. An answer to a question that does not apply is kept
    with the question but counts nowhere.
    """
    asked = tuple(_asked(pack, question, facts, answers) for question in pack.questions)
    elsewhere = sorted({ref for a in asked for ref in a.question.covers if ":" in ref})
    return Coverage(
        questions=asked,
        groups=tuple(
            _part(g.id, (a for a in asked if a.question.group == g.id)) for g in pack.groups
        ),
        bullets=tuple(_covering(bullet.id, asked) for bullet in pack.bullets),
        references=tuple(_covering(reference, asked) for reference in elsewhere),
        unknown_options=_unknown_options(pack, answers),
    )


def unclaimed_answers(packs: Iterable[Pack], answers: Iterable[str]) -> tuple[str, ...]:
    """Ids of answers to which no pack has a question, sorted: a slip of the pen, or an old pack."""
    asked = {question.id for pack in packs for question in pack.questions}
    return tuple(sorted(set(answers) - asked))


def _asked(
    pack: Pack, question: Question, facts: Facts, answers: Mapping[str, str]
) -> AskedQuestion:
    """One question with its state; an option that the scale lacks leaves it open."""
    result = applies(question.applies, facts)
    answer = answers.get(question.id)
    known = any(option.id == answer for option in pack.options(question))
    state: State = "not-applicable"
    if result.applies:
        state = "answered" if known else "open"
    return AskedQuestion(question, result, answer, state)


def _covering(reference: str, asked: Iterable[AskedQuestion]) -> Part:
    """The part made of all questions that cover one bullet or reference."""
    return _part(reference, (a for a in asked if reference in a.question.covers))


def _part(id: str, asked: Iterable[AskedQuestion]) -> Part:
    """Question ids by state, in the pack's order."""
    by_state: dict[State, list[str]] = {"answered": [], "open": [], "not-applicable": []}
    for one in asked:
        by_state[one.state].append(one.question.id)
    return Part(
        id=id,
        answered=tuple(by_state["answered"]),
        open=tuple(by_state["open"]),
        not_applicable=tuple(by_state["not-applicable"]),
    )


def _unknown_options(pack: Pack, answers: Mapping[str, str]) -> tuple[str, ...]:
    """Questions of this pack whose answer is no option of their scale, in the pack's order."""
    return tuple(
        question.id
        for question in pack.questions
        if question.id in answers
        and answers[question.id] not in {option.id for option in pack.options(question)}
    )
