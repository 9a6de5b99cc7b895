"""Reference populations: shares for our groups, and every way one can be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from declared import reference

from impactbook.checks.reference import (
    Reference,
    load_reference,
    reference_shares,
    refuse_unmapped,
)
from impactbook.errors import InputError
from impactbook.model.dataset import RepresentationCheck

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
