"""Blocks travel as JSON and come back the same; what is no block is refused in words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_samples import every_block

from impactbook.render.blocks import (
    BulletList,
    Callout,
    Code,
    Figure,
    Heading,
    KeyValues,
    PageBreak,
    Paragraph,
    Quote,
    Run,
    Table,
    from_json,
    plain_text,
    runs,
    to_json,
)

RUNS = st.lists(
    st.builds(Run, st.text(), bold=st.booleans(), lang=st.none() | st.text(max_size=5)), max_size=3
)
SIMPLE = st.one_of(
    st.builds(Heading, st.integers(), RUNS, st.text()),
    st.builds(Paragraph, RUNS, st.none() | st.text()),
    st.builds(Code, st.text(), st.text()),
    st.builds(PageBreak),
    st.builds(Figure, st.binary(), st.sampled_from(["svg", "png", "jpeg"]), st.text(), RUNS),
    st.builds(
        Table, RUNS, st.lists(RUNS, max_size=2), st.lists(st.lists(RUNS, max_size=2), max_size=2),
        align=st.lists(st.sampled_from(["left", "right", "center"]), max_size=2),
        widths=st.none() | st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=2),
    ),
    st.builds(KeyValues, st.lists(st.tuples(RUNS, RUNS), max_size=2)),
)  # fmt: skip
BLOCKS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds(
            Callout, st.sampled_from(["info", "ok", "fail"]), RUNS, st.lists(inner, max_size=2)
        ),
        st.builds(Quote, st.lists(inner, max_size=2), RUNS),
        st.builds(BulletList, st.lists(st.lists(inner, max_size=2), max_size=2), st.booleans()),
    ),
    max_leaves=6,
)


@given(st.lists(BLOCKS, max_size=3))
def test_blocks_come_back_from_json_as_they_were(blocks):
    """Also after a trip through text, as in a notebook's file."""
    written = json.dumps(to_json(blocks))
    assert to_json(from_json(json.loads(written))) == json.loads(written)


def test_a_single_block_comes_back_too():
    """Lists stay lists, pairs stay pairs, pictures stay bytes."""
    pairs = KeyValues([(runs("a"), runs("b"))])
    picture = Figure(b"\x00\xff", "png", "Two bytes.", [])
    assert from_json(to_json(pairs)) == pairs
    assert from_json(to_json(picture)) == Figure(b"\x00\xff", "png", "Two bytes.", [])
    assert from_json(to_json(every_block())) == [from_json(to_json(b)) for b in every_block()]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("text", "no block of type None"),
        (7, "no block of type None"),
        ({"type": "Script"}, "no block of type 'Script'"),
        ({"type": ["Run"]}, "no block of type"),
        ({"type": "bytes", "base64": "AA=="}, "no block of type 'bytes'"),
        ({"type": "Run"}, "needs the field 'text'"),
        ({"type": "Run", "text": 1}, "Run.text"),
        ({"type": "Run", "text": "x", "bold": 1}, "Run.bold"),
        ({"type": "Run", "text": "x", "size": 9}, "has no field 'size'"),
        ({"type": "Heading", "level": True, "runs": []}, "Heading.level"),
        ({"type": "Heading", "level": 1, "runs": "x"}, "Heading.runs"),
        ({"type": "Heading", "level": 1, "runs": [{"type": "PageBreak"}]}, "Heading.runs"),
        ({"type": "Paragraph", "runs": None}, "Paragraph.runs"),
        ({"type": "Callout", "kind": "panic", "title": []}, "Callout.kind"),
        ({"type": "Callout", "kind": "ok", "title": [], "blocks": [{"type": "Run", "text": ""}]},
         "Callout.blocks"),
        ({"type": "KeyValues", "pairs": [[[]]]}, "KeyValues.pairs"),
        ({"type": "Table", "caption": [], "header": [], "rows": [], "align": ["top"]},
         "Table.align"),
        ({"type": "Table", "caption": [], "header": [], "rows": [], "widths": [float("nan")]},
         "Table.widths"),
        ({"type": "Figure", "image": "AA==", "format": "png", "alt": ""}, "Figure.image"),
        ({"type": "Figure", "image": {"type": "bytes", "base64": "?"}, "format": "png", "alt": ""},
         "Figure.image"),
        ({"type": "Figure", "image": {"type": "bytes", "base64": "AA=="}, "format": "../x",
          "alt": ""}, "Figure.format"),
    ],
)  # fmt: skip
def test_what_is_no_block_is_refused(value, told):
    """A notebook's outputs can be edited by anyone: unknown types, fields and values do not pass."""
    with pytest.raises(ValueError, match=told):
        from_json(value)


def test_nesting_without_end_is_refused():
    """Ten thousand lists within each other are a ValueError, not a crash."""
    value = {"type": "PageBreak"}
    for _ in range(10_000):
        value = {"type": "BulletList", "items": [[value]]}
    with pytest.raises(ValueError, match="nested too deeply"):
        from_json(value)


def test_the_words_of_runs_are_told_without_their_look():
    """Bold, code and links do not count as words."""
    assert plain_text([Run("a", bold=True), Run("b", code=True), Run("c", link="#x")]) == "abc"
    assert runs("") == []
