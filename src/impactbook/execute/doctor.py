"""Whether this installation and workspace can do their work, found out by trying each part."""

from __future__ import annotations

import platform
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from impactbook.errors import ImpactbookError
from impactbook.execute.guard import describe
from impactbook.execute.inputs import ASSESSMENT_NOTEBOOK, DATA_NOTEBOOK, load_packs
from impactbook.model.base import ID_PATTERN
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
    return [*(_try(what, probe) for what, probe in probes), *misnamed(workspace)]


def misnamed(workspace: Path) -> list[Examination]:
    """Features and datasets that no command can use under the names they have."""
    found = [
        _misnamed(path, workspace, path.stem, ".yaml")
        for ending in ("*.yaml", "*.yml")
        for path in (workspace / "data_checks").glob(ending)
    ]
    found += [
        _misnamed(path, workspace, path.name, "")
        for path in (workspace / "assessments").glob("[!.]*")
        if path.is_dir()
    ]
    found += [
        _misnamed(path, workspace, "assessment", ".yaml")
        for path in (workspace / "assessments").glob("*/assessment.yml")
    ]
    return sorted((one for one in found if one is not None), key=lambda one: one.what)


def _misnamed(path: Path, workspace: Path, name: str, ending: str) -> Examination | None:
    """What is wrong with one name, and the name to give in its place; None if it is right."""
    if re.fullmatch(ID_PATTERN, name) and path.name == f"{name}{ending}":
        return None
    wanted = _as_id(name)
    remedy = f"rename it to {wanted}{ending}" if wanted else "give it another name"
    why = (
        f"is not read, as its name does not end in {ending}"
        if re.fullmatch(ID_PATTERN, name)
        else "cannot be used: ids consist of lower-case letters, digits and hyphens"
    )
    return Examination(path.relative_to(workspace).as_posix(), False, f"{why}; {remedy}")


def _as_id(name: str) -> str:
    """The id that is nearest to a name; "" when nothing of it can stay.

    >>> _as_id("My_Calls"), _as_id("Anrufe März"), _as_id("__")
    ('my-calls', 'anrufe-maerz', '')
    """
    text = name.lower()
    for letter, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(letter, letters)
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:63].strip("-")


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
