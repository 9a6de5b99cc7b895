"""The page that checks a ZIP: one and the same in the package, in each ZIP and where it is written."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest
from export_samples import present, seal_sample

from impactbook.cli.app import run_app
from impactbook.records.export import export_record, verify_page
from impactbook.records.folders import RecordName

NAME = RecordName("voicebot", "1.0.0")


def test_the_page_in_a_zip_is_that_of_the_package_and_its_hash_is_told(tmp_path: Path) -> None:
    seal_sample(tmp_path / "outputs")
    made = export_record(tmp_path / "outputs", NAME, tmp_path / "to", present=present)
    with zipfile.ZipFile(made.path) as archive:
        page = archive.read("verify.html")
    assert page == verify_page()
    assert made.page == hashlib.sha256(page).hexdigest()


def test_the_command_writes_the_page_and_tells_its_hash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing but the page is asked for: no record, no workspace, no folder to write to."""
    file = tmp_path / "verify.html"
    assert run_app(["export", "--page", str(file)]) == 0
    assert file.read_bytes() == verify_page()
    assert f"sha256: {hashlib.sha256(file.read_bytes()).hexdigest()}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--page", "."], "--page: is a folder; name the file to write"),
        ([], "FEATURE: is missing; name a sealed record or a PDF"),
        (["--page", "verify.html", "--to", "x"], "FEATURE: is missing"),
    ],
)
def test_wrong_input_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_app(["export", *arguments]) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
