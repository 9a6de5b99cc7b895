"""Verifying sealed records, in numbered steps; `PLAN` below is the list and the code in one.

 1. The folder holds what every record holds, and plain files only.
 2. The manifest is canonical and speaks of this record.
 3. Every file has the size and SHA-256 of the manifest; none is missing, none was added.
 4. `record.json` is canonical, follows its schema, and names the evidence that lies beside it.
 5. Every disclosure opens its sealed field; none is missing without an erasure in the ledger.
 6. Every line of the ledger is whole, unchanged, and follows the line before it.
 7. The ledger names this record once, with this manifest, after the head the record names.
 8. Ledger and folders name the same records.
 9. The record follows the record before it, which is unchanged.
10. The copies embedded in `record.pdf` are the record's files.
11. The version is the one that the rules give.

A step whose ground is gone (no manifest to compare with) is `not checked`, which is not `passed`.
`pdf_alone` has the plan for a PDF alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from impactbook.errors import InputError, RecordError
from impactbook.model.record import CoveredFile, Manifest, ManifestFile, SealLine
from impactbook.records import contents, folders, ledger
from impactbook.records.canonical import sha256, sha256_file
from impactbook.records.disclosures import misfits, undisclosed
from impactbook.records.embedded import embedded_files, record_path
from impactbook.records.folders import RecordName
from impactbook.records.manifest import (
    DISCLOSURES,
    FIGURES,
    HTML,
    MANIFEST,
    PDF,
    RECORD,
    REQUIRED_FILES,
    read_manifest,
)
from impactbook.records.snapshot import Snapshot, take_snapshot
from impactbook.records.verification import (
    NotChecked,
    Step,
    StepFails,
    VerificationReport,
    checked_record,
    ground,
    listed,
    run_plan,
)
from impactbook.records.versions import bump, next_version

_NOTEBOOKS = "notebooks/"
_REBUILT_ON_ERASURE = (PDF, HTML, _NOTEBOOKS)


def verify(
    outputs: Path, feature: str | None = None, version: str | None = None
) -> tuple[VerificationReport, ...]:
    """Verify all records, those of one feature, or one record.

    Records that have a folder and records that the ledger names are both verified. Raises
    `InputError` when there is no such record; whatever is wrong with a record is in its report.
    """
    try:
        snapshot = take_snapshot(outputs)
    except RecordError as error:
        return (_unreadable(outputs, error),)
    everything = {*snapshot.records, *snapshot.seals} - {snapshot.pending}
    wanted = sorted(
        (
            name
            for name in everything
            if feature in (None, name.feature) and version in (None, name.version)
        ),
        key=lambda name: name.order,
    )
    if wanted:
        return tuple(_report(_Case(outputs, name, snapshot)) for name in wanted)
    if snapshot.chain_problems and not everything:
        return (_unreadable(outputs, RecordError(listed(snapshot.chain_problems))),)
    asked = "@".join(part for part in (feature, version) if part)
    raise InputError(
        f"there is no sealed record {f'of {asked} ' if asked else ''}to verify",
        remedy="`impactbook status` lists all records, `impactbook run` seals one",
        file=outputs,
    )


def verify_record(outputs: Path, feature: str, version: str) -> VerificationReport:
    """Verify one record; raises `InputError` when neither a folder nor the ledger knows it."""
    return verify(outputs, feature, version)[0]


@dataclass(frozen=True)
class _Case:
    """One record under verification; what is read is read once and fails where it is used."""

    outputs: Path
    name: RecordName
    snapshot: Snapshot

    @property
    def folder(self) -> Path:
        return self.name.folder(self.outputs)

    @cached_property
    def manifest_bytes(self) -> bytes:
        return self.read(MANIFEST)

    @cached_property
    def manifest(self) -> Manifest:
        return read_manifest(self.manifest_bytes)

    @cached_property
    def record(self) -> dict[str, Any]:
        return checked_record(self.read(RECORD))

    @cached_property
    def rebuilt(self) -> dict[str, ManifestFile]:
        """Files that erasures wrote anew, the last erasure's word counting."""
        lines = self.snapshot.erased.get(self.name, ())
        return {
            file.path: file
            for line in lines
            for file in line.files
            if file.path.startswith(_REBUILT_ON_ERASURE)
        }

    @cached_property
    def seal_line(self) -> SealLine:
        lines = self.snapshot.seals.get(self.name, ())
        if not lines:
            raise StepFails("the ledger does not name this record")
        if len(lines) > 1:
            raise StepFails(f"the ledger names this record {len(lines)} times")
        return lines[0]

    def read(self, file: str) -> bytes:
        try:
            return (self.folder / file).read_bytes()
        except OSError:
            raise RecordError(f"{file}: cannot be read.") from None

    def facts(self) -> dict[str, str]:
        facts = {"feature": self.name.feature, "version": self.name.version}
        if lines := self.snapshot.seals.get(self.name):
            facts |= {"sealed": lines[0].created, "ledger line": lines[0].hash}
        return facts | {"ledger head": self.snapshot.reading.head or "none"}


