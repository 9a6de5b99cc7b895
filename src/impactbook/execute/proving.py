"""`impactbook verify`: what to verify, and the report as text people can follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from impactbook.errors import InputError
from impactbook.records import VerificationReport, verify_pdf
from impactbook.records.verify import verify
from impactbook.workspace import check_id, open_workspace

_MARKS = {True: "ok", False: "FAILS", None: "not checked"}


@dataclass(frozen=True)
class PrintedReport:
    """One report as text, and whether it holds."""

    text: str
    holds: bool


def verify_targets(workspace: Path, targets: Sequence[str]) -> list[PrintedReport]:
    """Verify records (`FEATURE`, `FEATURE@VERSION`) and lone PDF files; nothing named means all.

    A lone PDF needs no workspace. Raises `InputError` when there is nothing to verify.
    """
    return [_printed(report) for report in _reports(workspace, targets)]


def _reports(workspace: Path, targets: Sequence[str]) -> Iterator[VerificationReport]:
    if not targets:
        yield from verify(open_workspace(workspace).outputs)
    for target in targets:
        if target.lower().endswith(".pdf"):
            yield _verify_file(Path(target))
            continue
        feature, _, version = target.partition("@")
        check_id(feature, "feature")
        yield from verify(open_workspace(workspace).outputs, feature, version or None)


def _verify_file(path: Path) -> VerificationReport:
    if not path.is_file():
        raise InputError("there is no such file", remedy="name an existing PDF", file=path)
    return verify_pdf(path)


def _printed(report: VerificationReport) -> PrintedReport:
    lines = [str(report.subject)]
    for step in report.steps:
        detail = f" ({step.detail})" if step.detail else ""
        lines.append(f"  {step.number}. {step.name}: {_MARKS[step.ok]}{detail}")
    lines += [f"  {name}: {value}" for name, value in report.facts.items()]
    lines += [f"  note: {note}" for note in report.notes]
    if report.holds:
        lines += [f"  result: holds, level {report.level}", f"  {report.cannot_see}"]
    else:
        lines.append("  result: DOES NOT HOLD")
    return PrintedReport("\n".join(lines) + "\n", report.holds)
