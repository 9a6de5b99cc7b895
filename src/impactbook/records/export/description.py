"""`export.json`: what a ZIP holds, what was left out of it, and which files were made anew.

It is not sealed and need not be: whatever it says is checked against the record, the manifest and
the ledger's lines that travel with it.
"""

from __future__ import annotations

from pydantic import ValidationError

from impactbook.errors import RecordError
from impactbook.model.export import Export
from impactbook.records.canonical import parse_canonical
from impactbook.records.manifest import HTML, PDF

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


def read_description(content: bytes) -> Export:
    """Read an `export.json`; raises `RecordError` when it is none."""
    try:
        return Export.model_validate(parse_canonical(content, DESCRIPTION))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "file"
        raise RecordError(f"{DESCRIPTION}: does not describe an export ({where}).") from None
