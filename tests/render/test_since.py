"""The page "Since version ...": from the record alone, in both languages, and only where it belongs."""

from __future__ import annotations

from typing import Any

import pytest
from assessed_voicebot import speech_figures, voicebot_record, voicebot_view

from impactbook.language import Language, phrases
from impactbook.model.changes import Changes, ItemChange, changes_json
from impactbook.model.evidence import Figure
from impactbook.records.diff import State, changes_between
from impactbook.records.differences.things import READERS, things
from impactbook.render.blocks import Block, Heading, PageBreak, Table, plain_text, to_json
from impactbook.render.html import to_html
from impactbook.render.inert import undeceiving
from impactbook.render.markdown import to_markdown
from impactbook.render.record.document import record_document
from impactbook.render.record.since import MOST, between, change_blocks, since
from impactbook.render.record.view import RecordView
from impactbook.render.terminal import to_terminal
from impactbook.render.typst import to_pdf


def changed_record(language: Language) -> dict[str, Any]:
    """The voicebot as it was: another decision, gate, rating and answer, one finding fewer."""
    record = voicebot_record(language)
    old = {**record, "version": "1.2.0"}
    old["decision"] = {**record["decision"], "outcome": "go"}
    old["gate"] = {**record["gate"], "status": "prohibited"}
    first, *rest = record["impacts"]
    rating, *others = first["ratings"]
    old["impacts"] = [
        {**first, "ratings": [{**rating, "severity": "negligible"}, *others]},
        *rest,
    ]
    old["findings"] = record["findings"][1:]
    old["evidence"] = [{**item, "fingerprint": "b" * 64} for item in record["evidence"]]
    return old


def older_figures() -> list[Figure]:
    """The same figures when all ratios were still judged to be in range."""
    return [
        figure.model_copy(update={"verdict": "ok"})
        if figure.metric == "representation_ratio"
        else figure
        for figure in speech_figures()
    ]


def changes(language: Language = "de", **new: Any) -> Changes:
    record = {**voicebot_record(language), "version": "2.0.0", **new}
    before = State("1.2.0", changed_record(language), older_figures())
    return changes_between(before, State("2.0.0", record, speech_figures()))


def view_with(found: Changes, language: Language) -> RecordView:
    previous = {"version": "1.2.0", "manifest": "a" * 64, "changes": changes_json(found)}
    return voicebot_view(language, version="2.0.0", previous=previous)


def words(blocks: list[Block]) -> str:
    return to_markdown(blocks)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ("# Seit Version 1.2.0", "Wesentlich geändert", "→ kein Einsatz", "Freigabe",
                "Schwere | geringfügig", "Neu:", "Wie verglichen wird")),
        ("en", ("# Since version 1.2.0", "Changed in substance", "→ no go", "Gate",
                "Severity | negligible", "New:", "How it is compared")),
    ],
)  # fmt: skip
def test_the_page_says_decision_gate_findings_ratings_and_figures(
    language: Language, expected: tuple[str, ...]
) -> None:
    text = words(since(view_with(changes(language), language)))
    for part in expected:
        assert part in text, part


def test_there_is_no_page_without_a_record_before_or_without_its_changes() -> None:
    assert since(voicebot_view("de", previous=None)) == []
    told = {"version": "1.2.0", "manifest": "a" * 64}
    assert since(voicebot_view("de", previous=told)) == []


def test_a_record_sealed_again_says_that_nothing_changed() -> None:
    state = State("1.2.0", {**voicebot_record("de"), "version": "1.2.0"}, speech_figures())
    found = changes_between(state, State("1.2.1", state.record, speech_figures()))
    text = words(since(view_with(found, "de")))
    assert text == "# Seit Version 1.2.0\n\nNichts hat sich geändert.\n"


def test_the_page_follows_the_summary_and_stands_alone() -> None:
    document = record_document(view_with(changes(), "de"))
    titles = [b.id for b in document.blocks if isinstance(b, Heading) and b.level == 1]
    assert titles[:3] == ["summary", "since", "feature"]
    index = next(i for i, b in enumerate(document.blocks) if getattr(b, "id", "") == "since")
    assert isinstance(document.blocks[index - 1], PageBreak)
    without = record_document(voicebot_view("de", version="1.0.0", previous=None))
    assert "since" not in [b.id for b in without.blocks if isinstance(b, Heading)]


