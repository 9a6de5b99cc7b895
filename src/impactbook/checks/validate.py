"""Validating a plan and reading the results: what was measured, and what was not.

A result with an exception, without rows, or with other rows than were counted independently is
`not_measured`: never a pass, never a finding about the data. Only fixed words and published numbers
leave this module; results of Great Expectations may hold raw values and are read key by key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import great_expectations as gx
from great_expectations.core import ExpectationValidationResult

from impactbook.checks.expectations.base import with_condition
from impactbook.checks.expectations.representation import UNMAPPED
from impactbook.checks.figures.common import FigureContext, make_figure
from impactbook.checks.gx_sql import Batches
from impactbook.checks.suite import PlannedCheck
from impactbook.model.evidence import CheckResult, Figure, Verdict

_FORMAT = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "include_unexpected_rows": False,
}
_PLACE = "impactbook_place"
_WITH_REFERENCE = ("representation", "joint_representation")
_METRIC_OF_CHECK = {
    "representation": "representation_ratio",
    "joint_representation": "representation_ratio",
    "periods": "share_ratio_to_all",
    "hypotheses": "hypothesis",
    "intersections": "min_cell_count",
    "pairs": "uncovered_patterns",
    "labels": "label_share",
    "proxies": "cramers_v_corrected",
    "missing": "missing_share",
    "missing_by_group": "missing_share_difference",
    "disguised_missing": "suspected_missing_share",
    "consent": "consent_coverage",
    "retention": "kept_past_retention",
    "personal_data": "personal_data_share",
    "duplicates": "duplicate_share",
    "leakage": "split_overlap",
    "shares": "share",
    "schema": "invalid_share",
    "persons": "conflicting_persons",
    "texts": "mean_words",
    "empty_texts": "empty_share",
    "vocabulary": "vocabulary",
    "hours": "hours_of_speech",
    "annotators": "krippendorff_alpha",
    "size": "rows",
}


@dataclass(frozen=True)
class Outcome:
    """What came out of one planned check, fit to be published."""

    planned: PlannedCheck
    verdict: Verdict
    problem: str
    rows_seen: int | None
    figures: tuple[Figure, ...]

    @property
    def expectation(self) -> str:
        """The type name of the expectation."""
        return str(self.planned.expectation.expectation_type)

    def as_result(self) -> CheckResult:
        """The outcome as evidence."""
        return CheckResult(
            check=self.planned.check,
            expectation=self.expectation,
            attribute=self.planned.attribute,
            required=self.planned.required,
            verdict=self.verdict,
            rows_seen=self.rows_seen,
            problem=self.problem,
            because=self.planned.because,
            figures=tuple(figure.id for figure in self.figures),
        )


@dataclass(frozen=True)
class Counts:
    """What is known apart from the checks: rows counted file by file, and how to publish."""

    rows: int
    context: FigureContext
    has_persons: bool

    def published(self, count: int) -> int | None:
        """A number of rows, or None when it stands for fewer people than the limit."""
        return None if 0 < count < self.context.limit else count


def validate(
    batches: Batches, planned: Sequence[PlannedCheck], counts: Counts
) -> tuple[Outcome, ...]:
    """Validate every planned check on its view; outcomes stand in the order of the plan."""
    results: dict[int, ExpectationValidationResult] = {}
    for view in dict.fromkeys(check.view for check in planned):
        asked = {place: one.expectation for place, one in enumerate(planned) if one.view == view}
        for place, expectation in asked.items():
            expectation.meta = {_PLACE: place}
        # Adding one by one compares each with all before, and takes alike ones for the same.
        suite = gx.ExpectationSuite(f"impactbook {view}", expectations=list(asked.values()))
        for result in _results(batches, view, suite):
            meta = (result.expectation_config and result.expectation_config.meta) or {}
            if _PLACE in meta:
                results[int(meta[_PLACE])] = result
    seen = {view: _rows_of_view(planned, results, view) for view in {c.view for c in planned}}
    return tuple(
        outcome(check, results.get(place), counts, seen.get(check.view))
        for place, check in enumerate(planned)
    )


def _results(
    batches: Batches, view: str, suite: gx.ExpectationSuite
) -> list[ExpectationValidationResult]:
    """All results on one view; none when Great Expectations could not even begin."""
    try:
        return list(batches.of(view).get_batch().validate(suite, result_format=_FORMAT).results)
    except Exception:  # whatever it says may hold raw values; no result means `not_measured`
        return []


def _rows_of_view(
    planned: Sequence[PlannedCheck], results: Mapping[int, ExpectationValidationResult], view: str
) -> int | None:
    """What the stock row count saw on a view, for expectations that tell no rows themselves."""
    for place, check in enumerate(planned):
        result = results.get(place)
        if check.view == view and result is not None and _type(check) == _ROW_COUNT:
            seen = (result.result or {}).get("observed_value")
            return seen if isinstance(seen, int) else None
    return None


_ROW_COUNT = "expect_table_row_count_to_equal"


def _type(check: PlannedCheck) -> str:
    return str(check.expectation.expectation_type)


def outcome(
    check: PlannedCheck,
    result: ExpectationValidationResult | None,
    counts: Counts,
    rows_of_view: int | None = None,
) -> Outcome:
    """Judge one result: first whether it measured these rows at all, then what it says.

    `rows_of_view` is what the row count saw on the same view.
    """
    if result is None or raised(result):
        return _not_measured(check, "exception", None, counts)
    content: Mapping[str, Any] = result.result or {}
    details = content.get("details")
    if isinstance(details, Mapping) and "verdict" in details:
        found = _ours(check, details)
    else:
        found = _stock(check, bool(result.success), content, counts, rows_of_view)
    if found.rows_seen is None:
        return _not_measured(check, found.problem or "rows_not_counted", None, counts)
    if found.rows_seen == 0:
        return _not_measured(check, "no_rows", 0, counts)
    if found.rows_seen != counts.rows:
        return _not_measured(check, "row_count_differs", found.rows_seen, counts)
    if found.verdict == "not_measured" and not found.figures:
        return _not_measured(check, found.problem or "exception", found.rows_seen, counts)
    return replace(found, rows_seen=counts.published(found.rows_seen))


def raised(result: ExpectationValidationResult) -> bool:
    """Whether any part of a validation ended in an exception; its text is not looked at.

    Great Expectations keeps one entry for the expectation, or one for each metric that failed.
    """
    info = result.exception_info or {}
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(
        bool(entry.get("raised_exception", True)) if isinstance(entry, Mapping) else True
        for entry in info.values()
    )


def _ours(check: PlannedCheck, details: Mapping[str, Any]) -> Outcome:
    figures = tuple(Figure.model_validate(figure) for figure in details["figures"])
    return Outcome(
        check, details["verdict"], str(details["problem"]), int(details["rows_seen"]), figures
    )


def _stock(
    check: PlannedCheck,
    success: bool,
    content: Mapping[str, Any],
    counts: Counts,
    rows_of_view: int | None,
) -> Outcome:
    """A result of Great Expectations' own: only its counts are taken."""
    verdict: Verdict = "ok" if success else "fail"
    if "element_count" not in content:
        return Outcome(check, verdict, "", rows_of_view, ())
    rows = int(content["element_count"])
    known = rows - int(content.get("missing_count") or 0)
    unexpected = int(content.get("unexpected_count") or 0)
    if known <= 0:
        return Outcome(check, "not_measured", "no_values", rows, ())
    verdict = "ok" if unexpected == 0 else "fail"
    return Outcome(check, verdict, "", rows, (_invalid_share(check, unexpected, known, counts),))


