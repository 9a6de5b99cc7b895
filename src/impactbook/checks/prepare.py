"""Views that turn raw values into groups, as the declaration says.

`groups` holds the declared columns with missing values as NULL, values merged and numbers cut into
bands: all that is counted by group. `plausible` holds the same columns for the checks of allowed
values and ranges: raw values, numbers as numbers. Both are views over `source.ROWS`; nothing is
copied.
"""

# ruff: noqa: S608 - names and values are quoted by `checks.sql`
from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from impactbook.checks.readers import SPLIT
from impactbook.checks.source import ROWS, OpenSource
from impactbook.checks.sql import identifier, literal, literals
from impactbook.errors import InputError
from impactbook.model.dataset import Band, Column, Dataset, LabelCheck

if TYPE_CHECKING:
    import duckdb

GROUPS = "groups"
PLAUSIBLE = "plausible"
MOST_GROUPS = 1000
"""An attribute with more distinct values than this is no grouping of people."""

_LOWEST, _HIGHEST = -sys.float_info.max, sys.float_info.max


def used_columns(declaration: Dataset) -> dict[str, Column]:
    """The declared columns that are read: all but those with role `ignore` that no check names."""
    named = declaration.named_by_checks()
    return {
        name: col
        for name, col in declaration.columns.items()
        if col.role != "ignore" or name in named
    }


def person_column(declaration: Dataset) -> str | None:
    """The column that tells persons apart, if the declaration names exactly one."""
    named = [name for name, col in declaration.columns.items() if col.role == "person_id"]
    return named[0] if len(named) == 1 else None


def split_axis(declaration: Dataset) -> str | None:
    """The axis of splits: `split` for `source.splits`, else the column with role `split`."""
    if declaration.source.splits:
        return SPLIT
    named = [name for name, col in declaration.columns.items() if col.role == "split"]
    return named[0] if named else None


def create_views(
    connection: duckdb.DuckDBPyConnection, opened: OpenSource, declaration: Dataset
) -> None:
    """Create the views `groups` and `plausible` beside `rows`."""
    columns = used_columns(declaration)
    split = [identifier(SPLIT)] if opened.has_splits else []
    for view, expression in ((GROUPS, group_sql), (PLAUSIBLE, plausible_sql)):
        chosen = [f"{expression(name, col)} AS {identifier(name)}" for name, col in columns.items()]
        connection.execute(
            f"CREATE VIEW {identifier(view)} AS "
            f"SELECT {', '.join(chosen + split)} FROM {identifier(ROWS)}"
        )


def known_sql(name: str, column: Column) -> str:
    """The raw value, or NULL where it is blank or one of the declared missing tokens.

    >>> known_sql("job", Column(role="proxy", missing=("unknown",)))
    'CASE WHEN trim("job") IN (\\'\\', \\'unknown\\') THEN NULL ELSE "job" END'
    """
    raw = identifier(name)
    return f"CASE WHEN trim({raw}) IN ({literals(('', *column.missing))}) THEN NULL ELSE {raw} END"


def number_sql(name: str, column: Column) -> str:
    """The value as a finite number, or NULL where it is missing or no number."""
    number = f"TRY_CAST({known_sql(name, column)} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} ELSE NULL END"


def group_sql(name: str, column: Column) -> str:
    """The group of a value: merged by `values`, cut by `bands`, else its own name.

    A value that is no number, or lies outside all bands, has no group; the check of ranges counts
    it.
    """
    if column.bands:
        number = number_sql(name, column)
        cases = " ".join(
            f"WHEN {_within(number, band)} THEN {literal(group)}"
            for group, band in column.bands.items()
        )
        return f"CASE {cases} ELSE NULL END"
    if column.values:
        known = known_sql(name, column)
        cases = " ".join(
            f"WHEN {literal(value)} THEN {literal(group)}" for value, group in column.values.items()
        )
        return f"CASE {known} {cases} ELSE {known} END"
    return known_sql(name, column)


def plausible_sql(name: str, column: Column) -> str:
    """The value as its plausibility is checked: a number where a range is declared.

    What is no number, or lies outside all bands, becomes an infinite number, so that every range
    refuses it; a missing value stays missing.
    """
    if not expects_numbers(column):
        return known_sql(name, column)
    number = number_sql(name, column)
    inside = [_within(number, band) for band in column.bands.values()]
    good = f"({' OR '.join(inside)})" if inside else f"{number} IS NOT NULL"
    out = "'infinity'" if column.minimum is None and column.maximum is not None else "'-infinity'"
    return (
        f"CASE WHEN {known_sql(name, column)} IS NULL THEN NULL "
        f"WHEN {good} THEN {number} ELSE CAST({out} AS DOUBLE) END"
    )


