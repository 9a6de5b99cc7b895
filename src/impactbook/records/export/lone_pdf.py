"""A record's folder rebuilt from its PDF alone: everything but signatures.

The PDF carries every file of the record but those that show it; `record.html` is made again, the
manifest is computed. When nothing had been left out of the PDF, its digest is the one that the
ledger names. A signed PDF is cut back to the record's own bytes, which it begins with.
"""

from __future__ import annotations

import contextlib
import glob
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impactbook.errors import InputError, RecordError
from impactbook.files import claimed, flush_directory, storage_error, sweep, write_new
from impactbook.model.record import Disclosures, relative_path
from impactbook.records.assembly import Present
from impactbook.records.canonical import sha256
from impactbook.records.disclosures import misfits, undisclosed
from impactbook.records.embedded import UNNAMED, embedded_files, named_files, record_path
from impactbook.records.folders import RecordName, parse_disclosures
from impactbook.records.intent import remove_folder
from impactbook.records.manifest import DISCLOSURES, HTML, MANIFEST, PDF, RECORD, make_manifest
from impactbook.records.rebuild import Differing, differing_tools, open_entries, pages
from impactbook.records.verification import checked_record, listed

_END = b"%%EOF\n"
_NOTEBOOKS = "notebooks/"


@dataclass(frozen=True)
class Recovered:
    """What came out of a lone PDF.

    `missing` are files that `record.json` names and the PDF does not carry, `undisclosed` internal
    fields it does not open. `same_pages`: whether making the PDF again gives the same bytes; when
    not, `tools` names those of another version. `signed`: whether signatures were cut off.
    """

    folder: Path
    name: RecordName
    manifest: str
    missing: tuple[str, ...]
    undisclosed: tuple[str, ...]
    same_pages: bool
    tools: tuple[Differing, ...]
    signed: bool


@dataclass(frozen=True)
class Carried:
    """The record in a PDF: its own bytes without signatures, and all files it carries by path."""

    pdf: bytes
    signed: bool
    record: Mapping[str, Any]
    disclosures: Disclosures
    files: Mapping[str, bytes]


def recover_from_pdf(pdf: Path, to: Path, *, present: Present) -> Recovered:
    """Rebuild a record's folder below `to` from its PDF.

    1. Read what the PDF carries and check it against `record.json`.
    2. Make PDF and HTML again; keep the PDF's own bytes.
    3. Compute the manifest.
    4. Write all files to a hidden folder, flush them, rename it into place.

    Raises `InputError` when there is no such PDF or the folder exists already, `RecordError` when
    the PDF carries no record or what it carries does not belong together, `StorageError` when the
    system refuses; nothing is left behind then.
    """
    carried = read_carried(pdf)
    record = carried.record
    name = RecordName(record["feature"]["id"], record["version"])
    made = pages(record, carried.disclosures, carried.files, present)
    files = {
        **carried.files,
        DISCLOSURES: open_entries(carried.disclosures),
        PDF: carried.pdf,
        HTML: made[HTML],
    }
    manifest = make_manifest(name.feature, name.version, files)
    folder = to / f"{name.feature}-{name.version}"
    _write_folder(folder, {**files, MANIFEST: manifest})
    return Recovered(
        folder=folder,
        name=name,
        manifest=sha256(manifest),
        missing=tuple(path for path in named_files(record) if path not in files),
        undisclosed=undisclosed(record, carried.disclosures),
        same_pages=made[PDF] == carried.pdf,
        tools=differing_tools(record),
        signed=carried.signed,
    )


def read_carried(pdf: Path) -> Carried:
    """Read the record that a PDF carries; raises as `recover_from_pdf`."""
    if not pdf.is_file():
        raise InputError("there is no such file", remedy="name an existing PDF", file=pdf)
    try:
        content = pdf.read_bytes()
    except OSError:
        raise RecordError(f"{pdf.name}: cannot be read.") from None
    own = _without_signatures(content)
    embedded = embedded_files(own, pdf.name)
    if RECORD not in embedded:
        raise RecordError(f"{pdf.name}: carries no {RECORD}, so it is no record of impactbook.")
    record = checked_record(embedded[RECORD])
    files = {_path(name, record, pdf.name): held for name, held in embedded.items()}
    disclosures = parse_disclosures(files[DISCLOSURES]) if DISCLOSURES in files else Disclosures()
    wrong = [*misfits(record, disclosures), *_differing(record, files)]
    if wrong:
        raise RecordError(f"{pdf.name}: carries what record.json does not name: {listed(wrong)}.")
    return Carried(own, own != content, record, disclosures, files)


def _without_signatures(content: bytes) -> bytes:
    """The PDF as it was before anything was appended: up to the end of its first revision.

    A linearised file has such an end early on as well, so the first part that can be read counts.
    """
    at = content.find(_END)
    while at >= 0:
        part = content[: at + len(_END)]
        if part == content or _readable(part):
            return part
        at = content.find(_END, at + 1)
    return content


def _readable(part: bytes) -> bool:
    try:
        return RECORD in embedded_files(part)
    except RecordError:
        return False


def _path(name: str, record: Mapping[str, Any], pdf: str) -> str:
    """Where an embedded file lies in the record's folder; nothing may lead out of it."""
    path = record_path(name, [*UNNAMED, *named_files(record)])
    if path is None and name.endswith(".ipynb") and "/" not in name:
        path = _NOTEBOOKS + name
    try:
        return relative_path(path or "")
    except ValueError:
        raise RecordError(f"{pdf}: carries a file that no record holds.") from None


def _differing(record: Mapping[str, Any], files: Mapping[str, bytes]) -> list[str]:
    return [
        path
        for path, expected in named_files(record).items()
        if path in files and sha256(files[path]) != expected
    ]


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files beside their place and rename the folder; nothing half is ever there."""
    if folder.exists():
        raise InputError(
            "exists already", remedy="remove it or name another folder", file=folder, field="--to"
        )
    sweep(folder.parent, f".{glob.escape(folder.name)}.part-*")
    staged = folder.with_name(f".{folder.name}.part-{secrets.token_hex(4)}")
    try:
        staged.mkdir(parents=True)
        with claimed(staged):
            for path, content in files.items():
                (staged / path).parent.mkdir(parents=True, exist_ok=True)
                write_new(staged / path, content)
            for directory in {(staged / path).parent for path in files}:
                flush_directory(directory)
            staged.rename(folder)
        flush_directory(folder.parent)
    except OSError as error:
        _remove(staged)
        raise storage_error(folder, error) from None
    except BaseException:
        _remove(staged)
        raise


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):
        remove_folder(folder)
