"""Importing SurveyJS files: what becomes of each part, what is told, and what is refused."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
from typing import Any

import pytest
from foreign_surveys import GERMAN, OLD_ENGLISH, SCORED, SCORING, as_file
from hypothesis import given, settings
from hypothesis import strategies as st

from impactbook.errors import InputError, InputErrors
from impactbook.frameworks import load_pack, pack_digest, packs_for
from impactbook.frameworks.questionnaires import visible_names
from impactbook.frameworks.surveyjs import (
    ImportedPack,
    Origin,
    import_surveyjs,
    load_declaration,
    missing_texts,
    shipped_declarations,
)
from impactbook.model.questionnaire import Element, text_in

DAY = dt.date(2026, 11, 24)


def imported(survey: dict[str, Any], **options: Any) -> ImportedPack:
    return import_surveyjs(as_file(survey), "survey.json", on=DAY, **options)


def elements(done: ImportedPack) -> dict[str, Element]:
    return {element.name: element for _, element in done.questionnaire.placed()}


def test_a_german_file_of_others_becomes_a_pack_without_code() -> None:
    """Its locale names the language; a yes-or-no question has its own labels; kinds we lack are told."""
    done = imported(GERMAN)
    found = elements(done)
    assert done.questionnaire.default_language == "de"
    assert done.pack.title.de == "Selbstauskunft KI-Projekt"
    assert [(c.value, c.text["de"]) for c in found["liveBetrieb"].choices] == [
        (True, "Ja, bereits"), (False, "Noch nicht"),
    ]  # fmt: skip
    assert found["kanaele"].type == "checkbox"
    assert [c.value for c in found["kanaele"].choices] == ["Telefon", "Chat", "mail", "other"]
    assert found["kanaele"].choices[3].text == {"de": "Andere"}
    assert (found["reife"].type, found["reife"].imported_as) == ("text", "rating")
    assert "bild" not in found
    told = "\n".join(done.notices)
    for part in ("'reife' (rating) is asked as free text", "'bild' (image) is left out",
                 "requiredIf (1)", "no licence is stated"):  # fmt: skip
        assert part in told


@pytest.mark.parametrize(
    ("answers", "seen"),
    [
        ({}, ["liveBetrieb", "kanaele", "reife"]),
        ({"kanaele": ["other"], "reife": 4}, ["liveBetrieb", "kanaele", "kanaele.details", "reife"]),
        ({"reife": 5, "liveBetrieb": True}, ["liveBetrieb", "kanaele", "reife", "warum"]),
        ({"reife": 5, "liveBetrieb": False}, ["liveBetrieb", "kanaele", "reife"]),
    ],
)  # fmt: skip
def test_the_german_file_shows_what_its_conditions_say(
    answers: dict[str, Any], seen: list[str]
) -> None:
    """`kanaele.details` is a question of its own although its name begins like another."""
    assert list(visible_names(imported(GERMAN).questionnaire, answers)) == seen


def test_an_old_file_without_pages_keeps_nested_panels_html_and_stated_scores() -> None:
    """`questions` for `elements`, `hasNone`, `valueName`, HTML as plain text, two languages."""
    done = imported(OLD_ENGLISH)
    found = elements(done)
    assert found["intro"].title == {"en": "Welcome\nRead this (https://example.org/g) & go on."}
    assert found["size"].title == {"en": "How many people?", "es": "¿Cuántas personas?"}
    assert [(c.value, c.score) for c in found["size"].choices] == [(1, 0), (2, 2.5), (3, 5)]
    assert found["outer"].elements[0].elements == (found["review"],)
    assert [c.value for c in found["review"].choices] == ["yes", "no", "none"]
    assert found["review"].choices[2].text == {"de": "Nichts davon", "en": "None"}
    assert (found["who"].key, found["who"].required, found["secret"].hidden) == ("role", True, True)


@pytest.mark.parametrize(
    ("answers", "seen"),
    [
        ({}, ["intro", "size", "who"]),
        ({"size": 3, "role": ["guest"]}, ["intro", "size", "who"]),
        ({"size": 1, "role": ["owner"]}, ["intro", "size", "who"]),
        ({"size": 2, "role": ["guest", "owner"]}, ["intro", "size", "review", "who"]),
    ],
)
def test_a_question_is_seen_only_with_everything_around_it(
    answers: dict[str, Any], seen: list[str]
) -> None:
    """Panel and question must both hold; the name in the condition differs in case; hidden stays so."""
    assert list(visible_names(imported(OLD_ENGLISH).questionnaire, answers)) == seen


def test_the_pack_names_its_origin_and_reads_back_from_its_text() -> None:
    """File, digest, day, licence; the text is a pack of the schema, the same bytes each time."""
    origin = Origin("https://example.org/survey", "CC BY 4.0", "Example City")
    done = imported(OLD_ENGLISH, id="city", origin=origin)
    stated = done.pack.imported
    assert stated is not None
    assert stated.sha256 == hashlib.sha256(as_file(OLD_ENGLISH)).hexdigest()
    assert (stated.on, stated.file, stated.licence) == (DAY, "survey.json", "CC BY 4.0")
    assert (done.pack.id, done.pack.sources[0].url) == ("city", "https://example.org/survey")
    assert load_pack(done.text, "city.yaml") == done.pack
    assert imported(OLD_ENGLISH, id="city", origin=origin).text == done.text
    assert "city" in packs_for({"city.yaml": done.text.encode()})
    assert not any("licence" in notice for notice in done.notices)


def test_missing_languages_are_counted_and_never_made_up() -> None:
    """Without German a text is shown in English, and its language is told beside it."""
    done = imported(OLD_ENGLISH)
    texts = list(done.questionnaire.texts())
    missing = missing_texts(done.questionnaire)
    # Only "None" (added by the form itself) has German, only "How many people?" has Spanish.
    assert missing == {"de": len(texts) - 1, "en": 0, "es": len(texts) - 1}
    assert text_in({"en": "Yes", "fr": "Oui"}, "de", "fr") == ("Yes", "en")
    assert text_in({"fr": "Oui", "es": "Sí"}, "de", "fr") == ("Oui", "fr")
    assert text_in({"es": "Sí"}, "de", "fr") == ("Sí", "es")


def test_the_language_of_texts_without_one_can_be_stated() -> None:
    """Default texts are French here; an explicit English text stays English."""
    survey = {
        "elements": [{"type": "text", "name": "q", "title": {"default": "Nom", "en": "Name"}}]
    }
    assert elements(imported(survey, language="fr"))["q"].title == {"fr": "Nom", "en": "Name"}
    both = {"locale": "de", "elements": [
        {"type": "text", "name": "q", "title": {"default": "Name", "de": "Ihr Name", "pt-br": "Nome"}}]}  # fmt: skip
    assert elements(imported(both))["q"].title == {"en": "Name", "de": "Ihr Name", "pt-BR": "Nome"}


def broken(change: Any) -> bytes:
    survey = copy.deepcopy(SCORED)
    change(survey)
    return as_file(survey)


def question(survey: dict[str, Any]) -> dict[str, Any]:
    return survey["pages"][0]["elements"][0]["elements"][0]


@pytest.mark.parametrize(
    ("content", "at", "parts"),
    [
        (broken(lambda s: question(s).update(visibleIf="{x} = a-1")), '"visibleIf": "{x} = a-1"',
         ["pages[1].elements[1].elements[1].visibleIf", "a text without quotes"]),
        (broken(lambda s: question(s).update(type="matrix")), '"matrix"',
         ["'reach' is of type 'matrix', which is not read", "ask it with radiogroup"]),
        (broken(lambda s: question(s).pop("name")), '"type": "radiogroup"', ["has no name"]),
        (broken(lambda s: question(s).update(choices=[])), '"type": "radiogroup"', ["offers no choices"]),
        (broken(lambda s: question(s).update(choices=["a", "b", "a"])), '"choices": [\n',
         ["offers the choice 'a' twice"]),
        (broken(lambda s: question(s).update(choicesByUrl={"url": "https://x.org"})),
         '"choicesByUrl"', ["takes its choices from elsewhere"]),
        (broken(lambda s: question(s).update(title={"default": ["x"]})), '"title"', ["is no text"]),
        (broken(lambda s: question(s).update(title={"Klingon!": "x"})), '"title"',
         ["'Klingon!' is no language"]),
        (broken(lambda s: question(s).update(title="bell \x07")), '"title": "bell',
         ["U+0007", "remove it"]),
        (broken(lambda s: s.update(calculatedValues=[{"name": "v"}])), '"calculatedValues"',
         ["computes values"]),
        (broken(lambda s: s.update(triggers=[{"type": "visible"}])), '"type": "visible"',
         ["shows questions by a trigger"]),
        (broken(lambda s: s.update(pages={"a": 1})), '"pages"', ["pages: is no list"]),
        (b'{"pages": [],\n "pages": []}', None, ["has the key 'pages' twice"]),
        (b'{"pages":\n [}', None, ["line 2", "the JSON is malformed"]),
        (b'{"pages": [NaN]}', None, ["a number that JSON does not know"]),
        (b"[1]", None, ["holds no JSON object"]),
        (b"{}", None, ["has no pages and no elements"]),
        (b'{"pages": []}', None, ["has no pages and no elements"]),
        (b'{"elements": [{"type": "html", "name": "n", "html": "x"}]}', None, ["asks no question"]),
        (b"\xff\xfe{}", None, ["is not valid UTF-8"]),
        (b"[" * 100_000, None, ["survey.json"]),
        (b'{"a":' * 500 + b"1" + b"}" * 500, None, ["nested deeper than 60 levels"]),
        (b" " * 4_000_001, None, ["is larger than 4,000,000 bytes"]),
    ],
)  # fmt: skip
def test_one_mistake_gives_one_sentence_with_line_and_field(
    content: bytes, at: str | None, parts: list[str]
) -> None:
    """Where the place is known, its line is the one in the file."""
    with pytest.raises(InputError) as caught:
        import_surveyjs(content, "survey.json", on=DAY)
    said = str(caught.value)
    assert said.startswith("survey.json")
    assert "\n" not in said
    for part in parts:
        assert part in said
    if at is not None:
        text = content.decode()
        near = text.split(at)[0].count("\n") + 1
        assert caught.value.line is not None
        assert abs(caught.value.line - near) <= 1, (caught.value.line, near)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda part: st.lists(part, max_size=3)
    | st.dictionaries(
        st.sampled_from(["pages", "elements", "type", "name", "title", "choices", "visibleIf",
                         "value", "text", "default", "de", "visible", "triggers", "locale"]),
        part, max_size=4),
    max_leaves=25,
)  # fmt: skip
ELEMENT = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "radiogroup", "panel", "boolean", "html"]), "name": st.text(max_size=5)},
    optional={"title": JSON, "choices": JSON, "visibleIf": st.text(max_size=9), "elements": JSON},
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(JSON | st.fixed_dictionaries({"elements": st.lists(ELEMENT, max_size=3)}))
def test_any_json_is_imported_or_refused_with_a_sentence(survey: Any) -> None:
    """Whatever a file holds, the result is a pack that reads back, or an `InputError`."""
    try:
        done = import_surveyjs(json.dumps(survey).encode(), "survey.json", on=DAY, id="any")
    except (InputError, InputErrors):
        return
    assert load_pack(done.text, "any.yaml") == done.pack


TEXTS = st.text(max_size=40).filter(lambda text: text.strip() != "")


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_every_text_survives_the_way_through_yaml(title: str, choice: str) -> None:
    """Line ends, quotes, colons, numbers as text: the pack's texts are those of the conversion."""
    survey = {"elements": [{"type": "radiogroup", "name": "q", "title": title,
                            "choices": [{"value": "v", "text": choice}]}]}  # fmt: skip
    try:
        done = import_surveyjs(json.dumps(survey).encode(), "survey.json", on=DAY)
    except InputError:
        return
    (element,) = done.questionnaire.questions
    if "<" not in title + choice and "&" not in title + choice:
        assert (element.title or {}).get("en", "") == title.strip()
        assert element.choices[0].text["en"] == choice.strip()


