"""Erasing an internal field: its value leaves every file of every record, and the ledger says why.

What is sealed stays as it is: `record.json` only ever held a salted digest. The entry that opens it
goes, PDF and HTML are made anew without it, and so does what would confirm a guess. The same value
may stand in other fields, versions and features; it goes there too.
"""

from __future__ import annotations

import contextlib
import html
import io
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impactbook.errors import InputError, RecordError
from impactbook.files import flush_directory, storage_error, write_new
from impactbook.model.record import (
    DRAFT,
    LEDGER_SCHEMA,
    Disclosures,
    EraseLine,
    ManifestFile,
)
from impactbook.records import contents, folders, ledger
from impactbook.records.assembly import Present
from impactbook.records.canonical import sha256
from impactbook.records.disclosures import FINGERPRINTS
from impactbook.records.embedded import embedded_files
from impactbook.records.erasing import ERASURE, ErasingIntent, finish
from impactbook.records.folders import RecordName
from impactbook.records.intent import remove_folder
from impactbook.records.lock import LOCK_TIMEOUT, locked
from impactbook.records.manifest import DISCLOSURES, MANIFEST, SIGNED_PDF
from impactbook.records.rebuild import SHOWN, open_entries, pages, read_whole
from impactbook.records.recovery import recover_all
from impactbook.records.verification import listed
from impactbook.records.verify import verify_record


@dataclass(frozen=True)
class Erased:
    """What an erasure did.

    `lines` are the ledger's new lines, one a record; `drafts` the features whose draft was removed
    because it showed the value; `unsigned` the records whose signed PDF went with it. `remains`
    are files in which people wrote the value openly: no erasure reaches what is sealed in the open.
    """

    lines: tuple[EraseLine, ...]
    drafts: tuple[str, ...]
    unsigned: tuple[RecordName, ...]
    remains: tuple[str, ...]


def erase(
    outputs: Path,
    name: RecordName,
    field: str,
    *,
    reason: str,
    created: str,
    present: Present,
    lock_timeout: float = LOCK_TIMEOUT,
) -> Erased:
    """Erase an internal field (a JSON Pointer as `record.json` has it) and its value everywhere.

    1. Take the lock; finish or undo what was interrupted.
    2. Find the value, and every record and draft that discloses it; refuse what does not verify.
    3. Make disclosures, PDF and HTML of each record anew in a hidden folder; flush them.
    4. Announce the erasure; append its lines, replace the files, remove drafts and signed PDFs.
    5. Look through all files for the value.

    `created` is the time of the erasure (RFC 3339). Raises `InputError` for a field that is not
    there and for a reason that holds the value, `RecordError` when a record does not verify,
    `StorageError` when the system refuses; then nothing was erased, or the next run finishes it.
    """
    reason = " ".join(reason.split())
    with locked(outputs, lock_timeout):
        finished = recover_all(outputs)
        if finished and _covers(finished, name, field):
            return Erased(finished.lines, finished.drafts, (), ())
        value = _value(outputs, name, field)
        _refuse_reason(reason, value)
        targets = _targets(outputs, value)
        if name not in targets:
            # It was read a moment ago: a folder on a network may go away in between.
            raise RecordError(f"{name}: cannot be read any more, so nothing was erased.")
        _refuse_unverified(outputs, targets)
        drafts = _drafts(outputs, value)
        signed = tuple(one for one in targets if _is_signed(outputs, one))
        staging = f".erased-{secrets.token_hex(4)}.part"
        lines = _stage(outputs, staging, targets, reason, created, present)
        intent = ErasingIntent(staging=staging, lines=lines, drafts=drafts)
        _announce(outputs, intent)
        finish(outputs, intent)
        return Erased(lines, drafts, signed, tuple(still_there(outputs, value)))


def _announce(outputs: Path, intent: ErasingIntent) -> None:
    """Write the intent down; when that fails, what was staged goes, and nothing was erased."""
    try:
        ERASURE.write(outputs, intent)
    except BaseException:
        with contextlib.suppress(RecordError, OSError):
            if ERASURE.read(outputs) is None:
                remove_folder(outputs / intent.staging)
        raise


def _covers(intent: ErasingIntent, name: RecordName, field: str) -> bool:
    """Whether an interrupted erasure, now finished, was the one asked for again."""
    return any(ledger.name_of(line) == name and field in line.fields for line in intent.lines)


def still_there(outputs: Path, value: Any) -> Iterator[str]:
    """Files below `outputs` that hold a value, by path; streams and attachments of PDFs included.

    Looks for text as UTF-8, as escaped JSON and as escaped HTML. Letters drawn on the pages of a
    PDF are numbers of glyphs and not found; they are made anew by every erasure.
    """
    words = _written(value)
    plain, _ = contents.listing(outputs)
    for path in plain:
        content = (outputs / path).read_bytes()
        parts = [content, *_inside(content)] if path.endswith(".pdf") else [content]
        if any(word in part for part in parts for word in words):
            yield path


def _written(value: Any) -> tuple[bytes, ...]:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    escaped = json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]
    return tuple({form.encode("utf-8") for form in (text, *escaped, html.escape(text))})


def _inside(pdf: bytes) -> Iterator[bytes]:
    """Every stream of a PDF, unpacked where its packing is known, and its embedded files."""
    import pikepdf

    yield from embedded_files(pdf).values()
    with pikepdf.open(io.BytesIO(pdf), suppress_warnings=True) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Stream):
                try:
                    yield item.read_bytes()
                except pikepdf.PdfError:
                    yield item.read_raw_bytes()


