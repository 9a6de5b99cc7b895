"""Periods as groups: from dates to names such as `2024-03`, and which of them a declaration needs.

A period axis is an attribute derived from a column of dates. The expressions are plain SQL
arithmetic on ISO dates written as text, so that every engine names the same periods; `prepare` puts
them beside the declared columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from impactbook.model.dataset import Dataset

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler

Period = Literal["year", "quarter", "month", "week"]
_Whole: TypeAlias = "sa.ColumnElement[int]"
_Said: TypeAlias = "sa.ColumnElement[str]"

_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
"""Days of a common year before each month."""


@dataclass(frozen=True)
class PeriodAxis:
    """A column of dates cut into periods; `name` is what the axis is called in tables.

    >>> PeriodAxis("recorded", "month").name
    'recorded:month'
    """

    column: str
    period: Period

    @property
    def name(self) -> str:
        """The name of the derived column."""
        return f"{self.column}:{self.period}"


def time_column(declaration: Dataset) -> str | None:
    """The column of role `time` that periods are cut from; the first, if there are several."""
    named = declaration.columns_of("time")
    return named[0] if named else None


def period_axes(declaration: Dataset) -> tuple[PeriodAxis, ...]:
    """The period axes that the checks of a declaration ask for, without repetition."""
    column = time_column(declaration)
    if column is None:
        return ()
    periods: list[Period] = [
        check.over_time
        for check in declaration.checks.representation
        if check.over_time is not None and check.not_in_data is None
    ]
    if declaration.checks.periods is not None:
        periods.append(declaration.checks.periods.period)
    return tuple(PeriodAxis(column, period) for period in dict.fromkeys(periods))


def period_axis(declaration: Dataset, period: Period | None) -> str | None:
    """The name of the axis for one kind of period; None without a column of role `time`."""
    column = time_column(declaration)
    return None if column is None or period is None else PeriodAxis(column, period).name


def period_of(day: _Said, period: Period) -> _Said:
    """The period of an ISO date in a column of text (`2024-03-31`), or NULL where it is NULL.

    Names sort in order of time: `2024`, `2024-Q1`, `2024-03`, and `2024-W13` for the week of ISO
    8601, which starts on Monday and belongs to the year of its Thursday.
    """
    if period == "year":
        return _part(day, 1, 4)
    if period == "month":
        return _part(day, 1, 7)
    if period == "quarter":
        quarter = _text(_over(_number(day, 6, 2) + 2, 3))
        return _joined(_part(day, 1, 4), sa.literal("Q", sa.String()).op("||")(quarter))
    return iso_week(day)


class iso_text(FunctionElement[str]):  # noqa: N801 - reads like the SQL function it stands for
    """A date (of SQL's type) as ISO text, whatever way of writing dates the database is set to."""

    name = "iso_text"
    type = sa.String()
    inherit_cache = True


@compiles(iso_text)
def _iso_text(element: iso_text, compiler: SQLCompiler, **options: Any) -> str:
    (day,) = element.clauses
    return _said(compiler, sa.cast(day, sa.String()), options)


@compiles(iso_text, "postgresql")
def _iso_text_postgresql(element: iso_text, compiler: SQLCompiler, **options: Any) -> str:
    (day,) = element.clauses
    text = sa.literal("YYYY-MM-DD", sa.String())
    return _said(compiler, sa.func.to_char(day, text), options)


class iso_week(FunctionElement[str]):  # noqa: N801 - reads like the SQL function it stands for
    """The week of ISO 8601 of an ISO date written as text, `2024-W13`.

    Where an engine knows such weeks it is asked; elsewhere they are worked out, in a long text.
    """

    name = "iso_week"
    type = sa.String()
    inherit_cache = True


def _said(compiler: SQLCompiler, expression: sa.ColumnElement[Any], options: Any) -> str:
    return compiler.process(expression, **options)


def _day(element: iso_week) -> sa.ColumnElement[Any]:
    (day,) = element.clauses
    return sa.cast(day, sa.Date())


@compiles(iso_week)
def _worked_out(element: iso_week, compiler: SQLCompiler, **options: Any) -> str:
    (day,) = element.clauses
    return _said(compiler, _iso_week(day), options)


@compiles(iso_week, "duckdb")
def _week_duckdb(element: iso_week, compiler: SQLCompiler, **options: Any) -> str:
    text = sa.literal("%G-W%V", sa.String())
    return _said(compiler, sa.func.strftime(_day(element), text), options)


@compiles(iso_week, "postgresql")
def _week_postgresql(element: iso_week, compiler: SQLCompiler, **options: Any) -> str:
    text = sa.literal('IYYY-"W"IW', sa.String())
    return _said(compiler, sa.func.to_char(_day(element), text), options)


@compiles(iso_week, "spark")
def _week_spark(element: iso_week, compiler: SQLCompiler, **options: Any) -> str:
    day = _day(element)
    year = sa.cast(sa.func.date_part(sa.literal("YEAROFWEEK", sa.String()), day), sa.String())
    week = sa.func.lpad(sa.cast(sa.func.weekofyear(day), sa.String()), 2, "0")
    return _said(compiler, sa.func.concat(year, sa.literal("-W", sa.String()), week), options)


def first_seen(period: _Said, person: sa.ColumnElement[str]) -> _Said:
    """The earliest period of all rows of one person, so that a person counts in one period only.

    Where persons are the unit, a period then holds the people who first appear in it: their number
    adds up to all people, and somebody who calls every month does not weigh more for it. Rows
    without a person id keep their own period.
    """
    earliest = sa.func.min(period).over(partition_by=person)
    return sa.case((person.is_(None), period), else_=earliest)


def _part(day: _Said, start: int, length: int) -> _Said:
    return sa.func.substr(day, start, length, type_=sa.String())


def _number(day: _Said, start: int, length: int) -> _Whole:
    return sa.cast(_part(day, start, length), sa.Integer)


def _joined(year: _Said, rest: _Said) -> _Said:
    # A NULL in either makes the whole NULL, on every engine.
    return year.op("||", return_type=sa.String())(
        sa.literal("-", sa.String()).op("||", return_type=sa.String())(rest)
    )


def _over(number: _Whole, divisor: int) -> _Whole:
    """Whole division of numbers from 0 up; engines disagree on what `/` does with integers."""
    return sa.cast(sa.func.floor(number / sa.literal(float(divisor), sa.Float())), sa.Integer)


def _rest(number: _Whole, divisor: int) -> _Whole:
    return number - _over(number, divisor) * divisor


def _leap_days(year: _Whole) -> _Whole:
    """How many 29ths of February lie in the years 1 to `year`."""
    return _over(year, 4) - _over(year, 100) + _over(year, 400)


def _iso_week(day: _Said) -> _Said:
    """The ISO 8601 week of a date: the week, and the year, of the Thursday next to it."""
    year, month = _number(day, 1, 4), _number(day, 6, 2)
    before = sa.case(
        *((month == at, days) for at, days in enumerate(_DAYS_BEFORE[:-1], start=1)),
        else_=_DAYS_BEFORE[-1],
    )
    leap = _leap_days(year) - _leap_days(year - 1)
    of_year = before + _number(day, 9, 2) + sa.case((month > 2, leap), else_=0)
    # 0001-01-01 was a Monday, in the calendar carried back; Monday is 0.
    weekday = _rest((year - 1) * 365 + _leap_days(year - 1) + of_year - 1, 7)
    thursday = of_year - weekday + 3
    last_year = 365 + _leap_days(year - 1) - _leap_days(year - 2)
    of_its_year = sa.case(
        (thursday < 1, thursday + last_year),
        (thursday > 365 + leap, thursday - 365 - leap),
        else_=thursday,
    )
    its_year = sa.case((thursday < 1, year - 1), (thursday > 365 + leap, year + 1), else_=year)
    # 100 is added and cut off again, so that the number has two digits.
    number = _part(_text(_over(of_its_year + 6, 7) + 100), 2, 2)
    week = sa.literal("W", sa.String()).op("||", return_type=sa.String())(number)
    return _joined(_text(its_year), week)


def _text(number: _Whole) -> _Said:
    return sa.cast(number, sa.String())
