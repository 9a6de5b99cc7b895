"""The benchmark of records runs from beginning to end; how fast is not asked here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not BENCHMARKS.is_dir(), reason="the benchmarks are not part of an installed package"
    ),
]


def run(folder: Path, *options: str) -> str:
    """What the benchmark prints; exit 0 or 1 means nothing at these sizes."""
    told = subprocess.run(
        [sys.executable, str(BENCHMARKS / "records.py"), "--folder", str(folder), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={key: value for key, value in os.environ.items() if key != "IMPACTBOOK_WEASYPRINT"},
    )
    assert told.returncode in (0, 1), told.stderr
    assert "could not be measured" not in told.stdout, told.stdout
    assert list(folder.iterdir()) == []
    return told.stdout


def test_the_benchmark_seals_verifies_and_lists_a_few_records(tmp_path: Path) -> None:
    """60 records: three sizes, both commands, every ratio."""
    told = run(tmp_path, "--only", "many", "--records", "60")
    for line in ("60 records, ledger", "one sealing:", "verify: for each", "impactbook status"):
        assert line in told, told


def test_the_benchmark_exports_by_every_side_that_is_installed(tmp_path: Path) -> None:
    """Once each; without WeasyPrint, which it says is left out."""
    told = run(tmp_path, "--only", "export", "--repeats", "1")
    for line in ("WeasyPrint is left out", "impactbook-pdf  ", "the same notebook again"):
        assert line in told, told
