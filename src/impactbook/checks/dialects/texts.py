"""Texts on every engine: white space, case, regular expressions, words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from impactbook.checks.dialects.constructs import Condition, Said, arguments, constant, say

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


BLANKS: Final = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000"
    + "".join(chr(code) for code in range(0x2000, 0x200B))
)
"""White space as Python and Unicode have it; SQL and regular expressions know less."""


class trimmed(Said):  # noqa: N801 - reads like the SQL function it stands for
    """A text without the white space (`BLANKS`) around it."""

    name = "trimmed"
    inherit_cache = True


@compiles(trimmed)
def _trimmed(element: trimmed, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    return say(compiler, sa.func.trim(text, constant(BLANKS)), options)


@compiles(trimmed, "postgresql")
@compiles(trimmed, "redshift")
@compiles(trimmed, "snowflake")
def _trimmed_both(element: trimmed, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    name = sa.func.trim if compiler.dialect.name == "snowflake" else sa.func.btrim
    return say(compiler, name(text, constant(BLANKS)), options)


@compiles(trimmed, "spark")
def _trimmed_spark(element: trimmed, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    # Spark's two-argument function names the characters first.
    return say(compiler, sa.func.btrim(text, constant(BLANKS)), options)


@compiles(trimmed, "duckdb")
def _trimmed_duckdb(element: trimmed, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    # Trimming by a list of characters takes twenty times as long as looking whether it is needed:
    # outside of these codes no character is a blank.
    first, last = (
        sa.func.ord(text),
        sa.func.ord(sa.func.array_extract(text, sa.literal_column("-1"))),
    )
    low: sa.ColumnElement[int] = sa.literal_column("33")
    high: sa.ColumnElement[int] = sa.literal_column("132")
    plain = sa.and_(first.between(low, high), last.between(low, high))
    return say(
        compiler, sa.case((plain, text), else_=sa.func.trim(text, constant(BLANKS))), options
    )


def folded(text: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """A text without outer white space and without regard to upper and lower case.

    Simple case folding: the Greek final sigma is a sigma, a dotted capital I is an i.
    """
    lower: sa.ColumnElement[str] = lowered(trimmed(text))
    lower = sa.func.replace(lower, constant("i\u0307"), constant("i"))
    return sa.func.replace(lower, constant("ς"), constant("σ"))


class lowered(Said):  # noqa: N801
    """A text in lower case, letters beyond ASCII included."""

    name = "lowered"
    inherit_cache = True


@compiles(lowered)
def _lowered(element: lowered, compiler: SQLCompiler, **options: Any) -> str:
    return say(compiler, sa.func.lower(*arguments(element)), options)


@compiles(lowered, "postgresql")
def _lowered_postgresql(element: lowered, compiler: SQLCompiler, **options: Any) -> str:
    # A database made with the locale C knows no letters but those of ASCII.
    (text,) = arguments(element)
    return f'lower(({say(compiler, text, options)}) COLLATE "und-x-icu") COLLATE "default"'


class _Matches(Condition):
    name = "matches"
    inherit_cache = True


def matches(text: sa.ColumnElement[Any], regex: str) -> sa.ColumnElement[bool]:
    r"""Whether `regex` is found somewhere in `text`.

    Only what RE2, PostgreSQL and Java read alike may be used: classes, groups, `?`, `*`, `+`,
    `{n,m}`, `|`, `^`, `\d`. Not `$` before a line end, `\b`, `\s`, looking around, or going back.
    """
    return _Matches(text, constant(regex))


@compiles(_Matches)
def _matches(element: _Matches, compiler: SQLCompiler, **options: Any) -> str:
    text, regex = arguments(element)
    return say(compiler, text.regexp_match(regex), options)


@compiles(_Matches, "duckdb")
def _matches_duckdb(element: _Matches, compiler: SQLCompiler, **options: Any) -> str:
    return say(compiler, sa.func.regexp_matches(*arguments(element)), options)


@compiles(_Matches, "spark")
def _matches_spark(element: _Matches, compiler: SQLCompiler, **options: Any) -> str:
    return say(compiler, sa.func.regexp_like(*arguments(element)), options)


class _Replaced(Said):
    name = "replaced"
    inherit_cache = True


def replaced(text: sa.ColumnElement[Any], regex: str, by: str) -> sa.ColumnElement[str]:
    """`text` with every match of `regex` replaced by the plain text `by` (no backslash, no $)."""
    return _Replaced(text, constant(regex), constant(by))


@compiles(_Replaced)
@compiles(_Replaced, "spark")
def _replaced(element: _Replaced, compiler: SQLCompiler, **options: Any) -> str:
    return say(compiler, sa.func.regexp_replace(*arguments(element)), options)


@compiles(_Replaced, "duckdb")
@compiles(_Replaced, "postgresql")
def _replaced_global(element: _Replaced, compiler: SQLCompiler, **options: Any) -> str:
    return say(compiler, sa.func.regexp_replace(*arguments(element), constant("g")), options)


class _Part(Said):
    name = "part"
    inherit_cache = True


def part(text: sa.ColumnElement[Any], regex: str, group: int) -> sa.ColumnElement[str]:
    """What one group of `regex` matched; empty or NULL where nothing did."""
    return _Part(text, constant(regex), sa.literal_column(str(int(group))))


@compiles(_Part)
def _part(element: _Part, compiler: SQLCompiler, **options: Any) -> str:
    return say(compiler, sa.func.regexp_extract(*arguments(element)), options)


@compiles(_Part, "postgresql")
def _part_postgresql(element: _Part, compiler: SQLCompiler, **options: Any) -> str:
    text, regex, group = (say(compiler, one, options) for one in arguments(element))
    return f"(regexp_match({text}, {regex}))[{group}]"


_BLANK_CLASS: Final = "[" + BLANKS + "]"
_WORD: Final = "[^" + BLANKS + "]+"
_USUAL_BLANKS: Final = "\t\n\r\v\f\u00a0\u2003\u3000"


class words(FunctionElement[int]):  # noqa: N801
    """How many words a text has: runs of characters that are no white space (`BLANKS`).

    On databases that are none of DuckDB, PostgreSQL and Spark the rarer blanks do not part words.
    """

    name = "words"
    type = sa.Integer()
    inherit_cache = True


@compiles(words)
def _words(element: words, compiler: SQLCompiler, **options: Any) -> str:
    # Without regular expressions: blanks become spaces, runs of them one space; then the words are
    # one more than the spaces between them. The control character occurs in no text. Only the usual
    # blanks: databases limit how deep calls may stand in each other.
    (text,) = arguments(element)
    spaced: sa.ColumnElement[Any] = text
    for blank in _USUAL_BLANKS:
        spaced = sa.func.replace(spaced, blank, " ")
    for old, new in ((" ", " \x01"), ("\x01 ", ""), ("\x01", "")):
        spaced = sa.func.replace(spaced, old, new)
    inner = sa.func.trim(spaced)
    count = sa.func.length(inner) - sa.func.length(sa.func.replace(inner, " ", "")) + 1
    return say(compiler, sa.case((inner == "", 0), else_=count), options)


@compiles(words, "duckdb")
def _words_duckdb(element: words, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    return say(compiler, sa.func.len(sa.func.regexp_extract_all(text, constant(_WORD))), options)


@compiles(words, "postgresql")
def _words_postgresql(element: words, compiler: SQLCompiler, **options: Any) -> str:
    # `regexp_count` came with PostgreSQL 15; this needs none: a mark for each word, blanks gone.
    (text,) = arguments(element)
    marked = sa.func.regexp_replace(text, constant(_WORD), constant("x"), constant("g"))
    marks = sa.func.regexp_replace(marked, constant(_BLANK_CLASS), constant(""), constant("g"))
    return say(compiler, sa.func.length(marks), options)


@compiles(words, "spark")
def _words_spark(element: words, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    return say(compiler, sa.func.regexp_count(text, constant(_WORD)), options)
