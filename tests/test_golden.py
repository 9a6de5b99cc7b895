"""The three samples' records against stored copies: what must not drift, field by field.

After a change that is meant, `pytest tests/test_golden.py --golden-update` writes the copies anew;
their diff is then reviewed like code.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from impactbook.assess import record_content
from impactbook.execute.inputs import load_inputs
from impactbook.execute.measuring import measure
from impactbook.model.evidence import Figure
from impactbook.records.figures import read_figures
from impactbook.workspace import open_workspace

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = Path(__file__).parent / "golden"
AS_OF = dt.date(2026, 11, 23)
SAMPLES = ("chat-intent-erkennung", "outbound-propensity", "voicebot-spracherkennung")
METRICS = {
    "representation_ratio",
    "label_share",
    "label_share_ratio",
    "min_cell_count",
    "missing_share",
    "duplicate_share",
    "split_overlap",
    "normalised_entropy",
    "effective_number_of_groups",
}
"""Figures of these metrics are kept where they speak of all rows or people, and are published."""


def essence(record: Mapping[str, Any], figures: tuple[Figure, ...]) -> dict[str, Any]:
    """The part of a record that a reader would act upon."""
    return {
        "gate": record["gate"]["status"],
        "findings": {item["id"]: item["effect"] for item in record["findings"]},
        "levels": {
            item["id"]: {
                "inherent": item["level"]["inherent"],
                "residual": item["level"]["residual"],
            }
            for item in record["impacts"]
        },
        "decision": record["decision"]["outcome"],
        "actions": len(record["actions"]),
        "checks": {
            f"{item['dataset']}/{check['check']}/{check['attribute']}": check["verdict"]
            for item in record["evidence"]
            for check in item["checks"]
        },
        "figures": len(figures),
        "suppressed": sum(figure.verdict == "suppressed" for figure in figures),
        "some_figures": {
            figure.id: [_rounded(figure.value), _rounded(figure.ci_low), _rounded(figure.ci_high)]
            for figure in figures
            if figure.metric in METRICS and not figure.condition and figure.value is not None
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value with the way that leads to it; lists count as one value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path} › {key}" if path else str(key))
    else:
        yield path, value


def drift(stored: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """One line for each field that differs, was added or is gone."""
    before, after = dict(leaves(stored)), dict(leaves(found))
    lines = [f"{key}: is gone (was {before[key]!r})" for key in before if key not in after]
    lines += [f"{key}: is new ({after[key]!r})" for key in after if key not in before]
    lines += [
        f"{key}: was {before[key]!r}, is {after[key]!r}"
        for key in before
        if key in after and before[key] != after[key]
    ]
    return lines


def compare(sample: str, found: dict[str, Any]) -> None:
    stored = json.loads((GOLDEN / f"{sample}.json").read_text(encoding="utf-8"))
    lines = drift(stored, json.loads(json.dumps(found)))
    assert not lines, f"{sample} drifted:\n" + "\n".join(lines)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_says_what_it_said_before(sample: str, pytestconfig: pytest.Config) -> None:
    """Measured and assessed in this process, on the data in the repository."""
    workspace = open_workspace(ROOT)
    inputs = load_inputs(workspace, sample, language="de", as_of=AS_OF)
    evidence = tuple(measure(workspace, item, AS_OF).evidence for item in inputs.datasets)
    record = json.loads(json.dumps(record_content(inputs.for_judgement(evidence)), default=str))
    found = essence(record, tuple(figure for item in evidence for figure in item.figures))
    if pytestconfig.getoption("--golden-update"):
        text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (GOLDEN / f"{sample}.json").write_text(text, encoding="utf-8")
    compare(sample, found)


def test_a_sealed_record_says_the_same(sealed: Path, pytestconfig: pytest.Config) -> None:
    """The way through notebooks, evidence and `figures.csv` changes nothing."""
    if pytestconfig.getoption("--golden-update"):
        pytest.skip("the stored copies are being written")
    sample = "chat-intent-erkennung"
    folder = sealed / "outputs" / sample / "1.0.0"
    record = json.loads((folder / "record.json").read_bytes())
    figures = read_figures((folder / "evidence/figures.csv").read_bytes())
    compare(sample, essence(record, tuple(figures)))


def test_no_sample_is_free_of_conditions() -> None:
    """What the data really shows: none of the three may simply pass."""
    stored = {
        sample: json.loads((GOLDEN / f"{sample}.json").read_text(encoding="utf-8"))
        for sample in SAMPLES
    }
    assert {sample: found["gate"] for sample, found in stored.items()} == {
        "chat-intent-erkennung": "blocked",
        "outbound-propensity": "conditional",
        "voicebot-spracherkennung": "blocked",
    }


def test_drift_is_told_field_by_field() -> None:
    before = {"gate": "pass", "levels": {"a": "low", "b": "low"}, "some_figures": {"x": [1, 2]}}
    after = {"gate": "blocked", "levels": {"a": "low", "c": "high"}, "some_figures": {"x": [1, 3]}}
    assert drift(before, before) == []
    assert drift(before, after) == [
        "levels › b: is gone (was 'low')",
        "levels › c: is new ('high')",
        "gate: was 'pass', is 'blocked'",
        "some_figures › x: was [1, 2], is [1, 3]",
    ]
