"""The packs that ship, asked together: duties from triage, shared questions, articles, own packs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from impactbook.cli.app import run_app
from impactbook.errors import InputError
from impactbook.execute.inputs import load_packs
from impactbook.frameworks import coverage, shipped_packs
from impactbook.frameworks.rulebook import shipped_rules
from impactbook.frameworks.sharing import articles, asked_packs
from impactbook.language import LANGUAGES, phrases
from impactbook.model.framework import Expression, Pack
from impactbook.workspace import open_workspace
from repository_workspace import copy_workspace

DAY = dt.date(2026, 11, 24)
CHAT = "chat-intent-erkennung"
RULES = {rule.id for rules in shipped_rules() for rule in rules.rules}
LEGAL = ["accessibility", "betrvg", "eu-ai-act", "gdpr", "iso-42005", "nist-ai-rmf"]

OWN = """\
schema: impactbook/framework/1
id: {id}
version: 1.0.0
as_of: 2026-11-23
title: {{de: Hausregeln, en: House rules}}
description: {{de: Eigene Regeln., en: Our own rules.}}
changelog: [{{version: 1.0.0, date: 2026-11-23, text: {{de: Erste., en: First.}}}}]
sources: [{{id: house, title: {{de: Hausregel, en: House rule}}, citation: House rule 1, confidence: H}}]
groups: [{{id: rules, kind: duty, title: {{de: Regeln, en: Rules}}, aim: {{de: Ordnung., en: Order.}}}}]
scales:
  simple:
    - {{id: done, label: {{de: Ja, en: "Yes"}}, meaning: {{de: Ja., en: Yes.}}, effect: none}}
    - {{id: undone, label: {{de: Nein, en: "No"}}, meaning: {{de: Nein., en: No.}}, effect: blocks}}
questions:
  - id: house-lunch
    group: {group}
    title: {{de: Mittagspause, en: Lunch}}
    question: {{de: Ruht der Bot mittags?, en: Does the bot rest at noon?}}
    why: {{de: Menschen essen., en: People eat.}}
    good_evidence: {{de: Ein Dienstplan., en: A rota.}}
    example: {{de: Ein Betrieb ließ ihn ruhen., en: A firm let it rest.}}
    scale: simple
    sources: [house]
    covers: ["house:1"]
    effect_unanswered: conditions
    asks: [owner]
"""


@pytest.mark.parametrize("name", sorted(shipped_packs()))
def test_every_question_says_why_gives_an_example_and_names_evidence(name: str) -> None:
    for question in shipped_packs()[name].questions:
        for text in (
            question.title,
            question.question,
            question.why,
            question.example,
            question.good_evidence,
        ):
            assert all((getattr(text, language) or "").strip() for language in LANGUAGES), (
                question.id
            )
        assert question.sources, question.id


def duties(expression: Expression | None) -> set[str]:
    if expression is None:
        return set()
    found = set(expression.duties or ())
    for part in (*(expression.all or ()), *(expression.any or ())):
        found |= duties(part)
    return found | (duties(expression.not_) if expression.not_ else set())


def test_questions_wait_for_rules_that_exist_and_every_rule_has_a_name() -> None:
    """A rule renamed would otherwise leave a question that is never asked."""
    asked = {
        rule
        for pack in shipped_packs().values()
        for question in pack.questions
        for rule in duties(question.applies)
    }
    assert asked <= RULES
    assert len(asked) >= 10
    assert {f"value-{rule}" for rule in RULES} <= set(phrases("frameworks"))


@pytest.mark.parametrize("name", LEGAL)
def test_every_article_is_served_by_a_question_that_is_asked(name: str) -> None:
    """Alone, a pack borrows from the others what it needs; nothing is asked twice."""
    (pack,) = asked_packs(shipped_packs(), [name])
    found = articles([pack], {name: coverage(pack, {}, {})}, frozenset())[name]
    assert found
    assert [one.provision.id for one in found if not one.open] == []


def test_one_answer_counts_for_every_framework_that_asks_the_same() -> None:
    together = asked_packs(shipped_packs(), ["contact-centre-ethics", *LEGAL])
    ids = [question.id for pack in together for question in pack.questions]
    assert len(ids) == len(set(ids))
    chosen = {"accountability-oversight": "in-place"}
    facts = facts_of_everything()
    coverages = {pack.id: coverage(pack, facts, chosen) for pack in together}
    for evidenced, state in ((frozenset(chosen), "evidenced"), (frozenset[str](), "answered")):
        found = articles(together, coverages, evidenced)
        served = [one for pack in found.values() for one in pack
                  if "accountability-oversight" in getattr(one, state)]  # fmt: skip
        assert {"ai-act:26(1)-(6)", "ai-act:27(1)(e)"} <= {one.provision.id for one in served}


def facts_of_everything() -> dict[str, frozenset[str]]:
    """A feature that every duty touches."""
    return {"duties": frozenset(RULES)}


def test_without_need_a_pack_stays_as_it_is() -> None:
    packs = shipped_packs()
    assert asked_packs(packs, ["contact-centre-ethics"]) == (packs["contact-centre-ethics"],)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = copy_workspace(tmp_path / "w", CHAT)
    (root / "frameworks").mkdir()
    return root


def own(root: Path, group: str = "rules", id: str = "house-rules") -> None:
    (root / "frameworks" / "house.yaml").write_text(
        OWN.format(group=group, id=id), encoding="utf-8"
    )


def named(root: Path, *names: str) -> None:
    file = root / "impactbook.toml"
    listed = ", ".join(f'"{name}"' for name in names)
    text = file.read_text("utf-8").replace(
        'frameworks = ["contact-centre-ethics"]', f"frameworks = [{listed}]"
    )
    file.write_text(text, encoding="utf-8")


def packs_of(root: Path) -> tuple[Pack, ...]:
    return load_packs(open_workspace(root))


def test_a_company_adds_a_pack_by_a_file(workspace: Path) -> None:
    own(workspace)
    assert [pack.id for pack in packs_of(workspace)] == ["contact-centre-ethics"]
    named(workspace, "contact-centre-ethics", "house-rules")
    assert packs_of(workspace)[1].questions[0].id == "house-lunch"


def test_a_company_replaces_a_pack_by_its_id(workspace: Path) -> None:
    own(workspace, id="nist-ai-rmf")
    named(workspace, "nist-ai-rmf")
    (pack,) = packs_of(workspace)
    assert [question.id for question in pack.questions] == ["house-lunch"]


def test_an_article_whose_question_was_replaced_is_open(workspace: Path) -> None:
    """The company's pack asks something else in place of the shipped one."""
    own(workspace, id="contact-centre-ethics")
    named(workspace, "contact-centre-ethics", "iso-42005")
    house, norm = packs_of(workspace)
    assert [question.id for question in house.questions] == ["house-lunch"]
    chosen = {question.id: "in-place" for question in norm.questions}
    coverages = {pack.id: coverage(pack, facts_of_everything(), chosen) for pack in (house, norm)}
    found = articles([house, norm], coverages, frozenset())["iso-42005"]
    assert {one.state for one in found if one.answered} == {"answered"}
    assert {one.state for one in found if not one.answered} == {"open"}


def test_a_pack_with_an_error_is_refused_with_file_line_and_field(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own(workspace, group="rule")
    assert run_app(["run", CHAT, "--workspace", str(workspace)]) == 2
    told = capsys.readouterr().err
    assert "house.yaml, line" in told
    assert "questions[house-lunch].group" in told
    assert "did you mean 'rules'" in told
    with pytest.raises(InputError):
        packs_of(workspace)
