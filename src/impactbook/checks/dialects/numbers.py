"""Numbers written as text, on every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from impactbook.checks.dialects.constructs import arguments, constant, say
from impactbook.checks.dialects.texts import matches, trimmed

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


# Without `{1,200}`: PostgreSQL takes five times as long over such a count.
_NUMBER: Final = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9][0-9]?)?$"
_LONGEST: Final = 200
_GROUPED: Final = r"^[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?$"


def number_or_null(text: sa.ColumnElement[Any], *, decimal: str = ".") -> sa.ColumnElement[float]:
    """A text read as a finite number; NULL where it is none.

    White space around it is let go. With `decimal=","` a point may only stand between groups of
    three digits (`1.234,5`). Texts of more than 200 characters are none.
    """
    inner: sa.ColumnElement[Any] = trimmed(text)
    if decimal == ",":
        grouped = sa.or_(sa.not_(inner.contains(constant("."))), matches(inner, _GROUPED))
        english = sa.func.replace(
            sa.func.replace(inner, constant("."), constant("")), constant(","), constant(".")
        )
        inner = sa.case((grouped, english), else_=sa.null())
    return _Number(inner)


class _Number(FunctionElement[float]):
    name = "number"
    type = sa.Double()
    inherit_cache = True


@compiles(_Number)
def _number(element: _Number, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    good = sa.and_(sa.func.length(text) <= _LONGEST, matches(text, _NUMBER))
    return say(compiler, sa.case((good, sa.cast(text, sa.Double())), else_=sa.null()), options)


@compiles(_Number, "duckdb")
def _number_duckdb(element: _Number, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    # DuckDB reads the underscore of programming languages as well, and the words for infinity and
    # for no number; with other letters in their place it reads none of them. Each part of the
    # expression names its argument once: named twice, a few levels of it make megabytes of SQL.
    plain = sa.func.translate(text, constant("_iInN"), constant("xxxxx"))
    number: sa.ColumnElement[Any] = sa.try_cast(plain, sa.Double())
    for word in ("'infinity'", "'-infinity'"):
        endless: sa.ColumnElement[Any] = sa.cast(sa.literal_column(word), sa.Double())
        number = sa.func.nullif(number, endless, type_=sa.Double())
    return say(compiler, number, options)


class _Infinite(FunctionElement[float]):
    name = "infinite"
    type = sa.Double()
    inherit_cache = True


def infinite(*, above: bool) -> sa.ColumnElement[float]:
    """The number above (or below) all others."""
    return _Infinite(sa.literal_column("'infinity'" if above else "'-infinity'"))


@compiles(_Infinite)
def _infinite(element: _Infinite, compiler: SQLCompiler, **options: Any) -> str:
    (said,) = arguments(element)
    return say(compiler, sa.cast(said, sa.Double()), options)


@compiles(_Infinite, "sqlite")
def _infinite_sqlite(element: _Infinite, compiler: SQLCompiler, **options: Any) -> str:
    (said,) = arguments(element)
    return "-9e999" if "-" in str(said) else "9e999"
