"""What follows from an assessment and its evidence: findings, levels, actions, the gate.

These are results, computed in `assess` and sealed in the record; nobody writes them by hand.
Findings carry a code and values, not sentences; the sentences of both languages stand in
`phrases/findings.yaml` and are said where a record is rendered.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from impactbook.model.base import Identifier, Model, Text
from impactbook.model.config import Level
from impactbook.model.people import SignOff

GateStatus = Literal["pass", "conditional", "blocked", "prohibited"]
Effect = Literal["informs", "conditions", "blocks"]
"""What a finding does to the gate: nothing, at best `conditional`, or `blocked`."""

Area = Literal[
    "feature",
    "roles",
    "stakeholders",
    "impacts",
    "safeguards",
    "framework",
    "evidence",
    "decision",
    "signoffs",
]


class Finding(Model):
    """One thing a reader must know.

    `id` is stable over versions (`code` or `code:subject`), `subject` the id of what it is about
    (an impact, a role, a question, a figure), `values` fill the sentence's placeholders.
    """

    id: str
    code: str
    area: Area
    effect: Effect
    subject: str = ""
    values: dict[str, Text | int | float] = {}
    evidence: tuple[str, ...] = ()


class ImpactLevel(Model):
    """The level of one impact: highest rating of any rater before and after safeguards in place.

    `by` holds each rater's own level; nothing is averaged. `residual` equals `inherent` unless
    every rater-relevant safeguard is in place with evidence.
    """

    impact: Identifier
    inherent: Level | None
    residual: Level | None
    by: dict[str, Level] = {}
    rule: Literal["highest_rating", "severe_irreversible_vulnerable", "not_rated"]


class JudgedSignOff(SignOff):
    """A sign-off and whether the content has changed since; a stale one does not count."""

    stale: bool


class Action(Model):
    """Something to be done, by whom and when, and what it comes from."""

    id: str
    source: Literal["safeguard", "condition", "finding"]
    text: Text | None = None
    finding: str | None = None
    owner: str | None = None
    due: Literal["before-go-live"] | dt.date | None = None
    done: bool = False


class Gate(Model):
    """May it go live? `reasons` are the ids of the findings that decide."""

    status: GateStatus
    reasons: tuple[str, ...] = ()
