"""Columns may be called anything: words that mean something in SQL are written in quotes.

DuckDB's dialect quotes reserved words only; but a column called `by`, `at` or `full` is read as the
beginning of something else. The set of words is shared by all dialects of PostgreSQL's family, and
quotes do no harm where they are not needed.
"""

from __future__ import annotations

import duckdb
from sqlalchemy.dialects.postgresql.base import PGIdentifierPreparer

_WORDS = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'type_function'"
"""Words that may name a type or a function, and no column without quotes."""


def quote_keywords() -> None:
    """Have words that begin something else in SQL written in quotes where they name a column."""
    with duckdb.connect() as connection:
        words = connection.execute(_WORDS).fetchall()
    PGIdentifierPreparer.reserved_words.update(word for (word,) in words)
