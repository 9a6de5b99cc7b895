"""Writing YAML by hand: quoted texts, ranges, and comments in both languages.

`##` explains; `# ` in front of a line is taken away by a person who wants it to hold.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from impactbook.language import LANGUAGES, Language, say

_WIDTH = 100


def quoted(text: str) -> str:
    """A text as a YAML scalar in double quotes, whatever it holds.

    >>> quoted('say "yes"')
    '"say \\\\"yes\\\\""'
    """
    escaped = "".join(_escaped(mark) for mark in text)
    return f'"{escaped}"'


def _escaped(mark: str) -> str:
    if mark in '"\\':
        return f"\\{mark}"
    if mark.isprintable():
        return mark
    return f"\\U{ord(mark):08X}"


def listed(values: Iterable[str]) -> str:
    """Texts as a YAML list in one line.

    >>> listed(["a", "b"])
    '["a", "b"]'
    """
    return f"[{', '.join(quoted(value) for value in values)}]"


def range_of(low: object | None, high: object | None) -> str:
    """A band in YAML.

    >>> range_of(25, 35), range_of(None, 25)
    ('{ from: 25, below: 35 }', '{ below: 25 }')
    """
    ends = [f"from: {low}"] if low is not None else []
    ends += [f"below: {high}"] if high is not None else []
    return f"{{ {', '.join(ends)} }}"


def invited(lines: Iterable[str], *, indent: int = 0) -> Iterator[str]:
    """Lines that take effect once somebody removes "# " in front of them."""
    for line in lines:
        yield f"{' ' * indent}# {line}"


class Explanations:
    """Comments in the languages asked for; one without values is only given once."""

    def __init__(self, languages: Sequence[Language] = LANGUAGES) -> None:
        self._languages = languages
        self._given: set[str] = set()

    def __call__(self, key: str, *, indent: int = 0, **values: object) -> list[str]:
        """The comment `key` of `phrases/declaration.yaml`, wrapped."""
        if key in self._given and not values:
            return []
        self._given.add(key)
        start = f"{' ' * indent}## "
        return [
            line
            for language in self._languages
            for line in textwrap.wrap(
                say("declaration", key, language, **values),
                _WIDTH,
                initial_indent=start,
                subsequent_indent=start,
                break_long_words=False,
                break_on_hyphens=False,
            )
        ]
