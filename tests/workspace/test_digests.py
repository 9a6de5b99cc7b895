"""The digest of content sees what was said and not how it was laid out."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from impactbook.workspace.digests import content_digest, data_digest
from impactbook.workspace.reading import read_yaml

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(data=st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_key_order_does_not_count(data: dict[str, object]) -> None:
    assert data_digest(data) == data_digest(dict(reversed(data.items())))


@given(data=st.dictionaries(st.text(max_size=5), values, max_size=4), extra=st.text(max_size=5))
def test_any_other_value_gives_another_digest(data: dict[str, object], extra: str) -> None:
    changed = {**data, extra: [data.get(extra)]}

    assert data_digest(changed) != data_digest(data)


def test_layout_and_comments_do_not_count_but_a_date_does() -> None:
    one, _ = read_yaml(b"a: {b: 2026-01-01}  # note\nc: 'x'\n", "x")
    two, _ = read_yaml(b"c: x\n\na:\n  b: 2026-01-01\n", "x")
    three, _ = read_yaml(b"c: x\n\na:\n  b: 2026-01-02\n", "x")

    assert one["a"]["b"] == dt.date(2026, 1, 1)
    assert data_digest(one) == data_digest(two) != data_digest(three)


def test_signoffs_do_not_change_the_content_they_sign() -> None:
    content = {"schema": "impactbook/assessment/1", "language": "de"}

    assert content_digest({**content, "signoffs": [{"role": "owner"}]}) == content_digest(content)
    assert content_digest({**content, "language": "en"}) != content_digest(content)