def expects_numbers(column: Column) -> bool:
    """Whether the declaration says that this column holds numbers."""
    return bool(column.bands) or column.minimum is not None or column.maximum is not None


def plausible_range(column: Column) -> tuple[float, float]:
    """The range that plausible numbers lie in; all finite numbers where none is declared."""
    return (
        column.minimum if column.minimum is not None else _LOWEST,
        column.maximum if column.maximum is not None else _HIGHEST,
    )


def _within(number: str, band: Band) -> str:
    ends = []
    if band.from_ is not None:
        ends.append(f"{number} >= CAST({band.from_!r} AS DOUBLE)")
    if band.below is not None:
        ends.append(f"{number} < CAST({band.below!r} AS DOUBLE)")
    return f"({' AND '.join(ends)})"


def listed_groups(declaration: Dataset) -> dict[str, frozenset[str]]:
    """The groups of each axis that the declaration names, so that they may be printed."""
    listed: dict[str, set[str]] = {}
    for name, column in used_columns(declaration).items():
        named = {*column.values.values(), *column.bands, *column.labels}
        if not column.bands and not column.values:
            named |= set(column.allowed)
        listed[name] = named
    for joint in declaration.checks.joint_representation:
        for name, part in joint.attributes.items():
            listed[name] |= {*part.map, *part.bands, *part.no_reference}
    for check in declaration.checks.representation:
        if check.not_in_data is None:
            listed[check.attribute] |= {*check.map, *check.bands, *check.no_reference}
    for label in declaration.checks.labels:
        if label.positive is not None:
            listed[label.label].add(label.positive)
    if declaration.source.splits:
        listed[SPLIT] = set(declaration.source.splits)
    return {axis: frozenset(groups) for axis, groups in listed.items()}


def refuse_too_many_groups(
    connection: duckdb.DuckDBPyConnection, axes: tuple[str, ...], *, declaration: str
) -> dict[str, int]:
    """Count the distinct groups of each axis; refuse an axis with more than `MOST_GROUPS`.

    Returns the counts by axis. Raises `InputError` naming the column.
    """
    if not axes:
        return {}
    counted = ", ".join(f"count(DISTINCT {identifier(axis)})" for axis in axes)
    found = connection.execute(f"SELECT {counted} FROM {identifier(GROUPS)}").fetchone()
    counts: Mapping[str, int] = dict(zip(axes, found or (), strict=True))
    for axis, count in counts.items():
        if count > MOST_GROUPS:
            raise InputError(
                f"the attribute has {count:,} different values, more than the {MOST_GROUPS:,} "
                "that can be compared as groups",
                file=declaration or None,
                field=f"columns.{axis}",
                remedy="merge them with `values` or `bands`, or do not compare by this column",
            )
    return dict(counts)


def with_every_label(
    connection: duckdb.DuckDBPyConnection, declaration: Dataset
) -> tuple[Dataset, tuple[str, ...]]:
    """The declaration with a check of class balance for each label column that no check names.

    Those with more than `MOST_GROUPS` values cannot be checked; their names are returned as well.
    """
    checks = declaration.checks
    named = {check.label for check in checks.labels}
    declared = [name for name, col in declaration.columns.items() if col.role == "label"]
    labels = [name for name in declared if name not in named]
    if not labels:
        return declaration, ()
    counted = ", ".join(f"count(DISTINCT {identifier(name)})" for name in labels)
    found = connection.execute(f"SELECT {counted} FROM {identifier(GROUPS)}").fetchone() or ()
    crowded = tuple(
        name for name, count in zip(labels, found, strict=True) if int(count) > MOST_GROUPS
    )
    added = [LabelCheck(label=name) for name in labels if name not in crowded]
    complete = checks.model_copy(update={"labels": (*checks.labels, *added)})
    return declaration.model_copy(update={"checks": complete}), crowded


def split_names(
    connection: duckdb.DuckDBPyConnection, declaration: Dataset, limit: int
) -> tuple[str, ...]:
    """The splits in order: as `source.splits` lists them, or found in the column of splits.

    Splits found in the data are told only when they hold at least `limit` rows.
    """
    if declaration.source.splits:
        return tuple(declaration.source.splits)
    axis = split_axis(declaration)
    if axis is None:
        return ()
    name = identifier(axis)
    found = connection.execute(
        f"SELECT {name} FROM {identifier(GROUPS)} WHERE {name} IS NOT NULL "
        f"GROUP BY {name} HAVING count(*) >= {int(limit)} ORDER BY {name}"
    ).fetchall()
    return tuple(str(row[0]) for row in found)
