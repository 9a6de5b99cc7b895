"""The ledger: a chain in which no byte can change unseen, appended to without reading all of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_samples import A, B

from impactbook.errors import RecordError
from impactbook.model.record import SealLine
from impactbook.records import ledger


def lines(count: int) -> list[SealLine]:
    made: list[SealLine] = []
    for number in range(count):
        made.append(
            ledger.seal_line(
                after=made[-1] if made else None,
                feature="voicebot" if number % 2 else "chat",
                version=f"1.{number}.0",
                manifest=A,
                created="2026-11-23T10:00:00Z",
            )
        )
    return made


CHAIN = lines(4)
CONTENT = b"".join(ledger.line_bytes(line) for line in CHAIN)


def test_a_chain_is_read_whole_and_without_complaint() -> None:
    reading = ledger.read_ledger(CONTENT)
    assert (reading.lines, reading.problems) == (tuple(CHAIN), ())
    assert reading.head == CHAIN[-1].hash


def test_a_line_holds_exactly_the_agreed_keys() -> None:
    keys = "created,feature,hash,kind,manifest,previous,schema,seq,version"
    assert sorted(ledger.to_json(CHAIN[1])) == keys.split(",")
    assert (CHAIN[0].previous, CHAIN[1].previous, CHAIN[1].seq) == (None, CHAIN[0].hash, 2)


@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
def test_any_changed_byte_is_found(position: int, change: int) -> None:
    damaged = bytearray(CONTENT)
    damaged[position] ^= change
    assert ledger.read_ledger(bytes(damaged)).problems


@given(st.integers(0, len(CONTENT) - 1))
def test_any_byte_left_out_is_found(position: int) -> None:
    assert ledger.read_ledger(CONTENT[:position] + CONTENT[position + 1 :]).problems


@given(st.permutations(range(4)))
def test_reordered_lines_are_found(order: list[int]) -> None:
    mixed = b"".join(ledger.line_bytes(CHAIN[index]) for index in order)
    assert bool(ledger.read_ledger(mixed).problems) == (order != [0, 1, 2, 3])


@given(st.sets(st.integers(0, 3), min_size=1, max_size=3))
def test_lines_left_out_are_found_unless_they_are_the_last(gone: set[int]) -> None:
    kept = [line for index, line in enumerate(CHAIN) if index not in gone]
    problems = ledger.read_ledger(b"".join(map(ledger.line_bytes, kept))).problems
    # A shorter chain is a whole chain: only a head kept elsewhere shows that its end is missing.
    assert bool(problems) == (kept != CHAIN[: len(kept)])


def test_a_line_hashed_anew_after_a_change_breaks_the_next_one() -> None:
    changed = ledger.to_json(CHAIN[1]) | {"manifest": B}
    forged = SealLine.model_validate(changed | {"hash": ledger.line_hash(changed)})
    content = b"".join(map(ledger.line_bytes, [CHAIN[0], forged, *CHAIN[2:]]))
    assert ledger.read_ledger(content).problems == ("line 3: does not follow the line before it.",)


def test_appending_gives_the_chain_and_the_tail_its_end(tmp_path: Path) -> None:
    path = tmp_path / ledger.LEDGER
    assert ledger.head(path) is None
    for line in CHAIN:
        ledger.append(path, line)
        assert ledger.head(path) == line.hash
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("block", [1, 7, 400, 100_000])
def test_the_end_is_found_whatever_the_size_of_the_blocks_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(ledger, "_BLOCK", block)
    (tmp_path / "l").write_bytes(CONTENT + b'{"cre')
    end = ledger.tail(tmp_path / "l")
    assert (end.last, end.complete, end.torn) == (CHAIN[-1], len(CONTENT), b'{"cre')


def test_a_torn_line_is_refused_as_head(tmp_path: Path) -> None:
    (tmp_path / "l").write_bytes(CONTENT[:-1])
    with pytest.raises(RecordError, match="its last line is incomplete"):
        ledger.head(tmp_path / "l")


def test_the_newest_seal_of_each_feature_is_found(tmp_path: Path) -> None:
    (tmp_path / "l").write_bytes(CONTENT)
    newest = ledger.newest_seals(tmp_path / "l")
    assert newest == {"chat": CHAIN[2], "voicebot": CHAIN[3]}


@pytest.mark.parametrize("content", [b"\n", b"{}\n", b"\xff\n", b"[" * 9000 + b"\n", b"null\n"])
def test_what_is_no_ledger_is_reported_not_raised(content: bytes) -> None:
    assert ledger.read_ledger(content).problems
