"""The files that lie in a record's folder, compared with what its manifest says.

Only plain files count: a symbolic link could lead out of the folder and change later.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
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
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISDIR(mode):
                    waiting.append(Path(entry.path))
                else:
                    path = Path(entry.path).relative_to(folder).as_posix()
                    (plain if stat.S_ISREG(mode) else other).append(path)
    return tuple(sorted(plain)), tuple(sorted(other))


def problems(
    folder: Path, manifest: Manifest, rebuilt: Mapping[str, ManifestFile] | None = None
) -> tuple[str, ...]:
    """Every file that is missing, added, changed or no plain file; empty when all agree.

    `rebuilt` holds files that an erasure wrote anew; they count instead of the manifest's entries.
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
        if path in present and (trouble := _difference(folder / path, file))
    ]
    return tuple(found)


def _difference(path: Path, expected: ManifestFile | CoveredFile) -> str:
    if isinstance(expected, CoveredFile):
        return ""
    try:
        if path.stat().st_size != expected.size:
            return "was changed (another size)"
        return "" if sha256_file(path) == expected.sha256 else "was changed"
    except OSError:
        return "cannot be read"
