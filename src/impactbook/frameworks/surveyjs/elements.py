"""Pages, panels, questions and choices of a SurveyJS file as the parts of a questionnaire.

What SurveyJS can do and a pack cannot is either kept as free text, left out, or refused; each case
is told to the person who imports, because a condition or score that is lost in silence changes what
people are asked and what comes out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from impactbook.errors import InputError
from impactbook.frameworks.questionnaires.parser import parse_condition
from impactbook.frameworks.surveyjs.source import Path, SourceFile
from impactbook.frameworks.surveyjs.texts import texts_of
from impactbook.language import phrases
from impactbook.model.questionnaire import MAX_PANEL_DEPTH

TAKEN_OVER = ("radiogroup", "checkbox", "dropdown", "boolean", "comment", "text", "panel")
"""Kinds of elements that a pack has too."""

SAME_AS: Mapping[str, str] = {"tagbox": "checkbox", "buttongroup": "radiogroup", "html": "note"}
"""Kinds that differ only in how they look."""

KEPT_AS_TEXT = ("rating", "imagepicker", "ranking", "slider", "nouislider", "multipletext", "file")
"""Kinds that are asked as free text: their question is kept, their choices and scores are not."""

_ONLY_SHOWN = ("image", "signaturepad", "empty")
"""Kinds that a questionnaire in words cannot hold and that ask for no words; left out."""

_LEFT_OUT = (
    "enableIf", "requiredIf", "setValueIf", "setValueExpression", "resetValueIf", "defaultValue",
    "defaultValueExpression", "choicesVisibleIf", "choicesEnableIf", "validators",
)  # fmt: skip
"""Keys that steer the form but neither what is seen nor what it scores."""

_ADDED_CHOICES = (
    ("other", ("showOtherItem", "hasOther"), "otherText", "answer-other"),
    ("none", ("showNoneItem", "hasNone"), "noneText", "answer-none"),
)
"""Choices SurveyJS adds by itself: value, the keys that switch it on, its text, our words for it."""


@dataclass
class Notices:
    """What the import must tell: kinds kept as text or left out, keys left out, names used twice."""

    as_text: list[tuple[str, str]] = field(default_factory=list)
    not_kept: list[tuple[str, str]] = field(default_factory=list)
    keys: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Conversion:
    """One file on its way into a questionnaire: the source, its default language, what to tell."""

    source: SourceFile
    default: str
    notices: Notices = field(default_factory=Notices)

    def questionnaire(self) -> dict[str, Any]:
        """The whole questionnaire as plain data; raises `InputError` at the first thing refused."""
        data = self.source.data
        self._refuse_calculations()
        return _given(
            default_language=self.default,
            title=self._text(data, (), "title"),
            description=self._text(data, (), "description"),
            pages=[self._page(page, path, at) for at, (page, path) in enumerate(self._pages())],
        )

    def _pages(self) -> list[tuple[Any, Path]]:
        """The pages; a file without any has all elements on one."""
        data = self.source.data
        if data.get("pages"):
            return list(self._items(data, (), "pages"))
        if "elements" in data or "questions" in data:
            return [({key: data[key] for key in ("elements", "questions") if key in data}, ())]
        raise self.source.error(
            (), "has no pages and no elements", "give a questionnaire as SurveyJS saves it"
        )

    def _page(self, page: Any, path: Path, at: int) -> dict[str, Any]:
        group = self._group(page, path)
        return _given(
            name=self._name(group, path, f"page{at + 1}"),
            title=self._text(group, path, "title"),
            description=self._text(group, path, "description"),
            **self._seen(group, path),
            elements=self._elements(group, path, 0),
        )

    def _elements(self, group: Mapping[str, Any], path: Path, depth: int) -> list[dict[str, Any]]:
        """What a page or panel holds; older files say `questions` for `elements`."""
        key = "elements" if "elements" in group else "questions"
        found = (self._element(item, at, depth) for item, at in self._items(group, path, key))
        return [element for element in found if element is not None]

    def _element(self, item: Any, path: Path, depth: int) -> dict[str, Any] | None:
        """One element, or None for what is left out."""
        group = self._group(item, path)
        kind, name = group.get("type"), self._name(group, path, None)
        if not isinstance(kind, str):
            raise self.source.error(path, "has no type", "name one, such as radiogroup")
        if kind in _ONLY_SHOWN:
            self.notices.not_kept.append((name, kind))
            return None
        type_ = self._type(kind, name, path)
        self.notices.keys.update(key for key in _LEFT_OUT if group.get(key) not in (None, "", []))
        common = _given(
            type=type_,
            name=name,
            title=self._text(group, path, "html" if type_ == "note" else "title"),
            description=self._text(group, path, "description") or self._text(group, path, "help"),
            **self._seen(group, path),
        )
        if type_ == "panel":
            return common | {"elements": self._panel(group, path, depth)}
        if type_ == "note":
            return common
        self.notices.names[name] += 1
        return common | self._question(group, path, type_, kind)

    def _type(self, kind: str, name: str, path: Path) -> str:
        """The kind in a pack; raises `InputError` for one that several questions hide in."""
        if kind in TAKEN_OVER:
            return kind
        if kind in SAME_AS:
            return SAME_AS[kind]
        if kind in KEPT_AS_TEXT:
            self.notices.as_text.append((name, kind))
            return "text"
        raise self.source.error(
            (*path, "type"),
            f"the question {name[:60]!r} is of type {kind[:40]!r}, which is not read",
            f"ask it with {', '.join(TAKEN_OVER)}",
        )

    def _panel(self, group: Mapping[str, Any], path: Path, depth: int) -> list[dict[str, Any]]:
        if depth >= MAX_PANEL_DEPTH:
            problem = f"nests panels deeper than {MAX_PANEL_DEPTH} levels"
            raise self.source.error(path, problem, "flatten them")
        return self._elements(group, path, depth + 1)

    def _question(
        self, group: Mapping[str, Any], path: Path, type_: str, kind: str
    ) -> dict[str, Any]:
        """What only a question has: whether it is required, where its answer is, its choices."""
        key = group.get("valueName")
        choices: list[dict[str, Any]] = []
        if type_ == "boolean":
            choices = self._yes_and_no(group, path)
        elif type_ in ("radiogroup", "checkbox", "dropdown"):
            choices = self._choices(group, path)
        return _given(
            required=group.get("isRequired") is True or None,
            answered_as=key if isinstance(key, str) and key != group["name"] else None,
            imported_as=kind if kind in KEPT_AS_TEXT else None,
            choices=choices,
        )

    def _choices(self, group: Mapping[str, Any], path: Path) -> list[dict[str, Any]]:
        """The choices written in the file and those SurveyJS adds; refused where they lie elsewhere."""
        for key in ("choicesByUrl", "choicesFromQuestion"):
            if group.get(key):
                raise self.source.error(
                    (*path, key), "takes its choices from elsewhere", "write them into the file"
                )
        found = [self._choice(item, at) for item, at in self._items(group, path, "choices")]
        for value, switches, text_key, words in _ADDED_CHOICES:
            if any(group.get(switch) is True for switch in switches):
                text = self._text(group, path, text_key) or self._words(words)
                found.append({"value": value, "text": text})
        if not found:
            raise self.source.error(path, "offers no choices", "give at least one")
        twice = [
            value for value, times in Counter(str(c["value"]) for c in found).items() if times > 1
        ]
        if twice:
            problem = f"offers the choice {twice[0][:60]!r} twice"
            raise self.source.error((*path, "choices"), problem, "give each its own value")
        return found

    def _choice(self, item: Any, path: Path) -> dict[str, Any]:
        """A choice: a bare value, or a group with `value`, `text` and perhaps `score`."""
        group = item if isinstance(item, dict) else {"value": item}
        value, score = group.get("value"), group.get("score")
        if not isinstance(value, str | int | float) or value == "":
            raise self.source.error(path, "is a choice without a value", "give it one")
        self.notices.keys.update(
            f"choices.{key}" for key in ("visibleIf", "enableIf") if group.get(key)
        )
        stated = isinstance(score, int | float) and not isinstance(score, bool)
        return _given(
            value=value,
            text=self._text(group, path, "text") or {self.default: str(value)},
            score=score if stated else None,
        )

    def _yes_and_no(self, group: Mapping[str, Any], path: Path) -> list[dict[str, Any]]:
        """The two answers of a yes-or-no question, under the values and labels the file gives."""
        return [
            {
                "value": group.get(value_key, value),
                "text": self._text(group, path, label_key) or self._words(words),
            }
            for value, value_key, label_key, words in (
                (True, "valueTrue", "labelTrue", "answer-yes"),
                (False, "valueFalse", "labelFalse", "answer-no"),
            )
        ]

    def _words(self, key: str) -> dict[str, str]:
        """Words the form itself would supply, in both our languages."""
        return dict(phrases("frameworks")[key])

    def _seen(self, group: Mapping[str, Any], path: Path) -> dict[str, Any]:
        """The condition under which a part is seen, read once so that a mistake has its line."""
        condition = group.get("visibleIf")
        if condition is None or condition == "":
            return _given(hidden=group.get("visible") is False or None)
        place = (*path, "visibleIf")
        if not isinstance(condition, str):
            raise self.source.error(place, "is no condition", "write it as a text")
        try:
            parse_condition(condition.strip())
        except InputError as error:
            raise self.source.error(place, error.problem, error.remedy) from None
        return {"visible_if": condition.strip()}

    def _refuse_calculations(self) -> None:
        """Stop where the form computes answers or shows parts by itself: both change what is seen."""
        data = self.source.data
        if data.get("calculatedValues"):
            raise self.source.error(
                ("calculatedValues",),
                "computes values, which is not read",
                "ask for them, or write the conditions without them",
            )
        for trigger, path in self._items(data, (), "triggers"):
            if isinstance(trigger, dict) and trigger.get("type") == "visible":
                raise self.source.error(
                    path, "shows questions by a trigger", "use `visibleIf` at the questions"
                )
            self.notices.keys["triggers"] += 1

    def _items(self, group: Mapping[str, Any], path: Path, key: str) -> list[tuple[Any, Path]]:
        """The items of a list with their places; an absent list is empty."""
        items = group.get(key)
        if items is None:
            return []
        if not isinstance(items, list):
            raise self.source.error((*path, key), "is no list", "write a list")
        return [(item, (*path, key, at)) for at, item in enumerate(items)]

    def _group(self, item: Any, path: Path) -> Mapping[str, Any]:
        if not isinstance(item, dict):
            raise self.source.error(path, "is no group of keys", "write an object")
        return item

    def _name(self, group: Mapping[str, Any], path: Path, otherwise: str | None) -> str:
        name = group.get("name", otherwise)
        if not isinstance(name, str) or not 0 < len(name) <= 200:
            raise self.source.error(path, "has no name of 1 to 200 characters", "give it one")
        return name

    def _text(self, group: Mapping[str, Any], path: Path, key: str) -> dict[str, str] | None:
        return texts_of(self.source, group.get(key), (*path, key), self.default)


def _given(**keys: Any) -> dict[str, Any]:
    """The keys that hold something, in their order; `pages` and `elements` stay even if empty."""
    return {
        key: value for key, value in keys.items() if value is not None and value not in ([], {})
    }
