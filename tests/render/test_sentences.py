"""Figures as sentences: unknown first, uncertainty as repetition, nothing said that is hidden."""

from __future__ import annotations

import re
from typing import Any

import pytest
from assessed_voicebot import speech_evidence, speech_figures
from hypothesis import given
from hypothesis import strategies as st

from impactbook.language import phrases
from impactbook.model.evidence import Figure
from impactbook.render.labels import Labels
from impactbook.render.sentences import (
    bounds_sentence,
    figure_value,
    is_main,
    metric_name,
    of_hundred,
    rounded_percent,
    sentence,
)

GERMAN = Labels(
    "de",
    counted="Sprechenden",
    attributes={"gender": "Geschlecht", "kind": "Wohnform"},
    groups={"gender": {"female": "Frauen"}},
)


def figure(metric: str, **values: Any) -> Figure:
    filled = {"id": "x", "source": "speech", "kind": "training_data", "unit": "person"}
    return Figure(**{**filled, "metric": metric, **values})


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_sentence_for_people_starts_with_the_unknown_part() -> None:
    # 1010 / 1411 = 71.6 %; ratio (65 / 396) / 0.50678311 = 0.3239 -> 32;
    # Wilson's interval of 65 / 396 is 0.1310 to 0.2039, divided by 0.50678 0.2585 and 0.4023.
    figures = speech_figures()
    labels = Labels.of(speech_evidence(figures).model_dump(mode="json"), "de")
    women = next(f for f in figures if f.id == "speech/representation_ratio/gender/female/")
    assert plain(sentence(women, labels, figures)) == (
        "Bei 72 % der Sprechenden ist das Geschlecht unbekannt. Unter den übrigen kommen auf 100 "
        "erwartete Frauen 32 (bei gleicher Art der Erhebung zu erwarten: 26 bis 40)."
    )


def test_the_sentence_is_there_in_english_too() -> None:
    figures = speech_figures()
    labels = Labels.of(speech_evidence(figures).model_dump(mode="json"), "en")
    women = next(f for f in figures if f.id == "speech/representation_ratio/gender/female/")
    assert sentence(women, labels, figures) == (
        "For 72% of the speakers, the sex is unknown. Among the rest there are 32 women for every "
        "100 expected (if collected in the same way, expect 26 to 40)."
    )


def test_without_unknown_people_the_sentence_starts_with_the_group() -> None:
    known = figure(
        "representation_ratio",
        attribute="gender",
        group="female",
        value=1.0,
        denominator=50,
        unknown=0,
    )
    assert sentence(known, GERMAN) == "Auf 100 erwartete Frauen kommen 100."


def test_an_attribute_without_a_known_article_is_quoted() -> None:
    found = figure(
        "representation_ratio",
        attribute="kind",
        group="flat",
        value=1.0,
        denominator=60,
        unknown=40,
    )
    # 40 of 100 are unknown.
    assert plain(sentence(found, GERMAN)) == (
        "Bei 40 % der Sprechenden fehlt die Angabe „Wohnform“. "
        "Unter den übrigen kommen auf 100 erwartete Menschen der Gruppe „flat“ 100."
    )


def test_too_few_people_are_said_to_be_too_few() -> None:
    few = figure(
        "representation_ratio",
        attribute="gender",
        group="female",
        value=0.0,
        denominator=4,
        unknown=0,
        verdict="not_enough_data",
    )
    assert sentence(few, GERMAN).endswith("kommen 0. Das sind zu wenige, um zu urteilen.")


def test_a_hidden_figure_has_no_digit_but_may_have_a_verdict() -> None:
    hidden = figure(
        "representation_ratio", attribute="gender", group="female", verdict="fail", unknown=0
    )
    said = sentence(hidden, GERMAN)
    assert not any(letter.isdigit() for letter in said)
    assert said.endswith("Fest steht: Der Wert liegt außerhalb des vereinbarten Bereichs.")


def test_what_is_not_measured_is_said_plainly() -> None:
    absent = figure("representation_ratio", attribute="dialect", verdict="not_measured")
    assert sentence(absent, GERMAN) == (
        "Ob die Gruppen so vertreten sind wie in der Bevölkerung (Dialekt), wurde nicht gemessen."
    )


