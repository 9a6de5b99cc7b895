"""How sealing, `verify` and `status` behave as records pile up: `python benchmarks/records.py`.

Seals small records without waiting for the disk, and prints what one sealing takes at the beginning
and at the end, and what verifying and listing take for a part and for all of them, in processor
time. Exits with 1 when sealing slowed down by more than the limit, or verifying grew faster than
the records.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "records"))

FEATURES = 50
SLOWER = 2.0
"""A sealing may take this many times as long after all records as after the first tenth."""
BENT = 1.5
"""Verifying may take this many times as long for each record in all of them as in a tenth."""


def took(work: Callable[[], object]) -> float:
    """Seconds of processor time that something takes: others may be busy on the same machine."""
    start = time.process_time()
    work()
    return time.process_time() - start


def seal_more(outputs: Path, first: int, count: int) -> float:
    """Seal `count` records in turn over the features; milliseconds for each of them."""
    from record_samples import seal_sample

    def work() -> None:
        for number in range(first, first + count):
            seal_sample(outputs, f"feature-{number % FEATURES}", findings=[{"id": f"f{number}"}])

    return took(work) / count * 1000


def read_all(outputs: Path) -> tuple[float, float]:
    """Seconds to verify all records, and to find the newest of each feature as `status` does."""
    from impactbook.records import newest_version, read_record
    from impactbook.records.folders import list_features
    from impactbook.records.verify import verify

    def standing() -> None:
        for feature in list_features(outputs):
            version = newest_version(outputs, feature)
            read_record(outputs, feature, str(version))

    if not all(report.holds for report in verify(outputs)):
        raise SystemExit("the records that were sealed do not verify")
    return took(lambda: verify(outputs)), took(standing)


def main() -> int:
    """Measure, print, and say whether the limits are kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    wanted = parser.parse_args().records
    os.fsync = lambda handle: None  # type: ignore[assignment]
    folder = Path(tempfile.mkdtemp(prefix="impactbook-records-"))
    try:
        outputs, tenth = folder / "outputs", wanted // 10
        seal_more(outputs, 0, FEATURES)
        early = seal_more(outputs, FEATURES, tenth - FEATURES)
        part = read_all(outputs)
        seal_more(outputs, tenth, wanted - tenth - FEATURES)
        late = seal_more(outputs, wanted - FEATURES, FEATURES)
        whole = read_all(outputs)
    finally:
        shutil.rmtree(folder)
    bent = whole[0] / wanted / (part[0] / tenth)
    print(f"sealing: {early:.1f} ms among {tenth} records, {late:.1f} ms among {wanted}")
    print(f"verify: {part[0]:.1f} s for {tenth}, {whole[0]:.1f} s for {wanted}; "
          f"{bent:.2f} times as long for each")  # fmt: skip
    print(f"status (records alone): {part[1]:.3f} s for {tenth}, {whole[1]:.3f} s for {wanted}")
    kept = late <= SLOWER * early and bent <= BENT
    print("limits kept" if kept else "LIMITS NOT KEPT")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
