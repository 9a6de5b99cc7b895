"""An attacker who knows everybody's weight cannot give a masked count its value back.

Weights by group are often known beforehand (calibration to a population), so every weighted sum
that is told is one more equation about the counts. The attacker of `test_attacker` gets them all,
sums of squares (effective numbers) included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from declared import dataset, reference, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import lil_array
from test_attacker import (
    Attacker,
    Person,
    all_subsets,
    counted,
    few_people,
    levels_of,
    only_single_columns,
)

from impactbook.checks.heldweights import hold_weights
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.suppression import publish
from impactbook.checks.tables import Key, Table, Tables
from impactbook.model.evidence import Figure

Weight = Callable[[tuple[str | None, ...]], float]
"""What somebody with these levels weighs."""


class AttackerWithWeights(Attacker):
    """Knows everybody's weight besides, so each told sum of weights and of squares is an equation."""

    def __init__(
        self, published: PublishedTables, levels: Mapping[str, list[str | None]], weight: Weight
    ) -> None:
        super().__init__(published, levels)
        weights = np.array([weight(key) for key in self.keys])
        told: list[tuple[PublishedTable, Key, float, int]] = []
        for table in published:
            for key in table.cells():
                for power, sums in ((1, table.weights), (2, table.squares)):
                    if sums is not None and key in sums.cells:
                        told.append((table, key, sums.cells[key], power))
        sums = lil_array((len(told), self.width))
        for number, (table, key, _, power) in enumerate(told):
            places = self.places(table, key)
            sums[number, places] = weights[places] ** power
        self.weighed = LinearConstraint(
            sums.tocsr(),
            [value * (1 - 1e-8) for _, _, value, _ in told],
            [value * (1 + 1e-8) for _, _, value, _ in told],
        )
        self.knows_weights = bool(told)

    def bound(self, table: Table | PublishedTable, cell: Key, sign: int) -> int:
        """The least (1) or largest (-1) count of a cell among all sets of people that fit."""
        if not self.knows_weights:
            return super().bound(table, cell, sign)
        cost = np.zeros(self.width)
        cost[self.places(table, cell)] = sign
        found = milp(
            cost,
            constraints=[LinearConstraint(self.sums.tocsr(), self.low, self.high), self.weighed],
            integrality=np.ones(self.width),
            bounds=(0, 100_000),
            options={"presolve": False},
        )
        return round(abs(float(found.fun)))


def weighed(persons: list[Person], wanted: Iterable[tuple[int, ...]], weight: Weight) -> Tables:
    """Tables over persons with the sums of their weights and of the squares."""
    found = []
    for table in counted(persons, wanted, rows=False):
        places = [int(axis[1:]) for axis in table.axes]
        sums: dict[Key, float] = {}
        squares: dict[Key, float] = {}
        for levels, _ in persons:
            key = tuple(levels[place] for place in places)
            sums[key] = sums.get(key, 0.0) + weight(levels)
            squares[key] = squares.get(key, 0.0) + weight(levels) ** 2
        found.append(replace(table, weights=sums, squares=squares))
    return Tables.of(*found)


def people(numbers: Mapping[tuple[str, str], int]) -> list[Person]:
    """So many persons of each region and sex."""
    return [(levels, 1) for levels, number in numbers.items() for _ in range(number)]


REGIONS = {("r", "f"): 3, ("r", "m"): 30, ("s", "f"): 40, ("s", "m"): 45, ("t", "f"): 50}
REGIONS |= {("t", "m"): 60}


def by_sex(levels: tuple[str | None, ...]) -> float:
    """Women stand for 2, men for half a person: known to everybody who knows the method."""
    return 2.0 if levels[1] == "f" else 0.5


def test_the_weight_of_a_region_would_tell_how_many_of_it_are_women() -> None:
    """r: 33 people of weight 3 * 2 + 30 * 0.5 = 21. So (21 - 33 * 0.5) / (2 - 0.5) = 3 women.

    The share of r among all weights would be enough: those are 93 * 2 + 135 * 0.5 = 253.5.
    """
    persons = people(REGIONS)
    naive = publish(weighed(persons, all_subsets((0, 1)), by_sex), 5)
    region = naive.get("person", ("x0",))
    crossing = naive.get("person", ("x0", "x1"))
    assert region is not None
    assert crossing is not None
    assert crossing.count(("r", "f")) is None
    assert crossing.count(("r", "m")) is None
    weight = region.weight(("r",))
    assert weight == 21
    assert (weight - 33 * 0.5) / (2 - 0.5) == 3
    table, levels = Table(("x0", "x1"), "person", {}), levels_of(persons, naive)
    attacker = AttackerWithWeights(naive, levels, by_sex)
    assert [attacker.bound(table, ("r", "f"), sign) for sign in (1, -1)] == [3, 3]

    held = hold_weights(naive)
    assert all(one.weight_of(one.cells()) is None for one in held)
    assert all(one.effective(one.cells()) is None for one in held)
    attacker = AttackerWithWeights(held, levels, by_sex)
    assert attacker.bound(table, ("r", "f"), 1) == 1
    assert attacker.bound(table, ("r", "f"), -1) >= 5


