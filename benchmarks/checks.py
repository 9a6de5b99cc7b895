"""How long the checks take, beside a bare query and beside other tools: `python benchmarks/checks.py`.

The program makes its data itself, then measures all sides in one run, in turn, each time in a fresh
process whose imports and first small run are not counted. `benchmarks/README.md` says what is
compared and why. Nothing here is part of the test suite but a small smoke test.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from asked import side
from made_data import LEVELS, ROWS_PER_PERSON, make_data, make_reference
from sides import TABLES

SIDES = "sides.py"
LIMIT_TIME = 1.3
LIMIT_MEGABYTES = 1000
PEERS = "IMPACTBOOK_PEERS"


class Bench:
    """Runs sides in turn, each in a fresh process, and keeps medians."""

    def __init__(self, folder: Path, repeats: int) -> None:
        self.folder = folder
        self.repeats = repeats

    def compare(self, names: list[str], file: Path, *, python: str = "") -> dict[str, Any]:
        """The median of each side over the repetitions, all sides in turn."""
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for _ in range(self.repeats):
            for name in names:
                found = self._run(name, file, python or sys.executable)
                if found is not None:
                    runs[name].append(found)
        return {
            name: {
                key: statistics.median(run[key] for run in found)
                if key != "megabytes"
                else max(run[key] for run in found)
                for key in found[0]
            }
            for name, found in runs.items()
            if found
        }

    def _run(self, name: str, file: Path, python: str) -> dict[str, float] | None:
        warm = self.folder / ("warm-person.parquet" if "person" in name else "warm.parquet")
        found: dict[str, float] | None = side(SIDES, name, file, warm, python=python)
        return found


def show(title: str, found: dict[str, Any]) -> None:
    """Print what every side took."""
    print(f"\n{title}")
    for name, one in found.items():
        print(
            f"  {name:22s} {one['seconds']:7.2f} s ({one['cpu']:.2f} s of processors)   peak "
            f"{one['megabytes']:.0f} MB, before {one['megabytes_before']:.0f} MB   imports and "
            f"first run {one['warming']:.1f} s   {one['answer']:.0f} results",
            flush=True,
        )


def ratio(
    found: dict[str, Any], of: str, to: str, limit: float | None, *, least: bool = False
) -> bool:
    """Print one ratio of times and whether it keeps the limit; True when it does or none is set."""
    if of not in found or to not in found:
        return True
    value = found[of]["seconds"] / found[to]["seconds"]
    cpu = found[of]["cpu"] / found[to]["cpu"]
    kept = limit is None or (value >= limit if least else value <= limit)
    told = "" if limit is None else f"   (wanted: {'at least' if least else 'at most'} {limit:g})"
    mark = "" if kept else "   NOT KEPT"
    print(f"  {of} / {to} = {value:.2f}{told}; of processors {cpu:.2f}{mark}", flush=True)
    return kept


def run_all(asked: argparse.Namespace) -> bool:
    """Everything that was asked for; True when all limits are kept."""
    kept = True
    with tempfile.TemporaryDirectory(prefix="impactbook-bench-", dir=asked.folder) as made:
        folder = Path(made)
        bench = Bench(folder, asked.repeats)
        make_reference(folder / "references")
        make_data(folder / "warm.parquet", 2_000, persons=False)
        make_data(folder / "warm-person.parquet", 20_000, persons=True)
        rows = folder / "rows.parquet"
        make_data(rows, asked.rows, persons=False)
        size = f"{asked.rows:,} rows x {len(LEVELS)} attributes x label, Parquet {_megabytes(rows)}"
        found = bench.compare(["query", "checks"], rows)
        show(f"Rows: {size}; the query counts {len(TABLES)} tables", found)
        kept &= ratio(found, "checks", "query", LIMIT_TIME)
        kept &= _linear(bench, folder, asked.rows, found)
        if asked.peers:
            kept &= _peers(bench, rows, found)
        rows.unlink()
        if asked.person:
            kept &= _persons(bench, folder, asked.rows)
        if asked.large:
            kept &= _large(folder, asked.large_rows)
    return kept


def _linear(bench: Bench, folder: Path, rows: int, whole: dict[str, Any]) -> bool:
    """Times at a tenth, three tenths and all of the rows."""
    print("\nLinearity: seconds by rows")
    times = {}
    for part in (10, 3):
        file = folder / f"part{part}.parquet"
        make_data(file, rows // part, persons=False)
        times[rows // part] = bench.compare(["query", "checks"], file)
        file.unlink()
    times[rows] = whole
    for name in ("query", "checks"):
        told = [
            f"{size:,}: {one[name]['seconds']:.2f}" for size, one in times.items() if name in one
        ]
        print(f"  {name:24s} {'   '.join(told)}", flush=True)
    first, last = times[rows // 10].get("checks"), whole.get("checks")
    if first and last:
        grown = last["seconds"] / first["seconds"]
        print(f"  ten times the rows take checks {grown:.1f} times as long   (wanted: at most 10)")
        return bool(grown <= 10)
    return False


def _persons(bench: Bench, folder: Path, rows: int) -> bool:
    file = folder / "persons.parquet"
    make_data(file, rows, persons=True)
    names = ["query-person", "query-rows-of-persons", "checks-person"]
    found = bench.compare(names, file)
    show(
        f"Persons: {rows:,} rows of {rows // ROWS_PER_PERSON:,} persons, {_megabytes(file)}; "
        "query-person reduces to one row per person and counts these",
        found,
    )
    kept = ratio(found, "checks-person", "query-person", LIMIT_TIME)
    ratio(found, "checks-person", "query-rows-of-persons", None)
    file.unlink()
    return kept


def _peers(bench: Bench, rows: Path, ours: dict[str, Any]) -> bool:
    python = os.environ.get(PEERS, "")
    if not python:
        print(f"\nOther tools: skipped; {PEERS} names no Python that has fairlearn and aequitas")
        return True
    bench = Bench(bench.folder, 1)
    found = bench.compare(["tables"], rows)
    found |= bench.compare(["pandas", "fairlearn", "aequitas"], rows, python=python)
    show("Other tools, on what they can do (once each)", found)
    found = {**found, **ours}
    kept = True
    # Each counts no more than `tables` does; the second ratio is with all our figures.
    for name, least in (("pandas", 8.0), ("fairlearn", 100.0), ("aequitas", 20.0)):
        kept &= ratio(found, name, "tables", least, least=True)
        ratio(found, name, "checks", None)
    return kept


def _large(folder: Path, rows: int) -> bool:
    file = folder / "large.parquet"
    make_data(file, rows, persons=False)
    found = Bench(folder, 1).compare(["query", "checks"], file)
    show(f"Large: {rows:,} rows, Parquet {_megabytes(file)}", found)
    kept = ratio(found, "checks", "query", LIMIT_TIME)
    file.unlink()
    if "checks" not in found:
        return False
    peak = found["checks"]["megabytes"]
    print(f"  peak memory of checks: {peak:.0f} MB   (wanted: under {LIMIT_MEGABYTES})")
    return bool(kept and peak < LIMIT_MEGABYTES)


def _megabytes(file: Path) -> str:
    return f"{file.stat().st_size / 1e6:.0f} MB"


def _versions() -> str:
    told = []
    for name in ("impactbook", "duckdb", "great_expectations", "numpy", "scipy", "pyarrow"):
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            told.append(f"{name} absent")
    return f"Python {platform.python_version()}, {os.cpu_count()} cores; " + ", ".join(told)


def main() -> int:
    """Read the options and run; exit 1 when a limit is not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=lambda text: int(text.replace("_", "")), default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--person", action="store_true", help="persons as unit as well")
    parser.add_argument(
        "--peers", action="store_true", help=f"other tools, by the Python in {PEERS}"
    )
    parser.add_argument("--large", action="store_true", help="peak memory at --large-rows")
    parser.add_argument("--large-rows", type=int, default=100_000_000)
    parser.add_argument("--folder", help="where the data is made (default: the temporary folder)")
    asked = parser.parse_args()
    print(_versions(), flush=True)
    return 0 if run_all(asked) else 1


if __name__ == "__main__":
    sys.exit(main())
