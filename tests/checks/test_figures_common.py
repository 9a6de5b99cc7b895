"""Ids and names of figures: they can be taken apart again and never collide."""

from __future__ import annotations

import re

import pytest
from counted_by_hand import CONTEXT
from hypothesis import given
from hypothesis import strategies as st

from impactbook.checks.figures.common import (
    FigureContext,
    attribute_of,
    condition_of,
    decode_name,
    encode_name,
    figure_id,
    group_name,
    group_of,
    make_figure,
)
from impactbook.checks.tables import CONFLICTING, KNOWN, MISSING, OTHER_VALUES

NAMES = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="ab /*;=%", max_size=8),
    st.sampled_from(["missing", "conflicting", "other values", "known"]),
)


@given(NAMES)
def test_a_name_comes_back(name: str) -> None:
    encoded = encode_name(name)
    assert decode_name(encoded) == name
    assert not re.search(r"[/*;=\n]", encoded)


@given(st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, min_size=1, max_size=3))
def test_different_cells_never_share_a_group(one: list[str], two: list[str]) -> None:
    assert (group_of(tuple(one)) == group_of(tuple(two))) == (one == two)


@given(st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, max_size=3), NAMES)
def test_an_id_can_be_taken_apart(attributes: list[str], levels: list[str], value: str) -> None:
    condition = condition_of({"split": value})
    made = figure_id("d", "share", attribute_of(attributes), group_of(tuple(levels)), condition)
    source, metric, attribute, group, last = re.split(r"(?<! )/|/(?! )", made)
    assert (source, metric) == ("d", "share")
    assert [decode_name(name) for name in attribute.split("*")] == attributes
    assert [decode_name(name) for name in group.split(" / ")] == (levels or [""]) or not levels
    key, _, rest = last.partition("=")
    assert (key, decode_name(rest)) == ("split", value)


@pytest.mark.parametrize("level", [MISSING, CONFLICTING, OTHER_VALUES, KNOWN])
def test_our_own_groups_cannot_be_taken_for_values(level: str | None) -> None:
    word = group_name(level)
    assert group_name(word) != word
    assert decode_name(group_name(word)) == word


def test_an_id_names_dataset_metric_attribute_group_and_condition() -> None:
    figure = make_figure(
        CONTEXT,
        "label_share",
        unit="row",
        axes=("age", "a*b"),
        group=group_of(("65+", "x / y")),
        conditions={"split": "train", "groups": "n>=30"},
        value=0.5,
    )
    assert figure.id == "sample/label_share/age*a%2Ab/65+ / x %2F y/split=train;groups=n>=30"
    assert figure.attribute == "age*a%2Ab"
    assert figure.group == "65+ / x %2F y"
    assert figure.condition == "split=train;groups=n>=30"


def test_a_split_is_called_split_whatever_its_column_is_called() -> None:
    """`part=train` of one table and `split=train` of another would be two names for one thing."""
    named = FigureContext("sample", "training_data", 5, split="part")
    assert named.within({"part": "train"}) == {"split": "train"}
    assert named.within({"day:month": "2024-03"}) == {"day:month": "2024-03"}
    assert named.within(None) == {}
    assert CONTEXT.within({"part": "train"}) == {"part": "train"}
