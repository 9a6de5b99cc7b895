"""What notebooks of ours show, worked out again without running them.

Anyone could edit the outputs of an executed notebook. Everything it displays must therefore be what
the same calls give now, HTML and all; what cannot be worked out again cannot be sealed from outside.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode

from impactbook.execute.inputs import FeatureInputs, digest_of_cells
from impactbook.execute.notebooks import INJECTED, Emission
from impactbook.execute.session import AssessmentSession, DatasetSession
from impactbook.language import LANGUAGES
from impactbook.workspace import LoadedDataset, Workspace


def made_from(node: NotebookNode, digest: str) -> bool:
    """Whether an executed notebook has the cells of the notebook with this digest.

    The cell that papermill adds for parameters does not count.
    """
    cells = [cell for cell in node.cells if INJECTED not in cell.metadata.get("tags", [])]
    return digest_of_cells(cells) == digest


def shows_dataset(
    node: NotebookNode,
    workspace: Workspace,
    dataset: LoadedDataset,
    emission: Emission,
    as_of: dt.date,
) -> bool:
    """Whether all that a training-data notebook shows follows from this evidence."""
    return _proven(
        node,
        (
            bundle
            for language in LANGUAGES
            for bundle in DatasetSession(workspace, dataset, language, as_of, emission).everything()
        ),
    )


def shows_assessment(
    node: NotebookNode, inputs: FeatureInputs, found: tuple[Emission, ...]
) -> bool:
    """Whether all that an assessment notebook shows follows from assessment and evidence."""
    evidence = tuple(item.evidence for item in found)
    return _proven(
        node,
        (
            bundle
            for language in LANGUAGES
            for bundle in AssessmentSession(inputs.told_in(language), evidence).everything()
        ),
    )


def _proven(node: NotebookNode, possible: Iterator[dict[str, Any]]) -> bool:
    """Whether each thing displayed is among the possible ones; languages are tried in turn."""
    left = [
        dict(output.data)
        for cell in node.cells
        for output in cell.get("outputs", [])
        if "data" in output
    ]
    while left:
        bundle = next(possible, None)
        if bundle is None:
            return False
        left = [shown for shown in left if shown != bundle]
    return True
