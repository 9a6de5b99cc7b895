"""Reference populations: shares for our groups, and every way one can be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from declared import reference

from impactbook.checks.reference import (
    Reference,
    joint_reference,
    joint_shares,
    load_reference,
    reference_shares,
    refuse_unmapped,
    refuse_unmapped_part,
)
from impactbook.errors import InputError
from impactbook.model.dataset import JointRepresentationCheck, RepresentationCheck

ROWS = "sex,age,n\nf,10,20\nf,40,30\nm,10,20\nm,40,30\n"


def loaded(folder: Path, rows: str = ROWS, total: float = 100) -> Reference:
    reference(folder / "references", rows, total, "[sex, age]")
    return load_reference("people", folder / "references")


def check(**told: Any) -> RepresentationCheck:
    return RepresentationCheck.model_validate({"attribute": "a", "reference": "people", **told})


def test_mapped_values_are_added_up_over_all_other_columns(tmp_path: Path) -> None:
    """Women: 20 + 30 of 100."""
    asked = check(column="sex", map={"women": ["f"], "men": ["m"]})
    assert reference_shares(loaded(tmp_path), asked, field="x") == {"women": 0.5, "men": 0.5}


def test_shares_are_taken_over_the_mapped_groups_only(tmp_path: Path) -> None:
    """Adults alone: 60 of 60."""
    asked = check(column="age", bands={"adults": {"from": 18}, "children": {"below": 18}})
    assert reference_shares(loaded(tmp_path), asked, field="x") == {"adults": 0.6, "children": 0.4}
    only = check(column="age", bands={"adults": {"from": 18}})
    assert reference_shares(loaded(tmp_path), only, field="x") == {"adults": 1.0}


@pytest.mark.parametrize(
    ("rows", "says", "line"),
    [
        (
            "sex,age,n\nf,10,20\nf,40,31\nm,10,20\nm,40,30\n",
            "add up to 101, not to the total",
            None,
        ),
        ("sex,n\nf,100\n", "no column 'age'", None),
        ("sex,age,n\nf,10,-20\nf,40,120\n", "negative or no number", 2),
        ("sex,age,n\nf,10,many\n", "negative or no number", 2),
        ("sex,age,n\nf,10,nan\n", "negative or no number", 2),
        ("sex,age,n\nf\n", "negative or no number", 2),
    ],
)
def test_wrong_rows_are_named(tmp_path: Path, rows: str, says: str, line: int | None) -> None:
    """Sums, columns and numbers are checked; the file and the line are named."""
    with pytest.raises(InputError, match=says) as caught:
        loaded(tmp_path, rows)
    assert (caught.value.file, caught.value.line) == ("people.csv", line)


def test_missing_and_unreadable_files_are_named(tmp_path: Path) -> None:
    """No YAML, no CSV, or a CSV in another encoding."""
    with pytest.raises(InputError, match="'people' does not exist"):
        load_reference("people", tmp_path)
    loaded(tmp_path)
    folder = tmp_path / "references"
    (folder / "people.csv").write_bytes("sex,age,n\nä,1,1\n".encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        load_reference("people", folder)
    (folder / "people.csv").unlink()
    with pytest.raises(InputError, match="does not exist"):
        load_reference("people", folder)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"column": "land", "map": {"x": ["f"]}}, "has no column 'land'"),
        ({"column": "sex", "map": {"w": ["f"], "d": ["d"]}}, "lacks a group.*'d'"),
        ({"column": "sex", "map": {"w": ["f"], "all": ["f", "m"]}}, "stands for two groups"),
        ({"column": "sex", "bands": {"x": {"from": 1}}}, "needs numbers"),
        (
            {"column": "age", "bands": {"x": {"from": 5}, "y": {"below": 20}}},
            "'10' stands for two groups",
        ),
        ({"column": "age", "bands": {"x": {"from": "2024-01-01"}}}, "numbers, not of dates"),
        (
            {"column": "age", "bands": {"x": {"from": 90}, "y": {"below": 90}}},
            "lacks the group 'x'",
        ),
    ],
)
def test_wrong_maps_are_named(tmp_path: Path, told: dict[str, Any], says: str) -> None:
    """A group that the reference lacks is an error, not a ratio to nothing."""
    with pytest.raises(InputError, match=says) as caught:
        reference_shares(loaded(tmp_path), check(**told), field="checks.representation[0]")
    assert str(caught.value.field).startswith("checks.representation[0]")


def test_groups_of_the_data_must_have_a_place() -> None:
    """Mapped or listed under `no_reference`; anything else is refused by name."""
    asked = check(column="sex", map={"women": ["f"]}, no_reference=["other"])
    refuse_unmapped(asked, ["women", "other"], field="x")
    with pytest.raises(InputError, match="'men', which has no counterpart"):
        refuse_unmapped(asked, ["women", "men"], field="x")


@pytest.mark.parametrize("date", ["unknown", "31 December", "12345", "'31.12.23'"])
def test_a_reference_says_of_which_year_it_is(tmp_path: Path, date: str) -> None:
    """A population without a year cannot be compared with anything."""
    loaded(tmp_path)
    about = tmp_path / "references/people.yaml"
    about.write_text(about.read_text(encoding="utf-8").replace('"2023"', f'"{date}"'))
    with pytest.raises(InputError, match="of which year") as caught:
        load_reference("people", tmp_path / "references")
    assert (caught.value.file, caught.value.field) == ("references/people.yaml", "date")


@pytest.mark.parametrize("date", ["2023", "2023-12-31", "31.12.2023", "end of 1999"])
def test_a_year_may_be_written_in_any_way(tmp_path: Path, date: str) -> None:
    loaded(tmp_path)
    about = tmp_path / "references/people.yaml"
    about.write_text(about.read_text(encoding="utf-8").replace("2023", date))
    assert load_reference("people", tmp_path / "references").total == 100


def test_where_keeps_the_people_with_the_listed_values(tmp_path: Path) -> None:
    """Of those aged 40, 30 of 60 are women; of all, 50 of 100; of those aged 10, 20 of 40."""
    kept = check(column="sex", map={"w": ["f"], "x": ["m"]}, where={"age": ["40"]})
    assert reference_shares(loaded(tmp_path), kept, field="x") == {"w": 0.5, "x": 0.5}
    both = check(column="age", bands={"o": {"from": 18}, "y": {"below": 18}}, where={"sex": ["f"]})
    # women: 20 of 10 years, 30 of 40
    assert reference_shares(loaded(tmp_path), both, field="x") == {"o": 0.6, "y": 0.4}


PARTS = {
    "sex": {"column": "sex", "map": {"w": ["f"], "x": ["m"]}},
    "age": {"column": "age", "bands": {"o": {"from": 18}, "y": {"below": 18}}},
}


def joint(**told: Any) -> JointRepresentationCheck:
    return JointRepresentationCheck.model_validate({"attributes": PARTS, **told})


def test_a_joint_reference_gives_every_combination(tmp_path: Path) -> None:
    rows = "sex,age,n\nf,10,10\nf,40,40\nm,10,50\n"
    found = joint_shares(loaded(tmp_path, rows), joint(reference="people"), field="x")
    # Nobody is a man of 40: a share of 0, not a missing combination.
    assert found == {("w", "o"): 0.4, ("w", "y"): 0.1, ("x", "o"): 0.0, ("x", "y"): 0.5}


def test_margins_come_from_a_reference_for_each_attribute(tmp_path: Path) -> None:
    loaded(tmp_path)
    parts = {name: {**part, "reference": "people"} for name, part in PARTS.items()}
    parts["age"]["where"] = {"sex": ["f"]}
    found = joint_reference(joint(attributes=parts), tmp_path / "references", field="x")
    assert (found.axes, found.cells) == (("sex", "age"), {})
    assert found.margins == ({"w": 0.5, "x": 0.5}, {"o": 0.6, "y": 0.4})


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"sex": {"column": "land"}}, "has no column 'land'"),
        ({"sex": {"column": "sex", "map": {"d": ["d"]}}}, "lacks a group.*'d'"),
        ({"age": {"column": "sex", "bands": {}, "map": {"d": ["f"]}}}, "two attributes"),
    ],
)
def test_wrong_joint_maps_are_named(tmp_path: Path, parts: dict[str, Any], says: str) -> None:
    told = {name: {**part, **parts.get(name, {})} for name, part in PARTS.items()}
    asked = joint(attributes=told, reference="people")
    with pytest.raises(InputError, match=says) as caught:
        joint_shares(loaded(tmp_path), asked, field="checks.joint_representation[0]")
    assert str(caught.value.field).startswith("checks.joint_representation[0].attributes.")


def test_a_joint_check_has_one_place_for_where() -> None:
    parts = {name: {**part, "where": {"land": ["x"]}} for name, part in PARTS.items()}
    with pytest.raises(ValueError, match="move it up"):
        joint(attributes=parts, reference="people")
    own = {name: {**part, "reference": "people"} for name, part in PARTS.items()}
    with pytest.raises(ValueError, match="put it into the attributes"):
        joint(attributes=own, where={"land": ["x"]})


def test_groups_of_a_joint_check_must_have_a_place() -> None:
    asked = joint(reference="people")
    refuse_unmapped_part(asked, "sex", "w", field="x")
    with pytest.raises(InputError, match="'d' of 'sex', which has no counterpart"):
        refuse_unmapped_part(asked, "sex", "d", field="x")
