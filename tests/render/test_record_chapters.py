"""What a reader of the record finds in each chapter, and what a chapter says when it is empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from assessed_voicebot import ASSESSMENT, content, empty_view, speech_figures, voicebot_view
from spoken import callouts, lines, runs_of, text

from impactbook.render.blocks import Block, Figure, Paragraph, Quote
from impactbook.render.record.annex import annex
from impactbook.render.record.data import data
from impactbook.render.record.decision import actions, decision
from impactbook.render.record.document import CHAPTERS
from impactbook.render.record.feature import feature
from impactbook.render.record.framework import framework
from impactbook.render.record.harms import harms
from impactbook.render.record.people import people
from impactbook.render.record.provenance import provenance
from impactbook.render.record.summary import summary
from impactbook.render.record.view import RecordView
from impactbook.render.sentences import metric_name

WOMEN = (
    "Bei 72 % der Sprechenden ist das Geschlecht unbekannt. Unter den übrigen kommen auf 100 "
    "erwartete Frauen 32 (bei gleicher Art der Erhebung zu erwarten: 26 bis 40)."
)


@pytest.fixture(scope="module")
def german() -> RecordView:
    return voicebot_view("de")


@pytest.fixture(scope="module")
def english() -> RecordView:
    return voicebot_view("en")


def test_the_summary_says_what_it_is_whom_it_touches_and_what_was_decided(
    german: RecordView,
) -> None:
    said = text(summary(german))
    assert "Der Assistent nimmt Zählerstände am Telefon entgegen." in said
    assert "Ältere Anrufende (besonders schutzbedürftig)" in said
    assert "Entscheidung: kein Einsatz. Freigabe: gesperrt." in said
    assert "12. November 2026 von: Leitung Service (Maren Petersen)" in said


def test_the_summary_says_what_the_data_shows_with_its_numbers(german: RecordView) -> None:
    assert WOMEN in text(summary(german))


def test_the_summary_counts_who_was_asked_and_names_who_was_not(german: RecordView) -> None:
    # 312 in the survey and 14 in the workshop.
    assert (
        "Von den betroffenen Gruppen gehört: 2 von 3 (Termine: 2, Teilnehmende insgesamt: 326). "
        "Nicht gehört wurden: Menschen, die stottern."
    ) in lines(summary(german))


def test_the_summary_does_not_hide_dissent(german: RecordView) -> None:
    said = lines(summary(german))
    assert "Ältere Anrufende: Zuerst soll immer ein Mensch abheben." in said
    assert any(line.startswith("Uneinig über „Anrufende werden nicht verstanden“") for line in said)


def test_the_summary_names_at_most_five_kinds_of_findings_those_that_block_first(
    german: RecordView,
) -> None:
    blocks = summary(german)
    start = lines(blocks).index("Was am meisten zählt") + 1
    end = next(i for i, line in enumerate(lines(blocks)) if line.startswith("Weitere Befunde"))
    told = lines(blocks)[start:end]
    assert len(told) == 5
    assert told[0].startswith("„Sprachaufnahmen“: Die Prüfung „Vertretung der Gruppen: Geschlecht“")


def test_people_who_were_not_counted_are_not_counted_as_nobody() -> None:
    assessment = _with_involvement(people=None)
    view = _view(assessment)
    assert "mindestens 312; nicht überall gezählt" in text(people(view))
    assert "Zahl der Teilnehmenden nicht festgehalten" in text(people(view))


def test_every_group_stands_with_what_it_said_and_what_changed(german: RecordView) -> None:
    blocks = people(german)
    quoted = [text(block.blocks) for block in blocks if isinstance(block, Quote)]
    assert quoted == [
        "Ich will wissen, dass da kein Mensch ist.",
        "Ich sage die Zahl dreimal, dann legt das Ding auf.",
    ]
    said = lines(blocks)
    assert "Was sich dadurch geändert hat: Der Hinweis steht jetzt im ersten Satz." in said
    assert "Was sich dadurch geändert hat: nichts festgehalten" in said


def test_a_group_that_was_not_heard_stands_in_a_box_with_the_reason(german: RecordView) -> None:
    assert ("open", "Nicht gehört – die Begründung") in callouts(people(german))
    assert "Der Verband konnte keinen Termin anbieten." in lines(people(german))


def test_the_feature_chapter_shows_who_answers_for_what(german: RecordView) -> None:
    said = lines(feature(german))
    assert any(line.startswith("Leitung Service | Maren Petersen") for line in said)
    assert any(line.startswith("Datenschutzbeauftragte | Katrin Oldenburg") for line in said)
    assert "Trainiert mit: Sprachaufnahmen" in said


def test_names_that_are_not_disclosed_are_said_to_be_so() -> None:
    record = dict(voicebot_view("de").record)
    roles = [{**role, "person": {"sealed": "0" * 64}} for role in record["assessment"]["roles"]]
    record["assessment"] = {**record["assessment"], "roles": roles}
    view = RecordView(record, (), {}, "de")
    said = text([*feature(view), *summary(view), *decision(view)])
    assert "(in dieser Ausfertigung nicht offengelegt)" in said
    assert "sealed" not in said
    assert "Entschieden am 12. November 2026 von: Leitung Service." in said


def test_data_starts_with_the_unknown_part_and_shows_plot_and_table(german: RecordView) -> None:
    blocks = data(german)
    said = lines(blocks)
    place = said.index("Wer vertreten ist: Geschlecht")
    assert said[place + 1].startswith(WOMEN)
    assert any(isinstance(block, Figure) for block in blocks)
    # 65 / 396 = 16.4 %; for two groups at once the level is 97.5 %, z = 2.2414: Wilson's limits
    # (0.168347 -+ 0.041671) / 0.506783 are 0.25 and 0.41.
    row = "Frauen | 65 / 396 | 16,4 % | 50,7 % | 0,32 | 0,26 – 0,40 | 0,25 – 0,41 | außerhalb"
    assert row in said
    assert "other | 5 / 1.411 | 0,4 % aller | – | – | – | – | –" in said


def test_what_is_not_measured_stands_in_a_box_and_is_no_pass(german: RecordView) -> None:
    blocks = data(german)
    assert ("open", "Was diese Daten nicht beantworten") in callouts(blocks)
    assert "Vertretung der Gruppen: Dialekt – Zum Dialekt wurde nichts erfasst." in lines(blocks)


def test_a_dataset_of_which_all_is_hidden_shows_no_number() -> None:
    figures = [
        f.model_copy(update={"value": None, "numerator": None, "verdict": "suppressed"})
        for f in speech_figures()
        if f.metric == "representation_ratio"
    ]
    view = RecordView(voicebot_view("de").record, figures, {}, "de")
    said = lines(data(view))
    place = said.index("Wer vertreten ist: Geschlecht")
    assert said[place + 1].startswith("Zum Merkmal „Geschlecht“ wird keine Zahl gezeigt")
    assert not any("396" in line for line in said)


def test_where_no_number_is_shown_a_group_that_surely_fails_is_named() -> None:
    """A combination nobody is in lies outside, however many people the masked ones hold."""
    verdicts = {"female": "fail", "male": "suppressed"}
    figures = [
        f.model_copy(update={"value": None, "numerator": None, "verdict": verdicts[f.group]})
        for f in speech_figures()
        if f.metric == "representation_ratio" and f.group in verdicts and f.value is not None
    ]
    view = RecordView(voicebot_view("de").record, figures, {}, "de")
    said = lines(data(view))
    place = said.index("Wer vertreten ist: Geschlecht")
    assert said[place + 1].endswith(
        "Fest steht dennoch: Außerhalb des vereinbarten Bereichs liegt „Frauen“. "
        "Für die übrigen bleibt es offen."
    )


def test_a_hidden_group_that_surely_fails_is_said_apart_from_those_left_open() -> None:
    told = {"female": "fail", "male": "suppressed"}
    figures = [
        f.model_copy(update={"value": None, "numerator": None, "verdict": told[f.group]})
        for f in speech_figures()
        if f.metric == "representation_ratio" and not f.condition
    ]
    figures.append(figures[0].model_copy(update={"group": "x", "value": 1.0, "verdict": "ok"}))
    said = lines(data(RecordView(voicebot_view("de").record, figures, {}, "de")))
    assert (
        "Für Frauen wird keine Zahl gezeigt: Sie ließe auf einzelne Menschen schließen. "
        "Fest steht: Der Wert liegt außerhalb des vereinbarten Bereichs."
    ) in said
    assert "Keine Zahl wird gezeigt für: Männer. Sie ließe auf einzelne Menschen schließen." in said


def test_raters_stand_side_by_side_without_an_average(german: RecordView) -> None:
    said = lines(harms(german))
    assert "Leitung Service | überschaubar | selten | mittel | –" in said
    # severe and significant is "very-high" in the matrix of the assessment
    assert (
        "Ältere Anrufende (Personen: 14) | schwerwiegend | wahrscheinlich | sehr hoch | "
        "überschaubar / wahrscheinlich"
    ) in said
    assert ("attention", "Uneinigkeit") in callouts(harms(german))


def test_an_impact_cites_what_the_data_shows_as_a_sentence(german: RecordView) -> None:
    assert f"{WOMEN} [speech/representation_ratio/gender/female/]" in lines(harms(german))


def test_an_impact_nobody_rated_says_so(german: RecordView) -> None:
    said = lines(harms(german))
    assert (
        "A2 | Wer Hilfe braucht, wartet länger | 0 | nicht eingeschätzt | nicht eingeschätzt"
        in said
    )
    assert ("open", "Diese Auswirkung hat noch niemand eingeschätzt") in callouts(harms(german))


def test_framework_counts_questions_by_what_they_leave_to_do(german: RecordView) -> None:
    # notice: in place; handover: planned; consent: open; chat-log: only for chats
    assert "Offenheit (Grundsatz) | 1 | 1 | 1 | 1" in lines(framework(german))


def test_every_question_shows_answer_rationale_evidence_and_source(german: RecordView) -> None:
    said = lines(framework(german))
    place = said.index("Hinweis auf die Maschine")
    assert said[place + 2 : place + 7] == [
        "Antwort: umgesetzt",
        "Begründung: Der erste Satz nennt die Maschine.",
        "Belege: Text der Ansage [announcement]",
        "Beantwortet von: Leitung Service, 5. Oktober 2026",
        "Quelle der Frage: DSGVO, Art. 13",
    ]
    assert ("open", "Noch nicht beantwortet") in callouts(framework(german))
    assert any(line.startswith("Chatprotokoll | ") for line in said)


def test_actions_have_an_owner_and_a_date_or_say_that_they_have_none(german: RecordView) -> None:
    said = lines(actions(german))
    assert (
        "Nach zwei Versuchen übernimmt ein Mensch | Schutzmaßnahme | Leitung Service | "
        "15. Dezember 2026 | offen"
    ) in said
    assert (
        "Die Fehlerrate nach Alter wird monatlich gemessen. | Bedingung | noch niemand | "
        "31. März 2027 | offen"
    ) in said


def test_the_decision_chapter_says_what_by_whom_why_and_until_when(german: RecordView) -> None:
    said = lines(decision(german))
    assert "Entschieden ist: kein Einsatz" in said
    assert "Entschieden von: Leitung Service (Maren Petersen)" in said
    assert "Nächste Überprüfung: 15. Februar 2027" in said
    assert "Für Ältere ist nicht gezeigt, dass sie verstanden werden." in said
    assert any(
        line.startswith("Aufnahmen von 400 Menschen") and "vor dem Start" in line for line in said
    )


def test_a_stale_sign_off_says_that_it_does_not_count(german: RecordView) -> None:
    rows = [line for line in lines(decision(german)) if line.startswith("Datenschutzbeauftragte |")]
    assert rows == [
        "Datenschutzbeauftragte | Katrin Oldenburg | 2. November 2026 | "
        "veraltet: galt einem früheren Stand, zählt nicht | –"
    ]


def test_a_condition_without_evidence_does_not_count_as_met() -> None:
    taken = {**ASSESSMENT["decision"]}
    taken["conditions"] = [{**taken["conditions"][0], "met": True}]
    view = _view({**ASSESSMENT, "decision": taken})
    assert any("ohne Nachweis, zählt nicht als erfüllt" in line for line in lines(decision(view)))


def test_every_finding_that_decides_stands_under_the_gate(german: RecordView) -> None:
    said = text(decision(german))
    reasons = german.record["gate"]["reasons"]
    assert len(reasons) > 3
    assert "Die Entscheidung lautet: kein Einsatz." in said
    assert (
        "Die Auswirkung „Wer Hilfe braucht, wartet länger“ hat noch niemand eingeschätzt." in said
    )


def test_provenance_names_the_command_and_every_input(german: RecordView) -> None:
    said = text(provenance(german))
    assert "impactbook verify phone-assistant@1.0.0" in said
    assert f"assessment.yaml | {'1' * 64}" in said
    assert f"impact_assessment.ipynb | {'2' * 64}" in said
    assert "Text der Ansage | (in dieser Ausfertigung nicht offengelegt)" in said


def test_a_draft_is_said_not_to_be_verifiable() -> None:
    view = voicebot_view("de", version=None)
    assert "impactbook verify" not in text(provenance(view))
    assert "Ein Entwurf ist nicht versiegelt" in text(provenance(view))


def test_the_annex_holds_every_published_figure_and_explains_intervals(german: RecordView) -> None:
    blocks = annex(german)
    said = lines(blocks)
    assert any(line.startswith("Intervalle antworten auf die Frage") for line in said)
    printed = "\n".join(said)
    names = {metric_name(figure.metric, "de").lower() for figure in speech_figures()}
    assert {name for name in names if name not in printed.lower()} == set()


def test_a_passage_in_another_language_is_marked(english: RecordView) -> None:
    blocks: list[Block] = [*summary(english), *people(english), *harms(english)]
    marked = [run for run in runs_of(blocks) if run.lang == "de"]
    assert any(run.text == "Anrufende werden nicht verstanden" for run in marked)
    assert any(
        block.lang == "de" for block in people(english) if isinstance(block, Paragraph | Quote)
    )


def test_what_the_workbook_said_in_the_records_language_is_not_marked(english: RecordView) -> None:
    assert english.written_in == "de"
    assert {run.lang for run in english.said_then("You stated the channel.")} == {None}
    in_german = RecordView({**english.record, "language": "de"}, (), {}, "en")
    assert {run.lang for run in in_german.said_then("Angegeben ist der Kanal.")} == {"de"}


def test_a_text_in_both_languages_needs_no_mark(english: RecordView) -> None:
    assert english.text({"de": "Ja", "en": "Yes"})[0].lang is None
    assert english.text({"de": "Ja"})[0].lang == "de"


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: str(chapter.__name__))
def test_an_empty_chapter_says_what_is_missing(
    chapter: Callable[[RecordView], list[Block]], language: Any
) -> None:
    """Unfinished is not wrong: a record of an empty assessment has every chapter."""
    said = lines(chapter(empty_view(language)))
    assert len(said) >= 2
    assert all(line.strip() for line in said)


def test_what_is_missing_stands_in_a_box(german: RecordView) -> None:
    empty = empty_view("de")
    for chapter in (feature, people, data, harms, decision):
        assert any(kind == "open" for kind, _ in callouts(chapter(empty))), chapter.__name__


def _view(assessment: dict[str, Any]) -> RecordView:
    return RecordView(content(assessment, "de"), (), {}, "de")


def _with_involvement(**changes: Any) -> dict[str, Any]:
    """The assessment with the workshop of the second group changed."""
    callers, elderly, *others = ASSESSMENT["stakeholders"]
    changed = {**elderly, "involvement": [{**elderly["involvement"][0], **changes}]}
    return {**ASSESSMENT, "stakeholders": [callers, changed, *others]}
