"""Texts that are nearly the same: what counts as alike, and that rows, order and batches do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impactbook.checks import near
from impactbook.checks.figures.duplicates import Repeats
from impactbook.checks.figures.overlaps import SharedRows
from impactbook.checks.near import NearTexts, Occurrence, near_texts, similarity, word_pieces

CARD = "i have lost my card and i need a new one very soon please"
SOON = "i have lost my card and i need a new one very soon thanks"
OTHER = "where can i see which exchange rate you gave me for my payment"


def found(
    rows: Iterable[Occurrence], threshold: float = 0.7, size: int = 3, persons: bool = False
) -> NearTexts:
    listed = list(rows)

    def batches() -> Iterator[list[Occurrence]]:
        for start in range(0, len(listed), size):
            yield listed[start : start + size]

    return near_texts(batches(), threshold=threshold, has_persons=persons)


def test_texts_are_compared_by_their_word_triples() -> None:
    """14 words have 12 triples; one other word at the end leaves 11 of 13 in common."""
    assert len(word_pieces(CARD)) == len(word_pieces(SOON)) == 12
    assert similarity(CARD, SOON) == pytest.approx(11 / 13)
    assert similarity(CARD, OTHER) == 0
    assert similarity("Hello  THERE", "hello there") == 1
    assert similarity("", " ") == 0


def test_rows_are_counted_in_all_and_within_each_split() -> None:
    """Alike are 0, 1, 4 (train, test, train) and 2, 3 (test, test); 5 is alone, 6 has no text.

    All rows: groups of 3 and 2, so 5 rows in groups and 2 + 1 beyond the first. Train: rows 0 and
    4; test: rows 2 and 3.
    """
    rows: list[Occurrence] = [
        (CARD, "train", None),
        (SOON, "test", None),
        (OTHER, "test", None),
        (OTHER.upper(), "test", None),
        (CARD.replace(" ", "  "), "train", None),
        ("something else is meant here by this one", "train", None),
        (None, "train", None),
    ]
    answer = found(rows)
    assert answer.repeats.whole == Repeats(3, 5, None)
    assert answer.repeats.parts == {"train": Repeats(1, 2, None), "test": Repeats(1, 2, None)}
    # Row 1 of test resembles train; rows 0 and 4 of train resemble test.
    assert answer.shared == (
        SharedRows("test", "train", 2, None),
        SharedRows("train", "test", 1, None),
    )


def test_the_persons_behind_alike_rows_are_counted() -> None:
    """Rows of a, a, b and nobody: two persons; across the splits stand a (train) and b (test)."""
    rows: list[Occurrence] = [
        (CARD, "train", "a"),
        (CARD, "train", "a"),
        (SOON, "test", "b"),
        (SOON, None, None),
        (OTHER, "test", "c"),
    ]
    answer = found(rows, persons=True)
    assert answer.repeats.whole == Repeats(3, 4, 2)
    assert answer.repeats.parts == {"train": Repeats(1, 2, 1), "test": Repeats(0, 0, 0)}
    assert answer.repeats.people_across == 2
    assert answer.shared == (SharedRows("test", "train", 2, 1), SharedRows("train", "test", 1, 1))


def test_texts_alike_through_a_chain_are_of_one_kind() -> None:
    """Ends of a chain share too little with each other (0.43), each neighbour enough (0.7)."""
    words = [f"w{number}" for number in range(22)]
    one, two, three = (" ".join(words[at : at + 19]) for at in (0, 1, 3))
    # 17 triples each; shifted by 1: 16 of 18, by 2: 15 of 19, by 3: 14 of 20 in common.
    assert similarity(one, two) == pytest.approx(16 / 18)
    assert similarity(two, three) == pytest.approx(15 / 19)
    assert similarity(one, three) == pytest.approx(14 / 20)
    chain = found([(text, None, None) for text in (one, two, three)], threshold=0.75)
    assert chain.repeats.whole == Repeats(2, 3, None)
    ends = found([(text, None, None) for text in (one, three)], threshold=0.75)
    assert ends.repeats.whole == Repeats(0, 0, None)


def test_no_text_means_nothing_found() -> None:
    assert found([]).repeats.whole == Repeats(0, 0, None)
    assert found([("", "train", None), (None, None, None)]).shared == ()


_WORDS = st.sampled_from(["card", "lost", "my", "new", "soon", "where", "rate"])
_TEXTS = st.lists(st.lists(_WORDS, min_size=0, max_size=9).map(" ".join), max_size=12)


@settings(max_examples=10, deadline=None)
@given(texts=_TEXTS, threshold=st.sampled_from([0.4, 0.6, 0.8]), seed=st.integers(0, 12))
def test_pairs_are_those_of_a_comparison_of_all_with_all(
    texts: list[str], threshold: float, seed: int
) -> None:
    """Small sets: every pair by its exact similarity, kinds by following them; order is no matter.

    What is found is never more than that; less only where hashing missed a pair, which with so few
    pairs near the threshold happens seldom and leaves an earlier count.
    """
    kinds = list(range(len(texts)))
    for a in range(len(texts)):
        for b in range(a):
            if similarity(texts[a], texts[b]) >= threshold:
                kinds = [kinds[b] if kind == kinds[a] else kind for kind in kinds]
    sizes = [kinds.count(kind) for kind in set(kinds)]
    exact = Repeats(sum(n - 1 for n in sizes), sum(n for n in sizes if n > 1), None)
    rows: list[Occurrence] = [(text, None, None) for text in texts]
    answer = found(rows, threshold)
    same = len([t for t in texts if t]) - len({word_pieces(t).tobytes() for t in texts if t})
    assert same <= answer.repeats.whole.after_first <= exact.after_first
    assert found(rows[seed:] + rows[:seed], threshold, size=5) == answer


@pytest.mark.slow
def test_nearly_all_planted_pairs_are_found_and_nothing_else() -> None:
    """400 texts of 30 random words, 200 with a copy that has one other word: 25 of 31 triples."""
    chance = np.random.default_rng(7)
    texts = [" ".join(f"w{n}" for n in row) for row in chance.integers(0, 5000, (400, 30))]
    copies = []
    for text in texts[:200]:
        words = text.split()
        words[10] = "changed"
        copies.append(" ".join(words))
        assert similarity(text, copies[-1]) == pytest.approx(25 / 31)
    rows: list[Occurrence] = [(text, None, None) for text in (*texts, *copies)]
    answer = found(rows, threshold=0.7, size=100)
    assert 198 <= answer.repeats.whole.after_first <= 200
    assert answer.repeats.whole.in_groups == 2 * answer.repeats.whole.after_first


def test_a_large_bucket_is_not_compared_all_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """60 texts in one bucket: each is compared with the next ones only, and all are still found."""
    monkeypatch.setattr(near, "NEIGHBOURS", 2)
    rows: list[Occurrence] = [(f"{CARD} {CARD} {OTHER} number{n}", None, None) for n in range(60)]
    assert found(rows, threshold=0.6, size=7).repeats.whole == Repeats(59, 60, None)


def test_nothing_is_left_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary database is gone, also when reading the texts breaks off; it held no text."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def broken() -> Iterator[list[Occurrence]]:
        yield [("Sentinel9046 said something here", None, "Sentinel9046")]
        kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert kept
        assert not any(b"entinel9046" in content for content in kept)
        raise RuntimeError("the engine went away")

    with pytest.raises(RuntimeError, match="went away"):
        near_texts(broken(), threshold=0.7, has_persons=True)
    assert list(tmp_path.iterdir()) == []
