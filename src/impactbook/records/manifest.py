"""`manifest.json`: size and SHA-256 of every file of a record, in one file that the ledger names.

`disclosures.json` is listed without a hash: its entries are covered one by one by the digests in
`record.json`, so that leaving one out does not break the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from impactbook.errors import RecordError
from impactbook.model.record import CoveredFile, Manifest, ManifestFile
from impactbook.records.canonical import canonical, parse_canonical, sha256
from impactbook.records.disclosures import to_json

MANIFEST = "manifest.json"
RECORD = "record.json"
DISCLOSURES = "disclosures.json"
PDF = "record.pdf"
HTML = "record.html"
SIGNED_PDF = "record.signed.pdf"
"""`record.pdf` and signatures appended to it; outside the manifest, the ledger's `sign` lines name
its size and SHA-256."""
FIGURES = "evidence/figures.csv"
REQUIRED_FILES = (RECORD, DISCLOSURES, PDF, HTML, FIGURES)
"""What every record holds besides its manifest."""


def make_manifest(feature: str, version: str, files: Mapping[str, bytes]) -> bytes:
    """The bytes of `manifest.json` for these files (path -> content).

    Raises `RecordError` when a path does not lie inside the record's folder.
    """
    entries: list[ManifestFile | CoveredFile] = []
    try:
        for path, content in sorted(files.items()):
            if path == DISCLOSURES:
                entries.append(CoveredFile(path=path, covered_by="record.json"))
            else:
                entries.append(ManifestFile(path=path, size=len(content), sha256=sha256(content)))
        manifest = Manifest(feature=feature, version=version, files=tuple(entries))
    except ValidationError:
        raise RecordError("a file of the record has a path outside the record's folder.") from None
    return canonical(to_json(manifest))


def read_manifest(content: bytes, name: str = MANIFEST) -> Manifest:
    """Read a manifest; raises `RecordError` when it is not canonical or not a manifest."""
    try:
        return Manifest.model_validate(parse_canonical(content, name))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "file"
        raise RecordError(f"{name}: is not a manifest ({where}).") from None
