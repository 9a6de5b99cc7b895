"""Before counting: how many values columns have, and where columns of numbers are cut into bins."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from declared import dataset, figure, result, run
from hypothesis import given
from hypothesis import strategies as st

from impactbook.checks.bins import Scale, bands, cut
from impactbook.checks.profile import Profile, profile_columns
from impactbook.checks.rawcolumns import taken_apart
from impactbook.errors import InputError


def asking(rows: str) -> tuple[sa.Engine, sa.Connection]:
    engine = sa.create_engine("sqlite://")
    connection = engine.connect()
    connection.execute(sa.text(f"CREATE TABLE rows AS {rows}"))
    return engine, connection


NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299) "
    "SELECT cast(i AS TEXT) AS amount, CASE WHEN i % 3 = 0 THEN 'a' WHEN i % 3 = 1 THEN 'b' END "
    "AS sex, cast(i % 150 AS TEXT) AS half FROM n"
)


def test_groups_of_columns_with_few_raw_values_are_not_counted_twice() -> None:
    """`sex` has two values; `amount` has 300, in two groups; `both` is made of two columns."""
    engine, connection = asking(NUMBERS)
    amount, sex = (sa.column(name, sa.String()) for name in ("amount", "sex"))
    long = sa.case((sa.func.length(amount) > 1, "long"), else_="short").label("length")
    view = sa.select(sex.label("gender"), long, amount, (amount + sex).label("both"))
    selectable = view.select_from(sa.table("rows")).subquery("groups")
    asked = []

    def fetch(statement: sa.Select[tuple[int, ...]]) -> list[tuple[int, ...]]:
        asked.append(str(statement))
        return [tuple(row) for row in connection.execute(statement)]

    names = ("gender", "length", "amount", "both")
    found = profile_columns(fetch, taken_apart(selectable), names, dialect="sqlite")
    # 200 of 300 rows have a sex, so `both` has 200 values.
    assert found == Profile(
        groups={"gender": 2, "length": 2, "amount": 300, "both": 200}, raw={"sex": 2}
    )
    assert len(asked) == 2
    connection.close()
    engine.dispose()


def test_a_profile_survives_as_argument_of_a_metric() -> None:
    """Great Expectations keeps it as plain data."""
    profile = Profile({"a": 3}, {"b": 2})
    assert Profile.from_json(profile.as_json()) == profile
    assert Profile.from_json({}) == Profile()


def test_a_filtered_selection_is_not_taken_apart() -> None:
    """Raw rows that a view leaves out must not be counted."""
    rows = sa.table("rows")
    name = sa.column("a").label("b")
    assert taken_apart(sa.select(name).select_from(rows)).raw("b") == "a"
    for other in (
        sa.select(name).select_from(rows).where(sa.column("a") == "x"),
        sa.select(name).select_from(rows).distinct(),
        sa.select(name).select_from(rows).group_by(sa.column("a")),
        sa.select(name).select_from(rows).limit(5),
        sa.select(name).select_from(rows, sa.table("more")),
    ):
        columns = taken_apart(other.subquery("v"))
        assert columns.expressions == {}
        assert columns.raw("b") == "b"


def test_a_column_that_needs_other_rows_has_no_raw_column() -> None:
    """A window looks at other rows; two columns are not one."""
    first = sa.func.min(sa.column("day")).over(partition_by=sa.column("day")).label("first")
    joined = (sa.column("a", sa.String()) + sa.column("b", sa.String())).label("joined")
    columns = taken_apart(sa.select(first, joined).select_from(sa.table("rows")))
    assert columns.raw("first") is None
    assert columns.raw("joined") is None


# --- bins -----------------------------------------------------------------------------------------

FINITE = st.floats(min_value=-1e12, max_value=1e12).filter(lambda x: x == 0 or abs(x) > 1e-9)


def digits_in_sqlite(scale: Scale, numbers: list[float]) -> list[int]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        selects = [
            sa.select(scale.digits(sa.cast(sa.literal(number), sa.Double()))) for number in numbers
        ]
        found = [int(connection.execute(select).scalar_one()) for select in selects]
    engine.dispose()
    return found


@given(st.lists(FINITE, min_size=2, max_size=8, unique=True))
def test_digits_keep_the_order_of_numbers(numbers: list[float]) -> None:
    """A larger number never stands before a smaller one."""
    low, high = min(numbers), max(numbers)
    if high - low < 1e-6 * max(abs(low), abs(high)):
        return
    places = digits_in_sqlite(Scale.of(low, high), sorted(numbers))
    assert places == sorted(places)


@given(st.floats(min_value=0, max_value=1e9), st.floats(min_value=1, max_value=1e9))
def test_an_edge_is_the_smallest_number_of_its_place(number: float, high: float) -> None:
    """Not more than one part in a hundred below the number, rounding of fractions apart."""
    if number > high:
        number, high = high, number
    scale = Scale.of(0.0, high)
    (place,) = digits_in_sqlite(scale, [number])
    edge = float(scale.edge(place))
    assert edge <= number * (1 + 1e-12)
    if place:
        assert number - edge <= 0.0101 * number


def test_far_from_zero_digits_are_counted_from_a_round_number() -> None:
    """Years from 1998 to 2024: three digits of the year itself could not tell them apart."""
    scale = Scale.of(1998, 2024)
    assert scale.zero == Decimal(1998)
    places = digits_in_sqlite(scale, [float(year) for year in range(1998, 2025)])
    assert len(set(places)) == 27
    assert [float(scale.edge(place)) for place in places] == list(range(1998, 2025))


COUNTED = st.lists(st.integers(1, 200), min_size=1, max_size=60)


@given(COUNTED, st.integers(1, 20))
def test_parts_hold_enough(counts: list[int], limit: int) -> None:
    """Ten parts at most, each with at least `limit`."""
    edges = cut(dict(enumerate(counts)), limit=limit)
    assert edges == sorted(set(edges))
    assert len(edges) <= 9
    for low, high in zip([0, *edges], [*edges, len(counts)], strict=True):
        assert sum(counts[low:high]) >= limit or not edges


def test_bands_meet_without_gap_or_overlap() -> None:
    """Every number lies in exactly one of them."""
    found = bands([Decimal("-2.5"), Decimal(0), Decimal("1E+3")])
    assert list(found) == ["< -2.5", "-2.5 – < 0", "0 – < 1000", "≥ 1000"]
    for number in (-math.inf, -2.5, -1.0, 0.0, 999.9, 1000.0, math.inf):
        inside = [
            name
            for name, band in found.items()
            if (band.from_ is None or number >= float(str(band.from_)))
            and (band.below is None or number < float(str(band.below)))
        ]
        assert len(inside) == 1


def test_a_feature_of_numbers_is_binned_for_its_association(tmp_path: Path) -> None:
    """Incomes 1000 to 1999: the upper half are men, so that ten bins tell the sex for sure.

    Bergsma's correction of phi^2 = 1: 1 - 9 * 1 / 999 = 0.99099; columns 2 - 1 / 999 = 1.998999;
    V = sqrt(0.99099 / 0.998999) = 0.99598.
    """
    rows = "".join(f"{'m' if n >= 500 else 'f'},{1000 + n}\n" for n in range(1000))
    declared = dataset({"sex": "protected", "income": "feature"}, {"proxies": {}})
    evidence = run(tmp_path, declared, "sex,income\n" + rows, limit=5).evidence
    found = figure(evidence, "cramers_v_corrected", attribute="sex*income")
    assert found.value == pytest.approx(0.99598, abs=1e-5)
    assert found.denominator == 1000
    assert result(evidence, "proxies").verdict == "attention"


def test_bins_hold_enough_persons(tmp_path: Path) -> None:
    """Six persons with 200 amounts each, 0 to 199, 200 to 399, ...: no cut leaves five on each side.

    Of two hundred persons with 20 such amounts ten bins hold twenty each.
    """

    def rows(persons: int, each: int) -> str:
        amounts = [(p, each * p + n) for p in range(persons) for n in range(each)]
        lines = [f"p{p},{'fm'[p % 2]},{amount}" for p, amount in amounts]
        return "\n".join(["p,sex,amount", *lines, ""])

    roles = {"p": "person_id", "sex": "protected", "amount": "score"}
    declared = dataset(roles, {"proxies": {}}, unit="person")
    evidence = run(tmp_path, declared, rows(200, 20), limit=5).evidence
    assert figure(evidence, "cramers_v_corrected", attribute="sex*amount").denominator == 4_000
    with pytest.raises(InputError, match="1,200 different values"):
        run(tmp_path, declared, rows(6, 200), limit=5)


def test_a_column_with_one_word_among_numbers_is_not_binned(tmp_path: Path) -> None:
    """Too many values to be groups, and not all are numbers: refused with the remedy."""
    rows = "".join(f"f,{n}\n" for n in range(3000)) + "m,none\n"
    declared = dataset({"sex": "protected", "income": "feature"}, {"proxies": {}})
    with pytest.raises(InputError, match="different values") as raised:
        run(tmp_path, declared, "sex,income\n" + rows)
    assert "income" in str(raised.value)
    assert "bands" in str(raised.value)


def test_an_attribute_of_very_many_values_is_refused_or_binned(tmp_path: Path) -> None:
    """100,000 names are refused; 100,000 amounts are cut into ten bins."""
    names = "sex,x\n" + "".join(f"{'fm'[n % 2]},name {n}\n" for n in range(100_000))
    told = {"sex": "protected", "x": "feature"}
    with pytest.raises(InputError, match=r"about (9\d|1[01]\d),000 different values"):
        run(tmp_path, dataset(told, {"proxies": {}}), names)
    amounts = "sex,x\n" + "".join(f"{'fm'[n % 2]},{n / 4}\n" for n in range(100_000))
    evidence = run(tmp_path, dataset(told, {"proxies": {}}), amounts).evidence
    found = figure(evidence, "cramers_v_corrected", attribute="sex*x")
    assert found.value == pytest.approx(0, abs=0.01)
