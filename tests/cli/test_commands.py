"""The command line as a person meets it: every command, every exit code, no traceback."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from impactbook.cli.app import workspace_first

ROOT = Path(__file__).resolve().parents[2]
FEATURE = "chat-intent-erkennung"
COMMANDS = (
    "init",
    "new",
    "schema",
    "doctor",
    "run",
    "check",
    "seal",
    "status",
    "gate",
    "verify",
    "diff",
    "framework",
)  # fmt: skip


def said(done: subprocess.CompletedProcess[str], code: int, text: str) -> None:
    assert done.returncode == code, (done.stdout, done.stderr)
    assert text in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(impactbook, command: str) -> None:
    said(impactbook(command, "--help"), 0, "Usage: impactbook " + command)


def test_commands_of_later_versions_are_absent_and_not_stubs(impactbook) -> None:
    for command in ("workshop", "monitor", "migrate"):
        said(impactbook(command), 2, "No such command")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "--all", "--workspace", "w"], ["--workspace", "w", "run", "--all"]),
        (["run", "--workspace=w", "x"], ["--workspace=w", "run", "x"]),
        (["--workspace", "w", "status"], ["--workspace", "w", "status"]),
        (["check", "--", "--workspace"], ["check", "--", "--workspace"]),
    ],
)
def test_the_workspace_may_stand_before_or_after_the_command(
    arguments: list[str], expected: list[str]
) -> None:
    assert workspace_first(arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run"], "names no feature"),
        (["run", "nope"], "there is no feature 'nope'"),
        (["run", "../etc"], "is no feature id"),
        (["run", "Voice"], "is no feature id"),
        (["run", "a" * 200], "is no feature id"),
        (["run", FEATURE, "--all"], "give one of the two"),
        (["run", FEATURE, "--as-of", "23.11.2026"], "write it as YYYY-MM-DD"),
        (["gate", FEATURE, "--as-of", "20261123"], "write it as YYYY-MM-DD"),
        (["run", FEATURE, "-j", "0"], "greater than or equal to 1"),
        (["check", "nope"], "there is no dataset 'nope'"),
        (["check", "missing.csv"], "there is no such file"),
        (["check", "missing.csv", "--declare"], "missing.csv: there is no such file"),
        (["gate", "nope"], "there is no feature 'nope'"),
        (["verify", "nope"], "no sealed record of nope"),
        (["verify", f"{FEATURE}@9.9.9"], "no sealed record of"),
        (["verify", "missing.pdf"], "there is no such file"),
        (["new", "x/y"], "is no feature id"),
        (["new", FEATURE], "exists already"),
        (["new", "other", "--template", "voicebt"], "did you mean 'voicebot'"),
        (["schema", "asessment"], "did you mean 'assessment'"),
        (["seal", "x.ipynb", "--feature", FEATURE], "is not a readable notebook"),
        (["frobnicate"], "No such command"),
    ],
)
def test_what_a_person_got_wrong_is_one_sentence_and_exit_2(
    impactbook, workspace: Path, arguments: list[str], sentence: str
) -> None:
    before = sorted(path for path in workspace.rglob("*") if ".impactbook" not in path.parts)
    done = impactbook(*arguments, "--workspace", workspace, cwd=workspace)
    said(done, 2, sentence)
    after = sorted(path for path in workspace.rglob("*") if ".impactbook" not in path.parts)
    assert [path for path in after if path.name != ".lock"] == [
        path for path in before if path.name != ".lock"
    ]


def test_a_workspace_that_is_not_named_is_said_so(impactbook) -> None:
    said(impactbook("status", "--workspace"), 2, "--workspace: names no directory")


def test_a_record_without_its_assessment_still_has_its_line(impactbook, workspace: Path) -> None:
    shutil.rmtree(workspace / "assessments")
    said(impactbook("status", "--workspace", workspace), 0, f"{FEATURE}  1.0.0")


def test_a_mistake_in_the_settings_is_no_trouble_of_one_feature(
    impactbook, workspace: Path
) -> None:
    path = workspace / "impactbook.toml"
    path.write_text(path.read_text().replace("contact-centre-ethics", "contact-center-ethics"))
    said(impactbook("status", "--workspace", workspace), 2, "did you mean 'contact-centre-ethics'")


def test_outside_a_workspace_the_remedy_is_named(impactbook, tmp_path: Path) -> None:
    said(impactbook("status", cwd=tmp_path), 2, "run `impactbook init DIR`")


def test_init_new_run_leads_from_nothing_to_a_blocked_record(impactbook, tmp_path: Path) -> None:
    root = tmp_path / "w"
    said(impactbook("init", root, "--lang", "en"), 0, "a new workspace")
    said(impactbook("init", root), 2, str(root))
    made = impactbook("new", "our-bot", "--template", "chatbot", "--workspace", root)
    said(made, 0, "assessments/our-bot/assessment.yaml: written.")
    done = impactbook("run", "our-bot", "--workspace", root)
    said(done, 0, "blocked")
    record = json.loads((root / "outputs/our-bot/1.0.0/record.json").read_bytes())
    codes = {finding["code"] for finding in record["findings"]}
    assert {"no_datasets", "no_decision", "role_unfilled", "impact_not_rated"} <= codes
    said(impactbook("gate", "our-bot", "--workspace", root), 1, "no_decision")


def test_a_sealed_record_verifies_and_a_second_run_seals_nothing(
    impactbook, workspace: Path
) -> None:
    said(impactbook("verify", "--workspace", workspace), 0, "level consistent")
    ledger = (workspace / "outputs/ledger.jsonl").read_bytes()
    done = impactbook("run", FEATURE, "--as-of", "2026-11-23", "--workspace", workspace)
    said(done, 0, "unchanged")
    assert (workspace / "outputs/ledger.jsonl").read_bytes() == ledger
    said(impactbook("status", "--workspace", workspace), 0, "1.0.0")


def test_a_lone_pdf_verifies_and_a_cut_one_does_not(
    impactbook, workspace: Path, tmp_path: Path
) -> None:
    pdf = shutil.copy(workspace / f"outputs/{FEATURE}/1.0.0/record.pdf", tmp_path / "filed.pdf")
    said(impactbook("verify", pdf), 0, "consistent")
    Path(pdf).write_bytes(Path(pdf).read_bytes()[:-5000])
    said(impactbook("verify", pdf), 1, "DOES NOT HOLD")


def test_one_changed_byte_anywhere_is_exit_1(impactbook, workspace: Path) -> None:
    path = workspace / f"outputs/{FEATURE}/1.0.0/evidence/figures.csv"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    said(impactbook("verify", FEATURE, "--workspace", workspace), 1, "evidence/figures.csv")


def test_verify_without_any_record_is_exit_2(impactbook, tmp_path: Path) -> None:
    (tmp_path / "impactbook.toml").write_text('schema = "impactbook/workspace/1"\n')
    said(impactbook("verify", "--workspace", tmp_path), 2, "there is no sealed record to verify")


def test_the_gate_turns_stale_when_an_input_changes(impactbook, workspace: Path) -> None:
    on = ("--as-of", "2026-11-23", "--workspace", workspace)
    said(impactbook("gate", FEATURE, *on), 1, "blocked")
    path = workspace / f"assessments/{FEATURE}/assessment.yaml"
    path.write_text(path.read_text().replace("severity: limited", "severity: significant", 1))
    said(impactbook("gate", FEATURE, *on), 1, "stale: assessment")
    said(impactbook("status", *on), 0, "changed: assessment")


def test_a_gate_without_a_record_is_exit_1(impactbook, workspace: Path) -> None:
    shutil.rmtree(workspace / "outputs")
    said(impactbook("gate", FEATURE, "--workspace", workspace), 1, "no_record")
    said(impactbook("gate", FEATURE, "--draft", "--workspace", workspace), 1, "no_draft")


@pytest.mark.parametrize(
    "form",
    [
        "table",
        pytest.param("json", marks=pytest.mark.slow),
        pytest.param("csv", marks=pytest.mark.slow),
    ],
)
def test_check_prints_figures_and_judges(impactbook, workspace: Path, form: str) -> None:
    done = impactbook("check", "chat-intents-banking77", "--format", form, "--workspace", workspace)
    said(done, 1, "representation")
    if form == "json":
        assert json.loads(done.stdout)["dataset"] == "chat-intents-banking77"
    if form == "csv":
        assert done.stdout.splitlines()[0].startswith("id,source,kind,metric,unit,attribute")


def test_a_schema_prints_as_json(impactbook) -> None:
    done = impactbook("schema", "assessment")
    said(done, 0, "impactbook/assessment/1")
    assert json.loads(done.stdout)["type"] == "object"


def test_doctor_finds_everything_in_order_and_names_what_is_not(
    impactbook, workspace: Path, tmp_path: Path
) -> None:
    said(impactbook("doctor", "--workspace", workspace), 0, "1 features, 3 datasets")
    said(impactbook("doctor", "--workspace", tmp_path), 1, "impactbook.toml is missing")


def test_doctor_names_files_that_no_command_can_use_and_how_to_rename_them(
    impactbook, workspace: Path
) -> None:
    (workspace / "data_checks/My_Calls.yaml").touch()
    (workspace / "data_checks/chats.yml").touch()
    (workspace / "assessments/Bad_Id").mkdir()
    done = impactbook("doctor", "--workspace", workspace)
    said(done, 1, "rename it to my-calls.yaml")
    said(done, 1, "rename it to chats.yaml")
    said(done, 1, "rename it to bad-id")
    wrong = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("NO")]
    assert wrong == ["assessments/Bad_Id", "data_checks/My_Calls.yaml", "data_checks/chats.yml"]


def test_a_proposal_names_the_file_as_seen_from_data_checks(
    impactbook, workspace: Path, tmp_path: Path
) -> None:
    """Where there is no workspace, nobody knows the place of the declaration: the path is whole."""
    file = tmp_path / "calls.csv"
    file.write_text("sex\nf\nm\n")
    inside = impactbook("check", file, "--declare", "--workspace", workspace)
    (line,) = [line for line in inside.stdout.splitlines() if line.startswith("  files:")]
    named = line.split('"')[1]
    assert not Path(named).is_absolute()
    assert (workspace / "data_checks" / named).resolve() == file.resolve()
    outside = impactbook("check", file, "--declare", cwd=tmp_path)
    assert f'files: ["{file.resolve()}"]' in outside.stdout


@pytest.mark.parametrize(
    ("options", "wanted", "absent"),
    [
        ((), "## Vorschlag aus einem ersten Blick", "## Proposed after"),
        (("--lang", "en"), "## Proposed after", "## Vorschlag"),
    ],
)
def test_a_proposal_speaks_the_language_of_the_workspace(
    impactbook, workspace: Path, tmp_path: Path, options, wanted: str, absent: str
) -> None:
    """Unless another one is asked for; what to do next is said beside the proposal."""
    file = tmp_path / "Anrufe 2025.csv"
    file.write_text("sex\nf\nm\n")
    done = impactbook("check", file, "--declare", *options, "--workspace", workspace)
    assert wanted in done.stdout
    assert absent not in done.stdout
    assert "keep it as data_checks/anrufe-2025.yaml" in done.stderr


def test_the_version_is_printed(impactbook) -> None:
    said(impactbook("--version"), 0, "impactbook 0.")
