"""Sealing a record: build it beside its place, rename it into place, add a line to the ledger.

The caller says what goes into the record (`compose`) and how it is shown (`present`); version,
predecessor, ledger and crash safety are decided here. Drafts go the same way, but stay outside
versions and ledger.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from impactbook.errors import RecordError, StorageError
from impactbook.files import flush_directory, storage_error, write_new
from impactbook.model.record import DRAFT, ManifestFile
from impactbook.records import folders, ledger
from impactbook.records.announced import commit
from impactbook.records.assembly import (
    Compose,
    Composition,
    FinalRecord,
    Predecessor,
    Present,
    SealContext,
    all_files,
    assembled,
)
from impactbook.records.canonical import digest, sha256
from impactbook.records.intent import (
    INTENT,
    SEALING,
    Intent,
    clear_intent,
    remove_folder,
    undo,
)
from impactbook.records.lock import LOCK_TIMEOUT, locked
from impactbook.records.manifest import FIGURES, MANIFEST, RECORD, read_manifest
from impactbook.records.recovery import recover_all
from impactbook.records.versions import VersionDecision, bump, next_version

__all__ = [
    "Compose",
    "Composition",
    "FinalRecord",
    "Predecessor",
    "Present",
    "SealContext",
    "Sealed",
    "seal",
    "write_draft",
]


@dataclass(frozen=True)
class Sealed:
    """What came of sealing: the decision, the record's folder, its manifest, the ledger's head."""

    decision: VersionDecision
    path: Path
    manifest: str
    ledger_head: str | None

    @property
    def version(self) -> str:
        """The version that holds now, newly sealed or unchanged."""
        return self.decision.version


def seal(
    outputs: Path,
    feature: str,
    *,
    compose: Compose,
    present: Present,
    force: bool = False,
    lock_timeout: float = LOCK_TIMEOUT,
) -> Sealed:
    """Seal the next record of `feature`, unless nothing changed since its newest record.

    1. Take the lock; finish or undo a sealing that was interrupted; sweep away leftovers.
    2. Make sure that the ledger ends in the newest record of every feature.
    3. Compose the record and decide its version; stop when it is unchanged (and not `force`).
    4. Make all files, and write and flush them in a hidden folder beside their place.
    5. Write down the intent; rename the folder into place; append to the ledger; drop the intent.

    Raises `RecordError` when the ledger and the folders disagree or the record is malformed,
    `StorageError` when the system refuses (nothing is left behind), `InputError` when another
    process holds the lock too long. What `compose` and `present` raise passes through.
    """
    with locked(outputs, lock_timeout):
        recover_all(outputs)
        _sweep(outputs, feature)
        last = _agreed_last_line(outputs)
        previous = _predecessor(outputs, feature)
        context = SealContext(feature, previous, last.hash if last else None)
        composition = compose(context)
        decision = next_version(
            previous.record if previous else None, assembled(composition, context, DRAFT)
        )
        if decision.kind == "unchanged":
            if previous is None or not force:
                return _unchanged(outputs, context, decision)
            forced = bump(decision.version, "patch")
            decision = VersionDecision("patch", forced, ("sealed again on request",))
        files = all_files(composition, context, decision.version, present)
        line = ledger.seal_line(
            after=last,
            feature=feature,
            version=decision.version,
            manifest=sha256(files[MANIFEST]),
            created=str(composition.record["created"]),
        )
        staging = f".{decision.version}.part-{secrets.token_hex(4)}"
        intent = Intent(staging=staging, line=line)
        _write_folder(intent.staged(outputs), files)
        commit(
            outputs,
            line,
            final=intent.final(outputs),
            announce=lambda: SEALING.write(outputs, intent),
            put=lambda: intent.staged(outputs).rename(intent.final(outputs)),
            take_back=lambda: undo(outputs, intent),
            clear=lambda: clear_intent(outputs),
        )
        return Sealed(decision, intent.final(outputs), line.manifest, line.hash)


def write_draft(
    outputs: Path,
    feature: str,
    *,
    compose: Compose,
    present: Present,
    lock_timeout: float = LOCK_TIMEOUT,
) -> Path:
    """Replace `outputs/<feature>/draft/` by a new draft and return its folder.

    A reader sees the old draft, none, or the new one, never a mixture. A draft's version is
    `draft`, it has no line in the ledger, and it does not mind a ledger that is in disorder.
    Raises as `seal`.
    """
    with locked(outputs, lock_timeout):
        _sweep_drafts(outputs, feature)
        context = SealContext(feature, _predecessor(outputs, feature), _head(outputs), draft=True)
        files = all_files(compose(context), context, DRAFT, present)
        place = outputs / feature / DRAFT
        mark = secrets.token_hex(4)
        staged, old = (place.with_name(f".{DRAFT}.{kind}-{mark}") for kind in ("part", "old"))
        _write_folder(staged, files)
        try:
            if place.exists():
                place.rename(old)
            staged.rename(place)
            flush_directory(place.parent)
            remove_folder(old)
        except OSError as error:
            with contextlib.suppress(StorageError):
                _sweep_drafts(outputs, feature)
            raise storage_error(place, error) from None
        return place


def _sweep(outputs: Path, feature: str) -> None:
    """Remove what killed processes left behind; we hold the lock, so nobody is using it."""
    leftovers = [*(outputs / feature).glob(".*.part-*"), *outputs.glob(f".{INTENT}.*.part")]
    try:
        for leftover in leftovers:
            if leftover.is_dir():
                remove_folder(leftover)
            else:
                leftover.unlink()
    except OSError as error:
        raise storage_error(outputs / feature, error) from None


def _sweep_drafts(outputs: Path, feature: str) -> None:
    """Put a draft back that was moved aside and not yet replaced; remove the other leftovers."""
    folder = outputs / feature
    try:
        for old in folder.glob(f".{DRAFT}.old-*"):
            if (folder / DRAFT).exists():
                remove_folder(old)
            else:
                old.rename(folder / DRAFT)
        for staged in folder.glob(f".{DRAFT}.part-*"):
            remove_folder(staged)
    except OSError as error:
        raise storage_error(folder, error) from None


def _agreed_last_line(outputs: Path) -> ledger.Line | None:
    """The ledger's last line, once ledger and folders name the same newest records."""
    path = outputs / ledger.LEDGER
    ledger.head(path)
    seals = ledger.newest_seals(path)
    for feature in sorted({*folders.list_features(outputs), *seals}):
        sealed = seals.get(feature)
        newest = _newest(outputs, feature, sealed.version if sealed else None)
        if newest != (sealed.version if sealed else None):
            raise RecordError(
                f"{ledger.LEDGER}: does not end in the newest record of {feature} (the folder has "
                f"{newest or 'none'}, the ledger {sealed.version if sealed else 'none'}); "
                "restore the missing one, `impactbook verify` tells more."
            )
    last = ledger.tail(path).last
    if last is not None and sha256(_manifest(outputs, ledger.name_of(last))) != last.manifest:
        raise RecordError(
            f"{ledger.LEDGER}: its last line does not fit the manifest of {ledger.name_of(last)}; "
            "`impactbook verify` tells more."
        )
    return last


