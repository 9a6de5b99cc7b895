"""Sealed records: canonical form, internal fields, versions, ledger, sealing and verification.

A record is what stays when the tool is gone, so everything here is plain files and SHA-256, and
nothing here needs Jupyter or Great Expectations. `seal.seal` writes, `verify.verify` checks, the
rest is what both stand on.
"""

from impactbook.records.assembly import Composition, FinalRecord, Predecessor, SealContext
from impactbook.records.canonical import canonical, digest, parse_canonical, sha256, sha256_file
from impactbook.records.disclosures import conceal, internal_paths, reveal
from impactbook.records.figures import read_figures, write_figures
from impactbook.records.folders import (
    RecordName,
    list_records,
    newest_version,
    read_disclosures,
    read_record,
)
from impactbook.records.ledger import head
from impactbook.records.pdf_alone import verify_pdf
from impactbook.records.seal import Sealed, write_draft
from impactbook.records.verification import CONSISTENT_CANNOT_SEE, Step, VerificationReport
from impactbook.records.verify import Outside, verify_record
from impactbook.records.versions import VersionDecision, next_version

__all__ = [
    "CONSISTENT_CANNOT_SEE",
    "Composition",
    "FinalRecord",
    "Outside",
    "Predecessor",
    "RecordName",
    "SealContext",
    "Sealed",
    "Step",
    "VerificationReport",
    "VersionDecision",
    "canonical",
    "conceal",
    "digest",
    "head",
    "internal_paths",
    "list_records",
    "newest_version",
    "next_version",
    "parse_canonical",
    "read_disclosures",
    "read_figures",
    "read_record",
    "reveal",
    "sha256",
    "sha256_file",
    "verify_pdf",
    "verify_record",
    "write_draft",
    "write_figures",
]
