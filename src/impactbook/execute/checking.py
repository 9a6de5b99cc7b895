"""`impactbook check`: one dataset's checks as text for people or for machines."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from impactbook.errors import InputError
from impactbook.execute.measuring import measure
from impactbook.language import Language
from impactbook.model.evidence import DatasetEvidence, Figure, Verdict
from impactbook.records import write_figures
from impactbook.workspace import LoadedDataset, Workspace

Format = Literal["table", "json", "csv"]
FailOn = Literal["attention", "fail"]
_HOLDS: frozenset[Verdict] = frozenset(["ok", ""])
_UNJUDGED: frozenset[Verdict] = frozenset(["suppressed", ""])


def declaration_for(file: Path) -> str:
    """A commented declaration proposed for a data file; raises `InputError` if it is unreadable."""
    from impactbook.checks import declare

    return declare(file)


def check_text(
    workspace: Workspace,
    target: str,
    *,
    output: Format,
    fail_on: FailOn,
    language: Language,
) -> tuple[str, bool]:
    """Check a dataset and return the text to print and whether it holds."""
    evidence = measure(workspace, _dataset(workspace, target)).evidence
    writers: dict[Format, Callable[[DatasetEvidence, Language], str]] = {
        "table": _as_table,
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
    figures = (figure.verdict for figure in evidence.figures if figure.verdict not in _UNJUDGED)
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


def _as_table(evidence: DatasetEvidence, language: Language) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from impactbook.render.labels import Labels
    from impactbook.render.sentences import figure_value, is_main, sentence

    text = io.StringIO()
    console = Console(file=text, width=110, highlight=False, color_system=None)
    rows = "?" if evidence.rows is None else str(evidence.rows)
    people = "" if evidence.persons is None else f", {evidence.persons} persons"
    console.print(Text(f"{evidence.dataset}: {rows} rows{people}, {evidence.engine}"))
    checks = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("check", "of", "verdict", ""):
        checks.add_column(column)
    for check in evidence.checks:
        cells = (check.check, check.attribute, check.verdict or "-", check.problem)
        checks.add_row(*(Text(cell) for cell in cells))
    console.print(checks)
    judged = [f for f in evidence.figures if f.verdict not in _UNJUDGED and is_main(f)]
    labels = Labels.of(evidence.model_dump(mode="json", by_alias=True), language)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("verdict", "figure", "value", "95 % interval", "n"):
        table.add_column(column, overflow="fold")
    for figure in judged:
        table.add_row(*(Text(cell) for cell in _cells(figure, figure_value, language)))
    console.print(table)
    masked = sum(figure.verdict == "suppressed" for figure in evidence.figures)
    if masked:
        console.print(Text(f"{masked} of {len(evidence.figures)} figures are masked: few people."))
    for figure in judged:
        if figure.verdict != "ok":
            console.print(Text(f"- {sentence(figure, labels, evidence.figures)}"))
    return text.getvalue()


def _cells(
    figure: Figure, value: Callable[[Figure, float | None, Language], str], language: Language
) -> tuple[str, ...]:
    low, high = value(figure, figure.ci_low, language), value(figure, figure.ci_high, language)
    interval = "" if figure.ci_low is None else f"{low} – {high}"
    known = "" if figure.denominator is None else str(figure.denominator)
    told = "" if figure.value is None else value(figure, figure.value, language)
    return figure.verdict, figure.id.partition("/")[2], told, interval, known
