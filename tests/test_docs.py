"""What the README files and `docs/` say is what the program does: commands, options, links, figures.

The walk "from your own CSV to a record" is taken from the README and run, word by word.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from impactbook.cli.app import app
from impactbook.records import verify_pdf

ROOT = Path(__file__).resolve().parents[1]
ENGLISH, GERMAN = ROOT / "README.md", ROOT / "README.de.md"
PAGES = (ENGLISH, GERMAN, ROOT / "docs" / "how_it_works.md")
SAMPLE_PDFS = sorted((ROOT / "docs").glob("sample-record.*.pdf"))
WALK_HEADING = {
    ENGLISH: "## From your own CSV to a record in ten minutes",
    GERMAN: "## Von der eigenen CSV-Datei zum Bericht in zehn Minuten",
}

RUN_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install --quiet -e . && .venv/bin/impactbook run --all"
)
TEST_COMMAND = (
    'python3 -m venv .venv && .venv/bin/pip install --quiet -e ".[test]" && .venv/bin/pytest'
)

readmes = pytest.mark.parametrize("readme", [ENGLISH, GERMAN], ids=lambda path: path.name)
pages = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def fenced(text: str, kind: str) -> list[str]:
    """The fenced blocks of one kind (`sh`, `yaml`, or nothing), in order."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [body for name, body in blocks if name == kind]


