"""Cells of any type as text, the same on every engine; and a number that stands for a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from impactbook.checks.dialects.constructs import Said, arguments, constant, say

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class text_of(Said):  # noqa: N801
    """A column of any type as text, the same on every engine.

    Whole numbers have no fraction (`1`, also from 1.0), truth values are `true` and `false`, days
    are ISO 8601, a time of midnight is the day alone, and what is not a number (NaN) is NULL.
    Fractions are the shortest decimal number that means the same (between 0.0001 and 10^15 alike
    on all engines).
    """

    name = "text_of"
    inherit_cache = True


def _is_text(column: sa.ColumnElement[Any]) -> bool:
    return isinstance(column.type, sa.String)


@compiles(text_of)
def _text_of(element: text_of, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = arguments(element)
    if _is_text(column):
        return say(compiler, column, options)
    return say(compiler, sa.cast(column, sa.String()), options)


@compiles(text_of, "duckdb")
def _text_of_duckdb(element: text_of, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = arguments(element)
    if _is_text(column):
        return say(compiler, column, options)
    # The type of a column is known when the query is planned, so only one branch is ever run.
    kind, text = sa.func.typeof(column), sa.cast(column, sa.String())
    number = sa.case(
        (text == "nan", sa.null()), else_=sa.func.regexp_replace(text, r"\.0+$", constant(""))
    )
    fixed = sa.func.regexp_replace(text, r"\.0+$", constant(""))
    midnight = sa.func.regexp_replace(text, r" 00:00:00(\.0+)?(\+00)?$", constant(""))
    return say(
        compiler,
        sa.case(
            (kind.in_(["DOUBLE", "FLOAT"]), number),
            (kind.like("DECIMAL%"), fixed),
            (kind.like("TIMESTAMP%"), midnight),
            else_=text,
        ),
        options,
    )


@compiles(text_of, "postgresql")
def _text_of_postgresql(element: text_of, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = arguments(element)
    if _is_text(column):
        return say(compiler, column, options)
    if isinstance(column.type, sa.Date):
        return say(compiler, sa.func.to_char(column, "YYYY-MM-DD"), options)
    kind = sa.func.pg_typeof(column)
    text = sa.cast(column, sa.Text())
    fixed = sa.func.regexp_replace(sa.func.nullif(text, "NaN"), r"\.0+$", constant(""))
    midnight = sa.func.regexp_replace(text, r" 00:00:00(\.0+)?(\+00)?$", constant(""))

    def regtype(*names: str) -> sa.ColumnElement[bool]:
        return sa.or_(*(kind == sa.literal_column(f"'{name}'::regtype") for name in names))

    return say(
        compiler,
        sa.case(
            (regtype("float8", "float4", "numeric"), fixed),
            (regtype("timestamp", "timestamptz"), midnight),
            else_=text,
        ),
        options,
    )


@compiles(text_of, "spark")
def _text_of_spark(element: text_of, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = arguments(element)
    if _is_text(column):
        return say(compiler, column, options)
    kind, text = sa.func.typeof(column), sa.cast(column, sa.String())
    number: sa.ColumnElement[Any] = sa.try_cast(text, sa.Double())
    size = sa.func.abs(number)
    # Java writes 1.0E7 from ten million on, and 1.0E-4 below a thousandth.
    plain = sa.cast(sa.try_cast(text, sa.DECIMAL(38, 22)), sa.String())
    told = sa.func.regexp_replace(plain, r"\.?0+$", constant(""))
    floating = sa.case(
        (sa.func.isnan(number), sa.null()),
        (number == 0, constant("0")),
        (sa.and_(size >= 0.0001, size < 1e15), told),
        else_=text,
    )
    fixed = sa.func.regexp_replace(text, r"\.0+$", constant(""))
    midnight = sa.func.regexp_replace(text, r" 00:00:00$", constant(""))
    return say(
        compiler,
        sa.case(
            (kind.in_(["double", "float"]), floating),
            (kind.like("decimal%"), fixed),
            (kind.like("timestamp%"), midnight),
            else_=text,
        ),
        options,
    )


DIGESTED: Final = frozenset({"duckdb", "postgresql", "spark"})
"""The dialects that can compute `row_number` themselves."""


class _RowNumber(FunctionElement[Any]):
    name = "row_number_of"
    type = sa.Numeric()
    inherit_cache = True


def row_number(cells: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[Any]:
    """A number from 0 to 2^64 that stands for the cells of one row, taken from their MD5.

    Cells are texts; the length before each tells `a, bc` from `ab, c`, and NULL from the empty text.
    """
    told: sa.ColumnElement[Any] = constant("")
    for cell in cells:
        length = sa.cast(sa.func.length(cell), sa.String())
        marked = length.concat(constant(":")).concat(cell)
        told = told.concat(sa.func.coalesce(marked, constant("-")))
    return _RowNumber(told)


@compiles(_RowNumber, "duckdb")
def _row_number_duckdb(element: _RowNumber, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    return f"CAST(md5_number_lower({say(compiler, text, options)}) AS HUGEINT)"


@compiles(_RowNumber, "postgresql")
def _row_number_postgresql(element: _RowNumber, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    return f"CAST(CAST('x' || substr(md5({say(compiler, text, options)}), 1, 15) AS bit(60)) AS bigint)"


@compiles(_RowNumber, "spark")
def _row_number_spark(element: _RowNumber, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    hexadecimal = f"substr(md5({say(compiler, text, options)}), 1, 15)"
    return f"CAST(conv({hexadecimal}, 16, 10) AS DECIMAL(20, 0))"
