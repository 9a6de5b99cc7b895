"""A notebook output holds blocks for the exporter, HTML for a browser, and text for a terminal."""

from __future__ import annotations

from impactbook.render.blocks import (
    BulletList,
    Callout,
    Heading,
    KeyValues,
    Paragraph,
    Quote,
    Table,
    from_json,
    runs,
    to_json,
)
from impactbook.render.mime import BLOCKS_MIME, blocks_to_mime

BLOCKS = [
    Heading(1, runs("Wer fehlt?"), "who"),
    Paragraph(runs("Frauen <b>32</b>")),
    BulletList([[Paragraph(runs("eins"))]]),
    Table(runs("Anteile"), [runs("Gruppe"), runs("n")], [[runs("Frauen"), runs("65")]]),
    Callout("open", runs("Offen"), [Paragraph(runs("Alter"))]),
    KeyValues([(runs("Zweck"), runs("Hilfe"))]),
    Quote([Paragraph(runs("Niemand hört zu."))], runs("Anruferin")),
]


def test_the_blocks_come_back_as_they_were() -> None:
    sent = blocks_to_mime(BLOCKS, "de")[BLOCKS_MIME]
    assert to_json(from_json(sent)) == sent
    assert [type(block) for block in from_json(sent)] == [type(block) for block in BLOCKS]


def test_the_html_is_inert_and_the_text_complete() -> None:
    bundle = blocks_to_mime(BLOCKS, "de")
    assert "<b>32</b>" not in bundle["text/html"]
    assert bundle["text/plain"].splitlines() == [
        "Wer fehlt?",
        "Frauen <b>32</b>",
        "- eins",
        "Gruppe | n",
        "Frauen | 65",
        "Offen",
        "Alter",
        "Zweck: Hilfe",
        "Niemand hört zu.",
    ]
