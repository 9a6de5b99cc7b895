"""Sealing a record: build it beside its place, rename it into place, add a line to the ledger.

The caller says what goes into the record (`compose`) and how it is shown (`present`); version,
predecessor, ledger and crash safety are decided here. Drafts go the same way, but stay outside
versions and ledger.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from impactbook.errors import InputError, RecordError, StorageError
from impactbook.files import flush_directory, storage_error
from impactbook.model.record import DRAFT, RECORD_SCHEMA, Disclosures, Record
from impactbook.records import folders, ledger
from impactbook.records.canonical import canonical, sha256, sha256_file
from impactbook.records.disclosures import misfits, to_json, undisclosed
from impactbook.records.intent import (
    INTENT,
    Intent,
    clear_intent,
    recover,
    remove_folder,
    undo,
    write_intent,
)
from impactbook.records.manifest import (
    DISCLOSURES,
    MANIFEST,
    RECORD,
    REQUIRED_FILES,
    make_manifest,
)
from impactbook.records.versions import VersionDecision, bump, next_version

LOCK = ".lock"
LOCK_TIMEOUT = 600.0
"""Seconds to wait for another process that seals."""


@dataclass(frozen=True)
class Predecessor:
    """The newest sealed record of the feature: its version, its manifest's SHA-256, its content."""

    version: str
    manifest: str
    record: Mapping[str, Any]


@dataclass(frozen=True)
class SealContext:
    """What a record may depend on: the record before it and the ledger's head before sealing."""

    feature: str
    previous: Predecessor | None
    ledger_head: str | None
    draft: bool = False


@dataclass(frozen=True)
class Composition:
    """A record without the parts that sealing decides.

    `record` is the public JSON object; `schema`, `version`, `previous`, `provenance.evidence` and
    `provenance.ledger_head` are filled in here. `files` are those that do not depend on the
    version: evidence, notebooks, attachments, ballots.
    """

    record: Mapping[str, Any]
    disclosures: Disclosures = field(default_factory=Disclosures)
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class FinalRecord:
    """The record as it will be sealed; `content` holds the bytes of `record.json`."""

    record: Mapping[str, Any]
    content: bytes
    disclosures: Disclosures
    files: Mapping[str, bytes]
    context: SealContext


Compose = Callable[[SealContext], Composition]
Present = Callable[[FinalRecord], Mapping[str, bytes]]
"""Makes `record.pdf` and `record.html` (and whatever else shows the record) from it."""


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
    with _locked(outputs, lock_timeout):
        recover(outputs)
        _sweep(outputs, feature)
        last = _agreed_last_line(outputs)
        previous = _predecessor(outputs, feature)
        context = SealContext(feature, previous, last.hash if last else None)
        composition = compose(context)
        decision = next_version(
            previous.record if previous else None, _assembled(composition, context, DRAFT)
        )
        if decision.kind == "unchanged":
            if previous is None or not force:
                return _unchanged(outputs, context, decision)
            forced = bump(decision.version, "patch")
            decision = VersionDecision("patch", forced, ("sealed again on request",))
        files = _all_files(composition, context, decision.version, present)
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
        _commit(outputs, intent)
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
    with _locked(outputs, lock_timeout):
        _sweep_drafts(outputs, feature)
        context = SealContext(feature, _predecessor(outputs, feature), _head(outputs), draft=True)
        files = _all_files(compose(context), context, DRAFT, present)
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
            with contextlib.suppress(OSError):
                _sweep_drafts(outputs, feature)
            raise storage_error(place, error) from None
        return place


@contextlib.contextmanager
def _locked(outputs: Path, timeout: float) -> Iterator[None]:
    lock = FileLock(outputs / LOCK, timeout=timeout)
    try:
        outputs.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise InputError(
            "another impactbook is sealing here and does not finish",
            remedy="wait for it or end it, then run again",
            file=outputs,
        ) from None
    except OSError as error:
        raise storage_error(outputs, error) from None
    try:
        yield
    finally:
        lock.release()


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
    for old in folder.glob(f".{DRAFT}.old-*"):
        if (folder / DRAFT).exists():
            remove_folder(old)
        else:
            old.rename(folder / DRAFT)
    for staged in folder.glob(f".{DRAFT}.part-*"):
        remove_folder(staged)


def _agreed_last_line(outputs: Path) -> ledger.Line | None:
    """The ledger's last line, once ledger and folders name the same newest records."""
    path = outputs / ledger.LEDGER
    ledger.head(path)
    seals = ledger.newest_seals(path)
    names = {name.feature for name in folders.list_records(outputs)}
    for feature in sorted(names | set(seals)):
        newest, sealed = folders.newest_version(outputs, feature), seals.get(feature)
        if sealed is None or newest != sealed.version:
            raise RecordError(
                f"{path}: does not end in the newest record of {feature} (the folder has "
                f"{newest or 'none'}, the ledger {sealed.version if sealed else 'none'}); "
                "restore the missing one, `impactbook verify` tells more."
            )
    last = ledger.tail(path).last
    if last is not None and _manifest_hash(outputs, ledger.name_of(last)) != last.manifest:
        raise RecordError(
            f"{path}: its last line does not fit the manifest of {ledger.name_of(last)}; "
            "`impactbook verify` tells more."
        )
    return last


