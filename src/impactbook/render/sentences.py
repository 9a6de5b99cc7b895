"""A figure as a sentence for people, in German and English.

What is unknown is said before what is known, uncertainty is said as what collecting the data in
the same way again would give, and a figure that is hidden or not measured says so. The wording
stands in `phrases/figures.yaml`; names of groups come from `render.labels`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from impactbook.language import Language, phrases, say
from impactbook.model.evidence import Figure
from impactbook.render.figure_values import (
    BELOW,
    conditions,
    figure_value,
    is_main,
    metric_name,
    of_hundred,
    rounded_percent,
    say_or,
)
from impactbook.render.labels import Labels
from impactbook.render.phrase_values import (
    basis_of,
    group_of,
    interval_of,
    phrase_values,
    value_in_sentence,
)

__all__ = [
    "bounds_sentence", "conditions", "figure_value", "hidden_sentence",
    "hypothesis_sentence", "is_main", "metric_name", "of_hundred", "pattern_sentence",
    "representation", "rounded_percent", "say_or", "sentence", "statement", "unknown_sentence",
    "unknown_share",
]  # fmt: skip

_NONE_FOUND = frozenset(
    {
        "missing_share",
        "duplicate_share",
        "split_overlap",
        "breaches",
        "consent_withdrawn",
        "consent_withdrawn_before",
        "consent_after_collection",
        "kept_past_retention",
        "older_than_limit",
        "personal_data_share",
        "conflicting_labels",
        "conflicting_persons",
        "empty_share",
        "bounded_durations",
        "invalid_share",
        "labelled_once_share",
    }
)
_NOUNS = frozenset({"rows", "persons"})
"""Metrics whose names are phrases of their own: what is counted, in the plural."""

_TOLD_BY_GROUP = frozenset(
    {
        "mean_duration",
        "mean_words",
        "median_words",
        "type_token_ratio",
        "hours_of_speech",
        "hours_per_person",
        "disagreement_share",
        "labelled_once_share",
        "vocabulary",
    }
)


def unknown_sentence(share: float, attribute: str, figure: Figure, labels: Labels) -> str:
    """What is not known about an attribute: "Bei 72 % der Sprechenden ist das Geschlecht ...\""""
    named = labels.named_attribute(attribute)
    return say(
        "figures",
        "unknown" if named is None else "unknown-named",
        labels.language,
        share=rounded_percent(share, labels.language),
        people=labels.noun(figure.unit),
        attribute=named or labels.attribute(attribute),
    )


def unknown_share(figure: Figure, figures: Iterable[Figure] = ()) -> float | None:
    """The share without a known value: `share_of_all` of `missing` if there is one, else computed.

    Computed as unknown / (denominator + unknown), which leaves out groups without a reference.
    None when the counts are not published.
    """
    for other in figures:
        missing = other.metric == "share_of_all" and other.group == "missing"
        if missing and other.value is not None and _population(other) == _population(figure):
            return other.value
    if figure.unknown is None or figure.denominator is None:
        return None
    return figure.unknown / ((figure.unknown + figure.denominator) or 1)


def _population(figure: Figure) -> tuple[str, str, str, str]:
    """Whom a figure speaks about; two figures with the same can be put side by side."""
    return figure.source, figure.unit, figure.attribute, figure.condition


def sentence(figure: Figure, labels: Labels, figures: Iterable[Figure] = ()) -> str:
    """One figure as sentences that can stand alone, or "" for a metric without one.

    `figures` are the other figures of the dataset; from them comes the share of the unknown.
    """
    if figure.metric == "representation_ratio":
        return _whole_representation(figure, labels, figures)
    return statement(figure, labels)


def _whole_representation(figure: Figure, labels: Labels, figures: Iterable[Figure]) -> str:
    """The unknown part first, then the ratio among the rest."""
    unknown = unknown_share(figure, figures) or 0.0
    start = unknown_sentence(unknown, figure.attribute, figure, labels) if unknown else ""
    return " ".join(
        part for part in (start, representation(figure, labels, among=bool(unknown))) if part
    )