def _invalid_share(check: PlannedCheck, unexpected: int, known: int, counts: Counts) -> Figure:
    """Values outside the declared range or list, of all known ones; any of them fails.

    Where rows belong to persons, it is not known how many stand behind the values, so none but
    zero is told.
    """
    hidden = unexpected > 0 and (counts.has_persons or unexpected < counts.context.limit)
    whole = counts.published(known)
    told: dict[str, Any] = {}
    if not hidden and whole is not None:
        told = {"value": unexpected / known, "numerator": unexpected}
    return make_figure(
        counts.context,
        _METRIC_OF_CHECK["schema"],
        unit="row",
        axes=check.axes,
        denominator=whole,
        threshold_high=0.0,
        verdict="ok" if unexpected == 0 else "fail",
        **told,
    )


def _not_measured(
    check: PlannedCheck, problem: str, rows_seen: int | None, counts: Counts
) -> Outcome:
    figure = not_measured_figure(counts.context, check.check, check.axes)
    shown = None if rows_seen is None else counts.published(rows_seen)
    return Outcome(check, "not_measured", problem, shown, (figure,))


def not_measured_figure(context: FigureContext, check: str, axes: tuple[str, ...]) -> Figure:
    """The row of `figures.csv` that says a check did not measure anything."""
    return make_figure(
        context, _METRIC_OF_CHECK[check], unit="row", axes=axes, verdict="not_measured"
    )


def unmapped_group(outcomes: Sequence[Outcome]) -> tuple[PlannedCheck, str] | None:
    """The first check of representation whose data holds a group the reference does not know."""
    for found in outcomes:
        if found.problem.startswith(f"{UNMAPPED}:"):
            return found.planned, found.problem.split(":", 1)[1]
    return None


def apart(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Tell figures of two references for the same attribute apart, by the condition `reference`."""
    compared = [o.planned.attribute for o in outcomes if o.planned.check in _WITH_REFERENCE]
    twice = {name for name in compared if compared.count(name) > 1}
    return tuple(
        replace(
            one,
            figures=tuple(
                with_condition(figure, {"reference": one.planned.reference})
                for figure in one.figures
            ),
        )
        if one.planned.check in _WITH_REFERENCE and one.planned.attribute in twice
        else one
        for one in outcomes
    )
