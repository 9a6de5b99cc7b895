"""Planted words of the data come out nowhere: not on the terminal, in files, logs or tracebacks."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_workspace import (
    DATASET,
    DAY,
    DECLARATION,
    FEATURE,
    ROWS,
    SECRET,
    assessment_of,
    below,
    command,
    record_of,
)

from impactbook.execute.notebooks import read_notebook

DATA = "data_checks/anrufe.csv"
NEEDLES = [SECRET.encode(), SECRET.lower().encode(), SECRET.encode("utf-16-le")]

Plant = tuple[bytes, str]


def lines(*more: str, header: str = "gender,outcome,note") -> bytes:
    """36 harmless rows, then those given."""
    plain = [
        f"{'f' if number % 3 == 0 else 'm'},{'yes' if number % 2 else 'no'},x"
        for number in range(36)
    ]
    return ("\n".join([header, *plain, *more]) + "\n").encode()


def declared(old: str, new: str) -> str:
    assert old in DECLARATION
    return DECLARATION.replace(old, new)


NOTE = "note: {role: text}"
PLANTED: dict[str, Plant] = {
    "free text": (ROWS.encode(), DECLARATION),
    "undeclared column": (
        ROWS.replace("gender,outcome,note", "gender,outcome,customer").encode(),
        declared(f"  {NOTE}\n", ""),
    ),
    "ignored column": (ROWS.encode(), declared(NOTE, "note: {role: ignore}")),
    "person ids": (ROWS.encode(), declared(NOTE, "note: {role: person_id}")),
    "rare group": (lines(f"{SECRET},yes,x"), DECLARATION),
    "rare label": (lines(f"f,{SECRET},x"), DECLARATION),
    "value that is not allowed": (lines(f"f,yes,{SECRET}"), declared(NOTE, "note: {role: feature, allowed: [x]}")),
    "text among numbers": (lines(f"f,yes,{SECRET}"), declared(NOTE, "note: {role: feature, minimum: 0}")),
    "text among bands": (
        lines(f"f,yes,{SECRET}"),
        declared(NOTE, "note: {role: protected, bands: {young: {below: 20}, old: {from: 20}}}"),
    ),
    "too many groups": (
        lines(*(f"f,yes,{SECRET}{n}" for n in range(1200))),
        declared(NOTE, "note: {role: protected}") + "    - {label: outcome, attributes: [note]}\n",
    ),
    "too many fields": (lines(f"f,yes,x,{SECRET}"), DECLARATION),
    "too few fields": (lines(SECRET), DECLARATION),
    "open quotation mark": (lines(f'f,"yes,{SECRET}'), DECLARATION),
    "stray quotation mark": (lines(f'f,"yes"{SECRET},x'), DECLARATION),
    "null byte": (lines(f"f,yes,{SECRET}\0{SECRET}"), DECLARATION),
    "other encoding": (lines() + f"f,yes,{SECRET}".encode() + b"\xff\xfe\n", DECLARATION),
    "utf-16 said to be utf-8": (lines(f"f,yes,{SECRET}").decode().encode("utf-16"), DECLARATION),
    "no header": (f"{SECRET},yes,x\n".encode() + lines(), DECLARATION),
    "header twice": (lines(header=f"gender,{SECRET},{SECRET}"), DECLARATION),
    "json cut off": (
        b'{"gender": "f", "outcome": "yes", "note": "%s"\n' % SECRET.encode(),
        declared("files: [anrufe.csv]", "files: [anrufe.csv]\n  format: jsonl"),
    ),
    "json nested": (
        f'{{"gender": ["{SECRET}"], "outcome": {{"a": "{SECRET}"}}, "note": 1}}\n'.encode(),
        declared("files: [anrufe.csv]", "files: [anrufe.csv]\n  format: jsonl"),
    ),
    "said to be parquet": (
        ROWS.encode(),
        declared("files: [anrufe.csv]", "files: [anrufe.csv]\n  format: parquet"),
    ),
}  # fmt: skip

EVERY_WAY = ("free text", "rare group")
"""Cases that are measured, run, and printed in every form; others stop or are checked only."""

ADDRESSES = [
    f"https://reader:{SECRET}@host/calls.csv",
    f"s3://bucket/calls.csv?token={SECRET}",
    f"jdbc:postgresql://reader:{SECRET}@host/db",
    f"postgresql+psycopg2://reader:{SECRET}@host/db",
    f"//reader:{SECRET}@host/calls.csv",
    f" https://reader:{SECRET}@host/calls.csv",
    f"host=db user=reader password={SECRET}",
]


def plant(root: Path, case: str) -> None:
    data, declaration = PLANTED[case]
    (root / DATA).write_bytes(data)
    (root / "data_checks" / f"{DATASET}.yaml").write_text(declaration, encoding="utf-8")


def found_in(folder: Path, *, but: tuple[str, ...] = (DATA,)) -> list[str]:
    """Files in which a planted word stands, in one of several spellings."""
    return [
        name
        for name in below(folder)
        if name not in but and any(needle in (folder / name).read_bytes() for needle in NEEDLES)
    ]


class Watch:
    """Looks into a folder for temporary files, again and again while something runs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.found, self.rounds = folder, set[str](), 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.rounds += 1
            for folder, _, names in os.walk(self.folder):
                for name in names:
                    with contextlib.suppress(OSError):
                        self._search(Path(folder, name))

    def _search(self, path: Path) -> None:
        if path.is_file() and any(needle in path.read_bytes() for needle in NEEDLES):
            self.found.add(path.name)

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test alone."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("case", PLANTED)
def test_nothing_planted_comes_out_of_check_and_run(
    small: Path,
    case: str,
    temporary: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    plant(small, case)
    caplog.set_level(logging.DEBUG)
    watch = Watch(temporary)
    with watch.watching():
        for form in ("table", "json", "csv") if case in EVERY_WAY else ("table",):
            code = command("check", DATASET, "--format", form, "--workspace", small)
        if code == 2 or case in EVERY_WAY:
            for more in ([], ["--draft"]):
                arguments = ["run", FEATURE, "--as-of", str(DAY), *more, "--workspace", small]
                assert command(*arguments) == (2 if code == 2 else 0)
    told = capfd.readouterr()
    assert "Traceback" not in told.err
    assert SECRET not in told.out
    assert SECRET not in told.err
    assert SECRET not in caplog.text
    assert found_in(small) == []
    assert (found_in(temporary), watch.found) == ([], set())
    assert watch.rounds > 0


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "place",
    [
        "files: [anrufe.csv]",
        "[anrufe.csv]",
        "csv",
    ],
)
def test_an_address_in_the_source_is_never_repeated(
    small: Path, address: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    new = f'files: ["{address}"]' if place.startswith("files") else f'"{address}"'
    path = small / "data_checks" / f"{DATASET}.yaml"
    declaration = DECLARATION.replace("[anrufe.csv]", "[anrufe.csv]\n  format: csv")
    path.write_text(declaration.replace(place, new, 1), encoding="utf-8")
    for arguments in (["check", DATASET], ["run", FEATURE]):
        assert command(*arguments, "--workspace", small) == 2
    told = capsys.readouterr()
    assert SECRET not in told.out + told.err
    assert "anrufe.yaml" in told.err
    assert found_in(small, but=(DATA, f"data_checks/{DATASET}.yaml")) == []


@pytest.mark.parametrize("spelled", ["splits: {'%s': [anrufe.csv]}", "'%s': 1", "url: '%s'"])
def test_an_address_in_the_wrong_key_is_never_repeated(
    small: Path, spelled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small / "data_checks" / f"{DATASET}.yaml"
    key = spelled.replace("%s", ADDRESSES[0])
    path.write_text(DECLARATION.replace("files: [anrufe.csv]", key), encoding="utf-8")
    assert command("check", DATASET, "--workspace", small) == 2
    assert SECRET not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("impactbook.checks.expectations.labels.ExpectLabelBalanceAcrossGroups.figures", 1),
        ("impactbook.checks.expectations.overview.ExpectGroupSharesToBeCounted.figures", 1),
        ("impactbook.checks.evidence._labels", 1),
        ("impactbook.checks.evidence.split_names", 1),
        ("impactbook.execute.composing.write_figures", 1),
        ("impactbook.render.record.document.cover", 1),
    ],
)
def test_what_raises_keeps_its_message_to_itself(
    small: Path,
    place: str,
    code: int,
    temporary: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Wherever a bug may be: in a check, before it, after it, while composing or printing."""

    def raising(*_: object, **__: object) -> None:
        row = {"note": SECRET}
        raise ValueError(f"cannot compute {row}")

    monkeypatch.setattr(place, raising)
    caplog.set_level(logging.DEBUG)
    assert command("run", FEATURE, "--as-of", str(DAY), "--workspace", small) == code
    told = capfd.readouterr()
    assert SECRET not in told.out + told.err + caplog.text
    assert found_in(small) == []
    assert found_in(temporary) == []


# --- In processes and kernels of their own -------------------------------------------------------


def test_plain_papermill_leaves_nothing_planted(papermilled: Path) -> None:
    """36 rows hold the word; notebooks, what papermill said and its temporary files do not."""
    assert SECRET in (papermilled / DATA).read_text(encoding="utf-8")
    assert "Executing" in (papermilled / "said.txt").read_text(encoding="utf-8")
    assert found_in(papermilled) == []


Command = Callable[[Path], list[str]]
COMMANDS: dict[str, Command] = {
    "check": lambda root: ["impactbook", "check", DATASET, "--workspace", str(root)],
    "run": lambda root: ["impactbook", "run", FEATURE, "--workspace", str(root)],
    "draft": lambda root: ["impactbook", "run", FEATURE, "--draft", "--workspace", str(root)],
    "papermill": lambda root: [
        "papermill", str(root / "notebooks/training_data.ipynb"), str(root / "out.ipynb"),
        "-p", "dataset", DATASET, "-p", "workspace", str(root), "--log-output",
    ],
}  # fmt: skip


def in_a_process(root: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run one command with temporary files of its own, watched; nothing may come out."""
    temporary = root.parent / "tmp"
    temporary.mkdir()
    watch = Watch(temporary)
    with watch.watching():
        done = subprocess.run(
            [sys.executable, "-m", *COMMANDS[name](root)],
            cwd=root,
            env={**os.environ, "TMPDIR": str(temporary)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert SECRET not in done.stdout + done.stderr
    assert found_in(root) == []
    assert (found_in(temporary), watch.found) == ([], set())
    assert watch.rounds > 10
    shutil.rmtree(temporary)
    return done


@pytest.mark.slow
def test_the_traceback_in_a_failed_notebook_quotes_no_row(small: Path) -> None:
    plant(small, "too many fields")
    done = in_a_process(small, "papermill")
    assert done.returncode == 1
    node = read_notebook(small / "out.ipynb")
    (error,) = [
        output
        for cell in node.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert error.ename == "InputError"
    assert error.evalue.startswith("anrufe.csv, line 38: the row has 4 columns and the header 3")


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("case", ["free text", "too many fields", "text among numbers"])
def test_nothing_planted_comes_out_of_any_process(small: Path, case: str, name: str) -> None:
    plant(small, case)
    done = in_a_process(small, name)
    assert done.returncode in (0, 1, 2)


@pytest.mark.slow
def test_a_kernel_in_which_everything_raises_tells_nothing(small: Path) -> None:
    """As a bug of a library would: an exception that quotes rows, in the midst of measuring."""
    (small / "sitecustomize.py").write_text(
        "import sys\n"
        "def broken(*args, **kwargs):\n"
        f"    row = {{'note': '{SECRET[:8]}' + '{SECRET[8:]}'}}\n"
        "    raise RuntimeError(f'cannot read {row}')\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'impactbook.checks.evidence' and 'ipykernel' in sys.modules:\n"
        "            import impactbook.checks.source as source\n"
        "            source.fingerprint_of = broken\n"
        "sys.meta_path.insert(0, Finder())\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", *COMMANDS["papermill"](small)],
        cwd=small,
        env={**os.environ, "PYTHONPATH": str(small)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert "CellTroubleError" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert found_in(small) == []


def test_the_planted_word_would_be_found(small: Path, tmp_path: Path) -> None:
    """The search itself works: in the data, in a copy, and in a file that is there for a moment."""
    assert found_in(small, but=()) == [DATA]
    shutil.copy(small / DATA, record_of(small).parent.parent / "copy.csv")
    assert found_in(small) == ["outputs/copy.csv"]
    assert SECRET not in assessment_of(small).read_text(encoding="utf-8")
    watch = Watch(tmp_path)
    with watch.watching():
        moment = tmp_path / "moment.tmp"
        moment.write_text(SECRET, encoding="utf-8")
        while not watch.found:
            pass
        moment.unlink()
    assert "moment.tmp" in watch.found
