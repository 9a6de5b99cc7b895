"""Do the shares of groups stay alike over time and over splits?"""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.periodaxes import period_axis
from impactbook.checks.prepare import split_axis
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner, grouping_columns
from impactbook.checks.tables import Axes
from impactbook.model.dataset import Dataset


def needs(declaration: Dataset) -> Needs:
    """Each attribute by period and by split, over all of the data."""
    check = declaration.checks.periods
    if check is None:
        return Needs()
    axes = [period_axis(declaration, check.period), split_axis(declaration)]
    crossed: list[Axes] = [
        (name, axis)
        for name in grouping_columns(declaration, check.attributes)
        for axis in axes
        if axis is not None and axis != name
    ]
    return Needs(whole=tuple(crossed))


def checks(planner: Planner) -> list[PlannedCheck]:
    """One expectation per attribute; without a column of time or splits it is not measured."""
    check = planner.declaration.checks.periods
    if check is None:
        return []
    return [
        planner.plan(
            "periods",
            ours.ExpectGroupSharesToStayAlike,
            (name,),
            declared=check,
            attribute=name,
            over_time=period_axis(planner.declaration, check.period),
            tolerance=check.tolerance,
        )
        for name in grouping_columns(planner.declaration, check.attributes)
    ]
