"""Networks of two-way tables: how far a cell can move, compared with a linear program."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from impactbook.checks.flows import UNLIMITED, Room, fall, rectangles, rise


@st.composite
def rooms(draw: st.DrawFn) -> Room:
    """A table of two to four lines each way, some cells fixed, some lines with masked sums."""
    shape = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    masked = random.random(shape) < draw(st.sampled_from([0.3, 0.6, 0.9]))
    down = np.where(masked, random.integers(0, 6, shape), 0)
    up = np.where(masked, draw(st.sampled_from([3, UNLIMITED])), 0)
    free = [random.random(n) < draw(st.sampled_from([0.0, 0.5])) for n in shape]
    return Room(down, up, free[0], free[1])


def largest_change(room: Room, row: int, column: int, sign: int) -> float:
    """The same by linear programming: changes between -down and up, told sums kept."""
    rows, columns = room.down.shape
    size = rows * columns
    sums = []
    for at, free in enumerate(room.free_rows):
        line = np.zeros((rows, columns))
        line[at] = 1
        if not free:
            sums.append(line.ravel())
    for at, free in enumerate(room.free_columns):
        line = np.zeros((rows, columns))
        line[:, at] = 1
        if not free:
            sums.append(line.ravel())
    sums.append(np.ones(size))  # the total is told
    cost = np.zeros(size)
    cost[row * columns + column] = -sign
    high = np.minimum(room.up, 100).ravel()
    found = linprog(
        cost,
        A_eq=np.array(sums),
        b_eq=np.zeros(len(sums)),
        bounds=list(zip(-room.down.ravel(), high, strict=True)),
    )
    return float(sign * found.x[row * columns + column])


@settings(max_examples=150, deadline=None)
@given(room=rooms(), data=st.data())
def test_a_cell_rises_and_falls_as_far_as_a_linear_program_allows(
    room: Room, data: st.DataObject
) -> None:
    """The searches give the exact room of a cell, in whole numbers."""
    row = data.draw(st.integers(0, room.down.shape[0] - 1))
    column = data.draw(st.integers(0, room.down.shape[1] - 1))
    before = room.down.copy(), room.up.copy()
    upwards = rise(room, row, column, 50)[0]
    assert upwards == min(50, round(largest_change(room, row, column, 1)))
    downwards = fall(room, row, column, 50)
    assert downwards == round(largest_change(room, row, column, -1))
    assert rectangles(room)[row, column] <= upwards
    assert (room.down == before[0]).all()
    assert (room.up == before[1]).all()


def test_two_by_two_moves_by_the_smaller_of_its_two_neighbours() -> None:
    """x11 rises by what x12 and x21 can give: 3 and 2 (less 1 each, for masked is 1 or more)."""
    down = np.array([[0, 2], [1, 9]])
    up = np.full((2, 2), UNLIMITED)
    told = np.zeros(2, bool)
    room = Room(down, up, told, told)
    assert rise(room, 0, 0, 50)[0] == 1
    assert rectangles(room)[0, 0] == 1
    assert fall(room, 0, 0, 50) == 0


def test_the_cut_names_the_lines_whose_told_cells_stand_in_the_way() -> None:
    """Only row 0 is reached: every other cell of it is told, so one of them has to be masked."""
    down = np.array([[0, 0, 0], [5, 5, 5], [5, 5, 5]])
    up = np.where(down > 0, UNLIMITED, 0)
    up[0, 0] = UNLIMITED
    moved, rows, columns = rise(Room(down, up, np.zeros(3, bool), np.zeros(3, bool)), 0, 0, 5)
    assert moved == 0
    assert rows.tolist() == [True, False, False]
    assert not columns.any()
