"""When a question applies: the operators, unstated facts, and the reasons given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from impactbook.frameworks import applies, facts_of
from impactbook.language import Language, phrases
from impactbook.model.feature import Datasets, Feature
from impactbook.model.framework import FACT_NAMES, MAX_DEPTH, Expression

VALUES: dict[str, list[str]] = {
    "channels": ["voice", "chat", "email"],
    "acts_on": ["callers", "agents"],
    "sourcing": ["own-build", "bought", "hybrid"],
}


def expression(**keys: Any) -> Expression:
    return Expression.model_validate({k.removesuffix("_"): v for k, v in keys.items()})


def stated(**facts: set[str]) -> dict[str, frozenset[str]]:
    return {name: frozenset(values) for name, values in facts.items()}


VOICE, AGENTS = {"channels": ["voice"]}, {"acts_on": ["agents"]}


@pytest.mark.parametrize(
    ("written", "facts", "truth"),
    [
        (VOICE, stated(channels={"voice", "chat"}), "yes"),
        (VOICE, stated(channels={"chat"}), "no"),
        (VOICE, stated(channels=set()), "no"),
        (VOICE, {}, "unknown"),
        ({"not": VOICE}, stated(channels={"chat"}), "yes"),
        ({"not": VOICE}, {}, "unknown"),
        ({"all": [VOICE, AGENTS]}, stated(channels={"voice"}, acts_on={"agents"}), "yes"),
        ({"all": [VOICE, AGENTS]}, stated(channels={"voice"}), "unknown"),
        ({"all": [VOICE, AGENTS]}, stated(channels={"chat"}), "no"),
        ({"any": [VOICE, AGENTS]}, stated(channels={"voice"}), "yes"),
        ({"any": [VOICE, AGENTS]}, stated(channels={"chat"}), "unknown"),
        ({"any": [VOICE, AGENTS]}, stated(channels={"chat"}, acts_on={"callers"}), "no"),
    ],
)
def test_truth_table(written: dict[str, Any], facts: dict[str, frozenset[str]], truth: str) -> None:
    """Kleene's tables: a no decides `all`, a yes decides `any`, otherwise unknown stays unknown."""
    result = applies(Expression.model_validate(written), facts)
    assert result.truth == truth
    assert result.applies is (truth != "no")


def test_without_an_expression_every_feature_is_asked() -> None:
    """There is no deciding fact then, but still a sentence."""
    result = applies(None, {})
    assert result.truth == "yes"
    assert result.reasons == ()
    assert result.because("de") == ["Diese Frage gilt für jede KI-Funktion."]


def test_reasons_are_the_facts_that_decided() -> None:
    """An `any` that one part makes true names that part alone."""
    either = expression(any=[VOICE, AGENTS])
    result = applies(either, stated(channels={"voice"}, acts_on={"callers"}))
    assert [reason.fact for reason in result.reasons] == ["channels"]


def test_reasons_read_as_sentences_in_both_languages() -> None:
    """What the team said is quoted back to it."""
    result = applies(expression(channels=["voice"]), stated(channels={"voice", "chat"}))
    assert result.because("de") == ["Angegeben ist – Kanal: Chat und Telefonie."]
    assert result.because("en") == ["Stated – channel: chat and voice."]
    result = applies(expression(sourcing=["bought", "hybrid"]), stated(sourcing={"own-build"}))
    assert result.because("en") == [
        "Stated – sourcing: own build, not bought or partly built, partly bought."
    ]


def test_an_unstated_fact_keeps_the_question_and_says_so() -> None:
    """Unknown counts as applying; the reader learns which fact is missing."""
    result = applies(expression(channels=["voice"]), {})
    assert result.applies
    assert result.because("en") == [
        "Not stated yet – channel (what counts: voice); the question is asked for that reason."
    ]


def test_the_same_fact_is_named_once() -> None:
    """Two parts that ask the same do not repeat the reason."""
    result = applies(expression(all=[VOICE, VOICE]), {})
    assert len(result.reasons) == 1


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_fact_and_closed_value_has_words(language: Language) -> None:
    """No identifier of ours reaches a reader, except tags of languages and regions."""
    known = phrases("frameworks")
    properties = Expression.model_json_schema()["$defs"]["Expression"]["properties"]
    for fact in FACT_NAMES:
        assert known[f"fact-{fact}"][language]
        for value in properties[fact]["items"].get("enum", []):
            assert known[f"value-{value}"][language]


