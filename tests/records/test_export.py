"""Exports: deterministic, shortened by audience, and every way to change one is seen."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from export_samples import (
    ATTACHMENT,
    NAMES,
    TAMPERED,
    cut_thoroughly,
    present,
    read,
    seal_sample,
    write,
)
from faults import killed_moments
from hypothesis import given
from hypothesis import strategies as st

from impactbook.errors import InputError, RecordError, StorageError
from impactbook.records import ledger, verify_pdf
from impactbook.records.anchors import Anchors, read_filed
from impactbook.records.canonical import canonical, sha256
from impactbook.records.embedded import embedded_files
from impactbook.records.export import Exported, export_record, verify_zip
from impactbook.records.export.archive import pack, unpack
from impactbook.records.export.audiences import AUDIENCES, fields_left_out, kind_of
from impactbook.records.folders import RecordName, named_record
from impactbook.records.rebuild import compare_pages, read_whole

NAME = RecordName("voicebot", "1.0.0")


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """Three lines: the record, another feature's record, the record's next version."""
    outputs = tmp_path / "outputs"
    seal_sample(outputs)
    seal_sample(outputs, "chatbot")
    seal_sample(outputs, findings=[{"id": "late"}])
    return outputs


def exported(outputs: Path, **options: object) -> Exported:
    return export_record(outputs, NAME, outputs.parent / "to", present=present, **options)  # type: ignore[arg-type]


def first_failure(path: Path) -> str:
    return next((step.name for step in verify_zip(path).steps if step.ok is False), "")


def test_an_export_holds_and_names_the_heads(outputs: Path) -> None:
    made = exported(outputs)
    report = verify_zip(made.path)
    assert report.holds, report
    assert report.facts["ledger head"] == ledger.head(outputs / ledger.LEDGER)
    assert made.path.name == "voicebot-1.0.0.zip"
    # The lines after the record's own: chatbot 1.0.0 and voicebot 1.1.0.
    assert made.others == 2
    for path, content in read_whole(outputs, NAME).files.items():
        assert read(made.path)[f"record/{path}"] == content


def test_the_same_record_gives_the_same_bytes_whatever_clock_and_zone(
    outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = exported(outputs).path.read_bytes()
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    for file in outputs.rglob("*"):
        os.utime(file, (1e9, 1e9))
    assert exported(outputs).path.read_bytes() == first


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_shortened_export_holds_and_lists_what_was_left_out(outputs: Path, audience: str) -> None:
    """The record's data, manifest and ledger lines stay byte for byte those that were sealed."""
    whole, made = read(exported(outputs).path), exported(outputs, audience=audience)
    report = verify_zip(made.path)
    assert report.holds, report
    short = read(made.path)
    for same in ("record/record.json", "record/manifest.json", "ledger.jsonl"):
        assert short[same] == whole[same]
    kept = [entry["path"] for entry in json.loads(short["record/disclosures.json"])["entries"]]
    given = {
        "regulator": ["/assessment/roles/0/person", "/assessment/roles/1/person",
                      "/attachments/0/file"],
        "works-council": ["/attachments/0/file"],
        "public": [],
    }[audience]  # fmt: skip
    assert kept == given
    assert len(made.description.left_out) == 3 - len(given)
    assert ("record/attachments/minutes.txt" in short) == (audience != "public")
    assert all(path in report.notes[0] for path in made.description.left_out[:1])


def test_nothing_left_out_stands_anywhere_in_the_public_zip(outputs: Path) -> None:
    """Neither in a file nor in a stream or an embedded file of the PDF."""
    path = exported(outputs, audience="public").path
    told = list(read(path).values())
    told += embedded_files(read(path)["record/record.pdf"]).values()
    for word in (*NAMES, "Protokoll Mustermann.txt"):
        assert not any(word.encode() in content for content in told), word
    assert not any(ATTACHMENT in content for content in told)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of one export, for tests that change a copy."""
    outputs = tmp_path_factory.mktemp("whole") / "outputs"
    seal_sample(outputs)
    seal_sample(outputs, "chatbot")
    seal_sample(outputs, findings=[{"id": "late"}])
    return read(exported(outputs).path)


@pytest.mark.parametrize("case", TAMPERED)
def test_a_changed_zip_does_not_hold(whole: dict[str, bytes], tmp_path: Path, case: str) -> None:
    change, step = TAMPERED[case]
    report = verify_zip(write(tmp_path / "changed.zip", change(whole)))
    assert not report.holds
    failed = [one.name for one in report.steps if one.ok is False]
    assert step in failed, report.steps


def test_a_shortened_zip_cannot_be_shortened_further_in_silence(outputs: Path) -> None:
    path = exported(outputs, audience="works-council").path
    files = read(path)
    empty = canonical({"entries": [], "schema": "impactbook/disclosures/1"})
    write(path, {**files, "record/disclosures.json": empty})
    assert first_failure(path) == "disclosures"


def test_a_cut_that_repairs_everything_shows_in_the_head_alone(outputs: Path) -> None:
    made = exported(outputs)
    write(made.path, cut_thoroughly(read(made.path)))
    report = verify_zip(made.path)
    assert report.holds
    assert report.facts["ledger head"] != made.description.head


@given(at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_flipped_bit_is_seen_or_touches_no_content(
    at: int, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A ZIP has bytes that mean nothing to anybody (dates, attributes); contents are all covered."""
    path = tmp_path_factory.mktemp("zip") / "z.zip"
    content = bytearray(pack({"a": b"one" * 9, "b/c": b"two" * 9}))
    content[at % len(content)] ^= 1 << bit
    path.write_bytes(content)
    try:
        found = unpack(path)
    except RecordError:
        return
    # A file that the ZIP no longer names is missed by its manifest.
    assert set(found.values()) <= {b"one" * 9, b"two" * 9}


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "a\\b", "a//b"])
def test_a_zip_may_not_lead_out_of_its_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"1")
    with pytest.raises(RecordError, match="outside its folder"):
        unpack(path)