def test_the_shipped_declarations_are_read_and_name_their_terms() -> None:
    """Each states licence, author and the files it was tried with."""
    assert "canada-aia" in shipped_declarations()
    for declaration in shipped_declarations().values():
        known = declaration.questionnaire
        assert known is not None
        assert known.licence
        assert known.attribution
        assert known.sha256


def test_a_declaration_for_another_version_is_joined_but_told() -> None:
    """Its rules may still fit; whether they do must be compared."""
    declaration = load_declaration(SCORING.encode(), "scoring.yaml")
    canadian = shipped_declarations()["canada-aia"].model_copy(
        update={"scoring": declaration.scoring}
    )
    done = imported(SCORED, declaration=canadian)
    assert done.pack.id == "canada-aia"
    assert done.pack.sources[0].confidence == "L"
    assert any("tried with another version" in notice for notice in done.notices)


def test_a_scoring_that_no_question_fits_is_refused() -> None:
    """A pack whose answers score nothing would give the lowest level to everybody."""
    declaration = load_declaration(SCORING.encode(), "scoring.yaml")
    with pytest.raises(InputError, match="no question of the questionnaire is scored by it"):
        imported(OLD_ENGLISH, declaration=declaration)


def test_a_pack_of_questions_keeps_the_digest_it_had() -> None:
    """The digest covers an imported questionnaire, and packs without one do not change by its existence."""
    shipped = packs_for({})["contact-centre-ethics"]
    said = shipped.model_dump(mode="json", by_alias=True)
    for later in ("imported", "questionnaire", "scoring"):
        assert said.pop(later) is None
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert pack_digest(shipped) == hashlib.sha256(text.encode()).hexdigest()
    done = imported(SCORED)
    other = load_pack(done.text.replace("Reichweite", "Umfang"), "x.yaml")
    assert pack_digest(other) != pack_digest(done.pack)


def test_mistakes_in_an_edited_pack_have_line_and_field() -> None:
    """A condition changed by hand is checked when the pack is read."""
    text = imported(SCORED).text
    assert "visible_if: '{reach} <> ''a-0'''" in text or 'visible_if: "{reach}' in text
    line = next(at for at, row in enumerate(text.splitlines(), 1) if "visible_if" in row)
    wrong = text.replace("<>", "~")
    with pytest.raises(InputError) as caught:
        load_pack(wrong, "edited.yaml")
    assert caught.value.line == line
    assert "visible_if: the condition cannot be read" in str(caught.value)
    with pytest.raises(InputError, match="asks nothing"):
        load_pack(text.split("questionnaire:\n")[0], "edited.yaml")
