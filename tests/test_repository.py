"""What must hold for every file that is committed."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))


def tracked() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git and a checkout; run the tests in a clone")
    return [ROOT / name for name in listed.decode().split("\0") if name]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_committed_without_outputs(path: Path) -> None:
    for cell in json.loads(path.read_bytes())["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_hold_calls_and_no_logic(path: Path) -> None:
    for cell in json.loads(path.read_bytes())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            assert not re.search(r"^\s*(def|class|for|while|if|try|with|lambda)\b", source, re.M)


def test_there_are_notebooks_at_all() -> None:
    assert {path.name for path in NOTEBOOKS} == {
        "impact_assessment.ipynb",
        "training_data.ipynb",
        "tutorial_training_data.ipynb",
    }


def test_no_file_is_large_and_none_is_an_output() -> None:
    for path in tracked():
        if path.exists():
            assert path.stat().st_size < 4_000_000, path
            inside = path.relative_to(ROOT).parts
            assert inside[0] != "outputs" or inside == ("outputs", "README.md")


def test_every_phrase_has_both_languages_with_the_same_placeholders() -> None:
    from string import Formatter

    from impactbook.language import LANGUAGES, phrases

    areas = sorted(path.stem for path in (ROOT / "src/impactbook/phrases").glob("*.yaml"))
    assert areas
    for area in areas:
        for key, texts in phrases(area).items():
            assert set(texts) == set(LANGUAGES), f"{area}: {key}"
            fields = [
                {name for _, name, _, _ in Formatter().parse(text) if name}
                for text in texts.values()
            ]
            assert fields[0] == fields[1], f"{area}: {key}"


def test_nothing_the_product_says_claims_too_much() -> None:
    anywhere = re.compile(r"\b(compliant|konform\w*)\b", re.IGNORECASE)
    of_data = re.compile(r"\b(gesichert|bewiesen|proven)\b", re.IGNORECASE)
    for folder in ("src/impactbook/phrases", "src/impactbook/frameworks", "assessments"):
        for path in (ROOT / folder).rglob("*.yaml"):
            text = path.read_text(encoding="utf-8")
            assert anywhere.search(text) is None, path
            if path.stem in ("figures", "findings", "record", "charts"):
                assert of_data.search(text) is None, path
