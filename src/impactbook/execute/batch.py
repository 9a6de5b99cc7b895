"""Running many features: one process each, because papermill changes the working directory.

Each feature succeeds or fails alone, also when its process is killed; the batch reports all of
them. An interruption reaches every process, and no process outlives the one that started it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType

from impactbook.errors import ImpactbookError
from impactbook.execute.guard import describe, refused_by_system
from impactbook.execute.run import Options, Outcome, run_feature
from impactbook.workspace import open_workspace

_PATIENCE = 20.0
"""Seconds an interrupted process has to stop its kernel before it is killed."""


@dataclass(frozen=True)
class _Child:
    feature: str
    process: SpawnProcess


def run_batch(
    root: Path, features: Sequence[str], options: Options, *, workers: int = 1
) -> list[Outcome]:
    """Run each feature and return the outcomes in the order asked; steps are told on stderr."""
    if workers <= 1 or len(features) <= 1:
        return [_run(root, feature, options) for feature in features]
    waiting = list(features)
    running: dict[Connection, _Child] = {}
    outcomes: dict[str, Outcome] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                answers, child = _start(root, waiting.pop(0), options)
                running[answers] = child
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)  # noqa: S101 - for the type checker
                child = running.pop(ready)
                outcomes[child.feature] = _outcome(ready, child)
    except BaseException:
        _stop(running.values())
        raise
    return [outcomes[name] for name in features]


def _start(root: Path, feature: str, options: Options) -> tuple[Connection, _Child]:
    context = get_context("spawn")
    answers, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, root, feature, options))
    process.start()
    sender.close()
    return answers, _Child(feature, process)


def _outcome(answers: Connection, child: _Child) -> Outcome:
    """What the process answered; a process that died without an answer failed."""
    try:
        found = answers.recv()
    except EOFError:
        found = None
    finally:
        answers.close()
    child.process.join()
    if isinstance(found, Outcome):
        return found
    if child.process.exitcode == 130:
        raise KeyboardInterrupt
    message = (
        f"{child.feature}: its process ended before it was done "
        f"(exit code {child.process.exitcode}); run it again."
    )
    return Outcome(child.feature, "failed", message=message)


def _stop(children: Iterable[_Child]) -> None:
    """Interrupt the processes as Ctrl-C would, and kill those that do not stop."""
    for child in children:
        with contextlib.suppress(OSError):
            if child.process.pid is not None and child.process.is_alive():
                os.kill(child.process.pid, signal.SIGINT)
    for child in children:
        child.process.join(_PATIENCE)
        if child.process.is_alive():
            child.process.kill()
            child.process.join()


def _work(sender: Connection, root: Path, feature: str, options: Options) -> None:
    """What a process does: run one feature, answer, and end with the process that started it."""
    signal.signal(signal.SIGINT, _interrupt_once)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        sender.send(_run(root, feature, options))
    except KeyboardInterrupt:
        os._exit(130)
    except BrokenPipeError:
        os._exit(1)


def _interrupt_once(_: int, __: FrameType | None) -> None:
    """Ctrl-C reaches us from the terminal and from our parent; the second must not stop cleanup."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _run(root: Path, feature: str, options: Options) -> Outcome:
    try:
        return run_feature(open_workspace(root), feature, options, _tell)
    except ImpactbookError as error:
        wrong = error.exit_code == 2
        return Outcome(feature, "wrong_input" if wrong else "failed", message=str(error))
    except KeyboardInterrupt:
        raise
    except Exception as error:
        known = refused_by_system(error, root)
        if known is not None:
            return Outcome(feature, "wrong_input", message=str(known))
        message = f"{feature}: something unexpected went wrong ({describe(error)})."
        return Outcome(feature, "failed", message=message)


def _tell(feature: str, step: str) -> None:
    sys.stderr.write(f"{feature}: {step} ...\n")
    sys.stderr.flush()
