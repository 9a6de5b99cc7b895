"""From raw values to groups: missing tokens, merged values, bands, splits, and hostile names."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from declared import dataset

from impactbook.checks.prepare import (
    GROUPS,
    PLAUSIBLE,
    create_views,
    group_profile,
    listed_groups,
    refuse_too_many_groups,
    split_names,
    with_every_label,
    without_labels,
)
from impactbook.checks.rawcolumns import taken_apart
from impactbook.checks.source import open_source
from impactbook.checks.sources import RowSource, open_any
from impactbook.checks.sql import identifier, literal
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset


def view(folder: Path, declared: Dataset, content: str, name: str = GROUPS) -> list[object]:
    """The first column of a view, in the order of the file."""
    (folder / "data.csv").write_text(content, encoding="utf-8")
    with open_source(declared.source, folder=folder) as opened, opened.connect() as connection:
        create_views(connection, opened, declared)
        rows = connection.execute(f"SELECT * FROM {identifier(name)}").fetchall()
    return [row[0] for row in rows]


def test_blank_cells_and_declared_tokens_are_missing(tmp_path: Path) -> None:
    """Blanks always, tokens only where they are declared, white space around them or not."""
    content = 'a,b\nx,1\n"",1\n" ",1\nunknown,1\n unknown ,1\nUnknown,1\n'
    declared = dataset({"a": {"role": "proxy", "missing": ["unknown"]}})
    assert view(tmp_path, declared, content) == ["x", None, None, None, None, "Unknown"]


def test_values_are_merged_and_others_keep_their_name(tmp_path: Path) -> None:
    """`values` maps raw values to groups."""
    column = {"role": "protected", "values": {"f": "female", "w": "female"}}
    assert view(tmp_path, dataset({"a": column}), "a,b\nf,1\nw,1\nm,1\n,1\n") == [
        "female",
        "female",
        "m",
        None,
    ]


BANDS = {"young": {"below": 30}, "old": {"from": 30, "below": 120}}


def test_bands_include_their_start_and_not_their_end(tmp_path: Path) -> None:
    """29.9 is below 30, 30 is not; no number and numbers outside all bands have no group."""
    content = "a\n29.9\n30\n119\n120\nmany\nnan\ninf\n\n-5\n"
    found = view(tmp_path, dataset({"a": {"role": "protected", "bands": BANDS}}), content)
    assert found == ["young", "old", "old", None, None, None, None, None, "young"]


def test_numbers_that_are_none_fail_every_range(tmp_path: Path) -> None:
    """For plausibility they become infinite; a missing value stays missing."""
    content = "a,b\n25,1\nmany,1\n130,1\nunknown,1\n"
    column = {"role": "protected", "bands": BANDS, "missing": ["unknown"]}
    found = view(tmp_path, dataset({"a": column}), content, PLAUSIBLE)
    assert found == [25.0, -float("inf"), -float("inf"), None]
    upper = {"role": "feature", "maximum": 5}
    found = view(tmp_path, dataset({"a": upper}), content, PLAUSIBLE)
    assert found == [25.0, float("inf"), 130.0, float("inf")]


@pytest.mark.parametrize(
    "name", ["a'b", 'a"b', "a;DROP VIEW rows", "50 %", "a:b", "$1", "Größe (m²)", "--"]
)
def test_names_and_values_from_a_declaration_are_never_sql(tmp_path: Path, name: str) -> None:
    """Column names, values, groups and tokens with quotes or SQL in them mean themselves."""
    column = {"role": "protected", "values": {name: f"group {name}"}, "missing": [f"no {name}"]}
    header = '"' + name.replace('"', '""') + '"'
    content = f"{header},b\n{header},1\n" + header.replace('"', '"no ', 1) + ",1\n"
    assert view(tmp_path, dataset({name: column}), content) == [f"group {name}", None]


def test_a_null_character_is_refused() -> None:
    """It would end a statement early."""
    for quote in (identifier, literal):
        with pytest.raises(InputError, match="null character"):
            quote("a\x00b")


def test_listed_groups_are_those_a_declaration_names() -> None:
    """Merged values, bands, labels, mapped groups, the positive label and splits may be printed."""
    declared = dataset(
        {
            "sex": {"role": "protected", "values": {"f": "female"}, "allowed": ["f", "m"]},
            "age": {"role": "protected", "bands": BANDS},
            "y": {"role": "label", "labels": {"no": "No"}},
        },
        {
            "representation": [
                {
                    "attribute": "sex",
                    "reference": "people",
                    "column": "sex",
                    "map": {"male": ["m"]},
                    "no_reference": ["other"],
                }
            ],
            "labels": [{"label": "y", "positive": "yes"}],
        },
        source={"splits": {"train": ["a.csv"], "test": ["b.csv"]}},
    )
    assert listed_groups(declared) == {
        "sex": {"female", "male", "other"},
        "age": {"young", "old"},
        "y": {"no", "yes"},
        "split": {"train", "test"},
    }


def groups_of(folder: Path, declared: Dataset) -> AbstractContextManager[RowSource]:
    """The source of a declaration, opened; its views are made with `prepare`."""
    return open_any(declared, folder=folder, name="x.yaml")


def test_an_attribute_of_more_than_a_thousand_values_is_refused(tmp_path: Path) -> None:
    """1,001 names are no groups, 1,000 are; the sentence names the column and no value."""
    declared = dataset({"a": "protected"})
    for count in (1000, 1001):
        content = "a\n" + "".join(f"Name{number}\n" for number in range(count))
        (tmp_path / "data.csv").write_text(content, encoding="utf-8")
        with groups_of(tmp_path, declared) as opened:
            opened.prepare(declared)
            groups = taken_apart(opened.table(GROUPS))
            profile = group_profile(opened.fetch, groups, ("a",), dialect=opened.dialect)
        assert profile.groups == {"a": count}
        if count == 1000:
            refuse_too_many_groups(profile.groups, declaration="x.yaml")
            continue
        with pytest.raises(InputError, match=r"columns\.a: the attribute has 1,001") as caught:
            refuse_too_many_groups(profile.groups, declaration="x.yaml")
        assert "Name" not in str(caught.value)


def test_a_count_far_above_the_limit_is_told_to_two_digits() -> None:
    """It was looked up approximately."""
    with pytest.raises(InputError, match="has about 98,000 different"):
        refuse_too_many_groups({"a": 98_231}, declaration="")


def test_splits_in_a_column_are_told_when_they_are_frequent(tmp_path: Path) -> None:
    """A split of fewer rows than the limit is not named."""
    declared = dataset({"a": "feature", "fold": "split"})
    content = "a,fold\n" + "1,train\n" * 6 + "1,test\n" * 5 + "1,Ada\n"
    (tmp_path / "data.csv").write_text(content, encoding="utf-8")
    with groups_of(tmp_path, declared) as opened:
        opened.prepare(declared)
        assert split_names(opened.fetch, opened.table(GROUPS), declared, 5) == ("test", "train")


def test_dates_are_cut_into_bands(tmp_path: Path) -> None:
    """A band holds its first day and not its end; what is no day has no group and fails the range."""
    column = {
        "role": "protected",
        "date_format": "%d.%m.%Y",
        "bands": {"old": {"below": "2000-01-01"}, "new": {"from": "2000-01-01"}},
    }
    content = "a,b\n31.12.1999,1\n1.1.2000,1\n2000-01-01,1\n31.02.2001,1\n,1\n"
    declared = dataset({"a": column})
    assert view(tmp_path, declared, content) == ["old", "new", None, None, None]
    below = -float("inf")
    assert view(tmp_path, declared, content, PLAUSIBLE) == [0.0, 0.0, below, below, None]


def test_numbers_with_a_comma_are_cut_into_bands(tmp_path: Path) -> None:
    """With `decimal: ","` 29,9 is below 30 and 1.000 is a thousand."""
    declared = dataset(
        {"a": {"role": "protected", "bands": BANDS}},
        source={"files": ["data.csv"], "delimiter": ";", "decimal": ","},
    )
    content = "a;b\n29,9;1\n30,0;1\n1.000;1\n29.9;1\n"
    assert view(tmp_path, declared, content) == ["young", "old", None, None]


def test_labels_that_no_check_names_are_asked_for(tmp_path: Path) -> None:
    """Each gets a check of balance; those with too many values lose it again."""
    declared = dataset({"a": "label", "b": "label"}, {"labels": [{"label": "a"}]})
    complete, added = with_every_label(declared)
    assert ([check.label for check in complete.checks.labels], added) == (["a", "b"], ("b",))
    assert without_labels(complete, ["b"]).checks.labels == declared.checks.labels
