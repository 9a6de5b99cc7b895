"""The three worked samples: they parse, are complete, and say only what their data shows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from impactbook.assess import Inputs, assess
from impactbook.assess.gate import judge
from impactbook.frameworks.applicability import facts_of
from impactbook.frameworks.coverage import coverage, unclaimed_answers
from impactbook.frameworks.loader import shipped_packs
from impactbook.frameworks.rulebook import shipped_rules
from impactbook.language import number
from impactbook.model.assessment import Assessment
from impactbook.model.config import GatePolicy
from impactbook.model.evidence import DatasetEvidence, Figure
from impactbook.model.impacts import SEVERITIES
from impactbook.model.legal_facts import LEGAL_FACT_VALUES
from impactbook.model.people import STANDARD_ROLES
from impactbook.workspace.digests import content_digest
from impactbook.workspace.reading import parse, read_yaml

ROOT = Path(__file__).resolve().parents[1]
DATASETS = {
    "voicebot-spracherkennung": "voicebot-sprachdaten",
    "outbound-propensity": "bank-telefonkampagne",
    "chat-intent-erkennung": "chat-intents-banking77",
}
SAMPLES = tuple(DATASETS)
AS_OF = dt.date(2026, 11, 23)
every_sample = pytest.mark.parametrize("sample", SAMPLES)


def _text(sample: str) -> str:
    return (ROOT / "assessments" / sample / "assessment.yaml").read_text(encoding="utf-8")


@cache
def _data(sample: str) -> dict[str, Any]:
    data, _ = read_yaml(_text(sample).encode(), sample)
    assert isinstance(data, dict)
    return data


@cache
def _assessment(sample: str) -> Assessment:
    return parse(Assessment, _data(sample), sample)


@cache
def _evidence(sample: str) -> DatasetEvidence:
    from impactbook.checks import check_dataset
    from impactbook.model.dataset import Dataset

    name, folder = DATASETS[sample], ROOT / "data_checks"
    data, lines = read_yaml((folder / f"{name}.yaml").read_bytes(), name)
    return check_dataset(
        name,
        parse(Dataset, data, name, lines),
        folder=folder,
        limit=5,
        references=folder / "references",
    )


def _figure(sample: str, figure_id: str) -> Figure:
    return next(figure for figure in _evidence(sample).figures if figure.id == figure_id)


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every plain value with its path; items of lists are named `[]`."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, (*path, "[]"))
    else:
        yield path, value


def _prose(sample: str) -> str:
    """All texts with their line breaks undone, so that a phrase is found wherever it was wrapped."""
    texts = [str(value) for _, value in _leaves(_data(sample)) if isinstance(value, str)]
    return re.sub(r"\s+", " ", "\n".join(texts))


def _cited(sample: str) -> list[str]:
    assessment = _assessment(sample)
    cited = [item for impact in assessment.impacts for item in impact.evidence]
    cited += [item for answer in assessment.answers.values() for item in answer.evidence]
    return [item for item in cited if item.startswith(f"{DATASETS[sample]}/")]


@every_sample
def test_first_lines_lead_an_editor_to_the_schema(sample: str) -> None:
    """An editor finds the JSON Schema in the first line, a person a German comment below it."""
    first, second, *_ = _text(sample).splitlines()
    assert first == ("# yaml-language-server: $schema=../../.impactbook/schemas/assessment.json")
    assert second.startswith("#")


@every_sample
def test_everything_a_practitioner_expects_is_there(sample: str) -> None:
    """Six roles with a person, five to eight groups, impacts and safeguards, a dated decision."""
    found = _assessment(sample)
    assert set(STANDARD_ROLES) <= {role.role for role in found.roles if role.person}
    assert 5 <= len(found.stakeholders) <= 8
    assert 5 <= len(found.impacts) <= 8
    assert 6 <= len(found.safeguards) <= 9
    assert found.decision.outcome is not None
    assert found.decision.reasons is not None
    assert found.decision.conditions
    assert found.feature.datasets.training == (DATASETS[sample],)


@every_sample
def test_groups_were_heard_or_the_reason_stands_there(sample: str) -> None:
    """Every group tells what it said or why it was not asked; one group's dissent remains."""
    groups = _assessment(sample).stakeholders
    for group in groups:
        assert bool(group.involvement) != bool(group.not_involved_because), group.id
        assert all(item.said and item.people for item in group.involvement), group.id
    assert any(item.dissent for group in groups for item in group.involvement)
    assert any(group.vulnerable for group in groups)


