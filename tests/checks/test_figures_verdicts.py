"""Verdicts, masked values and refusals of every figure module, with figures worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from counted_by_hand import CONTEXT, one
from hypothesis import given
from hypothesis import strategies as st

from impactbook.checks.figures import (
    CheckFigures,
    Counted,
    conflicting_figures,
    diversity_figures,
    intersection_figures,
    label_balance_figures,
    label_share_figures,
    missing_figures,
    overlap_figures,
    representation_figures,
    share_figures,
    size_figures,
)
from impactbook.checks.published import PublishedTables
from impactbook.checks.suppression import publish
from impactbook.checks.tables import (
    CONFLICTING,
    KNOWN,
    MISSING,
    Key,
    Level,
    Table,
    Tables,
    TableUnit,
)


def tables(
    axes: tuple[str, ...],
    counts: Mapping[Key, int],
    *,
    unit: TableUnit = "person",
    limit: int = 1,
) -> PublishedTables:
    return publish(Tables.of(Table(axes, unit, counts)), limit)


def by_sex(limit: int = 1, **counts: int) -> PublishedTables:
    named: dict[Key, int] = {(level,): n for level, n in counts.items() if level != "unknown"}
    if "unknown" in counts:
        named[(MISSING,)] = counts["unknown"]
    return tables(("sex",), named, limit=limit)


def represented(published: PublishedTables, **reference: float) -> CheckFigures:
    return representation_figures(CONTEXT, published, "sex", unit="person", reference=reference)


# shares


def test_share_leaves_the_unknown_out_and_share_of_all_does_not() -> None:
    # 30 of 40 known, 30 of 50 in all
    found = share_figures(CONTEXT, by_sex(f=30, m=10, unknown=10), "sex", unit="person")
    known, whole = one(found, "share", "f"), one(found, "share_of_all", "f")
    assert (known.value, known.denominator, known.unknown) == (0.75, 40, 10)
    assert (whole.value, whole.denominator, whole.unknown) == (0.6, 50, None)
    assert one(found, "share_of_all", "missing").value == 0.2
    assert found.verdict == ""
    # Wilson 30/40: (30 + 1.920729 -+ 1.959964 sqrt(7.5 + 0.960365)) / 43.841459
    assert known.ci_low == pytest.approx((31.920729 - 1.959964 * 8.460365**0.5) / 43.841459)


def test_persons_whose_rows_disagree_count_as_unknown() -> None:
    published = tables(("sex",), {("f",): 30, ("m",): 10, (CONFLICTING,): 2, (MISSING,): 8})
    found = share_figures(CONTEXT, published, "sex", unit="person")
    assert one(found, "share", "f").denominator == 40
    assert one(found, "share", "f").unknown == 10
    assert one(found, "share_of_all", "conflicting").value == 0.04
    conflicts = conflicting_figures(CONTEXT, published, ["sex", "not counted"])
    assert one(conflicts, "conflicting_persons").value == 2
    assert conflicts.verdict == "attention"


def test_masked_shares_have_no_value_and_say_so() -> None:
    found = share_figures(CONTEXT, by_sex(5, f=65, m=331, x=3), "sex", unit="person")
    for group in ("f", "x"):
        figure = one(found, "share", group)
        assert (figure.value, figure.numerator, figure.ci_low) == (None, None, None)
        assert figure.verdict == "suppressed"
        assert figure.denominator == 399
    assert one(found, "share", "m").numerator == 331


def test_a_column_that_was_not_counted_is_not_measured() -> None:
    empty = tables(("sex",), {})
    for found in (
        share_figures(CONTEXT, by_sex(f=3), "age", unit="person"),
        representation_figures(
            CONTEXT, by_sex(f=3), "age", unit="person", reference={"a": 1, "b": 1}
        ),
        intersection_figures(CONTEXT, by_sex(f=3), ("sex", "age"), unit="person"),
        label_share_figures(CONTEXT, by_sex(f=3), ("sex",), "y", "yes", unit="person"),
        label_balance_figures(CONTEXT, by_sex(f=3), "y", unit="person"),
        diversity_figures(CONTEXT, by_sex(f=3), "age", unit="person"),
        conflicting_figures(CONTEXT, by_sex(f=3), ["age"]),
    ):
        assert (found.verdict, found.problem, found.figures) == (
            "not_measured",
            "no_such_column",
            (),
        )
    for found in (
        share_figures(CONTEXT, empty, "sex", unit="person"),
        label_balance_figures(CONTEXT, empty, "sex", unit="person"),
        diversity_figures(CONTEXT, empty, "sex", unit="person"),
    ):
        assert (found.verdict, found.problem) == ("not_measured", "no_rows")


# representation


def test_a_ratio_inside_the_band_is_ok() -> None:
    # 500 of 1,000 against one half: ratio 1, Wilson +- 3.5 points at the Bonferroni level
    found = represented(by_sex(f=500, m=500), f=0.5, m=0.5)
    assert found.verdict == "ok"
    figure = one(found, "representation_ratio", "f", "")
    assert (figure.value, figure.reference) == (1.0, 0.5)
    assert (figure.threshold_low, figure.threshold_high) == (0.8, 1.25)
    assert figure.method == "wilson;bonferroni=0.975"


def test_a_ratio_outside_the_band_fails_and_one_across_it_asks_for_attention() -> None:
    # 100 of 1,000 against 0.5: at most 0.25. 41 of 100 against 0.5: 0.82, interval 0.62 to 1.05
    found = represented(by_sex(f=100, m=900), f=0.5, m=0.5)
    assert one(found, "representation_ratio", "f", "").verdict == "fail"
    across = represented(by_sex(f=41, m=59), f=0.5, m=0.5)
    assert one(across, "representation_ratio", "f", "").verdict == "attention"


def test_the_verdict_uses_the_wider_interval_and_both_are_printed() -> None:
    found = represented(by_sex(f=340, m=660), f=0.5, m=0.5)
    plain = one(found, "representation_ratio", "f", "")
    wide = one(found, "representation_ratio", "f", "interval=bonferroni")
    assert (plain.ci_level, wide.ci_level) == (0.95, 0.975)
    assert plain.ci_low is not None
    assert wide.ci_low is not None
    assert wide.ci_low < plain.ci_low
    assert wide.verdict == ""


def test_too_few_people_are_measured_and_not_judged() -> None:
    found = represented(by_sex(f=5, m=20), f=0.5, m=0.5)
    figure = one(found, "representation_ratio", "f", "")
    assert figure.value == pytest.approx(0.4)
    assert found.verdict == "not_enough_data"
    # 100 people, but only 100 * 0.04 = 4 expected
    rare = represented(by_sex(f=0, m=100), f=0.04, m=0.96)
    absent = one(rare, "representation_ratio", "f", "")
    assert (absent.value, absent.numerator) == (0.0, 0)
    assert absent.verdict == "not_enough_data"


def test_a_group_that_should_be_there_and_is_not_fails() -> None:
    found = represented(by_sex(f=0, m=200), f=0.5, m=0.5)
    assert one(found, "representation_ratio", "f", "").value == 0
    assert found.verdict == "fail"


def test_an_ok_that_the_unknown_could_overturn_becomes_attention() -> None:
    # 500/1000 known; with 1,000 unknown the share may be 500/2000 (0.5) or 1500/2000 (1.5)
    found = represented(by_sex(f=500, m=500, unknown=1000), f=0.5, m=0.5)
    assert one(found, "representation_ratio", "f", "").verdict == "attention"
    assert one(found, "representation_ratio", "f", "bound=all_unknown_out").value == 0.5
    assert one(found, "representation_ratio", "f", "bound=all_unknown_in").value == 1.5
    # 100 unknown cannot: 500/1100 / 0.5 = 0.91 and 600/1100 / 0.5 = 1.09
    assert represented(by_sex(f=500, m=500, unknown=100), f=0.5, m=0.5).verdict == "ok"


def test_groups_without_a_reference_stay_out_of_the_denominator() -> None:
    published = by_sex(f=65, m=331, other=5, unknown=1010)
    found = representation_figures(
        CONTEXT,
        published,
        "sex",
        unit="person",
        reference={"f": 42294114, "m": 41161931},
        no_reference={"other"},
    )
    figure = one(found, "representation_ratio", "f", "")
    # 65/396 over 42,294,114/83,456,045
    assert figure.value == pytest.approx(0.164141 / 0.506783, rel=1e-5)
    assert (figure.denominator, figure.unknown) == (396, 1010)
    with pytest.raises(ValueError, match="reference"):
        represented(published, f=0.5, m=0.5)


def test_distances_by_hand() -> None:
    # shares 0.1/0.9 against 0.5/0.5: half of 0.4 + 0.4; chi-square 2 * 400^2/500 = 640, w = 0.8
    found = represented(by_sex(f=100, m=900), f=0.5, m=0.5)
    assert one(found, "total_variation_distance").value == pytest.approx(0.4)
    assert one(found, "cohens_w").value == pytest.approx(0.8)
    assert one(found, "goodness_of_fit_p").method == "chi_square;df=1"


def test_a_test_of_fit_says_how_many_expected_counts_are_thin() -> None:
    found = represented(by_sex(f=1, m=99), f=0.04, m=0.96)
    assert one(found, "goodness_of_fit_p").method == "chi_square;df=1;expected_below_5=1"


def test_a_masked_ratio_still_fails_when_every_possible_count_would() -> None:
    # 2 and 6 of 1,008 are masked: each 1 to 7, while 10 % or 101 are expected; m is told
    found = represented(by_sex(5, f=2, x=6, m=1000), f=0.1, x=0.1, m=0.8)
    figure = one(found, "representation_ratio", "f", "")
    assert (figure.value, figure.numerator, figure.ci_high) == (None, None, None)
    assert figure.verdict == "fail"
    assert (figure.threshold_low, figure.denominator) == (0.8, 1008)


def test_a_masked_ratio_that_could_be_either_is_suppressed() -> None:
    # f 4 and x 200 are masked, each 1 to 203 of 404: 0.005 to 1.0 times the expected
    found = represented(by_sex(5, f=4, x=200, m=300), f=0.2, x=0.2, m=0.6)
    assert one(found, "representation_ratio", "f", "").verdict == "suppressed"
    assert not [f for f in found.figures if f.group == "f" and f.value is not None]


def test_masked_groups_are_put_together_before_anything_is_tested() -> None:
    # published: m 1000, the other two together 8 of 1,008 against 0.2
    found = represented(by_sex(5, f=2, x=6, m=1000), f=0.1, x=0.1, m=0.8)
    distance = one(found, "total_variation_distance", None, "masked=together")
    assert distance.value == pytest.approx(0.2 - 8 / 1008)
    assert one(found, "goodness_of_fit_p").method == "chi_square;df=1"


@given(f=st.integers(1, 4), rest=st.integers(5, 60), m=st.integers(70, 500))
def test_no_figure_depends_on_how_a_hidden_sum_is_split(f: int, rest: int, m: int) -> None:
    hidden = f + rest
    one_split = represented(by_sex(5, f=f, x=rest, m=m), f=0.3, x=0.3, m=0.4)
    other = represented(by_sex(5, f=hidden - 1, x=1, m=m), f=0.3, x=0.3, m=0.4)
    assert one_split == other


# intersections

CROSS: dict[Key, int] = {
    ("old", "f"): 40,
    ("old", "m"): 50,
    ("young", "f"): 29,
    ("young", "m"): 30,
    (MISSING, "f"): 7,
    ("old", MISSING): 9,
}


def test_cells_by_hand() -> None:
    found = intersection_figures(
        CONTEXT, tables(("age", "sex"), CROSS), ("age", "sex"), unit="person"
    )
    assert one(found, "cells_possible").value == 4
    assert one(found, "cells_empty").value == 0
    assert one(found, "cells_below_30").value == 1
    smallest = one(found, "min_cell_count")
    assert (smallest.value, smallest.group, smallest.verdict) == (29, "young / f", "attention")
    assert [f.group for f in found.figures if f.metric == "cell_count"] == ["young / f"]
    assert found.verdict == "attention"
    covered = intersection_figures(
        CONTEXT, tables(("age", "sex"), CROSS), ("age", "sex"), unit="person", min_cell=29
    )
    assert covered.verdict == "ok"


def test_an_empty_cell_is_thin_unless_it_cannot_exist() -> None:
    counts: dict[Key, int] = {("old", "f"): 40, ("old", "m"): 50, ("young", "f"): 35}
    published = tables(("age", "sex"), counts)
    found = intersection_figures(CONTEXT, published, ("age", "sex"), unit="person")
    assert one(found, "cell_count").group == "young / m"
    assert one(found, "cell_count").value == 0
    assert found.verdict == "attention"
    excused = intersection_figures(
        CONTEXT, published, ("age", "sex"), unit="person", impossible=[{"age": "young", "sex": "m"}]
    )
    assert excused.verdict == "ok"
    assert one(excused, "cells_empty").value == 1


def test_one_level_only_is_not_measured() -> None:
    counts: dict[Key, int] = {("old", "f"): 40, ("old", "m"): 50}
    found = intersection_figures(
        CONTEXT, tables(("age", "sex"), counts), ("age", "sex"), unit="person"
    )
    assert (found.verdict, found.problem) == ("not_measured", "one_group_only")


def test_masked_cells_are_named_in_the_order_of_their_names() -> None:
    # z/u is the smallest; telling it first would tell that
    counts: dict[Key, int] = {
        (a, b): n
        for (a, b), n in zip(
            [("x", "u"), ("x", "v"), ("y", "u"), ("y", "v"), ("z", "u"), ("z", "v")],
            [4, 60, 3, 70, 1, 80],
            strict=True,
        )
    }
    published = tables(("one", "two"), counts, limit=5)
    found = intersection_figures(CONTEXT, published, ("one", "two"), unit="person")
    named = [f.group for f in found.figures if f.metric == "cell_count" and f.value is None]
    assert named == sorted(named)
    assert one(found, "min_cell_count").value is None
    assert one(found, "min_cell_count").group == ""


# labels


def labelled(limit: int = 1, **groups: tuple[int, int]) -> PublishedTables:
    counts: dict[Key, int] = {}
    for group, (yes, no) in groups.items():
        counts |= {(group, "yes"): yes, (group, "no"): no}
    return tables(("sex", "y"), counts, unit="row", limit=limit)


def label_shares(published: PublishedTables, **options: float) -> CheckFigures:
    threshold = options.get("threshold_low", 0.8)
    return label_share_figures(
        CONTEXT, published, ("sex",), "y", "yes", unit="row", threshold_low=threshold
    )


RATIO = "label=y;positive=yes;groups=n>=30"


def test_label_shares_compared_by_hand() -> None:
    # f 100 of 1,000, m 400 of 1,000: ratio 0.25, difference 0.3
    found = label_shares(labelled(f=(100, 900), m=(400, 600)))
    ratio = one(found, "label_share_ratio", None, RATIO)
    assert (ratio.value, ratio.group, ratio.verdict) == (0.25, "f / m", "fail")
    difference = one(found, "label_share_difference", None, RATIO)
    assert difference.value == pytest.approx(0.3)
    assert difference.group == "m / f"
    assert one(found, "label_share_ratio", None, "label=y;positive=yes;groups=all").verdict == ""
    assert found.verdict == "fail"


def test_label_shares_that_are_alike_are_ok_and_doubtful_ones_ask_for_attention() -> None:
    assert label_shares(labelled(f=(5000, 5000), m=(5000, 5000))).verdict == "ok"
    # 20/40 and 16/40: ratio 0.8, interval far to both sides
    assert label_shares(labelled(f=(20, 20), m=(16, 24))).verdict == "attention"


def test_small_groups_are_shown_and_not_judged() -> None:
    found = label_shares(labelled(f=(0, 3), m=(50, 50), x=(50, 50)))
    assert one(found, "label_share_ratio", None, "label=y;positive=yes;groups=all").value == 0
    assert one(found, "label_share_ratio", None, RATIO).value == 1
    assert label_shares(labelled(f=(2, 3), m=(50, 50))).verdict == "not_enough_data"


def test_a_large_group_without_any_positive_label_fails() -> None:
    found = label_shares(labelled(f=(0, 500), m=(250, 250)))
    ratio = one(found, "label_share_ratio", None, RATIO)
    assert (ratio.value, ratio.verdict, ratio.ci_low) == (0, "fail", 0)
    assert ratio.method.startswith("miettinen_nurminen")


def test_those_without_a_value_are_a_group_and_without_a_label_are_not_counted() -> None:
    counts: dict[Key, int] = {
        ("f", "yes"): 40,
        ("f", "no"): 40,
        ("f", MISSING): 20,
        (MISSING, "yes"): 30,
        (MISSING, "no"): 70,
    }
    found = label_shares(tables(("sex", "y"), counts, unit="row"))
    f, missing = one(found, "label_share", "f"), one(found, "label_share", "missing")
    assert (f.value, f.denominator, f.unknown) == (0.5, 80, 20)
    assert missing.value == 0.3


def test_a_masked_label_share_suppresses_the_comparison_but_not_a_fail() -> None:
    # x: 3 of 60 is masked with its 57, and z takes the blame with it; f and m are 0.25 apart
    found = label_shares(labelled(5, f=(100, 900), m=(400, 600), x=(3, 57), z=(50, 60)))
    ratio = one(found, "label_share_ratio", None, RATIO)
    assert (ratio.value, ratio.verdict) == (None, "fail")
    alike = label_shares(labelled(5, f=(5000, 5000), m=(5000, 5000), x=(3, 57), z=(50, 60)))
    assert alike.verdict == "suppressed"


def test_one_group_has_nothing_to_be_compared_with() -> None:
    found = label_shares(labelled(f=(100, 900)))
    assert (found.verdict, found.problem) == ("not_measured", "one_group_only")
    assert one(found, "label_share", "f").value == 0.1


def classes(limit: int = 1, **counts: int) -> PublishedTables:
    return tables(("y",), {(name,): n for name, n in counts.items()}, unit="row", limit=limit)


def test_balance_of_classes_by_hand() -> None:
    # 20 : 10 : 10: ratio 2; H = 1.5 ln 2 over ln 3 = 0.946395
    published = classes(a=10, b=20, c=10)
    found = label_balance_figures(CONTEXT, published, "y", unit="row", max_imbalance=3)
    ratio = one(found, "imbalance_ratio")
    assert (ratio.value, ratio.group, ratio.verdict) == (2, "b / a", "ok")
    assert one(found, "normalised_entropy").value == pytest.approx(0.946395, abs=1e-6)
    assert one(found, "effective_number_of_groups").value == pytest.approx(2**1.5)
    assert one(found, "smallest_class").group == "a"
    assert one(found, "label_share", "b").value == 0.5
    strict = label_balance_figures(CONTEXT, published, "y", unit="row", max_imbalance=1.5)
    assert strict.verdict == "attention"
    assert label_balance_figures(CONTEXT, published, "y", unit="row").verdict == ""


def test_a_masked_class_leaves_the_measures_of_balance_open() -> None:
    found = label_balance_figures(
        CONTEXT, classes(5, a=3, b=20, c=90), "y", unit="row", max_imbalance=3
    )
    assert found.verdict == "suppressed"
    assert one(found, "imbalance_ratio").value is None
    assert one(found, "classes").value == 3
    assert [f.group for f in found.figures if f.metric == "label_share"] == ["a", "b", "c"]


def test_one_class_is_no_label() -> None:
    found = label_balance_figures(CONTEXT, classes(a=30), "y", unit="row")
    assert (found.verdict, found.problem) == ("not_measured", "one_group_only")


# diversity


def test_diversity_by_hand_and_masked() -> None:
    found = diversity_figures(CONTEXT, by_sex(f=30, m=10, unknown=60), "sex", unit="person")
    # p = 3/4, 1/4: 1 - 10/16 = 0.375; Hill 2 = 16/10
    assert one(found, "gini_simpson").value == pytest.approx(0.375)
    assert one(found, "effective_number_of_groups", None, "q=2").value == pytest.approx(1.6)
    assert one(found, "groups").value == 2
    assert one(found, "gini_simpson").unknown == 60
    # f is masked and so is m, but not their sum: 12/102 and 90/102; 1 - (144 + 8100)/10404
    masked = diversity_figures(CONTEXT, by_sex(5, f=2, m=10, x=90), "sex", unit="person")
    assert one(masked, "gini_simpson").value == pytest.approx(1 - 8244 / 10404)
    assert one(masked, "gini_simpson").condition == "masked=together"
    assert one(masked, "groups").value == 3
    single = diversity_figures(CONTEXT, by_sex(f=30), "sex", unit="person")
    assert single.problem == "one_group_only"


# quality


def test_sizes_are_published_ones() -> None:
    published = tables(("split",), {("train",): 30, ("test",): 3}, unit="row", limit=5)
    found = size_figures(CONTEXT, published, columns=4, split="split")
    assert one(found, "rows", "", "").value == 33
    assert one(found, "rows", "", "split=test").verdict == "suppressed"
    assert one(found, "columns").value == 4
    assert not [f for f in found.figures if f.metric == "persons"]


@pytest.mark.parametrize(
    ("missing", "verdict"), [(0, "ok"), (20, "ok"), (21, "attention"), (100, "attention")]
)
def test_missing_values_are_judged_by_their_share(missing: int, verdict: str) -> None:
    counts: dict[Key, int] = {(KNOWN,): 100 - missing, (MISSING,): missing}
    found = missing_figures(CONTEXT, tables(("note",), counts, unit="row"), ["note"])
    figure = one(found, "missing_share", "", "")
    assert (figure.value, figure.denominator) == (missing / 100, 100)
    assert figure.id == "sample/missing_share/note//"
    assert (figure.verdict, found.verdict) == (verdict, verdict)


def test_few_missing_values_are_ok_without_saying_how_few() -> None:
    # 3 missing, masked with the 6 "x": at most 8 of 109, below 20 %
    counts: dict[Key, int] = {("f",): 100, ("x",): 6, (MISSING,): 3}
    found = missing_figures(CONTEXT, tables(("sex",), counts, unit="row", limit=5), ["sex"])
    figure = one(found, "missing_share")
    assert (figure.value, figure.numerator, figure.verdict) == (None, None, "ok")
    hidden: dict[Key, int] = {(KNOWN,): 100, (MISSING,): 3}
    both = missing_figures(CONTEXT, tables(("sex",), hidden, unit="row", limit=5), ["sex"])
    assert both.verdict == "suppressed"


def test_a_column_without_a_table_is_not_measured_and_none_refuses() -> None:
    found = missing_figures(CONTEXT, classes(a=5), ["y", "gone"])
    assert [figure.verdict for figure in found.figures] == ["ok", "not_measured"]
    assert found.verdict == "not_measured"
    assert missing_figures(CONTEXT, classes(a=5), []).verdict == "not_measured"


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        (Counted(3), None),
        (Counted(3, people=0), 3),
        (Counted(300, people=2), None),
        (Counted(300, people=9), 300),
        (Counted(0), 0),
        (Counted(5), 5),
    ],
)
def test_counts_outside_tables_are_masked_by_the_people_behind_them(
    counted: Counted, told: int | None
) -> None:
    assert counted.published(5) == told
    assert counted.published(1) == counted.count


def test_any_overlap_asks_for_attention_even_a_masked_one() -> None:
    published = tables(("split",), {("train",): 80, ("test",): 20}, limit=5)

    def overlap(count: int) -> CheckFigures:
        return overlap_figures(
            CONTEXT,
            published,
            split="split",
            first="train",
            second="test",
            overlaps={"persons": Counted(count)},
            unit="person",
        )

    assert overlap(0).verdict == "ok"
    assert (overlap(2).verdict, one(overlap(2), "split_overlap").value) == ("attention", None)
    assert one(overlap(9), "split_overlap").denominator == 20


def test_where_becomes_the_condition() -> None:
    where: dict[str, Level] = {"split": "train"}
    counts: dict[Key, int] = {
        ("train", "f"): 30,
        ("train", "m"): 70,
        ("test", "f"): 1,
        ("test", "m"): 99,
    }
    found = share_figures(
        CONTEXT, tables(("split", "sex"), counts), "sex", unit="person", where=where
    )
    figure = one(found, "share", "f")
    assert (figure.value, figure.condition) == (0.3, "split=train")
    assert figure.id == "sample/share/sex/f/split=train"
