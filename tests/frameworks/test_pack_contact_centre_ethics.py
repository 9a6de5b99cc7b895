"""The core pack: every bullet of the article is asked about, completely, in both languages.

The list below is the article's outline, each bullet named by its heading and its first words.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from impactbook.frameworks import applicable_questions, coverage, pack_schema, shipped_packs
from impactbook.model.framework import Expression, Pack, Question
from impactbook.workspace.reading import read_yaml

ROOT = Path(__file__).resolve().parents[2]
ARTICLE = ROOT / "../shared/facts/article-ethical-ai-in-contact-centers.de.txt"
PACK_FILE = ROOT / "src/impactbook/frameworks/packs/contact-centre-ethics.yaml"

PRIVACY = "1. Datenschutz und Datensicherheit"
FAIRNESS = "2. Algorithmische Fairness"
TRANSPARENCY = "3. Transparenz und Erklärbarkeit"
ACCOUNTABILITY = "4. Rechenschaftspflicht und Aufsicht"
TRAINING = "1. Mitarbeiterschulung und Sensibilisierung"
DESIGN = "2. Ethisches Design und Entwicklung"
MONITORING = "3. Kontinuierliche Überwachung und Bewertung"
COOPERATION = "4. Zusammenarbeit mit Aufsichtsbehörden"
CONCLUSION = "Schlussfolgerung"

# (heading, first words) -> the pack's bullets; one bullet of the article may make several demands.
OUTLINE: dict[tuple[str, str], tuple[str, ...]] = {
    (PRIVACY, "Robuste Datenschutzmaßnahmen"): ("privacy-safeguards",),
    (PRIVACY, "Holen Sie"): ("privacy-consent",),
    (PRIVACY, "Sensible Informationen"): ("privacy-secure-storage", "privacy-secure-processing"),
    (PRIVACY, "Ergebnis: Schafft"): ("privacy-result",),
    (FAIRNESS, "Entwickeln und"): ("fairness-design-and-test",),
    (FAIRNESS, "Überprüfen Sie"): ("fairness-regular-review",),
    (FAIRNESS, "Verwenden Sie"): ("fairness-diverse-data", "fairness-explanations"),
    (FAIRNESS, "Ergebnis: Fördert"): ("fairness-result",),
    (TRANSPARENCY, "Erläutern Sie"): ("transparency-data-use", "transparency-decisions"),
    (TRANSPARENCY, "Kommunizieren Sie"): ("transparency-communication", "transparency-questions"),
    (TRANSPARENCY, "Ergebnis: Steigert"): ("transparency-result",),
    (ACCOUNTABILITY, "Rollen für"): ("accountability-roles",),
    (ACCOUNTABILITY, "Führen Sie"): ("accountability-audits",),
    (ACCOUNTABILITY, "Einrichtung von"): ("accountability-complaints",),
    (ACCOUNTABILITY, "Ergebnis: Gewährleistet"): (
        "accountability-result-use",
        "accountability-result-voice",
    ),
    (TRAINING, "Schulung des"): (
        "training-ethics",
        "training-data-ethics",
        "training-bias",
        "training-privacy",
    ),
    (TRAINING, "Vermitteln Sie"): ("training-decisions",),
    (TRAINING, "Ergebnis: Stärkt"): ("training-result",),
    (DESIGN, "Ethische Richtlinien"): ("design-guidelines",),
    (DESIGN, "Führen Sie"): ("design-impact-assessment",),
    (DESIGN, "Beziehen Sie"): ("design-stakeholders",),
    (DESIGN, "Ergebnis: Integriert"): ("design-result",),
    (MONITORING, "Bewerten Sie regelmäßig"): ("monitoring-implications",),
    (MONITORING, "Sammeln Sie"): ("monitoring-feedback",),
    (MONITORING, "Bewerten Sie die"): ("monitoring-satisfaction", "monitoring-trust"),
    (MONITORING, "Ergebnis: Zeigt"): ("monitoring-result",),
    (COOPERATION, "Arbeiten Sie"): ("cooperation-authorities", "cooperation-associations"),
    (COOPERATION, "Befolgen Sie"): ("cooperation-privacy-rules", "cooperation-ai-rules"),
    (COOPERATION, "Tragen Sie"): ("cooperation-frameworks",),
    (COOPERATION, "Ergebnis: Einhaltung"): ("cooperation-result",),
    (CONCLUSION, "Datenschutz"): ("priority-privacy",),
    (CONCLUSION, "Algorithmische Fairness"): ("priority-fairness",),
    (CONCLUSION, "Transparenz"): ("priority-transparency",),
    (CONCLUSION, "Verantwortlichkeit"): ("priority-accountability",),
}

# What each of the article's sections is called in the pack, and how many questions ask about it.
GROUPS = {
    "privacy": "principle",
    "fairness": "principle",
    "transparency": "principle",
    "accountability": "principle",
    "training": "strategy",
    "design": "strategy",
    "monitoring": "strategy",
    "cooperation": "strategy",
}
PROSE = ("title", "question", "why", "good_evidence", "example")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return shipped_packs()["contact-centre-ethics"]


@pytest.fixture(scope="module")
def article() -> str:
    if not ARTICLE.exists():
        pytest.skip("the article's text is not at hand beside the repository")
    return ARTICLE.read_text(encoding="utf-8")


def texts_of(value: Any, language: str | None = None) -> Iterator[str]:
    """All texts within a dumped model, or those of one language."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if language is None or key == language or not isinstance(inner, str):
                yield from texts_of(inner, language)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner, language)
    elif isinstance(value, str):
        yield value


