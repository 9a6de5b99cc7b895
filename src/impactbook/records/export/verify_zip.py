"""Verifying an exported ZIP, in numbered steps; `ZIP_PLAN` is the list and the code in one.

 1. The ZIP can be read to its end, and holds what every export holds.
 2. `export.json` describes it.
 3. The manifest is canonical and speaks of this record.
 4. Every file is the one that the manifest names, was left out, or was made anew; none was added.
 5. `record.json` is canonical, follows its schema, and names the evidence that lies beside it.
 6. Every disclosure opens its sealed field; each one missing was left out or erased.
 7. Every line of the ledger's extract is whole, unchanged, and follows the line before it.
 8. The extract begins with this record's line, which names its manifest.
 9. The extract ends in the head that `export.json` names.
10. `record.signed.pdf`, if there is one, is the one the extract names and begins with `record.pdf`.
11. The copies embedded in `record.pdf` are the files of the ZIP.
12. Heads and PDFs from outside, where given, agree with the extract.

The page `verify.html` follows the same plan but for step 11.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from impactbook.errors import RecordError
from impactbook.model.export import Export
from impactbook.model.record import (
    CoveredFile,
    EraseLine,
    Manifest,
    ManifestFile,
    SealLine,
    SignLine,
)
from impactbook.records import ledger
from impactbook.records.anchors import NO_ANCHORS, Anchors
from impactbook.records.canonical import sha256
from impactbook.records.disclosures import misfits, undisclosed
from impactbook.records.embedded import embedded_files, record_path
from impactbook.records.export.archive import unpack
from impactbook.records.export.description import (
    DESCRIPTION,
    EXTRACT,
    FOLDER,
    MADE_ANEW,
    MAY_LACK,
    PAGE,
    README,
    read_description,
)
from impactbook.records.export.ledger_extract import read_extract
from impactbook.records.folders import RecordName, parse_disclosures
from impactbook.records.manifest import (
    DISCLOSURES,
    FIGURES,
    MANIFEST,
    PDF,
    RECORD,
    SIGNED_PDF,
    read_manifest,
)
from impactbook.records.verification import (
    StepFails,
    VerificationReport,
    checked_record,
    ground,
    listed,
    run_plan,
)

ZIP_CANNOT_SEE = (
    "Consistent means that the files of this ZIP agree with each other and with the ledger's lines "
    "in it, anchored that a head from elsewhere (--head, --anchor) is among these. Without one, "
    "whoever made the ZIP could have written all of it anew. Signatures are not checked."
)


def verify_zip(file: Path, anchors: Anchors = NO_ANCHORS) -> VerificationReport:
    """Verify an exported ZIP by what it holds, and by heads or filed PDFs from outside it.

    Raises `InputError` when there is no such file.
    """
    case = _ZipCase(file, _unpacked(file), anchors)
    steps = run_plan(ZIP_PLAN, case)
    holds = all(step.ok for step in steps)
    anchored = holds and case.anchored
    return VerificationReport(
        file.name,
        steps,
        case.facts() if holds else {},
        case.notes() if holds else (),
        ZIP_CANNOT_SEE,
        "anchored" if anchored else "consistent",
    )


@dataclass(frozen=True)
class _ZipCase:
    """A ZIP under verification; what is read is read once and fails where it is used."""

    path: Path
    unpacked: dict[str, bytes] | RecordError
    anchors: Anchors

    @property
    def entries(self) -> dict[str, bytes]:
        if isinstance(self.unpacked, RecordError):
            raise self.unpacked
        return self.unpacked

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The record's files by their path in its folder."""
        return {
            name.removeprefix(FOLDER): content
            for name, content in self.entries.items()
            if name.startswith(FOLDER)
        }

    @cached_property
    def export(self) -> Export:
        return read_description(self.entry(DESCRIPTION))

    @property
    def name(self) -> RecordName:
        return RecordName(self.export.feature, self.export.version)

    @cached_property
    def manifest(self) -> Manifest:
        return read_manifest(self.entry(FOLDER + MANIFEST))

    @cached_property
    def record(self) -> dict[str, Any]:
        return checked_record(self.entry(FOLDER + RECORD))

    @cached_property
    def extract(self) -> tuple[ledger.Line, ...]:
        return read_extract(self.entry(EXTRACT))

    @cached_property
    def erasures(self) -> tuple[EraseLine, ...]:
        return tuple(
            line
            for line in self.extract
            if isinstance(line, EraseLine) and ledger.name_of(line) == self.name
        )

    @property
    def anchored(self) -> bool:
        """Whether a head from outside is among the extract's, or the record's own PDF was filed."""
        given = {*self.anchors.heads, *(filed.before for filed in self.anchors.filed)}
        own = any(filed.name == self.name for filed in self.anchors.filed)
        return own or not given.isdisjoint(line.hash for line in self.extract)

    def entry(self, name: str) -> bytes:
        try:
            return self.entries[name]
        except KeyError:
            raise RecordError(f"{name}: is missing.") from None

    def facts(self) -> dict[str, str]:
        line = self.extract[0]
        return {
            "feature": line.feature,
            "version": line.version,
            "audience": self.export.audience or "all of it",
            "sealed": line.created,
            "ledger line": line.hash,
            "ledger head": self.extract[-1].hash,
        }

    def notes(self) -> tuple[str, ...]:
        export = self.export
        told = []
        if export.left_out:
            told.append(f"Fields left out: {', '.join(export.left_out)}.")
        if export.files_left_out:
            told.append(f"Files left out: {', '.join(export.files_left_out)}.")
        if export.made_anew:
            names = " and ".join(file.path for file in export.made_anew)
            told.append(f"{names} were made anew without them; what is sealed is the data.")
        return tuple(told)


