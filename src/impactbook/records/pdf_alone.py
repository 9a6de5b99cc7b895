"""Verifying a PDF alone, by what it carries; `PDF_PLAN` is the list and the code in one.

1. The PDF can be read to its end and carries files.
2. The embedded `record.json` is canonical and follows its schema.
3. The embedded evidence is what `record.json` names by digest.
4. Every signature is valid and the last covers the whole file; by whom, and whether trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from impactbook.errors import InputError, RecordError
from impactbook.records.canonical import sha256
from impactbook.records.case import NOTHING_OUTSIDE, Outside
from impactbook.records.disclosures import misfits
from impactbook.records.embedded import UNNAMED, embedded_files, named_files, record_path
from impactbook.records.folders import parse_disclosures
from impactbook.records.manifest import DISCLOSURES, FIGURES, RECORD
from impactbook.records.signing.reading import Signature, described, read_signatures, signed_by
from impactbook.records.verification import (
    Level,
    StepFails,
    VerificationReport,
    checked_record,
    ground,
    run_plan,
    said_of,
)

PDF_ALONE_CANNOT_SEE = (
    "A PDF alone shows that the data it carries belong together. Whether its pages say the same, "
    "and whether it is the record that was sealed, shows only against the ledger."
)


def verify_pdf(file: Path, *, outside: Outside = NOTHING_OUTSIDE) -> VerificationReport:
    """Verify a lone PDF by what it carries: its `record.json`, the evidence that names, signatures.

    Of `outside` only whom it trusts counts: a head says nothing about a PDF without its ledger.
    Raises `InputError` when there is no such file.
    """
    if not file.is_file():
        raise InputError("there is no such file", remedy="check the path", file=file)
    case = _PdfCase(file, outside)
    steps = run_plan(PDF_PLAN, case)
    notes = ("The embedded notebooks are not named by digest in record.json; not compared.",)
    held = VerificationReport(
        file.name, steps, {}, notes if case.notebooks else (), PDF_ALONE_CANNOT_SEE
    )
    if not held.holds:
        return held
    level = _level(case)
    said = PDF_ALONE_CANNOT_SEE if level == "consistent" else said_of(level, anchored=False)
    return replace(held, facts=case.facts, reached=level, cannot_see=said)


@dataclass(frozen=True)
class _PdfCase:
    """A lone PDF under verification."""

    file: Path
    outside: Outside

    @cached_property
    def signatures(self) -> tuple[Signature, ...]:
        return read_signatures(self.content, self.outside.trust, now=self.outside.now)

    @cached_property
    def content(self) -> bytes:
        return self.file.read_bytes()

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
            "file": sha256(self.content),
        } | signed_by(self.signatures, self.outside.trust)


def _check_pdf_carries(case: _PdfCase) -> str:
    if not case.embedded:
        raise StepFails("the PDF carries no files")
    return f"{len(case.embedded)} files"


def _check_pdf_record(case: _PdfCase) -> str:
    ground(lambda: case.embedded, "the PDF")
    record = case.record
    return f"{record['feature']['id']}@{record['version']}"


def _check_pdf_evidence(case: _PdfCase) -> str:
    record = ground(lambda: case.record, RECORD)
    named = named_files(record)
    agreed = 0
    for name, content in case.embedded.items():
        path = record_path(name, named)
        if path is None and (name in UNNAMED or name.endswith(".ipynb")):
            continue
        if path is None or sha256(content) != named[path]:
            raise StepFails("carries evidence that record.json does not name")
        agreed += path == FIGURES
    if not agreed:
        raise StepFails(f"{FIGURES} is not embedded")
    if DISCLOSURES in case.embedded and misfits(
        record, parse_disclosures(case.embedded[DISCLOSURES])
    ):
        raise StepFails("carries disclosures that do not open the record's sealed fields")
    return f"{FIGURES} is the one that record.json names"


def _check_pdf_signatures(case: _PdfCase) -> str:
    found = case.signatures
    if not found:
        return "not signed"
    broken = [signature for signature in found if not signature.valid]
    if broken:
        raise StepFails(f"by {broken[0].signer}: {broken[0].problem}")
    if found[-1].covers != len(case.content):
        raise StepFails("something was appended after the last signature")
    return "; ".join(map(described, found)) + "; the last covers all"


def _level(case: _PdfCase) -> Level:
    trusted = [signature for signature in case.signatures if signature.trusted]
    if any(signature.stamp and signature.stamp.trusted for signature in trusted):
        return "time-stamped"
    return "signed" if trusted else "consistent"


PDF_PLAN: tuple[tuple[str, Callable[[_PdfCase], str]], ...] = (
    ("embedded files", _check_pdf_carries),
    ("record", _check_pdf_record),
    ("evidence", _check_pdf_evidence),
    ("signatures", _check_pdf_signatures),
)
