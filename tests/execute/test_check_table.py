"""What `impactbook check` prints: the worst first, alike lines together, nothing without a word."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from impactbook.checks import run_checks
from impactbook.execute.check_table import as_table
from impactbook.language import Language
from impactbook.model.columns import SpecialCategory
from impactbook.model.dataset import Dataset
from impactbook.model.evidence import CheckResult, DatasetEvidence, Figure, Verdict

ROWS = "sex,age,note,left\n" + "".join(
    f"{'f' if number % 4 else 'm'},{20 + number % 60},{'' if number % 2 else 'x'},no\n"
    for number in range(120)
)
"""90 women and 30 men; every second note is missing; "left" has one value only."""


def evidence(folder: Path) -> DatasetEvidence:
    (folder / "calls.csv").write_text(ROWS, encoding="utf-8")
    declared = Dataset.model_validate(
        {
            "schema": "impactbook/dataset/1",
            "title": "Calls",
            "source": {"files": ["calls.csv"]},
            "columns": {
                "sex": {"role": "protected", "allowed": ["f", "m"]},
                "age": {"role": "feature", "minimum": 18, "maximum": 90},
                "note": {"role": "feature"},
                "left": {"role": "label", "allowed": ["no", "yes"]},
            },
            "checks": {
                "representation": [
                    {
                        "attribute": "age",
                        "not_in_data": "Das Alter wird nicht erhoben.",
                        "required": False,
                        "because": "Der Betriebsrat hat zugestimmt.",
                    }
                ],
                "duplicates": {"threshold": 1},
            },
        }
    )
    return run_checks(
        "calls", declared, folder=folder, limit=5, references=folder / "references"
    ).evidence


def judged(metric: str, number: int, verdict: Verdict = "attention", **values: Any) -> Figure:
    named = {"attribute": "a", "group": str(number), "value": 0.1 * number, **values}
    return Figure(
        id=f"calls/{metric}/a/{number}/{values.get('condition', '')}",
        source="calls",
        kind="training_data",
        unit="row",
        metric=metric,
        verdict=verdict,
        **named,
    )


def printed(*figures: Figure) -> list[str]:
    checked = CheckResult(check="labels", expectation="x", verdict="fail")
    digest = "sha256:" + "0" * 64
    made = DatasetEvidence(
        dataset="calls",
        title="Calls",
        fingerprint=digest.removeprefix("sha256:"),
        declaration=digest.removeprefix("sha256:"),
        engine="duckdb",
        rows=100,
        unit="row",
        suppression_limit=5,
        checks=(checked,),
        figures=figures,
    )
    return as_table(made, "en").splitlines()


def test_many_alike_that_need_attention_share_a_line() -> None:
    """Four shares from 0.1 to 0.4 stand in one line; those that fail keep one each."""
    lines = [line.split() for line in printed(*(judged("missing_share", n) for n in range(1, 5)))]
    assert ["attention", "missing_share/a", "(4", "figures)", "10.0%", "–", "40.0%"] in lines
    failed = printed(*(judged("missing_share", n, "fail") for n in range(1, 5)))
    assert sum(line.startswith("fail ") and "missing_share" in line for line in failed) == 4


def test_texts_compared_in_several_ways_share_a_line_if_they_find_the_same() -> None:
    """Exactly and case-folded nothing differs; nearly the same finds more."""
    ways = [("exact", 0.2), ("case_folded", 0.2), ("near", 0.3)]
    found = [
        judged("duplicate_share", place, value=value, attribute="", group="",
               condition=f"matching={way}")
        for place, (way, value) in enumerate(ways)
    ]  # fmt: skip
    lines = [line for line in printed(*found) if line.startswith("attention ")]
    assert len(lines) == 2
    assert "(2 figures)" in lines[0]


def test_so_many_sentences_that_they_can_be_read() -> None:
    """Of 15 figures that fail the first twelve are said, and that there are three more."""
    lines = printed(*(judged("missing_share", n, "fail", value=0.05 * n) for n in range(1, 16)))
    assert sum(line.startswith("- ") for line in lines) == 12
    assert lines[-1] == "3 more: the table lists them."


def test_no_line_is_wider_than_a_terminal() -> None:
    """110 columns, however long a name is."""
    wide = judged("label_share_ratio", 1, "fail", condition=f"label={'x' * 150}")
    assert max(len(line) for line in printed(wide)) <= 110


def table(folder: Path, language: Language = "de") -> list[str]:
    return as_table(evidence(folder), language).splitlines()


def part(lines: list[str], heading: str) -> list[list[str]]:
    """The words of each line of one table, without its heading."""
    (start,) = [place for place, line in enumerate(lines) if line.startswith(heading)]
    end = start + 1
    while lines[end].strip() and not lines[end].endswith("prints them."):
        end += 1
    return [line.split() for line in lines[start + 1 : end]]


def test_who_alone_may_check_special_categories_stands_at_the_head(tmp_path: Path) -> None:
    """Nobody can be recognised on a terminal; so the declaration's answer comes before any figure."""
    found = evidence(tmp_path)
    health = SpecialCategory(
        kind="health",
        ground="Art. 9(2)(a)",
        purpose="testing for discrimination",
        may_run=("Data protection officer", "Works council"),
        delete_by=date(2027, 3, 31),
    )
    held = found.processing.model_copy(update={"special_categories": {"disability": health}})
    lines = as_table(found.model_copy(update={"processing": held}), "en").splitlines()
    told = " ".join(line.strip() for line in lines[2 : lines.index("")])
    assert told == (
        "disability: special category (health, Art. 9 GDPR); only these may run this check: "
        "Data protection officer, Works council; delete by 2027-03-31"
    )
    assert not any("special category" in line for line in as_table(found, "en").splitlines())


