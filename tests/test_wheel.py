"""The wheel, built from the sdist, makes a workspace without any checkout."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("hatchling") is None or importlib.util.find_spec("pip") is None,
        reason="needs hatchling and pip: pip install 'impactbook[test]'",
    ),
]


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command away from the checkout, without its import path; return what it printed."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the unpacked sdist, as an installer without a checkout would build it."""
    folder = tmp_path_factory.mktemp("build")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=source)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment that holds the wheel and sees the dependencies here."""
    folder = tmp_path_factory.mktemp("fresh")
    run(sys.executable, "-m", "venv", "--without-pip", "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    site = Path(
        run(
            python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder
        ).strip()
    )
    # A path in a .pth file is searched, but its own .pth files are not read, so that the editable
    # install of this checkout stays out of sight.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index"]
    run(*pip, "--ignore-installed", "--quiet", wheel, cwd=folder)
    return python


def test_the_wheel_carries_the_content_and_no_samples(wheel: Path) -> None:
    """Notebooks, references, templates and phrases are inside; samples and tests are not."""
    names = zipfile.ZipFile(wheel).namelist()
    for path in (
        "impactbook/_content/notebooks/impact_assessment.ipynb",
        "impactbook/_content/notebooks/tutorial_training_data.ipynb",
        "impactbook/_content/docs/calls.csv",
        "impactbook/_content/data_checks/references/destatis-bevoelkerung-2023.csv",
        "impactbook/_content/data_checks/references/destatis-bevoelkerung-2023.yaml",
        "impactbook/workspace/templates/voicebot.yaml",
        "impactbook/workspace/starter/de/README.md",
        "impactbook/phrases/scaffold.yaml",
        "impactbook/py.typed",
    ):
        assert path in names
    assert not [name for name in names if "assessments/" in name and "starter" not in name]
    assert not [name for name in names if name.startswith(("tests/", "data_checks/"))]


def test_a_workspace_is_made_from_the_wheel_alone(python: Path, tmp_path: Path) -> None:
    """Outside the checkout, `init` finds its notebooks in the wheel, and a scaffold loads."""
    code = (
        "import impactbook\n"
        "from pathlib import Path\n"
        "from impactbook.workspace.init import init_workspace, content_root\n"
        "from impactbook.workspace.scaffold import scaffold\n"
        "from impactbook.workspace.workspace import open_workspace\n"
        "print(content_root())\n"
        "init_workspace(Path('company'), 'en')\n"
        "path = Path('company/assessments/hotline/assessment.yaml')\n"
        "path.parent.mkdir()\n"
        "path.write_text(scaffold('hotline', 'voicebot', 'en'), encoding='utf-8')\n"
        "print(len(open_workspace(Path('company')).load_assessment('hotline').assessment.impacts))\n"
    )
    root, impacts = run(python, "-c", code, cwd=tmp_path).split()
    assert Path(root).is_relative_to(python.parent.parent)
    assert Path(root).name == "_content"
    assert int(impacts) == 7
    assert (tmp_path / "company" / "notebooks" / "training_data.ipynb").is_file()


def test_the_installed_command_takes_a_stranger_to_a_record(python: Path, tmp_path: Path) -> None:
    """`init`, `new` and `run`, unedited: a sealed record whose gate is blocked and says why."""
    impactbook = python.parent / "impactbook"
    run(impactbook, "init", "company", "--lang", "en", cwd=tmp_path)
    workspace = tmp_path / "company"
    run(impactbook, "new", "hotline", "--template", "voicebot", cwd=workspace)
    run(impactbook, "run", "hotline", "--as-of", "2026-11-23", cwd=workspace)
    sealed = workspace / "outputs" / "hotline" / "1.0.0"
    record = json.loads((sealed / "record.json").read_text(encoding="utf-8"))
    assert record["language"] == "en"
    assert record["gate"]["status"] == "blocked"
    missing = {finding["code"] for finding in record["findings"]}
    assert {"feature_fact_missing", "role_unfilled", "no_decision"} <= missing
    assert (sealed / "record.pdf").read_bytes().startswith(b"%PDF-")
