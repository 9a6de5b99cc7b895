"""Reading the signatures of a PDF back: valid, how much they cover, by whom, trusted or not.

Nothing is fetched from a network. Whether a certificate was revoked shows only where the signature
carries a revocation list; whether it had run out is judged at the time of a trusted time stamp,
and without one at the time of reading.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from impactbook.errors import RecordError
from impactbook.records.canonical import sha256
from impactbook.records.signing.service import Stamp, common_name, completed
from impactbook.records.signing.trust import Trust, context
from impactbook.records.signing.updates import only_invisible_fields, only_signed

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

_MARK = b"/ByteRange"
_USAGES = {"digital_signature", "non_repudiation"}


@dataclass(frozen=True)
class Signature:
    """One signature of a PDF.

    `covers` is the number of bytes from the beginning that it covers without a gap. `problem` says
    why it is not valid, `distrust` why its signer is not trusted; both are empty when all is well.
    `certificate` is the SHA-256 of the signer's certificate, `claimed` the time the signer claims.
    """

    signer: str
    certificate: str
    covers: int
    problem: str
    distrust: str
    claimed: dt.datetime | None = None
    stamp: Stamp | None = None
    reason: str = ""

    @property
    def valid(self) -> bool:
        """Whether the signed bytes are unchanged and this key signed them."""
        return not self.problem

    @property
    def trusted(self) -> bool:
        """Whether a valid signature leads to a root that is trusted."""
        return self.valid and not self.distrust


def read_signatures(
    content: bytes,
    trust: Trust,
    *,
    now: dt.datetime | None = None,
    existed: dt.datetime | None = None,
    unsigned: int = 0,
) -> tuple[Signature, ...]:
    """All signatures of a PDF, oldest first; empty where there is none.

    Certificates must hold at the time of a trusted time stamp in the signature, else at `existed`
    (a time at which the whole file is known to have existed), else at `now`.

    `unsigned` is the size of the PDF before it was first signed, where that is known: then nothing
    but signatures may have been appended to it since.

    Raises `RecordError` when the PDF or a signature cannot be read, or is of a kind that signing
    here never makes (a document time stamp, a form that hides what it covers).
    """
    if _MARK not in content:
        return ()
    return completed(_all(content, trust, now or dt.datetime.now(dt.UTC), existed, unsigned))


async def _all(
    content: bytes,
    trust: Trust,
    now: dt.datetime,
    existed: dt.datetime | None,
    unsigned: int,
) -> tuple[Signature, ...]:
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(io.BytesIO(content), strict=True)
        embedded = list(reader.embedded_signatures)
        if len(embedded) != len(reader.embedded_regular_signatures):
            raise RecordError("the PDF carries a signature of a kind that is not read here.")
        if embedded and not _nothing_but_signatures(reader, embedded, content[:unsigned]):
            raise RecordError("with its signatures more was appended to the PDF than these.")
        return tuple([await _one(content, each, trust, now, existed) for each in embedded])
    except RecordError:
        raise
    except Exception:
        # pyHanko and asn1crypto raise many kinds of errors over damaged files; some quote them.
        raise RecordError("the PDF's signatures cannot be read.") from None


def _nothing_but_signatures(
    reader: PdfFileReader, embedded: Sequence[EmbeddedPdfSignature], unsigned: bytes
) -> bool:
    """Whether each update from the first signature on, or since `unsigned`, brought one only."""
    first, total = embedded[0].signed_revision, reader.xrefs.total_revisions
    if unsigned:
        before = type(reader)(io.BytesIO(unsigned), strict=True).xrefs.total_revisions
        if (first, total) != (before, before + len(embedded)):
            return False
    updates = range(first, total)
    return only_invisible_fields(reader) and all(only_signed(reader, each) for each in updates)


async def _one(
    content: bytes,
    embedded: EmbeddedPdfSignature,
    trust: Trust,
    now: dt.datetime,
    existed: dt.datetime | None,
) -> Signature:
    from pyhanko.sign.validation.generic_cms import collect_timing_info
    from pyhanko.sign.validation.pdf_embedded import async_validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    timing = await collect_timing_info(
        embedded.signer_info, context(trust.for_stamps, now), raw_digest=embedded.compute_digest
    )
    stamp, stamp_problem = _stamp(timing.get("timestamp_validity"))
    # A certificate may run out after it signed: a trusted time stamp shows that it came later.
    moment = stamp.time if stamp and stamp.trusted else existed or now
    status = await async_validate_pdf_signature(
        embedded,
        context(trust.roots, moment),
        context(trust.for_stamps, now),
        key_usage_settings=KeyUsageConstraints(key_usage=_USAGES, match_all_key_usages=False),
        # Slow on long documents; `updates` looks at every update, and more strictly.
        skip_diff=True,
    )
    covers = _covered(content, embedded)
    return Signature(
        signer=common_name(embedded.signer_cert),
        certificate=sha256(embedded.signer_cert.dump()),
        covers=covers,
        problem=_problem(status, covers) or stamp_problem,
        distrust=_distrust(status, trust),
        claimed=embedded.self_reported_timestamp,
        stamp=stamp,
        reason=_line(embedded.sig_object.get("/Reason", "")),
    )


def _stamp(status: Any) -> tuple[Stamp | None, str]:
    if status is None:
        return None, ""
    if not (status.intact and status.valid):
        return None, "its time stamp does not stamp it"
    return Stamp(status.timestamp, common_name(status.signing_cert), bool(status.trusted)), ""


def _problem(status: Any, covers: int) -> str:
    if not status.intact:
        return "the signed bytes were changed"
    if not status.valid:
        return "the signature does not fit its certificate"
    if not covers:
        return "it leaves out a part of what lies before it"
    return ""


def _distrust(status: Any, trust: Trust) -> str:
    if status.trusted:
        return ""
    if not trust.roots:
        return "no trust root is configured"
    indication = getattr(status.trust_problem_indic, "name", "") or "no chain to a trust root"
    return indication.lower().replace("_", " ")


def _covered(content: bytes, embedded: EmbeddedPdfSignature) -> int:
    """Up to which byte the signature covers all but itself; 0 when it leaves out anything else.

    Checked here byte by byte, since a range may add up to the file's size and still lie elsewhere.
    """
    first, before, start, after = (int(value) for value in embedded.byte_range)
    contents = embedded.pkcs7_content
    gap = content[before:start]
    hidden = gap[1:-1].lower() == contents.hex().encode() and gap[:1] + gap[-1:] == b"<>"
    # The place for the signature is filled up with zeros; anything else there was put in later.
    used = embedded_size(contents)
    clean = not contents[used:].strip(b"\0")
    whole = first == 0 and min(before, after) > 0 and start + after <= len(content)
    return start + after if whole and hidden and clean else 0


def embedded_size(contents: bytes) -> int:
    """The length of the DER value at the beginning of these bytes."""
    from asn1crypto.parser import peek

    return int(peek(contents))


def _line(text: object) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(text))[:500]


def described(signature: Signature) -> str:
    """One signature in words: by whom, trusted or not, when, why.

    The certificate's digest comes with the name: anybody can put any name into a certificate.
    """
    trust = "trusted" if signature.trusted else f"NOT trusted: {signature.distrust}"
    parts = [f"{signature.signer} ({trust}; certificate {signature.certificate[:16]}...)"]
    if signature.stamp:
        parts.append(stamped(signature.stamp))
    elif signature.claimed:
        parts.append(f"says it signed on {_minute(signature.claimed)}")
    if signature.reason:
        parts.append(f"reason: {signature.reason}")
    return ", ".join(parts)


def signed_by(signatures: Sequence[Signature], trust: Trust) -> dict[str, str]:
    """What a report says of the signers, and of the roots they are trusted by; empty for none."""
    facts = {}
    if signatures:
        facts["signed by"] = "; ".join(described(signature) for signature in signatures)
    if any(signature.trusted for signature in signatures):
        facts["trust roots"] = ", ".join(trust.fingerprints)
    return facts


def stamped(stamp: Stamp) -> str:
    """A time stamp in words: when, by whom, trusted or not."""
    trust = "trusted" if stamp.trusted else "NOT trusted"
    return f"time-stamped {_minute(stamp.time)} by {stamp.authority} ({trust})"


def _minute(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
