"""From a declaration to the expectations that are validated, each with what it was asked for.

`plan_counting` collects the tables that all families need, so that rows are read once;
`plan_checks` lists what is asked, in the order in which it is reported. Two views are asked:
`plausible` with stock expectations of Great Expectations, and `groups` with ours. Importing this
package imports Great Expectations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType

from impactbook.checks.contingency import Counting
from impactbook.checks.prepare import listed_groups, person_column, split_axis
from impactbook.checks.suite import (
    annotators,
    consent,
    intersections,
    labels,
    missing,
    overview,
    periods,
    personal_data,
    proxies,
    quality,
    representation,
    schema,
    texts,
)
from impactbook.checks.suite.missing import missing_columns
from impactbook.checks.suite.planned import (
    Asked,
    Needs,
    PlannedCheck,
    Planner,
    compared_columns,
)
from impactbook.checks.suite.representation import measured_representation
from impactbook.checks.tables import Axes
from impactbook.model.dataset import Dataset

__all__ = [
    "Asked",
    "Needs",
    "PlannedCheck",
    "Planner",
    "compared_columns",
    "measured_representation",
    "missing_columns",
    "plan_checks",
    "plan_counting",
]

FAMILIES: tuple[ModuleType, ...] = (
    schema,
    overview,
    representation,
    intersections,
    labels,
    proxies,
    missing,
    texts,
    quality,
    annotators,
    consent,
    personal_data,
    periods,
)
"""All families of checks, in the order in which they are reported."""


def plan_counting(declaration: Dataset) -> Counting:
    """All tables that the checks of a declaration need, counted once for all of them."""
    split = split_axis(declaration)
    needed: list[Needs] = [family.needs(declaration) for family in FAMILIES]
    grouped = [axes for one in needed for axes in one.grouped if axes != (split,)]
    whole = [axes for one in needed for axes in one.whole]
    rows = [*whole, *(axes for one in needed for axes in one.rows)]
    in_splits = [*grouped, *(axes for one in needed for axes in one.in_splits)]
    counted = tuple(dict.fromkeys([*rows, *_within(in_splits, split)]))
    persons = tuple(dict.fromkeys([*whole, *_within(grouped, split)]))
    coarse = tuple(dict.fromkeys(axes for one in needed for axes in one.coarse))
    full = {axis for axes in (*counted, *coarse) for axis in axes}
    known = dict.fromkeys(name for one in needed for name in one.known if name not in full)
    person = person_column(declaration)
    persons = persons if declaration.unit == "person" else ()
    grouped_too = {axis for one in needed for axis in one.axes if axis not in one.only_known}
    texts_only = tuple(
        dict.fromkeys(name for one in needed for name in one.only_known if name not in grouped_too)
    )
    weight = next(iter(declaration.columns_of("weight")), None)
    compared = tuple(name for name in compared_columns(declaration) if name != split)
    return Counting(
        counted,
        persons,
        tuple(known),
        person,
        coarse,
        weight,
        only_known=texts_only,
        agreeing=compared if persons else (),
        beside=(
            *_crossed(grouped, [*whole, *rows], split),
            *(axes for one in needed for axes in one.beside),
        ),
    )


def _within(tables: Sequence[Axes], split: str | None) -> list[Axes]:
    if split is None:
        return list(tables)
    return [(split,), *((*axes, split) for axes in tables if split not in axes)]


def _crossed(tables: Sequence[Axes], asked: Sequence[Axes], split: str | None) -> tuple[Axes, ...]:
    """Combinations of attributes within splits, unless a check asks for just these."""
    named = {frozenset(axes) for axes in asked}
    crossed = [(*axes, split) for axes in tables if split and len(axes) > 1 and split not in axes]
    return tuple(dict.fromkeys(axes for axes in crossed if frozenset(axes) not in named))


def plan_checks(asked: Asked) -> tuple[PlannedCheck, ...]:
    """Everything that is asked of the data, in the order in which it is reported."""
    planner = _planner(asked)
    return tuple(check for family in FAMILIES for check in family.checks(planner))


def _planner(asked: Asked) -> Planner:
    declaration = asked.declaration
    counting = replace(plan_counting(declaration), profile=asked.profile)
    listed = listed_groups(declaration)
    axes = set(counting.axes)
    return Planner(
        asked,
        {
            "dataset": asked.dataset,
            "unit": declaration.unit,
            "person": counting.person,
            "split": split_axis(declaration),
            "splits": list(asked.splits),
            "limit": asked.limit,
            "listed": {axis: sorted(listed.get(axis, ())) for axis in sorted(axes)},
            "counting": counting.as_text(),
        },
    )
