"""Faults at every file operation of `sign`, `export`, `erase`: nothing is lost, nothing half stays.

The commands run as a person runs them; `faults` kills them, fills the disk, takes the folder away.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from export_samples import NAMES, composer, present, seal_sample
from faults import (
    FAULTS,
    FULL,
    KILLED,
    READ_ONLY,
    Ended,
    Fault,
    copies_of,
    files_left,
    moments,
    told_in_one_sentence,
)
from signing_samples import signer

from impactbook.cli.app import run_app
from impactbook.execute import composing
from impactbook.records import ledger, read_disclosures
from impactbook.records.erase import still_there
from impactbook.records.manifest import SIGNED_PDF
from impactbook.records.seal import write_draft
from impactbook.records.verify import verify
from small_disk import small_disk

NAME = "voicebot@1.0.0"
FIELD = "/assessment/roles/0/person"
RECORD = "outputs/voicebot/1.0.0"
SLOW = pytest.mark.slow

Command = Callable[[Path], int]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key as a person keeps it, outside the workspace."""
    path = tmp_path_factory.mktemp("key") / "key.pem"
    path.write_bytes(signer().key_pem() + signer().pem)
    return path


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two records of one feature and a draft; a name stands in all three."""
    root = tmp_path_factory.mktemp("workspace") / "ws"
    outputs = root / "outputs"
    seal_sample(outputs)
    seal_sample(outputs, findings=[{"id": "late"}])
    write_draft(outputs, "voicebot", compose=composer(), present=present)
    (root / "impactbook.toml").write_text('schema = "impactbook/workspace/1"\n', encoding="utf-8")
    return root


@pytest.fixture(autouse=True)
def _sample_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample's pages: made in no time, and without a file that is not ours."""
    monkeypatch.setattr(composing, "present", present)


@pytest.fixture
def commands(key: Path) -> dict[str, Command]:
    """Each command by its name; `rebuild` is `export` of a lone PDF."""
    given = {
        "sign": ("sign", NAME, "--key", key),
        "export": ("export", NAME, "--to", "zips", "--audience", "public"),
        "rebuild": ("export", f"{RECORD}/record.pdf", "--to", "back"),
        "erase": ("erase", NAME, FIELD, "--reason", "Art. 21 DSGVO"),
    }

    def command(name: str) -> Command:
        def run(root: Path) -> int:
            placed = [root / word if word in ("zips", "back") or "/record.pdf" in str(word) else word
                      for word in given[name]]  # fmt: skip
            return run_app([*map(str, placed), "--workspace", str(root)])

        return run

    return {name: command(name) for name in given}


