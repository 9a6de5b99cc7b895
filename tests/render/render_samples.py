"""A document with every kind of block, and texts that try to be more than text."""

from __future__ import annotations

from functools import cache

from impactbook.language import Language
from impactbook.render.blocks import (
    Attachment,
    Block,
    BulletList,
    Callout,
    Code,
    Cover,
    Document,
    Figure,
    Heading,
    KeyValues,
    PageBreak,
    Paragraph,
    Preformatted,
    Quote,
    Run,
    Table,
    runs,
)
from impactbook.render.charts import (
    ForestRow,
    HeatPoint,
    representation_forest,
    risk_heatmap,
)

HOSTILE = (
    "#eval(\"1+1\") *bold* _it_ $x$ <script>alert('x')</script> <img src=x onerror=alert(1)> "
    "`raw` @ref \\ & pay\u202eload \u2066x\u2069 \U0001f600 日本 \x00 \ufeff \ue000"
)

FOREST = (
    ForestRow("Frauen", 0.324, 0.262, 0.398, "fail"),
    ForestRow("Männer", 1.71, 1.64, 1.77, "fail"),
    ForestRow("20- bis 29-Jährige", 1.02, 0.9, 1.15, "ok"),
    ForestRow("ab 80 Jahren", 0.0, 0.0, 0.05, "not_enough_data"),
    ForestRow("divers", None, None, None, "suppressed"),
)
POINTS = (
    HeatPoint("A1", 4, 3, "Anrufende"),
    HeatPoint("A1", 2, 3, "Betriebsrat"),
    HeatPoint("A2", 3, 3, "Anrufende"),
)


@cache
def every_block(language: Language = "de") -> list[Block]:
    """Every kind of block once, in believable use (drawn once: charts take a moment)."""
    forest = representation_forest(FOREST, (0.8, 1.25), language, "Vertretung nach Geschlecht")
    heat = risk_heatmap(POINTS, language)
    return [
        Heading(1, runs("Auf einen Blick"), "summary"),
        Paragraph([Run("Die Erkennung "), Run("versteht", bold=True), Run(" Anrufe; siehe "),
                   Run("Quelle", link="https://example.org/a?b=1&c=2"), Run(" und "),
                   Run("kein Verweis", link="javascript:alert(1)"), Run(".")]),
        Callout("ok", runs("Alles im Bereich"), [Paragraph(runs("Nichts weiter."))]),
        Callout("attention", runs("Bitte ansehen")),
        Callout("fail", runs("Außerhalb des Bereichs"),
                [BulletList([[Paragraph(runs("Frauen"))], [Paragraph(runs("Ältere"))]])]),
        Callout("open", runs("Noch nicht beantwortet")),
        Callout("info", runs("Zur Kenntnis")),
        Heading(2, runs("Was die Daten zeigen"), "data"),
        Figure(forest.svg, "svg", forest.alt, runs("Vertretung nach Geschlecht"), forest.table),
        Table(runs("Vertretung"), [runs("Gruppe"), runs("Anzahl"), []],
              [[runs("Frauen"), runs("56"), runs("14,0 %")], [runs("Männer"), runs("345")]],
              row_headers=True, align=("left", "right", "right"), note=runs("Stand 2023.")),
        Heading(4, runs("Schäden"), "harms"),
        Figure(heat.svg, "svg", heat.alt, runs("Alle Einschätzungen"), heat.table),
        PageBreak(),
        Heading(1, runs("Wer gefragt wurde"), "people"),
        KeyValues([(runs("Zweck"), runs("Anliegen erkennen")), (runs("Menge"), runs("2.000"))]),
        Quote([Paragraph(runs("We want a person.", lang="en"))], runs("Callers"), lang="en"),
        BulletList([[Paragraph(runs("eins"))], [Paragraph(runs("zwei"))]], ordered=True),
        Code("print('a' < 'b')", "python"),
        Preformatted("a  b\n1  2"),
        Paragraph(runs("Read this."), lang="en"),
        Paragraph(runs(HOSTILE)),
    ]  # fmt: skip


def zoo(language: Language = "de", *, draft: bool = True) -> Document:
    """A document with cover, contents, attachments and every kind of block."""
    return Document(
        title="Folgenabschätzung: Spracherkennung <b>",
        language=language,
        subtitle="Akte der Folgenabschätzung",
        cover=Cover(
            feature="voicebot",
            version="1.0.0",
            decision="Go mit Auflagen",
            gate="Nur mit Auflagen",
            gate_kind="attention",
            date="23. November 2026",
            organisation="Beispiel GmbH & Co.",
        ),
        blocks=every_block(language),
        attachments=[Attachment("record.json", b"{}", "application/json", "Die Akte als Daten")],
        timestamp=1_795_392_000,
        authors=["A. Muster"],
        draft=draft,
    )
