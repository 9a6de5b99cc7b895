"""The cover: which feature, which version, what was decided, what the gate says, and when."""

from __future__ import annotations

from impactbook.render.blocks import CalloutKind, Cover
from impactbook.render.record.view import RecordView

_KIND_OF_GATE: dict[str, CalloutKind] = {
    "pass": "ok",
    "conditional": "attention",
    "blocked": "fail",
    "prohibited": "fail",
}


def feature_title(view: RecordView) -> str:
    """The feature's title, or its id while it has none."""
    return view.plain(view.feature.get("title")) or str(view.feature.get("id", "–"))


def version_label(view: RecordView) -> str:
    """ "Version 1.2.0", or that this is a draft."""
    version = view.record.get("version")
    if version in (None, "draft"):
        return view.say("draft")
    return view.say("version", version=version)


def decision_label(view: RecordView) -> str:
    """What was decided, in words; before a decision that none was taken."""
    return view.label("outcome", view.part("decision").get("outcome") or "none")


def gate_label(view: RecordView) -> str:
    """The gate's status in words."""
    return view.label("gate", view.part("gate").get("status") or "none")


def gate_kind(view: RecordView) -> CalloutKind:
    """How the gate's status is marked."""
    return _KIND_OF_GATE.get(str(view.part("gate").get("status")), "open")


def cover(view: RecordView, *, draft: bool) -> Cover:
    """The cover of the document."""
    return Cover(
        feature=feature_title(view),
        version=version_label(view),
        decision=decision_label(view),
        gate=gate_label(view),
        gate_kind=gate_kind(view),
        date=view.date(view.record.get("as_of")),
        watermark=view.say("watermark") if draft else "",
    )
