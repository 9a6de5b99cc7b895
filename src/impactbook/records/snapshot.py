"""The state of `outputs/` at one moment, read without a lock, so that a read-only copy will do.

Sealed records never change; only the ledger, the list of folders and an intent can move while
somebody seals. They are read until two readings agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from impactbook.errors import RecordError
from impactbook.model.record import EraseLine, SealLine, SignLine
from impactbook.records import folders, ledger
from impactbook.records.announced import Announcement, AnyIntent, lines_left
from impactbook.records.erasing import ERASING, ERASURE, STAGED, ErasingIntent
from impactbook.records.intent import INTENT, SEALING
from impactbook.records.manifest import PDF
from impactbook.records.signing.intent import SIGNATURE, SIGNING, SigningIntent

_ATTEMPTS = 20


@dataclass(frozen=True)
class Snapshot:
    """Ledger and folders as they stood together.

    `pending` is a record whose sealing is under way or was interrupted: it counts as not sealed.
    `signing` is a signing in the same state. `erasing` is an erasure that is not finished: it counts
    as far as its lines stand in the ledger, for its files are replaced only after that. So an
    announcement alone makes nothing hold that would not hold without it.
    `signed` holds the `sign` lines that count: not those before an erasure that made another
    `record.pdf`. `moving` are the files read, as they were.
    """

    reading: ledger.LedgerReading
    records: tuple[folders.RecordName, ...]
    pending: folders.RecordName | None
    chain_problems: tuple[str, ...]
    folder_problems: tuple[str, ...]
    seals: dict[folders.RecordName, tuple[SealLine, ...]]
    before: dict[folders.RecordName, SealLine | None]
    erased: dict[folders.RecordName, tuple[EraseLine, ...]]
    signed: dict[folders.RecordName, tuple[SignLine, ...]]
    signing: SigningIntent | None
    erasing: ErasingIntent | None
    moving: tuple[bytes, ...]


def take_snapshot(outputs: Path) -> Snapshot:
    """Read ledger, folders and intent together; raises `RecordError` when they never rest."""
    for _ in range(_ATTEMPTS):
        before = _moving_parts(outputs)
        records, strange = folders.list_records(outputs), folders.strangers(outputs)
        after = _moving_parts(outputs)
        if before == after:
            return _interpreted(outputs, before, records, strange)
    raise RecordError(f"{outputs}: changes while it is read; verify again when nobody seals.")


def still(outputs: Path, snapshot: Snapshot) -> bool:
    """Whether nobody sealed, signed or erased since the snapshot was taken."""
    return _moving_parts(outputs) == snapshot.moving


def _moving_parts(outputs: Path) -> tuple[bytes, ...]:
    ledger_bytes, *intents = (
        _bytes(outputs / name) for name in (ledger.LEDGER, INTENT, SIGNING, ERASING)
    )
    waiting = sorted(str(path) for path in outputs.glob(f"{STAGED}/*/*/*")) if intents[-1] else []
    return ledger_bytes, *intents, "\n".join(waiting).encode()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError:
        raise RecordError(f"{path}: cannot be read.") from None


def _interpreted(
    outputs: Path,
    moving: tuple[bytes, ...],
    records: tuple[folders.RecordName, ...],
    strange: tuple[str, ...],
) -> Snapshot:
    reading = ledger.read_ledger(moving[0])
    chain = list(reading.problems)
    sealing, sealed = _announced(SEALING, outputs, reading, chain)
    signing, entered = _announced(SIGNATURE, outputs, reading, chain)
    erasing, _ = _announced(ERASURE, outputs, reading, chain)
    pending = None
    if sealing is not None and not sealed:
        pending = ledger.name_of(sealing.line)
        records = tuple(name for name in records if name != pending)
    seals, before, erased, signed = _by_record(reading)
    return Snapshot(
        reading=reading,
        records=records,
        pending=pending,
        chain_problems=tuple(chain),
        folder_problems=_disagreements(records, seals, erased, signed, strange),
        seals=seals,
        before=before,
        erased=erased,
        signed={name: counting(lines, erased.get(name, ())) for name, lines in signed.items()},
        signing=None if entered else signing,
        erasing=erasing,
        moving=moving,
    )


def _announced(
    announcement: Announcement[AnyIntent],
    outputs: Path,
    reading: ledger.LedgerReading,
    chain: list[str],
) -> tuple[AnyIntent | None, bool]:
    """A change that was announced and fits the ledger, and whether all its lines stand there.

    What is wrong with it goes to the problems of the chain; a torn line that it explains leaves
    them.
    """
    try:
        intent = announcement.read(outputs)
    except RecordError as error:
        chain.append(str(error))
        return None, False
    if intent is None:
        return None, False
    left = lines_left(intent.announced, reading.head)
    if left and not ledger.awaits(reading, left[0]):
        chain.append(announcement.stray)
        return None, False
    if left:
        chain[:] = [problem for problem in chain if not problem.endswith(ledger.INCOMPLETE)]
    return intent, not left


def counting(signed: tuple[SignLine, ...], erased: tuple[EraseLine, ...]) -> tuple[SignLine, ...]:
    """The signings that still count: an erasure that made another PDF took the others with it."""
    rebuilt = [line.seq for line in erased if any(file.path == PDF for file in line.files)]
    return tuple(line for line in signed if line.seq > max(rebuilt, default=0))


def _by_record(
    reading: ledger.LedgerReading,
) -> tuple[
    dict[folders.RecordName, tuple[SealLine, ...]],
    dict[folders.RecordName, SealLine | None],
    dict[folders.RecordName, tuple[EraseLine, ...]],
    dict[folders.RecordName, tuple[SignLine, ...]],
]:
    """Each record's seal lines, the feature's seal line before it, its erase and sign lines."""
    seals: dict[folders.RecordName, tuple[SealLine, ...]] = {}
    before: dict[folders.RecordName, SealLine | None] = {}
    erased: dict[folders.RecordName, tuple[EraseLine, ...]] = {}
    signed: dict[folders.RecordName, tuple[SignLine, ...]] = {}
    newest: dict[str, SealLine] = {}
    for line in reading.lines:
        name = ledger.name_of(line)
        if isinstance(line, SealLine):
            seals[name] = (*seals.get(name, ()), line)
            before[name] = newest.get(line.feature)
            newest[line.feature] = line
        elif isinstance(line, SignLine):
            signed[name] = (*signed.get(name, ()), line)
        else:
            erased[name] = (*erased.get(name, ()), line)
    return seals, before, erased, signed


def _disagreements(
    records: tuple[folders.RecordName, ...],
    seals: dict[folders.RecordName, tuple[SealLine, ...]],
    erased: dict[folders.RecordName, tuple[EraseLine, ...]],
    signed: dict[folders.RecordName, tuple[SignLine, ...]],
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
    found += [f"{name} was signed but never sealed" for name in signed if name not in seals]
    found += [
        f"a signing of {name} names another manifest"
        for name, lines in signed.items()
        if {line.manifest for line in (*lines, *seals.get(name, lines))} != {lines[0].manifest}
    ]
    found += [f"{folder} is no record's folder" for folder in strange]
    return tuple(found)
