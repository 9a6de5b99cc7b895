"""Raking: the cells that agree with known margins and keep the association found in the data.

Iterative proportional fitting (Deming and Stephan, Annals of Mathematical Statistics 11 (1940)
427-444). The result is no knowledge about people: it assumes that attributes hang together in the
population as they do in this data. Knows counts and shares only, no tables.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

Cell: TypeAlias = tuple[Hashable, ...]
Margin: TypeAlias = Mapping[Any, float]

TOLERANCE = 1e-10
"""Largest difference between a margin wanted and reached that counts as none."""

MOST_ROUNDS = 1_000
"""Rounds after which a table that does not settle is given up."""

EMPTY = 0.5
"""What an empty cell counts before raking: nobody was seen there, which is not "impossible"."""


@dataclass(frozen=True)
class Raked:
    """Cells raked to margins: their shares, the rounds it took, and whether it settled.

    `off` is the largest difference between a margin wanted and reached.
    """

    shares: Mapping[Cell, float]
    rounds: int
    converged: bool
    off: float

    def effective_size(self, counts: Mapping[Cell, int]) -> float | None:
        """How many people the raked data is worth: Kish's (sum w)^2 / sum w^2; None for nobody.

        Each person of a cell weighs its raked share over its share in the data; people of a cell
        count as they are, so empty cells do not enter (Kish, Survey Sampling (1965), section 11.7).
        """
        n = sum(counts.values())
        weights = [(k, n * self.shares[cell] / k) for cell, k in counts.items() if k]
        squares = math.fsum(k * w * w for k, w in weights)
        return math.fsum(k * w for k, w in weights) ** 2 / squares if squares else None


def rake(
    counts: Mapping[Cell, int],
    margins: Sequence[Margin],
    *,
    tolerance: float = TOLERANCE,
    most_rounds: int = MOST_ROUNDS,
) -> Raked:
    """Shares of all cells that have the given `margins` and the odds ratios of `counts`.

    `margins` holds, for each place in a cell's key, the share of each level; cells are their full
    cross. An empty cell starts as `EMPTY` (Haldane's half): it would stay empty for ever otherwise,
    and some margins could not be met. A round scales the cells to one margin after the other; it
    has settled when no margin is off by more than `tolerance`. Raises ValueError when margins do
    not sum to 1, hold a share of 0 or less, or nobody was counted.

    >>> raked = rake({("f", "a"): 10, ("f", "b"): 10, ("m", "a"): 10, ("m", "b"): 10},
    ...              [{"f": 0.5, "m": 0.5}, {"a": 0.2, "b": 0.8}])
    >>> round(raked.shares["f", "b"], 6), raked.converged
    (0.4, True)
    """
    _check(counts, margins)
    cells: dict[Cell, float] = {
        cell: float(counts.get(cell, 0)) or EMPTY for cell in product(*margins)
    }
    whole = math.fsum(cells.values())
    shares = {cell: count / whole for cell, count in cells.items()}
    off = _off(shares, margins)
    for done in range(most_rounds + 1):
        if off <= tolerance:
            return Raked(shares, done, True, off)
        for place, margin in enumerate(margins):
            reached = _margin(shares, place)
            shares = {
                cell: share * margin[cell[place]] / reached[cell[place]]
                for cell, share in shares.items()
            }
        off = _off(shares, margins)
    return Raked(shares, most_rounds, False, off)


def _check(counts: Mapping[Cell, int], margins: Sequence[Margin]) -> None:
    if sum(counts.values()) <= 0:
        raise ValueError("raking needs somebody who was counted")
    for margin in margins:
        shares = list(margin.values())
        if not shares or min(shares) <= 0 or abs(math.fsum(shares) - 1) > 1e-9:
            raise ValueError("raking needs margins of shares above 0 that sum to 1")


def _margin(shares: Mapping[Cell, float], place: int) -> dict[Hashable, float]:
    parts: dict[Hashable, list[float]] = {}
    for cell, share in shares.items():
        parts.setdefault(cell[place], []).append(share)
    return {level: math.fsum(numbers) for level, numbers in parts.items()}


def _off(shares: Mapping[Cell, float], margins: Sequence[Margin]) -> float:
    """The largest difference between any margin wanted and reached."""
    return max(
        abs(_margin(shares, place)[level] - wanted)
        for place, margin in enumerate(margins)
        for level, wanted in margin.items()
    )
