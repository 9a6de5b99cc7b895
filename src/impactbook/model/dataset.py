"""A dataset's declaration (`data_checks/<dataset>.yaml`): source, columns, references, checks.

The declaration says what each column means and what is expected of the data; how it is counted
stands in `checks`. Raw values are mapped to groups here (`missing`, `values`, `bands`), so every
figure speaks of groups and never of raw values.
"""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from impactbook.language import Language
from impactbook.model.base import Identifier, Model, Prose, Text

ColumnRole = Literal[
    "protected",
    "proxy",
    "label",
    "prediction",
    "score",
    "person_id",
    "annotator",
    "split",
    "text",
    "language",
    "time",
    "weight",
    "feature",
    "ignore",
]
ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
GroupName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Share = Annotated[float, Field(ge=0, le=1)]


class Band(Model):
    """A range of numbers: `from` is included, `below` is not; leave one out for an open end."""

    from_: float | None = Field(default=None, alias="from")
    below: float | None = None

    @model_validator(mode="after")
    def _has_an_end(self) -> Band:
        if self.from_ is None and self.below is None:
            raise ValueError("has neither `from` nor `below`; give at least one")
        if self.from_ is not None and self.below is not None and self.from_ >= self.below:
            raise ValueError("`from` must be smaller than `below`")
        return self


class Column(Model):
    """What one column means.

    `missing` lists values that stand for "not known" (the empty cell always does), `values` maps
    raw values to groups (others keep their own name), `bands` cuts numbers into groups, `labels`
    says how a group is called in print, `minimum` and `maximum` bound plausible numbers, and
    `allowed` lists the only raw values that may occur.
    """

    role: ColumnRole
    label: Text | None = None
    missing: tuple[str, ...] = ()
    values: dict[str, GroupName] = {}
    bands: dict[GroupName, Band] = {}
    labels: dict[GroupName, Text] = {}
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _cut_or_mapped(self) -> Column:
        if self.values and self.bands:
            raise ValueError("has both `values` and `bands`; keep one")
        ordered = sorted(
            self.bands.items(),
            key=lambda item: item[1].from_ if item[1].from_ is not None else float("-inf"),
        )
        for (name, band), (next_name, following) in itertools.pairwise(ordered):
            start = following.from_ if following.from_ is not None else float("-inf")
            if band.below is None or band.below > start:
                raise ValueError(f"bands {name} and {next_name} overlap")
        return self


class Source(Model):
    """Where the rows are: files relative to the declaration's folder, or one list per split.

    With `splits` instead of `files`, each row carries the name of its split.
    """

    files: tuple[str, ...] = ()
    splits: dict[Identifier, tuple[str, ...]] = {}
    format: Literal["csv", "tsv", "jsonl", "parquet"] | None = None
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    quoting: bool | None = None
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"

    @model_validator(mode="after")
    def _names_files(self) -> Source:
        if bool(self.files) == bool(self.splits):
            raise ValueError("needs either `files` or `splits`, and not both")
        if any(not names for names in self.splits.values()):
            raise ValueError("has a split without files; list its files or remove it")
        return self


class Check(Model):
    """What every check has: `required: false` (with `because`) lets the gate accept a gap."""

    required: bool = True
    because: Text | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Check:
        if not self.required and self.because is None:
            raise ValueError("is `required: false` without a reason; add `because`")
        return self


class RepresentationCheck(Check):
    """Is each group of `attribute` there in proportion to a reference population?

    `reference` names `references/<name>.csv` and `column` the column in it; `map` (our group to
    its values) or `bands` (our group to its numbers) say which people of the reference belong to
    our group. Groups under `no_reference` are shown but stay out of the ratios. `tolerance` is the
    band of the representation ratio that counts as `ok`; its default follows the four-fifths rule
    (29 CFR 1607.4(D)) and its reciprocal, as a screening threshold. `not_in_data` states that the
    data holds nothing on this attribute: the check is `not_measured`.
    """

    attribute: ColumnName
    reference: Identifier | None = None
    column: ColumnName | None = None
    map: dict[GroupName, tuple[str, ...]] = {}
    bands: dict[GroupName, Band] = {}
    no_reference: tuple[GroupName, ...] = ()
    tolerance: tuple[float, float] = (0.8, 1.25)
    not_in_data: Text | None = None

    @model_validator(mode="after")
    def _has_a_reference(self) -> RepresentationCheck:
        if self.not_in_data is None:
            if self.reference is None or self.column is None:
                raise ValueError("needs `reference` and `column`, or `not_in_data` with the reason")
            if bool(self.map) == bool(self.bands):
                raise ValueError("needs either `map` or `bands`, and not both")
        if not 0 < self.tolerance[0] <= 1 <= self.tolerance[1]:
            raise ValueError("has a `tolerance` that does not enclose 1, such as [0.8, 1.25]")
        return self


