"""From a declaration to the expectations that are validated, each with what it was asked for.

`plan_checks` decides what is asked; nothing is run here. Two views are asked: `plausible` with
stock expectations of Great Expectations (columns, allowed values, ranges), and `groups` with ours.
Importing this module imports Great Expectations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from great_expectations.expectations.core.expect_column_values_to_be_between import (
    ExpectColumnValuesToBeBetween,
)
from great_expectations.expectations.core.expect_column_values_to_be_in_set import (
    ExpectColumnValuesToBeInSet,
)
from great_expectations.expectations.core.expect_table_columns_to_match_set import (
    ExpectTableColumnsToMatchSet,
)
from great_expectations.expectations.core.expect_table_row_count_to_equal import (
    ExpectTableRowCountToEqual,
)
from great_expectations.expectations.expectation import Expectation

from impactbook.checks import expectations as ours
from impactbook.checks.contingency import Counting
from impactbook.checks.figures.common import attribute_of
from impactbook.checks.prepare import (
    GROUPS,
    PLAUSIBLE,
    expects_numbers,
    listed_groups,
    person_column,
    plausible_range,
    split_axis,
    used_columns,
)
from impactbook.checks.source import ROWS
from impactbook.checks.tables import Axes
from impactbook.model.base import Text
from impactbook.model.dataset import Column, Dataset, RepresentationCheck

_COMPARED_ROLES = ("protected", "proxy", "language")


@dataclass(frozen=True)
class PlannedCheck:
    """One expectation to validate on one view, and the check of the declaration it answers."""

    check: str
    view: str
    expectation: Expectation
    axes: tuple[str, ...] = ()
    required: bool = True
    because: Text | None = None
    reference: str = ""

    @property
    def attribute(self) -> str:
        """The columns asked about, as they stand in `figures.csv`."""
        return attribute_of(self.axes)


@dataclass(frozen=True)
class Asked:
    """What the plan needs to know beside the declaration."""

    dataset: str
    declaration: Dataset
    columns: tuple[str, ...]
    splits: tuple[str, ...]
    rows: int
    limit: int
    reference_shares: Mapping[int, Mapping[str, float]] = field(default_factory=dict)


def compared_columns(declaration: Dataset) -> tuple[str, ...]:
    """The columns whose groups are compared: protected ones, proxies, and all that checks name."""
    checks = declaration.checks
    names = [name for name, col in used_columns(declaration).items() if col.role in _COMPARED_ROLES]
    names += [check.attribute for check in checks.representation if check.not_in_data is None]
    names += [name for check in checks.intersections for name in check.attributes]
    names += [name for label in checks.labels for name in label.attributes]
    names += [name for label in checks.labels for pair in label.intersections for name in pair]
    return tuple(dict.fromkeys(names))


def missing_columns(declaration: Dataset) -> tuple[str, ...]:
    """The columns whose missing values are counted: those the check names, else all declared."""
    named = declaration.checks.missing.columns
    return named or tuple(used_columns(declaration))


def plan_counting(declaration: Dataset) -> Counting:
    """All tables that the checks of a declaration need, counted once for all of them."""
    checks, split = declaration.checks, split_axis(declaration)
    attributes = [name for name in compared_columns(declaration) if name != split]
    grouped: list[Axes] = [(name,) for name in attributes]
    grouped += [tuple(check.attributes) for check in checks.intersections]
    labelled: list[Axes] = []
    for label in checks.labels:
        labelled.append((label.label,))
        labelled += [(name, label.label) for name in label.attributes]
        labelled += [(*pair, label.label) for pair in label.intersections]
    # The labels of groups are judged in all rows only; their tables stay out of the splits.
    in_splits = [*grouped, *((label.label,) for label in checks.labels)]
    rows = [*labelled, *_within(in_splits, split)]
    person = person_column(declaration)
    persons = _within(grouped, split) if declaration.unit == "person" else []
    full = {axis for axes in rows for axis in axes}
    known = tuple(name for name in missing_columns(declaration) if name not in full)
    return Counting(tuple(rows), tuple(persons), known, person)


def _within(tables: Sequence[Axes], split: str | None) -> list[Axes]:
    if split is None:
        return list(tables)
    return [(split,), *((*axes, split) for axes in tables if split not in axes)]


def plan_checks(asked: Asked) -> tuple[PlannedCheck, ...]:
    """Everything that is asked of the data, in the order in which it is reported."""
    return (*_schema_checks(asked), *_Planner.of(asked).checks())


# --- schema: stock expectations -------------------------------------------------------------


def _schema_checks(asked: Asked) -> list[PlannedCheck]:
    columns = used_columns(asked.declaration)
    planned = [
        PlannedCheck("schema", PLAUSIBLE, ExpectTableRowCountToEqual(value=asked.rows)),
        PlannedCheck(
            "schema",
            PLAUSIBLE,
            ExpectTableColumnsToMatchSet(column_set=list(columns), exact_match=False),
        ),
    ]
    for name, column in columns.items():
        expectation = _plausible(name, column)
        if expectation is not None:
            planned.append(PlannedCheck("schema", PLAUSIBLE, expectation, (name,)))
    return planned


def _plausible(name: str, column: Column) -> Expectation | None:
    if expects_numbers(column):
        low, high = plausible_range(column)
        return ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high)
    if column.allowed:
        return ExpectColumnValuesToBeInSet(column=name, value_set=list(column.allowed))
    return None


# --- groups: our expectations ---------------------------------------------------------------


@dataclass(frozen=True)
class _Planner:
    """Our expectations for one declaration; `shared` are the arguments they all have."""

    asked: Asked
    shared: Mapping[str, Any]

    @classmethod
    def of(cls, asked: Asked) -> _Planner:
        declaration = asked.declaration
        counting = plan_counting(declaration)
        listed = listed_groups(declaration)
        axes = {axis for table in (*counting.rows, *counting.persons) for axis in table}
        return cls(
            asked,
            {
                "dataset": asked.dataset,
                "unit": declaration.unit,
                "person": counting.person,
                "split": split_axis(declaration),
                "splits": list(asked.splits),
                "limit": asked.limit,
                "listed": {axis: sorted(listed.get(axis, ())) for axis in sorted(axes)},
                "counting": counting.as_json(),
            },
        )

    def checks(self) -> list[PlannedCheck]:
        return [
            *self._overview(),
            *self._representation(),
            *self._intersections(),
            *self._labels(),
            *self._quality(),
        ]

    def _overview(self) -> list[PlannedCheck]:
        declaration, split = self.asked.declaration, self.shared["split"]
        rows = ours.ExpectRowsToBeCounted(columns=len(self.asked.columns), **self.shared)
        planned = [PlannedCheck("size", GROUPS, rows)]
        attributes = [name for name in compared_columns(declaration) if name != split]
        for name in attributes:
            expectation = ours.ExpectGroupSharesToBeCounted(attribute=name, **self.shared)
            planned.append(PlannedCheck("shares", GROUPS, expectation, (name,), required=False))
        for name, column in used_columns(declaration).items():
            if column.role == "text":
                texts = ours.ExpectTextLengthsToBeCounted(text=name, view=GROUPS, **self.shared)
                planned.append(PlannedCheck("texts", GROUPS, texts, (name,), required=False))
        if declaration.unit == "person" and attributes:
            agreement = ours.ExpectPersonsToAgreeWithThemselves(
                attributes=attributes, view=GROUPS, **self.shared
            )
            planned.append(PlannedCheck("persons", GROUPS, agreement, tuple(attributes)))
        return planned

    def _representation(self) -> list[PlannedCheck]:
        return [
            PlannedCheck(
                "representation",
                GROUPS,
                ours.ExpectGroupRepresentationToMatchReference(
                    attribute=check.attribute,
                    reference=dict(self.asked.reference_shares[place]),
                    no_reference=list(check.no_reference),
                    tolerance=check.tolerance,
                    **self.shared,
                ),
                (check.attribute,),
                check.required,
                check.because,
                check.reference or "",
            )
            for place, check in measured_representation(self.asked.declaration)
        ]

    def _intersections(self) -> list[PlannedCheck]:
        return [
            PlannedCheck(
                "intersections",
                GROUPS,
                ours.ExpectIntersectionsToBeCovered(
                    attributes=list(check.attributes), min_cell=check.min_cell, **self.shared
                ),
                check.attributes,
                check.required,
                check.because,
            )
            for check in self.asked.declaration.checks.intersections
        ]

    def _labels(self) -> list[PlannedCheck]:
        return [
            PlannedCheck(
                "labels",
                GROUPS,
                ours.ExpectLabelBalanceAcrossGroups(
                    label=check.label,
                    positive=check.positive,
                    attributes=list(check.attributes),
                    intersections=[list(pair) for pair in check.intersections],
                    ratio_low=check.ratio_low,
                    imbalance_high=check.imbalance_high,
                    **self.shared,
                ),
                (check.label,),
                check.required,
                check.because,
            )
            for check in self.asked.declaration.checks.labels
        ]

    def _quality(self) -> list[PlannedCheck]:
        declaration = self.asked.declaration
        missing, duplicates = declaration.checks.missing, declaration.checks.duplicates
        leakage = declaration.checks.leakage
        planned = [
            PlannedCheck(
                "missing",
                GROUPS,
                ours.ExpectMissingSharesToBeBelow(
                    columns=list(missing_columns(declaration)),
                    threshold=missing.threshold,
                    **self.shared,
                ),
                (),
                missing.required,
                missing.because,
            ),
            PlannedCheck(
                "duplicates",
                GROUPS,
                ours.ExpectDuplicateShareToBeBelow(
                    text=duplicates.text,
                    columns=list(self.asked.columns),
                    threshold=duplicates.threshold,
                    view=GROUPS if duplicates.text else ROWS,
                    **self.shared,
                ),
                (duplicates.text,) if duplicates.text else (),
                duplicates.required,
                duplicates.because,
            ),
        ]
        if leakage is not None:
            expectation = ours.ExpectNoLeakageBetweenSplits(
                text=leakage.text, threshold=leakage.threshold, view=GROUPS, **self.shared
            )
            planned.append(
                PlannedCheck(
                    "leakage",
                    GROUPS,
                    expectation,
                    (leakage.text,) if leakage.text else (),
                    leakage.required,
                    leakage.because,
                )
            )
        return planned


def measured_representation(declaration: Dataset) -> list[tuple[int, RepresentationCheck]]:
    """The checks of representation that can be measured, with their place in the declaration."""
    return [
        (place, check)
        for place, check in enumerate(declaration.checks.representation)
        if check.not_in_data is None
    ]
