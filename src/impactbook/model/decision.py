"""Answers to framework questions, the decision, its conditions, and attached documents."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from impactbook.model.base import Identifier, InternalText, Model, Prose, Text

Outcome = Literal["go", "go-with-conditions", "no-go"]


class Answer(Model):
    """An answer to one question of a framework pack, given by a role on a day.

    `value` is an option of the question's scale; `evidence` cites figures, attachments or documents.
    """

    value: Identifier
    rationale: Text | None = None
    evidence: tuple[Prose, ...] = ()
    by: Identifier | None = None
    on: dt.date | None = None


class Condition(Model):
    """Something that must be true before going live, or after it by a date.

    `due` is `before-go-live` or the date; a condition counts as met only with its `evidence`.
    """

    id: Identifier
    text: Text
    due: Literal["before-go-live"] | dt.date
    owner: Identifier | None = None
    met: bool = False
    evidence: Text | None = None


class Decision(Model):
    """What was decided, by which roles, why, under which conditions, and when it is reviewed."""

    outcome: Outcome | None = None
    on: dt.date | None = None
    decided_by: tuple[Identifier, ...] = ()
    reasons: Text | None = None
    conditions: tuple[Condition, ...] = ()
    next_review: dt.date | None = None


class Attachment(Model):
    """A file in the feature's `attachments/` folder; its name is internal, its description not."""

    id: Identifier
    file: InternalText
    description: Text
