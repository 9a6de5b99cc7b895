"""Findings and citations as sentences: ids become names, figures become figures with their words.

The sentences stand in `phrases/findings.yaml`; which findings there are is decided in `assess`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from impactbook.language import phrases
from impactbook.model.evidence import Figure, Verdict
from impactbook.render.blocks import Run
from impactbook.render.record.view import Json, RecordView
from impactbook.render.sentences import (
    figure_value,
    is_main,
    metric_name,
    say_or,
    sentence,
)

AREA = "findings"
_EFFECTS = ("blocks", "conditions", "informs")
_PRIORITY = (
    "prohibited_practice",
    "check_failed",
    "severe_irreversible_vulnerable",
    "residual_risk_high",
    "decision_no_go",
    "no_decision",
    "dissent_remains",
    "group_not_heard",
    "condition_open_before",
    "check_not_measured",
    "dataset_missing",
    "raters_disagree",
    "check_attention",
    "triage_question_open",
    "triage_point_open",
    "question_negative",
    "question_open",
)


def said(view: RecordView, finding: Json) -> list[Run]:
    """One finding as a sentence."""
    values = finding.get("values") or {}
    if finding["code"] == "raters_disagree" and values.get("low") == values.get("high"):
        return _sentence(view, "raters_disagree-same", finding)
    return _sentence(view, finding["code"], finding)


def said_together(view: RecordView, findings: Sequence[Json]) -> list[Run]:
    """Several findings of one code as one sentence; the first one is named."""
    if len(findings) == 1:
        return said(view, findings[0])
    runs = {"count": [Run(view.number(len(findings)))]}
    return _sentence(view, f"{findings[0]['code']}-many", findings[0], runs)


def grouped(findings: Sequence[Json]) -> list[list[Json]]:
    """Findings of the same code together, those first that matter most.

    What blocks comes before what asks for conditions and what informs; within that, what the data
    shows and what people are exposed to comes before what is missing on paper.
    """
    kinds: dict[str, list[Json]] = {}
    for finding in sorted(findings, key=lambda one: _EFFECTS.index(one["effect"])):
        kinds.setdefault(finding["code"], []).append(finding)

    def rank(code: str) -> tuple[int, int, str]:
        place = _PRIORITY.index(code) if code in _PRIORITY else len(_PRIORITY)
        return _EFFECTS.index(kinds[code][0]["effect"]), place, code

    return [kinds[code] for code in sorted(kinds, key=rank)]


def _sentence(
    view: RecordView, key: str, finding: Json, extra: Mapping[str, list[Run]] | None = None
) -> list[Run]:
    if key not in phrases(AREA):
        key = "other-finding-many" if key.endswith("-many") else "other-finding"
    given: Mapping[str, Any] = finding.get("values") or {}
    values = {name: _value(view, name, value, given) for name, value in given.items()}
    values = {"attribute": [], "code": [Run(finding["code"], code=True)], **values, **(extra or {})}
    return view.sentence(AREA, key, values)


def _value(view: RecordView, name: str, value: Any, given: Mapping[str, Any]) -> list[Run]:
    """What a placeholder is filled with: the name behind the id, a date, a label, or a text."""
    if name in _NAMES and isinstance(value, str):
        named = _NAMES[name](view, value, given)
        if named != value:
            return [Run(named)] if named else []
    if isinstance(value, str | Mapping):
        words, language = view.passage(value)
        return [Run(words.rstrip("."), lang=None if language == view.language else language)]
    return [Run(view.number(value))]


def _condition(view: RecordView, id: str, given: Mapping[str, Any]) -> str:
    return view.title(view.conditions, id, "text").rstrip(".")


def _option(view: RecordView, value: str, given: Mapping[str, Any]) -> str:
    answer = view.questions.get(str(given.get("question")), {}).get("answer") or {}
    return view.plain(answer.get("label")) if answer.get("value") == value else value


def _attribute(view: RecordView, value: str, given: Mapping[str, Any]) -> str:
    named = view.labels(str(given.get("dataset"))).attribute(value)
    return f": {named}" if named else ""


def _subject(view: RecordView, value: str, given: Mapping[str, Any]) -> str:
    for things in (view.questions, view.impacts, view.safeguards):
        if value in things:
            return view.title(things, value)
    return value


_Name = Callable[[RecordView, str, Mapping[str, Any]], str]
_NAMES: Mapping[str, _Name] = {
    "field": lambda view, value, _: view.label("field", value.removeprefix("feature.")),
    "role": lambda view, value, _: view.role(value),
    "group": lambda view, value, _: view.title(view.groups, value, "name"),
    "impact": lambda view, value, _: view.title(view.impacts, value),
    "safeguard": lambda view, value, _: view.title(view.safeguards, value),
    "question": lambda view, value, _: view.title(view.questions, value),
    "dataset": lambda view, value, _: view.title(view.datasets, value),
    "condition": _condition,
    "subject": _subject,
    "option": _option,
    "attribute": _attribute,
    "low_by": lambda view, value, _: view.who(value),
    "high_by": lambda view, value, _: view.who(value),
    "level": lambda view, value, _: view.label("level", value),
    "low": lambda view, value, _: view.label("level", value),
    "high": lambda view, value, _: view.label("level", value),
    "due": lambda view, value, _: view.date(value),
    "check": lambda view, value, _: say_or("figures", f"check-{value}", view.language, value),
    "problem": lambda view, value, _: problem(view, value),
}


def problem(view: RecordView, code: str) -> str:
    """Why something is not measured, in words."""
    return say_or("figures", f"problem-{code or 'not_said'}", view.language, code)


def citation(view: RecordView, cited: str) -> list[Run]:
    """A piece of evidence that somebody cites: a figure, an attachment, or words as they are."""
    figure = view.figures_by_id.get(cited)
    if figure is not None:
        return [Run(f"{figure_in_words(view, figure)} "), Run(f"[{cited}]", code=True)]
    if cited in view.attachments:
        attachment = view.attachments[cited]
        return [*view.text(attachment.get("description")), Run(f" [{cited}]", code=True)]
    return view.text(cited)


def figure_in_words(view: RecordView, figure: Figure) -> str:
    """A figure's sentence; name and value for a metric that has no sentence."""
    labels = view.labels(figure.source)
    words = sentence(figure, labels, view.figures)
    if words:
        return words
    value = figure_value(figure, figure.value, view.language)
    return f"{metric_name(figure.metric, view.language)}: {value}."


