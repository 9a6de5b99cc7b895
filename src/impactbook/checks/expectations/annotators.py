"""Do the people who labelled agree, and did many of them label?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from impactbook.checks.annotatormetrics import ANNOTATIONS
from impactbook.checks.expectations.base import FiguresExpectation
from impactbook.checks.figures.annotators import PublishedAnnotations, annotator_figures
from impactbook.checks.figures.common import CheckFigures, not_measured
from impactbook.checks.published import PublishedTables


class ExpectAnnotatorsToAgree(FiguresExpectation):
    """Expect Krippendorff's alpha of the labels to be at least `alpha_low`.

    Each row is one `label` that one `annotator` gave to one `item`. `level` is the label's scale of
    measurement, `order` its values from low to high for the ordinal scale. Disagreement is told
    apart by the attributes `by`; no annotator may have given more than the share `share_high`.
    """

    item: str
    label: str
    annotator: str | None = None
    by: list[str] = []
    level: Literal["nominal", "ordinal", "interval", "ratio"] = "nominal"
    order: list[str] = []
    alpha_low: float = 0.8
    share_high: float = 0.5

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.metric_dependencies,
        ANNOTATIONS,
    )
    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "item",
        "label",
        "annotator",
        "by",
        "level",
        "order",
        "alpha_low",
        "share_high",
    )

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`krippendorff_alpha`, `disagreement_share` by group, and who labelled how much."""
        found: PublishedAnnotations | None = metrics[ANNOTATIONS]
        if found is None:
            return not_measured("no_such_column")
        return annotator_figures(
            self.context,
            found,
            self.label,
            self.by,
            scale=self.level,
            alpha_low=self.alpha_low,
            share_high=self.share_high,
            order=self.order,
            classes=tables.get("row", (self.label,)),
        )
