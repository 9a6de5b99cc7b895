"""Networks of two-way tables: how far a cell can move, compared with a linear program."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from impactbook.checks.flows import UNLIMITED, Room, exchange, fall, rectangles, rise


@st.composite
def rooms(draw: st.DrawFn) -> Room:
    """A table of two to four lines each way, in which some cells may move."""
    shape = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    masked = random.random(shape) < draw(st.sampled_from([0.3, 0.6, 0.9]))
    down = np.where(masked, random.integers(0, 6, shape), 0)
    up = np.where(masked, draw(st.sampled_from([3, UNLIMITED])), 0)
    return Room(down, up)


def most(room: Room, cost: np.ndarray, wanted: dict[tuple[str, int], int]) -> float:
    """The largest value of `cost` over all changes with these changes of sums (else none)."""
    rows, columns = room.down.shape
    sums, right = [], []
    for kind, size in (("row", rows), ("column", columns)):
        for at in range(size):
            line = np.zeros((rows, columns))
            line[(at, slice(None)) if kind == "row" else (slice(None), at)] = 1
            sums.append([*line.ravel(), -wanted.get((kind, at), 0)])
            right.append(0)
    high = np.minimum(room.up, 100).ravel()
    bounds = [*zip(-room.down.ravel(), high, strict=True), (0, 50)]
    found = linprog(-cost, A_eq=np.array(sums), b_eq=np.array(right), bounds=bounds)
    return float(-found.fun)


def at_cell(room: Room, row: int, column: int, sign: int) -> np.ndarray:
    """The cost that asks how far one cell can go."""
    cost = np.zeros(room.down.size + 1)
    cost[row * room.down.shape[1] + column] = sign
    return cost


@settings(max_examples=150, deadline=None)
@given(room=rooms(), data=st.data())
def test_a_cell_rises_and_falls_as_far_as_a_linear_program_allows(
    room: Room, data: st.DataObject
) -> None:
    """The searches give the exact room of a cell, in whole numbers, and change nothing."""
    row = data.draw(st.integers(0, room.down.shape[0] - 1))
    column = data.draw(st.integers(0, room.down.shape[1] - 1))
    before = room.down.copy(), room.up.copy()
    upwards = rise(room, (row, column), 50).moved
    assert upwards == min(50, round(most(room, at_cell(room, row, column, 1), {})))
    assert fall(room, (row, column), 50).moved == round(
        most(room, at_cell(room, row, column, -1), {})
    )
    assert rectangles(room)[row, column] <= upwards
    assert (room.down == before[0]).all()
    assert (room.up == before[1]).all()


@settings(max_examples=100, deadline=None)
@given(room=rooms(), rows=st.booleans())
def test_two_lines_exchange_as_much_as_a_linear_program_allows(room: Room, rows: bool) -> None:
    """The sum of line 0 rises by what the sum of line 1 falls, all others stay."""
    kind = "row" if rows else "column"
    cost = np.zeros(room.down.size + 1)
    cost[-1] = 1
    wanted = {(kind, 0): 1, (kind, 1): -1}
    assert exchange(room, 0, 1, 50, rows=rows).moved == round(most(room, cost, wanted))


def test_two_by_two_moves_by_the_smaller_of_its_two_neighbours() -> None:
    """x11 rises by what both x12 and x21 can give: 2 and 1."""
    room = Room(np.array([[0, 2], [1, 9]]), np.full((2, 2), UNLIMITED))
    assert rise(room, (0, 0), 50).moved == 1
    assert rectangles(room)[0, 0] == 1
    assert fall(room, (0, 0), 50).moved == 0


def test_the_cut_names_the_cells_that_stand_in_the_way() -> None:
    """Every other cell of row 0 is told, so only row 0 is reached: one of them has to be masked."""
    down = np.array([[0, 0, 0], [5, 5, 5], [5, 5, 5]])
    up = np.where(down > 0, UNLIMITED, 0)
    up[0, 0] = UNLIMITED
    limit = rise(Room(down, up), (0, 0), 5)
    assert limit.moved == 0
    assert limit.between.tolist() == [[True] * 3, [False] * 3, [False] * 3]
