"""Do the counts as a whole fit the reference? Tests of fit, size of the misfit, and distances.

Everything is computed from published counts: masked cells are put together into one first. The
reference is taken as given, without error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from impactbook.checks.figures.common import interval_values
from impactbook.checks.figures.comparison import MIN_EXPECTED, Comparison
from impactbook.checks.statistics import chi_square, fit_sizes, g_test, goodness_of_fit
from impactbook.model.evidence import Figure

FIT_METRICS = (
    "total_variation_distance",
    "jensen_shannon_distance",
    "goodness_of_fit_chi_square",
    "goodness_of_fit_p",
    "goodness_of_fit_g",
    "goodness_of_fit_g_p",
    "cohens_w",
)
"""The metrics of every test of fit; `goodness_of_fit_exact_p` is added where counts are thin."""


def fit_figures(asked: Comparison) -> Iterable[Figure]:
    """Distances, tests of fit and effect size over all cells of a comparison.

    - `total_variation_distance`: half the sum of |p - q|.
    - `jensen_shannon_distance`: root of the divergence in bits.
    - `goodness_of_fit_chi_square` and `goodness_of_fit_p`: Pearson's statistic and its p value;
      `goodness_of_fit_g` and `goodness_of_fit_g_p`: the likelihood-ratio test beside it. Both lean
      on the chi-square distribution; the method tells how many cells have fewer than 5 expected.
    - `goodness_of_fit_exact_p`, only then: the exact multinomial test, or 100,000 simulated tables
      (see `statistics.goodness_of_fit`).
    - `cohens_w`: the size of the misfit, whatever the number counted.

    Distances and effect size have bootstrap intervals drawn from the published counts; a p value
    has none, for it is no estimate. Masked cells are put together into one (condition
    `masked=together`): a distance between all cells can only be larger than the one shown.
    """
    n, u = asked.known.exact, asked.unknown.exact
    cells = _cells(asked)
    if not n or cells is None or len(cells) < 2:
        for metric in FIT_METRICS:
            yield asked.figure(metric, denominator=n, unknown=u, verdict="suppressed")
        return
    common: dict[str, Any] = {"denominator": n, "unknown": u}
    if any(asked.table.count(key) is None for key in asked.shares):
        common["conditions"] = {"masked": "together"}
    observed, expected = [k for k, _ in cells], [share for _, share in cells]
    yield from _distances(asked, common, observed, expected)
    yield from _tests(asked, common, observed, expected, n)


def _distances(
    asked: Comparison,
    common: Mapping[str, Any],
    observed: Sequence[int],
    expected: Sequence[float],
) -> Iterable[Figure]:
    sizes = fit_sizes(observed, expected)
    for metric, name, value, method in (
        ("total_variation_distance", "total_variation", sizes.total_variation, "half_l1"),
        (
            "jensen_shannon_distance",
            "jensen_shannon",
            sizes.jensen_shannon,
            "root_of_divergence_in_bits",
        ),
        ("cohens_w", "cohens_w", sizes.cohens_w, "root_of_chi_square_over_n"),
    ):
        interval = sizes.intervals.get(name)
        drawn = "" if interval is None else ";bootstrap"
        yield asked.figure(
            metric, **common, value=value, method=method + drawn, **interval_values(interval)
        )


def _tests(
    asked: Comparison,
    common: Mapping[str, Any],
    observed: Sequence[int],
    expected: Sequence[float],
    n: int,
) -> Iterable[Figure]:
    thin = sum(1 for share in expected if n * share < MIN_EXPECTED)
    doubt = f";expected_below_5={thin}" if thin else ""
    for test, statistic, p in (
        (chi_square, "goodness_of_fit_chi_square", "goodness_of_fit_p"),
        (g_test, "goodness_of_fit_g", "goodness_of_fit_g_p"),
    ):
        fit = test(observed, expected)
        method = f"{test.__name__};df={fit.degrees}"
        yield asked.figure(statistic, **common, value=fit.statistic, method=method)
        yield asked.figure(p, **common, value=fit.p, method=method + doubt)
    if thin:
        fit = goodness_of_fit(observed, expected)
        drawn = "" if fit.simulated is None else f";simulated={fit.simulated}"
        yield asked.figure(
            "goodness_of_fit_exact_p", **common, value=fit.p, method=f"{fit.method}{drawn}"
        )


def _cells(asked: Comparison) -> list[tuple[int, float]] | None:
    """Observed count and expected share per cell, all masked cells as one; None if unknown."""
    told = [(asked.table.count(key), share) for key, share in asked.shares.items()]
    cells = [(count, share) for count, share in told if count is not None]
    if len(cells) < len(told):
        hidden = [key for key in asked.shares if asked.table.count(key) is None]
        together = asked.table.range(hidden).exact
        if together is None:
            return None
        cells.append((together, math.fsum(share for count, share in told if count is None)))
    return cells
