"""How answers to a questionnaire are scored, as data: kinds of points, maximum, deduction, levels.

Nothing here knows one particular questionnaire. A pack holds a `Scoring`; a `ScoringDeclaration`
is the file of its own that an import joins to a questionnaire. `frameworks.questionnaires.scoring`
does the arithmetic.
"""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Annotated, Literal

from pydantic import Field, StrictFloat, StrictInt, StringConstraints, model_validator

from impactbook.model.base import Digest, Identifier, Model, Prose, Translated
from impactbook.model.questionnaire import Name

ScoredType = Literal["radiogroup", "checkbox", "dropdown", "boolean"]
Points = StrictInt | StrictFloat
Percentage = Annotated[StrictInt | StrictFloat, Field(ge=0, le=100)]
Suffix = Annotated[str, StringConstraints(min_length=1, max_length=50)]


class ChoiceScores(Model):
    """Where the score of a choice comes from; the first that is given counts, otherwise it is 0.

    `points` names scores by question and value; next comes a score that the imported file states;
    `after` is a separator: the number behind its last place in the value (`item1-3` after `-`: 3).
    """

    points: dict[Name, dict[Name, Points]] = {}
    after: Annotated[str, StringConstraints(min_length=1, max_length=5)] | None = None


class Kind(Model):
    """One kind of points and the questions that give them.

    `suffixes` are ends of a question's name, else of the name of the nearest panel or page around
    it; `questions` names single ones and goes before any suffix.
    """

    id: Identifier
    title: Translated
    suffixes: tuple[Suffix, ...] = ()
    questions: tuple[Name, ...] = ()


class Deduction(Model):
    """Points of one kind lower the total once they reach a share of their maximum.

    It applies when the points of `kind` are at least `at_least_percent` of
    `of_percent_of_maximum` of their maximum; the total is then lowered by `lowers_by_percent`.
    """

    kind: Identifier
    at_least_percent: Percentage
    of_percent_of_maximum: Percentage = 100
    lowers_by_percent: Percentage
    rounding: Literal["half-up", "none"] = "half-up"
    reason: Translated | None = None


class Level(Model):
    """One level; it holds up to (and with) `up_to_percent`, or below `below_percent`.

    Percentages are of the highest total; the last level has no limit.
    """

    id: Annotated[str, StringConstraints(min_length=1, max_length=63)]
    title: Translated
    up_to_percent: Percentage | None = None
    below_percent: Percentage | None = None

    @property
    def limit(self) -> Points | None:
        """The limit, inclusive or not; None where there is none."""
        return self.up_to_percent if self.up_to_percent is not None else self.below_percent


class Scoring(Model):
    """The whole rule: which questions count, what a choice is worth, and what follows.

    A question that neither name nor suffix gives a kind is of kind `otherwise`, or not scored.
    `total_of` is the kind whose points make the total, and whose maximum the levels refer to.
    """

    choice_scores: ChoiceScores
    counted_types: Annotated[tuple[ScoredType, ...], Field(min_length=1)] = (
        "radiogroup",
        "checkbox",
        "dropdown",
    )
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    unscored_suffixes: tuple[Suffix, ...] = ()
    otherwise: Identifier | None = None
    maximum_over: Literal["all-questions", "visible-questions"] = "all-questions"
    hidden_answers: Literal["left-out", "counted"] = "left-out"
    total_of: Identifier
    deduction: Deduction | None = None
    levels: tuple[Level, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Scoring:
        kinds = [kind.id for kind in self.kinds]
        _once("kinds", kinds)
        _once("levels", [level.id for level in self.levels])
        named = {"total_of": self.total_of, "otherwise": self.otherwise}
        named["deduction.kind"] = self.deduction.kind if self.deduction else None
        for where, kind in named.items():
            if kind is not None and kind not in kinds:
                raise ValueError(f"{where} names the kind {kind!r}; known are: {', '.join(kinds)}")
        _ascending(self.levels)
        return self


def _once(where: str, ids: list[str]) -> None:
    for id in ids:
        if ids.count(id) > 1:
            raise ValueError(f"{where} names {id!r} more than once; keep one")


def _ascending(levels: tuple[Level, ...]) -> None:
    """Refuse limits that leave out or cover twice; the last level alone has none."""
    for level in levels:
        if level.up_to_percent is not None and level.below_percent is not None:
            raise ValueError(f"level {level.id!r} has two limits; keep one")
    limits = [level.limit for level in levels]
    given = [limit for limit in limits[:-1] if limit is not None]
    if levels and (len(given) != len(limits) - 1 or limits[-1] is not None):
        raise ValueError("levels need a limit each; the last one has none")
    if any(low >= high for low, high in itertools.pairwise(given)):
        raise ValueError("levels are not in rising order; sort them by their limit")


class QuestionnaireSource(Model):
    """What a declaration states about the questionnaire it is made for.

    `sha256` lists the very files it was tried with; another version may be scored otherwise.
    """

    title: Translated
    description: Translated
    citation: Prose
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=500)] | None = None
    licence: Prose
    attribution: Prose
    sha256: tuple[Digest, ...] = ()


class ScoringDeclaration(Model):
    """A scoring rule as a file of its own, to be joined to a questionnaire when it is imported."""

    schema_: Literal["impactbook/scoring/1"] = Field(alias="schema")
    id: Identifier
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    as_of: dt.date
    rules_from: Prose
    questionnaire: QuestionnaireSource | None = None
    scoring: Scoring
