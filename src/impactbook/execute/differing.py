"""`impactbook diff`: which two states are compared, and the answer as text.

A state is a sealed version, the draft, or the working state: what people have written since the
newest version, judged with that version's figures, since measuring is what `run` is for.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from impactbook.assess import record_content
from impactbook.errors import InputError, RecordError
from impactbook.execute.inputs import FeatureInputs, changed_inputs, load_inputs, sealed_record
from impactbook.execute.measuring import evidence_on
from impactbook.language import Language
from impactbook.model.changes import WORKSPACE, Changes, changes_json
from impactbook.model.record import DRAFT
from impactbook.records import conceal, newest_version, sha256
from impactbook.records.diff import State, changes_between
from impactbook.records.disclosures import fingerprint_paths
from impactbook.records.evidence import read_evidence
from impactbook.records.figures import read_figures
from impactbook.records.folders import RecordName, feature_records, is_version
from impactbook.records.manifest import FIGURES
from impactbook.workspace import Workspace, check_id

Format = Literal["text", "markdown", "json"]
_TOOLS = ("library", "notebook")


@dataclass(frozen=True)
class Compared:
    """Two states of a feature and what differs between them."""

    old: State
    new: State
    changes: Changes


def diff_text(
    workspace: Workspace,
    feature: str,
    old: str | None,
    new: str | None,
    *,
    output: Format,
    language: Language,
    as_of: dt.date,
    width: int,
) -> str:
    """What changed from `old` to `new`, as text to print; see `compared` for what is left out."""
    from impactbook.render.markdown import to_markdown
    from impactbook.render.record.since import between
    from impactbook.render.record.view import RecordView
    from impactbook.render.terminal import to_terminal

    found = compared(workspace, feature, old, new, as_of=as_of)
    if output == "json":
        return json.dumps(changes_json(found.changes), ensure_ascii=False, indent=2) + "\n"
    view = RecordView(found.new.record, tuple(found.new.figures), {}, language)
    blocks = between(view, found.changes)
    return to_markdown(blocks) if output == "markdown" else to_terminal(blocks, width=width)


def compared(
    workspace: Workspace, feature: str, old: str | None, new: str | None, *, as_of: dt.date
) -> Compared:
    """Compare two states of a feature: versions, `draft`, or `workspace`.

    Without `new` it is the newest version, or the working state where `old` is that version.
    Without both, the working state is compared with the newest version if people have changed
    anything since; otherwise the newest version with the one before it. Raises `InputError` when
    a state does not exist, `RecordError` when a record cannot be read.
    """
    check_id(feature, "feature")
    versions = [name.version for name in feature_records(workspace.outputs, feature)]
    for named in (old, new):
        _refuse_unknown(feature, named, versions)
    if not versions:
        raise InputError(
            f"{feature} has no sealed record to compare with",
            remedy=f"seal one with `impactbook run {feature}`",
        )
    first, second = _chosen(workspace, feature, old, new, versions, as_of)
    one = _state(workspace, feature, first, as_of)
    other = _state(workspace, feature, second, as_of)
    try:
        return Compared(one, other, changes_between(one, other))
    except (ValidationError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise RecordError(
            f"{feature}: {first} and {second} hold parts that cannot be compared; "
            "`impactbook verify` tells more."
        ) from None


def _refuse_unknown(feature: str, named: str | None, versions: list[str]) -> None:
    if named is None or named in (DRAFT, WORKSPACE) or named in versions:
        return
    problem = f"there is no {feature}@{named}" if is_version(named) else f"{named!r} is no version"
    has = f"it has {', '.join(versions)}" if versions else "it has no sealed record"
    raise InputError(problem, remedy=f"{has}; `{DRAFT}` and `{WORKSPACE}` can be named too")


def _chosen(
    workspace: Workspace,
    feature: str,
    old: str | None,
    new: str | None,
    versions: list[str],
    as_of: dt.date,
) -> tuple[str, str]:
    """The two states that are meant where one or both are left out."""
    newest = versions[-1]
    if old is not None:
        return old, new or (WORKSPACE if old == newest else newest)
    if _written_since(workspace, feature, newest, as_of):
        return newest, WORKSPACE
    if len(versions) < 2:
        return newest, WORKSPACE
    return versions[-2], newest


def _written_since(workspace: Workspace, feature: str, version: str, as_of: dt.date) -> bool:
    """Whether people have changed an input since a version; another library is no such change."""
    record = sealed_record(workspace, feature, version)
    if not workspace.assessment_path(feature).is_file():
        return False
    inputs = _inputs(workspace, feature, record, as_of)
    changed = changed_inputs(record, inputs.digests)
    return any(not name.startswith(_TOOLS) for name in changed)


def _inputs(
    workspace: Workspace, feature: str, record: dict[str, Any], as_of: dt.date
) -> FeatureInputs:
    told: Language = "en" if record["language"] == "en" else "de"
    return load_inputs(workspace, feature, language=told, as_of=as_of)


def _state(workspace: Workspace, feature: str, name: str, as_of: dt.date) -> State:
    if name == WORKSPACE:
        return _working_state(workspace, feature, as_of)
    record = sealed_record(workspace, feature, name)
    path = RecordName(feature, name).folder(workspace.outputs) / FIGURES
    try:
        figures = read_figures(path.read_bytes(), f"{feature}/{name}/{FIGURES}")
    except OSError:
        raise RecordError(f"{feature}/{name}/{FIGURES}: cannot be read.") from None
    return State(name, record, figures)


def _working_state(workspace: Workspace, feature: str, as_of: dt.date) -> State:
    """What would be judged now, with the figures of the newest version; internal fields sealed."""
    version = newest_version(workspace.outputs, feature) or ""
    newest = _state(workspace, feature, version, as_of)
    record = dict(newest.record)
    inputs = _inputs(workspace, feature, record, as_of)
    sealed = read_evidence(workspace.outputs, feature, version)
    evidence = evidence_on(
        workspace,
        inputs.datasets,
        sealed,
        sealed_on=dt.date.fromisoformat(record["as_of"]),
        as_of=as_of,
    )
    used = {item.id for item in inputs.datasets}
    evidence = tuple(one for one in evidence if one.dataset in used)
    stated = record_content(inputs.for_judgement(evidence))
    content, _ = conceal(stated, fingerprint_paths(stated))
    return State(
        WORKSPACE,
        {
            **record,
            **content,
            "attachments": _attachments(inputs, record["attachments"]),
            "provenance": {
                **record["provenance"],
                "inputs": dict(inputs.digests),
                "notebooks": _notebooks(inputs),
            },
        },
        tuple(figure for one in evidence for figure in one.figures),
    )


def _attachments(
    inputs: FeatureInputs, sealed: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The attachments as they are now; what sealing alone decides about them stays as it was."""
    before = {str(item.get("id")): item for item in sealed if isinstance(item, Mapping)}
    return [
        {
            **before.get(item.id, {}),
            **item.model_dump(mode="json", exclude={"file"}),
            "sha256": sha256(inputs.attachments[item.id]),
            "size": len(inputs.attachments[item.id]),
        }
        for item in inputs.loaded.assessment.attachments
    ]


def _notebooks(inputs: FeatureInputs) -> dict[str, str]:
    prefix = "notebook "
    return {
        name.removeprefix(prefix): digest
        for name, digest in inputs.digests.items()
        if name.startswith(prefix)
    }
