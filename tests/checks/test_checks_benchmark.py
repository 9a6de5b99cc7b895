"""The benchmark runs from beginning to end and measures every side; how fast is not asked here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.slow
def test_the_benchmark_measures_every_side_of_a_small_file(tmp_path: Path) -> None:
    """20,000 rows, once; whether limits are kept (exit 0 or 1) means nothing at this size."""
    if not BENCHMARKS.is_dir():
        pytest.skip("the benchmarks are not part of an installed package")
    command = [sys.executable, str(BENCHMARKS / "checks.py"), "--rows", "20_000", "--repeats", "1"]
    told = subprocess.run(
        [*command, "--person", "--folder", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert told.returncode in (0, 1), told.stderr
    assert "could not be measured" not in told.stdout
    for line in ("checks / query =", "checks-person / query-person =", "Linearity"):
        assert line in told.stdout, told.stdout
    assert list(tmp_path.iterdir()) == []
