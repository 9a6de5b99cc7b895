"""A fault at every file operation of sealing: nothing sealed is lost, nothing half remains.

Killed, disk full, read-only, a network folder that vanishes; `faults` makes them.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from faults import (
    FAULTS,
    FULL,
    Fault,
    files_left,
    killed_at,
    killed_moments,
    moments,
    told_in_one_sentence,
)
from record_samples import FEATURE, composer, files_below, present, seal_sample, seal_versions

from impactbook.errors import RecordError
from impactbook.records import ledger, list_records
from impactbook.records.canonical import canonical
from impactbook.records.intent import INTENT, SEALING, Intent
from impactbook.records.lock import LOCK
from impactbook.records.seal import write_draft
from impactbook.records.verify import verify


@pytest.mark.parametrize("earlier", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_any_moment_the_next_run_succeeds_and_all_verifies(
    tmp_path: Path, earlier: int
) -> None:
    def prepared(moment: int) -> Path:
        outputs = tmp_path / str(moment)
        seal_versions(outputs, earlier)
        return outputs

    killed = killed_moments(prepared, lambda at: seal_sample(at, value=0.5))
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
        assert files_left(outputs) == []
    # Both outcomes occur: taken back before the rename, completed after it.
    assert 0 < finished < len(killed)


SLOW = pytest.mark.slow


@pytest.mark.parametrize("earlier", [0, pytest.param(1, marks=SLOW)])
@pytest.mark.parametrize(
    "fault",
    [pytest.param(each, id=each.name, marks=() if each is FULL else SLOW) for each in FAULTS],
)
def test_a_fault_at_any_moment_is_one_sentence_and_the_next_run_succeeds(
    tmp_path: Path, fault: Fault, earlier: int
) -> None:
    def prepared(moment: int) -> Path:
        outputs = tmp_path / str(moment)
        outputs.mkdir()
        seal_versions(outputs, earlier)
        return outputs

    met = list(moments(prepared, lambda at: seal_sample(at, value=0.5), fault))
    assert len(met) > 25
    for ended in met:
        outputs = ended.folder
        told_in_one_sentence(ended, fault)
        if earlier or (list_records(outputs) and not (outputs / INTENT).exists()):
            assert all(report.holds for report in verify(outputs)), (ended, verify(outputs))
        beneath = outputs.with_name(f"{outputs.name}-beneath")
        if ended.code == 0 and (beneath / ledger.LEDGER).exists():
            # Gone before the lock was taken: an empty folder is a workspace without records.
            assert (beneath / LOCK).exists()
            assert all(report.holds for report in verify(beneath))
        elif ended.code == 0:
            assert len(list_records(outputs)) == earlier + 1, ended
        seal_sample(outputs, value=0.5)
        reports = verify(outputs)
        assert len(reports) == earlier + 1
        assert all(report.holds for report in reports), (ended, reports)
        assert files_left(outputs) == []


@SLOW
def test_killed_again_while_cleaning_up_the_run_after_that_succeeds(tmp_path: Path) -> None:
    def prepared(moment: int) -> Path:
        outputs = tmp_path / str(moment)
        seal_versions(outputs, 1)
        return outputs

    killed = killed_moments(prepared, lambda at: seal_sample(at, value=0.5))
    announced = [outputs for outputs in killed if (outputs / INTENT).exists()]
    # Killed after the intent was written: before and after the rename, amid and after the append.
    assert len(announced) >= 4
    for outputs in announced:
        for moment in range(40):
            again = outputs.with_name(f"{outputs.name}-{moment}")
            shutil.copytree(outputs, again)
            if not killed_at(moment, again, lambda at: seal_sample(at, value=0.5)):
                assert moment > 2
                break
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

    for outputs in killed_moments(prepared, write):
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
    SEALING.write(tmp_path, intent)
    with (tmp_path / ledger.LEDGER).open("ab") as file:
        file.write(ledger.line_bytes(intent.line)[:40] + b"\0" * 50)
    assert all(report.holds for report in verify(tmp_path))
    assert seal_sample(tmp_path, value=0.5).version == "1.1.0"
    assert all(report.holds for report in verify(tmp_path))


def test_an_intent_that_names_a_sealed_record_deletes_nothing(tmp_path: Path) -> None:
    seal_versions(tmp_path, 1)
    SEALING.write(tmp_path, _intent(tmp_path, version="1.0.0"))
    with pytest.raises(RecordError, match="was interrupted"):
        seal_sample(tmp_path, value=0.5)
    assert (tmp_path / FEATURE / "1.0.0/record.json").exists()


def test_an_intent_that_the_ledger_has_moved_past_is_refused_and_seen(tmp_path: Path) -> None:
    seal_versions(tmp_path, 1)
    intent = _intent(tmp_path)
    seal_sample(tmp_path, value=0.5)
    SEALING.write(tmp_path, intent)
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
