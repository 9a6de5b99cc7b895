"""Dates in a column: the format that fits most cells, their span, and days that stand for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from impactbook.checks.guessing.profile import FREQUENT, Dates, Profile, Value
from impactbook.checks.source import ROWS

if TYPE_CHECKING:
    import duckdb
    import sqlalchemy as sa

DATE_CODES = ("1900-01-01", "1970-01-01", "9999-12-31", "01.01.1900", "01.01.1970", "31.12.9999")
DATE_FORMATS: tuple[str | None, ...] = (
    None, "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%y",
    "%Y/%m/%d", "%d-%m-%Y", "%d-%b-%Y", "%d %B %Y", "%b %d, %Y", "%Y%m%d",
)  # fmt: skip
"""Formats that are tried, the likelier first where days up to the 12th leave it open."""


def with_dates(
    connection: duckdb.DuckDBPyConnection, profiles: Sequence[Profile], person: str | None
) -> list[Profile]:
    """The columns that hold dates with the format that fits them, their span and their codes."""
    return [
        _dated(connection, profile, person) if profile.mostly(profile.date_like) else profile
        for profile in profiles
    ]


def _dated(connection: duckdb.DuckDBPyConnection, profile: Profile, person: str | None) -> Profile:
    """The format that fits most cells, if it fits most of them."""
    import sqlalchemy as sa

    from impactbook.checks.dialects import date_or_null

    text = sa.column(profile.name, sa.String())
    days = [date_or_null(text, one) for one in DATE_FORMATS]
    counts = _asked(connection, [sa.func.count(day) for day in days])
    best = max(range(len(DATE_FORMATS)), key=lambda place: (counts[place], -place))
    if not profile.mostly(counts[best]):
        return profile
    codes, first, last = _date_codes(connection, profile, days[best], person)
    if first is None or last is None:
        return profile
    clean = _is_clean(connection, profile.name, DATE_FORMATS[best])
    dates = Dates(DATE_FORMATS[best], _day(first), _day(last), clean)
    return replace(profile, dates=dates, codes=codes)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _date_codes(
    connection: duckdb.DuckDBPyConnection, profile: Profile, day: Any, person: str | None
) -> tuple[tuple[Value, ...], Any, Any]:
    """Frequent dates that stand for "not known", and the first and last of the others."""
    import sqlalchemy as sa

    text = sa.func.trim(sa.column(profile.name, sa.String()))
    who: Any = None if person in (None, profile.name) else sa.column(str(person))
    usual = text.not_in(DATE_CODES)
    asked: list[Any] = [sa.func.min(day).filter(usual), sa.func.max(day).filter(usual)]
    for code in DATE_CODES:
        counted = sa.func.count() if who is None else sa.func.count(sa.distinct(who))
        asked += [sa.func.count().filter(text == code), counted.filter(text == code)]
    first, last, *counts = _asked(connection, asked)
    codes = tuple(
        Value(code, int(rows))
        for code, rows, people in zip(DATE_CODES, counts[::2], counts[1::2], strict=True)
        if people >= FREQUENT
    )
    return codes, first, last


def _is_clean(connection: duckdb.DuckDBPyConnection, name: str, date_format: str | None) -> bool:
    """Whether the check of dates would accept the column as written in this format."""
    from impactbook.checks.cells import DateQuestion
    from impactbook.model.dataset import Column

    question = DateQuestion(name, Column(role="time", date_format=date_format))
    counts = question.counts()
    found = _asked(connection, list(counts.values()))
    return question.trouble(dict(zip(counts, map(float, found), strict=True))) is None


def _asked(
    connection: duckdb.DuckDBPyConnection, asked: Sequence[sa.ColumnElement[Any]]
) -> tuple[Any, ...]:
    """One row of answers over all rows."""
    import duckdb_engine
    import sqlalchemy as sa

    select = sa.select(*asked).select_from(sa.table(ROWS))
    # A parameter style without percent signs: only then are those in values left alone.
    dialect = duckdb_engine.Dialect(paramstyle="qmark")
    text = select.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return tuple(connection.execute(str(text)).fetchone() or ())
