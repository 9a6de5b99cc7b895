"""How labels are spread over groups, or over their classes."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner
from impactbook.checks.tables import Axes
from impactbook.model.dataset import Dataset


def needs(declaration: Dataset) -> Needs:
    """Labels within splits; labels by groups in all rows only, out of the splits."""
    labelled: list[Axes] = []
    for label in declaration.checks.labels:
        labelled += [(name, label.label) for name in label.attributes]
        labelled += [(*pair, label.label) for pair in label.intersections]
    labels = tuple((label.label,) for label in declaration.checks.labels)
    return Needs(rows=(*labelled, *labels), in_splits=labels)


def checks(planner: Planner) -> list[PlannedCheck]:
    """One expectation per declared label."""
    return [
        planner.plan(
            "labels",
            ours.ExpectLabelBalanceAcrossGroups,
            (check.label,),
            declared=check,
            label=check.label,
            positive=check.positive,
            attributes=list(check.attributes),
            intersections=[list(pair) for pair in check.intersections],
            ratio_low=check.ratio_low,
            imbalance_high=check.imbalance_high,
        )
        for check in planner.declaration.checks.labels
    ]
