"""`export`, `erase` and `verify FILE.zip` on a real record, through the command line."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from impactbook.cli.app import run_app
from impactbook.records.embedded import embedded_files
from impactbook.records.erase import still_there

FEATURE = "chat-intent-erkennung"
OWNER = "Carolin Ebert"
FIELD = "/assessment/roles/0/person"

pytestmark = pytest.mark.slow


@pytest.fixture
def told(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: Any) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run_app([str(argument) for argument in arguments])
        return code, *capfd.readouterr()

    return run


def test_a_record_becomes_a_zip_that_verifies_and_the_same_folder_again(
    sealed: Path, tmp_path: Path, told: Any
) -> None:
    """Every file of the folder comes back from `record.pdf` alone, byte for byte."""
    code, out, _ = told("export", FEATURE, "--to", tmp_path, "--rebuild", "--workspace", sealed)
    assert code == 0, out
    assert "made again, the same bytes" in out
    head = re.search(r"ledger head: ([0-9a-f]{64})", out)
    assert head is not None
    code, out, _ = told("verify", tmp_path / f"{FEATURE}-1.0.0.zip", "--head", head[1],
                        "--workspace", sealed)  # fmt: skip
    assert code == 0, out
    assert "level anchored" in out
    folder = sealed / "outputs" / FEATURE / "1.0.0"
    code, out, _ = told("export", folder / "record.pdf", "--to", tmp_path, "--rebuild")
    assert code == 0, out
    made = tmp_path / f"{FEATURE}-1.0.0"
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            again = made / path.relative_to(folder)
            assert again.read_bytes() == path.read_bytes(), path


def test_the_public_zip_holds_no_name_in_any_file_or_stream(
    sealed: Path, tmp_path: Path, told: Any
) -> None:
    record = json.loads((sealed / "outputs" / FEATURE / "1.0.0/disclosures.json").read_bytes())
    names = {entry["value"] for entry in record["entries"] if entry["path"].endswith("/person")}
    assert OWNER in names
    code, out, _ = told("export", FEATURE, "--to", tmp_path, "--audience", "public",
                        "--workspace", sealed)  # fmt: skip
    assert code == 0, out
    assert FIELD in out
    (tmp_path / "x").mkdir()
    with zipfile.ZipFile(tmp_path / f"{FEATURE}-1.0.0-public.zip") as archive:
        archive.extractall(tmp_path / "x")
    for name in names:
        assert list(still_there(tmp_path / "x", name)) == []
    carried = embedded_files(tmp_path / "x/record/record.pdf")
    assert not [name for name in carried if name.startswith("hinweistext")]


def test_after_an_erasure_the_name_is_nowhere_and_no_digest_confirms_a_guess(
    workspace: Path, told: Any
) -> None:
    outputs = workspace / "outputs"
    folder = outputs / FEATURE / "1.0.0"
    entries = json.loads((folder / "disclosures.json").read_bytes())["entries"]
    digests = {str(one["value"]) for one in entries
               if re.fullmatch("[0-9a-f]{64}", str(one["value"]))}  # fmt: skip
    # Of the content that is signed off (three sign-offs name the same) and of the whole file.
    assert len(digests) == 2
    code, _, err = told("erase", FEATURE, FIELD, "--reason", f"für {OWNER}", "--workspace",
                        workspace)  # fmt: skip
    assert (code, "keeps it for ever" in err) == (2, True)
    code, out, err = told("erase", f"{FEATURE}@1.0.0", FIELD, "--reason", "Widerspruch",
                          "--workspace", workspace)  # fmt: skip
    assert code == 0, err
    for gone in (OWNER, *digests):
        assert list(still_there(outputs, gone)) == []
    code, out, _ = told("verify", "--workspace", workspace)
    assert code == 0, out
    assert "because: Widerspruch" in out
    code, out, _ = told("export", FEATURE, "--rebuild", "--workspace", workspace)
    assert code == 0, out
    page = (folder / "record.html").read_text("utf-8")
    assert OWNER not in page
    assert "nicht offengelegt" in page
    code, _, err = told("erase", FEATURE, FIELD, "--reason", "x", "--workspace", workspace)
    assert (code, "already" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["export", FEATURE], "--to: is missing"),
        (["export", "nobody", "--to", "x"], "no record of 'nobody'"),
        (["export", f"{FEATURE}@9.0.0", "--to", "x"], "no record chat-intent-erkennung@9.0.0"),
        (["export", "absent.pdf", "--to", "x"], "no such file"),
        (["export", "absent.pdf", "--to", "x", "--audience", "public"], "not a lone PDF"),
        (["export", "../x", "--to", "x"], "is no feature id"),
        (["erase", FEATURE, "/gate/status", "--reason", "x"], "no internal field"),
        (["verify", "absent.zip"], "no such file"),
    ],
)
def test_wrong_input_is_one_sentence_and_exit_2(
    sealed: Path, told: Any, arguments: list[str], sentence: str
) -> None:
    code, _, err = told(*arguments, "--workspace", sealed)
    assert code == 2
    assert sentence in err
    assert err.count("\n") == 1
    assert OWNER not in err


def test_a_page_of_other_bytes_is_told_with_the_version_of_typst(
    workspace: Path, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "outputs" / FEATURE / "1.0.0/record.html").write_bytes(b"other")
    code, _, err = told("export", FEATURE, "--rebuild", "--workspace", workspace)
    assert code == 1
    assert "record.html made again, other bytes although the tools are the same" in err
    monkeypatch.setattr("impactbook.records.rebuild._installed", lambda tool: "0.99")
    code, _, err = told("export", FEATURE, "--rebuild", "--workspace", workspace)
    assert code == 1
    assert re.search(r"typst 0\.\d+\.\d+ then, 0\.99 now", err)
    code, _, err = told("export", FEATURE, "--to", workspace / "to", "--workspace", workspace)
    assert (code, "does not verify" in err) == (1, True)
