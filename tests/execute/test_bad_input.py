"""What people type and write wrongly: one sentence with file, field and remedy, and nothing lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from small_workspace import (
    ATTACHED,
    DATASET,
    DAY,
    DECLARATION,
    FEATURE,
    ROWS,
    SECRET,
    assessment_of,
    below,
    change,
    command,
    nobody,
)

ASSESSMENT = f"assessments/{FEATURE}/assessment.yaml"
DECLARED = f"data_checks/{DATASET}.yaml"
DATA = "data_checks/anrufe.csv"
REFERENCE = "data_checks/references/destatis-bevoelkerung-2023"
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nfeature: *c\n"

Edit = Callable[[Path], object]


def write(file: str, content: str | bytes) -> Edit:
    data = content.encode("utf-8") if isinstance(content, str) else content
    return lambda root: (root / file).write_bytes(data)


def replace(file: str, old: str, new: str) -> Edit:
    return lambda root: change(root / file, old, new)


def remove(file: str) -> Edit:
    return lambda root: (root / file).unlink()


def folder(file: str) -> Edit:
    """A folder where a file was."""

    def edit(root: Path) -> None:
        (root / file).unlink(missing_ok=True)
        (root / file).mkdir(parents=True)

    return edit


def everything(root: Path) -> dict[str, bytes]:
    """All files that may not change: the private folder and locks aside."""
    return {
        name: (root / name).read_bytes()
        for name in below(root)
        if not name.startswith(".impactbook/") and not name.endswith(".lock")
    }


def refused(root: Path, told: str, parts: tuple[str, ...]) -> None:
    """One sentence for each mistake, with all that it must name."""
    assert "Traceback" not in told
    assert "unexpected" not in told
    assert SECRET not in told
    sentences = [line for line in told.splitlines() if not line.endswith(" ...")]
    assert sentences[0].startswith("impactbook: ")
    assert all(line.endswith(".") and "; " in line for line in sentences), told
    for part in parts:
        assert part in told


CASES: dict[str, tuple[Edit, tuple[str, ...]]] = {
    # --- the data
    "data absent": (
        remove(DATA),
        ("anrufe.yaml, source.files", "'anrufe.csv' does not exist", "correct the name"),
    ),
    "data empty": (write(DATA, b""), ("anrufe.csv", "the file is empty", "give a file")),
    "data of one header": (
        write(DATA, "gender,outcome,note\n"),
        ("anrufe.csv", "has a header but no rows", "give a file with rows"),
    ),
    "data a folder": (
        folder(DATA),
        ("anrufe.yaml, source.files", "'anrufe.csv' is not a file", "name a file"),
    ),
    "column missing": (
        write(DATA, ROWS.replace("outcome", "outcomes")),
        ("anrufe.csv, columns.outcome", "no column 'outcome'", "did you mean 'outcomes'?"),
    ),
    "header twice": (
        write(DATA, ROWS.replace("gender,outcome,note", "gender,outcome,Gender")),
        ("anrufe.csv, line 1", "columns 1 and 3 have the same name", "a name of its own"),
    ),
    "row too long": (
        write(DATA, ROWS + f"f,yes,a,{SECRET}\n"),
        ("anrufe.csv, line 38", "the row has 4 columns and the header 3", "correct the row"),
    ),
    "row too short": (
        write(DATA, ROWS + f"{SECRET}\n"),
        ("anrufe.csv, line 38", "the row has 1 column and the header 3", "correct the row"),
    ),
    "stray quotation mark": (
        write(DATA, ROWS + f'f,"yes,{SECRET}\n'),
        ("anrufe.csv", "a quotation mark is opened and never closed", "close it"),
    ),
    "data in another encoding": (
        write(DATA, ROWS.encode() + b"f,yes,M\xfcller\n"),
        ("anrufe.csv", "not encoded as utf-8", "state `source.encoding`"),
    ),
    "source an address": (
        replace(DECLARED, "[anrufe.csv]", f"['https://reader:{SECRET}@host/calls.csv']"),
        ("anrufe.yaml, source.files", "the source is an address", "download the file"),
    ),
    # --- reference populations
    "reference does not sum up": (
        replace(f"{REFERENCE}.yaml", "total: 83456045", "total: 83456046"),
        (
            "destatis-bevoelkerung-2023.csv",
            "83,456,045, not to the total of 83,456,046",
            "correct the rows or `total`",
        ),
    ),
    "reference lacks a group": (
        replace(DECLARED, "m: [male]", "m: [mann]"),
        ("checks.representation[0].map.m", "it has no value 'mann'", "correct the value"),
    ),
    "reference does not know a group of the data": (
        replace(DECLARED, "{f: [female], m: [male]}", "{f: [female]}"),
        ("checks.representation[0]", "the group 'm', which has no counterpart", "map it"),
    ),
    "reference absent": (
        remove(f"{REFERENCE}.csv"),
        ("destatis-bevoelkerung-2023.csv", "is missing", "into references/"),
    ),
    "reference not described": (
        remove(f"{REFERENCE}.yaml"),
        ("destatis-bevoelkerung-2023.yaml", "is missing", "into references/"),
    ),
    "reference without its column": (
        replace(DECLARED, "column: sex", "column: gender"),
        ("checks.representation[0].column", "no column 'gender'", "choose one of land, sex, age"),
    ),
    "reference not UTF-8": (
        lambda root: write(f"{REFERENCE}.csv", b"land,sex,age,population\n\xff,m,1,1\n")(root),
        ("destatis-bevoelkerung-2023.csv", "cannot be read as CSV in UTF-8", "save it"),
    ),
    # --- YAML
    "bomb": (
        write(ASSESSMENT, BOMB),
        (ASSESSMENT, "line 1", "uses a YAML anchor or alias", "write the value out"),
    ),
    "bomb in a declaration": (
        write(DECLARED, BOMB),
        (DECLARED, "line 1", "uses a YAML anchor or alias", "write the value out"),
    ),
    "custom tag": (
        replace(ASSESSMENT, "title: Rückruf-Bot", "title: !!python/object/apply:os.system [id]"),
        (ASSESSMENT, "feature.title", "uses the YAML tag", "remove the tag"),
    ),
    "custom tag in a declaration": (
        replace(DECLARED, "title: Anrufe", "title: !secret Anrufe"),
        (DECLARED, "title", "uses the YAML tag '!secret'", "remove the tag"),
    ),
    "not UTF-8": (
        lambda root: assessment_of(root).write_bytes(
            assessment_of(root).read_text(encoding="utf-8").encode("latin-1")
        ),
        (ASSESSMENT, "line 4", "is not valid UTF-8", "save it as UTF-8"),
    ),
    "declaration not UTF-8": (
        write(DECLARED, b"schema: impactbook/dataset/1\ntitle: M\xfcnchen\n"),
        (DECLARED, "line 2", "is not valid UTF-8", "save it as UTF-8"),
    ),
    "nested without end": (
        write(ASSESSMENT, "schema: impactbook/assessment/1\nfeature: " + "[" * 5000),
        (ASSESSMENT, "nested deeper than 40 levels", "flatten it"),
    ),
    "malformed": (
        write(ASSESSMENT, "schema: impactbook/assessment/1\nfeature: [\n"),
        (ASSESSMENT, "the YAML is malformed", "correct it"),
    ),
    "key twice": (
        replace(ASSESSMENT, "  stage: pilot\n", "  stage: pilot\n  stage: live\n"),
        (ASSESSMENT, "feature.stage", "has the key 'stage' twice", "keep one"),
    ),
    "empty": (write(ASSESSMENT, ""), (ASSESSMENT, "holds no keys", "write the file as")),
    "newer than we know": (
        replace(ASSESSMENT, "impactbook/assessment/1", "impactbook/assessment/2"),
        (ASSESSMENT, "schema", "newer than this impactbook knows", "install an impactbook"),
    ),
    # --- keys and values
    "unknown key": (
        replace(ASSESSMENT, "  stage: pilot", "  stages: pilot"),
        (ASSESSMENT, "feature.stages", "the key 'stages' is unknown", "did you mean 'stage'?"),
    ),
    "unknown key in a declaration": (
        replace(DECLARED, "attribute: gender", "atribute: gender"),
        (DECLARED, "checks.representation[1].atribute", "unknown", "did you mean 'attribute'?"),
    ),
    "unknown role of a column": (
        replace(DECLARED, "role: protected", "role: protectd"),
        (DECLARED, "columns.gender.role", "not a known choice", "did you mean 'protected'?"),
    ),
    "wrong type": (
        replace(ASSESSMENT, "  channels: [voice]", "  channels: voice"),
        (ASSESSMENT, "feature.channels", "'voice' does not fit", "write a list"),
    ),
    "unknown dataset": (
        replace(ASSESSMENT, "training: [anrufe]", "training: [anruf]"),
        (ASSESSMENT, "feature.datasets.training", "dataset 'anruf'", "did you mean 'anrufe'?"),
    ),
    "dataset id that leaves its folder": (
        replace(ASSESSMENT, "training: [anrufe]", "training: ['../anrufe']"),
        (ASSESSMENT, "feature.datasets.training[1]", "'../anrufe'", "lower-case letters"),
    ),
    "dataset id too long": (
        replace(ASSESSMENT, "training: [anrufe]", f"training: [{'a' * 200}]"),
        (ASSESSMENT, "feature.datasets.training[1]", "1 to 63 lower-case letters"),
    ),
    "check of an undeclared column": (
        replace(DECLARED, "attributes: [gender]", "attributes: [age]"),
        (DECLARED, "labels", "'age'"),
    ),
    # --- other files
    "attachment absent": (
        remove(f"assessments/{FEATURE}/attachments/{ATTACHED}"),
        (ASSESSMENT, "attachments[protokoll].file", "not in attachments/", "put the file there"),
    ),
    "attachment outside its folder": (
        replace(ASSESSMENT, f"file: {ATTACHED}", "file: ../../../impactbook.toml"),
        (ASSESSMENT, "attachments[protokoll].file", "not in attachments/", "put the file there"),
    ),
    "ballots that nobody would count": (
        lambda root: [
            (root / f"assessments/{FEATURE}/ballots").mkdir(),
            write(f"assessments/{FEATURE}/ballots/a.jsonl", "{}\n")(root),
        ],
        ("ballots/a.jsonl", "holds ballots", "move the file away"),
    ),
    "notebook missing": (
        remove("notebooks/training_data.ipynb"),
        ("notebooks/training_data.ipynb", "the notebook is missing", "restore it"),
    ),
    "notebook broken": (
        write("notebooks/impact_assessment.ipynb", "{"),
        ("notebooks/impact_assessment.ipynb", "is not a readable notebook", "restore it"),
    ),
    "settings malformed": (
        write("impactbook.toml", "schema = \n"),
        ("impactbook.toml", "the TOML is malformed", "correct it"),
    ),
    "settings with an unknown key": (
        write("impactbook.toml", 'schema = "impactbook/workspace/1"\nlanguages = "de"\n'),
        ("impactbook.toml", "languages", "unknown", "did you mean 'language'?"),
    ),
    "settings of the wrong type": (
        write("impactbook.toml", 'schema = "impactbook/workspace/1"\nsuppression_limit = 0\n'),
        ("impactbook.toml", "suppression_limit", "'0'"),
    ),
    "settings naming no pack": (
        write("impactbook.toml", 'schema = "impactbook/workspace/1"\nframeworks = ["ethics"]\n'),
        ("impactbook.toml", "frameworks", "no framework pack 'ethics'"),
    ),
    "settings not UTF-8": (
        write(
            "impactbook.toml", b'schema = "impactbook/workspace/1"\norganisation = "M\xfcller"\n'
        ),
        ("impactbook.toml", "line 2", "is not valid UTF-8", "save it as UTF-8"),
    ),
    "no workspace": (
        remove("impactbook.toml"),
        ("impactbook.toml is missing", "run `impactbook init DIR`"),
    ),
    # --- places
    "outputs a file": (
        lambda root: [
            (root / "outputs/README.md").unlink(),
            (root / "outputs").rmdir(),
            write("outputs", "")(root),
        ],
        ("outputs", "cannot be written", "check the folder"),
    ),
    "private folder a file": (
        lambda root: [
            shutil.rmtree(root / ".impactbook"),
            write(".impactbook", "")(root),
        ],
        (".impactbook", "cannot be written", "check the folder"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_run_tells_it_in_one_sentence_and_leaves_everything_as_it_was(
    small: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    edit, parts = CASES[case]
    edit(small)
    before = everything(small)
    code = command("run", FEATURE, "--as-of", DAY.isoformat(), "--workspace", small)
    told = capsys.readouterr()
    assert code == 2, told.err
    refused(small, told.err, parts)
    assert told.out == ""
    assert everything(small) == before


@pytest.mark.parametrize(
    "case",
    [
        "data absent",
        "data empty",
        "column missing",
        "header twice",
        "row too long",
        "data in another encoding",
        "source an address",
        "reference does not sum up",
        "reference lacks a group",
        "bomb in a declaration",
        "unknown key in a declaration",
    ],
)
def test_check_tells_it_in_the_same_sentence(
    small: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    edit, parts = CASES[case]
    edit(small)
    assert command("check", DATASET, "--workspace", small) == 2
    refused(small, capsys.readouterr().err, parts)


@pytest.mark.slow
def test_the_sentence_is_the_same_when_it_comes_out_of_a_kernel(impactbook, small: Path) -> None:
    edit, parts = CASES["row too long"]
    edit(small)
    before = everything(small)
    done = impactbook("run", FEATURE, "--workspace", small)
    assert done.returncode == 2, done.stderr
    refused(small, done.stderr, parts)
    assert everything(small) == before


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "Bot", "a" * 200, "", ".", "-x", "ä", "a\n", "a b"]
)
@pytest.mark.parametrize("verb", ["run", "gate", "new"])
def test_an_id_that_is_none_is_refused_before_anything_is_touched(
    small: Path, verb: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = below(small)
    assert command("--workspace", small, verb, "--", name) == 2
    told = capsys.readouterr().err
    assert "is no feature id; use 1 to 63 lower-case letters" in told
    assert len(told) < 300
    assert below(small) == before


def test_several_mistakes_are_told_at_once_one_a_line(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(assessment_of(small), "  stage: pilot", "  stages: pilot")
    change(assessment_of(small), "severity: limited", "severity: mild")
    assert command("run", FEATURE, "--workspace", small) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "feature.stages" in lines[0]
    assert "impacts[1].ratings[1].severity" in lines[1]


# --- As somebody without rights ------------------------------------------------------------------


@pytest.mark.parametrize(
    "file", [ASSESSMENT, DECLARED, DATA, "impactbook.toml", "notebooks/training_data.ipynb"]
)
@pytest.mark.usefixtures("sealed_once")  # so that all that is imported late is imported already
def test_a_file_one_may_not_read_is_named(
    small: Path, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (small / file).chmod(0)
    with nobody(small):
        code = command("run", FEATURE, "--workspace", small)
    told = capsys.readouterr().err
    assert code == 2, told
    assert Path(file).name in told
    assert "permission denied" in told
    assert "Traceback" not in told


def test_declarations_are_proposed_without_a_value_from_the_file(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (small / DATA).write_text(ROWS + f"f,yes,{SECRET},{SECRET}\n", encoding="utf-8")
    assert command("check", small / DATA, "--declare") == 2
    told = capsys.readouterr()
    assert "anrufe.csv, line 38: the row has 4 columns and the header 3" in told.err
    assert SECRET not in told.out + told.err


def test_the_small_workspace_itself_is_in_order(small: Path) -> None:
    """Otherwise the cases above could be refused for another reason than their own."""
    assert DECLARATION.startswith("schema: impactbook/dataset/1")
    assert command("run", FEATURE, "--as-of", DAY.isoformat(), "--workspace", small) == 0
