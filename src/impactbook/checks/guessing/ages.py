"""Groups of ages in words and numbers, and in which years people of an age were born."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

Ages = tuple[int | None, int | None]
"""The first age in a group, and the first above it."""

ADULT = 18
SENIOR = 65
OLDEST = 120
AGE_BANDS: tuple[Ages, ...] = (
    (None, 25), (25, 35), (35, 45), (45, 55), (55, 65), (65, None),
)  # fmt: skip
"""The bands that ages in numbers are cut into."""

_DECADES: Mapping[str, Ages] = {
    "teens": (13, 20), "twenties": (20, 30), "thirties": (30, 40), "forties": (40, 50),
    "fourties": (40, 50), "fifties": (50, 60), "sixties": (60, 70), "seventies": (70, 80),
    "eighties": (80, 90), "nineties": (90, None),
}  # fmt: skip
_COMMON_VOICE = "fourties"
"""So misspelt only in Common Voice, whose "twenties" are 19 to 29 and "teens" are under 19."""

_FROM = r"(?:>=|≥|ab|from|mindestens|at least)"
_ABOVE = r"(?:>|over|above|greater than|more than|older than|über|ueber|älter als|aelter als)"
_BELOW = r"(?:<|under|below|less than|younger than|unter|jünger als|juenger als)"
_UP_TO = r"(?:<=|≤|up to|bis|bis zu|höchstens|at most)"
_YEARS = r"(?:\s*(?:years|yrs|jahre|jahren|j\.))?"
_AND_UP = r"(?:\+|\s*(?:and|und)\s*(?:over|older|above|mehr|älter|aelter|darüber)|\s*plus)"


def ages_of(value: str) -> Ages | None:
    """The ages that a group is named after, None where it tells none.

    >>> ages_of("25-34"), ages_of("unter 25"), ages_of("65+"), ages_of("twenties")
    ((25, 35), (None, 25), (65, None), (20, 30))
    >>> ages_of("Greater than 45"), ages_of("ab 65"), ages_of("bis 17"), ages_of("34")
    ((46, None), (65, None), (None, 18), None)
    """
    text = " ".join(value.strip().lower().split())
    if text in _DECADES:
        return _DECADES[text]
    number = r"(\d{1,3})"
    if found := re.fullmatch(rf"{number}\s*(?:-|–|to|bis)\s*{number}{_YEARS}", text):
        low, high = int(found[1]), int(found[2]) + 1
        return (low, high) if low < high else None
    if found := re.fullmatch(rf"{_UP_TO}\s*{number}{_YEARS}", text):
        return None, int(found[1]) + 1
    if found := re.fullmatch(rf"{_BELOW}\s*{number}{_YEARS}", text):
        return None, int(found[1])
    if found := re.fullmatch(rf"{_ABOVE}\s*{number}{_YEARS}", text):
        return int(found[1]) + 1, None
    if found := re.fullmatch(rf"(?:{_FROM}\s*{number}{_YEARS}|{number}{_YEARS}{_AND_UP})", text):
        return int(found[1] or found[2]), None
    return None


def are_decades(values: Sequence[str]) -> bool:
    """Whether values are words for decades of life ("twenties", "sixties").

    >>> are_decades(["teens", "sixties"]), are_decades(["20-29", "30-39"])
    (True, False)
    """
    return len(values) > 1 and all(value.strip().lower() in _DECADES for value in values)


def adult_ages(groups: Sequence[str]) -> dict[str, Ages] | None:
    """The ages of all groups that hold grown-ups, for a comparison with people from 18 up.

    Groups that hold nobody but minors are left out; an open beginning becomes 18. None where a
    group tells no ages, or two of them share an age.

    >>> adult_ages(["teens", "twenties", "fourties"])
    {'twenties': (19, 30), 'fourties': (40, 50)}
    """
    found: dict[str, Ages] = {}
    from_common_voice = any(group.strip().lower() == _COMMON_VOICE for group in groups)
    for group in groups:
        ages = ages_of(group)
        if ages is None:
            return None
        low, high = ages
        if from_common_voice and group.strip().lower() == "twenties":
            low = 19
        if group.strip().lower() == "teens" or (high is not None and high <= ADULT):
            continue
        found[group] = (ADULT if low is None or low < ADULT else low, high)
    return found if found and not _overlap(list(found.values())) else None


def _overlap(ages: Sequence[Ages]) -> bool:
    ordered = sorted((low or 0, high or OLDEST + 1) for low, high in ages)
    return any(one[1] > next_one[0] for one, next_one in itertools.pairwise(ordered))


def decades_of_birth(first: int, last: int) -> list[tuple[str, int, int]]:
    """Decades of birth from one year to another: name, first year, first year after it.

    >>> decades_of_birth(1957, 1972)
    [('1950-1959', 1950, 1960), ('1960-1969', 1960, 1970), ('1970-1979', 1970, 1980)]
    """
    starts = range(first // 10 * 10, last + 1, 10)
    return [(f"{start}-{start + 9}", start, start + 10) for start in starts]


def ages_at_end_of(year: int, born_from: int, born_before: int) -> Ages:
    """How old people born in some years are at the end of a year.

    >>> ages_at_end_of(2023, 1950, 1960)
    (64, 74)
    """
    return year - born_before + 1, year - born_from + 1


def band_name(low: int | None, high: int | None) -> str:
    """What a band of ages is called, by its first age and the first above it.

    >>> band_name(25, 35), band_name(None, 25), band_name(65, None)
    ('25-34', '<25', '65+')
    """
    if low is None:
        return f"<{high}"
    return f"{low}+" if high is None else f"{low}-{high - 1}"