def without_fences(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def section(readme: Path, heading: str) -> str:
    return text_of(readme).split(f"{heading}\n", 1)[1].split("\n## ", 1)[0]


def quoted_commands(readme: Path) -> Iterator[list[str]]:
    """Every `impactbook ...` in the text, in tables and in blocks, as its words."""
    text = text_of(readme)
    inline = re.findall(r"`(impactbook [^`]+)`", without_fences(text))
    lines = [line for block in fenced(text, "sh") for line in block.splitlines()]
    lines += [line.strip() for line in text.splitlines() if line.startswith("    ")]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    for command in [*inline, *parts]:
        words = shlex.split(command.partition(" > ")[0], comments=True)
        if words and Path(words[0]).name == "impactbook":
            yield words[1:]


def program() -> Any:
    return get_command(app)


def options_of(command: Any) -> set[str]:
    return {"--help"} | {name for parameter in command.params for name in parameter.opts}


# --- the two commands -----------------------------------------------------------------------


@readmes
@pytest.mark.parametrize("command", [RUN_COMMAND, TEST_COMMAND])
def test_each_of_the_two_commands_is_one_indented_line(readme: Path, command: str) -> None:
    assert text_of(readme).splitlines().count(f"    {command}") == 1


def test_the_continuous_integration_finds_exactly_the_test_command() -> None:
    """Its own `sed` expression, run on the README, prints one line: the test command."""
    if shutil.which("sed") is None:
        pytest.skip("needs sed")
    script = text_of(ROOT / ".ci" / "run")
    found = re.search(r"sed -n '([^']+)' README\.md", script)
    assert found is not None
    done = subprocess.run(
        ["sed", "-n", found[1], ENGLISH], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [TEST_COMMAND]


# --- commands and options -------------------------------------------------------------------


@readmes
def test_every_command_and_option_in_the_readme_exists(readme: Path) -> None:
    commands = program().commands
    seen = 0
    for words in quoted_commands(readme):
        names = [word for word in words if not word.startswith("-") and word in commands]
        first = words[0]
        assert first in commands or first.startswith("--") or first == "COMMAND", words
        known = options_of(program()) | (options_of(commands[names[0]]) if names else set())
        for option in (word for word in words if word.startswith("-")):
            assert option in known, f"{' '.join(words)}: {option}"
        seen += 1
    assert seen > 30


def test_the_command_table_says_what_the_help_says() -> None:
    """One row for each command of the program, in the words of its help."""
    table = dict(
        re.findall(r"^\| `impactbook (\w+)[^`]*` \| (.+?) \| .+ \|$", text_of(ENGLISH), re.M)
    )
    helps = {
        name: " ".join(command.help.split("\n\n")[0].split())
        for name, command in program().commands.items()
    }
    assert table == helps


def test_the_help_names_every_command_of_the_readme(impactbook: Any) -> None:
    """`impactbook --help`, run as a user runs it, lists the commands of the table."""
    shown = impactbook("--help", COLUMNS="200", TERM="dumb").stdout
    rows = set(re.findall(r"^\| `impactbook (\w+)", text_of(ENGLISH), re.M))
    assert len(rows) >= 10
    for name in rows:
        assert re.search(rf"^\W*{name}\s", shown, re.M), name


@readmes
def test_the_templates_named_are_those_there_are(readme: Path) -> None:
    (row,) = re.findall(r"^\| `impactbook new --template \w+` \| (.+) \|$", text_of(readme), re.M)
    folder = ROOT / "src" / "impactbook" / "workspace" / "templates"
    there = {path.stem for path in folder.glob("*.yaml") if not path.stem.startswith("_")}
    assert set(re.findall(r"`([\w-]+)`", row)) == there - {"neutral"}


@readmes
def test_the_papermill_lines_name_parameters_of_the_notebooks(readme: Path) -> None:
    lines = [
        shlex.split(line)
        for block in fenced(text_of(readme), "sh")
        for line in block.splitlines()
        if line.startswith("papermill ")
    ]
    assert len(lines) == 2
    for words in lines:
        cells = json.loads((ROOT / words[1]).read_bytes())["cells"]
        tagged = [c for c in cells if "parameters" in c["metadata"].get("tags", [])]
        declared = "".join(tagged[0]["source"])
        given = [words[place + 1] for place, word in enumerate(words) if word == "-p"]
        assert given
        for name in given:
            assert re.search(rf"^{name}:", declared, re.M), (words[1], name)


# --- two languages --------------------------------------------------------------------------


def test_both_readmes_have_the_same_commands_blocks_and_headings() -> None:
    english, german = text_of(ENGLISH), text_of(GERMAN)
    for kind in ("sh", "yaml", ""):
        assert fenced(english, kind) == fenced(german, kind)
    indented = [
        [line for line in text.splitlines() if line.startswith("    ")]
        for text in (without_fences(english), without_fences(german))
    ]
    assert indented[0] == indented[1]
    levels = [re.findall(r"^(#+) ", without_fences(text), re.M) for text in (english, german)]
    assert levels[0] == levels[1]
    assert list(quoted_commands(ENGLISH)) == list(quoted_commands(GERMAN))


# --- links and pictures ---------------------------------------------------------------------


def links(page: Path) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", without_fences(text_of(page)))
    return [link for link in found if not re.match(r"https?:|#", link)]


@pages
def test_every_link_leads_to_a_file(page: Path) -> None:
    assert links(page)
    for link in links(page):
        assert (page.parent / link.partition("#")[0]).is_file(), link


def test_the_code_named_in_how_it_works_exists() -> None:
    rows = re.findall(r"^\| \d .*\| ([^|]+) \|$", text_of(PAGES[2]), re.M)
    named = [name for row in rows for name in re.findall(r"`([\w./]+)`", row)]
    assert len(rows) == 9
    for name in named:
        assert (ROOT / "src" / "impactbook" / name).exists(), name


@readmes
def test_every_picture_is_small_and_described(readme: Path) -> None:
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text_of(readme))
    assert len(pictures) == 4
    for description, file in pictures:
        data = (ROOT / file).read_bytes()
        assert data.startswith(b"\x89PNG"), file
        assert len(data) < 300_000, file
        assert len(description) > 60, file


def test_no_picture_lies_unused() -> None:
    used = {link for page in PAGES for link in links(page)}
    assert {f"docs/images/{path.name}" for path in (ROOT / "docs" / "images").iterdir()} <= used


@pytest.mark.parametrize("file", SAMPLE_PDFS, ids=lambda path: path.name)
def test_the_sample_records_verify_and_are_linked(file: Path) -> None:
    report = verify_pdf(file)
    assert report.holds, report
    assert f"docs/{file.name}" in links(ENGLISH)
    assert f"docs/{file.name}" in links(GERMAN)


def test_there_is_a_sample_record_in_each_language() -> None:
    assert [path.name for path in SAMPLE_PDFS] == ["sample-record.de.pdf", "sample-record.en.pdf"]


# --- the walk -------------------------------------------------------------------------------


def corrected(declaration: str, readme: Path) -> str:
    """The proposed declaration with the corrections that the README asks for, and no others."""
    (block,) = [b for b in fenced(text_of(readme), "yaml") if "representation:" in b]
    changed, places = re.subn(
        r"^  # representation:\n(?:  #   .*\n)*",
        lambda found: re.sub(r"^  # ", "  ", found[0], flags=re.M),
        declaration,
        flags=re.M,
    )
    assert places == 1
    assert block in changed
    changed, places = re.subn(r'("topic":\n    role:) feature', r"\1 label", changed)
    assert places == 1
    return changed


def named_dataset(assessment: str) -> str:
    """The scaffold with the dataset named, by removing two comment signs and nothing else."""
    changed, places = re.subn(
        r"^  # datasets:\n  #   training: \[.*\]$",
        "  datasets:\n    training: [calls]",
        assessment,
        flags=re.M,
    )
    assert places == 1
    return changed


@pytest.mark.slow
def test_a_stranger_gets_from_a_csv_to_a_record_as_the_readme_says(tmp_path: Path) -> None:
    """Every command of the walk is run where the README says; only check and gate answer no."""
    shell = shutil.which("sh")
    if shell is None:
        pytest.skip("needs a POSIX shell")
    walk = section(ENGLISH, WALK_HEADING[ENGLISH])
    commands = [line for block in fenced(walk, "sh") for line in block.splitlines()]
    (tmp_path / "checkout").mkdir()
    shutil.copytree(ROOT / "docs", tmp_path / "checkout" / "docs")
    program_file = tmp_path / "bin" / "impactbook"
    program_file.parent.mkdir()
    program_file.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m impactbook "$@"\n')
    program_file.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{program_file.parent}{os.pathsep}{os.environ['PATH']}",
    }
    company = tmp_path / "company"
    here = tmp_path / "checkout"
    codes: dict[str, int] = {}
    printed: dict[str, str] = {}
    assert commands[0] == ". .venv/bin/activate"
    for command in commands[1:]:
        if command.startswith("cd "):
            here = (here / command.removeprefix("cd ")).resolve()
            continue
        done = subprocess.run(
            [shell, "-c", command], cwd=here, env=environment, capture_output=True, text=True
        )
        codes[command], printed[command] = done.returncode, done.stdout
        if "--declare" in command:
            file = company / "data_checks" / "calls.yaml"
            file.write_text(corrected(file.read_text("utf-8"), ENGLISH), "utf-8")
        if " new " in command:
            file = company / "assessments" / "hotline-bot" / "assessment.yaml"
            file.write_text(named_dataset(file.read_text("utf-8")), "utf-8")
    saying_no = {command for command, code in codes.items() if code}
    assert saying_no == {"impactbook check calls", "impactbook gate hotline-bot"}, codes
    assert {codes[command] for command in saying_no} == {1}
    example = " ".join(fenced(walk, "")[1].split())
    assert example in " ".join(printed["impactbook check calls"].split())
    assert printed["impactbook gate hotline-bot"].startswith("hotline-bot@1.0.0: blocked")
    assert "result: holds" in printed["impactbook verify hotline-bot"]
    assert (company / "outputs" / "hotline-bot" / "draft" / "record.pdf").is_file()
    assert (company / "outputs" / "hotline-bot" / "1.0.0" / "record.pdf").is_file()


