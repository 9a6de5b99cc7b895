"""The steps of a verification that look at a record's files, its ledger line and its neighbours.

Each returns what it saw or raises why not; `verify.PLAN` numbers them. Signatures, time stamps and
what is known from outside are in `proofs`.
"""

from __future__ import annotations

from impactbook.model.record import CoveredFile
from impactbook.records import contents, folders, ledger
from impactbook.records.canonical import sha256
from impactbook.records.case import NOTEBOOKS, Case, hash_of
from impactbook.records.disclosures import misfits, undisclosed
from impactbook.records.embedded import embedded_files, record_path
from impactbook.records.manifest import (
    DISCLOSURES,
    FIGURES,
    MANIFEST,
    PDF,
    RECORD,
    REQUIRED_FILES,
)
from impactbook.records.verification import NotChecked, StepFails, checked_record, ground, listed
from impactbook.records.versions import bump, next_version
from impactbook.records.waiting import waiting_problems


def check_folder(case: Case) -> str:
    """Step 1: the folder holds what every record holds, and plain files only."""
    if not case.folder.is_dir() or case.folder.is_symlink():
        raise StepFails("the record's folder is missing")
    plain, other = case.files
    if other:
        raise StepFails(f"no plain files: {listed(other)}")
    missing = [file for file in (*REQUIRED_FILES, MANIFEST) if file not in plain]
    if missing:
        raise StepFails(f"missing: {listed(missing)}")
    return f"{len(plain)} files"


def check_manifest(case: Case) -> str:
    """Step 2: the manifest is canonical and speaks of this record."""
    manifest = case.manifest
    if (manifest.feature, manifest.version) != (case.name.feature, case.name.version):
        raise StepFails("the manifest speaks of another record")
    covered = [file.path for file in manifest.files if isinstance(file, CoveredFile)]
    if covered != [DISCLOSURES]:
        raise StepFails(f"only {DISCLOSURES} may stand without a hash")
    return f"sha256 {sha256(case.manifest_bytes)}"


def check_files(case: Case) -> str:
    """Step 3: every file is as the manifest says; none is missing or added."""
    manifest = ground(lambda: case.manifest, MANIFEST)
    found = contents.problems(
        case.folder, manifest, case.rebuilt, case.elsewhere, digest=case.digest
    )
    found += ground(lambda: waiting_problems(case), RECORD)
    if found:
        raise StepFails(listed(found))
    return f"{len(manifest.files)} files agree"


def check_record(case: Case) -> str:
    """Step 4: `record.json` follows its schema and names the evidence beside it."""
    record = case.record
    if (record["feature"]["id"], record["version"]) != (case.name.feature, case.name.version):
        raise StepFails("record.json speaks of another record")
    named = record["provenance"]["evidence"]
    beside = [path for path in case.files[0] if path.startswith("evidence/")]
    differing = [path for path in {*named, *beside} if case.digest(path) != named.get(path)]
    if differing:
        raise StepFails(f"not the evidence that record.json names: {listed(sorted(differing))}")
    return f"names {len(named)} files of evidence"


def check_disclosures(case: Case) -> str:
    """Step 5: disclosures open their fields; what is missing was erased in the ledger."""
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


def check_chain(case: Case) -> str:
    """Step 6: every line of the ledger is whole and follows the line before it."""
    if case.snapshot.chain_problems:
        raise StepFails(listed(case.snapshot.chain_problems))
    return f"{len(case.snapshot.reading.lines)} lines"


def check_place(case: Case) -> str:
    """Step 7: the ledger names this record once, after the head the record names."""
    line = case.seal_line
    record = ground(lambda: case.record, RECORD)
    if line.manifest != sha256(ground(lambda: case.manifest_bytes, MANIFEST)):
        raise StepFails("the ledger names another manifest")
    if record["provenance"]["ledger_head"] != line.previous:
        raise StepFails("the record names another ledger head than its line follows")
    if record["created"] != line.created:
        raise StepFails("the ledger and the record give different times")
    return f"line {line.seq}"


def check_folders(case: Case) -> str:
    """Step 8: ledger and folders name the same records."""
    if case.snapshot.folder_problems:
        raise StepFails(listed(case.snapshot.folder_problems))
    return f"{len(case.snapshot.records)} records"


def check_previous(case: Case) -> str:
    """Step 9: the record follows the record before it, which is unchanged."""
    previous = ground(lambda: case.record, RECORD)["previous"]
    if case.name not in case.snapshot.before:
        raise NotChecked("the ledger does not name this record")
    before = case.snapshot.before[case.name]
    expected = {"version": before.version, "manifest": before.manifest} if before else None
    told = previous and {name: value for name, value in previous.items() if name != "changes"}
    if told != expected:
        raise StepFails("the record names another predecessor than the ledger")
    changes = (previous or {}).get("changes")
    if changes and (changes["old"], changes["new"]) != (told["version"], case.name.version):
        raise StepFails("the changes that the record tells are those of other versions")
    if before is None:
        return "the first record"
    path = ledger.name_of(before).folder(case.outputs) / MANIFEST
    if hash_of(path) != before.manifest:
        raise StepFails(f"the manifest of {before.version} was changed or is missing")
    return f"follows {before.version}"


def check_embedded(case: Case) -> str:
    """Step 10: the copies embedded in `record.pdf` are the record's files."""
    found = embedded_files(case.at(PDF))
    beside = [path for path in case.files[0] if path != PDF]
    copies: dict[str, str] = {}
    for name, content in found.items():
        path = record_path(name, beside)
        if path is None:
            raise StepFails(f"{PDF} carries a file that the record does not have")
        if sha256(content) != case.digest(path):
            raise StepFails(f"the copy of {path} in {PDF} differs")
        copies[path] = name
    wanted = {RECORD, FIGURES, *(path for path in beside if path.startswith(NOTEBOOKS))}
    if wanted - set(copies):
        raise StepFails(f"{PDF} does not carry {listed(sorted(wanted - set(copies)))}")
    return f"{len(copies)} copies agree"


def check_version(case: Case) -> str:
    """Step 11: the version is the one that the rules give."""
    record = ground(lambda: case.record, RECORD)
    before = case.snapshot.before.get(case.name)
    previous = None
    if before is not None:
        name = ledger.name_of(before)
        previous = case.view.recent.get(name) or ground(
            lambda: checked_record((name.folder(case.outputs) / RECORD).read_bytes()), str(name)
        )
    decision = next_version(previous, record)
    # Sealed again on request although nothing changed: a patch.
    unchanged = decision.kind == "unchanged"
    expected = bump(decision.version, "patch") if unchanged else decision.version
    if case.name.version != expected:
        raise StepFails(f"the rules give {expected}")
    return ", ".join(decision.reasons) or "sealed again, content equal"
