"""Combinations of attributes: thin cells, expected counts, impossible ones, all pairs, sentences."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from counted_by_hand import CONTEXT, one
from declared import dataset, figure, reference, result, run, table

from impactbook.checks.figures import intersection_figures, pair_figures, pattern_figures
from impactbook.checks.published import PublishedTables
from impactbook.checks.suppression import publish
from impactbook.checks.tables import MISSING, Key, Table, Tables
from impactbook.render.labels import Labels
from impactbook.render.sentences import statement

# 100 people: f 40, m 60; old 50, new 50.
CROSS: dict[Key, int] = {("f", "old"): 35, ("f", "new"): 5, ("m", "old"): 15, ("m", "new"): 45}


def published(
    counts: Mapping[Key, int], axes: tuple[str, ...] = ("sex", "age"), limit: int = 1
) -> PublishedTables:
    return publish(Tables.of(Table(axes, "person", counts)), limit)


def crossed(counts: Mapping[Key, int], limit: int = 1, **options: Any) -> Any:
    tables = published(counts, limit=limit)
    return intersection_figures(CONTEXT, tables, ("sex", "age"), unit="person", **options)


def test_expected_counts_are_the_product_of_the_margins() -> None:
    """f/new: 100 x 0.4 x 0.5 = 20, though only 5 are there; m/old: 100 x 0.6 x 0.5 = 30."""
    found = crossed(CROSS, with_expected=True)
    told = {f.group: f.value for f in found.figures if f.metric == "expected_count"}
    assert told == {"f / new": pytest.approx(20.0), "m / old": pytest.approx(30.0)}
    assert one(found, "expected_count", "f / new").denominator == 100
    assert one(found, "expected_count", "f / new").method == "independence"


def test_people_without_a_value_are_left_out_of_the_expected_count() -> None:
    """10 women of unknown age: f is 50 of 110, 100 people have both; 100 x 50/110 x 0.5 = 22.7."""
    found = crossed({**CROSS, ("f", MISSING): 10}, with_expected=True)
    assert one(found, "expected_count", "f / new").value == pytest.approx(100 * 50 / 110 * 0.5)


def test_an_expected_count_of_a_masked_margin_is_not_told() -> None:
    """3 people of x: their share is masked, and so is what follows from it."""
    counts: dict[Key, int] = {**CROSS, ("x", "old"): 3, ("y", "old"): 4, ("y", "new"): 40}
    found = crossed(counts, limit=5, with_expected=True, named=20)
    shown = [f for f in found.figures if f.metric == "expected_count" and f.group.startswith("x")]
    assert shown
    assert all((f.value, f.verdict) == (None, "suppressed") for f in shown)


def test_an_impossible_combination_that_occurs_is_attention() -> None:
    """Either the declaration or the data is wrong."""
    counts: dict[Key, int] = {**CROSS, ("f", "new"): 40, ("m", "old"): 40}
    assert crossed(counts).verdict == "ok"
    found = crossed(counts, impossible=[{"sex": "m", "age": "old"}])
    assert one(found, "cells_impossible_found").value == 1
    assert found.verdict == "attention"


def test_a_combination_may_be_impossible_on_some_attributes_only() -> None:
    """Nobody of "m" can be "pregnant", whatever the age: 2 of 8 cells are no gap."""
    counts: dict[Key, int] = {
        (sex, age, state): 40
        for sex in ("f", "m")
        for age in ("old", "new")
        for state in ("pregnant", "not")
        if (sex, state) != ("m", "pregnant")
    }
    axes = ("sex", "age", "state")
    tables = published(counts, axes)
    asked = {"unit": "person", "impossible": [{"sex": "m", "state": "pregnant"}]}
    found = intersection_figures(CONTEXT, tables, axes, **asked)  # type: ignore[arg-type]
    assert one(found, "cells_empty").value == 2
    assert found.verdict == "ok"
    bare = intersection_figures(CONTEXT, tables, axes, unit="person")
    assert bare.verdict == "attention"


def test_five_attributes_of_many_groups_cost_no_more_than_their_filled_cells() -> None:
    """30 to the power of 5 is 24 million cells; 30 of them hold somebody."""
    axes = ("a", "b", "c", "d", "e")
    counts: dict[Key, int] = {tuple(f"{axis}{n:02}" for axis in axes): 40 for n in range(30)}
    found = intersection_figures(CONTEXT, published(counts, axes), axes, unit="person")
    assert one(found, "cells_possible").value == 30**5
    assert one(found, "cells_empty").value == 30**5 - 30
    named = [f.group for f in found.figures if f.metric == "cell_count"]
    assert named[0] == "a00 / b00 / c00 / d00 / e01"
    assert len(named) == 10


def test_a_map_tells_every_cell_and_from_where_it_is_thin() -> None:
    """The chart draws what the figures hold, nothing else."""
    found = crossed(CROSS, with_map=True)
    cells = {f.group: (f.value, f.threshold_low) for f in found.figures if f.metric == "cell_count"}
    assert cells == {
        "f / new": (5, 30),
        "f / old": (35, 30),
        "m / new": (45, 30),
        "m / old": (15, 30),
    }


# pairs

PAIRS = publish(
    Tables.of(
        Table(("a", "b"), "row", {("a1", "b1"): 50, ("a2", "b2"): 50}),
        Table(("a", "c"), "row", {("a1", "c1"): 30, ("a1", "c2"): 20, ("a2", "c1"): 50}),
        Table(("b", "c"), "row", {("b1", "c1"): 30, ("b1", "c2"): 20, ("b2", "c1"): 50}),
    ),
    1,
)


def test_pairs_are_summed_up_and_the_cells_that_should_hold_most_are_named() -> None:
    """Empty: a1/b2, a2/b1 (25 expected each), a2/c2, b2/c2 (100 x 0.5 x 0.2 = 10); thin: 20 of 10."""
    found = pair_figures(CONTEXT, PAIRS, ("a", "b", "c"), unit="row")
    assert one(found, "pairs").value == 3
    assert one(found, "pairs_with_thin_cells").value == 3
    named = [(f.attribute, f.group, f.value) for f in found.figures if f.metric == "expected_count"]
    assert named == [
        ("a*b", "a1 / b2", pytest.approx(25)),
        ("a*b", "a2 / b1", pytest.approx(25)),
        ("a*c", "a1 / c2", pytest.approx(10)),
        ("a*c", "a2 / c2", pytest.approx(10)),
        ("b*c", "b1 / c2", pytest.approx(10)),
        ("b*c", "b2 / c2", pytest.approx(10)),
    ]
    assert found.verdict == ""
    assert {f.verdict for f in found.figures} == {""}
    judged = pair_figures(CONTEXT, PAIRS, ("a", "b", "c"), unit="row", judged=True)
    assert judged.verdict == "attention"


def test_a_pair_with_an_attribute_of_one_group_is_not_counted_as_measured() -> None:
    """Two of three pairs can be told."""
    one_group = publish(
        Tables.of(
            Table(("a", "b"), "row", {("a1", "b1"): 50, ("a2", "b1"): 50}),
            Table(("a", "c"), "row", {("a1", "c1"): 50, ("a2", "c2"): 50}),
            Table(("b", "c"), "row", {("b1", "c1"): 50, ("b1", "c2"): 50}),
        ),
        1,
    )
    found = pair_figures(CONTEXT, one_group, ("a", "b", "c"), unit="row")
    assert (one(found, "pairs").numerator, one(found, "pairs").denominator) == (1, 3)
    alone = pair_figures(CONTEXT, one_group, ("a", "b"), unit="row")
    assert (alone.verdict, alone.problem) == ("not_measured", "one_group_only")


# the whole way

COLUMNS: dict[str, Any] = {
    "sex": {
        "role": "protected",
        "label": "Geschlecht",
        "labels": {"f": "weiblich", "m": "männlich"},
    },
    "age": {"role": "protected", "label": "Alter", "labels": {"old": "ab 60", "new": "unter 60"}},
}
ROWS = table((40, "f,new"), (3, "f,old"), (50, "m,new"), (60, "m,old"), header="sex,age")


def test_a_declared_combination_says_who_is_missing_and_how_many_that_are(tmp_path: Path) -> None:
    """3 women over 60; in the joint reference they are 30 of 100 people."""
    reference(
        tmp_path / "references",
        "sex,age,n\nf,new,20\nf,old,30\nm,new,30\nm,old,20\n",
        100,
        "[sex, age]",
    )
    declared = dataset(
        COLUMNS,
        {
            "intersections": [{"attributes": ["sex", "age"]}],
            "joint_representation": [
                {
                    "reference": "people",
                    "attributes": {
                        "sex": {"column": "sex", "map": {"f": ["f"], "m": ["m"]}},
                        "age": {"column": "age", "map": {"old": ["old"], "new": ["new"]}},
                    },
                }
            ],
        },
    )
    evidence = run(tmp_path, declared, ROWS).evidence
    found = figure(evidence, "uncovered_pattern")
    assert (found.group, found.value, found.method) == (
        "f / old",
        pytest.approx(0.3),
        "joint_reference;below=30",
    )
    assert (found.numerator, found.denominator) == (3, 153)
    assert figure(evidence, "uncovered_patterns").value == 1
    assert result(evidence, "intersections").verdict == "attention"
    german = Labels.of(evidence.model_dump(mode="json"), "de")
    assert statement(found, german) == (
        "Weniger als 30 der Zeilen haben: Geschlecht „weiblich“, Alter „ab 60“. "
        "In der Vergleichsbevölkerung gehören 30,0\u00a0% dazu."
    )
    english = Labels.of(evidence.model_dump(mode="json"), "en")
    assert statement(found, english).startswith("Fewer than 30 of the rows have: ")


def test_nobody_is_said_as_nobody() -> None:
    """An empty pattern is no "fewer than"."""
    tables = published({**CROSS, ("m", "old"): 0, ("f", "new"): 40})
    (found,) = [
        f
        for f in pattern_figures(CONTEXT, tables, ("sex", "age"), unit="person").figures
        if f.metric == "uncovered_pattern"
    ]
    told = statement(found, Labels("en", attributes={"sex": "sex", "age": "age"}))
    assert told.startswith("Nobody in this data has: sex “m”, age “old”. Going by each attribute")


def test_pairs_of_all_compared_columns_are_counted_where_asked_for(tmp_path: Path) -> None:
    """Without `pairs` no figure of theirs; with it one check that informs."""
    columns = {**COLUMNS, "accent": "dialect"}
    rows = table((40, "f,new,x"), (60, "m,old,y"), (50, "m,new,x"), header="sex,age,accent")
    bare = run(tmp_path, dataset(columns), rows).evidence
    assert not [f for f in bare.figures if f.metric == "pairs"]
    asked = run(tmp_path, dataset(columns, {"pairs": {}}), rows).evidence
    assert figure(asked, "pairs").value == 3
    assert figure(asked, "pattern_order_searched").value == 2
    assert result(asked, "pairs").verdict == ""
    judged = run(tmp_path, dataset(columns, {"pairs": {"judged": True}}), rows).evidence
    assert result(judged, "pairs").verdict == "attention"


def test_pairs_of_persons_count_persons(tmp_path: Path) -> None:
    """Each person has two rows: 20 people, not 40 rows, are in f/new."""
    parts = [
        f"p{n},{sex},{age}"
        for n, (sex, age) in enumerate(
            [("f", "new")] * 20 + [("m", "old")] * 40 + [("m", "new")] * 35
        )
    ]
    rows = "\n".join(["id,sex,age", *parts, *parts]) + "\n"
    declared = dataset({**COLUMNS, "id": "person_id"}, {"pairs": {"judged": True}}, unit="person")
    evidence = run(tmp_path, declared, rows).evidence
    smallest = figure(evidence, "min_cell_count", unit="person")
    assert (smallest.value, smallest.group) == (20, "f / new")


def test_the_same_attributes_cannot_be_crossed_twice() -> None:
    """Two thresholds for one combination would give two verdicts under one name."""
    with pytest.raises(ValueError, match="same attributes twice"):
        dataset(
            COLUMNS,
            {
                "intersections": [
                    {"attributes": ["sex", "age"]},
                    {"attributes": ["sex", "age"], "min_cell": 5},
                ]
            },
        )


def test_what_is_impossible_in_one_check_is_impossible_in_all(tmp_path: Path) -> None:
    """Old men are declared impossible once; neither the pairs nor the patterns miss them."""
    rows = table((40, "f,old"), (40, "f,new"), (40, "m,new"), header="sex,age")
    checks = {
        "intersections": [
            {"attributes": ["sex", "age"], "impossible": [{"sex": "m", "age": "old"}]}
        ],
        "pairs": {"attributes": ["sex", "age"], "judged": True},
    }
    evidence = run(tmp_path, dataset(COLUMNS, checks), rows).evidence
    assert {result(evidence, name).verdict for name in ("intersections", "pairs")} == {"ok"}
    assert figure(evidence, "uncovered_patterns").value == 0
    assert not [f for f in evidence.figures if f.group == "m / old"]


def test_an_impossible_combination_of_another_attribute_is_a_mistake() -> None:
    """A typing error there would leave the gap unexplained."""
    with pytest.raises(ValueError, match="none of its `attributes`"):
        dataset(
            COLUMNS,
            {"intersections": [{"attributes": ["sex", "age"], "impossible": [{"sexx": "m"}]}]},
        )
