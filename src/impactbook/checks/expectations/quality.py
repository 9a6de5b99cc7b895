"""The state of the data: missing values, repeated rows or texts, and overlap between splits."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, ClassVar

from impactbook.checks.expectations.base import FiguresExpectation, joined
from impactbook.checks.figures.common import CheckFigures, not_measured
from impactbook.checks.figures.quality import (
    Counted,
    duplicate_figures,
    missing_figures,
    overlap_figures,
)
from impactbook.checks.rowmetrics import DUPLICATES, OVERLAP, Repeated, Shared
from impactbook.checks.tables import Level, PublishedTables, TableUnit
from impactbook.model.evidence import Figure, Verdict, worst


class ExpectMissingSharesToBeBelow(FiguresExpectation):
    """Expect the share of rows without a value to be at most `threshold` in each of `columns`."""

    columns: list[str]
    threshold: float = 0.2

    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "columns",
        "threshold",
    )

    @classmethod
    def _known(cls, values: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(values["columns"])

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`missing_share` of each column."""
        return missing_figures(
            self.context, tables, tuple(self.columns), unit="row", threshold=self.threshold
        )


class ExpectDuplicateShareToBeBelow(FiguresExpectation):
    """Expect at most the share `threshold` of rows to repeat an earlier one.

    Whole rows over `columns` are compared, or the texts of `text`: as they are, and without regard
    to case and outer white space. `view` names a table beside the batch to read the columns from.
    """

    text: str | None = None
    columns: list[str] = []
    threshold: float = 0.01
    view: str | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.metric_dependencies,
        DUPLICATES,
    )
    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "text",
        "columns",
        "threshold",
        "view",
    )

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`duplicates` and `duplicate_share`, in all rows and within each split."""
        if self.text is None and not self.columns:
            return not_measured("no_such_column")
        found: dict[str, dict[str | None, Repeated]] = metrics[DUPLICATES]
        answer = self._within(tables, found, None)
        parts = [self._within(tables, found, name) for name in self.splits]
        informing = [self.secondary(figure, self.unit) for part in parts for figure in part.figures]
        return CheckFigures((*answer.figures, *informing), answer.verdict, answer.problem)

    def _within(
        self,
        tables: PublishedTables,
        found: Mapping[str, Mapping[str | None, Repeated]],
        split: str | None,
    ) -> CheckFigures:
        nothing = Repeated(0, None if self.person is None else 0)
        counted = {way: scopes.get(split, nothing) for way, scopes in found.items()}
        where: dict[str, Level] = {} if split is None else {str(self.split): split}
        return duplicate_figures(
            self.context,
            tables,
            duplicates={way: Counted(one.rows, one.people) for way, one in counted.items()},
            threshold=self.threshold,
            where=where,
        )


class ExpectNoLeakageBetweenSplits(FiguresExpectation):
    """Expect no text of `text` and no person of `person` to stand in more than one split.

    Rows of a later split that also stand in an earlier one are counted, for each pair of `splits`;
    up to the share `threshold` of the later split they are let go.
    """

    text: str | None = None
    threshold: float = 0.0
    view: str | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.metric_dependencies,
        OVERLAP,
    )
    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "text",
        "threshold",
        "view",
    )

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
        return ((values["split"],),) if values["split"] else ()

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`split_overlap` for each pair of splits."""
        if self.split is None or len(self.splits) < 2:
            return not_measured("one_split_only")
        if self.text is None and self.person is None:
            return not_measured("no_such_column")
        found: dict[str, list[Shared]] = metrics[OVERLAP]
        texts = {way: pairs for way, pairs in found.items() if way != "persons"}
        persons = {way: pairs for way, pairs in found.items() if way == "persons"}
        answers = []
        for first, second in combinations(self.splits, 2):
            for kinds, unit in ((texts, "row"), (persons, "person")):
                if kinds:
                    answers.append(self._pair(tables, kinds, first, second, unit))  # type: ignore[arg-type]
        return joined(answers)

    def _pair(
        self,
        tables: PublishedTables,
        found: Mapping[str, list[Shared]],
        first: str,
        second: str,
        unit: TableUnit,
    ) -> CheckFigures:
        overlaps: dict[str, Counted] = {}
        for way, pairs in found.items():
            one = next((p for p in pairs if (p.first, p.second) == (first, second)), None)
            if one is None:
                overlaps[way] = Counted(0, 0)
            elif unit == "person":
                overlaps[way] = Counted(one.people or 0)
            else:
                overlaps[way] = Counted(one.rows, one.people)
        found_any = overlap_figures(
            self.context,
            tables,
            split=str(self.split),
            first=first,
            second=second,
            overlaps=overlaps,
            unit=unit,
        )
        figures = tuple(self._judged(figure) for figure in found_any.figures)
        verdict = worst([figure.verdict for figure in figures]) if figures else found_any.verdict
        return CheckFigures(figures, verdict, found_any.problem)

    def _judged(self, figure: Figure) -> Figure:
        """An overlap that is told and within `threshold` is `ok`."""
        if figure.value is None or figure.denominator is None:
            return figure
        most = self.threshold * figure.denominator
        verdict: Verdict = "ok" if figure.value <= most else "attention"
        return figure.model_copy(update={"threshold_high": most, "verdict": verdict})
