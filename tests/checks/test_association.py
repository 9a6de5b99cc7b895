"""Association of two columns: measures, intervals and directions, by hand and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impactbook.checks import statistics as s

tables = st.integers(2, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 60), min_size=width, max_size=width), min_size=2, max_size=4
    )
)


def test_a_two_by_two_table_by_hand() -> None:
    # rows 30/10 and 10/30 of 80: expected 20 each, chi2 = 4 * 100/20 = 20, V = sqrt(20/80) = 0.5
    table = [[30, 10], [10, 30]]
    assert s.independence_test(table).statistic == pytest.approx(20)
    assert s.cramers_v(table) == pytest.approx(0.5)
    # phi2+ = 0.25 - 1/79, r~ - 1 = 1 - 1/79
    assert s.cramers_v_corrected(table) == pytest.approx(math.sqrt((0.25 - 1 / 79) / (78 / 79)))
    # I = 2 * 3/8 ln(3/2) + 2 * 1/8 ln(1/2), H = ln 2
    information = 0.75 * math.log(1.5) - 0.25 * math.log(2)
    assert s.mutual_information(table) == pytest.approx(information)
    assert s.theils_u(table) == pytest.approx(information / math.log(2))


def test_yates_correction_is_never_applied() -> None:
    # Yates would give sum (|O - E| - 0.5)^2/E = 4 * 9.5^2/20 = 18.05
    assert s.association_of([[30, 10], [10, 30]]).test.statistic == pytest.approx(20)


def test_a_row_that_tells_the_column_is_complete_association_one_way() -> None:
    table = [[40, 0, 0], [0, 20, 0], [0, 0, 0], [0, 0, 30], [0, 0, 10]]
    found = s.association_of(table)
    assert (found.rows, found.columns, found.n) == (4, 3, 100)
    assert found.u_columns == pytest.approx(1)
    assert found.u_rows < 1
    assert found.cramers_v == pytest.approx(1)


@pytest.mark.parametrize("table", [[[3, 4]], [[3], [4]], [[3, 0], [4, 0]], [[0, 0], [1, 2]], []])
def test_one_row_or_column_has_no_association(table: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="two rows and two columns"):
        s.association_of(table)


@given(tables)
@settings(max_examples=40, deadline=None)
def test_every_measure_lies_in_its_interval_and_its_bounds(table: list[list[int]]) -> None:
    try:
        found = s.association_of(table, replicates=100)
    except ValueError:
        return
    for name, interval in found.intervals.items():
        value = getattr(found, name)
        assert interval.low - 1e-9 <= value <= interval.high + 1e-9, name
        assert interval.low >= 0
        assert interval.high <= 1 or name == "mutual_information"
    assert found.u_rows <= 1
    assert found.cramers_v_corrected <= found.cramers_v + 1e-9 or found.n < 30


def test_unrelated_columns_rarely_show_an_association() -> None:
    source, left = np.random.default_rng(5), 0
    for _ in range(120):
        table = source.multinomial(150, [1 / 16] * 16).reshape(4, 4).tolist()
        found = s.association_of(table, replicates=300)
        left += found.intervals["cramers_v_corrected"].low > 0
    # 120 * 0.025 = 3 expected
    assert left <= 9


def test_the_interval_holds_a_known_association_about_as_often_as_it_says() -> None:
    # p = 0.4, 0.1, 0.1, 0.4: phi = (0.16 - 0.01)/0.25 = 0.6
    source, hits = np.random.default_rng(9), 0
    for _ in range(120):
        table = source.multinomial(100, [0.4, 0.1, 0.1, 0.4]).reshape(2, 2).tolist()
        interval = s.association_of(table, replicates=400).intervals["cramers_v_corrected"]
        hits += interval.low <= 0.6 <= interval.high
    # three standard errors below 95 %
    assert hits / 120 >= 0.89


def test_large_tables_get_the_interval_that_resampling_would_give() -> None:
    table = [[9000, 3000, 4000], [2000, 8000, 4500]]
    fast = s.association_of(table)
    tenth = [[count // 10 for count in row] for row in table]
    slow = s.association_of(tenth)
    assert (fast.method, slow.method) == ("delta_method", "bootstrap")
    for name in ("cramers_v_corrected", "mutual_information", "u_rows", "u_columns"):
        wide = slow.intervals[name].high - slow.intervals[name].low
        narrow = fast.intervals[name].high - fast.intervals[name].low
        # a tenth of the people: sqrt(10) times as wide
        assert wide / narrow == pytest.approx(math.sqrt(10), rel=0.12), name


def test_rows_of_few_persons_count_as_few_persons() -> None:
    table = [[300, 100], [100, 300]]
    rows, persons = s.association_of(table), s.association_of(table, weight=0.05)
    assert persons.effective == 40
    assert persons.n == 800
    assert persons.cramers_v == rows.cramers_v
    # the test of a table with 40 people: 0.25 * 40
    assert persons.test.statistic == pytest.approx(10)
    assert persons.cramers_v_corrected < rows.cramers_v_corrected
    wide = persons.intervals["cramers_v_corrected"]
    narrow = rows.intervals["cramers_v_corrected"]
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)
