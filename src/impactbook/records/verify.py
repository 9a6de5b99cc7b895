"""Verifying sealed records, in numbered steps; `PLAN` below is the list and the code in one.

 1. The folder holds what every record holds, and plain files only.
 2. The manifest is canonical and speaks of this record.
 3. Every file has the size and SHA-256 of the manifest; none is missing, none was added.
 4. `record.json` is canonical, follows its schema, and names the evidence that lies beside it.
 5. Every disclosure opens its sealed field; none is missing without an erasure in the ledger.
 6. Every line of the ledger is whole, unchanged, and follows the line before it.
 7. The ledger names this record once, with this manifest, after the head the record names.
 8. Ledger and folders name the same records.
 9. The record follows the record before it, which is unchanged.
10. The copies embedded in `record.pdf` are the record's files.
11. The version is the one that the rules give.
12. `record.signed.pdf` is `record.pdf` with the signatures that the ledger names, and no more.
13. Every signature is valid; by whom, and whether trusted.
14. Every time stamp of the ledger stamps what it should.
15. The ledger holds what is known from outside: heads, and the records of filed PDFs.

A step whose ground is gone (no manifest to compare with) is `not checked`, which is not `passed`.
The last step is taken when a head or a filed PDF is given. The report ends with a level: see
`verification.CANNOT_SEE`. `pdf_alone` has the plan for a PDF alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from impactbook.errors import InputError, RecordError
from impactbook.records import ledger
from impactbook.records.case import NOTHING_OUTSIDE, Case, Outside, view_of
from impactbook.records.proofs import (
    check_outside,
    check_signatures,
    check_signed_file,
    check_stamps,
    level_of,
    proofs_of,
)
from impactbook.records.snapshot import Snapshot, still, take_snapshot
from impactbook.records.steps import (
    check_chain,
    check_disclosures,
    check_embedded,
    check_files,
    check_folder,
    check_folders,
    check_manifest,
    check_place,
    check_previous,
    check_record,
    check_version,
)
from impactbook.records.verification import (
    Step,
    VerificationReport,
    listed,
    run_plan,
    said_of,
)

_ATTEMPTS = 5
"""How often a failing verification is done again while somebody else seals or signs."""

__all__ = ["PLAN", "Outside", "verify", "verify_record"]


def verify(
    outputs: Path,
    feature: str | None = None,
    version: str | None = None,
    *,
    outside: Outside = NOTHING_OUTSIDE,
) -> tuple[VerificationReport, ...]:
    """Verify all records, those of one feature, or one record.

    Records that have a folder and records that the ledger names are both verified. Raises
    `InputError` when there is no such record; whatever is wrong with a record is in its report.
    When somebody seals, signs or erases meanwhile and a step fails, it is done again.
    """
    for _ in range(_ATTEMPTS):
        try:
            snapshot = take_snapshot(outputs)
        except RecordError as error:
            return (_unreadable(outputs, error),)
        reports = _verified(outputs, feature, version, snapshot, outside)
        if all(report.holds for report in reports) or still(outputs, snapshot):
            break
    return reports


def _verified(
    outputs: Path, feature: str | None, version: str | None, snapshot: Snapshot, outside: Outside
) -> tuple[VerificationReport, ...]:
    everything = {*snapshot.records, *snapshot.seals} - {snapshot.pending}
    wanted = sorted(
        (
            name
            for name in everything
            if feature in (None, name.feature) and version in (None, name.version)
        ),
        key=lambda name: name.order,
    )
    if wanted:
        view = view_of(outputs, snapshot, outside)
        return tuple(_report(Case(outputs, name, snapshot, view)) for name in wanted)
    if snapshot.chain_problems and not everything:
        return (_unreadable(outputs, RecordError(listed(snapshot.chain_problems))),)
    asked = "@".join(part for part in (feature, version) if part)
    raise InputError(
        f"there is no sealed record {f'of {asked} ' if asked else ''}to verify",
        remedy="`impactbook status` lists all records, `impactbook run` seals one",
        file=outputs,
    )


def verify_record(
    outputs: Path,
    feature: str,
    version: str,
    *,
    outside: Outside = NOTHING_OUTSIDE,
) -> VerificationReport:
    """Verify one record; raises `InputError` when neither a folder nor the ledger knows it."""
    return verify(outputs, feature, version, outside=outside)[0]


PLAN: tuple[tuple[str, Callable[[Case], str]], ...] = (
    ("folder", check_folder),
    ("manifest", check_manifest),
    ("files", check_files),
    ("record", check_record),
    ("disclosures", check_disclosures),
    ("ledger", check_chain),
    ("place in the ledger", check_place),
    ("ledger and folders", check_folders),
    ("predecessor", check_previous),
    ("copies in the PDF", check_embedded),
    ("version", check_version),
    ("signed file", check_signed_file),
    ("signatures", check_signatures),
    ("time stamps", check_stamps),
    ("heads from outside", check_outside),
)
"""The numbered plan; each step returns what it saw or says why not."""


def _report(case: Case) -> VerificationReport:
    anchored = case.view.outside.anchors.given
    steps = run_plan(PLAN if anchored else PLAN[:-1], case)
    held = VerificationReport(str(case.name), steps, case.facts(), tuple(_notes(case)))
    if not held.holds:
        return held
    level = level_of(case)
    facts = {**held.facts, **proofs_of(case)}
    said = said_of(level, anchored=case.anchored)
    return replace(held, facts=facts, reached=level, cannot_see=said)


def _notes(case: Case) -> Iterator[str]:
    pending, signing = case.snapshot.pending, case.snapshot.signing
    if case.announced:
        yield (
            f"The erasure from {case.name} is not finished, so the value still stands in files; "
            "the next run completes it."
        )
    if pending:
        yield f"The sealing of {pending} is not finished; the next run completes it."
    if signing:
        name = ledger.name_of(signing.line)
        yield f"The signing of {name} is not finished; the next run completes it."
    if case.name in case.view.anchoring.filed:
        yield "The filed PDF covers what it carries, not record.html and attachments."


def _unreadable(outputs: Path, error: RecordError) -> VerificationReport:
    """The report when not even a record's name can be read."""
    step = Step(1, "ledger", ok=False, detail=str(error).removesuffix("."))
    return VerificationReport(ledger.LEDGER, (step,))
