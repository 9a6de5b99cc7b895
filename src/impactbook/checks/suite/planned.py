"""What every family of checks builds on: the tables it needs, and the expectations it plans.

A family is a module beside this one with two functions: `needs(declaration)` says which tables its
figures are computed from, `checks(planner)` which expectations are validated. Nothing runs here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from great_expectations.expectations.expectation import Expectation

from impactbook.checks.figures.common import attribute_of
from impactbook.checks.prepare import GROUPS, split_axis, used_columns
from impactbook.checks.profile import Profile
from impactbook.checks.reference import JointReference
from impactbook.checks.tables import Axes
from impactbook.model.base import Text
from impactbook.model.dataset import Check, ColumnRole, Dataset

COMPARED_ROLES: tuple[ColumnRole, ...] = ("protected", "proxy", "language", "dialect")
"""The roles of columns whose groups are compared whatever the checks name."""


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
class Needs:
    """The tables that a family of checks computes its figures from.

    `rows` are counted over rows only. `grouped` are counted over rows, within each split, and over
    persons where these are the unit; `whole` are the same without the splits. `in_splits` are counted
    over rows within each split. `known` are columns of which only known or missing matters. `coarse` are tables over rows that feed one
    figure each (the association of two columns) and are published with small levels put together.
    `only_known` are columns of free text: tables that name them count known and missing alone.
    `beside` are those of `rows` that nobody asked for by name (`contingency.Counting.beside`).
    """

    rows: tuple[Axes, ...] = ()
    grouped: tuple[Axes, ...] = ()
    whole: tuple[Axes, ...] = ()
    in_splits: tuple[Axes, ...] = ()
    known: tuple[str, ...] = ()
    coarse: tuple[Axes, ...] = ()
    only_known: tuple[str, ...] = ()
    beside: tuple[Axes, ...] = ()

    @property
    def axes(self) -> frozenset[str]:
        """All columns that some table of this family names."""
        tables = (*self.rows, *self.grouped, *self.whole, *self.in_splits, *self.coarse)
        return frozenset(axis for axes in tables for axis in axes)


@dataclass(frozen=True)
class Asked:
    """What the plan needs to know beside the declaration.

    `reference_shares` holds the shares of each check of representation by its place,
    `joint_references` the populations of each joint one; `as_of` is the day that dated rules use.
    `profile` says how many levels each axis has, about.
    """

    dataset: str
    declaration: Dataset
    columns: tuple[str, ...]
    splits: tuple[str, ...]
    rows: int
    limit: int
    reference_shares: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    joint_references: Mapping[int, JointReference] = field(default_factory=dict)
    as_of: date | None = None
    profile: Profile = field(default_factory=Profile)


@dataclass(frozen=True)
class Planner:
    """Plans our expectations for one declaration; `shared` are the arguments they all have."""

    asked: Asked
    shared: Mapping[str, Any]

    @property
    def declaration(self) -> Dataset:
        """The declaration that is planned for."""
        return self.asked.declaration

    @property
    def split(self) -> str | None:
        """The axis of splits, if there is one."""
        return split_axis(self.declaration)

    def plan(
        self,
        check: str,
        expectation: type[Expectation],
        axes: Sequence[str] = (),
        *,
        declared: Check | None = None,
        required: bool = True,
        compared_with: str = "",
        **arguments: Any,
    ) -> PlannedCheck:
        """One of our expectations on the view of groups; `declared` is what asks for it.

        `compared_with` names the reference population, where there is one.
        """
        return PlannedCheck(
            check,
            GROUPS,
            expectation(**arguments, **self.shared),
            tuple(axes),
            required if declared is None else declared.required,
            None if declared is None else declared.because,
            compared_with,
        )


def compared_columns(declaration: Dataset) -> tuple[str, ...]:
    """The columns whose groups are compared: by their role, and all that checks name as groups."""
    checks = declaration.checks
    names = [name for name, col in used_columns(declaration).items() if col.role in COMPARED_ROLES]
    names += [check.attribute for check in checks.representation if check.not_in_data is None]
    names += [name for joint in checks.joint_representation for name in joint.attributes]
    names += [name for crossing in checks.intersections for name in crossing.attributes]
    names += [name for label in checks.labels for name in label.attributes]
    names += [name for label in checks.labels for pair in label.intersections for name in pair]
    return tuple(dict.fromkeys(names))


def grouping_columns(declaration: Dataset, named: Sequence[str] = ()) -> tuple[str, ...]:
    """The attributes by whose groups something is told apart: `named`, else all protected ones."""
    return tuple(named) or declaration.columns_of("protected")
