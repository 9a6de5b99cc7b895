"""A first look at a file: how each column is filled, its decimal mark, and its frequent values.

Few passes whatever the number of columns: one over all columns, one over those with few values,
one each over numbers and over dates. Values are kept only of columns with few of them, and only
those that at least `FREQUENT` people (else rows) have.
"""

# ruff: noqa: S608 - names and values are quoted by `checks.sql`
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from impactbook.checks.guessing.dates import with_dates
from impactbook.checks.guessing.profile import FREQUENT, Profile, Value
from impactbook.checks.guessing.vocabulary import MISSING_WORDS
from impactbook.checks.source import ROWS
from impactbook.checks.sql import identifier, literals

if TYPE_CHECKING:
    import duckdb

MOST_LISTED = 100
"""Values are looked at where a column has at most so many."""

NEGATIVE_CODES = ("-1", "-9", "-99", "-999", "-9999")
POSITIVE_CODES = ("99", "999", "9999", "99999")
_EXACT_UP_TO = 1_000_000
_DATE_LIKE = (
    r"^([0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}|[0-9]{1,2}[-. ][A-Za-z]{3}|"
    r"[A-Za-z]{3} [0-9]{1,2},|(19|20)[0-9]{6}$)"
)
_WITH_COMMA = r"^[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+),[0-9]+$"
_WITH_POINT = r"^[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)\.[0-9]+$"
_RECORDING = r"\.(wav|mp3|flac|ogg|opus|m4a|aac)$"


def profiles_of(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[str],
    *,
    rows: int,
    person: str | None,
    is_text: bool,
) -> tuple[list[Profile], str]:
    """How all columns are filled, and the decimal mark; `is_text` says that numbers are written.

    A value is frequent when `FREQUENT` people have it (`person` tells them apart), else rows.
    """
    profiles = _counted(connection, columns, rows)
    decimal = _decimal(profiles) if is_text else "."
    profiles = [replace(profile, decimal=decimal) for profile in profiles]
    values = _frequent(connection, profiles, person)
    profiles = [_with_values(profile, values.get(profile.name)) for profile in profiles]
    profiles = _with_tokens(connection, profiles, person)
    profiles = _with_numbers(connection, profiles, person)
    return with_dates(connection, profiles, person), decimal


def _counted(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], rows: int
) -> list[Profile]:
    exact = rows <= _EXACT_UP_TO
    told = ", ".join(_counts(name, exact=exact) for name in columns)
    answer = connection.execute(f"SELECT {told} FROM {identifier(ROWS)}").fetchone() or ()
    width = len(answer) // len(columns)
    parts = [answer[start : start + width] for start in range(0, len(answer), width)]
    return [
        Profile(name, rows, *(_number(count) for count in part))
        for name, part in zip(columns, parts, strict=True)
    ]


def _number(value: Any) -> Any:
    return 0 if value is None else value


def _counts(name: str, *, exact: bool) -> str:
    """The aggregates of one column, in the order of `Profile`'s fields from `known` on."""
    cell = f"nullif(trim({identifier(name)}), '')"
    distinct = f"count(DISTINCT {cell})" if exact else f"approx_count_distinct({cell})"

    def matching(pattern: str) -> str:
        return f"count_if(regexp_matches({cell}, '{pattern}'))"

    return ", ".join(
        [
            f"count({cell})",
            distinct,
            f"count_if(isfinite(TRY_CAST({cell} AS DOUBLE)))",
            matching(_WITH_COMMA),
            f"count_if(regexp_matches({cell}, '{_WITH_COMMA}') "
            f"AND NOT regexp_matches({cell}, ',[0-9]{{3}}$'))",
            f"count_if(regexp_matches({cell}, '{_WITH_POINT}') "
            f"AND NOT regexp_matches({cell}, '\\.[0-9]{{3}}$'))",
            f"count_if(lower({cell}) IN ({literals(tuple(sorted(MISSING_WORDS)))}))",
            f"avg(length({cell}))",
            matching(_DATE_LIKE),
            matching(r"^[\[{]"),
            matching("^[^@ ]+@[^@ ]+[.][^@ ]+$"),
            f"count_if(regexp_matches(lower({cell}), '{_RECORDING}'))",
        ]
    )


def _decimal(profiles: Sequence[Profile]) -> str:
    """The decimal mark of a text file: the one that more numbers can only be written with.

    `1,500` and `1.500` may be thousands, so only decimals of another length than three tell.
    """
    numeric = [
        profile for profile in profiles if profile.mostly(profile.numbers + profile.with_comma)
    ]
    commas = sum(profile.odd_commas for profile in numeric)
    points = sum(profile.odd_points for profile in numeric)
    return "," if commas > points else "."


# --- values ---------------------------------------------------------------------------------


def _people(person: str | None) -> str:
    return "count(*)" if person is None else f"count(DISTINCT {identifier(person)})"


