"""Running a feature: what a record holds, what version it gets, and what is left when it fails."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from small_workspace import (
    ATTACHED,
    DATASET,
    FEATURE,
    LENIENT,
    OFFICER,
    OWNER,
    QUIET,
    WITHOUT_DATA,
    add_feature,
    assessment_of,
    below,
    change,
    command,
    record_of,
    run_here,
)

from impactbook.errors import RunFailedError
from impactbook.execute import run as running
from impactbook.execute.batch import run_batch
from impactbook.execute.notebooks import NotebookFailedError
from impactbook.execute.run import Options
from impactbook.records.verify import verify

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
    }  # fmt: skip
    assert provenance["ledger_head"] is None
    assert {"python", "impactbook", "duckdb", "typst"} <= set(provenance["packages"])
    assert not [name for name, found in provenance["packages"].items() if found == "not installed"]


def test_the_pdf_carries_record_figures_and_notebooks_byte_for_byte(sealed: Path) -> None:
    folder = sealed / "outputs" / CHAT / "1.0.0"
    with pikepdf.open(io.BytesIO((folder / "record.pdf").read_bytes())) as pdf:
        embedded = {
            name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()
        }  # fmt: skip
    originals = ["record.json", "evidence/figures.csv"]
    originals += [name for name in below(folder) if name.startswith("notebooks/")]
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
    import datetime as dt

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
    import datetime as dt

    settings = small / "impactbook.toml"
    text = settings.read_text(encoding="utf-8").partition("[gate]")[0]
    settings.write_text(text + LENIENT, encoding="utf-8")
    first = run_here(small)
    assert (first.version, first.gate) == ("1.0.0", "conditional")
    later = run_here(small, as_of=dt.date(2027, 2, 1))
    assert (later.status, later.version, later.gate) == ("sealed", "2.0.0", "blocked")
    codes = {item["code"] for item in read(record_of(small, "2.0.0") / "record.json")["findings"]}
    assert {"condition_overdue", "review_due"} <= codes


# --- Drafts --------------------------------------------------------------------------------------


def test_a_draft_stands_outside_versions_and_ledger_and_says_that_it_is_one(small: Path) -> None:
    done = run_here(small, draft=True)
    assert (done.status, done.version) == ("draft", "draft")
    folder = record_of(small, "draft")
    assert not (small / "outputs/ledger.jsonl").exists()
    assert read(folder / "record.json")["version"] == "draft"
    assert "ENTWURF" in (folder / "record.html").read_text(encoding="utf-8")
    with pikepdf.open(folder / "record.pdf") as pdf:
        watermarks = [page for page in pdf.pages if "Watermark" in repr(page.Contents.read_bytes())]
    assert watermarks or (folder / "record.pdf").stat().st_size
    first = run_here(small)
    assert first.version == "1.0.0"
    assert "ENTWURF" not in (record_of(small) / "record.html").read_text(encoding="utf-8")


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


def failing(*_: Any, **__: Any) -> None:
    raise NotebookFailedError("cell 3: ValueError; its message is withheld")


def test_a_failing_notebook_seals_nothing_and_names_the_log(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "execute", failing)
    with pytest.raises(RunFailedError) as caught:
        running.run_feature(
            running.Workspace(*_opened(small)), FEATURE, Options(None, _day())
        )  # fmt: skip
    assert str(caught.value) == (
        f"{FEATURE}: measuring {DATASET} failed (cell 3: ValueError; its message is withheld); "
        f"nothing was sealed, see .impactbook/logs/{FEATURE}.log."
    )
    assert below(small / "outputs") == ["README.md"]
    log = (small / f".impactbook/logs/{FEATURE}.log").read_text(encoding="utf-8")
    assert "failed while measuring anrufe: cell 3" in log
