"""`impactbook seal`: a record from notebooks that were executed elsewhere.

Anyone could edit a notebook's outputs, so the evidence is measured again from the data, and a
notebook whose evidence differs is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode

from impactbook.errors import ImpactbookError, InputError
from impactbook.execute.composing import Executed
from impactbook.execute.inputs import ASSESSMENT_NOTEBOOK, FeatureInputs, load_inputs
from impactbook.execute.measuring import measure
from impactbook.execute.notebooks import (
    Emission,
    cleaned,
    emissions,
    emitted_contents,
    read_notebook,
)
from impactbook.execute.run import Options, Outcome, finish
from impactbook.language import Language
from impactbook.model.evidence import DatasetEvidence
from impactbook.workspace import Workspace


class EvidenceDiffersError(ImpactbookError):
    """A notebook shows other evidence than the data gives; nothing was sealed (exit code 1)."""

    exit_code = 1

    def __init__(self, notebook: Path, dataset: str) -> None:
        super().__init__(
            f"{notebook}: its evidence on {dataset!r} differs from what the data gives now; "
            "nothing was sealed, run the notebook again."
        )


def seal_notebooks(
    workspace: Workspace,
    feature: str,
    notebooks: Sequence[Path],
    *,
    language: Language | None,
    as_of: dt.date,
) -> Outcome:
    """Seal a record of `feature` from its executed notebooks.

    1. Load the feature; read the notebooks and sort them by what they hold.
    2. Every dataset needs one notebook with its evidence, and the assessment its own.
    3. Measure every dataset again; refuse evidence that differs (`EvidenceDiffersError`).
    4. Refuse an assessment notebook that showed another content.
    5. Seal as `run` does.
    """
    inputs = load_inputs(workspace, feature, language=language, as_of=as_of)
    read = {path: read_notebook(path) for path in notebooks}
    measured = {
        item.evidence.dataset: (path, item)
        for path, node in read.items()
        for item in emissions(node, str(path))
    }
    _refuse_gaps(inputs, set(measured))
    fresh: list[Emission] = []
    for dataset in inputs.datasets:
        path, shown = measured[dataset.id]
        emission = measure(workspace, dataset)
        if _comparable(emission.evidence) != _comparable(shown.evidence):
            raise EvidenceDiffersError(path, dataset.id)
        fresh.append(emission)
    assessment = _assessment_notebook(inputs, read)
    files = {
        **{f"training_data-{name}.ipynb": cleaned(read[path]) for name, (path, _) in
           measured.items() if name in {dataset.id for dataset in inputs.datasets}},
        ASSESSMENT_NOTEBOOK: cleaned(read[assessment]),
    }  # fmt: skip
    executed = Executed(tuple(fresh), files, engine="notebooks executed elsewhere")
    return finish(inputs, executed, Options(language, as_of))


def _comparable(evidence: DatasetEvidence) -> dict[str, object]:
    """Evidence without the engine's name: another version that measures the same is no change."""
    return evidence.model_dump(mode="json", exclude={"engine"})


def _refuse_gaps(inputs: FeatureInputs, measured: set[str]) -> None:
    missing = [dataset.id for dataset in inputs.datasets if dataset.id not in measured]
    if missing:
        raise InputError(
            f"no notebook holds evidence on {missing[0]!r}",
            remedy=f"run training_data.ipynb with `-p dataset {missing[0]}` and name the result",
            field=inputs.feature,
        )


def _assessment_notebook(inputs: FeatureInputs, read: dict[Path, NotebookNode]) -> Path:
    for path, node in read.items():
        for shown in emitted_contents(node):
            if shown.get("feature") != inputs.feature:
                continue
            if shown.get("assessment") != inputs.loaded.digest:
                raise InputError(
                    "shows another content than assessment.yaml has now",
                    remedy="run the notebook again",
                    file=path,
                )
            return path
    raise InputError(
        "no notebook shows the assessment",
        remedy=f"run {ASSESSMENT_NOTEBOOK} with `-p feature {inputs.feature}` and name the result",
        field=inputs.feature,
    )
