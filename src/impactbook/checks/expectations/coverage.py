"""Are the combinations of two or three attributes covered?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from impactbook.checks.expectations.base import FiguresExpectation
from impactbook.checks.figures.common import CheckFigures
from impactbook.checks.figures.intersections import intersection_figures
from impactbook.checks.tables import Axes, PublishedTables


class ExpectIntersectionsToBeCovered(FiguresExpectation):
    """Expect every combination of groups of `attributes` to hold at least `min_cell`.

    All combinations of groups that occur are looked at, empty ones too. Succeeds when none is
    thinner than `min_cell` rows or persons.
    """

    attributes: list[str]
    min_cell: int = 30

    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "attributes",
        "min_cell",
    )

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return (tuple(values["attributes"]),)

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """Number of combinations, empty and thin ones, and the thinnest by name."""
        return self.over_scopes(
            {
                place: intersection_figures(
                    self.context,
                    tables,
                    tuple(self.attributes),
                    unit=unit,
                    min_cell=self.min_cell,
                    where=where,
                )
                for place, (unit, where) in enumerate(self.scopes())
            }
        )
