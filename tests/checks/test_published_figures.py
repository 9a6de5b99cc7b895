"""Figures that others published come out of ours: data sheets, and the libraries' own vectors.

Each named test gives its source: data sheets of the shared sets (UCI Bank Marketing and Statlog
German Credit, CC BY 4.0; Artie Bias Corpus, CC0; Banking77, CC BY 4.0), the user guide of fairlearn
(MIT) and the test vectors of aequitas (MIT). Where a library asks about predictions, the column of
predictions is counted as the label: a share of positive labels is the same arithmetic.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from counted_by_hand import CONTEXT, SHARED, count, expected_value, meets, one, rows_of

from impactbook.checks.figures import (
    CheckFigures,
    label_balance_figures,
    label_distance_figures,
    label_share_figures,
    share_figures,
    size_figures,
)
from impactbook.checks.published import PublishedTables
from impactbook.checks.suppression import publish
from impactbook.checks.tables import Tables

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not here")

Rows = Sequence[Mapping[str, str]]


def counted(rows: Rows, *axes: tuple[str, ...]) -> PublishedTables:
    return publish(Tables.of(*(count(rows, names) for names in axes)), 1)


def labelled(rows: Rows, attributes: tuple[str, ...], label: str, positive: str) -> CheckFigures:
    """Shares of the positive label by group; groups of any size are compared."""
    tables = counted(rows, attributes, (*attributes, label))
    return label_share_figures(
        CONTEXT, tables, attributes, label, positive, unit="row", min_group=1
    )


def over_all(found: CheckFigures, metric: str) -> float | None:
    (figure,) = [
        f for f in found.figures if f.metric == metric and f.condition.endswith("groups=all")
    ]
    return figure.value


# --- data sheets ----------------------------------------------------------------------------------


def test_bank_marketing_has_the_rows_and_the_outcome_of_its_description() -> None:
    """45,211 contacts, 17 columns (bank-names.txt, items 5 and 6); 5,289 of them subscribed."""
    rows = rows_of("bank_marketing/bank-full.csv", ";")
    tables = counted(rows, ("y",))
    sizes = size_figures(CONTEXT, tables, columns=len(rows[0]))
    assert one(sizes, "rows").value == 45_211
    assert one(sizes, "columns").value == 16 + 1  # sixteen inputs and the outcome
    subscribed = one(
        label_share_figures(CONTEXT, tables, (), "y", "yes", unit="row"), "label_share"
    )
    assert (subscribed.numerator, subscribed.denominator) == (5_289, 45_211)


def german() -> list[dict[str, str]]:
    """German Credit with sex read from personal_status: A91, A93, A94 are men, A92, A95 women."""
    return [
        {
            **row,
            "sex": "female" if row["personal_status"] in ("A92", "A95") else "male",
            "age_ge25": ">=25" if int(row["age"]) >= 25 else "<25",
        }
        for row in rows_of("german_credit/german.csv")
    ]


def test_german_credit_has_the_classes_of_its_description() -> None:
    """1,000 instances, 700 good (1) and 300 bad (2) risks (german.txt)."""
    tables = counted(german(), ("credit",))
    assert one(size_figures(CONTEXT, tables), "rows").value == 1_000
    shares = share_figures(CONTEXT, tables, "credit", unit="row")
    assert {f.group: f.numerator for f in shares.figures if f.metric == "share"} == {
        "1": 700,
        "2": 300,
    }


def test_german_credit_by_sex_is_what_the_status_codes_say() -> None:
    """310 women and 690 men; good risks 201 / 310 and 499 / 690, a difference of 7.48 points."""
    found = labelled(german(), ("sex",), "credit", "1")
    for group in ("female", "male"):
        row = expected_value("german", "good_rate", f"sex={group}")
        assert meets(one(found, "label_share", group), row)
    # 499/690 - 201/310 = 0.7231884 - 0.6483871
    assert over_all(found, "label_share_difference") == pytest.approx(0.0748013, abs=1e-7)


def test_german_credit_has_the_mean_difference_of_the_aif360_tutorial() -> None:
    """-0.169905 on the tutorial's training split (credit scoring; younger than 25 minus others)."""
    rows = german()
    order = np.random.RandomState(0).permutation(len(rows))[:700]
    train = [rows[index] for index in order]
    published = float(
        expected_value("german", "mean difference, AIF360 train split", "age <25 minus >=25")[
            "published_value"
        ]
    )
    tables = counted(train, ("age_ge25",), ("credit",), ("age_ge25", "credit"))
    found = label_distance_figures(CONTEXT, tables, "age_ge25", "credit", unit="row", positive="1")
    # Ours is the others' share minus the group's, theirs the group's minus the others'.
    ours = one(found, "difference_in_proportions_of_labels", "<25").value
    assert ours == pytest.approx(-published, abs=1e-6)


