"""How long the checks take, beside a bare query and beside other tools: `python benchmarks/checks.py`.

The program makes its data itself (seeded), then measures all sides in one run, in turn, each time in
a fresh process whose imports and first small run are not counted. `benchmarks/README.md` says what
is compared and why. Nothing here is part of the test suite but a small smoke test.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LEVELS = {
    "sex": 3,
    "age_band": 7,
    "region": 12,
    "language": 6,
    "contract": 2,
    "education": 5,
    "tenure": 8,
    "channel": 4,
}
PROTECTED = ("sex", "age_band", "region", "contract")
ANSWERS = ("label", "prediction")
COUNTED = (*LEVELS, "label")
TABLES = [*((name,) for name in COUNTED), *itertools.combinations(COUNTED, 2)]

LIMIT_TIME = 1.3
LIMIT_MEGABYTES = 1000
SEED = 20261123
CHUNK = 1_000_000
ROWS_PER_PERSON = 33
PEERS = "IMPACTBOOK_PEERS"


# --- data -----------------------------------------------------------------------------------------


def make_data(path: Path, rows: int, *, persons: bool) -> None:
    """Write `rows` rows of eight attributes, label and prediction as Parquet, a chunk at a time.

    With `persons`, a person decides the attributes of all their rows (33 on average); one of fifty
    values is missing either way.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = np.random.default_rng(SEED)
    people = max(rows // ROWS_PER_PERSON, 1)
    of_person = {name: _drawn(draw, levels, people) for name, levels in LEVELS.items()}
    writer = None
    for start in range(0, rows, CHUNK):
        size = min(CHUNK, rows - start)
        who = draw.integers(0, people, size)
        columns = {}
        for name, levels in LEVELS.items():
            codes, absent = of_person[name] if persons else _drawn(draw, levels, size)
            if persons:
                codes, absent = codes[who], absent[who]
            names = pa.array([f"{name} {level:02d}" for level in range(levels)])
            columns[name] = _texts(pa.array(codes, mask=absent), names)
        for name in ANSWERS:
            codes = (draw.random(size) < 0.3).astype(np.int8)
            columns[name] = _texts(pa.array(codes), pa.array(["no", "yes"]))
        if persons:
            columns["person"] = pa.array(np.char.add("person ", who.astype(np.str_)))
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=122_880)
    if writer is not None:
        writer.close()


def _drawn(draw: Any, levels: int, size: int) -> tuple[Any, Any]:
    """Levels from twice as frequent to the least frequent, and where they are missing."""
    import numpy as np

    shares = np.linspace(2, 1, levels)
    codes = draw.choice(levels, size=size, p=shares / shares.sum()).astype(np.int8)
    return codes, draw.random(size) < 0.02


def _texts(codes: Any, names: Any) -> Any:
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(codes, names).cast(pa.string())


def make_reference(folder: Path) -> None:
    """A reference population for three of the attributes, evenly spread."""
    names = ("sex", "age_band", "region")
    values = [[f"{name} {level:02d}" for level in range(LEVELS[name])] for name in names]
    lines = [",".join((*cell, "100")) for cell in itertools.product(*values)]
    folder.mkdir(exist_ok=True)
    (folder / "people.csv").write_text("\n".join([",".join((*names, "population")), *lines, ""]))
    (folder / "people.yaml").write_text(
        "schema: impactbook/reference/1\ntitle: Made-up people\nsource: this benchmark\n"
        f'date: "2026"\nlicence: CC0 1.0\ncolumns: [{", ".join(names)}]\ntotal: {100 * len(lines)}\n'
    )


