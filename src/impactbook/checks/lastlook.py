"""The last look at all results of a dataset: nothing given away by difference, nothing left out.

Some figures count the known values of a column by themselves. Where the table of that column hides
how many are missing, their denominators would tell it; here they are taken out. And a check that
the declaration asks for but for which nothing was planned says so, instead of vanishing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from impactbook.checks.figures.common import FigureContext, decode_name, make_figure
from impactbook.model.dataset import Check, Dataset
from impactbook.model.evidence import CheckResult, Figure

_COUNT_KNOWN = frozenset(
    {
        "invalid_share",
        "unreadable_dates",
        "consent_withdrawn_before",
        "consent_after_collection",
        "kept_past_retention",
        "older_than_limit",
        "oldest_age_days",
        "median_age_days",
        "newest_age_days",
        "personal_data_share",
    }
)
_TEXTS = "conflicting_labels"
"""Its denominator counts different texts that have a label."""

_TWO_DATES = "consent_after_collection"
"""Its denominator counts rows with two dates; no table of one column tells how many these are."""

_ANSWERS: Mapping[str, tuple[str, str]] = {
    "pairs": ("pairs", "pairs"),
    "proxies": ("proxies", "cramers_v_corrected"),
    "leakage": ("leakage", "split_overlap"),
    "annotators": ("annotators", "krippendorff_alpha"),
    "texts": ("texts", "mean_words"),
    "consent": ("consent", "consent_coverage"),
    "retention": ("retention", "kept_past_retention"),
    "personal_data": ("personal_data", "personal_data_share"),
    "periods": ("periods", "share_ratio_to_all"),
}
"""For each field of `checks` that may be asked for in vain: the check and the metric it yields."""


def without_differences(
    figures: Sequence[Figure], *, limit: int, has_persons: bool
) -> tuple[Figure, ...]:
    """The figures without denominators that give a masked number of missing values away.

    How many values a column lacks is told by its `missing_share`. Where that is masked, and where
    no such figure exists and the difference to all rows is small (or stands for an unknown number
    of persons), `denominator` and `unknown` are taken out, and so are a share and an interval from
    which they could be worked out again. The number of different texts is told only where all other
    rows are told to be repeated ones: the rest are rows without a text or a label.
    """
    rows = next((f.value for f in figures if f.metric == "rows" and not f.condition), None)
    told = {
        decode_name(f.attribute): f.value is not None
        for f in figures
        if f.metric == "missing_share" and not f.condition and not f.group
    }
    repeated = {f.condition: f.value for f in figures if f.metric == "duplicates"}

    def tells_few(figure: Figure) -> bool:
        if figure.metric == _TEXTS and figure.denominator is not None and limit > 1:
            again = repeated.get(figure.condition)
            return rows is None or again is None or figure.denominator + again != rows
        return figure.metric in _COUNT_KNOWN and not _may_be_told(
            figure, rows, told, limit=limit, has_persons=has_persons
        )

    return tuple(_bare(figure) if tells_few(figure) else figure for figure in figures)


def _may_be_told(
    figure: Figure,
    rows: float | None,
    told: Mapping[str, bool],
    *,
    limit: int,
    has_persons: bool,
) -> bool:
    if figure.denominator is None and figure.unknown is None:
        return True
    column = decode_name(figure.attribute)
    if column in told and figure.metric != _TWO_DATES:
        return told[column]
    if rows is None or figure.denominator is None:
        return False
    absent = int(rows) - figure.denominator
    return absent == 0 or (not has_persons and min(absent, figure.denominator) >= limit)


def _bare(figure: Figure) -> Figure:
    """The figure without anything that depends on how many values are known."""
    update: dict[str, object] = {
        "denominator": None,
        "unknown": None,
        "ci_low": None,
        "ci_high": None,
        "ci_level": None,
    }
    is_share = figure.metric.endswith("_share")
    if is_share and figure.value:
        update["value"] = None
    return figure.model_copy(update=update)


def asked_in_vain(
    declaration: Dataset,
    results: Collection[CheckResult],
    context: FigureContext,
    *,
    as_of: date | None,
) -> Iterator[tuple[CheckResult, Figure]]:
    """A `not_measured` result for each declared check that nothing answers.

    The data has no column of the role that the check needs, or no day was given.
    """
    answered = {result.check for result in results}
    for field, (check, metric) in _ANSWERS.items():
        asked: Check | None = getattr(declaration.checks, field)
        others = {"texts": {"empty_texts", "vocabulary", "hours"}}.get(field, set())
        if asked is None or answered & {check, *others}:
            continue
        figure = make_figure(context, metric, unit="row", verdict="not_measured")
        no_day = field == "retention" and as_of is None
        yield (
            CheckResult(
                check=check,
                expectation="declaration",
                required=asked.required,
                verdict="not_measured",
                problem="no_day" if no_day else "no_such_column",
                because=asked.because,
                figures=(figure.id,),
            ),
            figure,
        )
