"""Representation, periods and hypotheses from a declaration to evidence and sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from counted_by_hand import SHARED, rows_of
from declared import dataset, figure, reference, result, run, table

from impactbook.checks import DatasetRun, run_checks
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset
from impactbook.model.evidence import DatasetEvidence
from impactbook.render.labels import Labels
from impactbook.render.sentences import sentence
from impactbook.workspace.reading import parse, read_yaml

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = (
    "land,sex,age,n\n"
    "north,f,20,10\nnorth,f,70,10\nnorth,m,20,10\nnorth,m,70,10\n"
    "south,f,20,40\nsouth,f,70,0\nsouth,m,20,10\nsouth,m,70,10\n"
)
"""100 people: in the north all alike, in the south 40 young women and no old ones."""

SEX = {"attribute": "sex", "reference": "people", "column": "sex",
       "map": {"f": ["f"], "m": ["m"]}}  # fmt: skip
AGES = {"old": {"from": 60}, "young": {"below": 60}}
JOINT = {
    "attributes": {
        "sex": {"column": "sex", "map": {"f": ["f"], "m": ["m"]}},
        "age": {"column": "age", "bands": AGES},
    }
}


def checked(
    folder: Path, content: str, checks: dict[str, Any], limit: int = 1, **rest: Any
) -> DatasetEvidence:
    reference(folder / "references", PEOPLE, 100, "[land, sex, age]")
    columns = {"sex": "protected", "age": "protected", **rest.pop("columns", {})}
    return run(folder, dataset(columns, checks, **rest), content, limit).evidence


EVEN = table((100, "f,old"), (100, "f,young"), (100, "m,old"), (100, "m,young"), header="sex,age")


def test_where_keeps_only_some_people_of_the_reference(tmp_path: Path) -> None:
    """Women are 60 of 100 in all, and 20 of 40 in the north."""
    everywhere = checked(tmp_path, EVEN, {"representation": [SEX]})
    assert figure(everywhere, "representation_ratio", group="f").reference == pytest.approx(0.6)
    north = checked(tmp_path, EVEN, {"representation": [{**SEX, "where": {"land": ["north"]}}]})
    ratio = figure(north, "representation_ratio", group="f")
    assert (ratio.reference, ratio.value) == (0.5, 1.0)
    assert result(north, "representation").verdict == "ok"


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"land": ["east"]}, "'land' of the reference 'people' has no value 'east'"),
        ({"land": []}, "'land' of the reference 'people' needs at least one value"),
        ({"county": ["x"]}, "the reference 'people' has no column 'county'"),
    ],
)
def test_where_names_what_the_reference_has(
    tmp_path: Path, where: dict[str, list[str]], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        checked(tmp_path, EVEN, {"representation": [{**SEX, "where": where}]})


def test_two_checks_of_one_attribute_are_told_apart(tmp_path: Path) -> None:
    """The same reference twice, whole and in the north: two figures, two conditions."""
    both = [SEX, {**SEX, "where": {"land": ["north"]}}]
    evidence = checked(tmp_path, EVEN, {"representation": both})
    whole = figure(evidence, "representation_ratio", group="f", condition="reference=people")
    north = figure(evidence, "representation_ratio", group="f", condition="reference=people 2")
    assert (whole.reference, north.reference) == (pytest.approx(0.6), 0.5)


def test_combinations_are_compared_with_a_joint_population(tmp_path: Path) -> None:
    """In the north all four combinations are 10 of 40, and 100 of 400 in the data."""
    joint = {**JOINT, "reference": "people", "where": {"land": ["north"]}}
    evidence = checked(tmp_path, EVEN, {"joint_representation": [joint]})
    ratio = figure(evidence, "representation_ratio", attribute="sex*age", group="f / old")
    assert (ratio.reference, ratio.value) == (0.25, 1.0)
    assert result(evidence, "joint_representation").verdict == "ok"
    # In all, old women are 10 of 100 and young ones 50: 0.25 is too many of the first.
    whole = checked(tmp_path, EVEN, {"joint_representation": [{**JOINT, "reference": "people"}]})
    old = figure(whole, "representation_ratio", attribute="sex*age", group="f / old")
    assert (old.reference, old.value) == (pytest.approx(0.1), pytest.approx(2.5))
    assert result(whole, "joint_representation").verdict == "fail"


def test_margins_alone_give_no_certain_verdict(tmp_path: Path) -> None:
    parts = {name: {**part, "reference": "people"} for name, part in JOINT["attributes"].items()}
    evidence = checked(tmp_path, EVEN, {"joint_representation": [{"attributes": parts}]})
    old = figure(evidence, "representation_ratio", attribute="sex*age", group="f / old")
    # No association in the data: the product of the margins, 0.6 women and 0.3 old.
    assert old.reference == pytest.approx(0.18)
    assert result(evidence, "joint_representation").verdict == "attention"


def test_a_combination_that_the_reference_does_not_know_is_refused(tmp_path: Path) -> None:
    content = EVEN + "x,old\n" * 40
    joint = {**JOINT, "reference": "people"}
    with pytest.raises(InputError, match="'x' of 'sex', which has no counterpart") as caught:
        checked(tmp_path, content, {"joint_representation": [joint]})
    assert "checks.joint_representation[0].attributes.sex" in str(caught.value)


def monthly(*months: tuple[str, int, int]) -> str:
    """So many women and men per month."""
    rows = [
        part
        for month, f, m in months
        for part in ((f, f"f,old,{month}-05"), (m, f"m,old,{month}-05"))
    ]
    return table(*rows, header="sex,age,called")


TIMES = {"called": {"role": "time"}}


def test_shares_over_time_name_the_first_breach(tmp_path: Path) -> None:
    content = monthly(("2024-01", 300, 300), ("2024-02", 300, 300), ("2024-03", 60, 540))
    asked = {"periods": {"attributes": ["sex"], "period": "month"}}
    evidence = checked(tmp_path, content, asked, columns=TIMES)
    # 660 of 1,800 women in all; March has 0.1 / 0.3667
    march = figure(evidence, "share_ratio_to_all", group="f", condition="period=2024-03")
    assert march.value == pytest.approx(0.1 / (660 / 1800))
    assert march.verdict == "fail"
    assert result(evidence, "periods").verdict == "fail"
    condition = "by=called:month;of=share_ratio_to_all"
    first = figure(evidence, "first_breach", condition=condition)
    assert first.attribute == "called:month*sex"
    # January has 0.5 / 0.3667 = 1.36, but its interval reaches into the band.
    assert first.group == "2024-03 / f"
    labels = Labels.of(evidence.model_dump(mode="json"), "de")
    assert "„f“ in „2024-03“" in sentence(first, labels)
    assert "Monat" in sentence(first, labels)


def test_representation_over_time_names_the_period_that_fails(tmp_path: Path) -> None:
    north = {**SEX, "where": {"land": ["north"]}, "over_time": "quarter"}
    content = monthly(("2024-01", 300, 300), ("2024-05", 60, 540), ("2024-08", 540, 60))
    evidence = checked(tmp_path, content, {"representation": [north]}, columns=TIMES)
    assert figure(evidence, "representation_ratio", group="f").verdict == "ok"
    spring = figure(evidence, "representation_ratio", group="f", condition="period=2024-Q2")
    assert (spring.value, spring.verdict) == (pytest.approx(0.2), "fail")
    assert result(evidence, "representation").verdict == "fail"


def test_over_time_needs_a_column_of_time() -> None:
    with pytest.raises(ValueError, match="no column with role `time`"):
        dataset({"sex": "protected"}, {"representation": [{**SEX, "over_time": "year"}]})


def test_an_attribute_of_one_value_is_not_measured(tmp_path: Path) -> None:
    """Nobody but the old: neither combinations nor periods can be compared."""
    content = monthly(("2024-01", 100, 100))
    joint = {**JOINT, "reference": "people"}
    asked = {"joint_representation": [joint], "periods": {"attributes": ["age"]}}
    evidence = checked(tmp_path, content, asked, columns=TIMES)
    for check in ("joint_representation", "periods"):
        found = result(evidence, check)
        assert (found.verdict, found.problem) == ("not_measured", "one_group_only")


def test_without_dates_and_splits_periods_are_not_measured(tmp_path: Path) -> None:
    evidence = checked(tmp_path, EVEN, {"periods": {"attributes": ["sex"]}})
    found = result(evidence, "periods")
    assert (found.verdict, found.problem) == ("not_measured", "no_periods")


def test_persons_count_in_the_period_in_which_they_appear_first(tmp_path: Path) -> None:
    """100 people call in January and again in February; 100 others in February only."""
    rows = [f"p{i},{'fm'[i % 2]},old,2024-01-05" for i in range(100)]
    rows += [f"p{i},{'fm'[i % 2]},old,2024-02-05" for i in range(200)]
    content = "\n".join(["who,sex,age,called", *rows]) + "\n"
    evidence = checked(
        tmp_path,
        content,
        {"periods": {"attributes": ["sex"]}},
        columns={**TIMES, "who": {"role": "person_id"}},
        unit="person",
    )
    assert figure(evidence, "persons", condition="period=2024-01").value == 100
    assert figure(evidence, "persons", condition="period=2024-02").value == 100
    assert figure(evidence, "persons").value == 200


def test_a_declared_weight_enters_shares_intervals_and_verdicts(tmp_path: Path) -> None:
    """100 women of weight 3 and 300 men of weight 1: half, worth 600^2 / 1200 = 300 people."""
    content = table((100, "f,old,3"), (300, "m,old,1"), header="sex,age,w")
    north = {**SEX, "where": {"land": ["north"]}}
    evidence = checked(
        tmp_path, content, {"representation": [north]}, columns={"w": {"role": "weight"}}
    )
    ratio = figure(evidence, "representation_ratio", group="f")
    assert (ratio.value, ratio.numerator, ratio.denominator) == (pytest.approx(1.0), 100, 400)
    assert ratio.method == "wilson;effective_n=300;bonferroni=0.975"
    plain = figure(evidence, "representation_ratio", group="f", condition="weights=none")
    assert (plain.value, plain.verdict) == (0.5, "")
    assert result(evidence, "representation").verdict == "ok"


def test_hypotheses_are_answered_from_the_figures(tmp_path: Path) -> None:
    guesses = [
        {"id": "many-women", "statement": "At least 40 % are women", "metric": "share",
         "attribute": "sex", "group": "f", "expected": "at_least", "value": 0.4},
        {"id": "few-old", "statement": "At most 10 % are old", "metric": "share",
         "attribute": "age", "group": "old", "expected": "at_most", "value": 0.1},
        {"id": "unheard", "statement": "?", "metric": "label_share", "group": "x",
         "expected": "at_most", "value": 0.1},
    ]  # fmt: skip
    evidence = checked(tmp_path, EVEN, {"representation": [SEX]}, hypotheses=guesses)
    told = [one for one in evidence.checks if one.check == "hypotheses"]
    assert [one.verdict for one in told] == ["ok", "fail", "not_measured"]
    assert [one.problem for one in told] == ["", "", "no_such_figure"]
    labels = Labels.of(evidence.model_dump(mode="json"), "en")
    answers = [f for f in evidence.figures if f.metric == "hypothesis"]
    assert sentence(answers[0], labels).startswith("Expected beforehand: ")
    assert "at least 40.0%" in sentence(answers[0], labels)
    assert "contradicts" in sentence(answers[1], labels)
    assert "not measured" in sentence(answers[2], labels)


def test_a_fail_is_said_with_the_unknown_share_first(tmp_path: Path) -> None:
    """10 of 300 known are women against 0.6, 300 are unknown: the sentence begins with them."""
    content = table((10, "f,old"), (290, "m,old"), (300, ",old"), header="sex,age")
    evidence = checked(tmp_path, content, {"representation": [SEX]})
    ratio = figure(evidence, "representation_ratio", group="f")
    assert ratio.verdict == "fail"
    for language, start in (("en", "For 50% of the rows"), ("de", "Bei 50 % der Zeilen")):
        labels = Labels.of(evidence.model_dump(mode="json"), language)  # type: ignore[arg-type]
        assert sentence(ratio, labels, evidence.figures).replace("\u00a0", " ").startswith(start)


def test_every_new_figure_can_be_said_in_both_languages(tmp_path: Path) -> None:
    content = monthly(("2024-01", 160, 140), ("2024-02", 30, 570))
    north = {**SEX, "where": {"land": ["north"]}}
    asked = {"representation": [north], "periods": {"attributes": ["sex"]}}
    evidence = checked(tmp_path, content, asked, columns=TIMES)
    new = {"representation_gap", "share_ratio_to_all", "breaches", "first_breach"}
    for language in ("de", "en"):
        labels = Labels.of(evidence.model_dump(mode="json"), language)
        said = {f.metric for f in evidence.figures if f.metric in new and sentence(f, labels)}
        assert said == new


def test_people_needed_is_said_in_both_languages(tmp_path: Path) -> None:
    """45 of 100 against 0.5 is open."""
    north = {**SEX, "where": {"land": ["north"]}}
    content = table((45, "f,old"), (55, "m,old"), header="sex,age")
    evidence = checked(tmp_path, content, {"representation": [north]})
    needed = figure(evidence, "people_needed", group="f")
    labels = Labels.of(evidence.model_dump(mode="json"), "en")
    more = int(needed.value or 0)
    assert more > 0
    assert sentence(needed, labels).endswith(f": {more}.")
    alone = figure(evidence, "people_needed", group="m")
    assert alone.value is None
    assert "others" in sentence(alone, labels)


# the sample's declaration


@pytest.fixture(scope="module")
def voices() -> DatasetRun:
    if not SHARED.exists():
        pytest.skip("the shared data sets are not here")
    file = ROOT / "data_checks/voicebot-sprachdaten.yaml"
    data, lines = read_yaml(file.read_bytes(), file.name)
    declared = parse(Dataset, data, file.name, lines)
    folder = file.parent
    return run_checks("voices", declared, folder=folder, limit=1, references=folder / "references")


_CONDITIONS = {
    "representation_ratio": "",
    "representation_ratio_all_untagged_out": "bound=all_unknown_out",
    "representation_ratio_all_untagged_in": "bound=all_unknown_in",
}
_FIT = {
    "gof_chi2": "goodness_of_fit_chi_square",
    "gof_chi2_p": "goodness_of_fit_p",
    "gof_G": "goodness_of_fit_g",
    "gof_G_p": "goodness_of_fit_g_p",
    "cohens_w": "cohens_w",
    "total_variation": "total_variation_distance",
    "js_distance_base2": "jensen_shannon_distance",
}


@pytest.mark.parametrize(
    ("attribute", "name"),
    [("gender", "speaker sex vs Destatis"), ("age", "speaker age 19+ vs Destatis")],
)
def test_the_sample_meets_the_reference_statistics(
    voices: DatasetRun, attribute: str, name: str
) -> None:
    """Ratios, bounds, reference shares, tests, effect size and distances, within tolerance."""
    rows = [row for row in rows_of("expected_statistics.csv") if row["attribute"] == name]
    met = 0
    for row in rows:
        told = {"attribute": attribute}
        column = "value"
        if row["metric"] in _CONDITIONS:
            told |= {"group": row["group"], "condition": _CONDITIONS[row["metric"]]}
            metric = "representation_ratio"
        elif row["metric"] == "reference_share":
            told |= {"group": row["group"]}
            metric, column = "representation_ratio", "reference"
        elif row["metric"] in _FIT:
            metric = _FIT[row["metric"]]
        else:
            assert row["metric"] == "kl_nats", (
                row
            )  # no figure of ours; see test_expected_statistics
            continue
        found = figure(voices.evidence, metric, **told)
        near = {"rel": float(row["tolerance"]), "abs": float(row["tolerance"])}
        if float(row["value"]):
            near["abs"] = 0.0
        assert getattr(found, column) == pytest.approx(float(row["value"]), **near), row
        if row["ci_low"]:
            assert found.ci_low == pytest.approx(float(row["ci_low"]), rel=1e-9), row
            assert found.ci_high == pytest.approx(float(row["ci_high"]), rel=1e-9), row
        met += 1
    assert met == len(rows) - 1


def test_thin_age_groups_of_the_sample_are_tested_by_simulation(voices: DatasetRun) -> None:
    """4.07 people of 90 and over are expected: the p value is simulated, and adjusted by Holm."""
    exact = figure(voices.evidence, "goodness_of_fit_exact_p", attribute="age")
    assert exact.method == "monte_carlo;simulated=100000"
    assert exact.value == pytest.approx(1 / 100_001)
    # Chi-square of age is doubtful there and takes no part in the correction.
    assert figure(voices.evidence, "goodness_of_fit_p", attribute="age").p_adjusted is None
    tests = [f for f in voices.evidence.figures if f.p_adjusted and "goodness_of_fit" in f.metric]
    gender = figure(voices.evidence, "goodness_of_fit_p", attribute="gender")
    assert gender.p_adjusted == pytest.approx(len(tests) * (gender.value or 0))
    assert exact in tests
