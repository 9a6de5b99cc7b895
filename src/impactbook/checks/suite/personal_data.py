"""Whether free texts hold personal data that nobody expected there."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset


def needs(declaration: Dataset) -> Needs:
    """No table: texts are read by a metric of their own."""
    return Needs()


def checks(planner: Planner) -> list[PlannedCheck]:
    """One expectation per column of texts, where the declaration asks for it."""
    check = planner.declaration.checks.personal_data
    if check is None:
        return []
    _refuse_unknown_region(check.region, planner.asked.dataset)
    return [
        planner.plan(
            "personal_data",
            ours.ExpectNoPersonalDataInTexts,
            (name,),
            declared=check,
            text=name,
            region=check.region,
            threshold=check.threshold,
        )
        for name in check.columns or planner.declaration.columns_of("text")
    ]


def _refuse_unknown_region(region: str, dataset: str) -> None:
    """A region that nobody knows would find no phone number at all."""
    import phonenumbers

    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise InputError(
            f"{region!r} is no region whose phone numbers are known",
            file=f"{dataset}.yaml",
            field="checks.personal_data.region",
            remedy="give the two letters of ISO 3166, such as DE, AT, CH or GB",
        )
