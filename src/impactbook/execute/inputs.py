"""Everything one run of a feature rests on, loaded and digested before anything is executed.

Mistakes in files people wrote surface here, while nothing has been started. The digests decide
whether a feature is unchanged since its newest record, and whether a gate's record is stale.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

import impactbook
from impactbook.assess import Inputs, assess
from impactbook.assess.gate import judge
from impactbook.errors import InputError, RecordError
from impactbook.execute.measuring import evidence_on
from impactbook.frameworks.loader import pack_digest, packs_for
from impactbook.frameworks.rulebook import rules_digest, shipped_rules
from impactbook.frameworks.sharing import asked_packs
from impactbook.language import Language
from impactbook.model.evidence import DatasetEvidence
from impactbook.model.framework import Pack
from impactbook.model.record import Disclosures, Record
from impactbook.records.canonical import sha256
from impactbook.records.disclosures import ASSESSMENT_INPUT, SEALED, seal_value
from impactbook.records.folders import read_disclosures, read_record
from impactbook.records.manifest import RECORD
from impactbook.workspace import LoadedAssessment, LoadedDataset, Workspace
from impactbook.workspace.digests import data_digest
from impactbook.workspace.reading import nearest

ASSESSMENT_NOTEBOOK = "impact_assessment.ipynb"
DATA_NOTEBOOK = "training_data.ipynb"


@dataclass(frozen=True)
class FeatureInputs:
    """One feature's loaded files; `digests` names every input that can change a record."""

    workspace: Workspace
    loaded: LoadedAssessment
    datasets: tuple[LoadedDataset, ...]
    packs: tuple[Pack, ...]
    attachments: Mapping[str, bytes]
    language: Language
    as_of: dt.date
    digests: Mapping[str, str]

    @property
    def feature(self) -> str:
        """The feature's id."""
        return self.loaded.feature

    def told_in(self, language: Language) -> FeatureInputs:
        """The same inputs, shown in another language."""
        return replace(self, language=language)

    def for_judgement(self, evidence: tuple[DatasetEvidence, ...]) -> Inputs:
        """The inputs of `assess`, with the evidence measured."""
        return Inputs(
            feature=self.feature,
            assessment=self.loaded.assessment,
            content=self.loaded.content,
            packs=self.packs,
            evidence=evidence,
            policy=self.workspace.settings.gate,
            as_of=self.as_of,
            language=self.language,
            rules=shipped_rules(),
        )


def load_inputs(
    workspace: Workspace, feature: str, *, language: Language | None, as_of: dt.date
) -> FeatureInputs:
    """Load a feature with its datasets, packs and attachments; raises `InputError`.

    Data files are read once to take their fingerprint, references through their declaration.
    """
    loaded = workspace.load_assessment(feature)
    named = loaded.assessment.feature.datasets
    datasets = tuple(
        workspace.load_dataset(dataset)
        for dataset in dict.fromkeys((*named.training, *named.evaluation))
    )
    packs = load_packs(workspace)
    attachments = _attachments(workspace, loaded)
    refuse_ballots(workspace, feature)
    chosen: Language = language or workspace.settings.language
    return FeatureInputs(
        workspace=workspace,
        loaded=loaded,
        datasets=datasets,
        packs=packs,
        attachments=attachments,
        language=chosen,
        as_of=as_of,
        digests={
            "assessment": loaded.digest,
            "settings": workspace.settings_digest,
            "language": sha256(chosen.encode()),
            "library": sha256(impactbook.__version__.encode()),
            **{f"attachment {name}": sha256(content) for name, content in attachments.items()},
            **{f"pack {pack.id}": pack_digest(pack) for pack in packs},
            **{f"rules {rules.id}": rules_digest(rules) for rules in shipped_rules()},
            **_dataset_digests(workspace, datasets),
            **{
                f"notebook {name}": notebook_digest(workspace, name)
                for name in (ASSESSMENT_NOTEBOOK, *([DATA_NOTEBOOK] if datasets else []))
            },
        },
    )


def load_packs(workspace: Workspace) -> tuple[Pack, ...]:
    """The question packs the workspace asks; raises `InputError` for one that does not exist."""
    known = packs_for(_own_packs(workspace))
    for name in workspace.settings.frameworks:
        if name not in known:
            raise InputError(
                f"there is no framework pack {name!r}",
                remedy=nearest(name, sorted(known)),
                file="impactbook.toml",
                field="frameworks",
            )
    return asked_packs(known, workspace.settings.frameworks)


