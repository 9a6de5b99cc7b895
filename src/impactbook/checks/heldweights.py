"""Sums of weights that would give masked counts back, held back after masking.

Weights are often constant by group and known beforehand: calibration to a population gives everyone
of a group the same. Then a weighted share is one more equation about the counts behind it. Whether
that is so is seen from the told cells alone, so that holding back tells nothing either.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from types import MappingProxyType

from impactbook.checks.published import PublishedTable, PublishedTables, PublishedWeights
from impactbook.checks.tables import Key, TableUnit

_SPREAD = 0.1
"""Weights that vary by less than this within cells (coefficient of variation) count as constant.

Ours: the weight of a few people is then known to a tenth, and with it how many they are.
"""

_DIGITS = 1e-8
"""Published sums have nine digits."""

_UNITS: tuple[TableUnit, ...] = ("row", "person")

_NONE = PublishedWeights(MappingProxyType({}))


def hold_weights(published: PublishedTables) -> PublishedTables:
    """All tables without their sums of weights, if these could give a masked count back.

    Of 33 people f and m in one region whose numbers are masked, w_f x + w_m (33 - x) is the weight
    of that region less what is told, and x follows from it; it follows from other sums as well, for
    what one table tells of the weights is added up in another, and effective numbers are known too.
    So no sum is told once a table has a masked cell beside told ones in which weights are constant
    (`_tell_the_weight`). Where all weights of the data are equal they tell nothing new, and stay.

    >>> from impactbook.checks.suppression import publish
    >>> from impactbook.checks.tables import Table, Tables
    >>> sums = {("f",): 90.0, ("m",): 20.0, ("x",): 9.0, ("y",): 4.0}, {
    ...     ("f",): 270.0, ("m",): 20.0, ("x",): 27.0, ("y",): 4.0}
    >>> counts = {("f",): 30, ("m",): 20, ("x",): 3, ("y",): 4}
    >>> shown = publish(Tables.of(Table(("sex",), "row", counts, None, *sums)), 5)
    >>> shown.get("row", ("sex",)).weight(("f",)), hold_weights(shown).get(
    ...     "row", ("sex",)).weight(("f",))
    (90.0, None)
    """
    if _all_alike(published) or not any(_tell_the_weight(table) for table in published):
        return published
    held = {
        place: table if table.weights is None else replace(table, weights=_NONE, squares=_NONE)
        for place, table in published.tables.items()
    }
    return replace(published, tables=MappingProxyType(held))


def are_held(published: PublishedTables) -> bool:
    """Whether weights were counted and are not told (`hold_weights`)."""
    summed = [
        table for table in published if table.weights is not None and any(table.counts.values())
    ]
    return bool(summed) and all(
        table.weights is not None and not table.weights.cells for table in summed
    )


def _all_alike(published: PublishedTables) -> bool:
    """Whether everybody has the same weight: Kish's effective number is the number counted."""
    totals = [whole for unit in _UNITS if (whole := published.get(unit, ())) is not None]
    return bool(totals) and all(
        whole.total and (whole.effective([()]) or 0.0) >= whole.total * (1 - _DIGITS)
        for whole in totals
    )


def _tell_the_weight(table: PublishedTable) -> bool:
    """Whether the weights in a table's masked cells can be known from groups they belong to.

    For each level that a masked cell has: the told cells with that level, or all told ones where
    there is none. If weights are constant inside of these (from cell to cell they may differ), they
    are constant in the masked cell as well, as far as anybody can tell.
    """
    if table.weights is None or not table.masked:
        return False
    told = [key for key, count in table.counts.items() if count]
    levels = {(at, level) for key in table.masked for at, level in enumerate(key)}
    lines = ([key for key in told if key[at] == level] for at, level in levels)
    return any(_variation(table, line or told) < _SPREAD**2 for line in lines)


def _variation(table: PublishedTable, cells: Collection[Key]) -> float:
    """How much weights vary within cells: sum of n (w - mean of the cell)^2 / sum of n mean^2.

    A squared coefficient of variation, from sums: (Q - S^2 / n) / (S^2 / n) over cells with n
    people, S and Q being the sums of weights and of their squares. 0 where there is no cell.
    """
    squares, even = 0.0, 0.0
    for key in cells:
        count, weight = table.count(key) or 0, table.weight(key)
        effective = table.effective([key])
        if weight and effective and count:
            squares += weight**2 / effective
            even += weight**2 / count
    return squares / even - 1 if even else 0.0
