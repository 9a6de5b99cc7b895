"""Small data sets and their declarations, for tests that go the whole way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from impactbook.checks import DatasetRun, run_checks
from impactbook.model.dataset import Dataset
from impactbook.model.evidence import CheckResult, DatasetEvidence, Figure


def table(*parts: tuple[int, str], header: str) -> str:
    """A CSV of repeated rows: (how often, row)."""
    rows = [row for count, row in parts for _ in range(count)]
    return "\n".join([header, *rows]) + "\n"


def dataset(
    columns: Mapping[str, Any], checks: Mapping[str, Any] | None = None, **rest: Any
) -> Dataset:
    """A declaration of `data.csv` from plain data; a column may be just its role."""
    told = {name: {"role": c} if isinstance(c, str) else c for name, c in columns.items()}
    return Dataset.model_validate(
        {
            "schema": "impactbook/dataset/1",
            "title": "Test",
            "source": {"files": ["data.csv"]},
            "columns": told,
            "checks": checks or {},
            **rest,
        }
    )


def reference(folder: Path, rows: str, total: float, columns: str = "[sex]") -> None:
    """Write the reference population `people`."""
    folder.mkdir(exist_ok=True)
    (folder / "people.csv").write_text(rows, encoding="utf-8")
    (folder / "people.yaml").write_text(
        "schema: impactbook/reference/1\ntitle: People\nsource: a test\n"
        f'date: "2023"\nlicence: CC0\ncolumns: {columns}\nvalue: n\ntotal: {total}\n',
        encoding="utf-8",
    )


def run(folder: Path, declared: Dataset, content: str | None = None, limit: int = 1) -> DatasetRun:
    """Check `declared` in `folder`, after writing `content` to its `data.csv`."""
    if content is not None:
        (folder / "data.csv").write_text(content, encoding="utf-8")
    return run_checks(
        "test", declared, folder=folder, limit=limit, references=folder / "references"
    )


def result(evidence: DatasetEvidence, check: str, attribute: str | None = None) -> CheckResult:
    """The one result of a check (on one attribute)."""
    (found,) = [
        one
        for one in evidence.checks
        if one.check == check and (attribute is None or one.attribute == attribute)
    ]
    return found


def figure(evidence: DatasetEvidence, metric: str, **wanted: str) -> Figure:
    """The one figure of a metric with the columns wanted (condition empty unless given)."""
    told = {"condition": "", **wanted}
    (found,) = [
        one
        for one in evidence.figures
        if one.metric == metric and all(getattr(one, key) == want for key, want in told.items())
    ]
    return found
