"""Running features: notebooks executed, evidence collected, the record sealed.

The plan for one feature: load everything, stop if nothing changed, measure each dataset in its
notebook, show the assessment in its notebook, then seal (or write the draft). Until the last step
nothing under `outputs/` is touched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from impactbook.errors import RecordError
from impactbook.execute.composing import Executed, compose, present
from impactbook.execute.inputs import (
    ASSESSMENT_NOTEBOOK,
    DATA_NOTEBOOK,
    FeatureInputs,
    changed_inputs,
    dated_result_changed,
    load_inputs,
    sealed_record,
)
from impactbook.execute.notebooks import (
    Emission,
    NotebookFailedError,
    cleaned,
    emissions,
    execute,
    read_notebook,
)
from impactbook.execute.signing import stamp_trouble
from impactbook.execute.tracking import Progress, log, scratch
from impactbook.files import write_atomically
from impactbook.language import Language
from impactbook.model.evidence import DatasetEvidence
from impactbook.records.evidence import read_evidence
from impactbook.records.folders import newest_version
from impactbook.records.seal import seal, write_draft
from impactbook.records.verify import verify_record
from impactbook.workspace import Workspace


@dataclass(frozen=True)
class Options:
    """What the person asked for."""

    language: Language | None
    as_of: dt.date
    draft: bool = False
    force: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one feature: its version, gate and whether anything was sealed.

    `message` says why nothing came of it, `trouble` which checks could not run though it did, and
    `note` what else to know.
    """

    feature: str
    status: Literal["sealed", "unchanged", "draft", "failed", "wrong_input"]
    version: str = ""
    gate: str = ""
    message: str = ""
    folder: str = ""
    trouble: str = ""
    note: str = ""


def run_feature(
    workspace: Workspace, feature: str, options: Options, progress: Progress = lambda *_: None
) -> Outcome:
    """Run one feature to a sealed record, a draft, or "unchanged".

    Raises `InputError` for what people wrote wrongly, `RunFailedError` when a notebook fails,
    `StorageError` and `RecordError` from sealing. Nothing half-made is left behind.
    """
    inputs = load_inputs(workspace, feature, language=options.language, as_of=options.as_of)
    if not options.draft and not options.force:
        unchanged = _unchanged(inputs)
        if unchanged is not None:
            return unchanged
    with log(workspace, feature, progress) as note, scratch(workspace, feature) as folder:
        executed = _execute_all(inputs, folder, note)
        _refuse_changed(inputs, executed)
        note("sealing" if not options.draft else "writing the draft")
        return finish(inputs, executed, options)


def _unchanged(inputs: FeatureInputs) -> Outcome | None:
    """The newest record, when every input and every dated result is as it names them."""
    outputs = inputs.workspace.outputs
    version = newest_version(outputs, inputs.feature)
    if version is None:
        return None
    record = sealed_record(inputs.workspace, inputs.feature, version)
    if changed_inputs(record, inputs.digests):
        return None
    if not verify_record(outputs, inputs.feature, version).holds:
        raise RecordError(
            f"{inputs.feature}@{version}: the record or the ledger does not verify; "
            f"`impactbook verify {inputs.feature}@{version}` tells more."
        )
    evidence = read_evidence(outputs, inputs.feature, version)
    if dated_result_changed(record, inputs, evidence) or _could_not_run(evidence):
        return None
    folder = inputs.workspace.relative(outputs / inputs.feature / version)
    return Outcome(
        inputs.feature, "unchanged", version, str(record["gate"]["status"]), folder=folder
    )


def _refuse_changed(inputs: FeatureInputs, executed: Executed) -> None:
    """Stop when a file changed under the run: the record would contradict itself."""
    again = load_inputs(
        inputs.workspace, inputs.feature, language=inputs.language, as_of=inputs.as_of
    )
    changed = [name for name in inputs.digests if again.digests.get(name) != inputs.digests[name]]
    changed += [
        f"data {item.evidence.dataset}"
        for item in executed.emissions
        if item.evidence.fingerprint != inputs.digests[f"data {item.evidence.dataset}"]
    ]
    if changed:
        names = ", ".join(dict.fromkeys(changed))
        raise NotebookFailedError(f"changed while the run was going on: {names}; run again")


