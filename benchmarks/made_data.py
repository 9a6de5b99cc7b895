"""The data of the benchmarks, made here from a fixed seed, and the declaration that goes with it."""

from __future__ import annotations

import itertools
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
ROWS_PER_PERSON = 33
_SEED = 20261123
_CHUNK = 1_000_000


def make_data(path: Path, rows: int, *, persons: bool) -> None:
    """Write `rows` rows of eight attributes, label and prediction as Parquet, a chunk at a time.

    With `persons`, a person decides the attributes of all their rows (33 on average); one of fifty
    values is missing either way.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = np.random.default_rng(_SEED)
    people = max(rows // ROWS_PER_PERSON, 1)
    of_person = {name: _drawn(draw, levels, people) for name, levels in LEVELS.items()}
    writer = None
    for start in range(0, rows, _CHUNK):
        size = min(_CHUNK, rows - start)
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