def representation(figure: Figure, labels: Labels, *, among: bool) -> str:
    """How many there are for every 100 expected; `among` says the unknown part was said before."""
    language = labels.language
    if figure.verdict == "not_measured":
        attribute = labels.attribute(figure.attribute)
        key = "represented-unmeasured" if attribute else "represented-undeclared"
        return say("figures", key, language, attribute=attribute)
    people = labels.people_of(figure.attribute, figure.group, figure.unit)
    if figure.value is None:
        hidden = say("figures", "represented-hidden", language, group=people)
        return _with_remark(hidden, figure, language)
    said = say(
        "figures",
        "represented-among" if among else "represented-all",
        language,
        group=people,
        value=of_hundred(figure.value, language),
        interval=interval_of(figure, language),
    )
    return _with_remark(said, figure, language)


def _with_remark(said: str, figure: Figure, language: Language) -> str:
    if figure.verdict == "not_enough_data":
        return f"{said} {say('figures', 'too-few', language)}"
    if figure.value is None and figure.verdict == "fail":
        return f"{said} {say('figures', 'surely-outside', language)}"
    return said


def bounds_sentence(figure: Figure, figures: Iterable[Figure], labels: Labels) -> str:
    """Between which values a ratio lies, whoever the unknown ones are; "" when that is not known."""
    bounds = {
        conditions(other).get("bound"): other.value
        for other in figures
        if (other.metric, other.attribute, other.group, other.source)
        == (figure.metric, figure.attribute, figure.group, figure.source)
        and _without_bound(other) == conditions(figure)
    }
    low, high = bounds.get("all_unknown_out"), bounds.get("all_unknown_in")
    if low is None or high is None:
        return ""
    language = labels.language
    low_said, high_said = of_hundred(low, language), of_hundred(high, language)
    return say("figures", "represented-bounds", language, low=low_said, high=high_said)


def _without_bound(figure: Figure) -> dict[str, str]:
    return {key: value for key, value in conditions(figure).items() if key != "bound"}


def statement(figure: Figure, labels: Labels) -> str:
    """One figure of any other metric as a sentence; "" when the metric has none."""
    language = labels.language
    if figure.metric == "uncovered_pattern":
        return pattern_sentence(figure, labels)
    if figure.metric == "hypothesis":
        return hypothesis_sentence(figure, labels)
    if figure.metric == "first_breach":
        return first_breach_sentence(figure, labels)
    key = _key(figure)
    if key not in phrases("figures"):
        return ""
    if figure.verdict == "not_measured":
        return _named([figure], "unmeasured", labels)
    if figure.value is None and figure.metric != "people_needed":
        return _with_remark(hidden_sentence([figure], labels), figure, language)
    return _with_remark(
        say("figures", key, language, **phrase_values(figure, labels)), figure, language
    )


def pattern_sentence(figure: Figure, labels: Labels) -> str:
    """Whom a pattern misses, and for how many people of the population it stands.

    The pattern's own number is told only as "nobody" or "fewer than", as it may be masked.
    """
    language = labels.language
    names, groups = figure.attribute.split("*"), figure.group.split(" / ")
    if len(names) != len(groups):
        names, groups = [figure.attribute], [figure.group]
    parts = [
        say(
            "figures",
            "pattern-part",
            language,
            attribute=labels.attribute(name),
            group=labels.group(name, group),
        )
        for name, group in zip(names, groups, strict=True)
        if group != "*"
    ]
    basis, _, below = figure.method.partition(";below=")
    kind = "nobody" if figure.numerator == 0 else "few"
    told = say(
        "figures",
        f"pattern-{kind if parts else 'any'}",
        language,
        pattern=", ".join(parts),
        limit=below,
        people=labels.noun(figure.unit),
    )
    stands_for = f"pattern-{basis}"
    if figure.value is None or not parts or stands_for not in phrases("figures"):
        return told
    share = rounded_percent(figure.value, language, 1)
    return f"{told} {say('figures', stands_for, language, value=share)}"


