"""Is a file whole, and does its text hold what the engine will not tell?

Seen while the bytes pass by for the digest. The engine does not compare the checksum of gzip (RFC
1952), and lets rows pass that have more fields than the header as long as those are empty; a
shifted row would go unnoticed. So the delimiters are counted here, and must add up with the rows
and columns.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from impactbook.checks.header import Header, null_bytes, opened
from impactbook.checks.locate import SourceFile
from impactbook.checks.trouble import damaged, not_encoded
from impactbook.model.dataset import Source

_BLOCK = 1 << 20
_PIECE = 1 << 16
_FEED, _RETURN = 10, 13
_SURROGATES = 0xD800, 0xDFFF
"""Halves of letters beyond 16 bits; now and then the engine lets them pass."""
_GZIP = 31
"""zlib's `wbits` for gzip with its header and checksum."""


class Inspection:
    """Looks through the bytes of one file; `feed` takes all of them in order, then `end`.

    `delimiters` is how many there are in a delimited file (None where they cannot be told: zstd is
    not unpacked here), `has_quotes` whether any cell may stand in quotation marks. The engine reads
    some mixed line ends as blank lines, so these are counted as well.
    """

    def __init__(self, file: SourceFile, source: Source, header: Header | None) -> None:
        self._file = file
        self._gzip = _Gzip() if file.packing == "gzip" else None
        self._wide = source.encoding == "utf-16"
        self._has_surrogates = False
        self._seen = 0
        self._rest = b""
        self._zero: int | None = None
        self._mark: int | None = None
        if header is not None and file.packing != "zstd" and header.delimiter.isascii():
            self._mark = ord(header.delimiter)
        self._is_text = header is not None and file.packing != "zstd"
        self._line_end = "" if header is None else header.line_end
        self._feeds = self._returns = self._pairs = 0
        self._after_return = False
        self.delimiters: int | None = None if self._mark is None else 0
        self.has_quotes = file.packing == "zstd"

    def feed(self, block: bytes) -> None:
        """Look through the next bytes; raises `InputError` when they cannot be unpacked."""
        if self._gzip is None:
            self._look(block)
            return
        try:
            for start in range(0, len(block), _PIECE):
                self._look(self._gzip.unpacked(block[start : start + _PIECE]))
            return
        except zlib.error:
            pass
        raise damaged(self._file)

    def _look(self, text: bytes) -> None:
        if not self._is_text:
            return
        if self._zero is None and not self._wide and b"\0" in text:
            self._zero = self._seen + text.index(b"\0")
        self._seen += len(text)
        self.has_quotes = self.has_quotes or b'"' in text
        letters = self._letters(text)
        if self._wide and not self._has_surrogates:
            first, last = _SURROGATES
            self._has_surrogates = bool(np.any((letters >= first) & (letters <= last)))
        if self.delimiters is not None:
            self.delimiters += int(np.count_nonzero(letters == self._mark))
        self._feeds += int(np.count_nonzero(letters == _FEED))
        self._returns += int(np.count_nonzero(letters == _RETURN))
        if self._line_end == "\r\n" and text and not self._wide:
            self._pairs += text.count(b"\r\n")
            self._pairs += self._after_return and text.startswith(b"\n")
            self._after_return = text.endswith(b"\r")

    def _letters(self, text: bytes) -> np.ndarray[Any, Any]:
        if not self._wide:
            return np.frombuffer(text, np.uint8)
        text = self._rest + text
        whole = len(text) // 2 * 2
        self._rest = text[whole:]
        return np.frombuffer(text[:whole], "<u2")

    @property
    def mixes_line_ends(self) -> bool:
        """Whether CR or LF stands elsewhere than the first line ends; perhaps within a cell."""
        if self._line_end == "\r\n":
            pairs = self._feeds if self._wide else self._pairs
            return not self._feeds == self._returns == pairs
        return bool(self._returns if self._line_end == "\n" else self._feeds)

    def end(self) -> None:
        """Raise `InputError` when the file is cut off, holds null bytes or letters not read."""
        if self._gzip is not None and not self._gzip.is_whole:
            raise damaged(self._file)
        if self._has_surrogates:
            raise not_encoded("utf-16", file=self._file, line=None)
        # What lies in the beginning was judged with the header: it may be another encoding.
        if self._zero is not None and self._zero > _BLOCK:
            raise null_bytes(self._file, line=_line_of(self._file, self._zero))


class _Gzip:
    """Unpacks gzip piece by piece; several members may follow each other."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._began = False

    def unpacked(self, piece: bytes) -> bytes:
        """The bytes behind the next ones; raises `zlib.error` when they are damaged."""
        found = b""
        while piece:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            self._began = True
            found += self._member.decompress(piece)
            piece = self._member.unused_data
        return found

    @property
    def is_whole(self) -> bool:
        """Whether the last member has come to its end, checksum included."""
        return self._began and self._member.eof


def _line_of(file: SourceFile, place: int) -> int:
    """The line in which the byte at `place` of the text stands."""
    lines = 1
    with opened(file) as content:
        while place > 0 and (block := content.read(min(_BLOCK, place))):
            lines += block.count(b"\n")
            place -= len(block)
    return lines
