"""Quoting for SQL that is put together as text (views cannot take bound values).

Names and values from a declaration are untrusted: everything that reaches a view goes through
these functions. Queries of metrics are built with SQLAlchemy instead and need none of them.
"""

from __future__ import annotations

from impactbook.errors import InputError


def identifier(name: str) -> str:
    """A column or view name as SQL.

    >>> identifier('a"b')
    '"a""b"'
    """
    return '"' + refuse_null_characters(name).replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as an SQL literal.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + refuse_null_characters(value).replace("'", "''") + "'"


def literals(values: tuple[str, ...]) -> str:
    """Texts as a list of SQL literals, for `IN (...)`."""
    return ", ".join(literal(value) for value in values)


def refuse_null_characters(text: str) -> str:
    """The text itself; raises `InputError` for a null character, which would end a statement."""
    if "\x00" in text:
        raise InputError(
            "a name or value holds a null character", remedy="remove it from the declaration"
        )
    return text
