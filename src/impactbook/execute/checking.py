"""`impactbook check`: one dataset's checks as text for people or for machines."""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
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
from impactbook.workspace import LoadedDataset, Workspace, open_workspace
from impactbook.workspace.workspace import SETTINGS_FILE

Format = Literal["table", "json", "csv"]
FailOn = Literal["attention", "fail"]
_HOLDS: frozenset[Verdict] = frozenset(["ok", ""])


def declaration_for(file: Path, directory: Path, language: Language | None = None) -> str:
    """A commented declaration proposed for a data file; raises `InputError` if it is unreadable.

    If `directory` is a workspace, the declaration is written for its `data_checks/` and, unless
    `language` names another, in its language; outside of one its comments are in both.
    """
    from impactbook.checks import declare

    if not (directory / SETTINGS_FILE).is_file():
        return declare(file, language=language)
    workspace = open_workspace(directory)
    spoken = language or workspace.settings.language
    return declare(file, folder=workspace.data_checks, language=spoken)


def where_to_save(file: Path, directory: Path) -> str:
    """What to do with a proposal that was printed: the file to keep it in, and the next command.

    >>> where_to_save(Path("Calls 2025.csv.gz"), Path())
    'keep it as data_checks/calls-2025.yaml, read it, then run `impactbook check calls-2025`.'
    """
    plain = unicodedata.normalize("NFKD", file.name.partition(".")[0]).encode("ascii", "ignore")
    name = re.sub("[^a-z0-9]+", "-", plain.decode("ascii").lower()).strip("-")[:63] or "my-data"
    elsewhere = "" if directory == Path() else f" --workspace {shlex.quote(str(directory))}"
    return (
        f"keep it as data_checks/{name}.yaml, read it, "
        f"then run `impactbook check {name}{elsewhere}`."
    )


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
