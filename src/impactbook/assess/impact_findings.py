"""Findings about impacts and safeguards: not rated, disputed, too high, unproven, overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from impactbook.assess.levels import LEVELS, above
from impactbook.assess.people_findings import finding
from impactbook.model.assessment import Assessment
from impactbook.model.config import GatePolicy
from impactbook.model.impacts import SEVERITIES, Impact, Safeguard
from impactbook.model.outcome import Effect, Finding, ImpactLevel

DISAGREEMENT_STEPS = 2
"""Raters disagree when their levels, or their severities, lie at least this many steps apart."""


def impact_findings(
    assessment: Assessment, levels: Sequence[ImpactLevel], policy: GatePolicy
) -> Iterator[Finding]:
    """What is missing or disputed about each impact, and which residual risks are too high."""
    if not assessment.impacts:
        yield finding("no_impacts", "impacts", "blocks")
    for impact, found in zip(assessment.impacts, levels, strict=True):
        if found.rule == "not_rated":
            values = {"impact": impact.title}
            yield finding("impact_not_rated", "impacts", "blocks", impact.id, values=values)
            continue
        yield from _gaps(impact)
        yield from _rating_findings(impact, found)
        yield from _level_findings(impact, found, policy)


def _gaps(impact: Impact) -> Iterator[Finding]:
    """What is left out although it could raise the level: whom it hits, whether it can be undone."""
    values = {"impact": impact.title}
    if not impact.affects:
        yield finding("impact_affects_nobody", "impacts", "conditions", impact.id, values=values)
    severe = any(rating.severity == "severe" for rating in impact.ratings)
    if severe and impact.reversibility is None:
        yield finding("reversibility_missing", "impacts", "conditions", impact.id, values=values)


def _rating_findings(impact: Impact, found: ImpactLevel) -> Iterator[Finding]:
    affected = [rating for rating in impact.ratings if rating.by in impact.affects]
    if not affected:
        yield finding(
            "affected_did_not_rate",
            "impacts",
            "conditions",
            impact.id,
            values={"impact": impact.title},
        )
    ordered = sorted(
        impact.ratings, key=lambda r: (LEVELS.index(found.by[r.by]), SEVERITIES.index(r.severity))
    )
    low, high = ordered[0], ordered[-1]
    severities = [SEVERITIES.index(rating.severity) for rating in impact.ratings]
    apart = max(
        LEVELS.index(found.by[high.by]) - LEVELS.index(found.by[low.by]),
        max(severities) - min(severities),
    )
    if apart >= DISAGREEMENT_STEPS:
        yield finding(
            "raters_disagree",
            "impacts",
            "informs",
            impact.id,
            values={
                "impact": impact.title,
                "low_by": low.by,
                "low": found.by[low.by],
                "high_by": high.by,
                "high": found.by[high.by],
            },
        )


def _level_findings(impact: Impact, found: ImpactLevel, policy: GatePolicy) -> Iterator[Finding]:
    if found.rule == "severe_irreversible_vulnerable":
        yield finding(
            "severe_irreversible_vulnerable",
            "impacts",
            "informs",
            impact.id,
            values={"impact": impact.title},
        )
    if found.residual is None:
        return
    steps = above(found.residual, policy.highest_residual_risk)
    if steps:
        effect: Effect = "conditions" if steps == 1 else "blocks"
        yield finding(
            "residual_risk_high",
            "impacts",
            effect,
            impact.id,
            values={"impact": impact.title, "level": found.residual},
        )


def safeguard_findings(assessment: Assessment, as_of: dt.date) -> Iterator[Finding]:
    """Safeguards nobody owns, that are overdue, or that are said to work without proof."""
    for safeguard in assessment.safeguards:
        if safeguard.state == "rejected":
            continue
        values = {"safeguard": safeguard.title}
        if safeguard.owner is None:
            yield finding(
                "safeguard_without_owner", "safeguards", "conditions", safeguard.id, values=values
            )
        if safeguard.state == "in-place" and safeguard.evidence is None:
            yield finding(
                "safeguard_unproven", "safeguards", "conditions", safeguard.id, values=values
            )
        yield from _overdue(safeguard, as_of)


def _overdue(safeguard: Safeguard, as_of: dt.date) -> Iterator[Finding]:
    if safeguard.state != "in-place" and safeguard.due is not None and safeguard.due < as_of:
        yield finding(
            "safeguard_overdue",
            "safeguards",
            "conditions",
            safeguard.id,
            values={"safeguard": safeguard.title, "due": safeguard.due.isoformat()},
        )
