"""A certificate authority, signers and a time-stamp service of the tests' own; no network."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from impactbook.records.signing.keys import SigningKey

YEAR = dt.timedelta(days=365)


@dataclass(frozen=True)
class Party:
    """Somebody with a key and a certificate: an authority, a signer, a time-stamp service."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_der(self) -> bytes:
        return self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def key_pem(self, passphrase: str | None = None) -> bytes:
        hidden = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden)

    def pkcs12(self, passphrase: str | None = None, *others: Party) -> bytes:
        hidden = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        return pkcs12.serialize_key_and_certificates(
            b"signer", self.key, self.certificate, [o.certificate for o in others], hidden
        )

    @property
    def signing_key(self) -> SigningKey:
        return SigningKey(self.key_der, self.der)


def authority(name: str = "Test Authority") -> Party:
    """A certificate authority; the same one for the same name."""
    return _issued(name)


def signer(
    name: str = "Erika Mustermann",
    issuer: str = "Test Authority",
    *,
    since: dt.timedelta = -YEAR,
    until: dt.timedelta = YEAR,
) -> Party:
    """A signer whose certificate an authority issued; validity is relative to now."""
    return _issued(name, issuer, since=since, until=until)


def stamping(name: str = "Test Time", issuer: str = "Test Authority") -> Party:
    """A time-stamp service's key and certificate."""
    return _issued(name, issuer, stamps=True)


@cache
def _issued(
    name: str,
    issued_by: str = "",
    *,
    since: dt.timedelta = -2 * YEAR,
    until: dt.timedelta = 3 * YEAR,
    stamps: bool = False,
) -> Party:
    issuer = authority(issued_by) if issued_by else None
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + since)
        .not_valid_after(now + until)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(_usage(ca=issuer is None), critical=True)
    )
    if stamps:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        made = made.add_extension(usage, critical=True)
    return Party(key, made.sign(issuer.key if issuer else key, hashes.SHA256()))


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca, content_commitment=not ca, key_cert_sign=ca, crl_sign=ca,
        key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


@contextmanager
def time_service(
    party: Party | None = None, *, at: dt.datetime | None = None, answer: bytes | None = None
) -> Iterator[str]:
    """An RFC 3161 service on this machine; yields its address.

    It stamps with the time `at` (default: now), or gives `answer` whatever it is asked.
    """
    own = party or stamping()
    stamper = DummyTimeStamper(
        asn1_x509.Certificate.load(own.der), keys.PrivateKeyInfo.load(own.key_der), fixed_dt=at
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            given = answer
            if given is None:
                given = stamper.request_tsa_response(tsp.TimeStampReq.load(asked)).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(given)))
            self.end_headers()
            self.wfile.write(given)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_party(folder: Path, name: str, party: Party) -> Path:
    """A party's certificate as a PEM file in `folder`."""
    path = folder / name
    path.write_bytes(party.pem)
    return path


def of_kind(kind: str) -> bytes:
    """A key of a kind (`rsa`, `p256`, `ed25519`) and its own self-made certificate, as PEM."""
    key = {
        "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }[kind]()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Self {kind}")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - YEAR)
        .not_valid_after(now + YEAR)
        .sign(key, None if kind == "ed25519" else hashes.SHA256())
    )
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return own + made.public_bytes(Encoding.PEM)
