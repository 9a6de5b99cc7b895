"""`impactbook seal`: a record from notebooks that were executed elsewhere.

Anyone could edit a notebook's outputs, so the evidence is measured again from the data and all
that is shown is worked out again; a notebook that differs is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbformat import NotebookNode

from impactbook.errors import ImpactbookError, InputError
from impactbook.execute.composing import Executed
from impactbook.execute.inputs import (
    ASSESSMENT_NOTEBOOK,
    DATA_NOTEBOOK,
    FeatureInputs,
    load_inputs,
)
from impactbook.execute.measuring import measure
from impactbook.execute.notebooks import (
    Emission,
    cleaned,
    emissions,
    emitted_contents,
    read_notebook,
)
from impactbook.execute.run import Options, Outcome, finish
from impactbook.execute.shown import made_from, shows_assessment, shows_dataset
from impactbook.language import Language
from impactbook.workspace import Workspace


class NotebookDiffersError(ImpactbookError):
    """A notebook shows something else than follows from the data; nothing was sealed (exit 1)."""

    exit_code = 1

    def __init__(self, notebook: Path, what: str) -> None:
        super().__init__(
            f"{notebook}: {what} differs from what the data and the assessment give now; "
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

    1. Load the feature; read the notebooks and find the one of each dataset and the assessment's.
    2. Refuse notebooks of other cells, of another content or of another day (`InputError`).
    3. Measure every dataset again; refuse other evidence (`NotebookDiffersError`).
    4. Work out again what the notebooks show; refuse anything else (`NotebookDiffersError`).
    5. Seal as `run` does.
    """
    inputs = load_inputs(workspace, feature, language=language, as_of=as_of)
    read = {path: read_notebook(path) for path in notebooks}
    measured = _data_notebooks(inputs, read)
    assessment = _assessment_notebook(inputs, read)
    for path, name in [
        *((path, DATA_NOTEBOOK) for path, _ in measured.values()),
        (assessment, ASSESSMENT_NOTEBOOK),
    ]:
        _refuse_other_cells(inputs, path, read[path], name)
    fresh: list[Emission] = []
    for dataset in inputs.datasets:
        path, shown = measured[dataset.id]
        emission = measure(workspace, dataset, as_of)
        if _comparable(emission) != _comparable(shown):
            raise NotebookDiffersError(path, f"its evidence on {dataset.id!r}")
        if not shows_dataset(read[path], workspace, dataset, shown, as_of):
            raise NotebookDiffersError(path, "what it shows")
        fresh.append(emission)
    told = tuple(shown for _, shown in measured.values())
    if not shows_assessment(read[assessment], inputs, told):
        raise NotebookDiffersError(assessment, "what it shows")
    files = {
        **{f"training_data-{name}.ipynb": cleaned(read[path])
           for name, (path, _) in measured.items()},
        ASSESSMENT_NOTEBOOK: cleaned(read[assessment]),
    }  # fmt: skip
    executed = Executed(tuple(fresh), files, engine="notebooks executed elsewhere")
    return finish(inputs, executed, Options(language, as_of))


def _comparable(emission: Emission) -> list[object]:
    """Evidence without the engine's name: another version that measures the same is no change."""
    evidence = emission.evidence.model_dump(mode="json", exclude={"engine"})
    validations = {key: value for key, value in emission.validations.items() if key != "engine"}
    return [evidence, validations]


def _data_notebooks(
    inputs: FeatureInputs, read: Mapping[Path, NotebookNode]
) -> dict[str, tuple[Path, Emission]]:
    """For each dataset of the feature the one notebook with its evidence."""
    found: dict[str, list[tuple[Path, Emission]]] = {item.id: [] for item in inputs.datasets}
    for path, node in read.items():
        for emission in emissions(node, str(path)):
            found.get(emission.evidence.dataset, []).append((path, emission))
    for dataset, holders in found.items():
        if not holders:
            raise InputError(
                f"no notebook holds evidence on {dataset!r}",
                remedy=f"run {DATA_NOTEBOOK} with `-p dataset {dataset}` and name the result",
                field=inputs.feature,
            )
        if len(holders) > 1:
            raise InputError(
                f"holds evidence on {dataset!r}, and so does another notebook or cell",
                remedy="name one notebook for each dataset",
                file=holders[1][0],
            )
    return {dataset: holders[0] for dataset, holders in found.items()}


def _refuse_other_cells(inputs: FeatureInputs, path: Path, node: NotebookNode, name: str) -> None:
    if not made_from(node, inputs.digests[f"notebook {name}"]):
        raise InputError(
            f"was not made from notebooks/{name} as it is now",
            remedy="run that notebook again",
            file=path,
        )


def _assessment_notebook(inputs: FeatureInputs, read: Mapping[Path, NotebookNode]) -> Path:
    for path, node in read.items():
        for shown in emitted_contents(node):
            if shown.get("feature") != inputs.feature:
                continue
            if shown.get("assessment") != inputs.loaded.shown:
                raise InputError(
                    "shows another content than assessment.yaml has now",
                    remedy="run the notebook again",
                    file=path,
                )
            if shown.get("as_of") != inputs.as_of.isoformat():
                raise InputError(
                    f"was made as of another day than {inputs.as_of.isoformat()}",
                    remedy="run the notebook again, or give its day with --as-of",
                    file=path,
                )
            return path
    raise InputError(
        "no notebook shows the assessment",
        remedy=f"run {ASSESSMENT_NOTEBOOK} with `-p feature {inputs.feature}` and name the result",
        field=inputs.feature,
    )
