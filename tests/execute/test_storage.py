"""Disks that are full, folders one may not write: one sentence, nothing half-made, nothing lost."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_workspace import (
    DAY,
    FEATURE,
    QUIET,
    WITHOUT_DATA,
    add_feature,
    assessment_of,
    below,
    change,
    command,
    nobody,
    record_of,
    run_here,
)

from impactbook.errors import StorageError
from impactbook.execute.notebooks import execute
from impactbook.records.verify import verify
from small_disk import small_disk


def run(root: Path, *more: str, feature: str = FEATURE) -> int:
    return command("run", feature, "--as-of", DAY.isoformat(), *more, "--workspace", root)


def refused(told: str, *parts: str) -> None:
    """The last line is one sentence that names all parts."""
    sentence = told.splitlines()[-1]
    assert sentence.startswith("impactbook: ")
    assert "Traceback" not in told
    assert "unexpected" not in told
    for part in parts:
        assert part in sentence


def contents(folder: Path) -> dict[str, bytes]:
    return {n: (folder / n).read_bytes() for n in below(folder) if not n.endswith(".lock")}


# --- Folders one may not write -------------------------------------------------------------------


@contextmanager
def without_the_right_to_write_outputs(root: Path) -> Iterator[None]:
    """Everything belongs to `nobody`, and so do we; the outputs belong to root or are closed."""
    if os.geteuid() == 0:
        for path in [root, *root.rglob("*")]:
            if not path.is_relative_to(root / "outputs"):
                os.chown(path, 65534, 65534)
    folders = [path for path in [root / "outputs", *(root / "outputs").rglob("*")] if path.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    with nobody(root):
        yield
    for folder in folders:
        folder.chmod(0o755)


@pytest.mark.parametrize("more", [(), ("--draft",), ("--force",)])
def test_outputs_one_may_not_write_are_named_and_stay_as_they_were(
    small_sealed: Path, more: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    add_feature(small_sealed, QUIET, WITHOUT_DATA)
    before = contents(small_sealed / "outputs")
    with without_the_right_to_write_outputs(small_sealed):
        assert run(small_sealed, *more, feature=QUIET) == 2
    refused(capsys.readouterr().err, "outputs", "permission denied", "write permission")
    assert contents(small_sealed / "outputs") == before
    assert run(small_sealed, *more, feature=QUIET) == 0


def test_an_unchanged_feature_needs_no_right_to_write(
    small_sealed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with without_the_right_to_write_outputs(small_sealed):
        assert run(small_sealed) == 0
    assert "unchanged" in capsys.readouterr().out


# --- Full disks ----------------------------------------------------------------------------------


def grow(place: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], check=True)


def used(place: Path) -> int:
    found = os.statvfs(place)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def test_a_disk_that_fills_up_while_sealing_loses_nothing(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(small / "outputs", "32m") as outputs:
        assert run(small) == 0
        before = contents(outputs)
        change(assessment_of(small), "Ungefragter", "Unerwarteter")
        # Room for some of the files, not for all of them.
        grow(outputs, str(used(outputs) + 150_000))
        capsys.readouterr()
        assert run(small) == 2
        refused(capsys.readouterr().err, f"outputs/{FEATURE}", "no space left", "free some space")
        assert contents(outputs) == before
        assert all(report.holds for report in verify(outputs))
        assert run(small, "--draft") == 2
        assert contents(outputs) == before
        grow(outputs, "32m")
        assert run(small) == 0
        assert record_of(small, "1.1.0").is_dir()
        assert all(report.holds for report in verify(outputs))


@pytest.mark.parametrize("free", [0, 8192])
def test_a_disk_without_room_for_anything_says_so(
    small: Path, free: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(small / "outputs", "1m") as outputs:
        (outputs / "ballast").write_bytes(b"x" * (1_048_576 - free))
        assert run(small) == 2
        refused(capsys.readouterr().err, "no space left", "free some space")
        assert set(below(outputs)) <= {"ballast", ".lock"}


def test_a_full_disk_under_the_private_folder_is_told_before_a_kernel_starts(small: Path) -> None:
    with small_disk(small / ".impactbook", "1m") as private:
        (private / "ballast").write_bytes(b"x" * (1_048_576 - 3 * 4096))
        with pytest.raises(StorageError) as caught:
            execute(
                small / "notebooks/impact_assessment.ipynb",
                private / "runs" / QUIET / "impact_assessment.ipynb",
                {"feature": QUIET},
                root=small,
            )
    assert str(caught.value).startswith(f"{private}/runs/{QUIET}")
    assert "no space left on the device); free some space and run again." in str(caught.value)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond this size; the limit of a quota or of `ulimit -f`."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_limit_on_the_size_of_files_is_told_and_nothing_is_left(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_feature(small, QUIET, WITHOUT_DATA)
    run_here(small)
    before = contents(small / "outputs")
    with largest_file(100_000):
        code = run(small, feature=QUIET)
    assert code == 2
    refused(capsys.readouterr().err, "larger than allowed here", "raise the size limit")
    assert contents(small / "outputs") == before
    assert run(small, feature=QUIET) == 0
