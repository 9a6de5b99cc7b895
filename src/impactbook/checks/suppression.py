"""Masking small counts of people, so that nothing published gives them back.

`merge_rare` takes rare values' names away, `publish` masks: first every cell with 1 to limit - 1
people, then further cells until no masked count follows from the published ones. All tables of a
dataset are masked together, because a cell missing in one is often a difference of two others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from types import MappingProxyType

from impactbook.checks.masking import Masking
from impactbook.checks.tables import (
    OTHER_VALUES,
    SENTINELS,
    Key,
    PublishedTables,
    Table,
    Tables,
)


def merge_rare(tables: Tables, limit: int, listed: Mapping[str, Collection[str]]) -> Tables:
    """Put all rare values that the declaration does not list into the one level `OTHER_VALUES`.

    A value is rare on an axis when fewer than `limit` people have it (in rows or as persons,
    whichever is more). It is then merged in every table, so that its name is published nowhere.
    Persons behind merged row cells may overlap, so the larger cell's count stands for both: a
    lower bound, which masks rather too much than too little. A limit of 1 changes nothing.

    >>> one = Tables.of(Table(("accent",), "row", {("de",): 90, ("xy",): 2, ("zz",): 1}))
    >>> merged = merge_rare(one, 5, {"accent": ["de"]}).get("row", ("accent",))
    >>> merged.counts == {("de",): 90, (OTHER_VALUES,): 3}
    True
    """
    if limit <= 1:
        return tables
    seen: dict[str, dict[str, int]] = defaultdict(dict)
    for table in tables.with_margins():
        if len(table.axes) == 1:
            people = seen[table.axes[0]]
            for key in table.counts:
                if key[0] is not None:
                    people[key[0]] = max(people.get(key[0], 0), table.people_in(key))
    rare = {
        axis: {
            level
            for level, count in people.items()
            if count < limit and level not in listed.get(axis, ()) and level not in SENTINELS
        }
        for axis, people in seen.items()
    }
    return Tables.of(*(_merged(table, rare) for table in tables))


def publish(tables: Tables, limit: int) -> PublishedTables:
    """Publish all tables of a dataset with small counts of people masked.

    1. Every cell with 1 to `limit` - 1 people is masked; 0 is told.
    2. Wherever a table's cells add up to a published margin, one masked cell alone would be a
       difference; so a further cell is masked too, and more of them until every small cell might
       be as large as `limit` (Cox, JASA 75 (1980) 377-385).
    3. The attacker is played: a linear program over all published sums (masked cells are 1 or more)
       asks how large each small cell might be. Where that is less than `limit`, more is masked.

    Counts of single attributes and totals are what readers need most. So when only they are left
    to be masked, they stay as long as more than one value of the small cell is possible. Every
    margin of every table is published as well. Raises ValueError when tables of one unit do not add
    up to each other: they were not counted over the same rows or persons.

    >>> sex = Table(("sex",), "person", {("f",): 65, ("m",): 331, ("other",): 3})
    >>> publish(Tables.of(sex), 5).get("person", ("sex",)).counts == {
    ...     ("f",): None, ("m",): 331, ("other",): None}
    True
    """
    closed = tables.with_margins()
    state = Masking.of(closed, limit)
    if limit > 1:
        state.close(state.equations_of_masked())
        extra = 1
        while proofs := state.audit():
            state.widen(proofs, extra)
            extra *= 2
    return PublishedTables(
        limit,
        MappingProxyType({place: state.published(table) for place, table in closed.tables.items()}),
    )


def _merged(table: Table, rare: Mapping[str, set[str]]) -> Table:
    def place(key: Key) -> Key:
        return tuple(
            OTHER_VALUES if level in rare.get(axis, ()) else level
            for axis, level in zip(table.axes, key, strict=True)
        )

    counts: dict[Key, int] = defaultdict(int)
    people: dict[Key, int] = defaultdict(int)
    for key, count in table.counts.items():
        counts[place(key)] += count
        people[place(key)] = max(people[place(key)], table.people_in(key))
    return Table(table.axes, table.unit, dict(counts), table.people and dict(people))