def test_html_and_pdf_tell_the_page_and_repeat_byte_by_byte() -> None:
    document = record_document(view_with(changes(), "de"))
    again = record_document(view_with(changes(), "de"))
    assert to_json(document) == to_json(again)
    assert "Seit Version 1.2.0" in to_html(document)
    first = to_pdf(document)
    assert first.startswith(b"%PDF")
    assert to_pdf(again) == first


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_field_that_is_compared_has_a_name_in_both_languages(language: Language) -> None:
    """A field without a phrase would be printed by its name in the file."""
    record = {**voicebot_record(language)}
    fields = {
        name
        for part in READERS
        if part not in ("finding",)
        for thing in things(record, part).values()
        for name in thing.fields
    }
    assert {"severity", "due", "volume.contacts_per_month", "applies"} <= fields
    assert [name for name in sorted(fields) if f"field-{name}" not in phrases("diff")] == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_change_can_be_said_also_when_the_thing_is_gone(language: Language) -> None:
    """From a whole record to nearly nothing, and back: no sentence fails, no placeholder is left."""
    whole = {**voicebot_record(language), "version": "1.0.0"}
    bare = {**whole, "version": "2.0.0", "stakeholders": [], "impacts": [], "findings": [],
            "frameworks": [], "evidence": [], "decision": None, "attachments": [],
            "assessment": {"language": "de"}, "feature": {"id": whole["feature"]["id"]},
            "provenance": {}}  # fmt: skip
    full, empty = State("1.0.0", whole, speech_figures()), State("2.0.0", bare, ())
    for old, new in ((full, empty), (empty, full)):
        found = changes_between(old, new)
        view = RecordView(new.record, tuple(new.figures), {}, language)
        text = words(between(view, found))
        assert "{" not in text.replace("\\{", "")
        for one in found.items:
            if one.title is not None and one.part == "impact":
                assert plain_text(view.text(one.title.model_dump(exclude_none=True)))[:20] in text


def many(count: int) -> Changes:
    items = [
        {"part": "safeguard", "id": f"s-{number}", "how": "changed", "title": {"de": "Ansage"},
         "fields": [{"field": "state", "before": "planned", "after": "in-place"}]}
        for number in range(count)
    ]  # fmt: skip
    return changes().model_copy(
        update={"items": tuple(ItemChange.model_validate(item) for item in items)}
    )


def test_a_long_table_is_cut_in_the_record_and_says_so_but_not_in_the_command() -> None:
    found, view = many(MOST + 3), view_with(changes(), "de")

    def rows(blocks: list[Block]) -> int:
        return max(len(b.rows) for b in blocks if isinstance(b, Table) and "Schutz" in
                   plain_text(b.caption))  # fmt: skip

    page = change_blocks(view, found, most=MOST)
    assert rows(page) == MOST
    assert "Weitere: 3" in words(page)
    assert rows(change_blocks(view, found, most=None)) == MOST + 3


HOSTILE = "\x1b[2J<script>alert(1)</script> | *x* \u202ebot @team [a](http://e.example)"


def test_what_people_wrote_stays_text_in_terminal_markdown_and_html() -> None:
    first, *rest = voicebot_record("de")["impacts"]
    found = changes(impacts=[{**first, "title": HOSTILE}, *rest])
    view = view_with(found, "de")
    markdown, terminal = words(since(view)), to_terminal(since(view), width=400)
    assert "\\<script\\>" in markdown
    assert "a](http" not in markdown
    assert "@team" not in markdown
    assert undeceiving(HOSTILE) in terminal
    assert not {"\x1b", "\u202e"} & set(markdown + terminal)
    assert "<script>alert" not in to_html(record_document(view))


def test_a_long_text_is_cut_between_words() -> None:
    first, *rest = voicebot_record("de")["impacts"]
    found = changes(impacts=[{**first, "mechanism": "sehr lang " * 200}, *rest])
    text = words(since(view_with(found, "de")))
    assert "sehr lang …" in text
    assert text.count("sehr lang") < 40
