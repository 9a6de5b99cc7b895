"""How labels are spread over groups, and over their classes."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner
from impactbook.checks.tables import Axes
from impactbook.model.dataset import Dataset


def needs(declaration: Dataset) -> Needs:
    """Labels within splits; labels by groups in all rows only, out of the splits.

    Shares of a positive label are told cell by cell. Distances between groups' labels are one
    figure each, so that small classes may stand together in their tables.
    """
    labelled: list[Axes] = []
    distances: list[Axes] = []
    for label in declaration.checks.labels:
        if label.positive is not None:
            labelled += [(name, label.label) for name in label.attributes]
            labelled += [(*pair, label.label) for pair in label.intersections]
        if label.given is not None and label.positive is not None:
            given = label.given
            labelled += [(given, name, label.label) for name in label.attributes if name != given]
        distances += [(name, label.label) for name in label.attributes]
    labels = tuple((label.label,) for label in declaration.checks.labels)
    return Needs(rows=(*labelled, *labels), in_splits=labels, coarse=tuple(distances))


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
            given=check.given,
            ratio_low=check.ratio_low,
            imbalance_high=check.imbalance_high,
        )
        for check in planner.declaration.checks.labels
    ]
