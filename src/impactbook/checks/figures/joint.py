"""Are combinations of attributes there as often as in the population (sex x age x Land)?

Where the population of every combination is known, each is compared with it. Where only the margins
are known, the comparison is standardised: what margins and the association found in this data
together let expect. That assumption cannot be tested here, so its verdicts stop at `attention`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import product

from impactbook.checks.figures.common import CheckFigures, FigureContext, not_measured
from impactbook.checks.figures.comparison import BAND, MIN_PEOPLE, Comparison, IntervalName
from impactbook.checks.figures.representation import compared_figures
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.raking import Cell, Raked, rake
from impactbook.checks.tables import CONFLICTING, MISSING, OTHER_VALUES, Axes, Key, TableUnit
from impactbook.model.evidence import Figure

ASSUMED = "raked_to_margins"
"""Stands in the method of every figure whose expected share was estimated from margins."""


def joint_representation_figures(
    context: FigureContext,
    tables: PublishedTables,
    axes: Axes,
    *,
    unit: TableUnit,
    reference: Mapping[Key, float],
    no_reference: Mapping[str, Collection[str]] | None = None,
    band: tuple[float, float] = BAND,
    min_people: int = MIN_PEOPLE,
    interval: IntervalName = "wilson",
) -> CheckFigures:
    """The figures of `representation_figures` for each combination of groups, `f / 65+`.

    `reference` gives the share (or number of people) of each combination, a tuple in the order of
    `axes`; a combination of share 0 has no ratio. `no_reference` lists, by axis, groups that are
    left out. Unknown people are those without a value, or with values that disagree, on some axis;
    in the worst case they stand in every combination that what is known of them allows. The
    Bonferroni level counts all combinations, so many cells need many people: thin ones are
    `not_enough_data`. Raises ValueError for a group that is neither in the reference nor left out.
    """
    table = tables.get(unit, axes)
    if table is None:
        return not_measured("no_such_column")
    _refuse_unknown_groups(table, list(reference), no_reference or {})
    total = sum(reference.values())
    shares = {cell: share / total for cell, share in reference.items() if share > 0}
    asked = Comparison(context, table, shares, band, min_people, interval)
    return _compared(asked)


def standardised_figures(
    context: FigureContext,
    tables: PublishedTables,
    axes: Axes,
    *,
    unit: TableUnit,
    margins: Sequence[Mapping[str, float]],
    no_reference: Mapping[str, Collection[str]] | None = None,
    band: tuple[float, float] = BAND,
    min_people: int = MIN_PEOPLE,
    interval: IntervalName = "wilson",
) -> CheckFigures:
    """Combinations against expected shares raked from known margins (`raking.rake`).

    `margins` holds the share of each group, one mapping for each of `axes`. The expected share of a
    combination has the known margins and the odds ratios of this data; the ratio is what was found
    over that, so 1 / ratio is the weight that would standardise the data. Assumed, and stated in
    each figure's method: attributes hang together in the population as they do here. No verdict is
    `ok` or `fail` therefore. The expected share is taken as given: the interval leaves out that it
    was estimated. Beside them `effective_sample_size` under `weights=raked`: how many people the
    weighted data would be worth (Kish); no interval, because it is a property of the weights.

    The whole is `suppressed` when a cell of the table is masked: raking needs every count.
    """
    table = tables.get(unit, axes)
    if table is None:
        return not_measured("no_such_column")
    cells: list[Key] = list(product(*margins))
    _refuse_unknown_groups(table, cells, no_reference or {})
    if len(cells) < 2 or min(len(margin) for margin in margins) < 2:
        return not_measured("one_group_only")
    uniform = dict.fromkeys(cells, 1 / len(cells))
    asked = Comparison(context, table, uniform, band, min_people, interval, estimated=ASSUMED)
    if asked.known.high == 0:
        return not_measured("no_rows")
    told = {cell: table.count(cell) for cell in cells}
    counts: dict[Cell, int] = {cell: k for cell, k in told.items() if k is not None}
    if len(counts) < len(told):
        hidden = asked.figure(asked.metric, unknown=asked.unknown.exact, verdict="suppressed")
        return CheckFigures((hidden,), "suppressed")
    raked = rake(counts, margins)
    if not raked.converged:
        return not_measured("raking_not_converged")
    shares = {cell: raked.shares[cell] for cell in cells}
    found = compared_figures(replace(asked, shares=shares))
    return CheckFigures((*found.figures, _effective(asked, raked, counts)), found.verdict)


def _effective(asked: Comparison, raked: Raked, counts: Mapping[Cell, int]) -> Figure:
    n = sum(counts.values())
    return asked.figure(
        "effective_sample_size",
        value=raked.effective_size(counts),
        numerator=n,
        denominator=n,
        conditions={"weights": "raked"},
        method=f"kish;{ASSUMED};rounds={raked.rounds}",
    )


def _compared(asked: Comparison) -> CheckFigures:
    if asked.known.high == 0:
        return not_measured("no_rows")
    if len(asked.shares) < 2:
        return not_measured("one_group_only")
    return compared_figures(asked)


def unplaced_groups(
    table: PublishedTable, cells: Collection[Key], no_reference: Mapping[str, Collection[str]]
) -> list[tuple[str, str]]:
    """Groups of the data, as (axis, group), that no combination and no list of exceptions names."""
    left: list[tuple[str, str]] = []
    for at, axis in enumerate(table.axes):
        placed = {cell[at] for cell in cells} | set(no_reference.get(axis, ()))
        placed |= {MISSING, CONFLICTING, OTHER_VALUES}
        left += [(axis, str(level)) for level in table.levels(axis) if level not in placed]
    return left


def _refuse_unknown_groups(
    table: PublishedTable, cells: Collection[Key], no_reference: Mapping[str, Collection[str]]
) -> None:
    if unplaced_groups(table, cells, no_reference):
        raise ValueError("a group of the data has no reference and is not listed as having none")
