"""How far groups' labels are from all others': against reference values, by hand, and masked."""

from __future__ import annotations

import math

import pytest
from counted_by_hand import CONTEXT, SHARED, count, one, rows_of

from impactbook.checks import statistics as s
from impactbook.checks.figures.common import CheckFigures
from impactbook.checks.figures.label_distances import METRICS, label_distance_figures
from impactbook.checks.figures.labels import label_share_figures
from impactbook.checks.published import PublishedTables
from impactbook.checks.suppression import publish
from impactbook.checks.tables import Axes, Table, Tables

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")


def published(
    cells: dict[tuple[str | None, ...], int],
    axes: Axes = ("sex", "y"),
    *,
    limit: int = 1,
    coarse: bool = False,
) -> PublishedTables:
    table = Table(axes, "row", cells)
    if not coarse:
        return publish(Tables.of(table), limit)
    margins = Tables.of(*(table.without(axis) for axis in axes))
    return publish(margins, limit, (table,))


def compas(*axes: Axes) -> PublishedTables:
    rows = [
        row
        for row in rows_of("compas/compas_for_aequitas.csv")
        if row["race"] in ("African-American", "Caucasian")
    ]
    return publish(Tables.of(*(count(rows, names) for names in axes)), 1)


@needs_shared
@pytest.mark.parametrize("given", ["age_cat", "sex"])
def test_two_races_meet_every_reference_row_of_clarify(given: str) -> None:
    tables = compas(("race", "label_value"), (given, "race", "label_value"))
    found = label_distance_figures(
        CONTEXT, tables, "race", "label_value", unit="row", positive="1", given=given
    )
    group = "African-American"
    condition = "label=label_value"
    got = {
        "clarify_CI": one(found, "class_imbalance", group, condition),
        "clarify_DPL": one(
            found, "difference_in_proportions_of_labels", group, f"{condition};positive=1"
        ),
        "clarify_KL": one(found, "label_kl_divergence", group, condition),
        "clarify_JS": one(found, "label_js_divergence", group, condition),
        "clarify_LP2": one(found, "label_lp_distance", group, condition),
        "clarify_TVD": one(found, "label_total_variation", group, condition),
        "clarify_KS": one(found, "label_ks_distance", group, condition),
        "demographic_disparity": one(
            found, "demographic_disparity", group, f"{condition};positive=1"
        ),
        "clarify_CDDL": one(
            found,
            "conditional_demographic_disparity",
            group,
            f"{condition};positive=1;given={given}",
        ),
    }
    rows = [
        row
        for row in rows_of("expected_statistics.csv")
        if row["attribute"] == "race -> label_value=1"
        and row["group"].startswith("d=African-American a=Caucasian")
        and ("group=" not in row["group"] or row["group"].endswith(f"group={given}"))
    ]
    assert {row["metric"] for row in rows} == set(got)
    for row in rows:
        assert got[row["metric"]].value == pytest.approx(float(row["value"]), rel=1e-9), row


@needs_shared
def test_all_other_jobs_meet_the_adjusted_p_values_of_the_reference() -> None:
    rows = rows_of("bank_marketing/bank-full.csv", ";")
    tables = publish(Tables.of(count(rows, ("job", "y"))), 1)
    found = label_distance_figures(CONTEXT, tables, "job", "y", unit="row", positive="yes")
    expected = [r for r in rows_of("expected_statistics.csv") if r["metric"] == "vs_rest_p_holm"]
    assert len(expected) == 12
    for row in expected:
        figure = one(found, "difference_in_proportions_of_labels", row["group"])
        assert figure.p_adjusted == pytest.approx(float(row["value"]), rel=1e-9), row


