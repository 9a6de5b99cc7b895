"""How old data is, told without a single person's date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from impactbook.checks.figures.common import FigureContext
from impactbook.checks.figures.retention import age_figures


@dataclass(frozen=True)
class OneDay:
    day: date
    rows: int
    people: int | None = None


def ages(*days: OneDay, limit: int = 5) -> dict[str, float | None]:
    context = FigureContext("test", "training_data", limit)
    answer = age_figures(context, "called", days, as_of=date(2026, 11, 23))
    return {figure.metric: figure.value for figure in answer.figures}


def test_the_ends_are_those_of_enough_people() -> None:
    found = ages(
        OneDay(date(2026, 11, 1), 1),
        OneDay(date(2026, 11, 3), 5),
        OneDay(date(2026, 11, 13), 10),
        OneDay(date(2026, 11, 22), 2),
    )
    # Oldest: 1 + 5 rows are at least 20 days old. Newest: 2 + 10 are at most 10 days old. The
    # median of 18 rows is the 9th: 1 + 5 < 9 <= 1 + 5 + 10.
    assert found == {"oldest_age_days": 20, "median_age_days": 10, "newest_age_days": 10}


def test_many_rows_of_few_people_are_not_told() -> None:
    found = ages(OneDay(date(2026, 1, 1), 500, 2), OneDay(date(2026, 11, 3), 500, 3))
    assert set(found.values()) == {None}


def test_nothing_dated_is_not_measured() -> None:
    context = FigureContext("test", "training_data", 5)
    answer = age_figures(context, "called", [], as_of=date(2026, 11, 23))
    assert (answer.verdict, answer.problem) == ("not_measured", "no_values")