def _check_folder(case: _Case) -> str:
    if not case.folder.is_dir() or case.folder.is_symlink():
        raise StepFails("the record's folder is missing")
    plain, other = _listing(case.folder)
    if other:
        raise StepFails(f"no plain files: {listed(other)}")
    missing = [file for file in (*REQUIRED_FILES, MANIFEST) if file not in plain]
    if missing:
        raise StepFails(f"missing: {listed(missing)}")
    return f"{len(plain)} files"


def _check_manifest(case: _Case) -> str:
    manifest = case.manifest
    if (manifest.feature, manifest.version) != (case.name.feature, case.name.version):
        raise StepFails("the manifest speaks of another record")
    covered = [file.path for file in manifest.files if isinstance(file, CoveredFile)]
    if covered != [DISCLOSURES]:
        raise StepFails(f"only {DISCLOSURES} may stand without a hash")
    return f"sha256 {sha256(case.manifest_bytes)}"


def _check_files(case: _Case) -> str:
    manifest = ground(lambda: case.manifest, MANIFEST)
    found = contents.problems(case.folder, manifest, case.rebuilt)
    if found:
        raise StepFails(listed(found))
    return f"{len(manifest.files)} files agree"


def _check_record(case: _Case) -> str:
    record = case.record
    if (record["feature"]["id"], record["version"]) != (case.name.feature, case.name.version):
        raise StepFails("record.json speaks of another record")
    named = record["provenance"]["evidence"]
    beside = [path for path in _listing(case.folder)[0] if path.startswith("evidence/")]
    differing = [path for path in {*named, *beside} if _hash(case.folder / path) != named.get(path)]
    if differing:
        raise StepFails(f"not the evidence that record.json names: {listed(sorted(differing))}")
    return f"names {len(named)} files of evidence"


def _check_disclosures(case: _Case) -> str:
    disclosures = folders.parse_disclosures(case.read(DISCLOSURES))
    record = ground(lambda: case.record, RECORD)
    wrong = misfits(record, disclosures)
    if wrong:
        raise StepFails(f"does not open the sealed field: {listed(wrong)}")
    erasures = {
        path: line for line in case.snapshot.erased.get(case.name, ()) for path in line.fields
    }
    left_out = undisclosed(record, disclosures)
    unexplained = [path for path in left_out if path not in erasures]
    if unexplained:
        raise StepFails(f"missing without an erasure in the ledger: {listed(unexplained)}")
    erased = [
        f"{path} erased on {erasures[path].created[:10]} because: {erasures[path].reason}"
        for path in left_out
    ]
    return "; ".join([f"{len(disclosures.entries)} opened", *erased])


def _check_chain(case: _Case) -> str:
    if case.snapshot.chain_problems:
        raise StepFails(listed(case.snapshot.chain_problems))
    return f"{len(case.snapshot.reading.lines)} lines"


