"""From a declaration to evidence: every expected figure of the three samples, and what is masked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from counted_by_hand import SHARED, expected, meets
from declared import dataset, result, table
from declared import run as declared_run
from expected_mapping import BANK, BANK_UNKNOWN_AS_GROUP, CHAT, VOICES, answer_to

from impactbook.checks import DatasetRun, run_checks, validation_documents
from impactbook.checks.reference import load_reference
from impactbook.model.dataset import Dataset
from impactbook.model.evidence import DatasetEvidence, Figure
from impactbook.workspace.digests import data_digest
from impactbook.workspace.reading import parse, read_yaml

DECLARED = Path(__file__).resolve().parents[2] / "data_checks"
REFERENCES = DECLARED / "references"


def declaration(name: str) -> Dataset:
    path = DECLARED / f"{name}.yaml"
    data, lines = read_yaml(path.read_bytes(), path.name)
    return parse(Dataset, data, path.name, lines)


def run(name: str, declared: Dataset, limit: int) -> DatasetRun:
    return run_checks(name, declared, folder=DECLARED, limit=limit, references=REFERENCES)


def unknown_as_group(declared: Dataset) -> Dataset:
    """The bank's data with "unknown" education as a group of its own, as the expected rows count."""
    column = declared.columns["education"].model_copy(update={"missing": (), "allowed": ()})
    return declared.model_copy(update={"columns": {**declared.columns, "education": column}})


@pytest.fixture(scope="module")
def open_runs() -> dict[str, DatasetRun]:
    runs = {name: run(name, declaration(name), 1) for name in (BANK, CHAT, VOICES)}
    variant = unknown_as_group(declaration(BANK))
    return {**runs, BANK_UNKNOWN_AS_GROUP: run(BANK_UNKNOWN_AS_GROUP, variant, 1)}


@pytest.fixture(scope="module")
def masked_runs() -> dict[str, DatasetEvidence]:
    return {name: run(name, declaration(name), 5).evidence for name in (BANK, VOICES)}


def find(evidence: DatasetEvidence, **wanted: str | None) -> Figure:
    (figure,) = [
        figure
        for figure in evidence.figures
        if all(getattr(figure, key) == value for key, value in wanted.items() if value is not None)
    ]
    return figure


def expected_rows() -> list[Mapping[str, str]]:
    if not SHARED.exists():
        return []
    names = ("bank-full", "banking77", "cv_singleword_de", "cv_de vs destatis")
    return [row for name in names for row in expected(name)]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not here")
def test_every_expected_figure_of_the_samples_comes_out(open_runs: dict[str, DatasetRun]) -> None:
    """Each expected row has an answer with its value, numerator and denominator."""
    rows = expected_rows()
    wrong = []
    for row in rows:
        answer = answer_to(row)
        figure = find(
            open_runs[answer.run].evidence,
            metric=answer.metric,
            attribute=answer.attribute,
            group=answer.group,
            condition=answer.condition,
        )
        if not meets(figure, row):
            wrong.append((row["dataset"], row["metric"], row["group"], row["value"], figure.value))
    assert wrong == []
    assert len(rows) == 229


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not here")
def test_the_reference_population_has_the_expected_shares() -> None:
    """Shares of the shipped copy equal those of the original; only its rows of totals are gone."""
    reference = load_reference("destatis-bevoelkerung-2023", REFERENCES)
    bands = {"<25": (0, 25), "25-34": (25, 35), "35-44": (35, 45), "45-54": (45, 55)}
    bands |= {"55-64": (55, 65), "65+": (65, 200)}
    ages = {int(age): people for age, people in reference.by_value("age").items()}
    found = {
        "all": reference.total,
        **{f"sex={sex}": people for sex, people in reference.by_value("sex").items()},
        **{f"Land={land}": people for land, people in reference.by_value("land").items()},
        **{
            f"age={name}": sum(people for age, people in ages.items() if low <= age < high)
            for name, (low, high) in bands.items()
        },
    }
    for row in expected("destatis"):
        if row["metric"] == "age codes":
            assert len(ages) == float(row["value"])
        elif row["metric"] == "population":
            assert found["all"] == float(row["value"])
        elif row["metric"] == "population share":
            share = found[row["group"]] / reference.total
            assert share == pytest.approx(float(row["value"]), rel=1e-6)
            assert not row["numerator"] or found[row["group"]] == float(row["numerator"])
        else:
            # 16 states x 2 sexes x 91 ages; the original's 4,416 rows hold totals as well.
            assert row["metric"] == "rows"
            assert len(reference.rows) == 16 * 2 * 91


def test_the_default_limit_masks_small_groups_of_speakers(
    masked_runs: dict[str, DatasetEvidence],
) -> None:
    """At limit 5 nobody is shown among 1 to 4 people, and what would give them away is gone too."""
    for evidence in masked_runs.values():
        assert evidence.suppression_limit == 5
        for figure in evidence.figures:
            if figure.unit == "person" and figure.metric in ("share", "share_of_all"):
                assert figure.numerator is None or not 0 < figure.numerator < 5, figure.id
    # One customer is under 25 and divorced: the cell is masked, its margin is not.
    thin = find(
        masked_runs[BANK], metric="label_share", attribute="age*marital", group="<25 / divorced"
    )
    assert (thin.value, thin.numerator, thin.verdict) == (None, None, "suppressed")
    young = find(masked_runs[BANK], metric="share_of_all", attribute="age", group="<25")
    assert young.numerator == 809
    # 1 speaker in their eighties; another small group is masked with them.
    speakers = [
        figure
        for figure in masked_runs[VOICES].figures
        if figure.metric == "share_of_all" and figure.attribute == "age" and not figure.condition
    ]
    hidden = [figure.group for figure in speakers if figure.verdict == "suppressed"]
    assert "eighties" in hidden
    assert len(hidden) >= 2


