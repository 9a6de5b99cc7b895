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
from impactbook.records.erasing import (
    ERASING,
    STAGED,
    ErasingIntent,
    lines_left,
    read_erasing,
)
from impactbook.records.intent import INTENT, explains, read_intent
from impactbook.records.manifest import PDF
from impactbook.records.signing.intent import SIGNING, SigningIntent, read_signing

_ATTEMPTS = 20


@dataclass(frozen=True)
class Snapshot:
    """Ledger and folders as they stood together.

    `pending` is a record whose sealing is under way or was interrupted: it counts as not sealed.
    `signing` is a signing in the same state. An `erasing` in that state counts as done, since it is
    only ever finished: its lines stand in `reading`, and its new files count where they still wait.
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
    reading, erasing, strays = _with_erasing(outputs, ledger.read_ledger(moving[0]), moving[0])
    chain = [*reading.problems, *strays]
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
    signing = _pending_signing(outputs, reading, chain)
    if signing is not None:
        chain = [problem for problem in chain if not problem.endswith(ledger.INCOMPLETE)]
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
        signed={name: _counting(lines, erased.get(name, ())) for name, lines in signed.items()},
        signing=signing,
        erasing=erasing,
        moving=moving,
    )


def _with_erasing(
    outputs: Path, reading: ledger.LedgerReading, content: bytes
) -> tuple[ledger.LedgerReading, ErasingIntent | None, tuple[str, ...]]:
    """The ledger as it will be once the erasure under way is finished, that erasure, and strays."""
    try:
        intent = read_erasing(outputs)
    except RecordError as error:
        return reading, None, (str(error),)
    left = lines_left(intent, reading.head) if intent else ()
    if not left:
        return reading, intent, ()
    if not ledger.awaits(reading, left[0]):
        stray = f"{ERASING}: speaks of an erasure that does not fit the ledger."
        return reading, None, (stray,)
    whole = content[: len(content) - len(reading.torn)]
    return ledger.read_ledger(whole + b"".join(map(ledger.line_bytes, left))), intent, ()


def _pending_signing(
    outputs: Path, reading: ledger.LedgerReading, chain: list[str]
) -> SigningIntent | None:
    """The signing under way, if the ledger waits for it; anything else wrong goes to `chain`."""
    try:
        intent = read_signing(outputs)
    except RecordError as error:
        chain.append(str(error))
        return None
    if intent is None or reading.head == intent.line.hash:
        return None
    if ledger.awaits(reading, intent.line):
        return intent
    chain.append(f"{SIGNING}: speaks of a signing that does not fit the ledger.")
    return None


def _counting(signed: tuple[SignLine, ...], erased: tuple[EraseLine, ...]) -> tuple[SignLine, ...]:
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