def test_what_is_not_ok_comes_first(tmp_path: Path) -> None:
    """Not measured is worse than attention; unjudged checks stand last.

    `ok` are the schema, the missing values in disguise and the duplicates.
    """
    found = [words[0] for words in part(table(tmp_path), "verdict       check")]
    verdicts = [word for word in found if word in ("not_measured", "attention", "ok", "not")]
    assert verdicts == [*["not_measured"] * 2, "attention", *["ok"] * 3, *["not"] * 3]


def test_checks_that_are_ok_share_a_line(tmp_path: Path) -> None:
    """Row count, columns and three columns' values: five checks of the schema, all `ok`."""
    lines = [words for words in part(table(tmp_path), "verdict       check") if "schema" in words]
    assert lines == [["ok", "schema", "5", "checks"]]


def test_the_number_of_checks_that_are_ok_is_told(tmp_path: Path) -> None:
    """Of schema (5), labels, missing (2), duplicates and representation seven are `ok`."""
    assert table(tmp_path)[1] == "7 of 10 checks ok; 2 not_measured, 1 attention"


def test_no_cell_of_says_nothing(tmp_path: Path) -> None:
    """A check without a column is about all data."""
    lines = table(tmp_path)
    assert ["ok", "duplicates", "all", "data"] in part(lines, "verdict       check")


def test_the_reason_for_a_gap_stands_beside_it(tmp_path: Path) -> None:
    """Why it was not measured, that the gate lets it go, and why people accept it."""
    text = " ".join(" ".join(table(tmp_path)).split())
    assert "(not required) die Daten enthalten dazu nichts: Der Betriebsrat hat zugestimmt." in text
    assert "es gibt nur eine Gruppe" in text


def test_figures_that_are_ok_share_a_line_with_their_span(tmp_path: Path) -> None:
    """Nothing is missing in three columns; the half that is missing in "note" stands alone."""
    figures = part(table(tmp_path, "en"), "verdict       figure")
    alike = [words for words in figures if "(3" in words and words[1] == "missing_share"]
    assert alike == [["ok", "missing_share", "(3", "figures)", "0.0%"]]
    (alone,) = [words for words in figures if words[1] == "missing_share/note//"]
    assert alone[:3] == ["attention", "missing_share/note//", "50.0%"]


def test_every_figure_that_is_not_ok_has_a_sentence(tmp_path: Path) -> None:
    """In the order of the table, worst first."""
    lines = table(tmp_path, "en")
    told = [line for line in lines if line.startswith("- ")]
    assert len(told) == 3
    assert told[-1].startswith("- In the column “note”, 50.0% of the rows have no value")


def test_what_did_not_run_is_not_called_hidden(tmp_path: Path) -> None:
    """The label has one value, so nothing was compared and nobody could be recognised."""
    lines = table(tmp_path, "en")
    assert "- Share of the label (left): not measured." in lines


def test_what_is_unknown_of_an_attribute_is_said_once(tmp_path: Path) -> None:
    """A quarter of 120 rows has no sex; 60 women and 30 men where as many are expected."""
    (tmp_path / "calls.csv").write_text(
        "sex\n" + "f\n" * 60 + "m\n" * 30 + '""\n' * 30, encoding="utf-8"
    )
    references = tmp_path / "references"
    references.mkdir()
    (references / "people.csv").write_text("sex,n\nf,1\nm,1\n")
    (references / "people.yaml").write_text(
        "schema: impactbook/reference/1\ntitle: People\nsource: a test\ndate: '2023'\n"
        "licence: CC0\ncolumns: [sex]\nvalue: n\ntotal: 2\n"
    )
    compared = {
        "attribute": "sex",
        "reference": "people",
        "column": "sex",
        "map": {"f": ["f"], "m": ["m"]},
    }
    declared = Dataset.model_validate(
        {
            "schema": "impactbook/dataset/1",
            "title": "Calls",
            "source": {"files": ["calls.csv"]},
            "columns": {"sex": {"role": "protected"}},
            "checks": {"representation": [compared]},
        }
    )
    found = run_checks("calls", declared, folder=tmp_path, limit=5, references=references)
    text = " ".join(as_table(found.evidence, "en").split())
    assert text.count("For 25% of the rows, the sex is unknown.") == 1
    # 60 of 90 where half is expected: 133 for every 100; 30 of 90: 67.
    assert text.count("Among the rest there are") == 2
    assert "there are 133 " in text
    assert "there are 67 " in text
