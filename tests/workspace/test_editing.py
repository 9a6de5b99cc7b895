"""Writing to a hand-written file changes what was asked for and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactbook.errors import InputError
from impactbook.workspace.editing import ConflictError, edit, save
from impactbook.workspace.reading import read_yaml

HANDWRITTEN = b"""\
# Assessment of the voice bot
schema: impactbook/assessment/1   # fixed
language: de

# who is responsible
roles:
  - role: owner        # product
    person: "Eva Beispiel"
  # the next one is open
  - role: assessor

feature:
  title: >
    A folded
    title
  purpose: 'quoted: text'
"""


def test_only_the_changed_line_differs() -> None:
    edited = edit(HANDWRITTEN, {("roles", 0, "person"): "Max Muster"}, "assessment.yaml")

    before, after = HANDWRITTEN.decode().splitlines(), edited.decode().splitlines()
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert changed == [('    person: "Eva Beispiel"', '    person: "Max Muster"')]


def test_comments_and_key_order_survive_new_and_removed_keys() -> None:
    changes = {("decision", "outcome"): "no-go", ("feature", "purpose"): None}
    edited = edit(HANDWRITTEN, changes, "assessment.yaml").decode()

    comments = [line for line in HANDWRITTEN.decode().splitlines() if "#" in line]
    assert [line for line in edited.splitlines() if "#" in line] == comments
    assert "purpose" not in edited
    assert edited.index("roles:") < edited.index("feature:") < edited.index("decision:")


def test_a_list_grows_at_its_end() -> None:
    edited = edit(HANDWRITTEN, {("roles", 2): {"role": "oversight"}}, "assessment.yaml")

    data, _ = read_yaml(edited, "assessment.yaml")
    assert [role["role"] for role in data["roles"]] == ["owner", "assessor", "oversight"]


def test_a_path_through_a_plain_value_is_refused() -> None:
    with pytest.raises(InputError, match="leads through a plain value"):
        edit(HANDWRITTEN, {("language", "de"): "x"}, "assessment.yaml")


def test_saving_over_a_file_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "assessment.yaml"
    path.write_bytes(HANDWRITTEN)
    opened = hashlib.sha256(HANDWRITTEN).hexdigest()
    save(path, {("language",): "en"}, read_digest=opened)
    now = path.read_bytes()

    with pytest.raises(ConflictError):
        save(path, {("language",): "de"}, read_digest=opened)
    assert path.read_bytes() == now


words = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp")),
        min_size=1,
        max_size=40,
    )
    .map(str.strip)
    .filter(bool)
)


@given(value=words)
def test_any_text_comes_back_as_it_was_written(value: str) -> None:
    edited = edit(HANDWRITTEN, {("feature", "title"): value}, "assessment.yaml")

    data, _ = read_yaml(edited, "assessment.yaml")
    assert data["feature"]["title"] == value


@given(value=words)
def test_editing_and_taking_back_gives_the_same_content(value: str) -> None:
    there = edit(HANDWRITTEN, {("feature", "out_of_scope"): value}, "assessment.yaml")
    back = edit(there, {("feature", "out_of_scope"): None}, "assessment.yaml")

    assert read_yaml(back, "a")[0] == read_yaml(HANDWRITTEN, "a")[0]