def declaration(file: Path, *, persons: bool) -> dict[str, Any]:
    """A declaration that asks for every figure of representation, intersections, diversity, labels,
    proxies and missing values; duplicates compare whole rows and are left out."""
    columns: dict[str, Any] = {
        name: {"role": "protected" if name in PROTECTED else "proxy"} for name in LEVELS
    }
    columns |= {"label": {"role": "label"}, "prediction": {"role": "prediction"}}
    if persons:
        columns["person"] = {"role": "person_id"}
    against = [
        {
            "attribute": name,
            "reference": "people",
            "column": name,
            "map": {value: [value] for value in _values(name)},
        }
        for name in ("sex", "age_band", "region")
    ]
    joint = {
        "reference": "people",
        "attributes": {
            name: {"column": name, "map": {value: [value] for value in _values(name)}}
            for name in ("sex", "age_band")
        },
    }
    label = {"label": "label", "positive": "yes", "attributes": list(LEVELS), "given": "channel"}
    return {
        "schema": "impactbook/dataset/1",
        "title": "Benchmark",
        "source": {"files": [file.name]},
        "unit": "person" if persons else "row",
        "columns": columns,
        "checks": {
            "representation": against,
            "joint_representation": [joint],
            "pairs": {},
            "intersections": [{"attributes": ["sex", "age_band", "contract"]}],
            "labels": [label],
            "proxies": {},
            "missing": {"by": list(PROTECTED)},
            "duplicates": None,
        },
    }


def _values(name: str) -> list[str]:
    return [f"{name} {level:02d}" for level in range(LEVELS[name])]


# --- what is measured, each in a process of its own -----------------------------------------------


def query_rows(file: Path) -> int:
    """The bare query: all one- and two-way tables of eight attributes and the label."""
    return _ask(f"SELECT {_listed()}, count(*) FROM {_source(file)} {_grouped()}")


def query_persons(file: Path) -> int:
    """The same query on a table reduced to one row per person, the reduction included."""
    return _ask(f"SELECT {_listed()}, count(*) FROM ({_reduced(file)}) {_grouped()}")


def query_rows_of_persons(file: Path) -> int:
    """The same query with the distinct persons behind each cell."""
    counted = "count(*), count(DISTINCT person)"
    return _ask(f"SELECT {_listed()}, {counted} FROM {_source(file)} {_grouped()}")


def _ask(statement: str) -> int:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        return len(connection.execute(statement).fetchall())


def _source(file: Path) -> str:
    return f"read_parquet('{file}')"


def _listed() -> str:
    return ", ".join(COUNTED)


def _grouped() -> str:
    sets = ", ".join(f"({', '.join(table)})" for table in TABLES)
    return f"GROUP BY GROUPING SETS ({sets})"


def _reduced(file: Path) -> str:
    """A person's level is the only known value of their rows; rows may disagree."""
    levels = [
        f"CASE WHEN min({name}) = max({name}) THEN min({name}) "
        f"WHEN min({name}) IS NOT NULL THEN '?' END AS {name}"
        for name in COUNTED
    ]
    return f"SELECT {', '.join(levels)} FROM {_source(file)} GROUP BY person"


def checks_rows(file: Path) -> int:
    """`run_checks` on all figures, rows as unit."""
    return _checked(file, persons=False)


def checks_persons(file: Path) -> int:
    """`run_checks` on all figures, persons as unit."""
    return _checked(file, persons=True)


def _checked(file: Path, *, persons: bool) -> int:
    from impactbook.checks import run_checks
    from impactbook.model.dataset import Dataset

    declared = Dataset.model_validate(declaration(file, persons=persons))
    references = file.parent / "references"
    run = run_checks("benchmark", declared, folder=file.parent, limit=5, references=references)
    unmeasured = [one for one in run.evidence.checks if one.verdict == "not_measured"]
    if unmeasured:
        told = ", ".join(f"{one.check} {one.attribute} ({one.problem})" for one in unmeasured)
        raise SystemExit(f"not measured: {told}")
    return len(run.evidence.figures)


def pandas_tables(file: Path) -> int:
    """The same tables by pandas, one `groupby` each."""
    import pandas as pd

    frame = pd.read_parquet(file, columns=list(COUNTED)).astype("category")
    grouped = (frame.groupby(list(table), observed=True, dropna=False).size() for table in TABLES)
    return sum(len(table) for table in grouped)


def fairlearn_rates(file: Path) -> int:
    """fairlearn's MetricFrame: count and selection rate by each attribute."""
    import pandas as pd
    from fairlearn.metrics import MetricFrame, count, selection_rate

    frame = pd.read_parquet(file).fillna("missing")
    truth, predicted = frame["label"] == "yes", frame["prediction"] == "yes"
    cells = 0
    for name in LEVELS:
        found = MetricFrame(
            metrics={"count": count, "selection_rate": selection_rate},
            y_true=truth,
            y_pred=predicted,
            sensitive_features=frame[name],
        )
        cells += len(found.by_group)
    return cells


