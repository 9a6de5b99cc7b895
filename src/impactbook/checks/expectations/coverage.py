"""Are the combinations of attributes covered: declared ones, and all pairs of attributes?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, ClassVar

from great_expectations.compatibility import pydantic

from impactbook.checks.expectations.base import FiguresExpectation
from impactbook.checks.figures.common import CheckFigures, decode_name
from impactbook.checks.figures.intersections import MIN_CELL, intersection_figures
from impactbook.checks.figures.pairs import pair_figures, unjudged
from impactbook.checks.figures.patterns import JointShares, Population, pattern_figures
from impactbook.checks.published import PublishedTables
from impactbook.checks.tables import Axes
from impactbook.model.evidence import worst


class CoverageExpectation(FiguresExpectation):
    """What both expectations of coverage know about the population.

    `reference` gives by attribute the share (or number of people) of each group, `joint_reference`
    lists populations known for combinations: `{"attributes": ["sex", "age"], "shares": {"female /
    65+": 0.12, ...}}`, groups joined as in the column `group` of figures. They rank what is missing
    by whom it stands for; a group they name that nobody in the data has counts as a group.
    `impossible` lists combinations of groups, by attribute, that cannot go together.
    """

    attributes: list[str]
    min_cell: int = MIN_CELL
    reference: dict[str, dict[str, float]] = {}
    joint_reference: list[dict[str, Any]] = []
    impossible: list[dict[str, str]] = []

    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "attributes",
        "min_cell",
        "reference",
        "joint_reference",
        "impossible",
    )

    @pydantic.validator("attributes")
    def _at_least_two(cls, value: list[str]) -> list[str]:  # noqa: N805
        if len(value) < 2 or len(set(value)) < len(value):
            raise ValueError("needs at least two attributes, each once")
        return value

    @pydantic.validator("joint_reference")
    def _names_cells(cls, value: list[dict[str, Any]]) -> list[dict[str, Any]]:  # noqa: N805
        for one in value:
            if set(one) != {"attributes", "shares"}:
                raise ValueError("needs `attributes` and `shares` in each joint reference")
            width = len(one["attributes"])
            if any(len(str(group).split(" / ")) != width for group in one["shares"]):
                raise ValueError("names a combination with other than one group per attribute")
        return value

    @property
    def population(self) -> Population:
        """What the references say."""
        return Population(
            self.reference,
            tuple(
                JointShares(
                    tuple(one["attributes"]),
                    {
                        tuple(decode_name(part) for part in group.split(" / ")): float(share)
                        for group, share in one["shares"].items()
                    },
                )
                for one in self.joint_reference
            ),
        )


class ExpectIntersectionsToBeCovered(CoverageExpectation):
    """Expect every combination of groups of `attributes` to hold at least `min_cell`.

    All combinations of groups that occur are looked at, empty ones too, except those in
    `impossible`. Succeeds when none is thinner than `min_cell` rows
    or persons, and no declared group is. The maximal uncovered patterns say what is missing in the
    fewest words.

    >>> ExpectIntersectionsToBeCovered(attributes=["sex", "age"]).counting["rows"]
    [['sex', 'age']]
    """

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return (tuple(values["attributes"]),)

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """Number of combinations, empty and thin ones, the thinnest by name, and what is missing."""
        cells = self.over_scopes(
            {
                place: intersection_figures(
                    self.context,
                    tables,
                    tuple(self.attributes),
                    unit=unit,
                    min_cell=self.min_cell,
                    impossible=self.impossible,
                    where=where,
                    with_expected=not place,
                    with_map=not place,
                )
                for place, (unit, where) in enumerate(self.scopes())
            }
        )
        if cells.problem:
            return cells
        patterns = pattern_figures(
            self.context,
            tables,
            tuple(self.attributes),
            unit=self.unit,
            min_cell=self.min_cell,
            population=self.population,
            listed=self.listed,
            impossible=self.impossible,
        )
        verdict = worst([cells.verdict, patterns.verdict])
        return CheckFigures((*cells.figures, *patterns.figures), verdict)


class ExpectAttributePairsToBeCovered(CoverageExpectation):
    """Expect all pairs of `attributes` to be counted; gives empty and thin combinations.

    The uncovered patterns are searched over all tables there are: pairs, and the combinations of
    more attributes that other expectations of the suite count. Succeeds when something was counted;
    with `judged` only when no combination of a pair is thinner than `min_cell`.

    >>> ExpectAttributePairsToBeCovered(attributes=["sex", "age", "accent"]).counting["rows"]
    [['sex', 'age'], ['sex', 'accent'], ['age', 'accent']]
    """

    judged: bool = False

    success_keys: ClassVar[tuple[str, ...]] = (*CoverageExpectation.success_keys, "judged")

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return tuple(combinations(values["attributes"], 2))

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """Four figures for each pair, the thin cells that should hold most, and what is missing."""
        pairs = pair_figures(
            self.context,
            tables,
            tuple(self.attributes),
            unit=self.unit,
            min_cell=self.min_cell,
            judged=self.judged,
            impossible=self.impossible,
        )
        if not pairs.figures:
            return pairs
        patterns = pattern_figures(
            self.context,
            tables,
            tuple(self.attributes),
            unit=self.unit,
            min_cell=self.min_cell,
            population=self.population,
            listed=self.listed,
            impossible=self.impossible,
        )
        if self.judged:
            verdict = worst([pairs.verdict, patterns.verdict])
            return CheckFigures((*pairs.figures, *patterns.figures), verdict)
        return CheckFigures((*pairs.figures, *map(unjudged, patterns.figures)), "")