def words(text: str) -> list[str]:
    return re.findall(r"[\w-]+", text.lower())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[at : at + length]) for at in range(len(found) - length + 1)}


def test_the_outline_is_the_articles_own(article: str) -> None:
    """Every bullet of the text is in the list, and the list names no bullet that is not there."""
    heading, bullets = "", []
    for line in article.splitlines():
        if line.startswith("- "):
            bullets.append((heading, line.removeprefix("- ")))
        elif re.match(r"\d\. |Schlussfolgerung", line):
            heading = line
    for heading, text in bullets:
        matches = [key for key in OUTLINE if key[0] == heading and text.startswith(key[1])]
        assert len(matches) == 1, (heading, text)
    assert len(bullets) == len(OUTLINE) == 34  # 15 of principles, 15 of strategies, 4 at the end


def test_the_pack_lists_exactly_the_articles_demands(pack: Pack) -> None:
    """No demand is missing from the pack's bullets, and none is invented."""
    expected = [bullet for bullets in OUTLINE.values() for bullet in bullets]
    assert sorted(expected) == sorted(bullet.id for bullet in pack.bullets)
    assert len(expected) == len(set(expected))


@pytest.mark.parametrize("bullet", [b for bullets in OUTLINE.values() for b in bullets])
def test_each_demand_is_covered_by_a_question(pack: Pack, bullet: str) -> None:
    """A demand of the article that no question asks about would go unnoticed."""
    assert [q.id for q in pack.questions if bullet in q.covers]


@pytest.mark.parametrize("bullet", [b for bullets in OUTLINE.values() for b in bullets])
def test_each_demand_stays_when_no_fact_is_stated(pack: Pack, bullet: str) -> None:
    """A team that has said nothing yet is asked about everything."""
    open_parts = {part.id: part.state for part in coverage(pack, {}, {}).bullets}
    assert open_parts[bullet] == "open"


def test_groups_are_the_four_principles_and_four_strategies(pack: Pack) -> None:
    """The article's order and its two kinds are kept, and each group has its questions."""
    assert {group.id: group.kind for group in pack.groups} == GROUPS
    assert list(GROUPS) == [group.id for group in pack.groups]
    for group in pack.groups:
        assert len([q for q in pack.questions if q.group == group.id]) >= 4
    assert [q.group for q in pack.questions] == sorted(
        (q.group for q in pack.questions), key=list(GROUPS).index
    )


def test_every_text_stands_in_german_and_in_english(pack: Pack) -> None:
    """Titles, aims, options, bullets and all prose exist twice, and differ."""
    dumped = pack.model_dump(mode="json")
    for part in _translated_parts(dumped):
        assert part["de"], part
        assert part["en"], part
    for question in pack.questions:
        for name in PROSE:
            text = getattr(question, name)
            assert text.de != text.en, (question.id, name)


def _translated_parts(value: Any) -> Iterator[dict[str, str]]:
    if isinstance(value, dict) and value.keys() == {"de", "en"}:
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _translated_parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _translated_parts(inner)


