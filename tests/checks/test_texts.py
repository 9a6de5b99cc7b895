"""Texts and recordings by group: lengths, vocabulary at equal size, empty ones, hours."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest
from counted_by_hand import CONTEXT, SHARED, expected_value
from declared import dataset, figure, result, run
from hypothesis import given
from hypothesis import strategies as st
from rows_on_engines import ENGINES, open_engine, put

from impactbook.checks import expectations as ours
from impactbook.checks.durationmetrics import count_durations, count_person_hours
from impactbook.checks.figures.common import FigureContext
from impactbook.checks.figures.durations import Durations, duration_interval
from impactbook.checks.figures.quality import Counted
from impactbook.checks.figures.texts import (
    Lengths,
    Part,
    Vocabulary,
    empty_figures,
    jackknife,
    length_band,
    length_figures,
    mean_interval,
    median_band,
    sample_size,
    type_token_ratio,
    vocabulary_figures,
    words_in,
)
from impactbook.checks.gx_duckdb import open_batches
from impactbook.checks.suppression import publish
from impactbook.checks.tables import CONFLICTING, KNOWN, Table, Tables
from impactbook.checks.textmetrics import count_lengths, count_words
from impactbook.language import phrases, say

# --- arithmetic ---------------------------------------------------------------------------------


def test_the_expected_ratio_is_the_mean_over_all_samples() -> None:
    """a a a b b c, 3 of 6 drawn: the mean number of different words over all 20 samples, over 3."""
    words = "aaabbc"
    samples = [len(set(sample)) for sample in combinations(words, 3)]
    assert len(samples) == 20
    expected = sum(samples) / len(samples) / 3
    spectrum = Counter(Counter(words).values())
    assert type_token_ratio(spectrum, 3) == pytest.approx(expected)


@given(
    counts=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    sample=st.integers(1, 8),
)
def test_any_small_spectrum_gives_the_mean_over_all_samples(counts: list[int], sample: int) -> None:
    words = [place for place, count in enumerate(counts) for _ in range(count)][:12]
    spectrum = Counter(Counter(words).values())
    if sample > len(words):
        with pytest.raises(ValueError, match="fewer words"):
            type_token_ratio(spectrum, sample)
        return
    samples = [len(set(chosen)) for chosen in combinations(words, sample)]
    expected = sum(samples) / len(samples) / sample
    assert type_token_ratio(spectrum, sample) == pytest.approx(expected)


def test_the_ratio_does_not_fall_as_texts_grow_longer() -> None:
    """Ten times the same words: the plain ratio falls to a tenth, this one by little."""
    short, long = {20: 50}, {200: 50}
    assert words_in(long) == 10 * words_in(short)
    ratio = type_token_ratio(long, 100) / type_token_ratio(short, 100)
    assert 0.95 < ratio <= 1


def test_the_jackknife_is_student_t_for_a_mean_of_equal_parts() -> None:
    """Parts with means 1..5 leave out 3.5, 3.25, 3, 2.75, 2.5: sd of the mean sqrt(2.5 / 5).

    t(0.975; 4) = 2.776445: 3 -+ 2.776445 * 0.7071068 = 3 -+ 1.963243.
    """
    found = jackknife(3.0, [3.5, 3.25, 3.0, 2.75, 2.5])
    assert found is not None
    assert (found.low, found.high) == pytest.approx((3 - 1.963243, 3 + 1.963243), abs=1e-6)
    assert jackknife(3.0, [3.0, 3.1, 2.9, 3.0]) is None


def test_the_mean_length_has_the_interval_of_its_unit() -> None:
    """Texts of 2, 4, 6 words: sd 2, 4 -+ 1.959964 * 2 / sqrt 3. One text has none."""
    interval, method = mean_interval(Lengths({2: 1, 4: 1, 6: 1}))
    assert interval is not None
    assert method == "normal"
    assert interval.high == pytest.approx(4 + 1.959964 * 2 / math.sqrt(3), abs=1e-6)
    assert mean_interval(Lengths({3: 1})) == (None, "normal")
    # Five parts of two texts each, with means 1 to 5: as in the test of the jackknife.
    parts = tuple(Part(2, 2 * mean) for mean in range(1, 6))
    clustered, method = mean_interval(Lengths(dict.fromkeys(range(1, 6), 2), parts))
    assert clustered is not None
    assert method == "jackknife"
    assert clustered.high == pytest.approx(3 + 1.963243, abs=1e-6)


def test_the_median_is_told_in_bands() -> None:
    """1 to 100 words once each: rank 50 is in 31..50; ranks 40 and 61 give 31 to 75."""
    band, around = median_band(Lengths(dict.fromkeys(range(1, 101), 1)))
    assert band == (31, 50)
    # 50 - 9.8 = 40.2, rank 40; 50 + 9.8 = 59.8, rank 60 + 1.
    assert (around.low, around.high) == (31, 75)
    assert median_band(Lengths({12: 1}))[0] == (11, 15)


@given(st.integers(0, 10**6))
def test_every_length_lies_in_its_band(words: int) -> None:
    first, last = length_band(words)
    assert first <= words <= last


def test_the_mean_duration_without_persons_is_the_normal_interval() -> None:
    """1, 2 and 3 seconds: sum 6,000 ms, squares 14e6; sd 1 s."""
    interval, method = duration_interval(Durations(3, 6000, Counted(0), 14_000_000))
    assert interval is not None
    assert method == "normal"
    assert interval.low == pytest.approx(2 - 1.959964 / math.sqrt(3), abs=1e-6)


# --- figures ------------------------------------------------------------------------------------

LIMITED = FigureContext("sample", "training_data", 5)


def test_lengths_are_told_only_of_a_told_number_of_texts() -> None:
    """Nothing when the number is masked, or when it is not the number that was measured."""
    lengths = Lengths({4: 6, 10: 3})
    mean, median = length_figures(CONTEXT, lengths, 9, axes=("text",))
    # (6 * 4 + 3 * 10) / 9
    assert mean.value == pytest.approx(6.0)
    assert (mean.denominator, median.value) == (9, 4.0)
    for texts in (None, 8):
        hidden = length_figures(CONTEXT, lengths, texts, axes=("text",))
        assert {one.verdict for one in hidden} == {"suppressed"}
        assert {one.value for one in hidden} == {None}


def test_vocabularies_are_compared_at_one_sample_size() -> None:
    """The smaller group decides how many words are drawn; below 100 it has not enough data."""
    large, small, tiny = Vocabulary({10: 300}), Vocabulary({3: 60}), Vocabulary({1: 9})
    assert sample_size([large]) == 1000
    assert sample_size([large, small]) == sample_size([large, tiny]) == sample_size([]) == 100
    counted, ratio = vocabulary_figures(CONTEXT, small, 100, axes=("text",))
    assert (counted.value, counted.denominator) == (60, 180)
    assert ratio.condition == "sample=100"
    assert ratio.value == pytest.approx(type_token_ratio({3: 60}, 100))
    assert vocabulary_figures(CONTEXT, tiny, 100, axes=("text",))[1].verdict == "not_enough_data"
    hidden = vocabulary_figures(CONTEXT, None, 100, axes=("text",))
    assert {one.verdict for one in hidden} == {"suppressed"}


def test_empty_texts_are_judged_by_their_share_or_its_bounds() -> None:
    """2 of 200 is 1 %: ok at 0.01; masked at limit 5: 1 to 198 of 200 leaves it open."""

    def share(empty: int, limit: int, most: float) -> Any:
        table = Table(("text",), "row", {(KNOWN,): 200 - empty, (None,): empty})
        published = publish(Tables.of(table), limit).get("row", ("text",))
        (found,) = empty_figures(CONTEXT, published, most, axes=("text",))
        return found

    assert (share(2, 1, 0.01).value, share(2, 1, 0.01).verdict) == (0.01, "ok")
    assert share(3, 1, 0.01).verdict == "attention"
    assert (share(2, 5, 0.01).value, share(2, 5, 0.01).verdict) == (None, "suppressed")
    assert share(0, 5, 0.0).verdict == "ok"
    assert share(2, 5, 0.0).verdict == "attention"


# --- counting on every engine -------------------------------------------------------------------


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    with open_engine(request.param, request, tmp_path_factory.mktemp("texts")) as opened:
        yield opened


COLUMNS = ("text", "sex", "who", "seconds")
ROWS = [
    ("Ich habe Ärger, ärger!", "f", "a", "1.5"),
    ("  meine\u00a0Karte\tfehlt  ", "f", "a", "2"),
    ("„Karte“ – karte?", "m", "b", "-3"),
    ("ja", "m", "c", "999999"),
    (None, "m", "c", None),
    ("eins zwei eins", None, "d", "kurz"),
]


def test_words_are_counted_by_group(engine: Any) -> None:
    """f: 4 and 3 words; m: 3 (the dash stands alone) and 1; without group 3."""
    source = put(engine, COLUMNS, ROWS)
    found = count_lengths(engine, source, "text", by="sex", person=None)
    assert {level: one.texts for level, one in found.items()} == {
        "f": {3: 1, 4: 1},
        "m": {1: 1, 3: 1},
        None: {3: 1},
    }
    parted = count_lengths(engine, source, "text", by="sex", person="who")["f"]
    assert parted.parts == (Part(2, 7),)
    whole = count_lengths(engine, source, "text", by=None, person="who")[None]
    assert sum(part.total for part in whole.parts) == whole.total == 4 + 3 + 3 + 1 + 3


def test_different_words_are_counted_without_case_and_punctuation(engine: Any) -> None:
    """f: ich habe ärger ärger meine karte fehlt; m: karte karte ja; else: eins zwei eins."""
    source = put(engine, COLUMNS, ROWS)
    found = count_words(engine, source, "text", by="sex", person="who")
    assert found["f"].spectrum == {1: 5, 2: 1}
    assert found["m"].spectrum == {1: 1, 2: 1}
    assert found[None].spectrum == {1: 1, 2: 1}
    # f is one person: leaving that part out leaves no word.
    assert found["f"].without_part == ({},)
    whole = count_words(engine, source, "text", by=None, person=None)[None]
    # karte 3, ärger 2, eins 2; ich, habe, meine, fehlt, ja, zwei once each.
    assert whole.spectrum == {1: 6, 2: 2, 3: 1}
    # Each text is in some part; two texts may share one.
    left = [whole.total - words_in(one) for one in whole.without_part]
    assert sum(left) == whole.total == 13
    assert 1 <= len(left) <= 5


def test_durations_are_bounded_and_summed(engine: Any) -> None:
    """f: 1.5 + 2 s. m: -3 counts as 0, 999,999 as a day; "kurz" counts as 0; bounded are three."""
    source = put(engine, COLUMNS, ROWS)
    how: dict[str, Any] = {"unit": "seconds", "decimal": ".", "bounds": (None, None)}
    found = count_durations(engine, source, "seconds", by="sex", person="who", **how)
    day = 24 * 3_600_000
    assert {level: (one.rows, one.milliseconds) for level, one in found.items()} == {
        "f": (2, 3500),
        "m": (2, day),
        None: (1, 0),
    }
    assert found["m"].bounded == Counted(2, 2)
    whole = count_durations(engine, source, "seconds", by=None, person=None, **how)[None]
    assert whole.bounded == Counted(3)
    assert whole.squares == 1500**2 + 2000**2 + day**2
    minutes = {**how, "unit": "minutes", "bounds": (0.5, 2.0)}
    bounded = count_durations(engine, source, "seconds", by=None, person=None, **minutes)[None]
    # 1.5, 2, then 0.5, 2 and 0.5 minutes at the bounds.
    assert bounded.milliseconds == round((1.5 + 2 + 0.5 + 2 + 0.5) * 60_000)


def test_hours_are_summed_by_person(engine: Any) -> None:
    """a is f with 3.5 s, b and c are m, d has no sex; persons count once."""
    source = put(engine, COLUMNS, [*ROWS, ("da", "f", "e", "4"), ("da", "m", "e", "5")])
    how: dict[str, Any] = {"unit": "seconds", "decimal": ".", "bounds": (None, 10.0)}
    found = count_person_hours(engine, source, "seconds", by="sex", person="who", **how)
    assert {level: (one.persons, one.milliseconds) for level, one in found.items()} == {
        "f": (1, 3500),
        "m": (2, 10_000),
        None: (1, 0),
        CONFLICTING: (1, 9000),
    }
    whole = count_person_hours(engine, source, "seconds", by=None, person="who", **how)[None]
    assert (whole.persons, whole.milliseconds) == (5, 22_500)


# --- the whole way ------------------------------------------------------------------------------

DECLARED: dict[str, Any] = {
    "who": "person_id",
    "sex": {"role": "protected", "allowed": ["f", "m", "x"]},
    "text": "text",
    "seconds": "duration",
}


def recordings(*parts: tuple[int, str, str, str], start: int = 0) -> str:
    """A CSV with one row per person: how many, sex, text, seconds."""
    rows, who = ["who,sex,text,seconds"], start
    for count, sex, text, seconds in parts:
        for _ in range(count):
            rows.append(f"p{who},{sex},{text},{seconds}")
            who += 1
    return "\n".join(rows) + "\n"


TALK = " ".join(f"wort{n}" for n in range(30))


def test_a_declared_check_of_texts_is_answered_by_group(tmp_path: Path) -> None:
    """40 f: 30 words, 90 s; 60 m: half of them empty, the rest 10 words, 30 s."""
    short = " ".join(TALK.split()[:10])
    content = recordings((40, "f", TALK, "90"), (30, "m", short, "30"), (30, "m", "", "30"))
    evidence = run(tmp_path, dataset(DECLARED, {"texts": {}}), content).evidence
    by_sex = {"attribute": "sex", "condition": "column=text"}
    assert figure(evidence, "mean_words", attribute="text").value == pytest.approx(
        (40 * 30 + 30 * 10) / 70
    )
    assert figure(evidence, "mean_words", group="m", **by_sex).value == 10
    assert figure(evidence, "median_words", group="f", **by_sex).value == (21 + 30) / 2
    empty = figure(evidence, "empty_share", group="m", **by_sex)
    assert (empty.value, empty.denominator, empty.verdict) == (0.5, 60, "attention")
    assert figure(evidence, "vocabulary", group="f", **by_sex).value == 30
    # 30 words 40 times each; m 10 words 30 times each: 100 drawn of each, for m has only 300.
    ratio = figure(
        evidence, "type_token_ratio", attribute="sex", group="m", condition="column=text;sample=100"
    )
    assert ratio.value == pytest.approx(type_token_ratio({30: 10}, 100))
    hours = {"attribute": "sex", "condition": "column=seconds"}
    assert figure(evidence, "hours_of_speech", group="f", **hours).value == pytest.approx(1.0)
    assert figure(evidence, "mean_duration", group="m", **hours).value == pytest.approx(30)
    assert result(evidence, "empty_texts").verdict == "attention"
    assert result(evidence, "hours").verdict == "ok"
    assert result(evidence, "texts").verdict == result(evidence, "vocabulary").verdict == ""


def test_hours_per_person_where_persons_are_counted(tmp_path: Path) -> None:
    """Two rows of 90 s for each of 40 f: 0.05 hours each."""
    content = recordings((40, "f", TALK, "90"), (40, "m", TALK, "45"))
    content += recordings((40, "f", TALK, "90")).split("\n", 1)[1]
    declared = dataset(DECLARED, {"texts": {}}, unit="person")
    evidence = run(tmp_path, declared, content).evidence
    named = {"attribute": "sex", "group": "f", "condition": "column=seconds"}
    hours = figure(evidence, "hours_per_person", **named)
    assert (hours.value, hours.denominator) == (pytest.approx(0.05), 40)
    assert hours.ci_low == pytest.approx(0.05)


def test_figures_of_a_small_group_say_nothing_of_it(tmp_path: Path) -> None:
    """3 x among 40 f and 60 m: whatever the 3 say, no published number changes but the totals' own.

    The mean, the vocabulary and the hours of x are hidden, and with them those of another group,
    so that they are no difference of a total and the rest.
    """
    content = recordings((40, "f", TALK, "90"), (60, "m", TALK, "30"), (3, "x", "ja ja", "7"))
    evidence = run(tmp_path, dataset(DECLARED, {"texts": {}}), content, limit=5).evidence
    measured = {"mean_words", "median_words", "vocabulary", "hours_of_speech", "mean_duration"}
    hidden = {
        (one.metric, one.group)
        for one in evidence.figures
        if one.attribute == "sex" and one.metric in measured and one.value is None
    }
    assert {(metric, "x") for metric in measured} <= hidden
    assert {metric for metric, group in hidden if group != "x"} == measured


def test_same_published_counts_give_the_same_figures_by_group(tmp_path: Path) -> None:
    """What masked people said moves from one masked group to the other: groups' figures stay."""
    texts = ("ja ja", "nein aber doch eher")
    files = [
        recordings((60, "m", TALK, "30"), (3, "x", texts[way], "7"), (4, "f", texts[1 - way], "9"))
        for way in (0, 1)
    ]
    told = []
    for content in files:
        evidence = run(tmp_path, dataset(DECLARED, {"texts": {}}), content, limit=5).evidence
        told.append([one for one in evidence.figures if one.attribute == "sex"])
    assert told[0] == told[1]
    assert any(one.value is not None for one in told[0])


