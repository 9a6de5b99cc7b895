"""What is guessed from values: dates, consent, weights, splits, annotators, decimals, missing codes."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactbook.checks import declare, run_checks
from impactbook.checks.guessing.ages import adult_ages, ages_at_end_of, ages_of, decades_of_birth
from impactbook.checks.guessing.asked import period_for
from impactbook.checks.guessing.names import purpose_of
from impactbook.checks.guessing.values import are_languages, are_sexes, are_splits
from impactbook.model.dataset import Dataset
from impactbook.workspace.reading import parse, read_yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "data_checks"


def loaded(text: str) -> Dataset:
    data, lines = read_yaml(text.encode(), "proposal.yaml")
    return parse(Dataset, data, "proposal.yaml", lines)


def proposed(
    folder: Path, content: str, name: str = "data.csv", encoding: str = "utf-8"
) -> Dataset:
    (folder / name).write_text(content, encoding=encoding)
    return loaded(declare(folder / name))


def column(folder: Path, name: str, *values: str, times: int = 6) -> Dataset:
    """A file with one column to guess and a text beside it, so that no row repeats."""
    rows = [f"{value};n{place}" for place, value in enumerate(values * times)]
    return proposed(folder, "\n".join([f"{name};beside", *rows]) + "\n")


def german_calls(born: str = "Geburtsdatum") -> str:
    """200 labelled turns of 50 callers by 2 annotators, German names, decimal comma, two splits.

    `born` may be `Geburtsjahr`: then years stand in place of days.
    """
    random.seed(4)
    head = (
        f"Anrufer-ID;Anrede;{born};Bundesland;Muttersprache;Anrufdatum;Einwilligung_Aufnahme;"
        "Einwilligung_Training_Datum;Löschdatum;Äußerung_ID;Transkript;Dauer_s;Annotator;Anliegen;"
        "Gewicht;Wartezeit;Teil;Telefonnummer"
    )
    rows = []
    for turn in range(100):
        person = turn % 50
        day = f"{1 + person % 28:02}.0{1 + person % 9}." if born == "Geburtsdatum" else ""
        called = date(2025, 1, 1) + timedelta(days=turn * 3)
        for annotator in ("a1", "a2"):
            cells = [
                f"K{person:03}", "Frau" if person % 3 == 0 else "Herr",
                f"{day}{1945 + person}",
                ("Bayern", "Hessen", "Berlin")[person % 3], ("de", "tr")[person % 5 == 0],
                f"{called:%d.%m.%Y}", ("ja", "ja", "nein")[person % 3],
                f"{called:%d.%m.%Y}", "31.12.2027", f"u{turn}",
                f"ich rufe wegen meiner Rechnung Nummer {turn} an", f"{2 + turn % 7},5", annotator,
                ("Rechnung", "Störung")[turn % 2], "1,25" if person % 2 else "0,75",
                f"{turn % 40 + 1}" if turn % 8 else "-1", "train" if person < 40 else "test",
                f"0301234{turn:03}",
            ]  # fmt: skip
            rows.append(";".join(cells))
    return "\n".join([head, *rows]) + "\n"


def test_every_role_is_guessed_in_a_german_file(tmp_path: Path) -> None:
    """One column of each kind, saved in Latin-1 with semicolons and decimal commas."""
    declared = proposed(tmp_path, german_calls(), encoding="latin-1")
    source = declared.source
    assert (source.delimiter, source.decimal, source.encoding) == (";", ",", "latin-1")
    assert declared.unit == "person"
    assert {name: col.role for name, col in declared.columns.items()} == {
        "Anrufer-ID": "person_id",
        "Anrede": "protected",
        "Geburtsdatum": "protected",
        "Bundesland": "proxy",
        "Muttersprache": "proxy",
        "Anrufdatum": "time",
        "Einwilligung_Aufnahme": "consent",
        "Einwilligung_Training_Datum": "consent",
        "Löschdatum": "retention_date",
        "Äußerung_ID": "ignore",
        "Transkript": "text",
        "Dauer_s": "duration",
        "Annotator": "annotator",
        "Anliegen": "label",
        "Gewicht": "weight",
        "Wartezeit": "feature",
        "Teil": "split",
        "Telefonnummer": "ignore",
    }
    of = declared.columns
    status, given_on = (
        of["Einwilligung_Aufnahme"].consent,
        of["Einwilligung_Training_Datum"].consent,
    )
    assert status is not None
    assert (status.purpose, status.part, status.given) == ("recording", "status", ("ja",))
    assert given_on is not None
    assert (given_on.purpose, given_on.part) == ("training", "date")
    for dated in ("Anrufdatum", "Einwilligung_Training_Datum", "Löschdatum", "Geburtsdatum"):
        assert of[dated].date_format == "%d.%m.%Y"
    assert of["Wartezeit"].missing == ("-1",)
    # Born from 1945 to 1994: six decades of birth.
    assert list(of["Geburtsdatum"].bands)[::5] == ["1940-1949", "1990-1999"]


@pytest.mark.slow
def test_every_check_that_fits_is_proposed_and_runs(tmp_path: Path) -> None:
    """The same with years of birth: nothing is refused, and each family of checks gives a result."""
    declared = proposed(tmp_path, german_calls("Geburtsjahr"), encoding="latin-1")
    checks = declared.checks
    assert checks.intersections[0].attributes == ("Anrede", "Geburtsjahr")
    assert checks.annotators is not None
    assert (checks.annotators.item, checks.annotators.label) == ("Äußerung_ID", "Anliegen")
    assert checks.leakage is not None
    assert checks.leakage.text == checks.duplicates.text == "Transkript"  # type: ignore[union-attr]
    assert checks.texts is not None
    assert checks.texts.duration_unit == "seconds"
    assert checks.periods is not None
    assert checks.periods.period == "month"  # 300 days
    evidence = run_checks(
        "calls", declared, folder=tmp_path, limit=5, references=tmp_path, as_of=date(2026, 1, 1)
    ).evidence
    ran = {check.check for check in evidence.checks}
    assert {
        "intersections", "pairs", "labels", "proxies", "missing", "duplicates", "leakage",
        "annotators", "texts", "consent", "retention", "personal_data", "periods",
    } <= ran  # fmt: skip
    assert evidence.persons == 50


def test_birth_dates_are_compared_by_age_at_the_end_of_the_reference_year(tmp_path: Path) -> None:
    """Born 1950 to 1959 means 64 to 73 on 31 December 2023, the day of the reference."""
    (tmp_path / "data.csv").write_text(german_calls(), encoding="utf-8")
    text = declare(tmp_path / "data.csv", folder=FOLDER)
    assert '#       "1950-1959": { from: 64, below: 74 }' in text
    assert '#     map: { "Frau": [female], "Herr": [male] }' in text
    assert "  # joint_representation:" in text


@pytest.mark.parametrize(
    ("values", "role", "date_format"),
    [
        (("2025-03-01", "2025-04-30"), "time", None),
        (("31.03.2025", "01.04.2025"), "time", "%d.%m.%Y"),
        (("03/31/2025", "04/01/2025"), "time", "%m/%d/%Y"),
        (("31/03/2025 08:15", "01/04/2025 17:00"), "time", "%d/%m/%Y %H:%M"),
        (("20250331", "20250401"), "time", "%Y%m%d"),
        (("2025-03-01", "31.03.2025"), "feature", None),
    ],
)
def test_dates_are_recognised_by_their_values(
    tmp_path: Path, values: tuple[str, ...], role: str, date_format: str | None
) -> None:
    """The format is written down; two formats in one column make it no time."""
    found = column(tmp_path, "angelegt", *values).columns["angelegt"]
    assert (found.role, found.date_format) == (role, date_format)


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("weight", ("0.5", "1.5", "2"), "weight"),
        ("weight", ("62", "80", "71"), "feature"),  # people's weight in kilograms
        ("weight", ("1", "-1", "2"), "feature"),
        ("score", ("0.1", "0.25", "0.9"), "score"),
        ("score", ("0", "1"), "prediction"),
        ("set", ("train", "test"), "split"),
        ("x", ("Frau", "Herr", "divers"), "protected"),
        ("x", ("twenties", "sixties"), "protected"),
        ("gruppe", ("10-20", "30-40"), "feature"),
        ("consent", ("maybe", "later"), "feature"),
        ("opt_in", ("true", "false"), "consent"),
        ("Partner", ("Yes", "No"), "protected"),
        ("Partner", ("A GmbH", "B AG", "C SE"), "feature"),
        ("Religionszugehörigkeit", ("a", "b"), "protected"),
        ("tags", ('["a"]', '["b"]'), "ignore"),
        ("kontakt", ("a@example.org", "b@example.org"), "ignore"),
        ("clip", ("a.wav", "b.wav"), "ignore"),
        ("code", ("de", "tr", "en"), "language"),
        ("sprecher", ("s1", "s2", "s3"), "person_id"),
        ("dialect", ("north", "south"), "dialect"),
        ("duration", ("1.5", "2"), "feature"),  # neither texts nor recordings are there
    ],
)
def test_values_decide_where_a_name_does_not(
    tmp_path: Path, name: str, values: tuple[str, ...], role: str
) -> None:
    """A name counts only when the values fit it."""
    found = column(tmp_path, name, *values)
    assert found.columns[name].role == role


def test_codes_for_missing_numbers_must_lie_apart(tmp_path: Path) -> None:
    """999 among ages up to 79 stands for nothing known; 99 among numbers up to 120 is a number."""
    ages = [*map(str, range(20, 80)), *["999"] * 6]
    sums = [*map(str, range(60, 120)), *["99"] * 6]
    rows = [f"{a},{s},{i}" for i, (a, s) in enumerate(zip(ages, sums, strict=True))]
    found = proposed(tmp_path, "\n".join(["age,sum,n", *rows]) + "\n").columns
    assert (found["age"].missing, found["sum"].missing) == (("999",), ())
    assert found["age"].role == "protected"


def test_rare_values_stand_nowhere_in_the_proposal(tmp_path: Path) -> None:
    """A status of consent that 3 people have, and a code that 4 rows have, are not named."""
    rows = [f"{'ja' if i < 40 else 'zurückgestellt'},{i if i < 39 else -1}" for i in range(43)]
    (tmp_path / "data.csv").write_text("\n".join(["Einwilligung,alter", *rows]) + "\n")
    text = declare(tmp_path / "data.csv")
    assert "zurückgestellt" not in text
    assert '"-1"' not in text
    assert loaded(text).columns["Einwilligung"].role == "consent"


def test_special_categories_must_be_answered_first(tmp_path: Path) -> None:
    """The fields are there, empty and commented; the comment says what the law asks."""
    (tmp_path / "data.csv").write_text("religion,y\n" + "a,1\nb,0\n" * 6)
    text = declare(tmp_path / "data.csv", language="en")
    kind = loaded(text).columns["religion"].special_category
    assert kind is not None
    assert kind != "no"
    assert kind.left_out == ("ground", "purpose", "may_run", "delete_by")
    for field in ("# ground:", "# purpose:", "# may_run: []", "# delete_by:"):
        assert f"      {field}\n" in text
    assert "Art. 9(2)(a) GDPR" in text


@pytest.mark.parametrize(
    ("name", "content", "delimiter", "quoting"),
    [
        ("data.tsv", "a,b\n1,2\n", ",", None),
        ("data.tsv", '"a"\t"b"\n"1"\t"2"\n', None, True),
        ("data.csv", "a|b\n1|2\n", "|", None),
        ("data.csv", "a,b\n1,2\n", None, None),
    ],
)
def test_the_way_to_read_the_file_is_found(
    tmp_path: Path, name: str, content: str, delimiter: str | None, quoting: bool | None
) -> None:
    """What differs from the rule for the file's ending is written into the source."""
    source = proposed(tmp_path, content, name).source
    assert (source.delimiter, source.quoting) == (delimiter, quoting)


