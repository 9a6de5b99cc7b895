"""Declared weights: any unit gives the same figures, and no masked cell's weight follows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from declared import dataset, figure, reference, result, run, table
from hypothesis import given
from hypothesis import strategies as st
from rows_on_engines import ENGINES, open_engine, put

from impactbook.checks.contingency import Counting, count_tables
from impactbook.checks.figures.weighted import effective_said
from impactbook.checks.published import PublishedTable
from impactbook.checks.suppression import publish
from impactbook.checks.tables import Table, Tables
from impactbook.model.evidence import DatasetEvidence

COLUMNS: dict[str, Any] = {"sex": "protected", "w": "weight"}


def weighed(
    folder: Path,
    *parts: tuple[int, str],
    limit: int = 1,
    decimal: str = ".",
    people: str = "f,500\nm,500\n",
) -> DatasetEvidence:
    """Check rows of `sex;w` against a population of halves, or of `people`."""
    reference(folder / "references", f"sex,n\n{people}", 1000)
    groups = [line.split(",")[0] for line in people.split()]
    sex = {
        "attribute": "sex",
        "reference": "people",
        "column": "sex",
        "map": {group: [group] for group in groups},
    }
    declared = dataset(
        COLUMNS,
        {"representation": [sex]},
        source={"files": ["data.csv"], "delimiter": ";", "decimal": decimal},
    )
    return run(folder, declared, table(*parts, header="sex;w"), limit=limit).evidence


@pytest.mark.parametrize(
    ("f", "m", "each"),
    [
        ("5000", "3000", 10_000),
        ("1e7", "0.6e7", 100),
        ("1.45e-5", "0.87e-5", 100),
        ("1e-9", "0.6e-9", 100),
        ("2.5e12", "1.5e12", 100),
    ],
)
def test_the_unit_of_weights_changes_no_figure(tmp_path: Path, f: str, m: str, each: int) -> None:
    """As many of both, weights 5 : 3: share 5/8 of 1/2; Kish (8n)^2 / (34n) = 64/34 n."""
    evidence = weighed(tmp_path, (each, f"f;{f}"), (each, f"m;{m}"))
    ratio = figure(evidence, "representation_ratio", group="f")
    assert ratio.value == pytest.approx(1.25, rel=1e-8)
    assert (ratio.numerator, ratio.denominator) == (each, 2 * each)
    assert ratio.method.startswith(f"wilson;effective_n={effective_said(64 / 34 * each)};")
    verdict = "fail" if each == 10_000 else "attention"
    assert result(evidence, "representation").verdict == verdict


def test_weights_with_a_comma_are_numbers_too(tmp_path: Path) -> None:
    """100 of weight 1,5 and 300 of weight 0,5: half; Kish 300^2 / (225 + 75) = 300."""
    evidence = weighed(tmp_path, (100, "f;1,5"), (300, "m;0,5"), decimal=",")
    ratio = figure(evidence, "representation_ratio", group="f")
    assert ratio.value == pytest.approx(1.0)
    assert ratio.method.startswith("wilson;effective_n=300;")


def test_a_light_group_keeps_its_digits(tmp_path: Path) -> None:
    """200 of weight 0.0001 beside 200 of weight 1: a share of 0.02 / 200.02."""
    evidence = weighed(tmp_path, (200, "f;0.0001"), (200, "m;1"))
    ratio = figure(evidence, "representation_ratio", group="f")
    assert ratio.value == pytest.approx(0.02 / 200.02 / 0.5, rel=1e-6)


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    with open_engine(request.param, request, tmp_path_factory.mktemp("weights")) as opened:
        yield opened


@pytest.mark.parametrize("person", [None, "who"])
@pytest.mark.parametrize("unit", ["e-9", "e-5", "", "e4", "e9"])
def test_every_engine_sums_weights_of_any_size(engine: Any, unit: str, person: str | None) -> None:
    """x 5 and 3, y 3: 8/11 and 3/11; Kish 11^2 / (25 + 9 + 9) = 121/43, of x alone 64/34."""
    rows = [("x", "p1", f"5{unit}"), ("x", "p2", f"3{unit}"), ("y", "p3", f"3{unit}")]
    axes = (("a",),)
    counting = Counting(axes, axes if person else (), person=person, weight="w")
    counted = count_tables(engine, put(engine, ("a", "who", "w"), rows), counting)
    shown = publish(counted, 1).get("person" if person else "row", ("a",))
    assert shown is not None
    x, both = shown.weight(("x",)), shown.weight_of([("x",), ("y",)])
    assert x is not None
    assert both is not None
    assert x / both == pytest.approx(8 / 11, rel=1e-8)
    assert shown.effective([("x",)]) == pytest.approx(64 / 34, rel=1e-8)
    assert shown.effective([("x",), ("y",)]) == pytest.approx(121 / 43, rel=1e-8)


WEIGHTS = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=30)


@given(first=WEIGHTS, second=WEIGHTS)
def test_nobody_counts_as_more_than_one(first: list[float], second: list[float]) -> None:
    """Kish's effective number of one cell, and of both, is at most the number counted."""
    cells = {("x",): first, ("y",): second}
    counted = Table(
        ("a",),
        "row",
        {key: len(w) for key, w in cells.items()},
        None,
        {key: math.fsum(w) for key, w in cells.items()},
        {key: math.fsum(one * one for one in w) for key, w in cells.items()},
    )
    shown = publish(Tables.of(counted), 1).get("row", ("a",))
    assert shown is not None
    for keys in ([("x",)], [("y",)], [("x",), ("y",)]):
        number = sum(len(cells[key]) for key in keys)  # type: ignore[index]
        effective = shown.effective(keys)  # type: ignore[arg-type]
        assert effective is not None
        assert 0 < effective <= number
        assert float(effective_said(effective)) <= number


