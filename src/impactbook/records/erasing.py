"""What is about to be erased, written down first, as `records.intent` does for sealing.

An erasure replaces files in several records and appends a line for each. Everything new is built
in a hidden folder, then `outputs/.erasing.json` holds the lines; from there on the erasure is only
ever finished, never taken back: the next run of any command that writes does it.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from impactbook.files import flush_directory, storage_error
from impactbook.model.base import Identifier
from impactbook.model.record import DRAFT, EraseLine
from impactbook.records import ledger
from impactbook.records.announced import Announced, Announcement, append_due
from impactbook.records.folders import RecordName
from impactbook.records.intent import remove_folder
from impactbook.records.manifest import DISCLOSURES, HTML, PDF, SIGNED_PDF

ERASING = ".erasing.json"
STAGED = ".erased-*.part"
"""Where the new files are built: hidden, outside the records' folders."""

REPLACED = (DISCLOSURES, PDF, HTML)
"""The files of a record that show internal fields."""


class ErasingIntent(Announced):
    """An erasure under way: its lines in their order, where the new files are, which drafts go."""

    schema_: Literal["impactbook/erasing-intent/1"] = Field(
        default="impactbook/erasing-intent/1", alias="schema"
    )
    staging: Annotated[str, StringConstraints(pattern=r"^\.erased-[0-9a-f]+\.part$")]
    lines: tuple[EraseLine, ...] = Field(min_length=1)
    drafts: tuple[Identifier, ...] = ()

    @property
    def announced(self) -> tuple[ledger.Line, ...]:
        """What is to be appended."""
        return self.lines

    def staged(self, outputs: Path, name: RecordName) -> Path:
        """The folder with a record's new files."""
        return name.folder(outputs / self.staging)


ERASURE = Announcement(
    ERASING, ErasingIntent, idle="nobody erases", some="an erasure", act="erasure from"
)


def recover_erasing(outputs: Path) -> ErasingIntent | None:
    """Finish an erasure that was announced, sweep away one that was not; the caller has the lock.

    Returns the erasure that was finished. Raises `RecordError` when the ledger was
    changed in the meantime, `StorageError` when the system refuses.
    """
    intent = ERASURE.read(outputs)
    if intent is not None:
        finish(outputs, intent)
    _sweep(outputs)
    return intent


def finish(outputs: Path, intent: ErasingIntent) -> None:
    """Append the lines, put the new files in place, remove what still shows the old ones.

    Each part may have been done already. Raises as `recover_erasing`.
    """
    append_due(outputs, ERASURE.due(ledger.tail(outputs / ledger.LEDGER), intent))
    for line in intent.lines:
        name = ledger.name_of(line)
        folder, staged = name.folder(outputs), intent.staged(outputs, name)
        try:
            for file in REPLACED:
                with contextlib.suppress(FileNotFoundError):
                    (staged / file).replace(folder / file)
            # Its signatures spoke of pages that show what is erased.
            (folder / SIGNED_PDF).unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(folder, error) from None
        flush_directory(folder)
    for feature in intent.drafts:
        try:
            remove_folder(outputs / feature / DRAFT)
        except OSError as error:
            raise storage_error(outputs / feature / DRAFT, error) from None
    try:
        # The folder goes before the intent: without it the files in it would have no explanation.
        remove_folder(outputs / intent.staging)
        (outputs / ERASING).unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(outputs / ERASING, error) from None
    flush_directory(outputs)


def _sweep(outputs: Path) -> None:
    try:
        for folder in outputs.glob(STAGED):
            remove_folder(folder)
        for leftover in outputs.glob(f".{ERASING}.*.part"):
            leftover.unlink()
    except OSError as error:
        raise storage_error(outputs, error) from None
