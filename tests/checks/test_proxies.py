"""Association of columns with protected attributes: figures, order, verdicts, masks, persons."""

from __future__ import annotations

import pytest
from counted_by_hand import CONTEXT, SHARED, count, one, rows_of

from impactbook.checks.figures.proxies import proxy_figures
from impactbook.checks.published import PublishedTables
from impactbook.checks.suppression import publish
from impactbook.checks.tables import Axes, Table, Tables

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")

Cells = dict[tuple[str | None, ...], int]
CLOSE: Cells = {("f", "x"): 90, ("f", "y"): 10, ("m", "x"): 10, ("m", "y"): 90}
LOOSE: Cells = {("f", "x"): 50, ("f", "y"): 50, ("m", "x"): 49, ("m", "y"): 51}


def published(*tables: Table, limit: int = 1) -> PublishedTables:
    return publish(Tables.of(*tables), limit)


def table(cells: Cells, axes: Axes = ("sex", "job")) -> Table:
    return Table(axes, "row", cells)


@needs_shared
@pytest.mark.parametrize(
    ("attribute", "column", "file", "delimiter"),
    [
        ("job", "education", "bank_marketing/bank-full.csv", ";"),
        ("marital", "y", "bank_marketing/bank-full.csv", ";"),
        ("race", "age_cat", "compas/compas_for_aequitas.csv", ","),
        ("sex", "score", "compas/compas_for_aequitas.csv", ","),
    ],
)
def test_figures_meet_the_reference_rows(
    attribute: str, column: str, file: str, delimiter: str
) -> None:
    tables = published(count(rows_of(file, delimiter), (attribute, column)))
    found = proxy_figures(CONTEXT, tables, [attribute], [column], unit="row")
    rows = {
        (row["metric"], row["group"]): row
        for row in rows_of("expected_statistics.csv")
        if row["attribute"] == f"{attribute} x {column}"
    }
    got = {
        ("cramers_v_bias_corrected", "all"): one(found, "cramers_v_corrected"),
        ("mutual_information_nats", "all"): one(found, "mutual_information"),
        ("theils_u", f"U({attribute}|{column})"): one(found, "theils_u", None, f"given={column}"),
        ("theils_u", f"U({column}|{attribute})"): one(
            found, "theils_u", None, f"given={attribute}"
        ),
    }
    for name, figure in got.items():
        assert figure.value == pytest.approx(float(rows[name]["value"]), rel=1e-9), name
        assert figure.denominator == int(rows[name]["numerator"])
        assert figure.attribute == f"{attribute}*{column}"
        assert figure.ci_low is not None
        assert figure.ci_high is not None
        assert figure.ci_low <= float(rows[name]["value"]) <= figure.ci_high


def test_a_close_column_needs_attention_and_a_loose_one_does_not() -> None:
    tables = published(table(CLOSE), table(LOOSE, ("sex", "shoe")))
    found = proxy_figures(CONTEXT, tables, ["sex"], ["shoe", "job"], unit="row")
    judged = [(f.attribute, f.verdict) for f in found.figures if f.metric == "cramers_v_corrected"]
    # the strongest first, whatever the order of the columns
    assert judged == [("sex*job", "attention"), ("sex*shoe", "ok")]
    assert found.verdict == "attention"


def test_an_association_that_only_may_be_strong_is_no_pass() -> None:
    # V = 0.2 of 40 people: the interval reaches beyond 0.3
    cells: Cells = {("f", "x"): 12, ("f", "y"): 8, ("m", "x"): 8, ("m", "y"): 12}
    found = proxy_figures(CONTEXT, published(table(cells)), ["sex"], ["job"], unit="row")
    figure = one(found, "cramers_v_corrected")
    assert figure.value is not None
    assert figure.value < 0.3
    assert figure.verdict == "attention"


def test_fewer_than_thirty_are_shown_and_not_judged() -> None:
    cells: Cells = {("f", "x"): 10, ("f", "y"): 4, ("m", "x"): 4, ("m", "y"): 11}
    found = proxy_figures(CONTEXT, published(table(cells)), ["sex"], ["job"], unit="row")
    figure = one(found, "cramers_v_corrected")
    assert (figure.denominator, figure.verdict) == (29, "not_enough_data")
    assert figure.value is not None


def test_people_without_one_of_the_values_do_not_count() -> None:
    cells: Cells = {**CLOSE, (None, "x"): 70, ("f", None): 80}
    found = proxy_figures(CONTEXT, published(table(cells)), ["sex"], ["job"], unit="row")
    assert one(found, "cramers_v_corrected").denominator == 200


def test_a_pair_that_is_not_shown_is_suppressed_and_never_a_pass() -> None:
    cells: Cells = {("f", "x"): 40, ("f", "y"): 2, ("m", "x"): 3, ("m", "y"): 50}
    found = proxy_figures(CONTEXT, published(table(cells), limit=5), ["sex"], ["job"], unit="row")
    figure = one(found, "cramers_v_corrected")
    assert (figure.value, figure.verdict) == (None, "suppressed")
    assert found.verdict == "suppressed"


def test_small_levels_stand_together_in_a_coarse_table() -> None:
    cells: Cells = {**CLOSE, ("f", "z"): 3, ("m", "z"): 20}
    whole = table(cells)
    margins = Tables.of(whole.without("job"), whole.without("sex"))
    tables = publish(margins, 5, (whole,))
    found = proxy_figures(CONTEXT, tables, ["sex"], ["job"], unit="row")
    figure = one(found, "cramers_v_corrected")
    assert figure.denominator == 223
    assert "levels_together" in figure.method


def test_rows_of_few_persons_are_judged_as_few_persons() -> None:
    """200 rows of 20 persons: what they show is shown, and too few to judge."""
    people = dict.fromkeys(CLOSE, 5)
    rows = Table(("sex", "job"), "row", CLOSE, people)
    persons = Table(("sex",), "person", {("f",): 10, ("m",): 10})
    found = proxy_figures(CONTEXT, published(rows, persons), ["sex"], ["job"], unit="row")
    figure = one(found, "cramers_v_corrected")
    assert figure.method == "bootstrap;effective_n=20"
    assert figure.verdict == "not_enough_data"


def test_a_protected_column_is_not_its_own_proxy_and_pairs_are_asked_once() -> None:
    tables = published(table(CLOSE))
    found = proxy_figures(CONTEXT, tables, ["sex", "job"], ["sex", "job"], unit="row")
    pairs = [f.attribute for f in found.figures if f.metric == "cramers_v_corrected"]
    assert pairs == ["sex*job"]


@pytest.mark.parametrize(
    ("cells", "attribute", "problem"),
    [
        (CLOSE, "age", "no_such_column"),
        ({("f", "x"): 40, ("f", "y"): 20}, "sex", "one_group_only"),
        ({("f", "x"): 40, ("m", "x"): 20}, "sex", "one_group_only"),
    ],
)
def test_nothing_to_compare_is_not_measured(cells: Cells, attribute: str, problem: str) -> None:
    found = proxy_figures(CONTEXT, published(table(cells)), [attribute], ["job"], unit="row")
    assert (found.figures, found.verdict, found.problem) == ((), "not_measured", problem)
