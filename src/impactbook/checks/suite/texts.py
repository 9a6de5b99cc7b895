"""How texts and recordings differ between groups: empty ones, length, vocabulary, hours."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner, grouping_columns
from impactbook.model.dataset import Dataset


def _texts(declaration: Dataset) -> tuple[str, ...]:
    """The columns of texts that are measured: those the check names, else all of that role."""
    check = declaration.checks.texts
    return (check.text if check is not None else ()) or declaration.columns_of("text")


def _by(declaration: Dataset) -> tuple[str, ...]:
    """The attributes that texts are told apart by; none unless a check of texts is declared."""
    check = declaration.checks.texts
    return () if check is None else grouping_columns(declaration, check.by)


def _recordings(declaration: Dataset) -> tuple[str, ...]:
    return () if declaration.checks.texts is None else declaration.columns_of("duration")


def needs(declaration: Dataset) -> Needs:
    """Each column of texts or durations as known or missing, in splits and by attributes."""
    by, texts, recordings = _by(declaration), _texts(declaration), _recordings(declaration)
    measured = (*texts, *recordings)
    return Needs(
        rows=tuple((attribute, name) for attribute in by for name in measured),
        in_splits=tuple((name,) for name in measured),
        whole=tuple((attribute,) for attribute in by),
        only_known=measured,
    )


def checks(planner: Planner) -> list[PlannedCheck]:
    """Length of each column of texts; where a check of texts is declared, all the rest."""
    declaration = planner.declaration
    check, by = declaration.checks.texts, list(_by(declaration))
    planned = [
        planner.plan(
            "texts",
            ours.ExpectTextLengthsToBeCounted,
            (name,),
            declared=check,
            required=False,
            text=name,
            by=by,
        )
        for name in _texts(declaration)
    ]
    if check is None:
        return planned
    for name in _texts(declaration):
        planned.append(
            planner.plan(
                "empty_texts",
                ours.ExpectTextsNotToBeEmpty,
                (name,),
                declared=check,
                text=name,
                by=by,
                empty_high=check.empty_high,
            )
        )
        planned.append(
            planner.plan(
                "vocabulary",
                ours.ExpectVocabularyToBeCounted,
                (name,),
                required=False,
                text=name,
                by=by,
            )
        )
    for name in _recordings(declaration):
        column = declaration.columns[name]
        planned.append(
            planner.plan(
                "hours",
                ours.ExpectDurationsToBeCounted,
                (name,),
                declared=check,
                duration=name,
                by=by,
                duration_unit=check.duration_unit,
                decimal=declaration.source.decimal,
                bounds=[column.minimum, column.maximum],
            )
        )
    return planned
