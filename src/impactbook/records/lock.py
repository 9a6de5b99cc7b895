"""One process at a time changes `outputs/`: the lock that sealing, signing and erasing hold.

The lock is the operating system's (`filelock`), so it ends with the process that holds it, however
that ends; on a shared folder it holds between machines as far as the file system's locks do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from impactbook.errors import ImpactbookError, InputError, StorageError
from impactbook.files import storage_error

LOCK = ".lock"
LOCK_TIMEOUT = 600.0
"""Seconds to wait for another process that seals."""


@contextlib.contextmanager
def locked(outputs: Path, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Hold the lock of `outputs/`, which is made if it does not exist.

    Raises `InputError` when another process holds it for longer than `timeout` seconds, and
    `StorageError` when the system refuses or the folder goes away meanwhile, as one on a network
    may: an empty folder in its place looks like one without records.
    """
    lock = FileLock(outputs / LOCK, timeout=timeout)
    try:
        outputs.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        held = _identity(outputs)
    except Timeout:
        raise InputError(
            "another impactbook is sealing here and does not finish",
            remedy="wait for it or end it, then run again",
            file=outputs,
        ) from None
    except OSError as error:
        raise storage_error(outputs, error) from None
    try:
        yield
        _refuse_another(outputs, held)
    except (ImpactbookError, OSError):
        # What failed because the folder went away would be told as something else.
        _refuse_another(outputs, held)
        raise
    finally:
        lock.release()


def _refuse_another(outputs: Path, held: tuple[int, int]) -> None:
    """Raise `StorageError` unless the lock still lies where it was taken."""
    try:
        same = _identity(outputs) == held
    except OSError as error:
        raise storage_error(outputs, error) from None
    if not same:
        raise StorageError(
            outputs,
            "the folder went away and another one is in its place",
            remedy="check that it is connected and run again",
        )


def _identity(outputs: Path) -> tuple[int, int]:
    found = (outputs / LOCK).stat()
    return found.st_dev, found.st_ino