def _frequent(
    connection: duckdb.DuckDBPyConnection, profiles: Sequence[Profile], person: str | None
) -> Mapping[str, list[tuple[str, int, int]]]:
    """The values of all columns with few of them: value, rows, people."""
    few = [profile.name for profile in profiles if 0 < profile.distinct <= MOST_LISTED]
    if not few:
        return {}
    cells = [f"c{place}" for place in range(len(few))]
    chosen = ", ".join(
        f"{identifier(name)} AS {cell}" for name, cell in zip(few, cells, strict=True)
    )
    who = "" if person is None else f", {identifier(person)} AS who"
    people = "count(*)" if person is None else "count(DISTINCT who)"
    sets = ", ".join(f"({cell})" for cell in cells)
    grouping = ", ".join(f"GROUPING({cell})" for cell in cells)
    answer = connection.execute(
        f"SELECT {grouping}, {', '.join(cells)}, count(*), {people} "
        f"FROM (SELECT {chosen}{who} FROM {identifier(ROWS)}) "
        f"GROUP BY GROUPING SETS ({sets})"
    ).fetchall()
    found: dict[str, list[tuple[str, int, int]]] = {name: [] for name in few}
    for row in answer:
        place = row.index(0, 0, len(few))
        value = row[len(few) + place]
        if value is not None and str(value).strip():
            found[few[place]].append((str(value), int(row[-2]), int(row[-1])))
    return found


def _with_values(profile: Profile, values: list[tuple[str, int, int]] | None) -> Profile:
    if not values:
        return profile
    frequent = [Value(text, rows) for text, rows, people in sorted(values) if people >= FREQUENT]
    return replace(profile, values=tuple(frequent), all_frequent=len(frequent) == len(values))


def _with_tokens(
    connection: duckdb.DuckDBPyConnection, profiles: Sequence[Profile], person: str | None
) -> list[Profile]:
    """Columns with many values: which words for "not known" they hold often."""
    words = literals(tuple(sorted(MISSING_WORDS)))
    found = []
    for profile in profiles:
        if not profile.tokens or profile.distinct <= MOST_LISTED:
            found.append(profile)
            continue
        cell = identifier(profile.name)
        rows = connection.execute(
            f"SELECT {cell}, count(*) FROM {identifier(ROWS)} "
            f"WHERE lower(trim({cell})) IN ({words}) GROUP BY {cell} "
            f"HAVING {_people(None if person == profile.name else person)} >= {FREQUENT} "
            f"ORDER BY {cell}"
        ).fetchall()
        values = tuple(Value(str(text), int(count)) for text, count in rows)
        found.append(replace(profile, values=values))
    return found


# --- numbers --------------------------------------------------------------------------------


def _with_numbers(
    connection: duckdb.DuckDBPyConnection, profiles: Sequence[Profile], person: str | None
) -> list[Profile]:
    """The range of columns of numbers, and numbers in them that seem to stand for "not known"."""
    numeric = [profile for profile in profiles if profile.is_number]
    if not numeric:
        return list(profiles)
    told = ", ".join(_number_counts(profile, person) for profile in numeric)
    answer = connection.execute(f"SELECT {told} FROM {identifier(ROWS)}").fetchone() or ()
    width = len(answer) // len(numeric)
    found = {
        profile.name: _numbers_of(profile, answer[start : start + width])
        for profile, start in zip(numeric, range(0, len(answer), width), strict=True)
    }
    return [found.get(profile.name, profile) for profile in profiles]


def _number_counts(profile: Profile, person: str | None) -> str:
    cell = f"trim({identifier(profile.name)})"
    if profile.decimal == ",":
        cell = f"replace(replace({cell}, '.', ''), ',', '.')"
    number = f"TRY_CAST({cell} AS DOUBLE)"
    plain = literals((*NEGATIVE_CODES, *POSITIVE_CODES))
    usual = f"isfinite({number}) AND {cell} NOT IN ({plain})"
    parts = [
        f"min({number}) FILTER ({usual})",
        f"max({number}) FILTER ({usual})",
        f"avg({number}) FILTER ({usual})",
    ]
    who = "" if person in (None, profile.name) else identifier(str(person))
    for code in (*NEGATIVE_CODES, *POSITIVE_CODES):
        parts.append(f"count_if({cell} = '{code}')")
        counted = f"DISTINCT {who}" if who else "*"
        parts.append(f"count({counted}) FILTER ({cell} = '{code}')")
    return ", ".join(parts)


def _numbers_of(profile: Profile, answer: Sequence[Any]) -> Profile:
    low, high, average, *counts = answer
    codes = (*NEGATIVE_CODES, *POSITIVE_CODES)
    rows = dict(zip(codes, counts[::2], strict=True))
    people = dict(zip(codes, counts[1::2], strict=True))
    present = [code for code in codes if rows[code]]
    odd = [code for code in present if _is_apart(code, profile, low, high)]
    # What is no code after all belongs to the range.
    rest = [float(code) for code in present if code not in odd]
    return replace(
        profile,
        low=min([*rest, *([] if low is None else [low])], default=None),
        high=max([*rest, *([] if high is None else [high])], default=None),
        average=average,
        codes=tuple(Value(code, int(rows[code])) for code in odd if people[code] >= FREQUENT),
    )


def _is_apart(code: str, profile: Profile, low: float | None, high: float | None) -> bool:
    """Whether a code lies so far off all other numbers that it hardly is one of them."""
    if profile.distinct <= 10 or low is None or high is None:
        return False
    number = float(code)
    return low >= 0 if number < 0 else number > 2 * max(high, 1)
