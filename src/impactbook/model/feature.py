"""The AI feature under assessment: what it is for, whom it acts on, and how far it decides."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from impactbook.model.base import Identifier, Model, Prose, Text
from impactbook.model.legal_facts import LegalFacts

Channel = Literal["voice", "chat", "email"]
ActsOn = Literal["callers", "agents"]
Automation = Literal["informs", "recommends", "decides-with-review", "decides-alone"]
Sourcing = Literal["own-build", "bought", "hybrid"]
Stage = Literal["idea", "development", "pilot", "live", "retired"]
LanguageTag = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]


class Volume(Model):
    """How many contacts and people the feature reaches in a month, and where the numbers are from."""

    contacts_per_month: int | None = Field(default=None, ge=0)
    agents: int | None = Field(default=None, ge=0)
    note: Text | None = None


class Datasets(Model):
    """The declared datasets (`data_checks/<id>.yaml`) it was trained and is evaluated on."""

    training: tuple[Identifier, ...] = ()
    evaluation: tuple[Identifier, ...] = ()


def _is_none(value: object) -> bool:
    return value is None


class Feature(Model):
    """Facts about the feature; what is left out is listed as missing in the record.

    `facts` decide which legal duties touch it; records from before they were asked have none.
    """

    title: Text | None = None
    purpose: Text | None = None
    how_it_works: Text | None = None
    out_of_scope: Text | None = None
    sourcing: Sourcing | None = None
    provider: Prose | None = None
    channels: tuple[Channel, ...] = ()
    acts_on: tuple[ActsOn, ...] = ()
    automation: Automation | None = None
    languages: tuple[LanguageTag, ...] = ()
    regions: tuple[Region, ...] = ()
    volume: Volume | None = None
    stage: Stage | None = None
    go_live: dt.date | None = None
    datasets: Datasets = Datasets()
    facts: LegalFacts | None = Field(default=None, exclude_if=_is_none)
