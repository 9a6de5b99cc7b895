"""What changed between two records: things by field, figures by their interval, and nothing else."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_samples import FEATURE, A, B, record_json, seal_sample

from impactbook.checks.statistics import newcombe, wilson
from impactbook.errors import RecordError
from impactbook.model.changes import Changes, ItemChange, changes_json
from impactbook.model.evidence import Figure
from impactbook.records import read_record, verify_record
from impactbook.records.diff import State, changes_between
from impactbook.records.differences.figures import (
    difference_interval,
    figure_differences,
    judged,
)
from impactbook.records.differences.items import item_changes
from impactbook.records.differences.things import READERS, things

RATING = {
    "by": "callers", "severity": "limited", "likelihood": "limited",
    "with_safeguards": {"severity": "limited", "likelihood": "limited"},
}  # fmt: skip
Edit = Callable[[dict[str, Any]], Any]


def full_record() -> dict[str, Any]:
    """A record in which every part that is compared has one thing."""
    record = record_json()
    record["version"] = "1.0.0"
    record["feature"] |= {"volume": {"contacts_per_month": 900}, "datasets": {"training": ["cv"]}}
    record["assessment"] |= {
        "language": "de",
        "safeguards": [{"id": "notice", "title": "Ansage", "state": "planned", "owner": "owner"}],
        "answers": {"who": {"value": "planned", "rationale": "Bald.", "by": "owner"}},
        "signoffs": [{"role": "owner", "on": "2026-11-01", "digest": A, "stale": False}],
        "roles": [{"role": "owner", "person": {"sealed": A}, "unit": "Kundendienst"}],
        "triage": {
            "outcomes": [
                {
                    "id": "ai-act-4",
                    "article": {"de": "Art. 4", "en": "Art. 4"},
                    "title": {"de": "KI-Kompetenz", "en": "AI literacy"},
                    "result": "applies",
                    "standing": {"de": "seit 2. Februar 2025", "en": "since 2 February 2025"},
                }
            ]
        },
    }
    record["stakeholders"] = [
        {"id": "callers", "name": "Anrufende", "affected": True, "involvement": [
            {"method": "interview", "date": "2026-09-01", "people": 8, "dissent": "Zu früh."}]},
    ]  # fmt: skip
    record["impacts"][0] |= {
        "title": "Falsch verstanden",
        "affects": ["callers"],
        "ratings": [copy.deepcopy(RATING)],
    }
    record["frameworks"] = [
        {"id": "ethics", "version": "1.0.0", "title": {"de": "Ethik", "en": "Ethics"},
         "questions": [{"id": "who", "title": {"de": "Wer?", "en": "Who?"}, "applies": "yes",
                        "answer": {"value": "planned", "label": {"de": "geplant"}}}]},
    ]  # fmt: skip
    record["evidence"] = [
        {"dataset": "cv", "title": "Stimmen", "fingerprint": A, "rows": 7, "engine": "duckdb 1",
         "checks": [{"check": "representation", "attribute": "sex", "verdict": "ok"}]},
    ]  # fmt: skip
    record["findings"] = [
        {"id": "no_role", "code": "no_role", "effect": "blocks", "values": {"role": "owner"}}
    ]
    record["attachments"] = [{"id": "minutes", "file": {"sealed": A}, "sha256": A}]
    return record


def impact(record: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = record["impacts"][0]
    return found


# (what is done, the part, its id, how, the field, before, after)
CASES: list[tuple[Edit, str, str, str, str, Any, Any]] = [
    (lambda r: r["gate"].update(status="blocked"), "gate", "gate", "changed", "status",
     "conditional", "blocked"),
    (lambda r: r["decision"].update(outcome="no-go"), "decision", "decision", "changed",
     "outcome", "go-with-conditions", "no-go"),
    (lambda r: r["decision"].update(reasons="Darum."), "decision", "decision", "changed",
     "reasons", {"de": "Weil."}, {"de": "Darum."}),
    (lambda r: r["decision"]["conditions"][0].update(due="2027-03-31"), "condition", "more-data",
     "changed", "due", "2027-01-31", "2027-03-31"),
    (lambda r: r["decision"]["conditions"].clear(), "condition", "more-data", "removed", "due",
     "2027-01-31", None),
    (lambda r: impact(r)["level"].update(residual="low"), "level", "misheard", "changed",
     "residual", "medium", "low"),
    (lambda r: impact(r).update(mechanism="Dialekt"), "impact", "misheard", "changed",
     "mechanism", None, {"de": "Dialekt"}),
    (lambda r: impact(r)["ratings"][0].update(severity="severe"), "rating", "misheard/callers",
     "changed", "severity", "limited", "severe"),
    (lambda r: impact(r)["ratings"][0]["with_safeguards"].update(severity="negligible"), "rating",
     "misheard/callers", "changed", "severity_after", "limited", "negligible"),
    (lambda r: r["assessment"]["safeguards"][0].update(state="in-place"), "safeguard", "notice",
     "changed", "state", "planned", "in-place"),
    (lambda r: r["assessment"]["answers"]["who"].update(value="done"), "answer", "who", "changed",
     "value", "planned", "done"),
    (lambda r: r["assessment"]["answers"].clear(), "answer", "who", "removed", "value", "planned",
     None),
    (lambda r: r["frameworks"][0]["questions"][0].update(applies="no"), "question", "who",
     "changed", "applies", "yes", "no"),
    (lambda r: r["assessment"]["triage"]["outcomes"][0].update(result="does_not"), "triage",
     "ai-act-4", "changed", "result", "applies", "does_not"),
    (lambda r: r["frameworks"][0].update(version="1.1.0"), "framework", "ethics", "changed",
     "version", "1.0.0", "1.1.0"),
    (lambda r: r["stakeholders"][0].update(vulnerable=True), "stakeholder", "callers", "changed",
     "vulnerable", None, True),
    (lambda r: r["stakeholders"][0]["involvement"][0].update(people=9), "involvement",
     "callers/2026-09-01/interview", "changed", "people", 8, 9),
    (lambda r: r["stakeholders"][0]["involvement"].clear(), "involvement",
     "callers/2026-09-01/interview", "removed", "dissent", {"de": "Zu früh."}, None),
    (lambda r: r["findings"].clear(), "finding", "no_role", "removed", "finding",
     {"code": "no_role", "effect": "blocks", "subject": None, "values": {"role": "owner"}}, None),
    (lambda r: r["evidence"][0].update(rows=9), "dataset", "cv", "changed", "rows", 7, 9),
    (lambda r: r["evidence"][0]["checks"][0].update(verdict="fail"), "check",
     "cv/representation/sex", "changed", "verdict", "ok", "fail"),
    (lambda r: r["feature"]["volume"].update(contacts_per_month=1000), "feature", "voicebot",
     "changed", "volume.contacts_per_month", 900, 1000),
    (lambda r: r["assessment"]["roles"][0].update(unit="Vertrieb"), "role", "owner", "changed",
     "unit", {"de": "Kundendienst"}, {"de": "Vertrieb"}),
    (lambda r: r["assessment"]["signoffs"][0].update(stale=True), "signoff", "owner", "changed",
     "stale", False, True),
    (lambda r: r["attachments"][0].update(sha256=B), "attachment", "minutes", "changed", "sha256",
     A, B),
    (lambda r: r["ballots"].append({"sealed": A}), "ballots", "ballots", "changed", "count", 0, 1),
    (lambda r: r.update(language="en"), "record", "record", "changed", "language", "de", "en"),
    (lambda r: r["provenance"]["packages"].update(duckdb="2.1"), "package", "duckdb", "changed",
     "version", "2.0.0", "2.1"),
    (lambda r: r["provenance"]["notebooks"].update({"two.ipynb": A}), "notebook", "two.ipynb",
     "added", "version", None, A),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{c[1]}-{c[3]}-{c[4]}" for c in CASES])
def test_each_change_is_told_once_with_what_was_before_and_what_is_now(case: Any) -> None:
    edit, part, name, how, field, before, after = case
    old, new = full_record(), full_record()
    edit(new)
    (change,) = item_changes(old, new)
    assert (change.part, change.id, change.how) == (part, name, how)
    (told,) = [one for one in change.fields if one.field == field]
    assert (told.before, told.after) == (before, after)
    if how == "changed":
        assert len(change.fields) == 1


def test_the_full_record_has_a_thing_of_every_part() -> None:
    """So that the cases above leave no part out."""
    assert all(things(full_record(), part) for part in READERS)
    assert {case[1] for case in CASES} == set(READERS)


def test_a_record_compared_with_itself_differs_in_nothing() -> None:
    state = State("1.0.0", full_record(), (share(1, 4),))
    changes = changes_between(state, state)
    assert changes.empty
    assert changes.kind == "unchanged"


def test_time_day_commit_engine_salts_and_whole_floats_are_no_change() -> None:
    old, new = full_record(), full_record()
    new.update(created="2027-01-01T00:00:00Z", as_of="2027-01-01")
    new["provenance"].update(git_commit="f" * 40, engine="warm", ledger_head=B)
    new["evidence"][0].update(engine="duckdb 2.1", rows=7.0)
    new["assessment"]["roles"][0]["person"] = {"sealed": B}
    new["attachments"][0]["file"] = {"sealed": B}
    assert changes_between(State("1.0.0", old, ()), State("1.0.1", new, ())).empty


def test_a_sealed_value_is_not_compared_and_not_told() -> None:
    old, new = full_record(), full_record()
    old["attachments"][0]["sha256"] = {"sealed": A}
    new["decision"]["next_review"] = {"sealed": B}
    assert item_changes(old, new) == ()
    assert item_changes(new, old) == ()


def test_what_is_empty_and_what_is_absent_are_the_same() -> None:
    old, new = full_record(), full_record()
    new["impacts"][0].update(evidence=[], interest=None)
    assert item_changes(old, new) == ()


@given(st.lists(st.sampled_from(range(len(CASES))), max_size=6, unique=True))
def test_turning_the_comparison_round_turns_every_change_round(chosen: list[int]) -> None:
    old, new = full_record(), full_record()
    # What is removed is removed last: before that it may still be changed.
    for index in sorted(chosen, key=lambda index: CASES[index][3] == "removed"):
        CASES[index][0](new)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}

    def told(changes: tuple[ItemChange, ...], *, back: bool) -> set[str]:
        return {
            json.dumps([
                one.part, one.id, turned[one.how] if back else one.how,
                sorted((f.field, json.dumps([f.after, f.before] if back else [f.before, f.after],
                                            sort_keys=True)) for f in one.fields),
            ])
            for one in changes
        }  # fmt: skip

    assert told(item_changes(old, new), back=False) == told(item_changes(new, old), back=True)


def test_an_answer_is_told_with_its_label_and_its_question() -> None:
    old, new = full_record(), full_record()
    new["assessment"]["answers"]["who"]["value"] = "done"
    new["frameworks"][0]["questions"][0]["answer"] = {"value": "done", "label": {"de": "erledigt"}}
    (change,) = item_changes(old, new)
    (field,) = change.fields
    assert change.title is not None
    assert change.title.en == "Who?"
    assert field.before_label is not None
    assert field.before_label.de == "geplant"
    assert field.after_label is not None
    assert field.after_label.de == "erledigt"


def test_the_same_words_in_another_language_are_a_change_that_says_so() -> None:
    old, new = full_record(), full_record()
    new["assessment"]["language"] = "en"
    reasons = [
        field for one in item_changes(old, new) if one.part == "decision" for field in one.fields
    ]
    assert [(one.before, one.after) for one in reasons] == [({"de": "Weil."}, {"en": "Weil."})]


def test_two_things_of_one_id_are_told_apart() -> None:
    old, new = full_record(), full_record()
    new["stakeholders"][0]["involvement"].append(
        {"method": "interview", "date": "2026-09-01", "people": 3}
    )
    (change,) = item_changes(old, new)
    assert (change.id, change.how) == ("callers/2026-09-01/interview#2", "added")


def test_inputs_of_other_content_are_named() -> None:
    old, new = full_record(), full_record()
    new["provenance"]["inputs"]["data cv"] = B
    new["provenance"]["inputs"]["reference people"] = A
    changes = changes_between(State("1.0.0", old, ()), State("1.1.0", new, ()))
    assert changes.inputs == ("data cv", "reference people")
    assert changes.kind == "minor"


# --- figures --------------------------------------------------------------------------------------


def share(k: int, n: int, **changes: Any) -> Figure:
    interval = wilson(k, n)
    return Figure.model_validate(
        {
            "id": "cv/share/sex/female/", "source": "cv", "kind": "training_data",
            "metric": "share", "unit": "person", "attribute": "sex", "group": "female",
            "value": k / n, "numerator": k, "denominator": n, "ci_low": interval.low,
            "ci_high": interval.high, "ci_level": 0.95, "method": "wilson", **changes,
        }
    )  # fmt: skip


def test_the_interval_of_a_change_of_shares_is_newcombes() -> None:
    """56/70 then 48/80, his example (a): 0.2000 with 0.0524 to 0.3339 (Newcombe, 1998, table II)."""
    interval = difference_interval(share(48, 80), share(56, 70))
    assert interval is not None
    assert interval == pytest.approx((0.0524, 0.3339), abs=5e-5)
    ours = newcombe(56, 70, 48, 80)
    assert interval == pytest.approx((ours.low, ours.high), rel=1e-12)


def test_a_change_may_exceed_its_interval_although_the_two_intervals_overlap() -> None:
    """48/80 is 0.49 to 0.70 and 56/70 is 0.69 to 0.88: they overlap, the difference is not zero."""
    before, after = share(48, 80), share(56, 70)
    assert before.ci_high is not None
    assert after.ci_low is not None
    assert before.ci_high > after.ci_low
    assert judged(before, after, same_data=False) == "beyond"
    assert judged(after, before, same_data=False) == "beyond"


def test_a_change_of_a_few_among_few_lies_within_its_interval() -> None:
    """5/10 then 6/10: 0.1 with about -0.29 to 0.46."""
    assert judged(share(5, 10), share(6, 10), same_data=False) == "within"


def test_the_interval_of_asymmetric_figures_uses_the_near_side_of_each() -> None:
    """2 (1 to 4) then 5 (4 to 9): 3 - sqrt(1 + 4) = 0.764; 3 + sqrt(16 + 1) = 7.123."""
    before = share(1, 2, value=2.0, ci_low=1.0, ci_high=4.0)
    after = share(1, 2, value=5.0, ci_low=4.0, ci_high=9.0)
    interval = difference_interval(before, after)
    assert interval == pytest.approx((3 - math.sqrt(5), 3 + math.sqrt(17)), rel=1e-12)


@pytest.mark.parametrize(
    ("before", "after", "same", "expected"),
    [
        (share(1, 4), share(3, 4, value=None), False, "hidden"),
        (share(1, 4, value=None), share(3, 4), True, "hidden"),
        (share(1, 4), share(3, 4), True, "same_data"),
        (share(1, 4), share(3, 4, unit="row"), False, "other_method"),
        (share(1, 4), share(3, 4, method="clopper_pearson"), False, "other_method"),
        (share(5, 10), share(6, 10, method="wilson;effective_n=9"), False, "within"),
        (share(1, 4), share(3, 4, ci_level=0.99), False, "levels_differ"),
        (share(1, 4), share(3, 4, ci_low=None, ci_high=None, ci_level=None), False, "no_interval"),
        (share(1, 4), share(3, 4, ci_low=0.8), False, "no_interval"),
        (share(1, 4, metric="representation_ratio", reference=0.5),
         share(3, 4, metric="representation_ratio", reference=0.4), False, "other_method"),
        (share(1, 4, reference=0.5), share(1, 4, reference=0.4), False, "within"),
    ],
)  # fmt: skip
def test_where_it_cannot_be_said_the_reason_is(
    before: Figure, after: Figure, same: bool, expected: str
) -> None:
    assert judged(before, after, same_data=same) == expected


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 60), st.integers(0, 60))
def test_every_change_of_shares_is_judged_as_newcombes_interval_says(
    n1: int, n2: int, k1: int, k2: int
) -> None:
    before, after = share(min(k1, n1), n1), share(min(k2, n2), n2)
    theirs = newcombe(min(k2, n2), n2, min(k1, n1), n1)
    interval = difference_interval(before, after)
    assert interval == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    clear = theirs.low > 1e-12 or theirs.high < -1e-12
    if abs(theirs.low) > 1e-12 and abs(theirs.high) > 1e-12:
        assert (judged(before, after, same_data=False) == "beyond") == clear


def test_figures_that_came_went_and_changed_are_told_apart() -> None:
    gone, new = share(1, 4, id="cv/share/sex/x/"), share(1, 4, id="cv/share/sex/y/")
    kept = share(1, 4, id="cv/share/sex/z/")
    found = figure_differences([share(1, 4), gone, kept], [share(2, 4), new, kept])
    assert [one.id for one in found.changed] == ["cv/share/sex/female/"]
    assert (found.added, found.removed) == ((new.id,), (gone.id,))
    (change,) = found.changed
    assert (change.before.numerator, change.after.numerator, change.difference) == (1, 2, 0.25)
    assert change.ci_low is not None
    assert change.ci_low < 0


def test_another_verdict_alone_is_a_change_and_noise_in_the_last_digit_is_none() -> None:
    (change,) = figure_differences([share(1, 4)], [share(1, 4, verdict="fail")]).changed
    assert (change.before.verdict, change.after.verdict, change.difference) == ("", "fail", 0.0)
    assert figure_differences([share(1, 4)], [share(1, 4, value=0.25 * (1 + 1e-13))]).changed == ()


# --- in a record ----------------------------------------------------------------------------------


def test_a_sealed_record_tells_what_changed_since_the_one_before(tmp_path: Path) -> None:
    seal_sample(tmp_path)
    seal_sample(tmp_path, value=0.5, gate={"status": "blocked", "reasons": []})
    told = read_record(tmp_path, FEATURE, "2.0.0")["previous"]["changes"]
    changes = Changes.model_validate(told)
    assert (changes.old, changes.new, changes.kind) == ("1.0.0", "2.0.0", "major")
    assert changes.reasons == ("gate",)
    (figure,) = changes.figures
    assert (figure.before.value, figure.after.value) == (0.25, 0.5)
    assert [(one.part, one.how) for one in changes.items] == [("gate", "changed")]
    assert changes_json(changes) == told
    assert verify_record(tmp_path, FEATURE, "2.0.0").holds


def test_a_first_record_tells_no_changes_and_a_forced_one_that_there_are_none(
    tmp_path: Path,
) -> None:
    seal_sample(tmp_path)
    assert read_record(tmp_path, FEATURE, "1.0.0")["previous"] is None
    seal_sample(tmp_path, force=True)
    told = read_record(tmp_path, FEATURE, "1.0.1")["previous"]["changes"]
    assert Changes.model_validate(told).empty
    assert verify_record(tmp_path, FEATURE, "1.0.1").holds


def test_no_name_gets_into_the_changes(tmp_path: Path) -> None:
    seal_sample(tmp_path)
    seal_sample(
        tmp_path, assessment={"roles": [{"role": "owner", "person": "Balduin Querfurth"}]},
        stakeholders=[],
    )  # fmt: skip
    text = json.dumps(read_record(tmp_path, FEATURE, "1.1.0"))
    assert "changes" in text
    assert "Querfurth" not in text
    assert "Mustermann" not in text


def test_figures_of_the_predecessor_that_were_changed_stop_the_sealing(tmp_path: Path) -> None:
    """Else the new record would tell a wrong "before"."""
    seal_sample(tmp_path)
    path = tmp_path / FEATURE / "1.0.0/evidence/figures.csv"
    path.write_bytes(path.read_bytes().replace(b"0.25", b"0.35"))
    with pytest.raises(RecordError, match=r"figures\.csv was changed"):
        seal_sample(tmp_path, value=0.5)
