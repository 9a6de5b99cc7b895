"""A pandas frame is checked as if its rows stood in a file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from declared import dataset, figure

from impactbook.checks import check_frame, run_checks
from impactbook.checks.source import ROWS
from impactbook.checks.sources import open_any
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset

FRAME = {"source": {"frame": True}}


def declared(*columns: str, **checks: Any) -> Dataset:
    return dataset(dict.fromkeys(columns, "protected"), checks, **FRAME)


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """All cells as they are checked, in order."""
    import sqlalchemy as sa

    with open_any(declared(*map(str, frame.columns)), folder=Path(), frame=frame) as opened:
        query = sa.select(*(sa.column(name) for name in opened.columns))
        return sorted(opened.fetch(query.select_from(opened.table(ROWS))), key=str)


def test_shares_are_those_of_the_frame() -> None:
    """3 of 4 women; limit 1, so nothing is masked; the index is not read."""
    frame = pd.DataFrame({"sex": ["f", "f", "m", "f"]}, index=[7, 7, 7, 7])
    evidence = check_frame(frame, declared("sex"), limit=1)
    share = figure(evidence, "share", attribute="sex", group="f")
    assert (share.numerator, share.denominator, evidence.rows) == (3, 4, 4)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series([1.0, 2.5, np.nan]), ["1", "2.5", None]),
        (pd.Series([1, 2, None], dtype="Int64"), ["1", "2", None]),
        (pd.Series([True, False]), ["true", "false"]),
        (pd.Series([True, None], dtype="boolean"), ["true", None]),
        (pd.Series(["a", None], dtype="category"), ["a", None]),
        (pd.Series([2, 1, None]).astype("category"), ["2", "1", None]),
        (pd.Series(["a", pd.NA], dtype="string"), ["a", None]),
        (pd.to_datetime(pd.Series(["2024-01-31", None])), ["2024-01-31", None]),
        (pd.to_datetime(pd.Series(["2024-01-31 10:30:00"])), ["2024-01-31 10:30:00"]),
        (pd.Series([1, "a", None, 2.0, True, np.nan], dtype=object),
         ["1", "a", None, "2", "true", None]),
        (pd.Series([Decimal("1.50"), None], dtype=object), ["1.50", None]),
        (pd.Series([pd.Timestamp("2024-01-31").date(), pd.NaT], dtype=object), ["2024-01-31", None]),
    ],
)  # fmt: skip
def test_cells_are_what_they_would_be_in_a_file(values: Any, expected: list[str | None]) -> None:
    """1 not 1.0, true not True, ISO days, and whatever pandas calls missing."""
    assert rows(pd.DataFrame({"v": values})) == sorted(((one,) for one in expected), key=str)


def test_columns_may_have_any_name() -> None:
    """Quotes, percent signs and numbers are names like others."""
    frame = pd.DataFrame([["x", "y", "z"]], columns=['a"b', "50 %:c", 3])
    assert rows(frame) == [("x", "y", "z")]


def test_the_same_rows_have_the_same_fingerprint() -> None:
    """In any order and with any index; another cell, column or row changes it."""
    frame = pd.DataFrame({"a": ["x", "y", "y"], "b": [1, 2, 2]})
    others = [
        frame.assign(b=[1, 2, 3]),
        frame.rename(columns={"a": "c"}),
        frame.iloc[:2],
    ]

    def fingerprint(given: pd.DataFrame) -> str:
        declaration = declared(*map(str, given.columns))
        with open_any(declaration, folder=Path(), frame=given) as opened:
            return opened.fingerprint

    assert fingerprint(frame.iloc[::-1]) == fingerprint(frame)
    assert len({fingerprint(one) for one in (frame, *others)}) == 4


def test_the_frame_stays_as_it_is() -> None:
    """Its columns keep their types, categories and order."""
    frame = pd.DataFrame({"a": pd.Categorical(["x", "y"]), "b": [1.0, np.nan], 3: [True, False]})
    copy = frame.copy(deep=True)
    rows(frame)
    pd.testing.assert_frame_equal(frame, copy)


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (pd.DataFrame({"sex": []}), "source.frame: the frame has no rows"),
        (pd.DataFrame({"sx": ["f"]}), "columns.sex: there is no column 'sex' in the frame"),
        (pd.DataFrame([["f", "m"]], columns=["sex", "sex"]), "column 2 of the frame has the name"),
        (pd.DataFrame({"sex": ["f"], " ": [1]}), "column 2 of the frame has no name"),
        (pd.DataFrame({"sex": [["f", "m"]]}), "columns.sex: the column holds lists"),
    ],
)
def test_what_cannot_be_checked_is_named(frame: pd.DataFrame, sentence: str) -> None:
    """One sentence, no value."""
    with pytest.raises(InputError) as caught:
        check_frame(frame, declared("sex"))
    assert sentence in str(caught.value)


def test_frame_and_declaration_must_agree(tmp_path: Path) -> None:
    """A frame for a declaration of files, and none for a declaration of a frame."""
    with pytest.raises(InputError, match="a pandas frame was given"):
        check_frame(pd.DataFrame({"sex": ["f"]}), dataset({"sex": "protected"}))
    with pytest.raises(InputError, match="expects a pandas frame and none was given"):
        run_checks("x", declared("sex"), folder=tmp_path, limit=5, references=tmp_path)
