"""Time stamps of the ledger's head (RFC 3161), when a service is configured.

Each stands in `outputs/ledger.timestamps/<head>.<digest>.tst`, the token as the service gave it
(DER). The stamped SHA-256 is the head itself, so that `openssl ts -verify -digest HEAD -token_in`
reads it too; `digest` begins the token's own SHA-256, since its signature leaves out parts. A token shows that the ledger up to that head existed at that time; nothing is sent anywhere
unless a service is configured.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from impactbook.errors import RecordError
from impactbook.files import write_atomically
from impactbook.records import ledger
from impactbook.records.canonical import sha256
from impactbook.records.signing.service import Stamp, read_token, request_token
from impactbook.records.signing.trust import Trust

FOLDER = "ledger.timestamps"
_NAME = re.compile(r"([0-9a-f]{64})\.([0-9a-f]{32})\.tst")


def stamp_head(outputs: Path, service: str) -> Path | None:
    """Let the service stamp the ledger's present head, unless that was done; None without a ledger.

    Raises `ServiceError` when the service fails, `RecordError` when the ledger's end cannot be
    read or the answer stamps something else, `StorageError` when the system refuses.
    """
    head = ledger.head(outputs / ledger.LEDGER)
    if head is None:
        return None
    there = next((outputs / FOLDER).glob(f"{head}.*.tst"), None)
    if there is not None:
        return there
    digest = bytes.fromhex(head)
    token = request_token(service, digest)
    read_token(token, digest, (), now=dt.datetime.now(dt.UTC))
    path = outputs / FOLDER / f"{head}.{sha256(token)[:32]}.tst"
    write_atomically(path, token)
    return path


@dataclass(frozen=True)
class HeadStamps:
    """The time stamps beside a ledger, read as they are asked for, each at most once."""

    outputs: Path
    lines: Sequence[ledger.Line]
    trust: Trust
    now: dt.datetime

    @cached_property
    def _read(self) -> dict[int, Stamp]:
        return {}

    @cached_property
    def listed(self) -> tuple[dict[int, Path], tuple[str, ...]]:
        """Number of the stamped line -> its token's file; and names that stamp no line."""
        numbers = {line.hash: line.seq for line in self.lines}
        found: dict[int, Path] = {}
        strange: list[str] = []
        folder = self.outputs / FOLDER
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.name.startswith("."):
                continue
            match = _NAME.fullmatch(path.name)
            if match and match[1] in numbers and path.is_file() and not path.is_symlink():
                found[numbers[match[1]]] = path
            else:
                strange.append(path.name)
        return found, tuple(strange)

    def first_after(self, number: int) -> Stamp | None:
        """The first time stamp at or after the ledger's line `number`, or None.

        Raises `RecordError` when its token does not stamp that head or cannot be read.
        """
        place = bisect_left(self._numbers, number)
        return self._stamp(self._numbers[place]) if place < len(self._numbers) else None

    @cached_property
    def _numbers(self) -> list[int]:
        return sorted(self.listed[0])

    def _stamp(self, number: int) -> Stamp:
        if number not in self._read:
            path = self.listed[0][number]
            try:
                token = path.read_bytes()
            except OSError:
                raise RecordError(f"{path.name}: cannot be read.") from None
            head, named = path.name.split(".")[:2]
            if sha256(token)[: len(named)] != named:
                raise RecordError(f"{path.name}: was changed.")
            digest = bytes.fromhex(head)
            self._read[number] = read_token(token, digest, self.trust.for_stamps, now=self.now)
        return self._read[number]
