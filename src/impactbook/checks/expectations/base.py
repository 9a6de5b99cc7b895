"""What all our expectations share: which tables they need, and how a verdict becomes a result.

The result of Great Expectations carries `verdict`, `problem`, the rows seen and the figures. It
succeeds only when something was measured and is `ok` (or is a mere count that nobody judges).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from great_expectations.compatibility import pydantic
from great_expectations.core import ExpectationValidationResult
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render.components import (
    CollapseContent,
    LegacyDiagnosticRendererType,
    LegacyRendererType,
    RenderedStringTemplateContent,
    RenderedTableContent,
)
from great_expectations.render.renderer.renderer import renderer

from impactbook.checks.contingency import PUBLISHED, Counting
from impactbook.checks.expectations import rendering
from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    condition_of,
    figure_id,
)
from impactbook.checks.heldweights import are_held
from impactbook.checks.published import PublishedTables
from impactbook.checks.tables import Axes, Level, TableUnit
from impactbook.model.evidence import Figure, Kind, Verdict, worst

ROW_COUNT = "table.row_count"
WEIGHTS_HELD = "weights_held"
"""The weighted figures are not told; the unweighted ones beside them are."""

_JUDGED: frozenset[Verdict] = frozenset({"ok", "attention", "fail"})
_SUCCESS: frozenset[Verdict] = frozenset({"ok", ""})


class FiguresExpectation(BatchExpectation):
    """Base of our expectations: figures from published tables.

    `dataset` and `kind` name the figures. `unit` is what counts as one: a row, or a person told
    by the column `person`. `split` names the column of splits and `splits` its values in order.
    `limit` is the suppression limit, `listed` the groups of each axis that may always be named.
    `counting` (`Counting.as_json`, or `as_text`, which Great Expectations copies faster) lists the
    tables to count and is the same for all expectations of a suite, so that rows are read once;
    left out, it is what this expectation needs.
    """

    dataset: str = "dataset"
    kind: Kind = "training_data"
    unit: TableUnit = "row"
    person: str | None = None
    split: str | None = None
    splits: list[str] = []
    limit: int = 5
    listed: dict[str, list[str]] = {}
    counting: dict[str, Any] | str = {}

    metric_dependencies: ClassVar[tuple[str, ...]] = (PUBLISHED, ROW_COUNT)
    success_keys: ClassVar[tuple[str, ...]] = (
        "dataset",
        "kind",
        "unit",
        "person",
        "split",
        "splits",
        "limit",
        "listed",
        "counting",
    )

    @pydantic.root_validator(skip_on_failure=True)
    def _counts_what_it_needs(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        if values["unit"] == "person" and values["person"] is None:
            raise ValueError("`unit: person` needs `person`, the column that tells persons apart")
        if not values["counting"]:
            values["counting"] = cls._needs(values).as_json()
        return values

    def _get_success_kwargs(self) -> dict[str, Any]:
        """What Great Expectations' own method gives, which copies all arguments once per key."""
        given = self.configuration.kwargs
        keys = (*self.success_keys, *self.domain_keys)
        return {key: given.get(key, self._get_default_value(key)) for key in keys}

    @classmethod
    def _needs(cls, values: Mapping[str, Any]) -> Counting:
        """The tables this expectation reads, when it stands alone."""
        axes = cls._axes(values)
        split = values["split"]
        rows = tuple((*table, split) if split and split not in table else table for table in axes)
        persons = rows if values["unit"] == "person" else ()
        coarse = cls._coarse(values)
        return Counting(rows, persons, cls._known(values), values["person"], coarse)

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return ()

    @classmethod
    def _known(cls, values: Mapping[str, Any]) -> tuple[str, ...]:
        return ()

    @classmethod
    def _coarse(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return ()

    @property
    def context(self) -> FigureContext:
        """What the figures are named after."""
        return FigureContext(self.dataset, self.kind, self.limit, self.split)

    @abstractmethod
    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """Answer the question; every expectation says how."""

    def scopes(self) -> Iterable[tuple[TableUnit, dict[str, Level]]]:
        """Where to count: all of it in the main unit first, then rows of persons, then splits."""
        units: list[TableUnit] = ["person", "row"] if self.unit == "person" else ["row"]
        for unit in units:
            yield unit, {}
        for unit in units:
            for name in self.splits:
                yield unit, {str(self.split): name}

    def over_scopes(self, results: Mapping[int, CheckFigures]) -> CheckFigures:
        """Put the results of all scopes together; only the first is judged."""
        scopes = list(self.scopes())
        figures = list(results[0].figures)
        for place, result in results.items():
            if place:
                unit = scopes[place][0]
                figures += [self.secondary(figure, unit) for figure in result.figures]
        return CheckFigures(tuple(figures), results[0].verdict, results[0].problem)

    def secondary(self, figure: Figure, unit: TableUnit) -> Figure:
        """A figure that informs and is not judged; rows of persons say so in the condition."""
        verdict: Verdict = "" if figure.verdict in _JUDGED else figure.verdict
        bare = figure.model_copy(
            update={"verdict": verdict, "threshold_low": None, "threshold_high": None}
        )
        return bare if unit == self.unit else with_condition(bare, {"unit": unit})

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        tables: PublishedTables = metrics[PUBLISHED]
        rows = int(metrics[ROW_COUNT] or 0)
        counted = tables.total("row")
        if rows == 0 or counted == 0:
            answer = CheckFigures((), "not_measured", "no_rows")
        elif counted is not None and counted != rows:
            answer = CheckFigures((), "not_measured", "row_count_differs")
        else:
            answer = self.figures(tables, metrics)
            if tables.withdrawn and answer.problem == "no_such_column":
                # It was counted; the table is kept back to protect few people in it.
                answer = replace(answer, problem="withdrawn")
            elif not answer.problem and _has_weights(answer) and are_held(tables):
                answer = replace(answer, problem=WEIGHTS_HELD)
        return as_result(answer, rows)

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    def _prescriptive_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> list[RenderedStringTemplateContent]:
        """The question, in Data Docs."""
        asked = configuration or (result.expectation_config if result is not None else None)
        return [rendering.text(rendering.question(cls, asked))]

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.OBSERVED_VALUE)
    def _diagnostic_observed_value_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> str:
        """What came out, in Data Docs."""
        return rendering.answer(result)

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_TABLE)
    def _diagnostic_unexpected_table_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> list[RenderedTableContent | CollapseContent] | None:
        """The figures, in Data Docs; the base class has its table of unexpected values here."""
        return [*rendering.figures_table(result)]


