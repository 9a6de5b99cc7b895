"""A new assessment reads as advice, holds what is typical, and claims nothing."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from impactbook.errors import InputError
from impactbook.frameworks import shipped_packs
from impactbook.language import LANGUAGES, Language, phrases
from impactbook.model.assessment import Assessment
from impactbook.model.impacts import LIKELIHOODS, SEVERITIES
from impactbook.model.people import STANDARD_ROLES
from impactbook.workspace.editing import edit
from impactbook.workspace.reading import parse, read_yaml
from impactbook.workspace.scaffold import EXAMPLE_ANSWER, TEMPLATES, scaffold
from impactbook.workspace.template import NEUTRAL, facts_as_of, groups_of, template

ALL = [*TEMPLATES, None]
every_scaffold = pytest.mark.parametrize(
    ("name", "language"), [(name, language) for name in ALL for language in LANGUAGES]
)


def read(text: str) -> Assessment:
    data, lines = read_yaml(text.encode("utf-8"), "assessment.yaml")
    return parse(Assessment, data, "assessment.yaml", lines)


def uncommented(text: str) -> str:
    """The file after a person removed the single # of every example."""
    first, *rest = text.splitlines()
    return "\n".join([first, *(re.sub(r"^( *)# ", r"\1", line) for line in rest)])


@every_scaffold
def test_a_scaffold_is_a_valid_assessment_that_claims_nothing(
    name: str | None, language: Language
) -> None:
    """No rating, answer, decision, sign-off or person; the purpose is for a person to write."""
    assessment = read(scaffold("my-feature", name, language))
    assert assessment.language == language
    assert assessment.feature.title
    assert assessment.feature.purpose is None
    assert [role.role for role in assessment.roles] == list(STANDARD_ROLES)
    assert all(role.responsibility and role.person is None for role in assessment.roles)
    assert not any(group.involvement for group in assessment.stakeholders)
    assert not any(impact.ratings for impact in assessment.impacts)
    assert {safeguard.state for safeguard in assessment.safeguards} == {"proposed"}
    assert assessment.answers == {}
    assert assessment.decision.outcome is None
    assert assessment.signoffs == ()


@every_scaffold
def test_the_examples_are_valid_once_uncommented(name: str | None, language: Language) -> None:
    """Somebody who removes every single # has a file that is read, with all parts filled."""
    assessment = read(uncommented(scaffold("my-feature", name, language)))
    assert assessment.feature.purpose
    assert assessment.feature.datasets.training
    assert assessment.stakeholders[0].involvement[0].people == 8
    assert [rating.by for rating in assessment.impacts[0].ratings][1] == "owner"
    assert all(safeguard.owner for safeguard in assessment.safeguards)
    assert EXAMPLE_ANSWER[0] in assessment.answers
    assert assessment.decision.outcome == "go-with-conditions"
    assert assessment.signoffs[0].person


@every_scaffold
def test_lines_are_short_and_start_as_editors_need_them(
    name: str | None, language: Language
) -> None:
    """The first line names the schema for editors, the second is the schema; 100 columns at most."""
    lines = scaffold("my-feature", name, language).splitlines()
    assert lines[0] == ("# yaml-language-server: $schema=../../.impactbook/schemas/assessment.json")
    assert lines[1] == "schema: impactbook/assessment/1"
    assert max(map(len, lines)) <= 100
    assert not any(line != line.rstrip() for line in lines)


@every_scaffold
def test_both_languages_hold_the_same_facts(name: str | None, language: Language) -> None:
    """Ids, references and facts do not depend on the language, only texts do."""

    def facts(assessment: Assessment) -> list[object]:
        return [
            assessment.feature.channels,
            assessment.feature.acts_on,
            assessment.feature.automation,
            [(group.id, group.affected, group.vulnerable) for group in assessment.stakeholders],
            [(impact.id, impact.affects) for impact in assessment.impacts],
            [(safeguard.id, safeguard.reduces) for safeguard in assessment.safeguards],
        ]

    other: Language = "en" if language == "de" else "de"
    here, there = (read(scaffold("x", name, code)) for code in (language, other))
    assert facts(here) == facts(there)
    for mine, theirs in zip(here.impacts, there.impacts, strict=True):
        assert mine.mechanism != theirs.mechanism


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_knows_its_field(name: str) -> None:
    """Facts filled in, 4 to 7 impacts each met by a safeguard, affected and vulnerable groups."""
    chosen = template(name)
    assert chosen.id == name
    assert chosen.channels
    assert chosen.acts_on
    assert chosen.automation
    assert 4 <= len(chosen.impacts) <= 7
    assert 4 <= len(chosen.safeguards) <= 7
    groups = groups_of(chosen)
    assert {id for impact in chosen.impacts for id in impact.affects} <= {g.id for g in groups}
    reduced = {id for safeguard in chosen.safeguards for id in safeguard.reduces}
    assert reduced == {impact.id for impact in chosen.impacts}
    assert any(group.vulnerable_because for group in groups)
    assert any(impact.facts for impact in chosen.impacts)
    affected = {group.id for group in groups if group.affected}
    unmentioned = affected - {id for impact in chosen.impacts for id in impact.affects}
    assert not unmentioned, "a group counted as affected needs an impact that says how"
    assert {safeguard.owner for safeguard in chosen.safeguards} <= set(STANDARD_ROLES)


