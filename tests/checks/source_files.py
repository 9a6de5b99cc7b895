"""Files as people save them, written byte by byte, and what opening or checking them says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from impactbook.checks import DatasetRun, run_checks
from impactbook.checks.source import OpenSource, open_source
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset, Source

SECRET = "Sentinel7731"
"""Stands in cells; no sentence may repeat it."""


def write(folder: Path, name: str, content: str | bytes) -> None:
    """Write a file with these very bytes."""
    raw = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(raw)


def rows_of(opened: OpenSource) -> list[tuple[object, ...]]:
    """All rows of an open source, in a fixed order."""
    with opened.connect() as connection:
        return connection.execute("SELECT * FROM rows ORDER BY ALL").fetchall()


def read(folder: Path, name: str, **source: object) -> list[tuple[object, ...]]:
    """The rows of one file."""
    declared = Source.model_validate({"files": [name], **source})
    with open_source(declared, folder=folder) as opened:
        return rows_of(opened)


def refused(folder: Path, name: str, needed: tuple[str, ...] = ("a",), **source: object) -> str:
    """The one sentence with which a file is refused: named, with a remedy, without a raw value."""
    declared = Source.model_validate({"files": [name], **source})
    with (
        pytest.raises(InputError) as caught,
        open_source(declared, folder=folder, needed=needed),
    ):
        pass
    return sentence(caught.value)


def sentence(error: InputError) -> str:
    """The error's sentence, after a look that it is one, with a remedy, and repeats nothing."""
    said = str(error)
    assert SECRET not in said
    assert error.__suppress_context__ or SECRET not in str(error.__context__)
    assert "\n" not in said
    assert said.count("; ") == 1
    assert error.remedy
    return said


def declared(
    columns: Mapping[str, Any],
    checks: Mapping[str, Any] | None = None,
    *,
    name: str = "data.csv",
    **source: Any,
) -> Dataset:
    """A declaration of one file; a column may be just its role."""
    told = {column: {"role": c} if isinstance(c, str) else c for column, c in columns.items()}
    return Dataset.model_validate(
        {
            "schema": "impactbook/dataset/1",
            "title": "Test",
            "source": {"files": [name], **source},
            "columns": told,
            "checks": checks or {},
        }
    )


def check(folder: Path, dataset: Dataset, content: str | bytes | None = None) -> DatasetRun:
    """Check `dataset` in `folder`, after writing `content` to its file."""
    if content is not None:
        write(folder, dataset.source.files[0], content)
    return run_checks("test", dataset, folder=folder, limit=1, references=folder / "references")


def check_refused(folder: Path, dataset: Dataset, content: str | bytes | None = None) -> str:
    """The sentence with which the check is refused."""
    with pytest.raises(InputError) as caught:
        check(folder, dataset, content)
    return sentence(caught.value)


def zstd(content: bytes) -> bytes:
    """A zstd frame of uncompressed blocks (RFC 8878, 3.1.1): 0xA0 is one segment, 4 bytes of size."""
    frame = b"\x28\xb5\x2f\xfd\xa0" + len(content).to_bytes(4, "little")
    for start in range(0, len(content), 1 << 17):
        block = content[start : start + (1 << 17)]
        is_last = start + len(block) == len(content)
        frame += (len(block) << 3 | is_last).to_bytes(3, "little") + block
    return frame
