"""Putting a record's files together: what the caller gives plus what sealing decides. No I/O.

The caller composes the record and presents it; the version, the predecessor, the ledger's head and
the digests of the evidence are filled in here, and what could never be verified is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from impactbook.errors import RecordError
from impactbook.model.changes import changes_json
from impactbook.model.record import RECORD_SCHEMA, Disclosures, Record
from impactbook.records.canonical import canonical, sha256
from impactbook.records.diff import State, changes_between
from impactbook.records.disclosures import misfits, to_json, undisclosed
from impactbook.records.figures import read_figures
from impactbook.records.manifest import (
    DISCLOSURES,
    FIGURES,
    MANIFEST,
    RECORD,
    REQUIRED_FILES,
    make_manifest,
)


@dataclass(frozen=True)
class Predecessor:
    """The newest sealed record of the feature: its version, its manifest's SHA-256, its content.

    `figures` are the bytes of its `evidence/figures.csv`.
    """

    version: str
    manifest: str
    record: Mapping[str, Any]
    figures: bytes


@dataclass(frozen=True)
class SealContext:
    """What a record may depend on: the record before it and the ledger's head before sealing."""

    feature: str
    previous: Predecessor | None
    ledger_head: str | None
    draft: bool = False


@dataclass(frozen=True)
class Composition:
    """A record without the parts that sealing decides.

    `record` is the public JSON object; `schema`, `version`, `previous`, `provenance.evidence` and
    `provenance.ledger_head` are filled in here. `files` are those that do not depend on the
    version: evidence, notebooks, attachments, ballots.
    """

    record: Mapping[str, Any]
    disclosures: Disclosures = field(default_factory=Disclosures)
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class FinalRecord:
    """The record as it will be sealed; `content` holds the bytes of `record.json`."""

    record: Mapping[str, Any]
    content: bytes
    disclosures: Disclosures
    files: Mapping[str, bytes]
    context: SealContext


Compose = Callable[[SealContext], Composition]
Present = Callable[[FinalRecord], Mapping[str, bytes]]
"""Makes `record.pdf` and `record.html` (and whatever else shows the record) from it."""


def assembled(composition: Composition, context: SealContext, version: str) -> dict[str, Any]:
    """The record with the parts that sealing decides."""
    record = to_json(composition.record)
    previous = context.previous
    record["schema"] = RECORD_SCHEMA
    record["version"] = version
    record["previous"] = (
        {"version": previous.version, "manifest": previous.manifest} if previous else None
    )
    record["provenance"] = {
        **record.get("provenance", {}),
        "evidence": {
            path: sha256(content)
            for path, content in composition.files.items()
            if path.startswith("evidence/")
        },
        "ledger_head": context.ledger_head,
    }
    return dict(record)


def all_files(
    composition: Composition, context: SealContext, version: str, present: Present
) -> dict[str, bytes]:
    """Every file of the record, the manifest last."""
    record = assembled(composition, context, version)
    if context.previous is not None and FIGURES in composition.files:
        record["previous"]["changes"] = _changes(context.previous, record, composition)
    _check(record, composition.disclosures, context.feature)
    content = canonical(record)
    final = FinalRecord(record, content, composition.disclosures, composition.files, context)
    shown = present(final)
    late = [path for path in shown if path in composition.files or path.startswith("evidence/")]
    if late:
        raise RecordError(f"{context.feature}: {late[0]} was made too late for record.json.")
    files = {
        **composition.files,
        **shown,
        RECORD: content,
        DISCLOSURES: canonical(to_json(composition.disclosures)),
    }
    files.pop(MANIFEST, None)
    missing = [path for path in REQUIRED_FILES if path not in files]
    if missing:
        raise RecordError(f"{context.feature}: the record lacks {', '.join(missing)}.")
    return {**files, MANIFEST: make_manifest(context.feature, version, files)}


def _changes(
    previous: Predecessor, record: Mapping[str, Any], composition: Composition
) -> dict[str, Any]:
    """What differs from the record before, as it stands in the new record."""
    old = State(previous.version, previous.record, read_figures(previous.figures, FIGURES))
    figures = read_figures(composition.files[FIGURES], FIGURES)
    return changes_json(changes_between(old, State(str(record["version"]), record, figures)))


def _check(record: Mapping[str, Any], disclosures: Disclosures, feature: str) -> None:
    """Refuse to seal what could never be verified."""
    try:
        checked = Record.model_validate(record)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        reason = error.errors()[0]["msg"]
        raise RecordError(f"{feature}: the record's {where} cannot be sealed ({reason}).") from None
    if checked.feature.id != feature:
        raise RecordError(f"{feature}: the record speaks of another feature.")
    if misfits(record, disclosures) or undisclosed(record, disclosures):
        raise RecordError(f"{feature}: the disclosures do not open the record's internal fields.")
