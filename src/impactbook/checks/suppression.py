"""Masking small counts of people, so that nothing published gives them back.

`merge_rare` takes rare values' names away, `publish` masks: first every cell with 1 to limit - 1
people, then further cells until no masked count follows from the published ones. All tables of a
dataset are masked together, because a cell missing in one is often a difference of two others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from impactbook.checks.coarsening import coarse_table
from impactbook.checks.masking import Masking, NothingToMask, TooLarge
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.tables import OTHER_VALUES, SENTINELS, Key, Place, Table, Tables
from impactbook.checks.tidying import tidied


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


def publish(tables: Tables, limit: int, coarse: Sequence[Table] = ()) -> PublishedTables:
    """Publish all tables of a dataset with small counts of people masked.

    1. Every cell with 1 to `limit` - 1 people is masked; 0 is told.
    2. Wherever a table's cells add up to a published margin, one masked cell alone would be a
       difference; so a further cell is masked too, and more of them until every small cell might
       be as large as `limit` (Cox, JASA 75 (1980) 377-385).
    3. The attacker is played, who knows all published sums and that masked cells are 1 or more: how
       large might each small cell be? Where that is less than `limit`, more is masked. Tables of
       two columns are networks (`planes`, `flows`), all others linear programs (`attack`).
    4. Tables that meet in a circle (a city tells its country) are held against each other: whole
       where their common crossing is small (`linked`), else by bounds (`circles`).
    5. Masks of large cells that turn out to protect nobody are lifted again (`tidying`).
    6. What would take too much work to protect is withdrawn whole: `PublishedTables.is_withdrawn`.

    Counts of single attributes and totals are what readers need most. So when only they are left
    to be masked, they stay as long as more than one value of the small cell is possible. Every
    margin of every table is published as well. Sums of weights, where tables carry them, are told
    for told cells, and no total over masked ones. Raises ValueError when tables of one unit do not
    add up to each other: they were not counted over the same rows or persons.

    `coarse` are tables of two columns that feed one figure each: they are not shown cell by cell,
    but with small levels put together (`coarsening`), under `PublishedTables.coarse`. Their first
    axis is the one whose levels are kept where possible.

    >>> sex = Table(("sex",), "person", {("f",): 65, ("m",): 331, ("other",): 3})
    >>> publish(Tables.of(sex), 5).get("person", ("sex",)).counts == {
    ...     ("f",): None, ("m",): 331, ("other",): None}
    True
    """
    margins = [table.without(axis) for table in coarse for axis in table.axes]
    closed = Tables.of(*margins, *tables).with_margins()
    state, withdrawn = _protected(closed, limit)
    published = _published(state, coarse)
    held: tuple[PublishedTable, ...] = ()
    while limit > 1 and (merged := tuple(published.coarsened.values())) != held:
        try:
            state.hold_against(merged)
        except (TooLarge, NothingToMask):
            coarse = ()  # without them everything is protected already
        published, held = _published(state, coarse), merged
    return replace(published, withdrawn=frozenset(withdrawn))


def _published(state: Masking, coarse: Sequence[Table]) -> PublishedTables:
    """All tables as they are masked by now, and the coarse ones that fit to that."""
    shown = {place: state.published(table) for place, table in state.closed.tables.items()}
    published = PublishedTables(state.limit, MappingProxyType(shown))
    found: dict[Place, PublishedTable] = {}
    for table in coarse:
        margins = {axis: published.get(table.unit, (axis,)) for axis in table.axes}
        told = {axis: margin for axis, margin in margins.items() if margin is not None}
        shown_too = published.get(table.unit, table.axes)
        merged = coarse_table(table, published.limit, told, shown_too)
        if merged is not None:
            found[table.unit, frozenset(table.axes)] = merged
    return replace(published, coarsened=MappingProxyType(found))


def _protected(closed: Tables, limit: int) -> tuple[Masking, set[Place]]:
    """Which cells are masked, and which tables are withdrawn because that took too much work.

    What is not shown gives nothing away. Single columns would be the last to go.
    """
    withdrawn: set[Place] = set()
    whole = True
    while True:
        shown = {place: table for place, table in closed.tables.items() if place not in withdrawn}
        state = Masking.of(Tables(MappingProxyType(shown)), limit, whole=whole)
        try:
            if limit > 1:
                state.protect()
        except TooLarge as found:
            if state.linked.groups:
                whole = False
            else:
                withdrawn |= _in_the_way(shown, found.axes)
            continue
        return tidied(state) if limit > 1 else state, withdrawn


def _in_the_way(shown: Mapping[Place, Table], asked: Collection[Place]) -> set[Place]:
    """The tables to withdraw: those with most columns among all that hold what is asked for.

    Counts where columns meet come first: without these tables single columns are easily protected.
    """
    asked = [place for place in asked if len(place[1]) > 1] or asked
    holding = {
        place
        for place in shown
        if len(place[1]) > 1 and any(place[0] == unit and place[1] >= axes for unit, axes in asked)
    }
    holding = holding or {place for place in shown if place[1]}
    most = max(len(axes) for _, axes in holding)
    return {place for place in holding if len(place[1]) == most}


def _merged(table: Table, rare: Mapping[str, set[str]]) -> Table:
    def place(key: Key) -> Key:
        return tuple(
            OTHER_VALUES if level in rare.get(axis, ()) else level
            for axis, level in zip(table.axes, key, strict=True)
        )

    return table.summed(table.axes, place)
