"""What is there: rows, persons, the groups of every compared column, and their evenness."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner, compared_columns
from impactbook.model.dataset import Dataset


def needs(declaration: Dataset) -> Needs:
    """One table per compared column."""
    return Needs(grouped=tuple((name,) for name in compared_columns(declaration)))


def checks(planner: Planner) -> list[PlannedCheck]:
    """Size, shares of groups, and whether persons agree with themselves."""
    declaration = planner.declaration
    columns = len(planner.asked.columns)
    planned = [planner.plan("size", ours.ExpectRowsToBeCounted, columns=columns)]
    attributes = [name for name in compared_columns(declaration) if name != planner.split]
    for name in attributes:
        planned.append(
            planner.plan(
                "shares",
                ours.ExpectGroupSharesToBeCounted,
                (name,),
                required=False,
                attribute=name,
            )
        )
    if declaration.unit == "person" and attributes:
        planned.append(
            planner.plan(
                "persons",
                ours.ExpectPersonsToAgreeWithThemselves,
                attributes,
                attributes=attributes,
                view="groups",
            )
        )
    return planned
