"""A sealed record read whole, and its PDF and HTML made again from what it holds.

Making them again is how an export or an erasure leaves out internal fields, and how a doubter can
see that the pages say what the data say. How pages are made is the caller's (`present`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from impactbook.errors import RecordError
from impactbook.model.record import Disclosures, Manifest
from impactbook.records import contents, folders
from impactbook.records.assembly import FinalRecord, Present, SealContext
from impactbook.records.canonical import canonical
from impactbook.records.disclosures import to_json
from impactbook.records.folders import RecordName
from impactbook.records.manifest import (
    DISCLOSURES,
    HTML,
    MANIFEST,
    PDF,
    RECORD,
    SIGNED_PDF,
    read_manifest,
)
from impactbook.records.verification import checked_record

SHOWN = (PDF, HTML)
TOOLS = ("typst", "matplotlib", "impactbook")
"""Packages whose version decides about the bytes of a page."""


@dataclass(frozen=True)
class WholeRecord:
    """A record with all its bytes; `files` holds every file below its folder by path."""

    name: RecordName
    manifest: Manifest
    record: Mapping[str, Any]
    disclosures: Disclosures
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Differing:
    """A tool of another version than the record was made with."""

    tool: str
    then: str
    now: str

    def __str__(self) -> str:
        return f"{self.tool} {self.then} then, {self.now} now"


@dataclass(frozen=True)
class Rebuilt:
    """What making the pages again showed: the files whose bytes differ, and the tools that do."""

    files: tuple[str, ...]
    differing: tuple[str, ...]
    tools: tuple[Differing, ...]

    @property
    def same(self) -> bool:
        """Whether every page came out byte for byte."""
        return bool(self.files) and not self.differing


def read_whole(outputs: Path, name: RecordName) -> WholeRecord:
    """Read every file of a record.

    Raises `InputError` when there is no such record, `RecordError` when it cannot be read.
    """
    disclosures = folders.read_disclosures(outputs, name.feature, name.version)
    folder = name.folder(outputs)
    try:
        plain, _ = contents.listing(folder)
        files = {path: (folder / path).read_bytes() for path in plain}
        return WholeRecord(
            name, read_manifest(files[MANIFEST]), checked_record(files[RECORD]), disclosures, files
        )
    except (OSError, KeyError):
        raise RecordError(f"{name}: its files cannot be read.") from None


def pages(
    record: Mapping[str, Any],
    disclosures: Disclosures,
    files: Mapping[str, bytes],
    present: Present,
) -> dict[str, bytes]:
    """`record.pdf` and `record.html` of a record as these disclosures and files let it be shown.

    `files` may be all of the record's; those that sealing makes last are not passed on.
    """
    made_last = {*SHOWN, RECORD, DISCLOSURES, MANIFEST, SIGNED_PDF}
    given = {path: content for path, content in files.items() if path not in made_last}
    provenance = record["provenance"]
    feature = record["feature"]["id"]
    context = SealContext(
        feature, None, provenance.get("ledger_head"), draft=record["version"] == "draft"
    )
    made = present(FinalRecord(record, canonical(record), disclosures, given, context))
    return {path: made[path] for path in SHOWN}


def open_entries(disclosures: Disclosures) -> bytes:
    """The bytes of a `disclosures.json`."""
    return canonical(to_json(disclosures))


def compare_pages(
    record: Mapping[str, Any],
    disclosures: Disclosures,
    files: Mapping[str, bytes],
    present: Present,
) -> Rebuilt:
    """Make PDF and HTML again and compare them byte for byte with those in `files`."""
    made = pages(record, disclosures, files, present)
    known = tuple(path for path in SHOWN if path in files)
    differing = tuple(path for path in known if made[path] != files[path])
    return Rebuilt(known, differing, differing_tools(record))


def differing_tools(record: Mapping[str, Any]) -> tuple[Differing, ...]:
    """The tools of `TOOLS` that have another version here than the record names."""
    named = record["provenance"].get("packages") or {}
    found = []
    for tool in TOOLS:
        then, now = str(named.get(tool, "unknown")), _installed(tool)
        if then != now:
            found.append(Differing(tool, then, now))
    return tuple(found)


def _installed(tool: str) -> str:
    try:
        return version(tool)
    except PackageNotFoundError:
        return "not installed"
