"""What is about to be signed, written down first, as `records.intent` does for sealing.

Signing renames a finished file over `record.signed.pdf` and then appends to the ledger.
`outputs/.signing.json` names that file and holds the line before the first step and is removed
after the second; the next run finishes or undoes what it finds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from impactbook.errors import RecordError
from impactbook.files import flush_directory, storage_error, write_atomically
from impactbook.model.base import Model
from impactbook.model.record import SignLine
from impactbook.records import ledger
from impactbook.records.canonical import CanonicalError, canonical, parse_canonical, sha256_file
from impactbook.records.disclosures import to_json
from impactbook.records.manifest import SIGNED_PDF

SIGNING = ".signing.json"
STAGED = ".signed-*.part"
"""Where a signed file is built: hidden, outside the record's folder, which holds no leftovers."""


class SigningIntent(Model):
    """A signing under way: the file that is to be renamed, and the line to be appended."""

    schema_: Literal["impactbook/signing-intent/1"] = Field(
        default="impactbook/signing-intent/1", alias="schema"
    )
    staging: Annotated[str, StringConstraints(pattern=r"^\.signed-[0-9a-f]+\.part$")]
    line: SignLine

    def staged(self, outputs: Path) -> Path:
        """The hidden file that was built."""
        return outputs / self.staging

    def final(self, outputs: Path) -> Path:
        """The file it becomes."""
        return ledger.name_of(self.line).folder(outputs) / SIGNED_PDF


def write_signing(outputs: Path, intent: SigningIntent) -> None:
    """Write the intent and flush it to the disk; raises `StorageError`."""
    write_atomically(outputs / SIGNING, canonical(to_json(intent)))


def read_signing(outputs: Path) -> SigningIntent | None:
    """The signing that was under way, or None; raises `RecordError` when it cannot be read."""
    try:
        content = (outputs / SIGNING).read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise RecordError(f"{outputs / SIGNING}: cannot be read.") from None
    try:
        return SigningIntent.model_validate(parse_canonical(content, SIGNING))
    except (ValidationError, CanonicalError):
        raise RecordError(f"{SIGNING}: cannot be read; remove it if nobody signs.") from None


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
    intent = read_signing(outputs)
    if intent is not None:
        _complete(outputs, intent)
    clear_signing(outputs)


def _complete(outputs: Path, intent: SigningIntent) -> None:
    path = outputs / ledger.LEDGER
    end = ledger.tail(path)
    if end.head == intent.line.hash and not end.torn:
        return
    if not ledger.awaits(end, intent.line):
        raise RecordError(
            f"{SIGNING}: the signing of {ledger.name_of(intent.line)} was interrupted, and "
            f"{ledger.LEDGER} was changed since; restore `outputs` from a copy."
        )
    if end.torn:
        ledger.truncate(path, end.complete)
    if in_place(outputs, intent):
        ledger.append(path, intent.line)


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
