"""Writing files so that a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
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

    Raises `StorageError` when the system refuses; `path` then holds what it held before.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
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
