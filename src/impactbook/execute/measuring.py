"""Measuring one declared dataset of a workspace; the only door to `checks` for notebooks and CLI."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from impactbook.execute.notebooks import Emission
from impactbook.model.evidence import DatasetEvidence
from impactbook.workspace import LoadedDataset, Workspace


def measure(workspace: Workspace, dataset: LoadedDataset, as_of: date) -> Emission:
    """Run all checks of a dataset as on one day; raises `InputError` for data or declarations that are wrong."""
    from impactbook.checks.evidence import run_checks

    run = run_checks(
        dataset.id,
        dataset.dataset,
        folder=workspace.data_checks,
        limit=workspace.settings.suppression_limit,
        references=workspace.references,
        as_of=as_of,
    )
    return Emission(run.evidence, run.documents[f"{dataset.id}.json"])


def evidence_on(
    workspace: Workspace,
    datasets: Sequence[LoadedDataset],
    sealed: Sequence[DatasetEvidence],
    *,
    sealed_on: date,
    as_of: date,
) -> tuple[DatasetEvidence, ...]:
    """The evidence of a record as it is on another day; only dated datasets are measured again.

    Retention and deletion are rules with a date: data that was in order when the record was sealed
    may have been kept too long since.
    """
    if as_of == sealed_on:
        return tuple(sealed)
    dated = {item.id: item for item in datasets if item.dataset.has_dated_rules}
    return tuple(
        measure(workspace, dated[one.dataset], as_of).evidence if one.dataset in dated else one
        for one in sealed
    )
