"""A table or query of a database: read only, from one snapshot, and named without its address."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from declared import dataset, figure, result, run

from impactbook.checks.sources import open_any
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset

SECRET = "Sentinel4821"
VARIABLE = "IMPACTBOOK_TEST_DATABASE"
COLUMNS = {"sex": "protected", "age": "protected", "member": "feature", "born": "feature"}


def declared(columns: dict[str, Any] | None = None, **database: Any) -> Dataset:
    told = {
        "url_from": VARIABLE,
        **({} if "query" in database else {"table": "people"}),
        **database,
    }
    return dataset(columns or COLUMNS, source={"database": told})


def refused(declaration: Dataset) -> InputError:
    """The error with which a source is refused."""
    with (
        pytest.raises(InputError) as caught,
        open_any(declaration, folder=Path(), needed=tuple(declaration.columns), name="x.yaml"),
    ):
        pass
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None or SECRET not in repr(caught.value.__context__)
    return caught.value


@pytest.fixture
def sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """A database file with 30 people; the variable names it."""
    engine = sa.create_engine(f"sqlite:///{tmp_path}/people.db")
    with engine.begin() as connection:
        connection.execute(
            sa.text("CREATE TABLE people (sex TEXT, age INTEGER, member, born TEXT)")
        )
        for number in range(30):
            row = {"sex": "f" if number % 3 else "m", "age": 20 + number, "born": "1990-01-01"}
            query = "INSERT INTO people VALUES (:sex, :age, 'yes', :born)"
            connection.execute(sa.text(query), row)
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path}/people.db")
    yield engine
    engine.dispose()


def test_any_dialect_is_checked(sqlite: sa.Engine, tmp_path: Path) -> None:
    """20 of the 30 people are women: a dialect without grouping sets, dates or MD5."""
    evidence = run(tmp_path, declared({"sex": "protected", "age": "feature"})).evidence
    share = figure(evidence, "share", attribute="sex", group="f")
    assert (share.numerator, share.denominator) == (20, 30)
    assert evidence.rows == 30
    assert evidence.engine.startswith("sqlite 3.")
    assert SECRET not in evidence.model_dump_json()


def test_dates_and_texts_are_read_on_sqlite(sqlite: sa.Engine, tmp_path: Path) -> None:
    """It has neither dates nor regular expressions: 29 February 1990 is no day."""
    with sqlite.begin() as connection:
        connection.execute(sa.text("UPDATE people SET born = '1990-02-29' WHERE age < 30"))
        connection.execute(sa.text("UPDATE people SET sex = 'Ä' WHERE age = 20"))
    bands = {"then": {"below": "2000-01-01"}, "now": {"from": "2000-01-01"}}
    told = declared({"born": {"role": "protected", "bands": bands}, "sex": "text"})
    evidence = run(tmp_path, told).evidence
    share = figure(evidence, "share", attribute="born", group="then")
    assert (share.numerator, share.denominator, share.unknown) == (20, 20, 10)


def test_the_fingerprint_is_of_the_rows(sqlite: sa.Engine) -> None:
    """Other rows give another one; the same rows in another order the same."""

    def fingerprint() -> str:
        with open_any(declared(), folder=Path()) as opened:
            return opened.fingerprint

    first = fingerprint()
    with sqlite.begin() as connection:
        connection.execute(sa.text("CREATE TABLE copy AS SELECT * FROM people ORDER BY age DESC"))
        connection.execute(sa.text("DROP TABLE people"))
        connection.execute(sa.text("ALTER TABLE copy RENAME TO people"))
    assert fingerprint() == first
    with sqlite.begin() as connection:
        connection.execute(sa.text("UPDATE people SET sex = 'f' WHERE age = 20"))
    assert fingerprint() != first


def test_a_table_that_changes_meanwhile_is_noticed(sqlite: sa.Engine) -> None:
    """Where there is no snapshot, a digest before and after tells."""
    with (  # noqa: PT012 - it is raised at the end of the context
        pytest.raises(InputError, match="the table changed while it was read"),
        open_any(declared(), folder=Path(), name="x.yaml") as opened,
    ):
        assert opened.rows == 30
        opened.batches.engine.end_transaction()
        with sqlite.begin() as connection:
            connection.execute(sa.text("DELETE FROM people WHERE age = 20"))


def test_nothing_can_be_written(sqlite: sa.Engine) -> None:
    """Every connection is read only."""
    with open_any(declared(), folder=Path()) as opened, pytest.raises(InputError):
        opened.fetch(sa.text("DELETE FROM people"))
    with sqlite.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM people")).scalar() == 30


def test_a_query_is_read_like_a_table(sqlite: sa.Engine) -> None:
    """With a colon and a percent sign in it, which mean themselves, and a semicolon at its end."""
    query = (
        "SELECT sex, age, ':x %' AS member, born FROM people WHERE born LIKE '19%' AND age > 25;"
    )
    with open_any(declared(query=query), folder=Path(), needed=tuple(COLUMNS)) as opened:
        assert (opened.rows, opened.columns) == (24, tuple(COLUMNS))


def test_the_variable_must_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name is told, no address is guessed."""
    monkeypatch.delenv(VARIABLE, raising=False)
    assert str(refused(declared())).startswith(
        f"x.yaml, source.database.url_from: the environment variable {VARIABLE} is not set"
    )


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (SECRET, "does not hold an address of SQLAlchemy"),
        (f"nosuchdatabase://u:{SECRET}@host/x", "does not hold an address of SQLAlchemy"),
        (f"mysql+pymysql://u:{SECRET}@127.0.0.1/x", "the driver pymysql is not installed"),
        pytest.param(
            f"postgresql+psycopg://u:{SECRET}@127.0.0.1:1/x",
            "cannot be reached",
            marks=pytest.mark.skipif(
                find_spec("psycopg") is None, reason="needs impactbook[postgresql]"
            ),
        ),
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_address(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    address: str,
    sentence: str,
) -> None:
    """No password, no host, in no message and no log."""
    monkeypatch.setenv(VARIABLE, address)
    with caplog.at_level(logging.DEBUG):
        assert sentence in str(refused(declared()))
    out, err = capfd.readouterr()
    assert SECRET not in caplog.text + out + err


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra that brings it."""
    monkeypatch.setenv(VARIABLE, f"postgresql://u:{SECRET}@127.0.0.1/x")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = str(refused(declared()))
    assert "the driver psycopg is not installed; pip install 'impactbook[postgresql]'" in said


def test_rows_that_cannot_be_read_are_refused(sqlite: sa.Engine) -> None:
    """A query that fails in the middle says nothing of the row it failed on."""
    query = f"SELECT abs(-9223372036854775808 + (age - age)) AS sex, '{SECRET}' AS age FROM people"
    said = refused(declared({"sex": "protected"}, query=query))
    assert "source.database.query: the rows of the query cannot be read to their end" in str(said)


def test_what_is_absent_is_named(sqlite: sa.Engine) -> None:
    """Table, query, column with a suggestion, rows."""
    assert "source.database.table: the table cannot be read" in str(refused(declared(table="nope")))
    assert "source.database.query: the query cannot be read" in str(
        refused(declared(query="SELECT nope FROM people"))
    )
    assert "does not begin with SELECT" in str(refused(declared(query="DELETE FROM people")))
    absent = refused(declared({**COLUMNS, "sexe": "protected"}))
    assert "there is no column 'sexe' in the table; did you mean 'sex'?" in str(absent)
    assert "the query has no rows" in str(refused(declared(query="SELECT * FROM people LIMIT 0")))


@pytest.fixture
def people(postgres: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """A typed table of 40 people in PostgreSQL."""
    engine = sa.create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(sa.text('CREATE SCHEMA IF NOT EXISTS "Our Data"'))
        connection.execute(sa.text('DROP TABLE IF EXISTS "Our Data".people'))
        connection.execute(
            sa.text(
                'CREATE TABLE "Our Data".people AS SELECT '
                "CASE WHEN n % 4 = 0 THEN 'm' ELSE 'f' END AS sex, n::double precision AS age, "
                "n % 2 = 0 AS member, date '1990-01-01' + n AS born FROM generate_series(1, 40) n"
            )
        )
    monkeypatch.setenv(VARIABLE, postgres)
    yield engine
    engine.dispose()


ROLES = {"sex": "protected", "age": "proxy", "member": "proxy", "born": "proxy"}


@pytest.mark.engines
def test_a_typed_table_has_the_groups_of_a_file(people: sa.Engine, tmp_path: Path) -> None:
    """30 of 40 women; 1 not 1.0, true not t, ISO days whatever the server's style."""
    evidence = run(tmp_path, declared(ROLES, table_schema="Our Data")).evidence
    share = figure(evidence, "share", attribute="sex", group="f")
    assert (share.numerator, share.denominator) == (30, 40)
    assert {f.group for f in evidence.figures if f.attribute == "member" and f.group} >= {
        "true",
        "false",
    }
    ages = {f.group for f in evidence.figures if f.attribute == "age" and f.metric == "share"}
    born = {f.group for f in evidence.figures if f.attribute == "born" and f.metric == "share"}
    assert {"1", "40"} <= ages
    assert "1990-02-10" in born
    assert evidence.engine.startswith("postgresql 1")
    assert result(evidence, "shares", "sex").rows_seen == 40