def again(command: Command, root: Path) -> tuple[int, str]:
    """The next run: its exit code and all it says."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        code = command(root)
    return code, out.getvalue()


def met(
    command: Command, workspace: Path, place: Path, fault: Fault, at_least: int
) -> Iterator[Ended]:
    """Every moment of a command at which the fault can strike, checked as all of them must be."""
    warm = Path(shutil.copytree(workspace, place / "warm"))
    assert again(command, warm)[0] == 0
    count = 0
    for ended in moments(copies_of(workspace, place), command, fault):
        count += 1
        if ended.code is not None:
            told_in_one_sentence(ended, fault)
            assert ended.said.count("impactbook: ") <= 1, ended
        reports = verify(ended.folder / "outputs")
        assert len(reports) == 2, ended
        assert all(report.holds for report in reports), (ended, reports)
        yield ended
        reports = verify(ended.folder / "outputs")
        assert len(reports) == 2, ended
        assert all(report.holds for report in reports), (ended, reports)
        assert files_left(ended.folder) == [], ended
        shutil.rmtree(ended.folder)
    assert count >= at_least, count


def faults(*fast: Fault) -> pytest.MarkDecorator:
    every = (KILLED, *FAULTS)
    return pytest.mark.parametrize(
        "fault", [pytest.param(f, id=f.name, marks=() if f in fast else SLOW) for f in every]
    )


@faults(FULL)
def test_a_fault_at_any_moment_of_signing_leaves_the_record_signed_or_as_it_was(
    workspace: Path, commands: dict[str, Command], tmp_path: Path, fault: Fault
) -> None:
    for ended in met(commands["sign"], workspace, tmp_path, fault, 10):
        outputs = ended.folder / "outputs"
        signed = (outputs / "voicebot/1.0.0" / SIGNED_PDF).exists()
        assert signed or ended.code != 0, ended
        code, said = again(commands["sign"], ended.folder)
        assert code == 0, (ended, said)
        assert f"signature {2 if signed else 1} stands" in said, (ended, said)


@faults(KILLED)
def test_a_fault_at_any_moment_of_exporting_leaves_no_zip_or_the_whole_one(
    workspace: Path, commands: dict[str, Command], tmp_path: Path, fault: Fault
) -> None:
    made = Path("zips/voicebot-1.0.0-public.zip")
    for ended in met(commands["export"], workspace, tmp_path, fault, 5):
        whole = (tmp_path / "warm" / made).read_bytes()
        there = ended.folder / made
        assert not there.exists() or there.read_bytes() == whole, ended
        code, said = again(commands["export"], ended.folder)
        assert code == 0, (ended, said)
        assert there.read_bytes() == whole
        assert list(there.parent.iterdir()) == [there], ended


@faults(READ_ONLY)
def test_a_fault_at_any_moment_of_rebuilding_a_folder_leaves_none_or_the_whole_one(
    workspace: Path, commands: dict[str, Command], tmp_path: Path, fault: Fault
) -> None:
    made = Path("back/voicebot-1.0.0")
    for ended in met(commands["rebuild"], workspace, tmp_path, fault, 15):
        if not (ended.folder / made).exists():
            code, said = again(commands["rebuild"], ended.folder)
            assert code == 0, (ended, said)
        for path in (tmp_path / "warm" / made).rglob("*"):
            same = ended.folder / made / path.relative_to(tmp_path / "warm" / made)
            assert path.is_dir() or same.read_bytes() == path.read_bytes(), ended
        assert list((ended.folder / made).parent.iterdir()) == [ended.folder / made], ended


@faults(FULL)
def test_a_fault_at_any_moment_of_erasing_ends_with_the_value_in_no_file(
    workspace: Path, commands: dict[str, Command], tmp_path: Path, fault: Fault
) -> None:
    for ended in met(commands["erase"], workspace, tmp_path, fault, 15):
        outputs = ended.folder / "outputs"
        gone = not any(still_there(outputs, NAMES[0]))
        assert gone or ended.code != 0, ended
        code, said = again(commands["erase"], ended.folder)
        assert (code, "was erased from" in said) in [(0, False), (2, True)], (ended, said)
        assert list(still_there(outputs, NAMES[0])) == [], ended
        # The rest is as it was: the other person stays.
        other = read_disclosures(outputs, "voicebot", "1.1.0").entries
        assert NAMES[1] in [entry.value for entry in other], ended
        assert len(ledger.read_ledger((outputs / ledger.LEDGER).read_bytes()).lines) == 4, ended


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of two megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    with small_disk(place, "2m"):
        yield place


def fill(place: Path, pages: int) -> Path:
    """Fill a file system but for so many pages."""
    filler = place / "filler"
    state = os.statvfs(place)
    filler.write_bytes(b"\0" * (state.f_bavail - pages) * state.f_frsize)
    return filler


@SLOW
@pytest.mark.parametrize("name", ["sign", "export", "rebuild", "erase"])
def test_a_disk_that_really_fills_up_is_one_sentence_and_the_next_run_succeeds(
    workspace: Path, commands: dict[str, Command], disk: Path, name: str
) -> None:
    ended = []
    for pages in range(40):
        root = Path(shutil.copytree(workspace, disk / "ws"))
        filler = fill(disk, pages)
        code, said = again(commands[name], root)
        ended.append(code)
        if code:
            assert code == 2, said
            assert said.count("impactbook: ") == 1, said
            assert "no space left on the device); free some space and run again." in said
        assert all(report.holds for report in verify(root / "outputs")), (pages, said)
        assert len(verify(root / "outputs")) == 2
        filler.unlink()
        if code or name == "sign":
            code, said = again(commands[name], root)
            assert code == 0, (pages, said)
            assert all(report.holds for report in verify(root / "outputs")), pages
        assert files_left(root) == [], pages
        shutil.rmtree(root)
    # No page is too few for each of them, and forty are enough.
    assert (ended[0], ended[-1]) == (2, 0), ended
