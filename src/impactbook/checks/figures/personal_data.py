"""How many free texts hold personal data that nobody expected there; counts only."""

from __future__ import annotations

from collections.abc import Mapping

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    interval_values,
    make_figure,
    not_measured,
)
from impactbook.checks.figures.quality import Counted
from impactbook.checks.statistics import wilson
from impactbook.model.evidence import Figure, Verdict, worst


def personal_data_figures(
    context: FigureContext,
    column: str,
    found: Mapping[str, Counted],
    *,
    texts: int | None,
    threshold: float,
) -> CheckFigures:
    """`personal_data_share` per kind: texts that hold it / all texts, with Wilson's interval.

    `found` counts per kind (`email`, `phone`, `iban`, `card`) the texts and the persons behind
    them; `texts` is the number of texts that are not missing (None: masked). Up to `threshold` is
    `ok`, above it `attention`; a masked count is at least one.
    """
    if not texts:
        return not_measured("no_values" if texts == 0 else "suppressed_size")
    figures = tuple(
        _share(context, column, kind, _told(context, counted, texts), texts, threshold)
        for kind, counted in found.items()
    )
    return CheckFigures(figures, worst([figure.verdict for figure in figures]))


def _told(context: FigureContext, counted: Counted, texts: int) -> int | None:
    """The count, masked also where it would single out the few texts without any."""
    count = counted.published(context.limit)
    return None if count and 0 < texts - count < context.limit else count


def _share(
    context: FigureContext,
    column: str,
    kind: str,
    count: int | None,
    texts: int,
    threshold: float,
) -> Figure:
    verdict: Verdict = "ok"
    if count is None:
        # At least one text of fewer people than the limit: more than nothing, else left open.
        verdict = "attention" if threshold * texts < 1 else "suppressed"
    elif count > threshold * texts:
        verdict = "attention"
    values = {}
    if count is not None:
        values = {
            "value": count / texts,
            "numerator": count,
            **interval_values(wilson(count, texts)),
        }
    return make_figure(
        context,
        "personal_data_share",
        unit="row",
        axes=(column,),
        conditions={"kind": kind},
        denominator=texts,
        method="wilson",
        threshold_high=threshold,
        verdict=verdict,
        **values,
    )
