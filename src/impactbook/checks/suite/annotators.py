"""Who labelled, and how far they agree."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner, grouping_columns
from impactbook.model.dataset import Dataset


def needs(declaration: Dataset) -> Needs:
    """The attributes alone: items are counted by a query of their own, named by the same groups."""
    check = declaration.checks.annotators
    by = () if check is None else grouping_columns(declaration, check.by)
    return Needs(rows=tuple((name,) for name in by))


def checks(planner: Planner) -> list[PlannedCheck]:
    """One expectation for the declared item and label."""
    declaration = planner.declaration
    check = declaration.checks.annotators
    if check is None:
        return []
    annotators = declaration.columns_of("annotator")
    label = declaration.columns[check.label]
    by = grouping_columns(declaration, check.by)
    return [
        planner.plan(
            "annotators",
            ours.ExpectAnnotatorsToAgree,
            (check.label,),
            declared=check,
            item=check.item,
            label=check.label,
            annotator=annotators[0] if annotators else None,
            by=list(by),
            level=check.level,
            order=list(label.bands or label.labels or label.allowed),
            alpha_low=check.alpha_low,
            share_high=check.share_high,
        )
    ]
