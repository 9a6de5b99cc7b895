"""Signing a sealed record: the signature, the file beside `record.pdf`, the ledger's line.

The signed file is built under a hidden name, announced, renamed into place and then entered in the
ledger; a process killed in between leaves what the next one finishes or takes back.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from impactbook.errors import RecordError
from impactbook.files import flush_directory, storage_error, write_new
from impactbook.model.record import SignLine
from impactbook.records import ledger
from impactbook.records.announced import commit
from impactbook.records.folders import RecordName
from impactbook.records.lock import LOCK_TIMEOUT, locked
from impactbook.records.manifest import PDF, SIGNED_PDF
from impactbook.records.recovery import recover_all
from impactbook.records.signing.intent import (
    SIGNATURE,
    SigningIntent,
    clear_signing,
    in_place,
)
from impactbook.records.signing.keys import SigningKey
from impactbook.records.signing.pdf import SigningWords, append_signature
from impactbook.records.signing.reading import read_signatures
from impactbook.records.signing.trust import TRUST_NOBODY
from impactbook.records.snapshot import take_snapshot
from impactbook.records.verify import verify_record


@dataclass(frozen=True)
class Signed:
    """What came of a signing: the file, which signature it is, and the ledger's line for it."""

    path: Path
    number: int
    line: SignLine


def sign_record(
    outputs: Path,
    name: RecordName,
    key: SigningKey,
    *,
    words: SigningWords,
    created: str,
    service: str | None = None,
    lock_timeout: float = LOCK_TIMEOUT,
) -> Signed:
    """Append a signature to a sealed record's PDF; `words.field` may hold `{number}`.

    1. Take the lock; finish or undo what was interrupted.
    2. Refuse a record that does not verify: nobody should sign it.
    3. Append the signature, and read it back: valid, by this key, over the whole file.
    4. Write the file beside its place; write down the intent; rename; append to the ledger.

    Raises `InputError` when there is no such record, `RecordError` when it does not verify,
    `ServiceError` when the time-stamp service fails, `StorageError` when the system refuses; in
    each case the record is as it was.
    """
    with locked(outputs, lock_timeout):
        recover_all(outputs)
        if not verify_record(outputs, name.feature, name.version).holds:
            raise RecordError(
                f"{name}: does not verify, so it was not signed; "
                f"`impactbook verify {name}` tells more."
            )
        snapshot = take_snapshot(outputs)
        earlier = snapshot.signed.get(name, ())
        before = (name.folder(outputs) / (SIGNED_PDF if earlier else PDF)).read_bytes()
        number = len(earlier) + 1
        words = SigningWords(words.field.format(number=number), words.reason, words.name)
        content = append_signature(before, key, number=number, words=words, service=service)
        _check(before, content, key, number)
        line = ledger.sign_line(
            after=snapshot.reading.lines[-1],
            sealed=snapshot.seals[name][0],
            content=content,
            signer=key.fingerprint,
            created=created,
        )
        intent = SigningIntent(staging=f".signed-{secrets.token_hex(4)}.part", line=line)
        _commit(outputs, intent, content, before if earlier else None)
        return Signed(intent.final(outputs), number, line)


def _check(before: bytes, content: bytes, key: SigningKey, number: int) -> None:
    """What is about to be kept must read back as what was asked for."""
    found = read_signatures(content, TRUST_NOBODY)
    last = found[-1] if found else None
    as_asked = (
        last is not None
        and content.startswith(before)
        and len(found) == number
        and all(signature.valid for signature in found)
        and (last.covers, last.certificate) == (len(content), key.fingerprint)
    )
    if not as_asked:
        raise RecordError("the signature that was made does not read back as valid.")


def _commit(outputs: Path, intent: SigningIntent, content: bytes, before: bytes | None) -> None:
    """Write the file beside its place, then announce, rename, append and clear."""

    def announce() -> None:
        _write(intent.staged(outputs), content)
        SIGNATURE.write(outputs, intent)

    commit(
        outputs,
        intent.line,
        final=intent.final(outputs),
        announce=announce,
        put=lambda: intent.staged(outputs).replace(intent.final(outputs)),
        take_back=lambda: _take_back(outputs, intent, before),
        clear=lambda: clear_signing(outputs),
    )


def _take_back(outputs: Path, intent: SigningIntent, before: bytes | None) -> None:
    final = intent.final(outputs)
    if in_place(outputs, intent):
        try:
            if before is None:
                final.unlink()
            else:
                _write(intent.staged(outputs), before)
                intent.staged(outputs).replace(final)
            flush_directory(final.parent)
        except OSError as error:
            raise storage_error(final, error) from None
    clear_signing(outputs)


def _write(path: Path, content: bytes) -> None:
    try:
        write_new(path, content)
    except OSError as error:
        raise storage_error(path, error) from None
