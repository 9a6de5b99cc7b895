"""Asking a time-stamp service (RFC 3161), and reading what it answered.

Only the configured service is asked, and it learns nothing but a SHA-256. pyHanko speaks the
protocol; here its errors become one sentence, and a token becomes a plain `Stamp`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from impactbook.errors import ImpactbookError, RecordError
from impactbook.records.signing.trust import context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asn1crypto.x509 import Certificate
    from pyhanko.sign.timestamps import TimeStamper

T = TypeVar("T")
TIMEOUT = 20
"""Seconds a service may take to answer."""

# What pyHanko would warn of on standard error is part of our own reports.
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


class ServiceError(ImpactbookError):
    """The time-stamp service did not give a time stamp (exit code 1)."""

    exit_code = 1

    def __init__(self, address: str) -> None:
        super().__init__(
            f"{address}: the time-stamp service did not answer with a time stamp; "
            "try again later, or change `signing.time_stamp_service` in impactbook.toml."
        )


@dataclass(frozen=True)
class Stamp:
    """A time stamp whose signature is valid: when, by whom, and whether the service is trusted."""

    time: dt.datetime
    authority: str
    trusted: bool


def time_stamper(address: str) -> TimeStamper:
    """pyHanko's client for the service at `address`."""
    from pyhanko.sign.timestamps import HTTPTimeStamper

    return HTTPTimeStamper(address, timeout=TIMEOUT)


def request_token(address: str, digest: bytes) -> bytes:
    """The RFC 3161 token (DER) for a SHA-256; raises `ServiceError`."""
    return asked(address, lambda: _token(address, digest))


async def _token(address: str, digest: bytes) -> bytes:
    token = await time_stamper(address).async_timestamp(digest, "sha256")
    return bytes(token.dump())


def asked(address: str, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run something that asks the service; its failures become `ServiceError`."""
    from pyhanko.sign.timestamps import TimestampRequestError

    try:
        return completed(ask())
    except (TimestampRequestError, OSError, ValueError, TypeError, KeyError):
        # asn1crypto raises the last three over an answer that is none.
        raise ServiceError(address) from None


def read_token(token: bytes, digest: bytes, roots: Sequence[bytes], *, now: dt.datetime) -> Stamp:
    """Read a token that must stamp this SHA-256; raises `RecordError` when it does not."""
    from asn1crypto import cms
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
    from pyhanko.sign.validation.status import TimestampSignatureStatus

    def imprint(algorithm: str) -> bytes:
        return digest if algorithm == "sha256" else b""

    async def checked() -> TimestampSignatureStatus:
        signed = cms.ContentInfo.load(token, strict=True)["content"]
        found = await validate_tst_signed_data(signed, context(roots, now), imprint)
        return TimestampSignatureStatus(**found)

    try:
        status = completed(checked())
    except Exception:
        # asn1crypto and pyHanko raise many kinds of errors over a damaged token.
        raise RecordError("a time stamp cannot be read.") from None
    if not (status.intact and status.valid):
        raise RecordError("a time stamp does not stamp what it should.")
    return Stamp(status.timestamp, common_name(status.signing_cert), bool(status.trusted))


def common_name(certificate: Certificate) -> str:
    """The name in a certificate for people: common name, else the whole subject, one line."""
    named = certificate.subject.native.get("common_name") or certificate.subject.human_friendly
    name = named if isinstance(named, str) else ", ".join(map(str, named))
    return "".join(c if c.isprintable() else "?" for c in name)[:200]


def completed(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, also inside a notebook, where a loop is running already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
