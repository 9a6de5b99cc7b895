"""Triage as a person meets it: `new`, the facts filled in, what applies, and the gate.

The expected tables name articles; they were worked out by hand from the facts stated.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from impactbook.assess.triage_content import triage_content
from impactbook.frameworks.rulebook import shipped_rules
from impactbook.frameworks.triage import Outcome, triage
from impactbook.language import LANGUAGES
from impactbook.model.assessment import Assessment
from impactbook.model.legal_facts import LEGAL_FACT_VALUES, LegalFacts
from impactbook.workspace.reading import parse, read_yaml
from impactbook.workspace.scaffold import scaffold
from impactbook.workspace.template import TEMPLATES

DAY = dt.date(2026, 11, 24)
SETTINGS = 'schema = "impactbook/workspace/1"\nlanguage = "en"\n'

COMPANY: dict[str, Any] = {
    "agents_shown_excluded": False,
    "emotion_ground": "none",
    "significant_effect": False,
    "profiling": False,
    "goals": ["service"],
    "older_generator": False,
    "organisation": "private",
    "special_category_tests": False,
    "stores_on_device": False,
    "works_council": True,
    "consumers": True,
}
"""What a private German company with a works council adds to any of the templates."""

ADDED: dict[str, dict[str, Any]] = {
    "voicebot": {"recording": "stored-audio"},
    "chatbot": {"stores_on_device": True},
    "call-routing": {"recording": "none"},
    "agent-assist": {"recording": "live-transcription"},
    "quality-scoring": {"recording": "stored-audio", "significant_effect": True},
    "sentiment": {"input": ["voice"], "analysed_side": "callers", "recording": "none"},
    "outbound-scoring": {"recording": "none"},
    "speech-analytics": {},
}
"""What a team adds to one template; the rest is filled in by the template itself."""

# A bought feature in Germany that handles personal data, with a works council.
ALWAYS = {
    "Art. 4",
    "Art. 5, 6, 7, 25, 30, 32",
    "Art. 13 and 14",
    "EDPB Opinion 28/2024",
    "BetrVG, section 90(1) no. 3",
    "BetrVG, section 80(3)",
}
DPIA = {"Art. 35(7) and (9), Art. 36", "BDSG, section 38"}
WORKERS = {"BetrVG, section 87(1) no. 6", "BDSG, section 26; CJEU C-34/21"}
HIGH_RISK = {"Art. 26(1)-(6)", "Art. 26(7)", "Art. 26(9)", "Art. 72 and 73"}
STEERS, EMPLOYEES = "Art. 35; DSK list no. 11", "Art. 35; DSK list no. 8"
AUDIO = "Art. 35; DSK list no. 13"
WORKS, RECORD = "BetrVG, section 87(1) no. 6", "StGB, section 201"

EXPECTED: dict[str, tuple[set[str], set[str]]] = {
    "voicebot": (
        {"Art. 50(1)", "Art. 50(2)", STEERS, RECORD, *DPIA},
        {"Art. 50(4)", WORKS, "BFSG", "EN 301 549"},
    ),
    "chatbot": (
        {"Art. 50(1)", "Art. 50(2)", STEERS, "TDDDG, section 25", *DPIA},
        {WORKS, "BFSG", "EN 301 549"},
    ),
    "call-routing": (
        {"Annex III 4(b)", "Art. 26(11)", STEERS, EMPLOYEES, *HIGH_RISK, *DPIA, *WORKERS},
        {"Art. 35(1) and (3)", "BFSG"},
    ),
    "agent-assist": ({"Art. 50(2)", *WORKERS}, {"Art. 50(1)", RECORD, "BFSG"}),
    "quality-scoring": (
        {"Annex III 4(b)", "Art. 26(11)", "Art. 86", EMPLOYEES, RECORD,
         *HIGH_RISK, *DPIA, *WORKERS},
        {"Art. 22; CJEU C-634/21", "Art. 15(1)(h); CJEU C-203/22", "Art. 35(1) and (3)", "BFSG"},
    ),
    "sentiment": (
        {"Annex III 1(c)", "Art. 50(3)", STEERS, AUDIO, *HIGH_RISK, *DPIA, *WORKERS},
        {"Art. 5(1)(a) and (b)", "Art. 6(3) and (4)", "Art. 35(1) and (3)", "BFSG"},
    ),
    "outbound-scoring": (
        {"UWG, section 7a", STEERS, *DPIA},
        {"Art. 5(1)(a) and (b)", "Art. 35(1) and (3)", WORKS, "BFSG"},
    ),
    "speech-analytics": ({RECORD, *WORKERS}, {"BFSG"}),
}  # fmt: skip
"""For each template: the articles that apply, and those on which a person has to answer."""


def filled_in(name: str, **changed: Any) -> Assessment:
    """The scaffold of a template as a team would fill it in; only what is unknown is added."""
    data, lines = read_yaml(scaffold("f", name, "en").encode(), "assessment.yaml")
    stated = data["feature"]["facts"]
    added = {**COMPANY, **ADDED[name]}
    unknown = {key: added[key] for key, value in stated.items() if value == "unknown"}
    data["feature"] |= {"regions": ["DE"], "sourcing": "bought"}
    data["feature"]["facts"] = {**stated, **unknown, **changed}
    return parse(Assessment, data, "assessment.yaml", lines)


def outcomes(name: str, **changed: Any) -> tuple[Outcome, ...]:
    return triage(filled_in(name, **changed).feature, shipped_rules(), DAY)


def articles(found: tuple[Outcome, ...], result: str) -> set[str | None]:
    return {one.rule.article.en for one in found if one.result == result}


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_applies_to_each_template(name: str) -> None:
    """The eight templates, filled in plausibly, against the expected articles; nothing more."""
    applies, asked = EXPECTED[name]
    found = outcomes(name)
    assert articles(found, "applies") == ALWAYS | applies
    assert articles(found, "needs_human_answer") == asked
    assert articles(found, "prohibited") == set()
    assert not any(one.missing for one in found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*TEMPLATES, None])
def test_a_scaffold_lists_every_fact_with_an_explanation(name: str | None, language: Any) -> None:
    """All facts stand there in the order of the model, each below a comment with its values."""
    text = scaffold("f", name, language)
    part = text.split("\n  facts:\n")[1].split("\n\n")[0].splitlines()
    keys = [line.strip().partition(":")[0] for line in part if not line.strip().startswith("#")]
    assert keys == list(LEGAL_FACT_VALUES)
    for line, after in itertools.pairwise(part):
        if not after.strip().startswith("#"):
            assert line.strip().startswith("##"), after
    if name is None:
        assert all(": unknown" in line for line in part if not line.strip().startswith("#"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_outcome_says_why_in_words(name: str, language: Any) -> None:
    """Sentences of either language, without placeholders or names of facts from the file."""
    found = outcomes(name)
    content = triage_content(shipped_rules(), found, {})
    coded = re.compile(r"[{}]|\b[a-z]+_[a-z_]+\b")
    for one in content["outcomes"]:
        words = " ".join(one["because"][language])
        assert words.endswith((".", "?")), one["id"]
        assert not coded.search(words), one["id"]
    start = {"de": "Weil Sie angegeben haben: ", "en": "Because you said: "}[language]
    touching = [one for one in content["outcomes"] if one["id"] == "dsk-11"]
    assert touching[0]["because"][language][0].startswith(start)


def test_doubtful_articles_are_to_be_confirmed() -> None:
    """Confidence M and L stands beside the day in both languages, H does not."""
    content = triage_content(shipped_rules(), outcomes("voicebot"), {})
    for one in content["outcomes"]:
        doubted = one["confidence"] != "H"
        assert ("to be confirmed" in one["standing"]["en"]) == doubted, one["id"]
        assert ("zu bestätigen" in one["standing"]["de"]) == doubted, one["id"]


def test_the_schema_of_an_assessment_covers_the_facts(impactbook: Any, tmp_path: Path) -> None:
    """An editor that reads the schema knows every fact, and that it may be `unknown`."""
    (tmp_path / "impactbook.toml").write_text(SETTINGS, encoding="utf-8")
    schema = json.loads(impactbook("schema", "assessment", cwd=tmp_path).stdout)
    facts = schema["$defs"]["LegalFacts"]["properties"]
    assert list(facts) == list(LEGAL_FACT_VALUES) == list(LegalFacts.model_fields)
    assert all({"const": "unknown"} in one["anyOf"] for one in facts.values())


@pytest.fixture
def mood(impactbook: Any, tmp_path: Path) -> Path:
    """A workspace with one new feature that recognises callers' emotions from their voice."""
    assert impactbook("init", tmp_path, "--lang", "en").returncode == 0
    made = impactbook("new", "mood", "--template", "sentiment", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    path = tmp_path / "assessments/mood/assessment.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in (
        ("    input: unknown", "    input: [voice]"),
        ("    analysed_side: unknown", "    analysed_side: callers"),
        ("feature:\n", "feature:\n  regions: [DE]\n"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return tmp_path


def _turn_to_agents(root: Path) -> None:
    path = root / "assessments/mood/assessment.yaml"
    text = path.read_text(encoding="utf-8")
    changed = text.replace("analysed_side: callers", "analysed_side: agents")
    assert changed != text
    path.write_text(changed, encoding="utf-8")


def _results(impactbook: Any, root: Path) -> dict[str, str]:
    done = impactbook("triage", "mood", "--format", "json", "--as-of", "2026-11-24", cwd=root)
    assert done.returncode == 0, done.stderr
    return {one["id"]: one["result"] for one in json.loads(done.stdout)["outcomes"]}


def test_the_command_tells_what_applies(impactbook: Any, mood: Path) -> None:
    """The table names framework, article, result, day and the facts that decided."""
    done = impactbook("triage", "mood", "--lang", "de", "--as-of", "2026-11-24", cwd=mood)
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())
    for words in ("Was gilt", "KI-Verordnung (EU)", "Anhang III", "Weil Sie"):
        assert words in told
    assert impactbook("triage", "nobody", cwd=mood).returncode == 2


def test_from_callers_to_agents_changes_the_duties(impactbook: Any, mood: Path) -> None:
    """One word in the file: high risk with a notice becomes a prohibited practice."""
    before = _results(impactbook, mood)
    _turn_to_agents(mood)
    after = _results(impactbook, mood)
    assert (before["ai-act-5-1-f"], after["ai-act-5-1-f"]) == ("does_not", "prohibited")
    assert (before["ai-act-annex-3-1-c"], after["ai-act-annex-3-1-c"]) == ("applies", "does_not")
    assert before["ai-act-50-3"] == "applies"


@pytest.mark.slow
def test_from_callers_to_agents_changes_the_gate(impactbook: Any, mood: Path) -> None:
    """The draft's gate goes from `blocked` to `prohibited`, with the article and what was said."""
    dated = ("--as-of", "2026-11-24")
    assert impactbook("run", "mood", "--draft", *dated, cwd=mood).returncode == 0
    before = impactbook("gate", "mood", "--draft", *dated, cwd=mood)
    assert before.returncode == 1
    assert "mood@draft: blocked" in before.stdout
    assert "triage_fact_missing" in before.stdout
    _turn_to_agents(mood)
    assert impactbook("run", "mood", "--draft", *dated, cwd=mood).returncode == 0
    after = impactbook("gate", "mood", "--draft", *dated, cwd=mood)
    assert after.returncode == 1
    assert "mood@draft: prohibited" in after.stdout
    assert "Art. 5(1)(f)" in after.stdout
    assert "Because you said" in after.stdout
    record = json.loads((mood / "outputs/mood/draft/record.json").read_text(encoding="utf-8"))
    assert record["gate"] == {
        "status": "prohibited",
        "reasons": ["prohibited_practice:ai-act-5-1-f"],
    }
    page = (mood / "outputs/mood/draft/record.html").read_text(encoding="utf-8")
    assert "What applies" in page
    assert "Emotion inference at the workplace" in page
