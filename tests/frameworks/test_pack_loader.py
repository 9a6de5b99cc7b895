"""Reading packs: what is accepted, and the sentence each mistake gets."""

from __future__ import annotations

import pytest
from small_pack import SMALL_PACK

from impactbook.errors import InputError, InputErrors
from impactbook.frameworks import (
    confidence_remark,
    legal_remark,
    load_pack,
    pack_digest,
    packs_for,
    shipped_packs,
)
from impactbook.model.framework import LegalNote


def changed(old: str, new: str) -> bytes:
    """The small pack with one place changed, which must be there."""
    assert old in SMALL_PACK
    return SMALL_PACK.replace(old, new, 1).encode()


def line_of(content: bytes, text: str) -> int:
    """The first line that holds a text, counted from one."""
    return content.decode().split(text)[0].count("\n") + 1


def test_a_pack_is_read_from_bytes_and_from_text() -> None:
    """Both give the same frozen pack."""
    pack = load_pack(SMALL_PACK, "small.yaml")
    assert pack == load_pack(SMALL_PACK.encode(), "small.yaml")
    assert pack.question("work-one").legal_note is not None
    assert [option.id for option in pack.options(pack.question("care-one"))] == ["good", "bad"]
    with pytest.raises(KeyError):
        pack.question("care-nine")


@pytest.mark.parametrize(
    ("old", "new", "at", "parts"),
    [
        # what pydantic finds, said with the question's id
        ("    scale: simple", "    scale: simple\n    notes: x", "notes",
         ["questions[care-one].notes", "the key 'notes' is unknown"]),
        ("    why: {de: Darum., en: Because.}\n", "", "- id: care-one",
         ["questions[care-one].why", "the key is missing"]),
        ("asks: [owner]", "asks: []", "asks",
         ["questions[care-one].asks", "is empty; give at least one"]),
        ("applies: {channels: [voice]}", "applies: {chanels: [voice]}", "chanels",
         ["questions[care-voice].applies.chanels", "did you mean 'channels'"]),
        ("applies: {channels: [voice]}", "applies: {channels: [fax]}", "fax",
         ["questions[care-voice].applies.channels[1]", "'fax' is not a known choice", "voice"]),
        ("applies: {channels: [voice]}",
         "applies: {channels: [voice], acts_on: [agents]}", "applies",
         ["questions[care-voice].applies", "holds 2 keys instead of one", "`all` or `any`"]),
        ("applies: {channels: [voice]}", "applies: {any: [{not: {mood: [x]}}]}", "mood",
         ["questions[care-voice].applies.any[1].not.mood", "the key 'mood' is unknown"]),
        ("    scale: simple", "    scale: simpel", "simpel",
         ["questions[care-one].scale", "there is no scale 'simpel'", "did you mean 'simple'"]),
        ("    group: care\n", "    group: caer\n", "caer",
         ["questions[care-one].group", "there is no group 'caer'", "did you mean 'care'"]),
        ("covers: [listen]", "covers: [listne]", "listne",
         ["questions[care-one].covers", "there is no bullet 'listne'", "did you mean 'listen'"]),
        ("sources: [handbook]", "sources: [handbok]", "handbok",
         ["questions[care-one].sources", "there is no source 'handbok'"]),
        ("      sources: [handbook]", "      sources: [handbok]", "handbok",
         ["questions[work-one].legal_note.sources", "there is no source 'handbok'"]),
        ("id: rest, group: work", "id: rest, group: wrok", "wrok",
         ["bullets[rest].group", "there is no group 'wrok'"]),
        ("id: bad, label", "id: good, label", "{id: good, label: {de: Schlecht",
         ["scales.simple", "the id 'good' stands twice"]),
        ("  - id: care-voice", "  - id: care-one", "  - id: care-one\n    group: care\n    title: {de: Stimme",
         ["questions", "the id 'care-one' stands twice"]),
        ("asks: [owner]", "asks: [boss]", "boss",
         ["questions[care-one].asks[1]", "'boss' is not a known choice"]),
        ("effect: blocks", "effect: explodes", "effect: explodes",
         ["scales.simple[2].effect", "'explodes' is not a known choice"]),
        ("schema: impactbook/framework/1", "schema: impactbook/framework/2", "schema",
         ["schema", "newer than this impactbook knows"]),
        ("title: {de: Klein, en: Small}", "title: {}", "title",
         ["title", "holds no text"]),
        ("version: 1.0.0", "version: 1.0", "version", ["version"]),
        ("as_of: 2026-11-23", "as_of: soon", "as_of", ["as_of"]),
        ("title: {de: Klein, en: Small}", "title: {de: Klein, de: Gross}", "title",
         ["title.de", "has the key 'de' twice"]),
        ("version: 1.0.0", "version: !!python/name:os.system 1", "version", ["tag"]),
        ("title: {de: Klein, en: Small}", "title: &a {de: Klein}", "title", ["anchor or alias"]),
    ],
)  # fmt: skip
def test_one_mistake_gives_one_sentence(old: str, new: str, at: str, parts: list[str]) -> None:
    """File, line, the question's id where there is one, what was found, and what to do."""
    content = changed(old, new)
    with pytest.raises(InputError) as caught:
        load_pack(content, "small.yaml")
    said = str(caught.value)
    assert said.startswith("small.yaml, ")
    assert "\n" not in said
    assert caught.value.line == line_of(content, at)
    assert caught.value.exit_code == 2
    for part in parts:
        assert part in said


