"""What stands twice: repeated rows or texts, and overlap between splits."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.source import ROWS
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner
from impactbook.model.dataset import Dataset


def needs(declaration: Dataset) -> Needs:
    """No table beside the splits, which are always counted."""
    return Needs()


def checks(planner: Planner) -> list[PlannedCheck]:
    """Duplicates unless the declaration leaves them out, leakage where it is asked for."""
    duplicates, leakage = (
        planner.declaration.checks.duplicates,
        planner.declaration.checks.leakage,
    )
    planned = []
    if duplicates is not None:
        planned.append(
            planner.plan(
                "duplicates",
                ours.ExpectDuplicateShareToBeBelow,
                (duplicates.text,) if duplicates.text else (),
                declared=duplicates,
                text=duplicates.text,
                columns=[] if duplicates.text else list(planner.asked.columns),
                labels=list(planner.declaration.columns_of("label")) if duplicates.text else [],
                threshold=duplicates.threshold,
                near=duplicates.near,
                view=None if duplicates.text else ROWS,
            )
        )
    if leakage is not None:
        planned.append(
            planner.plan(
                "leakage",
                ours.ExpectNoLeakageBetweenSplits,
                (leakage.text,) if leakage.text else (),
                declared=leakage,
                text=leakage.text,
                threshold=leakage.threshold,
                near=leakage.near,
            )
        )
    return planned
