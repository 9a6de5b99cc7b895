"""A dataset's declaration (`data_checks/<dataset>.yaml`): source, columns, references, checks.

The declaration says what each column means and what is expected of the data; how it is counted
stands in `checks`. Columns, sources and checks have modules of their own beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, model_validator

from impactbook.language import Language
from impactbook.model.base import Identifier, Model, Prose, Text
from impactbook.model.columns import (
    Band,
    Column,
    ColumnName,
    ColumnRole,
    Consent,
    GroupName,
    Share,
    SpecialCategory,
)
from impactbook.model.data_checks import (
    AnnotatorCheck,
    Check,
    Checks,
    ConsentCheck,
    DuplicateCheck,
    Hypothesis,
    IntersectionCheck,
    JointRepresentationCheck,
    LabelCheck,
    LeakageCheck,
    MissingCheck,
    PairsCheck,
    Part,
    PeriodCheck,
    PersonalDataCheck,
    ProxyCheck,
    RepresentationCheck,
    RetentionCheck,
    TextCheck,
)
from impactbook.model.source import Database, Source, Spark

__all__ = [
    "AnnotatorCheck", "Band", "Check", "Checks", "Column", "ColumnName", "ColumnRole", "Consent",
    "ConsentCheck", "Database", "Dataset", "DuplicateCheck", "GroupName", "Hypothesis",
    "IntersectionCheck", "JointRepresentationCheck", "LabelCheck", "LeakageCheck", "LegalBasis",
    "MissingCheck", "PairsCheck", "Part", "PeriodCheck", "PersonalDataCheck", "ProxyCheck",
    "ReferencePopulation", "RepresentationCheck", "RetentionCheck", "Share", "Source", "Spark",
    "SpecialCategory", "TextCheck",
]  # fmt: skip

Basis = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
    "employment",
]
"""Art. 6(1)(a) to (f) GDPR, and Art. 88 GDPR (employment, such as a works agreement)."""


class LegalBasis(Model):
    """On what basis data is processed for one `purpose`, and whose data it is.

    Consent of employees is rarely free (Recital 43, Art. 88 GDPR): it is accepted here and raises a
    finding.
    """

    purpose: Identifier
    basis: Basis
    data_subjects: Literal["callers", "employees", "others"] = "callers"
    note: Text | None = None


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
    legal_bases: tuple[LegalBasis, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
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
        for field in ("representation", "joint_representation", "intersections", "labels"):
            asked = [check.model_dump_json() for check in getattr(self.checks, field)]
            if len(set(asked)) < len(asked):
                raise ValueError(f"checks.{field} names the same check twice; keep one")
        crossed = [check.attributes for check in self.checks.intersections]
        if len(set(crossed)) < len(crossed):
            raise ValueError("checks.intersections names the same attributes twice; keep one")
        return self

    @model_validator(mode="after")
    def _has_a_time(self) -> Dataset:
        asked = any(check.over_time is not None for check in self.checks.representation)
        if asked and not self.columns_of("time"):
            raise ValueError(
                "compares representation `over_time` and has no column with role `time`"
            )
        return self

    @model_validator(mode="after")
    def _has_one_of_each(self) -> Dataset:
        for role in ("weight", "retention_date", "duration", "annotator"):
            named = [name for name, column in self.columns.items() if column.role == role]
            if len(named) > 1:
                raise ValueError(f"has more than one column with role `{role}`; keep one")
        purposes = [basis.purpose for basis in self.legal_bases]
        if len(set(purposes)) < len(purposes):
            raise ValueError("legal_bases names one purpose twice; keep one")
        ids = [hypothesis.id for hypothesis in self.hypotheses]
        if len(set(ids)) < len(ids):
            raise ValueError("hypotheses have the same id twice; rename one")
        return self

    @property
    def has_dated_rules(self) -> bool:
        """Whether a result may change with the day alone: retention, and days of deletion."""
        special = (column.special_category for column in self.columns.values())
        return (
            self.checks.retention is not None
            or bool(self.columns_of("retention_date"))
            or any(isinstance(one, SpecialCategory) for one in special)
        )

    @model_validator(mode="after")
    def _crosses_different_columns(self) -> Dataset:
        checks = self.checks
        crossings: list[tuple[str, tuple[str, ...]]] = [
            ("intersections", one.attributes) for one in checks.intersections
        ]
        crossings += [("pairs", checks.pairs.attributes)] if checks.pairs else []
        for label in checks.labels:
            crossings += [("labels", (*pair, label.label)) for pair in label.intersections]
            crossings += [("labels", (name, label.label)) for name in label.attributes]
        for field, names in crossings:
            twice = [name for name in names if names.count(name) > 1]
            if twice:
                raise ValueError(f"checks.{field} crosses the column {twice[0]!r} with itself")
        return self

    def columns_of(self, *roles: ColumnRole) -> tuple[str, ...]:
        """The names of the columns with one of these roles, in the order of the declaration."""
        return tuple(name for name, column in self.columns.items() if column.role in roles)

    def named_by_checks(self) -> tuple[str, ...]:
        """All columns that some check names, without repetition."""
        return tuple(dict.fromkeys(name for _, names in self._named_columns() for name in names))

    def _named_columns(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each kind of check with the columns that its checks name."""
        checks = self.checks
        for check in checks.representation:
            if check.not_in_data is None:
                yield "representation", (check.attribute,)
        for joint in checks.joint_representation:
            yield "joint_representation", tuple(joint.attributes)
        for crossing in checks.intersections:
            yield "intersections", crossing.attributes
        for label in checks.labels:
            pairs = tuple(name for pair in label.intersections for name in pair)
            given = () if label.given is None else (label.given,)
            yield "labels", (label.label, *label.attributes, *pairs, *given)
        for field in ("pairs", "proxies", "missing", "duplicates", "leakage", "annotators",
                      "texts", "consent", "personal_data", "periods"):  # fmt: skip
            yield field, _columns_in(getattr(checks, field))


_COLUMN_FIELDS = ("attributes", "columns", "by", "text", "item", "label")


def _columns_in(check: Any) -> tuple[str, ...]:
    """The columns that a check names in any of its fields that hold names of columns."""
    found: list[str] = []
    for field in _COLUMN_FIELDS:
        value = getattr(check, field, None)
        found += [value] if isinstance(value, str) else list(value or ())
    return tuple(found)


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