def _manifest_hash(outputs: Path, name: folders.RecordName) -> str:
    try:
        return sha256_file(name.folder(outputs) / MANIFEST)
    except OSError:
        raise RecordError(f"{name}: its {MANIFEST} cannot be read.") from None


def _predecessor(outputs: Path, feature: str) -> Predecessor | None:
    version = folders.newest_version(outputs, feature)
    if version is None:
        return None
    manifest = _manifest_hash(outputs, folders.RecordName(feature, version))
    return Predecessor(version, manifest, folders.read_record(outputs, feature, version))


def _head(outputs: Path) -> str | None:
    try:
        return ledger.tail(outputs / ledger.LEDGER).head
    except RecordError:
        return None


def _unchanged(outputs: Path, context: SealContext, decision: VersionDecision) -> Sealed:
    name = folders.RecordName(context.feature, decision.version)
    manifest = _manifest_hash(outputs, name)
    return Sealed(decision, name.folder(outputs), manifest, context.ledger_head)


def _assembled(composition: Composition, context: SealContext, version: str) -> dict[str, Any]:
    """The record with the parts that sealing decides."""
    record = to_json(composition.record)
    previous = context.previous
    record["schema"] = RECORD_SCHEMA
    record["version"] = version
    record["previous"] = (
        {"version": previous.version, "manifest": previous.manifest} if previous else None
    )
    record["provenance"] = {
        **record.get("provenance", {}),
        "evidence": {
            path: sha256(content)
            for path, content in composition.files.items()
            if path.startswith("evidence/")
        },
        "ledger_head": context.ledger_head,
    }
    return dict(record)


def _all_files(
    composition: Composition, context: SealContext, version: str, present: Present
) -> dict[str, bytes]:
    """Every file of the record, the manifest last."""
    record = _assembled(composition, context, version)
    _check(record, composition.disclosures, context.feature)
    content = canonical(record)
    final = FinalRecord(record, content, composition.disclosures, composition.files, context)
    files = {
        **composition.files,
        **present(final),
        RECORD: content,
        DISCLOSURES: canonical(to_json(composition.disclosures)),
    }
    files.pop(MANIFEST, None)
    missing = [path for path in REQUIRED_FILES if path not in files]
    if missing:
        raise RecordError(f"{context.feature}: the record lacks {', '.join(missing)}.")
    return {**files, MANIFEST: make_manifest(context.feature, version, files)}


def _check(record: Mapping[str, Any], disclosures: Disclosures, feature: str) -> None:
    """Refuse to seal what could never be verified."""
    try:
        checked = Record.model_validate(record)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        reason = error.errors()[0]["msg"]
        raise RecordError(f"{feature}: the record's {where} cannot be sealed ({reason}).") from None
    if checked.feature.id != feature:
        raise RecordError(f"{feature}: the record speaks of another feature.")
    if misfits(record, disclosures) or undisclosed(record, disclosures):
        raise RecordError(f"{feature}: the disclosures do not open the record's internal fields.")


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write and flush all files; on any error remove the folder again."""
    try:
        for path, content in files.items():
            _write_file(folder / path, content)
        for directory in {(folder / path).parent for path in files} | {folder, folder.parent}:
            flush_directory(directory)
    except BaseException as error:
        with contextlib.suppress(OSError):
            remove_folder(folder)
        if isinstance(error, OSError):
            raise storage_error(folder.parent, error) from None
        raise


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _commit(outputs: Path, intent: Intent) -> None:
    """Announce, rename, append, clear; whatever fails before the line stands is taken back."""
    final = intent.final(outputs)
    try:
        write_intent(outputs, intent)
        try:
            intent.staged(outputs).rename(final)
        except OSError as error:
            raise storage_error(final, error) from None
        flush_directory(final.parent)
        ledger.append(outputs / ledger.LEDGER, intent.line)
    except BaseException:
        if not _appended(outputs, intent):
            # When even this fails, the intent stays and the next run cleans up.
            with contextlib.suppress(StorageError):
                undo(outputs, intent)
        raise
    with contextlib.suppress(StorageError):
        # The record is sealed; an intent that cannot be removed is cleared by the next run.
        clear_intent(outputs)


def _appended(outputs: Path, intent: Intent) -> bool:
    with contextlib.suppress(RecordError, OSError):
        return ledger.tail(outputs / ledger.LEDGER).head == intent.line.hash
    return False
