"""Canonical JSON: one content, one sequence of bytes."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from impactbook.errors import RecordError
from impactbook.records.canonical import canonical, digest, parse_canonical, sha256_file

NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_what_is_written_is_read_back_equal_and_accepted(value: Any) -> None:
    assert parse_canonical(canonical(value), "file") == value


@given(JSON)
def test_a_digest_does_not_depend_on_the_order_of_keys(value: Any) -> None:
    turned = json.loads(json.dumps({"a": value, "b": 1}))
    assert digest({"b": 1, "a": value}) == digest(dict(reversed(turned.items())))


@given(JSON)
def test_any_other_layout_of_the_same_content_is_refused(value: Any) -> None:
    other = json.dumps({"a": value}, indent=1).encode()
    with pytest.raises(RecordError, match="file: is not in canonical form"):
        parse_canonical(other, "file")


@given(JSON)
def test_the_quick_comparison_never_accepts_what_the_full_one_refuses(value: Any) -> None:
    written = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        parse_canonical(written.encode(), "file")
    except RecordError:
        assert rfc8785.dumps(value) != written.encode()
    else:
        assert rfc8785.dumps(value) == written.encode()


@pytest.mark.parametrize(
    "text",
    ['{"a":1,"a":1}', "1.0", "1e2", "-0", '"\\u00e4"', '{"b":1,"a":1}', " 1", "1\n", "0.00001e0",
     "9007199254740993", "[1, 2]"],
)  # fmt: skip
def test_each_departure_from_the_form_is_refused(text: str) -> None:
    with pytest.raises(RecordError, match="is not in canonical form"):
        parse_canonical(text.encode(), "file")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "{", "", "[" * 5000, "1e999", "9" * 5000])
def test_what_is_no_json_is_refused_without_a_traceback(text: str) -> None:
    with pytest.raises(RecordError, match=r"^file: is not"):
        parse_canonical(text.encode(), "file")


def test_bytes_that_are_no_utf8_are_named_as_such() -> None:
    with pytest.raises(RecordError, match="is not UTF-8"):
        parse_canonical(b'"\xff"', "file")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.nan, "/a/0: is not a finite number"),
        (math.inf, "/a/0: is not a finite number"),
        (2**53, "/a/0: is an integer too large"),
        ("\ud800", "/a/0: holds half a character"),
        ({1: 2}, "/a/0: has a key that is not a text"),
        ({"\ud800": 2}, "/a/0: has a key with half a character"),
        (b"x", r"/a/0: is of a type that JSON does not have \(bytes\)"),
    ],
)
def test_a_value_without_canonical_form_is_named_by_its_place(value: Any, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        canonical({"a": [value]})


def test_keys_sort_by_utf16_units_as_the_standard_says() -> None:
    # U+1F600 is D83D DE00 in UTF-16 and so comes before U+FB33 (RFC 8785, section 3.2.3).
    assert canonical({"\ufb33": 1, "\U0001f600": 2}).decode() == '{"\U0001f600":2,"\ufb33":1}'
    assert parse_canonical(canonical({"\ufb33": 1, "\U0001f600": 2}), "file")


def test_a_files_hash_is_that_of_its_bytes(tmp_path: Any) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_file(tmp_path / "abc") == expected
