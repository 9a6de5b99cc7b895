"""Findings as sentences: every code in both languages, ids become names, several become one."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

import pytest
from assessed_voicebot import voicebot_view
from hypothesis import given
from hypothesis import strategies as st

from impactbook.language import phrases
from impactbook.model.evidence import Figure
from impactbook.render.blocks import plain_text
from impactbook.render.record.findings import citation, grouped, said, said_together, telling

CODES: dict[str, set[str]] = {
    "feature_fact_missing": {"field"},
    "role_missing": {"role"},
    "role_unfilled": {"role"},
    "no_stakeholders": set(),
    "group_not_heard": {"group"},
    "group_not_heard_reason": {"group", "reason"},
    "dissent_remains": {"group"},
    "no_impacts": set(),
    "impact_not_rated": {"impact"},
    "affected_did_not_rate": {"impact", "count"},
    "raters_disagree": {"impact", "low_by", "low", "high_by", "high"},
    "residual_risk_high": {"impact", "level"},
    "severe_irreversible_vulnerable": {"impact"},
    "safeguard_without_owner": {"safeguard"},
    "safeguard_overdue": {"safeguard", "due"},
    "safeguard_unproven": {"safeguard"},
    "question_open": {"question"},
    "question_negative": {"question", "option"},
    "answer_unknown_question": {"question"},
    "answer_without_reason": {"question"},
    "evidence_cited_missing": {"subject", "evidence"},
    "dataset_missing": {"dataset"},
    "no_datasets": set(),
    "check_failed": {"dataset", "check", "attribute"},
    "check_attention": {"dataset", "check", "attribute"},
    "check_not_measured": {"dataset", "check", "attribute", "problem"},
    "check_not_enough_data": {"dataset", "check", "attribute"},
    "no_decision": set(),
    "decision_no_go": set(),
    "condition_open_before": {"condition"},
    "condition_overdue": {"condition", "due"},
    "condition_later": {"condition", "due"},
    "review_missing": set(),
    "review_overdue": {"due"},
    "signoff_missing": {"role"},
    "signoff_stale": {"role"},
}


def finding(code: str, effect: str = "blocks", **values: Any) -> dict[str, Any]:
    return {"id": code, "code": code, "effect": effect, "area": "impacts", "values": values}


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_its_sentences_in_both_languages(code: str) -> None:
    """Placeholders are those the finding fills; `count` is filled for several together."""
    for key, more in ((code, set[str]()), (f"{code}-many", {"count"})):
        for sentence in phrases("findings")[key].values():
            asked = {name for _, name, _, _ in Formatter().parse(sentence) if name}
            assert asked <= CODES[code] | more


def test_both_languages_ask_for_the_same_values() -> None:
    for area in ("findings", "figures", "record"):
        for key, texts in phrases(area).items():
            asked = [
                {name for _, name, _, _ in Formatter().parse(text) if name}
                for text in texts.values()
            ]
            assert set(texts) == {"de", "en"}, key
            assert asked[0] == asked[1], f"{area}: {key}"


@pytest.mark.parametrize("area", ["findings", "figures", "record"])
def test_no_phrase_claims_proof_or_compliance(area: str) -> None:
    forbidden = re.compile(
        r"gesichert|bewiesen|\bproven\b|complian|konform|garantier|guarante", re.I
    )
    for key, texts in phrases(area).items():
        for text in texts.values():
            assert not forbidden.search(text), f"{area}: {key}"


def test_ids_become_names_and_days_become_words() -> None:
    view = voicebot_view("de")
    overdue = finding("safeguard_overdue", safeguard="handover", due="2026-10-01")
    assert plain_text(said(view, overdue)) == (
        "Die Schutzmaßnahme „Nach zwei Versuchen übernimmt ein Mensch“ war am 1. Oktober 2026 "
        "fällig und ist noch nicht umgesetzt."
    )


def test_a_role_is_called_by_its_title() -> None:
    view = voicebot_view("en")
    assert "“Leitung Service”" in plain_text(said(view, finding("role_unfilled", role="owner")))
    missing = plain_text(said(view, finding("signoff_missing", role="data-protection-officer")))
    assert missing == "The sign-off by the role “Data protection officer” is missing."


def test_a_title_in_another_language_keeps_its_mark() -> None:
    view = voicebot_view("en")
    runs = said(view, finding("impact_not_rated", impact="Wer Hilfe braucht, wartet länger"))
    assert [run.text for run in runs if run.lang == "de"] == ["Wer Hilfe braucht, wartet länger"]


def test_raters_of_the_same_level_disagree_in_other_words() -> None:
    view = voicebot_view("de")
    apart = {"impact": "not-understood", "low_by": "owner", "high_by": "elderly"}
    told = plain_text(said(view, finding("raters_disagree", low="medium", high="medium", **apart)))
    assert "sehr verschieden" in told
    assert told.count("mittel") == 1


def test_several_findings_of_a_kind_are_one_sentence() -> None:
    view = voicebot_view("de")
    alike = [finding("role_unfilled", role=role) for role in ("owner", "oversight", "assessor")]
    assert plain_text(said_together(view, alike)) == (
        "Für 3 Rollen ist noch niemand benannt, darunter „Leitung Service“."
    )


def test_findings_that_block_come_first_and_data_before_paper() -> None:
    found = grouped(
        [
            finding("dissent_remains", "informs", group="elderly"),
            finding("role_missing", role="owner"),
            finding("question_open", "conditions", question="consent"),
            finding("check_failed", dataset="speech", check="representation"),
            finding("question_open", question="notice"),
        ]
    )
    assert [kind[0]["code"] for kind in found] == [
        "check_failed",
        "question_open",
        "role_missing",
        "dissent_remains",
    ]
    assert [one["effect"] for one in found[1]] == ["blocks", "conditions"]


def test_a_check_without_an_attribute_leaves_no_gap() -> None:
    view = voicebot_view("de")
    told = plain_text(said(view, finding("check_failed", dataset="speech", check="duplicates")))
    assert told == (
        "„Sprachaufnahmen“: Die Prüfung „Wiederholte Zeilen“ liegt außerhalb des vereinbarten Bereichs."
    )


def test_a_code_nobody_knows_is_shown_as_it_is() -> None:
    assert "strange_code" in plain_text(said(voicebot_view("de"), finding("strange_code")))


def test_what_is_cited_becomes_a_sentence_a_description_or_stays() -> None:
    view = voicebot_view("de")
    figure = plain_text(citation(view, "speech/representation_ratio/gender/female/"))
    assert figure.startswith("Bei 72")
    assert figure.endswith("[speech/representation_ratio/gender/female/]")
    assert plain_text(citation(view, "announcement")) == "Text der Ansage [announcement]"
    assert plain_text(citation(view, "Protokoll vom 3. Mai")) == "Protokoll vom 3. Mai"


def test_the_most_telling_figure_is_the_one_farthest_outside() -> None:
    """0.3 lies 62 % under 0.8; 2.6 lies 52 % of itself over 1.25."""

    def ratio(group: str, value: float | None) -> Figure:
        return Figure(
            id=group,
            source="s",
            kind="training_data",
            metric="representation_ratio",
            unit="person",
            group=group,
            value=value,
            threshold_low=0.8,
            threshold_high=1.25,
            verdict="fail",
        )

    assert telling([ratio("b", 2.6), ratio("a", 0.3), ratio("c", None)]).group == "a"
    assert telling([ratio("c", None)]).group == "c"


@given(
    st.sampled_from(sorted(CODES)),
    st.dictionaries(st.sampled_from(["de", "en"]), st.text(min_size=1, max_size=30), min_size=1),
)
def test_no_text_of_a_person_breaks_a_sentence(code: str, text: dict[str, str]) -> None:
    """Braces, quotes and line breaks in titles are shown, never read as a placeholder."""
    stripped = {key: value.strip() or "x" for key, value in text.items()}
    values = dict.fromkeys(CODES[code], stripped)
    view = voicebot_view("de") if not _VIEWS else _VIEWS[0]
    _VIEWS[:] = [view]
    shown = view.plain(stripped).rstrip(".")
    told = plain_text(said(view, finding(code, **values)))
    assert not values or shown in told


_VIEWS: list[Any] = []
