"""Running a feature: what a record holds, what version it gets, and what is left when it fails."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from filelock import FileLock
from small_workspace import (
    ATTACHED,
    DATASET,
    DAY,
    FEATURE,
    LENIENT,
    OFFICER,
    OWNER,
    QUIET,
    SECRET,
    WITHOUT_DATA,
    add_feature,
    assessment_of,
    below,
    change,
    command,
    execute_here,
    record_of,
    run_here,
)

from impactbook.checks.expectations.representation import ExpectGroupRepresentationToMatchReference
from impactbook.cli.app import run_app
from impactbook.errors import InputError, RunFailedError
from impactbook.execute import batch, tracking
from impactbook.execute import run as running
from impactbook.execute.batch import run_batch
from impactbook.execute.notebooks import NotebookFailedError
from impactbook.execute.run import Options, run_feature
from impactbook.records.verify import verify
from impactbook.workspace import open_workspace

CHAT = "chat-intent-erkennung"
TOP_LEVEL = {
    "schema", "feature", "version", "created", "as_of", "language", "assessment", "stakeholders",
    "ballots", "impacts", "frameworks", "evidence", "findings", "actions", "decision", "gate",
    "attachments", "provenance", "previous",
}  # fmt: skip


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def holds(root: Path) -> bool:
    return all(report.holds for report in verify(root / "outputs"))


# --- What a record holds -------------------------------------------------------------------------


def test_a_record_has_the_documented_files_and_no_others(sealed: Path) -> None:
    assert below(sealed / "outputs" / CHAT / "1.0.0") == [
        "attachments/hinweistext.md",
        "ballots.jsonl",
        "disclosures.json",
        "evidence/charts/risk-heatmap.svg",
        "evidence/chat-intents-banking77.json",
        "evidence/figures.csv",
        "manifest.json",
        "notebooks/impact_assessment.ipynb",
        "notebooks/training_data-chat-intents-banking77.ipynb",
        "record.html",
        "record.json",
        "record.pdf",
    ]


def test_record_json_has_the_documented_keys_and_no_others(sealed: Path) -> None:
    record = read(sealed / "outputs" / CHAT / "1.0.0" / "record.json")
    assert set(record) == TOP_LEVEL
    assert record["feature"]["id"] == CHAT
    assert (record["version"], record["as_of"], record["previous"]) == ("1.0.0", "2026-11-23", None)
    assert record["gate"]["status"] == "blocked"
    assert record["gate"]["reasons"]


def test_provenance_names_every_input_and_what_it_was_made_with(sealed: Path) -> None:
    provenance = read(sealed / "outputs" / CHAT / "1.0.0" / "record.json")["provenance"]
    dataset = "chat-intents-banking77"
    assert set(provenance["inputs"]) == {
        "assessment", "settings", "language", "library", "attachment hinweistext",
        "pack contact-centre-ethics", f"declaration {dataset}", f"data {dataset}",
        "notebook impact_assessment.ipynb", "notebook training_data.ipynb",
        "rules eu-ai-act", "rules gdpr", "rules betrvg", "rules german-communication-law",
        "rules accessibility",
    }  # fmt: skip
    assert provenance["ledger_head"] is None
    assert {"python", "impactbook", "duckdb", "typst"} <= set(provenance["packages"])
    assert not [name for name, found in provenance["packages"].items() if found == "not installed"]


def test_the_pdf_carries_every_other_file_of_the_record_byte_for_byte(sealed: Path) -> None:
    folder = sealed / "outputs" / CHAT / "1.0.0"
    with pikepdf.open(io.BytesIO((folder / "record.pdf").read_bytes())) as pdf:
        embedded = {
            name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()
        }  # fmt: skip
    made_from_them = {"record.pdf", "record.html", "manifest.json"}
    originals = [name for name in below(folder) if name not in made_from_them]
    assert {"record.json", "disclosures.json", "evidence/figures.csv"} <= set(originals)
    assert {Path(name).name: (folder / name).read_bytes() for name in originals} == embedded


def test_executed_notebooks_hold_no_place_time_or_stream(sealed: Path) -> None:
    for path in (sealed / "outputs" / CHAT / "1.0.0" / "notebooks").iterdir():
        text = path.read_text(encoding="utf-8")
        assert str(sealed) not in text
        assert "start_time" not in text
        assert '"output_type": "stream"' not in text
        assert ".impactbook/runs" not in text


def names_found_in(root: Path, names: list[str]) -> set[str]:
    """Files below `root` in which one of the names stands, however JSON may have escaped it."""
    needles = [n for name in names for n in (name.encode(), json.dumps(name)[1:-1].encode())]
    return {
        name for name in below(root) if any(needle in (root / name).read_bytes() for needle in needles)
    }  # fmt: skip


def test_names_of_people_stand_only_where_they_are_disclosed(sealed: Path) -> None:
    names = ["Carolin Ebert", "Noura Haddad", "Georg Wilms", "Kovač", "Lukas Amend"]
    folder = f"outputs/{CHAT}/1.0.0"
    found = names_found_in(sealed, names) - {f"assessments/{CHAT}/assessment.yaml"}
    assert found <= {f"{folder}/disclosures.json", f"{folder}/record.html", f"{folder}/record.pdf"}
    assert f"{folder}/disclosures.json" in found
    assert f"{folder}/record.html" in found


def test_attachments_get_neutral_names_and_keep_their_bytes(small_sealed: Path) -> None:
    folder = record_of(small_sealed)
    kept = folder / "attachments" / "protokoll.txt"
    assert below(folder / "attachments") == ["protokoll.txt"]
    assert kept.read_text(encoding="utf-8") == "Gesprächsprotokoll.\n"
    (entry,) = read(folder / "record.json")["attachments"]
    assert entry["sha256"] == hashlib.sha256(kept.read_bytes()).hexdigest()
    assert set(entry["file"]) == {"sealed"}
    assert names_found_in(folder, [OWNER, OFFICER, ATTACHED]) <= {
        "disclosures.json",
        "record.html",
        "record.pdf",
    }


def test_running_leaves_no_scratch_and_a_log_of_steps(sealed: Path) -> None:
    assert [name for name in below(sealed / ".impactbook/runs") if not name.endswith(".lock")] == []
    log = (sealed / f".impactbook/logs/{CHAT}.log").read_text(encoding="utf-8")
    assert [line.split(" ", 1)[1] for line in log.splitlines()] == [
        "measuring chat-intents-banking77",
        "showing the assessment",
        "sealing",
    ]


# --- What version it gets ------------------------------------------------------------------------


def test_nothing_changed_seals_nothing(small_sealed: Path) -> None:
    before = {name: (small_sealed / name).read_bytes() for name in below(small_sealed / "outputs")
              if (small_sealed / name).is_file()}  # fmt: skip
    done = run_here(small_sealed)
    assert (done.status, done.version, done.gate) == ("unchanged", "1.0.0", "blocked")
    assert before == {name: (small_sealed / name).read_bytes() for name in before}
    assert len((small_sealed / "outputs/ledger.jsonl").read_bytes().splitlines()) == 1


def test_a_comment_or_another_order_of_keys_is_no_change(small_sealed: Path) -> None:
    path = assessment_of(small_sealed)
    change(path, "language: de\nfeature:\n", "# besprochen am Montag\nlanguage: 'de'\nfeature:\n")
    change(path, "  stage: pilot\n", "")
    change(path, "  title: Rückruf-Bot\n", "  stage: pilot\n  title: Rückruf-Bot\n")
    assert run_here(small_sealed).status == "unchanged"


def test_the_day_alone_changes_nothing_while_no_dated_rule_does(small_sealed: Path) -> None:
    assert run_here(small_sealed, as_of=dt.date(2026, 11, 24)).status == "unchanged"


def test_force_seals_a_patch(small_sealed: Path) -> None:
    done = run_here(small_sealed, force=True)
    assert (done.status, done.version) == ("sealed", "1.0.1")
    assert read(record_of(small_sealed, "1.0.1") / "record.json")["previous"]["version"] == "1.0.0"
    assert holds(small_sealed)


def test_another_risk_level_is_major_and_the_correction_names_the_old_record(
    small_sealed: Path,
) -> None:
    change(assessment_of(small_sealed), "severity: limited", "severity: severe")
    assert run_here(small_sealed).version == "2.0.0"
    record = read(record_of(small_sealed, "2.0.0") / "record.json")
    manifest = (record_of(small_sealed) / "manifest.json").read_bytes()
    assert record["previous"].pop("changes")["old"] == "1.0.0"
    assert record["previous"] == {
        "version": "1.0.0",
        "manifest": hashlib.sha256(manifest).hexdigest(),
    }
    assert holds(small_sealed)


def test_another_wording_is_minor(small_sealed: Path) -> None:
    change(assessment_of(small_sealed), "Ungefragter Rückruf", "Rückruf ohne Wunsch")
    assert run_here(small_sealed).version == "1.1.0"


def test_a_changed_person_is_minor_though_only_its_digest_shows(small_sealed: Path) -> None:
    change(assessment_of(small_sealed), OWNER, "Kunigunde Pfaffenzeller")
    assert run_here(small_sealed).version == "1.1.0"
    assert names_found_in(record_of(small_sealed, "1.1.0"), ["Kunigunde"]) <= {
        "disclosures.json",
        "record.html",
        "record.pdf",
    }


def test_other_data_is_minor(small_sealed: Path) -> None:
    data = small_sealed / "data_checks" / "anrufe.csv"
    data.write_text(data.read_text(encoding="utf-8") + "f,yes,noch einer\n", encoding="utf-8")
    assert run_here(small_sealed).version == "1.1.0"


def test_another_notebook_text_is_a_patch(small_sealed: Path) -> None:
    change(small_sealed / "notebooks/training_data.ipynb", "Wer ist in den", "Wer steht in den")
    assert run_here(small_sealed).version == "1.0.1"


def test_a_record_in_english_says_so_everywhere(small: Path) -> None:
    run_here(small, language="en")
    folder = record_of(small)
    assert read(folder / "record.json")["language"] == "en"
    assert '<html lang="en"' in (folder / "record.html").read_text(encoding="utf-8")
    with pikepdf.open(folder / "record.pdf") as pdf:
        assert str(pdf.Root.Lang).startswith("en")


def test_past_the_review_date_the_gate_changes_and_the_record_is_major(small: Path) -> None:
    """Conditional while its condition has time; overdue from February on, so blocked."""
    settings = small / "impactbook.toml"
    text = settings.read_text(encoding="utf-8").partition("[gate]")[0]
    settings.write_text(text + LENIENT, encoding="utf-8")
    first = run_here(small)
    assert (first.version, first.gate) == ("1.0.0", "conditional")
    later = run_here(small, as_of=dt.date(2027, 2, 1))
    assert (later.status, later.version, later.gate) == ("sealed", "2.0.0", "blocked")
    codes = {item["code"] for item in read(record_of(small, "2.0.0") / "record.json")["findings"]}
    assert {"condition_overdue", "review_overdue"} <= codes


# --- Drafts --------------------------------------------------------------------------------------


def test_a_draft_stands_outside_versions_and_ledger_and_says_that_it_is_one(small: Path) -> None:
    done = run_here(small, draft=True)
    assert (done.status, done.version) == ("draft", "draft")
    folder = record_of(small, "draft")
    assert not (small / "outputs/ledger.jsonl").exists()
    assert read(folder / "record.json")["version"] == "draft"
    assert "ENTWURF" in (folder / "record.html").read_text(encoding="utf-8")
    assert run_here(small).version == "1.0.0"
    assert "ENTWURF" not in (record_of(small) / "record.html").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext (poppler-utils)")
def test_every_page_of_a_draft_is_watermarked(small: Path) -> None:
    run_here(small, draft=True)
    pdf = record_of(small, "draft") / "record.pdf"
    done = subprocess.run(
        ["pdftotext", "-raw", pdf, "-"], capture_output=True, text=True, check=True
    )
    *pages, _ = done.stdout.split("\f")
    assert len(pages) > 3
    # Set at an angle, the letters come out one a line.
    assert all("E\nN\nT\nW\nU\nR\nF" in page for page in pages)


def test_a_new_draft_replaces_the_old_one_and_the_notebooks_are_the_same_bytes(
    small: Path,
) -> None:
    run_here(small, draft=True)
    folder = record_of(small, "draft")
    notebooks = {name: (folder / name).read_bytes() for name in below(folder) if "ipynb" in name}
    change(assessment_of(small), "title: Rückruf-Bot", "title: Rückrufbot")
    run_here(small, draft=True)
    assert read(folder / "record.json")["feature"]["title"] == "Rückrufbot"
    assert {name: (folder / name).read_bytes() for name in notebooks} == notebooks


# --- When it fails -------------------------------------------------------------------------------


def interrupted_by(error: BaseException) -> Callable[..., None]:
    def execute(*_: Any, **__: Any) -> None:
        raise error

    return execute


def run_with(root: Path, execute: Callable[..., None], patch: pytest.MonkeyPatch) -> None:
    patch.setattr(running, "execute", execute)
    running.run_feature(open_workspace(root), FEATURE, Options(None, DAY))


def log_of(root: Path) -> str:
    return (root / f".impactbook/logs/{FEATURE}.log").read_text(encoding="utf-8")


def test_a_failing_notebook_seals_nothing_and_names_the_log(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = NotebookFailedError("cell 3: ValueError; its message is withheld.")
    with pytest.raises(RunFailedError) as caught:
        run_with(small, interrupted_by(failure), monkeypatch)
    assert str(caught.value) == (
        f"{FEATURE}: measuring {DATASET} failed (cell 3: ValueError; its message is withheld); "
        f"nothing was sealed, see .impactbook/logs/{FEATURE}.log."
    )
    assert below(small / "outputs") == ["README.md"]
    assert "failed while measuring anrufe: cell 3" in log_of(small)


def test_what_nobody_foresaw_is_logged_by_type_and_place_only(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RunFailedError) as caught:
        run_with(small, interrupted_by(ZeroDivisionError(SECRET)), monkeypatch)
    assert "ZeroDivisionError in run.py, line" in str(caught.value)
    assert SECRET not in str(caught.value) + log_of(small)


def test_what_a_killed_run_left_is_gone_after_the_next(small: Path) -> None:
    left = small / ".impactbook/runs" / FEATURE / "training_data-anrufe.ipynb"
    left.parent.mkdir(parents=True)
    left.write_text("half a notebook", encoding="utf-8")
    assert run_here(small).status == "sealed"
    assert not left.parent.exists()


def test_a_second_run_of_the_same_feature_waits_and_does_not_wait_for_ever(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking, "PATIENCE", 0.1)
    runs = small / ".impactbook/runs"
    runs.mkdir(parents=True)
    with FileLock(runs / f".{FEATURE}.lock"), pytest.raises(InputError, match="does not finish"):
        run_here(small)
    assert run_here(small).status == "sealed"


def test_a_check_that_could_not_run_is_sealed_as_not_measured_with_exit_code_1(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the next run tries again, although nothing changed."""

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(SECRET)

    with monkeypatch.context() as patch:
        patch.setattr(ExpectGroupRepresentationToMatchReference, "figures", broken)
        assert command("run", FEATURE, "--as-of", str(DAY), "--workspace", small) == 1
    told = capsys.readouterr()
    assert f"{FEATURE}: could not run and count as not measured: representation gender" in told.err
    assert SECRET not in told.out + told.err
    evidence = read(record_of(small) / "record.json")["evidence"][0]
    (check,) = [item for item in evidence["checks"] if item["check"] == "representation"]
    assert (check["verdict"], check["problem"]) == ("not_measured", "exception")
    assert command("run", FEATURE, "--as-of", str(DAY), "--workspace", small) == 0
    assert (record_of(small, "1.1.0")).is_dir()