def test_two_groups_by_hand() -> None:
    # f: 30 yes, 70 no; m: 50 yes, 50 no
    tables = published({("f", "yes"): 30, ("f", "no"): 70, ("m", "yes"): 50, ("m", "no"): 50})
    found = label_distance_figures(CONTEXT, tables, "sex", "y", unit="row", positive="yes")
    assert one(found, "label_total_variation", "f").value == pytest.approx(0.2)
    assert one(found, "label_ks_distance", "f").value == pytest.approx(0.2)
    assert one(found, "label_lp_distance", "f").value == pytest.approx(0.2 * math.sqrt(2))
    assert one(found, "class_imbalance", "f").value == 0
    difference = one(found, "difference_in_proportions_of_labels", "f")
    assert difference.value == pytest.approx(0.2)
    interval = s.newcombe(50, 100, 30, 100)
    assert (difference.ci_low, difference.ci_high) == (interval.low, interval.high)
    # women: 70 of 120 without, 30 of 80 with the label
    assert one(found, "demographic_disparity", "f").value == pytest.approx(70 / 120 - 30 / 80)
    # 0.5 ln(0.5/0.3) + 0.5 ln(0.5/0.7)
    wanted = 0.5 * math.log(5 / 3) + 0.5 * math.log(5 / 7)
    assert one(found, "label_kl_divergence", "f").value == pytest.approx(wanted)
    assert found.verdict == ""


def test_a_group_without_one_class_is_infinitely_far_and_says_so() -> None:
    tables = published({("f", "a"): 40, ("m", "a"): 30, ("m", "b"): 20})
    found = label_distance_figures(CONTEXT, tables, "sex", "y", unit="row")
    figure = one(found, "label_kl_divergence", "f")
    assert (figure.value, figure.method, figure.verdict) == (None, "infinite", "")
    # seen from the men every label of the women occurs
    assert one(found, "label_kl_divergence", "m").value == pytest.approx(math.log(1 / 0.6))


def test_few_people_are_named_as_a_doubt_of_the_p_value() -> None:
    tables = published({("f", "a"): 4, ("f", "b"): 1, ("m", "a"): 30, ("m", "b"): 20})
    found = label_distance_figures(CONTEXT, tables, "sex", "y", unit="row", positive="a")
    # 5 of 55 are women: of 21 b and 34 a fewer than 5 are expected among them
    assert one(found, "label_total_variation", "f").method == "bootstrap;expected_below_5"
    doubted = one(found, "difference_in_proportions_of_labels", "f").method
    assert doubted == "newcombe;two_proportion_z;holm;expected_below_5"


def test_small_classes_stand_together_and_the_distance_says_so() -> None:
    cells: dict[tuple[str | None, ...], int] = {
        ("f", "a"): 40,
        ("f", "b"): 2,
        ("f", "c"): 30,
        ("m", "a"): 20,
        ("m", "b"): 9,
        ("m", "c"): 40,
    }
    tables = published(cells, limit=5, coarse=True)
    found = label_distance_figures(CONTEXT, tables, "sex", "y", unit="row")
    figure = one(found, "label_total_variation", "f")
    # b joins a, the smaller of the others: f 42 and 30, m 29 and 40
    assert figure.value == pytest.approx(42 / 72 - 29 / 69)
    assert "classes_together" in figure.method


def test_a_masked_table_without_a_coarse_one_is_suppressed() -> None:
    cells: dict[tuple[str | None, ...], int] = {
        ("f", "a"): 40,
        ("f", "b"): 2,
        ("m", "a"): 20,
        ("m", "b"): 9,
    }
    found = label_distance_figures(CONTEXT, published(cells, limit=5), "sex", "y", unit="row")
    assert {figure.verdict for figure in found.figures} == {"suppressed"}
    assert all(figure.value is None for figure in found.figures)


