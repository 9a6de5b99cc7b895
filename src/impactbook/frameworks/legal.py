"""How sure a pack is of a legal remark, and since when the rule holds, in words."""

from __future__ import annotations

from impactbook.language import Language, date, say
from impactbook.model.framework import Confidence, LegalNote, Provision


def confidence_remark(confidence: Confidence, language: Language) -> str:
    """What to print beside a statement: nothing for H, "to be confirmed" for M and L.

    >>> confidence_remark("M", "en")
    'to be confirmed'
    """
    return "" if confidence == "H" else say("frameworks", "to-be-confirmed", language)


def legal_remark(note: LegalNote | Provision, language: Language) -> str:
    """Status, date and confidence of a legal note or an article, to be printed beside its text."""
    key = f"status-{note.status}"
    if note.applies_from is None:
        status = say("frameworks", key, language)
    else:
        day = date(note.applies_from, language)
        status = say("frameworks", f"{key}-since", language, date=day)
    return "; ".join(
        part for part in (status, confidence_remark(note.confidence, language)) if part
    )
