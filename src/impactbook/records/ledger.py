"""`outputs/ledger.jsonl`: a line for each sealing, signing and erasure, chained by hashes.

Whoever knows the last hash (the head) can tell whether any earlier line was changed, dropped or
reordered. Lines are only ever appended; `outputs/.lock` is held while that is done (see `seal`).
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from impactbook.errors import RecordError
from impactbook.files import flush_directory, storage_error
from impactbook.model.record import LEDGER_LINE, LEDGER_SCHEMA, EraseLine, SealLine, SignLine
from impactbook.records.canonical import canonical, digest, parse_canonical, sha256
from impactbook.records.disclosures import to_json
from impactbook.records.folders import RecordName

LEDGER = "ledger.jsonl"
_BLOCK = 1 << 14
INCOMPLETE = "is incomplete."

# A quotation mark inside a text is escaped, so these bytes can only be the two keys.
_SEAL = re.compile(rb'"feature":"([^"]*)","hash":"[^"]*","kind":"seal"')

Line = SealLine | EraseLine | SignLine


@dataclass(frozen=True)
class Tail:
    """The end of the ledger: its last whole line (None: empty) and the bytes after it.

    `complete` is the ledger's size in bytes without `torn`, which is empty unless a process died
    while it appended.
    """

    last: Line | None
    complete: int
    torn: bytes

    @property
    def head(self) -> str | None:
        """The hash of the last line; None for an empty ledger."""
        return self.last.hash if self.last else None


@dataclass(frozen=True)
class LedgerReading:
    """The whole ledger as far as it can be read, and everything that is wrong with its chain."""

    lines: tuple[Line, ...]
    problems: tuple[str, ...]
    torn: bytes

    @property
    def head(self) -> str | None:
        """The hash of the last line that can be read."""
        return self.lines[-1].hash if self.lines else None


def seal_line(
    *, after: Line | None, feature: str, version: str, manifest: str, created: str
) -> SealLine:
    """The line that records a sealing, chained to the line `after` which it comes."""
    body: dict[str, Any] = {
        "schema": LEDGER_SCHEMA,
        "seq": after.seq + 1 if after else 1,
        "kind": "seal",
        "feature": feature,
        "version": version,
        "manifest": manifest,
        "previous": after.hash if after else None,
        "created": created,
    }
    return SealLine.model_validate({**body, "hash": line_hash(body)})


def sign_line(
    *, after: Line, sealed: SealLine, content: bytes, signer: str, created: str
) -> SignLine:
    """The line that records a signing of the record that `sealed` names.

    `content` is the whole signed file, `signer` the SHA-256 of the signer's certificate.
    """
    body: dict[str, Any] = {
        "schema": LEDGER_SCHEMA,
        "seq": after.seq + 1,
        "kind": "sign",
        "feature": sealed.feature,
        "version": sealed.version,
        "manifest": sealed.manifest,
        "previous": after.hash,
        "created": created,
        "size": len(content),
        "sha256": sha256(content),
        "signer": signer,
    }
    return SignLine.model_validate({**body, "hash": line_hash(body)})


def line_hash(line: Mapping[str, Any]) -> str:
    """The SHA-256 of a line's canonical form without its `hash`."""
    return digest({key: value for key, value in line.items() if key != "hash"})


def line_bytes(line: Line) -> bytes:
    """A line as it stands in the file, with its line end."""
    return canonical(to_json(line)) + b"\n"


def read_ledger(content: bytes) -> LedgerReading:
    """Read every line and check the chain: form, hash, number, predecessor. Nothing is raised."""
    lines: list[Line] = []
    problems: list[str] = []
    *whole, torn = content.split(b"\n")
    for number, raw in enumerate(whole, 1):
        try:
            line = _parse(raw, f"line {number}")
        except RecordError as error:
            problems.append(str(error))
            continue
        problems += [
            f"line {number}: {problem}." for problem in _chain_problems(lines, line, number, raw)
        ]
        lines.append(line)
    if torn:
        problems.append(f"line {len(whole) + 1}: {INCOMPLETE}")
    return LedgerReading(tuple(lines), tuple(problems), torn)