def test_a_comparison_that_nobody_declared_is_said_without_empty_brackets() -> None:
    absent = figure("representation_ratio", verdict="not_measured")
    assert sentence(absent, GERMAN) == (
        "Ob die Gruppen so vertreten sind wie in der Bevölkerung, wurde nicht gemessen: "
        "Die Beschreibung der Daten vergleicht sie mit keiner."
    )


def test_the_extreme_cases_about_the_unknown_are_named() -> None:
    # out: 65 / 1406 / 0.50678311 = 0.0912; in: (65 + 1010) / 1406 / 0.50678311 = 1.5087
    figures = speech_figures()
    women = next(f for f in figures if f.id == "speech/representation_ratio/gender/female/")
    said = bounds_sentence(women, figures, GERMAN)
    assert said == "Je nachdem, wer die Unbekannten sind, könnten es zwischen 9 und 151 sein."


def test_a_ratio_of_labels_names_both_groups_in_their_order() -> None:
    ratio = figure(
        "label_share_ratio",
        attribute="age",
        group="45-54 / 65+",
        condition="label=y;positive=yes;groups=n>=30",
        value=0.2201,
        ci_low=0.2,
        ci_high=0.24,
    )
    labels = Labels("en", attributes={"y": "Deposit", "age": "Age"})
    assert sentence(ratio, labels) == (
        "“Deposit: yes” is rarest in the group “45-54” and most frequent in “65+” (Age). If the "
        "groups were of equal size, there would be 22 cases in “45-54” for every 100 in “65+” "
        "(if collected in the same way, expect 20 to 24)."
    )


def test_a_difference_names_the_larger_group_first() -> None:
    apart = figure(
        "label_share_difference",
        attribute="age",
        group="65+ / 45-54",
        condition="label=y;positive=yes",
        value=0.3283,
    )
    said = sentence(apart, Labels("en"))
    assert said.startswith("Between the groups “65+” and “45-54”")
    assert "32.8 percentage points" in said


def test_missing_values_are_counted_in_the_sentence() -> None:
    # 36959 / 45211 = 81.748 %
    missing = figure(
        "missing_share",
        unit="row",
        attribute="poutcome",
        value=36959 / 45211,
        numerator=36959,
        denominator=45211,
    )
    labels = Labels("de", unit="row", counted="Anrufe")
    assert plain(sentence(missing, labels)) == (
        "In der Spalte „poutcome“ fehlt bei 81,7 % der Anrufe die Angabe (36.959 von 45.211)."
    )


