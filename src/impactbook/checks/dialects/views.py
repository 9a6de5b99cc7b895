"""Views that are written once: statements name them instead of repeating their long text.

DuckDB gets a temporary view of the connection's own; elsewhere, where nothing may be written, the
text of the view is put together once and stands in statements as it is.
"""

from __future__ import annotations

import copy
from typing import Any

import sqlalchemy as sa

from impactbook.checks.sql import identifier


class NamedView(sa.TableClause):
    """A view that stands in the database under its name; `definition` says what it selects."""

    inherit_cache = True

    def __init__(self, name: str, definition: sa.Select[Any]) -> None:
        super().__init__(name, *_columns(definition))
        self.definition = definition


def written_view(name: str, definition: sa.Select[Any], dialect: sa.Dialect) -> sa.Subquery:
    """A view that stands in statements as text, to be compiled no further.

    Its attribute `definition` is the select it was made of.
    """
    text = select_text(definition, dialect)
    # SQLAlchemy would take a word after a colon for a value to fill in.
    clause = sa.text(text.replace(":", "\\:"))
    view = clause.columns(*_columns(definition)).subquery(name)
    view.definition = definition  # type: ignore[attr-defined]
    return view


def definition_of(selectable: Any) -> Any:
    """The select that a view was made of; of anything else, the thing itself."""
    return getattr(selectable, "definition", selectable)


def select_text(select: sa.Select[Any], dialect: sa.Dialect) -> str:
    """The SQL of a select; its values stand in the text, quoted."""
    # A parameter style without percent signs: only then are those in values left alone.
    kind: Any = type(dialect)
    plain = kind(paramstyle="qmark")
    if hasattr(dialect, "_backslash_escapes"):
        plain._backslash_escapes = dialect._backslash_escapes
    return str(select.compile(dialect=plain, compile_kwargs={"literal_binds": True}))


def view_sql(
    name: str, select: sa.Select[Any], *, temporary: bool = False, copied: bool = False
) -> str:
    """DuckDB's SQL that makes `select` a view; its values stand in the text, quoted.

    A temporary view is the connection's own and writes nothing to the database. One that is
    `copied` is a temporary table: its columns are worked out once.
    """
    import duckdb_engine

    kind = "TEMP TABLE" if copied else "TEMP VIEW" if temporary else "VIEW"
    return (
        f"CREATE OR REPLACE {kind} {identifier(name)} AS "
        f"{select_text(select, duckdb_engine.Dialect())}"
    )


def _columns(definition: sa.Select[Any]) -> list[sa.ColumnClause[Any]]:
    return [sa.column(str(one.name), copy.copy(one.type)) for one in definition.selected_columns]