def test_the_total_less_what_is_told_is_no_hidden_group() -> None:
    """a 41 of weight 1, b 3 of weight 2, c 4 of weight 3: 59 in all; 59 - 41 = 18 = 2 b + 3 c.

    With b + c = 7 that leaves b = 3 and c = 4, so the sum of all weights is not told either.
    """
    heavy = {"a": 1.0, "b": 2.0, "c": 3.0}
    numbers = {"a": 41, "b": 3, "c": 4}
    persons: list[Person] = [((name,), 1) for name, n in numbers.items() for _ in range(n)]
    published = publish(weighed(persons, [(), (0,)], lambda levels: heavy[str(levels[0])]), 5)
    whole = published.get("person", ())
    assert whole is not None
    assert whole.weight(()) == 59
    assert [(b, 7 - b) for b in range(1, 7) if 2 * b + 3 * (7 - b) == 59 - 41] == [(3, 4)]
    held = hold_weights(published).get("person", ())
    assert held is not None
    assert held.weight(()) is None


def test_weights_that_tell_nothing_are_told() -> None:
    """Everybody weighs the same; nothing is masked; or weights vary among those of one group."""
    persons = people(REGIONS)
    wanted = all_subsets((0, 1))

    def kept(tables: Tables, limit: int = 5) -> bool:
        region = hold_weights(publish(tables, limit)).get("person", ("x0",))
        assert region is not None
        return region.weight(("r",)) is not None

    assert kept(weighed(persons, wanted, lambda _: 2.5))
    assert kept(weighed(persons, wanted, by_sex), limit=1)
    assert not kept(weighed(persons, wanted, by_sex))
    varied: list[Person] = [
        ((*levels, str(number % 2)), 1) for number, (levels, _) in enumerate(persons)
    ]
    assert kept(weighed(varied, wanted, lambda levels: 1.0 + float(str(levels[2]))))


Wanted = tuple[list[Person], list[tuple[int, ...]], list[tuple[int, ...]]]


@st.composite
def weights_by_group(draw: st.DrawFn) -> tuple[Wanted, tuple[int, ...], dict[Key, float]]:
    """Few people whose weights are constant by one attribute or by a crossing of two."""
    asked = draw(few_people())
    persons, wanted, _ = asked
    of_tables = sorted({place for places in wanted for place in places})
    places = draw(
        st.one_of(
            st.sampled_from([(place,) for place in of_tables]),
            st.sampled_from(list(combinations(of_tables, 2))),
        )
    )
    groups = sorted({tuple(levels[at] for at in places) for levels, _ in persons}, key=str)
    each = draw(st.permutations([0.5, 1.0, 1.7, 2.3, 3.1, 4.9, 6.7, 8.9, 11.3, 14.9, 17, 19, 2, 3,
                                 4, 5]))  # fmt: skip
    return asked, places, dict(zip(groups, each, strict=False))


def assert_weights_pin_nothing(
    asked: tuple[Wanted, tuple[int, ...], dict[Key, float]], limit: int
) -> None:
    """For each small count more than one value is left, and one of them reaches the limit."""
    (persons, wanted, _), places, each = asked

    def weight(levels: tuple[str | None, ...]) -> float:
        return each[tuple(levels[at] for at in places)] if levels in known else 1.0

    known = {levels for levels, _ in persons}
    whole = dict.fromkeys(subset for axes in wanted for subset in all_subsets(axes))
    tables = weighed(persons, whole, weight)
    published = hold_weights(publish(tables, limit))
    levels = levels_of(persons, published)
    of_key = {axis: at for at, axis in enumerate(levels)}

    def weight_of_key(key: tuple[str | None, ...]) -> float:
        found = tuple(key[of_key[f"x{at}"]] for at in places)
        return each.get(found, 1.0)

    attacker = AttackerWithWeights(published, levels, weight_of_key)
    resigned = Attacker(only_single_columns(published), levels)
    for table in tables.with_margins():
        shown = published.get(table.unit, table.axes)
        assert shown is not None
        for key, count in table.counts.items():
            if 0 < count < limit:
                assert shown.count(key) is None
                low, high = attacker.bound(table, key, 1), attacker.bound(table, key, -1)
                assert low <= count <= high
                assert low < high
                if high < limit:
                    assert resigned.bound(table, key, -1) < limit


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked=weights_by_group(), limit=st.sampled_from([3, 5]))
def test_known_weights_pin_no_small_count(
    asked: tuple[Wanted, tuple[int, ...], dict[Key, float]], limit: int
) -> None:
    """A few examples of the next test."""
    assert_weights_pin_nothing(asked, limit)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked=weights_by_group(), limit=st.sampled_from([3, 5]))
