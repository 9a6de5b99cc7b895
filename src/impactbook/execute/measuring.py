"""Measuring one declared dataset of a workspace; the only door to `checks` for notebooks and CLI."""

from __future__ import annotations

from datetime import date

from impactbook.execute.notebooks import Emission
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
