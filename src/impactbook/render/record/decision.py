"""What was decided and by whom, the gate with its reasons, conditions, sign-offs, and what to do."""

from __future__ import annotations

from impactbook.render.blocks import Block, Paragraph
from impactbook.render.record.cover import decision_label, gate_kind, gate_label
from impactbook.render.record.findings import grouped, said, said_together
from impactbook.render.record.parts import (
    Cell,
    bullets,
    callout,
    cell,
    facts,
    heading,
    missing,
    paragraph,
    prose,
    table,
)
from impactbook.render.record.view import Json, RecordView


def actions(view: RecordView) -> list[Block]:
    """The chapter "What is to be done": open safeguards, conditions and findings, with owners."""
    blocks: list[Block] = [heading(1, view.say("actions-title"), "actions")]
    rows: list[list[Cell | str]] = [_action_row(view, one) for one in view.items("actions")]
    if not rows:
        return [*blocks, paragraph(view.say("no-actions"))]
    names = ("what", "source", "owner", "due", "done")
    header = [view.say(f"actions-{name}") for name in names]
    caption = view.say("actions-caption")
    return [
        *blocks,
        paragraph(view.say("actions-intro")),
        *table(caption, header, rows, widths=[6.2, 2.0, 2.5, 2.0, 1.3]),
    ]


def _action_row(view: RecordView, action: Json) -> list[Cell | str]:
    return [
        _action_text(view, action),
        view.label("action-source", action["source"]),
        view.role(action.get("owner")) if action.get("owner") else view.say("nobody"),
        view.date(action.get("due")) if action.get("due") else view.say("undated"),
        view.say("done" if action.get("done") else "not-done"),
    ]


def _action_text(view: RecordView, action: Json) -> Cell:
    """What is to be done: its own words, else the sentence of the finding it comes from."""
    if action.get("text"):
        return view.text(action["text"])
    named = action.get("finding")
    found = next((one for one in view.items("findings") if one["id"] == named), None)
    return said(view, found) if found is not None else cell(str(named or action["id"]))


def decision(view: RecordView) -> list[Block]:
    """The chapter "Decision"."""
    taken = view.part("decision")
    blocks: list[Block] = [heading(1, view.say("decision-title"), "decision")]
    if taken.get("outcome"):
        by = view.titles(taken.get("decided_by") or (), view.person)
        pairs = [
            ("outcome", cell(decision_label(view), bold=True)),
            ("by", cell(by)),
            ("on", cell(view.date(taken.get("on")))),
            ("next-review", cell(_next_review(view, taken))),
        ]
        blocks += facts([(view.say(f"decision-{name}"), value) for name, value in pairs])
        blocks += _reasons(view, taken)
    else:
        blocks.append(missing(view, "decision-missing"))
    return [*blocks, *_gate(view), *_conditions(view, taken), *_signoffs(view)]


def _next_review(view: RecordView, taken: Json) -> str:
    return view.date(taken["next_review"]) if taken.get("next_review") else view.say("no-review")


def _reasons(view: RecordView, taken: Json) -> list[Block]:
    title = heading(2, view.say("reasons-title"), "decision-reasons")
    return [title, *(prose(view, taken.get("reasons")) or [missing(view, "reasons-missing")])]


def _gate(view: RecordView) -> list[Block]:
    """The gate's status, every finding that decides it, and the others by kind."""
    gate = view.part("gate")
    reasons = set(gate.get("reasons") or ())
    decisive = [one for one in view.items("findings") if one["id"] in reasons]
    lines = [said(view, one) for kind in grouped(decisive) for one in kind]
    remarks = [one for one in view.items("findings") if one["id"] not in reasons]
    others = [said_together(view, kind) for kind in grouped(remarks)]
    means = paragraph(view.label("gate-means", gate.get("status") or "none"))
    return [
        heading(2, view.say("gate-title"), "gate"),
        callout(gate_kind(view), view.say("gate-is", gate=gate_label(view)), [means]),
        *([paragraph(view.say("gate-because")), *bullets(lines)] if lines else []),
        *([paragraph(view.say("gate-also")), *bullets(others)] if others else []),
    ]


def _conditions(view: RecordView, taken: Json) -> list[Block]:
    rows: list[list[Cell | str]] = [
        [
            view.text(one["text"]),
            view.date(one["due"]),
            view.role(one.get("owner")) if one.get("owner") else view.say("nobody"),
            cell(_met(view, one), bold=not _is_met(one)),
            view.text(one.get("evidence")) or "–",
        ]
        for one in taken.get("conditions") or ()
    ]
    names = ("condition", "due", "owner", "met", "evidence")
    header = [view.say(f"conditions-{name}") for name in names]
    listed = table(view.say("conditions-caption"), header, rows, widths=[4.4, 2.0, 2.2, 1.8, 3.0])
    title = heading(2, view.say("conditions-title"), "conditions")
    return [title, *(listed or [paragraph(view.say("no-conditions"))])]


def _is_met(condition: Json) -> bool:
    return bool(condition.get("met") and condition.get("evidence"))


def _met(view: RecordView, condition: Json) -> str:
    """A condition counts as met only with its evidence."""
    if _is_met(condition):
        return view.say("met")
    return view.say("met-unproven" if condition.get("met") else "not-met")


def _signoffs(view: RecordView) -> list[Block]:
    given = view.assessment.get("signoffs") or ()
    rows: list[list[Cell | str]] = [
        [
            view.role(one["role"]),
            view.internal(one.get("person")),
            view.date(one["on"]),
            cell(view.say("stale" if one.get("stale") else "stands"), bold=bool(one.get("stale"))),
            view.text(one.get("remark")) or "–",
        ]
        for one in given
    ]
    names = ("role", "person", "on", "state", "remark")
    header = [view.say(f"signoffs-{name}") for name in names]
    absent = [one for one in view.items("findings") if one["code"] == "signoff_missing"]
    blocks: list[Block] = [heading(2, view.say("signoffs-title"), "signoffs")]
    blocks += table(view.say("signoffs-caption"), header, rows, widths=[3.0, 2.6, 2.0, 2.2, 3.6])
    if absent or not rows:
        told = [Paragraph(said(view, one)) for one in absent] or [
            paragraph(view.say("no-signoffs"))
        ]
        blocks.append(callout("open", view.say("signoffs-absent"), told))
    digest = view.assessment.get("digest")
    if digest:
        blocks += facts([(view.say("signoffs-digest"), cell(view.internal(digest), code=True))])
    return blocks