def _execute_all(inputs: FeatureInputs, folder: Path, note: Callable[[str], None]) -> Executed:
    """Run every notebook of the feature; the assessment's comes last and reads the evidence."""
    workspace, root = inputs.workspace, inputs.workspace.root
    evidence_folder = folder / "evidence"
    found: list[Emission] = []
    notebooks: dict[str, bytes] = {}
    shared = {
        "workspace": ".",
        "language": inputs.language,
        "as_of": inputs.as_of.isoformat(),
    }
    for dataset in inputs.datasets:
        note(f"measuring {dataset.id}")
        target = folder / f"training_data-{dataset.id}.ipynb"
        execute(
            workspace.notebook(DATA_NOTEBOOK),
            target,
            {"dataset": dataset.id, **shared},
            root=root,
        )
        node = read_notebook(target)
        emitted = emissions(node, target.name)
        if [item.evidence.dataset for item in emitted] != [dataset.id]:
            raise NotebookFailedError(f"{DATA_NOTEBOOK} left no evidence for {dataset.id}")
        found += emitted
        notebooks[target.name] = cleaned(node)
        write_atomically(
            evidence_folder / f"{dataset.id}.json",
            emitted[0].evidence.model_dump_json(by_alias=True).encode("utf-8"),
        )
    note("showing the assessment")
    target = folder / ASSESSMENT_NOTEBOOK
    parameters = {
        "feature": inputs.feature,
        **shared,
        "evidence": evidence_folder.relative_to(root).as_posix(),
    }
    execute(workspace.notebook(ASSESSMENT_NOTEBOOK), target, parameters, root=root)
    notebooks[target.name] = cleaned(read_notebook(target))
    return Executed(tuple(found), notebooks, engine="papermill")


def finish(inputs: FeatureInputs, executed: Executed, options: Options) -> Outcome:
    """Seal the record of an executed feature, or write its draft."""
    workspace, feature = inputs.workspace, inputs.feature
    composition = compose(inputs, executed)
    gate = str(composition.record["gate"]["status"])
    trouble = _trouble(feature, tuple(item.evidence for item in executed.emissions))
    if options.draft:
        place = write_draft(
            workspace.outputs,
            feature,
            compose=lambda _: composition,
            present=present,
        )
        folder = workspace.relative(place)
        return Outcome(feature, "draft", "draft", gate, folder=folder, trouble=trouble)
    sealed = seal(
        workspace.outputs,
        feature,
        compose=lambda _: composition,
        present=present,
        force=options.force,
    )
    status: Literal["sealed", "unchanged"] = (
        "unchanged" if sealed.decision.kind == "unchanged" else "sealed"
    )
    folder = workspace.relative(sealed.path)
    note = stamp_trouble(workspace) if status == "sealed" else ""
    return Outcome(feature, status, sealed.version, gate, folder=folder, trouble=trouble, note=note)


_NOT_RUN = {"exception", "rows_not_counted", "row_count_differs", "no_rows"}
"""Problems of a check that lie with its running, not with the data or its declaration."""


def _could_not_run(evidence: Iterable[DatasetEvidence]) -> list[str]:
    return [
        f"{check.check} {check.attribute}".strip() + f" on {item.dataset}"
        for item in evidence
        for check in item.checks
        if check.problem in _NOT_RUN
    ]


def _trouble(feature: str, evidence: Iterable[DatasetEvidence]) -> str:
    failed = _could_not_run(evidence)
    if not failed:
        return ""
    return f"{feature}: could not run and count as not measured: {', '.join(failed)}."
