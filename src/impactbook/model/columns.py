"""What one column of a dataset means: its role, its groups, its missing values, its duties.

Raw values are mapped to groups here (`missing`, `values`, `bands`), so every figure speaks of
groups and never of raw values.
"""

from __future__ import annotations

import itertools
import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from impactbook.model.base import Identifier, Model, Text

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
    "dialect",
    "time",
    "duration",
    "consent",
    "retention_date",
    "weight",
    "feature",
    "ignore",
]
ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
GroupName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Share = Annotated[float, Field(ge=0, le=1)]


def _names_a_day(text: str) -> str:
    directives = re.findall(r"%(.)", text.replace("%%", ""))
    unknown = [one for one in directives if one not in "YymdbBHMSfz"]
    if unknown:
        raise ValueError(f"has the directive %{unknown[0]}, which cannot be read")
    kinds = [{"y": "Y", "b": "m", "B": "m"}.get(one, one) for one in directives]
    if any(kinds.count(kind) != 1 for kind in "Ymd"):
        raise ValueError("needs year, month and day once each, such as %d.%m.%Y")
    return text


DateFormat = Annotated[
    str, StringConstraints(min_length=2, max_length=40), AfterValidator(_names_a_day)
]
"""How dates are written, as for Python's `strptime`."""

SpecialKind = Literal[
    "racial_or_ethnic_origin",
    "political_opinions",
    "religious_or_philosophical_beliefs",
    "trade_union_membership",
    "genetic_data",
    "biometric_data",
    "health",
    "sex_life_or_sexual_orientation",
]
"""The special categories of personal data of Art. 9(1) GDPR."""


GIVEN, WITHDRAWN, NOT_GIVEN, NOT_STATED = "given", "withdrawn", "not given", "not stated"
"""The groups of a column with statuses of consent, whatever its raw values are."""


class Band(Model):
    """A range of numbers or dates: `from` is included, `below` is not; either may be left open."""

    from_: float | date | None = Field(default=None, alias="from")
    below: float | date | None = None

    @model_validator(mode="after")
    def _has_an_end(self) -> Band:
        if self.from_ is None and self.below is None:
            raise ValueError("has neither `from` nor `below`; give at least one")
        if isinstance(self.from_, date) != isinstance(self.below, date) and (
            self.from_ is not None and self.below is not None
        ):
            raise ValueError("mixes a date and a number; give two of one kind")
        if self.from_ is not None and self.below is not None and not self.from_ < self.below:  # type: ignore[operator]
            raise ValueError("`from` must be smaller than `below`")
        return self

    @property
    def is_date(self) -> bool:
        """Whether the ends are dates."""
        return isinstance(self.from_, date) or isinstance(self.below, date)


class Consent(Model):
    """What a column says about consent to one `purpose` (recording, transcription, training, ...).

    `part` tells whether it holds the status, the date consent was given, or the date it was
    withdrawn; `given` and `withdrawn` list the statuses that mean so, any other means neither.
    """

    purpose: Identifier
    part: Literal["status", "date", "withdrawal_date"] = "status"
    given: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _lists_statuses(self) -> Consent:
        if self.part == "status" and not self.given:
            raise ValueError(
                "holds a status and does not say which values mean consent: add `given`"
            )
        if self.part != "status" and (self.given or self.withdrawn):
            raise ValueError("holds a date, so `given` and `withdrawn` do not belong here")
        if set(self.given) & set(self.withdrawn):
            raise ValueError("lists one value under both `given` and `withdrawn`")
        return self


class SpecialCategory(Model):
    """Why special categories of personal data may be processed here (Art. 9 GDPR).

    `ground` is the exception relied on (such as Art. 9(2)(a), or the conditions of the AI Act for
    detecting bias), `purpose` what the check is for, `may_run` who may run it (roles), `delete_by`
    the day by which the column is deleted. A check of such a column without them is refused.
    """

    kind: SpecialKind
    ground: Text | None = None
    purpose: Text | None = None
    may_run: tuple[Text, ...] = ()
    delete_by: date | None = None

    @property
    def left_out(self) -> tuple[str, ...]:
        """The fields that must be filled before the column may be checked."""
        needed = ("ground", "purpose", "may_run", "delete_by")
        return tuple(name for name in needed if not getattr(self, name))


class Column(Model):
    """What one column means.

    `missing` lists values that stand for "not known" (the empty cell always does), `values` maps
    raw values to groups (others keep their own name), `bands` cuts numbers or dates into groups,
    `labels` says how a group is called in print, `minimum` and `maximum` bound plausible numbers,
    and `allowed` lists the only raw values that may occur. `date_format` is how dates are written
    (ISO 8601 where left out). `special_category` is `no` or says why Art. 9 GDPR data may be used.
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
    date_format: DateFormat | None = None
    consent: Consent | None = None
    special_category: SpecialCategory | Literal["no"] | None = None

    @model_validator(mode="after")
    def _cut_or_mapped(self) -> Column:
        if self.values and self.bands:
            raise ValueError("has both `values` and `bands`; keep one")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("`minimum` must not be greater than `maximum`")
        if len({band.is_date for band in self.bands.values()}) > 1:
            raise ValueError("has bands of numbers and bands of dates; keep one kind")
        ordered = sorted(self.bands.items(), key=lambda item: _start(item[1]))
        for (name, band), (next_name, following) in itertools.pairwise(ordered):
            if band.below is None or _number(band.below) > _start(following):
                raise ValueError(f"bands {name} and {next_name} overlap")
        return self

    @model_validator(mode="after")
    def _says_what_consent(self) -> Column:
        if (self.role == "consent") != (self.consent is not None):
            raise ValueError("the role `consent` and the field `consent` go together; give both")
        return self

    @property
    def is_consent_status(self) -> bool:
        """Whether this column holds statuses of consent; its groups are then `GIVEN` and so on."""
        return self.consent is not None and self.consent.part == "status"

    @property
    def holds_dates(self) -> bool:
        """Whether the declaration says that this column holds dates."""
        dated = self.consent is not None and self.consent.part != "status"
        banded = any(band.is_date for band in self.bands.values())
        return self.role in ("time", "retention_date") or dated or banded


def _number(end: float | date) -> float:
    return float(end.toordinal()) if isinstance(end, date) else float(end)


def _start(band: Band) -> float:
    return float("-inf") if band.from_ is None else _number(band.from_)
