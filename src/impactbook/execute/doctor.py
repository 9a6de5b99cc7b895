"""Whether this installation and workspace can do their work, found out by trying each part."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from impactbook.errors import ImpactbookError
from impactbook.execute.guard import describe
from impactbook.execute.inputs import ASSESSMENT_NOTEBOOK, DATA_NOTEBOOK, load_packs
from impactbook.workspace import open_workspace

PACKAGES = (
    "impactbook",
    "great-expectations",
    "duckdb",
    "papermill",
    "nbconvert",
    "jupyterlab",
    "ipywidgets",
    "pandas",
    "typst",
)


@dataclass(frozen=True)
class Examination:
    """One thing looked at, and what was found."""

    what: str
    ok: bool
    found: str


def examine(workspace: Path) -> list[Examination]:
    """Try Python, packages, the database, the kernel, the PDF engine and the workspace."""
    probes: list[tuple[str, Callable[[], str]]] = [
        ("Python", _python),
        *((package, lambda name=package: version(name)) for package in PACKAGES),
        ("database counts rows", _database),
        ("Jupyter kernel", _kernel),
        ("PDF engine", _pdf),
        ("workspace", lambda: _workspace(workspace)),
        ("outputs can be written", lambda: _writable(workspace)),
    ]
    return [_try(what, probe) for what, probe in probes]


def _try(what: str, probe: Callable[[], str]) -> Examination:
    try:
        return Examination(what, True, probe())
    except PackageNotFoundError:
        return Examination(what, False, f"is not installed; run `pip install {what}`")
    except ImpactbookError as error:
        return Examination(what, False, str(error))
    except Exception as error:
        return Examination(what, False, describe(error))


def _python() -> str:
    return platform.python_version()


def _database() -> str:
    import duckdb

    with duckdb.connect() as connection:
        counted = connection.execute("SELECT count(*) FROM range(7)").fetchone()
    if counted != (7,):
        raise ImpactbookError("the database counted wrongly; reinstall duckdb")
    return "yes"


def _kernel() -> str:
    from jupyter_client.kernelspec import KernelSpecManager

    spec = KernelSpecManager().get_kernel_spec("python3")
    return str(spec.display_name)


def _pdf() -> str:
    import typst

    made = typst.compile(b"#set document(title: [t])\nimpactbook")
    if not bytes(made).startswith(b"%PDF"):
        raise ImpactbookError("the PDF engine made no PDF; reinstall typst")
    return "yes"


def _workspace(directory: Path) -> str:
    workspace = open_workspace(directory)
    load_packs(workspace)
    for name in (ASSESSMENT_NOTEBOOK, DATA_NOTEBOOK):
        workspace.notebook(name)
    return f"{len(workspace.features())} features, {len(workspace.datasets())} datasets"


def _writable(directory: Path) -> str:
    outputs = open_workspace(directory).outputs
    outputs.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=outputs, prefix=".doctor-"):
        return "yes"
