"""Where attributes meet: which combinations are empty, thin or well covered.

Cells are the full cross of the levels that occur; rows or persons without a value on one of the
attributes are left out, and so are persons whose rows disagree. Empty cells are counted and never
listed as a whole, so a cross of many attributes costs no more than the cells that are not empty.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from typing import Any

from impactbook.checks.bounds import masked_ranges
from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    group_of,
    make_figure,
    not_measured,
)
from impactbook.checks.published import PublishedTables
from impactbook.checks.ranges import Range
from impactbook.checks.tables import (
    CONFLICTING,
    MISSING,
    Axes,
    Key,
    Level,
    TableUnit,
    key_order,
    level_order,
)
from impactbook.model.evidence import Figure, Verdict

MIN_CELL = 30
"""Below so many a cell is thin: Asudeh, Jin and Jagadish, ICDE 2019, use thresholds about 30."""

THINNEST = 10
"""How many thin cells are named."""

MOST_MAPPED = 400
"""A cross of two attributes with more cells than this is no map that anybody reads."""


def intersection_figures(
    context: FigureContext,
    tables: PublishedTables,
    attributes: Sequence[str],
    *,
    unit: TableUnit,
    min_cell: int = MIN_CELL,
    impossible: Collection[Mapping[str, str]] = (),
    where: Mapping[str, Level] | None = None,
    named: int = THINNEST,
    with_expected: bool = False,
    with_map: bool = False,
) -> CheckFigures:
    """Coverage of the cells where two or more attributes meet.

    - `cells_possible`: the full cross of observed levels; `cells_empty` of them hold nobody.
    - `cells_below_<min_cell>`: cells with fewer than `min_cell`, the empty ones counted.
    - `min_cell_count`: the smallest non-empty cell; of equals the first by name.
    - `cell_count`: up to `named` thin cells by name: empty ones, then masked ones (by name, never by
      what they hide), then the smallest; with `with_map` all cells of two attributes.
    - `expected_count` (`with_expected`): what each cell named would hold if the attributes were
      independent of each other: n times the product of the shares of its groups, n being those with
      a value on all attributes. It follows from published counts alone and is no estimate of
      anything outside the data, so it has no interval.
    - `cells_impossible_found`: cells of `impossible` that somebody is in after all.

    `impossible` lists combinations that cannot exist (structural zeros), as groups by attribute;
    their cells are counted and stay out of the verdict. The verdict is `attention` if a cell that
    could exist is surely thin or one that could not is filled, `suppressed` if masked cells leave
    it open, else `ok`. A table that is kept back whole gives one figure, `suppressed`.
    """
    axes = tuple(attributes)
    common: dict[str, Any]
    whole = tables.slice(unit, axes, where)
    if whole is None and tables.is_withdrawn(unit, (*(where or {}), *axes)):
        common = {"unit": unit, "axes": axes, "conditions": context.within(where)}
        kept_back = make_figure(context, "min_cell_count", **common, verdict="suppressed")
        return CheckFigures((kept_back,), "not_measured", "withdrawn")
    if whole is None:
        return not_measured("no_such_column")
    cross = Cross.of(axes, whole.counts, impossible)
    if not cross.counts:
        return not_measured("no_rows")
    if any(len(levels) < 2 for levels in cross.levels):
        return not_measured("one_group_only")
    ranges = {key: Range(count, count) for key, count in cross.counts.items() if count is not None}
    ranges |= {
        key: told
        for key, told in masked_ranges(tables, axes, unit=unit, where=where).items()
        if key in cross.counts
    }
    verdict = _verdict(cross, ranges, min_cell)
    common = {"unit": unit, "axes": axes, "conditions": context.within(where)}
    below = _number_below(cross, ranges, min_cell)
    figures = [
        make_figure(context, "cells_possible", **common, value=float(cross.size)),
        make_figure(context, "cells_empty", **common, value=float(cross.empty)),
        make_figure(
            context,
            f"cells_below_{min_cell}",
            **common,
            value=below,
            verdict="suppressed" if below is None else "",
        ),
        make_figure(
            context,
            "min_cell_count",
            **common,
            **_smallest(cross.counts),
            threshold_low=float(min_cell),
            verdict=verdict,
        ),
    ]
    if impossible:
        figures.append(_contradictions(context, cross, common))
    thin = thinnest(cross, min_cell, named)
    shown = list(thin)
    if with_map and len(axes) == 2 and cross.size <= MOST_MAPPED:
        shown += [key for key in cross.possible() if key not in set(thin)]
    limit = float(min_cell) if with_map else None
    figures += [
        cell_figure(context, key, cross.counts.get(key, 0), common, limit=limit) for key in shown
    ]
    if with_expected:
        expected = Expected.of(tables, axes, unit, where)
        figures += [expected_figure(context, key, expected, common) for key in thin]
    return CheckFigures(tuple(figures), verdict)


@dataclass(frozen=True)
class Cross:
    """The full cross of the levels that occur; `counts` holds the cells that are not empty."""

    axes: Axes
    levels: tuple[tuple[Level, ...], ...]
    counts: Mapping[Key, int | None]
    impossible: tuple[Mapping[str, str], ...]

    @classmethod
    def of(
        cls,
        axes: Axes,
        counts: Mapping[Key, int | None],
        impossible: Collection[Mapping[str, str]],
    ) -> Cross:
        """The cross of those with a value on every attribute."""
        told = {
            key: count
            for key, count in counts.items()
            if count != 0 and MISSING not in key and CONFLICTING not in key
        }
        levels = tuple(
            tuple(sorted({key[at] for key in told}, key=level_order)) for at in range(len(axes))
        )
        return cls(axes, levels, told, tuple(one for one in impossible if one))

    @property
    def size(self) -> int:
        """How many cells the cross has."""
        return math.prod(len(levels) for levels in self.levels)

    @property
    def empty(self) -> int:
        """How many cells hold nobody."""
        return self.size - len(self.counts)

    def can_exist(self, key: Key) -> bool:
        """Whether a cell is no part of an impossible combination."""
        place = dict(zip(self.axes, key, strict=True))
        return not any(
            all(place.get(name) == group for name, group in combination.items())
            for combination in self.impossible
        )

    def possible(self) -> Iterator[Key]:
        """The cells that could exist, in the order of their names."""
        return (key for key in product(*self.levels) if self.can_exist(key))

    def gaps(self) -> Iterator[Key]:
        """The empty cells that could exist, in the order of their names."""
        if not self.empty:
            return iter(())
        return (key for key in self.possible() if key not in self.counts)

    @cached_property
    def filled(self) -> list[Key]:
        """The cells that are not empty and could exist."""
        return [key for key in self.counts if self.can_exist(key)]


def _verdict(cross: Cross, ranges: Mapping[Key, Range], min_cell: int) -> Verdict:
    cells = [ranges[key] for key in cross.filled]
    gap = min_cell > 0 and next(cross.gaps(), None) is not None
    contradicted = bool(cross.impossible) and len(cross.filled) < len(cross.counts)
    if gap or contradicted or any(c.high is not None and c.high < min_cell for c in cells):
        return "attention"
    return "ok" if all(cell.low >= min_cell for cell in cells) else "suppressed"


def _number_below(cross: Cross, ranges: Mapping[Key, Range], min_cell: int) -> float | None:
    """How many cells are thin; None when a masked cell may or may not be."""
    surely = sum(1 for cell in ranges.values() if cell.high is not None and cell.high < min_cell)
    perhaps = sum(1 for cell in ranges.values() if cell.low < min_cell)
    empty = cross.empty if min_cell > 0 else 0
    return float(surely + empty) if surely == perhaps else None


def _smallest(counts: Mapping[Key, int | None]) -> dict[str, Any]:
    """The smallest non-empty cell; nothing is told when a masked one may be smaller."""
    told = [(count, key_order(key), key) for key, count in counts.items() if count]
    if None in counts.values() or not told:
        return {}
    count, _, key = min(told)
    return {"value": float(count), "numerator": count, "group": group_of(key)}


def _contradictions(context: FigureContext, cross: Cross, common: dict[str, Any]) -> Figure:
    found = len(cross.counts) - len(cross.filled)
    return make_figure(
        context,
        "cells_impossible_found",
        **common,
        value=float(found),
        threshold_high=0.0,
        verdict="attention" if found else "ok",
    )


def thinnest(cross: Cross, min_cell: int, most: int) -> list[Key]:
    """Thin cells that could exist: empty ones, masked ones, then the smallest, by name."""
    if min_cell <= 0:
        return []
    found = list(islice(cross.gaps(), most))
    filled = [key for key in cross.filled if (cross.counts[key] or 0) < min_cell]
    found += sorted(filled, key=lambda key: _thinnest_first(key, cross.counts[key]))
    return found[:most]


def _thinnest_first(key: Key, count: int | None) -> tuple[int, int, object]:
    return (0, 0, key_order(key)) if count is None else (1, count, key_order(key))


def cell_figure(
    context: FigureContext,
    key: Key,
    count: int | None,
    common: dict[str, Any],
    *,
    limit: float | None = None,
) -> Figure:
    """The size of one cell, or that it is masked; `limit` is the size below which it is thin."""
    told: dict[str, Any] = {"verdict": "suppressed"}
    if count is not None:
        told = {"value": float(count), "numerator": count}
    group = group_of(key)
    return make_figure(context, "cell_count", **common, group=group, threshold_low=limit, **told)


@dataclass(frozen=True)
class Expected:
    """What cells would hold if attributes were independent, from published counts.

    `total` are those with a value on all attributes; `shares` the shares of the groups of each
    attribute among those with a value on it. None where masked counts do not tell.
    """

    total: int | None
    shares: tuple[Mapping[Level, float | None], ...]

    @classmethod
    def of(
        cls,
        tables: PublishedTables,
        axes: Axes,
        unit: TableUnit,
        where: Mapping[str, Level] | None = None,
    ) -> Expected:
        """Read the margins of one table."""
        whole = tables.slice(unit, axes, where)
        known = None
        if whole is not None:
            with_values = [key for key in whole.counts if _has_values(key)]
            known = whole.range(with_values).exact
        return cls(known, tuple(known_shares(tables, axis, unit, where) for axis in axes))

    def count(self, key: Key) -> float | None:
        """The count of one cell: n times the product of the shares of its groups."""
        shares = [told.get(level) for told, level in zip(self.shares, key, strict=True)]
        if self.total is None or any(share is None for share in shares):
            return None
        return self.total * math.prod(share for share in shares if share is not None)


def _has_values(key: Key) -> bool:
    return MISSING not in key and CONFLICTING not in key


def known_shares(
    tables: PublishedTables, axis: str, unit: TableUnit, where: Mapping[str, Level] | None = None
) -> dict[Level, float | None]:
    """The share of each group among those with a value on one attribute; None where masked."""
    table = tables.slice(unit, (axis,), where)
    if table is None:
        return {}
    groups = [key for key in table.counts if _has_values(key) and table.count(key) != 0]
    known = table.range(groups).exact
    counts = {key[0]: table.range([key]).exact for key in groups}
    return {
        level: None if count is None or not known else count / known
        for level, count in counts.items()
    }


def expected_figure(
    context: FigureContext, key: Key, expected: Expected, common: dict[str, Any]
) -> Figure:
    """`expected_count` of one cell, or that masked counts leave it open."""
    value = expected.count(key)
    told: dict[str, Any] = {"verdict": "suppressed"}
    if value is not None:
        told = {"value": value, "denominator": expected.total, "method": "independence"}
    return make_figure(context, "expected_count", **common, group=group_of(key), **told)
