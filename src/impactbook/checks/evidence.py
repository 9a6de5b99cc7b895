"""One run over one dataset: declaration in, evidence out.

1. Read the reference populations that the checks name.
2. Open the files, count the rows, build the views.
3. Plan the expectations and validate them on DuckDB.
4. Put verdicts and figures together; nothing but published numbers leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impactbook.checks.bins import bins_of, with_bins
from impactbook.checks.documents import document_bytes
from impactbook.checks.figures.common import FigureContext, decode_name
from impactbook.checks.figures.hypotheses import hypothesis_results, with_adjusted_p
from impactbook.checks.lastlook import asked_in_vain, without_differences
from impactbook.checks.leftout import left_out_result
from impactbook.checks.periodaxes import PeriodAxis, period_axes
from impactbook.checks.prepare import (
    GROUPS,
    MOST_GROUPS,
    group_profile,
    person_column,
    refuse_too_many_groups,
    split_names,
    used_columns,
    with_every_label,
    without_labels,
)
from impactbook.checks.processing import declared_results, processing_of
from impactbook.checks.profile import Profile
from impactbook.checks.rawcolumns import taken_apart
from impactbook.checks.readers import SPLIT
from impactbook.checks.reference import (
    JointReference,
    joint_reference,
    load_reference,
    reference_shares,
    refuse_unmapped,
    refuse_unmapped_part,
)
from impactbook.checks.sources import RowSource, open_any
from impactbook.checks.sources.content import as_read
from impactbook.checks.special_categories import refuse_undeclared
from impactbook.checks.suite import (
    Asked,
    measured_representation,
    plan_checks,
    plan_counting,
)
from impactbook.checks.suite.representation import reference_names
from impactbook.checks.validate import (
    Counts,
    Outcome,
    apart,
    not_measured_figure,
    unmapped_group,
    validate,
)
from impactbook.language import say
from impactbook.model.base import Text, Translated
from impactbook.model.dataset import Dataset, RepresentationCheck
from impactbook.model.evidence import CheckResult, DatasetEvidence, DatasetLabels, Figure
from impactbook.workspace.digests import data_digest

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession


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


def check_frame(
    frame: pd.DataFrame,
    declaration: Dataset,
    *,
    dataset: str = "frame",
    limit: int = 5,
    references: Path | None = None,
    as_of: date | None = None,
) -> DatasetEvidence:
    """Check the rows of a pandas frame against a declaration with `source: {frame: true}`.

    The frame's index is not looked at; categories, truth values, dates and numbers are read as
    they would be from a file. `references` is the folder of reference populations, needed where a
    check names one. Raises `InputError` as `check_dataset` does.
    """
    return run_checks(
        dataset,
        declaration,
        folder=Path(),
        limit=limit,
        references=references or Path("references"),
        as_of=as_of,
        frame=frame,
    ).evidence


def validation_documents(run: DatasetRun) -> dict[str, bytes]:
    """The files for `evidence/`: name -> JSON, the same bytes for the same data."""
    return {name: document_bytes(document) for name, document in run.documents.items()}


def run_checks(
    dataset_id: str,
    declaration: Dataset,
    *,
    folder: Path,
    limit: int,
    references: Path,
    as_of: date | None = None,
    frame: pd.DataFrame | None = None,
    spark: SparkSession | None = None,
) -> DatasetRun:
    """`check_dataset` with the validation results kept beside the evidence.

    `as_of` is the day that dated rules use (retention, deletion); left out, they are not measured.
    `frame` holds the rows where the declaration says `source.frame: true`; `spark` is the session
    to ask where it names a table of Spark, else one is started here.
    """
    refuse_undeclared(declaration, file=f"{dataset_id}.yaml")
    shares = _reference_shares(declaration, references)
    joint = _joint_references(declaration, references)
    context = FigureContext(dataset_id, "training_data", limit)
    columns = used_columns(declaration)
    needed = [name for name in columns if not (declaration.source.splits and name == SPLIT)]
    with open_any(
        declaration,
        folder=folder,
        needed=needed,
        name=f"{dataset_id}.yaml",
        frame=frame,
        spark=spark,
    ) as opened:
        read = as_read(declaration, opened.typed)
        opened.prepare(read)
        complete, crowded, profile = _with_labels(opened, read, f"{dataset_id}.yaml", limit)
        splits = split_names(opened.fetch, opened.table(GROUPS), declaration, limit)
        asked = Asked(
            dataset=dataset_id,
            declaration=complete,
            columns=opened.columns,
            splits=splits,
            rows=opened.rows,
            limit=limit,
            reference_shares=shares,
            joint_references=joint,
            as_of=as_of,
            profile=profile,
        )
        counts = Counts(opened.rows, context, person_column(declaration) is not None)
        outcomes = apart(validate(opened.batches, plan_checks(asked), counts))
        fingerprint, engine, malformed = opened.fingerprint, opened.engine, opened.malformed
    _refuse_unmapped(outcomes, declaration)
    results = [one.as_result() for one in outcomes]
    unasked = [
        *_not_asked(declaration, context),
        *declared_results(declaration, context, as_of),
        *left_out_result(malformed, context),
        *(_label_with_too_many_values(context, name) for name in crowded),
    ]
    results += [result for result, _ in unasked]
    vain = list(asked_in_vain(declaration, results, context, as_of=as_of))
    unasked += vain
    found = [f for one in outcomes for f in one.figures] + [f for _, f in unasked]
    told = without_differences(_distinct(found), limit=limit, has_persons=counts.has_persons)
    figures = with_adjusted_p(told)
    answered = hypothesis_results(figures, declaration.hypotheses, source=dataset_id)
    results += [result for result, _ in (*vain, *answered)]
    rows = _whole(figures, "rows")
    if rows is None:
        results = [one.model_copy(update={"rows_seen": None}) for one in results]
    evidence = DatasetEvidence(
        dataset=dataset_id,
        title=declaration.title,
        purpose=declaration.purpose,
        fingerprint=fingerprint,
        declaration=data_digest(declaration.model_dump(mode="json", by_alias=True)),
        engine=engine,
        rows=rows,
        persons=_whole(figures, "persons"),
        unit=declaration.unit,
        suppression_limit=limit,
        labels=_labels(declaration),
        processing=processing_of(declaration),
        checks=tuple(results),
        figures=(*figures, *(figure for _, figure in answered)),
    )
    return DatasetRun(evidence, {f"{dataset_id}.json": _document(evidence, outcomes)})


def _labels(declaration: Dataset) -> DatasetLabels:
    """How the declaration calls its columns, their groups, and what one unit is."""
    columns = declaration.columns.items()
    return DatasetLabels(
        language=declaration.language,
        counted=declaration.counted,
        attributes={name: column.label for name, column in columns if column.label is not None}
        | {axis.name: _period_label(axis) for axis in period_axes(declaration)},
        groups={name: dict(column.labels) for name, column in columns if column.labels},
    )


def _period_label(axis: PeriodAxis) -> Text:
    key = f"period-{axis.period}"
    return Translated(de=say("figures", key, "de"), en=say("figures", key, "en"))


def _with_labels(
    opened: RowSource, declaration: Dataset, name: str, limit: int
) -> tuple[Dataset, tuple[str, ...], Profile]:
    """The declaration with every label asked for, the labels that have too many values, and the
    profile. Columns of numbers whose association is asked for are cut into bins on the way.

    Raises `InputError` for any other attribute with too many values.
    """
    complete, added = with_every_label(declaration)
    axes = plan_counting(complete).axes
    groups = taken_apart(opened.table(GROUPS))
    profile = group_profile(opened.fetch, groups, axes, dialect=opened.dialect)
    bins = bins_of(opened, complete, profile, limit)
    if bins:
        opened.prepare(with_bins(complete, bins))
        profile = replace(
            profile, groups={**profile.groups, **{name: len(one) for name, one in bins.items()}}
        )
    counts = profile.groups
    crowded = tuple(label for label in added if counts.get(label, 0) > MOST_GROUPS)
    complete = without_labels(complete, crowded)
    kept = plan_counting(complete).axes
    refuse_too_many_groups({axis: counts[axis] for axis in kept}, declaration=name)
    return complete, crowded, profile


def _reference_shares(declaration: Dataset, references: Path) -> dict[int, Mapping[str, float]]:
    shares: dict[int, Mapping[str, float]] = {}
    for place, check in measured_representation(declaration):
        reference = load_reference(str(check.reference), references)
        shares[place] = reference_shares(reference, check, field=_field(place))
    return shares


def _joint_references(declaration: Dataset, references: Path) -> dict[int, JointReference]:
    return {
        place: joint_reference(check, references, field=_field(place, "joint_representation"))
        for place, check in enumerate(declaration.checks.joint_representation)
    }


def _field(place: int, check: str = "representation") -> str:
    return f"checks.{check}[{place}]"


def _refuse_unmapped(outcomes: Sequence[Outcome], declaration: Dataset) -> None:
    found = unmapped_group(outcomes)
    if found is None:
        return
    planned, group = found
    names = reference_names(declaration)
    for place, check in measured_representation(declaration):
        asked = (planned.check, planned.axes, planned.reference)
        if asked == ("representation", (check.attribute,), names["representation", place]):
            refuse_unmapped(check, [group], field=_field(place))
    for place, joint in enumerate(declaration.checks.joint_representation):
        name = names["joint_representation", place]
        if (planned.check, planned.axes) == ("joint_representation", tuple(joint.attributes)) and (
            planned.reference == name
        ):
            axis, _, one = group.partition("=")
            field = _field(place, "joint_representation")
            refuse_unmapped_part(joint, decode_name(axis), one, field=field)


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


def _whole(figures: Sequence[Figure], metric: str) -> int | None:
    """How many rows or persons there are in all, as published."""
    for figure in figures:
        if figure.metric == metric and not figure.condition and figure.value is not None:
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
                "rows_seen": one.rows_seen if evidence.rows is not None else None,
                "figures": [figure.id for figure in one.figures],
            }
            for one in outcomes
        ],
    }
