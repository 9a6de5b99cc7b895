"""`impactbook verify`: what to verify, and the report as text people can follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from impactbook.errors import InputError
from impactbook.execute.signing import trust_of
from impactbook.records import VerificationReport, verify_pdf
from impactbook.records.anchors import Anchors, read_filed, read_head
from impactbook.records.export.verify_zip import verify_zip
from impactbook.records.verification import Level
from impactbook.records.verify import Outside, verify
from impactbook.workspace import Workspace, check_id, open_workspace
from impactbook.workspace.workspace import SETTINGS_FILE

_MARKS = {True: "ok", False: "FAILS", None: "not checked"}


@dataclass(frozen=True)
class PrintedReport:
    """One report as text, and whether it holds at the level required."""

    text: str
    holds: bool


def verify_targets(
    workspace: Path,
    targets: Sequence[str],
    *,
    heads: Sequence[str] = (),
    filed: Sequence[Path] = (),
    trust: Sequence[Path] = (),
    require: Level = "consistent",
) -> list[PrintedReport]:
    """Verify records (`FEATURE`, `FEATURE@VERSION`), lone PDFs, exported ZIPs; none named means all.

    `heads` and `filed` are what was kept outside, `trust` more trust roots than the settings', and
    `require` is the lowest level that holds. A PDF or ZIP needs no workspace. Raises `InputError`
    when there is nothing to verify.
    """
    opened = _workspace(workspace, targets)
    anchors = Anchors(
        tuple(read_head(head) for head in heads), tuple(read_filed(file) for file in filed)
    )
    outside = Outside(anchors, trust_of(opened, trust))
    if anchors.given and targets and all(target.lower().endswith(".pdf") for target in targets):
        raise InputError(
            "--head and --anchor are held against a ledger, which a PDF alone does not have",
            remedy="name the record instead, and the PDF with --anchor",
            field="verify",
        )
    return [_printed(report, require) for report in _reports(workspace, targets, outside)]


def _is_file(target: str) -> bool:
    return target.lower().endswith((".pdf", ".zip"))


def _workspace(directory: Path, targets: Sequence[str]) -> Workspace | None:
    """The workspace, whose settings say whom to trust; a lone PDF does without."""
    if targets and all(map(_is_file, targets)) and not (directory / SETTINGS_FILE).is_file():
        return None
    return open_workspace(directory)


def _reports(
    workspace: Path, targets: Sequence[str], outside: Outside
) -> Iterator[VerificationReport]:
    if not targets:
        yield from verify(open_workspace(workspace).outputs, outside=outside)
    for target in targets:
        if target.lower().endswith(".zip"):
            yield verify_zip(Path(target), outside.anchors)
            continue
        if _is_file(target):
            yield verify_pdf(Path(target), outside=outside)
            continue
        feature, _, version = target.partition("@")
        check_id(feature, "feature")
        outputs = open_workspace(workspace).outputs
        yield from verify(outputs, feature, version or None, outside=outside)


def _printed(report: VerificationReport, require: Level) -> PrintedReport:
    lines = [str(report.subject)]
    for step in report.steps:
        detail = f" ({step.detail})" if step.detail else ""
        lines.append(f"  {step.number}. {step.name}: {_MARKS[step.ok]}{detail}")
    lines += [f"  {name}: {value}" for name, value in report.facts.items()]
    lines += [f"  note: {note}" for note in report.notes]
    if not report.holds:
        lines.append("  result: DOES NOT HOLD")
    elif not report.reaches(require):
        lines.append(f"  result: NOT ENOUGH, level {report.level}, and {require} was required")
    else:
        lines.append(f"  result: holds, level {report.level}")
    if report.holds:
        lines.append(f"  {report.cannot_see}")
    return PrintedReport("\n".join(lines) + "\n", report.reaches(require))
