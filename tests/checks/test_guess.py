"""A proposed declaration: it loads, its guesses are sensible, and it can be run as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from declared import table
from hypothesis import given, settings
from hypothesis import strategies as st

from impactbook.checks import declare, run_checks
from impactbook.checks.guess import quoted
from impactbook.checks.guessed_roles import missing_tokens, role_by_name
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset
from impactbook.workspace.reading import parse, read_yaml

CONTENT = table(
    (6, "c1,24,Frau,unbekannt,Ich möchte meinen Vertrag kündigen und zwar heute noch.,ja,1.5"),
    (6, "c2,61,Mann,Lehre,Wo bleibt meine Lieferung? Ich warte schon sehr lange darauf.,nein,2"),
    (5, "c3,40,divers,Lehre,Bitte rufen Sie mich zurück und zwar unter derselben Nummer.,ja,3"),
    header="Kunden-ID,Alter,Geschlecht,Bildung,Freitext,Ziel,betrag",
)


def proposed(path: Path) -> Dataset:
    text = declare(path)
    data, lines = read_yaml(text.encode(), "proposal.yaml")
    return parse(Dataset, data, "proposal.yaml", lines)


def test_roles_units_and_missing_tokens_are_guessed(tmp_path: Path) -> None:
    """German headers; three customers in 17 rows; "unbekannt" stands for nothing known."""
    path = tmp_path / "anrufe.csv"
    path.write_text(CONTENT, encoding="utf-8")
    declared = proposed(path)
    assert {name: column.role for name, column in declared.columns.items()} == {
        "Kunden-ID": "person_id",
        "Alter": "protected",
        "Geschlecht": "protected",
        "Bildung": "proxy",
        "Freitext": "text",
        "Ziel": "label",
        "betrag": "feature",
    }
    assert declared.unit == "person"
    assert len(declared.columns["Alter"].bands) == 6
    # Only 2 or 3 customers stand behind each value, so none of them is quoted.
    assert "Lehre" not in declare(path)
    assert "kündigen" not in declare(path)


def test_frequent_categories_are_listed(tmp_path: Path) -> None:
    """Without persons a row is a person: 6 rows are enough to name a value."""
    path = tmp_path / "anrufe.csv"
    path.write_text(table((6, "a,unknown"), (7, "b,x"), header="job,sex"))
    declared = proposed(path)
    assert declared.columns["job"].allowed == ("a", "b")
    assert declared.columns["sex"].missing == ("unknown",)
    assert declared.columns["sex"].allowed == ("x",)


def test_a_proposal_runs_as_it_is(tmp_path: Path) -> None:
    """It gives evidence in which representation is not declared yet."""
    path = tmp_path / "anrufe.csv"
    path.write_text(CONTENT, encoding="latin-1")
    evidence = run_checks(
        "anrufe", proposed(path), folder=tmp_path, limit=5, references=tmp_path
    ).evidence
    assert evidence.rows == 17
    assert "not_declared" in {check.problem for check in evidence.checks}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("age", "protected"),
        ("Familienstand", "protected"),
        ("customerAge", "protected"),
        ("speaker", "person_id"),
        ("postal_code", None),
        ("accent", "proxy"),
        ("call_id", "ignore"),
        ("rater_id", "annotator"),
        ("y", "label"),
        ("lang", "language"),
        ("balance", None),
    ],
)
def test_roles_by_name(name: str, role: str | None) -> None:
    """Words inside names count, whatever joins them; an unknown name suggests nothing."""
    assert role_by_name(name) == role


def test_missing_tokens_ignore_case_and_space() -> None:
    """Only whole values count: "unknown caller" is a value."""
    assert missing_tokens([" N/A ", "unknown caller", "K.A."]) == (" N/A ", "K.A.")


def test_a_file_without_header_is_noticed(tmp_path: Path) -> None:
    """Line 1 with a number in it is a row."""
    path = tmp_path / "x.csv"
    path.write_text("58,married\n44,single\n")
    with pytest.raises(InputError, match="a number in place of the name of column 1"):
        declare(path)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    """The sentence is the one of the source."""
    with pytest.raises(InputError, match="does not exist"):
        declare(tmp_path / "absent.csv")


@settings(max_examples=200)
@given(text=st.text(st.characters(blacklist_categories=["Cs", "Cc"])))
def test_any_text_survives_quoting(text: str) -> None:
    """A quoted text is read back as it was (control characters are refused by the reader)."""
    assert read_yaml(f"key: {quoted(text)}\n".encode(), "x.yaml")[0] == {"key": text}
