"""A signing under way: the file that is to be renamed, and the ledger line to be appended.

`outputs/.signing.json` names both, as `records.announced` lays down.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from impactbook.errors import RecordError
from impactbook.files import flush_directory, storage_error
from impactbook.model.record import SignLine
from impactbook.records import ledger
from impactbook.records.announced import Announced, Announcement, append_due
from impactbook.records.canonical import sha256_file
from impactbook.records.manifest import SIGNED_PDF

SIGNING = ".signing.json"
STAGED = ".signed-*.part"
"""Where a signed file is built: hidden, outside the record's folder, which holds no leftovers."""


class SigningIntent(Announced):
    """A signing under way: the file that is to be renamed, and the line to be appended."""

    schema_: Literal["impactbook/signing-intent/1"] = Field(
        default="impactbook/signing-intent/1", alias="schema"
    )
    staging: Annotated[str, StringConstraints(pattern=r"^\.signed-[0-9a-f]+\.part$")]
    line: SignLine

    @property
    def announced(self) -> tuple[ledger.Line, ...]:
        """What is to be appended."""
        return (self.line,)

    def staged(self, outputs: Path) -> Path:
        """The hidden file that was built."""
        return outputs / self.staging

    def final(self, outputs: Path) -> Path:
        """The file it becomes."""
        return ledger.name_of(self.line).folder(outputs) / SIGNED_PDF


SIGNATURE = Announcement(
    SIGNING, SigningIntent, idle="nobody signs", some="a signing", act="signing of"
)


def in_place(outputs: Path, intent: SigningIntent) -> bool:
    """Whether the announced file stands where it belongs; raises `RecordError` if none can tell."""
    final = intent.final(outputs)
    try:
        return sha256_file(final) == intent.line.sha256
    except FileNotFoundError:
        return False
    except OSError:
        raise RecordError(f"{final}: cannot be read.") from None


def recover_signing(outputs: Path) -> None:
    """Finish or undo a signing that was interrupted; the caller holds the lock.

    Finished: the signed file is in place, only the ledger's line was missing. Undone: it was not,
    so nothing was signed. Raises `RecordError` when the ledger has moved on in the meantime,
    `StorageError` when the system refuses.
    """
    intent = SIGNATURE.read(outputs)
    if intent is not None:
        left = SIGNATURE.due(ledger.tail(outputs / ledger.LEDGER), intent)
        append_due(outputs, left if in_place(outputs, intent) else ())
    clear_signing(outputs)


def clear_signing(outputs: Path) -> None:
    """Remove the intent and everything unfinished beside it; raises `StorageError`.

    The intent goes last: without it a torn line would have no explanation.
    """
    leftovers = [
        *outputs.glob(STAGED),
        *outputs.glob(f".{SIGNING}.*.part"),
        *outputs.glob(SIGNING),
    ]
    try:
        for leftover in leftovers:
            leftover.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(outputs / SIGNING, error) from None
    if leftovers:
        flush_directory(outputs)
