"""An attacker with every published number of a record cannot give a masked count its value back.

Every figure is computed from published tables, or from a count that passed `Counted.published`. So
knowing all figures is knowing the published tables, which the first tests attack: the attacker
looks for all sets of people (not only fillings of single tables) that would give these tables.
`test_attacker_of_records` shows, from file to record, that nothing printed depends on more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import lil_array

from impactbook.checks import linked, masking
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.suppression import publish
from impactbook.checks.tables import OTHER_VALUES, Key, Table, Tables

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


Wanted = tuple[list[Person], list[tuple[int, ...]], list[tuple[int, ...]]]
"""People, the tables shown cell by cell, and those shown coarsened, by the places of their axes."""


@st.composite
def few_people(draw: st.DrawFn) -> Wanted:
    """Up to 120 people with two to four attributes of a few levels, unevenly spread."""
    width = draw(st.integers(2, 4))
    sizes = draw(st.lists(st.integers(2, 4 if width == 2 else 3), min_size=width, max_size=width))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    skew = draw(st.sampled_from([0.3, 1.0, 3.0]))
    shares = [random.dirichlet([skew] * size) for size in sizes]
    names: list[str | None] = ["p", "q", "r", None]
    found: list[Person] = []
    for _ in range(draw(st.sampled_from([6, 15, 30, 60, 120]))):
        levels = tuple(names[int(random.choice(len(share), p=share))] for share in shares)
        found.append((levels, int(random.integers(1, 4))))
    pairs = list(combinations(range(width), 2))
    wanted: list[tuple[int, ...]] = list(
        draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=6, unique=True))
    )
    if width > 2 and draw(st.booleans()):
        wanted.append((0, 1, 2))
    coarse = draw(st.lists(st.sampled_from(pairs), max_size=3, unique=True))
    return found, wanted, list(coarse)


@st.composite
def people_of_cities(draw: st.DrawFn) -> Wanted:
    """Up to 400 people of cities, each of which tells its country: one table completes another."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cities = draw(st.integers(4, 6))
    shares = random.dirichlet([1.0] * cities), random.dirichlet([0.8] * draw(st.integers(2, 3)))
    found: list[Person] = []
    for _ in range(draw(st.sampled_from([100, 200, 400]))):
        city, sex = (int(random.choice(len(share), p=share)) for share in shares)
        levels = "abcdef"[city], "ABC"[city // 2], "fmx"[sex]
        found.append((levels, int(random.integers(1, 4))))
    coarse: list[tuple[int, ...]] = [(2, 0)] if draw(st.booleans()) else []
    wanted: list[tuple[int, ...]] = [(0, 1), (1, 2), *([] if coarse else [(0, 2)])]
    return found, wanted, coarse


def all_subsets(places: tuple[int, ...]) -> list[tuple[int, ...]]:
    """All margins of a table, its total first, itself last."""
    return [some for size in range(len(places) + 1) for some in combinations(places, size)]


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


def levels_of(
    persons: list[Person], tables: Iterable[PublishedTable]
) -> dict[str, list[str | None]]:
    """All levels of each axis of some tables."""
    shown = {axis for table in tables for axis in table.axes}
    return {
        f"x{at}": sorted({levels[at] for levels, _ in persons}, key=lambda one: (one is None, one))
        for at in range(len(persons[0][0]))
        if f"x{at}" in shown
    }


def assert_nothing_is_pinned(asked: Wanted, rows: bool, limit: int) -> None:
    """For each small count more than one value is left, and one of them reaches the limit."""
    persons, wanted, coarse = asked
    few = [table for table in counted(persons, coarse, True) if table.unit == "row"] if rows else []
    margins = [*wanted, *(coarse if rows else [])]
    # Margins are counted too, as an engine does: people of several cells do not add up.
    alone = [subset for places in margins for subset in all_subsets(places) if len(subset) < 2]
    whole = [subset for places in wanted for subset in all_subsets(places)]
    tables = counted(persons, dict.fromkeys([*alone, *whole]), rows)
    published = publish(tables, limit, few)
    levels = levels_of(persons, published)
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


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked=few_people(), rows=st.booleans(), limit=st.sampled_from([3, 5]))
def test_no_set_of_people_that_fits_all_tables_pins_a_small_count(
    asked: Wanted, rows: bool, limit: int
) -> None:
    """A few examples of the next test."""
    assert_nothing_is_pinned(asked, rows, limit)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    asked=st.one_of(few_people(), people_of_cities()),
    rows=st.booleans(),
    limit=st.sampled_from([3, 5]),
)
def test_no_set_of_people_pins_a_small_count_in_many_examples(
    asked: Wanted, rows: bool, limit: int
) -> None:
    """Persons and rows, circles of tables, columns that tell each other, coarse tables."""
    assert_nothing_is_pinned(asked, rows, limit)


@pytest.mark.slow
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,  # bounds are not all that can be known: always the same examples
)
@given(asked=people_of_cities(), rows=st.booleans())
def test_nor_where_the_circles_are_too_large_to_be_looked_at_whole(
    asked: Wanted, rows: bool
) -> None:
    """The bounds of `circles` alone find what one table tells about another."""
    most = linked._MOST
    linked._MOST = 0
    try:
        assert_nothing_is_pinned(asked, rows, 5)
    finally:
        linked._MOST = most


def citizens() -> list[Person]:
    """Three of the f in a are 53 of country A less the 50 in b."""
    numbers = {("a", "f"): 3, ("a", "m"): 40, ("b", "f"): 50, ("b", "m"): 60}
    numbers |= {("c", "f"): 20, ("c", "m"): 30, ("d", "f"): 90, ("d", "m"): 95}
    country = {"a": "A", "b": "A", "c": "C", "d": "C"}
    return [
        ((city, country[city], sex), 1)
        for (city, sex), number in numbers.items()
        for _ in range(number)
    ]


@pytest.mark.parametrize("most", [0, 800])
def test_a_table_by_country_does_not_give_back_what_the_table_by_city_masks(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Masking f and m in a and c (the smallest) would do within the table, but A has 53 f."""
    monkeypatch.setattr(linked, "_MOST", most)
    persons, wanted = citizens(), [(0, 1), (0, 2), (1, 2)]
    tables = counted(persons, wanted, False)
    with monkeypatch.context() as alone:
        alone.setattr(linked, "_MOST", 0)
        alone.setattr(masking.Masking, "_circle_proofs", lambda _: [])
        naive = publish(tables, 5)
    table = Table(("x0", "x2"), "person", {})
    levels = levels_of(persons, naive)
    assert Attacker(naive, levels).bound(table, ("a", "f"), -1) == 3
    published = publish(tables, 5)
    assert Attacker(published, levels).bound(table, ("a", "f"), -1) >= 5
    assert not any(shown.masked for shown in published if len(shown.axes) == 1)


def test_a_coarse_table_is_held_against_the_others() -> None:
    """The same three people, the table by sex and country being a coarse one over rows."""
    persons = citizens()
    tables = counted(persons, [(0, 1), (0, 2)], True)
    (coarse,) = [t for t in counted(persons, [(2, 1)], True) if t.unit == "row"]
    published = publish(tables, 5, [coarse])
    table = Table(("x0", "x2"), "person", {})
    attacker = Attacker(published, levels_of(persons, published))
    assert attacker.bound(table, ("a", "f"), -1) >= 5