def test_impossible_durations_are_reported(tmp_path: Path) -> None:
    """Six recordings of -1 s: attention, and they count as 0 s."""
    content = recordings((40, "f", TALK, "90"), (6, "m", TALK, "-1"))
    evidence = run(tmp_path, dataset(DECLARED, {"texts": {}}), content, limit=5).evidence
    bounded = figure(evidence, "bounded_durations", attribute="seconds")
    assert (bounded.value, bounded.verdict) == (6, "attention")
    assert result(evidence, "hours").verdict == "attention"
    assert figure(evidence, "hours_of_speech", attribute="seconds").value == pytest.approx(1.0)


def test_without_a_declared_check_only_lengths_are_counted(tmp_path: Path) -> None:
    content = recordings((40, "f", TALK, "90"))
    evidence = run(tmp_path, dataset(DECLARED), content).evidence
    metrics = {one.metric for one in evidence.figures}
    assert "mean_words" in metrics
    assert not metrics & {"empty_share", "vocabulary", "hours_of_speech"}


def test_dialects_are_counted_like_any_group(tmp_path: Path) -> None:
    """A column of role `dialect` has shares and diversity without being asked for."""
    rows = "\n".join(["dialect,text", *["Bairisch,ja"] * 30, *["Platt,nein"] * 10]) + "\n"
    declared = dataset({"dialect": "dialect", "text": "text"})
    evidence = run(tmp_path, declared, rows).evidence
    share = figure(evidence, "share", attribute="dialect", group="Platt")
    assert (share.value, share.denominator) == (0.25, 40)
    assert figure(evidence, "groups", attribute="dialect").value == 2