def test_a_zip_that_names_a_file_twice_or_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", b"2")
    with pytest.raises(RecordError, match="twice"):
        unpack(path)
    path.write_bytes(b"no zip")
    assert first_failure(path) == "zip"
    with pytest.raises(InputError, match="no such file"):
        verify_zip(tmp_path / "absent.zip")


def test_a_record_that_does_not_verify_is_not_exported(outputs: Path) -> None:
    (NAME.folder(outputs) / "record.html").write_bytes(b"changed")
    with pytest.raises(RecordError, match="does not verify"):
        exported(outputs)
    assert not (outputs.parent / "to").exists()


def test_an_export_to_a_file_or_a_closed_folder_is_one_sentence(
    outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (outputs.parent / "to").write_bytes(b"")
    with pytest.raises(InputError, match="is a file"):
        exported(outputs)
    (outputs.parent / "to").unlink()
    (outputs.parent / "to").mkdir()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="no space left"):
        exported(outputs)
    assert list((outputs.parent / "to").iterdir()) == []


def test_pages_made_again_are_compared_byte_for_byte(outputs: Path) -> None:
    whole = read_whole(outputs, NAME)
    assert compare_pages(whole.record, whole.disclosures, whole.files, present).same
    other = {**whole.files, "record.html": b"other"}
    result = compare_pages(whole.record, whole.disclosures, other, present)
    assert result.differing == ("record.html",)
    # The sample names no version of typst: it is told as one that differs.
    assert "typst unknown then" in str(result.tools[0])


def test_a_field_that_no_rule_names_is_given_to_nobody() -> None:
    assert kind_of("/impacts/0/secret") == "unknown"
    for audience in AUDIENCES:
        assert fields_left_out(["/impacts/0/secret"], audience) == ("/impacts/0/secret",)
    assert fields_left_out(["/impacts/0/secret"], None) == ()


def test_what_confirms_a_guess_is_left_out_with_the_first_field() -> None:
    """A regulator who is given every name is given the digests over them as well."""
    fields = ["/assessment/roles/0/person", "/provenance/inputs/assessment", "/assessment/digest"]
    assert fields_left_out(fields, "regulator") == ()
    assert fields_left_out(fields, "public") == tuple(sorted(fields))


def test_the_newest_record_is_meant_where_no_version_is_given(outputs: Path) -> None:
    assert named_record(outputs, "voicebot", None).version == "1.1.0"
    with pytest.raises(InputError, match=r"no record voicebot@2.0.0; it has 1.0.0, 1.1.0"):
        named_record(outputs, "voicebot", "2.0.0")
    with pytest.raises(InputError, match="no record of 'nobody'"):
        named_record(outputs, "nobody", None)


def test_a_lone_pdf_with_everything_inside_verifies(outputs: Path) -> None:
    report = verify_pdf(NAME.folder(outputs) / "record.pdf")
    assert report.holds, report


def test_a_head_from_outside_anchors_a_zip_or_refutes_it(outputs: Path) -> None:
    path = exported(outputs).path
    lines = ledger.read_ledger((outputs / ledger.LEDGER).read_bytes()).lines
    for line in lines:
        assert verify_zip(path, Anchors(heads=(line.hash,))).level == "anchored"
    assert not verify_zip(path, Anchors(heads=("0" * 64,))).holds
    later = export_record(
        outputs, RecordName("voicebot", "1.1.0"), path.parent, present=present
    ).path
    # The head before a record says nothing about it.
    assert verify_zip(later, Anchors(heads=(lines[1].hash,))).level == "consistent"
    filed = read_filed(RecordName("voicebot", "1.1.0").folder(outputs) / "record.pdf")
    assert verify_zip(path, Anchors(filed=(filed,))).level == "anchored"
    assert verify_zip(later, Anchors(filed=(filed,))).level == "anchored"


def test_the_page_in_the_zip_is_named_by_its_digest(outputs: Path) -> None:
    made = exported(outputs)
    assert made.page == sha256(read(made.path)["verify.html"])


def test_killed_at_any_moment_there_is_a_whole_zip_or_none(tmp_path: Path) -> None:
    """What is unfinished has a hidden name of its own."""
    outputs = tmp_path / "outputs"
    seal_sample(outputs)
    killed = killed_moments(
        lambda moment: tmp_path / str(moment),
        lambda to: export_record(outputs, NAME, to, present=present),
    )
    # Made folder, opened, written and flushed, renamed, flushed.
    assert len(killed) > 4
    for to in killed:
        for path in to.glob("[!.]*"):
            assert verify_zip(path).holds
