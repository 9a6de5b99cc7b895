"""Consent where it is the basis, and rules with a date: withdrawal, retention, age of the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from impactbook.checks.datedmetrics import AGES, BROKEN, Broken, Day
from impactbook.checks.expectations.base import FiguresExpectation, joined
from impactbook.checks.figures.common import CheckFigures, not_measured
from impactbook.checks.figures.consent import consent_figures, counted_figure
from impactbook.checks.figures.quality import MAX_MISSING, Counted
from impactbook.checks.figures.retention import age_figures
from impactbook.checks.published import PublishedTables
from impactbook.checks.tables import Axes
from impactbook.model.columns import GIVEN, WITHDRAWN
from impactbook.model.evidence import Figure, Verdict, worst


class ExpectConsentCoverage(FiguresExpectation):
    """Expect consent to one `purpose` from at least the share `coverage_low` of everybody.

    `column` holds the status; `given` and `withdrawn` are the values that mean so, any other and an
    empty cell mean no consent. `by` lists attributes whose groups are told apart. Without
    `coverage_low` (consent is not the declared basis) coverage is counted and not judged.
    """

    column: str
    purpose: str
    by: list[str] = []
    given: list[str] = [GIVEN]
    withdrawn: list[str] = [WITHDRAWN]
    coverage_low: float | None = 1.0

    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "column",
        "purpose",
        "by",
        "given",
        "withdrawn",
        "coverage_low",
    )

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        column = values["column"]
        return ((column,), *((name, column) for name in values["by"]))

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`consent_coverage` of everybody and of each group, and `consent_withdrawn`."""
        return consent_figures(
            self.context,
            tables,
            self.column,
            purpose=self.purpose,
            unit=self.unit,
            by=self.by,
            given=self.given,
            withdrawn=self.withdrawn,
            coverage_low=self.coverage_low,
        )


class ExpectDatedRulesToBeKept(FiguresExpectation):
    """Expect no row to break a rule with a date, as of the day `as_of` (ISO 8601).

    `rules` maps a metric (`consent_after_collection`, `consent_withdrawn_before`,
    `kept_past_retention`, `older_than_limit`; a purpose may follow after a colon) to its columns,
    as `datedmetrics.count_broken` reads them. A broken rule is a `fail`, an old row `attention`.
    `age_of` is the column (name and format) whose age is told.
    """

    rules: dict[str, dict[str, Any]] = {}
    as_of: str
    age_of: list[Any] | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.metric_dependencies,
        BROKEN,
        AGES,
    )
    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "rules",
        "as_of",
        "age_of",
    )

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """One figure per rule, and the oldest, median and newest age."""
        found: dict[str, Broken] = metrics[BROKEN]
        if not found and self.age_of is None:
            return not_measured("no_such_column")
        answers = list(self._broken(tables, found))
        judged = [answer for answer in answers if answer.verdict]
        ages: list[Day] = metrics[AGES]
        if self.age_of is not None:
            day = dt.date.fromisoformat(self.as_of)
            answers.append(age_figures(self.context, str(self.age_of[0]), ages, as_of=day))
        whole = joined(answers)
        verdict: Verdict = worst([one.verdict for one in judged]) if judged else ""
        problem = next((answer.problem for answer in judged if answer.problem), "")
        return CheckFigures(whole.figures, verdict, problem)

    def _broken(
        self, tables: PublishedTables, found: Mapping[str, Broken]
    ) -> Iterable[CheckFigures]:
        rows = tables.total("row")
        for name, one in found.items():
            metric, _, purpose = name.partition(":")
            conditions = {"purpose": purpose} if purpose else {}
            column = str(self.rules[name]["column"][0])
            if one.unreadable:
                figure = counted_figure(
                    self.context,
                    "unreadable_dates",
                    Counted(one.unreadable, one.unreadable_people),
                    unit="row",
                    whole=rows,
                    unknown=None,
                    wrong="attention",
                    axes=(column,),
                )
                yield CheckFigures((figure,), figure.verdict)
            if one.known == 0:
                figure = self._unmeasured(metric, name, conditions)
                yield CheckFigures((figure,), "not_measured", "no_dates")
                continue
            figure = counted_figure(
                self.context,
                metric,
                Counted(one.rows, one.people),
                unit="row",
                whole=one.known,
                unknown=None if rows is None else rows - one.known,
                wrong=self._wrong(name, metric),
                axes=(column,),
                conditions=conditions,
            )
            if self._is_thin(metric, one.known, rows) and figure.verdict == "ok":
                figure = figure.model_copy(update={"verdict": "attention"})
            yield CheckFigures((figure,), figure.verdict)

    def _wrong(self, name: str, metric: str) -> Verdict:
        """How bad a broken rule is; consent that is not the declared basis is counted, not judged."""
        if not self.rules[name].get("judged", True):
            return ""
        return "attention" if metric == "older_than_limit" else "fail"

    def _is_thin(self, metric: str, known: int, rows: int | None) -> bool:
        """Whether too many rows have no date for "nothing found" to mean that all is well.

        A withdrawal that did not happen has no date, so that rule is left out.
        """
        dated = metric in ("kept_past_retention", "older_than_limit")
        return dated and (rows is None or known < (1 - MAX_MISSING) * rows)

    def _unmeasured(self, metric: str, name: str, conditions: Mapping[str, str]) -> Figure:
        from impactbook.checks.figures.common import make_figure

        return make_figure(
            self.context,
            metric,
            unit="row",
            axes=(str(self.rules[name]["column"][0]),),
            conditions=conditions,
            verdict="not_measured",
        )
