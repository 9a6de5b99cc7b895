"""One group beside all others: the label counts of both, from a table in which every cell is told.

What the label figures and the proxies compute from; where such a table comes from is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.statistics import (
    Stratum,
    chi_square_tail,
    independence_test,
    people_behind,
)
from impactbook.checks.tables import CONFLICTING, MISSING, Level, TableUnit

NO_VALUE: tuple[Level, ...] = (MISSING, CONFLICTING)
"""The levels of those whose value is not known."""

MIN_EXPECTED = 5
"""A p value with fewer expected in some cell says so (Cochran, Biometrics 10 (1954) 417-451)."""


@dataclass(frozen=True)
class TwoGroups:
    """Counts of all label classes in one group, and among all others with a known group.

    `weight` is how many independent people one row stands for.
    """

    level: str
    classes: tuple[Level, ...]
    group: tuple[int, ...]
    others: tuple[int, ...]
    weight: float = 1.0

    @property
    def sizes(self) -> tuple[int, int]:
        """How many of the group, and of the others, have a label."""
        return sum(self.group), sum(self.others)

    def counts(self, positive: str) -> Stratum:
        """The same split into the positive label and all others."""
        at = self.classes.index(positive)
        group, others = self.sizes
        together = self.group[at] + self.others[at]
        return Stratum(
            negative_group=group - self.group[at],
            negative=group + others - together,
            positive_group=self.group[at],
            positive=together,
        )

    @cached_property
    def p(self) -> float:
        """Pearson's test of independence of group and label, without correction."""
        found = independence_test([self.group, self.others])
        return chi_square_tail(found.statistic * self.weight, found.degrees)

    @property
    def of_people(self) -> str:
        """What the method says where rows stand for fewer people than rows."""
        n = people_behind(sum(self.sizes), self.weight)
        return "" if self.weight == 1 else f";effective_n={n}"

    def weighted(self, *counts: int) -> tuple[float, ...]:
        """Counts as of independent people: what intervals and tests are computed from."""
        return tuple(count * self.weight for count in counts)

    @property
    def thin(self) -> bool:
        """Whether fewer than `MIN_EXPECTED` are expected in some cell."""
        n = sum(self.sizes)
        columns = [one + two for one, two in zip(self.group, self.others, strict=True)]
        return min(self.sizes) * min(columns) * self.weight < MIN_EXPECTED * n


def told_table(
    tables: PublishedTables, unit: TableUnit, axes: tuple[str, str]
) -> PublishedTable | None:
    """A two-way table with every cell told: the coarse one, or the plain one if nothing is masked.

    None when neither was published so.
    """
    found = tables.coarse(unit, axes)
    if found is not None:
        return found
    whole = tables.get(unit, axes)
    return whole if whole is not None and not whole.masked else None


def two_groups(
    table: PublishedTable, levels: Sequence[str], weight: float = 1.0
) -> list[TwoGroups]:
    """Each of the `levels` that the table tells against all others with a known group."""
    attribute, label = table.axes
    known = [level for level in table.levels(attribute) if level not in NO_VALUE]
    classes = [
        value
        for value in table.levels(label)
        if value not in NO_VALUE and any(table.count((level, value)) for level in known)
    ]
    found = []
    for level in levels:
        if level not in known:
            continue
        group = [table.count((level, value)) or 0 for value in classes]
        others = [
            sum(table.count((other, value)) or 0 for other in known if other != level)
            for value in classes
        ]
        if sum(group) and sum(others):
            found.append(TwoGroups(level, tuple(classes), tuple(group), tuple(others), weight))
    return found
