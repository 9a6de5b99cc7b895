"""The page that checks a ZIP in a browser, as this installation holds it.

The copy inside a ZIP comes from whoever made the ZIP. The one written here comes from the release,
and its SHA-256 tells whether two copies are the same.
"""

from __future__ import annotations

from importlib.resources import files as package_files
from pathlib import Path

from impactbook.errors import InputError
from impactbook.files import write_atomically
from impactbook.records.canonical import sha256
from impactbook.records.export.description import PAGE


def verify_page() -> bytes:
    """The page's bytes; every ZIP of this version carries the same."""
    return package_files("impactbook.records.export").joinpath(PAGE).read_bytes()


def write_page(target: Path) -> str:
    """Write the page to a file and return its SHA-256.

    Raises `InputError` when the target is a folder, `StorageError` when the system refuses.
    """
    if target.is_dir():
        raise InputError(
            "is a folder", remedy="name the file to write", file=target, field="--page"
        )
    page = verify_page()
    write_atomically(target, page)
    return sha256(page)
