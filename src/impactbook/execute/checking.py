"""`impactbook check`: one dataset's checks as text for people or for machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Literal

from impactbook.errors import InputError
from impactbook.execute.check_table import UNJUDGED, as_table
from impactbook.execute.measuring import measure
from impactbook.language import Language
from impactbook.model.evidence import DatasetEvidence, Verdict
from impactbook.records import write_figures
from impactbook.workspace import LoadedDataset, Workspace
from impactbook.workspace.workspace import SETTINGS_FILE

Format = Literal["table", "json", "csv"]
FailOn = Literal["attention", "fail"]
_HOLDS: frozenset[Verdict] = frozenset(["ok", ""])


def declaration_for(file: Path, directory: Path) -> str:
    """A commented declaration proposed for a data file; raises `InputError` if it is unreadable.

    If `directory` is a workspace, the declaration is written for its `data_checks/`.
    """
    from impactbook.checks import declare

    is_workspace = (directory / SETTINGS_FILE).is_file()
    return declare(file, folder=directory / "data_checks" if is_workspace else None)


def check_text(
    workspace: Workspace,
    target: str,
    *,
    output: Format,
    fail_on: FailOn,
    language: Language,
    as_of: date,
) -> tuple[str, bool]:
    """Check a dataset as on one day and return the text to print and whether it holds."""
    evidence = measure(workspace, _dataset(workspace, target), as_of).evidence
    writers: dict[Format, Callable[[DatasetEvidence, Language], str]] = {
        "table": as_table,
        "json": _as_json,
        "csv": lambda found, _: write_figures(found.figures).decode("utf-8"),
    }
    return writers[output](evidence, language), holds(evidence, fail_on)


def holds(evidence: DatasetEvidence, fail_on: FailOn) -> bool:
    """Whether every judged figure and check is `ok`; a masked figure is judged with its check.

    With `fail_on="fail"` only a `fail`, and a required check that was not measured, say no.
    """
    if fail_on == "fail":
        return not any(
            check.verdict == "fail" or (check.required and check.verdict == "not_measured")
            for check in evidence.checks
        ) and not any(figure.verdict == "fail" for figure in evidence.figures)
    checks = (check.verdict for check in evidence.checks)
    figures = (figure.verdict for figure in evidence.figures if figure.verdict not in UNJUDGED)
    return all(verdict in _HOLDS for verdict in (*checks, *figures))


def _dataset(workspace: Workspace, target: str) -> LoadedDataset:
    """The dataset a person means: by id, by its declaration, or by one of its files."""
    path = Path(target)
    if path.suffix == ".yaml":
        return workspace.load_dataset(path.stem)
    if not path.suffix and "/" not in target:
        return workspace.load_dataset(target)
    if not path.exists():
        raise InputError("there is no such file", remedy="correct the path", file=path)
    for name in workspace.datasets():
        loaded = workspace.load_dataset(name)
        source = loaded.dataset.source
        named = [*source.files, *(file for files in source.splits.values() for file in files)]
        if any((workspace.data_checks / file).resolve() == path.resolve() for file in named):
            return loaded
    raise InputError(
        "no dataset in data_checks/ is declared on this file",
        remedy=f"write a declaration with `impactbook check {path.name} --declare`",
        file=path,
    )


def _as_json(evidence: DatasetEvidence, _: Language) -> str:
    data = evidence.model_dump(mode="json", by_alias=True)
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
