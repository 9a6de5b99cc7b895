"""A proposed declaration: it loads, its guesses are sensible, and it can be run as it is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from declared import table
from hypothesis import given, settings
from hypothesis import strategies as st

from impactbook.checks import declare, run_checks
from impactbook.checks.guessing.names import role_by_name
from impactbook.checks.guessing.text import quoted
from impactbook.checks.guessing.values import is_missing
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset
from impactbook.workspace.reading import parse, read_yaml

REFERENCES = Path(__file__).resolve().parents[2] / "data_checks" / "references"
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
    """It gives evidence in which representation is not declared yet.

    The three customers are fewer than the usual limit, below which not even rows are told.
    """
    path = tmp_path / "anrufe.csv"
    path.write_text(CONTENT, encoding="latin-1")
    evidence = run_checks(
        "anrufe", proposed(path), folder=tmp_path, limit=1, references=tmp_path
    ).evidence
    assert evidence.rows == 17
    assert "not_declared" in {check.problem for check in evidence.checks}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Einwilligung_Aufnahme", "consent"),
        ("Löschfrist", "retention_date"),
        ("sample_weight", "weight"),
        ("Muttersprache", "proxy"),
        ("customer_segment", None),
        ("utterance_id", "ignore"),
        ("y_pred", "prediction"),
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
    told = [" N/A ", "unknown caller", "K.A."]
    assert [value for value in told if is_missing(value)] == [" N/A ", "K.A."]


def test_a_file_without_header_is_noticed(tmp_path: Path) -> None:
    """Line 1 with a number in it is a row."""
    path = tmp_path / "x.csv"
    path.write_text("58,married\n44,single\n")
    with pytest.raises(InputError, match="a number in place of the name of column 1"):
        declare(path)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    """It speaks of the path that was typed, not of fields of a declaration nobody wrote yet."""
    (tmp_path / "calls.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"save the table as \.csv") as of_excel:
        declare(tmp_path / "calls.xlsx")
    with pytest.raises(InputError, match="this is a folder"):
        declare(tmp_path)
    assert of_excel.value.field is None
    with pytest.raises(InputError, match="there is no such file; correct the path"):
        declare(tmp_path / "absent.csv")


PEOPLE = table(
    (60, "24,w,20-29,x"),
    (50, "61,m,65+,y"),
    (6, "40,divers,unter 20,x"),
    (3, "40,intersex,unter 20,x"),
    header="Alter,Geschlecht,Altersgruppe,Religion",
)


def data_checks(root: Path, *, population: bool = True) -> Path:
    """A folder of declarations, with the population of Germany if wanted."""
    folder = root / "company" / "data_checks"
    folder.mkdir(parents=True)
    if population:
        shutil.copytree(REFERENCES, folder / "references")
    return folder


def uncommented(text: str) -> str:
    """The proposal after every invitation was followed; the first line is for editors."""
    first, rest = text.split("\n", 1)
    return f"{first}\n" + re.sub(r"^( *)# ", r"\1", rest, flags=re.M)


def accepted(text: str) -> Dataset:
    data, lines = read_yaml(uncommented(text).encode(), "proposal.yaml")
    return parse(Dataset, data, "proposal.yaml", lines)


def test_the_file_is_named_as_seen_from_the_declaration(tmp_path: Path) -> None:
    """Relative to `data_checks/` where there is one, so that it holds on other machines too."""
    folder = data_checks(tmp_path)
    path = tmp_path / "calls.csv"
    path.write_text(PEOPLE)
    text = declare(path, folder=folder)
    assert accepted(text).source.files == ("../../calls.csv",)
    assert str(tmp_path) not in text
    assert proposed(path).source.files == (path.resolve().as_posix(),)


def test_what_the_proposal_invites_to_uncomment_fits(tmp_path: Path) -> None:
    """Ages get bands, words for women and men get their counterparts, others none.

    Only 3 people are "intersex", which therefore is not quoted.
    """
    folder = data_checks(tmp_path)
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    text = declare(path, folder=folder)
    assert "intersex" not in text
    declared = accepted(text)
    of = {check.attribute: check for check in declared.checks.representation}
    assert list(of) == ["Alter", "Geschlecht", "Altersgruppe", "Religion"]
    for name, column in (("Alter", "age"), ("Geschlecht", "sex"), ("Altersgruppe", "age")):
        assert of[name].reference == "destatis-bevoelkerung-2023"
        assert of[name].column == column
    assert list(of["Alter"].bands) == list(declared.columns["Alter"].bands)
    assert (of["Alter"].bands["<25"].from_, of["Alter"].bands["<25"].below) == (18, 25)
    assert of["Geschlecht"].map == {"m": ("male",), "w": ("female",)}
    assert of["Geschlecht"].no_reference == ("divers",)
    assert {
        group: (band.from_, band.below) for group, band in of["Altersgruppe"].bands.items()
    } == {
        "20-29": (20, 30),
        "65+": (65, None),
        "unter 20": (18, 20),
    }
    assert of["Religion"].reference == "reference-name"
    assert of["Religion"].map == {"x": ("VALUE",), "y": ("VALUE",)}


def test_an_uncommented_proposal_is_measured(tmp_path: Path) -> None:
    """60 women and 50 men are compared with the population; a rare third group stays unnamed."""
    folder = data_checks(tmp_path)
    path = tmp_path / "people.csv"
    path.write_text(
        table(*((n, f"{age},{sex}") for n, age, sex in ((60, 24, "w"), (50, 61, "m"), (3, 40, "d"))),
              header="Alter,Geschlecht")
    )  # fmt: skip
    evidence = run_checks(
        "people",
        accepted(declare(path, folder=folder)),
        folder=folder,
        limit=5,
        references=folder / "references",
    ).evidence
    verdicts = [one.verdict for one in evidence.checks if one.check == "representation"]
    assert len(verdicts) == 2
    assert "not_measured" not in verdicts


def test_no_reference_is_named_that_is_not_there(tmp_path: Path) -> None:
    """Without the population of Germany its name is left to the reader; the rest still fits."""
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    text = declare(path, folder=data_checks(tmp_path, population=False))
    assert "destatis" not in text
    assert {check.reference for check in accepted(text).checks.representation} == {"reference-name"}
    assert accepted(declare(path)).checks.representation[0].bands


def test_data_without_people_may_say_so(tmp_path: Path) -> None:
    """Nothing looks like age or gender: the reason can be given in `not_in_data`."""
    path = tmp_path / "chats.csv"
    path.write_text(table((6, "hello,greeting"), (5, "bye,farewell"), header="utterance,intent"))
    checks = accepted(declare(path)).checks
    assert [check.not_in_data for check in checks.representation] == ["REASON", "REASON"]
    assert [check.label for check in checks.labels] == ["intent"]


def test_the_positive_label_is_guessed(tmp_path: Path) -> None:
    """Of "ja" and "nein", "ja" is what is compared over groups."""
    path = tmp_path / "calls.csv"
    path.write_text(table((6, "f,ja"), (6, "m,nein"), header="sex,Ziel"))
    (check,) = accepted(declare(path)).checks.labels
    assert (check.positive, check.attributes) == ("ja", ("sex",))


def test_numbers_for_sexes_are_not_cut_into_ages(tmp_path: Path) -> None:
    """1 and 2 are groups, not years."""
    path = tmp_path / "calls.csv"
    path.write_text(table((6, "1"), (6, "2"), header="sex"))
    column = proposed(path).columns["sex"]
    assert (column.allowed, column.bands) == (("1", "2"), {})


@settings(max_examples=200)
@given(text=st.text(st.characters(blacklist_categories=["Cs", "Cc", "Cn"])))
def test_any_text_survives_quoting(text: str) -> None:
    """A quoted text is read back as it was (the reader refuses control characters and what is no character)."""
    assert read_yaml(f"key: {quoted(text)}\n".encode(), "x.yaml")[0] == {"key": text}


def test_a_semicolon_file_in_latin_1_is_read(tmp_path: Path) -> None:
    """Cut as UTF-16 its header is nonsense; that must not keep Latin-1 from being tried."""
    path = tmp_path / "anrufe.csv"
    rows = "".join(f"{i};Öko;{i % 7},5\n" for i in range(60))
    # An even number of bytes in the first line, so that UTF-16 does find characters in it.
    path.write_bytes(f'Nr;Tarif "x";Gebühr\n{rows}'.encode("latin-1"))
    source = accepted(declare(path)).source
    assert (source.encoding, source.delimiter, source.decimal) == ("latin-1", ";", ",")
