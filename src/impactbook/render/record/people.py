"""The people asked: how each group was involved, what it said, what changed, what stays disputed."""

from __future__ import annotations

from impactbook.render.blocks import Block
from impactbook.render.record.parts import (
    Cell,
    callout,
    facts,
    heading,
    missing,
    paragraph,
    prose,
    quote,
    table,
)
from impactbook.render.record.summary import asked_in_words
from impactbook.render.record.view import Json, RecordView


def people(view: RecordView) -> list[Block]:
    """The chapter "Who was asked"."""
    groups = view.items("stakeholders")
    blocks: list[Block] = [heading(1, view.say("people-title"), "people")]
    if not groups:
        return [*blocks, missing(view, "people-missing")]
    blocks += [paragraph(asked_in_words(view)), *_overview(view)]
    for group in groups:
        blocks += _group(view, group)
    return blocks


def _overview(view: RecordView) -> list[Block]:
    rows: list[list[Cell | str]] = []
    for group in view.items("stakeholders"):
        occasions = group.get("involvement") or ()
        counted = [one["people"] for one in occasions if one.get("people") is not None]
        kept = any(one.get("dissent") for one in occasions)
        rows.append(
            [
                view.text(group["name"]),
                view.say("yes" if group.get("affected", True) else "no"),
                view.listed(
                    list(dict.fromkeys(view.label("method", o["method"]) for o in occasions))
                )
                or view.say("not-heard"),
                view.number(sum(counted)) if counted else "–",
                view.say("yes" if kept else "no") if occasions else "–",
            ]
        )
    names = ("group", "affected", "how", "number", "dissent")
    header = [view.say(f"people-{name}") for name in names]
    return table(
        view.say("people-caption"), header, rows, align="lllrl", widths=[4.0, 1.6, 3.2, 1.6, 1.6]
    )


def _group(view: RecordView, group: Json) -> list[Block]:
    blocks: list[Block] = [heading(2, view.text(group["name"]), f"group-{group['id']}")]
    blocks += prose(view, group.get("description"))
    if group.get("vulnerable"):
        blocks.append(paragraph(view.say("vulnerable-group")))
    for occasion in group.get("involvement") or ():
        blocks += _occasion(view, group, occasion)
    if not group.get("involvement"):
        blocks.append(_not_heard(view, group))
    return blocks


def _occasion(view: RecordView, group: Json, occasion: Json) -> list[Block]:
    """One occasion: when and how, what was said, what changed, what remains disputed."""
    count = occasion.get("people")
    when = view.say(
        "occasion" if count is not None else "occasion-uncounted",
        method=view.label("method", occasion["method"]),
        date=view.date(occasion["date"]),
        people=view.number(count),
    )
    blocks: list[Block] = [paragraph(when)]
    blocks += quote(view, occasion.get("said"), view.plain(group["name"]))
    changed = view.text(occasion.get("changed")) or view.say("nothing-changed")
    blocks += facts([(view.say("changed"), changed)])
    if occasion.get("dissent"):
        dissent = prose(view, occasion["dissent"])
        blocks.append(callout("attention", view.say("dissent-remains"), dissent))
    return blocks


def _not_heard(view: RecordView, group: Json) -> Block:
    reason = prose(view, group.get("not_involved_because"))
    if reason:
        return callout("open", view.say("not-heard-because"), reason)
    return callout("open", view.say("not-heard-title"), view.say("not-heard-unexplained"))
