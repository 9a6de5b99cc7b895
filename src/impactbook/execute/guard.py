"""Letting no raw value out of a failing notebook cell.

Exceptions of data libraries may quote whole rows. Inside a notebook everything impactbook does
runs under `guarded`: our own errors pass, since they never carry a value; any other exception
becomes a `CellTroubleError` that names its type and place and nothing else.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from impactbook.errors import ImpactbookError

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
            place = describe(error)
        raise CellTroubleError(
            f"something unexpected went wrong ({place}); its message is withheld, because it may "
            "quote rows of your data."
        )

    return wrapper
