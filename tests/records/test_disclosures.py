"""Internal fields: found by their mark wherever they stand, sealed, opened, left out."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, RootModel

from impactbook.errors import RecordError
from impactbook.model.base import Internal, InternalText, Model
from impactbook.model.people import Role
from impactbook.model.record import Disclosures
from impactbook.records.disclosures import (
    ASSESSMENT_INPUT,
    FINGERPRINTS,
    conceal,
    copy_mark,
    fingerprint_paths,
    internal_paths,
    misfits,
    reveal,
    seal_value,
    sealed_fields,
    undisclosed,
)


class Person(Model):
    name: InternalText
    unit: str = "service"


class Names(RootModel[tuple[InternalText, ...]]):
    pass


class Everything(Model):
    plain: str = "open"
    name: InternalText = "Anna"
    maybe: InternalText | None = None
    given_: InternalText | None = Field(default="Berta", alias="given")
    many: tuple[InternalText, ...] = ("Carla", "Dora")
    by_id: dict[str, InternalText] = {"a/b~c": "Emma"}
    people: dict[str, tuple[Person, ...]] = {"night": (Person(name="Frieda"),)}
    whole: Annotated[Person, Internal()] = Person(name="Greta", unit="secret")
    root: Names = Names(("Hanna",))
    optional_list: list[Person] | None = [Person(name="Ida")]
    either: InternalText | int = "Jana"


SECRETS = ("Anna", "Berta", "Carla", "Dora", "Emma", "Frieda", "Greta", "Hanna", "Ida", "Jana")


def test_internal_fields_are_found_wherever_they_stand() -> None:
    assert set(internal_paths(Everything(), "/x")) == {
        "/x/name", "/x/given", "/x/many/0", "/x/many/1", "/x/by_id/a~1b~0c",
        "/x/people/night/0/name", "/x/whole", "/x/root/0", "/x/optional_list/0/name", "/x/either",
    }  # fmt: skip


def test_models_inside_plain_mappings_and_lists_are_searched_too() -> None:
    value = {"roles": [Role(role="owner", person="Anna"), Role(role="assessor")]}
    assert internal_paths(value) == ("/roles/0/person",)


def test_no_name_stands_in_the_public_part_and_all_in_the_disclosures() -> None:
    public, disclosures = conceal({"part": Everything(), "open": "open"})
    assert not any(secret in str(public) for secret in (*SECRETS, "secret"))
    assert all(secret in str(disclosures) for secret in SECRETS)
    assert public["part"]["plain"] == "open"
    assert public["part"]["maybe"] is None


def test_revealing_gives_back_what_was_concealed() -> None:
    value = {"part": Everything().model_dump(mode="json", by_alias=True)}
    assert reveal(*conceal({"part": Everything()})) == value


def test_the_sealed_form_is_the_digest_of_salt_and_canonical_value() -> None:
    salt = "00" * 16
    public, disclosures = conceal({"who": "Ä"}, ["/who"], salt=lambda: salt)
    # Sixteen zero bytes, then the canonical JSON of the value with its quotation marks.
    expected = hashlib.sha256(b"\0" * 16 + '"Ä"'.encode()).hexdigest()
    assert public == {"who": {"sealed": expected}}
    assert disclosures.entries[0].model_dump() == {"path": "/who", "salt": salt, "value": "Ä"}


def test_equal_values_are_sealed_differently_each_time() -> None:
    first, second = (conceal({"who": "Anna"}, ["/who"])[0] for _ in range(2))
    assert first != second


def test_a_missing_entry_shows_as_left_out() -> None:
    public, disclosures = conceal({"a": "Anna", "b": "Berta"}, ["/a", "/b"])
    kept = Disclosures(entries=disclosures.entries[1:])
    assert reveal(public, kept, left_out="***") == {"a": "***", "b": "Berta"}
    assert undisclosed(public, kept) == ("/a",)


def test_an_entry_that_does_not_open_its_field_is_never_shown() -> None:
    public, disclosures = conceal({"a": "Anna"}, ["/a"])
    lie = disclosures.entries[0].model_copy(update={"value": "Berta"})
    assert misfits(public, Disclosures(entries=(lie,))) == ("/a",)
    with pytest.raises(RecordError, match=r"disclosures\.json, /a: does not open"):
        reveal(public, Disclosures(entries=(lie,)))


def test_an_entry_for_a_field_that_is_not_sealed_does_not_fit() -> None:
    _, disclosures = conceal({"a": "Anna"}, ["/a"])
    assert misfits({"a": "Anna"}, disclosures) == ("/a",)


@pytest.mark.parametrize("path", ["/b", "/a/x", "/list/2", "/list/x", "/a/b/c"])
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    with pytest.raises(RecordError, match="there is no such field to seal"):
        conceal({"a": "Anna", "list": [1, 2]}, [path])


def test_what_looks_sealed_already_is_refused() -> None:
    with pytest.raises(RecordError, match="cannot be sealed again"):
        conceal({"a": {"sealed": "x"}}, [])


def test_a_field_inside_another_internal_field_is_sealed_with_it() -> None:
    public, disclosures = conceal({"a": {"b": "Anna"}}, ["/a", "/a/b"])
    assert [entry.path for entry in disclosures.entries] == ["/a"]
    assert set(public["a"]) == {"sealed"}


def test_concealing_leaves_its_input_as_it_was() -> None:
    value: dict[str, Any] = {"a": ["Anna"], "m": Everything()}
    conceal(value, ["/a/0"])
    assert value == {"a": ["Anna"], "m": Everything()}


@given(st.dictionaries(st.text(max_size=6), st.text(max_size=6), min_size=1, max_size=5))
def test_keys_of_every_kind_survive_as_paths(names: dict[str, str]) -> None:
    class Holder(Model):
        names: dict[str, Annotated[str, Internal()]]

    public, disclosures = conceal(Holder(names=names))
    assert len(list(sealed_fields(public))) == len(names) == len(disclosures.entries)
    assert reveal(public, disclosures) == {"names": names}


@given(st.binary(min_size=16, max_size=16), st.text(), st.text())
def test_different_values_never_share_a_digest(salt: bytes, one: str, other: str) -> None:
    same = seal_value(one, salt.hex()) == seal_value(other, salt.hex())
    assert same == (one == other)


def test_a_field_of_the_same_value_keeps_its_salt_and_so_its_digest() -> None:
    content = {"a": "one", "b": "two"}
    first, before = conceal(content, ("/a", "/b"))
    again, _ = conceal({**content, "b": "three"}, ("/a", "/b"), before=before)
    assert again["a"] == first["a"]
    assert again["b"] != first["b"]


def test_the_digests_over_names_are_found_and_all_count_as_fingerprints() -> None:
    content = {"assessment": {"digest": "d", "signoffs": [{"digest": "e"}, {"role": "owner"}]}}
    found = fingerprint_paths(content)
    assert found == ("/assessment/digest", "/assessment/signoffs/0/digest")
    assert all(FINGERPRINTS.fullmatch(path) for path in (*found, ASSESSMENT_INPUT))
    assert not FINGERPRINTS.fullmatch("/assessment/signoffs/0/person")


def test_the_mark_of_a_copy_changes_with_a_salt_alone() -> None:
    """Trying out names against the digest of a page is then of no use."""
    one, other = (conceal({"a": "x"}, ("/a",))[1] for _ in range(2))
    assert copy_mark(one) != copy_mark(other)
    assert copy_mark(one) == copy_mark(one)
