"""All figures of the shared sets that this layer computes, from counts made with the csv module."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from counted_by_hand import CONTEXT, SHARED, count, expected, expected_value, meets, one, rows_of

from impactbook.checks.figures import (
    Counted,
    diversity_figures,
    intersection_figures,
    label_balance_figures,
    label_share_figures,
    missing_figures,
    overlap_figures,
    repeat_figures,
    representation_figures,
    share_figures,
    size_figures,
)
from impactbook.checks.figures.duplicates import Repeats, RepeatsBySplit
from impactbook.checks.published import PublishedTables
from impactbook.checks.suppression import publish
from impactbook.checks.tables import Table, Tables

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not here")

BANK = ("age_band", "marital", "education", "job")
SPLITS = ("train", "dev", "test")


def age_band(age: int) -> str:
    bounds = ((25, "<25"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (65, "55-64"))
    return next((name for below, name in bounds if age < below), "65+")


@pytest.fixture(scope="module")
def bank() -> PublishedTables:
    rows = [
        {**row, "age_band": age_band(int(row["age"]))}
        for row in rows_of("bank_marketing/bank-full.csv", ";")
    ]
    axes = [(name,) for name in (*BANK, "contact", "poutcome")]
    axes += [(name, "y") for name in BANK]
    axes += [("age_band", "marital", "y"), ("age_band", "marital", "education")]
    return publish(Tables.of(*(count(rows, names) for names in axes)), 1)


@pytest.fixture(scope="module")
def voices() -> PublishedTables:
    rows = [
        {**row, "split": split}
        for split in SPLITS
        for row in rows_of(f"cv_singleword_de/{split}.tsv", "\t", quoted=False)
    ]
    first = {row["client_id"]: row for row in reversed(rows)}
    axes = [("split", name) for name in ("gender", "age", "accent", "sentence")]
    axes.append(("split", "age", "gender"))
    persons = [count(first.values(), names, "person") for names in (("gender",), ("age",))]
    return publish(Tables.of(*(count(rows, names) for names in axes), *persons), 1)


@pytest.mark.parametrize("attribute", BANK)
def test_shares_of_bank_marketing(bank: PublishedTables, attribute: str) -> None:
    found = share_figures(CONTEXT, bank, attribute, unit="row")
    wanted = [
        row
        for row in expected("bank-full")
        if row["metric"] == "share" and row["group"].startswith(f"{attribute}=")
    ]
    assert len(wanted) == sum(figure.metric == "share" for figure in found.figures)
    for row in wanted:
        group = row["group"].split("=", 1)[1]
        assert meets(one(found, "share_of_all", group), row), group


@pytest.mark.parametrize("attribute", ["job", "education", "contact", "poutcome"])
def test_the_word_unknown_counts_as_missing_once_declared(attribute: str) -> None:
    rows = rows_of("bank_marketing/bank-full.csv", ";")
    declared = [{attribute: row[attribute].replace("unknown", "")} for row in rows]
    tables = publish(Tables.of(count(declared, (attribute,))), 1)
    row = expected_value("bank-full", 'share "unknown"', attribute)
    found = missing_figures(CONTEXT, tables, [attribute])
    assert meets(one(found, "missing_share"), row)
    # 81.7 % (poutcome) and 28.8 % (contact) are above the limit of 20 %
    assert found.verdict == ("attention" if attribute in ("contact", "poutcome") else "ok")
    assert meets(
        one(share_figures(CONTEXT, tables, attribute, unit="row"), "share_of_all", "missing"), row
    )


@pytest.mark.parametrize("axes", [(name,) for name in BANK] + [("age_band", "marital")])
def test_label_shares_of_bank_marketing(bank: PublishedTables, axes: tuple[str, ...]) -> None:
    found = label_share_figures(CONTEXT, bank, axes, "y", "yes", unit="row")
    name = " x ".join(axes)
    wanted = [
        row
        for row in expected("bank-full")
        if row["metric"] == "selection_rate" and row["group"].startswith(f"{name}=")
    ]
    assert wanted
    for row in wanted:
        group = row["group"].split("=", 1)[1].replace(" x ", " / ")
        assert meets(one(found, "label_share", group), row), group
    for metric, ours in (("ratio min/max", "ratio"), ("difference max-min", "difference")):
        for groups, condition in (("all groups", "all"), ("groups n>=30", "n>=30")):
            (row,) = [
                row
                for row in expected("bank-full")
                if row["metric"] == f"selection_rate {metric} ({groups})"
                and row["group"].startswith(f"{name}:")
            ]
            figure = one(
                found, f"label_share_{ours}", None, f"label=y;positive=yes;groups={condition}"
            )
            assert meets(figure, row)
            separator = " / " if ours == "ratio" else " - "
            ends = row["group"].split(": ", 1)[1].split(separator)
            assert figure.group == " / ".join(end.replace(" x ", " / ") for end in ends)


def test_the_overall_label_share(bank: PublishedTables) -> None:
    found = label_share_figures(CONTEXT, bank, (), "y", "yes", unit="row")
    assert meets(one(found, "label_share"), expected_value("bank-full", "positive rate", "y"))


def check_intersections(
    tables: PublishedTables,
    dataset: str,
    axes: tuple[str, ...],
    file: str = "",
    where: dict[str, str | None] | None = None,
) -> None:
    name = " x ".join(axes)
    found = intersection_figures(CONTEXT, tables, axes, unit="row", where=where)
    for metric, ours in (
        ("intersection cells (possible)", "cells_possible"),
        ("intersection cells empty", "cells_empty"),
        ("intersection cells n<30", "cells_below_30"),
    ):
        assert meets(one(found, ours), expected_value(dataset, metric, name, file)), metric
    (row,) = [
        row
        for row in expected(dataset)
        if row["metric"] == "smallest non-empty cell"
        and row["group"].startswith(f"{name}:")
        and row["file"].endswith(file)
    ]
    smallest = one(found, "min_cell_count")
    assert meets(smallest, row)
    assert smallest.group == row["group"].split(": ", 1)[1].replace(" | ", " / ")
    assert smallest.verdict == "attention"


@pytest.mark.parametrize("axes", [("age_band", "marital"), ("age_band", "marital", "education")])
def test_intersections_of_bank_marketing(bank: PublishedTables, axes: tuple[str, ...]) -> None:
    check_intersections(bank, "bank-full", axes)


@pytest.mark.parametrize("split", SPLITS)
def test_common_voice_per_split(voices: PublishedTables, split: str) -> None:
    where: dict[str, str | None] = {"split": split}
    for attribute in ("gender", "age", "accent"):
        found = share_figures(CONTEXT, voices, attribute, unit="row", where=where)
        wanted = [
            row
            for row in expected("cv_singleword_de")
            if row["metric"] == "share"
            and row["group"].startswith(f"{attribute}=")
            and row["file"].endswith(f"{split}.tsv")
        ]
        assert len(wanted) == sum(f.metric == "share_of_all" for f in found.figures)
        for row in wanted:
            group = row["group"].split("=", 1)[1]
            assert meets(one(found, "share_of_all", group, f"split={split}"), row)
    check_intersections(voices, "cv_singleword_de", ("age", "gender"), f"{split}.tsv", where)
    check_classes(voices, "cv_singleword_de", "sentence", f"{split}.tsv", where)


def check_classes(
    tables: PublishedTables,
    dataset: str,
    label: str,
    file: str,
    where: dict[str, str | None] | None = None,
) -> None:
    found = label_balance_figures(CONTEXT, tables, label, unit="row", where=where)
    for metric, ours in (
        ("classes", "classes"),
        ("imbalance ratio max/min", "imbalance_ratio"),
        ("normalised entropy", "normalised_entropy"),
    ):
        assert meets(one(found, ours), expected_value(dataset, metric, label, file)), metric
    for metric in ("largest class", "smallest class"):
        (row,) = [
            row
            for row in expected(dataset)
            if row["metric"] == metric and row["file"].endswith(file)
        ]
        figure = one(found, metric.replace(" ", "_"))
        assert meets(figure, row)
        if metric == "smallest class":  # a tie of all 77 for the largest has no right name
            assert f"{label}={figure.group}" == row["group"]


@pytest.mark.parametrize("split", ["train", "test"])
def test_classes_of_banking77(split: str) -> None:
    rows = rows_of(f"banking77/{split}.csv")
    tables = publish(Tables.of(count(rows, ("category",))), 1)
    check_classes(tables, "banking77", "category", f"{split}.csv")
    sizes = size_figures(CONTEXT, tables)
    assert meets(one(sizes, "rows"), expected_value("banking77", "rows", split))
    texts = [row["text"] for row in rows]
    often = Counter(texts)
    again = Repeats(len(texts) - len(often), sum(n for n in often.values() if n > 1), people=0)
    found = repeat_figures(CONTEXT, tables, {"exact": RepeatsBySplit(again, {})})
    assert meets(one(found, "duplicates"), expected_value("banking77", "duplicate texts", split))
    assert found.verdict == "ok"


def test_overlap_of_banking77() -> None:
    splits = {
        name: [row["text"] for row in rows_of(f"banking77/{name}.csv")]
        for name in ("train", "test")
    }
    table = Table(("split",), "row", {(name,): len(texts) for name, texts in splits.items()})
    known = set(splits["train"])
    folded = {text.lower().strip() for text in known}
    overlaps = {
        "exact": Counted(sum(text in known for text in splits["test"]), people=0),
        "case_folded": Counted(
            sum(text.lower().strip() in folded for text in splits["test"]), people=0
        ),
    }
    found = overlap_figures(
        CONTEXT,
        publish(Tables.of(table), 5),
        split="split",
        first="train",
        second="test",
        overlaps=overlaps,
    )
    for group, matching in (("exact", "exact"), ("case-folded, stripped", "case_folded")):
        figure = one(found, "split_overlap", "train / test", f"matching={matching}")
        assert meets(figure, expected_value("banking77", "train/test text overlap", group))
        assert figure.denominator == 3080
    assert found.verdict == "attention"


def destatis() -> tuple[dict[str, float], dict[str, float]]:
    """Shares by sex, and by age band among those of 19 and over, as expected_statistics.md says."""
    rows = [row for row in rows_of("expected_statistics.csv") if row["metric"] == "reference_share"]
    by = {
        attribute: {
            row["group"]: float(row["numerator"]) for row in rows if row["attribute"] == attribute
        }
        for attribute in ("speaker sex vs Destatis", "speaker age 19+ vs Destatis")
    }
    return by["speaker sex vs Destatis"], by["speaker age 19+ vs Destatis"]


def test_representation_of_common_voice_against_the_population(voices: PublishedTables) -> None:
    sex, ages = destatis()
    for attribute, reference, left_out, prefix in (
        ("gender", sex, {"other"}, "representation ratio (speakers)|sex"),
        ("age", ages, {"teens"}, "representation ratio (speakers 19+)|age"),
    ):
        found = representation_figures(
            CONTEXT,
            voices,
            attribute,
            unit="person",
            reference=reference,
            no_reference=left_out,
        )
        metric, name = prefix.split("|")
        for group in reference:
            figure = one(found, "representation_ratio", group, "")
            assert meets(figure, expected_value("cv_de vs destatis", metric, f"{name}={group}"))
        assert found.verdict == "fail"
    tv = one(found, "total_variation_distance")
    assert meets(tv, expected_value("cv_de vs destatis", "total variation distance", "age 19+"))


def test_worst_cases_and_tests_of_fit_meet_the_reference_statistics(
    voices: PublishedTables,
) -> None:
    sex, ages = destatis()
    for attribute, reference, left_out, name in (
        ("gender", sex, {"other"}, "speaker sex vs Destatis"),
        ("age", ages, {"teens"}, "speaker age 19+ vs Destatis"),
    ):
        found = representation_figures(
            CONTEXT, voices, attribute, unit="person", reference=reference, no_reference=left_out
        )
        rows = [r for r in rows_of("expected_statistics.csv") if r["attribute"] == name]
        conditions = {
            "representation_ratio": "",
            "representation_ratio_all_untagged_out": "bound=all_unknown_out",
            "representation_ratio_all_untagged_in": "bound=all_unknown_in",
        }
        for row in rows:
            if row["metric"] in conditions:
                condition = conditions[row["metric"]]
                figure = one(found, "representation_ratio", row["group"], condition)
                assert meets(figure, row), row
                assert figure.ci_low == pytest.approx(float(row["ci_low"]), rel=1e-9)
                assert figure.ci_high == pytest.approx(float(row["ci_high"]), rel=1e-9)
        for metric, ours in (
            ("gof_chi2_p", "goodness_of_fit_p"),
            ("cohens_w", "cohens_w"),
            ("total_variation", "total_variation_distance"),
            ("js_distance_base2", "jensen_shannon_distance"),
        ):
            (row,) = [r for r in rows if r["metric"] == metric]
            assert one(found, ours).value == pytest.approx(float(row["value"]), rel=1e-9)


def test_diversity_of_bank_marketing(bank: PublishedTables) -> None:
    for attribute in ("job", "education"):
        found = diversity_figures(CONTEXT, bank, attribute, unit="row")
        rows = {
            row["metric"]: float(row["value"])
            for row in rows_of("expected_statistics.csv")
            if row["attribute"] == attribute
        }
        assert one(found, "normalised_entropy").value == pytest.approx(rows["shannon_normalised"])
        assert one(found, "gini_simpson").value == pytest.approx(rows["gini_simpson"])
        for q in ("0", "1", "2"):
            figure = one(found, "effective_number_of_groups", None, f"q={q}")
            assert figure.value == pytest.approx(rows[f"hill_q{q}"])


def test_sizes_and_ids_are_told_apart(voices: PublishedTables, bank: PublishedTables) -> None:
    sizes = size_figures(CONTEXT, voices, columns=10, split="split")
    assert meets(
        one(sizes, "rows", "", ""), expected_value("cv_singleword_de", "rows", "train+dev+test")
    )
    assert meets(
        one(sizes, "persons"), expected_value("cv_singleword_de", "speakers", "train+dev+test")
    )
    for split in SPLITS:
        row = expected_value("cv_singleword_de", "rows", "all", f"{split}.tsv")
        assert meets(one(sizes, "rows", "", f"split={split}"), row)
    figures = [*sizes.figures]
    for first, second in combinations(("age_band", "marital"), 2):
        figures += intersection_figures(CONTEXT, bank, (first, second), unit="row").figures
        figures += label_share_figures(CONTEXT, bank, (first,), "y", "yes", unit="row").figures
        figures += share_figures(CONTEXT, bank, first, unit="row").figures
    assert len({figure.id for figure in figures}) == len(figures)