def _own_packs(workspace: Workspace) -> dict[str, bytes]:
    """The packs of a company's own, in the workspace's folder `frameworks`."""
    folder = workspace.frameworks
    try:
        return {
            workspace.relative(file): file.read_bytes() for file in sorted(folder.glob("*.yaml"))
        }
    except OSError:
        raise InputError(
            "a question pack cannot be read", remedy="look at its permissions", file=folder
        ) from None


def notebook_digest(workspace: Workspace, name: str) -> str:
    """The digest of a notebook's cells; outputs and metadata do not count."""
    path = workspace.notebook(name)
    try:
        return digest_of_cells(json.loads(path.read_bytes())["cells"])
    except (ValueError, KeyError, TypeError):
        raise InputError(
            "is not a readable notebook",
            remedy="restore it, or copy it from a workspace that `impactbook init` made",
            file=workspace.relative(path),
        ) from None


def digest_of_cells(cells: Sequence[Mapping[str, Any]]) -> str:
    """The digest of what stands in cells."""
    return data_digest([[cell["cell_type"], "".join(cell["source"])] for cell in cells])


def refuse_ballots(workspace: Workspace, feature: str) -> None:
    """Stop at ballots on file: this version cannot count them, and must not leave votes out."""
    folder = workspace.assessment_path(feature).parent / "ballots"
    for path in sorted(folder.glob("*.jsonl")):
        if path.stat().st_size:
            raise InputError(
                "holds ballots, which this impactbook cannot count yet",
                remedy="install an impactbook with workshops, or move the file away",
                file=workspace.relative(path),
            )


def sealed_record(workspace: Workspace, feature: str, version: str) -> dict[str, Any]:
    """A record (or the `draft`) whose parts may be relied on to be there, its inputs in the open.

    Raises `RecordError` when it cannot be read or does not follow its schema; whether it is still
    what was sealed, only verifying tells.
    """
    record = read_record(workspace.outputs, feature, version)
    try:
        Record.model_validate(record)
        _open_inputs(record, read_disclosures(workspace.outputs, feature, version))
    except ValidationError:
        raise RecordError(
            f"{feature}/{version}/{RECORD}: does not follow its schema; "
            "`impactbook verify` tells more."
        ) from None
    return record


def _open_inputs(record: dict[str, Any], disclosures: Disclosures) -> None:
    """Put the assessment's digest back in place; after an erasure it stays sealed, and differs."""
    inputs = record["provenance"]["inputs"]
    for entry in disclosures.entries:
        if entry.path == ASSESSMENT_INPUT and SEALED in inputs["assessment"]:
            fits = inputs["assessment"][SEALED] == seal_value(entry.value, entry.salt)
            inputs["assessment"] = entry.value if fits else inputs["assessment"]


def changed_inputs(record: Mapping[str, Any], digests: Mapping[str, str]) -> list[str]:
    """Names of inputs that differ from those the record names, sorted; empty when all agree."""
    before = record["provenance"]["inputs"]
    return sorted(name for name in {*before, *digests} if before.get(name) != digests.get(name))


def dated_result_changed(
    record: Mapping[str, Any], inputs: FeatureInputs, evidence: tuple[DatasetEvidence, ...]
) -> bool:
    """Whether a dated rule (overdue, review due, kept too long) judges differently on this day than on record."""
    today = evidence_on(
        inputs.workspace,
        inputs.datasets,
        evidence,
        sealed_on=dt.date.fromisoformat(record["as_of"]),
        as_of=inputs.as_of,
    )
    findings = assess(inputs.for_judgement(today)).findings
    now = [item.model_dump(mode="json", by_alias=True) for item in findings]
    return bool(now != record["findings"] or judge(findings).status != record["gate"]["status"])


def _attachments(workspace: Workspace, loaded: LoadedAssessment) -> dict[str, bytes]:
    folder = loaded.path.parent / "attachments"
    contents = {}
    for item in loaded.assessment.attachments:
        path = folder / item.file
        inside = path.resolve().is_relative_to(folder.resolve())
        if not inside or not path.is_file():
            raise InputError(
                f"the attachment {item.id!r} names a file that is not in attachments/",
                remedy="put the file there or correct its name",
                file=workspace.relative(loaded.path),
                field=f"attachments[{item.id}].file",
            )
        contents[item.id] = path.read_bytes()
    return contents


def _dataset_digests(workspace: Workspace, datasets: tuple[LoadedDataset, ...]) -> dict[str, str]:
    from impactbook.checks.fingerprints import data_fingerprint, reference_digests

    digests: dict[str, str] = {}
    for item in datasets:
        digests[f"declaration {item.id}"] = item.digest
        digests[f"data {item.id}"] = data_fingerprint(
            item.dataset, folder=workspace.data_checks, name=workspace.relative(item.path)
        )
        digests |= reference_digests(item.dataset, references=workspace.references)
    return digests
