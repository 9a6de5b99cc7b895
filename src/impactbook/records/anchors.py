"""What somebody kept outside the folder, and how far it vouches for the ledger.

A chain kept by one party shows only that it agrees with itself. A head written down elsewhere
(`--head`), or the PDF of a record that was filed and states the head before it (`--anchor`), shows
whether the history up to there is still the one it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from impactbook.errors import InputError, RecordError
from impactbook.model.record import SealLine
from impactbook.records import ledger
from impactbook.records.canonical import sha256, sha256_file
from impactbook.records.embedded import embedded_files
from impactbook.records.folders import RecordName
from impactbook.records.manifest import RECORD
from impactbook.records.verification import checked_record

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FiledPDF:
    """What a filed PDF says: its record, the digest of its `record.json`, the head before it."""

    file: str
    name: RecordName
    record: str
    before: str | None
    sha256: str


@dataclass(frozen=True)
class Anchors:
    """Ledger heads and filed PDFs from outside."""

    heads: tuple[str, ...] = ()
    filed: tuple[FiledPDF, ...] = ()

    @property
    def given(self) -> bool:
        """Whether anything was given at all."""
        return bool(self.heads or self.filed)


NO_ANCHORS = Anchors()


@dataclass(frozen=True)
class Anchoring:
    """How the anchors and a ledger agree.

    `problems` is empty when they do. Lines up to number `line` are vouched for; `filed` are the
    records whose own PDF was filed.
    """

    problems: tuple[str, ...] = ()
    line: int = 0
    filed: Mapping[RecordName, FiledPDF] = field(default_factory=dict)


def read_head(text: str) -> str:
    """A head as people type or paste it: 64 hexadecimal digits, spaces and capitals allowed.

    Raises `InputError` for anything else.

    >>> read_head("AB" * 16 + " " + "cd" * 16) == "ab" * 16 + "cd" * 16
    True
    """
    head = re.sub(r"[\s:-]", "", text).lower()
    if _HASH.fullmatch(head) is None:
        raise InputError(
            "is no ledger head",
            remedy="give all 64 hexadecimal digits, as a record prints them",
            field="--head",
        )
    return head


def read_filed(file: Path) -> FiledPDF:
    """What a filed PDF says; raises `InputError` when it cannot serve as an anchor."""
    if not file.is_file():
        raise InputError(
            "there is no such file", remedy="name a record's PDF", file=file, field="--anchor"
        )
    try:
        content = embedded_files(file)[RECORD]
        record = checked_record(content)
    except (RecordError, KeyError):
        raise InputError(
            "is no record's PDF that can be read",
            remedy="name the PDF of a record as it was filed",
            file=file,
            field="--anchor",
        ) from None
    return FiledPDF(
        file.name,
        RecordName(record["feature"]["id"], record["version"]),
        sha256(content),
        record["provenance"]["ledger_head"],
        sha256_file(file),
    )


def compare(
    anchors: Anchors, lines: Sequence[ledger.Line], records: Mapping[RecordName, str | None]
) -> Anchoring:
    """Hold the anchors against a ledger; `records` has the digest of each `record.json` filed."""
    numbers = {line.hash: line.seq for line in lines}
    problems = [
        f"the ledger does not hold the head {head[:16]}..., so it was rewritten, or cut off "
        "before it"
        for head in anchors.heads
        if head not in numbers
    ]
    seals = {ledger.name_of(line): line for line in lines if isinstance(line, SealLine)}
    for filed in anchors.filed:
        problems += _filed_problems(filed, seals.get(filed.name), records.get(filed.name))
    known = (numbers.get(head, 0) for head in _heads(anchors))
    return Anchoring(
        tuple(problems), max(known, default=0), {filed.name: filed for filed in anchors.filed}
    )


def _heads(anchors: Anchors) -> Iterable[str]:
    yield from anchors.heads
    yield from (filed.before for filed in anchors.filed if filed.before)


def _filed_problems(filed: FiledPDF, line: SealLine | None, record: str | None) -> list[str]:
    if line is None:
        return [f"{filed.file} is the PDF of {filed.name}, which the ledger does not name"]
    if line.previous != filed.before:
        return [f"{filed.file} states another ledger head than {filed.name} follows"]
    if record != filed.record:
        return [f"{filed.file} holds another record.json than {filed.name}"]
    return []
