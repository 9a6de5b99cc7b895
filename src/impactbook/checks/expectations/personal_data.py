"""Do free texts hold e-mail addresses, phone numbers, account or card numbers? Counts only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from impactbook.checks.expectations.base import FiguresExpectation
from impactbook.checks.figures.common import CheckFigures, not_measured
from impactbook.checks.figures.personal_data import personal_data_figures
from impactbook.checks.figures.quality import Counted
from impactbook.checks.personaldatametrics import PERSONAL_DATA, Found
from impactbook.checks.published import PublishedTables


class ExpectNoPersonalDataInTexts(FiguresExpectation):
    """Expect at most the share `threshold` of the texts of `text` to hold personal data of one kind.

    Kinds are e-mail addresses, phone numbers (`region`: the country of numbers without a prefix),
    IBANs and card numbers. Texts are read in batches and forgotten; only counts are kept.
    """

    text: str
    region: str = "DE"
    threshold: float = 0.0

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.metric_dependencies,
        PERSONAL_DATA,
    )
    success_keys: ClassVar[tuple[str, ...]] = (
        *FiguresExpectation.success_keys,
        "text",
        "region",
        "threshold",
    )

    def figures(self, tables: PublishedTables, metrics: Mapping[str, Any]) -> CheckFigures:
        """`personal_data_share` of each kind."""
        found: Found = metrics[PERSONAL_DATA]
        if not found.texts:
            return not_measured("no_values")
        return personal_data_figures(
            self.context,
            self.text,
            {kind: Counted(rows, found.people.get(kind)) for kind, rows in found.rows.items()},
            texts=found.texts,
            threshold=self.threshold,
        )
