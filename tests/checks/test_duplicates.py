"""Repeated rows and texts, contradicting labels, overlap of splits: counted, and told safely."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
from counted_by_hand import CONTEXT, SHARED, one, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from rows_on_engines import ENGINES, open_engine, put

from impactbook.checks import expectations as ours
from impactbook.checks.duplicatecounting import (
    count_label_conflicts,
    count_repeats,
    count_shared,
    find_near,
    ways_of_comparing,
)
from impactbook.checks.figures.common import FigureContext
from impactbook.checks.figures.duplicates import (
    LabelConflicts,
    Repeats,
    RepeatsBySplit,
    conflicting_label_figures,
    repeat_figures,
    told_in_turn,
)
from impactbook.checks.figures.overlaps import SharedRows, overlap_figures
from impactbook.checks.figures.quality import Counted
from impactbook.checks.gx_duckdb import open_batches
from impactbook.checks.published import PublishedTables
from impactbook.checks.suppression import publish
from impactbook.checks.tables import CONFLICTING, Table, Tables

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not here")


# --- counting -----------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    with open_engine(request.param, request, tmp_path_factory.mktemp("duplicates")) as opened:
        yield opened


COLUMNS = ("text", "split", "who", "y")
ROWS = [
    ("Hello there", "train", "a", "p"),
    ("Hello there", "train", "a", "q"),
    ("hello  there ", "test", "b", "p"),
    ("hello there", "test", "c", "p"),
    ("Ärger", "train", "d", "p"),
    ("ärger", "test", "d", "q"),
    ("alone", "train", "e", None),
    ("alone too", None, "e", "p"),
    (None, "train", "f", "p"),
    (None, "train", "f", "p"),
]


def test_texts_are_compared_in_three_ways(engine: Any) -> None:
    """Exact: rows 1-2. Case-folded: rows 1, 2, 4 and 5-6. White space: row 3 joins the first three.

    Whole: exact 2 rows in groups; folded 3 + 2; whitespace 4 + 2. Train: rows 1-2 always; test:
    rows 3-4 once white space is collapsed. Missing texts repeat nothing.
    """
    source = put(engine, COLUMNS, ROWS)
    found = {
        way: count_repeats(engine, source, keys=[key], split="split", person="who")
        for way, key in ways_of_comparing("text").items()
    }
    assert found["exact"].whole == Repeats(1, 2, 1)
    assert found["case_folded"].whole == Repeats(2 + 1, 3 + 2, 3)
    assert found["whitespace"].whole == Repeats(3 + 1, 4 + 2, 4)
    assert found["exact"].parts == {"train": Repeats(1, 2, 1), "test": Repeats(0, 0, 0)}
    assert found["whitespace"].parts == {"train": Repeats(1, 2, 1), "test": Repeats(1, 2, 2)}
    # Persons behind kinds that stand in both splits: none; a, c, d; a, b, c, d.
    assert [one.people_across for one in found.values()] == [0, 3, 4]


def test_whole_rows_are_compared_over_all_columns(engine: Any) -> None:
    """Rows with missing cells are the same too: the last two rows; without persons each is one."""
    source = put(engine, COLUMNS, ROWS)
    keys: list[Any] = [sa.column(name) for name in COLUMNS]
    assert count_repeats(engine, source, keys=keys) == RepeatsBySplit(Repeats(1, 2, None), {}, None)


def test_rows_shared_by_splits_are_counted_in_both_directions(engine: Any) -> None:
    """Folded: row 4 of test is in train (c); rows 1, 2 of train are in test (a); row 5 and 6 (d)."""
    source = put(engine, COLUMNS, ROWS)
    key = ways_of_comparing("text")["case_folded"]
    assert count_shared(engine, source, key=key, split="split", person="who") == (
        SharedRows("test", "train", 3, 2),
        SharedRows("train", "test", 2, 2),
    )
    persons = count_shared(engine, source, key=sa.column("who"), split="split", person="who")
    assert persons == (SharedRows("test", "train", 1, 1), SharedRows("train", "test", 1, 1))


def test_texts_with_contradicting_labels_are_counted(engine: Any) -> None:
    """Exact: row 1-2 (p and q), of 6 texts with a label; folded: also rows 5-6, of 4 kinds."""
    source = put(engine, COLUMNS, ROWS)
    ways = ways_of_comparing("text")
    exact = count_label_conflicts(engine, source, key=ways["exact"], label="y", person="who")
    assert exact == LabelConflicts(Counted(1, 1), Counted(6, 5))
    folded = count_label_conflicts(engine, source, key=ways["case_folded"], label="y", person=None)
    assert folded == LabelConflicts(Counted(2), Counted(4))


def test_near_duplicates_are_streamed_out_of_any_engine(engine: Any) -> None:
    """Rows 1-4 say the same, rows 5-6 too; nothing else is near."""
    source = put(engine, COLUMNS, ROWS)
    found = find_near(engine, source, text="text", split="split", person="who", near=0.8)
    assert found.repeats.whole == Repeats(3 + 1, 4 + 2, 4)
    assert found.shared == (SharedRows("test", "train", 3, 2), SharedRows("train", "test", 3, 3))


_CELLS = st.tuples(
    st.sampled_from(["a", "A", " a", "b", "B ", "c  d", "C d", None]),
    st.sampled_from(["train", "test", None]),
    st.sampled_from(["1", "2", "3"]),
)


@settings(max_examples=8, deadline=None)
@given(rows=st.lists(_CELLS, min_size=1, max_size=12))
def test_counts_are_those_of_plain_python(duck: Any, rows: list[tuple[str, ...]]) -> None:
    source = put(duck, ("text", "split", "who"), rows)
    keys = ways_of_comparing("text")
    for way, read in (
        ("exact", str),
        ("case_folded", lambda text: text.casefold().strip()),
        ("whitespace", lambda text: " ".join(text.casefold().split())),
    ):
        found = count_repeats(duck, source, keys=[keys[way]], split="split", person="who")
        kept = [(read(text), split, who) for text, split, who in rows if text is not None]
        assert found.whole == by_hand(kept)
        for split in ("train", "test"):
            inside = [row for row in kept if row[1] == split]
            assert found.parts.get(split, Repeats(0, 0, 0)) == by_hand(inside)


def by_hand(rows: list[tuple[Any, ...]]) -> Repeats:
    counts = Counter(row[0] for row in rows)
    repeated = [row for row in rows if counts[row[0]] > 1]
    kinds = len({row[0] for row in repeated})
    return Repeats(len(repeated) - kinds, len(repeated), len({row[2] for row in repeated}))


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with open_batches(tmp_path_factory.mktemp("duck") / "x.duckdb") as batches:
        yield batches.engine


# --- figures ------------------------------------------------------------------------------------


def splits(limit: int, **rows: int) -> PublishedTables:
    counts = {(name,): count for name, count in rows.items()}
    return publish(Tables.of(Table(("split",), "row", counts)), limit)


def by_split(whole: int, people: int | None = None, **parts: int) -> RepeatsBySplit:
    """Repetitions in pairs: as many rows in groups as twice the rows beyond the first."""
    return RepeatsBySplit(
        Repeats(whole, 2 * whole, people),
        {name: Repeats(count, 2 * count, people) for name, count in parts.items()},
        people,
    )


LIMITED = FigureContext("sample", "training_data", 5)


def told(found: Any, metric: str = "duplicates") -> dict[str, float | None]:
    return {figure.condition: figure.value for figure in found.figures if figure.metric == metric}


def test_repeated_rows_become_figures_with_intervals() -> None:
    """10 of 100 rows: Wilson 0.0552 to 0.1744 (z = 1.96: (10 + 1.92 -+ 6.18) / 103.84)."""
    found = repeat_figures(
        CONTEXT, splits(1, train=60, test=40), {"exact": by_split(10, train=6, test=1)},
        split="split", threshold=0.05,
    )  # fmt: skip
    share = one(found, "duplicate_share", condition="matching=exact")
    assert (share.value, share.numerator, share.denominator) == (0.1, 10, 100)
    assert share.ci_low == pytest.approx(0.0552, abs=1e-4)
    assert share.ci_high == pytest.approx(0.1744, abs=1e-4)
    assert share.verdict == found.verdict == "attention"
    inside = one(found, "rows_in_duplicate_groups", condition="split=train;matching=exact")
    assert (inside.value, inside.denominator) == (12, 60)
    assert one(found, "duplicate_share", condition="split=test;matching=exact").verdict == ""


def test_a_split_is_not_the_difference_of_all_rows_and_the_rest() -> None:
    """12 in all, 10 in train, 2 in test, none across: 2 is small, and 12 - 10 would tell it."""
    found = repeat_figures(
        LIMITED, splits(5, train=60, test=40), {"exact": by_split(12, train=10, test=2)},
        split="split",
    )  # fmt: skip
    assert told(found) == {
        "matching=exact": 12,
        "split=train;matching=exact": None,
        "split=test;matching=exact": None,
    }
    assert found.verdict == "attention"


def test_a_looser_way_is_not_told_when_it_adds_few_people() -> None:
    """6, then 7: the one row that only white space told apart would be known."""
    ways = {"exact": by_split(6), "whitespace": by_split(7), "near": by_split(20)}
    found = repeat_figures(LIMITED, splits(5, train=100), ways, threshold=0.5)
    assert told(found) == {"matching=exact": 6, "matching=whitespace": None, "matching=near": 20}
    open_to_all = repeat_figures(CONTEXT, splits(1, train=100), ways)
    assert told(open_to_all)["matching=whitespace"] == 7


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=4))
def test_no_step_between_told_counts_is_small(steps: list[tuple[int, int]]) -> None:
    """Whatever is told, the next told count is the same or larger by at least 5 rows."""
    rows = [sum(step for step, _ in steps[: place + 1]) for place in range(len(steps))]
    counts = {str(place): Counted(count) for place, count in enumerate(rows)}
    shown = [count for count in told_in_turn(counts, 5).values() if count is not None]
    for before, after in zip([0, *shown], shown, strict=False):
        assert after == before or after - before >= 5


def test_few_persons_behind_many_repeated_rows_hide_them() -> None:
    """40 rows of 3 persons are the work of 3 persons."""
    found = repeat_figures(LIMITED, splits(5, train=100), {"exact": by_split(40, people=3)})
    assert told(found) == {"matching=exact": None}
    assert one(found, "duplicate_share").verdict == "attention"
    tolerant = repeat_figures(
        LIMITED, splits(5, train=100), {"exact": by_split(40, people=3)}, threshold=0.1
    )
    assert tolerant.verdict == "suppressed"


def test_nothing_repeated_is_ok_and_nothing_there_is_not_measured() -> None:
    good = repeat_figures(LIMITED, splits(5, train=100), {"exact": by_split(0)})
    assert (good.verdict, one(good, "duplicates").value) == ("ok", 0)
    assert repeat_figures(LIMITED, splits(5), {"exact": by_split(0)}).verdict == "not_measured"
    assert repeat_figures(LIMITED, splits(5, train=9), {}).problem == "no_such_column"


def test_contradicting_labels_are_attention_even_when_masked() -> None:
    conflicts = {
        "exact": LabelConflicts(Counted(2), Counted(90)),
        "case_folded": LabelConflicts(Counted(9), Counted(80)),
    }
    found = conflicting_label_figures(LIMITED, splits(5, train=100), "y", conflicts)
    assert told(found, "conflicting_labels") == {
        "matching=exact": None,
        "matching=case_folded": 9,
    }
    assert {figure.verdict for figure in found.figures} == {"attention"}
    none = {"exact": LabelConflicts(Counted(0), Counted(90))}
    assert conflicting_label_figures(LIMITED, splits(5, train=100), "y", none).verdict == "ok"


def test_overlap_is_told_as_a_share_of_the_second_split() -> None:
    """8 of 40 rows of test stand in train: 0.2, Wilson 0.1050 to 0.3476."""
    found = overlap_figures(
        CONTEXT, splits(1, train=60, test=40), split="split", first="train", second="test",
        overlaps={"exact": Counted(8)}, threshold=0.25,
    )  # fmt: skip
    count, share = one(found, "split_overlap"), one(found, "split_overlap_share")
    assert (count.value, count.denominator, count.threshold_high, count.verdict) == (
        8,
        40,
        10,
        "ok",
    )
    assert (share.value, share.group) == (0.2, "train / test")
    assert share.ci_low == pytest.approx(0.1050, abs=1e-4)
    assert share.ci_high == pytest.approx(0.3476, abs=1e-4)


def test_persons_of_a_split_include_those_who_stand_in_both() -> None:
    """30 only in train, 14 only in test, 6 in both: 20 persons in test."""
    persons = Table(("split",), "person", {("train",): 30, ("test",): 14, (CONFLICTING,): 6})
    tables = publish(Tables.of(persons), 5)
    named: dict[str, Any] = {"split": "split", "first": "train", "second": "test"}
    found = overlap_figures(
        LIMITED, tables, **named, overlaps={"persons": Counted(6)}, unit="person"
    )
    assert one(found, "split_overlap").denominator == 20
    three = overlap_figures(
        LIMITED, tables, **named, overlaps={"persons": Counted(6)}, unit="person", splits=3
    )
    assert one(three, "split_overlap").denominator is None
    assert three.verdict == "attention"


# --- expectations -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The shared files as tables of text, and two small tables that must fail and pass."""
    path = tmp_path_factory.mktemp("shared") / "x.duckdb"
    with duckdb.connect(str(path)) as store:
        store.execute("CREATE TABLE bad (text VARCHAR, part VARCHAR, y VARCHAR)")
        store.executemany(
            "INSERT INTO bad VALUES (?, ?, ?)",
            [(f"this is text number {n % 20}", "ab"[n % 2], "pq"[n // 20]) for n in range(40)],
        )
        store.execute("CREATE TABLE good AS SELECT text || y AS text, part, y FROM bad")
        if SHARED.exists():
            _shared_tables(store)
    with open_batches(path) as opened:
        yield opened


def _shared_tables(store: duckdb.DuckDBPyConnection) -> None:
    read = "SELECT *, '{part}' AS part FROM read_csv('{file}', all_varchar = true, header = true{more})"
    tsv = ", delim = '\t', quote = '', escape = ''"
    for name, folder, parts, more in (
        ("banking77", "banking77", ("train", "test"), ""),
        ("voices", "cv_singleword_de", ("train", "dev", "test"), tsv),
    ):
        end = "tsv" if more else "csv"
        files = [
            read.format(part=part, file=SHARED / folder / f"{part}.{end}", more=more)
            for part in parts
        ]
        store.execute(f"CREATE TABLE {name} AS {' UNION ALL '.join(files)}")
    for name, file, more in (
        ("bank", "bank_marketing/bank-full.csv", ", delim = ';'"),
        ("compas", "compas/compas_for_aequitas.csv", ""),
    ):
        store.execute(
            f"CREATE TABLE {name} AS {read.format(part='', file=SHARED / file, more=more)}"
        )


def figures(batches: Any, table: str, expectation: Any) -> Mapping[str, Any]:
    result = batches.of(table).get_batch().validate(expectation)
    found: Mapping[str, Any] = result.result["details"]
    assert result.success == (found["verdict"] == "ok")
    return found


def valued(found: Mapping[str, Any], metric: str) -> dict[tuple[str, str], float]:
    return {
        (figure["group"], figure["condition"]): figure["value"]
        for figure in found["figures"]
        if figure["metric"] == metric
    }


SPLIT: dict[str, Any] = {"split": "part", "splits": ["a", "b"]}


def test_repeated_texts_fail_and_different_ones_pass(batches: Any) -> None:
    """20 texts, each twice with another label, always in the same split."""
    repeated = ours.ExpectDuplicateShareToBeBelow(text="text", labels=["y"], near=0.9, **SPLIT)
    bad = figures(batches, "bad", repeated)
    assert bad["verdict"] == "attention"
    assert valued(bad, "duplicates")["", "matching=near"] == 20
    assert valued(bad, "conflicting_labels")["", "matching=exact"] == 20
    assert figures(batches, "good", repeated)["verdict"] == "ok"


def test_a_text_in_two_splits_fails(batches: Any) -> None:
    by_label: dict[str, Any] = {"split": "y", "splits": ["p", "q"]}
    leaking = ours.ExpectNoLeakageBetweenSplits(text="text", near=0.9, **by_label)
    bad = figures(batches, "bad", leaking)
    assert bad["verdict"] == "attention"
    assert valued(bad, "split_overlap")["q / p", "matching=exact"] == 20
    safe = ours.ExpectNoLeakageBetweenSplits(text="text", near=0.9, **SPLIT)
    assert figures(batches, "good", safe)["verdict"] == "ok"


_WAYS = {"exact": "exact", "casefold+strip": "case_folded", "casefold+whitespace": "whitespace"}
_TEXT_METRICS = {
    "duplicate_rows_after_first": "duplicates",
    "rows_in_duplicate_groups": "rows_in_duplicate_groups",
}


def reference(dataset: str) -> list[dict[str, str]]:
    rows = rows_of("expected_statistics.csv")
    return [row for row in rows if row["dataset"] == dataset]


@needs_shared
def test_duplicates_and_overlap_of_banking77_are_the_reference(batches: Any) -> None:
    """Every row of expected_statistics.csv about texts of banking77; labels checked by split."""
    named: dict[str, Any] = {"split": "part", "splits": ["train", "test"], "limit": 1}
    repeated = figures(
        batches, "banking77", ours.ExpectDuplicateShareToBeBelow(text="text", **named)
    )
    leaked = figures(batches, "banking77", ours.ExpectNoLeakageBetweenSplits(text="text", **named))
    checked = 0
    for row in reference("banking77"):
        way = _WAYS.get(row["group"])
        if row["metric"] in _TEXT_METRICS:
            condition = f"split={row['attribute']};matching={way}"
            got = valued(repeated, _TEXT_METRICS[row["metric"]])["", condition]
        elif row["metric"] in ("test_rows_in_train", "train_rows_in_test"):
            pair = "train / test" if row["metric"].startswith("test") else "test / train"
            got = valued(leaked, "split_overlap")[pair, f"matching={way}"]
        else:
            continue
        assert got == float(row["value"]), row
        checked += 1
    # 2 metrics x 2 splits x 3 ways, and 2 directions x 3 ways.
    assert checked == 12 + 6


@needs_shared
def test_no_text_of_banking77_has_two_labels(batches: Any) -> None:
    """expected_statistics.csv has six rows of texts_with_conflicting_label, per split and way."""
    engine = batches.engine
    rows = [
        row for row in reference("banking77") if row["metric"] == "texts_with_conflicting_label"
    ]
    for row in rows:
        split = sa.table("banking77", sa.column("part"))
        source = sa.select(sa.literal_column("*")).select_from(split)
        inside = source.where(split.c.part == row["attribute"]).subquery("inside")
        key = ways_of_comparing("text")[_WAYS[row["group"]]]
        found = count_label_conflicts(engine, inside, key=key, label="category", person=None)
        assert found.texts.count == float(row["value"])
        texts = {"train": 10003, "test": 3080}[row["attribute"]]
        assert texts - 4 <= found.of.count <= texts
    assert len(rows) == 6


@needs_shared
def test_speakers_and_paths_of_the_voice_data_stay_in_one_split(batches: Any) -> None:
    """The rows speaker_overlap and path_overlap of expected_statistics.csv, in both directions."""
    named: dict[str, Any] = {"split": "part", "splits": ["train", "dev", "test"], "limit": 1}
    asked = ours.ExpectNoLeakageBetweenSplits(
        text="path", person="client_id", unit="person", **named
    )
    found = valued(figures(batches, "voices", asked), "split_overlap")
    for row in reference("cv_singleword_de"):
        ways = {"speaker_overlap": "persons", "path_overlap": "exact"}
        if row["metric"] in ways:
            first, second = row["attribute"].split(" & ")
            condition = f"matching={ways[row['metric']]}"
            assert found[f"{first} / {second}", condition] == float(row["value"])
            assert found[f"{second} / {first}", condition] == float(row["value"])
    assert len(found) == 6 * 4


@needs_shared
def test_speakers_of_the_voice_data_are_the_reference(batches: Any) -> None:
    """The rows `speakers` of expected_statistics.csv: persons in all and per split."""
    named: dict[str, Any] = {"split": "part", "splits": ["train", "dev", "test"], "limit": 1}
    asked = ours.ExpectRowsToBeCounted(person="client_id", unit="person", **named)
    found = valued(figures_of_size(batches, asked), "persons")
    for row in reference("cv_singleword_de"):
        if row["metric"] == "speakers":
            inside = "" if "+" in row["attribute"] else f"split={row['attribute']}"
            assert found["", inside] == float(row["value"])


def figures_of_size(batches: Any, expectation: Any) -> Mapping[str, Any]:
    details: Mapping[str, Any] = (
        batches.of("voices").get_batch().validate(expectation).result["details"]
    )
    return details


@needs_shared
@pytest.mark.parametrize("table", ["bank", "compas"])
def test_repeated_rows_of_tables_are_the_reference(batches: Any, table: str) -> None:
    """Rows minus distinct rows of expected_statistics.csv; COMPAS once without its id column."""
    dataset = {"bank": "bank_marketing", "compas": "compas"}[table]
    header = [column for column in batches_columns(batches, table) if column != "part"]
    rows = [row for row in reference(dataset) if row["metric"] == "duplicate_rows_after_first"]
    for row in rows:
        columns = header[1:] if "but the id" in row["attribute"] else header
        asked = ours.ExpectDuplicateShareToBeBelow(columns=columns, limit=1)
        found = figures(batches, table, asked)
        assert valued(found, "duplicates") == {("", "matching=exact"): float(row["value"])}
    assert len(rows) == {"bank": 1, "compas": 2}[table]


def batches_columns(batches: Any, table: str) -> list[str]:
    with batches.engine.get_connection() as connection:
        described = connection.execute(sa.text(f"DESCRIBE {table}")).fetchall()
    return [str(row[0]) for row in described]


def test_nothing_of_a_text_or_a_person_is_in_a_result(tmp_path: Path) -> None:
    """Counts only: neither texts nor ids stand in what Great Expectations keeps."""
    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as store:
        store.execute("CREATE TABLE t (text VARCHAR, who VARCHAR, part VARCHAR)")
        rows = [(f"Sentinel9046 {n % 3}", f"Sentinel9046{n}", "ab"[n % 2]) for n in range(30)]
        store.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    with open_batches(path) as opened:
        for asked in (
            ours.ExpectDuplicateShareToBeBelow(text="text", person="who", near=0.5, **SPLIT),
            ours.ExpectNoLeakageBetweenSplits(text="text", person="who", near=0.5, **SPLIT),
        ):
            result = opened.of("t").get_batch().validate(asked)
            assert not result.success
            assert "entinel9046" not in str(result.result)
