"""The state of the data: missing values, repeated rows or texts, and overlap between splits."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import Any, ClassVar

from impactbook.checks.duplicatemetrics import LABEL_CONFLICTS, NEAR, REPEATED, SHARED
from impactbook.checks.expectations.base import FiguresExpectation, joined
from impactbook.checks.figures.common import CheckFigures, not_measured
from impactbook.checks.figures.duplicates import (
    LabelConflicts,
    RepeatsBySplit,
    conflicting_label_figures,
    repeat_figures,
)
from impactbook.checks.figures.overlaps import SharedRows, overlap_figures
from impactbook.checks.figures.quality import Counted, missing_figures
from impactbook.checks.near import NearTexts
from impactbook.checks.published import PublishedTables
from impactbook.checks.tables import TableUnit


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

    Whole rows over `columns` are compared, or the texts of `text`: as they are, without regard to
    case and outer white space, with inner white space as one space, and, if `near` gives a
    similarity, whether they are nearly the same. Texts that occur with more than one of the
    `labels` are counted as well. `view` names a table beside the batch to read whole rows from.
    """

    text: str | None = None
    columns: list[str] = []
    labels: list[str] = []
    threshold: float = 0.01
    near: float | None = None
    view: str | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.metric_dependencies,
        REPEATED,
        LABEL_CONFLICTS,
        NEAR,
    )
    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "text",
        "columns",
        "labels",
        "threshold",
        "near",
        "view",
    )

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
        return ((values["split"],),) if values["split"] else ()

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`duplicates` and its share in all rows and each split; `conflicting_labels`."""
        if self.text is None and not self.columns:
            return not_measured("no_such_column")
        repeats: dict[str, RepeatsBySplit] = dict(metrics[REPEATED])
        near: NearTexts | None = metrics[NEAR]
        if near is not None:
            repeats["near"] = near.repeats
        answer = repeat_figures(
            self.context,
            tables,
            {way: self._in_named_splits(found) for way, found in repeats.items()},
            split=self.split,
            threshold=self.threshold,
        )
        conflicts: dict[str, dict[str, LabelConflicts]] = metrics[LABEL_CONFLICTS]
        told = [
            conflicting_label_figures(self.context, tables, label, found)
            for label, found in conflicts.items()
        ]
        return joined([answer, *told])

    def _in_named_splits(self, found: RepeatsBySplit) -> RepeatsBySplit:
        """Splits that may not be named count with what repeats across splits."""
        parts = {name: part for name, part in found.parts.items() if name in self.splits}
        return RepeatsBySplit(found.whole, parts, found.people_across)


class ExpectNoLeakageBetweenSplits(FiguresExpectation):
    """Expect no text of `text` and no person of `person` to stand in more than one split.

    For each pair of `splits` the rows of the later one that also stand in the earlier one are
    counted; up to the share `threshold` of the later one they are let go. The other direction is
    counted as well and not judged: it tells the same finding. Texts are compared as in
    `ExpectDuplicateShareToBeBelow`.
    """

    text: str | None = None
    threshold: float = 0.0
    near: float | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.metric_dependencies,
        SHARED,
        NEAR,
    )
    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "text",
        "threshold",
        "near",
    )

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
        return ((values["split"],),) if values["split"] else ()

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`split_overlap` and its share for each pair of splits, in both directions."""
        if self.split is None or len(self.splits) < 2:
            return not_measured("one_split_only")
        if self.text is None and self.person is None:
            return not_measured("no_such_column")
        shared: dict[str, tuple[SharedRows, ...]] = dict(metrics[SHARED])
        persons = shared.pop("persons", None)
        near: NearTexts | None = metrics[NEAR]
        if near is not None:
            shared["near"] = near.shared
        judged: list[CheckFigures] = []
        informing: list[CheckFigures] = []
        for first, second in permutations(self.splits, 2):
            answers = judged if self.splits.index(first) < self.splits.index(second) else informing
            if shared:
                texts = {way: _rows(found, first, second) for way, found in shared.items()}
                answers.append(self._pair(tables, texts, first, second, "row"))
            if persons is not None:
                people = _rows(persons, first, second).people or 0
                both = {"persons": Counted(people)}
                answers.append(self._pair(tables, both, first, second, "person"))
        answer = joined(judged)
        other_way = [
            self.secondary(figure, self.unit) for one in informing for figure in one.figures
        ]
        return CheckFigures((*answer.figures, *other_way), answer.verdict, answer.problem)

    def _pair(
        self,
        tables: PublishedTables,
        overlaps: Mapping[str, Counted],
        first: str,
        second: str,
        unit: TableUnit,
    ) -> CheckFigures:
        return overlap_figures(
            self.context,
            tables,
            split=str(self.split),
            first=first,
            second=second,
            overlaps=overlaps,
            unit=unit,
            threshold=self.threshold,
            splits=len(self.splits),
        )


def _rows(found: tuple[SharedRows, ...], first: str, second: str) -> Counted:
    """The rows of one pair of splits; a pair that shares nothing is not listed."""
    for one in found:
        if (one.first, one.second) == (first, second):
            return Counted(one.rows, one.people)
    return Counted(0, 0)
