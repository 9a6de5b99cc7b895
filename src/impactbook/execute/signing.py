"""`impactbook sign`: from what was typed to a signature, and the time stamp of the ledger after it.

Settings, the record's language and the pass phrase meet here; the signing itself is
`records.signing`.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from impactbook.errors import ImpactbookError, InputError
from impactbook.language import say
from impactbook.records import newest_version, read_record
from impactbook.records.folders import RecordName
from impactbook.records.signing.keys import read_key
from impactbook.records.signing.pdf import SigningWords
from impactbook.records.signing.sign import sign_record
from impactbook.records.signing.trust import Trust, read_roots
from impactbook.records.timestamps import stamp_head
from impactbook.workspace import Workspace, check_id

ENVIRONMENT = "IMPACTBOOK_PASSPHRASE"
"""The environment variable that holds the key's pass phrase where nobody can be asked."""


@dataclass(frozen=True)
class SignedRecord:
    """What was signed, which signature it is, where; `trouble` when a time stamp was not had."""

    name: str
    number: int
    path: str
    trouble: str = ""


def sign_target(
    workspace: Workspace,
    target: str,
    key_file: Path,
    *,
    certificate: Path | None = None,
    reason: str | None = None,
    name: str | None = None,
) -> SignedRecord:
    """Sign `FEATURE` (its newest record) or `FEATURE@VERSION` with a key from a file.

    Raises `InputError` for a record or key that cannot be used, `RecordError` for a record that
    does not verify, `ServiceError` when the configured time-stamp service fails, `StorageError`
    when the system refuses.
    """
    record = _record_of(workspace, target)
    language = read_record(workspace.outputs, record.feature, record.version)["language"]
    now = dt.datetime.now(dt.UTC)
    key = read_key(key_file, certificate, ask_passphrase, now=now)
    service = workspace.settings.signing.time_stamp_service
    field = say("record", "signature-field", "en" if language == "en" else "de", number="{number}")
    signed = sign_record(
        workspace.outputs,
        record,
        key,
        words=SigningWords(field, reason, name),
        created=now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        service=service,
    )
    path = workspace.relative(signed.path)
    return SignedRecord(str(record), signed.number, path, stamp_trouble(workspace))


def stamp_trouble(workspace: Workspace) -> str:
    """Let the configured service stamp the ledger's head; one sentence when that failed.

    A record is sealed or signed without it, so this is no failure of theirs; without a service
    nothing is sent and nothing is said.
    """
    service = workspace.settings.signing.time_stamp_service
    if service is None:
        return ""
    try:
        stamp_head(workspace.outputs, service)
    except ImpactbookError as error:
        return f"the ledger's head was not time-stamped: {error}"
    return ""


def trust_of(workspace: Workspace | None, more: Sequence[Path] = ()) -> Trust:
    """Whom the settings trust, and the roots in `more`, which count for time stamps as well."""
    extra = read_roots(more, field="--trust")
    if workspace is None:
        return Trust(extra, extra)
    signing = workspace.settings.signing
    roots = _roots(workspace, signing.trust_roots, "signing.trust_roots")
    stamps = _roots(workspace, signing.time_stamp_trust_roots, "signing.time_stamp_trust_roots")
    return Trust((*extra, *roots), (*extra, *(stamps or roots)))


def _roots(workspace: Workspace, names: Sequence[str], field: str) -> tuple[bytes, ...]:
    return read_roots([workspace.root / name for name in names], field=field)


def _record_of(workspace: Workspace, target: str) -> RecordName:
    feature, at, version = target.partition("@")
    check_id(feature, "feature")
    newest = version if at else newest_version(workspace.outputs, feature)
    if newest is None:
        raise InputError(
            f"there is no sealed record of {feature}",
            remedy=f"`impactbook run {feature}` seals one",
            file=workspace.relative(workspace.outputs),
        )
    return RecordName(feature, newest)


def ask_passphrase() -> str:
    """The pass phrase from the environment, else from a prompt that does not show it.

    Raises `InputError` when nobody can be asked.
    """
    given = os.environ.get(ENVIRONMENT)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise InputError(
            "the key needs a pass phrase, and nobody can be asked here",
            remedy=f"set {ENVIRONMENT} for this one command",
            field="--key",
        )
    from getpass import getpass

    return getpass("Pass phrase of the key: ")
