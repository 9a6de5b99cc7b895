"""Are labels spread evenly: a positive label over groups, or many classes among themselves?

How far each group's labels are from all others' is told beside it and not judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from impactbook.checks.expectations.base import FiguresExpectation, joined
from impactbook.checks.figures.classes import label_balance_figures
from impactbook.checks.figures.common import CheckFigures
from impactbook.checks.figures.label_distances import label_distance_figures
from impactbook.checks.figures.labels import label_share_figures
from impactbook.checks.published import PublishedTables
from impactbook.checks.tables import Axes, Level


class ExpectLabelBalanceAcrossGroups(FiguresExpectation):
    """Expect the share of the `positive` label to be alike over groups, or classes to be even.

    With `positive`, succeeds when for each of `attributes` and `intersections` the lowest share is
    surely at least `ratio_low` of the highest. Without it, succeeds when the largest class is at
    most `imbalance_high` times the smallest. `given` names a column on which the demographic
    disparity of each group is conditioned. Labels stand on rows, so rows are counted.
    """

    label: str
    positive: str | None = None
    attributes: list[str] = []
    intersections: list[list[str]] = []
    given: str | None = None
    ratio_low: float = 0.8
    imbalance_high: float = 10.0

    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "label",
        "positive",
        "attributes",
        "intersections",
        "given",
        "ratio_low",
        "imbalance_high",
    )

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        label, given = values["label"], values["given"]
        grouped: list[Axes] = [(name,) for name in values["attributes"]]
        grouped += [tuple(pair) for pair in values["intersections"]]
        if given is not None:
            grouped += [(given, name) for name in values["attributes"]]
        return ((label,), *((*axes, label) for axes in grouped))

    @classmethod
    def _coarse(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return tuple((name, values["label"]) for name in values["attributes"])

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """Label shares per group and their ratio, or the balance of all classes."""
        everywhere = tables.get("row", (self.label,))
        if everywhere is None:
            return CheckFigures((), "not_measured", "no_such_column")
        if len([level for level in everywhere.levels(self.label) if level is not None]) < 2:
            return CheckFigures((), "not_measured", "one_group_only")
        answer = self._classes(tables) if self.positive is None else self._shares(tables)
        distances = [
            figure for name in self.attributes for figure in self._distances(tables, name).figures
        ]
        inside: list[dict[str, Level]] = [{str(self.split): name} for name in self.splits]
        parts = [
            self._classes(tables, where)
            if self.positive is None
            else self._share_of(tables, (), where)
            for where in inside
        ]
        informing = [self.secondary(figure, self.unit) for part in parts for figure in part.figures]
        told = (*answer.figures, *distances, *informing)
        return CheckFigures(told, answer.verdict, answer.problem)

    def _distances(self, tables: PublishedTables, attribute: str) -> CheckFigures:
        return label_distance_figures(
            self.context,
            tables,
            attribute,
            self.label,
            unit="row",
            positive=self.positive,
            given=self.given,
        )

    def _classes(
        self, tables: PublishedTables, where: Mapping[str, Level] | None = None
    ) -> CheckFigures:
        return label_balance_figures(
            self.context,
            tables,
            self.label,
            unit="row",
            max_imbalance=self.imbalance_high,
            where=where,
        )

    def _shares(self, tables: PublishedTables) -> CheckFigures:
        overall = self._share_of(tables, ())
        grouped: list[Axes] = [(name,) for name in self.attributes]
        grouped += [tuple(pair) for pair in self.intersections]
        compared = [self._share_of(tables, axes) for axes in grouped]
        if not compared:
            return overall
        answer = joined(compared)
        return CheckFigures((*overall.figures, *answer.figures), answer.verdict, answer.problem)

    def _share_of(
        self,
        tables: PublishedTables,
        axes: tuple[str, ...],
        where: Mapping[str, Level] | None = None,
    ) -> CheckFigures:
        return label_share_figures(
            self.context,
            tables,
            axes,
            self.label,
            str(self.positive),
            unit="row",
            threshold_low=self.ratio_low,
            where=where,
        )
