"""Maximal uncovered patterns: the most general combinations of groups that too few people have.

A pattern gives some attributes a group each and leaves the others open (`X`); its coverage is how
many rows or persons match it, whatever they are on the open attributes. Only published tables are
read, so a masked count is a range here and a verdict about it holds for every count in that range.
After Asudeh, Jin and Jagadish, "Assessing and Remedying Coverage for a Given Dataset", ICDE 2019
(arXiv 1810.06742), algorithm Pattern-Breaker.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from impactbook.checks.bounds import Found, Space, known_tables, levels_of
from impactbook.checks.published import PublishedTables
from impactbook.checks.ranges import Range
from impactbook.checks.tables import Axes, Level, TableUnit

MOST_CANDIDATES = 2_000_000
"""How many patterns of one level are looked at: some 200 MB; beyond, the search stops."""


@dataclass(frozen=True)
class Pattern:
    """A combination of groups: `groups` gives the fixed attributes a group, the rest are open.

    `coverage` is what the published tables tell about how many match.
    """

    groups: Mapping[str, str]
    coverage: Range

    @property
    def order(self) -> int:
        """How many attributes are fixed."""
        return len(self.groups)

    def key(self, attributes: Sequence[str]) -> tuple[str, ...]:
        """The groups in the order of `attributes`, `*` for an open one.

        >>> Pattern({"sex": "female", "age": "65+"}, Range(0, 0)).key(("age", "sex", "accent"))
        ('65+', 'female', '*')
        """
        return tuple(self.groups.get(name, "*") for name in attributes)


@dataclass(frozen=True)
class Coverage:
    """What a search for uncovered patterns found.

    `found` holds the patterns that are surely uncovered while every more general one is surely
    covered, by order, then by attributes and groups. `undecided` counts patterns of which the
    masked counts leave open whether they are. `uncovered` of `looked_at` patterns are uncovered,
    the special cases of maximal ones included; None when masked counts leave it open. `order` is
    the largest number of fixed attributes up to which all patterns were searched, `truncated` says
    that the search stopped there because there were too many.
    """

    threshold: int
    attributes: Axes
    levels: Mapping[str, tuple[str, ...]]
    order: int
    found: tuple[Found, ...]
    undecided: int
    uncovered: int | None
    looked_at: int
    truncated: bool = False

    @property
    def number(self) -> int:
        """How many maximal uncovered patterns there are."""
        return sum(len(found) for found in self.found)

    def of_order(self, order: int) -> int:
        """How many maximal uncovered patterns fix exactly so many attributes."""
        return sum(len(found) for found in self.found if len(found.axes) == order)

    def pattern(self, found: Found, at: int) -> Pattern:
        """One pattern of `found` by its place."""
        groups = {name: self.levels[name][int(found.places[name][at])] for name in found.axes}
        return Pattern(groups, Range(int(found.low[at]), int(found.high[at])))

    def __iter__(self) -> Iterator[Pattern]:
        return (self.pattern(one, at) for one in self.found for at in range(len(one)))


def maximal_uncovered_patterns(
    tables: PublishedTables,
    attributes: Sequence[str],
    *,
    unit: TableUnit,
    threshold: int,
    order: int | None = None,
    groups: Mapping[str, Collection[str]] | None = None,
    impossible: Collection[Mapping[str, str]] = (),
    where: Mapping[str, Level] | None = None,
    budget: int = MOST_CANDIDATES,
) -> Coverage | None:
    """Search all patterns over `attributes` whose tables are published; None without any table.

    A pattern is uncovered when fewer than `threshold` match. Levels are those that occur, and those
    in `groups` (declared groups that nobody belongs to). Patterns that contain one of `impossible`
    are no gap and are left out of `found` and `undecided`. `order` limits how many attributes are
    fixed; without it the search goes as far as there are tables for all combinations of attributes.
    Tables of a higher order that are there for some combinations only are searched too.

    1. Take what the tables and their common margins tell about every count.
    2. Order by order, extend the patterns that may be covered by one more attribute: a pattern below
       one that is surely uncovered cannot be maximal and is never made. As each combination of
       attributes has at most (number of rows / threshold) covered patterns, a level has at most that
       many times the number of groups, whatever the number of attributes.
    3. Stop before a level with more than `budget` candidates.
    """
    names = tuple(attributes)
    known = known_tables(tables, names, unit, dict(where or {}))
    if () not in known:
        return None
    levels = {name: levels_of(known, name, (groups or {}).get(name, ())) for name in names}
    space = Space.of(known, levels, threshold, impossible)
    looked: list[Axes] = []
    maximal: list[Found] = []
    undecided, reached, truncated = 0, -1, False
    for size in range(1 + (len(names) if order is None else min(order, len(names)))):
        wanted = [axes for axes in combinations(names, size) if axes in space.cells]
        if not wanted:
            break
        if sum(space.candidates_in(axes) for axes in wanted) > budget:
            truncated = True
            break
        for axes in wanted:
            found, maybe = space.judged(axes)
            maximal += [found] if len(found) else []
            undecided += maybe
        looked += wanted
        if len(wanted) == math.comb(len(names), size) and reached == size - 1:
            reached = size
    uncovered, total = space.uncovered(looked)
    shown = {
        name: tuple(str(level) for level in told[: space.groups_of(name)])
        for name, told in levels.items()
    }
    return Coverage(
        threshold, names, shown, reached, tuple(maximal), undecided, uncovered, total, truncated
    )
