"""Executing one notebook with papermill, and what is read from or removed from the result.

The default papermill engine is used, so whatever works here works with plain `papermill`. The
evidence travels inside the notebook as an output with its own mime type.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from impactbook.errors import ImpactbookError, InputError
from impactbook.execute.guard import describe, refused_by_system
from impactbook.model.evidence import DatasetEvidence

if TYPE_CHECKING:
    from nbformat import NotebookNode

EVIDENCE_MIME = "application/vnd.impactbook.evidence+json"
CONTENT_MIME = "application/vnd.impactbook.content+json"
INJECTED = "injected-parameters"
"""The tag of the cell in which papermill writes down the parameters it was given."""

_PLACE = re.compile(r"^(workspace|evidence) = .*$", re.MULTILINE)


class NotebookInputError(ImpactbookError):
    """A cell stopped at something a person wrote; the sentence is the cell's own (exit code 2)."""


class NotebookFailedError(ImpactbookError):
    """A cell failed for another reason; message and values of the exception are withheld."""

    exit_code = 1


@dataclass(frozen=True)
class Emission:
    """What a training-data notebook emits: its evidence, and the validation results without rows."""

    evidence: DatasetEvidence
    validations: Mapping[str, Any]


def execute(source: Path, target: Path, parameters: Mapping[str, Any], *, root: Path) -> None:
    """Run a notebook with `root` as working directory and write the result to `target`.

    Raises `NotebookInputError` when a cell reports a mistake in a file people wrote,
    `StorageError` when the result cannot be written, and `NotebookFailedError` when it fails
    otherwise.
    """
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from impactbook.execute.kernels import kernel_settings

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings(), kernel_settings() as config:
            warnings.simplefilter("ignore")
            papermill.execute_notebook(
                _literally(source),
                _literally(target),
                parameters=dict(parameters),
                cwd=str(root),
                progress_bar=False,
                log_output=False,
                config=config,
            )
    except PapermillExecutionError as error:
        raise _reason(error.ename, str(error.evalue), error.exec_count) from None
    except (ImpactbookError, KeyboardInterrupt):
        raise
    except Exception as error:
        known = refused_by_system(error, target.parent)
        if known is not None:
            raise known from None
        raise NotebookFailedError(f"the kernel stopped: {describe(error)}") from None


def _literally(path: Path) -> str:
    """A path for papermill, which takes braces for parameters of its own."""
    return str(path).replace("{", "{{").replace("}", "}}")


_OURS = {"InputError", "InputErrors", "StorageError"}


def _reason(name: str, value: str, cell: int | None) -> ImpactbookError:
    if name in _OURS:
        return NotebookInputError(value)
    if name in {"CellTroubleError", "KeyboardInterrupt"}:
        return NotebookFailedError(f"cell {cell}: {value or name}")
    return NotebookFailedError(f"cell {cell}: {name}; its message is withheld")


def read_notebook(path: Path) -> NotebookNode:
    """Read an executed notebook; raises `InputError` when it is none."""
    import nbformat

    try:
        node: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except Exception:
        raise InputError(
            "is not a readable notebook", remedy="name an executed .ipynb file", file=path
        ) from None
    return node


def emissions(node: NotebookNode, name: str) -> list[Emission]:
    """The evidence a notebook holds; raises `InputError` when it is there but malformed."""
    found = []
    for bundle in _bundles(node, EVIDENCE_MIME):
        try:
            evidence = DatasetEvidence.model_validate(bundle["evidence"])
            found.append(Emission(evidence, dict(bundle["validations"])))
        except (ValidationError, KeyError, TypeError, ValueError):
            raise InputError(
                "holds evidence that is malformed", remedy="run the notebook again", file=name
            ) from None
    return found


def emitted_contents(node: NotebookNode) -> list[Mapping[str, Any]]:
    """The content digests an assessment notebook holds: feature, assessment, gate status."""
    return [bundle for bundle in _bundles(node, CONTENT_MIME) if isinstance(bundle, Mapping)]


def _bundles(node: NotebookNode, mime: str) -> Iterator[Any]:
    for cell in node.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if mime in data:
                yield data[mime]


def cleaned(node: NotebookNode) -> bytes:
    """An executed notebook as it goes into a record: no times, no paths, no environment."""
    import nbformat

    node = nbformat.from_dict(node)  # type: ignore[no-untyped-call]
    for key in ("papermill", "widgets"):
        node.metadata.pop(key, None)
    for index, cell in enumerate(node.cells):
        cell.id = f"cell-{index + 1:03d}"
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if INJECTED in cell.metadata.get("tags", []):
            cell.source = _PLACE.sub(r'\1 = ""', cell.source)
        if "outputs" in cell:
            cell.outputs = [item for item in cell.outputs if item.output_type != "stream"]
    text: str = nbformat.writes(node, version=4)  # type: ignore[no-untyped-call]
    return (text.rstrip("\n") + "\n").encode("utf-8")
