"""The record as one document: cover, order of chapters, charts, PDF and HTML with the same words."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
from assessed_voicebot import empty_view, speech_figures, voicebot_view
from spoken import lines, text

from impactbook.render.blocks import Attachment, Document, Heading, PageBreak, plain_text
from impactbook.render.record.document import record_document
from impactbook.render.record.pictures import HEATMAP, charts, forest_name
from impactbook.render.record.view import RecordView


@pytest.fixture(scope="module")
def document() -> Document:
    return record_document(voicebot_view("de"))


def test_the_cover_says_feature_version_decision_gate_and_day(document: Document) -> None:
    cover = document.cover
    assert cover is not None
    assert (cover.feature, cover.version, cover.date) == (
        "Telefonassistent",
        "Version 1.0.0",
        "23. November 2026",
    )
    assert (cover.decision, cover.gate, cover.gate_kind) == ("kein Einsatz", "gesperrt", "fail")
    assert cover.watermark == ""


def test_chapters_stand_in_the_order_in_which_people_read(document: Document) -> None:
    chapters = [b.id for b in document.blocks if isinstance(b, Heading) and b.level == 1]
    assert chapters == [
        "summary",
        "feature",
        "people",
        "data",
        "harms",
        "framework",
        "actions",
        "decision",
        "provenance",
        "annex",
    ]


def test_the_summary_has_a_page_of_its_own(document: Document) -> None:
    after = document.blocks.index(PageBreak()) + 1
    following = document.blocks[after]
    assert isinstance(following, Heading)
    assert following.id == "feature"


def test_heading_ids_are_the_same_in_both_languages_and_none_stands_twice(
    document: Document,
) -> None:
    english = record_document(voicebot_view("en"))
    ids = [[b.id for b in d.blocks if isinstance(b, Heading)] for d in (document, english)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0])


def test_no_heading_skips_a_level(document: Document) -> None:
    levels = [block.level for block in document.blocks if isinstance(block, Heading)]
    steps = itertools.pairwise(levels)
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in steps)


def test_a_draft_has_a_watermark_and_no_version() -> None:
    draft = record_document(voicebot_view("en", version="draft"))
    assert draft.draft
    assert draft.cover is not None
    assert (draft.cover.version, draft.cover.watermark) == ("Draft", "DRAFT")


def test_the_timestamp_is_the_records_and_never_the_clocks() -> None:
    # 2026-11-23T14:00:00Z; 1795392000 is 2026-11-23T00:00:00Z, plus 14 hours.
    assert record_document(voicebot_view("de")).timestamp == 1795392000 + 14 * 3600
    assert record_document(empty_view("de")).timestamp == 1795392000


def test_the_record_comes_out_unchanged() -> None:
    view = voicebot_view("de")
    before = copy.deepcopy(view.record)
    record_document(view)
    assert view.record == before


def test_charts_have_names_for_files_and_are_drawn_once() -> None:
    drawn = charts(voicebot_view("de"))
    assert list(drawn) == [forest_name("speech", "gender"), HEATMAP]
    view = RecordView(voicebot_view("de").record, speech_figures(), drawn, "de")
    assert charts(view)[HEATMAP] is drawn[HEATMAP]


def test_a_chart_says_in_its_alt_text_what_it_shows() -> None:
    drawn = charts(voicebot_view("de"))
    alt = drawn[forest_name("speech", "gender")].alt
    assert "Frauen" in alt
    assert "32" in alt


def test_without_figures_and_ratings_there_is_no_chart() -> None:
    assert charts(empty_view("de")) == {}


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_pdf_is_made_and_repeats_byte_by_byte(language: Any) -> None:
    typst = pytest.importorskip("impactbook.render.typst", reason="needs the typst wheel")
    attached = Attachment("record.json", b"{}", "application/json", "The record as data", "source")
    made = record_document(voicebot_view(language), [attached])
    first = typst.to_pdf(made)
    assert first.startswith(b"%PDF-")
    assert first == typst.to_pdf(made)


def test_the_html_holds_every_sentence_of_the_summary() -> None:
    import html

    from bs4 import BeautifulSoup

    from impactbook.render.html import to_html

    view = voicebot_view("de")
    page = " ".join(BeautifulSoup(to_html(record_document(view)), "html.parser").get_text().split())
    said = html.unescape(page).replace("\u00a0", " ")
    for line in lines(record_document(view).blocks[:4]):
        assert " ".join(line.split()) in said


def test_hostile_texts_stay_texts() -> None:
    """Nothing a person wrote is markup: neither Typst's, nor HTML's, nor a placeholder of ours."""
    typst = pytest.importorskip("impactbook.render.typst", reason="needs the typst wheel")
    from impactbook.render.html import to_html

    evil = '#eval("1+1") *x* $y$ {role} <script>alert(1)</script> \u202e\U0001f600'
    record = dict(voicebot_view("de").record)
    record["feature"] = {**record["feature"], "title": evil, "purpose": evil}
    record["stakeholders"] = [{**group, "name": evil} for group in record["stakeholders"]]
    record["impacts"] = [{**impact, "title": evil} for impact in record["impacts"]]
    made = record_document(RecordView(record, speech_figures(), {}, "de"))
    assert "{role} <script>alert(1)</script>" in text(made.blocks)
    assert typst.to_pdf(made).startswith(b"%PDF-")
    assert "<script" not in to_html(made)


def test_a_notebook_cell_shows_the_same_blocks() -> None:
    from impactbook.render.cells import show
    from impactbook.render.record.summary import summary

    blocks = summary(voicebot_view("en"))
    bundle = show(blocks, "en")._repr_mimebundle_()
    assert "At a glance" in bundle["text/html"]
    assert any(key.startswith("application/vnd.impactbook") for key in bundle)


def test_titles_are_plain_in_the_table_of_contents(document: Document) -> None:
    titles = [plain_text(b.runs) for b in document.blocks if isinstance(b, Heading)]
    assert all(title.strip() for title in titles)
