"""Things added, removed and changed, part by part, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from impactbook.model.changes import FieldChange, How, ItemChange, Part
from impactbook.records.canonical import canonical
from impactbook.records.differences.things import READERS, Thing, things
from impactbook.records.disclosures import SEALED

_NOTHING = Thing("")
_DERIVED: Mapping[Part, tuple[How, ...]] = {
    "level": ("changed",),
    "question": ("changed",),
    "triage": ("changed",),
}
"""Parts that come and go with another part: only their changes are told."""


def item_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[ItemChange, ...]:
    """Everything but figures that differs between two `record.json` objects, in reading order.

    Within a part the new record's order counts, then what was removed, in the old record's order.
    """
    return tuple(change for part in READERS for change in _of_part(part, old, new))


def _of_part(part: Part, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ItemChange]:
    before, after = things(old, part), things(new, part)
    told = _DERIVED.get(part, ("added", "removed", "changed"))
    for name in [*after, *(name for name in before if name not in after)]:
        change = _change(part, name, before.get(name), after.get(name))
        if change is not None and change.how in told:
            yield change


def _change(part: Part, name: str, before: Thing | None, after: Thing | None) -> ItemChange | None:
    """What happened to one thing; None when nothing did."""
    one, other = before or _NOTHING, after or _NOTHING
    fields = tuple(
        FieldChange(
            field=key,
            before=one.fields.get(key),
            after=other.fields.get(key),
            before_label=one.labels.get(key),
            after_label=other.labels.get(key),
        )
        for key in dict.fromkeys([*other.fields, *one.fields])
        if not _same(one.fields.get(key), other.fields.get(key))
    )
    how: How = "added" if before is None else "removed" if after is None else "changed"
    if how == "changed" and not fields:
        return None
    return ItemChange(part=part, id=name, how=how, title=other.title or one.title, fields=fields)


def _same(before: Any, after: Any) -> bool:
    """Whether two JSON values are the same content: 1 and 1.0 are, nothing and emptiness too.

    A sealed value is never compared: its digest differs whenever its salt does.
    """
    if _is_sealed(before) or _is_sealed(after):
        return True
    empty: tuple[Any, ...] = (None, "", [], {}, ())
    if before in empty and after in empty:
        return True
    return canonical(before) == canonical(after)


def _is_sealed(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {SEALED}
