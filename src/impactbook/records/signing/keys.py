"""A signer's key and certificate, read from PKCS#12 or PEM files.

The key stays in memory for one signing. A pass phrase is asked for only when the file needs one,
is used once, and appears in no message.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from impactbook.errors import InputError
from impactbook.records.canonical import sha256

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

AskPassphrase = Callable[[], str]
_PKCS12 = (".p12", ".pfx")


@dataclass(frozen=True)
class SigningKey:
    """A private key, its certificate and the certificates between that and a trust root, as DER."""

    key: bytes = field(repr=False)
    certificate: bytes
    chain: tuple[bytes, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 (hex) of the certificate."""
        return sha256(self.certificate)


def read_key(
    file: Path, certificate: Path | None, passphrase: AskPassphrase, *, now: dt.datetime
) -> SigningKey:
    """Read a key from PKCS#12 (`.p12`, `.pfx`) or PEM, where `certificate` may be a file of its own.

    The certificate must belong to the key and hold at `now`. Raises `InputError` otherwise, and
    when a file or the pass phrase is wrong; no message quotes anything from a file.
    """
    from cryptography.hazmat.primitives import serialization

    content = _bytes(file)
    if file.suffix.lower() in _PKCS12:
        key, found = _from_pkcs12(content, file, passphrase)
    else:
        key, found = _from_pem(content, file, passphrase), _certificates(content)
    if certificate is not None:
        found = [*_certificates(_bytes(certificate)), *found]
    own = _matching(key, found, certificate or file)
    _refuse_out_of_date(own, certificate or file, now)
    encoding = serialization.Encoding.DER
    return SigningKey(
        key=key.private_bytes(
            encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        certificate=own.public_bytes(encoding),
        chain=tuple(other.public_bytes(encoding) for other in found if other != own),
    )


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be read ({(error.strerror or 'input/output error').lower()})",
            remedy="name the file that holds your key or certificate",
            file=file,
        ) from None


def _from_pkcs12(
    content: bytes, file: Path, passphrase: AskPassphrase
) -> tuple[PrivateKeyTypes, list[Certificate]]:
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        key, own, others = pkcs12.load_key_and_certificates(content, None)
    except (ValueError, TypeError):
        try:
            key, own, others = pkcs12.load_key_and_certificates(content, _asked(passphrase))
        except (ValueError, TypeError):
            raise _wrong(file, "PKCS#12") from None
    if key is None:
        raise InputError(
            "holds no private key", remedy="export key and certificate together", file=file
        )
    return key, [*([own] if own else []), *others]


def _from_pem(content: bytes, file: Path, passphrase: AskPassphrase) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(content, None)
    except TypeError:
        try:
            return load_pem_private_key(content, _asked(passphrase))
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise _wrong(file, "PEM") from None
    except (ValueError, UnsupportedAlgorithm):
        raise InputError(
            "holds no private key in PEM form",
            remedy="name a .pem or .p12 file with a private key",
            file=file,
        ) from None


def _asked(passphrase: AskPassphrase) -> bytes:
    return passphrase().encode("utf-8")


def _wrong(file: Path, form: str) -> InputError:
    return InputError(
        f"cannot be opened as {form}: the pass phrase is wrong or the file is damaged",
        remedy="check the pass phrase and try again",
        file=file,
    )


def _certificates(content: bytes) -> list[Certificate]:
    """All certificates of a PEM file, or the one of a DER file; none where there is none."""
    from cryptography import x509

    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except ValueError:
        return []


def _matching(key: PrivateKeyTypes, certificates: list[Certificate], file: Path) -> Certificate:
    public = key.public_key()
    for certificate in certificates:
        if certificate.public_key() == public:
            return certificate
    raise InputError(
        "holds no certificate of this key",
        remedy="name the certificate's file with --cert",
        file=file,
    )


def _refuse_out_of_date(certificate: Certificate, file: Path, now: dt.datetime) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise InputError(
            f"its certificate holds from {certificate.not_valid_before_utc.date()} "
            f"to {certificate.not_valid_after_utc.date()}, not now",
            remedy="sign with a certificate that holds now",
            file=file,
        )
