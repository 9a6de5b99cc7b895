"""What notebooks call: every chapter shows something, and every slip is one sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from small_workspace import (
    DATASET,
    DAY,
    FEATURE,
    LENIENT,
    OFFICER,
    OWNER,
    SECRET,
    add_feature,
    change,
    run_here,
)

from impactbook.errors import InputError
from impactbook.execute.notebooks import EVIDENCE_MIME
from impactbook.execute.session import (
    AssessmentSession,
    DatasetSession,
    find_workspace,
    open_assessment,
    open_dataset,
)
from impactbook.render.mime import BLOCKS_MIME

CHAPTERS = (
    "summary",
    "feature",
    "people",
    "data",
    "harms",
    "framework",
    "actions",
    "decision",
)


@pytest.fixture(scope="module")
def root(sealed_once: Path) -> Path:
    return sealed_once


@pytest.fixture(scope="module")
def data(root: Path) -> DatasetSession:
    return open_dataset(DATASET, str(root))


@pytest.fixture(scope="module")
def assessment(root: Path) -> AssessmentSession:
    return open_assessment(FEATURE, str(root), as_of=DAY.isoformat())


@pytest.mark.parametrize(
    ("chapter", "told"),
    [
        ("declaration", "Anrufe"),
        ("results", "Geschlecht"),
        ("people", "66"),
        ("labels", "outcome"),
        ("quality", "Keine Zeile wiederholt eine andere"),
        ("figures", "Geschlecht – f"),
    ],
)
def test_each_chapter_of_the_data_shows_its_part(
    data: DatasetSession, chapter: str, told: str
) -> None:
    bundle = getattr(data, chapter)()._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain", BLOCKS_MIME}
    assert told in bundle["text/html"]
    assert SECRET not in str(bundle)


def test_without_combinations_the_chapter_says_so(data: DatasetSession) -> None:
    assert "text/html" in data.combinations()._repr_mimebundle_()


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_chapter_of_the_assessment_shows_its_part_and_no_name(
    assessment: AssessmentSession, name: str
) -> None:
    html = assessment.chapter(name)._repr_mimebundle_()["text/html"]
    assert len(html) > 200
    assert OWNER not in html
    assert OFFICER not in html
    assert SECRET not in html


def calls_of_the_notebook() -> list[str]:
    """The methods that the notebook of the workspace's template calls, in their order."""
    notebook = Path(__file__).resolve().parents[2] / "notebooks" / "training_data.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return re.findall(r"data\.(\w+)\(\)", code)


def test_the_notebook_calls_all_that_can_be_shown(data: DatasetSession) -> None:
    """Sealing compares a notebook's outputs with `everything`: neither may know more."""
    named = calls_of_the_notebook()
    assert len(set(named)) == len(named)
    shown = list(data.everything())
    assert len(named) == len(shown)
    for name in named:
        if name != "check":
            assert getattr(data, name)()._repr_mimebundle_() in shown, name


def test_what_the_data_holds_nothing_on_is_said_in_one_sentence(data: DatasetSession) -> None:
    """No recordings, no annotators, no periods: the chapter says so and is not empty."""
    for name in ("annotators", "over_time", "personal_data"):
        html = getattr(data, name)()._repr_mimebundle_()["text/html"]
        assert "Dazu enthalten diese Daten nichts" in html


def test_everything_can_be_worked_out_again_for_comparison(
    data: DatasetSession, assessment: AssessmentSession
) -> None:
    shown = list(data.everything())
    assert len(shown) == 16
    assert [EVIDENCE_MIME in bundle for bundle in shown].count(True) == 1
    assert list(data.everything()) == shown
    assert list(assessment.everything())[:-1] == [
        item for item in assessment.everything() if len(item) == 3
    ]


def test_evidence_measured_before_is_not_measured_again(
    root: Path, data: DatasetSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("measured again")

    folder = root / "measured"
    folder.mkdir(exist_ok=True)
    text = data._emission.evidence.model_dump_json(by_alias=True)
    (folder / f"{DATASET}.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr("impactbook.execute.session.measure", never)
    session = open_assessment(FEATURE, str(root), "en", DAY.isoformat(), "measured")
    assert session.evidence == (data._emission.evidence,)
    assert session.language == "en"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda root: open_dataset("anruf", root), "did you mean 'anrufe'?"),
        (lambda root: open_dataset("../anrufe", root), "is no dataset id"),
        (lambda root: open_dataset(2024, root), "there is no dataset '2024'"),  # type: ignore[arg-type]
        (lambda root: open_dataset(DATASET, root, "fr"), "language: 'fr' is no language of ours"),
        (lambda root: open_dataset(DATASET, root, 5), "language: '5' is no language"),  # type: ignore[arg-type]
        (lambda root: open_dataset(DATASET, f"{root}/nowhere"), "is no impactbook workspace"),
        (lambda root: open_assessment("rueckruf", root), "did you mean 'rueckruf-bot'?"),
        (
            lambda root: open_assessment(FEATURE, root, as_of="23.11.2026"),
            "as_of: '23.11.2026' is no date; write it as YYYY-MM-DD",
        ),
        (
            lambda root: open_assessment(FEATURE, root, evidence="nowhere"),
            "nowhere/anrufe.json, evidence: there is no evidence on 'anrufe'",
        ),
        (
            lambda root: open_assessment(FEATURE, root, as_of="2026-11-23").chapter("harm"),
            "chapter: there is no chapter 'harm'; did you mean 'harms'?",
        ),
    ],
)
def test_a_slip_in_a_parameter_is_one_sentence(root: Path, call, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        call(str(root))
    assert sentence in str(caught.value)


def test_the_nearest_workspace_upwards_is_found(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "notebooks")
    assert find_workspace().root == root.resolve()
    assert find_workspace(".").root == root.resolve()
    monkeypatch.chdir("/")
    with pytest.raises(InputError, match="is no impactbook workspace"):
        find_workspace()


def test_an_assessment_without_data_and_answers_still_shows_every_chapter(small: Path) -> None:
    add_feature(small, "leer", "schema: impactbook/assessment/1\n")
    session = open_assessment("leer", str(small), as_of=DAY.isoformat())
    for name in CHAPTERS:
        assert session.chapter(name)._repr_mimebundle_()["text/html"]
    assert run_here(small, feature="leer").gate == "blocked"


def test_the_gate_shown_follows_the_day(small: Path) -> None:
    settings = small / "impactbook.toml"
    text = settings.read_text(encoding="utf-8").partition("[gate]")[0]
    settings.write_text(text + LENIENT, encoding="utf-8")
    change(small / "assessments" / FEATURE / "assessment.yaml", "[anrufe]", "[]")
    for day, status in (("2026-11-23", "conditional"), ("2027-02-01", "blocked")):
        shown = open_assessment(FEATURE, str(small), as_of=day)._gate()
        assert [v["gate"] for k, v in shown.items() if "content" in k] == [status]
