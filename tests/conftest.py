"""What many tests share: the command line as a subprocess, and workspaces of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

# Lets Great Expectations be imported by a worker of xdist where Spark is installed.
import impactbook.checks
from repository_workspace import copy_workspace

EVERYTHING = os.environ.get("IMPACTBOOK_TESTS") == "all"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what takes long, unless everything is asked for; say so in the summary."""
    slow = pytest.mark.skip(reason="takes long; set IMPACTBOOK_TESTS=all to run it")
    for item in items:
        if "slow" in item.keywords and not EVERYTHING:
            item.add_marker(slow)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--golden-update` writes `tests/golden/` anew instead of comparing with it."""
    parser.addoption("--golden-update", action="store_true", help="write tests/golden/ anew")


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def impactbook() -> Run:
    """Run the command line in a process of its own; never raises for an exit code."""

    def run(
        *arguments: str | Path, cwd: Path | None = None, timeout: float = 300, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "impactbook", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=cwd,
            timeout=timeout,
            env={**os.environ, **environment},
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory, impactbook: Run, worker_id: str) -> Path:
    """A workspace in which the smallest sample was run and sealed; read only, please."""
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent
    root = shared / "sealed" / "w"
    with FileLock(shared / "sealed.lock"):
        if not root.exists():
            copy_workspace(root, "chat-intent-erkennung")
            done = impactbook("run", "--all", "--as-of", "2026-11-23", "--workspace", root)
            assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def workspace(sealed: Path, tmp_path: Path) -> Path:
    """A copy of the sealed workspace that a test may change."""
    copy = tmp_path / "w"
    shutil.copytree(sealed, copy, symlinks=True)
    return copy