def first_breach_sentence(figure: Figure, labels: Labels) -> str:
    """What is unknown there, then which group first left the agreed range, and when or where."""
    axis, _, attribute = figure.attribute.partition("*")
    part, _, group = figure.group.partition(" / ")
    language, where = (
        labels.language,
        {"part": labels.group("", part), "parts": labels.attribute(axis)},
    )
    told = say(
        "figures",
        "first_breach",
        language,
        attribute=labels.attribute(attribute),
        group=labels.group(attribute, group),
        basis=basis_of(conditions(figure), language),
        value=value_in_sentence(figure, language),
        interval=interval_of(figure, language),
        **where,
    )
    unknown = unknown_share(figure)
    if not unknown:
        return told
    named = labels.named_attribute(attribute)
    first = say(
        "figures",
        "unknown-part" if named is None else "unknown-part-named",
        language,
        share=rounded_percent(unknown, language),
        people=labels.noun(figure.unit),
        attribute=named or labels.attribute(attribute),
        **where,
    )
    return f"{first} {told}"


def hypothesis_sentence(figure: Figure, labels: Labels) -> str:
    """What was expected beforehand, what was measured, and whether the one supports the other."""
    language, metric = labels.language, conditions(figure).get("metric", "")
    about = figure.model_copy(update={"metric": metric})
    where = [labels.attribute(figure.attribute), group_of(figure, labels)]
    side = "at_most" if figure.threshold_low is None else "at_least"
    wanted = about.model_copy(update={"value": figure.reference})
    return say(
        "figures",
        f"hypothesis-{figure.verdict or 'not_measured'}",
        language,
        name=metric_name(metric, language),
        where=", ".join(part for part in where if part) or say("figures", "rows", language),
        expected=say(
            "figures", f"expected-{side}", language, value=value_in_sentence(wanted, language)
        ),
        value=value_in_sentence(about, language),
        interval=interval_of(about, language),
    )


def hidden_sentence(figures: Sequence[Figure], labels: Labels) -> str:
    """That some figures of one attribute are not shown, by the names of their metrics."""
    return _named(figures, "hidden", labels)


def _named(figures: Sequence[Figure], key: str, labels: Labels) -> str:
    """A phrase about figures that have no number, by the names of their metrics."""
    language, first = labels.language, figures[0]
    names = ", ".join(metric_name(figure.metric, language) for figure in figures)
    matching = conditions(first).get("matching", "")
    where = [labels.attribute(first.attribute), group_of(first, labels)]
    where += [say_or("figures", f"value-{matching}", language, matching)] if matching else []
    told = ", ".join(part for part in where if part)
    return say(
        "figures",
        key,
        language,
        name=names[:1].upper() + names[1:],
        where=f" ({told})" if told else "",
    )


def _key(figure: Figure) -> str:
    """Which phrase says a figure; metrics with a number in their name share one."""
    metric = figure.metric
    for counted in BELOW:
        if metric.startswith(f"{counted}_"):
            return counted
    if metric == "people_needed" and figure.value is None:
        return "people_needed-none"
    if metric == "missing_share" and "column" in conditions(figure):
        return "missing_share-group"
    if metric == "consent_coverage" and figure.attribute:
        return "consent_coverage-group"
    if metric == "empty_share" and figure.group:
        return "empty_share-group"
    if metric == "split_overlap" and not figure.verdict:
        return ""  # the same finding in the other direction, which nobody judges
    if metric in _TOLD_BY_GROUP and figure.group:
        return f"{metric}-group"
    if metric == "split_overlap" and figure.value == 0 and figure.unit == "person":
        return "split_overlap-none-person"
    if metric == "breaches" and figure.value == 0 and figure.verdict == "attention":
        return "breaches-open"
    if metric in _NONE_FOUND and figure.value == 0:
        return f"{metric}-none"
    if metric == "split_overlap":
        return f"{metric}-{'person' if figure.unit == 'person' else 'row'}"
    if metric == "label_share" and not figure.attribute:
        return "label_share-overall"
    if metric == "label_share" and "label" not in conditions(figure):
        return "label_share-class"
    if metric in _NOUNS:
        return f"{metric}-counted"
    return metric
