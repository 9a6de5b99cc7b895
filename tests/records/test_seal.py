"""Sealing: what a record's folder holds, when nothing is sealed, and when sealing refuses."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import resource
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from record_samples import (
    FEATURE,
    composer,
    figures,
    files_below,
    present,
    record_json,
    seal_sample,
    seal_versions,
)

from impactbook.errors import ImpactbookError, InputError, RecordError, StorageError
from impactbook.records import (
    Composition,
    head,
    list_records,
    newest_version,
    read_disclosures,
    read_record,
    sha256,
)
from impactbook.records.seal import seal, write_draft
from impactbook.records.verify import verify


def test_the_first_record_holds_every_file_and_starts_the_ledger(tmp_path: Path) -> None:
    sealed = seal_sample(tmp_path)
    assert sorted(files_below(tmp_path)) == [
        "ledger.jsonl",
        "voicebot/1.0.0/disclosures.json",
        "voicebot/1.0.0/evidence/cv.json",
        "voicebot/1.0.0/evidence/figures.csv",
        "voicebot/1.0.0/manifest.json",
        "voicebot/1.0.0/notebooks/one.ipynb",
        "voicebot/1.0.0/record.html",
        "voicebot/1.0.0/record.json",
        "voicebot/1.0.0/record.pdf",
    ]
    assert (sealed.version, sealed.path) == ("1.0.0", tmp_path / FEATURE / "1.0.0")
    assert sealed.ledger_head == head(tmp_path / "ledger.jsonl")
    assert sealed.manifest == sha256((sealed.path / "manifest.json").read_bytes())


def test_the_manifest_names_size_and_hash_but_leaves_disclosures_to_the_record(
    tmp_path: Path,
) -> None:
    manifest = json.loads((seal_sample(tmp_path).path / "manifest.json").read_bytes())
    assert manifest["files"][0] == {"path": "disclosures.json", "covered_by": "record.json"}
    content = figures()
    entry = {"path": "evidence/figures.csv", "size": len(content), "sha256": sha256(content)}
    assert entry in manifest["files"]
    assert [file["path"] for file in manifest["files"]] == sorted(
        file["path"] for file in manifest["files"]
    )


def test_sealing_fills_in_predecessor_head_and_evidence(tmp_path: Path) -> None:
    first = seal_sample(tmp_path)
    second = seal_sample(tmp_path, value=0.5)
    record = read_record(tmp_path, FEATURE, "1.1.0")
    changes = record["previous"].pop("changes")
    assert record["previous"] == {"version": "1.0.0", "manifest": first.manifest}
    assert (changes["old"], changes["new"], changes["kind"]) == ("1.0.0", "1.1.0", "minor")
    assert record["provenance"]["ledger_head"] == first.ledger_head
    assert record["provenance"]["evidence"]["evidence/figures.csv"] == sha256(figures(0.5))
    assert second.decision.reasons == ("figures",)


def test_names_stand_in_the_disclosures_only(tmp_path: Path) -> None:
    seal_sample(tmp_path)
    assert "Mustermann" not in json.dumps(read_record(tmp_path, FEATURE, "1.0.0"))
    entry = read_disclosures(tmp_path, FEATURE, "1.0.0").entries[0]
    assert (entry.path, entry.value) == ("/assessment/roles/0/person", "Erika Mustermann")


def test_unchanged_seals_nothing_and_touches_nothing(tmp_path: Path) -> None:
    seal_sample(tmp_path)
    before = files_below(tmp_path)
    again = seal_sample(tmp_path, created="2026-12-01T00:00:00Z", as_of="2026-12-01")
    assert (again.decision.kind, again.version) == ("unchanged", "1.0.0")
    assert files_below(tmp_path) == before


def test_force_seals_an_unchanged_record_as_a_patch_that_verifies(tmp_path: Path) -> None:
    seal_sample(tmp_path)
    assert seal_sample(tmp_path, force=True).version == "1.0.1"
    assert all(report.holds for report in verify(tmp_path))


def test_versions_are_ordered_as_numbers(tmp_path: Path) -> None:
    versions = seal_versions(tmp_path, 12)
    assert versions[-1] == "1.11.0" == newest_version(tmp_path, FEATURE)
    assert [name.version for name in list_records(tmp_path)] == versions


def test_a_sealed_record_is_never_changed_by_a_later_one(tmp_path: Path) -> None:
    seal_sample(tmp_path)
    before = files_below(tmp_path / FEATURE / "1.0.0")
    seal_sample(tmp_path, value=0.5)
    assert files_below(tmp_path / FEATURE / "1.0.0") == before


def test_a_draft_is_replaced_and_leaves_versions_and_ledger_alone(tmp_path: Path) -> None:
    seal_sample(tmp_path)
    ledger_before = (tmp_path / "ledger.jsonl").read_bytes()
    for value in (0.5, 0.75):
        place = write_draft(tmp_path, FEATURE, compose=composer(value), present=present)
    assert place == tmp_path / FEATURE / "draft"
    assert (place / "evidence/figures.csv").read_bytes() == figures(0.75)
    assert read_record(tmp_path, FEATURE, "draft")["version"] == "draft"
    assert (tmp_path / "ledger.jsonl").read_bytes() == ledger_before
    assert sorted(path.name for path in (tmp_path / FEATURE).iterdir()) == ["1.0.0", "draft"]


def test_a_draft_can_be_written_while_the_ledger_is_in_disorder(tmp_path: Path) -> None:
    seal_sample(tmp_path)
    (tmp_path / "ledger.jsonl").write_bytes(b"torn")
    assert write_draft(tmp_path, FEATURE, compose=composer(), present=present).is_dir()


def _cut_the_last_line(outputs: Path) -> None:
    path = outputs / "ledger.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def _merge_in_another_record(outputs: Path) -> None:
    shutil.copytree(outputs / FEATURE / "1.0.0", outputs / "other" / "1.0.0")


DISORDER: dict[str, Callable[[Path], Any]] = {
    "the last line is gone": _cut_the_last_line,
    "the ledger is gone": lambda outputs: (outputs / "ledger.jsonl").unlink(),
    "the newest folder is gone": lambda outputs: shutil.rmtree(outputs / FEATURE / "1.1.0"),
    "a folder came from elsewhere": _merge_in_another_record,
    "the last line is torn": lambda o: os.truncate(
        o / "ledger.jsonl", (o / "ledger.jsonl").stat().st_size - 1
    ),
    "the last line was changed": lambda o: (o / "ledger.jsonl").write_bytes(
        (o / "ledger.jsonl").read_bytes().replace(b'"1.1.0"', b'"1.1.1"')
    ),
    "the manifest was changed": lambda o: (o / FEATURE / "1.1.0/manifest.json").write_bytes(b"{}"),
    "the record was changed": lambda o: (o / FEATURE / "1.1.0/record.json").write_bytes(b"{}"),
    "the manifest is gone": lambda o: (o / FEATURE / "1.1.0/manifest.json").unlink(),
}


@pytest.mark.parametrize("disorder", DISORDER.values(), ids=DISORDER)
def test_sealing_refuses_when_ledger_and_folders_disagree(
    tmp_path: Path, disorder: Callable[[Path], Any]
) -> None:
    seal_versions(tmp_path, 2)
    disorder(tmp_path)
    before = files_below(tmp_path)
    with pytest.raises(RecordError) as refused:
        seal_sample(tmp_path, value=0.5)
    assert refused.value.exit_code == 1
    assert files_below(tmp_path) == before


def _without(part: str) -> Any:
    def compose(context: Any) -> Composition:
        made = composer()(context)
        return Composition({k: v for k, v in made.record.items() if k != part}, made.disclosures,
                           made.files)  # fmt: skip

    return compose


def _with_file(path: str) -> Any:
    def compose(context: Any) -> Composition:
        made = composer()(context)
        return Composition(made.record, made.disclosures, {**made.files, path: b""})

    return compose


@pytest.mark.parametrize(
    ("compose", "shown", "message"),
    [
        (_without("gate"), present, "the record's gate cannot be sealed"),
        (composer(feature={"id": "other"}), present, "speaks of another feature"),
        (composer(gate={"status": "perhaps", "reasons": []}), present, "gate.status"),
        (composer(as_of="today"), present, "as_of"),
        (composer(actions=[float("nan")]), present, "/actions/0: is not a finite number"),
        (lambda c: Composition(record_json(assessment={"x": {"sealed": "1" * 64}})), present,
         "the disclosures do not open"),
        (composer(), lambda final: {}, "the record lacks record.pdf, record.html"),
        (composer(), lambda f: {**present(f), "evidence/late.svg": b""}, "was made too late"),
        (_with_file("../escape"), present, "a path outside"),
        (_with_file("a\\b"), present, "a path outside"),
    ],
)  # fmt: skip
def test_what_could_never_be_verified_is_not_sealed(
    tmp_path: Path, compose: Any, shown: Any, message: str
) -> None:
    with pytest.raises(RecordError, match=message):
        seal(tmp_path, FEATURE, compose=compose, present=shown)
    assert files_below(tmp_path) == {}


def test_an_error_while_composing_or_presenting_leaves_nothing(tmp_path: Path) -> None:
    def fail(_: Any) -> Any:
        raise ZeroDivisionError

    for compose, shown in ((fail, present), (composer(), fail)):
        with pytest.raises(ZeroDivisionError):
            seal(tmp_path, FEATURE, compose=compose, present=shown)
    assert files_below(tmp_path) == {}
    assert seal_sample(tmp_path).version == "1.0.0"


def _seal_five(outputs: Path, name: str, shared: bool) -> None:
    feature = FEATURE if shared else name
    for number in range(5):
        seal_sample(outputs, feature, findings=[{"id": f"{name}-{number}"}])


@pytest.mark.parametrize("shared", [True, False], ids=["one feature", "two features"])
def test_two_processes_that_seal_lose_and_reorder_nothing(tmp_path: Path, shared: bool) -> None:
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_seal_five, args=(tmp_path, n, shared)) for n in ("a", "b")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    reports = verify(tmp_path)
    assert len(reports) == 10
    assert all(report.holds for report in reports)
    lines = (tmp_path / "ledger.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, 11))


def test_verifying_holds_at_every_moment_while_somebody_seals(tmp_path: Path) -> None:
    seal_sample(tmp_path, "other")
    worker = multiprocessing.get_context("fork").Process(
        target=_seal_five, args=(tmp_path, FEATURE, True)
    )
    worker.start()
    rounds = 0
    while worker.is_alive():
        assert all(report.holds for report in verify(tmp_path)), verify(tmp_path)
        rounds += 1
    worker.join()
    assert rounds > 1


def test_a_lock_held_too_long_is_said_and_not_broken(tmp_path: Path) -> None:
    from filelock import FileLock

    with FileLock(tmp_path / ".lock"), pytest.raises(InputError, match="another impactbook"):
        seal(tmp_path, FEATURE, compose=composer(), present=present, lock_timeout=0.05)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that a process without privileges can reach."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _in_a_child(action: Callable[[], Any]) -> str:
    """Run `action` in a forked process; the name and text of the error it ended with."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            action()
            said = "done"
        except ImpactbookError as error:
            said = f"{type(error).__name__} {error.exit_code}: {error}"
        except BaseException as error:
            said = f"unexpected {error!r}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as answer:
        return answer.read()


