"""Is a zstd file whole? Its frames and blocks (RFC 8878) are walked over without unpacking them.

The engine stops without a word where such a file was cut off; half of it would be taken for all.
"""

from __future__ import annotations

from typing import BinaryIO

from impactbook.checks.locate import SourceFile
from impactbook.checks.trouble import damaged

_FRAME = 0xFD2FB528
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_RLE, _RESERVED = 1, 3


def refuse_cut_zstd(file: SourceFile) -> None:
    """Raise `InputError` when the file is no zstd, or its last frame does not come to its end."""
    size = file.path.stat().st_size
    with file.path.open("rb") as packed:
        while packed.tell() < size:
            if not _passes_frame(packed) or packed.tell() > size:
                raise damaged(file)


def _passes_frame(packed: BinaryIO) -> bool:
    """Move behind the next frame; False when it is none or ends too early."""
    magic = _number(packed, 4)
    if magic in _SKIPPABLE:
        length = _number(packed, 4)
        return length is not None and bool(packed.seek(length, 1))
    descriptor = _number(packed, 1) if magic == _FRAME else None
    if descriptor is None:
        return False
    is_single = bool(descriptor & 0b10_0000)
    window = 0 if is_single else 1
    dictionary = (0, 1, 2, 4)[descriptor & 0b11]
    content_size = (1 if is_single else 0, 2, 4, 8)[descriptor >> 6]
    packed.seek(window + dictionary + content_size, 1)
    is_last = False
    while not is_last:
        block = _number(packed, 3)
        if block is None:
            return False
        is_last, kind, length = bool(block & 1), block >> 1 & 0b11, block >> 3
        if kind == _RESERVED:
            return False
        packed.seek(1 if kind == _RLE else length, 1)
    packed.seek(4 if descriptor & 0b100 else 0, 1)
    return True


def _number(packed: BinaryIO, length: int) -> int | None:
    """The next bytes as a number, the lowest first; None at the end of the file."""
    found = packed.read(length)
    return int.from_bytes(found, "little") if len(found) == length else None
