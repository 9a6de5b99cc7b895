"""Taking masks away again that protect nobody: the large counts that readers miss most, first.

Masks are laid one after the other, and a later one often makes an earlier one needless. Here masks
of large cells are lifted for a trial, and stay lifted where the attacker's view of all that is then
published (`Masking.audit`) still protects every small cell (the clean-up of Kelly, Golden and
Assad, Networks 22 (1992) 397-417). Used by `suppression.publish` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from impactbook.checks.masking import Masking, TooLarge

_TRIALS = 24
"""So many trials at most; every one is a look at all that is published."""

_LARGEST = 600
"""With more masked cells than this a trial takes too long, and all masks stay."""


def tidied(state: Masking) -> Masking:
    """The same protection with fewer masks; `state` itself where none can go.

    Only cells where attributes meet are tried, each with its twin, the larger counts first: counts
    of single columns were masked because nothing else helped.
    """
    if len(state.masked) > _LARGEST or state.linked.too_large:
        return state
    waiting: list[Sequence[frozenset[int]]] = [_needless(state)]
    for _ in range(_TRIALS):
        if not waiting:
            break
        lifted = waiting.pop()
        if not lifted:
            continue
        trial = _without(state, _with_all_that_follows(state, lifted))
        if _protects(trial):
            state = trial
        elif len(lifted) > 1:
            half = (len(lifted) + 1) // 2
            waiting += [lifted[half:], lifted[:half]]
    return state


def _needless(state: Masking) -> list[frozenset[int]]:
    """What may be lifted: no small cell and no twin of one, the largest count first."""
    small = set(state.target)
    pairs = {frozenset({cell, state.twins.get(cell, cell)}) for cell in state.masked - small}
    return sorted(
        (pair for pair in pairs if pair.isdisjoint(small) and _meets(state, pair)),
        key=lambda pair: (-max(state.counts[cell] for cell in pair), min(pair)),
    )


def _meets(state: Masking, cells: frozenset[int]) -> bool:
    return all(len(state.names[cell][1]) > 1 for cell in cells)


def _with_all_that_follows(state: Masking, lifted: Sequence[frozenset[int]]) -> frozenset[int]:
    """These cells, and those that a line then gives away although they are not small."""
    small = set(state.target) | {state.twins.get(cell, cell) for cell in state.target}
    gone = set().union(*lifted)
    waiting = [number for cell in gone for number in state.member_of[cell]]
    while waiting:
        equation = state.equations[waiting.pop()]
        left = [
            c for c in (*equation.inner, equation.margin) if c in state.masked and c not in gone
        ]
        if len(left) == 1 and left[0] not in small and len(state.names[left[0]][1]) > 1:
            more = {left[0], state.twins.get(left[0], left[0])} - gone
            gone |= more
            waiting += [number for cell in more for number in state.member_of[cell]]
    return frozenset(gone)


def _without(state: Masking, lifted: frozenset[int]) -> Masking:
    trial = replace(state, masked=state.masked - lifted, proven=set(), work=0)
    trial.__dict__["linked"] = state.linked  # the circles are the same, whatever is masked
    return trial


def _protects(trial: Masking) -> bool:
    if trial.gives_away_any():
        return False
    try:
        return not trial.audit()
    except TooLarge:
        return False
