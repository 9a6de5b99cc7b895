"""Where attributes meet: declared combinations, and all pairs of the compared attributes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from impactbook.checks import expectations as ours
from impactbook.checks.figures.common import group_of
from impactbook.checks.prepare import split_axis
from impactbook.checks.suite.planned import (
    Asked,
    Needs,
    PlannedCheck,
    Planner,
    compared_columns,
)
from impactbook.checks.suite.representation import measured_representation
from impactbook.model.dataset import Dataset


def paired_columns(declaration: Dataset) -> tuple[str, ...]:
    """The attributes whose pairs are looked at: those the check names, else all compared ones."""
    pairs = declaration.checks.pairs
    if pairs is None:
        return ()
    split = split_axis(declaration)
    return pairs.attributes or tuple(n for n in compared_columns(declaration) if n != split)


def needs(declaration: Dataset) -> Needs:
    """One table per declared combination, also within splits; one per pair over all of it."""
    return Needs(
        grouped=tuple(check.attributes for check in declaration.checks.intersections),
        whole=tuple(combinations(paired_columns(declaration), 2)),
    )


def checks(planner: Planner) -> list[PlannedCheck]:
    """One expectation per declared combination, and one over all pairs."""
    planned = [
        planner.plan(
            "intersections",
            ours.ExpectIntersectionsToBeCovered,
            check.attributes,
            declared=check,
            attributes=list(check.attributes),
            min_cell=check.min_cell,
            impossible=impossible(planner.declaration, check.attributes),
            **references(planner.asked, check.attributes),
        )
        for check in planner.declaration.checks.intersections
    ]
    pairs, attributes = planner.declaration.checks.pairs, paired_columns(planner.declaration)
    if pairs is not None and len(attributes) > 1:
        planned.append(
            planner.plan(
                "pairs",
                ours.ExpectAttributePairsToBeCovered,
                attributes,
                declared=pairs,
                attributes=list(attributes),
                min_cell=pairs.min_cell,
                judged=pairs.judged,
                impossible=impossible(planner.declaration, attributes),
                **references(planner.asked, attributes),
            )
        )
    return planned


def impossible(declaration: Dataset, attributes: Sequence[str]) -> list[dict[str, str]]:
    """The combinations that cannot exist, whichever check declares them: they never can."""
    declared = (one for check in declaration.checks.intersections for one in check.impossible)
    return [dict(one) for one in declared if set(one) <= set(attributes)]


def references(asked: Asked, attributes: Sequence[str]) -> dict[str, Any]:
    """What the references of the declaration say about some attributes, as arguments.

    Of two references for one attribute the first stands.
    """
    single: dict[str, dict[str, float]] = {}
    for place, check in measured_representation(asked.declaration):
        if check.attribute in attributes and place in asked.reference_shares:
            single.setdefault(check.attribute, dict(asked.reference_shares[place]))
    joint = []
    for reference in asked.joint_references.values():
        for axis, shares in zip(reference.axes, reference.margins, strict=False):
            if axis in attributes:
                single.setdefault(axis, dict(shares))
        if reference.cells and set(reference.axes) & set(attributes):
            cells = {group_of(cell): share for cell, share in reference.cells.items()}
            joint.append({"attributes": list(reference.axes), "shares": cells})
    return {"reference": single, "joint_reference": joint}
