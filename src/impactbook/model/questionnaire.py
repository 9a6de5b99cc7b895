"""A questionnaire with pages, panels and conditions, as a pack holds it after an import.

Texts stand in every language the imported file has them in. Names and values are kept letter by
letter, so that answers given elsewhere can be read here; conditions are kept as written and parsed
by `frameworks.questionnaires`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StringConstraints, model_validator

from impactbook.model.base import Digest, Model, Prose
from impactbook.model.feature import LanguageTag

MAX_PANEL_DEPTH = 8

ElementType = Literal[
    "radiogroup", "checkbox", "dropdown", "boolean", "comment", "text", "panel", "note"
]
"""The kinds of elements; a `note` is text that asks nothing."""

CHOICE_TYPES: tuple[ElementType, ...] = ("radiogroup", "checkbox", "dropdown", "boolean")

Texts = Annotated[dict[LanguageTag, Prose], Field(min_length=1)]
"""One text, by language tag; unlike `Translated` in whatever languages there are."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Condition = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
Value = (
    StrictBool
    | StrictInt
    | StrictFloat
    | Annotated[str, StringConstraints(min_length=1, max_length=500)]
)


class Choice(Model):
    """One possible answer: the value that answers carry, its label, and a score the file states."""

    value: Value
    text: Texts
    score: StrictInt | StrictFloat | None = None


class Element(Model):
    """A question, a panel of elements, or a note.

    It is seen while `visible_if` holds (without one: unless `hidden`), and while everything around
    it is seen. `answered_as` is the key of the answer where that is not `name`; `imported_as`
    names the kind the file gave a question that is kept as plain text.
    """

    type: ElementType
    name: Name
    title: Texts | None = None
    description: Texts | None = None
    visible_if: Condition | None = None
    hidden: bool = False
    required: bool = False
    answered_as: Name | None = None
    imported_as: Name | None = None
    choices: tuple[Choice, ...] = ()
    elements: tuple[Element, ...] = ()

    @model_validator(mode="after")
    def _fits_its_type(self) -> Element:
        if self.elements and self.type != "panel":
            raise ValueError("holds elements but is no panel; only a panel holds elements")
        if self.type in CHOICE_TYPES and not self.choices:
            raise ValueError("offers no choices; give at least one")
        if self.choices and self.type not in CHOICE_TYPES:
            raise ValueError(f"offers choices but is of type {self.type}; remove them")
        if self.depth > MAX_PANEL_DEPTH:
            raise ValueError(f"nests panels deeper than {MAX_PANEL_DEPTH} levels; flatten them")
        return self

    @property
    def depth(self) -> int:
        """How many levels of panels there are, this one included."""
        if self.type != "panel":
            return 0
        return 1 + max((element.depth for element in self.elements), default=0)

    @property
    def asks(self) -> bool:
        """True for what expects an answer."""
        return self.type not in ("panel", "note")

    @property
    def key(self) -> str:
        """The key of its answer in a set of answers."""
        return self.answered_as or self.name


class Page(Model):
    """One page with its elements; seen while its condition holds, as an element is."""

    name: Name
    title: Texts | None = None
    description: Texts | None = None
    visible_if: Condition | None = None
    hidden: bool = False
    elements: tuple[Element, ...] = ()


class Questionnaire(Model):
    """The pages, and the language that the file's texts without a language are taken to be in."""

    default_language: LanguageTag
    title: Texts | None = None
    description: Texts | None = None
    pages: Annotated[tuple[Page, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _asks_something(self) -> Questionnaire:
        if not any(element.asks for _, element in self.placed()):
            raise ValueError("asks no question; give at least one")
        return self

    def placed(self) -> Iterator[tuple[tuple[Page | Element, ...], Element]]:
        """Every element in reading order, panels before what they hold, with all that is around it.

        What is around an element goes from the page inwards.
        """
        for page in self.pages:
            yield from _placed((page,), page.elements)

    @property
    def questions(self) -> tuple[Element, ...]:
        """What expects an answer, in reading order."""
        return tuple(element for _, element in self.placed() if element.asks)

    def texts(self) -> Iterator[Mapping[str, str]]:
        """Every text there is, in all its languages."""
        around: list[Questionnaire | Page | Element] = [self, *self.pages]
        for part in (*around, *(element for _, element in self.placed())):
            yield from (text for text in (part.title, part.description) if text is not None)
            if isinstance(part, Element):
                yield from (choice.text for choice in part.choices)


def _placed(
    around: tuple[Page | Element, ...], elements: tuple[Element, ...]
) -> Iterator[tuple[tuple[Page | Element, ...], Element]]:
    for element in elements:
        yield around, element
        yield from _placed((*around, element), element.elements)


class Imported(Model):
    """Where an imported pack comes from: which file, read on which day, under which licence.

    `licence` is empty when nobody stated one; the pack should then not be passed on.
    """

    format: Literal["surveyjs"]
    file: Prose
    sha256: Digest
    on: dt.date
    source: Prose | None = None
    licence: Prose | None = None
    attribution: Prose | None = None


def text_in(texts: Mapping[str, str], language: str, default: str) -> tuple[str, str]:
    """The text to show and the language it is in: as asked, else English, else the file's own.

    Nothing is translated; whoever shows the text marks its language.

    >>> text_in({"en": "Yes", "fr": "Oui"}, "de", "fr")
    ('Yes', 'en')
    """
    for wanted in (language, "en", default):
        if wanted in texts:
            return texts[wanted], wanted
    first = next(iter(texts))
    return texts[first], first