def test_encoded_names_and_our_own_groups_are_decoded() -> None:
    labels = Labels("en")
    assert labels.group("a*b", "x%2Fy / missing") == "x/y / not stated"
    assert labels.group("a", "%6Dissing") == "missing"
    assert labels.pair("a*b", "1 / 2 / 3 / 4") == ("1 / 2", "3 / 4")


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.7158, "72%"),
        (0.004, "0.4%"),
        (0.0004, "less than 0.1%"),
        (0.9996, "more than 99.9%"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_everything(share: float, said: str) -> None:
    assert rounded_percent(share, "en") == said


def test_a_few_of_a_hundred_are_not_rounded_to_nobody() -> None:
    assert [of_hundred(value, "de") for value in (0, 0.004, 0.006, 2.596)] == [
        "0",
        "weniger als 1",
        "1",
        "260",
    ]


def test_numbers_follow_the_language() -> None:
    # 0.3283 as points is 32.83, printed with one digit.
    apart = figure("label_share_difference")
    assert figure_value(apart, 0.3283, "de") == "32,8"
    assert figure_value(apart, None, "de") == "–"
    assert figure_value(figure("goodness_of_fit_p"), 0.0004, "en") == "< 0.001"


def test_a_metric_with_a_number_in_its_name_has_a_name() -> None:
    assert metric_name("cells_below_30", "de") == "Kombinationen unter 30"
    assert metric_name("something_new", "de") == "something_new"


def test_every_metric_that_has_a_sentence_has_a_name() -> None:
    metrics = {
        key.removeprefix("metric-") for key in phrases("figures") if key.startswith("metric-")
    }
    said = {key for key in phrases("figures") if key.partition("-")[0] in metrics}
    assert {key.partition("-")[0] for key in said} <= metrics
    assert {"share", "missing_share", "word_error_rate", "label_share_ratio"} <= said


_METRICS = sorted(
    key.removeprefix("metric-") for key in phrases("figures") if key.startswith("metric-")
)
_METRICS = [f"{metric}_30" if metric.endswith("s_below") else metric for metric in _METRICS]
_NUMBERS = st.none() | st.floats(0, 1e6, allow_nan=False)


@given(
    metric=st.sampled_from(_METRICS),
    group=st.text(max_size=20),
    value=_NUMBERS,
    low=_NUMBERS,
    verdict=st.sampled_from(["ok", "fail", "not_enough_data", "suppressed", ""]),
    language=st.sampled_from(["de", "en"]),
)
def test_any_figure_can_be_said(
    metric: str, group: str, value: float | None, low: float | None, verdict: Any, language: Any
) -> None:
    """No group name, however strange, breaks a sentence or is taken for a placeholder."""
    found = figure(
        metric, attribute="a", group=group, value=value, ci_low=low, ci_high=low, verdict=verdict
    )
    said = sentence(found, Labels(language), [found])
    assert said == "" or said.endswith(".")


_UNSAYABLE = (r"\bgesichert", "bewiesen", r"\bproven\b", "compliant", "konform")


@pytest.mark.parametrize("area", ["figures", "record", "charts", "notebooks"])
def test_no_phrase_promises_what_data_cannot_show(area: str) -> None:
    """Data gives reasons to look; nothing is ever certain, proven or compliant because of it."""
    said = [(key, word) for key, one in phrases(area).items() for word in _UNSAYABLE
            if any(re.search(word, text.lower()) for text in one.values())]  # fmt: skip
    assert said == []


def test_the_first_breach_names_group_period_and_what_it_is_compared_with() -> None:
    """0 of 100 expected in the second quarter, compared with the population."""
    first = figure(
        "first_breach",
        attribute="day:quarter*gender",
        group="2024-Q2 / female",
        condition="by=day:quarter;of=representation_ratio",
        value=0.0,
        ci_low=0.0,
        ci_high=0.12,
    )
    labels = Labels("de", attributes={"day:quarter": "Quartal", **GERMAN.attributes},
                    groups=GERMAN.groups)  # fmt: skip
    assert sentence(first, labels) == (
        "Zuerst außerhalb des vereinbarten Bereichs (Geschlecht, verglichen mit der Bevölkerung): "
        "die Gruppe „Frauen“ in „2024-Q2“ (Quartal) mit 0 auf 100 erwartete (bei gleicher Art der "
        "Erhebung zu erwarten: 0 bis 12)."
    )


def test_a_short_time_is_told_in_minutes() -> None:
    """0.015 hours are 0.9 minutes; 9.25 hours stay hours."""
    short = figure("hours_per_person", attribute="seconds", value=0.015)
    assert sentence(short, GERMAN) == "Auf eine Person kommen im Mittel Aufnahmen von 0,9 Minuten."
    long = figure("hours_of_speech", attribute="seconds", value=9.25)
    assert sentence(long, Labels("en")) == "The recordings last 9.2 hours in all."


def test_a_hidden_figure_without_a_column_has_no_empty_brackets() -> None:
    """What was compared stands in the brackets, if anything does."""
    hidden = figure("duplicate_share", condition="matching=near", verdict="suppressed")
    assert sentence(hidden, Labels("en")).startswith("Share of repeated rows (nearly the same): no")
    plain_one = figure("duplicate_share", verdict="suppressed")
    assert sentence(plain_one, Labels("en")).startswith("Share of repeated rows: no number")


def test_what_is_divided_further_is_not_read_first() -> None:
    """A split column has the name its owner gave it; only our own conditions belong to a figure."""
    assert is_main(figure("label_share", condition="label=y;positive=yes"))
    assert not is_main(figure("label_share", condition="label=y;positive=yes;fold=1"))
    assert not is_main(figure("representation_ratio", condition="bound=all_unknown_in"))


def test_groups_stand_in_the_order_of_their_numbers() -> None:
    """ "under 25" before "25 to 34"; what is not known comes last."""
    labels = Labels("en", groups={"age": {"a": "65 and over", "b": "under 25", "c": "25 to 34"}})
    assert labels.in_order("age", ["a", "missing", "c", "b", "a"]) == ["b", "c", "a", "missing"]
