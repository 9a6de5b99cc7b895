"""Consent: coverage by purpose and group, withdrawal, and consent that came too late."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from declared import dataset, result, table

from impactbook.checks import DatasetRun, run_checks
from impactbook.checks.figures.common import FigureContext
from impactbook.checks.figures.consent import consent_figures
from impactbook.checks.published import PublishedTables
from impactbook.checks.suppression import publish
from impactbook.checks.tables import MISSING, Table, Tables
from impactbook.model.dataset import Dataset
from impactbook.model.evidence import Figure

CONTEXT = FigureContext("test", "training_data", 5)
DAY = date(2026, 11, 23)
COLUMNS: dict[str, Any] = {
    "gender": "protected",
    "ok": {
        "role": "consent",
        "consent": {"purpose": "training", "given": ["yes"], "withdrawn": ["revoked"]},
    },
}
CONSENT = [{"purpose": "training", "basis": "consent"}]


def published(counts: dict[tuple[str | None, str | None], int], limit: int = 1) -> PublishedTables:
    return publish(Tables.of(Table(("gender", "ok"), "row", counts)), limit)


def figure_of(found: tuple[Figure, ...], metric: str, group: str = "") -> Figure:
    (one,) = [f for f in found if f.metric == metric and f.group == group]
    return one


def checked(
    folder: Path, declared: Dataset, content: str, *, limit: int = 1, as_of: date | None = DAY
) -> DatasetRun:
    (folder / "data.csv").write_text(content, encoding="utf-8")
    return run_checks(
        "test",
        declared,
        folder=folder,
        limit=limit,
        references=folder / "references",
        as_of=as_of,
    )


def test_coverage_counts_everybody_and_each_group() -> None:
    counts = {
        ("f", "given"): 40, ("f", "not given"): 10,
        ("m", "given"): 45, ("m", "withdrawn"): 3, ("m", MISSING): 2,
    }  # fmt: skip
    answer = consent_figures(
        CONTEXT, published(counts), "ok", purpose="training", unit="row", by=["gender"],
        coverage_low=0.9,
    )  # fmt: skip
    whole = figure_of(answer.figures, "consent_coverage")
    # 40 + 45 of 40 + 10 + 45 + 3 + 2
    assert (whole.numerator, whole.denominator, whole.unknown) == (85, 100, 2)
    assert (whole.value, whole.verdict) == (0.85, "fail")
    assert figure_of(answer.figures, "consent_coverage", "f").value == 0.8
    men = figure_of(answer.figures, "consent_coverage", "m")
    assert (men.value, men.verdict) == (0.9, "ok")  # 45 of 50
    gone = figure_of(answer.figures, "consent_withdrawn")
    assert (gone.value, gone.verdict) == (3.0, "fail")
    assert answer.verdict == "fail"


def test_nothing_is_judged_where_consent_is_not_the_basis() -> None:
    counts: dict[tuple[str | None, str | None], int] = {
        ("f", "given"): 40,
        ("m", "not given"): 40,
    }
    answer = consent_figures(
        CONTEXT, published(counts), "ok", purpose="training", unit="row", coverage_low=None
    )
    assert {figure.verdict for figure in answer.figures} == {""}
    assert answer.verdict == ""


def test_a_masked_group_is_judged_only_where_every_count_agrees() -> None:
    counts: dict[tuple[str | None, str | None], int] = {
        ("f", "given"): 50, ("f", "not given"): 3,
        ("m", "given"): 60, ("m", "not given"): 20,
    }  # fmt: skip
    answer = consent_figures(
        CONTEXT, published(counts, limit=5), "ok", purpose="training", unit="row", by=["gender"],
        coverage_low=1.0,
    )  # fmt: skip
    women = figure_of(answer.figures, "consent_coverage", "f")
    # How many of the 53 women said no is hidden, but it is at least one: below 100 % for sure.
    assert (women.value, women.verdict) == (None, "fail")


def test_the_declared_basis_decides_whether_consent_is_judged(tmp_path: Path) -> None:
    content = table((60, "f,yes"), (30, "m,yes"), (10, "m,"), header="gender,ok")
    judged = checked(tmp_path, dataset(COLUMNS, legal_bases=CONSENT), content)
    assert result(judged.evidence, "consent").verdict == "fail"
    basis = [{"purpose": "training", "basis": "contract"}]
    listed = checked(tmp_path, dataset(COLUMNS, legal_bases=basis), content)
    assert result(listed.evidence, "consent").verdict == ""
    assert listed.evidence.processing.legal_bases[0].basis == "contract"
    for found in (judged, listed):
        whole = figure_of(found.evidence.figures, "consent_coverage")
        assert (whole.numerator, whole.denominator, whole.unknown) == (90, 100, 10)


def test_a_person_has_consented_only_if_all_their_rows_say_so(tmp_path: Path) -> None:
    columns = {"who": "person_id", **COLUMNS}
    rows = [f"p{n},f,yes" for n in range(20)] * 2
    rows += ["a,f,yes", "a,f,no", "b,f,yes", "b,f,", "c,f,no"]
    content = "who,gender,ok\n" + "\n".join(rows) + "\n"
    found = checked(tmp_path, dataset(columns, unit="person", legal_bases=CONSENT), content)
    whole = figure_of(found.evidence.figures, "consent_coverage")
    # 20 of 23: a said yes and no, b yes and nothing, c no.
    assert (whole.unit, whole.numerator, whole.denominator) == ("person", 20, 23)


DATED = {
    **COLUMNS,
    "called": "time",
    "agreed": {"role": "consent", "consent": {"purpose": "training", "part": "date"}},
    "left": {"role": "consent", "consent": {"purpose": "training", "part": "withdrawal_date"}},
    "until": {"role": "retention_date", "date_format": "%d.%m.%Y"},
}
HEADER = "gender,ok,called,agreed,left,until"


def test_rules_with_a_date_are_counted_as_of_the_day(tmp_path: Path) -> None:
    content = table(
        (50, "f,yes,2026-01-10,2026-01-10,,31.12.2026"),
        (6, "f,yes,2026-01-10,2026-02-01,,31.12.2026"),  # consent after the call
        (7, "m,revoked,2026-01-10,2026-01-01,2026-11-23,31.12.2026"),  # withdrawn today
        (8, "m,yes,2026-01-10,2026-01-01,,22.11.2026"),  # should be gone since today
        (9, "m,yes,2026-01-10,2026-01-01,,23.11.2026"),  # may be there today
        header=HEADER,
    )
    found = checked(tmp_path, dataset(DATED, legal_bases=CONSENT), content).evidence
    counts = {
        metric: figure_of(found.figures, metric).numerator
        for metric in (
            "consent_after_collection", "consent_withdrawn_before", "kept_past_retention",
        )
    }  # fmt: skip
    assert counts == {
        "consent_after_collection": 6,
        "consent_withdrawn_before": 7,
        "kept_past_retention": 8,
    }
    assert result(found, "retention").verdict == "fail"
    tomorrow = checked(
        tmp_path, dataset(DATED, legal_bases=CONSENT), content, as_of=date(2026, 11, 24)
    )
    late = figure_of(tomorrow.evidence.figures, "kept_past_retention")
    assert late.numerator == 8 + 9


def test_few_people_are_masked_and_a_broken_rule_still_fails(tmp_path: Path) -> None:
    content = table(
        (50, "f,yes,2026-01-10,2026-01-10,,31.12.2026"),
        (2, "f,yes,2026-01-10,2026-01-10,,01.01.2026"),
        header=HEADER,
    )
    found = checked(tmp_path, dataset(DATED), content, limit=5).evidence
    late = figure_of(found.figures, "kept_past_retention")
    assert (late.value, late.numerator, late.verdict) == (None, None, "fail")


@pytest.mark.parametrize(("days", "verdict"), [(317, "ok"), (316, "attention")])
def test_data_may_be_as_old_as_agreed(tmp_path: Path, days: int, verdict: str) -> None:
    # From 2026-01-10 to 2026-11-23 are 317 days: 21+28+31+30+31+30+31+31+30+31+23.
    content = table((50, "f,2026-01-10"), (50, "m,2026-11-20"), header="gender,called")
    declared = dataset(
        {"gender": "protected", "called": "time"}, {"retention": {"oldest_days": days}}
    )
    found = checked(tmp_path, declared, content).evidence
    assert result(found, "retention").verdict == verdict
    assert figure_of(found.figures, "oldest_age_days").value == 317.0
    assert figure_of(found.figures, "newest_age_days").value == 3.0
