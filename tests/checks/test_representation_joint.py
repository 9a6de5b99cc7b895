"""Combinations against a joint population, and against margins alone; figures worked by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from counted_by_hand import CONTEXT, one

from impactbook.checks.figures.joint import (
    ASSUMED,
    joint_representation_figures,
    standardised_figures,
)
from impactbook.checks.published import PublishedTables
from impactbook.checks.suppression import publish
from impactbook.checks.tables import CONFLICTING, MISSING, Key, Table, Tables

AXES = ("sex", "age")
EVEN: dict[Key, float] = {
    ("f", "old"): 0.25,
    ("f", "young"): 0.25,
    ("m", "old"): 0.25,
    ("m", "young"): 0.25,
}


def people(counts: Mapping[Key, int], limit: int = 1) -> PublishedTables:
    return publish(Tables.of(Table(AXES, "person", counts)), limit)


def test_each_combination_is_compared_with_its_own_population() -> None:
    """100, 300, 300, 300 of 1,000 against quarters: 0.4 and 1.2; Bonferroni over four cells."""
    counts: dict[Key, int] = {**dict.fromkeys(EVEN, 300), ("f", "old"): 100}
    found = joint_representation_figures(
        CONTEXT, people(counts), AXES, unit="person", reference=EVEN
    )
    thin = one(found, "representation_ratio", "f / old", "")
    assert thin.value == pytest.approx(0.4)
    assert (thin.attribute, thin.numerator, thin.denominator) == ("sex*age", 100, 1000)
    assert thin.verdict == "fail"
    # 1 - 0.05 / 4
    assert one(found, "representation_ratio", "m / old", "interval=bonferroni").ci_level == 0.9875
    # |0.1 - 0.25| + 3 |0.3 - 0.25| = 0.3, halved
    assert one(found, "total_variation_distance").value == pytest.approx(0.15)


def test_margins_may_fit_where_combinations_do_not() -> None:
    """Half women and half old, but old women are 100 of 1,000: the joint comparison fails."""
    counts: dict[Key, int] = {
        ("f", "old"): 100,
        ("f", "young"): 400,
        ("m", "old"): 400,
        ("m", "young"): 100,
    }
    found = joint_representation_figures(
        CONTEXT, people(counts), AXES, unit="person", reference=EVEN
    )
    assert one(found, "representation_ratio", "f / old", "").verdict == "fail"
    assert found.verdict == "fail"


def test_the_unknown_may_only_stand_where_what_is_known_of_them_allows() -> None:
    """10 women of unknown age cannot be men: 250/1020 for old men, 260/1020 for old women.

    10 more are unknown in both and may be anyone: 270/1020 and 260/1020.
    """
    counts: dict[Key, int] = {
        **dict.fromkeys(EVEN, 250),
        ("f", MISSING): 10,
        (CONFLICTING, MISSING): 10,
    }
    found = joint_representation_figures(
        CONTEXT, people(counts), AXES, unit="person", reference=EVEN
    )
    women = one(found, "representation_ratio", "f / old", "bound=all_unknown_in")
    men = one(found, "representation_ratio", "m / old", "bound=all_unknown_in")
    assert women.value == pytest.approx(270 / 1020 / 0.25)
    assert men.value == pytest.approx(260 / 1020 / 0.25)
    assert one(found, "representation_ratio", "m / old", "").unknown == 20


def test_somebody_known_to_have_no_reference_is_not_unknown() -> None:
    """ "other" sex of unknown age belongs to no combination of the reference."""
    counts: dict[Key, int] = {**dict.fromkeys(EVEN, 250), ("other", MISSING): 10}
    found = joint_representation_figures(
        CONTEXT,
        people(counts),
        AXES,
        unit="person",
        reference=EVEN,
        no_reference={"sex": ["other"]},
    )
    assert one(found, "representation_ratio", "f / old", "").unknown == 0
    assert found.verdict == "ok"
    with pytest.raises(ValueError, match="no reference"):
        joint_representation_figures(CONTEXT, people(counts), AXES, unit="person", reference=EVEN)


MARGINS = [{"f": 0.5, "m": 0.5}, {"old": 0.5, "young": 0.5}]


def test_with_margins_only_no_verdict_is_certain() -> None:
    """Odds ratio 4, margins of halves: 1/3 of all should be old women (see test_raking); 0.4 are."""
    counts: dict[Key, int] = {
        ("f", "old"): 400,
        ("f", "young"): 100,
        ("m", "old"): 200,
        ("m", "young"): 200,
    }
    found = standardised_figures(CONTEXT, people(counts), AXES, unit="person", margins=MARGINS)
    old_women = one(found, "representation_ratio", "f / old", "")
    # 400/900 over 1/3
    assert old_women.reference == pytest.approx(1 / 3)
    assert old_women.value == pytest.approx(4 / 3)
    assert old_women.verdict == "attention"
    assert old_women.method.endswith(ASSUMED)
    assert found.verdict == "attention"
    assert not [f for f in found.figures if f.metric.startswith("goodness_of_fit")]
    # weights (1/3)/(4/9) = 3/4, (1/6)/(1/9) = 3/2, 3/4, 3/2: 900^2 / (600 * 9/16 + 300 * 9/4)
    size = one(found, "effective_sample_size")
    assert size.value == pytest.approx(900**2 / (600 * 9 / 16 + 300 * 9 / 4))


def test_data_that_has_the_margins_is_still_not_called_ok() -> None:
    """What the joint population is remains unknown, so the best verdict is `attention`."""
    counts: dict[Key, int] = dict.fromkeys(EVEN, 500)
    found = standardised_figures(CONTEXT, people(counts), AXES, unit="person", margins=MARGINS)
    assert {
        f.verdict for f in found.figures if f.threshold_low and f.metric != "people_needed"
    } == {"attention"}


def test_an_empty_combination_is_too_thin_to_judge_or_expected() -> None:
    counts: dict[Key, int] = {("f", "old"): 20, ("f", "young"): 20, ("m", "young"): 20}
    found = standardised_figures(CONTEXT, people(counts), AXES, unit="person", margins=MARGINS)
    empty = one(found, "representation_ratio", "m / old", "")
    assert (empty.value, empty.numerator) == (0.0, 0)
    assert empty.verdict == "not_enough_data"


def test_raking_is_not_attempted_on_hidden_counts() -> None:
    counts: dict[Key, int] = {
        ("f", "old"): 3,
        ("f", "young"): 100,
        ("m", "old"): 100,
        ("m", "young"): 4,
    }
    found = standardised_figures(CONTEXT, people(counts, 5), AXES, unit="person", margins=MARGINS)
    assert found.verdict == "suppressed"
    assert [figure.value for figure in found.figures] == [None]


def test_the_same_published_table_gives_the_same_figures() -> None:
    """Hidden counts moved where the published table allows it: not a byte changes."""
    first: dict[Key, int] = {
        ("f", "old"): 3,
        ("f", "young"): 97,
        ("m", "old"): 97,
        ("m", "young"): 6,
    }
    second: dict[Key, int] = {
        ("f", "old"): 4,
        ("f", "young"): 96,
        ("m", "old"): 96,
        ("m", "young"): 7,
    }
    one_set, other = people(first, 5), people(second, 5)
    if one_set.get("person", AXES) == other.get("person", AXES):
        told = [
            joint_representation_figures(CONTEXT, tables, AXES, unit="person", reference=EVEN)
            for tables in (one_set, other)
        ]
        assert told[0] == told[1]
    assert one_set.get("person", AXES) == other.get("person", AXES)


def test_a_table_that_was_not_counted_is_not_measured() -> None:
    empty = publish(Tables.of(Table(("sex",), "person", {("f",): 1})), 1)
    joint = joint_representation_figures(CONTEXT, empty, AXES, unit="person", reference=EVEN)
    raked = standardised_figures(CONTEXT, empty, AXES, unit="person", margins=MARGINS)
    assert (joint.problem, raked.problem) == ("no_such_column", "no_such_column")
    nobody = people({("f", MISSING): 5})
    found = joint_representation_figures(CONTEXT, nobody, AXES, unit="person", reference=EVEN)
    assert (found.verdict, found.problem) == ("not_measured", "no_rows")
