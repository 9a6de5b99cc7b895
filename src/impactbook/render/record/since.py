"""What changed since the record before: the page of a record, and what `impactbook diff` prints.

A record carries its changes under `previous.changes`; the page is made from them alone. Everything
is said once, as blocks, so that PDF, HTML, terminal and Markdown tell the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impactbook.language import phrases
from impactbook.model.changes import WORKSPACE, Changes, ItemChange, Part
from impactbook.model.record import DRAFT
from impactbook.render.blocks import Block, PageBreak
from impactbook.render.record.changed_figures import changed_figures
from impactbook.render.record.changed_values import (
    AREA,
    field_name,
    fields_in_words,
    thing_name,
    told,
    value_cell,
)
from impactbook.render.record.findings import said
from impactbook.render.record.parts import Cell, bullets, cell, facts, heading, paragraph, table
from impactbook.render.record.view import RecordView

MOST = 40
"""Rows and lines of one kind in the record's page; the rest stands in `record.json`."""

SECTIONS: Mapping[str, tuple[Part, ...]] = {
    "decision": ("decision", "condition", "signoff"),
    "harms": ("level", "impact", "rating"),
    "safeguards": ("safeguard",),
    "answers": ("answer", "question", "framework", "triage"),
    "people": ("stakeholder", "involvement", "ballots"),
    "feature": ("feature", "role", "attachment", "record"),
    "data": ("dataset", "check"),
    "tools": ("notebook", "package"),
}
"""Which parts stand together in a table, in reading order; gate and findings come before them."""

_MEASURED = ("data ", "declaration ", "reference ")
_VERSIONED = ("data", "declaration", "reference", "pack", "attachment", "notebook")


def since(view: RecordView) -> list[Block]:
    """The page "Since version ..."; nothing for a first record or one that tells no changes."""
    written = view.part("previous").get("changes")
    if not written:
        return []
    changes = Changes.model_validate(written)
    title = told(view, "title-since", old=state_name(view, changes.old))
    return [heading(1, title, "since"), *change_blocks(view, changes, most=MOST), PageBreak()]


def between(view: RecordView, changes: Changes) -> list[Block]:
    """The same without limits, below a heading that names both sides."""
    old, new = (state_name(view, name) for name in (changes.old, changes.new))
    title = told(view, "title-between", feature=changes.feature, old=old, new=new)
    blocks = change_blocks(view, changes, most=None)
    if changes.new == WORKSPACE and any(name.startswith(_MEASURED) for name in changes.inputs):
        words = told(view, "unmeasured", feature=changes.feature, old=changes.old)
        blocks.append(paragraph(words))
    return [heading(1, title, "since"), *blocks]


def state_name(view: RecordView, name: str) -> str:
    """ "Version 1.2.0", "draft", "working state"."""
    if name == DRAFT or f"name-{name}" in phrases(AREA):
        return told(view, f"name-{name}")
    return told(view, "name-version", version=name)


def change_blocks(view: RecordView, changes: Changes, *, most: int | None) -> list[Block]:
    """All changes in reading order; `most` limits the rows of each table and the lines of a list."""
    if changes.empty:
        return [paragraph(told(view, "nothing"))]
    blocks: list[Block] = [paragraph(_kind(view, changes)), *_verdict(view, changes)]
    blocks += _findings(view, changes, most)
    for name, parts in SECTIONS.items():
        inside = [one for one in changes.items if one.part in parts]
        body = _changed_things(view, name, inside, most)
        figures = changed_figures(view, changes, most) if name == "data" else []
        blocks += _section(view, name, body) + _section(view, "figures", figures)
    return [*blocks, *_inputs(view, changes)]


def _section(view: RecordView, name: str, body: Sequence[Block]) -> list[Block]:
    if not body:
        return []
    return [heading(2, told(view, f"section-{name}"), f"since-{name}"), *body]


def _kind(view: RecordView, changes: Changes) -> str:
    """How far the change reaches, by the rules that decide versions."""
    keys = [f"reason-{reason.replace(' ', '-')}" for reason in changes.reasons]
    reasons = view.listed([told(view, key) for key in keys if key in phrases(AREA)])
    return told(view, f"kind-{changes.kind}", reasons=reasons)


