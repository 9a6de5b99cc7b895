"""Is each group there in proportion to a reference population?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from impactbook.checks.expectations.base import FiguresExpectation
from impactbook.checks.figures.common import CheckFigures, group_name
from impactbook.checks.figures.representation import BAND, representation_figures
from impactbook.checks.tables import SENTINELS, Axes, PublishedTables

UNMAPPED = "group_without_reference"


class ExpectGroupRepresentationToMatchReference(FiguresExpectation):
    """Expect the share of each group of `attribute` to match its share in `reference`.

    `reference` gives the share (or number of people) of each group; groups in `no_reference` are
    counted but stay out of the ratios. Succeeds when every representation ratio lies in
    `tolerance` with its Bonferroni interval, also if all unknown people were in one group. A group
    of the data that is in neither is the problem `group_without_reference`, its name after a colon.

    >>> ExpectGroupRepresentationToMatchReference(
    ...     attribute="sex", reference={"female": 0.51, "male": 0.49}).counting["rows"]
    [['sex']]
    """

    attribute: str
    reference: dict[str, float]
    no_reference: list[str] = []
    tolerance: tuple[float, float] = BAND

    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "attribute",
        "reference",
        "no_reference",
        "tolerance",
    )

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return ((values["attribute"],),)

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """Representation ratios of all groups, distances and a test of fit."""
        table = tables.get(self.unit, (self.attribute,))
        if table is None:
            return CheckFigures((), "not_measured", "no_such_column")
        found = [level for level in table.levels(self.attribute) if level is not None]
        values = [level for level in found if level not in SENTINELS]
        placed = {*self.reference, *self.no_reference}
        unmapped = sorted(level for level in values if level not in placed)
        if unmapped:
            return CheckFigures((), "not_measured", f"{UNMAPPED}:{group_name(unmapped[0])}")
        if len(values) < 2:
            return CheckFigures((), "not_measured", "one_group_only" if values else "no_values")
        return representation_figures(
            self.context,
            tables,
            self.attribute,
            unit=self.unit,
            reference=self.reference,
            no_reference=self.no_reference,
            band=(self.tolerance[0], self.tolerance[1]),
        )
