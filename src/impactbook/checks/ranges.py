"""What published cells tell about a count that is not told itself: between which numbers it lies."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeVar

_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True)
class Range:
    """What a reader of the published tables can tell about a count: from `low` to `high`.

    `high` is None when nothing published limits it.
    """

    low: int
    high: int | None

    @property
    def exact(self) -> int | None:
        """The count itself if it is published or follows from published counts, else None."""
        return self.low if self.low == self.high else None


def range_of(
    counts: Mapping[_Key, int | None],
    total: int | None,
    hidden: AbstractSet[_Key],
    told: int,
    keys: Collection[_Key],
) -> Range:
    """The sum over the cells `keys` of one table, as far as its cells and its total tell.

    `hidden` are the masked cells, each at least 1, and `told` is the sum over all others.
    """
    inside = set(keys)
    told_in = sum(counts.get(key, 0) or 0 for key in inside)
    hidden_in = len(inside & hidden)
    if not hidden_in:
        return Range(told_in, told_in)
    if total is None:
        return Range(told_in + hidden_in, None)
    hidden_out = len(hidden) - hidden_in
    high = total - (told - told_in) - hidden_out
    return Range(told_in + hidden_in if hidden_out else high, high)
