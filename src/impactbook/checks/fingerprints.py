"""Digests of data and reference populations, taken without running a check.

They say whether anything changed since a record was sealed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from impactbook.checks.locate import locate
from impactbook.checks.source import fingerprint_of
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset


def data_fingerprint(declaration: Dataset, *, folder: Path, name: str) -> str:
    """The fingerprint that evidence on this data carries; `name` is the declaration's, for messages.

    Files are read as bytes; a table of a database or of Spark is digested where it is. Raises
    `InputError` when the data is absent or cannot be read.
    """
    if not declaration.source.has_files:
        from impactbook.checks.sources import open_any

        with open_any(declaration, folder=folder, name=name) as opened:
            return opened.fingerprint
    return fingerprint_of(locate(declaration.source, folder=folder, declaration=name))


def reference_digests(declaration: Dataset, *, references: Path) -> dict[str, str]:
    """SHA-256 over each reference population that the declaration compares with, by its input name.

    Raises `InputError` when one is absent.
    """
    checks = declaration.checks
    named = [check.reference for check in checks.representation]
    for joint in checks.joint_representation:
        named += [joint.reference, *(part.reference for part in joint.attributes.values())]
    wanted = {name for name in named if name is not None}
    return {f"reference {name}": _digest(references, name) for name in sorted(wanted)}


def _digest(references: Path, name: str) -> str:
    digest = hashlib.sha256()
    for suffix in (".csv", ".yaml"):
        path = references / f"{name}{suffix}"
        if not path.is_file():
            raise InputError(
                f"the reference population {name!r} is missing",
                remedy=f"put {name}.csv and {name}.yaml into references/, or correct the name",
                file=path.name,
            )
        digest.update(path.read_bytes())
    return digest.hexdigest()
