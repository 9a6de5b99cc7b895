"""The files that lie in a record's folder, compared with what its manifest says.

Only plain files count: a symbolic link could lead out of the folder and change later.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from impactbook.model.record import CoveredFile, Manifest, ManifestFile
from impactbook.records.canonical import sha256_file
from impactbook.records.manifest import MANIFEST, SIGNED_PDF


def listing(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Paths of all plain files below `folder`, and of everything else that is no folder.

    Both sorted, with `/`; nothing is followed. Raises OSError when a folder cannot be read.
    """
    plain: list[str] = []
    other: list[str] = []
    waiting = [(os.fspath(folder), "")]
    while waiting:
        place, before = waiting.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                mode = entry.stat(follow_symlinks=False).st_mode
                path = before + entry.name
                if stat.S_ISDIR(mode):
                    waiting.append((entry.path, f"{path}/"))
                else:
                    (plain if stat.S_ISREG(mode) else other).append(path)
    return tuple(sorted(plain)), tuple(sorted(other))


def problems(
    folder: Path,
    manifest: Manifest,
    rebuilt: Mapping[str, ManifestFile] | None = None,
    elsewhere: Mapping[str, Path] | None = None,
    *,
    digest: Callable[[str], str | None] | None = None,
) -> tuple[str, ...]:
    """Every file that is missing, added, changed or no plain file; empty when all agree.

    `rebuilt` holds files that an erasure wrote anew; they count instead of the manifest's entries.
    `elsewhere` says where those lie that have not come to their place yet. `digest` gives the
    SHA-256 of a file of the record by its path, where the caller has read it before (None: cannot).
    """
    try:
        present, other = listing(folder)
    except OSError:
        return ("the folder cannot be read",)
    expected = {file.path: (rebuilt or {}).get(file.path, file) for file in manifest.files}
    found = [f"{path} is not a plain file" for path in other]
    found += [f"{path} is missing" for path in expected if path not in {*present, *other}]
    known = {*expected, MANIFEST, SIGNED_PDF}
    found += [f"{path} was added" for path in present if path not in known]
    found += [
        f"{path} {trouble}"
        for path, file in expected.items()
        if path in present
        and (trouble := _difference((elsewhere or {}).get(path, folder / path), file, digest))
    ]
    return tuple(found)


def _difference(
    path: Path,
    expected: ManifestFile | CoveredFile,
    digest: Callable[[str], str | None] | None,
) -> str:
    if isinstance(expected, CoveredFile):
        return ""
    try:
        if path.stat().st_size != expected.size:
            return "was changed (another size)"
        seen = digest(expected.path) if digest else sha256_file(path)
    except OSError:
        return "cannot be read"
    if seen is None:
        return "cannot be read"
    return "" if seen == expected.sha256 else "was changed"
