"""Files, read by DuckDB where they are: `checks.source` opens them, this makes them a `RowSource`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from impactbook.checks.gx_duckdb import open_batches
from impactbook.checks.source import open_source
from impactbook.checks.sources.sql import SQLRows
from impactbook.model.dataset import Dataset


@contextmanager
def open_files(
    declaration: Dataset, *, folder: Path, needed: Sequence[str], name: str
) -> Iterator[SQLRows]:
    """Open the files of a declaration; raises `InputError` as `checks.source.open_source` does."""
    with (
        open_source(
            declaration.source, folder=folder, needed=needed, declaration=name, dataset=declaration
        ) as opened,
        open_batches(opened.database, settings=opened.settings) as batches,
    ):
        yield SQLRows(
            batches=batches,
            columns=opened.columns,
            rows=opened.rows,
            fingerprint=opened.fingerprint,
            engine=duckdb_engine(),
            label=opened.files[0].name,
            rows_of=opened.rows_of,
            malformed=opened.malformed,
        )


def duckdb_engine() -> str:
    """The engine that counts, with its version, for the evidence."""
    return f"duckdb {version('duckdb')}; great_expectations {version('great_expectations')}"
