"""Raw values appear nowhere: not in results, messages, logs, output or files, also when all fails."""

from __future__ import annotations

import gzip
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from declared import dataset, reference, table

from impactbook.checks import declare, run_checks, validation_documents
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset

SECRET = "Sentinel9046"
COLUMNS: dict[str, Any] = {
    "who": "person_id",
    "sex": {"role": "protected", "allowed": ["f", "m"]},
    "age": {"role": "protected", "bands": {"young": {"below": 40}, "old": {"from": 40}}},
    "note": "text",
    "y": "label",
    "score": {"role": "score", "minimum": 0, "maximum": 1},
}
CHECKS: dict[str, Any] = {
    "representation": [
        {
            "attribute": "sex",
            "reference": "people",
            "column": "sex",
            "map": {"f": ["f"], "m": ["m"]},
            "no_reference": [],
        }
    ],
    "intersections": [{"attributes": ["sex", "age"]}],
    "labels": [{"label": "y"}],
    "duplicates": {"text": "note"},
}
HEADER = "who,sex,age,note,y,score"
# The sentinel as a person, as a rare group, in a free text, as an age, as a label and as a score.
ROWS = table(
    (60, "1,f,30,,a,0.5"),
    (80, "2,m,50,,b,0.5"),
    (1, f"{SECRET}1,f,30,{SECRET}2,a,0.5"),
    (1, f"3,{SECRET}3,{SECRET}4,{SECRET}5,{SECRET}6,{SECRET}7"),
    (2, f"4,m,50,{SECRET}8,b,0.5"),
    header=HEADER,
)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home, working and temporary folder, searched after the test."""
    folder = tmp_path / "private"
    for name in ("home", "cwd", "tmp"):
        (folder / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder / "home"))
    monkeypatch.chdir(folder / "cwd")
    monkeypatch.setattr("tempfile.tempdir", str(folder / "tmp"))
    yield folder
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert [path for path in left if SECRET.encode() in path.read_bytes()] == []
    assert list((folder / "tmp").iterdir()) == []
    assert list((folder / "cwd").iterdir()) == []


def check_text(folder: Path, declared: Dataset, limit: int = 5) -> str:
    """All that a run leaves, as one text; the sentence where it is refused, with its traceback."""
    try:
        run = run_checks(
            "test", declared, folder=folder, limit=limit, references=folder / "references"
        )
    except InputError as error:
        chain = repr(error.__cause__) + repr(error.__context__)
        return str(error) + "".join(traceback.format_exception(error)) + chain
    documents = b"".join(validation_documents(run).values()).decode()
    return run.evidence.model_dump_json() + documents


def assert_silent(
    text: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    out, err = capfd.readouterr()
    assert SECRET not in text
    assert SECRET not in out + err
    assert SECRET not in caplog.text


def people(folder: Path) -> None:
    reference(folder / "references", "sex,n\nf,51\nm,49\n", 100)


@pytest.mark.parametrize("unit", ["row", "person"])
def test_values_of_a_readable_file_do_not_leave_it(
    tmp_path: Path,
    temporary: Path,
    unit: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Rare groups, labels, texts, ids and wrong numbers are counted and never named."""
    caplog.set_level(logging.DEBUG)
    (tmp_path / "data.csv").write_text(ROWS)
    people(tmp_path)
    text = check_text(tmp_path, dataset(COLUMNS, CHECKS, unit=unit))
    assert '"schema":"impactbook' not in text
    assert "representation_ratio" in text
    assert_silent(text, capfd, caplog)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data.csv", ROWS + f"5,{SECRET}\n"),
        ("data.csv", ROWS + f'5,f,30,"{SECRET},a,0.5\n'),
        ("data.csv", ROWS.encode() + f"5,f,30,{SECRET}ä,a,0.5\n".encode("latin-1")),
        ("data.csv", ROWS.replace(HEADER, f"{HEADER},{SECRET}")),
        ("data.csv", ROWS.replace(HEADER, f"1,f,30,{SECRET},a,0.5")),
        ("data.csv", ROWS.replace("\n", "\r\n", 3)),
        ("data.jsonl", f'{{"who": 1}}\n{{"who": {SECRET}}}\n'),
        ("data.parquet", SECRET * 9),
        ("data.csv.gz", gzip.compress(ROWS.encode(), mtime=0)[:-30] + SECRET.encode()),
    ],
)
def test_values_of_a_file_that_cannot_be_read_do_not_leave_it(
    tmp_path: Path,
    temporary: Path,
    name: str,
    content: str | bytes,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """DuckDB prints the raw line; the sentence does not, nor does the traceback."""
    caplog.set_level(logging.DEBUG)
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    people(tmp_path)
    declared = dataset(COLUMNS, CHECKS, source={"files": [name]})
    text = check_text(tmp_path, declared)
    assert name in text
    assert_silent(text, capfd, caplog)


def test_an_address_with_a_password_is_not_repeated(
    tmp_path: Path,
    temporary: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Sources may carry credentials."""
    people(tmp_path)
    declared = dataset(COLUMNS, CHECKS, source={"files": [f"postgresql://u:{SECRET}@h/d"]})
    assert_silent(check_text(tmp_path, declared), capfd, caplog)


def test_nothing_is_said_when_every_query_fails(
    tmp_path: Path,
    temporary: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Metrics that run into a conversion error on a raw value: `not_measured`, and silence."""
    import sqlalchemy as sa

    from impactbook.checks import contingency

    real = contingency.count_tables

    def stumble(engine: Any, rows: Any, wanted: Any) -> Any:
        engine.execute_query(sa.text("SELECT CAST(note AS INTEGER) FROM rows"))
        return real(engine, rows, wanted)

    monkeypatch.setattr(contingency, "count_tables", stumble)
    caplog.set_level(logging.DEBUG)
    (tmp_path / "data.csv").write_text(ROWS)
    people(tmp_path)
    text = check_text(tmp_path, dataset(COLUMNS, CHECKS))
    assert '"problem":"exception"' in text
    assert_silent(text, capfd, caplog)


def test_a_proposed_declaration_quotes_no_rare_value_and_no_text(
    tmp_path: Path,
    temporary: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Frequent categories are listed; a rare value, a free text and an id are not."""
    (tmp_path / "data.csv").write_text(ROWS)
    text = declare(tmp_path / "data.csv")
    assert_silent(text, capfd, caplog)
    texts = table((3, "f,one,x"), (9, f"m,{SECRET} said it many times over,x"), header="sex,note,y")
    (tmp_path / "data.csv").write_text(texts)
    assert_silent(declare(tmp_path / "data.csv"), capfd, caplog)
