"""How SurveyJS compares values: loosely, as its expressions do, written out rule by rule.

Each function restates one of survey-core's (`Helpers.isTwoValueEquals`, `OperandMaker`), because a
condition that is read strictly would show other questions than the form people filled in. Values
are what JSON holds; None stands for "no answer".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,3})?", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"0x[0-9a-f]{1,30}", re.IGNORECASE)
_LONGEST_WHOLE = 15
"""Longer rows of digits are identifiers, not numbers, to survey-core."""


def is_empty(value: Any) -> bool:
    """No answer, an empty text, an empty list, or a group of nothing else; 0 and false are answers."""
    if isinstance(value, Mapping):
        return all(is_empty(part) for part in value.values())
    return value is None or value == "" or (isinstance(value, list) and not value)


def converted(value: Any) -> Any:
    """An answer as expressions see it: texts that read as a number or truth value become one."""
    if not isinstance(value, str) or not value:
        return value
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    if len(value) > 1 and value[0] in "'\"" and value[-1] in "'\"":
        return value[1:-1]
    return _as_number(value)


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same: texts without regard to case and outer blanks."""
    if isinstance(left, str) and isinstance(right, str):
        return left.strip().lower() == right.strip().lower()
    if isinstance(left, Mapping) or isinstance(right, Mapping):
        return _same_groups(left, right)
    if is_empty(left) or is_empty(right):
        return _equally_empty(left, right)
    if isinstance(left, list) and isinstance(right, list):
        # Answers of a checkbox come in the order of clicking.
        return len(left) == len(right) and all(
            equal(one, other) for one, other in zip(_sorted(left), _sorted(right), strict=True)
        )
    if _grouped(left) or _grouped(right):
        return False
    if isinstance(left, bool) and isinstance(right, str):
        return shown(left) == right.lower()
    if isinstance(right, bool) and isinstance(left, str):
        return shown(right) == left.lower()
    return _number_of(left) == _number_of(right)


def less(left: Any, right: Any) -> bool:
    """Whether one value comes before another; with no answer on a side it never does.

    Two texts are compared letter by letter, anything else as numbers.
    """
    if left is None or right is None:
        return False
    left, right = (shown(side) if _grouped(side) else side for side in (left, right))
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    return _number_of(left) < _number_of(right)


def contains(left: Any, right: Any) -> bool:
    """Whether a list holds a value (or every value of a list), or a text holds another."""
    if left is None or left == "":
        return False
    if not isinstance(left, list) or not left:
        return right not in (None, "", 0, False) and shown(right).lower() in shown(left).lower()
    wanted = right if isinstance(right, list) else [right]
    return all(any(equal(held, value) for held in left) for value in wanted)


def lacks(left: Any, right: Any) -> bool:
    """`notcontains`: the opposite of `contains`, but true for no answer and false without a value."""
    if left in (None, "", 0, False) and not isinstance(left, list) and not is_empty(right):
        return True
    if left is None or left == "":
        return False
    if (not isinstance(left, list) or not left) and right in (None, "", 0, False):
        return False
    return not contains(left, right)


def any_of(left: Any, right: Any) -> bool:
    """Whether at least one of the values wanted is among the answers."""
    if is_empty(left):
        return is_empty(right)
    if is_empty(right):
        return True
    if not isinstance(left, list):
        return contains(right, left)
    wanted = right if isinstance(right, list) else [right]
    return any(contains(left, value) for value in wanted)


def all_of(left: Any, right: Any) -> bool:
    """Whether every value wanted is among the answers."""
    if left in (None, "", 0, False) and not isinstance(left, list) and not is_empty(right):
        return False
    wanted = right if isinstance(right, list) else [right]
    return all(contains(left, value) for value in wanted)


def holds(value: Any) -> bool:
    """What counts as true within `and`, `or` and `!`: any answer but no, 0 and an empty one."""
    return not (is_empty(value) or value is False or value == 0 or value != value)


def shown(value: Any) -> str:
    """A value as text, as JavaScript writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join("" if item is None else shown(item) for item in value)
    return "[object Object]" if isinstance(value, Mapping) else str(value)


def _equally_empty(left: Any, right: Any) -> bool:
    """Two values of which one is empty: no answer equals an empty text or list, and itself."""
    if not (is_empty(left) and is_empty(right)):
        return False
    return type(left) is type(right) or left is None or right is None


def _same_groups(left: Any, right: Any) -> bool:
    """Groups of values are the same with the same keys and values; `{}` and `[]` are, too."""
    if [] in (left, right):
        return {} in (left, right)
    if not (isinstance(left, Mapping) and isinstance(right, Mapping)):
        return False
    return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)


def _sorted(values: Sequence[Any]) -> list[Any]:
    return sorted(values, key=shown)


def _grouped(value: Any) -> bool:
    return isinstance(value, list | Mapping)


def _as_number(text: str) -> Any:
    """A text that reads as a number, as that number; a decimal comma counts as a point."""
    trimmed = text.strip()
    if trimmed.isascii() and trimmed.isdigit():
        plain = len(trimmed) <= _LONGEST_WHOLE and (trimmed == "0" or trimmed[0] != "0")
        return int(trimmed) if plain else text
    if _HEXADECIMAL.fullmatch(trimmed):
        return int(trimmed, 16)
    pointed = trimmed.replace(",", ".") if trimmed.count(",") == 1 else trimmed
    if _NUMBER.fullmatch(pointed) is None or (pointed[0] == "0" and pointed[1:2] != "."):
        return text
    number = float(pointed)
    return number if math.isfinite(number) else text


def _number_of(value: Any) -> float:
    """A single value as a number; what is none equals nothing and comes before nothing."""
    if isinstance(value, str):
        if not value.strip():
            return 0.0
        value = value.strip()
        if _HEXADECIMAL.fullmatch(value):
            return float(int(value, 16))
        return float(value) if _NUMBER.fullmatch(value) else math.nan
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)
