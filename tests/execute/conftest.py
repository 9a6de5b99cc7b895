"""Workspaces that the tests of running share; the notebooks are executed once for all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from small_workspace import DATASET, DAY, FEATURE, command, small_workspace


@pytest.fixture(scope="session")
def _fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_workspace(tmp_path_factory.mktemp("fresh") / "w")


@pytest.fixture
def small(_fresh: Path, tmp_path: Path) -> Path:
    """A small workspace in which nothing was run yet."""
    return Path(shutil.copytree(_fresh, tmp_path / "w"))


@pytest.fixture(scope="session")
def sealed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small workspace with one sealed record; read only, please."""
    root = small_workspace(tmp_path_factory.mktemp("small") / "w")
    assert command("run", FEATURE, "--as-of", DAY.isoformat(), "--workspace", root) == 0
    return root


@pytest.fixture
def small_sealed(sealed_once: Path, tmp_path: Path) -> Path:
    """A small workspace with one sealed record, for the test alone."""
    return Path(shutil.copytree(sealed_once, tmp_path / "w"))


@pytest.fixture(scope="session")
def papermilled(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A small workspace with `data.ipynb` and `assessment.ipynb` as plain papermill makes them.

    What papermill said stands in `said.txt`, and what it left in its TMPDIR under `tmp/`.
    """
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent
    root = shared / "papermilled"
    with FileLock(shared / "papermilled.lock"):
        if not root.exists():
            _run_papermill(small_workspace(shared / "papermilling"))
            (shared / "papermilling").rename(root)
    return root


def _run_papermill(root: Path) -> None:
    """Both notebooks at the same time, each in a process of its own."""
    (root / "tmp").mkdir()
    day, here = ["-p", "as_of", DAY.isoformat()], ["-p", "workspace", "."]
    commands = [
        ["training_data", "data.ipynb", "-p", "dataset", DATASET],
        ["impact_assessment", "assessment.ipynb", "-p", "feature", FEATURE, *day],
    ]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "papermill", f"notebooks/{name}.ipynb", *rest, *here],
            cwd=root,
            env={**os.environ, "TMPDIR": str(root / "tmp")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name, *rest in commands
    ]
    said = [process.communicate(timeout=300)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    (root / "said.txt").write_text("".join(said), encoding="utf-8")
