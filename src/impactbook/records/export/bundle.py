"""Putting the ZIP of one record together: what is kept, what is made anew, what explains it.

The record's data, its manifest and its lines of the ledger are the same bytes for everybody, which
is what makes a shortened copy provable. Only PDF and HTML are made anew where they showed more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from impactbook.errors import InputError, RecordError
from impactbook.files import write_atomically
from impactbook.model.export import Audience, Export
from impactbook.model.record import Disclosures, ManifestFile
from impactbook.records import ledger
from impactbook.records.assembly import Present
from impactbook.records.canonical import canonical, sha256
from impactbook.records.disclosures import to_json
from impactbook.records.export.archive import pack
from impactbook.records.export.audiences import fields_left_out, files_left_out
from impactbook.records.export.description import (
    DESCRIPTION,
    EXTRACT,
    FOLDER,
    PAGE,
    README,
)
from impactbook.records.export.ledger_extract import extract, extract_bytes
from impactbook.records.export.page import verify_page
from impactbook.records.folders import RecordName
from impactbook.records.manifest import DISCLOSURES, SIGNED_PDF
from impactbook.records.rebuild import WholeRecord, open_entries, pages, read_whole
from impactbook.records.recovery import settle
from impactbook.records.snapshot import still, take_snapshot
from impactbook.records.verification import listed
from impactbook.records.verify import verify_record

_ATTEMPTS = 5
"""How often a record is read again while somebody else seals, signs or erases."""

_README = """impactbook: {name}

DE  Öffnen Sie verify.html mit einem Browser und wählen Sie darin diese ZIP-Datei aus. Die Seite
    rechnet alle Prüfsummen nach und zeigt den Stand der Prüfkette, den Sie mit einem später
    abgelegten PDF oder einem Brief vergleichen. Sie braucht kein Netz. Sicherer ist die Fassung
    dieser Seite aus der Veröffentlichung von impactbook: `impactbook export --page verify.html`
    schreibt sie. Der Bericht: record/record.pdf.

EN  Open verify.html in a browser and choose this ZIP in it. The page computes every hash again and
    shows the head of the ledger, which you compare with a PDF filed later or with a letter. It
    needs no network. The copy of the page from the impactbook release is safer than this one:
    `impactbook export --page verify.html` writes it. The report: record/record.pdf.
"""


@dataclass(frozen=True)
class Exported:
    """An export: the ZIP's path, what it says about itself, and what else a person should know.

    `others` counts the ledger's lines of other records that had to travel along, since the chain
    from this record to the ledger's head runs through them.
    """

    path: Path
    description: Export
    others: int
    page: str
    content: bytes = field(repr=False)


def export_record(
    outputs: Path,
    name: RecordName,
    to: Path,
    *,
    present: Present,
    audience: Audience | None = None,
) -> Exported:
    """Write the ZIP of a sealed record to the folder `to`; the same record gives the same bytes.

    1. Finish or undo what was interrupted; refuse a record that does not verify: a ZIP must not
       make it look better.
    2. Leave out the fields and files that the audience is not given.
    3. Make PDF and HTML anew if they showed any of it.
    4. Add the ledger's lines from this record to its end, the page for readers, the description.
    5. Write the ZIP beside its place, flush it, rename it into place.

    Raises `InputError` when there is no such record, `RecordError` when it does not verify,
    `StorageError` when the system refuses; nothing is left behind then.
    """
    settle(outputs)
    whole, lines = _at_rest(outputs, name)
    left_out = fields_left_out((entry.path for entry in whole.disclosures.entries), audience)
    sizes = {path: len(content) for path, content in whole.files.items()}
    files_out = files_left_out(sizes, audience)
    shown = shortened(whole, left_out, files_out, present)
    description = Export(
        feature=name.feature,
        version=name.version,
        audience=audience,
        left_out=left_out,
        files_left_out=files_out,
        made_anew=tuple(
            ManifestFile(path=path, size=len(content), sha256=sha256(content))
            for path, content in sorted(shown.items())
            if path != DISCLOSURES
        ),
        head=lines[-1].hash,
    )
    page = verify_page()
    without = {*files_out, *([SIGNED_PDF] if shown else [])}
    content = pack(
        {
            README: _README.format(name=name).encode("utf-8"),
            DESCRIPTION: canonical(to_json(description)),
            EXTRACT: extract_bytes(lines),
            **{
                f"{FOLDER}{path}": shown.get(path, given)
                for path, given in sorted(whole.files.items())
                if path not in without
            },
            PAGE: page,
        }
    )
    target = to / f"{file_name(description)}.zip"
    _write(target, content)
    others = sum(ledger.name_of(line) != name for line in lines)
    return Exported(target, description, others, sha256(page), content)


def shortened(
    whole: WholeRecord,
    fields: tuple[str, ...],
    files: tuple[str, ...],
    present: Present,
) -> dict[str, bytes]:
    """The files that change when these fields and files are left out; none when nothing is."""
    if not fields and not files:
        return {}
    kept = Disclosures(
        entries=tuple(entry for entry in whole.disclosures.entries if entry.path not in fields)
    )
    given = {path: content for path, content in whole.files.items() if path not in files}
    return {DISCLOSURES: open_entries(kept), **pages(whole.record, kept, given, present)}


def file_name(description: Export) -> str:
    """The ZIP's name without its ending."""
    parts = (description.feature, description.version, description.audience)
    return "-".join(part for part in parts if part)


def _at_rest(outputs: Path, name: RecordName) -> tuple[WholeRecord, tuple[ledger.Line, ...]]:
    """A record that verifies, and its lines, read together while nobody changed either."""
    for _ in range(_ATTEMPTS):
        snapshot = take_snapshot(outputs)
        _refuse_unverified(outputs, name)
        read = read_whole(outputs, name), extract(_ledger(outputs), name)
        if snapshot.erasing is None and still(outputs, snapshot):
            return read
    raise RecordError(f"{name}: changes while it is read; export it again when nobody erases.")


def _refuse_unverified(outputs: Path, name: RecordName) -> None:
    report = verify_record(outputs, name.feature, name.version)
    if not report.holds:
        failed = listed([step.name for step in report.steps if step.ok is not True])
        raise RecordError(
            f"{name}: does not verify ({failed}), so it is not exported; "
            f"`impactbook verify {name}` tells more."
        )


def _ledger(outputs: Path) -> bytes:
    try:
        return (outputs / ledger.LEDGER).read_bytes()
    except OSError:
        raise RecordError(f"{ledger.LEDGER}: cannot be read.") from None


def _write(target: Path, content: bytes) -> None:
    if target.parent.exists() and not target.parent.is_dir():
        raise InputError(
            "is a file, not a folder", remedy="name a folder", file=target.parent, field="--to"
        )
    write_atomically(target, content)
