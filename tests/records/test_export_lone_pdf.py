"""A record's folder rebuilt from its PDF alone."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from export_samples import present, seal_sample
from record_samples import files_below, pdf

from impactbook.errors import InputError, RecordError, StorageError
from impactbook.records.canonical import sha256
from impactbook.records.export import recover_from_pdf
from impactbook.records.export.lone_pdf import read_carried


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return seal_sample(tmp_path / "outputs").path


def test_a_record_comes_back_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    """So does its manifest, whose digest the ledger names."""
    made = recover_from_pdf(folder / "record.pdf", tmp_path / "to", present=present)
    assert made.folder.name == "voicebot-1.0.0"
    assert files_below(made.folder) == files_below(folder)
    assert made.manifest == sha256((folder / "manifest.json").read_bytes())
    assert (made.same_pages, made.signed, made.missing, made.undisclosed) == (True, False, (), ())


def test_what_was_appended_by_signing_is_cut_off(folder: Path, tmp_path: Path) -> None:
    own = (folder / "record.pdf").read_bytes()
    signed = tmp_path / "record.signed.pdf"
    signed.write_bytes(own + b"1 0 obj\n<</Type/Catalog>>\nendobj\nstartxref\n0\n%%EOF\n")
    made = recover_from_pdf(signed, tmp_path / "to", present=present)
    assert made.signed
    assert files_below(made.folder) == files_below(folder)


def test_what_the_pdf_does_not_carry_is_named(folder: Path, tmp_path: Path) -> None:
    given = read_carried(folder / "record.pdf")
    less = {
        path.rpartition("/")[2]: content
        for path, content in given.files.items()
        if path not in ("disclosures.json", "attachments/minutes.txt")
    }
    poor = tmp_path / "poor.pdf"
    poor.write_bytes(pdf(less))
    made = recover_from_pdf(poor, tmp_path / "to", present=present)
    assert made.missing == ("attachments/minutes.txt",)
    assert len(made.undisclosed) == 3
    assert not made.same_pages


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("figures.csv", b"other figures"),
        ("cv.json", b"{}"),
        ("minutes.txt", b"other minutes"),
        ("../../evil.ipynb", b"{}"),
        ("stranger.exe", b"MZ"),
        ("disclosures.json", b'{"entries":[],"schema":"impactbook/disclosures/9"}'),
    ],
)
def test_a_pdf_whose_files_do_not_belong_together_gives_no_folder(
    folder: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    carried = {
        path.rpartition("/")[2]: held
        for path, held in read_carried(folder / "record.pdf").files.items()
    }
    forged = tmp_path / "forged.pdf"
    forged.write_bytes(pdf({**carried, name: content}))
    with pytest.raises(RecordError):
        recover_from_pdf(forged, tmp_path / "to", present=present)
    assert not (tmp_path / "to").exists()


def test_a_pdf_of_somebody_else_is_told(tmp_path: Path) -> None:
    document, target = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.save(target)
    (tmp_path / "other.pdf").write_bytes(target.getvalue())
    with pytest.raises(RecordError, match="no record of impactbook"):
        read_carried(tmp_path / "other.pdf")
    (tmp_path / "text.pdf").write_bytes(b"text")
    with pytest.raises(RecordError, match="not a PDF"):
        read_carried(tmp_path / "text.pdf")
    with pytest.raises(InputError, match="no such file"):
        read_carried(tmp_path / "absent.pdf")


def test_a_folder_that_exists_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "to/voicebot-1.0.0").mkdir(parents=True)
    with pytest.raises(InputError, match="exists already"):
        recover_from_pdf(folder / "record.pdf", tmp_path / "to", present=present)


def test_a_full_disk_leaves_nothing_behind(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="no space left"):
        recover_from_pdf(folder / "record.pdf", tmp_path / "to", present=present)
    assert files_below(tmp_path / "to") == {}