def _verdict(view: RecordView, changes: Changes) -> list[Block]:
    """Decision and gate: before and after, or that they are as before."""
    pairs: list[tuple[str, Cell | str]] = []
    for part, field, now in (
        ("decision", "outcome", view.part("decision").get("outcome")),
        ("gate", "status", view.part("gate").get("status")),
    ):
        changed = [
            one for item in changes.items if item.part == part for one in item.fields
            if one.field == field
        ]  # fmt: skip
        values = [view.label(field if field == "outcome" else "gate", now or "none")]
        if changed:
            values = [
                view.label(field if field == "outcome" else "gate", side or "none")
                for side in (changed[0].before, changed[0].after)
            ]
        key = "other-verdict" if changed else "same-verdict"
        line = told(view, key, value=values[-1], before=values[0], after=values[-1])
        pairs.append((field_name(view, field), cell(line, bold=bool(changed))))
    return _section(view, "verdict", facts(pairs))


def _findings(view: RecordView, changes: Changes, most: int | None) -> list[Block]:
    """Findings as sentences: new ones, those that are gone, those that say something else now."""
    blocks: list[Block] = []
    for how in ("added", "removed", "changed"):
        found = [one for one in changes.items if one.part == "finding" and one.how == how]
        side = "before" if how == "removed" else "after"
        lines = [_finding(view, one, side) for one in found[:most]]
        if lines:
            blocks += [paragraph(told(view, f"findings-{how}")), *bullets(lines)]
            blocks += _more(view, len(found) - len(lines))
    return _section(view, "findings", blocks)


def _finding(view: RecordView, change: ItemChange, side: str) -> Cell:
    """The sentence of a finding; its id where it cannot be said any more."""
    for field in change.fields:
        finding: Any = getattr(field, side)
        if isinstance(finding, Mapping) and finding.get("code"):
            return said(view, finding)
    return cell(change.id, code=True)


def _changed_things(
    view: RecordView, name: str, items: Sequence[ItemChange], most: int | None
) -> list[Block]:
    rows = [row for item in items for row in _rows(view, item)]
    names = ("what", "field", "before", "after")
    listed = table(
        told(view, "table-caption", section=told(view, f"section-{name}")),
        [told(view, f"column-{column}") for column in names],
        rows[:most],
        widths=[3.6, 2.4, 3.6, 3.6],
    )
    return [*listed, *_more(view, len(rows) - len(rows[:most]))]


def _rows(view: RecordView, item: ItemChange) -> list[list[Cell | str]]:
    """A row per field that changed; one row for a thing that is new or gone."""
    name = thing_name(view, item)
    if item.how == "changed":
        # How it was decided stands above the tables.
        fields = [one for one in item.fields if (item.part, one.field) != ("decision", "outcome")]
        return [
            [
                name,
                field_name(view, one.field),
                value_cell(view, one.field, one.before, one.before_label),
                value_cell(view, one.field, one.after, one.after_label),
            ]
            for one in fields
        ]
    side = "after" if item.how == "added" else "before"
    others = [one for one in item.fields if getattr(one, side) != _title_of(item)]
    words = fields_in_words(view, others, side) or cell("–")
    sides: list[Cell | str] = ["–", words] if item.how == "added" else [words, "–"]
    return [[name, told(view, f"how-{item.how}"), *sides]]


def _title_of(item: ItemChange) -> Any:
    """The title as the field that holds it has it; its row starts with it already."""
    return item.title and item.title.model_dump(exclude_none=True)


def _more(view: RecordView, count: int) -> list[Block]:
    return [paragraph(told(view, "more", count=view.number(count)))] if count > 0 else []


def _inputs(view: RecordView, changes: Changes) -> list[Block]:
    """Which inputs had another content, in words."""
    if not changes.inputs:
        return []
    names = view.listed([_input(view, name) for name in changes.inputs])
    lines = [paragraph(told(view, "inputs", names=names))]
    if "assessment" in changes.inputs:
        lines.append(paragraph(told(view, "internal-note")))
    return list(lines)


def _input(view: RecordView, name: str) -> str:
    kind, _, rest = name.partition(" ")
    key = f"input-{kind}"
    if key not in phrases(AREA) or bool(rest) != (kind in _VERSIONED):
        return name
    return told(view, key, name=rest)
