"""Which columns rows are grouped by: raw ones with few values, and expressions where there are many.

Several axes may be made of one raw column (its groups, and whether it is known at all); they are
counted together. What a raw value means is looked up once per counted cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from impactbook.checks.cover import Cover, cover
from impactbook.checks.dialects import text_of
from impactbook.checks.profile import Profile
from impactbook.checks.rawcolumns import Columns
from impactbook.checks.scan import Shown
from impactbook.checks.tables import Axes

_RAW, _AXIS = "raw ", "axis "


@dataclass(frozen=True)
class GroupedColumns:
    """The columns that some axes are made of; `column` names the one of each axis.

    Axes in `known` are only told as known or missing.
    """

    view: Columns
    profile: Profile
    known: frozenset[str]
    column: Mapping[str, str]

    @classmethod
    def of(
        cls, view: Columns, profile: Profile, known: frozenset[str], axes: Axes
    ) -> GroupedColumns:
        """Choose the columns to group by."""
        column = {}
        for axis in axes:
            raw = view.raw(axis)
            few = raw is not None and raw in profile.raw
            column[axis] = f"{_RAW}{raw}" if few else f"{_AXIS}{axis}"
        return cls(view, profile, known, column)

    def without(self, axes: Sequence[str]) -> GroupedColumns:
        """The columns of all other axes."""
        column = {axis: name for axis, name in self.column.items() if axis not in axes}
        return replace(self, column=column)

    @property
    def names(self) -> Axes:
        """The columns to group by."""
        return tuple(dict.fromkeys(self.column.values()))

    @property
    def raw_names(self) -> Axes:
        """Those of them that are raw ones."""
        return tuple(name for name in self.names if self.is_raw(name))

    def is_raw(self, name: str) -> bool:
        """Whether a column to group by is a raw one."""
        return name.startswith(_RAW)

    def axes_of(self, name: str) -> Axes:
        """The axes that are made of a column."""
        return tuple(axis for axis, column in self.column.items() if column == name)

    def columns_of(self, axes: Axes) -> Axes:
        """The columns that a table is made of."""
        return tuple(dict.fromkeys(self.column[axis] for axis in axes))

    def cover(self, tables: Sequence[Axes]) -> Cover:
        """The blocks of columns in which some tables are counted."""
        levels = {name: self._levels(name) for name in self.names}
        return cover([self.columns_of(axes) for axes in tables], levels)

    def _levels(self, name: str) -> int:
        axis = self.axes_of(name)[0]
        if self.is_raw(name):
            return self.profile.raw[name.removeprefix(_RAW)]
        return 1 if axis in self.known else self.profile.groups.get(axis, 1)

    def cell(self, name: str) -> sa.ColumnElement[Any]:
        """A column to group by, to select from the view's source."""
        if self.is_raw(name):
            return sa.column(name.removeprefix(_RAW))
        axis = self.axes_of(name)[0]
        return self.level(axis, self.view.cell(axis))

    def selected(self) -> list[sa.Label[Any]]:
        """All columns to group by as `a0`, `a1`, ..."""
        return [self.cell(name).label(f"a{place}") for place, name in enumerate(self.names)]

    def called(self, name: str) -> str:
        """Under which name the expressions of axes know a column."""
        return name.removeprefix(_RAW) if self.is_raw(name) else f"impactbook {name}"

    def shown(self, axes: Axes) -> Shown:
        """The levels of axes as expressions of the grouped columns."""
        outputs: list[tuple[str, str, sa.ColumnElement[Any]]] = []
        for axis in axes:
            name = self.column[axis]
            found = (
                self.level(axis, self.view.cell(axis))
                if self.is_raw(name)
                else sa.column(self.called(name))
            )
            outputs.append((axis, name, found))
        return Shown(tuple(outputs), {name: self.called(name) for name in self.names})

    def level(self, axis: str, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """An axis as text, or only as known."""
        if axis in self.known:
            return sa.case((value.is_(None), None), else_=sa.literal_column("'known'"))
        return text_of(value)
