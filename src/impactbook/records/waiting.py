"""The old files of a record whose erasure stands in the ledger and is not finished.

Until the new files are put in place, the old ones are what people open. They must be what the
ledger knew before the erasure: otherwise whoever announces one could show other pages, and the
verification would only look at the new files that wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from impactbook.errors import RecordError
from impactbook.model.record import EraseLine, ManifestFile, SignLine
from impactbook.records import folders, ledger
from impactbook.records.case import Case, hash_of, rebuilt_by
from impactbook.records.disclosures import misfits, undisclosed
from impactbook.records.manifest import DISCLOSURES, SIGNED_PDF
from impactbook.records.snapshot import counting


def waiting_problems(case: Case) -> tuple[str, ...]:
    """Every old file still in place that is not what the ledger knew before the erasure.

    Raises `RecordError` when manifest, record or disclosures cannot be read.
    """
    if case.erasing is None:
        return ()
    before = _before(case, case.erasing)
    return (*_changed(case, before), *_opened(case, before), *_signed(case, case.erasing, before))


def _before(case: Case, line: EraseLine) -> tuple[EraseLine, ...]:
    erased = case.snapshot.erased.get(case.name, ())
    return tuple(each for each in erased if each.seq < line.seq)


def _changed(case: Case, before: tuple[EraseLine, ...]) -> Iterator[str]:
    """Pages that are neither the sealed ones nor those of an earlier erasure."""
    known = {file.path: file for file in case.manifest.files if isinstance(file, ManifestFile)}
    known |= rebuilt_by(before)
    for file in case.elsewhere:
        if file in known and hash_of(case.folder / file) != known[file].sha256:
            yield f"{file} was changed before its erasure"


def _opened(case: Case, before: tuple[EraseLine, ...]) -> Iterator[str]:
    """The old disclosures must open their fields, and lack only what was erased earlier."""
    if DISCLOSURES not in case.elsewhere:
        return
    held = folders.parse_disclosures(_bytes(case.folder / DISCLOSURES))
    gone = {path for line in before for path in line.fields}
    if misfits(case.record, held) or not set(undisclosed(case.record, held)) <= gone:
        yield f"{DISCLOSURES} was changed before its erasure"


def _signed(case: Case, line: EraseLine, before: tuple[EraseLine, ...]) -> Iterator[str]:
    """The signed PDF, until it is removed, must be the one that the ledger names."""
    path = case.folder / SIGNED_PDF
    if not (path.exists() or path.is_symlink()):
        return
    signings = tuple(
        each
        for each in case.snapshot.reading.lines[: line.seq - 1]
        if isinstance(each, SignLine) and ledger.name_of(each) == case.name
    )
    counted = counting(signings, before)
    if not counted or hash_of(path) != counted[-1].sha256:
        yield f"{SIGNED_PDF} was changed before the erasure"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise RecordError(f"{path.name}: cannot be read.") from None
