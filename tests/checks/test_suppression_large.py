"""Suppression of many tables at once: it answers, keeps what readers need, and is the same anywhere."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from itertools import combinations
from pathlib import Path

import declared
import numpy as np
import pytest
from counted_by_hand import SHARED, count, rows_of

from impactbook.checks import masking
from impactbook.checks.linked import Linked
from impactbook.checks.masking import Masking
from impactbook.checks.published import PublishedTables
from impactbook.checks.suppression import merge_rare, publish
from impactbook.checks.tables import OTHER_VALUES, Key, Table, Tables


def all_pairs(people: int, skew: float, *, rows: bool = False, tells: bool = False) -> Tables:
    """All 66 tables of two of 12 attributes of 10 levels, the lower ones more frequent.

    `rows`: each person has one to five rows; `tells`: attribute 0 tells attribute 1.
    """
    random = np.random.default_rng(0)
    shares = 1 / np.arange(1, 11) ** skew
    shares /= shares.sum()
    latent = random.choice(10, size=people, p=shares)
    columns = []
    for at in range(12):
        own = random.choice(10, size=people, p=shares)
        columns.append(np.where(random.random(people) < (at % 3) / 3, latent, own))
    if tells:
        columns[1] = columns[0] // 2
    number = random.integers(1, 6, size=people)
    found = []
    for one, two in combinations(range(12), 2):
        axes = f"a{one:02}", f"a{two:02}"
        cells = 10 * columns[one] + columns[two]
        persons, clips = np.bincount(cells), np.bincount(cells, weights=number)
        here = {_key(cell): int(n) for cell, n in enumerate(persons) if n}
        found.append(Table(axes, "person" if rows else "row", here))
        if rows:
            counts = {_key(cell): int(n) for cell, n in enumerate(clips) if n}
            found.append(Table(axes, "row", counts, here))
    return Tables.of(*found)


def _key(cell: int) -> Key:
    return f"v{cell // 10}", f"v{cell % 10}"


def digest(published: PublishedTables) -> str:
    """All masks of all tables, as a short text."""
    masks = sorted((t.unit, t.axes, [[str(v) for v in k] for k in t.masked]) for t in published)
    return hashlib.sha256(repr(masks).encode()).hexdigest()


def work_of(tables: Tables) -> int:
    """How many entries of linear programs it takes to protect these tables."""
    state = Masking.of(tables.with_margins(), 5)
    state.protect()
    return state.work


@pytest.mark.parametrize(("people", "skew"), [(5_000, 1.2), (50_000, 2.5)])
def test_all_pairs_of_twelve_attributes_answer_without_linear_programs(
    people: int, skew: float
) -> None:
    """Tables of two columns with told margins are settled by flows, and margins stay told."""
    tables = all_pairs(people, skew)
    start = time.process_time()
    found = publish(tables, 5)
    assert time.process_time() - start < 20  # about one second on an idle machine
    assert work_of(tables) == 0
    assert not found.withdrawn
    assert not any(table.masked for table in found if len(table.axes) < 2)
    small = sum(0 < n < 5 for table in tables for n in table.counts.values())
    assert small <= sum(len(table.masked) for table in found) < 2.2 * small


@pytest.mark.slow
@pytest.mark.parametrize(("skew", "rows", "tells"), [(1.2, True, False), (2.0, False, True)])
def test_few_people_and_many_small_groups_answer_too(skew: float, rows: bool, tells: bool) -> None:
    """500 people in 12 x 10 groups, some groups of fewer than five: little can be told, but fast."""
    tables = all_pairs(500, skew, rows=rows, tells=tells)
    start = time.process_time()
    found = publish(tables, 5)
    assert time.process_time() - start < 60  # some seconds on an idle machine
    assert len(found.withdrawn) <= 2  # of 66 or 132
    for table in tables:
        shown = found.get(table.unit, table.axes)
        if shown is None:
            assert found.is_withdrawn(table.unit, table.axes)
            continue
        for key in table.counts:
            assert shown.count(key) is None or table.people_in(key) >= 5


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not here")
def test_a_declared_crossing_of_four_attributes_answers() -> None:
    """45,211 calls by age band, marital status, education and job: 720 of 1,387 cells masked."""
    axes = ("band", "marital", "education", "job")
    rows = [
        {**row, "band": str(max(2, min(6, int(row["age"]) // 10)))}
        for row in rows_of("bank_marketing/bank-full.csv", ";")
    ]
    found = publish(Tables.of(count(rows, axes)), 5)
    whole = found.get("row", axes)
    assert whole is not None
    assert not found.withdrawn
    assert not any(table.masked for table in found if len(table.axes) == 1)
    assert len(whole.masked) < 0.75 * len(whole.counts)


def test_what_would_take_too_long_is_withdrawn_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest table goes; its columns and what is left of their crossings are shown."""
    random = np.random.default_rng(1)
    counts = {(a, b, c): int(random.integers(1, 30)) for a in "pqrs" for b in "uvwx" for c in "klm"}
    table = Table(("a", "b", "c"), "row", counts)
    monkeypatch.setattr(masking, "_WORK", 10)
    found = publish(Tables.of(table), 5)
    assert found.is_withdrawn("row", ("c", "a", "b"))
    assert found.get("row", ("a", "b", "c")) is None
    assert found.get("row", ("a",)) is not None
    monkeypatch.undo()
    assert not publish(Tables.of(table), 5).withdrawn


