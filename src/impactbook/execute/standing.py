"""Where the features stand: newest record, gate, and whether an input changed since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from impactbook.assess import may_go_live
from impactbook.errors import ImpactbookError, InputError
from impactbook.execute.inputs import (
    FeatureInputs,
    changed_inputs,
    dated_result_changed,
    load_inputs,
    load_packs,
    sealed_record,
)
from impactbook.model.record import DRAFT
from impactbook.records.evidence import read_evidence
from impactbook.records.folders import list_records, newest_version
from impactbook.records.verify import verify
from impactbook.workspace import Workspace

STALE = "stale"
NOT_VERIFIED = "not_verified"


@dataclass(frozen=True)
class Standing:
    """One line of `impactbook status`; `content` is the digest that sign-offs must name."""

    feature: str
    version: str = "-"
    gate: str = "-"
    created: str = "-"
    content: str = "-"
    since: str = ""


@dataclass(frozen=True)
class GateVerdict:
    """The answer to "may it go live?", with the findings that decide: id and sentence."""

    version: str
    status: str
    reasons: tuple[str, ...]
    holds: bool


def standings(workspace: Workspace, today: dt.date) -> list[Standing]:
    """Every feature's standing; a file that cannot be read is told in its line.

    Features that have records but no assessment any more are listed too. Raises `InputError` for
    mistakes in the settings, which are no single feature's.
    """
    load_packs(workspace)
    sealed = {name.feature for name in list_records(workspace.outputs)}
    features = sorted(sealed | set(workspace.features()))
    return [_standing(workspace, feature, today) for feature in features]


def gate_verdict(
    workspace: Workspace, feature: str, today: dt.date, *, draft: bool = False
) -> GateVerdict:
    """Judge the newest sealed record, or the draft.

    No record, a record that does not verify and a stale record do not hold. Raises `InputError`
    when the feature does not exist or its files cannot be read, `RecordError` for a broken draft.
    """
    workspace.load_assessment(feature)
    version = DRAFT if draft else newest_version(workspace.outputs, feature)
    if version is None or (draft and not (workspace.outputs / feature / DRAFT).is_dir()):
        return GateVerdict("-", STALE, ("no_draft" if draft else "no_record",), holds=False)
    doubts = () if draft else _doubts(workspace, feature, version)
    if doubts:
        return GateVerdict(version, NOT_VERIFIED, doubts, holds=False)
    record = sealed_record(workspace, feature, version)
    inputs = load_inputs(workspace, feature, language=record["language"], as_of=today)
    changed = changes_since(inputs, record, version)
    if changed:
        return GateVerdict(
            version, STALE, tuple(f"{STALE}: {name}" for name in changed), holds=False
        )
    return GateVerdict(
        version,
        str(record["gate"]["status"]),
        tuple(_in_words(record)),
        holds=may_go_live(record),
    )


def _in_words(record: dict[str, Any]) -> Iterator[str]:
    """Each deciding finding as "id: sentence", in the record's language."""
    from impactbook.render.blocks import plain_text
    from impactbook.render.record.findings import said
    from impactbook.render.record.view import RecordView

    view = RecordView(record, (), {}, "en" if record["language"] == "en" else "de")
    deciding = set(record["gate"]["reasons"])
    for finding in record["findings"]:
        if finding["id"] in deciding:
            yield f"{finding['id']}: {plain_text(said(view, finding))}"


def _doubts(workspace: Workspace, feature: str, version: str) -> tuple[str, ...]:
    """Why a record is not to be relied on: the steps of its verification that do not hold."""
    try:
        reports = verify(workspace.outputs, feature, version)
    except InputError:
        return (f"{NOT_VERIFIED}: its sealing was not finished",)
    return tuple(
        f"{NOT_VERIFIED}: {step.name} ({step.detail})"
        for report in reports
        for step in report.steps
        if step.ok is not True
    )


def changes_since(inputs: FeatureInputs, record: dict[str, Any], version: str) -> list[str]:
    """What differs from the inputs a record names, and `date` when a dated rule judges anew."""
    changed = changed_inputs(record, inputs.digests)
    if not changed:
        evidence = read_evidence(inputs.workspace.outputs, inputs.feature, version)
        if dated_result_changed(record, inputs, evidence):
            changed = ["date"]
    return changed


def _standing(workspace: Workspace, feature: str, today: dt.date) -> Standing:
    standing = Standing(feature)
    try:
        version = newest_version(workspace.outputs, feature)
        if version is None:
            loaded = workspace.load_assessment(feature)
            return replace(standing, content=loaded.content, since="never run")
        record = sealed_record(workspace, feature, version)
        standing = replace(
            standing,
            version=version,
            gate=str(record["gate"]["status"]),
            created=str(record["created"])[:10],
        )
        inputs = load_inputs(workspace, feature, language=record["language"], as_of=today)
        changed = changes_since(inputs, record, version)
        since = f"changed: {', '.join(changed)}" if changed else "unchanged"
        return replace(standing, content=inputs.loaded.content, since=since)
    except ImpactbookError as error:
        return replace(standing, since=str(error))
