"""Views taken apart: which raw column each of their columns is made of.

A group is an expression of one raw value (trimmed, merged, cut into bands). Where a raw column has
few values it is cheaper to count raw values first and to ask for their groups afterwards, once per
counted cell instead of once per row. Only whoever builds statements sees raw values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.sql import visitors

_DEFINED: WeakKeyDictionary[Any, dict[str, Columns]] = WeakKeyDictionary()
_RAW = "raw: "


@dataclass(frozen=True)
class Columns:
    """What to select from, and the columns of a selectable as expressions of raw ones.

    `raw_of` names the raw column that an expression depends on, where it is a single one. The
    source holds raw columns as they are called; where `extended`, it holds the columns themselves
    too, and raw ones under another name.
    """

    source: Any
    expressions: Mapping[str, sa.ColumnElement[Any]] = field(default_factory=dict)
    raw_of: Mapping[str, str] = field(default_factory=dict)
    extended: bool = False

    def expression(self, name: str) -> sa.ColumnElement[Any]:
        """One column as an expression of raw columns; of a mere table, the column itself."""
        found = self.expressions.get(name)
        return sa.column(name) if found is None else found

    def cell(self, name: str) -> sa.ColumnElement[Any]:
        """One column to select from the source."""
        return sa.column(name, sa.String()) if self.extended else self.expression(name)

    def raw(self, name: str) -> str | None:
        """The raw column that a column is made of, or None when it is made of more."""
        return self.raw_of.get(name) if self.expressions else name

    def raw_cell(self, raw: str) -> sa.ColumnElement[Any]:
        """One raw column to select from the source."""
        return sa.column(_RAW + raw if self.extended else raw)


def with_raw_columns(select: sa.Select[Any]) -> sa.Select[Any]:
    """A view that also holds the raw columns its own are made of."""
    raw = dict.fromkeys(taken_apart(select).raw_of.values())
    return select.add_columns(*(sa.column(name).label(_RAW + name) for name in raw))


def define(engine: Any, name: str, select: sa.Select[Any], extended: str) -> None:
    """Remember what a view of an engine is made of; the view `extended` holds raw columns too."""
    made = replace(taken_apart(select), source=sa.table(extended), extended=True)
    _DEFINED.setdefault(engine, {})[name] = made


def columns_of(engine: Any, selectable: Any) -> Columns:
    """The columns of a selectable on an engine, taken apart as far as they are known."""
    known = _DEFINED.get(engine, {}) if engine in _DEFINED else {}
    found = known.get(str(getattr(selectable, "name", "")))
    return taken_apart(selectable) if found is None else found


def taken_apart(selectable: Any) -> Columns:
    """The columns of a view over one source; of anything else, the columns as they are.

    >>> sex = sa.func.lower(sa.column("sex")).label("gender")
    >>> taken_apart(sa.select(sex).select_from(sa.table("rows")).subquery()).raw("gender")
    'sex'
    """
    select = selectable.element if isinstance(selectable, sa.Subquery) else selectable
    if not isinstance(select, sa.Select) or not _only_names_columns(select):
        return Columns(selectable)
    (source,) = select.get_final_froms()
    expressions: dict[str, sa.ColumnElement[Any]] = {}
    for column in select.selected_columns:
        inner = column.element if isinstance(column, sa.Label) else column
        expressions[str(column.name)] = inner
    raw = {name: _single_column(expression) for name, expression in expressions.items()}
    return Columns(source, expressions, {name: one for name, one in raw.items() if one is not None})


def _only_names_columns(select: sa.Select[Any]) -> bool:
    """Whether each row of a select is made of the one row of its only source."""
    clauses: Any = select
    return (
        len(select.get_final_froms()) == 1
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
