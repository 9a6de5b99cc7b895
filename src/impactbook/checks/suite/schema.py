"""Are the columns there, and are their values plausible? Stock expectations of Great Expectations."""

from __future__ import annotations

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

from impactbook.checks.prepare import PLAUSIBLE, expects_numbers, plausible_range, used_columns
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner
from impactbook.model.dataset import Column, Dataset


def needs(declaration: Dataset) -> Needs:
    """No table: these expectations read the columns themselves."""
    return Needs()


def checks(planner: Planner) -> list[PlannedCheck]:
    """Rows and columns as counted, then the range or the list of values of each column."""
    columns = used_columns(planner.declaration)
    planned = [
        PlannedCheck("schema", PLAUSIBLE, ExpectTableRowCountToEqual(value=planner.asked.rows)),
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
