"""Which statement counts which tables: `count` sums blocks of rows, or of persons, up to tables.

The blocks are chosen in `checks.cover`, the statement is run in `checks.scan`. How persons are told
apart, and which of them stand behind rows, is in `checks.personcounting`. Nothing is masked here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from impactbook.checks.cover import BlockCells
from impactbook.checks.groupedcolumns import GroupedColumns
from impactbook.checks.profile import Profile
from impactbook.checks.rawcolumns import Columns
from impactbook.checks.scan import Answer, Fetch, Part, ask, ordered
from impactbook.checks.tables import KNOWN, Axes, Key, Level, Table, TableUnit

WEIGHT: sa.Numeric[Decimal] = sa.Numeric(18, 6)
"""Sums of decimals are the same whatever the order in which an engine adds them."""


@dataclass(frozen=True)
class Wanted:
    """What is to be counted: tables over rows and over persons, their margins included.

    Axes in `known` are only told as known or missing. `person` and `weight` name columns.
    `agreeing` are the axes on which a person's rows should agree.
    """

    rows: tuple[Axes, ...]
    persons: tuple[Axes, ...] = ()
    known: frozenset[str] = frozenset()
    person: str | None = None
    weight: str | None = None
    agreeing: tuple[str, ...] = ()
    profile: Profile = field(default_factory=Profile)

    def read(self, axis: str, value: Any) -> Level:
        """A level as it was counted; our own word for known stands for SQL's."""
        if value is None:
            return None
        return KNOWN if axis in self.known else str(value)


def count_rows(fetch: Fetch, view: Columns, wanted: Wanted, *, grouping_sets: bool) -> list[Table]:
    """Count tables over the rows of a view, persons apart.

    Columns that are told as known only, and have many values, are counted beside without grouping.
    """
    crossed = {axis for axes in wanted.rows if len(axes) > 1 for axis in axes}
    aside = [
        axes[0]
        for axes in wanted.rows
        if len(axes) == 1
        and axes[0] in wanted.known
        and axes[0] not in crossed
        and view.raw(axes[0]) not in wanted.profile.raw
    ]
    tables = tuple(axes for axes in wanted.rows if axes not in {(axis,) for axis in aside})
    axes = ordered(tables)
    grouped = GroupedColumns.of(view, wanted.profile, wanted.known, axes)
    chosen = [*grouped.selected(), *weights(view, wanted)] or [sa.literal_column("1").label("one")]
    rows = sa.select(*chosen).select_from(view.source).subquery("r")
    measures: dict[str, sa.ColumnElement[Any]] = {"n": sa.func.count()}
    if wanted.weight is not None:
        measures |= {"weight": sa.func.sum(rows.c.w), "square": sa.func.sum(rows.c.w * rows.c.w)}
    blocks = grouped.cover(tables)
    (answer,) = ask(
        fetch,
        [Part(rows, grouped.names, blocks.blocks, measures)],
        grouping_sets=grouping_sets,
        shown=grouped.shown(axes),
    )
    home = {table: blocks.home[grouped.columns_of(table)] for table in tables}
    return [*tables_of("row", home, answer, wanted.read), *_known_aside(fetch, view, aside)]


def _known_aside(fetch: Fetch, view: Columns, names: Sequence[str]) -> list[Table]:
    """Known and missing values of each column: one pass without any grouping."""
    if not names:
        return []
    counted = [sa.func.count(view.cell(name)) for name in names]
    answer = fetch(sa.select(sa.func.count(), *counted).select_from(view.source))
    rows, *known = [int(value or 0) for value in answer[0]] if answer else [0] * (len(names) + 1)
    return [
        Table((name,), "row", not_empty({(KNOWN,): count, (None,): rows - count}))
        for name, count in zip(names, known, strict=True)
    ]


def weights(view: Columns, wanted: Wanted) -> list[sa.Label[Any]]:
    """The declared weight as column `w`, if there is one."""
    if wanted.weight is None:
        return []
    return [sa.cast(view.cell(wanted.weight), WEIGHT).label("w")]


def tables_of(
    unit: TableUnit,
    home: Mapping[Axes, Axes],
    answer: Answer,
    read: Callable[[str, Any], Level],
) -> list[Table]:
    """The tables in `home`, each summed up from its block; cells without a count are left out."""
    tables = []
    for axes, cells in in_blocks(home, answer, read):
        sums = cells.table(axes)
        counts = not_empty(sums["n"])
        weighed = [_decimal(sums.get(name), counts) for name in ("weight", "square")]
        tables.append(Table(axes, unit, counts, None, *weighed))
    return tables


def in_blocks(
    home: Mapping[Axes, Axes], answer: Answer, read: Callable[[str, Any], Level]
) -> list[tuple[Axes, BlockCells]]:
    """Each table with the cells of the block that it lies in; a block is read once."""
    cells = {block: answer.cells(block, read) for block in dict.fromkeys(home.values())}
    return [(axes, cells[block]) for axes, block in home.items()]


def _decimal(sums: Mapping[Key, Any] | None, counts: Mapping[Key, int]) -> dict[Key, float] | None:
    return None if sums is None else {key: float(sums[key]) for key in counts}


def not_empty(counts: Mapping[Key, Any]) -> dict[Key, int]:
    """The cells in which something was counted."""
    return {key: int(count) for key, count in counts.items() if count}