def telling_figures(view: RecordView, dataset: str, verdict: Verdict) -> list[Figure]:
    """For each attribute, the figure of this verdict farthest outside its range, worst first.

    Figures without a value, bounds and figures of single splits are left out.
    """
    worst: dict[tuple[str, str], Figure] = {}
    for figure in view.figures_of(dataset):
        if figure.verdict != verdict or figure.value is None or not is_main(figure):
            continue
        key = (figure.metric, figure.attribute)
        if key not in worst or _urgency(figure) > _urgency(worst[key]):
            worst[key] = figure
    return sorted(worst.values(), key=_urgency, reverse=True)


def telling(figures: Sequence[Figure]) -> Figure:
    """The figure that lies farthest outside its range; the first one when none has a value."""
    told = [figure for figure in figures if figure.value is not None]
    return max(told or figures[:1], key=_urgency)


def _urgency(figure: Figure) -> tuple[bool, float]:
    """First what is surely outside, then how far the value is from its nearer threshold.

    Far below counts like far above: 0.5 of a lower threshold like twice an upper one.
    """
    value = figure.value or 0.0
    low, high = figure.threshold_low, figure.threshold_high
    below = (low - value) / low if low else 0.0
    above = (value - high) / value if high is not None and value else 0.0
    return figure.verdict == "fail", max(below, above)


def telling_sentences(view: RecordView, dataset: str, *, verdict: Verdict, limit: int) -> list[str]:
    """The sentences of a dataset's most telling figures of one verdict."""
    figures = view.figures_of(dataset)
    labels = view.labels(dataset)
    told = (sentence(figure, labels, figures) for figure in telling_figures(view, dataset, verdict))
    return [words for words in told if words][:limit]
