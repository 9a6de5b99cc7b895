"""Every metric that a check yields is told in words, in German and in English."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import impactbook.checks
from impactbook.language import LANGUAGES, Language, phrases
from impactbook.model.evidence import Figure
from impactbook.render.labels import Labels
from impactbook.render.sentences import sentence

_CHECKS = Path(impactbook.checks.__file__).parent
_YIELDING = {"make_figure": 1, "figure": 0, "count_figure": 1, "share_of_cell": 2, "share_below": 1}
"""Functions that make figures, and the place of the metric among their arguments."""

METRICS = sorted(
    key.removeprefix("metric-") for key in phrases("figures") if key.startswith("metric-")
)
_IDS = {"cells_below": "cells_below_30", "patterns_below": "patterns_below_30"}


def figure(metric: str, **values: Any) -> Figure:
    filled = {
        "id": "x", "source": "speech", "kind": "training_data", "unit": "person",
        "attribute": "sex*age", "group": "f / 65+", "condition": "label=y;positive=yes;given=age",
        "value": 0.5, "numerator": 5, "denominator": 10, "verdict": "attention",
    }  # fmt: skip
    return Figure(**{**filled, "metric": _IDS.get(metric, metric), **values})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_a_sentence(metric: str, language: Language) -> None:
    """No metric is left without one; the one exception is the test below."""
    said = sentence(figure(metric), Labels(language))
    assert said.endswith((".", "!"))
    assert "{" not in said


def test_an_overlap_is_told_in_the_direction_that_is_judged() -> None:
    """The other direction is the same finding, and nobody judges it."""
    assert sentence(figure("split_overlap", verdict=""), Labels("en")) == ""


def test_every_metric_in_the_code_of_the_checks_has_a_name() -> None:
    """Read from the code, so that a new metric cannot be forgotten here."""
    written = {
        call.args[place].value
        for path in _CHECKS.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for name in [getattr(call.func, "attr", getattr(call.func, "id", ""))]
        for place in [_YIELDING.get(name)]
        if place is not None and len(call.args) > place
        if isinstance(call.args[place], ast.Constant)
    }
    assert len(written) > 25
    assert written - set(METRICS) == set()


def test_nobody_in_two_splits_is_said_of_people() -> None:
    """Rows overlap, people occur."""
    none = figure("split_overlap", attribute="split", group="train / test", value=0.0, verdict="ok")
    assert sentence(none, Labels("en")) == "Nobody is both in “test” and in “train”."
    rows = none.model_copy(update={"unit": "row", "condition": "matching=exact"})
    assert (
        sentence(rows, Labels("en"))
        == "“test” and “train” do not overlap (character by character)."
    )


def test_what_is_unknown_in_a_period_is_said_before_its_breach() -> None:
    """60 unknown and 40 known make 60 % unknown; 12 of 40 over 0.5 make 60 for every 100."""
    first = figure(
        "first_breach",
        attribute="day:quarter*gender",
        group="2024-Q2 / female",
        condition="by=day:quarter;of=share_ratio_to_all",
        value=0.6,
        numerator=12,
        denominator=40,
        unknown=60,
    )
    labels = Labels("de", attributes={"day:quarter": "Quartal", "gender": "Geschlecht"})
    assert sentence(first, labels).replace("\u00a0", " ") == (
        "In „2024-Q2“ (Quartal) ist bei 60 % der Personen das Geschlecht unbekannt. Zuerst "
        "außerhalb des vereinbarten Bereichs (Geschlecht, verglichen mit allen Daten): die Gruppe "
        "„female“ in „2024-Q2“ (Quartal) mit 60 auf 100 erwartete."
    )
    without_article = Labels("de", attributes={"gender": "Anrede"})
    assert sentence(first, without_article).startswith("In „2024-Q2“ (day:quarter) fehlt bei 60")
    english = Labels("en", attributes={"day:quarter": "quarter"})
    assert sentence(first, english).startswith(
        "In “2024-Q2” (quarter), the gender is unknown for 60% of the people. First outside"
    )
    assert sentence(first.model_copy(update={"unknown": 0}), labels).startswith("Zuerst")


def test_what_one_column_tells_about_another_names_both_in_their_order() -> None:
    """Theil's U is not symmetric: the one given and the one guessed must not be swapped."""
    known = figure("theils_u", group="", condition="given=age", value=0.25)
    assert sentence(known, Labels("en")) == (
        "Knowing “age” removes this part of the uncertainty about “sex” (Theil's U): 0.25 on a "
        "scale from 0 (nothing) to 1 (all)."
    )
