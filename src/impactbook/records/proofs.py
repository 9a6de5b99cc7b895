"""The steps of a verification that reach beyond the folder: signatures, time stamps, anchors.

And the level that a record reaches by them, once every step has passed.
"""

from __future__ import annotations

from impactbook.model.record import SignLine
from impactbook.records.canonical import sha256
from impactbook.records.case import Case
from impactbook.records.manifest import PDF, SIGNED_PDF
from impactbook.records.signing.reading import described, signed_by, stamped
from impactbook.records.verification import Level, StepFails, ground, listed


def check_signed_file(case: Case) -> str:
    """Step 12: the signed PDF is `record.pdf` and the signatures the ledger names."""
    path = case.folder / SIGNED_PDF
    lines = case.sign_lines
    if not lines:
        if (path.exists() and not case.erasing) or path.is_symlink():
            raise StepFails(f"{SIGNED_PDF} has no line in the ledger")
        return "not signed"
    if path.is_symlink() or not path.is_file():
        raise StepFails(f"the ledger names {len(lines)} signatures, {SIGNED_PDF} is missing")
    content = case.read(SIGNED_PDF)
    if (len(content), sha256(content)) != (lines[-1].size, lines[-1].sha256):
        raise StepFails(f"{SIGNED_PDF} is not what the ledger says: {_amount(content, lines)}")
    if any(sha256(content[: line.size]) != line.sha256 for line in lines):
        raise StepFails("an earlier signature was rewritten")
    if not content.startswith(ground(lambda: case.read(PDF), PDF)):
        raise StepFails(f"{SIGNED_PDF} does not begin with {PDF}")
    return f"{len(lines)} in the ledger, {len(content)} bytes"


def _amount(content: bytes, lines: tuple[SignLine, ...]) -> str:
    for number, line in enumerate(lines, 1):
        if len(content) == line.size and sha256(content) == line.sha256:
            return f"it was shortened to signature {number} of {len(lines)}"
    if len(content) > lines[-1].size and sha256(content[: lines[-1].size]) == lines[-1].sha256:
        return "something was appended to it"
    return "it was changed"


def check_signatures(case: Case) -> str:
    """Step 13: every signature is valid; by whom, and whether trusted."""
    lines, found = case.sign_lines, case.signatures
    if not lines:
        return "not signed"
    if [signature.covers for signature in found] != [line.size for line in lines]:
        raise StepFails("the signatures do not cover the file up to what the ledger names")
    if [signature.certificate for signature in found] != [line.signer for line in lines]:
        raise StepFails("the ledger names other signers")
    broken = [s for s in found if not s.valid]
    if broken:
        raise StepFails(f"by {broken[0].signer}: {broken[0].problem}")
    return "; ".join(described(signature) for signature in found) + "; the last covers all"


def check_stamps(case: Case) -> str:
    """Step 14: every time stamp of the ledger stamps what it should."""
    stamps = case.view.stamps
    numbers, strange = stamps.listed
    if strange:
        raise StepFails(f"stamps no line of this ledger: {listed(strange)}")
    own = [*case.snapshot.seals.get(case.name, ()), *case.sign_lines,
           *case.snapshot.erased.get(case.name, ())]  # fmt: skip
    for line in own:
        if line.seq in numbers:
            stamps.first_after(line.seq)
    stamp = stamps.first_after(case.seal_line.seq)
    return f"the ledger {stamped(stamp)}" if stamp else "none"


def check_outside(case: Case) -> str:
    """Step 15: the ledger holds what is known from outside."""
    anchoring = case.view.anchoring
    if anchoring.problems:
        raise StepFails(listed(anchoring.problems))
    if not case.anchored:
        return f"agrees up to line {anchoring.line}; this record was sealed later"
    if case.name in anchoring.filed:
        return "the PDF that was filed holds the same record.json and states the same head"
    return f"agrees up to line {anchoring.line}"


def level_of(case: Case) -> Level:
    """The highest level of a record whose steps all passed."""
    trusted = [signature for signature in case.signatures if signature.trusted]
    if trusted:
        stamp = case.view.stamps.first_after(case.sign_lines[-1].seq)
        stamps = [stamp, *(signature.stamp for signature in trusted)]
        return "time-stamped" if any(each and each.trusted for each in stamps) else "signed"
    return "anchored" if case.anchored else "consistent"


def proofs_of(case: Case) -> dict[str, str]:
    """What the report says of signers and anchors, beside the steps."""
    anchored = {"anchored": "agrees with a head from outside"} if case.anchored else {}
    return signed_by(case.signatures, case.view.outside.trust) | anchored
