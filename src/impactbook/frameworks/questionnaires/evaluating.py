"""What a condition means for a set of answers: looking answers up, and whether it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from impactbook.frameworks.questionnaires import comparing
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

Answers = Mapping[str, Any]
"""Key of a question -> its answer as JSON holds it; what is absent was not answered."""

_OPERATIONS = {
    "==": comparing.equal,
    "!=": lambda left, right: not comparing.equal(left, right),
    "<": comparing.less,
    ">": lambda left, right: comparing.less(right, left),
    "<=": lambda left, right: comparing.equal(left, right) or comparing.less(left, right),
    ">=": lambda left, right: comparing.equal(left, right) or comparing.less(right, left),
    "contains": comparing.contains,
    "notcontains": comparing.lacks,
    "anyof": comparing.any_of,
    "noneof": lambda left, right: not comparing.any_of(left, right),
    "allof": comparing.all_of,
}
_INDEX = re.compile(r"\[(\d{1,6})\]")


def is_true(condition: Expression, answers: Answers) -> bool:
    """Whether a condition holds. As in SurveyJS, a bare answer holds only if it is true or 1.

    >>> is_true(Operation("==", Variable("phase"), Constant("item1")), {"phase": "item1"})
    True
    """
    value = evaluate(condition, answers)
    if value is None or isinstance(value, list | Mapping):
        return False
    return comparing.equal(comparing.converted(value), 1) if value is not True else True


def evaluate(expression: Expression, answers: Answers) -> Any:
    """The value of an expression: an answer, a constant, a list or a truth value."""
    match expression:
        case Variable(name, as_is):
            found = answer_to(name, answers)
            return found if as_is else comparing.converted(found)
        case Constant(value):
            return value
        case List(items):
            return [evaluate(item, answers) for item in items]
        case Not(part):
            return not comparing.holds(evaluate(part, answers))
        case Empty(part, negated):
            return comparing.is_empty(evaluate(part, answers)) != negated
        case Operation(operator, left, right):
            return _OPERATIONS[operator](evaluate(left, answers), evaluate(right, answers))
        case Logic(operator, parts):
            return _joined(operator, parts, answers)


def answer_to(name: str, answers: Answers) -> Any:
    """The answer with this name; `name[0]` and `name.part` reach into lists and groups.

    Names are compared without regard to case, and the longest that fits goes first, because a
    name may itself hold a dot. What leads nowhere is None; `name.length` is then 0.
    """
    found = _reach(answers, name)
    return 0 if found is None and name.endswith(".length") else found


def _joined(operator: str, parts: tuple[Expression, ...], answers: Answers) -> Any:
    """`and` gives its first part that does not hold, `or` the first that does, else the last."""
    value: Any = None
    for part in parts:
        value = evaluate(part, answers)
        if comparing.holds(value) == (operator == "or"):
            return value
    return value


def _reach(value: Any, path: str) -> Any:
    """What stands at the end of a path into lists and groups."""
    if not path:
        return value
    index = _INDEX.match(path)
    if index is not None:
        at = int(index[1])
        inside = isinstance(value, list) and at < len(value)
        return _reach(value[at], path[index.end() :].removeprefix(".")) if inside else None
    if path == "length" and isinstance(value, str | list):
        return len(value)
    if not isinstance(value, Mapping):
        return None
    key = _longest_key(value, path)
    return None if key is None else _reach(value[key], path[len(key) :].removeprefix("."))


def _longest_key(group: Mapping[str, Any], path: str) -> str | None:
    """The longest key that the path begins with, up to its end, a dot or a bracket."""
    if path in group:
        return path
    wanted = path.lower()
    fitting = [
        key
        for key in group
        if key
        and wanted.startswith(key.lower())
        and path[len(key) : len(key) + 1] in ("", ".", "[")
    ]
    return max(fitting, key=len, default=None)
