"""Special categories of personal data are recognised, and refused without a ground."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from declared import dataset

from impactbook.checks.figures.common import FigureContext
from impactbook.checks.processing import declared_results
from impactbook.checks.special_categories import looks_special, refuse_undeclared
from impactbook.errors import InputError

COMPLETE = {
    "kind": "health",
    "ground": "Art. 9(2)(j) GDPR",
    "purpose": "to see whether people with a speech impairment are in the data",
    "may_run": ["data scientist of the fairness team"],
    "delete_by": "2027-01-31",
}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("race", "racial_or_ethnic_origin"),
        ("ethnische_Herkunft", "racial_or_ethnic_origin"),
        ("Migrationshintergrund", "racial_or_ethnic_origin"),
        ("Religionszugehörigkeit", "religious_or_philosophical_beliefs"),
        ("konfession", "religious_or_philosophical_beliefs"),
        ("Gewerkschaftsmitglied", "trade_union_membership"),
        ("hasDisability", "health"),
        ("Schwerbehinderung", "health"),
        ("sexual_orientation", "sex_life_or_sexual_orientation"),
        ("voiceprint_id", "biometric_data"),
        ("party_membership", "political_opinions"),
        ("age", None),
        ("gender", None),
        ("accent", None),
        ("raceway", None),
        ("Partner", None),
        ("Krankenkasse", None),
    ],
)
def test_names_tell_a_special_category_and_others_do_not(name: str, kind: str | None) -> None:
    assert looks_special(name) == kind


@pytest.mark.parametrize("field", ["ground", "purpose", "may_run", "delete_by"])
def test_a_special_category_is_refused_while_a_field_is_absent(field: str) -> None:
    given = {key: value for key, value in COMPLETE.items() if key != field}
    declared = dataset({"impairment": {"role": "protected", "special_category": given}})
    with pytest.raises(InputError) as found:
        refuse_undeclared(declared, file="calls.yaml")
    assert found.value.field == f"columns.impairment.special_category.{field}"
    assert "Art. 9 GDPR" in found.value.problem


def test_a_column_that_looks_special_must_say_whether_it_is() -> None:
    silent: dict[str, Any] = {"religion": {"role": "protected"}}
    with pytest.raises(InputError, match="religious or philosophical beliefs"):
        refuse_undeclared(dataset(silent), file="calls.yaml")
    said = {"religion": {"role": "protected", "special_category": "no"}}
    refuse_undeclared(dataset(said), file="calls.yaml")
    left_out = {"religion": {"role": "ignore"}}
    refuse_undeclared(dataset(left_out), file="calls.yaml")


def test_the_names_of_groups_tell_it_as_well() -> None:
    declared = dataset(
        {"note": {"role": "protected", "values": {"1": "disabled", "0": "not disabled"}}}
    )
    with pytest.raises(InputError, match="health"):
        refuse_undeclared(declared, file="calls.yaml")


@pytest.mark.parametrize(
    ("as_of", "value", "verdict"),
    [
        # 2027-01-31 is 69 days after 2026-11-23: 7 in November, 31 in December, 31 in January.
        (date(2026, 11, 23), 69.0, "ok"),
        (date(2027, 1, 31), 0.0, "ok"),
        (date(2027, 2, 1), -1.0, "fail"),
        (None, None, "not_measured"),
    ],
)
def test_the_day_of_deletion_is_a_rule(
    as_of: date | None, value: float | None, verdict: str
) -> None:
    declared = dataset({"impairment": {"role": "protected", "special_category": COMPLETE}})
    ((result, figure),) = declared_results(
        declared, FigureContext("test", "training_data", 5), as_of
    )
    assert (figure.metric, figure.value, figure.verdict) == ("days_to_deletion", value, verdict)
    assert (result.check, result.verdict) == ("special_categories", verdict)


def test_consent_as_basis_without_a_column_is_not_measured() -> None:
    declared = dataset(
        {"age": "protected"},
        legal_bases=[
            {"purpose": "training", "basis": "consent"},
            {"purpose": "recording", "basis": "contract"},
        ],
    )
    ((result, figure),) = declared_results(
        declared, FigureContext("test", "training_data", 5), date(2026, 11, 23)
    )
    assert (result.check, result.verdict, result.required) == ("consent", "not_measured", True)
    assert figure.condition == "purpose=training"