def test_a_read_only_folder_is_one_sentence_and_changes_nothing(reachable: Path) -> None:
    seal_sample(reachable)
    before = files_below(reachable)
    for path in (reachable, *reachable.rglob("*")):
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))

    def action() -> None:
        if os.geteuid() == 0:
            os.setuid(65534)
        seal_sample(reachable, value=0.5)

    said = _in_a_child(action)
    reachable.chmod(0o755)
    assert said.startswith("StorageError 2: ")
    assert "cannot be written (permission denied)" in said
    assert files_below(reachable) == before


def _limited(outputs: Path, size: int, value: float) -> Callable[[], None]:
    def action() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        seal_sample(outputs, value=value)

    return action


@pytest.mark.parametrize("earlier", [0, 6])
def test_a_size_limit_at_whichever_file_leaves_nothing_behind(tmp_path: Path, earlier: int) -> None:
    # With six earlier records the ledger is larger than any file of a record, so that the largest
    # limits below let the folder be written and stop the append.
    seal_versions(tmp_path, earlier)
    before = files_below(tmp_path)
    largest = max([len(content) for content in before.values()], default=3000)
    outcomes = set()
    for size in (0, 10, 200, 700, 1000, 1500, largest - 1, largest + 5):
        said = _in_a_child(_limited(tmp_path, size, 0.5))
        outcomes.add(said.split(":")[0])
        if said == "done":
            break
        assert said.startswith("StorageError 2: "), said
        assert files_below(tmp_path) == before
        if not earlier:
            assert not (tmp_path / FEATURE).exists()
    assert "StorageError 2" in outcomes
    assert seal_sample(tmp_path, value=0.75).decision.kind in ("first", "minor")
    assert all(report.holds for report in verify(tmp_path))


