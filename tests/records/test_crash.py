"""kill -9 at every file operation of sealing: nothing sealed is lost, nothing half remains."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from record_samples import FEATURE, composer, files_below, present, seal_sample, seal_versions

from impactbook.errors import RecordError
from impactbook.records import ledger, list_records
from impactbook.records.canonical import canonical
from impactbook.records.intent import INTENT, Intent, write_intent
from impactbook.records.seal import write_draft
from impactbook.records.verify import verify

WATCHED = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod"}


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _killed_at(moment: int, outputs: Path, action: Callable[[], Any]) -> bool:
    """Run `action` in a child that dies at its `moment`-th file operation; False: it finished.

    Half of a write is done before the process dies in it, so lines and files are torn as well.
    """
    child = os.fork()
    if child == 0:
        left = moment

        def passed() -> bool:
            nonlocal left
            left -= 1
            return left < 0

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            if event in WATCHED and str(outputs) in repr(arguments) and passed():
                _die()

        fsync, write = os.fsync, os.write

        def dying_fsync(handle: int) -> None:
            if passed():
                _die()
            fsync(handle)

        def dying_write(handle: int, content: bytes) -> int:
            if passed():
                write(handle, content[: len(content) // 2])
                _die()
            return write(handle, content)

        os.fsync, os.write = dying_fsync, dying_write  # type: ignore[assignment]
        sys.addaudithook(hook)
        code = 1
        try:
            action()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0
        return False
    assert os.WTERMSIG(status) == signal.SIGKILL
    return True


def _moments(outputs_of: Callable[[int], Path], action: Callable[[Path], Any]) -> list[Path]:
    """One folder for each moment at which a process was killed, until it runs to its end."""
    killed = []
    for moment in range(400):
        outputs = outputs_of(moment)
        if not _killed_at(moment, outputs, lambda at=outputs: action(at)):  # type: ignore[misc]
            return killed
        killed.append(outputs)
    raise AssertionError("sealing never came to its end")


@pytest.mark.parametrize("earlier", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_any_moment_the_next_run_succeeds_and_all_verifies(
    tmp_path: Path, earlier: int
) -> None:
    def prepared(moment: int) -> Path:
        outputs = tmp_path / str(moment)
        seal_versions(outputs, earlier)
        return outputs

    killed = _moments(prepared, lambda at: seal_sample(at, value=0.5))
    # 9 files are opened, written and flushed, then renamed, chained and announced.
    assert len(killed) > 30
    finished = 0
    for outputs in killed:
        if earlier:
            assert all(report.holds for report in verify(outputs)), verify(outputs)
        sealed = seal_sample(outputs, value=0.5)
        finished += sealed.decision.kind == "unchanged"
        reports = verify(outputs)
        assert len(reports) == earlier + 1
        assert all(report.holds for report in reports), reports
        assert [path for path in files_below(outputs) if "/." in path or path[0] == "."] == []
    # Both outcomes occur: taken back before the rename, completed after it.
    assert 0 < finished < len(killed)


@pytest.mark.slow
def test_killed_again_while_cleaning_up_the_run_after_that_succeeds(tmp_path: Path) -> None:
    def prepared(moment: int) -> Path:
        outputs = tmp_path / str(moment)
        seal_versions(outputs, 1)
        return outputs

    killed = _moments(prepared, lambda at: seal_sample(at, value=0.5))
    announced = [outputs for outputs in killed if (outputs / INTENT).exists()]
    # Killed after the intent was written: before and after the rename, amid and after the append.
    assert len(announced) >= 4
    for outputs in announced:
        for moment in range(0, 12, 2):
            again = outputs.with_name(f"{outputs.name}-{moment}")
            shutil.copytree(outputs, again)
            assert _killed_at(moment, again, lambda at=again: seal_sample(at, value=0.5))  # type: ignore[misc]
            seal_sample(again, value=0.5)
            assert all(report.holds for report in verify(again))
            assert len(list_records(again)) == 2


def test_a_draft_killed_at_any_moment_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    def prepared(moment: int) -> Path:
        outputs = tmp_path / str(moment)
        write_draft(outputs, FEATURE, compose=composer(0.25), present=present)
        return outputs

    def write(outputs: Path, value: float = 0.5) -> None:
        write_draft(outputs, FEATURE, compose=composer(value), present=present)

    for outputs in _moments(prepared, write):
        draft = outputs / FEATURE / "draft"
        assert not draft.exists() or len(files_below(draft)) == 8
        write(outputs, 0.75)
        assert [path.name for path in (outputs / FEATURE).iterdir()] == ["draft"]


def test_a_torn_line_that_no_sealing_explains_is_not_healed(tmp_path: Path) -> None:
    seal_versions(tmp_path, 1)
    with (tmp_path / ledger.LEDGER).open("ab") as file:
        file.write(b'{"created":"2026')
    with pytest.raises(RecordError, match="no sealing explains it"):
        seal_sample(tmp_path, value=0.5)


def _intent(outputs: Path, **changes: Any) -> Intent:
    last = ledger.tail(outputs / ledger.LEDGER).last
    given = {"feature": FEATURE, "version": "1.1.0", "manifest": "a" * 64,
             "created": "2026-11-23T10:00:00Z", "after": last}  # fmt: skip
    line = ledger.seal_line(**{**given, **changes})  # type: ignore[arg-type]
    return Intent(staging=".1.1.0.part-00", line=line)


def test_zeros_from_a_power_cut_count_as_the_beginning_of_the_announced_line(
    tmp_path: Path,
) -> None:
    seal_versions(tmp_path, 1)
    intent = _intent(tmp_path)
    write_intent(tmp_path, intent)
    with (tmp_path / ledger.LEDGER).open("ab") as file:
        file.write(ledger.line_bytes(intent.line)[:40] + b"\0" * 50)
    assert all(report.holds for report in verify(tmp_path))
    assert seal_sample(tmp_path, value=0.5).version == "1.1.0"
    assert all(report.holds for report in verify(tmp_path))


def test_an_intent_that_names_a_sealed_record_deletes_nothing(tmp_path: Path) -> None:
    seal_versions(tmp_path, 1)
    write_intent(tmp_path, _intent(tmp_path, version="1.0.0"))
    with pytest.raises(RecordError, match="was interrupted"):
        seal_sample(tmp_path, value=0.5)
    assert (tmp_path / FEATURE / "1.0.0/record.json").exists()


def test_an_intent_that_the_ledger_has_moved_past_is_refused_and_seen(tmp_path: Path) -> None:
    seal_versions(tmp_path, 1)
    intent = _intent(tmp_path)
    seal_sample(tmp_path, value=0.5)
    write_intent(tmp_path, intent)
    assert not any(report.holds for report in verify(tmp_path))
    with pytest.raises(RecordError, match=r"was changed since; restore `outputs`"):
        seal_sample(tmp_path, value=0.75)


@pytest.mark.parametrize("staging", ["../..", ".x.part-00/../../..", "1.0.0"])
def test_an_intent_cannot_point_at_another_folder(tmp_path: Path, staging: str) -> None:
    seal_versions(tmp_path, 1)
    forged = _intent(tmp_path).model_dump(mode="json", by_alias=True) | {"staging": staging}
    (tmp_path / INTENT).write_bytes(canonical(forged))
    with pytest.raises(RecordError, match="cannot be read"):
        seal_sample(tmp_path, value=0.5)
    assert (tmp_path / FEATURE / "1.0.0/record.json").exists()
