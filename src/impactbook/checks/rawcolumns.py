"""Views taken apart: which raw column each of their columns is made of.

A group is an expression of one raw value (trimmed, merged, cut into bands). Where a raw column has
few values it is cheaper to count raw values first and to ask for their groups afterwards, once per
counted cell instead of once per row. Only whoever builds statements sees raw values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from impactbook.checks.dialects import definition_of


@dataclass(frozen=True)
class Columns:
    """What to select from, and the columns of a view over it as expressions of raw columns.

    `raw_of` names the raw column that an expression depends on, where it is a single one.
    """

    source: Any
    expressions: Mapping[str, sa.ColumnElement[Any]] = field(default_factory=dict)
    raw_of: Mapping[str, str] = field(default_factory=dict)

    def cell(self, name: str) -> sa.ColumnElement[Any]:
        """One column, as an expression; of a table that is no view of ours, the column itself."""
        found = self.expressions.get(name)
        return sa.column(name) if found is None else found

    def raw(self, name: str) -> str | None:
        """The raw column that a column is made of, or None when it is made of more."""
        return self.raw_of.get(name) if self.expressions else name


def taken_apart(selectable: Any) -> Columns:
    """The columns of a view over one source; of anything else, the columns as they are.

    >>> sex = sa.func.lower(sa.column("sex")).label("gender")
    >>> taken_apart(sa.select(sex).select_from(sa.table("rows")).subquery()).raw("gender")
    'sex'
    """
    select = definition_of(selectable)
    select = select.element if isinstance(select, sa.Subquery) else select
    if not isinstance(select, sa.Select) or not _only_names_columns(select):
        return Columns(selectable)
    (source,) = _sources(select)
    expressions: dict[str, sa.ColumnElement[Any]] = {}
    for column in select.selected_columns:
        inner = column.element if isinstance(column, sa.Label) else column
        expressions[str(column.name)] = inner
    raw = {name: _single_column(expression) for name, expression in expressions.items()}
    return Columns(source, expressions, {name: one for name, one in raw.items() if one is not None})


def _sources(select: sa.Select[Any]) -> list[Any]:
    """What a select reads from (`get_final_froms` would write out the whole statement for it)."""
    clauses: Any = select
    return list(dict.fromkeys((*clauses._from_obj, *select.columns_clause_froms)))


def _only_names_columns(select: sa.Select[Any]) -> bool:
    """Whether each row of a select is made of the one row of its only source."""
    clauses: Any = select
    return (
        len(_sources(select)) == 1
        and select.whereclause is None
        and not clauses._group_by_clauses
        and not clauses._having_criteria
        and not clauses._distinct
        and clauses._limit_clause is None
        and clauses._offset_clause is None
        and not clauses._has_row_limiting_clause
    )


def _single_column(expression: sa.ColumnElement[Any]) -> str | None:
    """The name of the one column that an expression needs from its own row."""
    names = set()
    for part in visitors.iterate(expression):
        if isinstance(part, sa.Over | sa.Select | sa.Subquery | sa.ScalarSelect):
            return None
        if isinstance(part, sa.ColumnClause) and not part.is_literal:
            if part.table is not None:
                return None
            names.add(str(part.name))
    return names.pop() if len(names) == 1 else None
