"""What all models share: frozen, no unknown keys, texts in one or two languages, ids, `Internal`.

A field annotated with `Internal` (names of people, names of attachments) is never written openly
into `record.json`; `records.disclosures` replaces it by a salted digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic_core import core_schema

from impactbook.language import Language

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
Identifier = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True)
class Internal:
    """Marks a field that stands in `record.json` only as a salted digest."""

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Show the mark in the JSON Schema as `"internal": true`."""
        return {**handler(schema), "internal": True}


class Model(BaseModel):
    """Base of everything read from files: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Translated(Model):
    """One text in German, English or both."""

    de: Prose | None = None
    en: Prose | None = None

    @model_validator(mode="after")
    def _holds_a_text(self) -> Translated:
        if self.de is None and self.en is None:
            raise ValueError("holds no text; give `de`, `en` or both")
        return self


def _kind_of_text(value: object) -> str:
    return "translated" if isinstance(value, dict | Translated) else "text"


Text = Annotated[
    Annotated[Prose, Tag("text")] | Annotated[Translated, Tag("translated")],
    Discriminator(_kind_of_text),
]
"""A text as a person wrote it: a plain string in the file's language, or one per language."""


def in_language(text: Text, language: Language, written_in: Language) -> tuple[str, Language]:
    """The text to show and the language it is in; falls back to the language that exists.

    >>> in_language(Translated(de="Ja", en="Yes"), "en", "de")
    ('Yes', 'en')
    >>> in_language("Ja", "en", "de")
    ('Ja', 'de')
    """
    if isinstance(text, str):
        return text, written_in
    wanted = text.de if language == "de" else text.en
    if wanted is not None:
        return wanted, language
    other: Language = "en" if language == "de" else "de"
    return (text.en if language == "de" else text.de) or "", other


InternalText = Annotated[Prose, Internal(), Field(max_length=200)]
