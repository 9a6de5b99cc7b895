"""Conditions of a questionnaire as a tree, and how the tree is written out again.

The language is the closed one of SurveyJS's `visibleIf`: comparisons, membership and logic over
answers. Nothing is ever executed; `evaluating` gives each node its meaning, `parser` reads text.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Comparison = Literal["==", "!=", "<", "<=", ">", ">="]
Membership = Literal["contains", "notcontains", "anyof", "allof", "noneof"]


@dataclass(frozen=True)
class Variable:
    """An answer, by name: `{name}`, `{name[0]}`, `{panel.name}`; `as_is` keeps texts unconverted."""

    name: str
    as_is: bool = False


@dataclass(frozen=True)
class Constant:
    """A text, number or truth value; None is `null`."""

    value: str | int | float | bool | None


@dataclass(frozen=True)
class List:
    """Several values in brackets."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Not:
    """True when its part is not."""

    part: Expression


@dataclass(frozen=True)
class Empty:
    """Whether there is no answer; with `negated`, whether there is one."""

    part: Variable | Constant
    negated: bool = False


@dataclass(frozen=True)
class Operation:
    """Two values compared, or one looked for in the other."""

    operator: Comparison | Membership
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Logic:
    """Two or more parts joined by `and` or `or`."""

    operator: Literal["and", "or"]
    parts: tuple[Expression, ...]


Expression = Variable | Constant | List | Not | Empty | Operation | Logic


def written(expression: Expression) -> str:
    """The expression as text that reads back as the same tree.

    >>> written(Operation("==", Variable("phase"), Constant("item1")))
    "{phase} == 'item1'"
    """
    match expression:
        case Variable(name, as_is):
            return f"{{{'#' if as_is else ''}{name}}}"
        case Constant(value):
            return _constant(value)
        case List(items):
            return f"[{', '.join(written(item) for item in items)}]"
        case Not(part):
            return f"!{_inner(part)}"
        case Empty(part, negated):
            return f"{written(part)} {'notempty' if negated else 'empty'}"
        case Operation(operator, left, right):
            return f"{_inner(left)} {operator} {_inner(right)}"
        case Logic(operator, parts):
            return f" {operator} ".join(_inner(part) for part in parts)


def variables(expression: Expression) -> tuple[str, ...]:
    """The names of all answers an expression asks for, in order, each as often as it stands."""
    match expression:
        case Variable(name):
            return (name,)
        case Constant():
            return ()
        case Not(part) | Empty(part):
            return variables(part)
        case Operation(_, left, right):
            return variables(left) + variables(right)
        case List(parts) | Logic(_, parts):
            return tuple(name for part in parts for name in variables(part))


def _inner(part: Expression) -> str:
    """A part within another: in parentheses wherever its own operator could reach out."""
    text = written(part)
    return text if isinstance(part, Variable | Constant | List) else f"({text})"


def _constant(value: str | int | float | bool | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("'", "\\'").replace('"', '\\"')
    return f"'{escaped}'"
