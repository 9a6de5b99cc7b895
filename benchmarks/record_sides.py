"""One side of the benchmark of many records in a fresh process: `python record_sides.py SIDE DIR N`.

`seal` seals small records in the workspace DIR until it holds N, without waiting for the disk, and
tells what the last ones took; `verify` and `status` do what the commands do, but print nothing. Each
prints a line of JSON: seconds and processor seconds without imports.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from impactbook.workspace import open_workspace

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "records"))

FEATURES = 50
LATE = 50
"""So many sealings are timed one by one: the last before the number that is wanted is reached."""
DAY = dt.date(2026, 11, 23)


def measured(work: Callable[[], object]) -> dict[str, Any]:
    """Seconds, and seconds of processors: others may be busy on the same machine."""
    start, busy = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - busy}


def seal(workspace: Path, wanted: int) -> dict[str, Any]:
    """Seal in turn over the features; the ledger, its names and folders are as they always are.

    The median is of the last sealings, or of the first ones where none were sealed before.
    """
    from record_samples import seal_sample

    # What is measured is what grows with the ledger; waiting for a disk does not.
    os.fsync = lambda handle: None  # type: ignore[assignment]
    outputs = workspace / "outputs"
    ledger = outputs / "ledger.jsonl"
    before = ledger.read_bytes().count(b"\n") if ledger.exists() else 0
    seal_sample(workspace.parent / "elsewhere", "imports-are-not-counted")
    took = []
    start = time.perf_counter()
    for number in range(before, wanted):
        one = measured(
            lambda number=number: seal_sample(  # type: ignore[misc]
                outputs, f"feature-{number % FEATURES}", findings=[{"id": f"f{number}"}]
            )
        )
        took.append(one["cpu"])
    return {
        "seconds": time.perf_counter() - start,
        "first": statistics.median(took[:LATE]) * 1000,
        "last": statistics.median(took[-LATE:]) * 1000,
        "ledger": ledger.stat().st_size,
    }


def verify(workspace: Path, wanted: int) -> dict[str, Any]:
    """Verify all records, all fifteen steps of each but the one that needs a head from outside."""
    from impactbook.records.verify import verify as verify_all

    outputs = open_workspace(workspace).outputs
    reports: list[Any] = []
    found = measured(lambda: reports.extend(verify_all(outputs)))
    if len(reports) != wanted or not all(report.holds for report in reports):
        raise SystemExit("the records that were sealed do not verify")
    return found


def status(workspace: Path, wanted: int) -> dict[str, Any]:
    """Where all features stand: newest record, gate, what changed since."""
    from impactbook.execute.standing import standings

    opened = open_workspace(workspace)
    listed: list[Any] = []
    found = measured(lambda: listed.extend(standings(opened, DAY)))
    if sum(one.version != "-" for one in listed) != min(FEATURES, wanted):
        raise SystemExit("not every feature's newest record was found")
    return found


def main() -> None:
    """Run the side that is named."""
    side, workspace, wanted = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    sides: dict[str, Callable[[Path, int], dict[str, Any]]]
    sides = {"seal": seal, "verify": verify, "status": status}
    print(json.dumps(sides[side](workspace, wanted)))


if __name__ == "__main__":
    main()