def _unpacked(file: Path) -> dict[str, bytes] | RecordError:
    try:
        return unpack(file)
    except RecordError as error:
        return error


def _check_zip(case: _ZipCase) -> str:
    needed = (DESCRIPTION, EXTRACT, FOLDER + MANIFEST, FOLDER + RECORD, FOLDER + DISCLOSURES)
    missing = [name for name in needed if name not in case.entries]
    if missing:
        raise StepFails(f"missing: {listed(missing)}")
    known = {DESCRIPTION, EXTRACT, PAGE, README}
    strange = [name for name in case.entries if name not in known and not name.startswith(FOLDER)]
    if strange:
        raise StepFails(f"added: {listed(strange)}")
    return f"{len(case.entries)} files"


def _check_description(case: _ZipCase) -> str:
    export = case.export
    anew = [file.path for file in export.made_anew]
    if [path for path in anew if path not in MADE_ANEW]:
        raise StepFails("says that sealed files were made anew")
    lacking = [path for path in export.files_left_out if not path.startswith(MAY_LACK)]
    if lacking:
        raise StepFails(f"says that files were left out that never are: {listed(lacking)}")
    if anew and not (export.left_out or export.files_left_out):
        raise StepFails("says that files were made anew although nothing was left out")
    return f"{case.name} for {export.audience or 'any reader'}"


def _check_manifest(case: _ZipCase) -> str:
    name, manifest = ground(lambda: case.name, DESCRIPTION), case.manifest
    if (manifest.feature, manifest.version) != (name.feature, name.version):
        raise StepFails("the manifest speaks of another record")
    covered = [file.path for file in manifest.files if isinstance(file, CoveredFile)]
    if covered != [DISCLOSURES]:
        raise StepFails(f"only {DISCLOSURES} may stand without a hash")
    return f"sha256 {sha256(case.entry(FOLDER + MANIFEST))}"


def _check_files(case: _ZipCase) -> str:
    manifest = ground(lambda: case.manifest, MANIFEST)
    export = ground(lambda: case.export, DESCRIPTION)
    erasures = ground(lambda: case.erasures, EXTRACT)
    expected: dict[str, ManifestFile | CoveredFile] = {file.path: file for file in manifest.files}
    for line in erasures:
        expected |= {file.path: file for file in line.files if file.path in MADE_ANEW}
    expected |= {file.path: file for file in export.made_anew}
    out = set(export.files_left_out)
    present = set(case.files) - {MANIFEST, SIGNED_PDF}
    found = [f"{path} is missing" for path in expected if path not in present | out]
    found += [f"{path} was added" for path in sorted(present) if path not in expected]
    found += [f"{path} is there although it was left out" for path in sorted(out & present)]
    found += [
        f"{path} was changed"
        for path, file in expected.items()
        if path in present
        and isinstance(file, ManifestFile)
        and (len(case.files[path]), sha256(case.files[path])) != (file.size, file.sha256)
    ]
    if found:
        raise StepFails(listed(found))
    return f"{len(present)} files agree"


def _check_record(case: _ZipCase) -> str:
    record, name = case.record, ground(lambda: case.name, DESCRIPTION)
    if (record["feature"]["id"], record["version"]) != (name.feature, name.version):
        raise StepFails("record.json speaks of another record")
    named = record["provenance"]["evidence"]
    beside = {path: sha256(c) for path, c in case.files.items() if path.startswith("evidence/")}
    differing = [path for path in {*named, *beside} if named.get(path) != beside.get(path)]
    if differing:
        raise StepFails(f"not the evidence that record.json names: {listed(sorted(differing))}")
    return f"names {len(named)} files of evidence"


