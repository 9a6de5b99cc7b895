"""Copies of the repository's workspace, with the samples a test asks for."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def copy_workspace(target: Path, *features: str) -> Path:
    """The repository's workspace without outputs, with these features only (all if none given)."""
    target.mkdir(parents=True)
    for name in ("impactbook.toml",):
        shutil.copy(ROOT / name, target / name)
    for name in ("notebooks", "data_checks"):
        shutil.copytree(
            ROOT / name, target / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints")
        )
    for source in sorted((ROOT / "assessments").iterdir()):
        if source.is_dir() and (not features or source.name in features):
            shutil.copytree(source, target / "assessments" / source.name)
    return target