def aequitas_groups(file: Path) -> int:
    """aequitas' table of groups for each attribute."""
    import pandas as pd
    from aequitas.group import Group

    frame = pd.read_parquet(file).fillna("missing")
    frame["score"] = (frame.pop("prediction") == "yes").astype(int)
    frame["label_value"] = (frame.pop("label") == "yes").astype(int)
    found, _ = Group().get_crosstabs(frame, attr_cols=list(LEVELS))
    return len(found)


MEASURED: dict[str, Callable[[Path], int]] = {
    "query": query_rows,
    "checks": checks_rows,
    "query-person": query_persons,
    "query-rows-of-persons": query_rows_of_persons,
    "checks-person": checks_persons,
    "pandas": pandas_tables,
    "fairlearn": fairlearn_rates,
    "aequitas": aequitas_groups,
}


def measure(name: str, file: Path, warm: Path) -> dict[str, float]:
    """Run one side on a small file first, which imports all it needs, then on the real one."""
    run = MEASURED[name]
    begun = time.perf_counter()
    run(warm)
    warmed = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = run(file)
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in units of 1024 bytes.
    return {
        "seconds": done - warmed,
        "warming": warmed - begun,
        "megabytes": peak * 1024 / 1e6,
        "megabytes_before": before * 1024 / 1e6,
        "answer": answer,
    }


# --- comparing ------------------------------------------------------------------------------------


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
        told = subprocess.run(
            [python, __file__, "--measure", name, str(file), str(warm)],
            capture_output=True,
            text=True,
            check=False,
        )
        if told.returncode != 0:
            last = (told.stderr.strip().splitlines() or ["no message"])[-1]
            print(f"{name}: could not be measured ({last[:200]})", flush=True)
            return None
        found: dict[str, float] = json.loads(told.stdout.strip().splitlines()[-1])
        return found


def show(title: str, found: dict[str, Any]) -> None:
    """Print what every side took."""
    print(f"\n{title}")
    for name, one in found.items():
        print(
            f"  {name:24s} {one['seconds']:8.2f} s   peak {one['megabytes']:6.0f} MB "
            f"({one['megabytes_before']:.0f} MB before)   imports and first run "
            f"{one['warming']:.1f} s   {one['answer']:.0f} results",
            flush=True,
        )


def ratio(found: dict[str, Any], of: str, to: str, limit: float | None, *, least: bool = False) -> bool:
    """Print one ratio of times and whether it keeps the limit; True when it does or none is set."""
    if of not in found or to not in found:
        return True
    value = found[of]["seconds"] / found[to]["seconds"]
    kept = limit is None or (value >= limit if least else value <= limit)
    told = "" if limit is None else f"   (wanted: {'at least' if least else 'at most'} {limit:g})"
    print(f"  {of} / {to} = {value:.2f}{told}{'' if kept else '   NOT KEPT'}", flush=True)
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
    found = bench.compare(["pandas", "fairlearn", "aequitas"], rows, python=python)
    show("Other tools, on what they can do (once each)", found)
    found = {**found, **ours}
    kept = True
    # Each is compared with the bare counting of more than it counts, and with all our figures.
    for name, least in (("pandas", 8.0), ("fairlearn", 100.0), ("aequitas", 20.0)):
        kept &= ratio(found, name, "checks", least, least=True)
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
    parser.add_argument("--peers", action="store_true", help=f"other tools, by the Python in {PEERS}")
    parser.add_argument("--large", action="store_true", help="peak memory at --large-rows")
    parser.add_argument("--large-rows", type=int, default=100_000_000)
    parser.add_argument("--folder", help="where the data is made (default: the temporary folder)")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        name, file, warm = asked.measure
        print(json.dumps(measure(name, Path(file), Path(warm))))
        return 0
    print(_versions(), flush=True)
    return 0 if run_all(asked) else 1


if __name__ == "__main__":
    sys.exit(main())
