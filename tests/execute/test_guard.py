"""No exception that leaves a guarded function carries what it was about."""

from __future__ import annotations

import errno
import traceback

import pytest

from impactbook.errors import ImpactbookError, InputError
from impactbook.execute.guard import CellTroubleError, describe, guarded

SECRET = "Frau Geheim, 0171 5550123"


@guarded
def failing() -> None:
    row = {"name": SECRET}
    raise ValueError(f"cannot convert {row}")


def test_a_foreign_exception_is_reduced_to_type_and_place() -> None:
    with pytest.raises(CellTroubleError) as caught:
        failing()
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown
    assert "ValueError in test_guard.py, line" in shown


def test_our_own_sentences_pass_without_their_context() -> None:
    @guarded
    def wrong() -> None:
        try:
            raise ValueError(SECRET)
        except ValueError:
            raise InputError("the column age is missing", remedy="add it", file="x.csv")  # noqa: B904

    with pytest.raises(InputError) as caught:
        wrong()
    assert "the column age is missing" in str(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_results_come_back_unchanged() -> None:
    assert guarded(lambda value: value * 2)(21) == 42


def test_an_exception_without_a_traceback_is_described_by_its_type() -> None:
    assert describe(KeyError(SECRET)) == "KeyError"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "data/x.csv"),
            "data/x.csv: cannot be opened (permission denied); "
            "check that it is there and that you may read it.",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device", "outputs/x"),
            "outputs/x: cannot be written (no space left on the device); "
            "free some space and run again.",
        ),
    ],
)
def test_what_the_system_refuses_is_told_with_the_file(error: OSError, sentence: str) -> None:
    def refused() -> None:
        raise error

    with pytest.raises(ImpactbookError) as caught:
        guarded(refused)()
    assert str(caught.value) == sentence
    assert caught.value.exit_code == 2


def test_trouble_of_the_system_without_a_file_stays_a_matter_of_type_and_place() -> None:
    def broken() -> None:
        raise ConnectionResetError(errno.ECONNRESET, SECRET)

    with pytest.raises(CellTroubleError) as caught:
        guarded(broken)()
    assert SECRET not in str(caught.value)