# --- expectations in anyone's suite -------------------------------------------------------------


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    path = tmp_path_factory.mktemp("alone") / "x.duckdb"
    with duckdb.connect(str(path)) as store:
        store.execute("CREATE TABLE t (sex VARCHAR, text VARCHAR, seconds VARCHAR)")
        rows = [("f", "ein langer Text", "60")] * 30 + [("m", None, "-5")] * 30
        store.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        store.execute("CREATE VIEW nobody AS SELECT * FROM t WHERE false")
        store.execute("CREATE VIEW silent AS SELECT sex, NULL AS text, NULL AS seconds FROM t")
        if SHARED.exists():
            file = SHARED / "banking77" / "train.csv"
            store.execute(f"CREATE TABLE b AS FROM read_csv('{file}', all_varchar = true)")
    with open_batches(path) as opened:
        yield opened


def details(batches: Any, table: str, expectation: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = batches.of(table).get_batch().validate(expectation).result["details"]
    return found


ALONE = [
    (ours.ExpectTextsNotToBeEmpty(text="text", by=["sex"]), "attention"),
    (ours.ExpectTextLengthsToBeCounted(text="text", by=["sex"]), ""),
    (ours.ExpectVocabularyToBeCounted(text="text", by=["sex"]), ""),
    (ours.ExpectDurationsToBeCounted(duration="seconds", by=["sex"]), "attention"),
]


@pytest.mark.parametrize(("expectation", "verdict"), ALONE)
def test_an_expectation_stands_alone(batches: Any, expectation: Any, verdict: str) -> None:
    """All texts of m are missing and all their durations are negative."""
    assert details(batches, "t", expectation)["verdict"] == verdict
    nothing = details(batches, "nobody", expectation)
    assert (nothing["verdict"], nothing["problem"]) == ("not_measured", "no_rows")


@pytest.mark.parametrize("expectation", [one for one, verdict in ALONE[1:]])
def test_a_column_without_values_is_not_measured(batches: Any, expectation: Any) -> None:
    assert details(batches, "silent", expectation)["problem"] == "no_values"


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not here")
def test_mean_words_of_banking77_is_the_reference(batches: Any) -> None:
    found = details(batches, "b", ours.ExpectTextLengthsToBeCounted(text="text"))
    wanted = expected_value("banking77", "mean words", "train", "train.csv")
    (mean,) = [one["value"] for one in found["figures"] if one["metric"] == "mean_words"]
    assert mean == pytest.approx(float(wanted["value"]), rel=float(wanted["tolerance"]))


def test_what_is_measured_can_be_said() -> None:
    """Each metric, check and problem of texts has a name in both languages."""
    for key in (
        "metric-empty_share", "metric-median_words", "metric-vocabulary", "metric-type_token_ratio",
        "metric-hours_of_speech", "metric-mean_duration", "metric-hours_per_person",
        "metric-bounded_durations", "check-empty_texts", "check-vocabulary", "check-hours",
        "problem-not_on_this_engine",
    ):  # fmt: skip
        assert key in phrases("figures")
        assert say("figures", key, "de") != say("figures", key, "en")


def test_a_text_that_is_a_label_as_well_keeps_its_classes(tmp_path: Path) -> None:
    """Only columns that nobody groups are reduced to known and missing."""
    rows = "\n".join(["word", *["ja"] * 30, *["nein"] * 10, *[""] * 10]) + "\n"
    declared = dataset({"word": "text"}, {"labels": [{"label": "word"}], "texts": {}})
    evidence = run(tmp_path, declared, rows).evidence
    assert figure(evidence, "largest_class", attribute="word").group == "ja"
    empty = figure(evidence, "empty_share", attribute="word")
    assert (empty.value, empty.denominator) == (0.2, 50)
    assert figure(evidence, "mean_words", attribute="word").denominator == 40
