"""Which files a declaration's source means, in a fixed order, and what format each has.

Nothing is read here. Patterns are resolved relative to the declaration's folder; only local files
are taken, and an address is refused without being repeated, since addresses may hold passwords.
"""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from impactbook.errors import InputError
from impactbook.model.dataset import Source
from impactbook.workspace.mistakes import is_address

Format = Literal["csv", "tsv", "jsonl", "parquet"]
Packing = Literal["none", "gzip", "zstd"]

_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_PACKED: dict[str, Packing] = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True)
class SourceFile:
    """One file of a source; `name` is how the declaration's folder sees it, for messages."""

    path: Path
    name: str
    split: str | None
    format: Format

    @property
    def packing(self) -> Packing:
        """How the file is compressed, as its ending tells."""
        return _PACKED.get(self.path.suffix.lower(), "none")


def locate(source: Source, *, folder: Path, declaration: str = "") -> tuple[SourceFile, ...]:
    """All files of `source`, patterns sorted by name, in the order of the declaration.

    Raises `InputError` when a name matches no file, matches something that is no file, names an
    address on a network, names a file twice, or has an ending that tells no format.
    """
    groups = source.splits or {"": source.files}
    found: list[SourceFile] = []
    for split, patterns in groups.items():
        field = f"source.splits.{split}" if split else "source.files"
        paths = [
            path
            for pattern in patterns
            for path in _matches(pattern, folder, field, declaration or None)
        ]
        _refuse_twice(paths, folder, field, declaration or None)
        for path in paths:
            name = _shown(path, folder)
            found.append(SourceFile(path, name, split or None, _format(path, name, source)))
    return tuple(found)


def _matches(pattern: str, folder: Path, field: str, declaration: str | None) -> list[Path]:
    if "\x00" in pattern:
        raise InputError(
            "the name holds a null character", file=declaration, field=field, remedy="remove it"
        )
    path = folder / pattern
    exists = _exists(path, declaration, field)
    if is_address(pattern) and not exists:
        raise InputError(
            "the source is an address, and only local files are read",
            file=declaration,
            field=field,
            remedy="download the file and name it here",
        )
    if exists:
        paths = [path]
    else:
        paths = sorted(Path(name) for name in glob.glob(str(path), recursive=True))  # noqa: PTH207
        paths = [name for name in paths if name.is_file()]
    if not paths:
        is_pattern = glob.has_magic(pattern)
        raise InputError(
            f"no file matches {pattern!r}"
            if is_pattern
            else f"the file {pattern!r} does not exist",
            file=declaration,
            field=field,
            remedy="correct the name, which is relative to the declaration's folder",
        )
    if not paths[0].is_file():
        raise InputError(
            f"{pattern!r} is not a file",
            file=declaration,
            field=field,
            remedy="name a file, or a pattern such as `data/*.csv`",
        )
    return paths


def _exists(path: Path, declaration: str | None, field: str) -> bool:
    """Whether something stands there; a name too long or a closed folder is said in words."""
    try:
        return path.exists()
    except OSError as error:
        reason = (error.strerror or "input/output error").lower()
    raise InputError(
        f"the file cannot be looked up ({reason})",
        file=declaration,
        field=field,
        remedy="correct the name, or check your permission to read its folder",
    )


def _refuse_twice(paths: list[Path], folder: Path, field: str, declaration: str | None) -> None:
    """Rows of a file that two patterns match would be counted twice."""
    seen: set[Path] = set()
    for path in paths:
        real = path.resolve()
        if real in seen:
            raise InputError(
                f"the file {_shown(path, folder)!r} is named twice, so its rows would count twice",
                file=declaration,
                field=field,
                remedy="name each file once",
            )
        seen.add(real)


def _shown(path: Path, folder: Path) -> str:
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return path.as_posix()


def _format(path: Path, name: str, source: Source) -> Format:
    found = source.format or _format_by_ending(path)
    if found is None:
        raise InputError(
            "the ending tells no format",
            file=name,
            field="source.format",
            remedy="add `format: csv`, `tsv`, `jsonl` or `parquet` to the source",
        )
    if found == "parquet" and path.suffix.lower() in _PACKED:
        # Parquet is read in pieces from its end; unpacking would copy raw data.
        raise InputError(
            "Parquet inside another compression cannot be read",
            file=name,
            remedy="unpack it (Parquet compresses its own columns with gzip or zstd)",
        )
    return found


def tells_format(path: Path) -> bool:
    """Whether a file's ending tells how to read it.

    >>> tells_format(Path("calls.csv.gz")), tells_format(Path("calls.xlsx"))
    (True, False)
    """
    return _format_by_ending(path) is not None


def _format_by_ending(path: Path) -> Format | None:
    endings = [ending.lower() for ending in path.suffixes]
    while endings and endings[-1] in _PACKED:
        endings.pop()
    return _FORMATS.get(endings[-1]) if endings else None
