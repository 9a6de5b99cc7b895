"""The derived axes that only tell whether a column has a value, for comparing who lacks what."""

from __future__ import annotations

_KNOWN = ":known"


def known_axis(column: str) -> str:
    """The axis that tells whether `column` has a value.

    >>> known_axis("age")
    'age:known'
    """
    return f"{column}{_KNOWN}"