def test_thousands_are_not_taken_for_decimals(tmp_path: Path) -> None:
    """1,500 and 2,250 may be thousands, 1,5 may not."""
    either = proposed(tmp_path, "a;b\n" + "1,500;1\n2,250;2\n" * 6).source
    comma = proposed(tmp_path, "a;b\n" + "1,5;1\n2,25;2\n" * 6).source
    assert (either.decimal, comma.decimal) == (".", ",")


def test_files_beside_it_are_named_as_splits(tmp_path: Path) -> None:
    """train.csv beside test.csv with the same columns; another table beside them is not one."""
    for name, header in (("train", "text,y"), ("test", "text,y"), ("dev", "other,y")):
        (tmp_path / f"{name}.csv").write_text(f"{header}\n" + "a,1\nb,0\n" * 6)
    text = declare(tmp_path / "train.csv", folder=tmp_path, language="en")
    told = " ".join(text.replace("##", "").split())
    assert 'splits: { test: ["test.csv"], train: ["train.csv"] }' in told


@pytest.mark.parametrize("ending", ["csv.gz", "csv.zst", "jsonl", "parquet"])
def test_other_formats_are_looked_at_too(tmp_path: Path, ending: str) -> None:
    """Packed text, JSON Lines and Parquet give the same roles."""
    import duckdb

    path = tmp_path / f"data.{ending}"
    kind = {"jsonl": "FORMAT json", "parquet": "FORMAT parquet"}.get(ending, "HEADER")
    duckdb.sql("SELECT 'w' AS sex, range % 60 + 20 AS age, 'x' AS y FROM range(60)").write_parquet(
        str(tmp_path / "all.parquet")
    )
    packed = {"csv.gz": ", COMPRESSION gzip", "csv.zst": ", COMPRESSION zstd"}.get(ending, "")
    duckdb.execute(f"COPY (FROM '{tmp_path / 'all.parquet'}') TO '{path}' ({kind}{packed})")
    found = loaded(declare(path)).columns
    assert [col.role for col in found.values()] == ["protected", "protected", "feature"]


