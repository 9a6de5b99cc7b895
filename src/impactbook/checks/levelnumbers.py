"""Levels as numbers: the values of raw columns are listed once, and several columns make one number.

`look_up` lists the values that occur and what each means on every axis; `words` writes all raw
columns of a row into as few whole numbers as hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from impactbook.checks.cover import BlockCells
from impactbook.checks.groupedcolumns import GroupedColumns
from impactbook.checks.scan import Fetch, Part, Shown, ask
from impactbook.checks.tables import CONFLICTING, Level, level_order

_LARGEST = 2**62
_DISAGREE = -1
_UNLISTED = -2


@dataclass(frozen=True)
class _Digit:
    """Where a raw column stands in a number: `stride` times the place of its value."""

    word: int
    stride: int
    values: tuple[Any, ...]

    @property
    def size(self) -> int:
        """How many values there are, and one place for a value that was not listed."""
        return len(self.values) + 1


@dataclass(frozen=True)
class LevelNumbers:
    """The levels of the axes that are made of raw columns with few values, numbered in order.

    Missing has no number; axes that are not in `levels` stand as texts. `follows` names, for an
    axis that only tells whether another one is known, that other one and the level of the known.
    """

    digits: Mapping[str, _Digit]
    levels: Mapping[str, tuple[Level, ...]]
    numbers: Mapping[str, Mapping[int, int | None]]
    column: Mapping[str, str]
    text: Callable[[str, Any], Level]
    follows: Mapping[str, tuple[str, Level]] = field(default_factory=dict)
    _words: int = field(default=0)

    def has(self, axis: str) -> bool:
        """Whether an axis stands as numbers."""
        return axis in self.levels

    def words(self, grouped: GroupedColumns) -> list[sa.ColumnElement[Any]]:
        """Numbers over raw columns, that tell all their values."""
        words: list[list[sa.ColumnElement[Any]]] = [[] for _ in range(self._words)]
        for name, digit in self.digits.items():
            raw = grouped.cell(name)
            place = _chosen(
                [
                    (raw.is_(None) if value is None else raw == value, _whole(at))
                    for at, value in enumerate(digit.values)
                ],
                _whole(len(digit.values)),
            )
            words[digit.word].append(place * _whole(digit.stride))
        return [sum(parts[1:], start=parts[0]) for parts in words]

    def place(self, axis: str) -> tuple[int, Callable[[sa.ColumnElement[Any]], Any]]:
        """Which number tells an axis, and how its level is read from it."""
        digit = self.digits[self.column[axis]]

        def level(word: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
            inside = word % _whole(digit.stride * digit.size) - word % _whole(digit.stride)
            return _chosen(
                [
                    (inside == _whole(at * digit.stride), sa.null() if one is None else _small(one))
                    for at, one in self.numbers[axis].items()
                ],
                _small(_UNLISTED),
            )

        return digit.word, level

    def agreed(self, axis: str, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The level of a group of rows: the only known one, or that they disagree."""
        low: sa.ColumnElement[Any] = sa.func.min(value)
        high: sa.ColumnElement[Any] = sa.func.max(value)
        if self.has(axis):
            told: tuple[Any, Any] = low, _small(_DISAGREE)
        else:
            told = sa.literal_column("'='").op("||")(low), sa.literal_column("'!'")
        return sa.case((low.is_(None), None), (low == high, told[0]), else_=told[1])

    def followed(self, cells: BlockCells) -> BlockCells:
        """The same cells with the axes that follow from those that a block has."""
        more = {
            axis: (cells.axes.index(lead), level)
            for axis, (lead, level) in self.follows.items()
            if lead in cells.axes and axis not in cells.axes
        }
        keys = [
            (*key, *(None if key[place] is None else level for place, level in more.values()))
            for key in cells.keys
        ]
        return BlockCells((*cells.axes, *more), keys, cells.measures)

    def read(self, axis: str, value: Any) -> Level:
        """A level of rows.

        Raises RuntimeError when a value came that was not there when values were listed.
        """
        if value is None or not self.has(axis):
            return self.text(axis, value)
        if int(value) == _UNLISTED:
            raise RuntimeError("the rows changed while they were counted")
        return self.levels[axis][int(value)]

    def read_person(self, axis: str, value: Any) -> Level:
        """A level of persons, see `agreed`."""
        if value is None:
            return None
        if self.has(axis):
            return CONFLICTING if int(value) == _DISAGREE else self.read(axis, value)
        return CONFLICTING if value == "!" else self.text(axis, value[1:])


