"""Figures of two records side by side, and whether a change exceeds its interval.

That two intervals do not overlap asks for too much: they may overlap although the difference is
beyond chance (Schenker and Gentleman, The American Statistician 55 (2001) 182-186). So the interval
of the difference itself is computed, from both figures' own published intervals.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from impactbook.model.changes import FigureChange, FigureState, Judged
from impactbook.model.evidence import Figure

_NUMBERS = ("value", "numerator", "denominator", "ci_low", "ci_high", "ci_level")
_NOISE = 1e-9
"""Relative difference below which two numbers are the same: the last digits of another library."""

_AGAINST_POPULATION = ("representation_ratio", "representation_gap")
"""Metrics whose `reference` comes from outside the data: another one is another question."""


@dataclass(frozen=True)
class FigureDifferences:
    """Figures that changed, came and went, in the order of the new record, then of the old."""

    changed: tuple[FigureChange, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


def figure_differences(
    old: Sequence[Figure], new: Sequence[Figure], *, same_data: Collection[str] = ()
) -> FigureDifferences:
    """Compare figures by id; `same_data` names datasets whose data did not change."""
    before: Mapping[str, Figure] = {figure.id: figure for figure in old}
    after: Mapping[str, Figure] = {figure.id: figure for figure in new}
    return FigureDifferences(
        changed=tuple(
            _change(before[name], figure, same_data=figure.source in same_data)
            for name, figure in after.items()
            if name in before and _differs(before[name], figure)
        ),
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
    )


def difference_interval(before: Figure, after: Figure) -> tuple[float, float] | None:
    """The interval of after - before, from the two intervals; None where one has none.

    d - sqrt((after - low_after)^2 + (high_before - before)^2) to
    d + sqrt((high_after - after)^2 + (before - low_before)^2), at the level of both intervals: the
    method of variance estimates recovery of Zou and Donner, Statistics in Medicine 27 (2008)
    1693-1702. With Wilson's intervals of shares it is Newcombe's interval of a difference (method
    10, Statistics in Medicine 17 (1998) 873-890). It takes the two for independent samples; where
    the later data contains the earlier, it is too wide and errs towards "within".
    """
    values = (before.value, before.ci_low, before.ci_high, after.value, after.ci_low, after.ci_high)
    if any(value is None for value in values) or before.ci_level != after.ci_level:
        return None
    x, x_low, x_high, y, y_low, y_high = (float(value or 0.0) for value in values)
    if not (x_low <= x <= x_high and y_low <= y <= y_high):
        return None
    low = y - x - math.hypot(y - y_low, x_high - x)
    high = y - x + math.hypot(y_high - y, x - x_low)
    return low, high


def judged(before: Figure, after: Figure, *, same_data: bool) -> Judged:
    """Whether the change exceeds its interval, or why that cannot be said; the first that holds."""
    if before.value is None or after.value is None:
        return "hidden"
    if same_data:
        return "same_data"
    if before.unit != after.unit or _formula(before) != _formula(after):
        return "other_method"
    if after.metric in _AGAINST_POPULATION and not _near(before.reference, after.reference):
        return "other_method"
    if before.ci_level != after.ci_level and before.ci_low is not None and after.ci_low is not None:
        return "levels_differ"
    interval = difference_interval(before, after)
    if interval is None:
        return "no_interval"
    return "beyond" if interval[0] > 0 or interval[1] < 0 else "within"


def _formula(figure: Figure) -> str:
    """The name of the formula; what follows it (levels, effective numbers) depends on the data."""
    return figure.method.partition(";")[0]


def _differs(before: Figure, after: Figure) -> bool:
    if before.verdict != after.verdict or before.unit != after.unit:
        return True
    return any(not _near(getattr(before, name), getattr(after, name)) for name in _NUMBERS)


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_NOISE, abs_tol=_NOISE * 1e-3)


def _change(before: Figure, after: Figure, *, same_data: bool) -> FigureChange:
    found = judged(before, after, same_data=same_data)
    interval = difference_interval(before, after) if found in ("beyond", "within") else None
    known = before.value is not None and after.value is not None
    comparable = known and found != "other_method"
    return FigureChange(
        id=after.id,
        source=after.source,
        metric=after.metric,
        unit=after.unit,
        attribute=after.attribute,
        group=after.group,
        condition=after.condition,
        before=_state(before),
        after=_state(after),
        judged=found,
        difference=(after.value or 0.0) - (before.value or 0.0) if comparable else None,
        ci_low=interval[0] if interval else None,
        ci_high=interval[1] if interval else None,
    )


def _state(figure: Figure) -> FigureState:
    numbers = {name: getattr(figure, name) for name in _NUMBERS}
    return FigureState(**numbers, verdict=figure.verdict)