def test_one_language_may_be_asked_for(tmp_path: Path) -> None:
    """Comments in German alone, and the declaration's own texts are German."""
    (tmp_path / "data.csv").write_text("sex,y\nw,1\nm,0\n")
    text = declare(tmp_path / "data.csv", language="de")
    assert "bitte jede Zeile prüfen" in text
    assert "please check" not in text
    assert loaded(text).language == "de"


@given(low=st.integers(0, 99), width=st.integers(0, 40))
def test_a_range_of_ages_is_read_as_written(low: int, width: int) -> None:
    """Both ends belong to it, whatever joins them."""
    for joined in (f"{low}-{low + width}", f"{low} bis {low + width}", f" {low} – {low + width} "):
        assert ages_of(joined) == (low, low + width + 1)


@given(year=st.integers(1900, 2020), span=st.integers(0, 60))
def test_decades_of_birth_cover_every_year_once(year: int, span: int) -> None:
    """Every year lies in one decade, and ages at the end of 2023 follow from it."""
    decades = decades_of_birth(year, year + span)
    for born in range(year, year + span + 1):
        inside = [(low, high) for _, low, high in decades if low <= born < high]
        assert len(inside) == 1
        low, high = ages_at_end_of(2023, *inside[0])
        assert low is not None
        assert high is not None
        assert low <= 2023 - born < high


