"""The derived axes that only tell whether a column has a value, for comparing who lacks what."""

from __future__ import annotations

from impactbook.model.dataset import Dataset

_KNOWN = ":known"


def known_axis(column: str) -> str:
    """The axis that tells whether `column` has a value.

    >>> known_axis("age")
    'age:known'
    """
    return f"{column}{_KNOWN}"


def missing_by(declaration: Dataset) -> tuple[str, ...]:
    """The attributes by whose groups missing values are told apart: those declared, else protected.

    A declared empty list means none.
    """
    named = declaration.checks.missing.by
    return declaration.columns_of("protected") if named is None else named
