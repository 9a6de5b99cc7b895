"""What is missing, column by column."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.prepare import used_columns
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner
from impactbook.model.dataset import Dataset


def missing_columns(declaration: Dataset) -> tuple[str, ...]:
    """The columns whose missing values are counted: those the check names, else all declared."""
    named = declaration.checks.missing.columns
    return named or tuple(used_columns(declaration))


def needs(declaration: Dataset) -> Needs:
    """Known or missing of each column."""
    return Needs(known=missing_columns(declaration))


def checks(planner: Planner) -> list[PlannedCheck]:
    """One expectation over all columns."""
    missing = planner.declaration.checks.missing
    return [
        planner.plan(
            "missing",
            ours.ExpectMissingSharesToBeBelow,
            declared=missing,
            columns=list(missing_columns(planner.declaration)),
            threshold=missing.threshold,
        )
    ]
