"""What the declaration alone answers: deletion of special categories, consent that no column shows.

These results need no look at the data. They stand beside the measured ones, so that a purpose
without a trace of consent is "not measured" and never silently fine.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from impactbook.checks.figures.common import FigureContext, make_figure
from impactbook.checks.special_categories import days_to_deletion, special_columns
from impactbook.model.dataset import ConsentCheck, Dataset
from impactbook.model.evidence import CheckResult, Figure, Processing, Verdict


def processing_of(declaration: Dataset) -> Processing:
    """Legal bases and special categories as declared, for the record."""
    return Processing(
        legal_bases=declaration.legal_bases, special_categories=special_columns(declaration)
    )


def declared_results(
    declaration: Dataset, context: FigureContext, as_of: date | None
) -> Iterator[tuple[CheckResult, Figure]]:
    """The results that follow from the declaration and the day, each with its figure."""
    yield from _deletions(declaration, context, as_of)
    yield from _consent_without_column(declaration, context)


def _deletions(
    declaration: Dataset, context: FigureContext, as_of: date | None
) -> Iterator[tuple[CheckResult, Figure]]:
    """Days until a column of special categories must be deleted; a day that has passed fails."""
    for name, category in special_columns(declaration).items():
        days = None if as_of is None else days_to_deletion(category, as_of)
        verdict: Verdict = "not_measured" if days is None else "ok" if days >= 0 else "fail"
        figure = make_figure(
            context,
            "days_to_deletion",
            unit="row",
            axes=(name,),
            value=None if days is None else float(days),
            threshold_low=0.0,
            verdict=verdict,
        )
        problem = "no_day" if days is None else ""
        yield _result("special_categories", figure, verdict, problem), figure


def _consent_without_column(
    declaration: Dataset, context: FigureContext
) -> Iterator[tuple[CheckResult, Figure]]:
    """Purposes that rest on consent although no column says who gave it."""
    shown = {
        column.consent.purpose
        for column in declaration.columns.values()
        if column.consent is not None and column.consent.part == "status"
    }
    asked = declaration.checks.consent or ConsentCheck()
    for basis in declaration.legal_bases:
        if basis.basis == "consent" and basis.purpose not in shown:
            figure = make_figure(
                context,
                "consent_coverage",
                unit=declaration.unit,
                conditions={"purpose": basis.purpose},
                verdict="not_measured",
            )
            result = _result("consent", figure, "not_measured", "no_such_column")
            yield (
                result.model_copy(update={"required": asked.required, "because": asked.because}),
                figure,
            )


def _result(check: str, figure: Figure, verdict: Verdict, problem: str) -> CheckResult:
    return CheckResult(
        check=check,
        expectation="declaration",
        attribute=figure.attribute,
        verdict=verdict,
        problem=problem,
        figures=(figure.id,),
    )