def look_up(
    fetch: Fetch,
    grouped: GroupedColumns,
    text: Callable[[str, Any], Level],
    *,
    grouping_sets: bool,
) -> LevelNumbers:
    """List the values of all raw columns with few values, and number the levels they mean.

    Axes that only tell known from missing are numbered as well, however many values they have.
    """
    values, meaning = _listed(fetch, grouped, text, grouping_sets=grouping_sets)
    for axis, name in grouped.column.items():
        if axis in grouped.known and not grouped.is_raw(name):
            values[name] = (None, "known")
            meaning[axis] = [None, text(axis, "known")]
    levels, numbers = {}, {}
    for axis, listed in meaning.items():
        levels[axis] = tuple(sorted({one for one in listed if one is not None}, key=level_order))
        number: dict[Level, int] = {level: at for at, level in enumerate(levels[axis])}
        numbers[axis] = {at: number.get(level) for at, level in enumerate(listed)}
    digits, words = _placed(values)
    column = {axis: grouped.column[axis] for axis in meaning}
    return LevelNumbers(digits, levels, numbers, column, text, _follows(meaning, column), words)


def _listed(
    fetch: Fetch,
    grouped: GroupedColumns,
    text: Callable[[str, Any], Level],
    *,
    grouping_sets: bool,
) -> tuple[dict[str, tuple[Any, ...]], dict[str, list[Level]]]:
    """The values of each raw column in order, and what each of them means on every axis."""
    names = grouped.raw_names
    values: dict[str, tuple[Any, ...]] = {}
    meaning: dict[str, list[Level]] = {}
    if not names:
        return values, meaning
    rows = [grouped.cell(name).label(f"a{place}") for place, name in enumerate(names)]
    source = sa.select(*rows).select_from(grouped.view.source).subquery("r")
    axes = tuple(axis for axis, name in grouped.column.items() if name in names)
    of_axes = grouped.shown(axes)
    shown = Shown(
        (*of_axes.outputs, *((name, name, sa.column(grouped.called(name))) for name in names)),
        {name: grouped.called(name) for name in names},
    )
    part = Part(source, names, tuple((name,) for name in names), {"n": sa.func.count()})
    (answer,) = ask(fetch, [part], grouping_sets=grouping_sets, shown=shown)
    for name in names:
        told = answer.axes[(name,)]
        found = [dict(zip(told, key, strict=True)) for key, _ in answer.found[(name,)]]
        found.sort(key=lambda one: level_order(None if one[name] is None else str(one[name])))
        values[name] = tuple(one[name] for one in found)
        for axis in told[:-1]:
            meaning[axis] = [text(axis, one[axis]) for one in found]
    return values, meaning


def _follows(
    meaning: Mapping[str, list[Level]], column: Mapping[str, str]
) -> dict[str, tuple[str, Level]]:
    """The axes that are known exactly where another axis of the same column is, and say no more."""
    found: dict[str, tuple[str, Level]] = {}
    for name in dict.fromkeys(column.values()):
        axes = [axis for axis, one in column.items() if one == name]
        lead = max(axes, key=lambda axis: (len(set(meaning[axis])), -axes.index(axis)))
        missing = [level is None for level in meaning[lead]]
        for axis in axes:
            told = {level for level in meaning[axis] if level is not None}
            alike = [level is None for level in meaning[axis]] == missing
            if axis != lead and alike and len(told) == 1:
                found[axis] = (lead, told.pop())
    return found


def _placed(values: Mapping[str, tuple[Any, ...]]) -> tuple[dict[str, _Digit], int]:
    """Put columns into numbers as long as they fit, and tell how many numbers that took."""
    digits: dict[str, _Digit] = {}
    word, stride = 0, 1
    for name, listed in values.items():
        size = len(listed) + 1
        if stride * size > _LARGEST:
            word, stride = word + 1, 1
        digits[name] = _Digit(word, stride, listed)
        stride *= size
    return digits, word + 1 if digits else 0


def _chosen(
    whens: list[tuple[sa.ColumnElement[bool], Any]], otherwise: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    """A case that may have no conditions at all: of no rows nothing is listed."""
    return sa.case(*whens, else_=otherwise) if whens else otherwise


def _small(number: int) -> sa.ColumnElement[Any]:
    return sa.literal_column(str(number), sa.Integer)


def _whole(number: int) -> sa.ColumnElement[Any]:
    return sa.cast(sa.literal_column(str(number)), sa.BigInteger)
