"""The files that travel inside `record.pdf`, read back.

A PDF comes from anywhere: whatever is wrong with it becomes a `RecordError`, never a traceback.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from impactbook.errors import RecordError
from impactbook.records.manifest import DISCLOSURES, RECORD

MAX_SIZE = 256 * 1024 * 1024
"""Bytes an embedded file may have; a compressed stream could be made to fill the memory."""

UNNAMED = (RECORD, DISCLOSURES, "ballots.jsonl")
"""Files that a PDF may carry although `record.json` names no digest of them."""


def named_files(record: Mapping[str, Any]) -> dict[str, str]:
    """The files whose SHA-256 stands in `record.json` itself, by path: evidence, attachments."""
    named = dict(record["provenance"]["evidence"])
    return named | {one["path"]: one["sha256"] for one in record["attachments"]}


def embedded_files(pdf: Path | bytes, name: str = "record.pdf") -> dict[str, bytes]:
    """The files embedded in a PDF, by the name they were attached under.

    `name` is what errors call a PDF that is given as bytes.

    Raises `RecordError` when the file is no PDF that can be read to its end.
    """
    import pikepdf

    if isinstance(pdf, Path):
        name = pdf.name
    source = pdf if isinstance(pdf, Path) else io.BytesIO(pdf)
    try:
        with pikepdf.open(source, suppress_warnings=True, attempt_recovery=False) as document:
            found = {}
            for attached, specification in document.attachments.items():
                stream = specification.get_file().obj
                if not _fits(stream.read_raw_bytes(), str(stream.get("/Filter", ""))):
                    raise RecordError(f"{name}: an embedded file is too large or oddly packed.")
                found[attached] = stream.read_bytes()
            return found
    except RecordError:
        raise
    except Exception:
        # qpdf and pikepdf raise many kinds of errors over damaged files; their texts quote them.
        raise RecordError(f"{name}: is not a PDF that can be read.") from None


def _fits(raw: bytes, packing: str) -> bool:
    if packing == "/FlateDecode":
        return len(zlib.decompressobj().decompress(raw, MAX_SIZE + 1)) <= MAX_SIZE
    return not packing and len(raw) <= MAX_SIZE


def record_path(name: str, paths: Iterable[str]) -> str | None:
    """The record's file that an embedded name means: the same path, or the only such file name.

    >>> record_path("figures.csv", ["evidence/figures.csv", "record.json"])
    'evidence/figures.csv'
    """
    known = list(paths)
    if name in known:
        return name
    same = [path for path in known if PurePosixPath(path).name == name]
    return same[0] if len(same) == 1 else None