def masked(limit: int, *, split: bool) -> PublishedTable:
    """a 41 of weight 1, b 3 of weight 2, c 4 of weight 3; as a slice of one split, or whole."""
    told = {"a": (41, 1.0), "b": (3, 2.0), "c": (4, 3.0)}
    axes = ("split", "g") if split else ("g",)
    keys = {name: ("train", name) if split else (name,) for name in told}
    counted = Table(
        axes,
        "row",
        {keys[name]: n for name, (n, _) in told.items()},
        None,
        {keys[name]: n * w for name, (n, w) in told.items()},
        {keys[name]: n * w * w for name, (n, w) in told.items()},
    )
    tables = publish(Tables.of(counted), limit)
    found = tables.slice("row", ("g",), {"split": "train"} if split else {})
    assert found is not None
    return found


@pytest.mark.parametrize("split", [False, True])
def test_no_sum_of_weights_holds_a_masked_cell(split: bool) -> None:
    """With limit 5 b and c are masked: their weights (2 and 3 each) would tell their counts."""
    everybody = [("a",), ("b",), ("c",)]
    hidden = masked(5, split=split)
    assert hidden.weight(("a",)) == 41
    assert hidden.effective([("a",)]) == 41
    assert hidden.range([("b",), ("c",)]).exact == 7
    for keys in (everybody, [("b",), ("c",)], [("b",)]):
        assert hidden.weight_of(keys) is None  # type: ignore[arg-type]
        assert hidden.effective(keys) is None  # type: ignore[arg-type]
    open_ = masked(1, split=split)
    # 41 + 6 + 12 = 59; squares 41 + 12 + 36 = 89.
    assert open_.weight_of(everybody) == 59  # type: ignore[arg-type]
    assert open_.effective(everybody) == pytest.approx(59**2 / 89)  # type: ignore[arg-type]


def test_no_weighted_figure_is_told_over_a_masked_cell(tmp_path: Path) -> None:
    """a's weighted ratio and effective number would give c = 4 back: neither is told."""
    evidence = weighed(
        tmp_path,
        (41, "a;1"),
        (3, "b;2"),
        (4, "c;3"),
        limit=5,
        people="a,500\nb,250\nc,250\n",
    )
    ratio = figure(evidence, "representation_ratio", group="a")
    assert (ratio.value, ratio.ci_low, ratio.verdict) == (None, None, "suppressed")
    assert not [one for one in evidence.figures if "effective_n" in one.method]
    plain = figure(evidence, "representation_ratio", group="a", condition="weights=none")
    assert plain.value == pytest.approx(41 / 48 / 0.5)


def test_effective_numbers_are_told_with_three_digits(tmp_path: Path) -> None:
    """1,000 of weight 3, 2,345 of weight 1: Kish 5345^2 / 11345 = 2518.2, told as 2510."""
    evidence = weighed(tmp_path, (1000, "f;3"), (2345, "m;1"))
    method = figure(evidence, "representation_ratio", group="f").method
    told = re.search("effective_n=([^;]+)", method)
    assert told is not None
    assert told.group(1) == "2510"
