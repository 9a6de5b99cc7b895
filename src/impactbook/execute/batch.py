"""Running many features: one process each, because papermill changes the working directory.

Each feature succeeds or fails alone; the batch reports all of them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from impactbook.errors import ImpactbookError
from impactbook.execute.guard import describe
from impactbook.execute.run import Options, Outcome, run_feature
from impactbook.workspace import open_workspace


def run_batch(
    root: Path, features: Sequence[str], options: Options, *, workers: int = 1
) -> list[Outcome]:
    """Run each feature and return the outcomes in the order asked; steps are told on stderr."""
    if workers <= 1 or len(features) <= 1:
        return [_run(root, feature, options) for feature in features]
    outcomes: dict[str, Outcome] = {}
    pool = ProcessPoolExecutor(min(workers, len(features)), mp_context=get_context("spawn"))
    try:
        waiting = {pool.submit(_run, root, name, options): name for name in features}
        for done in as_completed(waiting):
            outcomes[waiting[done]] = done.result()
    except BaseException:
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()
    return [outcomes[name] for name in features]


def _run(root: Path, feature: str, options: Options) -> Outcome:
    try:
        return run_feature(open_workspace(root), feature, options, _tell)
    except ImpactbookError as error:
        if error.exit_code == 2:
            return Outcome(feature, "wrong_input", message=str(error))
        return Outcome(feature, "failed", message=str(error))
    except KeyboardInterrupt:
        raise
    except Exception as error:
        message = f"{feature}: something unexpected went wrong ({describe(error)})."
        return Outcome(feature, "failed", message=message)


def _tell(feature: str, step: str) -> None:
    sys.stderr.write(f"{feature}: {step} ...\n")
    sys.stderr.flush()