def _newest(outputs: Path, feature: str, sealed: str | None) -> str | None:
    """The newest version that has a folder, found without listing all of them.

    A version is followed by one of three, so that sealing does not grow slower with the records.
    """
    if sealed is None or not (outputs / feature / sealed).is_dir():
        return folders.newest_version(outputs, feature)
    after = (bump(sealed, kind) for kind in ("patch", "minor", "major"))
    if any((outputs / feature / version).is_dir() for version in after):
        return folders.newest_version(outputs, feature)
    return sealed


def _manifest(outputs: Path, name: folders.RecordName) -> bytes:
    try:
        return (name.folder(outputs) / MANIFEST).read_bytes()
    except OSError:
        raise RecordError(f"{name}: its {MANIFEST} cannot be read.") from None


def _predecessor(outputs: Path, feature: str) -> Predecessor | None:
    """The newest record; refuses one whose content or figures are not what its manifest says."""
    version = folders.newest_version(outputs, feature)
    if version is None:
        return None
    name = folders.RecordName(feature, version)
    content = _manifest(outputs, name)
    hashes = {
        file.path: file.sha256
        for file in read_manifest(content, f"{name}, {MANIFEST}").files
        if isinstance(file, ManifestFile)
    }
    record = folders.read_record(outputs, feature, version)
    if digest(record) != hashes.get(RECORD):
        raise RecordError(f"{name}: {RECORD} was changed; `impactbook verify` tells more.")
    figures = _bytes_of(name.folder(outputs) / FIGURES)
    if sha256(figures) != hashes.get(FIGURES):
        raise RecordError(f"{name}: {FIGURES} was changed; `impactbook verify` tells more.")
    return Predecessor(version, sha256(content), record, figures)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _head(outputs: Path) -> str | None:
    try:
        return ledger.tail(outputs / ledger.LEDGER).head
    except RecordError:
        return None


def _unchanged(outputs: Path, context: SealContext, decision: VersionDecision) -> Sealed:
    name = folders.RecordName(context.feature, decision.version)
    manifest = sha256(_manifest(outputs, name))
    return Sealed(decision, name.folder(outputs), manifest, context.ledger_head)


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write and flush all files; on any error remove the folder again."""
    try:
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            write_new(folder / path, content)
        for directory in {(folder / path).parent for path in files} | {folder, folder.parent}:
            flush_directory(directory)
    except BaseException as error:
        with contextlib.suppress(OSError):
            remove_folder(folder)
            folder.parent.rmdir()
        if isinstance(error, OSError):
            raise storage_error(folder.parent, error) from None
        raise
