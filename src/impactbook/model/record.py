"""The files of a sealed record as models: record, manifest, disclosures, and the ledger's lines.

A record stays a JSON object whose parts come from other models; here its top-level keys and their
types are fixed, so that it has a JSON Schema and a stranger can read it. How these files are
written, chained and verified stands in `records`.
"""

from __future__ import annotations

import posixpath
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from impactbook.language import Language
from impactbook.model.base import Digest, Identifier, Model
from impactbook.model.changes import Changes

RECORD_SCHEMA: Final = "impactbook/record/1"
MANIFEST_SCHEMA: Final = "impactbook/manifest/1"
DISCLOSURES_SCHEMA: Final = "impactbook/disclosures/1"
LEDGER_SCHEMA: Final = "impactbook/ledger/1"
DRAFT = "draft"

_NUMBER = r"(0|[1-9][0-9]{0,8})"
VERSION_PATTERN = rf"^{_NUMBER}\.{_NUMBER}\.{_NUMBER}$"
Version = Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]
VersionOrDraft = Annotated[str, StringConstraints(pattern=rf"{VERSION_PATTERN}|^{DRAFT}$")]
Timestamp = Annotated[
    str,
    StringConstraints(
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$"
    ),
]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Pointer = Annotated[str, StringConstraints(pattern=r"^(/([^/~]|~[01])*)+$")]
Salt = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
GateStatus = Literal["pass", "conditional", "blocked", "prohibited"]

JsonObject = dict[str, JsonValue]


def relative_path(path: str) -> str:
    """Check that `path` names a file inside the record's folder; raise ValueError if it does not.

    Parts are joined with `/`; a part that is empty, hidden behind `..` or holds a backslash or a
    control character could mean another file on another system.

    >>> relative_path("evidence/figures.csv")
    'evidence/figures.csv'
    """
    plain = path.isprintable() and "\\" not in path and ":" not in path
    inside = posixpath.normpath(path) == path and not path.startswith(("/", ".."))
    if not (path and plain and inside and path != "."):
        raise ValueError("is not a plain path inside the record's folder")
    return path


RelativePath = Annotated[str, AfterValidator(relative_path)]


class RecordFeature(Model):
    """The feature's id and whatever else the assessment says about it."""

    model_config = ConfigDict(extra="allow")

    id: Identifier


class GateResult(Model):
    """The gate's verdict and why; `assess` may add keys of its own."""

    model_config = ConfigDict(extra="allow")

    status: GateStatus
    reasons: tuple[JsonValue, ...]


class PreviousRecord(Model):
    """The record this one follows, named by its version and the SHA-256 of its manifest.

    `changes` says what differs from it; records sealed before it was known have none.
    """

    version: Version
    manifest: Digest
    changes: Changes | None = None


class SealedField(Model):
    """What stands in place of an internal field: the SHA-256 of its salt and value."""

    sealed: Digest


class Provenance(Model):
    """What a record was made from and with.

    `inputs` names every input's SHA-256 (the assessment's is sealed, since the assessment holds
    names), `evidence` that of each file under `evidence/`,
    `ledger_head` the hash of the ledger's last line before sealing (null for the first record).
    """

    inputs: dict[str, Digest | SealedField]
    evidence: dict[RelativePath, Digest] = {}
    notebooks: dict[str, JsonValue] = {}
    packages: dict[str, JsonValue] = {}
    git_commit: str | None = None
    engine: JsonValue = None
    ledger_head: Digest | None = None


class Record(Model):
    """The top level of `record.json`; the parts are JSON of the models named like them."""

    schema_: Literal["impactbook/record/1"] = Field(alias="schema")
    feature: RecordFeature
    version: VersionOrDraft
    created: Timestamp
    as_of: Day
    language: Language
    assessment: JsonObject
    stakeholders: tuple[JsonValue, ...]
    ballots: tuple[JsonValue, ...]
    impacts: tuple[JsonValue, ...]
    frameworks: tuple[JsonValue, ...]
    evidence: tuple[JsonValue, ...]
    findings: tuple[JsonValue, ...]
    actions: tuple[JsonValue, ...]
    decision: JsonObject | None
    gate: GateResult
    attachments: tuple[JsonValue, ...]
    provenance: Provenance
    previous: PreviousRecord | None