def _has_weights(answer: CheckFigures) -> bool:
    """Whether unweighted figures stand beside weighted ones."""
    return any("weights=none" in figure.condition.split(";") for figure in answer.figures)


def as_result(answer: CheckFigures, rows: int) -> dict[str, Any]:
    """The form in which Great Expectations keeps a result."""
    details = {
        "verdict": answer.verdict,
        "problem": answer.problem,
        "rows_seen": rows,
        "figures": [figure.model_dump(mode="json") for figure in answer.figures],
    }
    return {
        "success": answer.verdict in _SUCCESS and answer.problem in ("", WEIGHTS_HELD),
        "result": {"observed_value": answer.verdict or "counted", "details": details},
    }


def joined(answers: Iterable[CheckFigures]) -> CheckFigures:
    """Several answers as one: all figures, the worst verdict, the first problem."""
    listed = list(answers)
    return CheckFigures(
        tuple(figure for answer in listed for figure in answer.figures),
        worst([answer.verdict for answer in listed]),
        next((answer.problem for answer in listed if answer.problem), ""),
    )


def with_condition(figure: Figure, conditions: Mapping[str, Level]) -> Figure:
    """The same figure under a further condition, with the id that follows."""
    added = condition_of(conditions)
    condition = f"{figure.condition};{added}" if figure.condition else added
    name = figure_id(figure.source, figure.metric, figure.attribute, figure.group, condition)
    return figure.model_copy(update={"condition": condition, "id": name})