@every_sample
def test_raters_really_disagree_about_an_impact(sample: str) -> None:
    """At least one impact is rated two steps apart, and the owner is the one who sees less."""
    apart = []
    for impact in _assessment(sample).impacts:
        steps = {rating.by: SEVERITIES.index(rating.severity) for rating in impact.ratings}
        assert len(steps) >= 2, f"{impact.id} has one rater only"
        if max(steps.values()) - min(steps.values()) >= 2:
            apart.append(min(steps, key=lambda name: steps[name]))
    assert "owner" in apart


@every_sample
def test_every_impact_is_met_by_a_safeguard_and_proof_backs_what_is_in_place(sample: str) -> None:
    """No impact stands alone; a safeguard in place has evidence, any other has an owner and date."""
    found = _assessment(sample)
    met = {impact for safeguard in found.safeguards for impact in safeguard.reduces}
    assert met == {impact.id for impact in found.impacts}
    for item in found.safeguards:
        assert item.owner, item.id
        assert item.due, item.id
        assert (item.state == "in-place") == (item.evidence is not None), item.id


@every_sample
def test_every_applicable_question_is_answered_with_a_reason(sample: str) -> None:
    """No question of the pack is open, none is answered that does not apply, each has a reason."""
    found, pack = _assessment(sample), shipped_packs()["contact-centre-ethics"]
    chosen = {question: answer.value for question, answer in found.answers.items()}
    covered = coverage(pack, facts_of(found.feature), chosen)
    assert [question.id for question in covered.questions_in("open")] == []
    not_asked = {question.id for question in covered.questions_in("not-applicable")}
    assert not_asked & set(chosen) == set()
    assert unclaimed_answers([pack], chosen) == ()
    for question, answer in found.answers.items():
        assert None not in (answer.rationale, answer.by, answer.on), question


@every_sample
def test_answers_are_an_honest_mix(sample: str) -> None:
    """Not everything is in place: some answers set conditions, and some are fully met."""
    pack, found = shipped_packs()["contact-centre-ethics"], _assessment(sample)
    effects = [
        option.effect
        for id, answer in found.answers.items()
        for option in pack.options(pack.question(id))
        if option.id == answer.value
    ]
    assert effects.count("none") >= 5
    assert effects.count("conditions") + effects.count("blocks") >= 5


@every_sample
def test_dates_follow_one_another(sample: str) -> None:
    """People were heard and questions answered before the decision, which comes before consent."""
    found = _assessment(sample)
    decided, review = found.decision.on, found.decision.next_review
    assert decided is not None
    assert review is not None
    before = [item.date for group in found.stakeholders for item in group.involvement]
    before += [rating.on for impact in found.impacts for rating in impact.ratings if rating.on]
    before += [answer.on for answer in found.answers.values() if answer.on]
    assert dt.date(2026, 1, 1) <= min(before)
    assert max(before) <= decided
    assert all(decided <= item.on <= AS_OF for item in found.signoffs)
    assert review.year == 2027
    weekdays = [decided, review, *(item.on for item in found.signoffs)]
    assert all(day.weekday() < 5 for day in weekdays)


@every_sample
def test_signoffs_stand_on_the_present_content(sample: str) -> None:
    """A changed sample makes its sign-offs stale; the message tells the digest to write."""
    digest = content_digest(_data(sample))
    stale = [item.role for item in _assessment(sample).signoffs if item.digest != digest]
    assert not stale, (
        f"{sample}: the content changed after {', '.join(stale)} signed; "
        f"read it again, then write digest: {digest}"
    )


