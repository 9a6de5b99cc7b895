"""One SQL for all engines: how a statement is run, and what the dialects say differently.

Every metric builds one SQLAlchemy statement and hands it to `fetch`, which runs it on a database
(DuckDB, PostgreSQL, any other of SQLAlchemy's) or on Spark. What dialects disagree on are the
constructs below (`trimmed`, `folded`, `matches`, `words`, `number_or_null`, `date_or_null`,
`text_of`): add one here rather than write SQL text elsewhere. How Spark's SQL is written stands in
`checks.gx_spark`.
"""

from __future__ import annotations

from impactbook.checks.dialects.asking import (
    GROUPING_SETS,
    dialect_name,
    evaluated_once,
    fetch,
    fetch_batches,
    frames_of,
    has_grouping_sets,
    is_spark,
    put_beside,
    selectable,
    view,
)
from impactbook.checks.dialects.cells import DIGESTED, row_number, text_of
from impactbook.checks.dialects.dates import date_or_null, day_of
from impactbook.checks.dialects.numbers import infinite, number_or_null
from impactbook.checks.dialects.reserved import quote_keywords
from impactbook.checks.dialects.texts import (
    BLANKS,
    folded,
    lowered,
    matches,
    part,
    replaced,
    trimmed,
    words,
)
from impactbook.checks.dialects.views import (
    NamedView,
    definition_of,
    select_text,
    view_sql,
    written_view,
)

quote_keywords()

__all__ = [
    "BLANKS",
    "DIGESTED",
    "GROUPING_SETS",
    "NamedView",
    "date_or_null",
    "day_of",
    "definition_of",
    "dialect_name",
    "evaluated_once",
    "fetch",
    "fetch_batches",
    "folded",
    "frames_of",
    "has_grouping_sets",
    "infinite",
    "is_spark",
    "lowered",
    "matches",
    "number_or_null",
    "part",
    "put_beside",
    "replaced",
    "row_number",
    "select_text",
    "selectable",
    "text_of",
    "trimmed",
    "view",
    "view_sql",
    "words",
    "written_view",
]
