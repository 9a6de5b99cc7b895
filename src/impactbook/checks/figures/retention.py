"""How old the data is, and whether anything is kept longer than it may be (Art. 5(1)(e) GDPR).

No single date is told: the oldest and the newest age are those of at least as many people as the
suppression limit asks for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Protocol

from impactbook.checks.figures.common import CheckFigures, FigureContext, make_figure, not_measured
from impactbook.model.evidence import Figure


class DayCount(Protocol):
    """How many rows and persons one day has."""

    @property
    def day(self) -> dt.date:
        """The day."""

    @property
    def rows(self) -> int:
        """The rows of that day."""

    @property
    def people(self) -> int | None:
        """The persons behind them; None where each row is a person."""


def age_figures(
    context: FigureContext, column: str, days: Sequence[DayCount], *, as_of: dt.date
) -> CheckFigures:
    """`oldest_age_days`, `median_age_days` and `newest_age_days` of rows, as of a day.

    `days` are sorted, oldest first. The median is the lower one of the rows' days. The oldest age
    is the greatest that at least `limit` people surely reach, the newest the smallest. Negative
    ages are dates in the future. Nothing is judged.
    """
    rows = sum(day.rows for day in days)
    if not rows:
        return not_measured("no_values")
    ends = {
        "oldest_age_days": _reached(days, context.limit),
        "median_age_days": _median(days, rows) if _reached(days, context.limit) else None,
        "newest_age_days": _reached(list(reversed(days)), context.limit),
    }
    return CheckFigures(
        tuple(_age(context, metric, column, day, rows, as_of) for metric, day in ends.items()), ""
    )


def _age(
    context: FigureContext,
    metric: str,
    column: str,
    day: dt.date | None,
    rows: int,
    as_of: dt.date,
) -> Figure:
    common: dict[str, Any] = {"unit": "row", "axes": (column,)}
    if day is None:
        return make_figure(context, metric, **common, verdict="suppressed")
    value = float((as_of - day).days)
    return make_figure(context, metric, **common, value=value, denominator=rows)


def _reached(days: Sequence[DayCount], limit: int) -> dt.date | None:
    """The first day up to which at least `limit` people are there, whoever they are.

    Rows of several days may be the same person's, so the largest single day is counted on.
    """
    told, largest = 0, 0
    for day in days:
        told += day.rows
        largest = max(largest, day.rows if day.people is None else day.people)
        if (told if day.people is None else largest) >= limit:
            return day.day
    return None


def _median(days: Sequence[DayCount], rows: int) -> dt.date:
    told = 0
    for day in days:
        told += day.rows
        if 2 * told >= rows:
            return day.day
    return days[-1].day