def test_one_sample_shows_consent_that_was_refused() -> None:
    """The voicebot lacks the data protection officer's sign-off, and the reasons say why."""
    found = _assessment("voicebot-spracherkennung")
    assert {item.role for item in found.signoffs} == {"owner", "works-council"}
    assert found.decision.outcome == "no-go"
    assert "Datenschutzbeauftragte hat ihre Zustimmung verweigert" in _prose(
        "voicebot-spracherkennung"
    )
    for sample in ("outbound-propensity", "chat-intent-erkennung"):
        signed = {item.role for item in _assessment(sample).signoffs}
        assert signed == {"owner", "data-protection-officer", "works-council"}


@every_sample
def test_attachments_exist_and_are_all_declared(sample: str) -> None:
    """Each file in `attachments/` is declared and each declared file is there."""
    folder = ROOT / "assessments" / sample / "attachments"
    declared = {item.file for item in _assessment(sample).attachments}
    assert declared == {path.name for path in folder.iterdir()}


@every_sample
def test_names_of_people_stand_only_where_they_are_sealed(sample: str) -> None:
    """A person's name or surname occurs in `person` alone, so no text gives it away."""
    leaves = list(_leaves(_data(sample)))
    people = {str(value) for path, value in leaves if path[-1] == "person"}
    surnames = {person.split()[-1] for person in people}
    others = "\n".join(str(value) for path, value in leaves if path[-1] != "person")
    others += "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "assessments" / sample / "attachments").iterdir()
    )
    assert len(people) >= 6
    assert [name for name in sorted(surnames) if re.search(rf"\b{name}\b", others)] == []


@every_sample
def test_no_sample_promises_what_nobody_can_promise(sample: str) -> None:
    """Words that claim compliance or proof occur nowhere, attachments included."""
    folder = ROOT / "assessments" / sample
    text = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())
    found = re.findall(
        r"\w*(?:konform|compliant|compliance with|bewiesen|beweist|proven|diskriminierungsfrei)\w*",
        text,
        re.I,
    )
    assert found == []


def test_the_bilingual_sample_says_everything_in_both_languages() -> None:
    """In the chat sample every text has German and English, and they differ."""
    one_language = {"schema", "language", "provider", "person", "file", "id", "digest", "role"}
    one_language |= {"by", "owner", "due", "value", "severity", "likelihood", "state", "method"}
    one_language |= set(LEGAL_FACT_VALUES)
    one_language |= {"sourcing", "automation", "stage", "reversibility", "scale", "outcome"}
    for path, value in _leaves(_data("chat-intent-erkennung")):
        if isinstance(value, str) and path[-1] not in {"de", "en", "[]"} | one_language:
            assert value in {"IT"}, f"{'.'.join(path)} is in one language only"

    def walk(value: Any) -> Iterator[dict[str, str]]:
        if isinstance(value, dict):
            if set(value) <= {"de", "en"}:
                yield value
            for item in value.values():
                yield from walk(item)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item)

    pairs = list(walk(_data("chat-intent-erkennung")))
    assert len(pairs) > 100
    assert [pair for pair in pairs if set(pair) != {"de", "en"} or pair["de"] == pair["en"]] == []


@every_sample
def test_every_cited_figure_was_measured(sample: str) -> None:
    """Impacts and answers cite figures by id, and the dataset's evidence holds each of them."""
    measured = {figure.id for figure in _evidence(sample).figures}
    cited = _cited(sample)
    assert cited
    assert sorted(set(cited) - measured) == []


