"""What is there, without judging it: rows, persons, shares of groups.

These succeed when something was counted. Persons whose rows contradict each other are judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from impactbook.checks.expectations.base import FiguresExpectation
from impactbook.checks.figures.common import CheckFigures, make_figure, not_measured
from impactbook.checks.figures.diversity import diversity_figures
from impactbook.checks.figures.quality import (
    Counted,
    conflicting_figures,
    size_figures,
)
from impactbook.checks.figures.shares import share_figures
from impactbook.checks.published import PublishedTables
from impactbook.checks.rowmetrics import CONFLICTS, Conflicts
from impactbook.checks.tables import Axes
from impactbook.model.evidence import worst


class ExpectRowsToBeCounted(FiguresExpectation):
    """Expect rows to be there; counts rows and persons, in all and per split, and columns."""

    columns: int | None = None

    success_keys: ClassVar[tuple[str, ...]] = (*FiguresExpectation.success_keys, "columns")

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return ((values["split"],),) if values["split"] else ()

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`rows`, `persons` and `columns`."""
        return size_figures(self.context, tables, columns=self.columns, split=self.split)


class ExpectGroupSharesToBeCounted(FiguresExpectation):
    """Expect groups of `attribute` to be there; gives their shares and how even they are."""

    attribute: str

    success_keys: ClassVar[tuple[str, ...]] = (*FiguresExpectation.success_keys, "attribute")

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return ((values["attribute"],),)

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`share` and `share_of_all` in every scope; evenness over all of it."""
        table = tables.get(self.unit, (self.attribute,))
        if table is None:
            return not_measured("no_such_column")
        known = [level for level in table.levels(self.attribute) if level is not None]
        if not known:
            return not_measured("no_values")
        shares = {
            place: share_figures(self.context, tables, self.attribute, unit=unit, where=where)
            for place, (unit, where) in enumerate(self.scopes())
        }
        evenness = diversity_figures(self.context, tables, self.attribute, unit=self.unit)
        answer = self.over_scopes(shares)
        if len(known) < 2:
            return CheckFigures(answer.figures, "not_measured", "one_group_only")
        return CheckFigures((*answer.figures, *evenness.figures), "", answer.problem)


class ExpectPersonsToAgreeWithThemselves(FiguresExpectation):
    """Expect the rows of one person not to contradict each other on any of `attributes`."""

    attributes: list[str]
    view: str | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.metric_dependencies,
        CONFLICTS,
    )
    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "attributes",
        "view",
    )

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return tuple((name,) for name in values["attributes"])

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`conflicting_persons` per attribute; on any of them with a blank as a value as well."""
        answer = conflicting_figures(self.context, tables, tuple(self.attributes))
        if answer.problem:
            return answer
        found: Conflicts = metrics[CONFLICTS]
        count = Counted(found.with_blanks).published(self.limit)
        together = make_figure(
            self.context,
            "conflicting_persons",
            unit="person",
            axes=tuple(sorted(self.attributes)),
            conditions={"blank": "value"},
            value=None if count is None else float(count),
            numerator=count,
            denominator=tables.total("person"),
            verdict="suppressed" if count is None else "",
        )
        verdict = worst([answer.verdict])
        return CheckFigures((*answer.figures, together), verdict)