def test_known_weights_pin_no_small_count_in_many_examples(
    asked: tuple[Wanted, tuple[int, ...], dict[Key, float]], limit: int
) -> None:
    """Weights by one attribute or by two, known to the last digit."""
    assert_weights_pin_nothing(asked, limit)


def told_of(
    folder: Path, checks: Mapping[str, object], weights: Mapping[str, float]
) -> list[Figure]:
    """The figures of a data set of the regions above, with weights by sex and a label."""
    rows = [
        f"{region},{sex},{weights[sex]},{'p' if number % 3 else 'n'}"
        for (region, sex), count in REGIONS.items()
        for number in range(count)
    ]
    regions = {"attribute": "region", "reference": "people", "column": "region"}
    compared = {**regions, "map": {name: [name] for name in "rst"}}
    reference(folder / "references", "region,n\nr,200\ns,300\nt,500\n", 1000, columns="[region]")
    declared = dataset(
        {"region": "protected", "sex": "protected", "w": "weight", "y": "label"},
        {"representation": [compared], "labels": [{"label": "y", "positive": "p"}], **checks},
    )
    content = "\n".join(["region,sex,w,y", *rows]) + "\n"
    return list(run(folder, declared, content, limit=5).evidence.figures)


@pytest.mark.parametrize("crossed", [False, True])
def test_a_record_tells_weighted_shares_only_where_they_hide_nobody(
    tmp_path: Path, crossed: bool
) -> None:
    """21 of 253.5 are r; that is told only while the table of regions and sexes is not counted.

    Where it is not told, no effective number and no weighted label share is; counts stand beside.
    """
    figures = told_of(tmp_path, {"pairs": {}} if crossed else {}, {"f": 2.0, "m": 0.5})
    ratios = {f.condition: f for f in figures if f.metric == "representation_ratio"
              and f.group == "r"}  # fmt: skip
    weighted, plain = ratios[""], ratios["weights=none"]
    assert plain.value == pytest.approx(33 / 228 / 0.2)
    labels = [f for f in figures if f.metric == "label_share" and "weights" not in f.condition]
    assert labels
    shares = {f.condition: f for f in figures if f.metric == "share" and f.group == "r"}
    assert shares["weights=none"].value == pytest.approx(33 / 228)
    of_all = [f for f in figures if f.metric in ("share", "share_of_all") and not f.condition]
    if crossed:
        assert {(f.value, f.ci_low, f.verdict) for f in of_all} == {(None, None, "suppressed")}
        assert (weighted.value, weighted.ci_low, weighted.verdict) == (None, None, "suppressed")
        assert {f.value for f in labels} == {None}
        assert not any("effective_n" in f.method for f in figures)
    else:
        assert shares[""].value == pytest.approx(21 / 253.5)
        assert None not in {f.value for f in of_all}
        assert weighted.value == pytest.approx(21 / 253.5 / 0.2)
        assert None not in {f.value for f in labels}


@pytest.mark.parametrize("crossed", [False, True])
def test_a_check_says_why_weighted_figures_are_not_told(tmp_path: Path, crossed: bool) -> None:
    """Held weights are the problem of each check that would tell weighted figures, and no other's."""
    given = dataset(
        {"region": "protected", "sex": "protected", "w": "weight"}, {"pairs": {}} if crossed else {}
    )
    rows = [
        f"{region},{sex},{2.0 if sex == 'f' else 0.5}"
        for (region, sex), count in REGIONS.items()
        for _ in range(count)
    ]
    content = "\n".join(["region,sex,w", *rows]) + "\n"
    evidence = run(tmp_path, given, content, limit=5).evidence
    why = {check.check for check in evidence.checks if check.problem == "weights_held"}
    assert why == ({"shares"} if crossed else set())
