"""What a phrase about a figure may ask for: its value, interval and counts, and names of its parts.

Which phrase says a figure, and what stands before or after it, is decided in `sentences`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from impactbook.language import Language, number, say
from impactbook.model.evidence import Figure
from impactbook.render.figure_values import (
    DIFFERENCES,
    RATIOS,
    SHARES,
    conditions,
    figure_value,
    of_hundred,
    rounded_percent,
    say_or,
)
from impactbook.render.labels import Labels

_HIGHER_FIRST = DIFFERENCES | {"imbalance_ratio", "missing_share_ratio"}
_HOURS = ("hours_of_speech", "hours_per_person")


def phrase_values(figure: Figure, labels: Labels) -> dict[str, str]:
    """Everything a phrase may ask for."""
    language = labels.language
    told = conditions(figure)
    first, second = labels.pair(figure.attribute, figure.group)
    low, high = (second, first) if figure.metric in _HIGHER_FIRST else (first, second)
    matching = told.get("matching", "")
    return {
        "value": value_in_sentence(figure, language),
        "interval": interval_of(figure, language),
        "counted": counted_of(figure, language),
        "people": labels.noun(figure.unit),
        "attribute": labels.attribute(figure.attribute),
        "group": group_of(figure, labels),
        "low": low,
        "high": high,
        "label": labels.attribute(told.get("label", "")),
        "positive": labels.group(told.get("label", ""), told.get("positive", "")),
        "limit": figure.metric.split("_")[-1],
        "column": labels.attribute(told.get("column", "")),
        "purpose": _called("purpose", told, language),
        "kind": _called("kind", told, language),
        "matching": say_or("figures", f"matching-{matching}", language, "") if matching else "",
        "first": first,
        "second": second,
        "one": labels.attribute(figure.attribute.partition("*")[0]),
        "other": labels.attribute(figure.attribute.partition("*")[2]),
        "given": labels.attribute(told.get("given", "")),
        "guessed": labels.attribute(_guessed(figure.attribute, told.get("given", ""))),
        "parts": labels.attribute(told.get("by", "")),
        "basis": basis_of(told, language),
    }


def _guessed(attribute: str, given: str) -> str:
    """Of two attributes the one that is not given."""
    others = [name for name in attribute.split("*") if unquote(name) != given]
    return others[0] if len(others) == 1 else ""


def _called(key: str, told: Mapping[str, str], language: Language) -> str:
    """How the value of a condition is called; one without a phrase keeps its own name."""
    value = told.get(key, "")
    return say_or("figures", f"{key}-{value}", language, value) if value else ""


def group_of(figure: Figure, labels: Labels) -> str:
    """The name of the figure's group, or "" where it is about all of the data."""
    return labels.group(figure.attribute, figure.group) if figure.group else ""


def value_in_sentence(figure: Figure, language: Language) -> str:
    """The value as people say it: per cent, of a hundred expected, hours, or a plain number."""
    if figure.value is None:
        return "–"
    if figure.metric in SHARES:
        return rounded_percent(figure.value, language, 1)
    if figure.metric in RATIOS:
        return of_hundred(figure.value, language)
    if figure.metric in _HOURS:
        return _lasting(figure.value, language)
    return figure_value(figure, figure.value, language)


def _lasting(hours: float, language: Language) -> str:
    """A length of time as people say it: hours, or minutes where it is less than one.

    >>> _lasting(3.25, "en"), _lasting(0.02, "en")
    ('3.2 hours', '1.2 minutes')
    """
    unit, value = ("hours", hours) if hours >= 1 else ("minutes", hours * 60)
    return say("figures", f"{unit}-long", language, value=number(value, language, 1))


def interval_of(figure: Figure, language: Language) -> str:
    """What collecting in the same way again would give; "" without an interval."""
    if figure.ci_low is None or figure.ci_high is None:
        return ""
    if figure.metric in RATIOS:
        low, high = of_hundred(figure.ci_low, language), of_hundred(figure.ci_high, language)
    elif figure.metric in _HOURS:
        low, high = _lasting(figure.ci_low, language), _lasting(figure.ci_high, language)
    else:
        low = figure_value(figure, figure.ci_low, language)
        high = figure_value(figure, figure.ci_high, language)
    return say("figures", "interval", language, low=low, high=high)


def counted_of(figure: Figure, language: Language) -> str:
    """ " (65 of 396)", or "" where the counts are not published."""
    if figure.numerator is None or figure.denominator is None:
        return ""
    k, n = number(figure.numerator, language), number(figure.denominator, language)
    return say("figures", "counted", language, k=k, n=n)


def basis_of(told: Mapping[str, str], language: Language) -> str:
    """What shares over time are compared with: the population, or all of the data."""
    compared = "population" if told.get("of") == "representation_ratio" else "all"
    return say("figures", f"basis-{compared}", language)
