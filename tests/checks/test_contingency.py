"""Counting in blocks gives the tables that counting row by row in Python gives, on any dialect."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypeAlias

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impactbook.checks import (
    dialects,
    gx_duckdb,  # noqa: F401 - lets go of DuckDB when the tests end
)
from impactbook.checks import personcounting as plans
from impactbook.checks.contingency import CountedTables, Counting, count_tables
from impactbook.checks.profile import Profile
from impactbook.checks.rowmetrics import count_conflicts
from impactbook.checks.scan import closed
from impactbook.checks.tables import CONFLICTING, KNOWN, Axes, Key, Tables

Row: TypeAlias = Mapping[str, str | None]
COLUMNS = ("a", "b", "c", "label", "p", "w")
VALUES = st.sampled_from(["x", "y", "!", "=x", "", None])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "a": VALUES,
            "b": st.sampled_from(["u", "v", None]),
            "c": st.sampled_from(["Grüße", "'; DROP TABLE rows", None]),
            "label": st.sampled_from(["yes", "no"]),
            "p": st.sampled_from(["p1", "p2", "p3", "p4", None]),
            "w": st.sampled_from(["0.5", "1", "2.25"]),
        }
    ),
    max_size=25,
)
TABLES = st.lists(
    st.permutations(["a", "b", "c", "label"]).flatmap(
        lambda names: st.integers(0, 3).map(lambda size: tuple(names[:size]))
    ),
    max_size=6,
)


class Engine:
    """What a metric needs of an execution engine: a connection and its dialect."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url)
        self._connection = self.engine.connect()

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        yield self._connection

    def fill(self, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> sa.TableClause:
        table = sa.Table("rows", sa.MetaData(), *(sa.Column(name, sa.String) for name in columns))
        table.drop(self._connection, checkfirst=True)
        table.create(self._connection)
        if rows:
            self._connection.execute(table.insert(), [dict(row) for row in rows])
        return sa.table("rows")

    def close(self) -> None:
        self._connection.close()
        self.engine.dispose()


@pytest.fixture(
    scope="module",
    params=["duckdb", "sqlite", pytest.param("postgresql", marks=pytest.mark.engines)],
)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """DuckDB and PostgreSQL count by grouping sets, SQLite by one select per block."""
    urls = {"duckdb": "duckdb:///:memory:", "sqlite": "sqlite://"}
    opened = Engine(urls.get(request.param) or request.getfixturevalue("postgres"))
    yield opened
    opened.close()


def plain(rows: Sequence[Row], axes: Axes) -> tuple[dict[Key, int], dict[Key, int]]:
    """Rows and distinct persons per cell, counted one by one."""
    counts: Counter[Key] = Counter()
    people: dict[Key, set[str]] = defaultdict(set)
    for row in rows:
        key = tuple(row[axis] for axis in axes)
        counts[key] += 1
        if row["p"] is not None:
            people[key].add(row["p"])
    return dict(counts), {key: len(found) for key, found in people.items() if found}


def plain_persons(rows: Sequence[Row], axes: Axes) -> dict[Key, int]:
    """Persons per cell: the only known value of their rows, or `CONFLICTING`."""
    values: dict[str, list[set[str]]] = defaultdict(lambda: [set() for _ in axes])
    for row in rows:
        if row["p"] is not None:
            known = values[row["p"]]
            for place, axis in enumerate(axes):
                known[place] |= {row[axis]} - {None}  # type: ignore[arg-type]
    return dict(
        Counter(
            tuple(None if not one else CONFLICTING if len(one) > 1 else min(one) for one in known)
            for known in values.values()
        )
    )


def counted(engine: Engine, rows: Sequence[Row], counting: Counting) -> Tables:
    return count_tables(engine, engine.fill(rows), counting)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, tables=TABLES)
def test_rows_are_counted_as_one_by_one(
    engine: Engine, rows: list[Row], tables: list[Axes]
) -> None:
    """Every table and every margin, whatever else is counted with it."""
    found = counted(engine, rows, Counting(rows=tuple(tables), known=("w",)))
    for axes in closed(tables):
        table = found.get("row", axes)
        assert table is not None
        assert table.people is None
        assert dict(table.counts) == ({} if not rows else plain(rows, axes)[0])
    known = found.get("row", ("w",))
    assert known is not None
    assert dict(known.counts) == ({(KNOWN,): len(rows)} if rows else {})


