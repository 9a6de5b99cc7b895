"""The ledger's lines that travel with a record: from the one that sealed it to the ledger's head.

Whoever knows a head that is among them can tell whether any of them was changed, dropped or
reordered. Lines of other records cannot be left out, since the chain runs through them.
"""

from __future__ import annotations

from pydantic import ValidationError

from impactbook.errors import RecordError
from impactbook.model.record import LEDGER_LINE, SealLine
from impactbook.records import ledger
from impactbook.records.canonical import parse_canonical
from impactbook.records.disclosures import to_json
from impactbook.records.export.description import EXTRACT
from impactbook.records.folders import RecordName


def extract(content: bytes, name: RecordName) -> tuple[ledger.Line, ...]:
    """The lines of a whole ledger from the one that sealed a record to the last one.

    Raises `RecordError` when the ledger does not name the record.
    """
    lines = ledger.read_ledger(content).lines
    for number, line in enumerate(lines):
        if isinstance(line, SealLine) and ledger.name_of(line) == name:
            return lines[number:]
    raise RecordError(f"{ledger.LEDGER}: does not name {name}.")


def extract_bytes(lines: tuple[ledger.Line, ...]) -> bytes:
    """The lines as they stand in the ledger."""
    return b"".join(ledger.line_bytes(line) for line in lines)


def read_extract(content: bytes) -> tuple[ledger.Line, ...]:
    """Read an extract and check its chain; the first line's predecessor is not there.

    Raises `RecordError` when a line is incomplete, was changed, or does not follow the one before.
    """
    if not content.endswith(b"\n"):
        raise RecordError(f"{EXTRACT}: is incomplete.")
    lines: list[ledger.Line] = []
    for number, raw in enumerate(content[:-1].split(b"\n"), 1):
        where = f"{EXTRACT}, line {number}"
        line = _parse(raw, where)
        if line.hash != ledger.line_hash(to_json(line)):
            raise RecordError(f"{where}: was changed, its hash does not fit.")
        before = lines[-1] if lines else None
        if before and (line.previous, line.seq) != (before.hash, before.seq + 1):
            raise RecordError(f"{where}: does not follow the line before it.")
        lines.append(line)
    return tuple(lines)


def _parse(raw: bytes, where: str) -> ledger.Line:
    try:
        return LEDGER_LINE.validate_python(parse_canonical(raw, where))
    except ValidationError:
        raise RecordError(f"{where}: is not a line of a ledger.") from None
