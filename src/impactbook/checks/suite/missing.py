"""What is missing, column by column and group by group, and what only looks as if it were there."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.figures.missing import SUSPICIOUS
from impactbook.checks.knownaxes import known_axis, missing_by
from impactbook.checks.prepare import used_columns
from impactbook.checks.source import ROWS
from impactbook.checks.suite.planned import (
    Needs,
    PlannedCheck,
    Planner,
    compared_columns,
)
from impactbook.checks.suite.proxies import proxy_columns
from impactbook.model.columns import Column
from impactbook.model.dataset import Dataset

_NOT_LOOKED_AT = ("text", "person_id", "annotator", "weight", "ignore", "consent")


def missing_columns(declaration: Dataset) -> tuple[str, ...]:
    """The columns whose missing values are counted: those the check names, else all declared.

    Statuses of consent are left out: who has none stated is told by the coverage of consent.
    """
    named = declaration.checks.missing.columns
    columns = used_columns(declaration).items()
    return named or tuple(name for name, column in columns if not column.is_consent_status)


def told_apart(declaration: Dataset) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each attribute that missing values are told apart by, with the columns it is crossed with."""
    check = declaration.checks.missing
    labels = declaration.columns_of("label", "prediction", "score")
    columns = check.columns or tuple(dict.fromkeys((*compared_columns(declaration), *labels)))
    by = missing_by(declaration)
    return tuple((name, tuple(c for c in columns if c != name)) for name in by)


def needs(declaration: Dataset) -> Needs:
    """Known or missing of each column, alone and by the attributes it is told apart by.

    Where the declaration does not name these, a table that would mask much is not shown.
    """
    crossed = tuple(
        (attribute, known_axis(name))
        for attribute, columns in told_apart(declaration)
        for name in columns
    )
    unasked = declaration.checks.missing.by is None
    return Needs(
        rows=crossed, known=missing_columns(declaration), beside=crossed if unasked else ()
    )


def checks(planner: Planner) -> list[PlannedCheck]:
    """The share of each column, by groups, and values in disguise."""
    missing = planner.declaration.checks.missing
    planned = [
        planner.plan(
            "missing",
            ours.ExpectMissingSharesToBeBelow,
            declared=missing,
            columns=list(missing_columns(planner.declaration)),
            threshold=missing.threshold,
        )
    ]
    for attribute, columns in told_apart(planner.declaration):
        planned.append(
            planner.plan(
                "missing_by_group",
                ours.ExpectMissingSharesToBeCounted,
                (attribute,),
                required=False,
                attribute=attribute,
                columns=list(columns),
                gaps_only=missing.by is None,
            )
        )
    tokens = suspicious_tokens(planner.declaration)
    if tokens:
        planned.append(
            planner.plan(
                "disguised_missing",
                ours.ExpectNoDisguisedMissingValues,
                required=False,
                tokens=tokens,
                counted=[name for name in tokens if _is_counted(planner.declaration, name)],
                view=ROWS,
            )
        )
    return planned


def suspicious_tokens(declaration: Dataset) -> dict[str, list[str]]:
    """Per column the values to look for: our list and the declared ones, less what is explained.

    A value is explained when the declaration lists it as missing, allowed, merged or labelled.
    """
    found: dict[str, list[str]] = {}
    wanted = {*SUSPICIOUS, *(t.strip().casefold() for t in declaration.checks.missing.suspicious)}
    for name, column in used_columns(declaration).items():
        if column.role in _NOT_LOOKED_AT:
            continue
        explained = {
            value.strip().casefold()
            for value in (*column.missing, *column.allowed, *column.values, *column.labels)
        }
        found[name] = sorted(wanted - explained)
    return found


def _is_counted(declaration: Dataset, name: str) -> bool:
    """Whether the values themselves are counted in a table: compared, and not cut into bands."""
    column: Column = declaration.columns[name]
    labels = tuple(check.label for check in declaration.checks.labels)
    predictions = {*declaration.columns_of("prediction")}.intersection(proxy_columns(declaration))
    told = name in (*compared_columns(declaration), *labels, *predictions)
    return told and not column.bands and not column.values