@pytest.mark.engines
def test_types_say_more_than_formats(people: sa.Engine, tmp_path: Path) -> None:
    """A column of dates needs no `date_format`, and a column of numbers no decimal comma."""
    columns = {
        "born": {
            "role": "protected",
            "date_format": "%d.%m.%Y",
            "bands": {"early": {"below": "1990-01-12"}, "late": {"from": "1990-01-12"}},
        },
        "half": {"role": "protected", "bands": {"low": {"below": 5.5}, "high": {"from": 5.5}}},
    }
    query = 'SELECT born, age / 2 AS half FROM "Our Data".people'
    told = dataset(
        columns, source={"database": {"url_from": VARIABLE, "query": query}, "decimal": ","}
    )
    evidence = run(tmp_path, told).evidence
    # Born on 2 January (n = 1) to 11 January (n = 10); half of 1 to 10 is below 5.5.
    for attribute, group in (("born", "early"), ("half", "low")):
        share = figure(evidence, "share", attribute=attribute, group=group)
        assert (share.numerator, share.denominator) == (10, 40)


@pytest.mark.engines
def test_all_questions_see_one_snapshot(people: sa.Engine) -> None:
    """What others write meanwhile is not seen, so nothing can disagree."""
    declaration = declared(ROLES, table_schema="Our Data")
    with open_any(declaration, folder=Path(), name="x.yaml") as opened:
        with people.begin() as connection:
            connection.execute(sa.text('DELETE FROM "Our Data".people'))
        opened.prepare(declaration)
        count = sa.select(sa.func.count()).select_from(opened.table("groups"))
        assert opened.fetch(count) == [(40,)]


