"""One run over one dataset: declaration in, evidence out.

1. Read the reference populations that the checks name.
2. Open the files, count the rows, build the views.
3. Plan the expectations and validate them on DuckDB.
4. Put verdicts and figures together; nothing but published numbers leaves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from impactbook.checks.figures.common import FigureContext
from impactbook.checks.gx_duckdb import open_batches
from impactbook.checks.prepare import (
    create_views,
    person_column,
    refuse_too_many_groups,
    split_names,
    used_columns,
    with_every_label,
)
from impactbook.checks.readers import SPLIT
from impactbook.checks.reference import load_reference, reference_shares, refuse_unmapped
from impactbook.checks.source import open_source
from impactbook.checks.suite import (
    Asked,
    measured_representation,
    plan_checks,
    plan_counting,
)
from impactbook.checks.validate import (
    Counts,
    Outcome,
    apart,
    not_measured_figure,
    unmapped_group,
    validate,
)
from impactbook.model.dataset import Dataset, RepresentationCheck
from impactbook.model.evidence import CheckResult, DatasetEvidence, DatasetLabels, Figure
from impactbook.workspace.digests import data_digest


@dataclass(frozen=True)
class DatasetRun:
    """What one run leaves: the evidence, and the validation results as JSON without raw values."""

    evidence: DatasetEvidence
    documents: Mapping[str, Any]


def check_dataset(
    dataset_id: str,
    declaration: Dataset,
    *,
    folder: Path,
    limit: int,
    references: Path,
    as_of: date | None = None,
) -> DatasetEvidence:
    """Check one dataset against its declaration.

    `folder` is where the declaration stands (files are relative to it), `references` holds the
    reference populations, `limit` is the suppression limit (1: nothing is masked). Raises
    `InputError` for what a person wrote or gave wrongly; a check that could not run is
    `not_measured` in the result instead.
    """
    return run_checks(
        dataset_id, declaration, folder=folder, limit=limit, references=references, as_of=as_of
    ).evidence


def validation_documents(run: DatasetRun) -> dict[str, bytes]:
    """The files for `evidence/`: name -> JSON, the same bytes for the same data."""
    return {
        name: (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
        for name, document in run.documents.items()
    }


def run_checks(
    dataset_id: str,
    declaration: Dataset,
    *,
    folder: Path,
    limit: int,
    references: Path,
    as_of: date | None = None,
) -> DatasetRun:
    """`check_dataset` with the validation results kept beside the evidence.

    `as_of` is the day that dated rules use (retention, deletion); left out, they are not measured.
    """
    shares = _reference_shares(declaration, references)
    context = FigureContext(dataset_id, "training_data", limit)
    columns = used_columns(declaration)
    needed = [name for name in columns if not (declaration.source.splits and name == SPLIT)]
    with open_source(
        declaration.source, folder=folder, needed=needed, declaration=f"{dataset_id}.yaml"
    ) as opened:
        with opened.connect() as connection:
            create_views(connection, opened, declaration)
            complete, crowded = with_every_label(connection, declaration)
            axes = plan_counting(complete).axes
            refuse_too_many_groups(connection, axes, declaration=f"{dataset_id}.yaml")
            splits = split_names(connection, declaration, limit)
        asked = Asked(
            dataset=dataset_id,
            declaration=complete,
            columns=opened.columns,
            splits=splits,
            rows=opened.rows,
            limit=limit,
            reference_shares=shares,
            as_of=as_of,
        )
        counts = Counts(opened.rows, context, person_column(declaration) is not None)
        with open_batches(opened.database) as batches:
            outcomes = apart(validate(batches, plan_checks(asked), counts))
        fingerprint = opened.fingerprint
    _refuse_unmapped(outcomes, declaration)
    unasked = [
        *_not_asked(declaration, context),
        *(_label_with_too_many_values(context, name) for name in crowded),
    ]
    evidence = DatasetEvidence(
        dataset=dataset_id,
        title=declaration.title,
        purpose=declaration.purpose,
        fingerprint=fingerprint,
        declaration=data_digest(declaration.model_dump(mode="json", by_alias=True)),
        engine=engine_name(),
        rows=counts.published(counts.rows),
        persons=_persons(outcomes),
        unit=declaration.unit,
        suppression_limit=limit,
        labels=_labels(declaration),
        checks=(*(one.as_result() for one in outcomes), *(result for result, _ in unasked)),
        figures=_distinct([f for one in outcomes for f in one.figures] + [f for _, f in unasked]),
    )
    return DatasetRun(evidence, {f"{dataset_id}.json": _document(evidence, outcomes)})


def _labels(declaration: Dataset) -> DatasetLabels:
    """How the declaration calls its columns, their groups, and what one unit is."""
    columns = declaration.columns.items()
    return DatasetLabels(
        language=declaration.language,
        counted=declaration.counted,
        attributes={name: column.label for name, column in columns if column.label is not None},
        groups={name: dict(column.labels) for name, column in columns if column.labels},
    )


def engine_name() -> str:
    """The engines that counted, with their versions."""
    return f"duckdb {version('duckdb')}; great_expectations {version('great_expectations')}"


def _reference_shares(declaration: Dataset, references: Path) -> dict[int, Mapping[str, float]]:
    shares: dict[int, Mapping[str, float]] = {}
    for place, check in measured_representation(declaration):
        reference = load_reference(str(check.reference), references)
        shares[place] = reference_shares(reference, check, field=_field(place))
    return shares


def _field(place: int) -> str:
    return f"checks.representation[{place}]"


def _refuse_unmapped(outcomes: Sequence[Outcome], declaration: Dataset) -> None:
    found = unmapped_group(outcomes)
    if found is not None:
        planned, group = found
        for place, check in measured_representation(declaration):
            if (check.attribute,) == planned.axes and check.reference == planned.reference:
                refuse_unmapped(check, [group], field=_field(place))


def _not_asked(declaration: Dataset, context: FigureContext) -> list[tuple[CheckResult, Figure]]:
    """What the data cannot answer or the declaration does not ask: representation, named as such."""
    checks = declaration.checks.representation
    if not checks:
        return [_unmeasured(context, None, "not_declared")]
    return [
        _unmeasured(context, check, "not_in_data")
        for check in checks
        if check.not_in_data is not None
    ]


def _unmeasured(
    context: FigureContext, check: RepresentationCheck | None, problem: str
) -> tuple[CheckResult, Figure]:
    figure = not_measured_figure(context, "representation", (check.attribute,) if check else ())
    result = CheckResult(
        check="representation",
        expectation="expect_group_representation_to_match_reference",
        attribute=figure.attribute,
        required=check.required if check else True,
        verdict="not_measured",
        problem=problem,
        because=(check.because or check.not_in_data) if check else None,
        figures=(figure.id,),
    )
    return result, figure


def _label_with_too_many_values(context: FigureContext, name: str) -> tuple[CheckResult, Figure]:
    """A label that no check names and that has too many values to be compared as classes."""
    figure = not_measured_figure(context, "labels", (name,))
    result = CheckResult(
        check="labels",
        expectation="expect_label_balance_across_groups",
        attribute=figure.attribute,
        verdict="not_measured",
        problem="too_many_values",
        figures=(figure.id,),
    )
    return result, figure


def _distinct(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Each figure once; two checks may give the same one, but never two values under one id."""
    found: dict[str, Figure] = {}
    for figure in figures:
        known = found.setdefault(figure.id, figure)
        if known.value != figure.value and known.value is not None and figure.value is not None:
            raise ValueError(f"two values for the figure {figure.id}")
        if known.verdict == "" and figure.verdict != "":
            found[figure.id] = figure
    return tuple(found.values())


def _persons(outcomes: Sequence[Outcome]) -> int | None:
    for one in outcomes:
        for figure in one.figures:
            if figure.metric == "persons" and not figure.condition and figure.value is not None:
                return int(figure.value)
    return None


def _document(evidence: DatasetEvidence, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The validation results of Great Expectations, reduced to what may be published."""
    return {
        "schema": "impactbook/validation/1",
        "dataset": evidence.dataset,
        "engine": evidence.engine,
        "fingerprint": evidence.fingerprint,
        "declaration": evidence.declaration,
        "rows": evidence.rows,
        "suppression_limit": evidence.suppression_limit,
        "results": [
            {
                "expectation": one.expectation,
                "view": one.planned.view,
                "check": one.planned.check,
                "attribute": one.planned.attribute,
                "success": one.verdict in ("ok", "") and not one.problem,
                "verdict": one.verdict,
                "problem": one.problem,
                "rows_seen": one.rows_seen,
                "figures": [figure.id for figure in one.figures],
            }
            for one in outcomes
        ],
    }
