"""Texts of a SurveyJS file: one string, or one per language, with or without HTML.

SurveyJS shows HTML in some places; a pack keeps plain text, with a link's address behind it.
Nothing is translated or made up: a language the file lacks stays absent.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from impactbook.frameworks.surveyjs.source import Path, SourceFile
from impactbook.workspace.reading import UNPRINTABLE

DEFAULT = "default"
MAX_TEXT = 20_000
_TAG = re.compile(r"</?[a-zA-Z][^>]*>|<!--")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_BLOCKS = ("p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table")
_TEXT_KEYS = ("title", "description", "html", "text", "help", "labelTrue", "labelFalse")


def default_language(source: SourceFile, stated: str | None) -> str:
    """The language of texts that name none: as stated, else the file's `locale`, else English.

    Where texts stand under that locale of their own, the default texts are the English ones, which
    is what SurveyJS takes them for.
    """
    locale = source.data.get("locale")
    if stated is not None:
        return _language(source, stated, ())
    if isinstance(locale, str) and _LANGUAGE.fullmatch(locale):
        return "en" if locale in set(_locales(source.data)) else locale
    return "en"


def texts_of(source: SourceFile, value: Any, path: Path, default: str) -> dict[str, str] | None:
    """A text in its languages, the default's first; None where there is none.

    Raises `InputError` for anything but a string or a group of strings by language.
    """
    given = {DEFAULT: value} if isinstance(value, str | int | float) else value
    if given is None:
        return None
    if not isinstance(given, dict):
        raise source.error(path, "is no text", "write a text, or one per language")
    found: dict[str, str] = {}
    for key, text in given.items():
        if key == "pos" or text is None:
            continue
        language = default if key == DEFAULT else _language(source, key, path)
        plain = plain_text(_string(source, text, (*path, key)))
        if len(plain) > MAX_TEXT:
            raise source.error(path, f"is longer than {MAX_TEXT:,} characters", "shorten it")
        # A text under the language's own name goes before the one without a name.
        if plain and (key != DEFAULT or language not in found):
            found[language] = plain
    ordered = sorted(found, key=lambda language: (language != default, language))
    return {language: found[language] for language in ordered} or None


def plain_text(text: str) -> str:
    """A text without HTML; blocks become lines, a link keeps its address.

    >>> plain_text("<p>See <a href='https://x.org'>the guide</a>.</p>")
    'See the guide (https://x.org).'
    """
    if _TAG.search(text) is None:
        return _fit(html.unescape(text)).strip()
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "html.parser")
    for hidden in soup(["script", "style", "template"]):
        hidden.decompose()
    for link in soup("a"):
        address = str(link.get("href") or "")
        if address.startswith(("https://", "http://")) and address not in link.get_text():
            link.append(f" ({address})")
    for block in soup(_BLOCKS):
        block.insert_before("\n")
        block.append("\n")
    for line_break in soup("br"):
        line_break.replace_with("\n")
    lines = (" ".join(line.split()) for line in _fit(soup.get_text()).split("\n"))
    return "\n".join(line for line in lines if line)


def _fit(text: str) -> str:
    """Without control characters, which an HTML entity may have stood for."""
    return UNPRINTABLE.sub("", text)


def _string(source: SourceFile, value: Any, path: Path) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise source.error(path, "is no text", "write a text")
    return str(value)


def _language(source: SourceFile, key: str, path: Path) -> str:
    """A language tag in its usual spelling: the region in capitals."""
    first, *rest = key.replace("_", "-").split("-")
    tag = "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
    if _LANGUAGE.fullmatch(tag) is None:
        raise source.error(
            path, f"{key[:40]!r} is no language", "use a tag such as en, fr or pt-BR"
        )
    return tag


def _locales(value: Any) -> Iterator[str]:
    """The languages that texts stand under, anywhere in the file."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key in _TEXT_KEYS and isinstance(part, dict):
                yield from part
            yield from _locales(part)
    elif isinstance(value, list):
        for part in value:
            yield from _locales(part)
