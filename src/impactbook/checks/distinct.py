"""Distinct persons in every cell of many tables, by one grouping instead of one for each table.

An engine keeps a hash table per grouping set, with another one inside for what is distinct, and
sets aside memory for all of them however few rows come. Here every row is repeated for each table
with the levels of its axes in a few slots, so that one grouping by table and slots counts them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from impactbook.checks.scan import Part, masks_of, number_in_sql


@dataclass(frozen=True)
class DistinctPart(Part):
    """A part whose one measure is how many different values of the source's column `p` there are.

    Unlike a grouped select, it has no cell for a table without any row.
    """

    def selects(self, grouping_sets: bool) -> list[sa.Select[Any]]:
        """One select, whatever the engine has."""
        slots = self._slots()
        tables = sa.union_all(
            *(sa.select(number_in_sql(at).label("t")) for at in range(len(self.sets)))
        ).subquery("tables")
        told = [self._filled(tables.c.t, used).label(slot) for slot, used in slots.items()]
        each = sa.select(tables.c.t, *told, self.source.c.p).distinct()
        people = each.select_from(self.source.join(tables, sa.true())).subquery("people_of_tables")
        keys = [people.c.t, *(people.c[slot] for slot in slots)]
        counted = sa.select(*keys, sa.func.count().label("n")).group_by(*keys).subquery("counted")
        shown: list[sa.Label[Any]] = [
            *self._masks_of(counted.c.t),
            *(self._level(counted, place, slots) for place in range(len(self.names))),
            counted.c.n.label("m0"),
        ]
        return [sa.select(*shown)]

    def _slots(self) -> dict[str, dict[int, list[int]]]:
        """For each slot, from which axis (by place) which tables (by place) fill it.

        Numbers and texts have slots of their own.
        """
        slots: dict[str, dict[int, list[int]]] = {}
        for table, axes in enumerate(self.sets):
            taken = {"numbers": 0, "texts": 0}
            for place in sorted(self.names.index(axis) for axis in axes):
                kind = "numbers" if isinstance(self.kinds[place], sa.Integer) else "texts"
                used = slots.setdefault(f"{kind}{taken[kind]}", {})
                used.setdefault(place, []).append(table)
                taken[kind] += 1
        return slots

    def _filled(self, table: Any, used: dict[int, list[int]]) -> sa.ColumnElement[Any]:
        chosen = [
            (_is_one_of(table, tables), self.source.c[f"a{place}"])
            for place, tables in used.items()
        ]
        return sa.case(*chosen, else_=sa.null())

    def _level(
        self, counted: Any, place: int, slots: dict[str, dict[int, list[int]]]
    ) -> sa.Label[Any]:
        """The level of one axis, from the slot that it has in each table."""
        nothing = sa.cast(sa.null(), self.kinds[place])
        chosen = [
            (_is_one_of(counted.c.t, used[place]), counted.c[slot])
            for slot, used in slots.items()
            if place in used
        ]
        return (sa.case(*chosen, else_=nothing) if chosen else nothing).label(f"l{place}")

    def _masks_of(self, table: Any) -> list[sa.Label[int]]:
        masks = [
            masks_of({self.names.index(axis) for axis in axes}, len(self.names))
            for axes in self.sets
        ]
        return [
            sa.case(
                *((table == number_in_sql(at), number_in_sql(one)) for at, one in enumerate(told)),
                else_=number_in_sql(0),
            ).label(f"g{number}")
            for number, told in enumerate(zip(*masks, strict=True))
        ]


def _is_one_of(table: Any, tables: Sequence[int]) -> sa.ColumnElement[bool]:
    found: sa.ColumnElement[bool] = table.in_([number_in_sql(one) for one in tables])
    return found
