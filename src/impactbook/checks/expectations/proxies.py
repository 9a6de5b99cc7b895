"""Does another column tell a protected attribute?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from impactbook.checks.expectations.base import FiguresExpectation
from impactbook.checks.figures.common import CheckFigures
from impactbook.checks.figures.proxies import ASSOCIATION_HIGH, proxy_figures
from impactbook.checks.published import PublishedTables
from impactbook.checks.tables import Axes


class ExpectNoStrongProxies(FiguresExpectation):
    """Expect no column of `columns` to go along closely with one of the protected `attributes`.

    Succeeds when the bias-corrected Cramer's V of every pair lies below `association_high`, its
    interval included. Columns of numbers need bands (or the bins that a declaration gives them).
    Rows are counted, for columns may differ between the rows of one person; where there are fewer
    persons than rows, intervals take only as many rows as persons.

    >>> ExpectNoStrongProxies(attributes=["sex"], columns=["job"]).counting["coarse"]
    [['sex', 'job']]
    """

    attributes: list[str]
    columns: list[str]
    association_high: float = ASSOCIATION_HIGH

    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "attributes",
        "columns",
        "association_high",
    )

    @classmethod
    def _coarse(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return tuple(
            (attribute, column)
            for attribute in values["attributes"]
            for column in values["columns"]
            if attribute != column
        )

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """Association of all pairs, the strongest of each attribute first."""
        return proxy_figures(
            self.context,
            tables,
            self.attributes,
            self.columns,
            unit="row",
            threshold=self.association_high,
        )
