"""Which questions are answered, open or not applicable, per group and bullet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_pack import SMALL_PACK

from impactbook.frameworks import (
    applicable_questions,
    coverage,
    load_pack,
    shipped_packs,
    unclaimed_answers,
)
from impactbook.model.framework import Pack

CHAT = {"channels": frozenset({"chat"})}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(SMALL_PACK, "small.yaml")


def test_a_fresh_assessment_has_everything_open(pack: Pack) -> None:
    """Nothing is stated, nothing answered: all questions apply and are open."""
    result = coverage(pack, {}, {})
    assert [asked.state for asked in result.questions] == ["open", "open", "open"]
    assert [(part.id, part.state) for part in result.groups] == [("care", "open"), ("work", "open")]


def test_answers_and_facts_sort_the_questions(pack: Pack) -> None:
    """Answered, open and not applicable questions stand in the pack's order."""
    result = coverage(pack, CHAT, {"care-one": "good"})
    assert [q.id for q in result.questions_in("answered")] == ["care-one"]
    assert [q.id for q in result.questions_in("open")] == ["work-one"]
    assert [q.id for q in result.questions_in("not-applicable")] == ["care-voice"]
    states = {part.id: part.state for part in result.bullets}
    assert states == {"listen": "answered", "speak": "not-applicable", "rest": "open"}
    assert result.bullets[0].answered == ("care-one",)
    assert result.bullets[0].not_applicable == ("care-voice",)


def test_a_bullet_is_open_while_one_of_its_questions_is(pack: Pack) -> None:
    """`listen` is asked about twice; one answer is not enough for a voice feature."""
    facts = {"channels": frozenset({"voice"})}
    listen = coverage(pack, facts, {"care-one": "good"}).bullets[0]
    assert (listen.id, listen.state, listen.open) == ("listen", "open", ("care-voice",))


def test_an_option_that_does_not_exist_is_no_answer(pack: Pack) -> None:
    """The question stays open, and its id is reported."""
    result = coverage(pack, CHAT, {"care-one": "perfect"})
    assert [q.id for q in result.questions_in("open")] == ["care-one", "work-one"]
    assert result.unknown_options == ("care-one",)


def test_an_answer_to_a_question_that_does_not_apply_counts_nowhere(pack: Pack) -> None:
    """It is kept with the question, so that it returns when the facts change."""
    result = coverage(pack, CHAT, {"care-voice": "good"})
    kept = result.questions[1]
    assert (kept.question.id, kept.answer, kept.state) == ("care-voice", "good", "not-applicable")
    assert all("care-voice" not in part.answered for part in (*result.groups, *result.bullets))


def test_references_beyond_the_pack_are_listed(pack: Pack) -> None:
    """A question that covers an article of law shows up under that article."""
    (reference,) = coverage(pack, CHAT, {}).references
    assert (reference.id, reference.open) == ("ai-act:26(7)", ("work-one",))


def test_answers_without_a_question_are_named(pack: Pack) -> None:
    """A misspelt question id is found over all packs together."""
    answers = {"care-one": "good", "care-two": "good"}
    assert unclaimed_answers([pack], answers) == ("care-two",)
    assert unclaimed_answers([pack, *shipped_packs().values()], {"privacy-consent": "x"}) == ()


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "channels": st.frozensets(st.sampled_from(["voice", "chat", "email"])),
            "acts_on": st.frozensets(st.sampled_from(["callers", "agents"])),
            "automation": st.frozensets(st.sampled_from(["informs", "decides-alone"])),
            "sourcing": st.frozensets(st.sampled_from(["bought", "own-build"])),
            "has": st.frozensets(st.sampled_from(["training-data"])),
        },
    ),
    st.dictionaries(
        st.sampled_from([q.id for q in shipped_packs()["contact-centre-ethics"].questions]),
        st.sampled_from(["in-place", "unknown", "no-relevant-gap", "nonsense"]),
    ),
)
def test_every_question_is_in_exactly_one_state(
    facts: dict[str, frozenset[str]], answers: dict[str, str]
) -> None:
    """Groups partition the questions, and applicable ones are those answered or open."""
    core = shipped_packs()["contact-centre-ethics"]
    result = coverage(core, facts, answers)
    in_groups = [
        id for part in result.groups for id in (*part.answered, *part.open, *part.not_applicable)
    ]
    assert sorted(in_groups) == sorted(q.id for q in core.questions)
    asked = {q.id for q, _ in applicable_questions(core, facts)}
    assert asked == {id for part in result.groups for id in (*part.answered, *part.open)}
    answered = {id for part in result.groups for id in part.answered}
    assert answered <= set(answers) - set(result.unknown_options)
