"""What the benchmarks measure: the bare query, the checks, and other tools, each a function of a file.

Run as a program, it measures one side once: `python benchmarks/sides.py NAME FILE WARM` runs the side
on the small file WARM first, which imports all it needs, then on FILE, and prints what that took.
Other tools may live in another Python: nothing but the standard library is imported before it is
needed.
"""

from __future__ import annotations

import itertools
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from made_data import LEVELS, declaration

COUNTED = (*LEVELS, "label")
TABLES = [*((name,) for name in COUNTED), *itertools.combinations(COUNTED, 2)]


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


def tables_alone(file: Path) -> int:
    """Our counting of the same tables as the query, opening the file and looking it over included."""
    from impactbook.checks.contingency import Counting, count_tables
    from impactbook.checks.sources import open_any
    from impactbook.model.dataset import Dataset

    declared = Dataset.model_validate(declaration(file, persons=False))
    with open_any(declared, folder=file.parent) as opened:
        opened.prepare(declared)
        groups = opened.table("groups")
        found = count_tables(opened.batches.engine, groups, Counting(rows=tuple(TABLES)))
    return sum(len(table.counts) for table in found)


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
    "tables": tables_alone,
    "pandas": pandas_tables,
    "fairlearn": fairlearn_rates,
    "aequitas": aequitas_groups,
}


def measure(name: str, file: Path, warm: Path) -> dict[str, float]:
    """Run one side on a small file first, which imports all it needs, then on the real one."""
    run = MEASURED[name]
    begun = time.perf_counter()
    run(warm)
    warmed, used = time.perf_counter(), time.process_time()
    before = peak_megabytes()
    answer = run(file)
    done = time.perf_counter()
    return {
        "seconds": done - warmed,
        "cpu": time.process_time() - used,
        "warming": warmed - begun,
        "megabytes": peak_megabytes(),
        "megabytes_before": before,
        "answer": answer,
    }


def peak_megabytes() -> float:
    """The highest resident memory of this process so far.

    Linux tells it in /proc; what `getrusage` says there begins with the memory of the parent.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
