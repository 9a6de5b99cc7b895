"""German and English: picking a text, saying a phrase, writing numbers and dates.

Phrases live as data in `phrases/<area>.yaml`, each key with both languages side by side, so that a
translation cannot drift away unnoticed. Numbers and dates follow CLDR (through Babel).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from ruamel.yaml import YAML

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_LOCALES: Mapping[str, str] = {"de": "de_DE", "en": "en_GB"}


@cache
def phrases(area: str) -> Mapping[str, Mapping[str, str]]:
    """All phrases of one area: key -> language -> text (with `{name}` placeholders)."""
    text = files("impactbook").joinpath("phrases", f"{area}.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Mapping[str, str]] = YAML(typ="safe", pure=True).load(text)
    return loaded


def say(area: str, key: str, language: Language, **values: object) -> str:
    """One phrase in one language with its placeholders filled; a KeyError is a programmer's slip."""
    return phrases(area)[key][language].format(**values)


def number(value: float, language: Language, digits: int = 0) -> str:
    """A number as people write it: 1.234,5 in German, 1,234.5 in English.

    >>> number(1234.56, "de", 1)
    '1.234,6'
    """
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_LOCALES[language])


def percent(share: float, language: Language, digits: int = 1) -> str:
    """A share between 0 and 1 as per cent, with the space German wants before the sign.

    >>> percent(0.7158, "en", 0)
    '72%'
    """
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    pattern += "\u00a0%" if language == "de" else "%"
    return format_percent(share, format=pattern, locale=_LOCALES[language])


def date(day: dt.date, language: Language) -> str:
    """A date in words: 23. November 2026, 23 November 2026."""
    return format_date(day, format="long", locale=_LOCALES[language])


def language_name(tag: str, language: Language) -> str:
    """A language tag as people call the language; a tag nobody knows stays as it is.

    >>> language_name("de-AT", "en"), language_name("tr", "de")
    ('German (Austria)', 'Türkisch')
    """
    try:
        named = Locale.parse(tag, sep="-").get_display_name(_LOCALES[language])
    except (UnknownLocaleError, ValueError):
        return tag
    return named or tag


def region_name(code: str, language: Language) -> str:
    """A country code (ISO 3166) as people call the country; parts of countries keep their code.

    >>> region_name("DE", "de"), region_name("DE-BY", "de")
    ('Deutschland', 'Deutschland (DE-BY)')
    """
    country = code.partition("-")[0]
    named = Locale.parse(_LOCALES[language]).territories.get(country)
    if named is None:
        return code
    return named if code == country else f"{named} ({code})"
