"""A workspace of one small feature and 36 calls: cheap enough to run again and again.

`run_here` runs it as `impactbook run` does, but without starting kernels: the evidence is measured
in this process and put into notebooks where the real ones would leave it.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest

from impactbook.cli.app import run_app
from impactbook.execute import run as running
from impactbook.execute.inputs import DATA_NOTEBOOK
from impactbook.execute.measuring import measure
from impactbook.execute.notebooks import CONTENT_MIME, EVIDENCE_MIME
from impactbook.execute.run import Options, Outcome, run_feature
from impactbook.workspace import open_workspace
from impactbook.workspace.init import init_workspace

FEATURE = "rueckruf-bot"
DATASET = "anrufe"
QUIET = "ansage-bot"
"""A second feature, without any dataset."""

DAY = dt.date(2026, 11, 23)
OWNER, OFFICER = "Ottilie Vormbrock", "Balduin Querfurth"
ATTACHED = "Protokoll Balduin Querfurth.txt"

ASSESSMENT = f"""\
schema: impactbook/assessment/1
language: de
feature:
  title: Rückruf-Bot
  purpose: Ruft Menschen zurück, die aufgelegt haben.
  how_it_works: Wählt die Nummer und fragt nach dem Anliegen.
  sourcing: own-build
  channels: [voice]
  acts_on: [callers]
  automation: decides-alone
  languages: [de]
  regions: [DE]
  stage: pilot
  datasets:
    training: [{DATASET}]
roles:
  - role: owner
    unit: Kundendienst
    person: {OWNER}
  - role: data-protection-officer
    unit: Datenschutz
    person: {OFFICER}
stakeholders:
  - id: callers
    name: Anrufende
    involvement:
      - method: interview
        date: 2026-09-01
        people: 8
        said: Wir möchten wissen, wer anruft.
impacts:
  - id: unasked-call
    title: Ungefragter Rückruf
    affects: [callers]
    interest: Ungestörtes Privatleben
    ratings:
      - by: callers
        people: 8
        severity: limited
        likelihood: limited
attachments:
  - id: protokoll
    file: {ATTACHED}
    description: Protokoll der Gespräche
decision:
  outcome: go-with-conditions
  on: 2026-11-01
  decided_by: [owner]
  reasons: Der Nutzen überwiegt.
  conditions:
    - id: announce
      text: Der Bot sagt, wer anruft.
      due: 2027-01-31
      owner: owner
  next_review: 2026-12-31
"""

WITHOUT_DATA = ASSESSMENT.replace(f"  datasets:\n    training: [{DATASET}]\n", "")

LENIENT = """
[gate]
required_roles = []
required_signoffs = []
data_checks = false
unanswered_questions = "ignore"
unanswered_duties = "ignore"
"""
"""Settings under which the small feature's conditions alone decide its gate."""

DECLARATION = """\
schema: impactbook/dataset/1
language: de
title: Anrufe
purpose: training
source:
  files: [anrufe.csv]
columns:
  gender: {role: protected, allowed: [f, m]}
  outcome: {role: label}
  note: {role: text}
checks:
  representation:
    - attribute: gender
      reference: destatis-bevoelkerung-2023
      column: sex
      map: {f: [female], m: [male]}
  labels:
    - {label: outcome, positive: "yes", attributes: [gender]}
"""

SECRET = "Zwetschgenhuber"
"""Stands in every row and must never stand anywhere else."""

ROWS = "gender,outcome,note\n" + "".join(
    f"{'f' if number % 3 == 0 else 'm'},{'yes' if number % 2 else 'no'},Frau {SECRET} {number}\n"
    for number in range(36)
)
"""36 calls, 12 by women and 24 by men."""


def small_workspace(root: Path) -> Path:
    """A new workspace at `root` with the small feature, its dataset and its attachment."""
    init_workspace(root, "de")
    add_feature(root, FEATURE)
    (root / "data_checks" / f"{DATASET}.yaml").write_text(DECLARATION, encoding="utf-8")
    (root / "data_checks" / "anrufe.csv").write_text(ROWS, encoding="utf-8")
    return root


def add_feature(root: Path, feature: str, text: str = ASSESSMENT) -> Path:
    """Write one more feature and return its assessment's path."""
    folder = root / "assessments" / feature
    (folder / "attachments").mkdir(parents=True)
    (folder / "attachments" / ATTACHED).write_text("Gesprächsprotokoll.\n", encoding="utf-8")
    (folder / "assessment.yaml").write_text(text, encoding="utf-8")
    return folder / "assessment.yaml"


def change(path: Path, old: str, new: str) -> None:
    """Replace a text that must stand in the file."""
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def assessment_of(root: Path, feature: str = FEATURE) -> Path:
    return root / "assessments" / feature / "assessment.yaml"


def record_of(root: Path, version: str = "1.0.0", feature: str = FEATURE) -> Path:
    return root / "outputs" / feature / version


def below(folder: Path) -> list[str]:
    """All files below a folder, as relative paths."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@contextmanager
def nobody(root: Path) -> Iterator[None]:
    """Go on as the user `nobody`, who can get to the workspace; as oneself if that is not root."""
    if os.geteuid() != 0:
        yield
        return
    temporary = Path(tempfile.gettempdir()).resolve()
    for folder in root.resolve().parents:
        if folder != temporary and folder.is_relative_to(temporary):
            folder.chmod(0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def run_here(root: Path, *, feature: str = FEATURE, **options: Any) -> Outcome:
    """`run_feature` with notebooks executed by `execute_here`; `options` as in `Options`."""
    chosen = Options(**{"language": None, "as_of": DAY, **options})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "execute", execute_here)
        return run_feature(open_workspace(root), feature, chosen)


def command(*arguments: str | Path) -> int:
    """One command line in this process, with notebooks executed by `execute_here`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "execute", execute_here)
        return run_app([str(argument) for argument in arguments])


def execute_here(source: Path, target: Path, parameters: Mapping[str, Any], *, root: Path) -> None:
    """Leave what the notebook would leave, without a kernel."""
    node = nbformat.read(source, as_version=4)
    if source.name == DATA_NOTEBOOK:
        workspace = open_workspace(root)
        day = dt.date.fromisoformat(parameters["as_of"])
        emission = measure(workspace, workspace.load_dataset(parameters["dataset"]), day)
        shown: dict[str, Any] = {
            EVIDENCE_MIME: {
                "evidence": emission.evidence.model_dump(mode="json", by_alias=True),
                "validations": dict(emission.validations),
            }
        }
    else:
        shown = {CONTENT_MIME: {"feature": parameters["feature"]}}
    code = next(cell for cell in reversed(node.cells) if cell.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("display_data", data=shown)]
    nbformat.write(node, target)