def test_every_question_says_why_and_what_proves_it(pack: Pack) -> None:
    """Why, evidence and example are worked out in both languages, about equally long."""
    for question in pack.questions:
        for name, least in (("question", 10), ("why", 20), ("good_evidence", 20), ("example", 20)):
            german = len(words(getattr(question, name).de or ""))
            english = len(words(getattr(question, name).en or ""))
            assert german >= least * 0.8, (question.id, name, german)
            assert english >= least, (question.id, name, english)
            assert 0.6 <= german / english <= 1.3, (question.id, name, german, english)


def test_examples_say_whether_they_are_made_up_or_real(pack: Pack) -> None:
    """An invented answer is called an example answer; a real case cites more than the article."""
    for question in pack.questions:
        german, english = question.example.de or "", question.example.en or ""
        if german.startswith("Fall: "):
            assert english.startswith("Case: "), question.id
            assert set(question.sources) - {"article"}, question.id
        else:
            assert german.startswith("Beispielantwort: „"), question.id
            assert english.startswith("Example answer: “"), question.id


def test_quotation_marks_are_those_of_the_language(pack: Pack) -> None:
    """German opens low, English opens high, and each quotation is closed."""
    dumped = pack.model_dump(mode="json")
    german, english = " ".join(texts_of(dumped, "de")), " ".join(texts_of(dumped, "en"))
    assert german.count("„") == german.count("“")
    assert english.count("“") == english.count("”")
    assert '"' not in german + english
    assert "„" not in english
    assert "”" not in german


def test_the_team_is_addressed_formally(pack: Pack) -> None:
    """The German pack says Sie throughout."""
    german = " ".join(texts_of(pack.model_dump(mode="json"), "de"))
    assert not re.search(r"\b(habt|wisst|könnt|könntet|sagt ihr|euch|eure[mnrs]?)\b", german, re.I)


def test_nothing_is_copied_from_the_article(pack: Pack, article: str) -> None:
    """Not even three words in a row are the article's own; longer quotations all the less."""
    quoted = runs(article, 3)
    for text in texts_of(pack.model_dump(mode="json")):
        assert not runs(text, 3) & quoted, text


def test_no_promise_of_conformity(pack: Pack) -> None:
    """A questionnaire cannot find anything lawful, so it never says so."""
    text = " ".join(texts_of(pack.model_dump(mode="json"))).lower()
    assert not re.search(r"complian|konform|rechtssicher|gesetzeskonform", text)


def test_unconfirmed_facts_say_so(pack: Pack) -> None:
    """A question that rests on a source of confidence M or L shows "to be confirmed"."""
    confidence = {source.id: source.confidence for source in pack.sources}
    for question in pack.questions:
        note = question.legal_note
        in_note = set(note.sources) if note is not None and note.confidence != "H" else set()
        prose = [question.why, question.good_evidence, question.example]
        for source in question.sources:
            if confidence[source] == "H" or source in in_note:
                continue
            assert "zu bestätigen" in " ".join(text.de or "" for text in prose), question.id
            assert "to be confirmed" in " ".join(text.en or "" for text in prose), question.id


def test_a_legal_note_is_no_surer_than_its_sources(pack: Pack) -> None:
    """The weakest source sets the confidence."""
    order = {"H": 0, "M": 1, "L": 2}
    confidence = {source.id: source.confidence for source in pack.sources}
    notes = [q.legal_note for q in pack.questions if q.legal_note is not None]
    assert notes
    for note in notes:
        assert order[note.confidence] >= max(order[confidence[id]] for id in note.sources), note


def test_status_and_date_of_legal_notes_agree(pack: Pack) -> None:
    """What applies later than the pack's date is not called in force."""
    for question in pack.questions:
        note = question.legal_note
        if note is None or note.applies_from is None:
            continue
        later = note.applies_from > pack.as_of
        assert (note.status == "not-yet-applicable") == later, question.id


def test_every_source_and_scale_is_used(pack: Pack) -> None:
    """What nobody refers to has been forgotten, or a question has lost it."""
    notes = [q.legal_note for q in pack.questions if q.legal_note is not None]
    used = {s for q in pack.questions for s in q.sources} | {s for n in notes for s in n.sources}
    assert used == {source.id for source in pack.sources}
    assert {q.scale for q in pack.questions} == set(pack.scales)


def test_every_scale_has_an_answer_without_effect_and_one_with(pack: Pack) -> None:
    """A good answer costs nothing, and the worst one is noticed."""
    for name, options in pack.scales.items():
        effects = [option.effect for option in options]
        assert effects[0] == "none", name
        assert {"informs", "conditions", "blocks"} & set(effects), name


