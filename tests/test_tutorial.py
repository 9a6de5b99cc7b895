"""The tutorial: it runs from top to bottom, and what its text says is what comes out."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from impactbook.errors import InputError
from impactbook.execute.tutorial import Proposal, changes, propose, sample_file
from impactbook.workspace import open_workspace
from impactbook.workspace.init import init_workspace

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "tutorial_training_data.ipynb"
TEXT = "a: 1\nchecks:\n  # block:\n  #   - one\n  #   - two\n  other: 3\n"


@pytest.fixture
def company(tmp_path: Path) -> Path:
    init_workspace(tmp_path / "company", "en")
    return tmp_path / "company"


def proposal(company: Path, text: str = TEXT) -> Proposal:
    return Proposal(open_workspace(company), text, "en", dt.date(2026, 1, 1))


@pytest.mark.slow
def test_the_notebook_runs_in_a_new_workspace(company: Path, tmp_path: Path) -> None:
    """Headless with papermill; nobody's file is needed, and the declaration is saved and loads."""
    import papermill

    papermill.execute_notebook(
        NOTEBOOK,
        tmp_path / "out.ipynb",
        parameters={"workspace": str(company), "language": "en", "save_as": "my-calls"},
        progress_bar=False,
    )
    cells = json.loads((tmp_path / "out.ipynb").read_text(encoding="utf-8"))["cells"]
    said = "".join(
        "".join(output.get("data", {}).get("text/plain", ""))
        for cell in cells
        for output in cell.get("outputs", [])
    )
    for sentence in (
        "Representation of groups | all data | not measured",
        "Representation of groups: age | not asked | outside",
        "The data does not decide it.",
        "Distribution of labels: topic | within range | not enough data",
        "ar | 13 / 20",
        "Schema of the data: gender | outside | within range",
        "Missing values in disguise | attention | within range",
        "Saved as data_checks/my-calls.yaml",
    ):
        assert sentence in said, sentence
    declared = open_workspace(company).load_dataset("my-calls").dataset
    assert declared.hypotheses[0].id == "example"


def test_the_sample_is_as_large_as_the_text_says() -> None:
    """646 calls of 420 people, and 108 question marks."""
    header, *rows = sample_file().read_text(encoding="utf-8").splitlines()
    assert len(rows) == 646
    assert len({row.partition(",")[0] for row in rows}) == 420
    assert sum(row.split(",")[header.split(",").index("gender")] == "?" for row in rows) == 108


def test_a_block_is_uncommented_and_the_rest_is_left_alone(company: Path) -> None:
    """The first proposal stays as it was."""
    first = proposal(company)
    freed = first.uncommented("block")
    assert freed.text == "a: 1\nchecks:\n  block:\n    - one\n    - two\n  other: 3\n"
    assert first.text == TEXT


def test_only_an_unambiguous_piece_is_replaced(company: Path) -> None:
    """A piece that stands there twice, or not at all, is refused with a remedy."""
    assert proposal(company).replaced("a: 1", "a: 2").text.startswith("a: 2\n")
    for piece in ("#   - ", "absent"):
        with pytest.raises(InputError, match="give a longer piece"):
            proposal(company).replaced(piece, "")
    with pytest.raises(InputError, match="no commented block is called 'other'"):
        proposal(company).uncommented("other")


def test_a_part_is_shown_alone(company: Path) -> None:
    """A commented block as well; a part that does not exist is said not to."""
    shown = proposal(company).show("block")._repr_mimebundle_()["text/html"]
    assert "- two" in shown
    assert "other" not in shown
    with pytest.raises(InputError, match="no part of the declaration is called 'absent'"):
        proposal(company).show("absent")


def test_saving_never_overwrites(company: Path) -> None:
    """An empty name writes nothing; a name in use, or one with blanks, is refused."""
    proposal(company).save("")
    assert not list((company / "data_checks").glob("*.yaml"))
    proposal(company).save("calls")
    assert (company / "data_checks" / "calls.yaml").read_text(encoding="utf-8") == TEXT
    for name, problem in (("calls", "exists already"), ("My calls", "small letters")):
        with pytest.raises(InputError, match=problem):
            proposal(company, "b: 2\n").save(name)
    assert (company / "data_checks" / "calls.yaml").read_text(encoding="utf-8") == TEXT


def test_a_wrong_correction_is_named_like_any_mistake(company: Path) -> None:
    """Field and remedy, no traceback."""
    wrong = propose("", str(company), "en").replaced("unit: person", "unit: people")
    with pytest.raises(InputError, match=r"tutorial.yaml.*unit"):
        wrong.measured()


def test_unchanged_verdicts_are_said_to_be(company: Path, tmp_path: Path) -> None:
    """A small file of one's own, seen from the workspace's folder."""
    (tmp_path / "data.csv").write_text("sex,y\n" + "w,1\nm,0\n" * 40, encoding="utf-8")
    measured = propose("../data.csv", str(company), "en").measured()
    assert "No verdict has changed" in changes(measured, measured)._repr_mimebundle_()["text/html"]
