"""How many more people of one group would settle a verdict that is open.

An arithmetic statement about the interval, not a promise: who is collected additionally must be
found in the same way as those who are there.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from impactbook.checks.statistics.intervals import LEVEL, Interval, wilson

_MOST = 10**12
"""More people than there are: a search that gets here has no answer."""


def people_needed(
    k: int,
    n: int,
    share: float,
    band: tuple[float, float],
    level: float = LEVEL,
    *,
    min_people: int = 0,
    min_expected: float = 0.0,
) -> int | None:
    """The fewest people of a group to add so that its representation ratio lies inside the band.

    The smallest m for which Wilson's interval of (k + m) / (n + m) at `level`, divided by the
    reference `share`, lies inside `band`, with at least `min_people` people in all and at least
    `min_expected` of the group expected, (n + m) * share. 0: it already does. None: no number of
    people of this group alone can do it, because both limits grow with m (the group is too frequent
    already, or so small that others are needed too). Raises ValueError unless 0 <= k <= n and
    0 < share <= 1.

    >>> people_needed(65, 396, 0.5, (0.8, 1.25))
    195
    >>> people_needed(331, 396, 0.5, (0.8, 1.25)) is None
    True
    """
    if not 0 <= k <= n or not 0 < share <= 1:
        raise ValueError("a comparison needs 0 <= k <= n and a reference share above 0")
    low, high = band[0] * share, band[1] * share
    fewest = max(0, 1 - n, min_people - n, math.ceil(min_expected / share - 1e-9) - n)

    def interval(more: int) -> Interval:
        return wilson(k + more, n + more, level)

    enough = _first(lambda more: interval(more).low >= low, fewest)
    if enough is None or interval(enough).high > high:
        return None
    return enough


def _first(holds: Callable[[int], bool], start: int) -> int | None:
    """The smallest number from `start` for which something holds that then holds for all larger."""
    if holds(start):
        return start
    step = 1
    while not holds(start + step):
        step *= 2
        if step > _MOST:
            return None
    below, above = start + step // 2, start + step
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (below, middle) if holds(middle) else (middle, above)
    return above
