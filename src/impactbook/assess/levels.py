"""Risk levels: one rating's level, one impact's levels before and after safeguards in place.

The matrix follows the German data protection authorities' model (DSK, Kurzpapier Nr. 18, 2018):
severity times likelihood on four steps each. Ratings are never averaged: an impact has the level
of its highest rating.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

from impactbook.model.config import Level
from impactbook.model.impacts import (
    LIKELIHOODS,
    SEVERITIES,
    Estimate,
    Impact,
    Likelihood,
    Safeguard,
    Severity,
)
from impactbook.model.outcome import ImpactLevel

LEVELS: tuple[Level, ...] = get_args(Level)

# Rows: severity, columns: likelihood, both from the lowest step up.
LEVEL_MATRIX: tuple[tuple[Level, ...], ...] = (
    ("low", "low", "low", "medium"),
    ("low", "medium", "medium", "high"),
    ("medium", "medium", "high", "high"),
    ("medium", "high", "very-high", "very-high"),
)


def level(severity: Severity, likelihood: Likelihood) -> Level:
    """The level of one estimate.

    >>> level("severe", "negligible"), level("severe", "almost-certain")
    ('medium', 'very-high')
    """
    return LEVEL_MATRIX[SEVERITIES.index(severity)][LIKELIHOODS.index(likelihood)]


def highest(levels: Iterable[Level]) -> Level | None:
    """The highest of several levels, None when there is none.

    >>> highest(["low", "high", "medium"])
    'high'
    """
    return max(levels, key=LEVELS.index, default=None)


def above(found: Level, limit: Level) -> int:
    """How many steps a level lies above a limit; 0 when it does not.

    >>> above("very-high", "medium"), above("low", "medium")
    (2, 0)
    """
    return max(0, LEVELS.index(found) - LEVELS.index(limit))


def impact_level(
    impact: Impact, safeguards: Iterable[Safeguard], vulnerable: Mapping[str, bool]
) -> ImpactLevel:
    """The levels of one impact.

    `inherent` is that of its highest rating. `residual` uses the raters' view with safeguards, but
    only if every safeguard against this impact that was not rejected is in place with evidence.
    Severe, irreversible harm to a vulnerable group is at least `high` whatever its likelihood:
    rare does not help those it hits (GDPR recitals 75 and 76 weigh severity on its own and name
    vulnerable people; the floor is this workbook's rule).
    """
    if not impact.ratings:
        return ImpactLevel(impact=impact.id, inherent=None, residual=None, rule="not_rated")
    by = {rating.by: level(rating.severity, rating.likelihood) for rating in impact.ratings}
    inherent = highest(by.values())
    residual = inherent
    if safeguards_work(impact.id, safeguards):
        residual = highest(_level_of(rating.with_safeguards or rating) for rating in impact.ratings)
    if _cannot_be_offset(impact, vulnerable):
        inherent = highest([inherent or "low", "high"])
        residual = highest([residual or "low", "high"])
        rule = "severe_irreversible_vulnerable"
        return ImpactLevel(impact=impact.id, inherent=inherent, residual=residual, by=by, rule=rule)
    return ImpactLevel(
        impact=impact.id, inherent=inherent, residual=residual, by=by, rule="highest_rating"
    )


def safeguards_work(impact: str, safeguards: Iterable[Safeguard]) -> bool:
    """True when there are safeguards against the impact and all are in place with evidence."""
    against = [item for item in safeguards if impact in item.reduces and item.state != "rejected"]
    return bool(against) and all(item.state == "in-place" and item.evidence for item in against)


def _level_of(estimate: Estimate) -> Level:
    return level(estimate.severity, estimate.likelihood)


def _cannot_be_offset(impact: Impact, vulnerable: Mapping[str, bool]) -> bool:
    return (
        impact.reversibility == "irreversible"
        and any(rating.severity == "severe" for rating in impact.ratings)
        and any(vulnerable.get(group, False) for group in impact.affects)
    )