@pytest.mark.parametrize("few", [0, 8])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, tables=TABLES, persons=TABLES)
def test_persons_are_counted_as_one_by_one(
    engine: Engine, few: int, rows: list[Row], tables: list[Axes], persons: list[Axes]
) -> None:
    """People behind rows and tables of persons, with (few = 0) and without looking who is steady."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "_FEW_TABLES", few)
        counting = Counting(rows=tuple(tables), persons=tuple(persons), known=("w",), person="p")
        found = counted(engine, rows, counting)
    for axes in closed(tables):
        table = found.get("row", axes)
        assert table is not None
        counts, people = plain(rows, axes)
        assert (dict(table.counts), dict(table.people or {})) == (counts, people)
    for axes in closed(persons) if persons else ():
        of_persons = found.get("person", axes)
        assert of_persons is not None
        assert dict(of_persons.counts) == plain_persons(rows, axes)


def test_a_person_who_varies_on_one_axis_only_stands_in_all_cells_of_it(engine: Engine) -> None:
    """One person, two labels: one person behind each label, and one behind both together."""
    same = {"a": "x", "b": "u", "c": None, "w": "1"}
    rows = [{**same, "label": "yes", "p": "p1"}, {**same, "label": "no", "p": "p1"}]
    found = counted(engine, rows, Counting(rows=(("a", "label"),), person="p"))
    both, single, total = (found.get("row", axes) for axes in (("a", "label"), ("a",), ()))
    assert both is not None
    assert single is not None
    assert total is not None
    assert both.people == {("x", "yes"): 1, ("x", "no"): 1}
    assert (single.counts, single.people) == ({("x",): 2}, {("x",): 1})
    assert (total.counts, total.people) == ({(): 2}, {(): 1})


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_weights_are_summed_in_every_cell(engine: Engine, rows: list[Row]) -> None:
    """Sums of weights and of their squares; 0.5, 1 and 2.25 have exact sums as binary fractions."""
    for person in (None, "p"):
        found = counted(engine, rows, Counting(rows=(("a", "b"),), weight="w", person=person))
        table = found.get("row", ("a",))
        assert table is not None
        weights: Counter[Key] = Counter()
        squares: Counter[Key] = Counter()
        for row in rows:
            weights[(row["a"],)] += Decimal(str(row["w"]))  # type: ignore[assignment]
            squares[(row["a"],)] += Decimal(str(row["w"])) ** 2  # type: ignore[assignment]
        assert table.weights == {key: float(value) for key, value in weights.items()}
        assert table.squares == {key: float(value) for key, value in squares.items()}


def test_a_persons_weight_is_the_mean_over_their_rows(engine: Engine) -> None:
    """p1 has 0.5 and 2.25, mean 1.375; p2 has 1: 2.375 together, squares 1.890625 + 1."""
    same = {"a": "x", "b": "u", "c": None, "label": "yes"}
    rows = [
        {**same, "p": "p1", "w": "0.5"},
        {**same, "p": "p1", "w": "2.25"},
        {**same, "p": "p2", "w": "1"},
    ]
    counting = Counting(rows=(("a",),), persons=(("a",),), weight="w", person="p")
    table = counted(engine, rows, counting).get("person", ("a",))
    assert table is not None
    assert (table.counts, table.weights) == ({("x",): 2}, {("x",): 2.375})
    assert table.squares == {("x",): pytest.approx(2.890625)}


def test_more_axes_than_one_number_has_bits(engine: Engine) -> None:
    """70 columns and 69 pairs: which columns are grouped away takes three numbers to tell.

    With persons, the values of 70 columns take several numbers too: 5^70 is more than 2^62.
    """
    names = [f"column {place}" for place in range(70)]
    row = {name: str(place % 3) for place, name in enumerate(names)}
    other = {name: str((place + 1) % 3) for place, name in enumerate(names)}
    pairs = tuple(itertools.pairwise(names))
    rows = [{**row, "p": "p1"}, {**row, "p": "p1"}, {**other, "p": "p2"}]
    selectable = engine.fill(rows, [*names, "p"])
    for person in (None, "p"):
        found = count_tables(engine, selectable, Counting(rows=pairs, person=person))
        for first, second in pairs:
            table = found.get("row", (first, second))
            assert table is not None
            cells = (row[first], row[second]), (other[first], other[second])
            assert table.counts == {cells[0]: 2, cells[1]: 1}
            assert table.people == (None if person is None else dict.fromkeys(cells, 1))


def test_a_profile_that_is_wrong_changes_nothing(engine: Engine) -> None:
    """A profile that is far off costs time, never a count."""
    rows = [
        {"a": str(n), "b": str(n % 7), "c": None, "label": "yes", "p": None, "w": "1"}
        for n in range(60)
    ]
    tables: tuple[Axes, ...] = (("a", "b"), ("a", "label"), ("b", "label"), ("a", "c"))
    right = counted(engine, rows, Counting(rows=tables))
    for levels in (1, 10**9):
        far_off = dict.fromkeys(COLUMNS, levels)
        for profile in (Profile(far_off), Profile(far_off, far_off)):
            wrong = counted(engine, rows, Counting(rows=tables, profile=profile))
            assert {key: table.counts for key, table in wrong.tables.items()} == {
                key: table.counts for key, table in right.tables.items()
            }


AS_GROUPS = {"x": "ex", "y": "ex", "=x": "other"}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, few=st.sampled_from([0, 2, 100]), person=st.booleans())
def test_a_view_is_counted_as_its_rows_would_be(
    engine: Engine, rows: list[Row], few: int, person: bool
) -> None:
    """Groups may be looked up after counting raw values (`few` of them), or before."""
    a, b, label = (sa.column(name, sa.String()) for name in ("a", "b", "label"))
    merged = sa.case(*((a == raw, group) for raw, group in AS_GROUPS.items()), else_=a)
    known_b = sa.case((b.is_(None), None), else_=sa.literal_column("'known'"))
    both = sa.case((b.is_(None), label), else_=b)
    view = sa.select(
        merged.label("group"),
        b,
        known_b.label("b:known"),
        label.label("answer"),
        both.label("both"),
        sa.column("p", sa.String()).label("who"),
    ).select_from(engine.fill(rows))
    told = [
        {
            "group": AS_GROUPS.get(str(row["a"]), row["a"]),
            "b": row["b"],
            "b:known": None if row["b"] is None else "known",
            "answer": row["label"],
            "both": row["label"] if row["b"] is None else row["b"],
            "p": row["p"],
        }
        for row in rows
    ]
    tables = (("group", "b"), ("group", "b:known"), ("group", "answer", "both"), ("b", "b:known"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impactbook.checks.profile.FEW_VALUES", few)
        patch.setattr(plans, "_FEW_TABLES", 0)
        who = "who" if person else None
        wanted = Counting(rows=tables, persons=tables if person else (), person=who)
        found = count_tables(engine, view.subquery("groups"), wanted)
    for axes in closed(tables):
        table = found.get("row", axes)
        assert table is not None
        counts, people = plain(told, axes)
        assert dict(table.counts) == counts
        assert table.people == (people if person else None)
        if person:
            persons = found.get("person", axes)
            assert persons is not None
            assert dict(persons.counts) == plain_persons(told, axes)


def test_a_counting_survives_as_argument_of_a_metric() -> None:
    """Great Expectations keeps it as plain data."""
    counting = Counting(
        rows=(("a",),),
        persons=(("a", "b"),),
        known=("c",),
        person="p",
        coarse=(("a", "d"),),
        weight="w",
        profile=Profile({"a": 3}, {"b": 4}),
        only_known=("d",),
    )
    assert Counting.from_json(counting.as_json()) == counting


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_persons_who_contradict_themselves_are_counted_on_the_way(
    engine: Engine, rows: list[Row]
) -> None:
    """The same as by the query of their own."""
    axes = ("a", "b", "c")
    singles = tuple((axis,) for axis in axes)
    selectable = engine.fill(rows)
    counting = Counting(rows=singles, persons=singles, person="p", agreeing=axes)
    found = count_tables(engine, selectable, counting)
    assert isinstance(found, CountedTables)
    assert found.conflicts == count_conflicts(engine, selectable, attributes=axes, person="p")


@pytest.mark.engines
@pytest.mark.slow
def test_spark_counts_as_duckdb_does(spark: Any) -> None:
    """300 rows of 60 persons, by rows and by persons, steady or not."""
    draw = random.Random(4)  # noqa: S311 - made-up rows
    steady = {f"p{n}": draw.choice(["x", "y", None]) for n in range(60)}
    rows: list[Row] = []
    for _ in range(300):
        person = draw.choice([*steady, None])
        one = steady.get(str(person)) if draw.random() < 0.95 else "z"
        label = draw.choice(["yes", "no"])
        rows.append({"a": one, "b": draw.choice("uv"), "c": None, "label": label, "p": person})
    tables = (("a", "b"), ("a", "label"), ("b", "label"), ("a", "b", "label"), ("c", "a"))

    class OnSpark:
        def __init__(self, session: Any) -> None:
            self.spark = session

    columns = ("a", "b", "c", "label", "p")
    schema = ", ".join(f"{name} string" for name in columns)
    frame = spark.createDataFrame([tuple(row[name] for name in columns) for row in rows], schema)
    on_spark = OnSpark(spark)
    there = dialects.put_beside(on_spark, "rows", frame)
    duckdb = Engine("duckdb:///:memory:")
    here = duckdb.fill(rows, columns)
    for person in (None, "p"):
        counting = Counting(
            rows=tables, persons=tables if person else (), person=person, agreeing=("a", "b")
        )
        assert count_tables(on_spark, there, counting) == count_tables(duckdb, here, counting)
    duckdb.close()