def test_every_template_file_is_listed_and_the_other_way_round() -> None:
    """A file that nobody can choose, or a name without a file, would be a slip."""
    folder = files("impactbook.workspace").joinpath("templates")
    found = {item.name.removesuffix(".yaml") for item in folder.iterdir()}
    assert found == {*TEMPLATES, NEUTRAL, "_groups", "_facts"}


def test_no_group_and_no_fact_stands_unused() -> None:
    """What no template cites would grow stale unseen."""
    chosen = [template(name) for name in ALL]
    folder = files("impactbook.workspace").joinpath("templates")
    written = {
        kind: {
            item["id"]
            for item in read_yaml(folder.joinpath(f"_{kind}.yaml").read_bytes(), kind)[0][kind]
        }
        for kind in ("groups", "facts")
    }
    assert {id for one in chosen for id in one.groups} == written["groups"]
    cited = {id for one in chosen for impact in one.impacts for id in impact.facts}
    assert cited | {id for one in chosen for id in one.watch} == written["facts"]


def test_documented_harms_are_cited_with_their_source_and_doubt() -> None:
    """A study read in the source stands plainly; one from memory carries "to be confirmed"."""
    text = " ".join(scaffold("x", "voicebot", "en").split())
    assert "(Koenecke et al. 2020, doi.org/10.1073/pnas.1915768117)" in text
    assert "noch zu bestätigen" in scaffold("x", "voicebot", "de")
    analytics = " ".join(scaffold("x", "speech-analytics", "en").split())
    assert "(Tatman 2017, ACL Anthology W17-1606; to be confirmed)" in analytics
    assert facts_as_of().isoformat() == "2026-11-23"


def test_emotion_inference_at_work_is_named_where_agents_speak() -> None:
    """The one practice that is banned outright stands at the head of the templates it can befall."""
    for name in ("quality-scoring", "sentiment", "speech-analytics", "agent-assist"):
        chosen = template(name)
        assert "emotion-at-work" in chosen.watch
        assert "agents" in chosen.acts_on


def test_the_example_answer_is_one_of_the_core_pack() -> None:
    """The question in the comment exists, and the option is one of its scale."""
    pack = shipped_packs()["contact-centre-ethics"]
    question, option = EXAMPLE_ANSWER
    assert option in {choice.id for choice in pack.options(pack.question(question))}


def test_hints_name_every_allowed_value() -> None:
    """A closed choice that grows must be explained in the scaffold too."""
    properties = Assessment.model_json_schema()["$defs"]
    feature = properties["Feature"]["properties"]
    choices = {
        "channels": feature["channels"]["items"]["enum"],
        "acts_on": feature["acts_on"]["items"]["enum"],
        "automation": feature["automation"]["anyOf"][0]["enum"],
        "sourcing": feature["sourcing"]["anyOf"][0]["enum"],
        "stage": feature["stage"]["anyOf"][0]["enum"],
        "decision": properties["Decision"]["properties"]["outcome"]["anyOf"][0]["enum"],
        "ratings": properties["Impact"]["properties"]["scale"]["anyOf"][0]["enum"],
    }
    for key, values in choices.items():
        for language in LANGUAGES:
            hint = phrases("scaffold")[key][language]
            assert not [value for value in values if value not in hint], (key, language)
    for value in (*SEVERITIES, *LIKELIHOODS):
        assert value in scaffold("x", None, "de")


def test_an_unknown_template_is_refused_with_all_names() -> None:
    """The nearest name is suggested, and every name is listed."""
    with pytest.raises(InputError) as caught:
        scaffold("x", "voice-bot", "de")
    message = str(caught.value)
    assert message.startswith(
        "template: there is no template 'voice-bot'; did you mean 'voicebot'?"
    )
    assert all(name in message for name in TEMPLATES)
    with pytest.raises(InputError, match="there is no template 'neutral'"):
        scaffold("x", "neutral", "de")


@pytest.mark.parametrize("id", ["", "Voicebot", "a/b", "..", "a" * 200, "-a", "a\n"])
def test_a_feature_id_that_is_none_is_refused(id: str) -> None:
    """The id becomes a folder name; it must not leave its place."""
    with pytest.raises(InputError, match="is no feature id"):
        scaffold(id, None, "de")


def test_comments_survive_when_impactbook_writes_to_the_file() -> None:
    """Filling in a title, an involvement and a decision keeps every comment of the scaffold."""
    before = scaffold("x", "sentiment", "de")
    after = edit(
        before.encode("utf-8"),
        {
            ("feature", "title"): "Stimmung im Chat",
            ("stakeholders", 1, "not_involved_because"): "Im Januar geplant",
            ("decision", "outcome"): "no-go",
        },
        "assessment.yaml",
    ).decode("utf-8")
    assert read(after).decision.outcome == "no-go"
    comments = [line.strip() for line in before.splitlines() if line.lstrip().startswith("#")]
    kept = [line.strip() for line in after.splitlines() if line.lstrip().startswith("#")]
    assert kept == comments


def test_phrases_speak_both_languages_differently() -> None:
    """Advice in one language only would leave half of the readers alone."""
    for key, texts in phrases("scaffold").items():
        assert set(texts) == {"de", "en"}, key
        if not key.startswith("example-"):
            assert texts["de"] != texts["en"], key
