"""Whom a verification trusts: the certificates at the root, for signatures and for time stamps.

They come from the settings or from the command line, never from the record; without any, every
signature is read and reported as not trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from impactbook.errors import InputError
from impactbook.records.canonical import sha256

if TYPE_CHECKING:
    import datetime as dt

    from pyhanko_certvalidator import ValidationContext


@dataclass(frozen=True)
class Trust:
    """Root certificates as DER; those for time stamps are the others where none are named."""

    roots: tuple[bytes, ...] = ()
    stamp_roots: tuple[bytes, ...] = ()

    @property
    def for_stamps(self) -> tuple[bytes, ...]:
        """The roots that a time stamp must lead to."""
        return self.stamp_roots or self.roots

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The SHA-256 (hex) of each root for signatures, to be compared with a letter."""
        return tuple(sha256(root) for root in self.roots)


TRUST_NOBODY = Trust()


def read_roots(files: Sequence[Path], *, field: str) -> tuple[bytes, ...]:
    """All certificates of these files (PEM or DER), in order.

    Raises `InputError` for a file that cannot be read or holds none; `field` is where it was named.
    """
    return tuple(root for file in files for root in _certificates(file, field))


def _certificates(file: Path, field: str) -> list[bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        content = file.read_bytes()
        if b"-----BEGIN" in content:
            found = x509.load_pem_x509_certificates(content)
        else:
            found = [x509.load_der_x509_certificate(content)]
    except OSError as error:
        problem = f"cannot be read ({(error.strerror or 'input/output error').lower()})"
    except ValueError:
        problem = "holds no certificate"
    else:
        return [certificate.public_bytes(Encoding.DER) for certificate in found]
    raise InputError(
        problem, remedy="name a file with certificates (PEM or DER)", file=file, field=field
    )


def context(roots: Sequence[bytes], moment: dt.datetime) -> ValidationContext:
    """What pyHanko validates a chain against: these roots, as of `moment`, without any network.

    Revocation lists are used where the signature carries them; none are fetched.
    """
    from asn1crypto.x509 import Certificate
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(
        trust_roots=[Certificate.load(root) for root in roots],
        moment=moment,
        best_signature_time=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
