"""Finding and reading sealed records: `outputs/<feature>/<version>/`.

Names beginning with a dot (unfinished folders, the lock) and the draft are no records. What is
wrong inside a record is a `RecordError`; a feature or version that does not exist, an `InputError`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from impactbook.errors import InputError, RecordError
from impactbook.model.base import ID_PATTERN
from impactbook.model.record import DRAFT, VERSION_PATTERN, Disclosures
from impactbook.records.canonical import parse_canonical
from impactbook.records.manifest import DISCLOSURES, RECORD
from impactbook.records.versions import version_key

_FEATURE = re.compile(ID_PATTERN.strip("^$"))
_VERSION = re.compile(VERSION_PATTERN.strip("^$"))


@dataclass(frozen=True)
class RecordName:
    """A record's feature and version; prints as `feature@version`."""

    feature: str
    version: str

    def __str__(self) -> str:
        return f"{self.feature}@{self.version}"

    def folder(self, outputs: Path) -> Path:
        """Where the record lies."""
        return outputs / self.feature / self.version

    @property
    def order(self) -> tuple[str, tuple[int, int, int]]:
        """Sorts by feature, then by version as numbers."""
        return self.feature, version_key(self.version)


def is_feature(name: str) -> bool:
    """Whether a folder's name is a feature's id."""
    return _FEATURE.fullmatch(name) is not None


def is_version(name: str) -> bool:
    """Whether a folder's name is a version."""
    return _VERSION.fullmatch(name) is not None


def list_records(outputs: Path) -> tuple[RecordName, ...]:
    """All records that have a folder, by feature and version; sealed or not is the ledger's word."""
    features = list_features(outputs)
    return tuple(name for feature in features for name in feature_records(outputs, feature))


def list_features(outputs: Path) -> tuple[str, ...]:
    """Every feature that has a folder, sorted; whether it holds a record is not looked at."""
    return tuple(name for name in _folders(outputs) if is_feature(name))


def feature_records(outputs: Path, feature: str) -> tuple[RecordName, ...]:
    """The records of one feature that have a folder, oldest first."""
    versions = [name for name in _folders(outputs / feature) if is_version(name)]
    return tuple(RecordName(feature, version) for version in sorted(versions, key=version_key))


def newest_version(outputs: Path, feature: str) -> str | None:
    """The highest version of a feature that has a folder, or None."""
    records = feature_records(outputs, feature)
    return records[-1].version if records else None


def named_record(outputs: Path, feature: str, version: str | None) -> RecordName:
    """The record that a person means by `FEATURE@VERSION`, or by `FEATURE` its newest one.

    Raises `InputError` when there is no such record.
    """
    name = RecordName(feature, version or newest_version(outputs, feature) or "")
    if name not in feature_records(outputs, feature):
        raise _unknown(outputs, feature, str(name) if version else f"of {feature!r}")
    return name


def strangers(outputs: Path) -> tuple[str, ...]:
    """Folders that look like part of a feature or record and are none: a copy, a wrong name."""
    return tuple(
        f"{feature}/{name}"
        for feature in _folders(outputs)
        for name in _folders(outputs / feature)
        if is_version(name) != is_feature(feature) and name != DRAFT
    )


def read_record(outputs: Path, feature: str, version: str) -> dict[str, Any]:
    """The `record.json` of a record (or of the `draft`) as a JSON object.

    Raises `InputError` when there is no such record and `RecordError` when it cannot be read.
    """
    name = RecordName(feature, version)
    record = parse_canonical(_read(outputs, name, RECORD), f"{feature}/{version}/{RECORD}")
    if not isinstance(record, dict):
        raise RecordError(f"{feature}/{version}/{RECORD}: is not a JSON object.")
    return record


def read_disclosures(outputs: Path, feature: str, version: str) -> Disclosures:
    """The `disclosures.json` of a record (or of the `draft`); raises as `read_record`."""
    where = f"{feature}/{version}/{DISCLOSURES}"
    content = _read(outputs, RecordName(feature, version), DISCLOSURES)
    return parse_disclosures(content, where)


def parse_disclosures(content: bytes, name: str = DISCLOSURES) -> Disclosures:
    """Read the bytes of a `disclosures.json`; raises `RecordError`, which never names a value."""
    try:
        return Disclosures.model_validate(parse_canonical(content, name))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "file"
        raise RecordError(f"{name}: is not a list of disclosures ({where}).") from None


def _read(outputs: Path, name: RecordName, file: str) -> bytes:
    known = is_feature(name.feature) and (is_version(name.version) or name.version == DRAFT)
    if not known or not name.folder(outputs).is_dir():
        raise _unknown(outputs, name.feature, str(name))
    try:
        return (name.folder(outputs) / file).read_bytes()
    except OSError:
        raise RecordError(f"{name.feature}/{name.version}/{file}: cannot be read.") from None


def _unknown(outputs: Path, feature: str, told: str) -> InputError:
    versions = [known.version for known in feature_records(outputs, feature)]
    has = f"it has {', '.join(versions)}" if versions else "it has no sealed record"
    return InputError(
        f"there is no record {told}", remedy=f"{has}; `impactbook status` lists all records"
    )


def _folders(parent: Path) -> list[str]:
    """Names of the visible folders in `parent`, sorted; none where there is no such folder."""
    try:
        with os.scandir(parent) as entries:
            return sorted(e.name for e in entries if not e.name.startswith(".") and e.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
