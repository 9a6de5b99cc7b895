"""Notebooks under papermill: their parameters, what they leave, and how their failures are told."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from papermill.cli import papermill
from small_workspace import DATASET, FEATURE, SECRET

from impactbook.errors import ImpactbookError, InputError, StorageError
from impactbook.execute.notebooks import (
    CONTENT_MIME,
    EVIDENCE_MIME,
    NotebookFailedError,
    NotebookInputError,
    cleaned,
    emissions,
    emitted_contents,
    execute,
    read_notebook,
)

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
PARAMETERS = {
    "training_data": ["dataset", "workspace", "language", "as_of"],
    "impact_assessment": ["feature", "workspace", "language", "as_of", "evidence"],
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_papermill_lists_typed_parameters_with_descriptions(name: str) -> None:
    done = CliRunner().invoke(papermill, ["--help-notebook", str(NOTEBOOKS / f"{name}.ipynb")])
    assert done.exit_code == 0, done.output
    listed = re.sub(r"\n {20,}", " ", done.output)
    for parameter in PARAMETERS[name]:
        assert re.search(rf'^  {parameter}: str \(default ".*"\) +[A-Z].+$', listed, re.M)
    assert listed.count("(default ") == len(PARAMETERS[name])


@pytest.mark.parametrize("name", PARAMETERS)
def test_notebooks_are_kept_without_outputs_and_with_one_cell_of_parameters(name: str) -> None:
    node = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    nbformat.validate(node)
    code = [cell for cell in node.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert [cell for cell in code if "parameters" in cell.metadata.get("tags", [])] == code[:1]
    # Text and calls only: logic lives in the library.
    assert not re.search(r"^\s*(def|class|for|while|if) ", "\n".join(c.source for c in code), re.M)


def test_plain_papermill_leaves_the_evidence_in_the_notebook(papermilled: Path) -> None:
    node = read_notebook(papermilled / "data.ipynb")
    (emission,) = emissions(node, "data.ipynb")
    assert emission.evidence.dataset == DATASET
    assert emission.evidence.rows == 36
    verdicts = {check.check: check.verdict for check in emission.evidence.checks}
    assert verdicts["representation"] == "attention"
    assert emission.validations["results"]


def test_plain_papermill_leaves_the_gate_in_the_notebook(papermilled: Path) -> None:
    node = read_notebook(papermilled / "assessment.ipynb")
    (shown,) = emitted_contents(node)
    assert (shown["feature"], shown["gate"]) == (FEATURE, "blocked")


@pytest.mark.parametrize("name", ["data.ipynb", "assessment.ipynb"])
def test_every_cell_ran_and_shows_something_to_people(papermilled: Path, name: str) -> None:
    node = read_notebook(papermilled / name)
    code = [cell for cell in node.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    shown = [output for cell in code for output in cell.outputs if output.output_type != "stream"]
    assert len(shown) >= 8
    assert all({"text/html", EVIDENCE_MIME} & set(output.data) for output in shown)
    assert not [o for cell in code for o in cell.outputs if o.output_type == "error"]


# --- Failures ------------------------------------------------------------------------------------


def notebook(folder: Path, *sources: str) -> Path:
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in sources])
    node.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    node.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(node, folder / "source.ipynb")
    return folder / "source.ipynb"


def failure(folder: Path, *sources: str) -> ImpactbookError:
    with pytest.raises(ImpactbookError) as caught:
        execute(notebook(folder, *sources), folder / "out" / "target.ipynb", {}, root=folder)
    return caught.value


def test_a_mistake_of_a_person_is_told_in_its_own_sentence(tmp_path: Path) -> None:
    error = failure(
        tmp_path,
        "from impactbook.errors import InputError",
        "raise InputError('the file is empty', remedy='give rows', file='x.csv')",
    )
    assert isinstance(error, NotebookInputError)
    assert str(error) == "x.csv: the file is empty; give rows."
    assert error.exit_code == 2


def test_any_other_failure_is_told_without_its_message(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nor does the kernel write anything past its notebook to our terminal."""
    error = failure(
        tmp_path,
        "import os, sys",
        f"os.write(2, b'{SECRET}'); sys.stderr.write('{SECRET}'); print('{SECRET}')",
        f"raise ValueError('cannot read {SECRET}')",
    )
    assert isinstance(error, NotebookFailedError)
    assert str(error) == "cell 3: ValueError; its message is withheld"
    assert error.exit_code == 1
    assert SECRET not in "".join(capfd.readouterr())


def test_a_kernel_that_dies_fails_the_notebook(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    error = failure(tmp_path, "import os", "os._exit(9)")
    assert isinstance(error, NotebookFailedError)
    assert "DeadKernelError" in str(error)
    assert "Traceback" not in capfd.readouterr().err


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises((StorageError, NotebookFailedError)):
        execute(notebook(tmp_path, "1"), tmp_path / "out" / "t.ipynb", {}, root=tmp_path)


def test_what_is_no_notebook_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("no notebook", encoding="utf-8")
    with pytest.raises(InputError, match="is not a readable notebook"):
        read_notebook(tmp_path / "x.ipynb")


# --- What goes into a record ---------------------------------------------------------------------


def test_cleaning_keeps_cells_and_results_and_drops_the_rest() -> None:
    node = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                "# Parameters\ndataset = 'x'\nworkspace = \"/home/erika/w\"",
                metadata={"tags": ["injected-parameters"], "papermill": {"start_time": "now"}},
            ),
            nbformat.v4.new_code_cell(
                "show()",
                metadata={"execution": {"iopub.status.busy": "now"}},
                outputs=[
                    nbformat.v4.new_output("stream", text="a warning"),
                    nbformat.v4.new_output("display_data", data={"text/html": "<b>1</b>"}),
                ],
            ),
        ],
        metadata={"papermill": {"environment_variables": {}}, "authors": []},
    )
    before = nbformat.writes(node)
    kept = nbformat.reads(cleaned(node).decode(), as_version=4)
    assert nbformat.writes(node) == before
    assert "papermill" not in kept.metadata
    assert [cell.id for cell in kept.cells] == ["cell-001", "cell-002"]
    assert kept.cells[0].source == "# Parameters\ndataset = 'x'\nworkspace = \"\""
    assert [dict(cell.metadata) for cell in kept.cells] == [{"tags": ["injected-parameters"]}, {}]
    assert [output.output_type for output in kept.cells[1].outputs] == ["display_data"]


def test_a_notebook_of_somebody_else_emits_nothing() -> None:
    node = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Titel"),
            nbformat.v4.new_code_cell(
                outputs=[nbformat.v4.new_output("display_data", data={CONTENT_MIME: [1]})]
            ),
        ]
    )
    assert emissions(node, "x.ipynb") == []
    assert emitted_contents(node) == []
