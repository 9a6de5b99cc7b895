"""Changes that are written down before they are made: what sealing, signing and erasing share.

Each renames files into place and appends to the ledger: steps that no file system makes into one.
A hidden file below `outputs/` holds the ledger's lines before the first step and is removed after
the last; the next run finishes or undoes what it finds. What is renamed, and what undoing means,
stand in `intent`, `signing.intent` and `erasing`.
"""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from impactbook.errors import RecordError, StorageError
from impactbook.files import flush_directory, storage_error, write_atomically
from impactbook.model.base import Model
from impactbook.records import ledger
from impactbook.records.canonical import CanonicalError, canonical, parse_canonical
from impactbook.records.disclosures import to_json


class Announced(Model):
    """What an announcement holds: at least the lines that are to be appended."""

    @property
    @abstractmethod
    def announced(self) -> tuple[ledger.Line, ...]:
        """The ledger's lines in their order, one at least."""


AnyIntent = TypeVar("AnyIntent", bound=Announced)


@dataclass(frozen=True)
class Announcement(Generic[AnyIntent]):
    """One kind of announced change: its file below `outputs/`, what it holds, how it is told.

    `idle` completes "remove it if ...", `some` "it speaks of ...", `act` "... RECORD was
    interrupted".
    """

    file: str
    model: type[AnyIntent]
    idle: str
    some: str
    act: str

    def write(self, outputs: Path, intent: AnyIntent) -> None:
        """Write the intent and flush it to the disk; raises `StorageError`."""
        write_atomically(outputs / self.file, canonical(to_json(intent)))

    def read(self, outputs: Path) -> AnyIntent | None:
        """The change that was under way, or None; raises `RecordError` when it cannot be read."""
        try:
            content = (outputs / self.file).read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            raise RecordError(f"{outputs / self.file}: cannot be read.") from None
        try:
            return self.model.model_validate(parse_canonical(content, self.file))
        except (ValidationError, CanonicalError):
            raise RecordError(f"{self.file}: cannot be read; remove it if {self.idle}.") from None

    def due(self, end: ledger.Tail, intent: AnyIntent) -> tuple[ledger.Line, ...]:
        """Those of the announced lines that the ledger does not hold yet.

        Raises `RecordError` unless the ledger stands right before the first of them, or amid it.
        """
        left = lines_left(intent.announced, end.head)
        if not left and not end.torn:
            return ()
        if not left or not ledger.awaits(end, left[0]):
            raise self.moved_on(intent)
        return left

    def moved_on(self, intent: AnyIntent) -> RecordError:
        """The error of a ledger that is not where the announced lines were to come."""
        return RecordError(
            f"{self.file}: the {self.act} {ledger.name_of(intent.announced[0])} was interrupted, and "
            f"{ledger.LEDGER} was changed since; restore `outputs` from a copy."
        )

    @property
    def stray(self) -> str:
        """What is wrong with an announcement that the ledger does not stand before."""
        return f"{self.file}: speaks of {self.some} that does not fit the ledger."


def lines_left(lines: Sequence[ledger.Line], head: str | None) -> tuple[ledger.Line, ...]:
    """Those of the announced lines that a ledger with this head does not hold yet."""
    hashes = [line.hash for line in lines]
    return tuple(lines[hashes.index(head) + 1 if head in hashes else 0 :])


def append_due(outputs: Path, lines: Sequence[ledger.Line]) -> None:
    """Append lines that were announced, after what a killed process left of the first is cut off.

    Raises `StorageError` when the system refuses.
    """
    cut_torn(outputs)
    for line in lines:
        ledger.append(outputs / ledger.LEDGER, line)


def cut_torn(outputs: Path) -> None:
    """Cut off what a killed process left of a line; raises `StorageError`."""
    end = ledger.tail(outputs / ledger.LEDGER)
    if end.torn:
        ledger.truncate(outputs / ledger.LEDGER, end.complete)


def commit(
    outputs: Path,
    line: ledger.Line,
    *,
    final: Path,
    announce: Callable[[], None],
    put: Callable[[], object],
    take_back: Callable[[], None],
    clear: Callable[[], None],
) -> None:
    """Announce, put what was built to its `final` place, append `line`, clear the announcement.

    Whatever fails before the line stands is taken back. Raises `StorageError` when the system
    refuses, and what `announce` raises.
    """
    try:
        announce()
        try:
            put()
        except OSError as error:
            raise storage_error(final, error) from None
        flush_directory(final.parent)
        ledger.append(outputs / ledger.LEDGER, line)
    except BaseException:
        # When even this fails, the announcement stays, and the next run cleans up.
        with contextlib.suppress(RecordError, StorageError, OSError):
            if ledger.withdraw(outputs / ledger.LEDGER, line):
                take_back()
        raise
    with contextlib.suppress(StorageError):
        # All is done; an announcement that cannot be removed is cleared by the next run.
        clear()
