"""Small sets of rows put on any engine, to ask our metrics about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from impactbook.checks import dialects
from impactbook.checks.gx_duckdb import open_batches

ENGINES = [
    "duckdb",
    pytest.param("postgresql", marks=pytest.mark.engines),
    pytest.param("spark", marks=pytest.mark.engines),
]

Row = tuple[str | None, ...]


@contextmanager
def open_engine(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Any]:
    """An execution engine of Great Expectations of one kind."""
    if kind == "duckdb":
        with open_batches(folder / "x.duckdb") as batches:
            yield batches.engine
    elif kind == "postgresql":
        from impactbook.checks.gx_sql import open_sql_batches

        with open_sql_batches(sa.create_engine(request.getfixturevalue("postgres"))) as tables:
            yield tables.engine
    else:
        from impactbook.checks.gx_spark import open_spark_batches

        with open_spark_batches(request.getfixturevalue("spark")) as frames:
            yield frames.engine


def put(engine: Any, columns: Sequence[str], rows: Sequence[Row]) -> Any:
    """Something to select these rows from."""
    if dialects.is_spark(engine):
        schema = ", ".join(f"`{name}` string" for name in columns)
        frame = engine.spark.createDataFrame([tuple(row) for row in rows], schema)
        return dialects.put_beside(engine, f"rows {id(frame)}", frame)
    typed = [sa.column(name, sa.String) for name in columns]
    if not rows:
        nothing = [sa.cast(sa.null(), sa.String).label(name) for name in columns]
        return sa.select(*nothing).where(sa.false()).subquery("given")
    selects = [
        sa.select(*(sa.cast(sa.literal(cell, sa.String), sa.String).label(c.name)
                    for c, cell in zip(typed, row, strict=True)))
        for row in rows
    ]  # fmt: skip
    return sa.union_all(*selects).subquery("given")
