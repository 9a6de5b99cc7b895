"""Who labelled and how far they agree: Krippendorff's alpha, disagreement by group, concentration."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from counted_by_hand import CONTEXT, SHARED, rows_of
from declared import dataset, figure, result, run
from rows_on_engines import ENGINES, open_engine, put

from impactbook.checks import expectations as ours
from impactbook.checks.annotatormetrics import (
    MOST_LABELS,
    Annotations,
    count_annotations,
    publish_annotations,
)
from impactbook.checks.figures.annotators import (
    ALIKE,
    LABELLED,
    ONCE,
    TORN,
    annotator_figures,
    label_values,
)
from impactbook.checks.figures.common import CheckFigures, FigureContext
from impactbook.checks.figures.quality import Counted
from impactbook.checks.gx_duckdb import open_batches
from impactbook.checks.published import PublishedTable
from impactbook.checks.tables import CONFLICTING, KNOWN, MISSING, OTHER_VALUES, Table, Tables
from impactbook.language import phrases

COLUMNS = ("item", "label", "coder", "sex", "who")
ROWS = [
    # i1: two labels alike; i2: two that differ; i3: one; i4: one annotator twice, differently.
    ("i1", "yes", "a", "f", "p1"),
    ("i1", "yes", "b", "f", "p1"),
    ("i2", "yes", "a", "m", "p2"),
    ("i2", "no", "b", "m", "p2"),
    ("i3", "no", "c", "m", "p2"),
    ("i4", "no", "a", "f", "p3"),
    ("i4", "yes", "a", "m", "p3"),
    # i5: the same label by the same annotator twice is one label.
    ("i5", "no", "b", None, None),
    ("i5", "no", "b", None, None),
    # Nothing to count: no item, no label, no annotator.
    (None, "yes", "a", "f", "p1"),
    ("i1", None, "c", "f", "p1"),
    ("i1", "no", None, "f", "p4"),
]


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    with open_engine(request.param, request, tmp_path_factory.mktemp("labels")) as opened:
        yield opened


def counted(engine: Any, rows: Any = ROWS, person: str | None = None) -> Annotations:
    return count_annotations(
        engine,
        put(engine, COLUMNS, rows),
        item="item",
        label="label",
        annotator="coder",
        by=("sex",),
        person=person,
    )


def test_items_are_counted_by_how_they_were_labelled(engine: Any) -> None:
    """Labels no and yes: i1 (0, 2), i2 and i4 (1, 1), i3 and i5 (1, 0); a gave 4, b 3, c 1."""
    found = counted(engine, person="who")
    assert found.labels == ("no", "yes")
    assert found.patterns == {(0, 2): 1, (1, 1): 2, (1, 0): 2}
    assert found.loads == (4, 3, 1)
    assert found.left_out == Counted(3, 2)
    whole = found.tables.get("row", (LABELLED,))
    assert whole is not None
    assert whole.counts == {(ALIKE,): 1, (TORN,): 2, (ONCE,): 2}
    # Torn: i2 (p2), i4 (p3); once: i3 (p2) and i5, whose person is not known.
    assert whole.people == {(ALIKE,): 1, (TORN,): 2, (ONCE,): 1}
    by_sex = found.tables.get("row", ("sex", LABELLED))
    assert by_sex is not None
    assert by_sex.counts == {
        ("f", ALIKE): 1,
        ("m", TORN): 1,
        ("m", ONCE): 1,
        (CONFLICTING, TORN): 1,
        (None, ONCE): 1,
    }


def test_without_persons_each_item_is_one(engine: Any) -> None:
    found = counted(engine)
    assert found.left_out == Counted(3, None)
    assert {table.people for table in found.tables} == {None}


def test_nothing_labelled_is_no_item(engine: Any) -> None:
    found = counted(engine, [("i1", None, "a", "f", "p1")])
    assert (found.labels, found.patterns, found.loads) == ((), {}, ())


# --- the reference ------------------------------------------------------------------------------


def matrices() -> list[dict[str, str]]:
    if not SHARED.exists():
        return []
    rows = rows_of("expected_statistics.csv")
    return [row for row in rows if row["metric"] == "krippendorff_alpha"]


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with open_batches(tmp_path_factory.mktemp("alpha") / "x.duckdb") as batches:
        yield batches.engine


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not here")
@pytest.mark.parametrize("row", matrices(), ids=lambda row: f"{row['attribute']} {row['group']}")
def test_alpha_of_the_published_examples_is_the_reference(duck: Any, row: dict[str, str]) -> None:
    """From one row per label, through the query, the published tables and the figure."""
    told = re.search(r"missing: ([^;]+);", row["method"])
    assert told is not None
    rows = [
        (f"u{unit}", label, f"coder{coder}", None, None)
        for coder, labels in enumerate(told.group(1).split(" / "))
        for unit, label in enumerate(labels.split())
        if label != "."
    ]
    found = publish_annotations(counted(duck, rows), 1, {})
    figures = annotator_figures(
        CONTEXT,
        found,
        "label",
        (),
        scale=row["group"],
        alpha_low=0.8,
        share_high=0.5,  # type: ignore[arg-type]
    )
    alpha = only(figures, "krippendorff_alpha")
    assert alpha.value == pytest.approx(float(row["value"]), rel=float(row["tolerance"]))
    assert alpha.denominator == float(row["denominator"])
    assert alpha.ci_low is not None
    assert alpha.ci_high is not None
    assert alpha.ci_low <= alpha.value <= alpha.ci_high
    assert (alpha.unit, alpha.condition) == ("rating", f"level={row['group']}")


# --- figures ------------------------------------------------------------------------------------


def only(found: CheckFigures, metric: str, attribute: str = "label", group: str = "") -> Any:
    (one,) = [
        one
        for one in found.figures
        if (one.metric, one.attribute, one.group) == (metric, attribute, group)
    ]
    return one


def annotated(
    patterns: dict[tuple[int, ...], int], loads: tuple[int, ...], **by_sex: tuple[int, int, int]
) -> Annotations:
    """Items by pattern; of each sex so many alike, torn and labelled once."""
    counts = {ONCE: 0, ALIKE: 0, TORN: 0}
    for pattern, items in patterns.items():
        how = ONCE if sum(pattern) == 1 else ALIKE if max(pattern) == sum(pattern) else TORN
        counts[how] += items
    tables = [Table((LABELLED,), "row", {(how,): count for how, count in counts.items() if count})]
    if by_sex:
        cells = {
            (sex, how): count
            for sex, row in by_sex.items()
            for how, count in zip((ALIKE, TORN, ONCE), row, strict=True)
            if count
        }
        tables.append(Table(("sex", LABELLED), "row", cells))
    labels = tuple(f"l{place}" for place in range(len(next(iter(patterns)))))
    return Annotations(Tables.of(*tables), labels, patterns, loads, Counted(0))


def answer(
    found: Annotations, limit: int = 5, by: tuple[str, ...] = (), **how: Any
) -> CheckFigures:
    context = FigureContext("sample", "training_data", limit)
    asked = {"scale": "nominal", "alpha_low": 0.8, "share_high": 0.5, **how}
    return annotator_figures(context, publish_annotations(found, limit, {}), "label", by, **asked)


MANY = (40, 40, 40, 40, 40)


def test_alpha_is_judged_by_its_interval() -> None:
    """All alike but some: alpha near 1 is ok, near chance fails, in between it is open."""
    good = answer(annotated({(2, 0): 500, (0, 2): 500, (1, 1): 6}, MANY))
    assert only(good, "krippendorff_alpha").verdict == good.verdict == "ok"
    bad = answer(annotated({(2, 0): 50, (0, 2): 50, (1, 1): 100}, MANY))
    assert only(bad, "krippendorff_alpha").verdict == bad.verdict == "fail"
    # 10 of 110 disagree: alpha 0.82, less than 0.8 within its interval.
    between = answer(annotated({(2, 0): 50, (0, 2): 50, (1, 1): 10}, MANY))
    assert only(between, "krippendorff_alpha").verdict == "attention"


def test_alpha_is_hidden_where_few_items_disagree() -> None:
    """3 of 203 items differ: alpha would tell the 3."""
    found = answer(annotated({(2, 0): 100, (0, 2): 100, (1, 1): 3}, MANY))
    alpha = only(found, "krippendorff_alpha")
    assert (alpha.value, alpha.ci_low, alpha.verdict) == (None, None, "suppressed")
    assert only(found, "disagreement_share").value is None
    assert not [one for one in found.figures if one.numerator in (3, 200)]


def test_alpha_needs_two_labels_and_two_different_ones() -> None:
    """One label an item: not enough. Only one label ever given: alpha is not defined."""
    once = answer(annotated({(1, 0): 40, (0, 1): 40}, MANY))
    assert only(once, "krippendorff_alpha").verdict == "not_enough_data"
    same = answer(annotated({(2, 0): 40}, MANY))
    assert only(same, "krippendorff_alpha").verdict == "not_enough_data"
    assert same.verdict == "not_enough_data"


# A 41 (2 x 19 + 3), B 35 (2 x 15 + 5), C 3, D 1 of 80 labels; 6 of 40 items differ.
RARE = {
    (2, 0, 0, 0): 19, (0, 2, 0, 0): 15,
    (1, 1, 0, 0): 2, (1, 0, 1, 0): 1, (0, 1, 1, 0): 2, (0, 1, 0, 1): 1,
}  # fmt: skip


def test_alpha_does_not_give_rare_classes_back() -> None:
    """A = 41 of 80, 6 of 40 items differ and alpha: only 35, 3 and 1 fit. So no alpha."""
    found = answer(annotated(RARE, MANY))
    alpha = only(found, "krippendorff_alpha")
    assert (alpha.value, alpha.ci_low, alpha.ci_high) == (None, None, None)
    assert (alpha.verdict, found.verdict) == ("suppressed", "suppressed")
    disagreement = only(found, "disagreement_share")
    assert (disagreement.numerator, disagreement.denominator) == (6, 40)
    # Where nothing is to be masked, it is told.
    assert only(answer(annotated(RARE, MANY), limit=1), "krippendorff_alpha").value is not None


def test_alpha_is_hidden_where_the_labels_own_table_hides_a_class() -> None:
    """A masked class, or rare ones put together; a missing label or mere "known" is no class."""
    found = annotated({(2, 0): 50, (0, 2): 50, (1, 1): 10}, MANY)

    def alpha(*levels: tuple[str | None, int | None]) -> Any:
        counts = {(level,): count for level, count in levels}
        classes = PublishedTable(("label",), "row", counts, 220)
        return only(answer(found, classes=classes), "krippendorff_alpha")

    assert alpha(("l0", 110), ("l1", 110)).value is not None
    assert alpha((KNOWN, None), (MISSING, None)).value is not None
    assert alpha(("l0", 210), ("l1", None), (MISSING, None)).verdict == "suppressed"
    assert alpha(("l0", 110), (OTHER_VALUES, 110)).verdict == "suppressed"


def test_alpha_is_rounded_where_something_is_masked() -> None:
    """(50, 50, 10 torn): observed 10/110, expected 2 x 110 x 110 / (220 x 219): alpha 0.819."""
    found = annotated({(2, 0): 50, (0, 2): 50, (1, 1): 10}, MANY)
    exact = 1 - (10 / 110) / (2 * 110 * 110 / (220 * 219))
    alpha = only(answer(found), "krippendorff_alpha")
    assert alpha.value == round(exact, 3) == 0.819
    assert (alpha.ci_low, alpha.ci_high) == (round(alpha.ci_low, 3), round(alpha.ci_high, 3))
    assert only(answer(found, limit=1), "krippendorff_alpha").value == pytest.approx(exact)


@pytest.mark.parametrize("limit", [1, 5])
def test_one_annotator_has_nobody_to_agree_with(limit: int) -> None:
    """Who labels 40 items twice, and differently, is one annotator: no alpha, and no failure."""
    found = answer(annotated({(2, 0): 10, (1, 1): 30}, (80,)), limit=limit)
    assert (found.verdict, found.problem, found.figures) == ("not_measured", "one_annotator", ())


def test_disagreement_is_told_apart_by_group() -> None:
    """f: 10 of 40 differ, 5 labelled once. m: 30 of 60. Wilson of 0.25: 0.1419 to 0.4019."""
    patterns = {(2, 0): 60, (1, 1): 40, (1, 0): 5}
    found = answer(annotated(patterns, MANY, f=(30, 10, 5), m=(30, 30, 0)), by=("sex",))
    f = only(found, "disagreement_share", "sex", "f")
    assert (f.value, f.numerator, f.denominator, f.unknown) == (0.25, 10, 40, 5)
    assert (f.ci_low, f.ci_high) == pytest.approx((0.1419, 0.4019), abs=1e-4)
    assert f.condition == "label=label"
    once = only(found, "labelled_once_share", "sex", "f")
    assert (once.value, once.denominator) == (pytest.approx(5 / 45), 45)
    assert only(found, "disagreement_share", "sex", "m").value == 0.5
    assert only(found, "disagreement_share").value == pytest.approx(0.4)


def test_a_group_with_few_disputed_items_is_hidden_with_another() -> None:
    """2 of x differ: neither they nor a second group may be told, or 42 - 40 would be."""
    patterns = {(2, 0): 90, (1, 1): 42}
    found = answer(
        annotated(patterns, MANY, f=(30, 20, 0), m=(30, 20, 0), x=(30, 2, 0)), by=("sex",)
    )
    told = [only(found, "disagreement_share", "sex", sex).numerator for sex in ("f", "m", "x")]
    assert told[2] is None
    assert told.count(None) >= 2


def test_who_labelled_is_told_as_concentration() -> None:
    """60 of 100 by one of 21: effective number exp(-0.6 ln 0.6 - 0.4 ln 0.02) = 6.497: 6.5."""
    found = answer(annotated({(2, 0): 45, (1, 1): 5}, (60, *(2 for _ in range(20)))))
    share = only(found, "largest_annotator_share")
    assert (share.value, share.numerator, share.denominator) == (0.6, None, None)
    assert share.verdict == "attention"
    assert only(found, "annotators").value == 21
    effective = only(found, "effective_number_of_annotators")
    expected = math.exp(-0.6 * math.log(0.6) - 0.4 * math.log(0.02))
    assert effective.value == round(expected, 1) == 6.5
    assert effective.ci_low < expected < effective.ci_high
    for end in (effective.ci_low, effective.ci_high):
        assert end == round(end, 1)
    even = answer(annotated({(2, 0): 45, (1, 1): 5}, MANY))
    assert only(even, "largest_annotator_share").verdict == "ok"


def test_the_loads_of_few_annotators_do_not_follow_from_their_spread() -> None:
    """(60, 10, 10, 10, 10) alone gives exp(entropy) = 3.4126 over five and 100 labels: not told."""
    found = answer(annotated({(2, 0): 45, (1, 1): 5}, (60, 10, 10, 10, 10)))
    effective = only(found, "effective_number_of_annotators")
    assert (effective.value, effective.ci_low, effective.ci_high) == (None, None, None)
    assert effective.verdict == "suppressed"
    assert only(found, "annotators").value == 5
    for loads, told in ((tuple([10] * 19), None), (tuple([10] * 20), 20.0)):
        found = answer(annotated({(2, 0): 45, (1, 1): 5}, loads))
        assert only(found, "effective_number_of_annotators").value == told


def test_few_annotators_are_not_told_apart() -> None:
    """4 of them, limit 5: no number, and attention because so few did everything."""
    found = answer(annotated({(2, 0): 50, (0, 2): 50, (1, 1): 6}, (70, 20, 10, 6)))
    for metric in ("annotators", "largest_annotator_share", "effective_number_of_annotators"):
        assert only(found, metric).value is None
    assert only(found, "annotators").verdict == "attention"
    assert answer(annotated({(2, 0): 5, (1, 1): 5}, (5, 5, 5, 5)), limit=1).figures[1].value == 4


def test_the_scale_of_measurement_decides_what_labels_are() -> None:
    """An order from the declaration or from numbers; numbers for the other two."""
    assert label_values(("b", "a"), "nominal") == ((0.0, 1.0), "")
    assert label_values(("high", "low"), "ordinal", ["low", "mid", "high"]) == ((2.0, 0.0), "")
    assert label_values(("1", "10", "9"), "ordinal") == ((0.0, 2.0, 1.0), "")
    assert label_values(("1", "x"), "interval") == (None, "labels_are_no_numbers")
    assert label_values(("-1", "2"), "ratio") == (None, "labels_are_no_numbers")
    assert label_values(("-1", "2"), "interval") == ((-1.0, 2.0), "")
    assert label_values(("1", "nan"), "interval") == (None, "labels_are_no_numbers")


def test_labels_of_one_value_are_one_label() -> None:
    """`1` and `1.0` agree on an interval scale: no item differs, so alpha has nothing to explain."""
    found = annotated({(1, 1): 40, (2, 0): 10}, MANY)
    alike = Annotations(found.tables, ("1", "1.0"), found.patterns, found.loads, found.left_out)
    alpha = only(answer(alike, scale="interval"), "krippendorff_alpha")
    assert alpha.verdict == "not_enough_data"


def test_labels_without_an_order_are_not_measured() -> None:
    found = answer(annotated({(2, 0): 40, (1, 1): 40}, MANY), scale="ordinal")
    assert found.problem == "labels_without_order"
    assert only(found, "krippendorff_alpha").verdict == found.verdict == "not_measured"
    assert only(found, "disagreement_share").value == 0.5


def test_too_many_labels_are_not_measured(duck: Any) -> None:
    """Free text is no label: more than 200 different ones are counted no further."""
    rows = [(f"i{n // 2}", f"text {n}", f"c{n % 2}", "f", "p") for n in range(2 * MOST_LABELS)]
    found = answer(counted(duck, rows), limit=1)
    assert found.problem == "too_many_values"
    assert only(found, "krippendorff_alpha").verdict == "not_measured"
    assert only(found, "disagreement_share").value == 1


def test_no_figure_depends_on_what_few_items_are_labelled() -> None:
    """Which of the two labels 3 torn items lean to is not published: no figure moves with it."""
    one = annotated({(2, 0, 0): 60, (0, 2, 0): 60, (1, 1, 0): 3}, MANY)
    other = annotated({(2, 0, 0): 60, (0, 2, 0): 60, (0, 1, 1): 3}, MANY)
    assert answer(one) == answer(other)


# --- the whole way ------------------------------------------------------------------------------

DECLARED: dict[str, Any] = {
    "item": "feature",
    "mood": {"role": "label", "labels": {"low": "Low", "mid": "Mid", "high": "High"}},
    "coder": "annotator",
    "sex": {"role": "protected", "allowed": ["f", "m"]},
}


def labelled(disputed: int) -> str:
    """100 items with two labels each by six annotators, so many of them disputed."""
    rows = ["item,mood,coder,sex"]
    for n in range(100):
        first = ("low", "high")[n % 2]
        second = "mid" if n < disputed else first
        sex = "fm"[n % 2]
        rows += [f"i{n},{first},c{n % 6},{sex}", f"i{n},{second},c{(n + 1) % 6},{sex}"]
    return "\n".join(rows) + "\n"


def test_a_declared_check_of_annotators_is_answered(tmp_path: Path) -> None:
    """10 disputed of 100, 5 in each sex; six annotators gave 33 or 34 of the 200 labels."""
    checks = {"annotators": {"item": "item", "label": "mood", "level": "ordinal"}}
    evidence = run(tmp_path, dataset(DECLARED, checks), labelled(10), limit=5).evidence
    alpha = figure(evidence, "krippendorff_alpha", condition="level=ordinal")
    assert alpha.value is not None
    assert 0.8 < alpha.value < 1
    assert alpha.denominator == 100
    f = figure(evidence, "disagreement_share", attribute="sex", group="f", condition="label=mood")
    assert (f.value, f.numerator, f.denominator) == (0.1, 5, 50)
    assert figure(evidence, "largest_annotator_share").value == 0.17
    assert result(evidence, "annotators").attribute == "mood"
    assert result(evidence, "annotators").verdict == alpha.verdict


def test_one_annotator_of_a_data_set_is_not_measured(tmp_path: Path) -> None:
    rows = [f"i{n // 2},{('low', 'high')[n % 2]},c,{'fm'[n % 2]}" for n in range(80)]
    content = "\n".join(["item,mood,coder,sex", *rows]) + "\n"
    checks = {"annotators": {"item": "item", "label": "mood"}}
    evidence = run(tmp_path, dataset(DECLARED, checks), content, limit=5).evidence
    found = result(evidence, "annotators")
    assert (found.verdict, found.problem) == ("not_measured", "one_annotator")
    told = [one.value for one in evidence.figures if one.metric == "krippendorff_alpha"]
    assert told == [None]


def test_alpha_is_hidden_where_few_people_have_a_label(tmp_path: Path) -> None:
    """ "mid" stands on 10 items of two people: its rows are masked, and so alpha is."""
    rows = []
    for n in range(100):
        first, who = ("mid", f"p{n % 2}") if 10 <= n < 20 else (("low", "high")[n % 2], f"p{n}")
        second = ("high", "low")[n % 2] if n < 10 else first
        rows += [f"i{n},{mood},c{n % 6 + more},{'fm'[n % 2]},{who}"
                 for more, mood in enumerate((first, second))]  # fmt: skip
    content = "\n".join(["item,mood,coder,sex,who", *rows]) + "\n"
    declared = {**DECLARED, "who": "person_id"}
    checks: dict[str, Any] = {"annotators": {"item": "item", "label": "mood"}}
    checks["labels"] = [{"label": "mood", "attributes": ["sex"]}]
    evidence = run(tmp_path, dataset(declared, checks), content, limit=5).evidence
    alpha = figure(evidence, "krippendorff_alpha", condition="level=nominal")
    assert (alpha.value, alpha.verdict) == (None, "suppressed")
    assert figure(evidence, "disagreement_share").numerator == 10


def test_without_annotators_it_is_not_measured(tmp_path: Path) -> None:
    declared = {**DECLARED, "coder": "feature"}
    checks = {"annotators": {"item": "item", "label": "mood"}}
    evidence = run(tmp_path, dataset(declared, checks), labelled(10)).evidence
    found = result(evidence, "annotators")
    assert (found.verdict, found.problem) == ("not_measured", "no_such_column")


def test_the_expectation_stands_alone_and_fails_on_disagreement(tmp_path: Path) -> None:
    """Half of 60 items disputed; an empty table measures nothing; no id stands in the result."""
    import duckdb

    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as store:
        store.execute("CREATE TABLE t (item VARCHAR, label VARCHAR, coder VARCHAR)")
        rows = [
            (f"Sentinel{n // 2}", "yn"[n % 2 if n % 4 < 2 else 0], f"Sentinel9046{n % 7}")
            for n in range(120)
        ]
        store.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        store.execute("CREATE VIEW nobody AS SELECT * FROM t WHERE false")
    asked = ours.ExpectAnnotatorsToAgree(item="item", label="label", annotator="coder")
    with open_batches(path) as batches:
        found = batches.of("t").get_batch().validate(asked)
        nothing = batches.of("nobody").get_batch().validate(asked)
    assert not found.success
    assert found.result["details"]["verdict"] == "fail"
    assert "Sentinel" not in str(found.result)
    assert nothing.result["details"]["problem"] == "no_rows"


def test_what_is_measured_can_be_said() -> None:
    """Each metric, the check and each problem has a name in both languages."""
    for key in (
        "metric-krippendorff_alpha", "metric-annotators", "metric-largest_annotator_share",
        "metric-effective_number_of_annotators", "metric-disagreement_share",
        "metric-labelled_once_share", "check-annotators", "problem-labels_without_order",
        "problem-labels_are_no_numbers", "problem-one_annotator",
    ):  # fmt: skip
        assert key in phrases("figures")