ARTIE = {
    "gender": {"NA": 20, "female": 257, "male": 1431, "other": 4},
    "age": {
        "NA": 14, "teens": 187, "twenties": 827, "thirties": 366, "fourties": 152,
        "fifties": 101, "sixties": 46, "seventies": 18, "nineties": 1,
    },
}  # fmt: skip
"""Clips per group as the data sheet of the Artie Bias Corpus prints them (item 14)."""


@pytest.mark.parametrize("attribute", ARTIE)
def test_artie_has_the_clips_per_group_of_its_data_sheet(attribute: str) -> None:
    """1,712 clips; each group's clips as in DATASHEET.md, item 14, "NA" being no answer."""
    rows = [
        {name: "" if value == "NA" else value for name, value in row.items()}
        for row in rows_of("artie/artie-bias-corpus.tsv", "\t", quoted=False)
    ]
    found = share_figures(CONTEXT, counted(rows, (attribute,)), attribute, unit="row")
    printed = ARTIE[attribute]
    assert sum(printed.values()) == 1_712
    ours = {f.group: f.numerator for f in found.figures if f.metric == "share_of_all"}
    assert ours == {("missing" if name == "NA" else name): n for name, n in printed.items()}
    known = [f for f in found.figures if f.metric == "share"]
    assert {f.denominator for f in known} == {1_712 - printed["NA"]}
    assert {f.unknown for f in known} == {printed["NA"]}


def test_artie_has_its_speakers() -> None:
    """969 different speakers gave the 1,712 clips."""
    rows = rows_of("artie/artie-bias-corpus.tsv", "\t", quoted=False)
    persons = [{"client_id": speaker} for speaker in {row["client_id"] for row in rows}]
    tables = publish(Tables.of(count(rows, ("gender",)), count(persons, (), "person")), 1)
    assert one(size_figures(CONTEXT, tables), "persons").value == 969
    assert one(size_figures(CONTEXT, tables), "rows").value == 1_712


@pytest.mark.parametrize(("split", "rows"), [("train", 10_003), ("test", 3_080)])
def test_banking77_has_the_examples_and_intents_of_its_readme(split: str, rows: int) -> None:
    """10,003 training and 3,080 test examples of 77 intents; the test split is even."""
    tables = counted(rows_of(f"banking77/{split}.csv"), ("category",))
    assert one(size_figures(CONTEXT, tables), "rows").value == rows
    found = label_balance_figures(CONTEXT, tables, "category", unit="row")
    assert one(found, "classes").value == 77
    if split == "test":
        assert one(found, "imbalance_ratio").value == 1.0  # 40 of each, 77 x 40 = 3,080


RICCI = {
    "Captain": {"W": (16, 25), "B": (3, 8), "H": (3, 8)},
    "Lieutenant": {"W": (25, 43), "B": (6, 19), "H": (3, 15)},
}
"""Passed of examined, as in Ricci v. DeStefano, 557 U.S. 557 (2009)."""


@pytest.mark.parametrize("position", RICCI)
def test_ricci_has_the_pass_rates_of_the_judgment(position: str) -> None:
    """Candidates with a combined score of 70 or more, by race, for one of the two positions."""
    rows = [
        {**row, "passed": "yes" if float(row["Combine"]) >= 70 else "no"}
        for row in rows_of("ricci/ricci.csv")
        if row["Position"] == position
    ]
    found = labelled(rows, ("Race",), "passed", "yes")
    ours = {f.group: (f.numerator, f.denominator) for f in found.figures if f.group in "WBH"}
    assert ours == RICCI[position]
    # The least over the greatest share: 3/8 / 16/25 = 0.5859; 3/15 / 25/43 = 0.344
    least = {"Captain": 0.375 / 0.64, "Lieutenant": 0.2 / (25 / 43)}[position]
    assert over_all(found, "label_share_ratio") == pytest.approx(least, rel=1e-12)


# --- fairlearn's user guide -----------------------------------------------------------------------


def toy() -> tuple[list[dict[str, str]], dict[str, object]]:
    told = json.loads((SHARED / "fairlearn_docs/toy_vectors.json").read_text(encoding="utf-8"))
    columns = {name: [str(value) for value in told[name]] for name in ("y_true", "y_pred", "sf")}
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    return rows, told["published"]


