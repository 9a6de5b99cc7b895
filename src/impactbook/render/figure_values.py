"""How the value of a figure is printed, how its metric is called, and what its conditions say.

Sentences are made of these in `sentences`, tables in `record.figure_tables`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from impactbook.language import Language, number, percent, phrases, say
from impactbook.model.evidence import Figure

SHARES = frozenset(
    {
        "share",
        "share_of_all",
        "invalid_share",
        "total_variation_distance",
        "uncovered_pattern",
        "label_share",
        "label_total_variation",
        "missing_share",
        "suspected_missing_share",
        "personal_data_share",
        "duplicate_share",
        "split_overlap_share",
        "empty_share",
        "largest_annotator_share",
        "disagreement_share",
        "labelled_once_share",
        "consent_coverage",
        "selection_rate",
        "true_positive_rate",
        "false_positive_rate",
        "false_negative_rate",
        "word_error_rate",
    }
)
RATIOS = frozenset(
    {
        "representation_ratio",
        "share_ratio_to_all",
        "first_breach",
        "label_share_ratio",
        "missing_share_ratio",
        "selection_rate_ratio",
        "word_error_rate_ratio",
    }
)
DIFFERENCES = frozenset(
    {
        "representation_gap",
        "label_share_difference",
        "missing_share_difference",
        "selection_rate_difference",
        "difference_in_proportions_of_labels",
        "demographic_disparity",
        "conditional_demographic_disparity",
    }
)
_DECIMALS: Mapping[str, int] = {
    "normalised_entropy": 2,
    "effective_number_of_groups": 1,
    "imbalance_ratio": 1,
    "expected_count": 1,
    "mean_words": 1,
    "type_token_ratio": 2,
    "hours_of_speech": 1,
    "hours_per_person": 2,
    "mean_duration": 1,
    "krippendorff_alpha": 2,
    "effective_number_of_annotators": 1,
    "jensen_shannon_distance": 2,
    "cohens_w": 2,
    "gini_simpson": 2,
    "class_imbalance": 2,
    "cramers_v_corrected": 2,
    "theils_u": 2,
    "mutual_information": 3,
    "label_kl_divergence": 3,
    "label_js_divergence": 3,
    "label_lp_distance": 2,
    "label_ks_distance": 2,
}
_P_VALUES = frozenset({"goodness_of_fit_p", "goodness_of_fit_g_p", "goodness_of_fit_exact_p"})
_OWN_CONDITIONS = frozenset(
    {
        "below", "by", "column", "given", "groups", "hypothesis", "kind", "label", "level",
        "masked", "matching", "metric", "of", "positive", "purpose", "reference", "sample",
    }
)  # fmt: skip
"""Conditions that say what a figure is; all others (period, split, bound, ...) divide it further."""

BELOW = ("cells_below", "patterns_below")


def rounded_percent(share: float, language: Language, digits: int = 0) -> str:
    """A share in per cent for reading; never "0 %" for something or "100 %" for not quite all.

    >>> rounded_percent(0.7158, "en"), rounded_percent(0.002, "en"), rounded_percent(0.00001, "en")
    ('72%', '0.2%', 'less than 0.1%')
    """
    for decimals in (digits, max(digits, 1)):
        shown = round(share * 100, decimals)
        if share in (0, 1) or 0 < shown < 100:
            return percent(share, language, decimals)
    if share < 0.5:
        return say("figures", "less-than", language, value=percent(0.001, language, 1))
    return say("figures", "more-than", language, value=percent(0.999, language, 1))


def of_hundred(ratio: float, language: Language) -> str:
    """How many come on 100 expected, as a whole number.

    >>> of_hundred(0.324, "en"), of_hundred(0.001, "en"), of_hundred(0.0, "en")
    ('32', 'fewer than 1', '0')
    """
    if 0 < ratio * 100 < 0.5:
        return say("figures", "less-than-one", language)
    return number(ratio * 100, language)


def figure_value(figure: Figure, value: float | None, language: Language) -> str:
    """A value of a figure's metric as it is printed: per cent, points, or a plain number."""
    if value is None:
        return "–"
    metric = conditions(figure).get("metric", "") or figure.metric
    if metric in SHARES:
        return percent(value, language, 1)
    if metric in RATIOS:
        return number(value, language, 2)
    if metric in DIFFERENCES:
        return number(value * 100, language, 1)
    if metric in _P_VALUES:
        smallest = number(0.001, language, 3)
        return f"< {smallest}" if value < 0.001 else number(value, language, 3)
    return number(value, language, _DECIMALS.get(metric, 0))


def metric_name(metric: str, language: Language) -> str:
    """How a metric is called in print; an unknown one keeps its own name."""
    for counted in BELOW:
        if metric.startswith(f"{counted}_"):
            return say("figures", f"metric-{counted}", language, limit=metric.split("_")[-1])
    return say_or("figures", f"metric-{metric}", language, metric)


def say_or(area: str, key: str, language: Language, otherwise: str) -> str:
    """A phrase without placeholders, or `otherwise` when there is none of this key."""
    return say(area, key, language) if key in phrases(area) else otherwise


def purpose_name(purpose: str, language: Language) -> str:
    """How a purpose of processing is called; one of somebody's own keeps its id."""
    return say_or("figures", f"purpose-{purpose}", language, purpose)


def conditions(figure: Figure) -> dict[str, str]:
    """The conditions of a figure by key, decoded (`split=train;label=yes`)."""
    pairs = (pair.partition("=") for pair in figure.condition.split(";") if pair)
    return {unquote(key): unquote(value) for key, _, value in pairs}


def is_main(figure: Figure) -> bool:
    """Whether a figure is one that people read; what splits it further stands in tables only."""
    return figure.metric == "hypothesis" or conditions(figure).keys() <= _OWN_CONDITIONS
