"""What changed between two records of a feature: pure functions over their JSON and figures.

`impactbook diff` prints the answer, and a record that follows another one carries it under
`previous.changes`. The pieces stand in `records.differences`, the wording in `render`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impactbook.model.changes import DIFF_SCHEMA, Changes
from impactbook.model.evidence import Figure
from impactbook.records.differences.figures import figure_differences
from impactbook.records.differences.items import item_changes
from impactbook.records.versions import next_version

Json = Mapping[str, Any]


@dataclass(frozen=True)
class State:
    """A record (`record.json`, internal fields sealed), its figures, and how it is called."""

    name: str
    record: Json
    figures: Sequence[Figure]


def changes_between(old: State, new: State) -> Changes:
    """Everything that differs from `old` to `new`, with the kind of change the rules see in it.

    The kind is the greatest of all changes between the two, also where versions lie in between.
    """
    decision = next_version({**old.record, "version": "1.0.0"}, new.record)
    figures = figure_differences(old.figures, new.figures, same_data=same_data(old, new))
    return Changes(
        schema_=DIFF_SCHEMA,
        feature=str((new.record.get("feature") or {}).get("id")),
        old=old.name,
        new=new.name,
        kind="unchanged" if decision.kind == "first" else decision.kind,
        reasons=decision.reasons,
        items=item_changes(old.record, new.record),
        figures=figures.changed,
        figures_added=figures.added,
        figures_removed=figures.removed,
        inputs=_inputs_changed(old.record, new.record),
    )


def same_data(old: State, new: State) -> frozenset[str]:
    """Datasets that both states name with the same fingerprint of their data."""
    before, after = _fingerprints(old.record), _fingerprints(new.record)
    return frozenset(name for name, told in after.items() if told and before.get(name) == told)


def _fingerprints(record: Json) -> dict[str, str]:
    return {
        str(item.get("dataset")): str(item.get("fingerprint") or "")
        for item in record.get("evidence") or ()
        if isinstance(item, Mapping)
    }


def _inputs_changed(old: Json, new: Json) -> tuple[str, ...]:
    before, after = _inputs(old), _inputs(new)
    names = sorted({*before, *after})
    return tuple(name for name in names if before.get(name) != after.get(name))


def _inputs(record: Json) -> Mapping[str, Any]:
    return (record.get("provenance") or {}).get("inputs") or {}
