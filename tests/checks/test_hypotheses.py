"""Hypotheses answered from published figures, and Holm's correction over one declaration."""

from __future__ import annotations

import math
from typing import Any

import pytest
from counted_by_hand import CONTEXT

from impactbook.checks.figures.common import make_figure
from impactbook.checks.figures.hypotheses import (
    hypothesis_figures,
    hypothesis_results,
    with_adjusted_p,
)
from impactbook.model.dataset import Hypothesis
from impactbook.model.evidence import Figure, Verdict


def share(value: float | None, n: int | None = 400, **told: Any) -> Figure:
    numerator = None if value is None or n is None else round(value * n)
    named = {"group": "f", "axes": ("sex",), **told}
    return make_figure(
        CONTEXT,
        named.pop("metric", "share"),
        unit="person",
        value=value,
        numerator=numerator,
        denominator=n,
        **named,
    )


def guess(value: float, expected: str = "at_least", **told: Any) -> Hypothesis:
    named = {"id": "one", "statement": "?", "metric": "share", "attribute": "sex", "group": "f"}
    return Hypothesis.model_validate({**named, "expected": expected, "value": value, **told})


def verdicts(figures: list[Figure], *hypotheses: Hypothesis) -> list[Verdict]:
    found = hypothesis_figures(figures, hypotheses, source="sample")
    return [figure.verdict for figure in found.figures]


def test_a_guess_is_supported_contradicted_or_left_open() -> None:
    """Half of 400: z against 0.4 is 4.08, against 0.6 -4.08, against 0.48 0.80."""
    figures = [share(0.5)]
    assert verdicts(figures, guess(0.4)) == ["ok"]
    assert verdicts(figures, guess(0.6)) == ["fail"]
    assert verdicts(figures, guess(0.48)) == ["attention"]
    assert verdicts(figures, guess(0.6, "at_most")) == ["ok"]
    assert verdicts(figures, guess(0.4, "at_most")) == ["fail"]


def test_many_guesses_are_held_to_a_stricter_test() -> None:
    """z = 2.04 (p = 0.0412) decides alone; as one of three guesses (p = 0.124) it does not.

    0.45 against 0.5: 0.05 / sqrt(0.45 * 0.55 / 400) = 2.0101; with 412 of them 2.0401.
    """
    figures = [share(0.5, 412)]
    alone = hypothesis_figures(figures, [guess(0.45)], source="sample").figures[0]
    z = 0.05 / math.sqrt(0.45 * 0.55 / 412)
    assert alone.p_adjusted == pytest.approx(math.erfc(z / math.sqrt(2)))
    assert alone.verdict == "ok"
    others = [guess(0.49, id="two"), guess(0.51, id="three")]
    together = hypothesis_figures(figures, [guess(0.45), *others], source="sample").figures[0]
    assert together.p_adjusted == pytest.approx(3 * (alone.p_adjusted or 0))
    assert together.verdict == "attention"
    assert together.method == "score_test;holm=3"


def test_a_ratio_is_tested_as_the_share_it_stands_for() -> None:
    """Ratio 0.5 of 0.5 is a share of 0.25 of 400; 0.8 would be 0.4."""
    ratio = share(0.5, metric="representation_ratio", reference=0.5)
    figures = [ratio.model_copy(update={"numerator": 100})]
    below = guess(0.8, "at_most", metric="representation_ratio")
    (found,) = hypothesis_figures(figures, [below], source="sample").figures
    z = 0.15 / math.sqrt(0.4 * 0.6 / 400)
    assert found.p_adjusted == pytest.approx(math.erfc(z / math.sqrt(2)))
    assert found.verdict == "ok"
    # Three times 0.5 is more than everybody: no data could go with it.
    beyond = guess(3.0, "at_least", metric="representation_ratio")
    assert verdicts(figures, beyond) == ["fail"]


def test_what_cannot_be_tested_says_why() -> None:
    few, hidden = share(0.5, 20), share(None, verdict="suppressed")
    assert verdicts([few], guess(0.1)) == ["not_enough_data"]
    assert verdicts([share(0.5, verdict="not_enough_data")], guess(0.1)) == ["not_enough_data"]
    assert verdicts([hidden], guess(0.1)) == ["suppressed"]
    assert verdicts([share(0.5)], guess(0.1, group="x")) == ["not_measured"]
    unmeasured = share(None, None, verdict="not_measured")
    assert verdicts([unmeasured], guess(0.1)) == ["not_measured"]


def test_what_cannot_be_tested_does_not_make_the_others_stricter() -> None:
    found = hypothesis_figures(
        [share(0.5)], [guess(0.4), guess(0.4, id="two", group="x")], source="sample"
    )
    assert found.figures[0].method == "score_test;holm=1"
    assert found.verdict == "not_measured"


def test_weighted_shares_use_the_effective_number() -> None:
    heavy = share(0.5, method="wilson;effective_n=40;bonferroni=0.975")
    assert verdicts([heavy], guess(0.4)) == ["attention"]
    assert verdicts([share(0.5)], guess(0.4)) == ["ok"]


def test_a_value_of_all_or_nobody_is_refuted_by_one_person() -> None:
    assert verdicts([share(0.99)], guess(1.0)) == ["fail"]
    assert verdicts([share(1.0)], guess(1.0)) == ["attention"]
    assert verdicts([share(0.01)], guess(0.0, "at_most")) == ["fail"]


def test_the_answer_names_what_was_expected() -> None:
    (figure,) = hypothesis_figures([share(0.5)], [guess(0.4)], source="sample").figures
    assert figure.id == "sample/hypothesis/sex/f/hypothesis=one;metric=share"
    assert (figure.value, figure.reference) == (0.5, 0.4)
    assert (figure.threshold_low, figure.threshold_high) == (0.4, None)
    assert (figure.numerator, figure.denominator, figure.unit) == (200, 400, "person")


def test_each_answer_is_a_check_with_its_statement() -> None:
    told = hypothesis_results([share(0.5)], [guess(0.4, statement="Enough")], source="sample")
    ((result, figure),) = told
    assert (result.check, result.verdict, result.because) == ("hypotheses", "ok", "Enough")
    assert result.figures == (figure.id,)


def test_without_hypotheses_there_is_no_answer_and_no_pass() -> None:
    found = hypothesis_figures([share(0.5)], [], source="sample")
    assert (found.figures, found.verdict) == ((), "")


def test_tests_of_fit_of_one_declaration_are_adjusted_together() -> None:
    """p 0.01, 0.04 and 0.03 become 0.03, 0.06 and 0.06 (Holm 1979)."""
    p_values = {"sex": 0.01, "age": 0.04, "accent": 0.03}
    figures = [
        make_figure(CONTEXT, "goodness_of_fit_p", unit="person", axes=(name,), value=p)
        for name, p in p_values.items()
    ]
    adjusted = [figure.p_adjusted for figure in with_adjusted_p(figures)]
    assert adjusted == pytest.approx([0.03, 0.06, 0.06])


def test_a_thin_test_counts_by_its_exact_p_and_the_g_test_not_again() -> None:
    figures = [
        make_figure(CONTEXT, metric, unit="person", axes=("sex",), value=p)
        for metric, p in (
            ("goodness_of_fit_p", 0.01),
            ("goodness_of_fit_g_p", 0.02),
            ("goodness_of_fit_exact_p", 0.04),
        )
    ]
    assert [f.p_adjusted for f in with_adjusted_p(figures)] == [None, None, 0.04]