def tail(path: Path) -> Tail:
    """The end of the ledger, read backwards, so that its length does not matter.

    Raises `RecordError` when the last whole line is not a line of a ledger.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            end = b""
            start = size
            while start > 0 and end.count(b"\n") < 2:
                start = max(0, start - _BLOCK)
                file.seek(start)
                end = file.read(size - start)
    except FileNotFoundError:
        return Tail(None, 0, b"")
    *whole, torn = end.split(b"\n")
    complete = size - len(torn)
    last = _parse(whole[-1], f"{LEDGER}, last line") if whole else None
    return Tail(last, complete, torn)


def head(path: Path) -> str | None:
    """The hash of the ledger's last line, None while there is none.

    Raises `RecordError` when the last line is incomplete or cannot be read.
    """
    end = tail(path)
    if end.torn:
        raise RecordError(f"{LEDGER}: its last line is incomplete, and no sealing explains it.")
    return end.head


def newest_seals(path: Path) -> dict[str, SealLine]:
    """The last whole `seal` line of each feature; raises `RecordError` when one cannot be read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    content = content[: content.rfind(b"\n") + 1]
    newest = {found[1]: found.start() for found in _SEAL.finditer(content)}
    lines: dict[str, Line] = {}
    for raw_name, place in newest.items():
        feature = raw_name.decode("utf-8", "replace")
        start, end = content.rfind(b"\n", 0, place) + 1, content.find(b"\n", place)
        lines[feature] = _parse(content[start:end], f"{LEDGER}, {feature}")
    return {feature: line for feature, line in lines.items() if isinstance(line, SealLine)}


def append(path: Path, line: Line) -> None:
    """Append a line and flush it to the disk; on an error the ledger is as it was before.

    The caller holds the lock. Raises `StorageError` when the system refuses.
    """
    content = line_bytes(line)
    before: int | None = None
    # Only the first line makes the file: a later one must not start a ledger of its own.
    made = 0 if line.previous else os.O_CREAT
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | made, 0o644)
        try:
            before = os.fstat(handle).st_size
            while content:
                content = content[os.write(handle, content) :]
            os.fsync(handle)
        except BaseException:
            with contextlib.suppress(OSError):
                if before:
                    os.ftruncate(handle, before)
                elif before == 0:
                    path.unlink()
            raise
        finally:
            os.close(handle)
    except OSError as error:
        raise storage_error(path, error) from None
    if before == 0:
        flush_directory(path.parent)


def withdraw(path: Path, line: Line) -> bool:
    """Cut off what an append that failed left of `line`; False when all of it stands.

    Raises `RecordError`, `StorageError` or OSError when that cannot be told or done now.
    """
    end = tail(path)
    if end.torn:
        truncate(path, end.complete)
    return end.head != line.hash


def truncate(path: Path, size: int) -> None:
    """Cut the ledger back to its whole lines and flush it; raises `StorageError`."""
    try:
        with path.open("r+b") as file:
            file.truncate(size)
            os.fsync(file.fileno())
    except OSError as error:
        raise storage_error(path, error) from None


def awaits(reading: Tail | LedgerReading, line: Line) -> bool:
    """Whether the ledger stands right before, or amid, the append of `line`.

    A torn line counts only when it is a beginning of the announced line; blocks that the disk had
    set aside but not yet written read as zeros.
    """
    fits = line_bytes(line).startswith(reading.torn.rstrip(b"\0"))
    return reading.head == line.previous and fits and len(reading.torn) <= len(line_bytes(line))


def name_of(line: Line) -> RecordName:
    """The record a line speaks of."""
    return RecordName(line.feature, line.version)


def _parse(raw: bytes, where: str) -> Line:
    value = parse_canonical(raw, where)
    try:
        return LEDGER_LINE.validate_python(value)
    except ValidationError:
        raise RecordError(f"{where}: is not a line of a ledger.") from None


def _chain_problems(lines: list[Line], line: Line, number: int, raw: bytes) -> list[str]:
    problems = []
    # The line is canonical, so its canonical form without `hash` is itself without these bytes.
    if line.hash != sha256(raw.replace(f'"hash":"{line.hash}",'.encode(), b"", 1)):
        problems.append("was changed, its hash does not fit")
    if line.seq != number:
        problems.append(f"says it is number {line.seq}")
    if line.previous != (lines[-1].hash if lines else None):
        problems.append("does not follow the line before it")
    return problems
