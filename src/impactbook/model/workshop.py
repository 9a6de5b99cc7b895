"""What is kept of a workshop: who took part, how each group rated, what stayed in dispute.

`WorkshopResult` is the file `assessments/<feature>/ballots/<workshop>.json`, written when the
facilitator adopts the revealed votes. It holds counts and released words, never a ballot; the
ballots themselves (`workshop.ballots`) are deleted after their retention.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from impactbook.language import Language
from impactbook.model.base import Digest, Identifier, Model
from impactbook.model.impacts import Likelihood, Severity

WORKSHOP_SCHEMA: Final = "impactbook/workshop/1"
UNVERIFIED: Final = "unverified"
"""The group that holds ballots of the open code: nobody checked whom they speak for."""
REST: Final = "rest"
"""The merged group that takes in every group below the suppression limit."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Statement(Model):
    """Words a participant released, as they were typed; `group` only where they chose so."""

    text: Words
    group: Identifier | None = None


class GroupVotes(Model):
    """How one group rated one harm: people per step; `group` may be `rest` or `unverified`.

    `severity` and `likelihood` list every step chosen at least once. `voters` counts the people
    of the group who rated this harm.
    """

    group: Identifier
    voters: int = Field(ge=0)
    severity: dict[Severity, int] = {}
    likelihood: dict[Likelihood, int] = {}

    @model_validator(mode="after")
    def _adds_up(self) -> GroupVotes:
        for name in ("severity", "likelihood"):
            counts = getattr(self, name).values()
            if any(count < 0 for count in counts) or sum(counts) > self.voters:
                raise ValueError(f"{name} counts more people than voted")
        return self


class HarmResult(Model):
    """All votes on one harm; `agreement` is van der Eijk's A of severity over all votes.

    A is 1 where all chose the same step, 0 where the steps are equally filled, -1 where the two
    ends hold half each (van der Eijk 2001, Quality & Quantity 35). `between_groups` is the largest
    distance of two groups' median severities, in steps. `vetoes` counts verified people who would
    veto going live because of this harm; `veto_reasons` holds what they released.
    """

    impact: Identifier
    groups: tuple[GroupVotes, ...] = ()
    agreement: float | None = Field(default=None, ge=-1, le=1)
    between_groups: float | None = Field(default=None, ge=0, le=3)
    vetoes: int = Field(default=0, ge=0)
    veto_reasons: tuple[Statement, ...] = ()
    reasons: tuple[Statement, ...] = ()


class SafeguardResult(Model):
    """How many agree and disagree with a safeguard, by group, and what they released."""

    safeguard: Identifier
    agree: dict[Identifier, int] = {}
    disagree: dict[Identifier, int] = {}
    reasons: tuple[Statement, ...] = ()


class Participation(Model):
    """How many people of a group took part; `merged` names groups too small to stand alone."""

    group: Identifier
    people: int = Field(ge=0)
    merged: tuple[Identifier, ...] = ()


class RoundResult(Model):
    """One round: its ballots, the digest that closed it, and the votes it revealed.

    `closing_digest` is the SHA-256 over the sorted commitments of all ballots, as every phone
    showed it before anything was revealed.
    """

    number: int = Field(ge=1, le=9)
    closed: dt.date
    ballots: int = Field(ge=0)
    closing_digest: Digest
    participation: tuple[Participation, ...] = ()
    harms: tuple[HarmResult, ...] = ()
    safeguards: tuple[SafeguardResult, ...] = ()
    proposals: tuple[Statement, ...] = ()


class WorkshopResult(Model):
    """What one workshop left behind for the assessment and its records.

    `custodians` is 0 where the key lay with the facilitator's machine, else the number of people
    who held a share; `encrypted_transport` is false where the page was served without TLS;
    `open_join` is true where a shared code admitted people nobody checked.
    """

    schema_: Literal["impactbook/workshop/1"] = Field(alias="schema")
    workshop: Identifier
    held: dt.date
    language: Language = "de"
    suppression_limit: int = Field(ge=1)
    custodians: int = Field(default=0, ge=0, le=9)
    encrypted_transport: bool = True
    open_join: bool = False
    rounds: tuple[RoundResult, ...] = Field(min_length=1)
    consensus: tuple[Identifier, ...] = ()
    majority: tuple[Identifier, ...] = ()
    disputed: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _rounds_in_order(self) -> WorkshopResult:
        numbers = [item.number for item in self.rounds]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError("the rounds are not numbered 1, 2, ... in order")
        return self
