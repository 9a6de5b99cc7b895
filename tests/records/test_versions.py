"""Version numbers follow from what changed, and from nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_samples import A, B, record_json

from impactbook.records.versions import bump, next_version, version_key

Change = Callable[[dict[str, Any]], Any]


def previous(version: str = "1.2.3") -> dict[str, Any]:
    record = {**record_json(), "version": version, "previous": None}
    record["provenance"]["evidence"] = {"evidence/figures.csv": "c" * 64, "evidence/x.json": "d"}
    return record


# (what changes, the kind it must be, a reason it must give)
CASES: list[tuple[str, Change, str, str]] = [
    ("nothing", lambda r: None, "unchanged", ""),
    ("time", lambda r: r.update(created="2027-01-01T00:00:00Z"), "unchanged", ""),
    ("day", lambda r: r.update(as_of="2027-01-01"), "unchanged", ""),
    ("commit", lambda r: r["provenance"].update(git_commit="f" * 40), "unchanged", ""),
    ("engine", lambda r: r["provenance"].update(engine="warm"), "unchanged", ""),
    ("head", lambda r: r["provenance"].update(ledger_head=B), "unchanged", ""),
    ("database", lambda r: r["evidence"][0].update(engine="duckdb 2.1"), "unchanged", ""),
    ("gx result", lambda r: r["provenance"]["evidence"].update({"evidence/x.json": "e"}),
     "unchanged", ""),
    ("1 for 1.0", lambda r: r["evidence"][0].update(rows=7.0), "unchanged", ""),
    ("order of keys", lambda r: r.update(gate=dict(reversed(r["gate"].items()))), "unchanged", ""),
    ("package", lambda r: r["provenance"]["packages"].update(duckdb="2.1.0"), "patch", "packages"),
    ("notebook", lambda r: r["provenance"]["notebooks"].update({"one.ipynb": B}), "patch",
     "notebooks"),
    ("library", lambda r: r["provenance"]["inputs"].update(library=B), "patch", "library"),
    ("notebook input", lambda r: r["provenance"]["inputs"].update({"notebook one.ipynb": B}),
     "patch", "library"),
    ("assessment", lambda r: r["provenance"]["inputs"].update(assessment=B), "minor",
     "input assessment"),
    ("data", lambda r: r["provenance"]["inputs"].update({"data cv": B}), "minor", "input data cv"),
    ("settings", lambda r: r["provenance"]["inputs"].update(settings=B), "minor",
     "input settings"),
    ("declaration", lambda r: r["provenance"]["inputs"].update({"declaration cv": B}), "minor",
     "input declaration cv"),
    ("reference population", lambda r: r["provenance"]["inputs"].update({"reference people": B}),
     "minor", "input reference people"),
    ("pack", lambda r: r["provenance"]["inputs"].update({"pack contact-centre-ethics": B}),
     "minor", "input pack contact-centre-ethics"),
    ("attachment", lambda r: r["provenance"]["inputs"].update({"attachment minutes": B}), "minor",
     "input attachment minutes"),
    ("ballot", lambda r: r["ballots"].append({"sealed": A}), "minor", "ballots"),
    ("changes told", lambda r: r.update(previous={"version": "1.2.3", "manifest": A,
     "changes": {"kind": "minor"}}), "unchanged", ""),
    ("review date", lambda r: r["decision"].update(next_review="2027-09-01"), "minor", "decision"),
    ("condition met", lambda r: r["decision"]["conditions"][0].update(met=True), "minor",
     "decision"),
    ("new condition", lambda r: r["decision"]["conditions"].append({"id": "b", "due":
     "before-go-live"}), "major", "decision"),
    ("every question ruled out", lambda r: r["frameworks"][0].update(questions=[{"id": "q",
     "applies": "no"}]), "major", "frameworks"),
    ("one question ruled out", lambda r: r["frameworks"][0].update(questions=[{"id": "q",
     "applies": "no"}, {"id": "p", "applies": "yes"}]), "minor", "frameworks"),
    ("framework as of another day", lambda r: r["frameworks"][0].update(as_of="2027-01-01"),
     "minor", "frameworks"),
    ("gate and library", lambda r: (r["gate"].update(status="pass"),
     r["provenance"]["inputs"].update(library=B)), "major", "gate"),
    ("answer and package", lambda r: (r["assessment"].update(answers={"q": {"value": "done"}}),
     r["provenance"]["packages"].update(duckdb="3")), "minor", "assessment"),
    ("new input", lambda r: r["provenance"]["inputs"].update(reference=B), "minor",
     "input reference"),
    ("figures", lambda r: r["provenance"]["evidence"].update({"evidence/figures.csv": "e"}),
     "minor", "figures"),
    ("finding", lambda r: r["findings"].append({"id": "f"}), "minor", "findings"),
    ("reason", lambda r: r["decision"].update(reasons="Darum."), "minor", "decision"),
    ("gate's reasons", lambda r: r["gate"].update(reasons=[]), "minor", "gate"),
    ("pack's version", lambda r: r["frameworks"][0].update(version="1.1.0"), "minor", "frameworks"),
    ("a rater's level", lambda r: r["impacts"][0]["level"].update(by={"callers": "low"}), "minor",
     "impacts"),
    ("lower new impact", lambda r: r["impacts"].append({"id": "b", "level":
     {"inherent": "low", "residual": "low"}}), "minor", "impacts"),
    ("language", lambda r: r.update(language="en"), "minor", "language"),
    ("condition's text", lambda r: r["decision"]["conditions"][0].update(text="!"), "minor",
     "decision"),
    ("condition's date", lambda r: r["decision"]["conditions"][0].update(due="2027-02-01"),
     "major", "decision"),
    ("condition gone", lambda r: r["decision"]["conditions"].clear(), "major", "decision"),
    ("outcome", lambda r: r["decision"].update(outcome="no-go"), "major", "decision"),
    ("decision gone", lambda r: r.update(decision=None), "major", "decision"),
    ("gate", lambda r: r["gate"].update(status="blocked"), "major", "gate"),
    ("framework", lambda r: r["frameworks"].append({"id": "ai-act"}), "major", "frameworks"),
    ("framework gone", lambda r: r["frameworks"].clear(), "major", "frameworks"),
    ("inherent level", lambda r: r["impacts"][0]["level"].update(inherent="low"), "major",
     "risk level"),
    ("residual level", lambda r: r["impacts"][0]["level"].update(residual="high"), "major",
     "risk level"),
    ("highest impact new", lambda r: r["impacts"].append({"id": "b", "level":
     {"inherent": "very-high", "residual": "low"}}), "major", "risk level"),
    ("highest impact gone", lambda r: r["impacts"].clear(), "major", "risk level"),
    ("gate and package", lambda r: (r["gate"].update(status="pass"),
     r["provenance"]["packages"].clear()), "major", "gate"),
]  # fmt: skip
GROWN = {"unchanged": "1.2.3", "patch": "1.2.4", "minor": "1.3.0", "major": "2.0.0"}


@pytest.mark.parametrize(("change", "kind", "reason"), [c[1:] for c in CASES],
                         ids=[case[0] for case in CASES])  # fmt: skip
def test_each_change_gives_its_kind_of_version(change: Change, kind: str, reason: str) -> None:
    before, after = previous(), previous()
    change(after)
    decision = next_version(before, after)
    assert (decision.kind, decision.version) == (kind, GROWN[kind])
    assert (reason in decision.reasons) == bool(reason)
    assert before == previous()


@given(st.lists(st.sampled_from(CASES), max_size=4))
def test_several_changes_give_the_greatest_of_their_kinds(cases: list[Any]) -> None:
    order = ["unchanged", "patch", "minor", "major"]
    separate = [case for case in cases if "gone" not in case[0]]
    # Two of the cases add an impact of the same name; the later one would hide the first.
    if any(case[0] == "highest impact new" for case in separate):
        separate = [case for case in separate if case[0] != "lower new impact"]
    after = previous()
    for case in separate:
        case[1](after)
    greatest = max([order.index(case[2]) for case in separate], default=0)
    assert order.index(next_version(previous(), after).kind) >= greatest


def test_the_first_record_is_one() -> None:
    assert next_version(None, previous()).version == "1.0.0"


def test_new_salts_alone_change_nothing_but_a_field_sealed_anew_does() -> None:
    before, salted, opened = (copy.deepcopy(previous()) for _ in range(3))
    before["assessment"]["roles"][0]["person"] = {"sealed": "1" * 64}
    salted["assessment"]["roles"][0]["person"] = {"sealed": "2" * 64}
    opened["assessment"]["roles"][0]["person"] = None
    assert next_version(before, salted).kind == "unchanged"
    assert next_version(before, opened).kind == "minor"


@given(st.tuples(*[st.integers(0, 10**8)] * 3), st.sampled_from(["major", "minor", "patch"]))
def test_a_version_always_grows(parts: tuple[int, int, int], kind: Any) -> None:
    before = ".".join(map(str, parts))
    assert version_key(bump(before, kind)) > version_key(before)
