"""`impactbook diff` as a person meets it: which states it takes, what it says, and its exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_workspace import (
    DATASET,
    DAY,
    FEATURE,
    OFFICER,
    OWNER,
    QUIET,
    ROWS,
    SECRET,
    WITHOUT_DATA,
    add_feature,
    assessment_of,
    below,
    change,
    command,
    record_of,
    run_here,
)

from impactbook.model.changes import Changes, changes_json
from impactbook.records import canonical
from impactbook.workspace.schemas import json_schema

AS_OF = ("--as-of", DAY.isoformat())


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `diff` in a workspace: its exit code and what it printed."""

    def run(root: Path, *arguments: str, feature: str = FEATURE) -> tuple[int, str]:
        capsys.readouterr()
        code = command("diff", feature, *arguments, *AS_OF, "--workspace", root)
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out + printed.err

    return run


def more_women(root: Path) -> None:
    """Thirty more calls by women: 12 of 36 become 42 of 66."""
    more = "".join(f"f,{'yes' if number % 3 else 'no'},kurz {number}\n" for number in range(30))
    (root / "data_checks" / f"{DATASET}.csv").write_text(ROWS + more, encoding="utf-8")


@pytest.fixture(scope="module")
def twice(sealed_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sealed versions: another rating, a new answer of a person, more data; read only."""
    root = Path(shutil.copytree(sealed_once, tmp_path_factory.mktemp("twice") / "w"))
    change(assessment_of(root), "severity: limited", "severity: severe")
    change(assessment_of(root), "said: Wir möchten wissen", "said: Wir *wollen* <b>wissen</b>")
    more_women(root)
    assert run_here(root).version == "2.0.0"
    return root


def test_without_versions_the_newest_is_compared_with_the_one_before(
    twice: Path, said: Any
) -> None:
    code, text = said(twice)
    assert code == 0
    assert "rueckruf-bot: Version 1.0.0 → Version 2.0.0" in text
    assert "Wesentlich geändert: eine Risikostufe." in text
    assert "Wir *wollen* <b>wissen</b>" in text
    # 12/36 = 33.3 %, 42/66 = 63.6 %: 30.3 points, Newcombe's interval 10.0 to 47.1
    assert "+30,3" in text
    assert "(+10,0 – +47,1)" in text
    assert said(twice, "1.0.0")[1] == text
    assert said(twice, "1.0.0", "2.0.0")[1] == text


def test_in_english_as_markdown(twice: Path, said: Any) -> None:
    code, text = said(twice, "--format", "markdown", "--lang", "en")
    assert code == 0
    assert text.startswith("# rueckruf-bot: version 1.0.0 → version 2.0.0\n")
    assert "| Severity | limited | severe |" in text
    assert "\\*wollen\\* \\<b\\>wissen\\</b\\>" in text


def test_as_json_it_follows_its_schema_and_is_what_the_record_holds(twice: Path, said: Any) -> None:
    code, text = said(twice, "--format", "json")
    told = json.loads(text)
    assert code == 0
    assert told["schema"] == json_schema("diff")["properties"]["schema"]["const"]
    assert changes_json(Changes.model_validate(told)) == told
    record = json.loads((record_of(twice, "2.0.0") / "record.json").read_text("utf-8"))
    assert record["previous"]["changes"] == told


def test_the_pdf_and_the_html_have_the_page_and_the_record_verifies(twice: Path) -> None:
    html = (record_of(twice, "2.0.0") / "record.html").read_text("utf-8")
    assert "Seit Version 1.0.0" in html
    assert "Seit Version" not in (record_of(twice) / "record.html").read_text("utf-8")
    assert command("verify", "--workspace", twice) == 0


def test_no_name_and_no_raw_value_is_said(twice: Path, said: Any) -> None:
    for output in ("text", "markdown", "json"):
        text = said(twice, "--format", output)[1]
        assert not [word for word in (OWNER, OFFICER, SECRET) if word in text]


def test_what_was_written_since_is_compared_without_versions(small_sealed: Path, said: Any) -> None:
    change(assessment_of(small_sealed), "outcome: go-with-conditions", "outcome: no-go")
    code, text = said(small_sealed)
    assert code == 0
    assert "Version 1.0.0 → Arbeitsstand" in text
    assert "Einsatz unter Bedingungen → kein Einsatz" in text
    assert "Anlage" not in text
    assert said(small_sealed, "1.0.0")[1] == text
    assert said(small_sealed, "1.0.0", "workspace")[1] == text


def test_other_data_is_named_and_not_measured(small_sealed: Path, said: Any) -> None:
    more_women(small_sealed)
    _, text = said(small_sealed)
    assert "Daten „anrufe“" in text
    assert "nicht neu gemessen" in " ".join(text.split())
    assert "Zahlen mit anderem Wert" not in text
    assert run_here(small_sealed, draft=True).status == "draft"
    _, text = said(small_sealed, "1.0.0", "draft")
    assert "Version 1.0.0 → Entwurf" in text
    assert "+30,3" in text


def test_nothing_changed_says_so(small_sealed: Path, said: Any) -> None:
    code, text = said(small_sealed)
    assert code == 0
    assert "Nichts hat sich geändert." in text
    assert json.loads(said(small_sealed, "--format", "json")[1])["kind"] == "unchanged"


def test_diff_changes_no_file(twice: Path, said: Any) -> None:
    before = below(twice)
    said(twice)
    said(twice, "1.0.0", "workspace")
    assert below(twice) == before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("3.0.0",), "there is no rueckruf-bot@3.0.0; it has 1.0.0"),
        (("1.0.0", "neu"), "'neu' is no version"),
        (("1.0.0", "../../x"), "is no version"),
        (("1.0.0", "draft"), "there is no record rueckruf-bot@draft"),
        (("--format", "xml"), "xml"),
    ],
)
def test_a_state_that_does_not_exist_is_exit_2(
    sealed_once: Path, said: Any, arguments: tuple[str, ...], expected: str
) -> None:
    code, text = said(sealed_once, *arguments)
    assert code == 2
    assert expected in text


def test_a_feature_without_a_record_or_none_at_all_is_exit_2(small: Path, said: Any) -> None:
    code, text = said(small)
    assert (code, "no sealed record to compare with" in text) == (2, True)
    code, text = said(small, feature="nirgends")
    assert (code, "no sealed record to compare with" in text) == (2, True)
    code, text = said(small, feature="../x")
    assert (code, "is no feature id" in text) == (2, True)


def test_a_record_that_cannot_be_read_is_exit_1(small_sealed: Path, said: Any) -> None:
    path = record_of(small_sealed) / "evidence/figures.csv"
    path.write_bytes(path.read_bytes()[:200])
    code, text = said(small_sealed, "1.0.0", "workspace")
    assert code == 1
    assert "figures.csv" in text


def test_a_record_that_was_forged_into_another_shape_is_exit_1(
    small_sealed: Path, said: Any
) -> None:
    path = record_of(small_sealed) / "record.json"
    record = json.loads(path.read_text("utf-8"))
    record["frameworks"][0] |= {"title": ["no title"], "version": "9.9.9"}
    path.write_bytes(canonical(record))
    code, text = said(small_sealed, "workspace", "1.0.0")
    assert (code, "cannot be compared" in text) == (1, True)


def test_a_feature_without_data_is_compared_too(small: Path, said: Any) -> None:
    path = add_feature(small, QUIET, WITHOUT_DATA)
    assert run_here(small, feature=QUIET).version == "1.0.0"
    change(path, "people: 8\n        said", "people: 12\n        said")
    code, text = said(small, feature=QUIET)
    assert code == 0
    assert "Personen" in text


def test_a_version_is_compared_when_its_assessment_is_gone(twice: Path, said: Any) -> None:
    root = Path(shutil.copytree(twice, twice.parent / "gone"))
    assessment_of(root).unlink()
    code, text = said(root)
    assert code == 0
    assert "Version 1.0.0 → Version 2.0.0" in text