def test_fairlearns_selection_rates_and_counts_by_group() -> None:
    """MetricFrame(selection_rate, count) of the user guide: a 3/4, b 3/6, c 4/8; overall 10/18."""
    rows, published = toy()
    found = labelled(rows, ("sf",), "y_pred", "1")
    by_group = published["by_group"]
    assert isinstance(by_group, dict)
    for group, told in by_group.items():
        figure = one(found, "label_share", group)
        assert figure.value == pytest.approx(told["sel"], abs=1e-6)
        assert figure.denominator == told["count"]
    overall = label_share_figures(
        CONTEXT, counted(rows, ("y_pred",)), (), "y_pred", "1", unit="row"
    )
    assert one(overall, "label_share").value == pytest.approx(10 / 18)
    assert isinstance(published["overall"], dict)
    assert published["overall"]["sel"] == pytest.approx(10 / 18, abs=1e-6)


def test_fairlearns_demographic_parity_difference_and_ratio() -> None:
    """0.25 and 0.6667 in the user guide: 3/4 - 1/2, and (1/2) / (3/4)."""
    rows, published = toy()
    found = labelled(rows, ("sf",), "y_pred", "1")
    for ours, theirs in (("difference", "difference"), ("ratio", "ratio")):
        value = over_all(found, f"label_share_{ours}")
        assert value == pytest.approx(published[f"demographic_parity_{theirs}"], abs=1e-12)


def test_fairlearns_base_rates_are_label_shares() -> None:
    """The same vectors before any prediction: actual ones are a 2/4, b 5/6, c 5/8."""
    rows, _ = toy()
    found = labelled(rows, ("sf",), "y_true", "1")
    ours = {g: one(found, "label_share", g) for g in "abc"}
    assert {g: (f.numerator, f.denominator) for g, f in ours.items()} == {
        "a": (2, 4),
        "b": (5, 6),
        "c": (5, 8),
    }


# --- aequitas's test vectors ----------------------------------------------------------------------

AEQUITAS = {
    "1": "expected_output_group_test_1.csv",
    **{n: f"expected_output_test_{n}.csv" for n in ("2", "3", "4", "5", "6", "7", "10")},
}


@pytest.mark.parametrize("number", AEQUITAS)
def test_aequitas_group_sizes_prevalences_and_predicted_rates(number: str) -> None:
    """group_size, group_label_pos, pp and pprev of every group of aequitas's own vectors."""
    rows = rows_of(f"aequitas_tests/test_{number}.csv")
    wanted = [
        row
        for row in rows_of(f"aequitas_tests/{AEQUITAS[number]}")
        if row["attribute_name"] in rows[0]
    ]
    assert wanted
    for row in wanted:
        attribute, group = row["attribute_name"], row["attribute_value"]
        actual = one(labelled(rows, (attribute,), "label_value", "1"), "label_share", group)
        predicted = one(labelled(rows, (attribute,), "score", "1"), "label_share", group)
        size = int(float(row["group_size"]))
        assert (actual.denominator, predicted.denominator) == (size, size)
        assert actual.numerator == int(float(row["group_label_pos"]))
        assert predicted.numerator == int(float(row["pp"]))
        assert predicted.value == pytest.approx(float(row["pprev"]), rel=1e-12)


def test_aequitas_disparity_of_predicted_prevalence_is_our_ratio() -> None:
    """pprev_disparity 0.8333 of vector 10, class_2: (2/4) / (6/10)."""
    rows = rows_of("aequitas_tests/test_10.csv")
    found = labelled(rows, ("class_2",), "score", "1")
    (low,) = [
        row
        for row in rows_of("aequitas_tests/expected_output_test_10.csv")
        if (row["attribute_name"], row["attribute_value"]) == ("class_2", "Low")
    ]
    ratio = over_all(found, "label_share_ratio")
    assert ratio == pytest.approx(float(low["pprev_disparity"]), rel=1e-12)


COMPAS_PP = {
    "African-American": 2.545667, "Asian": 0.009368, "Hispanic": 0.222482,
    "Native American": 0.014052, "Other": 0.092506,
}  # fmt: skip


def test_aequitas_compas_demo_has_our_counts_of_positives() -> None:
    """7,214 defendants; the ratios of positives to those of Caucasians that the demo prints."""
    rows = rows_of("compas/compas_for_aequitas.csv")
    found = labelled(rows, ("race",), "score", "1.0")
    assert sum(one(found, "label_share", group).denominator or 0 for group in
               [*COMPAS_PP, "Caucasian"]) == 7_214  # fmt: skip
    caucasian = one(found, "label_share", "Caucasian").numerator
    assert caucasian
    for group, published in COMPAS_PP.items():
        positives = one(found, "label_share", group).numerator
        assert positives is not None
        assert positives / caucasian == pytest.approx(published, abs=5e-7)
