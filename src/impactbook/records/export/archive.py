"""The ZIP itself: written with the same bytes for the same content, read without trusting it.

Files are stored, not compressed: what a compressor writes depends on its version. Reading accepts
compressed files too, since people pack ZIPs anew.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from impactbook.errors import InputError, RecordError
from impactbook.model.record import relative_path

MAX_SIZE = 1 << 30
"""Bytes all files of a ZIP may have together; a compressed one could be made to fill the memory."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16


def pack(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of these files in this order; the same files give the same bytes everywhere."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Otherwise Windows and Unix would give different bytes.
            entry.external_attr = _PLAIN_FILE
            archive.writestr(entry, content)
    return target.getvalue()


def unpack(path: Path) -> dict[str, bytes]:
    """Every file of a ZIP by its name.

    Raises `InputError` when there is no such file, `RecordError` when it is no whole ZIP, names a
    file twice, leads out of its folder or is too large.
    """
    if not path.is_file():
        raise InputError("there is no such file", remedy="name an existing ZIP", file=path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _refuse_odd(entries)
            return {entry.filename: archive.read(entry) for entry in entries}
    except RecordError:
        raise
    except Exception:
        # zipfile and zlib raise many kinds of errors over damaged files; none is for people.
        raise RecordError(f"{path.name}: is not a ZIP that can be read to its end.") from None


def _refuse_odd(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) != len(set(names)):
        raise RecordError("the ZIP names a file twice.")
    if sum(entry.file_size for entry in entries) > MAX_SIZE:
        raise RecordError("the ZIP is larger than a record's can be.")
    for name in names:
        try:
            relative_path(name)
        except ValueError:
            raise RecordError("the ZIP names a file outside its folder.") from None
