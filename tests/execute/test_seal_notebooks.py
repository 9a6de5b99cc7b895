"""Sealing from notebooks that plain papermill executed: what is taken, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from small_workspace import (
    DATASET,
    DAY,
    FEATURE,
    assessment_of,
    below,
    change,
    command,
    record_of,
    run_here,
)

from impactbook.execute.notebooks import CONTENT_MIME, EVIDENCE_MIME
from impactbook.records.verify import verify
from impactbook.render.mime import BLOCKS_MIME

DATA, SHOWN = "data.ipynb", "assessment.ipynb"


@pytest.fixture
def executed(papermilled: Path, tmp_path: Path) -> Path:
    """A copy of the workspace with the two executed notebooks, for the test alone."""
    return Path(shutil.copytree(papermilled, tmp_path / "w"))


def seal(root: Path, *names: str, as_of: str = DAY.isoformat()) -> int:
    return command(
        "seal", *(root / name for name in names), "--feature", FEATURE, "--as-of", as_of,
        "--workspace", root,
    )  # fmt: skip


def edit(root: Path, name: str, edited: Callable[[NotebookNode], Any]) -> None:
    node = nbformat.read(root / name, as_version=4)
    edited(node)
    nbformat.write(node, root / name)


def outputs(node: NotebookNode, mime: str) -> list[NotebookNode]:
    """The data of all outputs that carry this mime type."""
    return [
        output.data
        for cell in node.cells
        for output in cell.get("outputs", [])
        if mime in output.get("data", {})
    ]


def refused(
    root: Path, code: int, sentence: str, capsys: pytest.CaptureFixture[str], *names: str
) -> None:
    """Sealing says no with this code and sentence, and nothing is sealed."""
    assert seal(root, *(names or (DATA, SHOWN))) == code
    told = capsys.readouterr().err
    assert sentence in told
    assert "Traceback" not in told
    assert below(root / "outputs") in (["README.md"], [".lock", "README.md"])


def test_executed_notebooks_become_the_record_that_run_would_seal(
    executed: Path, sealed_once: Path
) -> None:
    assert seal(executed, DATA, SHOWN) == 0
    folder, other = record_of(executed), record_of(sealed_once)
    assert below(folder) == below(other)
    for name in ("evidence/figures.csv", f"evidence/{DATASET}.json"):
        assert (folder / name).read_bytes() == (other / name).read_bytes()
    ours, theirs = (json.loads((at / "record.json").read_bytes()) for at in (folder, other))
    assert ours["provenance"]["engine"] == "notebooks executed elsewhere"
    for key in ("findings", "gate", "impacts", "frameworks", "evidence"):
        assert ours[key] == theirs[key]
    assert all(report.holds for report in verify(executed / "outputs"))
    assert run_here(executed).status == "unchanged"


def test_the_sealed_notebooks_name_no_folder_of_this_machine(executed: Path) -> None:
    def with_place(node: NotebookNode) -> None:
        (cell,) = [c for c in node.cells if "injected-parameters" in c.metadata.get("tags", [])]
        assert 'workspace = "."' in cell.source
        cell.source = cell.source.replace('workspace = "."', 'workspace = "/home/erika/w"')

    edit(executed, DATA, with_place)
    assert seal(executed, DATA, SHOWN) == 0
    (kept,) = (record_of(executed) / "notebooks").glob("training_data-*.ipynb")
    assert "/home/erika" not in kept.read_text(encoding="utf-8")
    assert "papermill" not in nbformat.read(kept, as_version=4).metadata


def test_a_figure_edited_in_the_evidence_is_refused(
    executed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def nicer(node: NotebookNode) -> None:
        (data,) = outputs(node, EVIDENCE_MIME)
        (figure,) = [
            item
            for item in data[EVIDENCE_MIME]["evidence"]["figures"]
            if item["id"] == f"{DATASET}/representation_ratio/gender/f/"
        ]
        assert figure["value"] < 0.7
        figure["value"] = 0.97

    edit(executed, DATA, nicer)
    refused(executed, 1, f"its evidence on '{DATASET}' differs", capsys)


def test_a_verdict_edited_in_the_validation_results_is_refused(
    executed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def nicer(node: NotebookNode) -> None:
        (data,) = outputs(node, EVIDENCE_MIME)
        data[EVIDENCE_MIME]["validations"]["results"][0]["verdict"] = "fail"

    edit(executed, DATA, nicer)
    refused(executed, 1, f"its evidence on '{DATASET}' differs", capsys)


@pytest.mark.parametrize("name", [DATA, SHOWN])
def test_html_edited_beside_true_evidence_is_refused(
    executed: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def nicer(node: NotebookNode) -> None:
        shown = outputs(node, BLOCKS_MIME)[-1]
        shown["text/html"] = shown["text/html"] + "<p>Alles in Ordnung.</p>"

    edit(executed, name, nicer)
    refused(executed, 1, f"{name}: what it shows differs", capsys)


def test_html_without_what_it_was_made_from_is_refused(
    executed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Taking our mark off an output does not make it somebody else's."""

    def bare(node: NotebookNode) -> None:
        shown = outputs(node, BLOCKS_MIME)[-1]
        del shown[BLOCKS_MIME]
        shown["text/html"] = "<p>Alles in Ordnung.</p>"

    edit(executed, DATA, bare)
    refused(executed, 1, f"{DATA}: what it shows differs", capsys)


