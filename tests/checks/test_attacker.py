"""An attacker with every published number of a record cannot give a masked count its value back.

Every figure is computed from published tables, or from a count that passed `Counted.published`. So
knowing all figures is knowing the published tables, which the first tests attack: the attacker
looks for all sets of people (not only fillings of single tables) that would give these tables. The
others show, on the whole way from file to record, that nothing printed depends on a hidden count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations, product

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import lil_array

from impactbook.checks.suppression import publish
from impactbook.checks.tables import (
    OTHER_VALUES,
    Key,
    PublishedTable,
    PublishedTables,
    Table,
    Tables,
)

Person = tuple[tuple[str | None, ...], int]
"""The levels of one person on each axis, and how many rows they have."""


class Attacker:
    """Knows all published tables; looks for whole sets of people with the same.

    One unknown per combination of all axes: how many persons have it, and how many rows.
    """

    def __init__(self, published: PublishedTables, levels: Mapping[str, list[str | None]]) -> None:
        self.axes = tuple(levels)
        self.units = tuple(sorted({table.unit for table in published}))
        self.keys = [
            key
            for key in product(*levels.values())
            if all(table.count(self.part(key, table.axes)) != 0 for table in published)
        ]
        self.width = len(self.keys) * len(self.units)
        rows: list[tuple[list[int], float, float]] = []
        for table in [*published, *published.coarsened.values()]:
            for cell in table.cells():
                count = table.count(cell)
                low, high = (1, np.inf) if count is None else (count, count)
                rows.append((self.places(table, cell), low, high))
        self.sums = lil_array((len(rows), self.width))
        for number, (places, _, _) in enumerate(rows):
            self.sums[number, places] = 1
        self.low, self.high = ([row[at] for row in rows] for at in (1, 2))

    def part(self, key: Key, axes: Iterable[str]) -> Key:
        """The levels of a combination on some axes."""
        return tuple(key[self.axes.index(axis)] for axis in axes)

    def places(self, table: Table | PublishedTable, cell: Key) -> list[int]:
        """The unknowns that a cell is the sum of; a merged level holds all that are not named."""
        start = self.units.index(table.unit) * len(self.keys)
        named = [set(table.levels(axis)) for axis in table.axes]

        def stands_for(key: Key) -> Key:
            part = self.part(key, table.axes)
            return tuple(
                OTHER_VALUES if OTHER_VALUES in levels and level not in levels else level
                for level, levels in zip(part, named, strict=True)
            )

        return [start + i for i, key in enumerate(self.keys) if stands_for(key) == cell]

    def bound(self, table: Table | PublishedTable, cell: Key, sign: int) -> int:
        """The least (1) or largest (-1) count of a cell among all sets of people that fit."""
        cost = np.zeros(self.width)
        cost[self.places(table, cell)] = sign
        limits = [LinearConstraint(self.sums.tocsr(), self.low, self.high)]
        if len(self.units) == 2:  # everybody has at least one row
            persons_and_rows = np.hstack([np.eye(len(self.keys)), -np.eye(len(self.keys))])
            limits.append(LinearConstraint(persons_and_rows, -np.inf, 0))
        found = milp(
            cost,
            constraints=limits,
            integrality=np.ones(self.width),
            bounds=(0, 100_000),
            options={"presolve": False},  # with it HiGHS now and then misses the best solution
        )
        return round(abs(float(found.fun)))


def only_single_columns(published: PublishedTables) -> PublishedTables:
    """What would be published if every cell where columns meet were masked."""
    tables = {
        place: table
        if len(table.axes) < 2
        else PublishedTable(
            table.axes, table.unit, {k: None if n else 0 for k, n in table.counts.items()}, None
        )
        for place, table in published.tables.items()
    }
    hidden = {
        place: PublishedTable(
            t.axes, t.unit, {k: None if n != 0 else 0 for k, n in t.counts.items()}, t.total
        )
        for place, t in published.tables.items()
        if len(t.axes) > 1
    }
    return PublishedTables(published.limit, {**tables, **hidden})


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    """A few people with two to four attributes of two or three levels, unevenly spread."""
    axes = draw(st.integers(2, 4))
    sizes = draw(st.lists(st.integers(2, 4 if axes == 2 else 3), min_size=axes, max_size=axes))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    number = draw(st.sampled_from([6, 15, 30, 60, 120]))
    skew = draw(st.sampled_from([0.3, 1.0, 3.0]))
    copied = draw(st.booleans())  # one column that another one tells, as a city tells its country
    shares = [random.dirichlet([skew] * size) for size in sizes]
    names: list[str | None] = ["p", "q", "r", None]
    found: list[Person] = []
    for _ in range(number):
        levels = [int(random.choice(len(share), p=share)) for share in shares]
        if copied:
            levels[1] = min(levels[0], sizes[1] - 1)
        found.append((tuple(names[level] for level in levels), int(random.integers(1, 4))))
    return found


def counted(persons: list[Person], wanted: Iterable[tuple[int, ...]], rows: bool) -> Tables:
    """Tables over some places of the levels, over persons and perhaps over their rows."""
    found = []
    for places in wanted:
        axes = tuple(f"x{place}" for place in places)
        here: Counter[Key] = Counter()
        clips: Counter[Key] = Counter()
        for levels, number in persons:
            key = tuple(levels[place] for place in places)
            here[key] += 1
            clips[key] += number
        found.append(Table(axes, "person", here))
        if rows:
            found.append(Table(axes, "row", clips, here))
    return Tables.of(*found)


def levels_of(persons: list[Person]) -> dict[str, list[str | None]]:
    """All levels of each axis."""
    width = len(persons[0][0])
    return {
        f"x{at}": sorted({levels[at] for levels, _ in persons}, key=lambda one: (one is None, one))
        for at in range(width)
    }


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(data=st.data(), persons=people(), rows=st.booleans(), limit=st.sampled_from([3, 5]))
def test_no_set_of_people_that_fits_all_tables_pins_a_small_count(
    data: st.DataObject, persons: list[Person], rows: bool, limit: int
) -> None:
    """For each small count more than one value is left, and one of them reaches the limit."""
    width = len(persons[0][0])
    pairs = list(combinations(range(width), 2))
    wanted = data.draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=6, unique=True))
    if width > 2 and data.draw(st.booleans()):
        wanted.append(tuple(range(3)))
    tables = counted(persons, wanted, rows)
    coarse = data.draw(st.lists(st.sampled_from(pairs), max_size=3, unique=True)) if rows else []
    few = [table for table in counted(persons, coarse, True) if table.unit == "row"]
    published = publish(tables, limit, few)
    levels = {
        axis: found
        for axis, found in levels_of(persons).items()
        if any(axis in table.axes for table in published)
    }
    attacker = Attacker(published, levels)
    resigned = Attacker(only_single_columns(published), levels)
    for table in tables.with_margins():
        shown = published.get(table.unit, table.axes)
        assert shown is not None
        for key, count in table.counts.items():
            if not 0 < table.people_in(key) < limit:
                continue
            assert shown.count(key) is None
            low, high = attacker.bound(table, key, 1), attacker.bound(table, key, -1)
            assert low <= count <= high
            assert low < high
            if high < limit:
                # Only what single columns tell keeps it below: readers need those most.
                assert resigned.bound(table, key, -1) < limit
