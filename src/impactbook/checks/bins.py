"""Columns of numbers without declared bands, cut into at most ten groups of about equal size.

So that the association of an amount or a score with a protected attribute can be measured. Values
are counted by their first three digits, and the bins' edges are such rounded numbers: the same on
every engine, and no value of a single person. A column that somebody cut into bands is left alone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from impactbook.checks.dialects import GROUPING_SETS, number_or_null
from impactbook.checks.prepare import known, person_column
from impactbook.checks.profile import Profile
from impactbook.checks.scan import Fetch, Part, ask
from impactbook.checks.source import ROWS
from impactbook.model.dataset import Band, Column, Dataset

MOST_VALUES = 20
"""Up to so many different numbers are groups of their own."""

MOST_BINS = 10
_DECADES = 9
_SMALLEST_RANGE = 1e-100
_SMALLEST_SHARE = 200
"""No bin is smaller than this part of all numbers, be they ever so unevenly spread."""


def bins_of(
    opened: Any, declaration: Dataset, profile: Profile, limit: int
) -> dict[str, dict[str, Band]]:
    """The bins for those of the profiled columns that need them; `opened` is a `RowSource`."""
    person = person_column(declaration)
    return number_bins(
        opened.fetch,
        opened.table(ROWS),
        columns_to_bin(declaration, profile),
        decimal=declaration.source.decimal,
        person=None if person is None else known(person, declaration.columns[person]),
        limit=limit,
        grouping_sets=opened.dialect in GROUPING_SETS,
    )


def columns_to_bin(declaration: Dataset, profile: Profile) -> dict[str, Column]:
    """Those of the profiled columns that may be cut: features and scores with many values."""
    found = {}
    for name, column in declaration.columns.items():
        plain = not (column.bands or column.values or column.allowed)
        many = profile.groups.get(name, 0) > MOST_VALUES
        if column.role in ("feature", "score", "duration") and plain and many:
            found[name] = column
    return found


def with_bins(declaration: Dataset, bins: Mapping[str, Mapping[str, Band]]) -> Dataset:
    """The declaration with bins in place of bands that nobody declared."""
    columns = {
        name: column.model_copy(update={"bands": dict(bins[name])}) if bins.get(name) else column
        for name, column in declaration.columns.items()
    }
    return declaration.model_copy(update={"columns": columns})


def number_bins(
    fetch: Fetch,
    rows: sa.FromClause,
    columns: Mapping[str, Column],
    *,
    decimal: str,
    person: sa.ColumnElement[Any] | None,
    limit: int,
    grouping_sets: bool,
) -> dict[str, dict[str, Band]]:
    """Bins for those columns whose known values are all numbers, in two passes over the raw rows.

    Every bin holds at least `limit` rows, or, with `person`, the smallest numbers of at least
    `limit` persons. A column that cannot be cut so into two is left out.
    """
    numbers = {
        name: number_or_null(known(name, column), decimal=decimal)
        for name, column in columns.items()
    }
    scales = _scales(fetch, rows, columns, numbers)
    if not scales:
        return {}
    names = tuple(scales)
    told = {name: numbers[name].label(f"n{place}") for place, name in enumerate(names)}
    if person is None:
        one_each = sa.select(*told.values()).select_from(rows).subquery("n")
    else:
        smallest = [sa.func.min(number.element).label(number.name) for number in told.values()]
        known_persons = sa.select(*smallest).select_from(rows).where(person.is_not(None))
        one_each = known_persons.group_by(person).subquery("n")
    digits = [
        scales[name].digits(one_each.c[told[name].name]).label(f"a{place}")
        for place, name in enumerate(names)
    ]
    source = sa.select(*digits).subquery("r")
    part = Part(source, names, tuple((name,) for name in names), {"n": sa.func.count()})
    (answer,) = ask(fetch, [part], grouping_sets=grouping_sets)
    found = {}
    for name in names:
        cells = answer.found[(name,)]
        counted = {int(key[0]): int(measured[0]) for key, measured in cells if key[0] is not None}
        edges = cut(counted, limit=limit)
        if edges:
            found[name] = bands([scales[name].edge(place) for place in edges])
    return found


@dataclass(frozen=True)
class Scale:
    """How the numbers of one column are rounded: three digits of their distance from `zero`.

    `top` is the power of ten of the largest distance.
    """

    zero: Decimal
    top: int

    @classmethod
    def of(cls, low: float, high: float) -> Scale:
        """The scale for numbers from `low` to `high`; far from zero, a round number near them."""
        if not (low > 0 and high < 10 * low) and not (high < 0 and low > 10 * high):
            zero = Decimal(0)
        else:
            step = Decimal(10) ** (math.floor(math.log10(high - low)) - 1)
            nearest = Decimal(repr(low if low > 0 else high))
            zero = (nearest / step).to_integral_value("ROUND_FLOOR" if low > 0 else "ROUND_CEILING")
            zero *= step
        largest = max(abs(Decimal(repr(low)) - zero), abs(Decimal(repr(high)) - zero))
        return cls(zero, largest.adjusted())

    def digits(self, number: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """A whole number for the digits of a number, in the same order; as `edge` reads it."""
        distance = number - _constant(self.zero)
        size = sa.func.abs(distance)
        lowest = self.top - _DECADES + 1
        whens = []
        for power in range(self.top, lowest - 1, -1):
            scaled = (
                size * _constant(Decimal(10) ** (2 - power))
                if power <= 2
                else size / _constant(Decimal(10) ** (power - 2))
            )
            digits = sa.cast(sa.func.floor(scaled), sa.Integer)
            whens.append(
                (size >= _constant(Decimal(10) ** power), digits + (power - lowest) * 900 - 99)
            )
        place = sa.case((size.is_(None), None), *whens, else_=0)
        return sa.case((distance < 0, -place), else_=place)

    def edge(self, place: int) -> Decimal:
        """The smallest number with the digits that stand at a place."""
        lowest = self.top - _DECADES + 1
        if place == 0:
            return self.zero
        power, digits = divmod(abs(place) - 1, 900)
        unit = Decimal(10) ** (power + lowest - 2)
        return self.zero + (digits + 100) * unit if place > 0 else self.zero - (digits + 101) * unit


def _constant(number: Decimal) -> sa.ColumnElement[Any]:
    return sa.cast(sa.literal(float(number), sa.Double()), sa.Double())


def _scales(
    fetch: Fetch,
    rows: sa.FromClause,
    columns: Mapping[str, Column],
    numbers: Mapping[str, sa.ColumnElement[Any]],
) -> dict[str, Scale]:
    """The scale of each column that holds numbers alone, and more than one."""
    if not columns:
        return {}
    looked_up: list[sa.ColumnElement[Any]] = []
    for name, column in columns.items():
        number = numbers[name]
        looked_up += [sa.func.count(known(name, column)), sa.func.count(number)]
        looked_up += [sa.func.min(number), sa.func.max(number)]
    (row,) = fetch(sa.select(*looked_up).select_from(rows))
    found = {}
    for place, name in enumerate(columns):
        values, counted, low, high = row[4 * place : 4 * place + 4]
        if values and values == counted and float(high) - float(low) > _SMALLEST_RANGE:
            found[name] = Scale.of(float(low), float(high))
    return found


def cut(counted: Mapping[int, int], *, limit: int) -> list[int]:
    """Where to cut places with their counts into at most ten parts of about equal size.

    Returns the place that each part but the first begins with.

    >>> cut({place: 10 for place in range(20)}, limit=5)
    [2, 4, 6, 8, 10, 12, 14, 16, 18]
    >>> cut({0: 950, 1: 30, 2: 20}, limit=5)
    [1, 2]
    """
    left = sum(counted.values())
    least = max(limit, left // _SMALLEST_SHARE)
    edges: list[int] = []
    inside = 0
    for place in sorted(counted):
        wanted = max(least, left / (MOST_BINS - len(edges)))
        if inside >= wanted and len(edges) < MOST_BINS - 1:
            edges.append(place)
            left, inside = left - inside, 0
        inside += counted[place]
    if edges and inside < least:
        edges.pop()
    return edges


def bands(edges: Sequence[Decimal]) -> dict[str, Band]:
    """Bands between edges, named by them.

    >>> list(bands([Decimal("20"), Decimal("3.5E+1")]))
    ['< 20', '20 – < 35', '≥ 35']
    """
    named: dict[str, Band] = {f"< {_text(edges[0])}": Band(below=float(edges[0]))}
    for low, high in itertools.pairwise(edges):
        band = Band.model_validate({"from": float(low), "below": float(high)})
        named[f"{_text(low)} – < {_text(high)}"] = band
    named[f"≥ {_text(edges[-1])}"] = Band.model_validate({"from": float(edges[-1])})
    return named


def _text(number: Decimal) -> str:
    told = format(number, "f")
    return told.rstrip("0").rstrip(".") if "." in told else told
