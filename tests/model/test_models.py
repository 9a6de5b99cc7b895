"""What the models refuse, and that references between an assessment's parts lead somewhere."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from impactbook.model.assessment import Assessment
from impactbook.model.base import Translated, in_language
from impactbook.model.dataset import Band, Column, Dataset, RepresentationCheck, Source
from impactbook.model.evidence import worst

ROLE = {"role": "owner"}
GROUP = {"id": "callers", "name": "Callers"}
IMPACT = {"id": "harm", "title": "Harm", "affects": ["callers"]}


def assessment(**parts: Any) -> Assessment:
    return Assessment.model_validate({"schema": "impactbook/assessment/1", **parts})


def test_everything_may_be_missing() -> None:
    assert assessment().feature.title is None


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"roles": [ROLE, ROLE]}, "roles names 'owner' more than once"),
        ({"impacts": [IMPACT]}, "names the stakeholder group 'callers'"),
        (
            {
                "stakeholders": [GROUP],
                "impacts": [
                    {
                        **IMPACT,
                        "ratings": [{"by": "x", "severity": "severe", "likelihood": "limited"}],
                    }
                ],
            },
            "names the group or role 'x'",
        ),
        (
            {"safeguards": [{"id": "s", "title": "S", "reduces": ["harm"]}]},
            "names the impact 'harm'",
        ),
        ({"safeguards": [{"id": "s", "title": "S", "owner": "owner"}]}, "names the role 'owner'"),
        ({"answers": {"q": {"value": "yes", "by": "owner"}}}, "answers.q.by names the role"),
        ({"decision": {"decided_by": ["owner"]}}, "decision.decided_by names the role 'owner'"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(parts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence.replace(".", r"\.")):
        assessment(**parts)


@pytest.mark.parametrize("bad", ["", "A", "a b", "../x", "-a", "a" * 64])
def test_ids_are_plain(bad: str) -> None:
    with pytest.raises(ValidationError):
        assessment(stakeholders=[{"id": bad, "name": "x"}])


def test_nothing_read_from_a_file_can_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError):
        assessment().language = "en"  # type: ignore[misc]


def test_a_text_in_two_languages_falls_back_to_the_one_there_is() -> None:
    assert in_language(Translated(de="Ja"), "en", "de") == ("Ja", "de")
    assert in_language("Yes", "de", "en") == ("Yes", "en")
    with pytest.raises(ValidationError, match="holds no text"):
        Translated()


def column(**bands: tuple[float | None, float | None]) -> Column:
    cut = {name: {"from": low, "below": high} for name, (low, high) in bands.items()}
    return Column.model_validate({"role": "protected", "bands": cut})


def test_bands_must_not_overlap_but_may_leave_gaps() -> None:
    assert column(young=(None, 25), old=(65, None)).bands["young"].below == 25
    with pytest.raises(ValidationError, match="overlap"):
        column(young=(None, 30), middle=(25, 50))
    with pytest.raises(ValidationError, match="overlap"):
        column(young=(None, 30), everyone=(None, 99))


@given(low=st.floats(-1e6, 1e6), width=st.floats(-10, 10))
def test_a_band_is_never_empty(low: float, width: float) -> None:
    high = low + width
    if low < high:
        assert Band.model_validate({"from": low, "below": high}).below == high
    else:
        with pytest.raises(ValidationError):
            Band.model_validate({"from": low, "below": high})


def dataset(**parts: Any) -> Dataset:
    base = {
        "schema": "impactbook/dataset/1",
        "title": "T",
        "source": {"files": ["x.csv"]},
        "columns": {"age": {"role": "protected"}},
    }
    return Dataset.model_validate({**base, **parts})


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"unit": "person"}, "exactly one column with role `person_id`"),
        ({"checks": {"labels": [{"label": "y"}]}}, "names the column 'y'"),
        ({"checks": {"intersections": [{"attributes": ["age", "sex"]}]}}, "column 'sex'"),
        ({"checks": {"missing": {"required": False}}}, "add `because`"),
        ({"source": {}}, "exactly one of `files`, `splits`"),
    ],
)
def test_a_declaration_that_cannot_mean_anything_is_refused(
    parts: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        dataset(**parts)


def test_a_representation_check_needs_a_reference_or_says_why_not() -> None:
    with pytest.raises(ValidationError, match="needs `reference` and `column`"):
        RepresentationCheck(attribute="age")
    with pytest.raises(ValidationError, match="does not enclose 1"):
        RepresentationCheck(attribute="age", not_in_data="none", tolerance=(1.1, 1.2))
    assert RepresentationCheck(attribute="age", not_in_data="none").reference is None


def test_a_split_without_files_is_refused() -> None:
    with pytest.raises(ValidationError, match="a split without files"):
        Source(splits={"train": ()})


def test_no_verdict_at_all_is_not_a_pass() -> None:
    assert worst([]) == "not_measured"
    assert worst(["ok", "not_measured", "attention"]) == "not_measured"
    assert worst(["ok", "fail", "not_measured"]) == "fail"
