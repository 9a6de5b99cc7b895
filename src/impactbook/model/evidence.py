"""What a check leaves behind: figures, the verdict of each check, and what was counted.

A figure is one row of `evidence/figures.csv`. Every number here is published: small groups are
already masked. How figures are computed stands in `checks`, how they are said in `render`.
"""

from __future__ import annotations

from typing import Literal

from impactbook.language import Language
from impactbook.model.base import Digest, Identifier, Model, Text
from impactbook.model.columns import SpecialCategory
from impactbook.model.dataset import LegalBasis

Verdict = Literal["ok", "attention", "fail", "not_enough_data", "not_measured", "suppressed", ""]
"""`not_enough_data`: measured, too few to judge. `not_measured`: no such column, or did not run."""

Kind = Literal["training_data", "outcome", "speech", "monitoring"]
Unit = Literal["row", "person", "word", "rating"]

SEVERITY_OF_VERDICT: tuple[Verdict, ...] = (
    "",
    "ok",
    "suppressed",
    "attention",
    "not_enough_data",
    "not_measured",
    "fail",
)


def worst(verdicts: list[Verdict]) -> Verdict:
    """The verdict that stands for several; an empty list is `not_measured`, never a pass.

    >>> worst(["ok", "attention"]), worst([])
    ('attention', 'not_measured')
    """
    if not verdicts:
        return "not_measured"
    return max(verdicts, key=SEVERITY_OF_VERDICT.index)


class Figure(Model):
    """One published figure; the columns and their order are those of `figures.csv`.

    `denominator` counts known values, `unknown` the rest. `numerator` and `denominator` are empty
    where the figure is no share of counts, or where they are masked.
    """

    id: str
    source: Identifier
    kind: Kind
    metric: str
    unit: Unit
    attribute: str = ""
    group: str = ""
    condition: str = ""
    value: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    unknown: int | None = None
    reference: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_level: float | None = None
    method: str = ""
    p_adjusted: float | None = None
    threshold_low: float | None = None
    threshold_high: float | None = None
    verdict: Verdict = ""


FIGURE_COLUMNS: tuple[str, ...] = tuple(Figure.model_fields)


class CheckResult(Model):
    """One validated expectation: what was asked, of which columns, and what came out.

    `check` is the name used in the declaration (`representation`, `missing`, ...), `required` says
    whether the gate may let it go unmeasured, `problem` a short code when it could not run
    (`no_such_column`, `exception`, `row_count_differs`, `no_rows`, `one_group_only`).
    """

    check: str
    expectation: str
    attribute: str = ""
    required: bool = True
    verdict: Verdict
    rows_seen: int | None = None
    problem: str = ""
    because: Text | None = None
    figures: tuple[str, ...] = ()


class DatasetLabels(Model):
    """How a dataset's parts are called in print, as its declaration says (plain text: `language`).

    `counted` is the noun for what one unit is, in the plural as after "der" (Sprechenden, Anrufe);
    `attributes` and `groups` give columns and their groups by the names that figures use.
    """

    language: Language = "de"
    counted: Text | None = None
    attributes: dict[str, Text] = {}
    groups: dict[str, dict[str, Text]] = {}


class Processing(Model):
    """On what legal bases the data is processed, and which columns hold special categories.

    As the declaration says; nothing of it is measured.
    """

    legal_bases: tuple[LegalBasis, ...] = ()
    special_categories: dict[str, SpecialCategory] = {}


class DatasetEvidence(Model):
    """All that one run over one dataset showed.

    `fingerprint` is the SHA-256 over the source's files in order, so that evidence is tied to the
    very data it was computed on; `rows` and `persons` are what was counted.
    """

    dataset: Identifier
    title: Text
    purpose: Literal["training", "evaluation", "both"] = "training"
    fingerprint: Digest
    declaration: Digest
    engine: str
    rows: int | None
    persons: int | None = None
    unit: Unit
    suppression_limit: int
    labels: DatasetLabels = DatasetLabels()
    processing: Processing = Processing()
    checks: tuple[CheckResult, ...]
    figures: tuple[Figure, ...]
