"""The record as one document: cover, chapters in reading order, attachments.

A notebook shows the same chapters one by one; a document only puts them together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from impactbook.render.blocks import Attachment, Block, Document, PageBreak
from impactbook.render.record.annex import annex
from impactbook.render.record.cover import cover, feature_title
from impactbook.render.record.data import data
from impactbook.render.record.decision import actions, decision
from impactbook.render.record.feature import feature
from impactbook.render.record.framework import framework
from impactbook.render.record.harms import harms
from impactbook.render.record.people import people
from impactbook.render.record.provenance import provenance
from impactbook.render.record.since import since
from impactbook.render.record.summary import summary
from impactbook.render.record.view import RecordView

Chapter = Callable[[RecordView], list[Block]]

CHAPTERS: tuple[Chapter, ...] = (
    summary,
    feature,
    people,
    data,
    harms,
    framework,
    actions,
    decision,
    provenance,
    annex,
)
"""The chapters in the order in which people read them."""


def record_document(
    view: RecordView, attachments: Sequence[Attachment] = (), *, draft: bool = False
) -> Document:
    """The whole record as a document for PDF and HTML.

    `draft` adds the watermark; a record without a version is always a draft.
    """
    draft = draft or view.record.get("version") in (None, "draft")
    first, *others = CHAPTERS
    rest = [block for one in others for block in one(view)]
    blocks = [*first(view), PageBreak(), *since(view), *rest]
    title = view.say("document-title", feature=feature_title(view))
    return Document(
        title=title,
        language=view.language,
        subtitle=view.say("document-subtitle"),
        cover=cover(view, draft=draft),
        blocks=blocks,
        attachments=list(attachments),
        timestamp=_timestamp(view),
        keywords=[view.say("keyword-assessment"), str(view.feature.get("id", ""))],
        authors=[],
        draft=draft,
    )


def _timestamp(view: RecordView) -> int:
    """Seconds since 1970 of the record's creation (or of its date), so that bytes repeat."""
    told = str(view.record.get("created") or view.record.get("as_of") or "1970-01-01")
    moment = dt.datetime.fromisoformat(told)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return int(moment.timestamp())
