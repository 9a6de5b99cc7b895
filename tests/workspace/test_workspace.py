"""A workspace finds what people wrote, and says in one sentence what is not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactbook.errors import ImpactbookError, InputError
from impactbook.workspace import check_id, open_workspace

SETTINGS = 'schema = "impactbook/workspace/1"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "impactbook.toml").write_text(SETTINGS)
    (tmp_path / "data_checks").mkdir()
    folder = tmp_path / "assessments" / "voicebot"
    folder.mkdir(parents=True)
    (folder / "assessment.yaml").write_text("schema: impactbook/assessment/1\n")
    return tmp_path


def test_an_assessment_loads_with_its_digests(root: Path) -> None:
    loaded = open_workspace(root).load_assessment("voicebot")

    assert loaded.assessment.language == "de"
    assert loaded.content == loaded.digest


def test_a_directory_without_settings_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"impactbook\.toml is missing.*impactbook init"):
        open_workspace(tmp_path)


def test_an_unknown_feature_gets_a_suggestion(root: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'voicebot'"):
        open_workspace(root).load_assessment("voicebt")


def test_an_undeclared_dataset_is_named_with_its_line(root: Path) -> None:
    path = root / "assessments/voicebot/assessment.yaml"
    path.write_text(
        "schema: impactbook/assessment/1\nfeature:\n  datasets:\n    training:\n    - calls\n"
    )
    with pytest.raises(InputError) as caught:
        open_workspace(root).load_assessment("voicebot")
    assert str(caught.value).startswith(
        "assessments/voicebot/assessment.yaml, line 5, feature.datasets.training: "
        "names the dataset 'calls'"
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("suppression_limit = 0", "suppression_limit"),
        ('languag = "de"', "did you mean 'language'"),
        ('time_zone = "Mars/Base"', "is no time zone"),
        ("[gate\n", "TOML is malformed"),
        ("[gate]\nhighest_residual_risk = 'huge'", "use one of: low, medium, high, very-high"),
    ],
)
def test_wrong_settings_are_one_sentence(root: Path, line: str, sentence: str) -> None:
    (root / "impactbook.toml").write_text(SETTINGS + line)
    with pytest.raises(InputError) as caught:
        open_workspace(root)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "bad", ["../x", "a/b", "Upper", "", "-a", "a" * 64, "a" * 200, ".", "..", "a\n", "ä", "a b"]
)
def test_ids_that_could_leave_their_folder_are_refused(root: Path, bad: str) -> None:
    with pytest.raises(InputError, match="is no feature id"):
        open_workspace(root).load_assessment(bad)


@given(text=st.text(max_size=70))
def test_an_accepted_id_is_always_a_plain_folder_name(text: str) -> None:
    try:
        check_id(text, "feature")
    except ImpactbookError:
        return
    assert Path("x", text).name == text
    assert text.isascii()
    assert text == text.lower()
    assert 0 < len(text) <= 63
