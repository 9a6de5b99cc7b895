"""Which statement counts which tables: `count` sums blocks of rows, or of persons, up to tables.

The blocks are chosen in `checks.cover`, the statement is run in `checks.scan`. How persons are told
apart, and which of them stand behind rows, is in `checks.personcounting`. Nothing is masked here.
"""

from __future__ import annotations

import math
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

WEIGHT: sa.Numeric[Decimal] = sa.Numeric(18, 9)
"""Sums of decimals are the same whatever the order in which an engine adds them.

Weights are told in a unit near their mean (`tens_of_weights`), so that nine digits on either side
are enough for any. Squares have 36 digits, 18 of them behind the point, on every engine: DuckDB
keeps products of up to 18 digits in 18 unless their fraction alone needs them, Spark has 38.
"""


@dataclass(frozen=True)
class Wanted:
    """What is to be counted: tables over rows and over persons, their margins included.

    Axes in `known` are only told as known or missing. `person` and `weight` name columns.
    `agreeing` are the axes on which a person's rows should agree. `tens` is the power of ten in
    whose units weights are summed up (`tens_of_weights`).
    """

    rows: tuple[Axes, ...]
    persons: tuple[Axes, ...] = ()
    known: frozenset[str] = frozenset()
    person: str | None = None
    weight: str | None = None
    tens: int = 0
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


def tens_of_weights(fetch: Fetch, view: Columns, weight: str | None) -> int:
    """The power of ten nearest to the mean weight; 0 where there are no weights, or all are zero.

    Whether weights sum up to a population or are parts of a million, shares and Kish's effective
    number are the same: they do not depend on the unit.
    """
    if weight is None:
        return 0
    number: sa.ColumnElement[float] = sa.cast(view.cell(weight), sa.Double())
    answer = fetch(sa.select(sa.func.avg(number)).select_from(view.source))
    mean = float(answer[0][0] or 0) if answer else 0.0
    return round(math.log10(mean)) if 0 < mean < math.inf else 0


def weights(view: Columns, wanted: Wanted) -> list[sa.Label[Any]]:
    """The declared weight as column `w`, if there is one, in units of ten to the power `tens`."""
    if wanted.weight is None:
        return []
    number: sa.ColumnElement[float] = sa.cast(view.cell(wanted.weight), sa.Double())
    unit: sa.ColumnElement[float] = sa.cast(sa.literal_column(f"1e{abs(wanted.tens)}"), sa.Double())
    # A power of ten above 1 is exact as a binary fraction, one below is not.
    scaled = number / unit if wanted.tens > 0 else number * unit
    return [sa.cast(scaled, WEIGHT).label("w")]


def tables_of(
    unit: TableUnit,
    home: Mapping[Axes, Axes],
    answer: Answer,
    read: Callable[[str, Any], Level],
    followed: Callable[[BlockCells], BlockCells] = lambda cells: cells,
) -> list[Table]:
    """The tables in `home`, each summed up from its block; cells without a count are left out."""
    tables = []
    for axes, cells in in_blocks(home, answer, read, followed):
        sums = cells.table(axes)
        counts = not_empty(sums["n"])
        weighed = [_decimal(sums.get(name), counts) for name in ("weight", "square")]
        tables.append(Table(axes, unit, counts, None, *weighed))
    return tables


def in_blocks(
    home: Mapping[Axes, Axes],
    answer: Answer,
    read: Callable[[str, Any], Level],
    followed: Callable[[BlockCells], BlockCells] = lambda cells: cells,
) -> list[tuple[Axes, BlockCells]]:
    """Each table with the cells of the block that it lies in; a block is read once.

    `followed` adds axes that follow from others.
    """
    cells = {block: followed(answer.cells(block, read)) for block in dict.fromkeys(home.values())}
    return [(axes, cells[block]) for axes, block in home.items()]


def _decimal(sums: Mapping[Key, Any] | None, counts: Mapping[Key, int]) -> dict[Key, float] | None:
    return None if sums is None else {key: float(sums[key]) for key in counts}


def not_empty(counts: Mapping[Key, Any]) -> dict[Key, int]:
    """The cells in which something was counted."""
    return {key: int(count) for key, count in counts.items() if count}