def test_strata_with_hidden_cells_stand_together() -> None:
    """The disparity is that of the told strata and of one that holds all hidden ones."""
    cells: dict[tuple[str | None, ...], int] = {}
    for stratum, counts in {
        "x": (30, 40, 50, 60),
        "y": (2, 20, 30, 25),
        "z": (15, 3, 20, 25),
        "w": (10, 20, 40, 45),
    }.items():
        places = (("f", "yes"), ("f", "no"), ("m", "yes"), ("m", "no"))
        cells |= {(stratum, *place): k for place, k in zip(places, counts, strict=True)}
    tables = published(cells, ("age", "sex", "y"), limit=5)
    told = tables.get("row", ("sex", "y"))
    assert told is not None
    assert not told.masked
    found = label_distance_figures(
        CONTEXT, tables, "sex", "y", unit="row", positive="yes", given="age"
    )
    figure = one(found, "conditional_demographic_disparity", "f")
    assert figure.method == "bootstrap;strata_together"
    whole = tables.get("row", ("age", "sex", "y"))
    assert whole is not None
    hidden = {str(key[0]) for key in whole.masked}
    assert {"y", "z"} <= hidden
    strata = []
    for group in [[name] for name in "xyzw" if name not in hidden] + [sorted(hidden)]:

        def total(sex: str, label: str, inside: list[str] = group) -> int:
            return sum(cells[name, sex, label] for name in inside)

        strata.append(
            s.Stratum(
                total("f", "no"),
                total("f", "no") + total("m", "no"),
                total("f", "yes"),
                total("f", "yes") + total("m", "yes"),
            )
        )
    assert figure.value == pytest.approx(s.conditional_demographic_disparity(strata))


def test_hidden_counts_never_move_a_figure() -> None:
    """Two data sets that are published alike give the same bytes."""

    def figures(small: int) -> CheckFigures:
        cells: dict[tuple[str | None, ...], int] = {
            ("f", "a"): 40,
            ("f", "b"): small,
            ("f", "c"): 10 - small,
            ("m", "a"): 30,
            ("m", "b"): 50 - small,
            ("m", "c"): 40 + small,
        }
        return label_distance_figures(
            CONTEXT, published(cells, limit=5), "sex", "y", unit="row", positive="a"
        )

    assert figures(2) == figures(3)


@pytest.mark.parametrize(
    ("attribute", "label", "problem"),
    [
        ("age", "y", "no_such_column"),
        ("sex", "z", "no_such_column"),
        ("one", "y", "one_group_only"),
    ],
)
def test_what_is_not_there_is_not_measured(attribute: str, label: str, problem: str) -> None:
    cells: dict[tuple[str | None, ...], int] = {("f", "a", "x"): 9, ("m", "b", "x"): 8}
    tables = published(cells, ("sex", "y", "one"))
    found = label_distance_figures(CONTEXT, tables, attribute, label, unit="row")
    assert (found.verdict, found.problem) == ("not_measured", problem)


def test_every_distance_has_a_metric_of_its_own() -> None:
    assert set(METRICS) == set(s.LABEL_DISTANCES)


def test_weights_enter_label_shares_and_their_intervals() -> None:
    """Women's 40 positive rows weigh three times as much as their other rows."""
    cells: dict[tuple[str | None, ...], int] = {
        ("f", "yes"): 40,
        ("f", "no"): 60,
        ("m", "yes"): 50,
        ("m", "no"): 50,
    }
    weight = {("f", "yes"): 3.0, ("f", "no"): 1.0, ("m", "yes"): 1.0, ("m", "no"): 1.0}
    table = Table(
        ("sex", "y"),
        "row",
        cells,
        weights={key: cells[key] * each for key, each in weight.items()},
        squares={key: cells[key] * each**2 for key, each in weight.items()},
    )
    tables = publish(Tables.of(table), 1)
    found = label_share_figures(CONTEXT, tables, ("sex",), "y", "yes", unit="row")
    share = one(found, "label_share", "f", "label=y;positive=yes")
    # 120 of 180; (120 + 60)^2 / (40 * 9 + 60) = 77.14 people
    assert share.value == pytest.approx(120 / 180)
    assert (share.numerator, share.denominator) == (40, 100)
    interval = s.wilson_effective(120 / 180, 180**2 / 420)
    assert share.ci_low == pytest.approx(interval.low, rel=1e-6)
    assert share.ci_high == pytest.approx(interval.high, rel=1e-6)
    assert share.method == "wilson;effective_n=77.1"
    beside = one(found, "label_share", "f", "label=y;positive=yes;weights=none")
    assert beside.value == 0.4
    judged = [f for f in found.figures if f.verdict]
    assert [f.condition for f in judged] == ["label=y;positive=yes;groups=n>=30"]
    # lowest: men with 1/2, highest: women with 2/3
    assert judged[0].value == pytest.approx(0.75)
