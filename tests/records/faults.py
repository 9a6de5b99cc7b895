"""Faults at each file operation, one by one, each in a process of its own.

An audit hook sees every file that Python opens, renames, removes or makes below a folder, wherever
the code that does it stands; writes and flushes are replaced. At the chosen moment the process is
killed, or the operation fails as it would on a full disk, a read-only one, one on a network.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from impactbook.errors import ImpactbookError
from impactbook.execute.guard import refused_by_system

_REMOVING = {"os.remove", "os.rmdir"}
_CHANGING = {"os.rename", "os.mkdir", "os.truncate", "os.chmod", *_REMOVING}
_READING = {"os.scandir", "os.listdir"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_LIMIT = 400

Kind = Literal["reading", "changing", "removing"]
Action = Callable[[Path], Any]


@dataclass(frozen=True)
class Fault:
    """What happens at a moment, to which operations, and whether it lasts from there on."""

    name: str
    strike: Callable[[Path, str | None], None]
    kinds: frozenset[str] = frozenset({"reading", "changing", "removing"})
    lasts: bool = True
    lift: Callable[[Path], None] = lambda _: None


@dataclass(frozen=True)
class Ended:
    """A process that met a fault: its exit code (None: killed) and what it said at the end."""

    folder: Path
    code: int | None
    said: str


def _die(_: Path, named: str | None) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _refusing(number: int) -> Callable[[Path, str | None], None]:
    def refuse(_: Path, named: str | None) -> None:
        raise OSError(number, os.strerror(number), named)

    return refuse


def _away(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-away")


def _go_away(folder: Path, _: str | None) -> None:
    if not _away(folder).exists():
        folder.rename(_away(folder))


def _unmount(folder: Path, _: str | None) -> None:
    if not _away(folder).exists():
        folder.rename(_away(folder))
        folder.mkdir()


def _come_back(folder: Path) -> None:
    if _away(folder).exists():
        if folder.exists():
            folder.rename(folder.with_name(f"{folder.name}-beneath"))
        _away(folder).rename(folder)


KILLED = Fault("kill -9", _die, frozenset({"changing", "removing"}))
FULL = Fault("disk full", _refusing(errno.ENOSPC), frozenset({"changing"}))
FULL_ONCE = Fault("disk full for a moment", FULL.strike, FULL.kinds, lasts=False)
READ_ONLY = Fault("mounted read-only", _refusing(errno.EROFS), frozenset({"changing", "removing"}))
BROKEN_ONCE = Fault("one input/output error", _refusing(errno.EIO), lasts=False)
BROKEN = Fault("input/output errors", _refusing(errno.EIO))
STALE = Fault("stale file handles", _refusing(errno.ESTALE))
GONE = Fault("folder gone", _go_away, lasts=False, lift=_come_back)
UNMOUNTED = Fault("empty folder in its place", _unmount, lasts=False, lift=_come_back)

FAULTS = (FULL, FULL_ONCE, READ_ONLY, BROKEN_ONCE, BROKEN, STALE, GONE, UNMOUNTED)
"""All but kill -9."""


def moments(
    prepared: Callable[[int], Path], action: Action, fault: Fault = KILLED
) -> Iterator[Ended]:
    """Run `action` on a fresh folder for each moment at which the fault can strike, one by one.

    Ends when `action` comes to its end before the fault. Half of a write is done before a process
    dies in it or the disk is full, so lines and files are torn as well.
    """
    for moment in range(_LIMIT):
        folder = prepared(moment)
        ended, struck = _run(folder, action, fault, moment)
        fault.lift(folder)
        if not struck:
            assert ended.code == 0, ended
            return
        yield ended
    raise AssertionError("the action never came to its end")


def killed_moments(prepared: Callable[[int], Path], action: Action) -> list[Path]:
    """One folder for each moment at which a process was killed."""
    return [ended.folder for ended in moments(prepared, action)]


def told_in_one_sentence(ended: Ended, fault: Fault) -> None:
    """What a person reads: nothing where it went well, else one sentence and never a traceback.

    Full and read-only disks are something a person can act on: exit code 2, and why.
    """
    why = {FULL: "no space left", FULL_ONCE: "no space left", READ_ONLY: "read-only"}.get(fault, "")
    if ended.code == 0:
        return
    sentence = ended.said.splitlines()[-1] if ended.said else ""
    assert sentence.startswith("impactbook: "), ended
    assert "Traceback" not in ended.said, ended
    assert "unexpected" not in ended.said, ended
    assert ended.code == 2 if why else ended.code in (1, 2), ended
    assert why in sentence, ended


def killed_at(moment: int, folder: Path, action: Action) -> bool:
    """Run `action` in a process that is killed at this moment; False: it came to its end."""
    ended, struck = _run(folder, action, KILLED, moment)
    assert struck or ended.code == 0, ended
    return struck


def _run(folder: Path, action: Action, fault: Fault, moment: int) -> tuple[Ended, bool]:
    told = folder.with_name(f"{folder.name}.told")
    mark = folder.with_name(f"{folder.name}.struck")
    mark.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        code = 99
        try:
            with told.open("w", encoding="utf-8") as file:
                os.dup2(file.fileno(), 2)
                os.dup2(file.fileno(), 1)
            sys.stdout = sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
            code = _met(folder, action, _Injector(folder, fault, moment, mark))
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    said = told.read_text("utf-8")
    told.unlink()
    struck = mark.exists()
    mark.unlink(missing_ok=True)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, said
        return Ended(folder, None, said), True
    return Ended(folder, os.WEXITSTATUS(status), said), struck


def _met(folder: Path, action: Action, injector: _Injector) -> int:
    """The exit code of a command, or of a function as the command line would turn it into one."""
    injector.arm()
    try:
        result = action(folder)
    except ImpactbookError as error:
        sys.stderr.write(f"impactbook: {error}\n")
        return error.exit_code
    except OSError as error:
        known = refused_by_system(error)
        if known is None:
            raise
        sys.stderr.write(f"impactbook: {known}\n")
        return known.exit_code
    finally:
        injector.armed = False
    return result if isinstance(result, int) else 0


class _Injector:
    """Counts operations below a folder and strikes at the chosen one."""

    def __init__(self, folder: Path, fault: Fault, moment: int, mark: Path) -> None:
        self.folder, self.fault, self.left, self.mark = folder, fault, moment, mark
        self.armed = self.busy = False
        self.write, self.fsync = os.write, os.fsync

    def arm(self) -> None:
        os.write, os.fsync = self._write, self._fsync  # type: ignore[assignment]
        sys.addaudithook(self._hook)
        self.armed = True

    def _due(self, kind: Kind) -> bool:
        if not self.armed or kind not in self.fault.kinds:
            return False
        self.left -= 1
        return self.left == -1 or (self.left < 0 and self.fault.lasts)

    def _strike(self, named: str | None = None) -> None:
        self.busy = True
        try:
            self.mark.touch()
            self.fault.strike(self.folder, named)
        finally:
            self.busy = False

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        kind = _kind(event, arguments)
        if self.busy or not self.armed or kind is None:
            return
        self.busy = True
        below = [path for path in _paths(event, arguments) if self._below(path)]
        self.busy = False
        if below and self._due(kind):
            self._strike(below[0])

    def _below(self, path: str) -> bool:
        # Anything beside the folder with a longer name (what it was moved to) is not below it.
        return path == str(self.folder) or path.startswith(f"{self.folder}/")

    def _open(self, handle: int) -> bool:
        return self._below(_opened(handle))

    def _write(self, handle: int, content: bytes) -> int:
        if self._open(handle) and self._due("changing"):
            half = self.write(handle, content[: len(content) // 2])
            self._strike()
            return half
        return self.write(handle, content)

    def _fsync(self, handle: int) -> None:
        if self._open(handle) and self._due("changing"):
            self._strike()
        self.fsync(handle)


def _kind(event: str, arguments: tuple[Any, ...]) -> Kind | None:
    if event == "open":
        return "changing" if isinstance(arguments[2], int) and arguments[2] & _WRITES else "reading"
    if event in _REMOVING:
        return "removing"
    if event in _CHANGING:
        return "changing"
    return "reading" if event in _READING else None


def _paths(event: str, arguments: tuple[Any, ...]) -> Iterator[str]:
    """The paths that an operation names; relative ones stand below the open folder beside them."""
    named = arguments[:2] if event == "os.rename" else arguments[:1]
    beside = [n for n in arguments[1:] if isinstance(n, int) and n >= 0 and event != "open"]
    for path in named:
        if isinstance(path, int):
            yield _opened(path)
            continue
        text = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
        for folder in map(_opened, beside) if beside else [str(Path.cwd())]:
            yield str(Path(folder) / text)


def _opened(handle: int) -> str:
    """The path of an open file or folder."""
    with contextlib.suppress(OSError):
        return str(Path(f"/proc/self/fd/{handle}").readlink())
    return ""


def files_left(folder: Path) -> list[str]:
    """Hidden files and folders below `folder`; the lock is no leftover."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.name != ".lock"
    )


def copies_of(original: Path, place: Path) -> Callable[[int], Path]:
    """Makes a copy of a folder for each moment."""
    return lambda moment: Path(shutil.copytree(original, place / str(moment)))