@pytest.mark.parametrize(
    ("groups", "ages"),
    [
        (["unter 18", "18-29", "ab 65"], {"18-29": (18, 30), "ab 65": (65, None)}),
        (["0-20", "21+"], {"0-20": (18, 21), "21+": (21, None)}),
        (["20-30", "30-40"], None),  # 30 would stand in both
        (["young", "old"], None),
    ],
)
def test_groups_of_ages_are_compared_from_18_up(
    groups: list[str], ages: dict[str, object] | None
) -> None:
    """Minors alone are left out; an open beginning becomes 18."""
    assert adult_ages(groups) == ages


def test_words_are_recognised_only_in_company() -> None:
    """One value is no grouping, and a stranger among them speaks against it."""
    assert are_sexes(["w", "m", "d"])
    assert not are_sexes(["w"])
    assert not are_sexes(["m", "f", "k"])
    assert are_splits(["Train", "dev"])
    assert not are_splits(["train", "plane"])
    assert are_languages(["de", "TR"])
    assert not are_languages(["de", "north"])
    assert purpose_of("ki_einwilligung") == "training"


def test_periods_grow_with_the_span_of_time() -> None:
    """A few dozen parts at most."""
    first = date(2020, 1, 1)
    found = [period_for(first, first + timedelta(days=days)) for days in (30, 900, 3000, 9000)]
    assert found == ["week", "month", "quarter", "year"]


def test_a_negative_code_below_a_scale_is_proposed_as_missing(tmp_path: Path) -> None:
    """-1 beside 1 to 5 is "no answer"; on a scale through 0, or as one of two labels, it is a step."""
    rows = [f"{i % 6 or -1},{i % 3 - 1},{1 if i % 2 else -1}" for i in range(120)]
    text = "\n".join(["satisfaction,tone,verdict_code", *rows]) + "\n"
    (tmp_path / "data.csv").write_text(text, encoding="utf-8")
    found = loaded(declare(tmp_path / "data.csv")).columns
    assert found["satisfaction"].missing == ("-1",)
    assert found["tone"].missing == ()
    assert found["verdict_code"].missing == ()
