"""Status and gate: what they rely on, and what makes them say no."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from small_workspace import (
    DAY,
    FEATURE,
    LENIENT,
    QUIET,
    WITHOUT_DATA,
    add_feature,
    assessment_of,
    change,
    record_of,
    run_here,
    small_workspace,
)

from impactbook.errors import InputError
from impactbook.execute.standing import GateVerdict, gate_verdict, standings
from impactbook.records.canonical import canonical
from impactbook.workspace import open_workspace


@pytest.fixture(scope="module")
def _conditional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed record whose conditions are none that must hold before going live."""
    root = small_workspace(tmp_path_factory.mktemp("standing") / "w")
    settings = root / "impactbook.toml"
    text = settings.read_text(encoding="utf-8").partition("[gate]")[0]
    settings.write_text(text + LENIENT, encoding="utf-8")
    assert run_here(root).gate == "conditional"
    return root


@pytest.fixture
def root(_conditional: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(_conditional, tmp_path / "w"))


def gate(root: Path, day: dt.date = DAY, **options: Any) -> GateVerdict:
    return gate_verdict(open_workspace(root), FEATURE, day, **options)


def status(root: Path, day: dt.date = DAY) -> dict[str, tuple[str, str, str]]:
    return {
        item.feature: (item.version, item.gate, item.since)
        for item in standings(open_workspace(root), day)
    }


def forge(path: Path, **changes: Any) -> None:
    record = json.loads(path.read_bytes())
    path.write_bytes(canonical({**record, **changes}))


def test_a_conditional_record_holds_while_its_conditions_have_time(root: Path) -> None:
    found = gate(root)
    assert (found.version, found.status, found.holds) == ("1.0.0", "conditional", True)
    assert status(root) == {FEATURE: ("1.0.0", "conditional", "unchanged")}


def test_a_day_on_which_a_dated_rule_judges_anew_makes_it_stale(root: Path) -> None:
    found = gate(root, dt.date(2027, 2, 1))
    assert (found.status, found.reasons, found.holds) == ("stale", ("stale: date",), False)
    assert status(root, dt.date(2027, 2, 1)) == {FEATURE: ("1.0.0", "conditional", "changed: date")}


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (f"assessments/{FEATURE}/assessment.yaml", "Der Nutzen", "Der große Nutzen", "assessment"),
        ("data_checks/anrufe.yaml", "title: Anrufe", "title: Gespräche", "declaration anrufe"),
        ("data_checks/anrufe.csv", "m,yes", "f,yes", "data anrufe"),
        ("impactbook.toml", "suppression_limit = 5", "suppression_limit = 6", "settings"),
        ("notebooks/training_data.ipynb", "Messen", "Zählen", "notebook training_data.ipynb"),
        (
            f"assessments/{FEATURE}/attachments/Protokoll Balduin Querfurth.txt",
            "Gespräch",
            "Interview",
            "attachment protokoll",
        ),
    ],
)
def test_each_changed_input_makes_the_record_stale_and_is_named(
    root: Path, file: str, old: str, new: str, reason: str
) -> None:
    change(root / file, old, new)
    found = gate(root)
    assert (found.status, found.reasons) == ("stale", (f"stale: {reason}",))
    assert not found.holds
    assert status(root)[FEATURE][2] == f"changed: {reason}"


def test_without_any_record_the_gate_is_stale(small: Path) -> None:
    assert gate(small) == GateVerdict("-", "stale", ("no_record",), holds=False)
    assert gate(small, draft=True) == GateVerdict("-", "stale", ("no_draft",), holds=False)
    assert status(small) == {FEATURE: ("-", "-", "never run")}


def test_the_draft_has_a_gate_of_its_own(root: Path) -> None:
    change(assessment_of(root), "outcome: go-with-conditions", "outcome: no-go")
    run_here(root, draft=True)
    found = gate(root, draft=True)
    assert (found.version, found.status, found.holds) == ("draft", "blocked", False)
    assert gate(root).reasons == ("stale: assessment",)


def test_a_gate_that_somebody_wrote_into_the_record_does_not_count(root: Path) -> None:
    """Everything else as it was: only the manifest tells that `pass` was never sealed."""
    change(assessment_of(root), "outcome: go-with-conditions", "outcome: no-go")
    assert run_here(root).gate == "blocked"
    path = record_of(root, "2.0.0") / "record.json"
    forge(path, stakeholders=[], gate={"status": "pass", "reasons": []})
    found = gate(root)
    assert (found.status, found.holds) == ("not_verified", False)
    assert any(reason.startswith("not_verified: files") for reason in found.reasons)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"gate":{"status":"pass"}}'])
def test_a_record_that_cannot_be_parsed_is_no_reason_to_crash(root: Path, content: bytes) -> None:
    (record_of(root) / "record.json").write_bytes(content)
    found = gate(root)
    assert (found.status, found.holds) == ("not_verified", False)
    version, verdict, since = status(root)[FEATURE]
    assert (version, verdict) == ("-", "-")
    assert "record.json" in since


def test_a_lost_ledger_is_noticed_by_the_gate(root: Path) -> None:
    (root / "outputs/ledger.jsonl").unlink()
    found = gate(root)
    assert (found.status, found.holds) == ("not_verified", False)


def test_one_unreadable_feature_does_not_hide_the_others(root: Path) -> None:
    change(add_feature(root, QUIET, WITHOUT_DATA), "stage: pilot", "stages: pilot")
    found = status(root)
    assert found[FEATURE] == ("1.0.0", "conditional", "unchanged")
    assert "the key 'stages' is unknown; did you mean 'stage'?" in found[QUIET][2]
    with pytest.raises(InputError, match="stages"):
        gate_verdict(open_workspace(root), QUIET, DAY)


def test_status_tells_the_digest_that_signoffs_must_name(root: Path) -> None:
    (found,) = standings(open_workspace(root), DAY)
    assert found.content == open_workspace(root).load_assessment(FEATURE).content
    assert (
        found.created == json.loads((record_of(root) / "record.json").read_bytes())["created"][:10]
    )
