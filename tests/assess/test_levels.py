"""Risk levels follow the documented matrix, are never averaged, and fall only with proof."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactbook.assess.levels import LEVELS, above, highest, impact_level, level
from impactbook.model.impacts import LIKELIHOODS, SEVERITIES, Impact, Rating, Safeguard


def rating(by: str, severity: str, likelihood: str, after: tuple[str, str] | None = None) -> Rating:
    data: dict[str, Any] = {"by": by, "severity": severity, "likelihood": likelihood}
    if after:
        data["with_safeguards"] = {"severity": after[0], "likelihood": after[1]}
    return Rating.model_validate(data)


def impact(*ratings: Rating, **facts: Any) -> Impact:
    return Impact(id="missed-call", title="Missed call", ratings=ratings, **facts)


def safeguard(state: str, evidence: str | None = "report") -> Safeguard:
    data = {"id": "s", "title": "S", "reduces": ("missed-call",), "state": state}
    return Safeguard.model_validate({**data, "evidence": evidence})


@given(severity=st.integers(0, 3), likelihood=st.integers(0, 3), step=st.integers(0, 3))
def test_a_higher_step_never_gives_a_lower_level(severity: int, likelihood: int, step: int) -> None:
    def place(s: int, p: int) -> int:
        return LEVELS.index(level(SEVERITIES[s], LIKELIHOODS[p]))

    assert place(severity, likelihood) <= place(min(3, severity + step), likelihood)
    assert place(severity, likelihood) <= place(severity, min(3, likelihood + step))


def test_the_highest_rating_counts_and_nothing_is_averaged() -> None:
    found = impact_level(
        impact(rating("product", "limited", "limited"), rating("callers", "severe", "significant")),
        (),
        {},
    )
    assert found.inherent == "very-high"
    assert found.by == {"product": "medium", "callers": "very-high"}


@pytest.mark.parametrize(
    ("state", "evidence", "residual"),
    [
        ("in-place", "report", "low"),
        ("in-place", None, "high"),
        ("planned", "report", "high"),
        ("proposed", None, "high"),
    ],
)
def test_the_residual_level_falls_only_when_safeguards_are_in_place_with_evidence(
    state: str, evidence: str | None, residual: str
) -> None:
    rated = impact(rating("callers", "significant", "significant", ("negligible", "limited")))
    found = impact_level(rated, [safeguard(state, evidence)], {})
    assert (found.inherent, found.residual) == ("high", residual)


def test_one_open_safeguard_holds_the_level_and_a_rejected_one_does_not() -> None:
    rated = impact(rating("callers", "significant", "significant", ("negligible", "limited")))
    done = safeguard("in-place")
    assert impact_level(rated, [done, safeguard("planned")], {}).residual == "high"
    assert impact_level(rated, [done, safeguard("rejected")], {}).residual == "low"


def test_without_any_safeguard_the_view_with_safeguards_does_not_count() -> None:
    rated = impact(rating("callers", "significant", "significant", ("negligible", "limited")))
    assert impact_level(rated, (), {}).residual == "high"


def test_severe_irreversible_harm_to_a_vulnerable_group_is_at_least_high() -> None:
    rated = impact(
        rating("elderly", "severe", "negligible"),
        affects=("elderly",),
        reversibility="irreversible",
    )
    assert impact_level(rated, (), {"elderly": False}).inherent == "medium"
    found = impact_level(rated, (), {"elderly": True})
    assert (found.inherent, found.residual) == ("high", "high")
    assert found.rule == "severe_irreversible_vulnerable"


def test_an_unrated_impact_has_no_level() -> None:
    found = impact_level(impact(), (), {})
    assert (found.inherent, found.residual, found.rule) == (None, None, "not_rated")


def test_helpers_on_levels() -> None:
    assert highest([]) is None
    assert above("low", "high") == 0
