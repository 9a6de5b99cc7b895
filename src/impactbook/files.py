"""Writing files so that a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from impactbook.errors import StorageError

_REASONS = {
    errno.ENOSPC: ("no space left on the device", "free some space and run again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space and run again"),
    errno.EFBIG: ("the file is larger than allowed here", "raise the size limit and run again"),
    errno.EROFS: ("the file system is read-only", "choose a folder you may write to"),
    errno.EACCES: ("permission denied", "give yourself write permission for this folder"),
    errno.EPERM: ("permission denied", "give yourself write permission for this folder"),
}


def storage_error(path: Path, error: OSError) -> StorageError:
    """Turn an operating system error into the sentence a user reads."""
    reason, remedy = _REASONS.get(
        error.errno or 0,
        ((error.strerror or "input/output error").lower(), "check the folder and run again"),
    )
    return StorageError(path, reason, remedy=remedy)


def flush_directory(directory: Path) -> None:
    """Make a rename in `directory` durable, where the system lets one open directories."""
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to a temporary sibling, flush it, then rename it over `path`.

    What killed processes left of earlier attempts goes. Raises `StorageError` when the system
    refuses; `path` then holds what it held before.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent, f".{glob.escape(path.name)}.*.part")
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            _lock(file.fileno())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        temporary.replace(path)
        flush_directory(path.parent)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise storage_error(path, error) from None
    except BaseException:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise


def write_new(path: Path, content: bytes) -> None:
    """Write a file that does not exist yet and flush it; raises OSError.

    For what is built under a hidden name and renamed later: a reader could see half of this file.
    """
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Mark an unfinished folder as somebody's at work, so that `sweep` leaves it alone."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        # Windows opens no folders, and removes none that somebody writes in.
        yield
        return
    try:
        _lock(handle)
        yield
    finally:
        os.close(handle)


def sweep(folder: Path, pattern: str) -> None:
    """Remove what killed processes left unfinished in `folder`, as far as the system lets us.

    Files being written by `write_atomically` and folders that are `claimed` stay.
    """
    for leftover in folder.glob(pattern):
        with contextlib.suppress(OSError):
            if _abandoned(leftover):
                if leftover.is_dir():
                    shutil.rmtree(leftover)
                else:
                    leftover.unlink()


def _abandoned(path: Path) -> bool:
    if sys.platform == "win32":
        return True  # It refuses to remove what somebody has open.
    handle = os.open(path, os.O_RDONLY)
    try:
        return _lock(handle)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    """Lock an open file or folder for as long as it is open; False when that cannot be had."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
