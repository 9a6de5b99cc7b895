"""How much speech there is of each group: hours, mean duration, hours per person.

Sums come from a query of their own; how many rows or persons stand behind them is read from
published tables, and nothing is told of a group that these do not tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from impactbook.checks.figures.common import FigureContext, interval_values, make_figure
from impactbook.checks.figures.quality import Counted
from impactbook.checks.figures.texts import Part, jackknife, means_without
from impactbook.checks.statistics import LEVEL, Interval, z_of
from impactbook.model.evidence import Figure


@dataclass(frozen=True)
class Durations:
    """Seconds of recordings: how many rows, their sum in milliseconds, and what was bounded.

    `bounded` are rows whose duration was no number or out of bounds and counts as the nearest
    bound. `squares` is the sum of squared milliseconds; `parts` are the sums of random parts of the
    persons, where these are known.
    """

    rows: int
    milliseconds: int
    bounded: Counted
    squares: int = 0
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class PersonHours:
    """Persons of one group and the milliseconds of all their recordings."""

    persons: int
    milliseconds: int
    parts: tuple[Part, ...] = ()


def duration_figures(
    context: FigureContext, durations: Durations | None, rows: int | None, **named: Any
) -> list[Figure]:
    """`hours_of_speech` and `mean_duration` (in seconds) of one group or of all recordings.

    `rows` is the published number of rows with a duration; where it is not told, nothing is. The
    hours are a sum over this data set and have no interval; the mean has one (`duration_interval`).
    Durations out of bounds count as the nearest bound (`bounded_figure`).
    """
    if not rows or durations is None or durations.rows != rows:
        return [make_figure(context, name, unit="row", **named, verdict="suppressed")
                for name in ("hours_of_speech", "mean_duration")]  # fmt: skip
    mean = durations.milliseconds / rows / 1000
    interval, method = duration_interval(durations)
    return [
        make_figure(
            context,
            "hours_of_speech",
            unit="row",
            **named,
            value=durations.milliseconds / 3_600_000,
            denominator=rows,
            method="sum",
        ),
        make_figure(
            context,
            "mean_duration",
            unit="row",
            **named,
            value=mean,
            denominator=rows,
            method=method,
            **interval_values(interval),
        ),
    ]


def duration_interval(durations: Durations) -> tuple[Interval | None, str]:
    """The interval of the mean duration in seconds, and which formula it follows.

    As `mean_interval`: the jackknife over parts of the persons, else mean +- z s / sqrt(n).
    """
    n = durations.rows
    mean = durations.milliseconds / n / 1000
    if durations.parts:
        without = [one / 1000 for one in means_without(durations.parts)]
        return jackknife(mean, without), "jackknife"
    if n < 2:
        return None, "normal"
    # In whole numbers: the difference of two large sums loses digits otherwise.
    squares = (durations.squares * n - durations.milliseconds**2) / (n * (n - 1)) / 1e6
    half = z_of(LEVEL) * math.sqrt(max(0.0, squares) / n)
    return Interval(mean - half, mean + half), "normal"


def person_hours_figure(
    context: FigureContext, hours: PersonHours | None, persons: int | None, **named: Any
) -> Figure:
    """`hours_per_person`: hours of one group's recordings / its persons, with a jackknife interval.

    `persons` is the published number of the group's persons; where it is not told, nothing is.
    """
    if not persons or hours is None or hours.persons != persons:
        return make_figure(
            context, "hours_per_person", unit="person", **named, verdict="suppressed"
        )
    means = [mean / 3_600_000 for mean in means_without(hours.parts)]
    mean = hours.milliseconds / persons / 3_600_000
    return make_figure(
        context,
        "hours_per_person",
        unit="person",
        **named,
        value=mean,
        denominator=persons,
        method="jackknife",
        **interval_values(jackknife(mean, means)),
    )


def bounded_figure(
    context: FigureContext, bounded: Counted, rows: int | None, limit: int, **named: Any
) -> Figure:
    """`bounded_durations`: rows whose duration is no number or out of bounds.

    Any is `attention`, also a masked count: they count as the nearest bound in all sums.
    """
    count = bounded.published(limit)
    return make_figure(
        context,
        "bounded_durations",
        unit="row",
        **named,
        value=None if count is None else float(count),
        numerator=count,
        denominator=rows,
        threshold_high=0.0,
        verdict="ok" if count == 0 else "attention",
    )
