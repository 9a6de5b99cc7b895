"""Labels and proxies from a declaration to figures and sentences, on rows and on persons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from declared import dataset, figure, result, run, table

from impactbook.checks import statistics as s
from impactbook.render.labels import Labels
from impactbook.render.sentences import sentence

COLUMNS: dict[str, Any] = {
    "sex": {
        "role": "protected",
        "label": {"de": "Geschlecht", "en": "Sex"},
        "labels": {"f": {"de": "weiblich", "en": "female"}, "m": {"de": "männlich", "en": "male"}},
    },
    "hours": {"role": "feature", "label": {"de": "Arbeitszeit", "en": "Working hours"}},
    "hand": "feature",
    "hired": {
        "role": "label",
        "label": {"de": "Einstellung", "en": "Hired"},
        "labels": {"yes": {"de": "ja", "en": "yes"}, "no": {"de": "nein", "en": "no"}},
    },
}
# Part time is worked by 70 of 100 women and 20 of 100 men; hands are alike.
ROWS = table(
    (15, "f,part,left,yes"),
    (55, "f,part,right,no"),
    (15, "f,full,left,yes"),
    (15, "f,full,right,no"),
    (10, "m,part,left,yes"),
    (10, "m,part,right,no"),
    (20, "m,full,left,yes"),
    (60, "m,full,right,yes"),
    header="sex,hours,hand,hired",
)
LABELS = {
    "labels": [{"label": "hired", "positive": "yes", "attributes": ["sex"], "given": "hours"}]
}


def test_labels_of_two_groups_by_hand(tmp_path: Path) -> None:
    evidence = run(tmp_path, dataset(COLUMNS, LABELS), ROWS).evidence
    positive = "label=hired;positive=yes"
    # women 30 of 100, men 90 of 100
    difference = figure(
        evidence, "difference_in_proportions_of_labels", group="f", condition=positive
    )
    assert difference.value == pytest.approx(0.6)
    assert difference.p_adjusted is not None
    assert difference.p_adjusted < 1e-15
    # among part time: women 55 of 65 without, 15 of 25 with; among full time: 15 of 15 and 15 of 95
    given = figure(
        evidence,
        "conditional_demographic_disparity",
        group="f",
        condition=f"{positive};given=hours",
    )
    wanted = (90 * (55 / 65 - 15 / 25) + 110 * (15 / 15 - 15 / 95)) / 200
    assert given.value == pytest.approx(wanted)
    assert given.ci_low is not None
    assert given.ci_high is not None
    assert given.ci_low < wanted < given.ci_high
    assert result(evidence, "labels").verdict == "fail"


def test_a_strong_proxy_is_found_and_said(tmp_path: Path) -> None:
    evidence = run(tmp_path, dataset(COLUMNS, {"proxies": {}}), ROWS).evidence
    assert result(evidence, "proxies").verdict == "attention"
    found = figure(evidence, "cramers_v_corrected", attribute="sex*hours")
    # phi2 = 200 (70*80 - 30*20)^2 / (100*100*90*110) / 200 = 5000^2/99,000,000
    assert found.value == pytest.approx(s.cramers_v_corrected([[70, 30], [20, 80]]))
    assert figure(evidence, "cramers_v_corrected", attribute="sex*hand").verdict == "ok"
    told = evidence.model_dump(mode="json")
    assert sentence(found, Labels.of(told, "de")).startswith(
        "Zusammenhang von „Geschlecht“ und „Arbeitszeit“: 0,50 auf einer Skala von 0 (keiner) bis 1"
    )
    assert sentence(found, Labels.of(told, "en")).startswith(
        "Association of “Sex” and “Working hours”: 0.50 on a scale from 0 (none) to 1"
    )


def test_proxies_are_asked_only_where_the_declaration_does(tmp_path: Path) -> None:
    evidence = run(tmp_path, dataset(COLUMNS), ROWS).evidence
    assert not [one for one in evidence.figures if one.metric == "cramers_v_corrected"]


def test_small_groups_never_tell_a_count_through_an_association(tmp_path: Path) -> None:
    """Three people of a rare group: they stand with others, and no figure holds their number."""
    rows = ROWS + "x,part,left,yes\n" * 3
    declared = dataset(COLUMNS, {**LABELS, "proxies": {}})
    evidence = run(tmp_path, declared, rows, limit=5).evidence
    for one in evidence.figures:
        assert one.numerator != 3
    again = run(tmp_path, declared, ROWS + "y,part,left,yes\n" * 3, limit=5).evidence
    assert again.figures == evidence.figures


def test_rows_of_a_few_persons_get_the_intervals_of_a_few_persons(tmp_path: Path) -> None:
    """Each of 20 persons stands in ten rows: 200 rows tell what 20 people tell."""
    lines = ROWS.splitlines()
    persons = [f"p{place // 10},{row}" for place, row in enumerate(lines[1:])]
    content = "\n".join([f"id,{lines[0]}", *persons]) + "\n"
    columns = {**COLUMNS, "id": "person_id"}
    declared = dataset(columns, {**LABELS, "proxies": {}}, unit="person")
    evidence = run(tmp_path, declared, content).evidence
    share = figure(evidence, "label_share", group="f", condition="label=hired;positive=yes")
    assert (share.numerator, share.denominator) == (30, 100)
    assert share.method == "wilson;effective_n=10"
    assert share.ci_low == pytest.approx(s.wilson_effective(0.3, 10).low)
    distance = figure(evidence, "label_total_variation", group="f", condition="label=hired")
    assert distance.method == "bootstrap;effective_n=20;expected_below_5"
    found = figure(evidence, "cramers_v_corrected", attribute="sex*hours")
    assert found.method == "bootstrap;effective_n=20"
    assert found.verdict == "not_enough_data"


def test_every_class_has_its_count_and_the_thinnest_a_name(tmp_path: Path) -> None:
    content = table((40, "card"), (30, "loan"), (8, "fee"), header="intent")
    declared = dataset({"intent": "label"}, {"labels": [{"label": "intent"}]})
    evidence = run(tmp_path, declared, content, limit=5).evidence
    counts = {f.group: f.value for f in evidence.figures if f.metric == "class_count"}
    assert counts == {"card": 40, "fee": 8, "loan": 30}
    evenness = figure(evidence, "effective_number_of_groups", attribute="intent")
    assert evenness.method == "hill_1;bootstrap"
    assert evenness.value == pytest.approx(s.hill([40, 30, 8], 1))
    assert evenness.value is not None
    assert evenness.ci_low is not None
    assert evenness.ci_high is not None
    assert evenness.ci_low < evenness.value < evenness.ci_high <= 3
    told = Labels.of(evidence.model_dump(mode="json"), "de")
    smallest = figure(evidence, "class_count", group="fee")
    assert sentence(smallest, told) == "Die Klasse „fee“ hat 8 Einträge."


def test_a_masked_class_is_counted_with_others_and_never_alone(tmp_path: Path) -> None:
    content = table((40, "card"), (30, "loan"), (3, "fee"), (9, "top"), header="intent")
    columns = {"intent": {"role": "label", "allowed": ["card", "loan", "fee", "top"]}}
    declared = dataset(columns, {"labels": [{"label": "intent"}]})
    evidence = run(tmp_path, declared, content, limit=5).evidence
    hidden = figure(evidence, "class_count", group="fee")
    assert (hidden.value, hidden.verdict) == (None, "suppressed")
    # fee and top stand together: 40, 30 and 12 of 82
    evenness = figure(evidence, "gini_simpson", condition="masked=together")
    assert evenness.value == pytest.approx(1 - (40**2 + 30**2 + 12**2) / 82**2)
