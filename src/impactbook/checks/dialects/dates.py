"""Days written as text, in the formats of `strptime`, on every engine."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from impactbook.checks.dialects.constructs import arguments, constant, say
from impactbook.checks.dialects.texts import matches, part, trimmed
from impactbook.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


def date_or_null(
    text: sa.ColumnElement[Any], date_format: str | None = None
) -> sa.ColumnElement[Any]:
    """The day that a text means, as SQL's DATE; NULL where it means none.

    `date_format` is written as for Python's `strptime`; left out, ISO 8601 (`2026-11-23`, a time
    after it is let go). Raises `InputError` for a directive that is not among `%Y %y %m %d %H %M
    %S %f %z %b %B %%` (names of months in English).
    """
    inner: sa.ColumnElement[Any] = trimmed(text)
    regex, place = _format_regex(date_format)
    year, month, day = (part(inner, regex, place[one]) for one in "Ymd")
    if place["short"]:
        # As POSIX and Python have it: 69 to 99 are the last century.
        year = sa.case(
            (year >= "69", constant("19").concat(year)), else_=constant("20").concat(year)
        )
    if place["named"]:
        month = _month_number(month)
    iso = year.concat("-").concat(_two(month)).concat("-").concat(_two(day))
    return sa.case((matches(inner, regex), _Day(iso)), else_=sa.null())


def _two(digits: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    return sa.func.substr(constant("0").concat(digits), sa.func.length(digits))


_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def _month_number(name: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    lower = sa.func.lower(name)
    return sa.case(
        *(
            (lower.in_([month, month[:3]]), constant(f"{place:02}"))
            for place, month in enumerate(_MONTHS, start=1)
        ),
        else_=sa.null(),
    )


_DIRECTIVES: Final = {
    "Y": "([0-9]{4})",
    "y": "([0-9]{2})",
    "m": "([0-9]{1,2})",
    "d": "([0-9]{1,2})",
    "b": "([A-Za-z]{3})",
    "B": "([A-Za-z]{3,9})",
    "H": "[0-9]{1,2}",
    "M": "[0-9]{1,2}",
    "S": "[0-9]{1,2}",
    "f": "[0-9]{1,9}",
    "z": "(?:Z|[+-][0-9]{2}:?[0-9]{2})",
    "%": "%",
}
_ISO: Final = "^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ].*)?$"


def _format_regex(date_format: str | None) -> tuple[str, dict[str, int]]:
    """The regular expression of a format, and which of its groups hold year, month and day."""
    place = {"Y": 1, "m": 2, "d": 3, "short": 0, "named": 0}
    if date_format is None:
        return _ISO, place
    regex, found = "", {"short": 0, "named": 0}
    marks = iter(date_format)
    for mark in marks:
        if mark != "%":
            regex += re.escape(mark) if mark.isascii() else mark
            continue
        directive = next(marks, "")
        if directive not in _DIRECTIVES:
            raise _bad_format(f"`%{directive}` is not a directive that can be read")
        regex += _DIRECTIVES[directive]
        named = {"y": "Y", "b": "m", "B": "m"}.get(directive, directive)
        if named in ("Y", "m", "d"):
            if named in found:
                raise _bad_format("a part of the date stands twice")
            found[named] = 1 + sum(1 for one in found if one in ("Y", "m", "d"))
            found["short"] |= directive == "y"
            found["named"] |= directive in "bB"
    if not {"Y", "m", "d"} <= set(found):
        raise _bad_format("year, month or day is absent")
    return f"^{regex}$", found


def _bad_format(problem: str) -> InputError:
    return InputError(
        f"the date format cannot be used: {problem}",
        field="date_format",
        remedy="write it with %Y, %m and %d, such as %d.%m.%Y",
    )


def day_of(day: dt.date) -> sa.ColumnElement[Any]:
    """A day that is known, as SQL's DATE, to compare others with."""
    return _Known(constant(day.isoformat()))


class _Known(FunctionElement[Any]):
    """A text that is surely a day, as DATE."""

    name = "known_day"
    type = sa.Date()
    inherit_cache = True


@compiles(_Known)
def _known(element: _Known, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    return say(compiler, sa.cast(text, sa.Date()), options)


@compiles(_Known, "sqlite")
def _known_sqlite(element: _Known, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    return say(compiler, text, options)


class _Day(FunctionElement[Any]):
    """A text of the shape `YYYY-MM-DD` as DATE, NULL where the calendar has no such day."""

    name = "day"
    type = sa.Date()
    inherit_cache = True


@compiles(_Day)
@compiles(_Day, "duckdb")
@compiles(_Day, "spark")
def _day(element: _Day, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = arguments(element)
    return say(compiler, sa.try_cast(text, sa.Date()), options)


@compiles(_Day, "sqlite")
def _day_sqlite(element: _Day, compiler: SQLCompiler, **options: Any) -> str:
    # SQLite has no dates but texts; after an addition a day that is none comes back as another.
    (text,) = arguments(element)
    real = sa.func.date(text, constant("+0 days"), type_=sa.String())
    return say(compiler, sa.case((real == text, real), else_=sa.null()), options)


@compiles(_Day, "postgresql")
def _day_postgresql(element: _Day, compiler: SQLCompiler, **options: Any) -> str:
    # There is no `try_cast` before PostgreSQL 16, and a wrong day ends the whole query: 31 days at
    # most are added to the first of the month, and the month must stay the same.
    (text,) = arguments(element)
    year, month, day = (
        sa.cast(sa.func.substr(text, start, length), sa.Integer())
        for start, length in ((1, 4), (6, 2), (9, 2))
    )
    shaped = sa.and_(year >= 1, month.between(1, 12), day.between(1, 31))
    first = sa.func.make_date(year, month, 1, type_=sa.Date())
    found = first + (day - 1)
    same = sa.extract("month", found) == month
    return say(
        compiler,
        sa.case(
            (
                sa.and_(matches(text, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), shaped),
                sa.case((same, found), else_=sa.null()),
            ),
            else_=sa.null(),
        ),
        options,
    )
