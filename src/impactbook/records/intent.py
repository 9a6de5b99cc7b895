"""What is about to be sealed, written down first, so that a killed process can be cleaned up after.

Sealing renames a finished folder into place and then appends to the ledger: two steps that no file
system makes into one. `outputs/.sealing.json` names the folder and holds the ledger line before
the first step and is removed after the second; the next run finishes or undoes what it finds.
Without it, a record that the ledger lacks, or a torn line, is not a crash but somebody's change.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from impactbook.errors import RecordError
from impactbook.files import flush_directory, storage_error, write_atomically
from impactbook.model.base import Model
from impactbook.model.record import SealLine
from impactbook.records import contents, ledger
from impactbook.records.canonical import CanonicalError, canonical, parse_canonical, sha256
from impactbook.records.disclosures import to_json
from impactbook.records.manifest import MANIFEST, read_manifest
from impactbook.records.versions import version_key

INTENT = ".sealing.json"


class Intent(Model):
    """A sealing under way: the folder that is to be renamed, and the line to be appended."""

    schema_: Literal["impactbook/intent/1"] = Field(default="impactbook/intent/1", alias="schema")
    staging: Annotated[str, StringConstraints(pattern=r"^\.[0-9.]+\.part-[0-9a-f]+$")]
    line: SealLine

    def staged(self, outputs: Path) -> Path:
        """The hidden folder the record is built in."""
        return outputs / self.line.feature / self.staging

    def final(self, outputs: Path) -> Path:
        """The folder it becomes."""
        return ledger.name_of(self.line).folder(outputs)


def write_intent(outputs: Path, intent: Intent) -> None:
    """Write the intent and flush it to the disk; raises `StorageError`."""
    write_atomically(outputs / INTENT, canonical(to_json(intent)))


def read_intent(outputs: Path) -> Intent | None:
    """The sealing that was under way, or None; raises `RecordError` when it cannot be read."""
    try:
        content = (outputs / INTENT).read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise RecordError(f"{outputs / INTENT}: cannot be read.") from None
    try:
        return Intent.model_validate(parse_canonical(content, INTENT))
    except (ValidationError, CanonicalError):
        raise RecordError(f"{INTENT}: cannot be read; remove it if no sealing runs.") from None


def clear_intent(outputs: Path) -> None:
    """Remove the intent and flush that to the disk; raises `StorageError`."""
    try:
        (outputs / INTENT).unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(outputs / INTENT, error) from None
    flush_directory(outputs)


def explains(intent: Intent, reading: ledger.LedgerReading | ledger.Tail) -> bool:
    """Whether the ledger stands right before or amid the append that the intent announces."""
    return ledger.awaits(reading, intent.line)


def recover(outputs: Path) -> None:
    """Finish or undo a sealing that was interrupted; the caller holds the lock.

    Finished: the folder is in place and whole, only the ledger's line was missing. Undone: the
    folder was not in place yet, so nothing was sealed. Raises `RecordError` when the ledger has
    moved on in the meantime, `StorageError` when the system refuses.
    """
    intent = read_intent(outputs)
    if intent is None:
        return
    path = outputs / ledger.LEDGER
    end = ledger.tail(path)
    if end.head == intent.line.hash and not end.torn:
        clear_intent(outputs)
        return
    if not explains(intent, end) or _sealed_already(intent, path):
        raise RecordError(
            f"{INTENT}: the sealing of {ledger.name_of(intent.line)} was interrupted, and "
            f"{ledger.LEDGER} was changed since; restore `outputs` from a copy."
        )
    if end.torn:
        ledger.truncate(path, end.complete)
    if _whole(intent, outputs):
        ledger.append(path, intent.line)
        clear_intent(outputs)
    else:
        undo(outputs, intent)


def undo(outputs: Path, intent: Intent) -> None:
    """Take back a sealing whose line is not in the ledger; raises `StorageError`.

    The folder is hidden first: a process killed while it is removed leaves nothing half.
    """
    try:
        if intent.final(outputs).is_dir():
            intent.final(outputs).rename(intent.staged(outputs))
        remove_folder(intent.staged(outputs))
        with contextlib.suppress(OSError):
            # Only an empty folder goes: this would have been the feature's first record.
            intent.final(outputs).parent.rmdir()
    except OSError as error:
        raise storage_error(intent.final(outputs), error) from None
    clear_intent(outputs)


def remove_folder(folder: Path) -> None:
    """Remove a folder with all it holds, if it exists; raises OSError."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _whole(intent: Intent, outputs: Path) -> bool:
    """Whether the folder is in place and holds exactly what its manifest says."""
    folder = intent.final(outputs)
    try:
        content = (folder / MANIFEST).read_bytes()
        return sha256(content) == intent.line.manifest and not contents.problems(
            folder, read_manifest(content)
        )
    except (OSError, RecordError):
        return False


def _sealed_already(intent: Intent, path: Path) -> bool:
    # An intent that names an older record was not written by `seal`; undoing it would delete it.
    newest = ledger.newest_seals(path).get(intent.line.feature)
    return newest is not None and version_key(intent.line.version) <= version_key(newest.version)
