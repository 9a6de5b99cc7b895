"""How texts differ: their length."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner
from impactbook.model.dataset import Dataset


def needs(declaration: Dataset) -> Needs:
    """No table: texts are measured by a query of their own."""
    return Needs()


def checks(planner: Planner) -> list[PlannedCheck]:
    """One expectation per column of texts."""
    return [
        planner.plan(
            "texts",
            ours.ExpectTextLengthsToBeCounted,
            (name,),
            required=False,
            text=name,
            view="groups",
        )
        for name in planner.declaration.columns_of("text")
    ]
