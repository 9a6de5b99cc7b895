"""Where attributes meet: declared combinations."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner
from impactbook.model.dataset import Dataset


def needs(declaration: Dataset) -> Needs:
    """One table per declared combination of attributes."""
    return Needs(grouped=tuple(check.attributes for check in declaration.checks.intersections))


def checks(planner: Planner) -> list[PlannedCheck]:
    """One expectation per declared combination."""
    return [
        planner.plan(
            "intersections",
            ours.ExpectIntersectionsToBeCovered,
            check.attributes,
            declared=check,
            attributes=list(check.attributes),
            min_cell=check.min_cell,
        )
        for check in planner.declaration.checks.intersections
    ]
