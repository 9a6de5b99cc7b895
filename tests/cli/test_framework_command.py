"""`impactbook framework`: listing, importing and scoring as a person meets it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "frameworks"))
from foreign_surveys import GERMAN, SCORED, SCORING, as_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with settings alone, two questionnaires, a scoring and answers beside it."""
    root = tmp_path / "w"
    root.mkdir()
    (root / "impactbook.toml").write_text('schema = "impactbook/workspace/1"\n')
    (root / "reach.json").write_bytes(as_file(SCORED))
    (root / "selbst.json").write_bytes(as_file(GERMAN))
    (root / "scoring.yaml").write_text(SCORING, encoding="utf-8")
    (root / "answers.json").write_text('{"reach": "c-6", "review-M": "yes-4"}')
    return root


def test_from_a_file_to_a_level(impactbook, folder: Path) -> None:
    """Import writes into frameworks/, list shows it, score prints points, total and level."""
    done = impactbook(
        "framework", "import", "reach.json", "--scoring", "scoring.yaml", "--as-of", "2026-11-24",
        "--licence", "CC0", cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "frameworks/reach-and-care.yaml: written." in done.stdout
    assert "3 questions give points (risk, care), 2 levels" in done.stdout
    assert "de: " in done.stdout
    listed = impactbook("framework", "list", cwd=folder).stdout
    assert "contact-centre-ethics" in listed
    assert "frameworks/reach-and-care.yaml" in listed
    scored = impactbook("framework", "score", "reach-and-care", "answers.json", cwd=folder)
    assert scored.returncode == 0, scored.stderr
    # 6 points of reach, lowered by 15 % to 5.1, rounded to 5, which is 50 % of 10.
    assert "Level: low" in scored.stdout
    assert "Not final: 1 scored questions that are seen have no answer" in scored.stdout
    as_json = impactbook(
        "framework", "score", "reach-and-care", "answers.json", "--format", "json", cwd=folder
    )
    result = json.loads(as_json.stdout)
    assert (result["total"], result["level"], result["deducted"]) == (5, "low", True)
    assert result["visible"] == ["reach", "groups", "remark-N", "review-M"]


def test_a_file_without_scoring_is_imported_and_told_so(impactbook, folder: Path) -> None:
    """The pack is written; that it has no scoring and no licence is said."""
    done = impactbook("framework", "import", "selbst.json", "--to", "packs", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "packs" / "selbst.yaml").is_file()
    assert "scoring: none" in done.stdout
    assert "no licence is stated" in done.stdout
    refused = impactbook("framework", "score", "packs/selbst.yaml", "answers.json", cwd=folder)
    assert refused.returncode == 2
    assert "has no questionnaire with a scoring" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["import", "nope.json"], "nope.json: there is no such file"),
        (["import", "scoring.yaml"], "scoring.yaml, line 1: the JSON is malformed"),
        (["import", "reach.json", "--scoring", "canada"], "no shipped scoring 'canada'; did you mean 'canada-aia'"),
        (["import", "reach.json", "--scoring", "reach.json"], "reach.json, line 1, schema: the key is missing"),
        (["import", "reach.json", "--scoring", "canada-aia"], "no question of the questionnaire is scored"),
        (["import", "reach.json", "--id", "../etc"], "is no pack id"),
        (["import", "reach.json", "--as-of", "24.11.2026"], "write it as YYYY-MM-DD"),
        (["import", "reach.json", "--lang", "English"], "'English' is no language"),
        (["score", "nope", "answers.json"], "nope.yaml: there is no such file"),
        (["score", "../x", "answers.json"], "is no pack id"),
        ([], "Missing command"),
    ],
)  # fmt: skip
def test_what_a_person_got_wrong_is_one_sentence_and_exit_2(
    impactbook, folder: Path, arguments: list[str], sentence: str
) -> None:
    """No traceback, and no file is left behind."""
    before = sorted(folder.rglob("*"))
    done = impactbook("framework", *arguments, cwd=folder)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert sorted(folder.rglob("*")) == before


def test_an_existing_pack_is_not_overwritten(impactbook, folder: Path) -> None:
    """Translations added by hand would be lost."""
    impactbook("framework", "import", "selbst.json", cwd=folder)
    path = folder / "frameworks" / "selbst.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    again = impactbook("framework", "import", "selbst.json", cwd=folder)
    assert again.returncode == 2
    assert "the pack exists already" in again.stderr
    assert path.read_text(encoding="utf-8").endswith("# mine\n")


def test_outside_a_workspace_a_folder_must_be_named(impactbook, folder: Path) -> None:
    """Nothing is written just anywhere."""
    (folder / "impactbook.toml").unlink()
    done = impactbook("framework", "import", "selbst.json", cwd=folder)
    assert done.returncode == 2
    assert "--to: is missing" in done.stderr
