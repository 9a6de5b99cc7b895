"""Conditions of questionnaires: what is read, how it is written again, and what it means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from impactbook.errors import InputError
from impactbook.frameworks.questionnaires import is_true, parse_condition, variables, written
from impactbook.frameworks.questionnaires.expressions import (
    Constant,
    Empty,
    Expression,
    List,
    Logic,
    Not,
    Operation,
    Variable,
)

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.\-]{0,8}(\[[0-9]\])?", fullmatch=True)
# A text that ends in a backslash cannot be written in SurveyJS: the backslash would hide the quote.
TEXTS = st.text(max_size=12).filter(lambda text: not text.endswith("\\") and "\\'" not in text)
CONSTANTS = st.one_of(
    TEXTS.filter(lambda text: '\\"' not in text),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.decimals(-9999, 9999, places=3).map(float),
    st.booleans(),
    st.none(),
).map(Constant)
VARIABLES = st.builds(Variable, NAMES, st.booleans())


def combined(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    operators = st.sampled_from(
        ["==", "!=", "<", "<=", ">", ">=", "contains", "notcontains", "anyof", "allof", "noneof"]
    )
    return st.one_of(
        parts.map(Not),
        st.lists(parts, max_size=3).map(tuple).map(List),
        st.builds(Operation, operators, parts, parts),
        st.builds(Logic, st.sampled_from(["and", "or"]), several),
    )


EXPRESSIONS = st.recursive(
    VARIABLES | CONSTANTS | st.builds(Empty, VARIABLES | CONSTANTS, st.booleans()),
    combined,
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_what_is_written_reads_back_as_the_same_tree(expression: Expression) -> None:
    """Printing loses nothing: neither precedence nor quotes, numbers or names."""
    assert parse_condition(written(expression)) == expression


@given(st.text(max_size=60) | st.text("{}()[]'\"=<>!&|,.\\#-0123456789 andorempty", max_size=80))
@example("(" * 3000)
@example("!" * 3000 + "{a}")
@example("[" * 3999)
@example("{a}" + " and {a}" * 400)
@example("1" * 5000)
@example("{a} = __import__('os').system('x')")
def test_random_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    """Nothing but `InputError` ever leaves the parser; what is read can be written and evaluated."""
    try:
        expression = parse_condition(text)
    except InputError:
        return
    assert parse_condition(written(expression)) == expression
    is_true(expression, {"a": "x"})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=3), part, max_size=2)
    ),
    max_leaves=5,
)


@given(EXPRESSIONS, st.dictionaries(NAMES, VALUES, max_size=4))
def test_every_condition_has_a_truth_for_every_set_of_answers(
    expression: Expression, answers: dict[str, Any]
) -> None:
    """Whatever JSON holds as an answer, the result is true or false."""
    assert is_true(expression, answers) in (True, False)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{a} = item1-2", "a text without quotes (at character 12); put it in quotes"),
        ("age({b}) > 3", "calls the function 'age' (at character 4)"),
        ("{a} + 1 > 2", "calculates with '+'"),
        ("", "ends too early"),
        ("{a} =", "ends too early"),
        ("({a} = 1", "ends too early"),
        ("{a} ~ 3", "cannot be read from '~'"),
        ("{a} = 'open", 'cannot be read from "\'open"'),
        ("{ } = 1", "braces without a name"),
        ("!" * 50 + "{a}", "nested deeper than 40"),
        ("{a} = 1" + " " * 4000, "longer than 4000 characters"),
    ],
)
def test_what_the_language_does_not_hold_is_named(text: str, part: str) -> None:
    """Functions, arithmetic and slips of the pen each get their own sentence."""
    with pytest.raises(InputError) as caught:
        parse_condition(text)
    assert part in str(caught.value)


def test_and_binds_closer_than_or_and_parentheses_go_first() -> None:
    """As in SurveyJS: `a or b and c` is `a or (b and c)`."""
    assert parse_condition("{a} or {b} and {c}") == parse_condition("{a} or ({b} and {c})")
    assert parse_condition("({a} or {b}) && {c}") != parse_condition("{a} || {b} && {c}")
    assert parse_condition("!{a} = 1") == parse_condition("(!{a}) = 1")
    assert variables(parse_condition("{x} = 1 or {y[0]} empty")) == ("x", "y[0]")


ANSWERS = {
    "phase": "item1", "list": ["item1", "item2-2"], "number": 5, "digits": "05", "text": "7",
    "yes": True, "no": False, "empty": "", "none": [], "panel": {"x": "in", "rows": [{"y": 3}]},
    "with.dot": "d", "Case": "UPPER",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # equality: without regard to case and outer blanks; texts that read as numbers are numbers
        ("{phase} = 'item1'", True), ("{phase} == ' ITEM1 '", True), ("{phase} <> 'item1'", False),
        ("{phase} != item2", True), ("{number} = '5'", True), ("{text} = 7", True),
        ("{digits} = 5", True), ("{#text} > 6", True), ("{list} = ['item2-2', 'item1']", True),
        ("{yes} = true", True), ("{yes} = 'True'", True), ("{no} = false", True),
        ("{missing} = ''", True), ("{missing} = 'x'", False), ("{missing} <> 'x'", True),
        # order: with no answer on a side it never holds
        ("{number} > 4", True), ("{number} >= 5", True), ("{number} < 5", False),
        ("{number} <= 5", True), ("{missing} < 5", False), ("{missing} > -1", False),
        ("{phase} < 'item2'", True),
        # emptiness: 0 and false are answers
        ("{missing} empty", True), ("{empty} empty", True), ("{none} empty", True),
        ("{no} notempty", True), ("{phase} notempty", True), ("!({phase} empty)", True),
        ("not {missing}", True), ("negate {yes}", False),
        # membership: in a list whole values, in a text parts of it (`item2-2` holds `item2`)
        ("{list} contains 'item2'", False), ("{list} contains 'item2-2'", True),
        ("{phase} contains ['item']", True), ("{phase} contains 'ITEM1'", True),
        ("{list} contains ['item1', 'item2-2']", True), ("{list} contains ['item1', 'x']", False),
        ("{list} notcontains 'x'", True), ("{missing} notcontains 'x'", True),
        ("{list} notcontain 'item1'", False), ("{missing} contains 'x'", False),
        ("{list} anyof ['x', 'item1']", True), ("{list} anyof ['x']", False),
        ("{list} noneof ['x']", True), ("{list} allof ['item1', 'item2-2']", True),
        ("{list} allof ['item1', 'x']", False), ("{phase} anyof ['item1', 'x']", True),
        # names: case does not count, paths lead into lists and groups, a name may hold a dot
        ("{list[0]} = 'item1'", True), ("{list[9]} empty", True), ("{panel.x} = 'in'", True),
        ("{panel.rows[0].y} = 3", True), ("{with.dot} = 'd'", True), ("{CASE} = 'upper'", True),
        ("{list.length} = 2", True), ("{missing.length} = 0", True),
        # a bare answer holds only if it is true or 1, as in SurveyJS
        ("{yes}", True), ("{phase}", False), ("{yes} and {number}", False), ("{number} and {yes}", True),
        ("{missing} or {yes}", True), ("true", True), ("[1]", False),
    ],
)  # fmt: skip
def test_what_a_condition_means(text: str, expected: bool) -> None:
    """Each rule of SurveyJS that a strict reading would miss, one case a line."""
    assert is_true(parse_condition(text), ANSWERS) is expected