def test_several_mistakes_are_all_named() -> None:
    """Three loose ends give three sentences at once."""
    content = SMALL_PACK.replace("scale: simple", "scale: simpel")
    with pytest.raises(InputErrors) as caught:
        load_pack(content, "small.yaml")
    fields = [error.field for error in caught.value.errors]
    assert fields == [f"questions[{q}].scale" for q in ("care-one", "care-voice", "work-one")]


def test_a_question_without_an_id_is_named_by_its_place() -> None:
    """There is nothing better to call it by."""
    content = changed("  - id: care-one\n    group: care", "  - group: care")
    with pytest.raises(InputError, match=r"questions\[1\]\.id: the key is missing"):
        load_pack(content, "small.yaml")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"- a\n- list\n",
        b"just words",
        b"schema: \xff\xfe",
        b"a: [" * 3000,
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        b"questions: {care: [",
        b"schema: impactbook/framework/1\nquestions: no list\n",
        b"schema: impactbook/framework/1\nquestions: [5]\n",
        b"# " + b"x" * 5_000_000,
    ],
)
def test_what_is_no_pack_is_refused_with_a_sentence(content: bytes) -> None:
    """Empty, malformed, hostile and oversized files never give a traceback."""
    with pytest.raises((InputError, InputErrors), match=r"^hostile\.yaml"):
        load_pack(content, "hostile.yaml")


def test_a_workspace_adds_a_pack() -> None:
    """The shipped packs stay, the new one stands beside them."""
    packs = packs_for({"small.yaml": SMALL_PACK.encode()})
    assert set(packs) == {*shipped_packs(), "small"}


def test_a_workspace_replaces_a_pack_by_its_id() -> None:
    """A company's own version of the core pack is the one used."""
    own = changed("id: small", "id: contact-centre-ethics")
    packs = packs_for({"ours.yaml": own})
    assert [q.id for q in packs["contact-centre-ethics"].questions] == [
        "care-one", "care-voice", "work-one",
    ]  # fmt: skip
    assert len(shipped_packs()["contact-centre-ethics"].questions) > 3


def test_two_files_for_one_pack_are_refused() -> None:
    """Which of them counts must not depend on the order of files."""
    files = {"a.yaml": SMALL_PACK.encode(), "b.yaml": SMALL_PACK.encode()}
    with pytest.raises(InputError, match=r"^b\.yaml, id: gives the pack 'small', which a\.yaml"):
        packs_for(files)


def test_two_packs_may_not_share_a_question_id() -> None:
    """An answer names its question by id alone, so the id must be the pack's own."""
    own = changed("id: care-one", "id: privacy-consent")
    with pytest.raises(InputError, match=r"^ours\.yaml, questions\[privacy-consent\]\.id"):
        packs_for({"ours.yaml": own})


def test_the_digest_follows_content_not_layout() -> None:
    """A comment changes nothing, a word does."""
    pack = load_pack(SMALL_PACK, "small.yaml")
    assert pack_digest(load_pack("# note\n" + SMALL_PACK, "other.yaml")) == pack_digest(pack)
    assert pack_digest(load_pack(changed("Darum.", "Deshalb."), "small.yaml")) != pack_digest(pack)


def test_legal_remarks_name_status_date_and_doubt() -> None:
    """M and L are still to be confirmed, H needs no remark."""
    note = load_pack(SMALL_PACK, "small.yaml").question("work-one").legal_note
    assert note is not None
    german = "noch nicht anwendbar, erst ab 2. Dezember 2027; zu bestätigen"
    assert legal_remark(note, "de") == german
    sure = LegalNote.model_validate(
        {**note.model_dump(), "confidence": "H", "status": "in-force", "applies_from": None}
    )
    assert legal_remark(sure, "en") == "in force"
    assert [confidence_remark(c, "en") for c in ("H", "M", "L")] == [
        "", "to be confirmed", "to be confirmed",
    ]  # fmt: skip
