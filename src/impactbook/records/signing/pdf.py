"""Appending one signature to a PDF: PAdES baseline B-B (ETSI EN 319 142-1), B-T with a service.

The bytes signed before stay a prefix of the result. The field is invisible but named, so that
PDF/A-3a and PDF/UA-1 hold afterwards: a visible stamp would break both.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from impactbook.errors import InputError, RecordError
from impactbook.records.signing.keys import SigningKey
from impactbook.records.signing.service import asked, completed, time_stamper

if TYPE_CHECKING:
    from pyhanko.sign.signers import PdfSigner, SimpleSigner

FIELD = "Signature{number}"


@dataclass(frozen=True)
class SigningWords:
    """What people read at a signature: its field's name, why and by whom it was given."""

    field: str
    reason: str | None = None
    name: str | None = None


def append_signature(
    content: bytes, key: SigningKey, *, number: int, words: SigningWords, service: str | None = None
) -> bytes:
    """The PDF with one signature more; it is the `number`-th, and `service` stamps its time.

    Raises `RecordError` for what is no PDF, `InputError` for a key of a kind that cannot sign, `ServiceError` when the service gives no time stamp.
    """
    if service is None:
        return completed(_appended(content, _signer(key, number, words, None)))
    return asked(service, lambda: _appended(content, _signer(key, number, words, service)))


async def _appended(content: bytes, signer: PdfSigner) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError

    target = io.BytesIO()
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(content))
        await signer.async_sign_pdf(writer, output=target)
    except PdfError:
        raise RecordError("the PDF cannot be signed; it is damaged or of an odd kind.") from None
    except SigningError:
        raise InputError(
            "this kind of key cannot sign a PDF",
            remedy="use RSA of 2048 bits or more, ECDSA or Ed25519",
            field="--key",
        ) from None
    return target.getvalue()


def _signer(key: SigningKey, number: int, words: SigningWords, service: str | None) -> PdfSigner:
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

    name = FIELD.format(number=number)
    return PdfSigner(
        PdfSignatureMetadata(
            field_name=name,
            md_algorithm=_digest(key),
            subfilter=SigSeedSubFilter.PADES,
            reason=words.reason,
            name=words.name,
        ),
        signer=_simple_signer(key),
        timestamper=time_stamper(service) if service else None,
        # Without a page of its own a field fails PDF/UA; /TU is what a screen reader says.
        new_field_spec=SigFieldSpec(name, on_page=0, readable_field_name=words.field),
    )


def _digest(key: SigningKey) -> str:
    """SHA-256, unless the kind of key prescribes another (RFC 8419: Ed25519, Ed448)."""
    from asn1crypto.keys import PrivateKeyInfo

    prescribed = {"ed25519": "sha512", "ed448": "shake256"}
    return prescribed.get(PrivateKeyInfo.load(key.key).algorithm, "sha256")


def _simple_signer(key: SigningKey) -> SimpleSigner:
    from asn1crypto.keys import PrivateKeyInfo
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    return SimpleSigner(
        signing_cert=_loaded([key.certificate])[0],
        signing_key=PrivateKeyInfo.load(key.key),
        cert_registry=SimpleCertificateStore.from_certs(  # type: ignore[no-untyped-call]
            _loaded(key.chain)
        ),
    )


def _loaded(certificates: Sequence[bytes]) -> list[object]:
    from asn1crypto.x509 import Certificate

    return [Certificate.load(certificate) for certificate in certificates]
