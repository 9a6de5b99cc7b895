"""Nothing in a record depends on a hidden count: data sets that look alike give the same bytes.

The strongest form of protection: take away or add people in masked cells so that all published
tables stay what they are, and every number, verdict, interval, test and document stays, too. An
attacker with the whole record cannot tell such data sets apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from declared import dataset, reference, run

from impactbook.checks import DatasetRun, validation_documents
from impactbook.checks.figures import FigureContext, diversity_figures, representation_figures
from impactbook.checks.published import PublishedTables
from impactbook.checks.statistics import chi_square
from impactbook.checks.suppression import publish
from impactbook.checks.tables import Table, Tables

SHARES = {"a": 0.01, "b": 0.02, "c": 0.45, "d": 0.52}
COLUMNS: dict[str, Any] = {
    "who": "person_id",
    "group": {"role": "protected", "allowed": list("abcd")},
    "home": {"role": "proxy", "allowed": ["town", "land"]},
    "y": "label",
    "note": "text",
}
CHECKS: dict[str, Any] = {
    "representation": [
        {
            "attribute": "group",
            "reference": "people",
            "column": "group",
            "map": {name: [name] for name in "abcd"},
        }
    ],
    "intersections": [{"attributes": ["group", "home"]}],
    "pairs": {},
    "labels": [{"label": "y", "positive": "p"}],
    "proxies": {},
    "missing": {"by": ["group"]},
    "texts": {"by": ["group"]},
    "duplicates": {"text": "note"},
}
FIRST = {("a", "town", "p"): 1, ("b", "town", "p"): 1, ("b", "land", "n"): 1}
FIRST |= {("c", "town", "p"): 30, ("c", "land", "n"): 30}
SECOND = {("a", "town", "p"): 2, ("b", "town", "p"): 1, ("b", "land", "n"): 2}
SECOND |= {("c", "town", "p"): 29, ("c", "land", "n"): 29}
REST = {("d", "town", "p"): 35, ("d", "town", "n"): 20, ("d", "land", "n"): 15}


def written(people: Mapping[tuple[str, str, str], int]) -> str:
    """A CSV with a person and a text of its own in every row."""
    lines = ["who,group,home,y,note"]
    for cell, number in people.items():
        lines += [f"{len(lines) + i},{','.join(cell)},text{len(lines) + i}" for i in range(number)]
    return "\n".join(lines) + "\n"


def checked(folder: Path, people: Mapping[tuple[str, str, str], int], unit: str) -> DatasetRun:
    folder.mkdir()
    shares = "".join(f"{name},{share}\n" for name, share in SHARES.items())
    reference(folder / "references", f"group,n\n{shares}", 1, columns="[group]")
    return run(folder, dataset(COLUMNS, CHECKS, unit=unit), written(people), limit=5)


def printed(run_of: DatasetRun) -> str:
    """All that a record gets from a run, without the digest of the file."""
    documents = b"".join(validation_documents(run_of).values()).decode()
    text = run_of.evidence.model_dump_json(indent=1) + documents
    return text.replace(run_of.evidence.fingerprint, "")


@pytest.mark.parametrize("unit", ["row", "person"])
def test_data_sets_that_differ_in_masked_cells_give_the_same_record(
    tmp_path: Path, unit: str
) -> None:
    """One more in a, one more in b, two less in c: shares, tests, entropy, intervals, all stay."""
    first = checked(tmp_path / "first", {**FIRST, **REST}, unit)
    second = checked(tmp_path / "second", {**SECOND, **REST}, unit)
    assert first.evidence.fingerprint != second.evidence.fingerprint
    assert printed(first) == printed(second)
    metrics = {figure.metric for figure in first.evidence.figures}
    assert {"share", "representation_ratio", "label_share", "missing_share", "duplicate_share",
            "min_cell_count", "groups"} <= metrics  # fmt: skip


def test_no_figure_of_a_record_counts_one_to_four_people(tmp_path: Path) -> None:
    """Whatever is measured: no numerator of 1 to 4 people, nor one that leaves out so few."""
    evidence = checked(tmp_path / "one", {**FIRST, **REST}, "row").evidence
    assert len(evidence.figures) > 50
    for figure in evidence.figures:
        if figure.unit in ("row", "person") and figure.numerator is not None:
            counts_cells = figure.metric in ("pairs", "groups") or "cells" in figure.metric
            assert counts_cells or not 0 < figure.numerator < 5, figure.id
            if figure.denominator is not None and figure.metric.startswith("share"):
                assert not 0 < figure.denominator - figure.numerator < 5, figure.id


Four = tuple[int, int, int, int]


def published(counts: Four) -> PublishedTables:
    """The published table of four groups."""
    cells = {(group,): count for group, count in zip("abcd", counts, strict=True)}
    return publish(Tables.of(Table(("group",), "person", cells)), 5)


def figures_of(tables: PublishedTables) -> str:
    """All figures of these groups, with tests, distances, entropy and intervals, as text."""
    context = FigureContext("x", "training_data", 5)
    compared = representation_figures(context, tables, "group", unit="person", reference=SHARES)
    spread = diversity_figures(context, tables, "group", unit="person")
    return "\n".join(f.model_dump_json() for f in (*compared.figures, *spread.figures))


def test_three_masked_cells_do_not_come_back_from_a_chi_square() -> None:
    """A chi-square of the hidden counts would tell them; our figures are the same for many.

    Of 73 people 40 are told to be in d. Many a, b, c add up to 33; the statistic of the hidden
    counts leaves one of them. All that are masked alike give the same figures; and in each of the
    three cells there may be one as well as more than the limit, so it is not told which are small.
    """
    true = (1, 2, 30, 40)
    tables = published(true)
    shown = tables.get("person", ("group",))
    assert shown is not None
    assert [shown.count((group,)) for group in "abcd"] == [None, None, None, 40]
    expected = [SHARES[group] for group in "abcd"]
    hidden = round(chi_square(true, expected).statistic, 6)
    fitting = [(a, b, 33 - a - b, 40) for a, b in product(range(1, 32), repeat=2) if a + b < 33]
    with_hidden = [c for c in fitting if round(chi_square(c, expected).statistic, 6) == hidden]
    assert with_hidden == [true]
    alike = {counts: found for counts in fitting if (found := published(counts)) == tables}
    for cell in range(3):
        assert min(counts[cell] for counts in alike) == 1
        assert max(counts[cell] for counts in alike) > 5
    assert {figures_of(found) for found in alike.values()} == {figures_of(tables)}


def test_the_comparison_would_notice_a_statistic_of_hidden_counts() -> None:
    """The chi-square of two data sets that are masked alike differs; ours is not told."""
    first, second = published((1, 2, 30, 40)), published((2, 1, 30, 40))
    assert first == second
    expected = [SHARES[group] for group in "abcd"]
    statistics = [chi_square(c, expected).statistic for c in ((1, 2, 30, 40), (2, 1, 30, 40))]
    assert statistics[0] != statistics[1]
    assert all(f"{statistic:.4f}" not in figures_of(first) for statistic in statistics)
