"""Who is missing more often than others, and which values are missing ones in disguise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from impactbook.checks.expectations.base import FiguresExpectation, joined
from impactbook.checks.figures.common import CheckFigures, make_figure, not_measured
from impactbook.checks.figures.missing import (
    Suspicion,
    missing_by_group_figures,
    suspected_figures,
)
from impactbook.checks.figures.quality import Counted
from impactbook.checks.knownaxes import known_axis
from impactbook.checks.missingmetrics import SUSPECTED
from impactbook.checks.published import PublishedTables
from impactbook.checks.tables import MISSING, SENTINELS, Axes


class ExpectMissingSharesToBeCounted(FiguresExpectation):
    """Expect groups of `attribute` to be there; tells how much of `columns` each of them lacks.

    The batch must hold a column `<name>:known` beside each of `columns`, which is NULL where the
    value is missing. With `gaps_only` columns that everybody has a value of are passed over, unless
    there are no others.
    """

    attribute: str
    columns: list[str]
    gaps_only: bool = False

    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "attribute",
        "columns",
        "gaps_only",
    )

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return tuple((values["attribute"], known_axis(name)) for name in values["columns"])

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`missing_share` of each column per group, and the extremes compared.

        `not_measured` where nobody has a value of `attribute` (no groups), or all have the same
        (nobody to compare with). Those without a value are a group beside others.
        """
        margin = tables.get("row", (self.attribute,))
        groups = () if margin is None else margin.levels(self.attribute)
        if margin is not None and not set(groups) - {MISSING}:
            return not_measured("no_values")
        answers = [self._by_group(tables, name) for name in self._told(tables)]
        if not answers:
            return not_measured("no_such_column")
        whole = joined(answers)
        if not whole.figures:
            return not_measured(whole.problem or "no_values")
        if len(groups) < 2:
            return CheckFigures(whole.figures, "not_measured", "one_group_only")
        return CheckFigures(whole.figures, "")

    def _by_group(self, tables: PublishedTables, name: str) -> CheckFigures:
        """The shares of one column; masked as a whole where its table is kept back."""
        if not tables.is_withdrawn("row", (self.attribute, known_axis(name))):
            return missing_by_group_figures(self.context, tables, name, self.attribute)
        hidden = make_figure(
            self.context,
            "missing_share",
            unit="row",
            axes=(self.attribute,),
            conditions={"column": name},
            verdict="suppressed",
        )
        return CheckFigures((hidden,), "")

    def _told(self, tables: PublishedTables) -> list[str]:
        """The columns to tell of: all, or those that somebody lacks (one where nobody lacks any)."""
        if not self.gaps_only:
            return self.columns
        lacking = [name for name in self.columns if not _is_whole(tables, name)]
        return lacking or self.columns[:1]


def _is_whole(tables: PublishedTables, column: str) -> bool:
    """Whether the published counts say that no row lacks a value of the column."""
    known = tables.get("row", (known_axis(column),))
    return known is not None and known.range([(MISSING,)]).exact == 0


class ExpectNoDisguisedMissingValues(FiguresExpectation):
    """Expect no value that usually stands for "not known" unless the declaration says what it means.

    `tokens` lists for each column the values looked for, in lower case. `counted` are the columns
    whose values are counted in tables anyway; the others are asked with one query of `view`.
    """

    tokens: dict[str, list[str]]
    counted: list[str] = []
    view: str | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.metric_dependencies,
        SUSPECTED,
    )
    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "tokens",
        "counted",
        "view",
    )

    @classmethod
    def _axes(cls, values: Mapping[str, Any]) -> tuple[Axes, ...]:
        return tuple((name,) for name in values["counted"])

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`suspected_missing_share` of each value that was found."""
        if not self.tokens:
            return not_measured("no_such_column")
        found: list[Suspicion] = metrics[SUSPECTED]
        asked = [
            (one.column, one.token, Counted(one.rows, one.people).published(self.limit))
            for one in found
            if one.column not in self.counted
        ]
        return suspected_figures(
            self.context,
            sorted([*asked, *self._in_tables(tables)], key=lambda one: one[:2]),
            rows=tables.total("row"),
        )

    def _in_tables(self, tables: PublishedTables) -> Iterable[tuple[str, str, int | None]]:
        for name in self.counted:
            table = tables.get("row", (name,))
            if table is None:
                continue
            for level in table.levels(name):
                if level is None or level in SENTINELS:
                    continue
                if level.strip().casefold() in self.tokens.get(name, ()):
                    yield name, level, table.count((level,))
