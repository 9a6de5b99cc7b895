"""Masks that protect nobody are lifted; tables nobody asked for do not cost those asked for."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from impactbook.checks.contingency import Counting
from impactbook.checks.figures.common import FigureContext
from impactbook.checks.figures.intersections import intersection_figures
from impactbook.checks.masking import Masking
from impactbook.checks.suppression import publish
from impactbook.checks.tables import Table, Tables
from impactbook.checks.tidying import tidied

CONTEXT = FigureContext("calls", "training_data", 5, "split")
PEOPLE = {
    ("f", "a"): 3, ("f", "b"): 40, ("f", "c"): 60,
    ("m", "a"): 50, ("m", "b"): 70, ("m", "c"): 80,
}  # fmt: skip


def protected(counts: dict[tuple[str, str], int]) -> Masking:
    closed = Tables.of(Table(("sex", "age"), "person", counts)).with_margins()
    state = Masking.of(closed, 5)
    state.protect()
    return state


def cells(state: Masking, *groups: tuple[str, str]) -> set[int]:
    return {
        state.index["person", frozenset(zip(("sex", "age"), group, strict=True))]
        for group in groups
    }


def test_a_mask_that_protects_nobody_is_lifted() -> None:
    """All six cells masked hide the 3; four of a rectangle do so too, and the largest are told."""
    state = protected(PEOPLE)
    state.masked |= cells(state, *PEOPLE)
    left = tidied(state)
    assert left.masked == cells(state, ("f", "a"), ("f", "b"), ("m", "a"), ("m", "b"))


def test_what_hides_a_small_cell_stays() -> None:
    state = protected(PEOPLE)
    assert tidied(state).masked == state.masked


@given(st.lists(st.integers(0, 30), min_size=12, max_size=12), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_nothing_small_is_told_by_fewer_masks(counts: list[int], seed: int) -> None:
    """After lifting, the audit of all that is published finds as little as before."""
    random = np.random.default_rng(seed)
    groups = [(a, b) for a in "pqr" for b in "uvwx"]
    state = protected({group: n for group, n in zip(groups, counts, strict=True) if n})
    crossing = [cell for cell, name in enumerate(state.names) if len(name[1]) == 2]
    state.masked |= {cell for cell in crossing if random.random() < 0.5}
    state.protect()
    left = tidied(state)
    assert set(left.target) <= left.masked <= state.masked
    left.proven.clear()
    assert not left.gives_away_any()
    assert left.audit() == []


def test_a_table_nobody_asked_for_is_kept_back_where_it_is_mostly_small() -> None:
    """12 of 18 cells are small by split; the table of both attributes is told as if it were not."""
    by_split = {(*group, part): n // size for group, n in PEOPLE.items() for part, size in
                (("train", 1), ("dev", 20), ("test", 20)) if n // size}  # fmt: skip
    counted = Tables.of(Table(("sex", "age", "split"), "person", by_split)).with_margins()
    counting = Counting(beside=(("sex", "age", "split"),))
    kept_back = counting.kept_back(counted, 5)
    assert kept_back == {("person", frozenset({"sex", "age", "split"}))}
    assert Counting().kept_back(counted, 5) == frozenset()
    assert counting.kept_back(counted, 1) == frozenset()


def test_a_table_kept_back_gives_one_suppressed_figure() -> None:
    """A reader sees that it was counted and is not shown, instead of nothing."""
    from dataclasses import replace

    both = Table(("sex", "split"), "row", {("f", "train"): 9, ("m", "train"): 12})
    found = replace(
        publish(Tables.of(both), 5),
        withdrawn=frozenset({("row", frozenset({"sex", "age", "split"}))}),
    )
    answer = intersection_figures(
        CONTEXT, found, ("sex", "age"), unit="row", where={"split": "train"}
    )
    (figure,) = answer.figures
    assert (figure.metric, figure.condition, figure.verdict) == (
        "min_cell_count", "split=train", "suppressed")  # fmt: skip
    assert (answer.verdict, answer.problem) == ("not_measured", "withdrawn")
