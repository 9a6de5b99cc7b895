"""The three samples' records as documents, measured and assessed in this process.

What differs from run to run (moment, hashes, versions of packages) has fixed values here, so that
pages can be compared with stored ones.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

from impactbook.assess import record_content
from impactbook.execute.inputs import load_inputs
from impactbook.execute.measuring import measure
from impactbook.language import Language
from impactbook.records.disclosures import to_json
from impactbook.render.blocks import Document
from impactbook.render.record.document import record_document
from impactbook.render.record.view import RecordView
from impactbook.render.typst import to_pdf
from impactbook.workspace import open_workspace

ROOT = Path(__file__).resolve().parents[1]
AS_OF = dt.date(2026, 11, 23)
LANGUAGES: dict[str, Language] = {
    "chat-intent-erkennung": "en",
    "outbound-propensity": "de",
    "voicebot-spracherkennung": "de",
}
"""Every sample with the language its record is printed in: both languages are looked at."""
_PROVENANCE = {
    "inputs": {"assessment": "a" * 64, "settings": "b" * 64},
    "notebooks": {"impact_assessment.ipynb": "c" * 64},
    "packages": {"impactbook": "1.0.0", "python": "3.11"},
    "git_commit": None,
    "engine": "papermill",
    "ledger_head": "d" * 64,
}


@cache
def sample_document(sample: str) -> Document:
    """The record of a sample, version 1.0.0, without attached files."""
    workspace, language = open_workspace(ROOT), LANGUAGES[sample]
    inputs = load_inputs(workspace, sample, language=language, as_of=AS_OF)
    evidence = tuple(measure(workspace, item, AS_OF).evidence for item in inputs.datasets)
    content = to_json(record_content(inputs.for_judgement(evidence)))
    attachments = [
        {**item.model_dump(mode="json", by_alias=True), "path": f"attachments/{item.id}",
         "sha256": "e" * 64, "size": 1}
        for item in inputs.loaded.assessment.attachments
    ]  # fmt: skip
    record: dict[str, Any] = {
        **content,
        "version": "1.0.0",
        "created": "2026-11-23T12:00:00Z",
        "attachments": attachments,
        "provenance": _PROVENANCE,
        "previous": None,
    }
    figures = tuple(figure for item in evidence for figure in item.figures)
    return record_document(RecordView(record, figures, {}, language))


@cache
def sample_pdf(sample: str) -> bytes:
    """The same as a PDF."""
    return to_pdf(sample_document(sample))
