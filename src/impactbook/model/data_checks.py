"""What is expected of a dataset: one model per kind of check, and their defaults with sources.

Every threshold is a screening habit with a stated origin, not a legal limit; who changes one says
why in `threshold_source`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from impactbook.model.base import Identifier, Model, Text
from impactbook.model.columns import Band, ColumnName, GroupName, Share

Interval = Literal["wilson", "clopper_pearson"]


def _encloses_one(band: tuple[float, float]) -> tuple[float, float]:
    if not 0 < band[0] <= 1 <= band[1]:
        raise ValueError("does not enclose 1; write it like [0.8, 1.25]")
    return band


Tolerance = Annotated[tuple[float, float], AfterValidator(_encloses_one)]
"""The band of a ratio that counts as `ok`."""


class Check(Model):
    """What every check has: `required: false` (with `because`) lets the gate accept a gap.

    `threshold_source` says where changed thresholds come from.
    """

    required: bool = True
    because: Text | None = None
    threshold_source: Text | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Check:
        if not self.required and self.because is None:
            raise ValueError("is `required: false` without a reason; add `because`")
        return self


class RepresentationCheck(Check):
    """Is each group of `attribute` there in proportion to a reference population?

    `reference` names `references/<name>.csv` and `column` the column in it; `map` (our group to
    its values) or `bands` (our group to its numbers) say which people of the reference belong to
    our group. Groups under `no_reference` are shown but stay out of the ratios. `where` keeps only
    those people of the reference with the listed values of another of its columns. `tolerance` is
    the band of the representation ratio that counts as `ok`; its default follows the four-fifths
    rule (29 CFR 1607.4(D)) and its reciprocal, as a screening threshold. `interval` is Wilson's or
    the exact one of Clopper and Pearson. `over_time` adds the figures per period of a column of
    role `time` (`year`, `quarter`, `month`). `not_in_data` states that the data holds nothing on
    this attribute: the check is `not_measured`.
    """

    attribute: ColumnName
    reference: Identifier | None = None
    column: ColumnName | None = None
    map: dict[GroupName, tuple[str, ...]] = {}
    bands: dict[GroupName, Band] = {}
    where: dict[ColumnName, tuple[str, ...]] = {}
    no_reference: tuple[GroupName, ...] = ()
    tolerance: Tolerance = (0.8, 1.25)
    interval: Interval = "wilson"
    over_time: Literal["year", "quarter", "month"] | None = None
    not_in_data: Text | None = None

    @model_validator(mode="after")
    def _has_a_reference(self) -> RepresentationCheck:
        if self.not_in_data is None:
            if self.reference is None or self.column is None:
                raise ValueError("needs `reference` and `column`, or `not_in_data` with the reason")
            if bool(self.map) == bool(self.bands):
                raise ValueError("needs either `map` or `bands`, and not both")
        return self


class Part(Model):
    """How one attribute of a joint comparison maps to a column of its reference.

    `where` keeps only those people of its own `reference` with the listed values of other columns.
    """

    reference: Identifier | None = None
    column: ColumnName
    map: dict[GroupName, tuple[str, ...]] = {}
    bands: dict[GroupName, Band] = {}
    where: dict[ColumnName, tuple[str, ...]] = {}
    no_reference: tuple[GroupName, ...] = ()

    @model_validator(mode="after")
    def _mapped(self) -> Part:
        if bool(self.map) == bool(self.bands):
            raise ValueError("needs either `map` or `bands`, and not both")
        return self


class JointRepresentationCheck(Check):
    """Are combinations of attributes there in proportion (sex x age x Land)?

    With `reference` the joint population of one reference is used. Without it each part names its
    own reference, only margins are known, and the comparison is standardised: the data is weighted
    to the known margins (raking; Deming and Stephan 1940), and the cells are judged against what
    the margins and the association found in the data together expect. `where` keeps only those
    people of the joint reference with the listed values of its other columns.
    """

    reference: Identifier | None = None
    attributes: dict[ColumnName, Part] = Field(min_length=2, max_length=3)
    where: dict[ColumnName, tuple[str, ...]] = {}
    tolerance: Tolerance = (0.8, 1.25)
    interval: Interval = "wilson"

    @model_validator(mode="after")
    def _has_references(self) -> JointRepresentationCheck:
        own = [part.reference is not None for part in self.attributes.values()]
        if self.reference is None and not all(own):
            raise ValueError("needs one `reference`, or a `reference` in each of its attributes")
        if self.reference is not None and any(own):
            raise ValueError("has a `reference` of its own and one in an attribute; keep one")
        if self.reference is None and self.where:
            raise ValueError("has `where` without a joint `reference`; put it into the attributes")
        if self.reference is not None and any(part.where for part in self.attributes.values()):
            raise ValueError("has `where` in an attribute beside a joint `reference`; move it up")
        return self


class IntersectionCheck(Check):
    """Are the combinations of two to five attributes covered by at least `min_cell` each?

    The default of 30 is the usual coverage threshold (Asudeh, Jin and Jagadish, ICDE 2019).
    `impossible` lists combinations that cannot exist, by attribute.
    """

    attributes: tuple[ColumnName, ...] = Field(min_length=2, max_length=5)
    min_cell: int = Field(default=30, ge=1)
    impossible: tuple[dict[ColumnName, GroupName], ...] = ()

    @model_validator(mode="after")
    def _crosses_what_it_names(self) -> IntersectionCheck:
        named = [name for one in self.impossible for name in one]
        unknown = [name for name in named if name not in self.attributes]
        if unknown:
            raise ValueError(
                f"names {unknown[0]!r} under `impossible`, which is none of its `attributes`"
            )
        return self


class PairsCheck(Check):
    """All pairs of the compared attributes: which combinations are empty or thin?

    `attributes` limits them; left out, all protected, proxy, language and dialect columns are
    paired. Informs only unless `judged`.
    """

    attributes: tuple[ColumnName, ...] = ()
    min_cell: int = Field(default=30, ge=1)
    judged: bool = False


class LabelCheck(Check):
    """How are labels spread: `positive` per group, or over all classes of a many-class label?

    `ratio_low` is the smallest ratio of label shares (lowest group / highest group) that counts
    as `ok` (four-fifths rule, 29 CFR 1607.4(D), as screening threshold). `given` names a column on
    which the demographic disparity of labels is conditioned (CDDL; Wachter, Mittelstadt and
    Russell, 2021).
    """

    label: ColumnName
    positive: str | None = None
    attributes: tuple[ColumnName, ...] = ()
    intersections: tuple[tuple[ColumnName, ColumnName], ...] = ()
    given: ColumnName | None = None
    ratio_low: Share = 0.8
    imbalance_high: float = Field(default=10.0, gt=1)


class ProxyCheck(Check):
    """Which other columns tell a protected attribute: association of each with each, strongest first.

    `attributes` are the protected ones (default: all of that role), `columns` the others (default:
    proxies, features, scores, labels, predictions). `association_high` is the bias-corrected
    Cramer's V from which a proxy is suspected; 0.3 is Cohen's "medium" effect (1988), a habit.
    """

    attributes: tuple[ColumnName, ...] = ()
    columns: tuple[ColumnName, ...] = ()
    association_high: Share = 0.3


class MissingCheck(Check):
    """Which share of each column is missing, declared tokens such as "unknown" included?

    `by` lists attributes by whose groups missing values are told apart (left out: all protected
    ones; an empty list: none). Values that look like disguised missing ones ("unknown", -1, 999,
    1900-01-01) and are not declared are counted.
    """

    columns: tuple[ColumnName, ...] = ()
    by: tuple[ColumnName, ...] | None = None
    suspicious: tuple[str, ...] = ()
    threshold: Share = 0.2


class DuplicateCheck(Check):
    """Which share of rows repeats an earlier row: all columns, or the text column named?

    `near` also looks for texts that are nearly the same: from this Jaccard similarity of their
    word triples on (MinHash; Broder 1997).
    """

    text: ColumnName | None = None
    threshold: Share = 0.01
    near: Annotated[float, Field(gt=0.3, lt=1)] | None = None


class LeakageCheck(Check):
    """Does the same text or the same person stand in more than one split?"""

    text: ColumnName | None = None
    threshold: Share = 0.0
    near: Annotated[float, Field(gt=0.3, lt=1)] | None = None


class AnnotatorCheck(Check):
    """Do the people who labelled agree, and did many of them label?

    `item` names the column that tells what was labelled, `label` the label, `level` its scale of
    measurement. `alpha_low` is the smallest Krippendorff's alpha that counts as `ok` (0.8; 0.667
    for tentative conclusions; Krippendorff, Content Analysis, 2004, p. 241), `share_high` the
    largest share one annotator may have.
    """

    item: ColumnName
    label: ColumnName
    by: tuple[ColumnName, ...] = ()
    level: Literal["nominal", "ordinal", "interval", "ratio"] = "nominal"
    alpha_low: float = Field(default=0.8, gt=0, le=1)
    share_high: Share = 0.5


class TextCheck(Check):
    """How texts and recordings differ between groups: length, vocabulary, empty ones, hours.

    `text` defaults to all columns of role `text`, `duration` to the one of that role (in `unit`).
    `empty_high` is the largest share of empty texts that counts as `ok`.
    """

    text: tuple[ColumnName, ...] = ()
    by: tuple[ColumnName, ...] = ()
    duration_unit: Literal["seconds", "milliseconds", "minutes", "hours"] = "seconds"
    empty_high: Share = 0.01


class ConsentCheck(Check):
    """Is consent there where it is the declared basis, in time, and not withdrawn; for all groups?

    `by` lists attributes by whose groups consent is told apart. `coverage_low` is the smallest
    share with consent that counts as `ok`; consent is needed from everybody (Art. 6(1)(a) GDPR).
    """

    by: tuple[ColumnName, ...] = ()
    coverage_low: Share = 1.0


class RetentionCheck(Check):
    """Is anything kept longer than it may be, and how old is the data?

    `oldest_days` is the greatest age that counts as `ok`; left out, age informs only.
    """

    oldest_days: int | None = Field(default=None, ge=1, le=36_500)


class PersonalDataCheck(Check):
    """Do free texts hold e-mail addresses, phone numbers, IBANs or card numbers? Counts only.

    `columns` defaults to all of role `text`; `region` is the country whose phone numbers are
    written without a prefix; `threshold` is the largest share of texts that counts as `ok`.
    """

    columns: tuple[ColumnName, ...] = ()
    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "DE"
    threshold: Share = 0.0


class PeriodCheck(Check):
    """Do the shares of groups stay alike over time and over splits? Names the first breach.

    `attributes` default to all protected ones; `period` cuts the column of role `time`. A period
    is a breach when some group's interval lies outside `tolerance` around its share in all data.
    """

    attributes: tuple[ColumnName, ...] = ()
    period: Literal["year", "quarter", "month", "week"] = "month"
    tolerance: Tolerance = (0.8, 1.25)


class Hypothesis(Model):
    """What somebody expected of one figure before looking at the data.

    The figure is named by `metric`, `attribute`, `group` and `condition` as in `figures.csv`;
    `expected` says on which side of `value` it was thought to lie. Tested with Holm's correction
    over all hypotheses of the declaration.
    """

    id: Identifier
    statement: Text
    metric: Literal["share", "representation_ratio", "label_share", "missing_share"]
    attribute: str = ""
    group: str = ""
    condition: str = ""
    expected: Literal["at_least", "at_most"]
    value: float


def _none_for_no(value: object) -> object:
    return None if value == "no" else value


_Duplicates = Annotated[
    DuplicateCheck | None,
    BeforeValidator(_none_for_no, json_schema_input_type=DuplicateCheck | Literal["no"] | None),
]


class Checks(Model):
    """All that is expected of the data; schema and ranges follow from `columns`.

    A column of role `label` that `labels` does not name is asked for the balance of its classes.
    `duplicates: no` leaves that question out.
    """

    representation: tuple[RepresentationCheck, ...] = ()
    joint_representation: tuple[JointRepresentationCheck, ...] = ()
    intersections: tuple[IntersectionCheck, ...] = ()
    pairs: PairsCheck | None = None
    labels: tuple[LabelCheck, ...] = ()
    proxies: ProxyCheck | None = None
    missing: MissingCheck = MissingCheck()
    duplicates: _Duplicates = DuplicateCheck()
    leakage: LeakageCheck | None = None
    annotators: AnnotatorCheck | None = None
    texts: TextCheck | None = None
    consent: ConsentCheck | None = None
    retention: RetentionCheck | None = None
    personal_data: PersonalDataCheck | None = None
    periods: PeriodCheck | None = None
