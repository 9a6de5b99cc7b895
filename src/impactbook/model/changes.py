"""What differs between two states of a feature's record: the answer of `impactbook diff`.

A record that follows another one holds it under `previous.changes`, so that a lone record can say
what is new. How it is computed stands in `records.diff`, how it is said in `render.record.since`.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field, JsonValue

from impactbook.model.base import Identifier, Model, Translated
from impactbook.model.evidence import Unit, Verdict

DIFF_SCHEMA: Final = "impactbook/diff/1"
WORKSPACE: Final = "workspace"
"""Stands for what people have written since the newest record, where a version is named."""

ChangeKind = Literal["unchanged", "patch", "minor", "major"]
How = Literal["added", "removed", "changed"]
Part = Literal[
    "gate",
    "decision",
    "condition",
    "level",
    "impact",
    "rating",
    "safeguard",
    "answer",
    "question",
    "framework",
    "triage",
    "stakeholder",
    "involvement",
    "finding",
    "dataset",
    "check",
    "role",
    "signoff",
    "feature",
    "attachment",
    "ballots",
    "record",
    "notebook",
    "package",
]
"""What a change is about; `level` is an impact's risk level, `check` one check of a dataset."""

Judged = Literal[
    "beyond",
    "within",
    "same_data",
    "other_method",
    "levels_differ",
    "no_interval",
    "hidden",
]
"""Whether a figure's change exceeds its interval, or why that cannot be said.

`beyond`: the interval of the difference leaves out zero; `within`: it does not. `same_data`: both
were computed on the very same data, so chance is no explanation. `other_method`: counted in another
unit or by another formula. `levels_differ`: the two intervals have different confidence levels.
`no_interval`: a plain count, or a figure without an interval. `hidden`: masked or not measured.
"""


class FieldChange(Model):
    """One field before and after; `*_label` says a closed choice in words, where packs name it."""

    field: str
    before: JsonValue = None
    after: JsonValue = None
    before_label: Translated | None = None
    after_label: Translated | None = None


class ItemChange(Model):
    """One thing that was added, removed or changed; `title` is its newest name.

    `id` is the thing's id in its part; for what belongs to something else both ids, joined by `/`.
    A thing that was added or removed has all its fields, each with one side empty.
    """

    part: Part
    id: str
    how: How
    title: Translated | None = None
    fields: tuple[FieldChange, ...] = ()


class FigureState(Model):
    """A figure's numbers in one of the two records."""

    value: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_level: float | None = None
    verdict: Verdict = ""


class FigureChange(Model):
    """A figure in both records whose numbers or verdict differ.

    `difference` is after minus before, `ci_low` and `ci_high` its interval at the level of the two
    figures' own intervals; both empty where that cannot be said.
    """

    id: str
    source: Identifier
    metric: str
    unit: Unit
    attribute: str = ""
    group: str = ""
    condition: str = ""
    before: FigureState
    after: FigureState
    judged: Judged
    difference: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None


class Changes(Model):
    """Everything that differs between `old` and `new` (versions, `draft` or `workspace`).

    `kind` and `reasons` are those of the version rules. `inputs` names inputs of which another
    content was read (`data calls`, `assessment`). Internal fields are never compared: their salted
    digests tell nothing, and their values do not belong here.
    """

    schema_: Literal["impactbook/diff/1"] = Field(alias="schema")
    feature: Identifier
    old: str
    new: str
    kind: ChangeKind
    reasons: tuple[str, ...] = ()
    items: tuple[ItemChange, ...] = ()
    figures: tuple[FigureChange, ...] = ()
    figures_added: tuple[str, ...] = ()
    figures_removed: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not (
            self.items
            or self.figures
            or self.figures_added
            or self.figures_removed
            or self.inputs
            or self.reasons
        )


def changes_json(changes: Changes) -> dict[str, Any]:
    """The changes as a JSON object; what is empty is left out, as its default says the same."""
    dumped: dict[str, Any] = changes.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return dumped
