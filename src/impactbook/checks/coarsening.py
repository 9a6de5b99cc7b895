"""Tables that feed one figure each: small levels put together until no small cell is left.

An association between two columns needs their whole table, and masking it cell by cell would leave
nothing to compute. Here levels are merged instead, so that every cell is told. Used by
`suppression.publish` alone; `PublishedTables.coarse` hands the tables out.

Why no small count comes back from such a table together with all that is published else:

1. Every cell that is not empty stands for at least `limit` people.
2. Each level of the coarse table is one told level of its column's own published table, or
   `OTHER_VALUES`, which holds all masked levels together (and perhaps told ones). So its margins
   are sums that the published tables of single columns tell anyway.
3. Where the same columns are also published cell by cell, the coarse table is made from the
   published cells alone.
4. Otherwise nothing else published counts these two columns together. Given its margins, any such
   table fits any other published table that shares one of its columns (tables that meet in told
   margins can always be joined: Vorob'ev 1962). Where three tables meet in a circle this fails;
   there the coarse table's sums are part of what the attacker knows (`linked`, `circles`), more is
   masked in the other tables, and if that does not help there is no coarse table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from impactbook.checks.published import PublishedTable
from impactbook.checks.tables import OTHER_VALUES, Key, Level, Table, key_order, level_order


def coarsen(
    table: Table,
    limit: int,
    keep: str,
    *,
    together: Mapping[str, Collection[Level]] | None = None,
) -> Table | None:
    """Merge levels of a two-way table into `OTHER_VALUES` until no non-empty cell is small.

    `together` are levels of each axis that must not stand alone; they are merged first. Then, as
    long as a cell of 1 to `limit` - 1 people is left, the smallest level (by rows; equal ones in
    `level_order`) of those through such a cell is merged; a level of `keep` only when it is smaller
    than all of the other axis there. None when fewer than two levels of an axis would be left.
    People of merged row cells may overlap, so the largest cell's stand for all.

    >>> counts = {("f", "x"): 40, ("f", "y"): 2, ("f", "z"): 30, ("m", "x"): 9, ("m", "y"): 20}
    >>> merged = coarsen(Table(("sex", "note"), "row", counts), 5, "sex")
    >>> merged.counts == {("f", "x"): 40, ("f", OTHER_VALUES): 32, ("m", "x"): 9,
    ...                   ("m", OTHER_VALUES): 20}
    True
    """
    if len(table.axes) != 2 or keep not in table.axes:
        raise ValueError("only a table of two columns is coarsened, and one of them is kept")
    found = table
    for axis, levels in sorted((together or {}).items()):
        found = _merged(found, axis, levels)
    while True:
        if min(len(found.levels(axis)) for axis in found.axes) < 2:
            return None
        small = [key for key in found.counts if 0 < found.people_in(key) < limit]
        if not small:
            return found
        axis, level = _smallest_through(found, small, keep)
        found = _merged(found, axis, [level])


def coarsen_published(
    table: PublishedTable, keep: str, margins: Mapping[str, PublishedTable]
) -> PublishedTable | None:
    """The same for a table that is published cell by cell, from published sums alone.

    `margins` are the published tables of the two single columns. All levels of the other column
    with a masked cell are put together: what they hold in one line is the told margin less the told
    cells. Where nothing else would be left, levels of `keep` are put together instead. None when
    the total is masked, or when fewer than two levels of an axis would be left.
    """
    if table.total is None:
        return None
    other = next(axis for axis in table.axes if axis != keep)
    for merging in (other, keep):
        hidden = {axis: _masked_levels(margins[axis]) for axis in table.axes}
        at = table.axes.index(merging)
        hidden[merging] = hidden[merging] | {key[at] for key in table.masked}
        found = _sums_over(table, hidden, merging, margins)
        if found is not None:
            return found
    return None


def coarse_table(
    table: Table,
    limit: int,
    margins: Mapping[str, PublishedTable],
    published: PublishedTable | None,
) -> PublishedTable | None:
    """What `PublishedTables.coarse` holds for one table; its first axis is the one to keep.

    `published` is the same table where it is also published cell by cell.
    """
    keep = table.axes[0]
    if published is not None:
        return coarsen_published(published.reordered(table.axes), keep, margins)
    if any(margin.total is None for margin in margins.values()):
        return None
    together = {axis: _masked_levels(margin) for axis, margin in margins.items()}
    merged = coarsen(table, limit, keep, together=together)
    if merged is None:
        return None
    ordered = {key: merged.counts[key] for key in sorted(merged.counts, key=key_order)}
    return PublishedTable(merged.axes, merged.unit, ordered, merged.total)


def _masked_levels(margin: PublishedTable) -> set[Level]:
    return {key[0] for key in margin.masked}


def _merged(table: Table, axis: str, levels: Collection[Level]) -> Table:
    at = table.axes.index(axis)

    def place(key: Key) -> Key:
        return (*key[:at], OTHER_VALUES, *key[at + 1 :]) if key[at] in levels else key

    return table.summed(table.axes, place)


def _smallest_through(table: Table, small: Collection[Key], keep: str) -> tuple[str, Level]:
    """The smallest level that merging can start with, and its axis.

    A small cell among the merged ones asks for one more level: the smallest of that axis.
    """
    found: set[tuple[int, bool, tuple[int, str], str, Level]] = set()
    for at, axis in enumerate(table.axes):
        sizes: dict[Level, int] = {}
        for key, count in table.counts.items():
            sizes[key[at]] = sizes.get(key[at], 0) + count
        through = {key[at] for key in small} - {OTHER_VALUES}
        if len(through) == 0:
            through = {level for level, size in sizes.items() if size} - {OTHER_VALUES}
        found |= {(sizes[lv], axis == keep, level_order(lv), axis, lv) for lv in through}
    *_, axis, level = min(found, key=lambda one: one[:4])
    return axis, level


def _sums_over(
    table: PublishedTable,
    hidden: Mapping[str, Collection[Level]],
    merging: str,
    margins: Mapping[str, PublishedTable],
) -> PublishedTable | None:
    """Cells with the `hidden` levels of each axis put together, all of them exact."""
    at = table.axes.index(merging)
    line_axis = table.axes[1 - at]
    counts: dict[Key, int] = {}
    for key, count in table.counts.items():
        first, second = (
            OTHER_VALUES if level in hidden[axis] else level
            for axis, level in zip(table.axes, key, strict=True)
        )
        counts[first, second] = counts.get((first, second), 0) + (count or 0)
    lines: dict[Level, list[Level]] = {}
    for level in margins[line_axis].levels(line_axis):
        lines.setdefault(OTHER_VALUES if level in hidden[line_axis] else level, []).append(level)
    for line, levels in lines.items():
        whole = margins[line_axis].range([(level,) for level in levels]).exact
        if whole is None:
            return None
        inside = {key: n for key, n in counts.items() if key[1 - at] == line}
        rest = (line, OTHER_VALUES) if at == 1 else (OTHER_VALUES, line)
        counts[rest] = whole - sum(n for key, n in inside.items() if key != rest)
    told = {key: counts[key] for key in sorted(counts, key=key_order) if counts[key]}
    found = PublishedTable(table.axes, table.unit, told, table.total)
    return found if min(len(found.levels(axis)) for axis in table.axes) >= 2 else None
