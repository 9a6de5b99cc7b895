"""Whatever a killed process left unfinished is finished or undone, before anything else is done.

Sealing, signing and erasing each announce what they are about to do (`intent`, `signing.intent`,
`erasing`); whoever writes next, whatever it is, takes up all three.
"""

from __future__ import annotations

from pathlib import Path

from impactbook.records.erasing import ERASING, ErasingIntent, recover_erasing
from impactbook.records.intent import INTENT, recover
from impactbook.records.lock import LOCK_TIMEOUT, locked
from impactbook.records.signing.intent import SIGNING, recover_signing


def recover_all(outputs: Path) -> ErasingIntent | None:
    """Finish or undo what was interrupted; the caller holds the lock.

    Returns an erasure that was finished. Raises `RecordError` when the ledger was changed in the
    meantime, `StorageError` when the system refuses.
    """
    recover(outputs)
    recover_signing(outputs)
    return recover_erasing(outputs)


def settle(outputs: Path, lock_timeout: float = LOCK_TIMEOUT) -> None:
    """The same for whoever only reads: where nothing was interrupted, nothing is written.

    Raises as `recover_all`, and `InputError` when another process holds the lock too long.
    """
    if any((outputs / name).exists() for name in (INTENT, SIGNING, ERASING)):
        with locked(outputs, lock_timeout):
            recover_all(outputs)
