"""Who lacks values more often, and which values are missing ones in disguise."""

from __future__ import annotations

from pathlib import Path

import pytest
from declared import dataset, result, run, table

from impactbook.checks.figures.common import FigureContext
from impactbook.checks.figures.missing import missing_by_group_figures
from impactbook.checks.knownaxes import known_axis
from impactbook.checks.suppression import publish
from impactbook.checks.tables import KNOWN, MISSING, Table, Tables

CONTEXT = FigureContext("test", "training_data", 5)


def test_missing_values_are_compared_between_groups() -> None:
    axis = known_axis("age")
    counts = {("f", "known"): 60, ("f", MISSING): 40, ("m", "known"): 90, ("m", MISSING): 10}
    tables = publish(Tables.of(Table(("gender", axis), "row", counts)), 1)
    answer = missing_by_group_figures(CONTEXT, tables, "age", "gender")
    by = {(f.metric, f.group): f for f in answer.figures}
    assert by["missing_share", "f"].value == 0.4
    assert by["missing_share", "m"].value == 0.1
    # Pooled z test of 40/100 against 10/100: p = 0.25, se = sqrt(0.25 * 0.75 * 2/100) = 0.061237,
    # z = 4.8990, two-sided p = 9.6e-7; Holm doubles the smaller of two.
    assert by["missing_share", "f"].p_adjusted == pytest.approx(1.93e-6, rel=0.01)
    assert by["missing_share_difference", "f / m"].value == pytest.approx(0.3)
    assert by["missing_share_ratio", "f / m"].value == pytest.approx(4.0)


def test_a_masked_group_is_not_told() -> None:
    axis = known_axis("age")
    counts = {("f", "known"): 60, ("f", MISSING): 3, ("m", "known"): 90, ("m", MISSING): 10}
    tables = publish(Tables.of(Table(("gender", axis), "row", counts)), 5)
    answer = missing_by_group_figures(CONTEXT, tables, "age", "gender")
    women = next(f for f in answer.figures if f.group == "f")
    assert (women.value, women.numerator, women.verdict) == (None, None, "suppressed")


def test_a_data_set_tells_who_lacks_what(tmp_path: Path) -> None:
    content = table((60, "f,30"), (40, "f,"), (90, "m,50"), (10, "m,"), header="gender,age")
    declared = dataset(
        {"gender": "protected", "age": {"role": "protected"}}, {"missing": {"by": ["gender"]}}
    )
    found = run(tmp_path, declared, content).evidence
    shares = {
        f.group: f.value
        for f in found.figures
        if f.metric == "missing_share" and f.condition == "column=age"
    }
    assert shares == {"f": 0.4, "m": 0.1}
    assert KNOWN not in found.model_dump_json()


@pytest.mark.parametrize(
    ("column", "token"),
    [
        ({"role": "protected"}, "Unbekannt"),
        ({"role": "feature"}, "N/A"),
        ({"role": "feature"}, " ? "),
        ({"role": "feature"}, "1900-01-01"),
    ],
)
def test_a_value_in_disguise_is_suspected(
    tmp_path: Path, column: dict[str, str], token: str
) -> None:
    content = table((60, "known one"), (30, "other"), (10, token), header="x")
    found = run(tmp_path, dataset({"x": column}), content, limit=5).evidence
    (figure,) = [f for f in found.figures if f.metric == "suspected_missing_share"]
    assert (figure.numerator, figure.denominator, figure.verdict) == (10, 100, "attention")
    assert result(found, "disguised_missing").verdict == "attention"


@pytest.mark.parametrize(
    "explained",
    [{"missing": ["unbekannt"]}, {"allowed": ["a", "unbekannt"]}, {"labels": {"unbekannt": "?"}}],
)
def test_a_declared_value_is_not_suspected(tmp_path: Path, explained: dict[str, object]) -> None:
    content = table((60, "a"), (10, "unbekannt"), header="x")
    declared = dataset({"x": {"role": "protected", **explained}})
    found = run(tmp_path, declared, content).evidence
    assert result(found, "disguised_missing").verdict == "ok"


@pytest.mark.parametrize(("largest", "suspected"), [("98", True), ("104", False)])
def test_a_number_is_suspected_only_at_the_end_of_the_scale(
    tmp_path: Path, largest: str, suspected: bool
) -> None:
    content = table((50, "20"), (40, largest), (10, "99"), header="age")
    found = run(tmp_path, dataset({"age": "feature"}), content).evidence
    tokens = [f.group for f in found.figures if f.metric == "suspected_missing_share"]
    assert tokens == (["99"] if suspected else [])


@pytest.mark.parametrize(
    ("sexes", "problem"),
    [(("", ""), "no_values"), (("f", "f"), "one_group_only"), (("f", ""), ""), (("f", "m"), "")],
)
def test_an_attribute_without_groups_tells_nothing_apart(
    tmp_path: Path, sexes: tuple[str, str], problem: str
) -> None:
    """Nobody to compare is not measured, never a pass; those without a value are a group, too."""
    first, second = sexes
    content = table((60, f"{first},30"), (40, f"{second},"), header="gender,age")
    declared = dataset({"gender": "protected", "age": "feature"}, {"missing": {
        "by": ["gender"], "columns": ["age"]}})  # fmt: skip
    ran = run(tmp_path, declared, content)
    found = result(ran.evidence, "missing_by_group")
    assert (found.verdict, found.problem) == ("not_measured" if problem else "", problem)
    (document,) = ran.documents.values()
    (told,) = [one for one in document["results"] if one["check"] == "missing_by_group"]
    assert told["success"] is (not problem)


BY_DEFAULT = {"gender": "protected", "age": "feature", "area": "proxy"}


@pytest.mark.parametrize(
    ("declared", "expected"),
    [({}, {"area"}), ({"by": ["gender"], "columns": ["area", "age"]}, {"area", "age"}),
     ({"by": []}, None)],
)  # fmt: skip
def test_missing_values_are_told_apart_without_asking(
    tmp_path: Path, declared: dict[str, object], expected: set[str] | None
) -> None:
    """By protected attributes, columns with gaps only; all of them if named; none if `by` is empty.

    20 of 60 women lack an area and 10 of 40 men: 0.3333 and 0.25. Everybody has an age.
    """
    content = table(
        (40, "f,30,n"), (20, "f,30,"), (30, "m,30,n"), (10, "m,30,"), header="gender,age,area"
    )
    found = run(tmp_path, dataset(BY_DEFAULT, {"missing": declared}), content).evidence
    shares = {
        (f.condition.partition("=")[2], f.group): f.value
        for f in found.figures
        if f.metric == "missing_share" and f.attribute == "gender" and f.condition
    }
    assert {column for column, _ in shares} == (expected or set())
    if expected:
        assert shares["area", "f"] == pytest.approx(20 / 60)
        assert shares["area", "m"] == pytest.approx(10 / 40)


def test_a_table_that_nobody_asked_for_is_kept_back_where_it_holds_few(tmp_path: Path) -> None:
    """2 of 60 women and 1 of 40 men lack an area: half of the four cells are small, so none stands.

    The column is not passed over in silence: one masked figure stands for it.
    """
    rows = ((58, "f,n"), (2, "f,"), (39, "m,n"), (1, "m,"))
    declared = dataset({"gender": "protected", "area": "proxy"})
    found = run(tmp_path, declared, table(*rows, header="gender,area"), limit=5).evidence
    told = [f for f in found.figures if f.condition == "column=area"]
    assert [(f.group, f.value, f.verdict) for f in told] == [("", None, "suppressed")]
    assert result(found, "missing_by_group").verdict == ""
