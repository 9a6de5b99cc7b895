"""Each expectation fails on data that must fail, and measures nothing where nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from declared import table
from great_expectations.core import ExpectationValidationResult
from great_expectations.expectations.expectation import Expectation

from impactbook.checks import expectations as ours
from impactbook.checks.gx_duckdb import Batches, open_batches

# 200 persons: 180 men, 20 women; all men are 40, all women 20; labels, texts and splits below.
CONTENT = table(
    (140, "m,40,no,Hello,train"),
    (40, "m,40,yes,hello ,test"),
    (20, "f,20,no,,test"),
    header="sex,age,y,text,split",
)


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batches]:
    folder = tmp_path_factory.mktemp("bad")
    (folder / "x.csv").write_text(CONTENT)
    path = folder / "x.duckdb"
    read = f"read_csv('{folder}/x.csv', all_varchar = true)"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"CREATE VIEW people AS SELECT row_number() OVER ()::VARCHAR AS id, * FROM {read}"
        )
        connection.execute("CREATE VIEW nobody AS SELECT * FROM people WHERE false")
        connection.execute(
            "CREATE VIEW torn AS SELECT '1' AS id, sex FROM people UNION ALL "
            "SELECT id, sex FROM people"
        )
        connection.execute("CREATE VIEW uniform AS SELECT *, 'x' AS one FROM people")
    with open_batches(path) as opened:
        yield opened


def validate(batches: Batches, view: str, expectation: Expectation) -> ExpectationValidationResult:
    return batches.of(view).get_batch().validate(expectation)


def details(result: ExpectationValidationResult) -> dict[str, Any]:
    found: dict[str, Any] = result.result["details"]
    return found


SPLIT = {"split": "split", "splits": ["train", "test"]}
BAD: list[tuple[Expectation, str]] = [
    (
        ours.ExpectGroupRepresentationToMatchReference(
            attribute="sex", reference={"f": 0.5, "m": 0.5}
        ),
        "fail",
    ),
    (
        ours.ExpectGroupRepresentationToMatchReference(
            attribute="sex", reference={"f": 1, "m": 1}, unit="person", person="id"
        ),
        "fail",
    ),
    (ours.ExpectIntersectionsToBeCovered(attributes=["sex", "age"]), "attention"),
    (
        ours.ExpectLabelBalanceAcrossGroups(label="y", positive="yes", attributes=["split"]),
        "fail",
    ),
    (ours.ExpectLabelBalanceAcrossGroups(label="sex", imbalance_high=5), "attention"),
    (ours.ExpectNoStrongProxies(attributes=["sex"], columns=["age"]), "attention"),
    (ours.ExpectMissingSharesToBeBelow(columns=["text"], threshold=0.05), "attention"),
    (ours.ExpectDuplicateShareToBeBelow(text="text"), "attention"),
    (ours.ExpectDuplicateShareToBeBelow(columns=["sex", "age", "y", "text", "split"]), "attention"),
    (ours.ExpectNoLeakageBetweenSplits(text="text", **SPLIT), "attention"),
]


@pytest.mark.parametrize(("expectation", "verdict"), BAD)
def test_an_expectation_fails_on_data_that_must_fail(
    batches: Batches, expectation: Expectation, verdict: str
) -> None:
    """10 % women against 50 %, a thin cell, 22 % against 0 %, missing texts, repeated rows ..."""
    result = validate(batches, "people", expectation)
    assert not result.success
    assert details(result)["verdict"] == verdict
    assert details(result)["rows_seen"] == 200


@pytest.mark.parametrize("expectation", [expectation for expectation, _ in BAD])
def test_an_expectation_without_rows_measures_nothing(
    batches: Batches, expectation: Expectation
) -> None:
    """An empty table is neither a pass nor a finding about anybody."""
    result = validate(batches, "nobody", expectation)
    assert not result.success
    assert details(result)["verdict"] == "not_measured"
    assert details(result)["problem"] == "no_rows"


GOOD: list[Expectation] = [
    ours.ExpectGroupRepresentationToMatchReference(attribute="sex", reference={"f": 10, "m": 90}),
    ours.ExpectIntersectionsToBeCovered(attributes=["split", "age"], min_cell=0),
    ours.ExpectLabelBalanceAcrossGroups(label="split", positive="test", attributes=["age"]),
    ours.ExpectMissingSharesToBeBelow(columns=["text"], threshold=0.1),
    ours.ExpectDuplicateShareToBeBelow(columns=["id", "sex"]),
    ours.ExpectNoLeakageBetweenSplits(person="id", **SPLIT),
    ours.ExpectRowsToBeCounted(),
    ours.ExpectGroupSharesToBeCounted(attribute="sex"),
    ours.ExpectTextLengthsToBeCounted(text="text"),
    ours.ExpectPersonsToAgreeWithThemselves(attributes=["sex"], unit="person", person="id"),
]


def test_expectations_succeed_where_the_data_is_good(batches: Batches) -> None:
    """The same questions with thresholds that the data meets, except the labels (12.5 % of m)."""
    for expectation in GOOD:
        result = validate(batches, "people", expectation)
        verdict = details(result)["verdict"]
        if isinstance(expectation, ours.ExpectGroupRepresentationToMatchReference):
            # 20 of 200: Wilson's 97.5 % interval is 6.3 % to 15.6 %, so 0.63 to 1.56.
            assert verdict == "attention"
        elif isinstance(expectation, ours.ExpectLabelBalanceAcrossGroups):
            # test: all 20 women aged 20, 40 of 180 aged 40.
            assert verdict == "not_enough_data" or not result.success
        else:
            assert result.success, (expectation.expectation_type, details(result))


def test_a_group_of_the_data_without_reference_is_named_not_dropped(batches: Batches) -> None:
    """Women missing from the reference are a mistake in the reference."""
    expectation = ours.ExpectGroupRepresentationToMatchReference(
        attribute="sex", reference={"m": 1.0}
    )
    result = validate(batches, "people", expectation)
    assert details(result)["problem"] == "group_without_reference:f"


def test_an_attribute_of_one_value_or_none_is_not_measured(batches: Batches) -> None:
    """Nothing can be compared when everybody is alike."""
    for asked in (
        ours.ExpectGroupRepresentationToMatchReference(
            attribute="one", reference={"x": 0.5, "y": 0.5}
        ),
        ours.ExpectGroupSharesToBeCounted(attribute="one"),
        ours.ExpectLabelBalanceAcrossGroups(label="one"),
        ours.ExpectIntersectionsToBeCovered(attributes=["one", "sex"]),
    ):
        result = validate(batches, "uniform", asked)
        assert (details(result)["verdict"], details(result)["problem"]) == (
            "not_measured",
            "one_group_only",
        )


def test_persons_whose_rows_disagree_are_told(batches: Batches) -> None:
    """Person 1 has 200 extra rows, 20 of them of the other sex: one person in conflict."""
    asked = ours.ExpectPersonsToAgreeWithThemselves(
        attributes=["sex"], unit="person", person="id", limit=1
    )
    result = validate(batches, "torn", asked)
    assert details(result)["verdict"] == "attention"
    counts = {f["condition"]: f["value"] for f in details(result)["figures"]}
    assert counts == {"": 1.0, "blank=value": 1.0}


def test_small_counts_are_masked_inside_the_result(batches: Batches) -> None:
    """With a limit of 25 the 20 women are masked, and the men with them."""
    asked = ours.ExpectGroupSharesToBeCounted(attribute="sex", limit=25, listed={"sex": ["f"]})
    figures = details(validate(batches, "people", asked))["figures"]
    shares = {f["group"]: f["numerator"] for f in figures if f["metric"] == "share"}
    assert shares == {"f": None, "m": None}


def test_persons_need_a_column_that_tells_them_apart() -> None:
    """`unit: person` without `person` cannot be counted."""
    with pytest.raises(ValueError, match="needs `person`"):
        ours.ExpectGroupSharesToBeCounted(attribute="sex", unit="person")


def test_leakage_within_one_split_is_not_measured(batches: Batches) -> None:
    """There is nothing to leak between."""
    result = validate(batches, "people", ours.ExpectNoLeakageBetweenSplits(text="text"))
    assert details(result)["problem"] == "one_split_only"


def test_texts_are_compared_without_case_and_outer_space(batches: Batches) -> None:
    """ "Hello" in train and "hello " in test: no exact overlap, 40 rows case-folded."""
    asked = ours.ExpectNoLeakageBetweenSplits(text="text", **SPLIT)
    figures = details(validate(batches, "people", asked))["figures"]
    wanted = ("split_overlap", "train / test")
    assert {f["condition"]: f["value"] for f in figures if (f["metric"], f["group"]) == wanted} == {
        "matching=exact": 0.0,
        "matching=case_folded": 40.0,
        "matching=whitespace": 40.0,
    }


def test_leakage_up_to_the_threshold_is_let_go(batches: Batches) -> None:
    """40 of the 60 rows of the test split: within two thirds, not within half."""
    for threshold, verdict in ((0.67, "ok"), (0.5, "attention")):
        asked = ours.ExpectNoLeakageBetweenSplits(text="text", threshold=threshold, **SPLIT)
        assert details(validate(batches, "people", asked))["verdict"] == verdict
