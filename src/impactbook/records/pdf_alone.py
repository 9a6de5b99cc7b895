"""Verifying a PDF alone, by what it carries; `PDF_PLAN` is the list and the code in one.

1. The PDF can be read to its end and carries files.
2. The embedded `record.json` is canonical and follows its schema.
3. The embedded evidence is what `record.json` names by digest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from impactbook.errors import InputError, RecordError
from impactbook.records.canonical import sha256, sha256_file
from impactbook.records.embedded import embedded_files, record_path
from impactbook.records.manifest import FIGURES, RECORD
from impactbook.records.verification import (
    StepFails,
    VerificationReport,
    checked_record,
    ground,
    run_plan,
)

PDF_ALONE_CANNOT_SEE = (
    "A PDF alone shows that the data it carries belong together. Whether its pages say the same, "
    "and whether it is the record that was sealed, shows only against the ledger."
)


def verify_pdf(file: Path) -> VerificationReport:
    """Verify a lone PDF by what it carries: its `record.json`, and the evidence that names.

    Raises `InputError` when there is no such file.
    """
    if not file.is_file():
        raise InputError("there is no such PDF", remedy="check the path", file=file)
    case = _PdfCase(file)
    steps = run_plan(PDF_PLAN, case)
    notes = ("The embedded notebooks are not named by digest in record.json; not compared.",)
    facts = case.facts if all(step.ok for step in steps) else {}
    return VerificationReport(
        file.name, steps, facts, notes if case.notebooks else (), PDF_ALONE_CANNOT_SEE
    )


@dataclass(frozen=True)
class _PdfCase:
    """A lone PDF under verification."""

    file: Path

    @cached_property
    def embedded(self) -> dict[str, bytes]:
        return embedded_files(self.file)

    @cached_property
    def record(self) -> dict[str, Any]:
        if RECORD not in self.embedded:
            raise RecordError(f"{RECORD}: is not embedded.")
        return checked_record(self.embedded[RECORD])

    @property
    def notebooks(self) -> bool:
        try:
            return any(name.endswith(".ipynb") for name in self.embedded)
        except RecordError:
            return False

    @property
    def facts(self) -> dict[str, str]:
        record = self.record
        return {
            "feature": record["feature"]["id"],
            "version": record["version"],
            "created": record["created"],
            "as of": record["as_of"],
            "decision": str((record["decision"] or {}).get("outcome") or "none"),
            "gate": record["gate"]["status"],
            "ledger head before": record["provenance"]["ledger_head"] or "none",
            "record.json": sha256(self.embedded[RECORD]),
            "file": sha256_file(self.file),
        }


def _check_pdf_carries(case: _PdfCase) -> str:
    if not case.embedded:
        raise StepFails("the PDF carries no files")
    return f"{len(case.embedded)} files"


def _check_pdf_record(case: _PdfCase) -> str:
    ground(lambda: case.embedded, "the PDF")
    record = case.record
    return f"{record['feature']['id']}@{record['version']}"


def _check_pdf_evidence(case: _PdfCase) -> str:
    named = ground(lambda: case.record, RECORD)["provenance"]["evidence"]
    agreed = 0
    for name, content in case.embedded.items():
        path = record_path(name, named)
        if path is None and (name == RECORD or name.endswith(".ipynb")):
            continue
        if path is None or sha256(content) != named[path]:
            raise StepFails("carries evidence that record.json does not name")
        agreed += path == FIGURES
    if not agreed:
        raise StepFails(f"{FIGURES} is not embedded")
    return f"{FIGURES} is the one that record.json names"


PDF_PLAN: tuple[tuple[str, Callable[[_PdfCase], str]], ...] = (
    ("embedded files", _check_pdf_carries),
    ("record", _check_pdf_record),
    ("evidence", _check_pdf_evidence),
)
