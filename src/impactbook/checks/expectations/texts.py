"""How texts and recordings differ between groups: empty ones, length, vocabulary, hours.

How many texts a group has is read from published tables, in which a text is only known or missing;
what is measured on the texts themselves is told of told groups alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from impactbook.checks.contingency import Counting
from impactbook.checks.durationmetrics import DURATIONS
from impactbook.checks.expectations.base import FiguresExpectation
from impactbook.checks.figures.common import SPLIT, CheckFigures, group_name, not_measured
from impactbook.checks.figures.durations import (
    bounded_figure,
    duration_figures,
    person_hours_figure,
)
from impactbook.checks.figures.texts import (
    Vocabulary,
    empty_figures,
    judged,
    length_figures,
    sample_size,
    vocabulary_figures,
)
from impactbook.checks.published import PublishedTables
from impactbook.checks.tables import CONFLICTING, MISSING, Axes, Level
from impactbook.checks.textmetrics import ALL, LENGTHS, VOCABULARY, ByGroup
from impactbook.model.evidence import Figure


@dataclass(frozen=True)
class _Scope:
    """All rows (`axis` is `ALL`), a split, or one group of an attribute."""

    axis: str | None
    level: Level
    named: Mapping[str, Any]

    @property
    def where(self) -> dict[str, Level]:
        return {} if self.axis is None else {self.axis: self.level}

    def measured(self, found: ByGroup) -> Any:
        """What was measured on this group; None where nothing was."""
        return found.get(self.axis, {}).get(self.level)


class _ByGroup(FiguresExpectation):
    """Base of the expectations about one column that is never grouped itself, by attributes."""

    by: list[str] = []

    success_keys: ClassVar[tuple[str, ...]] = (*FiguresExpectation.success_keys, "by")
    measured_column: ClassVar[str] = "text"

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        name = values[cls.measured_column]
        return ((name,), *((attribute, name) for attribute in values["by"]))

    @classmethod
    def _needs(cls, values: Mapping[str, Any]) -> Counting:
        name, split = values[cls.measured_column], values["split"]
        rows = (*cls._axes(values), *(((split, name),) if split else ()))
        persons = tuple((attribute,) for attribute in values["by"])
        return Counting(
            rows,
            ((), *persons) if values["unit"] == "person" else (),
            person=values["person"],
            only_known=(name,),
        )

    def _everywhere(self, tables: PublishedTables, column: str) -> Iterator[_Scope]:
        """All rows, each split, then each group of each attribute that is published."""
        yield _Scope(ALL, None, {"axes": (column,)})
        for name in self.splits if self.split is not None else []:
            where = {"axes": (column,), "conditions": {SPLIT: name}}
            yield _Scope(self.split, name, where)
        for attribute in self.by:
            yield from self._groups(tables, attribute, column)

    def _groups(self, tables: PublishedTables, attribute: str, column: str) -> Iterator[_Scope]:
        margin = tables.get("row", (attribute,))
        for level in margin.levels(attribute) if margin is not None else ():
            if level not in (MISSING, CONFLICTING):
                named = {
                    "axes": (attribute,),
                    "group": group_name(level),
                    "conditions": {"column": column},
                }
                yield _Scope(attribute, level, named)


def _known_rows(tables: PublishedTables, column: str, where: Mapping[str, Level]) -> int | None:
    """How many rows have a value in a column, as far as the published tables tell."""
    table = tables.slice("row", (column,), where)
    if table is None:
        return None
    return table.range([key for key in table.cells() if key != (MISSING,)]).exact


class ExpectTextsNotToBeEmpty(_ByGroup):
    """Expect at most the share `empty_high` of the texts of `text` to be missing or blank.

    Over all rows, within each split and for each group of the attributes `by`.
    """

    text: str
    empty_high: float = 0.01

    success_keys: ClassVar[tuple[str, ...]] = (*_ByGroup.success_keys, "text", "empty_high")

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`empty_share` of all rows and of each group."""
        if tables.get("row", (self.text,)) is None:
            return not_measured("no_such_column")
        figures: list[Figure] = []
        for scope in self._everywhere(tables, self.text):
            table = tables.slice("row", (self.text,), scope.where)
            found = empty_figures(self.context, table, self.empty_high, **scope.named)
            if scope.axis is not None and scope.axis == self.split:
                found = [self.secondary(figure, self.unit) for figure in found]
            figures += found
        return judged(figures)


