"""figures.csv: every figure comes back as it was, and no spreadsheet runs what it holds."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactbook.errors import RecordError
from impactbook.model.evidence import FIGURE_COLUMNS, Figure
from impactbook.records.figures import guarded, read_figures, write_figures

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=15) | st.sampled_from(
    ["=1+1", "'=1", "''@x", "-3", "+49", "@a", "\t", "\r", "\r\n", "a,b", 'a"b', " a ", "'a", ""]
)
NUMBER = st.none() | st.floats(allow_nan=False, allow_infinity=False)
COUNT = st.none() | st.integers(0, 10**12)
FIGURES = st.builds(
    Figure,
    id=TEXT, source=st.just("cv"), kind=st.just("training_data"), metric=TEXT,
    unit=st.just("row"), attribute=TEXT, group=TEXT, condition=TEXT, value=NUMBER, numerator=COUNT,
    denominator=COUNT, unknown=COUNT, reference=NUMBER, ci_low=NUMBER, ci_high=NUMBER,
    ci_level=NUMBER, method=TEXT, p_adjusted=NUMBER, threshold_low=NUMBER, threshold_high=NUMBER,
    verdict=st.sampled_from(["ok", ""]),
)  # fmt: skip


def sample(**changes: object) -> Figure:
    given_ = {"id": "i", "source": "cv", "kind": "outcome", "metric": "share", "unit": "row"}
    return Figure.model_validate({**given_, **changes})


@given(st.lists(FIGURES, max_size=4))
def test_what_is_written_is_read_back_to_the_last_digit(figures: list[Figure]) -> None:
    assert read_figures(write_figures(figures)) == tuple(figures)


@given(FIGURES)
def test_no_text_cell_starts_like_a_formula(figure: Figure) -> None:
    row = list(csv.reader(io.StringIO(write_figures([figure]).decode(), newline="")))[1]
    for column, cell in zip(FIGURE_COLUMNS, row, strict=True):
        if isinstance(getattr(figure, column), str):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_table_is_what_the_columns_and_rfc_4180_say() -> None:
    figure = sample(group='=a "b"', value=-0.1, numerator=3)
    header, row, rest = write_figures([figure]).decode().split("\n")
    assert header == ",".join(FIGURE_COLUMNS)
    assert row == 'i,cv,outcome,share,row,,"\'=a ""b""",,-0.1,3,,,,,,,,,,,'
    assert rest == ""


def test_negative_numbers_are_no_formulas_and_stay_as_they_are() -> None:
    assert b",-12.5," in write_figures([sample(value=-12.5)])


def test_text_that_only_starts_with_an_apostrophe_is_left_alone() -> None:
    assert guarded("'s-Gravenhage") == "'s-Gravenhage"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_figure_that_is_no_number_is_refused_by_name(value: float) -> None:
    with pytest.raises(RecordError, match="i, value: is not a finite number"):
        write_figures([sample(value=value)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda text: text.replace(",share,", ",share,extra,"),
            "row 1: has 22 columns instead of 21",
        ),
        (lambda text: text.replace("outcome", "guess"), "row 1: kind cannot be read"),
        (lambda text: text.replace("id,source", "source,id"), "the columns are not those"),
        (lambda text: "", "the columns are not those"),
        (lambda text: text + '"open', "is not a table in UTF-8"),
    ],
)
def test_a_damaged_table_is_refused_by_its_row(change: object, message: str) -> None:
    damaged = change(write_figures([sample()]).decode()).encode()  # type: ignore[operator]
    with pytest.raises(RecordError, match=message):
        read_figures(damaged)


def test_bytes_that_are_no_utf8_are_refused() -> None:
    with pytest.raises(RecordError, match="is not a table in UTF-8"):
        read_figures(b"\xff")
