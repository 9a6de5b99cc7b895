"""What a look at a column finds: how it is filled, its frequent values, its numbers and dates.

Nothing is read here; `look` and `dates` fill a profile, `roles` guesses from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

FREQUENT = 5
"""A value is kept only where at least so many people (else rows) have it."""

_MOSTLY = 0.95


@dataclass(frozen=True)
class Value:
    """A frequent value and in how many rows it stands."""

    text: str
    rows: int


@dataclass(frozen=True)
class Dates:
    """How the dates of a column are written, and the first and last of them.

    `is_clean` says that no cell is a date in another usual format.
    """

    date_format: str | None
    first: date
    last: date
    is_clean: bool


@dataclass(frozen=True)
class Profile:
    """How one column is filled; `values` are its frequent values, where it has few in all.

    `numbers` counts cells that are numbers with a point or without decimals, `with_comma` those
    with a decimal comma, `tokens` those that are a word for "not known"; `codes` are numbers or
    dates that seem to stand for it.
    """

    name: str
    rows: int
    known: int
    distinct: int
    numbers: int
    with_comma: int
    odd_commas: int
    odd_points: int
    tokens: int
    mean_length: float
    date_like: int
    nested: int
    addresses: int
    recordings: int
    values: tuple[Value, ...] = ()
    all_frequent: bool = False
    low: float | None = None
    high: float | None = None
    average: float | None = None
    codes: tuple[Value, ...] = ()
    dates: Dates | None = None
    decimal: str = "."

    @property
    def told(self) -> int:
        """Known cells that are no word for "not known"."""
        return self.known - self.tokens

    @property
    def is_number(self) -> bool:
        """Whether (nearly) every known value is a number, in the file's notation."""
        numbers = self.numbers + (self.with_comma if self.decimal == "," else 0)
        return self.told > 0 and numbers >= 0.99 * self.told

    @property
    def texts(self) -> tuple[str, ...]:
        """The frequent values alone."""
        return tuple(value.text for value in self.values)

    def mostly(self, count: int) -> bool:
        """Whether a count makes up most of the known cells."""
        return self.told > 0 and count >= _MOSTLY * self.told
