"""What counts as measured: exceptions, empty results and other rows never become a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from declared import dataset, figure, reference, result, run, table
from great_expectations.core import ExpectationValidationResult
from great_expectations.expectations import ExpectColumnValuesToBeInSet

from impactbook.checks.contingency import Contingency
from impactbook.checks.figures import FigureContext
from impactbook.checks.prepare import GROUPS, PLAUSIBLE
from impactbook.checks.suite import PlannedCheck
from impactbook.checks.validate import Counts, outcome, raised
from impactbook.errors import InputError
from impactbook.model.evidence import DatasetEvidence

CONTENT = table((60, "f,30,yes"), (140, "m,50,no"), header="sex,age,y")
COLUMNS = {"sex": "protected", "age": "feature", "y": "label"}
REPRESENTATION = {
    "attribute": "sex",
    "reference": "people",
    "column": "sex",
    "map": {"f": ["f"], "m": ["m"]},
}
CHECKS: dict[str, Any] = {
    "representation": [REPRESENTATION],
    "labels": [{"label": "y", "positive": "yes", "attributes": ["sex"]}],
}
COUNTS = Counts(200, FigureContext("test", "training_data", 5), has_persons=False)
PLANNED = PlannedCheck(
    "schema", PLAUSIBLE, ExpectColumnValuesToBeInSet(column="y", value_set=["yes"]), ("y",)
)


def measured(folder: Path, limit: int = 5) -> DatasetEvidence:
    reference(folder / "references", "sex,n\nf,51\nm,49\n", 100)
    return run(folder, dataset(COLUMNS, CHECKS), CONTENT, limit).evidence


def test_a_good_run_measures_every_check(tmp_path: Path) -> None:
    """60 of 200 against 51 %: women reach 0.588 of their share, which fails."""
    evidence = measured(tmp_path)
    assert all(check.verdict != "not_measured" for check in evidence.checks)
    women = figure(evidence, "representation_ratio", group="f")
    assert women.value == pytest.approx(60 / 200 / 0.51)
    assert result(evidence, "representation").verdict == "fail"
    assert result(evidence, "labels").verdict == "fail"


def test_a_query_that_returns_nothing_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stock data source's trap, simulated: every count of groups comes back empty."""
    from impactbook.checks import contingency

    real = contingency.count_tables

    def emptied(engine: Any, rows: Any, wanted: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr("impactbook.checks.dialects.fetch", lambda engine, statement: [])
            return real(engine, rows, wanted)

    monkeypatch.setattr(contingency, "count_tables", emptied)
    evidence = measured(tmp_path)
    for check in evidence.checks:
        if check.check != "schema":
            assert (check.verdict, check.problem) == ("not_measured", "no_rows"), check
    assert figure(evidence, "representation_ratio").verdict == "not_measured"


def test_an_exception_in_a_metric_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the exception is kept but the word."""

    def fail(*args: object) -> None:
        raise RuntimeError("Sentinel5120")

    monkeypatch.setattr("impactbook.checks.contingency.count_tables", fail)
    evidence = measured(tmp_path)
    assert {c.problem for c in evidence.checks if c.check != "schema"} == {"exception"}
    assert {c.verdict for c in evidence.checks if c.check != "schema"} == {"not_measured"}
    assert "Sentinel5120" not in evidence.model_dump_json()


def test_a_failing_batch_is_not_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If Great Expectations cannot even begin, nothing was measured."""

    def fail(*args: object) -> None:
        raise RuntimeError("Sentinel5120")

    monkeypatch.setattr("impactbook.checks.gx_sql.SQLBatches.of", fail)
    evidence = measured(tmp_path)
    assert {(c.verdict, c.problem) for c in evidence.checks} == {("not_measured", "exception")}


def test_rows_that_differ_from_those_counted_are_not_measured(tmp_path: Path) -> None:
    """A check that saw 199 of 200 rows says nothing about the 200."""
    seen = {"element_count": 199, "unexpected_count": 0, "missing_count": 0}
    found = outcome(PLANNED, validation(True, seen), COUNTS)
    assert (found.verdict, found.problem) == ("not_measured", "row_count_differs")
    assert [f.verdict for f in found.figures] == ["not_measured"]


def validation(
    success: bool, content: dict[str, Any], info: dict[str, Any] | None = None
) -> ExpectationValidationResult:
    return ExpectationValidationResult(success=success, result=content, exception_info=info)


@pytest.mark.parametrize(
    ("content", "verdict", "problem"),
    [
        ({"element_count": 200, "unexpected_count": 0, "missing_count": 10}, "ok", ""),
        ({"element_count": 200, "unexpected_count": 9, "missing_count": 10}, "fail", ""),
        ({"element_count": 200, "missing_count": 200}, "not_measured", "no_values"),
        ({"element_count": 0}, "not_measured", "no_rows"),
        ({}, "not_measured", "rows_not_counted"),
    ],
)
def test_stock_results_are_read_by_their_counts(
    content: dict[str, Any], verdict: str, problem: str
) -> None:
    """A column without any value, or a result that tells no rows, is no pass, whatever it says."""
    found = outcome(PLANNED, validation(True, content), COUNTS)
    assert (found.verdict, found.problem) == (verdict, problem)


@pytest.mark.parametrize(
    ("info", "is_raised"),
    [
        ({"raised_exception": False, "exception_message": None}, False),
        ({"raised_exception": True}, True),
        ({"MetricConfigurationID(...)": {"raised_exception": True}}, True),
        ({"MetricConfigurationID(...)": {"raised_exception": False}}, False),
        ({"something new": "text"}, True),
        (None, False),
    ],
)
def test_an_exception_is_found_in_both_shapes(info: dict[str, Any] | None, is_raised: bool) -> None:
    """Great Expectations keeps one entry, or one per failed metric."""
    assert raised(validation(True, {}, info)) is is_raised
    if is_raised:
        found = outcome(PLANNED, validation(True, {"element_count": 200}, info), COUNTS)
        assert (found.verdict, found.problem) == ("not_measured", "exception")


def test_a_check_without_result_is_not_measured() -> None:
    """A result that never came is no pass."""
    assert outcome(PLANNED, None, COUNTS).problem == "exception"


def test_schema_checks_fail_and_mask_small_numbers(tmp_path: Path) -> None:
    """3 values outside the list: it fails, and how many is not told below the limit of 5."""
    columns = {
        "sex": {"role": "protected", "allowed": ["f", "m"]},
        "age": {"role": "feature", "minimum": 40},
        "y": {"role": "label", "maximum": 5},
    }
    content = CONTENT + "x,41,no\n" * 3
    evidence = run(tmp_path, dataset(columns), content, 5).evidence
    assert [result(evidence, "schema", name).verdict for name in columns] == ["fail"] * 3
    sex = figure(evidence, "invalid_share", attribute="sex")
    assert (sex.value, sex.numerator, sex.verdict) == (None, None, "fail")
    # 60 of 203 are younger than 40; all 203 labels are no numbers.
    age = figure(evidence, "invalid_share", attribute="age")
    assert (age.numerator, age.denominator) == (60, 203)
    assert figure(evidence, "invalid_share", attribute="y").numerator == 203


def test_a_gap_can_be_declared_and_says_why(tmp_path: Path) -> None:
    """`required: false` and its reason reach the result."""
    checks = {
        "representation": [
            {
                "attribute": "age",
                "not_in_data": "Not asked.",
                "required": False,
                "because": "No reference exists.",
            }
        ]
    }
    evidence = run(tmp_path, dataset(COLUMNS, checks), CONTENT).evidence
    found = result(evidence, "representation")
    assert (found.verdict, found.required, found.because) == (
        "not_measured",
        False,
        "No reference exists.",
    )


def test_a_group_that_the_reference_lacks_stops_the_check(tmp_path: Path) -> None:
    """The declaration is wrong, not the data: one sentence with field and remedy."""
    reference(tmp_path / "references", "sex,n\nf,51\nm,49\n", 100)
    content = CONTENT + "d,30,no\n" * 6
    with pytest.raises(InputError, match="'d', which has no counterpart") as caught:
        run(tmp_path, dataset(COLUMNS, CHECKS), content, 5)
    assert caught.value.field == "checks.representation[0]"


def test_two_references_for_one_attribute_stay_apart(tmp_path: Path) -> None:
    """Their figures carry the reference as a condition."""
    folder = tmp_path / "references"
    reference(folder, "sex,n\nf,51\nm,49\n", 100)
    for ending in ("csv", "yaml"):
        (folder / f"people.{ending}").rename(folder / f"others.{ending}")
    reference(folder, "sex,n\nf,51\nm,49\n", 100)
    both = {"representation": [REPRESENTATION, {**REPRESENTATION, "reference": "others"}]}
    evidence = run(tmp_path, dataset(COLUMNS, both), CONTENT).evidence
    conditions = {f.condition for f in evidence.figures if f.metric == "representation_ratio"}
    assert {"reference=people", "reference=others"} <= conditions


def test_persons_are_counted_once(tmp_path: Path) -> None:
    """10 women with 9 recordings each, 90 men with one: 10 %, not 50 %."""
    people = [f"w{n},f" for n in range(10) for _ in range(9)] + [f"m{n},m" for n in range(90)]
    content = "who,sex\n" + "\n".join(people) + "\n"
    reference(tmp_path / "references", "sex,n\nf,50\nm,50\n", 100)
    declared = dataset(
        {"who": "person_id", "sex": "protected"},
        {"representation": [REPRESENTATION]},
        unit="person",
    )
    evidence = run(tmp_path, declared, content).evidence
    assert (evidence.rows, evidence.persons) == (180, 100)
    women = figure(evidence, "representation_ratio", group="f")
    assert (women.numerator, women.denominator) == (10, 100)
    assert figure(evidence, "share", attribute="sex", group="f", condition="unit=row").value == 0.5


def test_metrics_are_registered_under_our_names() -> None:
    """The names under which anyone's suite finds them."""
    assert Contingency.metric_name == "impactbook.contingency"
    assert GROUPS != PLAUSIBLE