def test_the_corrected_declaration_of_the_walk_can_be_read(tmp_path: Path) -> None:
    """The README shows what `--declare` proposes once it is uncommented, in both languages."""
    from impactbook.checks import declare
    from impactbook.workspace import open_workspace
    from impactbook.workspace.init import init_workspace

    company = tmp_path / "company"
    init_workspace(company, "en")
    shutil.copy(ROOT / "docs" / "calls.csv", tmp_path)
    proposed = declare(tmp_path / "calls.csv", folder=company / "data_checks")
    assert 'missing: ["?"]' in proposed
    for readme in (ENGLISH, GERMAN):
        file = company / "data_checks" / "calls.yaml"
        file.write_text(corrected(proposed, readme), encoding="utf-8")
        dataset = open_workspace(company).load_dataset("calls").dataset
        assert [check.attribute for check in dataset.checks.representation] == ["age", "gender"]
        assert dataset.source.files == ("../../calls.csv",)
        assert dataset.columns["topic"].role == "label"
        assert dataset.unit == "person"


def test_the_made_up_calls_are_as_many_as_the_readme_says() -> None:
    lines = text_of(ROOT / "docs" / "calls.csv").splitlines()
    callers = {line.partition(",")[0] for line in lines[1:]}
    assert f"{len(lines) - 1} made-up calls of {len(callers)} made-up callers" in text_of(ENGLISH)
    shown = fenced(section(ENGLISH, WALK_HEADING[ENGLISH]), "")[0].splitlines()
    assert lines[0] == shown[0]
    assert shown[1] in lines