@pytest.mark.parametrize(
    ("sample", "figure", "scale", "digits", "phrase"),
    [
        # 65 women and 331 men of known sex; women are 0.50679 of the population: 65/396 / 0.50679
        ("voicebot-spracherkennung", "representation_ratio/gender/female/", 1, 2,
         "Frauen 0,32 ihres Bevölkerungsanteils"),
        ("voicebot-spracherkennung", "representation_ratio/age/sixties/", 1, 2,
         "die 60- bis 69-Jährigen 0,30"),
        ("voicebot-spracherkennung", "representation_ratio/age/twenties/", 1, 1,
         "die Zwanziger das 2,6-Fache"),
        # 1010 of 1411 speakers did not state their sex, 1008 not their age
        ("voicebot-spracherkennung", "share_of_all/gender/missing/", 100, 0,
         "bei 72 % der Sprechenden das Geschlecht unbekannt"),
        ("voicebot-spracherkennung", "share_of_all/age/missing/", 100, 0,
         "beim Alter sind es 71 %"),
        # 341 of 810 calls, 923 of 9958 calls
        ("outbound-propensity", "label_share/age/65+/label=y;positive=yes", 100, 1, "bei 42,1 % der Anrufe"),
        ("outbound-propensity", "label_share/age/45-54/label=y;positive=yes", 100, 1, "bei 9,3 %"),
        # 0.0926893 / 0.42098765
        ("outbound-propensity", "label_share_ratio/age/45-54 / 65+/label=y;positive=yes;groups=all", 1, 2,
         "Verhältnis 0,22"),
        ("outbound-propensity", "label_share_ratio/marital/married / single/label=y;positive=yes;groups=all", 1, 2,
         "Verheiratete 10,1 % (0,68)"),
        ("outbound-propensity", "label_share_ratio/education/primary / tertiary/label=y;positive=yes;groups=all", 1, 2,
         "Grundschule 8,6 % (0,57)"),
        ("outbound-propensity", "label_share_ratio/job/blue-collar / student/label=y;positive=yes;groups=all", 1, 2,
         "(Verhältnis 0,25)"),
        # 36959 of 45211 rows say "unknown", 13020 for the way of contact
        ("outbound-propensity", "missing_share/poutcome//", 100, 1, "„unknown“ (81,7 %)"),
        ("outbound-propensity", "missing_share/contact//", 100, 1, "Bei 28,8 % der Anrufe"),
        # 187 / 35
        ("chat-intent-erkennung", "imbalance_ratio/category/card_payment_fee_charged / contactless_not_working/split=train", 1, 1,
         "ein Verhältnis von 5,3"),
        ("chat-intent-erkennung",
         "smallest_class/category/contactless_not_working/split=train", 1, 0, "35 Beispiele"),
    ],
)  # fmt: skip
def test_numbers_in_the_text_are_the_measured_ones(
    sample: str, figure: str, scale: int, digits: int, phrase: str
) -> None:
    """Where a text gives a figure, rounding the measured value gives the printed number."""
    value = _figure(sample, f"{DATASETS[sample]}/{figure}").value
    assert value is not None
    assert number(value * scale, "de", digits) in phrase
    assert phrase in _prose(sample)


def test_representation_is_not_measured_where_the_data_holds_no_people() -> None:
    """The chat dataset says nothing about people: not measured, and the answer says so too."""
    checks = _evidence("chat-intent-erkennung").checks
    verdicts = {check.verdict for check in checks if check.check == "representation"}
    assert verdicts == {"not_measured"}
    answer = _assessment("chat-intent-erkennung").answers["fairness-training-data"]
    assert answer.value == "not-examined"


@every_sample
def test_no_sample_passes_without_condition(sample: str) -> None:
    """All three gates hold something back, and the voicebot's names its reasons."""
    gate = judge(
        assess(
            Inputs(
                feature=sample,
                assessment=_assessment(sample),
                content=content_digest(_data(sample)),
                packs=(shipped_packs()["contact-centre-ethics"],),
                evidence=(_evidence(sample),),
                policy=GatePolicy(),
                as_of=AS_OF,
                language="de",
                rules=shipped_rules(),
            )
        ).findings
    )
    assert gate.status in ("conditional", "blocked")
    if sample == "voicebot-spracherkennung":
        assert gate.status == "blocked"
        assert {
            "decision_no_go",
            "signoff_missing:data-protection-officer",
            "check_failed:voicebot-sprachdaten/representation/gender",
            "residual_risk_high:nicht-verstanden",
        } <= set(gate.reasons)
