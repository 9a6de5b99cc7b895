"""Are groups, and combinations of groups, there in proportion to a reference population?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from great_expectations.compatibility import pydantic

from impactbook.checks.contingency import Counting
from impactbook.checks.expectations.base import FiguresExpectation
from impactbook.checks.figures.common import CheckFigures, encode_name, group_name
from impactbook.checks.figures.comparison import BAND
from impactbook.checks.figures.joint import (
    joint_representation_figures,
    standardised_figures,
    unplaced_groups,
)
from impactbook.checks.figures.periods import over_time_figures
from impactbook.checks.figures.representation import representation_figures
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.tables import SENTINELS, Axes, Key
from impactbook.model.evidence import worst

UNMAPPED = "group_without_reference"
_JUDGED = ("attention", "fail")


class ExpectGroupRepresentationToMatchReference(FiguresExpectation):
    """Expect the share of each group of `attribute` to match its share in `reference`.

    `reference` gives the share (or number of people) of each group; groups in `no_reference` are
    counted but stay out of the ratios. Succeeds when every representation ratio lies in
    `tolerance` with its Bonferroni interval (`interval`: `wilson` or `clopper_pearson`), also if
    all unknown people were in one group. A group of the data that is in neither is the problem
    `group_without_reference`, its name after a colon. `over_time` names a column of periods
    (`2024-03`): ratios are then given for each of them as well, and one that is surely outside, or
    may be, counts like the whole.

    >>> ExpectGroupRepresentationToMatchReference(
    ...     attribute="sex", reference={"female": 0.51, "male": 0.49}).counting["rows"]
    [['sex']]
    """

    attribute: str
    reference: dict[str, float]
    no_reference: list[str] = []
    tolerance: tuple[float, float] = BAND
    interval: Literal["wilson", "clopper_pearson"] = "wilson"
    over_time: str | None = None

    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "attribute",
        "reference",
        "no_reference",
        "tolerance",
        "interval",
        "over_time",
    )

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return ((values["attribute"],),)

    @classmethod
    def _needs(cls, values: Mapping[str, Any]) -> Counting:
        counting = super()._needs(values)
        if values["over_time"] is None:
            return counting
        return _with_whole(counting, values, (values["attribute"], values["over_time"]))

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """Representation ratios of all groups, distances and a test of fit; ratios per period."""
        table = tables.get(self.unit, (self.attribute,))
        if table is None:
            return CheckFigures((), "not_measured", "no_such_column")
        values = _values_of(table, self.attribute)
        placed = {*self.reference, *self.no_reference}
        unmapped = sorted(level for level in values if level not in placed)
        if unmapped:
            return CheckFigures((), "not_measured", f"{UNMAPPED}:{group_name(unmapped[0])}")
        if len(values) < 2:
            return CheckFigures((), "not_measured", "one_group_only" if values else "no_values")
        whole = representation_figures(
            self.context,
            tables,
            self.attribute,
            unit=self.unit,
            reference=self.reference,
            no_reference=self.no_reference,
            band=(self.tolerance[0], self.tolerance[1]),
            interval=self.interval,
        )
        if self.over_time is None or whole.verdict == "not_measured":
            return whole
        parts = over_time_figures(
            self.context,
            tables,
            self.attribute,
            self.over_time,
            unit=self.unit,
            reference=self.reference,
            band=(self.tolerance[0], self.tolerance[1]),
            interval=self.interval,
        )
        # Thin periods are named in their own figures; they do not undo what all data together shows.
        verdict = worst([whole.verdict, parts.verdict if parts.verdict in _JUDGED else "ok"])
        return CheckFigures((*whole.figures, *parts.figures), verdict, parts.problem)


class ExpectJointRepresentationToMatchReference(FiguresExpectation):
    """Expect combinations of `attributes` to be there as often as in a population.

    `reference` lists combinations with their share (or number of people), as `[["female", "65+"],
    0.12]`, groups in the order of `attributes`. Where only the population of each attribute alone
    is known, `margins` gives it by attribute instead: the comparison is then standardised (raking;
    see `figures.joint.standardised_figures`) and never succeeds or fails for sure. `no_reference`
    lists, by attribute, groups that are left out. A group that stands nowhere is the problem
    `group_without_reference`, with attribute and group after a colon.

    >>> ExpectJointRepresentationToMatchReference(
    ...     attributes=["sex", "age"], reference=[[["f", "old"], 0.4], [["f", "young"], 0.6]]
    ... ).counting["rows"]
    [['sex', 'age']]
    """

    attributes: list[str]
    reference: list[tuple[list[str], float]] = []
    margins: dict[str, dict[str, float]] = {}
    no_reference: dict[str, list[str]] = {}
    tolerance: tuple[float, float] = BAND
    interval: Literal["wilson", "clopper_pearson"] = "wilson"

    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "attributes",
        "reference",
        "margins",
        "no_reference",
        "tolerance",
        "interval",
    )

    @pydantic.root_validator(skip_on_failure=True)
    def _has_one_reference(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        if bool(values["reference"]) == bool(values["margins"]):
            raise ValueError("needs either `reference` or `margins`, and not both")
        if values["margins"] and set(values["margins"]) != set(values["attributes"]):
            raise ValueError("`margins` needs the groups of each of `attributes`")
        return values

    @classmethod
    def _needs(cls, values: Mapping[str, Any]) -> Counting:
        return _with_whole(Counting(person=values["person"]), values, tuple(values["attributes"]))

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """Representation ratios of all combinations; distances and a test of fit if known."""
        axes = tuple(self.attributes)
        table = tables.get(self.unit, axes)
        if table is None:
            return CheckFigures((), "not_measured", "no_such_column")
        cells: dict[Key, float] = {tuple(groups): share for groups, share in self.reference}
        margins = [self.margins[name] for name in axes] if self.margins else []
        known = cells or _cross(margins)
        unplaced = unplaced_groups(table, known, self.no_reference)
        if unplaced:
            axis, group = unplaced[0]
            named = f"{encode_name(axis)}={group_name(group)}"
            return CheckFigures((), "not_measured", f"{UNMAPPED}:{named}")
        fewest = min(len(_values_of(table, axis)) for axis in axes)
        if fewest < 2:
            return CheckFigures((), "not_measured", "one_group_only" if fewest else "no_values")
        told: dict[str, Any] = {
            "unit": self.unit,
            "no_reference": self.no_reference,
            "band": (self.tolerance[0], self.tolerance[1]),
            "interval": self.interval,
        }
        if margins:
            return standardised_figures(self.context, tables, axes, margins=margins, **told)
        return joint_representation_figures(self.context, tables, axes, reference=cells, **told)


def _values_of(table: PublishedTable, axis: str) -> list[str]:
    """The groups that the data holds on one axis."""
    found = [level for level in table.levels(axis) if level is not None]
    return [level for level in found if level not in SENTINELS]


def _with_whole(counting: Counting, values: Mapping[str, Any], axes: Axes) -> Counting:
    """The same counting with one table more, over all rows and not within splits."""
    persons = (*counting.persons, axes) if values["unit"] == "person" else counting.persons
    return Counting((*counting.rows, axes), persons, counting.known, counting.person)


def _cross(margins: list[dict[str, float]]) -> dict[Key, float]:
    """All combinations of the groups of some attributes."""
    cells: dict[Key, float] = {(): 1.0}
    for margin in margins:
        cells = {(*key, group): share for key in cells for group, share in margin.items()}
    return cells
