"""People: who is responsible for what, and how the groups affected were involved.

A person's name appears only in `Role.person` and `SignOff.person`, both internal; everywhere else
a role's id stands for the person.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from impactbook.model.base import Digest, Identifier, InternalText, Model, Text

Method = Literal["workshop", "interview", "survey", "meeting", "observation", "written", "other"]


class Role(Model):
    """One named responsibility; the usual ids are listed in `STANDARD_ROLES`."""

    role: Identifier
    title: Text | None = None
    responsibility: Text | None = None
    unit: Text | None = None
    person: InternalText | None = None


STANDARD_ROLES: tuple[str, ...] = (
    "owner",
    "assessor",
    "data-protection-officer",
    "works-council",
    "oversight",
    "complaint-handling",
)


class Involvement(Model):
    """One occasion on which a group was asked: how, when, how many, what came of it.

    `said` is what they said, `changed` what was changed because of it, `dissent` what remains
    disputed, in their own words where possible.
    """

    method: Method
    date: dt.date
    people: int | None = Field(default=None, ge=0)
    said: Text | None = None
    changed: Text | None = None
    dissent: Text | None = None


class Stakeholder(Model):
    """A group of people with an interest; `affected` groups must be heard or the reason given."""

    id: Identifier
    name: Text
    description: Text | None = None
    affected: bool = True
    vulnerable: bool = False
    involvement: tuple[Involvement, ...] = ()
    not_involved_because: Text | None = None


class SignOff(Model):
    """A role's consent to exactly one content, named by its digest; stale once that changes."""

    role: Identifier
    person: InternalText | None = None
    on: dt.date
    digest: Digest
    remark: Text | None = None
