"""Levels as numbers: the values of raw columns are listed once, and several columns make one number.

`look_up` lists the values that occur and what each means on every axis; `words` writes all raw
columns of a row into as few whole numbers as hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

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

    Missing has no number; axes that are not in `levels` stand as texts.
    """

    digits: Mapping[str, _Digit]
    levels: Mapping[str, tuple[Level, ...]]
    numbers: Mapping[str, Mapping[int, int | None]]
    column: Mapping[str, str]
    text: Callable[[str, Any], Level]
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
    """List the values of all raw columns with few values, and number the levels they mean."""
    names = grouped.raw_names
    if not names:
        return LevelNumbers({}, {}, {}, {}, text)
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
    values, meaning = {}, {}
    for name in names:
        told = answer.axes[(name,)]
        found = [dict(zip(told, key, strict=True)) for key, _ in answer.found[(name,)]]
        found.sort(key=lambda one: level_order(None if one[name] is None else str(one[name])))
        values[name] = tuple(one[name] for one in found)
        for axis in told[:-1]:
            meaning[axis] = [text(axis, one[axis]) for one in found]
    levels, numbers = {}, {}
    for axis, listed in meaning.items():
        levels[axis] = tuple(sorted({one for one in listed if one is not None}, key=level_order))
        number: dict[Level, int] = {level: at for at, level in enumerate(levels[axis])}
        numbers[axis] = {at: number.get(level) for at, level in enumerate(listed)}
    digits, words = _placed(values)
    column = {axis: grouped.column[axis] for axis in axes}
    return LevelNumbers(digits, levels, numbers, column, text, words)


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
    return digits, word + 1


def _chosen(
    whens: list[tuple[sa.ColumnElement[bool], Any]], otherwise: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    """A case that may have no conditions at all: of no rows nothing is listed."""
    return sa.case(*whens, else_=otherwise) if whens else otherwise


def _small(number: int) -> sa.ColumnElement[Any]:
    return sa.literal_column(str(number), sa.Integer)


def _whole(number: int) -> sa.ColumnElement[Any]:
    return sa.cast(sa.literal_column(str(number)), sa.BigInteger)
