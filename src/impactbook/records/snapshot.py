"""The state of `outputs/` at one moment, read without a lock, so that a read-only copy will do.

Sealed records never change; only the ledger, the list of folders and an intent can move while
somebody seals. They are read until two readings agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from impactbook.errors import RecordError
from impactbook.model.record import EraseLine, SealLine
from impactbook.records import folders, ledger
from impactbook.records.intent import INTENT, explains, read_intent

_ATTEMPTS = 20


@dataclass(frozen=True)
class Snapshot:
    """Ledger and folders as they stood together.

    `pending` is a record whose sealing is under way or was interrupted: it counts as not sealed.
    `problems` are disagreements between ledger and folders, of whichever record.
    """

    reading: ledger.LedgerReading
    records: tuple[folders.RecordName, ...]
    pending: folders.RecordName | None
    chain_problems: tuple[str, ...]
    folder_problems: tuple[str, ...]
    seals: dict[folders.RecordName, tuple[SealLine, ...]]
    before: dict[folders.RecordName, SealLine | None]
    erased: dict[folders.RecordName, tuple[EraseLine, ...]]


def take_snapshot(outputs: Path) -> Snapshot:
    """Read ledger, folders and intent together; raises `RecordError` when they never rest."""
    for _ in range(_ATTEMPTS):
        before = _moving_parts(outputs)
        records, strange = folders.list_records(outputs), folders.strangers(outputs)
        after = _moving_parts(outputs)
        if before == after:
            return _interpreted(outputs, before[0], records, strange)
    raise RecordError(f"{outputs}: changes while it is read; verify again when nobody seals.")


def _moving_parts(outputs: Path) -> tuple[bytes, bytes]:
    return _bytes(outputs / ledger.LEDGER), _bytes(outputs / INTENT)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError:
        raise RecordError(f"{path}: cannot be read.") from None


def _interpreted(
    outputs: Path,
    content: bytes,
    records: tuple[folders.RecordName, ...],
    strange: tuple[str, ...],
) -> Snapshot:
    reading = ledger.read_ledger(content)
    chain = list(reading.problems)
    pending = None
    try:
        intent = read_intent(outputs)
    except RecordError as error:
        intent = None
        chain.append(str(error))
    if intent is not None and explains(intent, reading):
        pending = ledger.name_of(intent.line)
        records = tuple(name for name in records if name != pending)
        chain = [problem for problem in chain if not problem.endswith(ledger.INCOMPLETE)]
    elif intent is not None and reading.head != intent.line.hash:
        chain.append(f"{INTENT}: speaks of a sealing that does not fit the ledger.")
    seals, before, erased = _by_record(reading)
    return Snapshot(
        reading=reading,
        records=records,
        pending=pending,
        chain_problems=tuple(chain),
        folder_problems=_disagreements(records, seals, erased, strange),
        seals=seals,
        before=before,
        erased=erased,
    )


def _by_record(
    reading: ledger.LedgerReading,
) -> tuple[
    dict[folders.RecordName, tuple[SealLine, ...]],
    dict[folders.RecordName, SealLine | None],
    dict[folders.RecordName, tuple[EraseLine, ...]],
]:
    """Each record's seal lines, the seal line of the same feature before it, its erase lines."""
    seals: dict[folders.RecordName, tuple[SealLine, ...]] = {}
    before: dict[folders.RecordName, SealLine | None] = {}
    erased: dict[folders.RecordName, tuple[EraseLine, ...]] = {}
    newest: dict[str, SealLine] = {}
    for line in reading.lines:
        name = ledger.name_of(line)
        if isinstance(line, SealLine):
            seals[name] = (*seals.get(name, ()), line)
            before[name] = newest.get(line.feature)
            newest[line.feature] = line
        else:
            erased[name] = (*erased.get(name, ()), line)
    return seals, before, erased


def _disagreements(
    records: tuple[folders.RecordName, ...],
    seals: dict[folders.RecordName, tuple[SealLine, ...]],
    erased: dict[folders.RecordName, tuple[EraseLine, ...]],
    strange: tuple[str, ...],
) -> tuple[str, ...]:
    present = set(records)
    found = [
        f"{name} has a folder but no line in the ledger" for name in records if name not in seals
    ]
    found += [
        f"{name} stands in the ledger but has no folder" for name in seals if name not in present
    ]
    found += [
        f"{name} was sealed {len(lines)} times" for name, lines in seals.items() if len(lines) > 1
    ]
    found += [f"{name} was erased from but never sealed" for name in erased if name not in seals]
    found += [
        f"an erasure from {name} names another manifest"
        for name, lines in erased.items()
        if {line.manifest for line in (*lines, *seals.get(name, lines))} != {lines[0].manifest}
    ]
    found += [f"{folder} is no record's folder" for folder in strange]
    return tuple(found)