def test_silence_is_never_better_than_the_worst_answer(pack: Pack) -> None:
    """Where an answer may block, leaving the question open has at least a condition."""
    order = ["none", "informs", "conditions", "blocks"]
    for question in pack.questions:
        worst = max(order.index(option.effect) for option in pack.options(question))
        open_effect = order.index(question.effect_unanswered)
        assert open_effect >= min(worst, order.index("informs")), question.id
        if worst == order.index("blocks"):
            assert question.effect_unanswered == "blocks", question.id


FACTS = {
    "voice, callers": {"channels": {"voice"}, "acts_on": {"callers"}},
    "chat, callers": {"channels": {"chat"}, "acts_on": {"callers"}},
    "voice, agents": {"channels": {"voice"}, "acts_on": {"agents"}},
}


@pytest.mark.parametrize(
    ("question", "asked_of"),
    [
        ("privacy-recording", {"voice, callers", "voice, agents"}),
        ("privacy-voiceprint", {"voice, callers", "voice, agents"}),
        ("fairness-accents", {"voice, callers", "voice, agents"}),
        ("fairness-written-language", {"chat, callers"}),
        ("fairness-agents", {"voice, agents"}),
        ("transparency-agents", {"voice, agents"}),
        ("design-works-council", {"voice, agents"}),
        ("monitoring-agents", {"voice, agents"}),
        ("design-emotion-inference", {"voice, callers", "voice, agents"}),
        ("transparency-ai-disclosure", {"voice, callers", "chat, callers"}),
        ("fairness-way-to-a-person", {"voice, callers", "chat, callers"}),
        ("privacy-purposes", set(FACTS)),
    ],
)
def test_questions_reach_the_features_they_are_meant_for(
    pack: Pack, question: str, asked_of: set[str]
) -> None:
    """Voice questions reach voice features, questions about agents those that act on agents."""
    found = {
        name
        for name, facts in FACTS.items()
        if question
        in [
            q.id for q, _ in applicable_questions(pack, {k: frozenset(v) for k, v in facts.items()})
        ]
    }
    assert found == asked_of


def test_a_feature_is_asked_a_bearable_number_of_questions(pack: Pack) -> None:
    """Whatever the facts, between 30 and 46 questions remain."""
    facts = {
        "channels": [{"voice"}, {"chat"}, {"email"}],
        "acts_on": [{"callers"}, {"agents"}],
        "automation": [{"informs"}, {"recommends"}, {"decides-alone"}],
        "sourcing": [{"own-build"}, {"bought"}],
        "has": [set(), {"training-data"}],
    }
    for values in itertools.product(*facts.values()):
        stated = {name: frozenset(value) for name, value in zip(facts, values, strict=True)}
        assert 30 <= len(applicable_questions(pack, stated)) <= 46, stated


def test_no_expression_hides_a_question_for_good(pack: Pack) -> None:
    """Each question with a condition applies to some feature and not to some other."""
    everything = {
        name: frozenset(_all_values(name))
        for name in ("channels", "acts_on", "automation", "sourcing", "has")
    }
    nothing: dict[str, frozenset[str]] = {name: frozenset() for name in everything}
    conditional = [q for q in pack.questions if q.applies is not None]
    asked = {q.id for q, _ in applicable_questions(pack, everything)}
    still_asked = {q.id for q, _ in applicable_questions(pack, nothing)}
    assert {q.id for q in conditional} <= asked
    assert not {q.id for q in conditional} & still_asked


def _all_values(fact: str) -> list[str]:
    schema = Expression.model_json_schema()["$defs"]["Expression"]["properties"][fact]
    return list(schema["items"]["enum"])


def test_the_file_meets_the_published_json_schema() -> None:
    """The schema that `impactbook schema framework` prints accepts the shipped pack."""
    jsonschema = pytest.importorskip("jsonschema", reason="install impactbook[test]")
    data, _ = read_yaml(PACK_FILE.read_bytes(), PACK_FILE.name)
    plain = json.loads(json.dumps(data, default=str))
    jsonschema.Draft202012Validator(pack_schema()).validate(plain)


def test_roles_fit_the_subject(pack: Pack) -> None:
    """The works council is asked wherever agents alone are concerned."""

    def concerns_agents(question: Question) -> bool:
        return question.applies is not None and question.applies.acts_on == ("agents",)

    concerned = [question for question in pack.questions if concerns_agents(question)]
    assert len(concerned) == 4
    assert all("works-council" in question.asks for question in concerned)
