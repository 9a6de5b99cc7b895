"""Is each group there as often as in the population? Representation ratios and tests of fit.

Ratio = share among people with a known group that the reference knows / share in the reference.
The reference is taken as given, without error. Groups without a reference figure are left out of
the ratios' denominator; `shares` shows them. Combinations of attributes stand in `joint`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from impactbook.checks.figures.common import CheckFigures, FigureContext, not_measured
from impactbook.checks.figures.comparison import (
    BAND,
    MIN_PEOPLE,
    Comparison,
    IntervalName,
    cell_figures,
)
from impactbook.checks.figures.fit import fit_figures
from impactbook.checks.figures.weighted import as_unweighted, weighted_figures
from impactbook.checks.published import PublishedTable, PublishedTables
from impactbook.checks.tables import CONFLICTING, MISSING, OTHER_VALUES, Key, Level, TableUnit
from impactbook.model.evidence import Figure, Verdict, worst

__all__ = ["BAND", "MIN_PEOPLE", "representation_figures"]


def representation_figures(
    context: FigureContext,
    tables: PublishedTables,
    attribute: str,
    *,
    unit: TableUnit,
    reference: Mapping[str, float],
    no_reference: Collection[str] = (),
    band: tuple[float, float] = BAND,
    min_people: int = MIN_PEOPLE,
    interval: IntervalName = "wilson",
    where: Mapping[str, Level] | None = None,
) -> CheckFigures:
    """`representation_ratio` per group, its worst-case bounds, distances and a test of fit.

    `reference` gives each of our groups its share (or count) of the population; shares are taken
    over the groups given, and a group of share 0 has no ratio. A group of the data that is neither
    there nor in `no_reference` raises ValueError. For each group, with k of n people whose group
    the reference knows:

    - `representation_ratio` = (k/n) / reference, with the 95 % interval of k/n (`interval`: Wilson,
      or the exact one of Clopper and Pearson) / reference, and again under `interval=bonferroni`
      with the interval at the Bonferroni level over the groups.
    - The verdict comes from the Bonferroni interval: inside the band `ok`, outside `fail`,
      straddling `attention`; `not_enough_data` when n < `min_people` or n * reference < 5.
    - Under `bound=all_unknown_out` and `bound=all_unknown_in`: k/(n+u) and (k+u)/(n+u), u being the
      people whose group is unknown. An `ok` whose bounds leave the band becomes `attention`.
    - `representation_gap` = k/n - reference, and `people_needed` where the verdict is open.

    The intervals say what collecting in this way again would give, not what is true of the
    population. Every group of the reference must be among the `listed` values of
    `suppression.merge_rare`, or people of a rare group would stand under other values. Masked
    counts give no value, yet a verdict where every possible count would give the same. Where the
    table carries weights, ratios, gaps and verdicts are weighted (`weighted`), and the unweighted
    figures stand beside them under `weights=none`, unjudged.
    """
    table = tables.slice(unit, (attribute,), where)
    if table is None:
        return not_measured("no_such_column")
    _refuse_unknown_groups(table, reference, no_reference)
    total = sum(reference.values())
    shares: dict[Key, float] = {
        (group,): share / total for group, share in reference.items() if share > 0
    }
    asked = Comparison(
        context,
        table,
        shares,
        band=band,
        min_people=min_people,
        interval=interval,
        conditions=context.within(where),
    )
    if asked.known.high == 0:
        return not_measured("no_rows")
    if len(shares) < 2:
        return not_measured("one_group_only")
    return compared_figures(asked)


def compared_figures(asked: Comparison) -> CheckFigures:
    """All figures of all cells of one comparison, its tests of fit, and the worst verdict.

    Tests and distances stay unweighted: their distributions are those of counts.
    """
    counted = asked
    weighted = weighted_figures(asked)
    if weighted:
        counted = replace(asked, conditions={**asked.conditions, "weights": "none"})
    figures: list[Figure] = []
    verdicts: list[Verdict] = []
    for cell in asked.shares:
        found = cell_figures(counted, cell)
        verdicts.append(found[0].verdict)
        figures += found
    if not asked.estimated:  # a test against shares that this data itself gave tests nothing
        figures += fit_figures(counted)
    if not weighted:
        return CheckFigures(tuple(figures), worst(verdicts))
    judged = [figure.verdict for figure in weighted if figure.threshold_low is not None]
    # How many more people an unweighted verdict needs says nothing about the weighted one.
    beside = [as_unweighted(figure) for figure in figures if figure.metric != "people_needed"]
    return CheckFigures((*weighted, *beside), worst(judged))


def _refuse_unknown_groups(
    table: PublishedTable, reference: Mapping[str, float], no_reference: Collection[str]
) -> None:
    placed = {*reference, *no_reference, MISSING, CONFLICTING, OTHER_VALUES}
    if any(key[0] not in placed for key in table.cells()):
        raise ValueError("a group of the data has no reference and is not listed as having none")
