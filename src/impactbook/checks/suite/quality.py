"""What stands twice: repeated rows or texts, and overlap between splits."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.prepare import GROUPS
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
                columns=list(planner.asked.columns),
                threshold=duplicates.threshold,
                view=GROUPS if duplicates.text else ROWS,
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
                view=GROUPS,
            )
        )
    return planned
