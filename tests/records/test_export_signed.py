"""Signed records on their way out: the signed file travels whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from export_samples import NAMES, present, read, seal_sample, write
from record_samples import files_below
from signing_samples import signer

from impactbook.records.erase import erase
from impactbook.records.export import export_record, recover_from_pdf, verify_zip
from impactbook.records.folders import RecordName
from impactbook.records.signing.pdf import SigningWords
from impactbook.records.signing.sign import sign_record
from impactbook.records.verify import verify

NAME = RecordName("voicebot", "1.0.0")
SIGNED = "record/record.signed.pdf"
WHEN = "2026-11-24T08:00:00Z"


def sign(outputs: Path) -> None:
    words = SigningWords("Unterschrift {number}", "Freigabe")
    sign_record(outputs, NAME, signer("Owner").signing_key, words=words, created=WHEN)


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    seal_sample(tmp_path / "outputs")
    sign(tmp_path / "outputs")
    return tmp_path / "outputs"


def test_a_whole_export_carries_the_signed_file_and_any_change_of_it_shows(
    outputs: Path, tmp_path: Path
) -> None:
    path = export_record(outputs, NAME, tmp_path, present=present).path
    files = read(path)
    assert verify_zip(path).holds, verify_zip(path)
    for changed in (files[SIGNED][:-1], files[SIGNED] + b"\n", files["record/record.pdf"]):
        report = verify_zip(write(tmp_path / "f.zip", {**files, SIGNED: changed}))
        assert [step.name for step in report.steps if step.ok is False] == ["signed file"]


def test_a_shortened_export_leaves_the_signed_file_out(outputs: Path, tmp_path: Path) -> None:
    """It begins with the pages that show what is left out."""
    made = export_record(outputs, NAME, tmp_path, present=present, audience="public")
    assert SIGNED not in read(made.path)
    assert verify_zip(made.path).holds


def test_a_signed_pdf_gives_back_the_record_without_signatures(
    outputs: Path, tmp_path: Path
) -> None:
    folder = NAME.folder(outputs)
    made = recover_from_pdf(folder / "record.signed.pdf", tmp_path / "to", present=present)
    assert made.signed
    held = files_below(folder)
    del held["record.signed.pdf"]
    assert files_below(made.folder) == held


def test_after_an_erasure_the_record_may_be_signed_and_exported_again(
    outputs: Path, tmp_path: Path
) -> None:
    done = erase(outputs, NAME, "/assessment/roles/0/person", reason="Widerspruch", created=WHEN,
                 present=present)  # fmt: skip
    assert done.unsigned == (NAME,)
    assert done.remains == ()
    path = export_record(outputs, NAME, tmp_path, present=present).path
    assert SIGNED not in read(path)
    assert verify_zip(path).holds
    sign(outputs)
    assert all(report.holds for report in verify(outputs))
    path = export_record(outputs, NAME, tmp_path, present=present).path
    assert verify_zip(path).holds
    assert not any(NAMES[0].encode() in content for content in read(path).values())