def _is_folder(handle: object) -> bool:
    return isinstance(handle, int) and stat.S_ISDIR(os.fstat(handle).st_mode)


@pytest.mark.parametrize("operation", ["write", "fsync", "rename"])
@pytest.mark.parametrize("earlier", [0, 1])
def test_a_disk_that_fails_after_the_intent_takes_the_record_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str, earlier: int
) -> None:
    seal_versions(tmp_path, earlier)
    before = files_below(tmp_path)
    write, fsync, rename = os.write, os.fsync, Path.rename
    announced = tmp_path / ".sealing.json"
    failed = []

    def full(real: Callable[..., Any], half: bool = False) -> Callable[..., Any]:
        def act(*arguments: Any) -> Any:
            if not announced.exists() or failed or _is_folder(arguments[0]):
                return real(*arguments)
            failed.append(operation)
            if half:
                real(arguments[0], arguments[1][:99])
            raise OSError(errno.ENOSPC, "no space")

        return act

    monkeypatch.setattr(os, "write", full(write, half=True) if operation == "write" else write)
    monkeypatch.setattr(os, "fsync", full(fsync) if operation == "fsync" else fsync)
    monkeypatch.setattr(Path, "rename", full(rename) if operation == "rename" else rename)
    with pytest.raises(StorageError, match="no space left on the device"):
        seal_sample(tmp_path, value=0.5)
    assert failed == [operation]
    assert files_below(tmp_path) == before
    monkeypatch.undo()
    seal_sample(tmp_path, value=0.75)
    assert all(report.holds for report in verify(tmp_path))


def test_an_interruption_while_the_ledger_is_written_takes_the_record_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_sample(tmp_path)
    before = files_below(tmp_path)

    def interrupted(handle: int, content: bytes) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        seal_sample(tmp_path, value=0.5)
    assert files_below(tmp_path) == before


def test_outputs_in_a_place_that_is_a_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("")
    with pytest.raises(StorageError):
        seal_sample(tmp_path / "outputs")


@pytest.mark.parametrize(("feature", "version"), [("none", "1.0.0"), (FEATURE, "9.9.9"),
    ("../x", "1.0.0"), (FEATURE, ".."), (FEATURE, "draft")])  # fmt: skip
def test_reading_a_record_that_does_not_exist_is_the_users_mistake(
    tmp_path: Path, feature: str, version: str
) -> None:
    seal_sample(tmp_path)
    with pytest.raises(InputError, match="there is no record"):
        read_record(tmp_path, feature, version)