class ManifestFile(Model):
    """One file of a record: its path in the folder, its size in bytes, its SHA-256."""

    path: RelativePath
    size: int = Field(ge=0)
    sha256: Digest


class CoveredFile(Model):
    """A file whose parts are covered one by one by digests in another file.

    `disclosures.json` is one: leaving out an entry must not break the manifest.
    """

    path: RelativePath
    covered_by: Literal["record.json"]


def _path_of(file: ManifestFile | CoveredFile) -> str:
    return file.path


class Manifest(Model):
    """Every file of a record but the manifest itself, sorted by path."""

    schema_: Literal["impactbook/manifest/1"] = Field(default=MANIFEST_SCHEMA, alias="schema")
    feature: Identifier
    version: VersionOrDraft
    files: tuple[ManifestFile | CoveredFile, ...]

    @model_validator(mode="after")
    def _sorted_and_distinct(self) -> Manifest:
        paths = [_path_of(file) for file in self.files]
        if paths != sorted(set(paths)):
            raise ValueError("the files are not sorted, or one is named twice")
        return self


class Disclosure(Model):
    """One internal field in the open: where it stands in `record.json`, its salt, its value."""

    path: Pointer
    salt: Salt
    value: JsonValue


class Disclosures(Model):
    """All disclosed internal fields of a record, sorted by path."""

    schema_: Literal["impactbook/disclosures/1"] = Field(default=DISCLOSURES_SCHEMA, alias="schema")
    entries: tuple[Disclosure, ...] = ()

    @model_validator(mode="after")
    def _sorted_and_distinct(self) -> Disclosures:
        paths = [entry.path for entry in self.entries]
        if paths != sorted(set(paths)):
            raise ValueError("the entries are not sorted, or a field is disclosed twice")
        return self


class _Line(Model):
    """What every line of the ledger holds; `hash` is the SHA-256 of the line without `hash`."""

    schema_: Literal["impactbook/ledger/1"] = Field(default=LEDGER_SCHEMA, alias="schema")
    seq: int = Field(ge=1)
    feature: Identifier
    version: Version
    manifest: Digest
    previous: Digest | None
    created: Timestamp
    hash: Digest


class SealLine(_Line):
    """A record was sealed: `manifest` is the SHA-256 of its `manifest.json`."""

    kind: Literal["seal"] = "seal"


class EraseLine(_Line):
    """Internal fields of a sealed record were erased, and the files that showed them rebuilt.

    `fields` are the paths of the disclosures that are gone, `files` the rebuilt files, which
    count instead of the manifest's entries of the same paths.
    """

    kind: Literal["erase"] = "erase"
    fields: tuple[Pointer, ...] = Field(min_length=1)
    reason: str = Field(min_length=1)
    files: tuple[ManifestFile, ...]


class SignLine(_Line):
    """A sealed record was signed: what `record.signed.pdf` became by it.

    `size` and `sha256` are those of the whole file, `signer` is the SHA-256 of the signer's
    certificate (DER). The name stands in the certificate alone: a line can never be erased.
    """

    kind: Literal["sign"] = "sign"
    size: int = Field(ge=1)
    sha256: Digest
    signer: Digest


LedgerLine = Annotated[SealLine | EraseLine | SignLine, Field(discriminator="kind")]
LEDGER_LINE: TypeAdapter[SealLine | EraseLine | SignLine] = TypeAdapter(LedgerLine)


def record_json_schema() -> dict[str, Any]:
    """The published JSON Schema of `record.json`."""
    return Record.model_json_schema(by_alias=True)
