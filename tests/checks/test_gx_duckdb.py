"""The data source: real results, one connection, silence, and the trap it avoids."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import duckdb
import great_expectations as gx
import pytest
import sqlalchemy as sa
from declared import table
from great_expectations.expectations import ExpectColumnValuesToBeInSet, ExpectTableRowCountToEqual

from impactbook.checks.expectations import ExpectGroupRepresentationToMatchReference
from impactbook.checks.gx_duckdb import QueryFailedError, open_batches, quiet

SECRET = "Sentinel4821"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """100 rows: 90 men, 10 women."""
    (tmp_path / "x.csv").write_text(table((90, "m"), (10, "f"), header="sex"))
    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE VIEW people AS SELECT * FROM read_csv('{tmp_path}/x.csv')")
    return path


def test_every_query_returns_what_is_there(database: Path) -> None:
    """Counts are right, and stay readable while another query runs."""
    with open_batches(database) as batches:
        engine = batches.of("people").get_batch().data.execution_engine
        query = sa.text("SELECT sex, count(*) FROM people GROUP BY sex ORDER BY sex")
        assert [tuple(row) for row in engine.execute_query(query).fetchall()] == [
            ("f", 10),
            ("m", 90),
        ]
        with engine.get_connection() as one, engine.get_connection() as other:
            assert one is other


def test_an_error_says_its_kind_only_and_spoils_no_later_query(database: Path) -> None:
    """The failed transaction is ended; the engine's message with its values is dropped."""
    with open_batches(database) as batches:
        engine = batches.of("people").get_batch().data.execution_engine
        with pytest.raises(QueryFailedError, match="ConversionException") as caught:
            engine.execute_query(sa.text(f"SELECT CAST('{SECRET}' AS INTEGER)"))
        assert SECRET not in str(caught.value)
        assert caught.value.__context__ is None
        assert engine.execute_query(sa.text("SELECT 1")).fetchall() == [(1,)]


def test_one_broken_expectation_leaves_the_others_alone(
    database: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A column that does not exist fails alone, and nothing is printed or logged."""
    suite = gx.ExpectationSuite(name="s")
    suite.add_expectation(ExpectColumnValuesToBeInSet(column="nope", value_set=[SECRET]))
    suite.add_expectation(ExpectTableRowCountToEqual(value=100))
    with open_batches(database) as batches:
        results = batches.of("people").get_batch().validate(suite).results
    found = {one.expectation_config.type: one.success for one in results}
    assert found == {
        "expect_column_values_to_be_in_set": False,
        "expect_table_row_count_to_equal": True,
    }
    out, err = capfd.readouterr()
    assert SECRET not in out + err + caplog.text
    assert err == ""


def test_the_stock_data_source_measures_nothing_and_ours_does_not_call_it_a_pass(
    database: Path,
) -> None:
    """The trap itself: empty results. Our expectation then has no success (100 rows, 10 % women)."""
    unlike = ExpectGroupRepresentationToMatchReference(
        attribute="sex", reference={"f": 0.5, "m": 0.5}, limit=1
    )
    with quiet():
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        stock = context.data_sources.add_sql("stock", connection_string=f"duckdb:///{database}")
        asset = stock.add_table_asset("people")
        trapped = asset.add_batch_definition_whole_table("all").get_batch().validate(unlike)
        stock.get_engine().dispose()
    assert not trapped.success
    with open_batches(database) as batches:
        measured = batches.of("people").get_batch().validate(unlike)
    assert not measured.success
    assert measured.result["details"]["verdict"] == "fail"
    assert measured.result["details"]["rows_seen"] == 100


def test_loggers_speak_again_afterwards() -> None:
    """`quiet` puts every level back, also after an error."""
    logger = logging.getLogger("great_expectations")
    before = logger.level
    with quiet():
        assert not logger.isEnabledFor(logging.CRITICAL)
    with pytest.raises(ValueError, match="x"), quiet():
        raise ValueError("x")
    assert logger.level == before


def test_a_program_that_checked_data_leaves_without_noise(database: Path, tmp_path: Path) -> None:
    """No leak reports on the way out, no file in the working directory or at home."""
    home = tmp_path / "home"
    home.mkdir()
    program = (
        "from pathlib import Path\n"
        "from impactbook.checks.gx_duckdb import open_batches\n"
        "import sqlalchemy as sa\n"
        f"with open_batches(Path({str(database)!r})) as batches:\n"
        "    engine = batches.of('people').get_batch().data.execution_engine\n"
        "    print(engine.execute_query(sa.text('SELECT count(*) FROM people')).fetchall())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=home,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("[(100,)]\n", "")
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_importing_the_package_imports_no_engine() -> None:
    """`import impactbook.checks` is cheap; the engines come with the first use."""
    program = (
        "import sys, impactbook.checks\n"
        "print([m for m in ('great_expectations', 'duckdb', 'sqlalchemy', 'pandas') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
