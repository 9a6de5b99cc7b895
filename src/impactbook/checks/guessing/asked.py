"""Which checks a proposal asks for, as lines of YAML; what needs a person's answer is commented.

Every check proposed here runs as it is: it only names columns whose values it can use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from impactbook.checks.guessing.ages import ADULT
from impactbook.checks.guessing.comparisons import (
    Comparison,
    comparison_lines,
    comparison_of,
    joint_lines,
)
from impactbook.checks.guessing.names import duration_unit, names_item
from impactbook.checks.guessing.roles import MOST_COMPARED, GuessedColumn
from impactbook.checks.guessing.text import Explanations, invited, listed, quoted
from impactbook.checks.guessing.values import likely_positive
from impactbook.model.dataset import ColumnRole

_FEW_CLASSES = 20
_MOST_GROUPS_BY = 20
_NEAR = 0.8
_MIGHT_TELL: tuple[ColumnRole, ...] = ("proxy", "feature", "score", "label", "prediction")
"""The roles that the check of proxies looks at (see `checks.suite.proxies`)."""


@dataclass(frozen=True)
class Columns:
    """The guessed columns of one file, and what the checks want to know of them."""

    all: Sequence[GuessedColumn]
    rows: int

    def of(self, *roles: ColumnRole) -> list[GuessedColumn]:
        """The columns with one of these roles."""
        return [column for column in self.all if column.role in roles]

    @property
    def compared(self) -> list[GuessedColumn]:
        """Protected columns by which people can be compared; sexes and ages come first."""
        found = [column for column in self.of("protected") if column.is_grouping]
        kinds = {"sex": 0, "age": 1}
        return sorted(found, key=lambda one: kinds.get(comparison_of(one).kind, 2))

    @property
    def person(self) -> GuessedColumn | None:
        """The column that tells persons apart, if there is one."""
        return next(iter(self.of("person_id")), None)

    @property
    def counts_persons(self) -> bool:
        """Whether some person has several rows."""
        person = self.person
        if person is None:
            return False
        return 1 < person.profile.distinct < person.profile.told

    @property
    def text(self) -> GuessedColumn | None:
        """The column with the longest texts."""
        texts = self.of("text")
        return max(texts, key=lambda one: one.profile.mean_length) if texts else None


def check_lines(columns: Columns, explain: Explanations, *, has_population: bool) -> Iterator[str]:
    """Everything below `checks:`."""
    yield from _representation(columns, explain, has_population=has_population)
    yield from _combinations(columns, explain)
    yield from _labels(columns, explain)
    yield from _proxies(columns, explain)
    yield from _missing(columns, explain)
    yield from _repeated(columns, explain)
    yield from _annotators(columns, explain)
    yield from _texts(columns, explain)
    yield from _consent(columns, explain)
    yield from _over_time(columns, explain)


def _representation(
    columns: Columns, explain: Explanations, *, has_population: bool
) -> Iterator[str]:
    """Comparisons for every protected column, or the place to say that there is none.

    Commented out until somebody has confirmed them; `has_population` says that the population of
    Germany is among the references.
    """
    yield from explain("representation", indent=2)
    in_order = [column for column in columns.of("protected") if column.is_grouping]
    compared = [comparison_of(column) for column in in_order]
    if not compared:
        yield from explain("not_in_data", indent=2)
        lines = [
            line
            for name in ("age", "gender")
            for line in (f"  - attribute: {name}", "    not_in_data: REASON")
        ]
    else:
        lines = [
            line
            for one in compared
            for line in comparison_lines(one, has_population=has_population)
        ]
        yield from _about_comparisons(compared, explain, has_population=has_population)
    yield from invited(["representation:", *lines], indent=2)
    joint = joint_lines(compared) if has_population else []
    if joint:
        yield from explain("joint", indent=2)
        yield from invited(["joint_representation:", *joint], indent=2)


def _about_comparisons(
    compared: Sequence[Comparison], explain: Explanations, *, has_population: bool
) -> Iterator[str]:
    if not has_population or any(not one.is_known for one in compared):
        yield from explain("placeholders", indent=2)
    if any(f"from: {ADULT}" in line for one in compared for line in one.body):
        yield from explain("adults", indent=2)


def _combinations(columns: Columns, explain: Explanations) -> Iterator[str]:
    names = [column.name for column in columns.compared]
    if len(names) < 2:
        return
    yield from explain("intersections", indent=2)
    yield "  intersections:"
    yield f"    - attributes: {listed(names[:2])}"
    yield from explain("pairs", indent=2)
    yield "  pairs:"
    yield f"    attributes: {listed(_paired(columns))}"


def _paired(columns: Columns) -> list[str]:
    """The columns whose pairs are counted: all that are compared and have few groups."""
    return [
        column.name
        for column in columns.of("protected", "proxy", "language", "dialect")
        if column.is_grouping
    ]


def _labels(columns: Columns, explain: Explanations) -> Iterator[str]:
    labels = columns.of("label")
    names = [column.name for column in columns.compared]
    if not labels:
        return
    yield from explain("labels", indent=2)
    yield "  labels:"
    for column in labels:
        yield f"    - label: {quoted(column.name)}"
        if names and column.profile.distinct <= _FEW_CLASSES:
            likely = likely_positive(column.groups) or next(iter(column.groups), None)
            yield f"      # positive: {'VALUE' if likely is None else quoted(likely)}"
            yield f"      attributes: {listed(names)}"


def _proxies(columns: Columns, explain: Explanations) -> Iterator[str]:
    """Columns with too many values to be crossed are left out, and said to be."""
    others = [column for column in columns.all if column.role in _MIGHT_TELL]
    few = [column for column in others if 1 < column.profile.distinct <= MOST_COMPARED]
    if not columns.compared or not few:
        return
    yield from explain("proxies", indent=2)
    yield "  proxies:"
    yield f"    attributes: {listed(column.name for column in columns.compared)}"
    if len(few) < len(others):
        yield from explain("proxies_left_out", indent=4, limit=MOST_COMPARED)
        yield f"    columns: {listed(column.name for column in few)}"


def _missing(columns: Columns, explain: Explanations) -> Iterator[str]:
    yield from explain("missing_check", indent=2)
    yield "  missing:"
    by = [c.name for c in columns.compared if len(c.groups) <= _MOST_GROUPS_BY]
    # Told apart by one attribute, the missing values of the others are compared.
    if by and len(_paired(columns)) > 1:
        yield f"    by: {listed(by[:1])}"
    yield "    threshold: 0.2"


def _repeated(columns: Columns, explain: Explanations) -> Iterator[str]:
    """Duplicates always; leakage where there is a split and something that can leak."""
    text = columns.text
    yield from explain("duplicates", indent=2)
    yield "  duplicates:"
    if text is not None:
        yield f"    text: {quoted(text.name)}"
        yield f"    near: {_NEAR}"
    yield "    threshold: 0.01"
    if columns.of("split") and (text is not None or columns.person is not None):
        yield from explain("leakage", indent=2)
        yield "  leakage:"
        if text is not None:
            yield f"    text: {quoted(text.name)}"
            yield f"    near: {_NEAR}"
        yield "    threshold: 0"


def _annotators(columns: Columns, explain: Explanations) -> Iterator[str]:
    """Agreement can be measured where several people labelled the same item."""
    label, item = next(iter(columns.of("label")), None), _item(columns)
    if not columns.of("annotator") or label is None or item is None:
        return
    yield from explain("annotators", indent=2)
    yield "  annotators:"
    yield f"    item: {quoted(item.name)}"
    yield f"    label: {quoted(label.name)}"


def _item(columns: Columns) -> GuessedColumn | None:
    """The column that tells what was labelled: one by name that comes again, else the text."""
    named = [
        column
        for column in columns.all
        if names_item(column.name) and column.profile.distinct < column.profile.told
    ]
    text = columns.text
    repeated = text is not None and text.profile.distinct < text.profile.told
    return next(iter(named), text if repeated else None)


def _texts(columns: Columns, explain: Explanations) -> Iterator[str]:
    durations = columns.of("duration")
    if columns.of("text") or durations:
        yield from explain("texts", indent=2)
        by = [c.name for c in columns.compared if len(c.groups) <= _MOST_GROUPS_BY]
        unit = duration_unit(durations[0].name) if durations else None
        yield "  texts:" if by or unit else "  texts: {}"
        if by:
            yield f"    by: {listed(by)}"
        if unit:
            yield f"    duration_unit: {unit}"
    if columns.of("text"):
        yield from explain("personal_data", indent=2)
        yield "  personal_data:"
        yield "    region: DE"


def _consent(columns: Columns, explain: Explanations) -> Iterator[str]:
    if any(
        column.consent is not None and column.consent.part == "status" for column in columns.all
    ):
        yield from explain("consent_check", indent=2)
        yield "  consent:"
        yield "    coverage_low: 1"


def _over_time(columns: Columns, explain: Explanations) -> Iterator[str]:
    """The age of the data, and shares of groups over time and splits."""
    times, splits = columns.of("time"), columns.of("split")
    if times or columns.of("retention_date"):
        yield from explain("retention", indent=2)
        yield "  retention: {}"
        yield from invited(["retention: { oldest_days: 1095 }"], indent=2)
    if columns.compared and (times or splits):
        yield from explain("periods", indent=2)
        yield "  periods:"
        yield f"    attributes: {listed(column.name for column in columns.compared)}"
        dates = times[0].profile.dates if times else None
        if dates is not None:
            yield f"    period: {period_for(dates.first, dates.last)}"


def period_for(first: date, last: date) -> str:
    """A period that cuts a span of days into some ten to forty parts.

    >>> period_for(date(2026, 1, 1), date(2026, 2, 20)), period_for(date(2024, 1, 1), date(2026, 1, 1))
    ('week', 'month')
    """
    days = (last - first).days
    for most, period in ((120, "week"), (1300, "month"), (3700, "quarter")):
        if days <= most:
            return period
    return "year"