@pytest.mark.slow
def test_masks_do_not_depend_on_the_process() -> None:
    """Other hash seeds give the same masks, circles, flows and programs included."""
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from test_suppression_large import all_pairs, digest, publish\n"
        "print(digest(publish(all_pairs(400, 2.0, tells=True), 5)))"
    )
    folder = str(Path(__file__).parent)
    digests = {
        subprocess.run(
            [sys.executable, "-c", script, folder],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def crossing(*axes: str) -> Table:
    """A table of these attributes with two levels each, twenty people in every cell."""
    cells: list[Key] = [()]
    for _ in axes:
        cells = [(*cell, level) for cell in cells for level in "pq"]
    return Table(axes, "row", dict.fromkeys(cells, 20 * 2 ** (4 - len(axes))))


def linked(*tables: Table) -> list[list[tuple[str, ...]]]:
    """The columns of the circles among these tables."""
    closed = Tables.of(*tables).with_margins()
    state = Masking.of(closed, 5)
    groups = Linked.of(closed, state.index).groups
    return [[block.axes for block in group] for group in groups]


def test_only_tables_in_a_circle_are_crossed() -> None:
    """A star and a chain tell nothing more; a triangle does, and a square is cut into two."""
    star = [crossing("a", "y"), crossing("b", "y"), crossing("c", "y")]
    assert linked(*star) == []
    assert linked(*star, crossing("a", "b")) == [[("a", "b", "y")]]
    assert linked(*star[:2], crossing("a", "b", "y")) == []
    square = [crossing("a", "b"), crossing("b", "c"), crossing("c", "d"), crossing("a", "d")]
    (group,) = linked(*square)
    assert group == [("a", "b", "d"), ("b", "c", "d")]


@pytest.mark.parametrize(
    "rare", ["zz", "  at", "AT", "O\u0308sterreich", "", "\u200bat", "a/t", "other values"]
)
def test_a_rare_value_is_named_only_if_it_is_listed_letter_by_letter(rare: str) -> None:
    """Blanks, case, composed letters and invisible signs make another value, which is not listed."""
    listed = {"accent": {"at", "de", "\u00d6sterreich"}}
    counts: dict[Key, int] = {("de",): 90, ("at",): 2, ("\u00d6sterreich",): 3, (rare,): 4}
    merged = merge_rare(Tables.of(Table(("accent",), "row", counts)), 5, listed)
    found = merged.get("row", ("accent",))
    assert found is not None
    assert found.counts == {("de",): 90, ("at",): 2, ("\u00d6sterreich",): 3, (OTHER_VALUES,): 4}
    published = publish(merged, 5).get("row", ("accent",))
    assert published is not None
    assert (rare,) not in published.counts
    assert published.count(("at",)) is None


def test_a_frequent_value_keeps_its_name_unlisted() -> None:
    """As often as the limit is often enough, one less is not."""
    counts: dict[Key, int] = {("de",): 90, ("xx",): 5, ("yy",): 4}
    merged = merge_rare(Tables.of(Table(("accent",), "row", counts)), 5, {})
    found = merged.get("row", ("accent",))
    assert found is not None
    assert set(found.counts) == {("de",), ("xx",), (OTHER_VALUES,)}


def test_a_check_of_a_withdrawn_table_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not measured, and the reason is not that there is no such column."""
    random = np.random.default_rng(1)
    rows = [
        (int(random.integers(1, 30)), f"{a},{b},{c}") for a in "pqrs" for b in "uvwx" for c in "klm"
    ]
    columns = dict.fromkeys(("a", "b", "c"), "protected")
    asked = declared.dataset(columns, {"intersections": [{"attributes": ["a", "b", "c"]}]})
    monkeypatch.setattr(masking, "_WORK", 10)
    content = declared.table(*rows, header="a,b,c")
    found = declared.run(tmp_path, asked, content, limit=5).evidence
    (checked,) = [one for one in found.checks if one.attribute == "a*b*c"]
    assert (checked.verdict, checked.problem) == ("not_measured", "withdrawn")
