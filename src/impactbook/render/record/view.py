"""One record as its chapters see it: the JSON of the record, its figures and charts, one language.

A view finds the names behind ids (roles, groups, impacts, questions) and turns what people wrote
into text runs, a passage in another language marked as such. It decides nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import TYPE_CHECKING, Any

from impactbook.language import Language, date, number, phrases, say
from impactbook.model.base import Translated, in_language
from impactbook.model.evidence import Figure
from impactbook.render.blocks import Run
from impactbook.render.labels import Labels

if TYPE_CHECKING:
    from impactbook.render.charts import Chart

AREA = "record"
LEFT_OUT = "[left out]"
_ISO_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}")

Json = Mapping[str, Any]


@dataclass(frozen=True)
class RecordView:
    """A record (`record.json` as a dict, internal fields disclosed or sealed) in one language.

    `charts` may be empty: the chapters then draw their own.
    """

    record: Json
    figures: Sequence[Figure]
    charts: Mapping[str, Chart]
    language: Language

    # --- parts of the record ------------------------------------------------------------------
    def part(self, name: str) -> Json:
        """A top-level object, empty where the record has none."""
        found: Json = self.record.get(name) or {}
        return found

    def items(self, name: str) -> Sequence[Json]:
        """A top-level list, empty where the record has none."""
        found: Sequence[Json] = self.record.get(name) or ()
        return found

    @property
    def assessment(self) -> Json:
        """What people wrote besides the parts that stand at the top level."""
        return self.part("assessment")

    @property
    def feature(self) -> Json:
        """The feature's facts with its id."""
        return self.part("feature")

    @cached_property
    def written_in(self) -> Language:
        """The language of plain strings that people wrote."""
        told = self.assessment.get("language") or self.record.get("language") or self.language
        return "en" if told == "en" else "de"

    @cached_property
    def roles(self) -> dict[str, Json]:
        """Roles by id."""
        return {role["role"]: role for role in self.assessment.get("roles") or ()}

    @cached_property
    def groups(self) -> dict[str, Json]:
        """Stakeholder groups by id."""
        return {group["id"]: group for group in self.items("stakeholders")}

    @cached_property
    def impacts(self) -> dict[str, Json]:
        """Impacts by id."""
        return {impact["id"]: impact for impact in self.items("impacts")}

    @cached_property
    def safeguards(self) -> dict[str, Json]:
        """Safeguards by id."""
        return {one["id"]: one for one in self.assessment.get("safeguards") or ()}

    @cached_property
    def conditions(self) -> dict[str, Json]:
        """The decision's conditions by id."""
        return {one["id"]: one for one in self.part("decision").get("conditions") or ()}

    @cached_property
    def questions(self) -> dict[str, Json]:
        """Questions of all frameworks by id."""
        asked = (question for pack in self.items("frameworks") for question in pack["questions"])
        return {question["id"]: question for question in asked}

    @cached_property
    def datasets(self) -> dict[str, Json]:
        """Evidence by dataset id."""
        return {one["dataset"]: one for one in self.items("evidence")}

    @cached_property
    def attachments(self) -> dict[str, Json]:
        """Attachments by id."""
        return {one["id"]: one for one in self.items("attachments")}

    @cached_property
    def figures_by_id(self) -> dict[str, Figure]:
        """Figures by id."""
        return {figure.id: figure for figure in self.figures}

    def figures_of(self, dataset: str) -> list[Figure]:
        """One dataset's figures in their order."""
        return [figure for figure in self.figures if figure.source == dataset]

    def labels(self, dataset: str) -> Labels:
        """How one dataset's attributes and groups are called."""
        return Labels.of(self.datasets.get(dataset, {}), self.language)

    def impact_number(self, id: str) -> str:
        """The short name of an impact in charts and tables (A1, A2, ... or H1, H2, ...)."""
        place = list(self.impacts).index(id) + 1 if id in self.impacts else "?"
        return f"{self.say('impact-letter')}{place}"

    # --- words --------------------------------------------------------------------------------
    def say(self, key: str, **values: object) -> str:
        """A phrase of the record in the view's language."""
        return say(AREA, key, self.language, **values)

    def label(self, kind: str, value: object) -> str:
        """The label of a closed choice (`severity`, `severe`); an unknown value stands as it is."""
        key = f"{kind}-{value}"
        return self.say(key) if key in phrases(AREA) else str(value)

    def date(self, value: object) -> str:
        """An ISO date in words; anything else as it is, nothing as a dash."""
        if isinstance(value, dt.date):
            return date(value, self.language)
        if not isinstance(value, str) or not value:
            return "–"
        if _ISO_DAY.match(value):
            return date(dt.date.fromisoformat(value[:10]), self.language)
        return self.label("due", value)

    def number(self, value: int | float | None) -> str:
        """A whole number, or a dash for none."""
        return "–" if value is None else number(value, self.language)

    def listed(self, words: Sequence[str]) -> str:
        """Words as an enumeration: "a, b und c"; parts that hold commas are set off by "; "."""
        if any("," in word for word in words):
            return "; ".join(words)
        if len(words) < 2:
            return "".join(words)
        return f"{', '.join(words[:-1])} {self.say('and')} {words[-1]}"

    def passage(self, text: Any, written_in: Language | None = None) -> tuple[str, Language]:
        """A text in the view's language if there is one, and the language it is in.

        A plain string is in the assessment's language unless `written_in` says otherwise.
        """
        if text is None:
            return "", self.language
        if isinstance(text, Mapping):
            return in_language(Translated.model_validate(text), self.language, self.written_in)
        return str(text), written_in or self.written_in

    def plain(self, text: Any) -> str:
        """A text of a person without the mark of its language, for names."""
        return self.passage(text)[0]

    def text(
        self,
        text: Any,
        *,
        italic: bool = False,
        bold: bool = False,
        written_in: Language | None = None,
    ) -> list[Run]:
        """A text of a person as runs; marked with its language where that is another one."""
        words, language = self.passage(text, written_in)
        if not words:
            return []
        lang = None if language == self.language else language
        return [Run(words, italic=italic, bold=bold, lang=lang)]

    def sentence(self, area: str, key: str, values: Mapping[str, list[Run]]) -> list[Run]:
        """A phrase as runs, its placeholders filled with runs (which may be in another language)."""
        runs: list[Run] = []
        for literal, name, _, _ in Formatter().parse(phrases(area)[key][self.language]):
            if literal:
                runs.append(Run(literal))
            if name:
                runs += values[name]
        return runs

    def said_then(self, text: Any) -> list[Run]:
        """A sentence that the workbook itself said when the record was made."""
        then: Language = "en" if self.record.get("language") == "en" else "de"
        return self.text(text, written_in=then)

    def declared(self, dataset: str, text: Any) -> list[Run]:
        """A text of a dataset's declaration."""
        labels = self.datasets.get(dataset, {}).get("labels") or {}
        told: Language = "en" if labels.get("language") == "en" else "de"
        return self.text(text, written_in=told)

    def internal(self, value: Any) -> str:
        """An internal field: its value where disclosed, otherwise that it is not."""
        if isinstance(value, Mapping) or value == LEFT_OUT:
            return self.say("not-disclosed")
        return str(value) if value else "–"

    # --- names behind ids ---------------------------------------------------------------------
    def role(self, id: str | None) -> str:
        """The title of a role: the one written, else the standard one, else the id."""
        if not id:
            return "–"
        written = self.roles.get(id, {}).get("title")
        return self.plain(written) if written else self.label("role", id)

    def person(self, id: str | None) -> str:
        """The role's title with the person's name where that is disclosed."""
        person = self.roles.get(id or "", {}).get("person")
        if not isinstance(person, str) or person == LEFT_OUT:
            return self.role(id)
        return f"{self.role(id)} ({person})"

    def who(self, id: str) -> str:
        """A rater: a stakeholder group's name or a role's title."""
        return self.title(self.groups, id, "name") if id in self.groups else self.role(id)

    def title(self, things: Mapping[str, Json], id: str, key: str = "title") -> str:
        """The title of a thing by its id; the id when there is no such thing."""
        return self.plain(things[id].get(key)) or id if id in things else id

    def titles(self, ids: Sequence[str], name: Callable[[str], str]) -> str:
        """Names behind several ids, or a dash for none."""
        return self.listed([name(id) for id in ids]) or "–"