def _value(outputs: Path, name: RecordName, field: str) -> Any:
    """The value of an internal field; raises `InputError` and lists the fields there are."""
    disclosed = folders.read_disclosures(outputs, name.feature, name.version)
    entries = {
        entry.path: entry.value
        for entry in disclosed.entries
        if not FINGERPRINTS.fullmatch(entry.path)
    }
    if field in entries:
        return entries[field]
    erased = {
        path
        for line in ledger.read_ledger(_ledger(outputs)).lines
        if isinstance(line, EraseLine) and ledger.name_of(line) == name
        for path in line.fields
    }
    if field in erased:
        raise InputError(
            f"{field} was erased from {name} already",
            remedy=f"`impactbook verify {name}` tells when and why",
            field="FIELD",
        )
    raise InputError(
        f"{name} has no internal field {field!r}",
        remedy=f"name one of {', '.join(entries) or 'none (nothing is left to erase)'}",
        field="FIELD",
    )


def _refuse_reason(reason: str, value: Any) -> None:
    if not reason:
        raise InputError("is empty", remedy="say why, without the name", field="--reason")
    if any(word.decode("utf-8").casefold() in reason.casefold() for word in _written(value)):
        raise InputError(
            "holds the value that is to be erased, and the ledger keeps it for ever",
            remedy="say why without it",
            field="--reason",
        )


def _targets(outputs: Path, value: Any) -> dict[RecordName, tuple[str, ...]]:
    """Every record that discloses the value, and the fields that go with it, by name.

    A later version's sign-offs may name the content that held the value: a record that discloses
    a digest that goes elsewhere loses it too.
    """
    disclosed = {
        name: folders.read_disclosures(outputs, name.feature, name.version).entries
        for name in folders.list_records(outputs)
    }
    shown = {
        name for name, held in disclosed.items() if any(entry.value == value for entry in held)
    }
    marks = {
        str(entry.value)
        for name in shown
        for entry in disclosed[name]
        if FINGERPRINTS.fullmatch(entry.path)
    }
    found = {}
    for name, entries in disclosed.items():
        going = [
            entry.path
            for entry in entries
            if entry.value == value
            or (FINGERPRINTS.fullmatch(entry.path) and (name in shown or entry.value in marks))
        ]
        if going:
            found[name] = tuple(sorted(going))
    return found


def _drafts(outputs: Path, value: Any) -> tuple[str, ...]:
    """Features whose draft shows the value; one that cannot be read might, so it counts."""
    found = []
    for place in sorted(outputs.glob(f"*/{DRAFT}")):
        feature = place.parent.name
        try:
            entries = folders.read_disclosures(outputs, feature, DRAFT).entries
            shows = any(entry.value == value for entry in entries)
        except RecordError:
            shows = True
        if shows and folders.is_feature(feature):
            found.append(feature)
    return tuple(found)


def _refuse_unverified(outputs: Path, targets: Mapping[RecordName, tuple[str, ...]]) -> None:
    for name in targets:
        report = verify_record(outputs, name.feature, name.version)
        if not report.holds:
            failed = listed([step.name for step in report.steps if step.ok is not True])
            raise RecordError(
                f"{name}: does not verify ({failed}), so nothing was erased; "
                f"`impactbook verify {name}` tells more."
            )


def _is_signed(outputs: Path, name: RecordName) -> bool:
    return (name.folder(outputs) / SIGNED_PDF).exists()


def _stage(
    outputs: Path,
    staging: str,
    targets: Mapping[RecordName, tuple[str, ...]],
    reason: str,
    created: str,
    present: Present,
) -> tuple[EraseLine, ...]:
    """Write each record's new files to the hidden folder, and make the ledger's lines."""
    lines: list[EraseLine] = []
    last = ledger.tail(outputs / ledger.LEDGER).last
    try:
        for name, fields in targets.items():
            made, manifest = _without(outputs, name, fields, present)
            folder = name.folder(outputs / staging)
            folder.mkdir(parents=True)
            for path, content in made.items():
                write_new(folder / path, content)
            flush_directory(folder)
            before = lines[-1] if lines else last
            lines.append(_line(before, name, manifest, fields, reason, created, made))
        flush_directory(outputs)
    except BaseException as error:
        remove_folder(outputs / staging)
        if isinstance(error, OSError):
            raise storage_error(outputs / staging, error) from None
        raise
    return tuple(lines)


def _without(
    outputs: Path, name: RecordName, fields: tuple[str, ...], present: Present
) -> tuple[dict[str, bytes], str]:
    """A record's new files without these fields, and its manifest's SHA-256."""
    whole = read_whole(outputs, name)
    kept = Disclosures(
        entries=tuple(entry for entry in whole.disclosures.entries if entry.path not in fields)
    )
    made = pages(whole.record, kept, whole.files, present)
    return {**made, DISCLOSURES: open_entries(kept)}, sha256(whole.files[MANIFEST])


def _line(
    after: ledger.Line | None,
    name: RecordName,
    manifest: str,
    fields: tuple[str, ...],
    reason: str,
    created: str,
    made: Mapping[str, bytes],
) -> EraseLine:
    files = [
        ManifestFile(path=path, size=len(made[path]), sha256=sha256(made[path]))
        for path in sorted(SHOWN)
    ]
    body: dict[str, Any] = {
        "schema": LEDGER_SCHEMA,
        "seq": after.seq + 1 if after else 1,
        "kind": "erase",
        "feature": name.feature,
        "version": name.version,
        "manifest": manifest,
        "previous": after.hash if after else None,
        "created": created,
        "fields": list(fields),
        "reason": reason,
        "files": [file.model_dump(mode="json") for file in files],
    }
    return EraseLine.model_validate({**body, "hash": ledger.line_hash(body)})


def _ledger(outputs: Path) -> bytes:
    try:
        return (outputs / ledger.LEDGER).read_bytes()
    except OSError:
        return b""
