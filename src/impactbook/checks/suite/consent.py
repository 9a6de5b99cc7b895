"""Consent per purpose, and rules with a date: withdrawal, retention, age of the data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from impactbook.checks import expectations as ours
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner, grouping_columns
from impactbook.model.columns import Column, Consent
from impactbook.model.dataset import Check, ConsentCheck, Dataset, RetentionCheck


def needs(declaration: Dataset) -> Needs:
    """Consent alone, and by the groups of each attribute that it is told apart by."""
    check = declaration.checks.consent or ConsentCheck()
    by = grouping_columns(declaration, check.by)
    columns = [name for name, _, _ in statuses(declaration)]
    return Needs(
        grouped=tuple((name,) for name in columns),
        whole=tuple((attribute, name) for name in columns for attribute in by),
    )


def statuses(declaration: Dataset) -> Iterable[tuple[str, Column, Consent]]:
    """The columns that hold a status of consent."""
    for name, column in declaration.columns.items():
        if column.consent is not None and column.consent.part == "status":
            yield name, column, column.consent


def is_basis(declaration: Dataset, purpose: str) -> bool:
    """Whether consent is the declared legal basis for a purpose."""
    return any(b.purpose == purpose and b.basis == "consent" for b in declaration.legal_bases)


def checks(planner: Planner) -> list[PlannedCheck]:
    """Coverage of each purpose, then all rules with a date together."""
    declaration = planner.declaration
    check = declaration.checks.consent or ConsentCheck()
    planned = [
        planner.plan(
            "consent",
            ours.ExpectConsentCoverage,
            (name,),
            declared=check,
            column=name,
            purpose=consent.purpose,
            by=list(grouping_columns(declaration, check.by)),
            coverage_low=(check.coverage_low if is_basis(declaration, consent.purpose) else None),
        )
        for name, _, consent in statuses(declaration)
    ]
    return [*planned, *_dated(planner)]


def _dated(planner: Planner) -> list[PlannedCheck]:
    """The rules that need a day; without one they are not asked and the family says so."""
    declaration, as_of = planner.declaration, planner.asked.as_of
    rules, age_of = dated_rules(declaration), _dates(declaration, *declaration.columns_of("time"))
    if as_of is None or not (rules or (age_of and declaration.checks.retention)):
        return []
    declared: Check = declaration.checks.retention or RetentionCheck()
    return [
        planner.plan(
            "retention",
            ours.ExpectDatedRulesToBeKept,
            declared=declared,
            rules=rules,
            as_of=as_of.isoformat(),
            age_of=age_of[0] if age_of else None,
        )
    ]


def dated_rules(declaration: Dataset) -> dict[str, dict[str, Any]]:
    """The rules with a date that the declared columns allow, by metric (and purpose)."""
    times = _dates(declaration, *declaration.columns_of("time"))
    rules: dict[str, dict[str, Any]] = {}
    for name, column in declaration.columns.items():
        consent = column.consent
        if consent is None or consent.part == "status":
            continue
        dated = [name, column.date_format]
        if consent.part == "withdrawal_date":
            rules[f"consent_withdrawn_before:{consent.purpose}"] = {
                "kind": "past",
                "column": dated,
                "judged": is_basis(declaration, consent.purpose),
            }
        elif times:
            rules[f"consent_after_collection:{consent.purpose}"] = {
                "kind": "after",
                "column": dated,
                "other": times[0],
                "judged": is_basis(declaration, consent.purpose),
            }
    for dated in _dates(declaration, *declaration.columns_of("retention_date")):
        # What may be kept until a day may still be there on that day.
        rules["kept_past_retention"] = {"kind": "past", "column": dated, "days": 1}
    retention = declaration.checks.retention
    if retention is not None and retention.oldest_days is not None and times:
        rules["older_than_limit"] = {
            "kind": "past",
            "column": times[0],
            "days": retention.oldest_days + 1,
        }
    return rules


def _dates(declaration: Dataset, *names: str) -> list[list[Any]]:
    return [[name, declaration.columns[name].date_format] for name in names]
