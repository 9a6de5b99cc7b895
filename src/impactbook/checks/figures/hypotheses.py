"""What was expected before looking, answered from published figures, and p values of one family.

A hypothesis stands in the declaration, whose digest is part of the evidence: who writes it after
looking leaves a trace. Nothing is counted here; every answer follows from figures that are
published anyway.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impactbook.checks.figures.common import CheckFigures, condition_of, figure_id
from impactbook.checks.figures.comparison import MIN_PEOPLE
from impactbook.checks.statistics import LEVEL, holm
from impactbook.model.dataset import Hypothesis
from impactbook.model.evidence import CheckResult, Figure, Verdict, worst

METRIC = "hypothesis"
_EFFECTIVE = re.compile(r"(?:^|;)effective_n=([0-9.eE+-]+)")
_FIT_P = ("goodness_of_fit_exact_p", "goodness_of_fit_p")


@dataclass(frozen=True)
class _Tested:
    """A hypothesis, the figure it speaks about, and the p value of "the share is this value"."""

    hypothesis: Hypothesis
    figure: Figure
    p: float | None
    open_because: Verdict = ""


def hypothesis_figures(
    figures: Sequence[Figure], hypotheses: Sequence[Hypothesis], *, source: str
) -> CheckFigures:
    """One `hypothesis` figure for each hypothesis of the declaration, from the other figures.

    A hypothesis names a share (or a ratio of a share to its reference) and on which side of a value
    it was thought to lie. Tested is "the share equals this value", two-sided, by the score test
    z = (k/n - v) / sqrt(v (1-v) / n), whose verdict is that of Wilson's interval; weighted shares
    use the effective number. p values are adjusted over all hypotheses together (Holm 1979), so
    that one of many guesses is not right by chance:

    - `ok`: p < 0.05 after adjustment, and the figure lies on the side that was expected;
    - `fail`: p < 0.05 after adjustment, and it lies on the other side;
    - `attention`: undecided, the data goes with both;
    - `not_enough_data`: fewer than 30 counted, or the figure itself had too few;
    - `suppressed`, or `not_measured` (no such figure): nothing to test.

    `value` and interval are those of the figure, `reference` is the value that was expected,
    `threshold_low` or `threshold_high` repeats it on its side. An interval answers "what would
    collecting in this way again give", and so does the verdict.
    """
    if not hypotheses:
        return CheckFigures((), "")
    known = {(f.metric, f.attribute, f.group, f.condition): f for f in figures}
    tested = [_tested(one, known) for one in hypotheses]
    p_values = [one.p for one in tested if isinstance(one, _Tested) and one.p is not None]
    adjusted = iter(holm(p_values))
    found = []
    for hypothesis, one in zip(hypotheses, tested, strict=True):
        if one is None:
            found.append(_figure(hypothesis, source, None, verdict="not_measured"))
        elif one.p is None:
            found.append(_figure(hypothesis, source, one.figure, verdict=one.open_because))
        else:
            p = next(adjusted)
            verdict = _verdict(hypothesis, one.figure, p)
            found.append(
                _figure(hypothesis, source, one.figure, verdict=verdict, p=p, tests=len(p_values))
            )
    return CheckFigures(tuple(found), worst([figure.verdict for figure in found]))


def hypothesis_results(
    figures: Sequence[Figure], hypotheses: Sequence[Hypothesis], *, source: str
) -> list[tuple[CheckResult, Figure]]:
    """`hypothesis_figures`, each with its line in the list of checks."""
    answers = hypothesis_figures(figures, hypotheses, source=source).figures
    return [
        (
            CheckResult(
                check="hypotheses",
                expectation="hypothesis_to_hold",
                attribute=figure.attribute,
                required=False,
                verdict=figure.verdict,
                problem="no_such_figure" if figure.verdict == "not_measured" else "",
                because=hypothesis.statement,
                figures=(figure.id,),
            ),
            figure,
        )
        for hypothesis, figure in zip(hypotheses, answers, strict=True)
    ]


def with_adjusted_p(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """The same figures with Holm's adjusted p value on the tests of fit of one declaration.

    One test for each comparison: the exact or simulated p value where counts are thin, else that of
    chi-square. The G test beside it asks the same question and is no further test. Figures that
    carry an adjusted p value already keep it.
    """
    family: dict[tuple[str, str, str], int] = {}
    for metric in _FIT_P:
        for at, figure in enumerate(figures):
            if figure.metric == metric and figure.value is not None:
                family.setdefault((figure.unit, figure.attribute, figure.condition), at)
    places = [at for at in family.values() if figures[at].p_adjusted is None]
    p_values = [p for at in places if (p := figures[at].value) is not None]
    adjusted = dict(zip(places, holm(p_values), strict=True))
    return tuple(
        figure.model_copy(update={"p_adjusted": adjusted[at]}) if at in adjusted else figure
        for at, figure in enumerate(figures)
    )


def _tested(
    hypothesis: Hypothesis, known: Mapping[tuple[str, str, str, str], Figure]
) -> _Tested | None:
    figure = known.get(
        (hypothesis.metric, hypothesis.attribute, hypothesis.group, hypothesis.condition)
    )
    if figure is None or figure.verdict == "not_measured":
        return None
    if figure.value is None:
        return _Tested(hypothesis, figure, None, "suppressed")
    size = effective_count(figure)
    if size is None:
        return None
    if size < MIN_PEOPLE or figure.verdict == "not_enough_data":
        return _Tested(hypothesis, figure, None, "not_enough_data")
    scale = figure.reference if hypothesis.metric == "representation_ratio" else 1.0
    if not scale:
        return None
    return _Tested(hypothesis, figure, _p(figure.value * scale, hypothesis.value * scale, size))


def effective_count(figure: Figure) -> float | None:
    """How many stand behind a share: the effective number its method names, else n.

    >>> from impactbook.checks.figures.common import FigureContext, make_figure
    >>> context = FigureContext("sample", "training_data", 1)
    >>> effective_count(make_figure(context, "share", unit="row", denominator=40))
    40.0
    >>> effective_count(make_figure(context, "share", unit="row", denominator=40,
    ...                             method="wilson;effective_n=31.5"))
    31.5
    """
    named = _EFFECTIVE.search(figure.method)
    if named is not None:
        return float(named.group(1))
    return None if figure.denominator is None else float(figure.denominator)


def _p(share: float, expected: float, n: float) -> float:
    """The two-sided p value of the score test of one share; Wilson, JASA 22 (1927) 209-212.

    At a value of 0 or 1, or beyond, one person on the other side refutes it.
    """
    if not 0 < expected < 1:
        return 1.0 if share == expected else 0.0
    z = (share - expected) / math.sqrt(expected * (1 - expected) / n)
    return math.erfc(abs(z) / math.sqrt(2))


def _verdict(hypothesis: Hypothesis, figure: Figure, p: float) -> Verdict:
    value = figure.value if figure.value is not None else math.nan
    if p >= 1 - LEVEL:
        return "attention"
    above = value > hypothesis.value
    return "ok" if above == (hypothesis.expected == "at_least") else "fail"


def _figure(
    hypothesis: Hypothesis,
    source: str,
    about: Figure | None,
    *,
    verdict: Verdict,
    p: float | None = None,
    tests: int = 0,
) -> Figure:
    """The answer; its condition names the hypothesis and the metric it speaks about."""
    named = condition_of({"hypothesis": hypothesis.id, "metric": hypothesis.metric})
    condition = ";".join(part for part in (hypothesis.condition, named) if part)
    copied: dict[str, Any] = {}
    if about is not None:
        fields = (
            "value", "numerator", "denominator", "unknown", "ci_low", "ci_high", "ci_level",
        )  # fmt: skip
        copied = {name: getattr(about, name) for name in fields}
    low = hypothesis.expected == "at_least"
    return Figure(
        id=figure_id(source, METRIC, hypothesis.attribute, hypothesis.group, condition),
        source=source,
        kind="training_data" if about is None else about.kind,
        metric=METRIC,
        unit="row" if about is None else about.unit,
        attribute=hypothesis.attribute,
        group=hypothesis.group,
        condition=condition,
        reference=hypothesis.value,
        p_adjusted=p,
        threshold_low=hypothesis.value if low else None,
        threshold_high=None if low else hypothesis.value,
        verdict=verdict,
        method="" if p is None else f"score_test;holm={tests}",
        **copied,
    )