@pytest.mark.engines
def test_a_query_that_names_a_column_twice_is_refused(people: sa.Engine) -> None:
    """Nobody could say which is meant."""
    twice = refused(declared({"sex": "protected"}, query="SELECT 'f' AS sex, 'm' AS sex"))
    assert "column 2 of the query has the name of another column" in str(twice)


@pytest.mark.engines
def test_postgresql_refuses_to_write(people: sa.Engine) -> None:
    """The transaction is read only."""
    with (
        open_any(declared(ROLES, table_schema="Our Data"), folder=Path()) as opened,
        pytest.raises(InputError),
    ):
        opened.fetch(sa.text('DROP TABLE "Our Data".people'))


@pytest.mark.engines
@pytest.mark.parametrize(
    ("part", "other", "sentence"),
    [
        ("/postgres", "/nosuchdatabase", "does not have the database that the address names"),
        ("tester@", f"nobody:{SECRET}@", "refuses the user or the password"),
    ],
)
def test_a_server_that_refuses_is_told_apart(
    postgres: str, monkeypatch: pytest.MonkeyPatch, part: str, other: str, sentence: str
) -> None:
    """Wrong database, wrong user."""
    monkeypatch.setenv(VARIABLE, postgres.replace(part, other))
    assert sentence in str(refused(declared()))
