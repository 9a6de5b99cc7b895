"""Do the shares of groups stay alike over time and over splits?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from impactbook.checks.contingency import Counting
from impactbook.checks.expectations.base import FiguresExpectation, joined
from impactbook.checks.figures.common import CheckFigures, not_measured
from impactbook.checks.figures.comparison import BAND
from impactbook.checks.figures.periods import Parts, period_figures
from impactbook.checks.published import PublishedTables


class ExpectGroupSharesToStayAlike(FiguresExpectation):
    """Expect the share of each group of `attribute` to be alike in all periods and splits.

    `over_time` names a column of periods (`2024-03`), `split` the one of splits; at least one of
    them is needed. Succeeds when every group's share in every part lies, with its Bonferroni
    interval, in `tolerance` times its share in all data; parts with too few are not judged. The
    first breach in time is named.

    >>> ExpectGroupSharesToStayAlike(attribute="sex", over_time="month").counting["rows"]
    [['sex', 'month']]
    """

    attribute: str
    over_time: str | None = None
    tolerance: tuple[float, float] = BAND

    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "attribute",
        "over_time",
        "tolerance",
    )

    @classmethod
    def _needs(cls, values: Mapping[str, Any]) -> Counting:
        axes = [axis for axis in (values["over_time"], values["split"]) if axis is not None]
        tables = tuple((values["attribute"], axis) for axis in axes) or ((values["attribute"],),)
        persons = tables if values["unit"] == "person" else ()
        return Counting(tables, persons, (), values["person"])

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """Shares per period and per split, their ratios to all data, and the first breach."""
        parts = []
        if self.over_time is not None:
            parts.append(Parts(self.over_time, "period"))
        if self.split is not None:
            parts.append(Parts(self.split, "split"))
        if not parts:
            return not_measured("no_periods")
        return joined(
            period_figures(
                self.context,
                tables,
                self.attribute,
                part,
                unit=self.unit,
                band=(self.tolerance[0], self.tolerance[1]),
            )
            for part in parts
        )
