"""The gate on its own: may the feature go live, and which findings decide."""

from __future__ import annotations

from impactbook.render.blocks import Block
from impactbook.render.record.cover import gate_kind, gate_label
from impactbook.render.record.findings import grouped, said_together
from impactbook.render.record.parts import bullets, callout
from impactbook.render.record.view import RecordView


def gate(view: RecordView) -> list[Block]:
    """The verdict in a box, with the findings behind it; alike ones in one line."""
    deciding = set(view.part("gate").get("reasons") or ())
    findings = [finding for finding in view.items("findings") if finding["id"] in deciding]
    reasons = bullets([said_together(view, alike) for alike in grouped(findings)])
    return [callout(gate_kind(view), gate_label(view), reasons)]
