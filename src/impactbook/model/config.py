"""The workspace's settings (`impactbook.toml`): language, suppression, time zone, gate, signing."""

from __future__ import annotations

from typing import Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator

from impactbook.language import Language
from impactbook.model.base import Identifier, Model

Level = Literal["low", "medium", "high", "very-high"]


class GatePolicy(Model):
    """What must hold before a feature may go live.

    `required_roles` must be filled, `required_signoffs` must stand on the present content,
    `highest_residual_risk` is the highest level that passes without a condition, and affected
    groups must have been heard (or a reason be given) where `affected_groups_heard` is true.
    `unanswered_questions` says what an open question does: what its pack says (`pack`), always
    block, at most set a condition, or nothing. `unanswered_duties` says the same of a legal duty in
    force of which nobody has stated whether it applies; a prohibited practice is never softened.
    """

    required_roles: tuple[Identifier, ...] = (
        "owner",
        "assessor",
        "data-protection-officer",
        "oversight",
        "complaint-handling",
    )
    required_signoffs: tuple[Identifier, ...] = ("owner", "data-protection-officer")
    highest_residual_risk: Level = "medium"
    affected_groups_heard: bool = True
    data_checks: bool = True
    unanswered_questions: Literal["pack", "block", "condition", "ignore"] = "pack"
    unanswered_duties: Literal["block", "condition", "ignore"] = "block"


class Signing(Model):
    """Whose signatures and time stamps are trusted, and which service stamps.

    `trust_roots` and `time_stamp_trust_roots` are certificate files (PEM or DER), relative to the
    workspace; without the latter the former count for time stamps too. `time_stamp_service` is the
    address of an RFC 3161 service; while it is empty, nothing is sent anywhere.
    """

    trust_roots: tuple[str, ...] = ()
    time_stamp_service: str | None = None
    time_stamp_trust_roots: tuple[str, ...] = ()

    @field_validator("time_stamp_service")
    @classmethod
    def _is_an_address(cls, address: str | None) -> str | None:
        if address is not None and not address.startswith(("http://", "https://")):
            raise ValueError("is no address of a service; it begins with https:// or http://")
        return address


class Settings(Model):
    """All settings of a workspace; every key has a default."""

    schema_: Literal["impactbook/workspace/1"] = Field(alias="schema")
    organisation: str | None = None
    language: Language = "de"
    suppression_limit: int = Field(default=5, ge=1, le=1000)
    time_zone: str = "Europe/Berlin"
    frameworks: tuple[Identifier, ...] = ("contact-centre-ethics",)
    gate: GatePolicy = GatePolicy()
    signing: Signing = Signing()

    @field_validator("time_zone")
    @classmethod
    def _exists(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is no time zone; use a name such as Europe/Berlin")
        return name