def test_the_finding_on_women_stands_at_the_default_limit(
    masked_runs: dict[str, DatasetEvidence],
) -> None:
    """65 women of 396 with a known sex, against 0.50678 of the population: 0.324."""
    figure = find(
        masked_runs[VOICES],
        metric="representation_ratio",
        attribute="gender",
        group="female",
        condition="",
    )
    assert figure.value == pytest.approx(65 / 396 / (42294114 / 83456045))
    assert (figure.numerator, figure.denominator, figure.unknown) == (65, 396, 1010)
    assert figure.verdict == "fail"
    assert masked_runs[VOICES].persons == 1411


def test_data_without_people_is_not_measured_and_not_a_pass(
    open_runs: dict[str, DatasetRun],
) -> None:
    """Banking77 holds nothing on people: both checks of representation are `not_measured`."""
    evidence = open_runs[CHAT].evidence
    checks = [check for check in evidence.checks if check.check == "representation"]
    assert [(c.attribute, c.verdict, c.problem) for c in checks] == [
        ("age", "not_measured", "not_in_data"),
        ("gender", "not_measured", "not_in_data"),
    ]
    figure = find(evidence, metric="representation_ratio", attribute="age")
    assert (figure.value, figure.verdict) == (None, "not_measured")


def test_a_dataset_that_asks_nothing_about_people_says_so() -> None:
    """Without any check of representation there is one result, `not_declared`."""
    declared = declaration(CHAT)
    silent = declared.model_copy(
        update={"checks": declared.checks.model_copy(update={"representation": ()})}
    )
    evidence = run(CHAT, silent, 5).evidence
    (check,) = [check for check in evidence.checks if check.check == "representation"]
    assert (check.verdict, check.problem, check.required) == ("not_measured", "not_declared", True)


LABELLED = table((6, "a,f"), (3, "b,f"), (2, "b,m"), header="topic,sex")


def test_a_label_that_no_check_names_is_asked_for_the_balance_of_its_classes(
    tmp_path: Path,
) -> None:
    """6 times "a", 5 times "b": the larger class is 6/5 of the smaller."""
    declared = dataset({"topic": "label", "sex": "protected"})
    evidence = declared_run(tmp_path, declared, LABELLED).evidence
    assert result(evidence, "labels", "topic").verdict == "ok"
    assert find(evidence, metric="imbalance_ratio", attribute="topic").value == 6 / 5
    assert declared.checks.labels == ()
    assert evidence.declaration == data_digest(declared.model_dump(mode="json", by_alias=True))


def test_a_label_that_a_check_names_is_not_asked_twice(tmp_path: Path) -> None:
    """With a positive value shares are compared, and nobody asks for the balance of classes."""
    declared = dataset(
        {"topic": "label", "sex": "protected"},
        {"labels": [{"label": "topic", "positive": "b", "attributes": ["sex"]}]},
    )
    evidence = declared_run(tmp_path, declared, LABELLED).evidence
    assert len([check for check in evidence.checks if check.check == "labels"]) == 1
    assert not [one for one in evidence.figures if one.metric == "imbalance_ratio"]


def test_a_label_with_too_many_values_is_not_measured_and_says_why(tmp_path: Path) -> None:
    """1,001 different numbers are no classes; the other checks are run all the same."""
    content = "amount\n" + "".join(f"{number}\n" for number in range(1001))
    evidence = declared_run(tmp_path, dataset({"amount": "label"}), content).evidence
    check = result(evidence, "labels", "amount")
    assert (check.verdict, check.problem) == ("not_measured", "too_many_values")
    assert result(evidence, "missing").verdict == "ok"


def test_evidence_names_what_it_was_computed_on(open_runs: dict[str, DatasetRun]) -> None:
    """Rows, engines, and every figure of a check stand in the evidence; ids are unique."""
    evidence = open_runs[BANK].evidence
    assert evidence.rows == 45211
    assert evidence.engine.startswith("duckdb ")
    ids = [figure.id for figure in evidence.figures]
    assert len(ids) == len(set(ids))
    assert {name for check in evidence.checks for name in check.figures} == set(ids)
    # Hypotheses are answered from figures and not from rows.
    measured = [
        check
        for check in evidence.checks
        if check.verdict != "not_measured" and check.check != "hypotheses"
    ]
    assert {check.rows_seen for check in measured} == {45211}


def test_documents_are_the_same_bytes_again_and_hold_results_only(
    open_runs: dict[str, DatasetRun],
) -> None:
    """The stored validation results are JSON, and a second run gives the same."""
    again = run(CHAT, declaration(CHAT), 1)
    (content,) = validation_documents(again).values()
    assert validation_documents(open_runs[CHAT]) == validation_documents(again)
    results = json.loads(content)["results"]
    assert {"expectation", "verdict", "rows_seen", "figures"} <= set(results[0])