def test_one_failing_feature_does_not_hinder_the_other(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_feature(small, QUIET, WITHOUT_DATA)

    def execute(source: Path, *rest: Any, **more: Any) -> None:
        if source.name == "training_data.ipynb":
            raise NotebookFailedError("cell 3: OSError; its message is withheld")
        execute_here(source, *rest, **more)

    monkeypatch.setattr(running, "execute", execute)
    arguments = ["run", "--all", "-j", "1", "--as-of", str(DAY), "--workspace", str(small)]
    assert run_app(arguments) == 1
    told = capsys.readouterr()
    assert f"{FEATURE}: measuring anrufe failed (cell 3" in told.err
    assert f"nothing was sealed, see .impactbook/logs/{FEATURE}.log." in told.err
    assert QUIET in told.out
    assert FEATURE not in told.out
    assert not record_of(small).exists()
    assert holds(small)


@pytest.mark.slow
def test_two_at_a_time_are_sealed_beside_one_that_fails(impactbook, small: Path) -> None:
    """Three features, two at a time: the one with a broken notebook fails, two are sealed."""
    change(small / "notebooks/training_data.ipynb", "data.check()", "raise OSError(dataset)")
    add_feature(small, QUIET, WITHOUT_DATA)
    add_feature(small, "zweite-ansage", WITHOUT_DATA)
    done = impactbook("run", "--all", "-j", "2", "--as-of", str(DAY), "--workspace", small)
    assert done.returncode == 1, done.stderr
    assert f"{FEATURE}: measuring anrufe failed (cell" in done.stderr
    assert f"nothing was sealed, see .impactbook/logs/{FEATURE}.log." in done.stderr
    assert "Traceback" not in done.stderr
    assert FEATURE not in done.stdout
    assert not record_of(small).exists()
    for feature in (QUIET, "zweite-ansage"):
        assert f"{feature}" in done.stdout
        assert record_of(small, feature=feature).is_dir()
    assert holds(small)
    assert len((small / "outputs/ledger.jsonl").read_bytes().splitlines()) == 2


def test_wrong_input_of_one_feature_is_exit_2_and_the_other_is_sealed(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = add_feature(small, QUIET, WITHOUT_DATA)
    change(path, "stage: pilot", "stage: pilott")
    assert command("run", "--all", "-j", "1", "--workspace", small) == 2
    told = capsys.readouterr()
    assert "'pilott' is not a known choice; did you mean 'pilot'?" in told.err
    assert record_of(small).is_dir()


@pytest.mark.slow
def test_a_process_that_dies_fails_its_feature_alone(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_feature(small, QUIET, WITHOUT_DATA)
    monkeypatch.setattr(batch, "_work", dying)
    outcomes = run_batch(small, [FEATURE, QUIET], Options(None, DAY), workers=2)
    assert [item.status for item in outcomes] == ["failed", "failed"]
    assert "its process ended before it was done (exit code 7)" in outcomes[0].message


def dying(*_: Any) -> None:
    os._exit(7)


def _as_in_a_terminal() -> None:
    """A shell starts what runs in the background with interrupts ignored, and children inherit it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupt_when(
    root: Path, word: str, number: int, *more: str
) -> tuple[subprocess.Popen[str], str]:
    """Start `run`, send it a signal as soon as it told `word`, wait for its end."""
    arguments = [*more, "--as-of", str(DAY), "--workspace", str(root)]
    process = subprocess.Popen(
        [sys.executable, "-m", "impactbook", "run", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_as_in_a_terminal,
    )
    assert process.stderr is not None
    told = ""
    while word not in told:
        line = process.stderr.readline()
        assert line, told
        told += line
    process.send_signal(number)
    told += process.communicate(timeout=60)[1]
    return process, told


def test_a_killed_run_leaves_no_half_record_and_the_next_run_works(small: Path) -> None:
    process, _ = interrupt_when(small, "measuring", signal.SIGKILL, FEATURE)
    assert process.returncode == -signal.SIGKILL
    assert below(small / "outputs") == ["README.md"]
    assert "measuring anrufe" in log_of(small)
    assert run_here(small).version == "1.0.0"
    assert holds(small)
    assert [name for name in below(small / ".impactbook/runs") if ".lock" not in name] == []


def test_an_interrupted_run_is_exit_130_and_cleans_up(small: Path) -> None:
    process, told = interrupt_when(small, "measuring", signal.SIGINT, FEATURE)
    assert process.returncode == 130
    assert "impactbook: interrupted; nothing half-made was left." in told
    assert "Traceback" not in told
    assert below(small / "outputs") == ["README.md"]
    assert "interrupted while measuring anrufe" in log_of(small)
    assert [name for name in below(small / ".impactbook/runs") if ".lock" not in name] == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_a_batch_that_is_stopped(small: Path, number: signal.Signals) -> None:
    """Nobody holds our standard error any more, and nothing is sealed afterwards."""
    add_feature(small, QUIET, WITHOUT_DATA)
    process, told = interrupt_when(small, "measuring", number, "--all", "-j", "2")
    assert process.returncode == (130 if number is signal.SIGINT else -number)
    time.sleep(8)
    assert below(small / "outputs") == ["README.md"]
    assert ("interrupted" in told) is (number is signal.SIGINT)


def test_a_damaged_record_is_never_called_unchanged(
    small_sealed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Equal inputs are not enough: the record they led to must still hold."""
    (small_sealed / "outputs/ledger.jsonl").unlink()
    assert command("run", "--all", "--as-of", str(DAY), "--workspace", small_sealed) == 1
    assert "does not verify" in capsys.readouterr().err


@pytest.mark.slow
def test_a_workspace_may_have_braces_and_a_long_way_to_temporary_files(
    impactbook, workspace: Path, tmp_path: Path
) -> None:
    """Papermill takes braces for parameters, and sockets have short paths."""
    odd = workspace.rename(tmp_path / "a{b} ü")
    far = tmp_path / ("t" * 90)
    far.mkdir()
    done = impactbook(
        "run", "--all", "--draft", "--as-of", "2026-11-23", "--workspace", odd, TMPDIR=str(far)
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "name"),
    [
        (
            f"assessments/{FEATURE}/assessment.yaml",
            "severity: limited",
            "severity: severe",
            "assessment",
        ),
        ("data_checks/anrufe.csv", "f,yes", "m,yes", "data anrufe"),
    ],
)
def test_a_file_that_changes_under_the_run_stops_it(
    small: Path, file: str, old: str, new: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record of two states would contradict itself."""

    def execute(source: Path, *rest: Any, **more: Any) -> None:
        execute_here(source, *rest, **more)
        if source.name == "impact_assessment.ipynb":
            change(small / file, old, new)

    monkeypatch.setattr(running, "execute", execute)
    sentence = f"changed while the run was going on: {name}"
    with pytest.raises(RunFailedError, match=sentence):
        run_feature(open_workspace(small), FEATURE, Options(None, DAY, draft=True))
    assert below(small / "outputs") == ["README.md"]
