"""One record under verification, and what all records of one verification share.

What is read is read once, when the first step asks for it, and fails where it is used. The steps
stand in `steps` and `proofs`, the plan in `verify`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from impactbook.errors import RecordError
from impactbook.model.record import EraseLine, Manifest, ManifestFile, SealLine, SignLine
from impactbook.records import contents, ledger
from impactbook.records.anchors import NO_ANCHORS, Anchoring, Anchors, compare
from impactbook.records.canonical import sha256_file
from impactbook.records.erasing import REPLACED
from impactbook.records.folders import RecordName
from impactbook.records.manifest import HTML, MANIFEST, PDF, RECORD, SIGNED_PDF, read_manifest
from impactbook.records.signing.intent import in_place
from impactbook.records.signing.reading import Signature, read_signatures
from impactbook.records.signing.trust import TRUST_NOBODY, Trust
from impactbook.records.snapshot import Snapshot
from impactbook.records.timestamps import HeadStamps
from impactbook.records.verification import NotChecked, StepFails, checked_record, ground

NOTEBOOKS = "notebooks/"
_RECENT = 4
_REBUILT_ON_ERASURE = (PDF, HTML, NOTEBOOKS)


@dataclass(frozen=True)
class Outside:
    """What a verification knows from outside the folder: anchors, and whom it trusts.

    `now` is the time at which certificates must hold where no time stamp tells (default: now).
    """

    anchors: Anchors = NO_ANCHORS
    trust: Trust = TRUST_NOBODY
    now: dt.datetime | None = None


NOTHING_OUTSIDE = Outside()


@dataclass(frozen=True)
class View:
    """What all records of one verification share: trust, time stamps, agreement with anchors."""

    outside: Outside
    now: dt.datetime
    stamps: HeadStamps
    anchoring: Anchoring
    recent: Recent = field(default_factory=lambda: Recent())


class Recent:
    """The few records that were read last: the next record follows one of them, most likely."""

    def __init__(self) -> None:
        self._records: dict[RecordName, dict[str, Any]] = {}

    def keep(self, name: RecordName, record: dict[str, Any]) -> None:
        """Keep a record in mind, and forget the oldest when there are too many."""
        self._records[name] = record
        if len(self._records) > _RECENT:
            del self._records[next(iter(self._records))]

    def get(self, name: RecordName) -> dict[str, Any] | None:
        """A record that was read before, if it is still kept."""
        return self._records.get(name)


def view_of(outputs: Path, snapshot: Snapshot, outside: Outside) -> View:
    """What the records of this snapshot share in a verification that knows `outside`."""
    now = outside.now or dt.datetime.now(dt.UTC)
    stamps = HeadStamps(outputs, snapshot.reading.lines, outside.trust, now)
    records = {filed.name: hash_of(filed.name.folder(outputs) / RECORD)
               for filed in outside.anchors.filed}  # fmt: skip
    anchoring = compare(outside.anchors, snapshot.reading.lines, records)
    return View(outside, now, stamps, anchoring)


@dataclass(frozen=True)
class Case:
    """One record under verification; what is read is read once and fails where it is used."""

    outputs: Path
    name: RecordName
    snapshot: Snapshot
    view: View

    @cached_property
    def folder(self) -> Path:
        """Where the record lies."""
        return self.name.folder(self.outputs)

    @cached_property
    def files(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Its plain files, and all that is none; raises `NotChecked` when it cannot be read."""
        try:
            plain, other = contents.listing(self.folder)
        except OSError:
            raise NotChecked("the folder cannot be read") from None
        return tuple(path for path in plain if path != SIGNED_PDF or not self.erasing), other

    @cached_property
    def announced(self) -> EraseLine | None:
        """The line of an erasure from it that is announced and not finished."""
        intent = self.snapshot.erasing
        lines = intent.lines if intent else ()
        return next((line for line in lines if ledger.name_of(line) == self.name), None)

    @cached_property
    def erasing(self) -> EraseLine | None:
        """That line once it stands in the ledger: until then its files are as they were."""
        stands = self.announced in self.snapshot.erased.get(self.name, ())
        return self.announced if stands else None

    @cached_property
    def elsewhere(self) -> dict[str, Path]:
        """Its files that an unfinished erasure has made and not yet put in place."""
        intent = self.snapshot.erasing
        if intent is None or self.erasing is None:
            return {}
        staged = intent.staged(self.outputs, self.name)
        return {file: staged / file for file in REPLACED if (staged / file).is_file()}

    def at(self, file: str) -> Path:
        """Where one of its files lies."""
        return self.elsewhere.get(file) or self.folder / file

    @cached_property
    def _digests(self) -> dict[str, str | None]:
        return {}

    def digest(self, file: str) -> str | None:
        """The SHA-256 of one of its plain files; None when there is none that can be read."""
        if file not in self._digests:
            self._digests[file] = hash_of(self.at(file))
        return self._digests[file]

    @cached_property
    def manifest_bytes(self) -> bytes:
        """The bytes of its manifest."""
        return self.read(MANIFEST)

    @cached_property
    def manifest(self) -> Manifest:
        """Its manifest; raises `RecordError` when it is none."""
        return read_manifest(self.manifest_bytes)

    @cached_property
    def record(self) -> dict[str, Any]:
        """Its `record.json`; raises `RecordError` when form or schema are broken."""
        record = checked_record(self.read(RECORD))
        self.view.recent.keep(self.name, record)
        return record

    @cached_property
    def rebuilt(self) -> dict[str, ManifestFile]:
        """Files that erasures wrote anew, the last erasure's word counting."""
        return rebuilt_by(self.snapshot.erased.get(self.name, ()))

    @cached_property
    def seal_line(self) -> SealLine:
        """The one line of the ledger that seals it; raises `StepFails` when there is not one."""
        lines = self.snapshot.seals.get(self.name, ())
        if not lines:
            raise StepFails("the ledger does not name this record")
        if len(lines) > 1:
            raise StepFails(f"the ledger names this record {len(lines)} times")
        return lines[0]

    @cached_property
    def sign_lines(self) -> tuple[SignLine, ...]:
        """The lines for the signatures there should be, one under way counting once in place."""
        lines = self.snapshot.signed.get(self.name, ())
        pending = self.snapshot.signing
        if (
            pending
            and ledger.name_of(pending.line) == self.name
            and in_place(self.outputs, pending)
        ):
            return (*lines, pending.line)
        return lines

    @cached_property
    def signatures(self) -> tuple[Signature, ...]:
        """The signatures of `record.signed.pdf`; none where the ledger names none."""
        if not self.sign_lines:
            return ()
        stamp = ground(
            lambda: self.view.stamps.first_after(self.sign_lines[-1].seq), "a time stamp"
        )
        return read_signatures(
            ground(lambda: self.read(SIGNED_PDF), SIGNED_PDF),
            self.view.outside.trust,
            now=self.view.now,
            existed=stamp.time if stamp and stamp.trusted else None,
            unsigned=len(ground(lambda: self.read(PDF), PDF)),
        )

    @property
    def anchored(self) -> bool:
        """Whether an anchor vouches for the ledger up to this record, or for its own PDF."""
        anchoring = self.view.anchoring
        if anchoring.problems:
            return False
        return self.seal_line.seq <= anchoring.line or self.name in anchoring.filed

    def read(self, file: str) -> bytes:
        """The bytes of one of its files; raises `RecordError`."""
        try:
            return self.at(file).read_bytes()
        except OSError:
            raise RecordError(f"{file}: cannot be read.") from None

    def facts(self) -> dict[str, str]:
        """What a reader wants to compare with paper."""
        facts = {"feature": self.name.feature, "version": self.name.version}
        if lines := self.snapshot.seals.get(self.name):
            facts |= {"sealed": lines[0].created, "ledger line": lines[0].hash}
        return facts | {"ledger head": self.snapshot.reading.head or "none"}


def rebuilt_by(lines: Sequence[EraseLine]) -> dict[str, ManifestFile]:
    """Files that these erasures wrote anew, the last one's word counting."""
    return {
        file.path: file
        for line in lines
        for file in line.files
        if file.path.startswith(_REBUILT_ON_ERASURE)
    }


def hash_of(path: Path) -> str | None:
    """The SHA-256 of a plain file, None when there is none that can be read."""
    try:
        return None if path.is_symlink() else sha256_file(path)
    except OSError:
        return None
