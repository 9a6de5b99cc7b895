"""A new `assessment.yaml`: commented, prefilled with what is typical, answering nothing.

Comments start with `##`, lines to uncomment with a single `#`, so that a reader (and a test) can
tell advice from content. What is typical stands in `templates/`, the advice in
`phrases/scaffold.yaml`; this module only lays it out.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from typing import get_args

from impactbook.language import LANGUAGES, Language, date, say
from impactbook.model.impacts import (
    LIKELIHOODS,
    SEVERITIES,
    Reversibility,
    SafeguardState,
)
from impactbook.model.legal_facts import LEGAL_FACT_VALUES, LISTS, UNKNOWN, YES_NO
from impactbook.model.people import STANDARD_ROLES, Method
from impactbook.workspace.template import (
    NEUTRAL,
    TEMPLATES,
    Group,
    ProposedSafeguard,
    Template,
    TypicalImpact,
    facts_as_of,
    facts_named,
    groups_of,
    template,
)
from impactbook.workspace.workspace import check_id

__all__ = ["EXAMPLE_ANSWER", "TEMPLATES", "scaffold"]

EDITOR_LINE = "# yaml-language-server: $schema=../../.impactbook/schemas/assessment.json"
EXAMPLE_ANSWER = ("privacy-consent", "partly")
"""Question and option that the commented example of an answer shows."""

_EXAMPLE_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_WIDTH = 100
_RULE = "─"


def scaffold(feature_id: str, template_name: str | None, language: Language) -> str:
    """The text of a new `assessment.yaml` for the feature.

    Groups, impacts and safeguards are those typical of the template; nothing is rated, answered or
    decided. Raises `InputError` for an unknown template or a feature id that is none.
    """
    check_id(feature_id, "feature")
    return "\n".join(_Scaffold(template(template_name), language).lines(feature_id)) + "\n"


class _Scaffold:
    """Collects the lines of one file in one language."""

    def __init__(self, chosen: Template, language: Language) -> None:
        self.template, self.language = chosen, language
        self.out: list[str] = []

    def lines(self, feature_id: str) -> list[str]:
        """All lines, part by part in the order in which an assessment is worked on."""
        self._head(feature_id)
        self._feature()
        self._roles()
        self._stakeholders()
        self._impacts()
        self._safeguards()
        question, option = EXAMPLE_ANSWER
        self._commented_part("answers", question=question, option=option)
        self._commented_part("triage")
        self._commented_part("attachments")
        self._commented_part("decision")
        self._commented_part("signoffs", digest=_EXAMPLE_DIGEST)
        return self.out

    # ── Parts of the file ──

    def _head(self, feature_id: str) -> None:
        self.out += [EDITOR_LINE, "schema: impactbook/assessment/1", ""]
        origin = "origin-neutral" if self.template.id == NEUTRAL else "origin-template"
        self._hint(
            "head",
            feature=feature_id,
            origin=self._say(origin, template=self.template.title.text(self.language)),
            description=self.template.description.text(self.language),
        )
        self.out.append("##")
        self._hint("watch", date=date(facts_as_of(), self.language))
        for fact in facts_named(self.template.watch):
            self._comment(f"- {fact.sentence(self.language)}.", hanging=2)
        self.out.append("")
        self._hint("language", choices=" / ".join(LANGUAGES))
        self.out.append(f"language: {self.language}")

    def _feature(self) -> None:
        chosen = self.template
        self._section("feature")
        self.out.append("feature:")
        self._hint("title", 2)
        self._pair("title", chosen.title.text(self.language), 2)
        for key, text in (
            ("purpose", chosen.purpose),
            ("how_it_works", chosen.how_it_works),
            ("out_of_scope", chosen.out_of_scope),
        ):
            self._hint(key, 2)
            self._example(key, 2, text=text.text(self.language))
        self._hint("sourcing", 2)
        self._example("sourcing", 2)
        self._fact("channels", chosen.channels)
        self._fact("acts_on", chosen.acts_on)
        self._fact("automation", chosen.automation)
        for key in ("reach", "volume", "stage", "datasets"):
            self._hint(key, 2)
            self._example(key, 2)
        self._legal_facts()

    def _legal_facts(self) -> None:
        """Every fact that triage asks for: what the kind of feature implies, the rest unknown."""
        self._hint("facts", 2)
        self.out.append("  facts:")
        for name, values in LEGAL_FACT_VALUES.items():
            key = "facts-choices" if name in LISTS else "facts-choice"
            told = self._say(f"facts-{name}")
            # YAML calls yes and no true and false; an editor marks anything else as wrong.
            shown = ("true", "false") if values == YES_NO else values
            self._comment(self._say(key, told=told, choices=", ".join(shown)), 4)
            self._stated(name, getattr(self.template.stated, name))

    def _stated(self, name: str, value: bool | str | tuple[str, ...] | None) -> None:
        if isinstance(value, tuple):
            self._list(name, value, 4)
        elif isinstance(value, bool):
            self.out.append(f"    {name}: {json.dumps(value)}")
        else:
            self._pair(name, value or UNKNOWN, 4)

    def _fact(self, key: str, value: str | Sequence[str] | None) -> None:
        """A fact of the feature: filled in where it is typical, else an example."""
        self._hint(key, 2)
        if not value:
            self._example(key, 2)
        elif isinstance(value, str):
            self._pair(key, value, 2)
        else:
            self._list(key, value, 2)

    def _roles(self) -> None:
        self._section("roles")
        self._hint("roles")
        self.out.append("roles:")
        for role in STANDARD_ROLES:
            self._pair("- role", role, 2)
            self._pair("responsibility", self._say(f"role-{role}"), 4)
            self._example("role", 4)

    def _stakeholders(self) -> None:
        self._section("stakeholders")
        self._hint("stakeholders")
        self._hint("involvement", choices=", ".join(get_args(Method)))
        self.out.append("stakeholders:")
        for place, group in enumerate(groups_of(self.template)):
            self._stakeholder(group, first=place == 0)

    def _stakeholder(self, group: Group, *, first: bool) -> None:
        self._pair("- id", group.id, 2)
        self._pair("name", group.name.text(self.language), 4)
        self._pair("description", group.description.text(self.language), 4)
        if not group.affected:
            self.out.append("    affected: false")
        if group.vulnerable_because is not None:
            self._hint(
                "vulnerable-because", 4, because=group.vulnerable_because.text(self.language)
            )
            self.out.append("    vulnerable: true")
        if first:
            self._example("involvement", 4)
        elif group.affected:
            self._example("not-involved", 4)

    def _impacts(self) -> None:
        self._section("impacts")
        self._hint("impacts")
        self._hint(
            "ratings",
            severities=", ".join(SEVERITIES),
            likelihoods=", ".join(LIKELIHOODS),
            reversibilities=", ".join(get_args(Reversibility)),
        )
        self.out.append("impacts:")
        for place, impact in enumerate(self.template.impacts):
            self._impact(impact)
            if place == 0:
                self._example("impact", 4, group=impact.affects[0])

    def _impact(self, impact: TypicalImpact) -> None:
        known = [f"{fact.sentence(self.language)}." for fact in facts_named(impact.facts)]
        self._pair("- id", impact.id, 2)
        self._pair("title", impact.title.text(self.language), 4)
        self._list("affects", impact.affects, 4)
        self._pair("interest", impact.interest.text(self.language), 4)
        self._pair("mechanism", " ".join([impact.mechanism.text(self.language), *known]), 4)

    def _safeguards(self) -> None:
        self._section("safeguards")
        self._hint("safeguards", choices=", ".join(get_args(SafeguardState)))
        self.out.append("safeguards:")
        for safeguard in self.template.safeguards:
            self._safeguard(safeguard)

    def _safeguard(self, safeguard: ProposedSafeguard) -> None:
        self._pair("- id", safeguard.id, 2)
        self._pair("title", safeguard.title.text(self.language), 4)
        self._list("reduces", safeguard.reduces, 4)
        self.out.append("    state: proposed")
        self._example("safeguard", 4, owner=safeguard.owner)

    def _commented_part(self, key: str, **values: str) -> None:
        """A part that a person must write: advice and an example, no content."""
        self._section(key)
        self._hint(key)
        self._example(key, 0, **values)

    # ── Lines ──

    def _say(self, key: str, **values: str) -> str:
        return say("scaffold", key, self.language, **values)

    def _section(self, key: str) -> None:
        title = self._say(f"section-{key}")
        self.out += ["", f"## {_RULE * 2} {title} {_RULE * (_WIDTH - len(title) - 7)}"]

    def _hint(self, key: str, indent: int = 0, **values: str) -> None:
        for paragraph in self._say(key, **values).split("\n"):
            self._comment(paragraph, indent)

    def _comment(self, text: str, indent: int = 0, *, hanging: int = 0) -> None:
        start = " " * indent + "## "
        width = _WIDTH if len(text) + len(start) > _WIDTH else _WIDTH * 2
        wrapped = textwrap.wrap(
            text,
            width,
            initial_indent=start,
            subsequent_indent=start + " " * hanging,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=len(text) + len(start) > _WIDTH,
        )
        self.out += wrapped or [start.rstrip()]

    def _example(self, key: str, indent: int, **values: str) -> None:
        """Lines to uncomment; a folded text that is filled in is wrapped at its own indent."""
        for line in self._say(f"example-{key}", **values).split("\n"):
            inner = len(line) - len(line.lstrip())
            self.out += _wrap(line.strip(), " " * indent + "# " + " " * inner)

    def _pair(self, key: str, text: str, indent: int) -> None:
        start = f"{' ' * indent}{key}:"
        written = text if _is_plain(text) else json.dumps(text, ensure_ascii=False)
        if len(start) + 1 + len(written) <= _WIDTH:
            self.out.append(f"{start} {written}")
        else:
            inside = indent + (4 if key.startswith("- ") else 2)
            self.out += [f"{start} >-", *_wrap(text, " " * inside)]

    def _list(self, key: str, items: Sequence[str], indent: int) -> None:
        line = f"{' ' * indent}{key}: [{', '.join(items)}]"
        if len(line) <= _WIDTH:
            self.out.append(line)
        else:
            self.out += [
                f"{' ' * indent}{key}:",
                *(f"{' ' * (indent + 2)}- {item}" for item in items),
            ]


def _wrap(text: str, indent: str) -> list[str]:
    """Lines of a folded YAML text (`>-`): joined by single spaces they give the text again."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


_PLAIN = re.compile(r"[A-Za-zÄÖÜäöü](?:[\w ,.()/;–-]*[\w.)])?")
_RESERVED = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def _is_plain(text: str) -> bool:
    """Whether YAML reads the text, written without quotes, as that very text."""
    return _PLAIN.fullmatch(text) is not None and text.lower() not in _RESERVED
