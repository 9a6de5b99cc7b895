"""What the metrics of texts need of SQL beside `checks.dialects`: single words, and random parts.

Words are taken apart inside the engine, so that no text leaves it.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from impactbook.checks.dialects import BLANKS

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler

TAKES_WORDS_APART: Final = frozenset({"duckdb", "postgresql", "spark"})
"""The dialects in which `each_word` can be written."""

AROUND_WORDS: Final = string.punctuation + "„“”‚‘’«»‹›…–—¿¡"
"""What stands around words and is no part of them."""


class each_word(FunctionElement[str]):  # noqa: N801 - reads like the SQL function it stands for
    """One row for each word of a text: runs of characters that are no white space.

    Stands among the selected columns, once; there may be an empty word at either end of a text.
    """

    name = "each_word"
    type = sa.String()
    inherit_cache = True


def _constant(text: str) -> sa.ColumnElement[str]:
    return sa.literal(text, sa.String())


def _say(compiler: SQLCompiler, expression: sa.ColumnElement[Any], options: Any) -> str:
    return compiler.process(expression, **options)


@compiles(each_word, "duckdb")
def _each_word_duckdb(element: each_word, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = element.clauses
    found = sa.func.regexp_extract_all(text, _constant(f"[^{BLANKS}]+"))
    return _say(compiler, sa.func.unnest(found), options)


@compiles(each_word, "postgresql")
def _each_word_postgresql(element: each_word, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = element.clauses
    return _say(compiler, sa.func.regexp_split_to_table(text, _constant(f"[{BLANKS}]+")), options)


@compiles(each_word, "spark")
def _each_word_spark(element: each_word, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = element.clauses
    return _say(compiler, sa.func.explode(sa.func.split(text, _constant(f"[{BLANKS}]+"))), options)


class bare(FunctionElement[str]):  # noqa: N801
    """A word without the punctuation around it (`AROUND_WORDS`)."""

    name = "bare"
    type = sa.String()
    inherit_cache = True


@compiles(bare)
def _bare(element: bare, compiler: SQLCompiler, **options: Any) -> str:
    (word,) = element.clauses
    name = sa.func.trim if compiler.dialect.name == "duckdb" else sa.func.btrim
    return _say(compiler, name(word, _constant(AROUND_WORDS)), options)


def random_part(of: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """Which of sixteen parts a value belongs to: by chance, and the same on every engine.

    The first digit of its MD5, which protects nothing here and every engine knows.
    """
    return sa.func.substr(sa.func.md5(sa.cast(of, sa.String)), 1, 1)