leaves = st.one_of(
    *[
        st.lists(st.sampled_from(values), min_size=1, unique=True).map(
            lambda chosen, fact=fact: {fact: chosen}
        )
        for fact, values in VALUES.items()
    ]
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
).filter(lambda written: depth(written) <= MAX_DEPTH)
complete_facts = st.fixed_dictionaries(
    {fact: st.frozensets(st.sampled_from(values)) for fact, values in VALUES.items()}
)


def depth(written: Any) -> int:
    if isinstance(written, dict):
        return 1 + max((depth(value) for value in written.values()), default=0)
    if isinstance(written, list):
        return max((depth(value) for value in written), default=0)
    return 0


def plain(written: Any, facts: dict[str, frozenset[str]]) -> bool:
    """Two-valued logic, written independently."""
    ((key, value),) = written.items()
    if key == "all":
        return all(plain(part, facts) for part in value)
    if key == "any":
        return any(plain(part, facts) for part in value)
    if key == "not":
        return not plain(value, facts)
    return bool(set(value) & facts[key])


@given(expressions, complete_facts)
def test_with_all_facts_stated_it_is_ordinary_logic(
    written: dict[str, Any], facts: dict[str, frozenset[str]]
) -> None:
    """No unknown is left once everything is stated."""
    truth = applies(Expression.model_validate(written), facts).truth
    assert truth == ("yes" if plain(written, facts) else "no")


@given(expressions, complete_facts, st.sets(st.sampled_from(sorted(VALUES))))
def test_stating_more_never_turns_a_decided_result(
    written: dict[str, Any], facts: dict[str, frozenset[str]], hidden: set[str]
) -> None:
    """A yes or no given on part of the facts stays when the rest is stated."""
    wanted = Expression.model_validate(written)
    partial = {name: values for name, values in facts.items() if name not in hidden}
    early = applies(wanted, partial).truth
    assert early in ("unknown", applies(wanted, facts).truth)


@given(expressions, complete_facts, st.sets(st.sampled_from(sorted(VALUES))))
def test_the_reasons_alone_suffice(
    written: dict[str, Any], facts: dict[str, frozenset[str]], hidden: set[str]
) -> None:
    """Knowing only the facts that are given as reasons leads to the same result."""
    wanted = Expression.model_validate(written)
    partial = {name: values for name, values in facts.items() if name not in hidden}
    result = applies(wanted, partial)
    assert result.reasons
    named = {r.fact: r.stated for r in result.reasons if r.stated is not None}
    assert applies(wanted, named).truth == result.truth


@given(expressions)
def test_an_expression_survives_writing_and_reading(written: dict[str, Any]) -> None:
    """What is dumped under its file names is read as the same expression."""
    wanted = Expression.model_validate(written)
    dumped = wanted.model_dump(by_alias=True, exclude_none=True, mode="json")
    assert dumped == written
    assert Expression.model_validate(dumped) == wanted


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"channels": ["voice"], "acts_on": ["agents"]},
        {"all": []},
        {"channels": []},
        {"channels": ["fax"]},
        {"mood": ["good"]},
        {"regions": ["Germany"]},
        {"not": [VOICE]},
    ],
)
def test_what_is_no_expression_is_refused(written: dict[str, Any]) -> None:
    """Exactly one known key, at least one value, known values only."""
    with pytest.raises(ValidationError):
        Expression.model_validate(written)


def test_nesting_is_bounded() -> None:
    """A chain of MAX_DEPTH keys is read, one more is refused."""
    written: dict[str, Any] = VOICE
    for _ in range(MAX_DEPTH - 1):
        written = {"not": written}
    assert Expression.model_validate(written).depth == MAX_DEPTH
    with pytest.raises(ValidationError, match="nested deeper"):
        Expression.model_validate({"not": written})


def test_facts_of_a_feature_leave_out_what_is_not_stated() -> None:
    """Empty lists and missing values are not stated; declared datasets are facts."""
    assert facts_of(Feature()) == {}
    feature = Feature(
        channels=("voice",),
        automation="recommends",
        languages=("de",),
        datasets=Datasets(training=("calls",)),
    )
    assert facts_of(feature) == stated(
        channels={"voice"}, automation={"recommends"}, languages={"de"}, has={"training-data"}
    )
    assert set(facts_of(feature)) <= set(FACT_NAMES)
