"""One run's traces in `.impactbook/`: a private folder while it runs, and a log of its steps.

The folder is removed whatever happens; what a killed run left is removed by the next one. Logs
hold steps and our own sentences only, never the message of a foreign exception.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from filelock import FileLock, Timeout

from impactbook.errors import ImpactbookError, InputError, RunFailedError
from impactbook.execute.guard import describe, refused_by_system
from impactbook.execute.notebooks import NotebookFailedError
from impactbook.files import storage_error
from impactbook.workspace import Workspace

Progress = Callable[[str, str], None]
"""Called with the feature and what is being done to it."""

PATIENCE = 600.0
"""Seconds to wait for another run of the same feature."""


@contextlib.contextmanager
def scratch(workspace: Workspace, feature: str) -> Iterator[Path]:
    """A private folder for one run, always of the same name: executed notebooks show it.

    A second run of the same feature waits for the first. Raises `StorageError` when the folder
    cannot be made, and `InputError` when the other run takes too long.
    """
    runs = workspace.private / "runs"
    folder, lock = runs / feature, FileLock(runs / f".{feature}.lock")
    try:
        runs.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        raise InputError(
            "another run of this feature does not finish",
            remedy="wait for it or end it, then run again",
            file=workspace.relative(folder),
        ) from None
    except OSError as error:
        raise storage_error(runs, error) from None
    try:
        _make_empty(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def _make_empty(folder: Path) -> None:
    """Make the folder, without what a killed run left in it."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise storage_error(folder, error) from None


@contextlib.contextmanager
def log(workspace: Workspace, feature: str, progress: Progress) -> Iterator[Callable[[str], None]]:
    """Note each step in `.impactbook/logs/`; a failure names the step and the log.

    Raises `StorageError` when the log cannot be opened, and `RunFailedError` in the place of a
    notebook's failure and of whatever nobody foresaw.
    """
    path = workspace.private / "logs" / f"{feature}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise storage_error(path, error) from None
    step = "starting"

    def note(text: str) -> None:
        nonlocal step
        step = text
        _write(file, f"{dt.datetime.now(dt.UTC).isoformat(timespec='seconds')} {text}")
        progress(feature, text)

    def failed(reason: str) -> RunFailedError:
        _write(file, f"failed while {step}: {reason}")
        return RunFailedError(feature, step, reason=reason, log=workspace.relative(path))

    try:
        yield note
    except KeyboardInterrupt:
        _write(file, f"interrupted while {step}")
        raise
    except NotebookFailedError as error:
        raise failed(str(error).rstrip(".")) from None
    except ImpactbookError as error:
        _write(file, f"stopped while {step}: {error}")
        raise
    except Exception as error:
        known = refused_by_system(error, workspace.private)
        if known is None:
            raise failed(describe(error)) from None
        _write(file, f"stopped while {step}: {known}")
        raise known from None
    finally:
        with contextlib.suppress(OSError):
            file.close()


def _write(file: TextIO, line: str) -> None:
    """Write a line; a full disk is told by what the run was to write, not by its log."""
    with contextlib.suppress(OSError):
        file.write(f"{line}\n")
        file.flush()