class ExpectTextLengthsToBeCounted(_ByGroup):
    """Expect texts in `text` to be there; gives their number of words, by group of `by` as well."""

    text: str

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.metric_dependencies,
        LENGTHS,
    )
    success_keys: ClassVar[tuple[str, ...]] = (*_ByGroup.success_keys, "text")

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`mean_words` and `median_words`, in all rows, within each split and for each group."""
        found: ByGroup = metrics[LENGTHS]
        if not found.get(ALL):
            return not_measured("no_values")
        figures: list[Figure] = []
        for scope in self._everywhere(tables, self.text):
            texts = _known_rows(tables, self.text, scope.where)
            if texts != 0:
                measured = scope.measured(found)
                figures += length_figures(self.context, measured, texts, **scope.named)
        return CheckFigures(tuple(figures), "")


class ExpectVocabularyToBeCounted(_ByGroup):
    """Expect words in `text`; gives how many different ones, comparable between groups of `by`."""

    text: str

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.metric_dependencies,
        VOCABULARY,
    )
    success_keys: ClassVar[tuple[str, ...]] = (*_ByGroup.success_keys, "text")

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`vocabulary` and `type_token_ratio` of all texts and of each group."""
        found: ByGroup = metrics[VOCABULARY]
        if not found:
            return not_measured("not_on_this_engine")
        if not found.get(ALL):
            return not_measured("no_values")
        figures = self._compared(tables, found, [_Scope(ALL, None, {"axes": (self.text,)})])
        for attribute in self.by:
            groups = list(self._groups(tables, attribute, self.text))
            figures += self._compared(tables, found, groups)
        return CheckFigures(tuple(figures), "")

    def _compared(
        self, tables: PublishedTables, found: ByGroup, scopes: list[_Scope]
    ) -> list[Figure]:
        """Scopes that are compared with each other, at samples of one size."""
        told: list[tuple[_Scope, Vocabulary | None]] = []
        for scope in scopes:
            texts = _known_rows(tables, self.text, scope.where)
            if texts != 0:
                told.append((scope, scope.measured(found) if texts else None))
        sample = sample_size([one for _, one in told if one is not None])
        return [
            figure
            for scope, vocabulary in told
            for figure in vocabulary_figures(self.context, vocabulary, sample, **scope.named)
        ]


class ExpectDurationsToBeCounted(_ByGroup):
    """Expect plausible durations in `duration`; gives hours of speech, by group of `by` as well.

    `bounds` are the shortest and longest plausible duration in `duration_unit` (None: 0 and one
    day); others count as the nearest bound and are reported. `decimal` is the decimal mark.
    """

    duration: str
    duration_unit: Literal["seconds", "milliseconds", "minutes", "hours"] = "seconds"
    decimal: str = "."
    bounds: list[float | None] = [None, None]

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.metric_dependencies,
        DURATIONS,
    )
    success_keys: ClassVar[tuple[str, ...]] = (
        *_ByGroup.success_keys,
        "duration",
        "duration_unit",
        "decimal",
        "bounds",
    )
    measured_column: ClassVar[str] = "duration"

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`hours_of_speech`, `mean_duration`, `hours_per_person`, and `bounded_durations`."""
        rows: ByGroup = metrics[DURATIONS]["rows"]
        persons: ByGroup = metrics[DURATIONS].get("persons", {})
        if not rows.get(ALL):
            return not_measured("no_values")
        known = _known_rows(tables, self.duration, {})
        figures = [
            bounded_figure(
                self.context,
                rows[ALL][None].bounded,
                known,
                tables.limit,
                axes=(self.duration,),
            )
        ]
        for scope in self._everywhere(tables, self.duration):
            if scope.axis is not None and scope.axis == self.split:
                continue
            recordings = _known_rows(tables, self.duration, scope.where)
            if recordings == 0:
                continue
            measured = scope.measured(rows)
            figures += duration_figures(self.context, measured, recordings, **scope.named)
            if persons:
                # Hours per person times persons are the hours: told where these are.
                told = recordings is not None
                people = tables.slice("person", (), scope.where) if told else None
                figures.append(
                    person_hours_figure(
                        self.context,
                        scope.measured(persons),
                        None if people is None else people.count(()),
                        **scope.named,
                    )
                )
        return judged(figures)
