"""Files, counted by DuckDB: `checks.source` opens them, this makes them a `RowSource`.

Few rows are read once and kept in memory, many are read where they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from impactbook.checks.gx_duckdb import open_batches
from impactbook.checks.source import ROWS, OpenSource, open_source
from impactbook.checks.sources.sql import SQLRows
from impactbook.model.dataset import Dataset

_FEW_ROWS = 100_000
_FEW_BYTES = 16 << 20
"""Files up to both are read once and kept in memory; larger ones are read where they are."""


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
        if _is_small(opened):
            batches.engine.copy_rows(ROWS)
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


def _is_small(opened: OpenSource) -> bool:
    """Whether all rows fit into memory with ease."""
    size = sum(file.path.stat().st_size for file in opened.files)
    return opened.rows <= _FEW_ROWS and size <= _FEW_BYTES


def duckdb_engine() -> str:
    """The engine that counts, with its version, for the evidence."""
    return f"duckdb {version('duckdb')}; great_expectations {version('great_expectations')}"
