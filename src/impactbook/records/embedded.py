"""The files that travel inside `record.pdf`, read back.

A PDF comes from anywhere: whatever is wrong with it becomes a `RecordError`, never a traceback.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from impactbook.errors import RecordError

MAX_SIZE = 256 * 1024 * 1024
"""Bytes an embedded file may have; a compressed stream could be made to fill the memory."""


def embedded_files(pdf: Path) -> dict[str, bytes]:
    """The files embedded in a PDF, by the name they were attached under.

    Raises `RecordError` when the file is no PDF that can be read to its end.
    """
    import pikepdf

    try:
        with pikepdf.open(pdf, suppress_warnings=True, attempt_recovery=False) as document:
            found = {}
            for name, specification in document.attachments.items():
                stream = specification.get_file().obj
                if not _fits(stream.read_raw_bytes(), str(stream.get("/Filter", ""))):
                    raise RecordError(f"{pdf.name}: an embedded file is too large or oddly packed.")
                found[name] = stream.read_bytes()
            return found
    except RecordError:
        raise
    except Exception:
        # qpdf and pikepdf raise many kinds of errors over damaged files; their texts quote them.
        raise RecordError(f"{pdf.name}: is not a PDF that can be read.") from None


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
