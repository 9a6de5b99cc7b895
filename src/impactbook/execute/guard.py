"""Letting no raw value out of a failing notebook cell.

Exceptions of data libraries may quote whole rows. Inside a notebook everything impactbook does
runs under `guarded`: our own errors pass, since they never carry a value; any other exception
becomes a `CellTroubleError` that names its type and place and nothing else, or the sentence for a
file that the system does not let us open.
"""

from __future__ import annotations

import errno
import functools
import os
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from impactbook.errors import ImpactbookError, InputError
from impactbook.files import storage_error

_P = ParamSpec("_P")
_R = TypeVar("_R")


class CellTroubleError(ImpactbookError):
    """An unexpected exception, reduced to its type and the place in the code (exit code 1)."""

    exit_code = 1


def describe(error: BaseException) -> str:
    """Type and innermost place of an exception, without its message.

    >>> try:
    ...     int("secret")
    ... except ValueError as error:
    ...     print(describe(error).split(" in ")[0])
    ValueError
    """
    told = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in told if frame.filename != __file__]
    ours = [frame for frame in frames if "impactbook" in Path(frame.filename).parts]
    place = (ours or frames)[-1:] if frames else []
    where = "".join(f" in {Path(f.filename).name}, line {f.lineno}, {f.name}" for f in place)
    return f"{type(error).__name__}{where}"


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
_AWAY = {errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.ENODEV, errno.ENXIO, errno.ETIMEDOUT,
         errno.EHOSTDOWN, errno.EHOSTUNREACH}  # fmt: skip
_SHUT = {errno.EACCES, errno.EPERM, errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ELOOP}


def refused_by_system(error: Exception, where: Path | None = None) -> ImpactbookError | None:
    """The sentence for a file that the system does not let us read or write, if that is all.

    Only the file's name and the system's own words are told; None for any other trouble. A full
    disk names no file: then `where` says where we were writing, by default to temporary files.
    """
    if not isinstance(error, OSError):
        return None
    path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else None
    if error.errno in _FULL:
        return storage_error(path or where or Path(tempfile.gettempdir()), error)
    if error.errno in _AWAY and path is not None:
        return InputError(
            f"cannot be reached ({(error.strerror or 'input/output error').lower()})",
            remedy="check the disk or the connection to it and run again",
            file=path,
        )
    if error.errno in _SHUT and path is not None:
        return InputError(
            f"cannot be opened ({(error.strerror or 'no reason given').lower()})",
            remedy="check that it is there and that you may read it",
            file=path,
        )
    return None


def guarded(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Wrap a function so that no foreign exception, and so no raw value, leaves it."""

    @functools.wraps(function)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return function(*args, **kwargs)
        except ImpactbookError as error:
            # Without its traceback and context, which could show rows in their variables.
            raise error.with_traceback(None) from None
        except Exception as error:
            known = refused_by_system(error)
            place = describe(error)
        if known is not None:
            raise known
        raise CellTroubleError(
            f"something unexpected went wrong ({place}); its message is withheld, because it may "
            "quote rows of your data."
        )

    return wrapper