def test_an_edited_gate_is_refused(executed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def nicer(node: NotebookNode) -> None:
        (data,) = outputs(node, CONTENT_MIME)
        data[CONTENT_MIME]["gate"] = "pass"

    edit(executed, SHOWN, nicer)
    refused(executed, 1, f"{SHOWN}: what it shows differs", capsys)


def test_other_data_than_the_notebook_saw_is_refused(
    executed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = executed / "data_checks" / "anrufe.csv"
    data.write_text(data.read_text(encoding="utf-8") + "f,yes,noch einer\n", encoding="utf-8")
    refused(executed, 1, f"its evidence on '{DATASET}' differs", capsys)


def test_evidence_that_is_no_evidence_is_refused(
    executed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(node: NotebookNode) -> None:
        (data,) = outputs(node, EVIDENCE_MIME)
        del data[EVIDENCE_MIME]["evidence"]["checks"]

    edit(executed, DATA, broken)
    refused(executed, 2, "holds evidence that is malformed; run the notebook again", capsys)


def test_a_stale_assessment_notebook_is_refused(
    executed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(assessment_of(executed), "severity: limited", "severity: significant")
    refused(executed, 2, f"{SHOWN}: shows another content than assessment.yaml has now", capsys)


def test_an_assessment_notebook_of_another_day_is_refused(
    executed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert seal(executed, DATA, SHOWN, as_of="2027-02-01") == 2
    assert "was made as of another day than 2027-02-01" in capsys.readouterr().err


def test_a_notebook_made_from_other_cells_is_refused(
    executed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(executed / "notebooks/training_data.ipynb", "Wer ist in den", "Wer steht in den")
    refused(executed, 2, f"{DATA}: was not made from notebooks/training_data.ipynb", capsys)


def test_a_dataset_without_notebook_is_refused(
    executed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = f"no notebook holds evidence on '{DATASET}'; run training_data.ipynb with"
    refused(executed, 2, sentence, capsys, SHOWN)


def test_an_assessment_without_notebook_is_refused(
    executed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(executed, 2, "no notebook shows the assessment", capsys, DATA)


def test_two_notebooks_of_one_dataset_are_refused(
    executed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(executed / DATA, executed / "again.ipynb")
    refused(executed, 2, "and so does another notebook", capsys, DATA, "again.ipynb", SHOWN)


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff\xfe", b'{"cells": 3}'])
def test_what_is_no_notebook_is_refused(
    executed: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (executed / "none.ipynb").write_bytes(content)
    refused(executed, 2, "none.ipynb: is not a readable notebook", capsys, "none.ipynb")
