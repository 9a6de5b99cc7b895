"""Views that turn raw values into groups, as the declaration says, on any engine.

`groups` holds the declared columns with missing values as NULL, values merged, numbers and dates
cut into bands, and the periods that checks ask for: all that is counted by group. `plausible`
holds the same columns for the checks of allowed values and ranges: raw values, numbers as numbers.
Both select from `source.ROWS`, where every cell is text; nothing is copied here. How many groups there
are is looked up here too, before anything is counted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from impactbook.checks.bands import cut, inside
from impactbook.checks.dialects import (
    date_or_null,
    infinite,
    number_or_null,
    trimmed,
    view_sql,
)
from impactbook.checks.knownaxes import known_axis, missing_by
from impactbook.checks.periodaxes import first_seen, iso_text, period_axes, period_of
from impactbook.checks.profile import Profile, profile_columns
from impactbook.checks.rawcolumns import Columns
from impactbook.checks.readers import SPLIT
from impactbook.checks.source import ROWS, OpenSource
from impactbook.checks.sql import refuse_null_characters
from impactbook.errors import InputError
from impactbook.model.columns import GIVEN, NOT_GIVEN, NOT_STATED, WITHDRAWN, Consent
from impactbook.model.dataset import Column, Dataset, LabelCheck

if TYPE_CHECKING:
    import duckdb

GROUPS = "groups"
PLAUSIBLE = "plausible"
MOST_GROUPS = 1000
"""An attribute with more distinct values than this is no grouping of people."""

Fetch: TypeAlias = Callable[[Any], Sequence[Sequence[Any]]]
"""Runs a statement and returns all its rows."""

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


def views_of(
    rows: sa.FromClause, declaration: Dataset, *, has_splits: bool
) -> dict[str, sa.Select[Any]]:
    """The views `groups` and `plausible` over `rows`, whose cells are all text.

    Raises `InputError` when a name or value of the declaration holds a null character, or when a
    date format cannot be used.
    """
    columns = used_columns(declaration)
    _refuse_derived_names(declaration)
    decimal = declaration.source.decimal
    split = [_cell(SPLIT).label(SPLIT)] if has_splits else []
    rows = _with_days(rows, declaration, has_splits=has_splits)
    groups = [group_of(name, column, decimal).label(name) for name, column in columns.items()]
    plausible = [plausible_of(name, one, decimal).label(name) for name, one in columns.items()]
    return {
        GROUPS: sa.select(
            *groups, *split, *_periods(declaration), *_known_or_not(declaration)
        ).select_from(rows),
        PLAUSIBLE: sa.select(*plausible, *split).select_from(rows),
    }


def create_views(
    connection: duckdb.DuckDBPyConnection, opened: OpenSource, declaration: Dataset
) -> None:
    """Create the views `groups` and `plausible` beside `rows` in a DuckDB database."""
    views = views_of(sa.table(ROWS), declaration, has_splits=opened.has_splits)
    for name, select in views.items():
        connection.execute(view_sql(name, select))


def _with_days(rows: sa.FromClause, declaration: Dataset, *, has_splits: bool) -> sa.FromClause:
    """The rows with each date read once, beside the text it is written in.

    To read a date takes a long expression; written anew for each band and period it makes statements
    that take longer to plan than to run.
    """
    dated = _dated_columns(declaration)
    if not dated:
        return rows
    cells = [_cell(name) for name in (*used_columns(declaration), *([SPLIT] if has_splits else []))]
    days = [
        date_or_null(known(name, column), column.date_format).label(_day_of(name))
        for name, column in dated.items()
    ]
    return sa.select(*cells, *days).select_from(rows).subquery("dated")


def _dated_columns(declaration: Dataset) -> dict[str, Column]:
    """The columns whose dates are compared with bands or cut into periods."""
    periods = {axis.column for axis in period_axes(declaration)}
    columns = used_columns(declaration).items()
    return {name: one for name, one in columns if name in periods or _has_dates(one)}


def _day_of(name: str) -> str:
    return f"{name}:day"


def _periods(declaration: Dataset) -> list[sa.ColumnElement[Any]]:
    """The derived columns that say in which period a row lies; of persons, in which they began."""
    person = person_column(declaration) if declaration.unit == "person" else None
    found: list[sa.ColumnElement[Any]] = []
    for axis in period_axes(declaration):
        day = iso_text(sa.column(_day_of(axis.column), sa.Date()))
        period = period_of(day, axis.period)
        if person is not None:
            period = first_seen(period, known(person, declaration.columns[person]))
        found.append(period.label(axis.name))
    return found


def _refuse_derived_names(declaration: Dataset) -> None:
    """Refuse a column that has the name of one that is derived here."""
    derived = {axis.name for axis in period_axes(declaration)}
    derived |= {known_axis(name) for name in declaration.columns}
    derived |= {_day_of(name) for name in _dated_columns(declaration)}
    for name in declaration.columns:
        if name in derived:
            raise InputError(
                f"the name {name!r} is taken by a column that is worked out from another one",
                field=f"columns.{name}",
                remedy="rename the column in the data and in the declaration",
            )


def _known_or_not(declaration: Dataset) -> list[sa.ColumnElement[Any]]:
    """The derived columns that only say whether a value is known, where groups are compared by it."""
    if not missing_by(declaration):
        return []
    told: sa.ColumnElement[str] = sa.literal_column("'known'")
    return [
        sa.case((known(name, column).is_(None), sa.null()), else_=told).label(known_axis(name))
        for name, column in used_columns(declaration).items()
    ]


def _cell(name: str) -> sa.ColumnElement[str]:
    return sa.column(refuse_null_characters(name), sa.String())


def _text(value: str) -> sa.ColumnElement[str]:
    return sa.literal(refuse_null_characters(value), sa.String())


def known(name: str, column: Column) -> sa.ColumnElement[Any]:
    """The raw value, or NULL where it is blank or one of the declared missing tokens.

    >>> print(known("job", Column(role="proxy", missing=("unknown",))))
    CASE WHEN (trim(job, :param_1) IN (__[POSTCOMPILE_param_2])) THEN NULL ELSE job END
    """
    raw = _cell(name)
    tokens = [refuse_null_characters(token) for token in ("", *column.missing)]
    return sa.case((trimmed(raw).in_(tokens), sa.null()), else_=raw)


def group_of(name: str, column: Column, decimal: str = ".") -> sa.ColumnElement[Any]:
    """The group of a value: merged by `values`, cut by `bands`, else its own name.

    A weight is a number, and no group.

    A value that is no number (or no date), or lies outside all bands, has no group; the check of
    ranges counts it.
    """
    value = known(name, column)
    if column.consent is not None and column.is_consent_status:
        return _status(value, column.consent)
    if column.role == "weight":
        return number_or_null(value, decimal=decimal)
    if column.bands:
        return cut(_measure(name, column, decimal), column.bands)
    if column.values:
        merged = {refuse_null_characters(raw): _text(to) for raw, to in column.values.items()}
        return sa.case(merged, value=value, else_=value)
    return value


def _status(value: sa.ColumnElement[Any], consent: Consent) -> sa.ColumnElement[Any]:
    """The status of consent; one that nobody stated is told, so that no row of a person is lost."""
    found = {refuse_null_characters(raw): _text(GIVEN) for raw in consent.given}
    found |= {refuse_null_characters(raw): _text(WITHDRAWN) for raw in consent.withdrawn}
    return sa.case(
        (value.is_(None), _text(NOT_STATED)),
        *((value == raw, status) for raw, status in found.items()),
        else_=_text(NOT_GIVEN),
    )


def plausible_of(name: str, column: Column, decimal: str = ".") -> sa.ColumnElement[Any]:
    """The value as its plausibility is checked: a number where a range is declared.

    What is no number, or lies outside all bands, becomes an infinite number, so that every range
    refuses it; a missing value stays missing. Of a date within a band only that is told (0).
    """
    value = known(name, column)
    if not expects_numbers(column):
        return value
    measure = _measure(name, column, decimal)
    good = inside(measure, column.bands) if column.bands else measure.is_not(None)
    told = sa.literal_column("0") if _has_dates(column) else measure
    above = column.minimum is None and column.maximum is not None
    return sa.case(
        (value.is_(None), sa.null()),
        (good, sa.cast(told, sa.Double())),
        else_=infinite(above=above),
    )


def _has_dates(column: Column) -> bool:
    return any(band.is_date for band in column.bands.values())


def _measure(name: str, column: Column, decimal: str) -> sa.ColumnElement[Any]:
    """What bands are measured by: the number that a value is, or the day (see `_with_days`)."""
    if _has_dates(column):
        return sa.column(_day_of(name), sa.Date())
    return number_or_null(known(name, column), decimal=decimal)


def expects_numbers(column: Column) -> bool:
    """Whether the declaration says in which numbers (or days) the values of this column lie."""
    return bool(column.bands) or column.minimum is not None or column.maximum is not None


def plausible_range(column: Column) -> tuple[float, float]:
    """The range that plausible numbers lie in; all finite numbers where none is declared."""
    return (
        column.minimum if column.minimum is not None else _LOWEST,
        column.maximum if column.maximum is not None else _HIGHEST,
    )


def listed_groups(declaration: Dataset) -> dict[str, frozenset[str]]:
    """The groups of each axis that the declaration names, so that they may be printed."""
    listed: dict[str, set[str]] = {}
    for name, column in used_columns(declaration).items():
        named = {*column.values.values(), *column.bands, *column.labels}
        if not column.bands and not column.values:
            named |= set(column.allowed)
        if column.is_consent_status:
            named |= {GIVEN, WITHDRAWN, NOT_GIVEN, NOT_STATED}
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


def group_profile(fetch: Fetch, groups: Columns, axes: Sequence[str], *, dialect: str) -> Profile:
    """How many different groups each axis has, in one pass over the rows.

    Approximate where the dialect can, and exact near `MOST_GROUPS`, where it matters.
    """
    profile = profile_columns(fetch, groups, axes, dialect=dialect)
    counts = dict(profile.groups)
    close = [name for name, n in counts.items() if MOST_GROUPS // 2 < n <= MOST_GROUPS * 2]
    if close:
        exact = [sa.func.count(sa.distinct(groups.cell(name))) for name in close]
        (found,) = fetch(sa.select(*exact).select_from(groups.source))
        counts |= {name: int(count) for name, count in zip(close, found, strict=True)}
    return replace(profile, groups=counts)


def refuse_too_many_groups(counts: Mapping[str, int], *, declaration: str) -> None:
    """Refuse an axis with more than `MOST_GROUPS` groups; raises `InputError` naming the column."""
    for axis, count in counts.items():
        if count > MOST_GROUPS:
            raise InputError(
                f"the attribute has {_about(count)} different values, more than the "
                f"{MOST_GROUPS:,} that can be compared as groups",
                file=declaration or None,
                field=f"columns.{axis}",
                remedy="merge them with `values` or `bands`, or do not compare by this column",
            )


def _about(count: int) -> str:
    """A count as it was looked up: exact near the limit, else to two digits."""
    if count <= MOST_GROUPS * 2:
        return f"{count:,}"
    scale = 10 ** (len(str(count)) - 2)
    return f"about {round(count / scale) * scale:,}"


def with_every_label(declaration: Dataset) -> tuple[Dataset, tuple[str, ...]]:
    """The declaration with a check of class balance for each label column that no check names.

    The names of these columns are returned as well.
    """
    checks = declaration.checks
    named = {check.label for check in checks.labels}
    added = tuple(name for name in declaration.columns_of("label") if name not in named)
    labels = (*checks.labels, *(LabelCheck(label=name) for name in added))
    complete = checks.model_copy(update={"labels": labels})
    return declaration.model_copy(update={"checks": complete}), added


def without_labels(declaration: Dataset, left_out: Sequence[str]) -> Dataset:
    """The declaration without the checks of some labels, which have too many values."""
    kept = tuple(check for check in declaration.checks.labels if check.label not in left_out)
    checks = declaration.checks.model_copy(update={"labels": kept})
    return declaration.model_copy(update={"checks": checks})


def split_names(
    fetch: Fetch, groups: sa.FromClause, declaration: Dataset, limit: int
) -> tuple[str, ...]:
    """The splits in order: as `source.splits` lists them, or found in the column of splits.

    Splits found in the data are told only when they hold at least `limit` persons (or rows).
    """
    if declaration.source.splits:
        return tuple(declaration.source.splits)
    axis = split_axis(declaration)
    if axis is None:
        return ()
    name: sa.ColumnElement[Any] = sa.column(axis)
    person = person_column(declaration)
    people = sa.func.count() if person is None else sa.func.count(sa.distinct(sa.column(person)))
    found = fetch(
        sa.select(name)
        .select_from(groups)
        .where(name.is_not(None))
        .group_by(name)
        .having(people >= int(limit))
    )
    return tuple(sorted(str(row[0]) for row in found))
