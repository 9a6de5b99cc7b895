"""A sealing under way: the folder that is to be renamed, and the ledger line to be appended.

`outputs/.sealing.json` names both, as `records.announced` lays down. Without it, a record that the
ledger lacks, or a torn line, is not a crash but somebody's change.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from impactbook.errors import RecordError
from impactbook.files import flush_directory, storage_error
from impactbook.model.record import SealLine
from impactbook.records import contents, ledger
from impactbook.records.announced import Announced, Announcement, append_due, cut_torn
from impactbook.records.canonical import sha256
from impactbook.records.manifest import MANIFEST, read_manifest
from impactbook.records.versions import version_key

INTENT = ".sealing.json"


class Intent(Announced):
    """A sealing under way: the folder that is to be renamed, and the line to be appended."""

    schema_: Literal["impactbook/intent/1"] = Field(default="impactbook/intent/1", alias="schema")
    staging: Annotated[str, StringConstraints(pattern=r"^\.[0-9.]+\.part-[0-9a-f]+$")]
    line: SealLine

    @property
    def announced(self) -> tuple[ledger.Line, ...]:
        """What is to be appended."""
        return (self.line,)

    def staged(self, outputs: Path) -> Path:
        """The hidden folder the record is built in."""
        return outputs / self.line.feature / self.staging

    def final(self, outputs: Path) -> Path:
        """The folder it becomes."""
        return ledger.name_of(self.line).folder(outputs)


SEALING = Announcement(INTENT, Intent, idle="no sealing runs", some="a sealing", act="sealing of")


def clear_intent(outputs: Path) -> None:
    """Remove the intent and flush that to the disk; raises `StorageError`."""
    try:
        (outputs / INTENT).unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(outputs / INTENT, error) from None
    flush_directory(outputs)


def recover(outputs: Path) -> None:
    """Finish or undo a sealing that was interrupted; the caller holds the lock.

    Finished: the folder is in place and whole, only the ledger's line was missing. Undone: the
    folder was not in place yet, so nothing was sealed. Raises `RecordError` when the ledger has
    moved on in the meantime, `StorageError` when the system refuses.
    """
    intent = SEALING.read(outputs)
    if intent is None:
        return
    path = outputs / ledger.LEDGER
    left = SEALING.due(ledger.tail(path), intent)
    if not left:
        clear_intent(outputs)
        return
    if _sealed_already(intent, path):
        raise SEALING.moved_on(intent)
    if _whole(intent, outputs):
        append_due(outputs, left)
        clear_intent(outputs)
    else:
        cut_torn(outputs)
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
