"""The assessment: everything people decided about one feature (`assessment.yaml`).

Every part may be missing: unfinished is not wrong. What is there must be well formed, and
references between the parts must lead somewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from pydantic import Field, model_validator

from impactbook.language import Language
from impactbook.model.base import Identifier, Model
from impactbook.model.decision import Answer, Attachment, Decision
from impactbook.model.feature import Feature
from impactbook.model.impacts import Impact, Safeguard
from impactbook.model.people import Role, SignOff, Stakeholder
from impactbook.model.triage import TriageAnswer


class Assessment(Model):
    """One feature's assessment; `language` is the language plain strings are written in."""

    schema_: Literal["impactbook/assessment/1"] = Field(alias="schema")
    language: Language = "de"
    feature: Feature = Feature()
    roles: tuple[Role, ...] = ()
    stakeholders: tuple[Stakeholder, ...] = ()
    impacts: tuple[Impact, ...] = ()
    safeguards: tuple[Safeguard, ...] = ()
    answers: dict[Identifier, Answer] = {}
    triage: dict[Identifier, TriageAnswer] = {}
    attachments: tuple[Attachment, ...] = ()
    decision: Decision = Decision()
    signoffs: tuple[SignOff, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Assessment:
        roles = [role.role for role in self.roles]
        groups = [group.id for group in self.stakeholders]
        impacts = [impact.id for impact in self.impacts]
        _distinct("roles", roles)
        _distinct("stakeholders", groups)
        _distinct("impacts", impacts)
        _distinct("safeguards", [safeguard.id for safeguard in self.safeguards])
        _distinct("decision.conditions", [item.id for item in self.decision.conditions])
        _distinct("attachments", [attachment.id for attachment in self.attachments])
        for impact in self.impacts:
            _known(f"impacts[{impact.id}].affects", impact.affects, groups, "stakeholder group")
            raters = [rating.by for rating in impact.ratings]
            _distinct(f"impacts[{impact.id}].ratings", raters)
            _known(f"impacts[{impact.id}].ratings", raters, groups + roles, "group or role")
        for safeguard in self.safeguards:
            where = f"safeguards[{safeguard.id}]"
            _known(f"{where}.reduces", safeguard.reduces, impacts, "impact")
            _known(f"{where}.owner", _given(safeguard.owner), roles, "role")
        for question, answer in self.answers.items():
            _known(f"answers.{question}.by", _given(answer.by), roles, "role")
        for rule, settled in self.triage.items():
            _known(f"triage.{rule}.by", (settled.by,), roles, "role")
        for condition in self.decision.conditions:
            where = f"decision.conditions[{condition.id}].owner"
            _known(where, _given(condition.owner), roles, "role")
        _known("decision.decided_by", self.decision.decided_by, roles, "role")
        _known("signoffs", [item.role for item in self.signoffs], roles, "role")
        return self


def _given(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _distinct(where: str, ids: Iterable[str]) -> None:
    repeated = [name for name, count in Counter(ids).items() if count > 1]
    if repeated:
        raise ValueError(f"{where} names {repeated[0]!r} more than once; keep one")


def _known(where: str, names: Iterable[str], known: list[str], what: str) -> None:
    for name in names:
        if name not in known:
            listed = ", ".join(sorted(known)) or "none yet"
            raise ValueError(f"{where} names the {what} {name!r}, which is not among: {listed}")
