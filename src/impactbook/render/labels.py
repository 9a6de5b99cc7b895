"""How the parts of a dataset are called in print: attributes, groups, and what is counted.

Figures name attributes and groups by percent-encoded ids; the labels that people read come from
the dataset's declaration and travel with the evidence (`model.evidence.DatasetLabels`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from impactbook.language import Language, phrases, say
from impactbook.model.base import Translated, in_language
from impactbook.model.evidence import DatasetLabels, Unit

_SENTINELS = ("missing", "conflicting", "other values", "known")
_ARTICLES = ("das", "der", "die", "the")


@dataclass(frozen=True)
class Labels:
    """The names of one dataset's attributes and groups in one language.

    `counted` is the noun for one unit of the dataset (`unit`), in the plural as after "der".

    >>> labels = Labels("en", attributes={"gender": "sex"}, groups={"gender": {"female": "women"}})
    >>> labels.attribute("gender"), labels.group("gender", "female"), labels.noun("person")
    ('sex', 'women', 'people')
    """

    language: Language
    unit: Unit = "person"
    counted: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, evidence: Mapping[str, Any], language: Language) -> Labels:
        """The labels that one dataset's evidence (as in `record.json`) carries."""
        declared = DatasetLabels.model_validate(evidence.get("labels") or {})

        def named(text: str | Translated) -> str:
            return in_language(text, language, declared.language)[0]

        return cls(
            language=language,
            unit=evidence.get("unit", "person"),
            counted=named(declared.counted) if declared.counted is not None else "",
            attributes={name: named(text) for name, text in declared.attributes.items()},
            groups={
                name: {group: named(text) for group, text in groups.items()}
                for name, groups in declared.groups.items()
            },
        )

    def noun(self, unit: Unit) -> str:
        """What is counted, in the plural as after "der"."""
        if self.counted and unit == self.unit:
            return self.counted
        return say("figures", f"{unit}s", self.language)

    def attribute(self, encoded: str) -> str:
        """An attribute or intersection (`age*sex`) as people read it."""
        names = [unquote(part) for part in encoded.split("*")] if encoded else []
        return " × ".join(self._without_article(self._label(name)) for name in names)

    def named_attribute(self, encoded: str) -> str | None:
        """The attribute with its article ("das Geschlecht"); None when the article is not known."""
        label = self._label(unquote(encoded))
        if label.split(" ")[0].lower() in _ARTICLES:
            return label
        if self.language == "en":
            return f"the {_in_a_sentence(label)}" if "*" not in encoded else None
        for article in _ARTICLES[:3]:
            nouns = phrases("figures")[f"article-{article}"]["de"]
            if re.fullmatch(nouns, label):
                return f"{article} {label}"
        return None

    def group(self, attribute: str, encoded: str) -> str:
        """A group or combination of groups (`65+ / female`) as people read it."""
        names = attribute.split("*")
        parts = encoded.split(" / ")
        if len(parts) != len(names):
            return " / ".join(self._level("", part) for part in parts)
        return " / ".join(self._level(n, part) for n, part in zip(names, parts, strict=True))

    def in_order(self, attribute: str, groups: Iterable[str]) -> list[str]:
        """Groups in the order in which people read them: by number, by name, the unknown last.

        >>> labels = Labels("en")
        >>> labels.in_order("age", ["65+", "25-34", "missing", "<25"])
        ['<25', '25-34', '65+', 'missing']
        """

        def place(group: str) -> tuple[bool, bool, float, str]:
            name = self.group(attribute, group)
            number = re.search(r"\d+", name)
            below = re.match(r"<|unter |bis |under |below |up to ", name) is not None
            value = float(number.group()) - below / 2 if number else 0.0
            return group in _SENTINELS, number is None, value, name

        return sorted(dict.fromkeys(groups), key=place)

    def pair(self, attribute: str, encoded: str) -> tuple[str, str]:
        """The two groups that a comparison names (`low / high`), each maybe a combination."""
        parts = encoded.split(" / ")
        half = len(parts) // 2
        first, second = " / ".join(parts[:half]), " / ".join(parts[half:])
        return self.group(attribute, first), self.group(attribute, second)

    def people_of(self, attribute: str, encoded: str, unit: Unit) -> str:
        """A group as a plural noun for people: "Frauen", or "Menschen der Gruppe „65+“"."""
        name = self.group(attribute, encoded)
        nouns = phrases("figures")["people-nouns"][self.language]
        if re.search(rf"({nouns})$", name):
            return name
        kind = "person" if unit == "person" else "row"
        return say("figures", f"group-{kind}", self.language, group=name)

    def _label(self, name: str) -> str:
        """The declared label, else the usual word for a usual name, else the name."""
        usual = phrases("figures").get(f"attribute-{name}", {}).get(self.language, name)
        return self.attributes.get(name, usual)

    def _level(self, attribute: str, encoded: str) -> str:
        if encoded in _SENTINELS:
            return say("figures", f"level-{encoded.replace(' ', '-')}", self.language)
        plain = "" if encoded == "%" else unquote(encoded)
        return self.groups.get(unquote(attribute), {}).get(plain, plain)

    def _without_article(self, label: str) -> str:
        first, _, rest = label.partition(" ")
        return rest if rest and first.lower() in _ARTICLES else label


def _in_a_sentence(label: str) -> str:
    """An English label inside a sentence: "Age group" becomes "age group", "UK region" stays."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label