def _check_place(case: _Case) -> str:
    line = case.seal_line
    record = ground(lambda: case.record, RECORD)
    if line.manifest != sha256(ground(lambda: case.manifest_bytes, MANIFEST)):
        raise StepFails("the ledger names another manifest")
    if record["provenance"]["ledger_head"] != line.previous:
        raise StepFails("the record names another ledger head than its line follows")
    if record["created"] != line.created:
        raise StepFails("the ledger and the record give different times")
    return f"line {line.seq}"


def _check_folders(case: _Case) -> str:
    if case.snapshot.folder_problems:
        raise StepFails(listed(case.snapshot.folder_problems))
    return f"{len(case.snapshot.records)} records"


def _check_previous(case: _Case) -> str:
    previous = ground(lambda: case.record, RECORD)["previous"]
    if case.name not in case.snapshot.before:
        raise NotChecked("the ledger does not name this record")
    before = case.snapshot.before[case.name]
    expected = {"version": before.version, "manifest": before.manifest} if before else None
    if previous != expected:
        raise StepFails("the record names another predecessor than the ledger")
    if before is None:
        return "the first record"
    path = ledger.name_of(before).folder(case.outputs) / MANIFEST
    if _hash(path) != before.manifest:
        raise StepFails(f"the manifest of {before.version} was changed or is missing")
    return f"follows {before.version}"


def _check_embedded(case: _Case) -> str:
    found = embedded_files(case.folder / PDF)
    beside = [path for path in _listing(case.folder)[0] if path != PDF]
    copies: dict[str, str] = {}
    for name, content in found.items():
        path = record_path(name, beside)
        if path is None:
            raise StepFails(f"{PDF} carries a file that the record does not have")
        if sha256(content) != _hash(case.folder / path):
            raise StepFails(f"the copy of {path} in {PDF} differs")
        copies[path] = name
    wanted = {RECORD, FIGURES, *(path for path in beside if path.startswith(_NOTEBOOKS))}
    if wanted - set(copies):
        raise StepFails(f"{PDF} does not carry {listed(sorted(wanted - set(copies)))}")
    return f"{len(copies)} copies agree"


def _check_version(case: _Case) -> str:
    record = ground(lambda: case.record, RECORD)
    before = case.snapshot.before.get(case.name)
    previous = None
    if before is not None:
        name = ledger.name_of(before)
        content = ground(lambda: (name.folder(case.outputs) / RECORD).read_bytes(), str(name))
        previous = ground(lambda: checked_record(content), str(name))
    decision = next_version(previous, record)
    # Sealed again on request although nothing changed: a patch.
    unchanged = decision.kind == "unchanged"
    expected = bump(decision.version, "patch") if unchanged else decision.version
    if case.name.version != expected:
        raise StepFails(f"the rules give {expected}")
    return ", ".join(decision.reasons) or "sealed again, content equal"


PLAN: tuple[tuple[str, Callable[[_Case], str]], ...] = (
    ("folder", _check_folder),
    ("manifest", _check_manifest),
    ("files", _check_files),
    ("record", _check_record),
    ("disclosures", _check_disclosures),
    ("ledger", _check_chain),
    ("place in the ledger", _check_place),
    ("ledger and folders", _check_folders),
    ("predecessor", _check_previous),
    ("copies in the PDF", _check_embedded),
    ("version", _check_version),
)
"""The numbered plan; each step returns what it saw or says why not."""


def _report(case: _Case) -> VerificationReport:
    pending = case.snapshot.pending
    notes = (f"The sealing of {pending} is not finished; the next run completes it.",)
    steps = run_plan(PLAN, case)
    return VerificationReport(str(case.name), steps, case.facts(), notes if pending else ())


def _unreadable(outputs: Path, error: RecordError) -> VerificationReport:
    """The report when not even a record's name can be read."""
    step = Step(1, "ledger", ok=False, detail=str(error).removesuffix("."))
    return VerificationReport(ledger.LEDGER, (step,))


def _listing(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        return contents.listing(folder)
    except OSError:
        raise NotChecked("the folder cannot be read") from None


def _hash(path: Path) -> str | None:
    try:
        return None if path.is_symlink() else sha256_file(path)
    except OSError:
        return None
