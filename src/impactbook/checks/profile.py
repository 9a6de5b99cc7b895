"""What is looked up about columns before anything is counted: how many values each has, about.

One pass answers it for all columns. The answer decides what is counted together and which column
has too many values to be groups; no figure is computed from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from impactbook.checks.rawcolumns import Columns
from impactbook.checks.scan import Fetch

FEW_VALUES = 100
"""A raw column with so few values may be counted by value before its groups are looked up."""

_APPROXIMATE = frozenset({"duckdb", "spark", "databricks", "snowflake", "bigquery", "trino"})


@dataclass(frozen=True)
class Profile:
    """How many levels there are, about: `groups` by axis, `raw` by raw column with few values."""

    groups: Mapping[str, int] = field(default_factory=dict)
    raw: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, dict[str, int]]:
        """The form in which it is part of an argument of a metric."""
        return {"groups": dict(self.groups), "raw": dict(self.raw)}

    @classmethod
    def from_json(cls, value: Mapping[str, Mapping[str, int]]) -> Profile:
        """Read what `as_json` wrote."""
        return cls(dict(value.get("groups", {})), dict(value.get("raw", {})))


def profile_columns(fetch: Fetch, view: Columns, names: Sequence[str], *, dialect: str) -> Profile:
    """Look up how many values some columns have, in one pass.

    Of a view, the raw columns are looked at: where one has at most `FEW_VALUES`, its groups are no
    more. Only for the others a second pass counts the groups themselves.
    """
    raw_of = {name: raw for name in names if (raw := view.raw(name)) is not None}
    raw_cells: dict[str, sa.ColumnElement[Any]] = {raw: sa.column(raw) for raw in raw_of.values()}
    found = _distinct_values(fetch, view.source, raw_cells, dialect)
    few = {name: count for name, count in found.items() if count <= FEW_VALUES}
    groups = {name: few[raw] for name, raw in raw_of.items() if raw in few}
    left = {name: view.cell(name) for name in names if name not in groups}
    if view.expressions:
        groups |= _distinct_values(fetch, view.source, left, dialect)
    else:
        groups |= {name: found[name] for name in left}
    return Profile({name: groups[name] for name in names}, few)


def _distinct_values(
    fetch: Fetch, source: Any, columns: Mapping[str, sa.ColumnElement[Any]], dialect: str
) -> dict[str, int]:
    """How many different values each column has; approximate where the dialect can (HyperLogLog)."""
    if not columns:
        return {}
    # A period of a person is a window over their rows, which no aggregate may hold directly.
    cells = [cell.label(f"c{place}") for place, cell in enumerate(columns.values())]
    known = sa.select(*cells).select_from(source).subquery("cells")
    if dialect in _APPROXIMATE:
        counted = [sa.func.approx_count_distinct(cell) for cell in known.columns]
    else:
        counted = [sa.func.count(sa.distinct(cell)) for cell in known.columns]
    answer = fetch(sa.select(*counted).select_from(known))
    values = answer[0] if answer else [0] * len(columns)
    return {name: int(value or 0) for name, value in zip(columns, values, strict=True)}