def _check_disclosures(case: _ZipCase) -> str:
    disclosures = parse_disclosures(case.entry(FOLDER + DISCLOSURES))
    record = ground(lambda: case.record, RECORD)
    export = ground(lambda: case.export, DESCRIPTION)
    erasures = {
        path: line for line in ground(lambda: case.erasures, EXTRACT) for path in line.fields
    }
    wrong = misfits(record, disclosures)
    if wrong:
        raise StepFails(f"does not open the sealed field: {listed(wrong)}")
    closed = undisclosed(record, disclosures)
    unexplained = [path for path in closed if path not in {*erasures, *export.left_out}]
    if unexplained:
        raise StepFails(f"missing and not said to be left out: {listed(unexplained)}")
    untrue = [path for path in export.left_out if path not in closed]
    if untrue:
        raise StepFails(f"said to be left out, yet there or no such field: {listed(untrue)}")
    told = [f"{len(disclosures.entries)} opened", f"{len(export.left_out)} left out"]
    told += [
        f"{path} erased on {erasures[path].created[:10]} because: {listed([erasures[path].reason])}"
        for path in closed
        if path in erasures
    ]
    return "; ".join(told)


def _check_extract(case: _ZipCase) -> str:
    return f"{len(case.extract)} lines"


def _check_place(case: _ZipCase) -> str:
    lines, name = ground(lambda: case.extract, EXTRACT), ground(lambda: case.name, DESCRIPTION)
    record = ground(lambda: case.record, RECORD)
    first = lines[0]
    seals = [line for line in lines if isinstance(line, SealLine) and ledger.name_of(line) == name]
    if seals != [first]:
        raise StepFails("the extract does not begin with the one line that seals this record")
    manifest = sha256(case.entry(FOLDER + MANIFEST))
    if {first.manifest, *(line.manifest for line in case.erasures)} != {manifest}:
        raise StepFails("the ledger names another manifest")
    if record["provenance"]["ledger_head"] != first.previous:
        raise StepFails("the record names another ledger head than its line follows")
    if record["created"] != first.created:
        raise StepFails("the ledger and the record give different times")
    return f"line {first.seq}"


def _check_head(case: _ZipCase) -> str:
    head = ground(lambda: case.extract, EXTRACT)[-1].hash
    if ground(lambda: case.export, DESCRIPTION).head != head:
        raise StepFails(f"the extract does not end in the head that {DESCRIPTION} names")
    return head


def _check_signed(case: _ZipCase) -> str:
    signed = case.files.get(SIGNED_PDF)
    if signed is None:
        return "not signed, or the signed file was not handed on"
    lines = [
        line
        for line in ground(lambda: case.extract, EXTRACT)
        if isinstance(line, SignLine)
        and ledger.name_of(line) == case.name
        # An erasure made another PDF and took the signatures before it along.
        and line.seq > max((erasure.seq for erasure in case.erasures), default=0)
    ]
    if not lines or (len(signed), sha256(signed)) != (lines[-1].size, lines[-1].sha256):
        raise StepFails(f"{SIGNED_PDF} is not the file that the ledger names")
    if not signed.startswith(case.entry(FOLDER + PDF)):
        raise StepFails(f"{SIGNED_PDF} does not begin with {PDF}")
    return f"{len(lines)} signatures in the ledger; whose they are is not checked here"


def _check_embedded(case: _ZipCase) -> str:
    beside = [path for path in case.files if path != PDF]
    copies = set()
    for name, content in embedded_files(case.entry(FOLDER + PDF), PDF).items():
        path = record_path(name, beside)
        if path is None or content != case.files[path]:
            raise StepFails(f"{PDF} carries a file that differs from the ZIP's")
        copies.add(path)
    missing = {RECORD, FIGURES} - copies
    if missing:
        raise StepFails(f"{PDF} does not carry {listed(sorted(missing))}")
    return f"{len(copies)} copies agree"


def _check_anchors(case: _ZipCase) -> str:
    lines = ground(lambda: case.extract, EXTRACT)
    known = {line.hash for line in lines}
    if [head for head in case.anchors.heads if head not in {*known, lines[0].previous}]:
        raise StepFails("a head from outside is not among the extract's")
    own = [filed for filed in case.anchors.filed if filed.name == case.name]
    if any(filed.record != sha256(case.entry(FOLDER + RECORD)) for filed in own):
        raise StepFails("the PDF that was filed carries another record.json")
    if not case.anchors.given:
        return "nothing was given"
    return "agrees" if case.anchored else "what was given is older than this record"


ZIP_PLAN: tuple[tuple[str, Callable[[_ZipCase], str]], ...] = (
    ("zip", _check_zip),
    ("description", _check_description),
    ("manifest", _check_manifest),
    ("files", _check_files),
    ("record", _check_record),
    ("disclosures", _check_disclosures),
    ("ledger extract", _check_extract),
    ("place in the ledger", _check_place),
    ("ledger head", _check_head),
    ("signed file", _check_signed),
    ("copies in the PDF", _check_embedded),
    ("from outside", _check_anchors),
)
"""The numbered plan; each step returns what it saw or says why not."""
