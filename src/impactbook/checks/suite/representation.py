"""Is each group, and each combination of groups, there in proportion to a reference population?"""

from __future__ import annotations

from typing import Any

from impactbook.checks import expectations as ours
from impactbook.checks.periodaxes import period_axis
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner
from impactbook.checks.tables import Axes
from impactbook.model.dataset import Dataset, JointRepresentationCheck, RepresentationCheck


def needs(declaration: Dataset) -> Needs:
    """One table per attribute that is compared, one per combination, one per period axis."""
    measured = [check for _, check in measured_representation(declaration)]
    whole: list[Axes] = [tuple(joint.attributes) for _, joint in joint_representation(declaration)]
    for check in measured:
        axis = period_axis(declaration, check.over_time)
        if axis is not None:
            whole.append((check.attribute, axis))
    return Needs(grouped=tuple((check.attribute,) for check in measured), whole=tuple(whole))


def checks(planner: Planner) -> list[PlannedCheck]:
    """One expectation per check that can be measured."""
    names = reference_names(planner.declaration)
    planned = [
        planner.plan(
            "representation",
            ours.ExpectGroupRepresentationToMatchReference,
            (check.attribute,),
            declared=check,
            compared_with=names["representation", place],
            attribute=check.attribute,
            reference=dict(planner.asked.reference_shares[place]),
            no_reference=list(check.no_reference),
            tolerance=check.tolerance,
            interval=check.interval,
            over_time=period_axis(planner.declaration, check.over_time),
        )
        for place, check in measured_representation(planner.declaration)
    ]
    for place, joint in joint_representation(planner.declaration):
        planned.append(
            planner.plan(
                "joint_representation",
                ours.ExpectJointRepresentationToMatchReference,
                tuple(joint.attributes),
                declared=joint,
                compared_with=names["joint_representation", place],
                attributes=list(joint.attributes),
                tolerance=joint.tolerance,
                interval=joint.interval,
                **_expected(planner, place),
            )
        )
    return planned


def reference_names(declaration: Dataset) -> dict[tuple[str, int], str]:
    """How the reference of each check is called where two checks compare the same attribute.

    The reference's name, with a number where that would not tell two checks apart (the same
    reference with another `where` or `map`).
    """
    asked: list[tuple[tuple[str, int], tuple[str, ...], str]] = [
        (("representation", place), (check.attribute,), str(check.reference))
        for place, check in measured_representation(declaration)
    ]
    for place, joint in joint_representation(declaration):
        name = joint.reference or "margins"
        asked.append((("joint_representation", place), tuple(joint.attributes), name))
    seen: dict[tuple[tuple[str, ...], str], int] = {}
    names: dict[tuple[str, int], str] = {}
    for check_place, axes, name in asked:
        number = seen[axes, name] = seen.get((axes, name), 0) + 1
        names[check_place] = name if number == 1 else f"{name} {number}"
    return names


def _expected(planner: Planner, place: int) -> dict[str, Any]:
    """The reference of a joint check, in a form that a validation result can hold."""
    reference = planner.asked.joint_references[place]
    return {
        "reference": [(list(cell), share) for cell, share in reference.cells.items()],
        "margins": {
            axis: dict(margin)
            for axis, margin in zip(reference.axes, reference.margins, strict=False)
        },
        "no_reference": {axis: list(groups) for axis, groups in reference.no_reference.items()},
    }


def measured_representation(declaration: Dataset) -> list[tuple[int, RepresentationCheck]]:
    """The checks of representation that can be measured, with their place in the declaration."""
    return [
        (place, check)
        for place, check in enumerate(declaration.checks.representation)
        if check.not_in_data is None
    ]


def joint_representation(declaration: Dataset) -> list[tuple[int, JointRepresentationCheck]]:
    """The checks of combinations with their place in the declaration."""
    return list(enumerate(declaration.checks.joint_representation))
