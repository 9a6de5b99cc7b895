"""What the constructs of dialects are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class Said(FunctionElement[str]):
    """A text made of texts."""

    type = sa.String()
    inherit_cache = True


class Condition(FunctionElement[bool]):
    """True, false or unknown."""

    type = sa.Boolean()
    inherit_cache = True


def arguments(element: FunctionElement[Any]) -> list[sa.ColumnElement[Any]]:
    """What a construct was called with, in order."""
    return list(element.clauses)


def say(compiler: SQLCompiler, expression: sa.ColumnElement[Any], options: Any) -> str:
    """The text of an expression in the dialect that is being written."""
    return compiler.process(expression, **options)


def constant(text: str) -> sa.ColumnElement[str]:
    """A text of ours; never one that somebody declared."""
    return sa.literal(text, sa.String())
