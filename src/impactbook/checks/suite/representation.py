"""Is each group there in proportion to a reference population?"""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner
from impactbook.model.dataset import Dataset, RepresentationCheck


def needs(declaration: Dataset) -> Needs:
    """One table per attribute that is compared with a reference population."""
    return Needs(
        grouped=tuple((check.attribute,) for _, check in measured_representation(declaration))
    )


def checks(planner: Planner) -> list[PlannedCheck]:
    """One expectation per check that can be measured."""
    return [
        planner.plan(
            "representation",
            ours.ExpectGroupRepresentationToMatchReference,
            (check.attribute,),
            declared=check,
            compared_with=check.reference or "",
            attribute=check.attribute,
            reference=dict(planner.asked.reference_shares[place]),
            no_reference=list(check.no_reference),
            tolerance=check.tolerance,
        )
        for place, check in measured_representation(planner.declaration)
    ]


def measured_representation(declaration: Dataset) -> list[tuple[int, RepresentationCheck]]:
    """The checks of representation that can be measured, with their place in the declaration."""
    return [
        (place, check)
        for place, check in enumerate(declaration.checks.representation)
        if check.not_in_data is None
    ]
