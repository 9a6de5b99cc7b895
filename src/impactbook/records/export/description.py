"""`export.json`: what a ZIP holds, what was left out of it, and which files were made anew.

It is not sealed and need not be: whatever it says is checked against the record, the manifest and
the ledger's lines that travel with it.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field, ValidationError

from impactbook.errors import RecordError
from impactbook.model.base import Digest, Identifier, Model
from impactbook.model.record import ManifestFile, Pointer, RelativePath, Version
from impactbook.records.canonical import parse_canonical
from impactbook.records.export.audiences import Audience
from impactbook.records.manifest import HTML, PDF

EXPORT_SCHEMA: Final = "impactbook/export/1"
DESCRIPTION = "export.json"
EXTRACT = "ledger.jsonl"
PAGE = "verify.html"
README = "README.txt"
FOLDER = "record/"
"""Where the record's own files lie in the ZIP."""

MADE_ANEW = (PDF, HTML)
"""Files that show internal fields, so they are made anew when some are left out."""

MAY_LACK = ("attachments/", "ballots.jsonl")
"""Files that may be left out; how their names start."""


class Export(Model):
    """What a ZIP of one record holds.

    `left_out` are internal fields that the record's own `disclosures.json` opens and this ZIP does
    not, `files_left_out` files that the manifest names and the ZIP lacks, `made_anew` files that
    show the record without them. `head` is the ledger's last line at the time.
    """

    schema_: Literal["impactbook/export/1"] = Field(default=EXPORT_SCHEMA, alias="schema")
    feature: Identifier
    version: Version
    audience: Audience | None = None
    left_out: tuple[Pointer, ...] = ()
    files_left_out: tuple[RelativePath, ...] = ()
    made_anew: tuple[ManifestFile, ...] = ()
    head: Digest


def read_description(content: bytes) -> Export:
    """Read an `export.json`; raises `RecordError` when it is none."""
    try:
        return Export.model_validate(parse_canonical(content, DESCRIPTION))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "file"
        raise RecordError(f"{DESCRIPTION}: does not describe an export ({where}).") from None