class IntersectionCheck(Check):
    """Are the combinations of two or three attributes covered by at least `min_cell` each?"""

    attributes: tuple[ColumnName, ...] = Field(min_length=2, max_length=3)
    min_cell: int = Field(default=30, ge=1)


class LabelCheck(Check):
    """How are labels spread: `positive` per group, or over all classes of a many-class label?

    `ratio_low` is the smallest ratio of label shares (lowest group / highest group) that counts
    as `ok` (four-fifths rule, 29 CFR 1607.4(D), as screening threshold).
    """

    label: ColumnName
    positive: str | None = None
    attributes: tuple[ColumnName, ...] = ()
    intersections: tuple[tuple[ColumnName, ColumnName], ...] = ()
    ratio_low: Share = 0.8
    imbalance_high: float = Field(default=10.0, gt=1)


class MissingCheck(Check):
    """Which share of each column is missing, declared tokens such as "unknown" included?"""

    columns: tuple[ColumnName, ...] = ()
    threshold: Share = 0.2


class DuplicateCheck(Check):
    """Which share of rows repeats an earlier row: all columns, or the text column named?"""

    text: ColumnName | None = None
    threshold: Share = 0.01


class LeakageCheck(Check):
    """Does the same text or the same person stand in more than one split?"""

    text: ColumnName | None = None
    threshold: Share = 0.0


class Checks(Model):
    """All that is expected of the data; schema and ranges follow from `columns`.

    A column of role `label` that `labels` does not name is asked for the balance of its classes.
    """

    representation: tuple[RepresentationCheck, ...] = ()
    intersections: tuple[IntersectionCheck, ...] = ()
    labels: tuple[LabelCheck, ...] = ()
    missing: MissingCheck = MissingCheck()
    duplicates: DuplicateCheck = DuplicateCheck()
    leakage: LeakageCheck | None = None


class Dataset(Model):
    """The whole declaration of one dataset.

    `counted` is the noun for what one unit is, in the plural as after "der" (Sprechenden, Anrufe).
    """

    schema_: Literal["impactbook/dataset/1"] = Field(alias="schema")
    language: Language = "de"
    title: Text
    description: Text | None = None
    licence: Prose | None = None
    attribution: Prose | None = None
    purpose: Literal["training", "evaluation", "both"] = "training"
    source: Source
    unit: Literal["row", "person"] = "row"
    counted: Text | None = None
    columns: dict[ColumnName, Column]
    checks: Checks = Checks()

    @model_validator(mode="after")
    def _fits_together(self) -> Dataset:
        persons = [name for name, column in self.columns.items() if column.role == "person_id"]
        if self.unit == "person" and len(persons) != 1:
            raise ValueError("counts persons and needs exactly one column with role `person_id`")
        known = set(self.columns)
        for field, names in self._named_columns():
            unknown = [name for name in names if name not in known]
            if unknown:
                raise ValueError(
                    f"checks.{field} names the column {unknown[0]!r}, which `columns` does not declare"
                )
        return self

    @model_validator(mode="after")
    def _asks_once(self) -> Dataset:
        for field in ("representation", "intersections", "labels"):
            asked = [check.model_dump_json() for check in getattr(self.checks, field)]
            if len(set(asked)) < len(asked):
                raise ValueError(f"checks.{field} names the same check twice; keep one")
        return self

    def _named_columns(self) -> list[tuple[str, tuple[str, ...]]]:
        checks = self.checks
        named: list[tuple[str, tuple[str, ...]]] = [
            ("representation", (check.attribute,))
            for check in checks.representation
            if check.not_in_data is None
        ]
        named += [("intersections", check.attributes) for check in checks.intersections]
        for label in checks.labels:
            pairs = tuple(name for pair in label.intersections for name in pair)
            named.append(("labels", (label.label, *label.attributes, *pairs)))
        named.append(("missing", checks.missing.columns))
        texts = [checks.duplicates.text, checks.leakage.text if checks.leakage else None]
        named += [("duplicates", (text,)) for text in texts if text]
        return named


class ReferencePopulation(Model):
    """What is known about a reference population (`references/<name>.yaml` beside its CSV).

    The CSV holds one row per combination of `columns` with its number of people in `value`;
    `total` is the control sum that the rows must add up to.
    """

    schema_: Literal["impactbook/reference/1"] = Field(alias="schema")
    title: Text
    source: Prose
    url: Prose | None = None
    date: Prose
    licence: Prose
    columns: tuple[ColumnName, ...]
    value: ColumnName = "population"
    total: float = Field(gt=0)
    note: Text | None = None
