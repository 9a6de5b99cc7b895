"""Impacts on people, how each group rates them, and the safeguards that reduce them.

Severity and likelihood have the four steps of the German data protection authorities' risk model
(DSK, Kurzpapier Nr. 18, 2018; likewise ISO/IEC 29134): negligible, limited, significant, severe.
Ratings are kept one by one, by stakeholder group; nothing is averaged.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from impactbook.model.base import Identifier, Model, Text

Severity = Literal["negligible", "limited", "significant", "severe"]
Likelihood = Literal["negligible", "limited", "significant", "almost-certain"]
Reversibility = Literal["reversible", "hard-to-reverse", "irreversible"]
Reach = Literal["few", "some", "many", "most"]
"""How many of the people concerned: under 1 %, up to 10 %, up to 50 %, more than half."""

SEVERITIES: tuple[Severity, ...] = ("negligible", "limited", "significant", "severe")
LIKELIHOODS: tuple[Likelihood, ...] = ("negligible", "limited", "significant", "almost-certain")
SafeguardState = Literal["proposed", "planned", "in-progress", "in-place", "rejected"]


class Estimate(Model):
    """Severity and likelihood as one rater sees them."""

    severity: Severity
    likelihood: Likelihood


class Rating(Estimate):
    """One rater's view of an impact: a stakeholder group's (`by` names its id) or a role's.

    `with_safeguards` is the same rater's view once the safeguards work; `people` says how many
    people agreed on this rating.
    """

    by: Identifier
    people: int | None = Field(default=None, ge=1)
    on: dt.date | None = None
    reason: Text | None = None
    with_safeguards: Estimate | None = None


class Impact(Model):
    """A way in which the feature can harm people.

    `interest` names the right or interest touched, `mechanism` how it happens. `evidence` cites
    figures by id.
    """

    id: Identifier
    title: Text
    affects: tuple[Identifier, ...] = ()
    interest: Text | None = None
    mechanism: Text | None = None
    reversibility: Reversibility | None = None
    scale: Reach | None = None
    ratings: tuple[Rating, ...] = ()
    evidence: tuple[str, ...] = ()


class Safeguard(Model):
    """A measure that reduces impacts: owner (a role), due date, state, and proof that it works."""

    id: Identifier
    title: Text
    reduces: tuple[Identifier, ...] = ()
    owner: Identifier | None = None
    due: dt.date | None = None
    state: SafeguardState = "proposed"
    evidence: Text | None = None
