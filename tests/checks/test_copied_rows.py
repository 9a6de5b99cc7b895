"""Few rows are kept as temporary tables while they are counted; rows that cannot be stay views."""

from __future__ import annotations

from pathlib import Path

import duckdb
import sqlalchemy as sa

from impactbook.checks.gx_duckdb import open_batches


def _database(folder: Path, select: str) -> Path:
    path = folder / "source.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE VIEW rows AS {select}")
    return path


def _kinds(engine: object) -> dict[str, str]:
    statement = sa.text(
        "SELECT table_name, table_type FROM information_schema.tables WHERE table_catalog = 'temp'"
    )
    return {str(name): str(kind) for name, kind in engine.fetch_rows(statement)}  # type: ignore[attr-defined]


def test_copied_rows_and_their_views_are_temporary_tables(tmp_path: Path) -> None:
    """After `copy_rows`, the rows and each view made later stand in memory with the same content."""
    database = _database(
        tmp_path, "SELECT * FROM (VALUES ('f', '1'), ('m', '2'), ('m', '3')) t(g, n)"
    )
    with open_batches(database) as batches:
        batches.engine.copy_rows("rows")
        select = sa.select(sa.func.upper(sa.column("g")).label("g")).select_from(sa.table("rows"))
        batches.add_view("groups", select)
        batches.add_view("groups", select)  # declared anew: replaced, not refused
        assert _kinds(batches.engine) == {"rows": "LOCAL TEMPORARY", "groups": "LOCAL TEMPORARY"}
        counted = sa.text("SELECT g, count(*) FROM groups GROUP BY g ORDER BY g")
        assert batches.engine.fetch_rows(counted) == [("F", 1), ("M", 2)]
    with duckdb.connect(str(database)) as connection:
        # Nothing of it was written to the database file.
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == []


def test_rows_that_cannot_be_copied_stay_a_view(tmp_path: Path) -> None:
    """A row that the engine cannot read raises nothing here, and views are made as before."""
    database = _database(tmp_path, "SELECT CAST(g AS INTEGER) AS g FROM (VALUES ('secret')) t(g)")
    with open_batches(database) as batches:
        batches.engine.copy_rows("rows")
        batches.add_view("groups", sa.select(sa.literal("f").label("g")))
        assert _kinds(batches.engine) == {"groups": "VIEW"}
        assert batches.engine.fetch_rows(sa.text("SELECT g FROM groups")) == [("f",)]


def test_a_view_that_cannot_be_copied_replaces_the_table_of_its_name(tmp_path: Path) -> None:
    """The table of an earlier declaration does not stay behind under the name of the new view."""
    database = _database(tmp_path, "SELECT * FROM (VALUES ('f')) t(g)")
    with open_batches(database) as batches:
        batches.engine.copy_rows("rows")
        rows, g = sa.table("rows"), sa.column("g")
        batches.add_view("groups", sa.select(g).select_from(rows))
        batches.add_view("groups", sa.select(sa.cast(g, sa.Integer).label("g")).select_from(rows))
        assert _kinds(batches.engine)["groups"] == "VIEW"
